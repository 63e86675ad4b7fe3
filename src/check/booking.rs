//! How facts get into the ledger.
//!
//! Which copies belong together follows from who made them out of what: an item that synchronization makes out of a record
//! belongs to the record's lineage, and the other way round. An item leaves its lineage when a person marks it again after
//! its record ended, or after having untracked it.

use super::ledger::{Ledger, Mark};
use super::lineage::{Assignment, Birth, Copy, Edit, Ending, How, Lineage, Loss, OfRow, Synced, Trouble};
use crate::crm::record::statuscode;
use crate::engine::world::World;
use crate::journal::{By, Cause, ClientChange, LinkState, RowView, What};
use crate::mailbox::Folder;
use crate::model::{Answer, ClientId, ContentId, Contents, CrmId, ItemId, Kind, LineageId, MeetingId, Side, UserId};

impl Ledger {
    pub(super) fn take(&mut self, what: &What, world: &World) {
        match *what {
            What::ItemCreated { item, kind, content, mailbox, by, origin } => {
                self.item_created((item, kind, content), mailbox, by, origin, world);
            }
            What::RecordCreated { record, kind, content, by, origin, .. } => {
                self.record_created((record, kind, content), by, origin, world);
            }
            What::ItemChanged { item, before, after, by: By::User(by) } => {
                self.edited(Copy::Item(item), before, after, (by, false));
                let edited = world.mailboxes.item(item).edited;
                if world.brought(item).is_some_and(|brought| brought.edited == edited)
                    && let Some(edit) = self.of(Some(item), None).and_then(|lineage| lineage.edits.last_mut())
                {
                    edit.brought = true;
                }
            }
            What::RecordChanged { record, before, after, by: By::User(by) } => {
                self.edited(Copy::Record(record), before, after, (by, false));
            }
            What::ItemChanged { item, after, by, .. } => self.synced(Copy::Item(item), true, after, by),
            What::BaseChanged { item, base, by } => self.synced(Copy::Item(item), false, base, by),
            What::RecordChanged { record, after, by, .. } => self.synced(Copy::Record(record), true, after, by),
            What::ItemDeleted { item, purged, by } => {
                self.ended(Copy::Item(item), How::Deleted { purged }, by, world);
            }
            What::ItemMoved { item, place: Folder::Synchronized, .. } => self.moved_back(item),
            What::ItemMoved { item, by, .. } => self.ended(Copy::Item(item), How::Moved, by, world),
            What::ItemMigrated { item, new, properties } => match properties {
                true => self.renamed(item, new),
                false => self.stripped(item, new, world),
            },
            What::RecordDeleted { record, by } => {
                self.ended(Copy::Record(record), How::Deleted { purged: true }, by, world);
            }
            What::LinkChanged { item, state, record, by } => self.link_changed(item, (state, record), by, world),
            What::RecordAssigned { record, from, to, .. } => {
                let fact = self.facts;
                if let Some(lineage) = self.of(None, Some(record)) {
                    lineage.assignments.push(Assignment { record, from, to, fact });
                }
            }
            What::TrackingChanged { user, record, track } => {
                if let Some(lineage) = self.of(None, Some(record)) {
                    lineage.tracked.insert(user, track);
                }
            }
            What::EditLost { item, record, field, value, side, rule } => {
                let fact = self.facts;
                if let Some(lineage) = self.of(item, record) {
                    let item = item.filter(|_| side == Side::Outlook);
                    lineage.losses.push(Loss { field, value, side, item, rule, fact });
                }
            }
            _ => self.take_operation(what, world),
        }
    }

    /// Facts about the work of clients. What concerns a cache file is told of its keeper.
    fn take_operation(&mut self, what: &What, world: &World) {
        match *what {
            What::MapWritten { client, map, row } => {
                let client = world.keeper(client);
                let old = self.mapped.get(&(client, map)).copied();
                if let Some(item) = row.map(|row| row.item).or(old)
                    && row.is_none_or(|row| !row.linked)
                {
                    self.let_go.insert((client, item), self.facts);
                }
                match row {
                    Some(row) => {
                        if !self.restoring {
                            self.noted.insert(row.item, self.facts);
                        }
                        if self.first_mapped_by.get(&(client, row.item)).is_none() {
                            self.first_mapped_by.insert((client, row.item), self.facts);
                        }
                        if self.first_mapped.get(&row.item).is_none() {
                            self.first_mapped.insert(row.item, self.facts);
                        }
                        self.mapped.insert((client, map), row.item)
                    }
                    None => self.mapped.remove(&(client, map)),
                };
            }
            What::RowFailed { client, item, record, answer } => {
                let row = self.of_row(client, (item, record), world);
                self.end_troubles(row, false);
                if let Some(lineage) = self.of(item, record) {
                    lineage.troubles.push(Trouble { row, answer, ignored: false });
                }
            }
            What::Spared { client, item, record } => {
                let row = self.of_row(client, (item, record), world);
                if let Some(lineage) = self.of(item, record) {
                    lineage.spared.push(row);
                }
            }
            What::Ignored { client, item, record } => {
                let row = self.of_row(client, (item, record), world);
                let mut ended = self.end_troubles(row, false);
                ended.iter_mut().for_each(|trouble| trouble.ignored = true);
                if let Some(lineage) = self.of(item, record) {
                    lineage.given_up.push(row);
                    lineage.troubles.extend(ended);
                }
            }
            What::RowDropped { client, row: RowView { item, record, .. } } => {
                self.end_troubles(self.of_row(client, (item, record), world), false);
            }
            What::RowWritten { client, row: RowView { item, record, error: None, .. } } => {
                // A row that was given up waits again once its item changed.
                self.end_troubles(self.of_row(client, (item, record), world), true);
            }
            What::RowWritten { client, row: RowView { item, record, error: Some(answer), .. } }
                if world.clients.get(client.index()).is_some_and(|row| !row.running) =>
            {
                // Nothing fails on a client that does not run: an old copy of the cache file brings the row back with its error.
                let row = self.of_row(client, (item, record), world);
                self.end_troubles(row, false);
                if let Some(lineage) = self.of(item, record) {
                    lineage.troubles.push(Trouble { row, answer, ignored: false });
                }
            }
            What::CycleStarted { client, .. } => {
                self.begun = true;
                self.busy.insert(client, self.facts);
            }
            What::Sent { client, cause, .. } => {
                self.begun = true;
                if cause == Cause::Immediate && self.busy.get(&client).is_none() {
                    self.busy.insert(client, self.facts);
                }
            }
            What::CycleEnded { client, answer, .. } => {
                self.busy.remove(&client);
                if answer == Answer::Ok {
                    self.whole_cycles.push((world.keeper(client), self.facts));
                }
            }
            What::ImmediateEnded { client, .. } => {
                self.busy.remove(&client);
            }
            What::SyncStateWritten { .. } => self.restoring = false,
            What::Client { client, change } => {
                self.begun = true;
                if change.ends_work() {
                    self.busy.remove(&client);
                }
                // What is told next is what the old copy says.
                self.restoring = change == ClientChange::CacheRestored;
                if change.empties_cache() {
                    let client = world.keeper(client);
                    self.lost_caches.push((client, self.facts));
                    self.leave_rows(client);
                }
            }
            What::PrimaryChanged { from, to, .. } => {
                self.begun = true;
                // What failed on the old primary is not tried there again; the new one knows of nothing that ended before.
                if let Some(old) = from {
                    self.leave_rows(world.keeper(old));
                }
                if let Some(new) = to {
                    self.lost_caches.push((world.keeper(new), self.facts));
                }
            }
            What::Step { .. } | What::Acted { .. } | What::Healed | What::Settling { .. } => self.begun = true,
            _ => {}
        }
    }

    /// A row of a client's cache file, named by the facts so far.
    fn of_row(&self, client: ClientId, (item, record): (Option<ItemId>, Option<CrmId>), world: &World) -> OfRow {
        OfRow { client: world.keeper(client), item, record, fact: self.facts }
    }

    /// Takes out what failed about a row, of what its user ignored or of the rest. A row that named a record alone can name the
    /// item too by now, which is of another lineage until the two are linked.
    fn end_troubles(&mut self, row: OfRow, ignored: bool) -> Vec<Trouble> {
        let of_item = self.lineage_of(row.item, None);
        let of_record = self.lineage_of(None, row.record).filter(|id| of_item != Some(*id));
        of_item.into_iter().chain(of_record).flat_map(|id| self.end_troubles_of(id, row, ignored)).collect()
    }

    fn end_troubles_of(&mut self, id: LineageId, row: OfRow, ignored: bool) -> Vec<Trouble> {
        let item = row.item.map(|item| self.named_now(item));
        let troubles = std::mem::take(&mut self.lineages[id.index()].troubles);
        let of_row = |trouble: &Trouble| {
            let same = trouble.row.client == row.client && trouble.ignored == ignored;
            let named = OfRow { item: trouble.row.item.map(|item| self.named_now(item)), ..trouble.row };
            // What is written about a record alone is no change of an item that was to get another in its place.
            let pending = named.item.is_some_and(|item| self.link_state(item) == LinkState::Pending);
            let other = ignored && item.is_none() && pending;
            same && !other && self.is_of_pair(&named, (item, row.record))
        };
        let (ended, left): (Vec<Trouble>, _) = troubles.into_iter().partition(of_row);
        self.lineages[id.index()].troubles = left;
        ended
    }

    /// The EntryId of an item by now: a row names it by the one that it had when the row was written.
    pub(super) fn named_now(&self, item: ItemId) -> ItemId {
        let renamed = std::iter::successors(Some(item), |old| self.names_since.get(old).copied());
        renamed.last().unwrap_or(item)
    }

    /// An item has this lineage from now on, by whichever EntryId a row names it.
    fn place(&mut self, item: ItemId, id: LineageId) {
        let olds: Vec<ItemId> = self.names_since.iter().map(|(old, _)| *old).collect();
        for named in olds.into_iter().filter(|old| self.named_now(*old) == item).chain([item]).collect::<Vec<_>>() {
            put(&mut self.of_item, named.index(), id);
        }
    }

    /// The rows that failed on a client are out of reach from now on.
    fn leave_rows(&mut self, client: ClientId) {
        for lineage in &mut self.lineages {
            lineage.troubles.retain(|trouble| trouble.row.client != client || trouble.ignored);
        }
    }

    /// What synchronization wrote: the fields of a copy, or else an item's OriginalXML.
    fn synced(&mut self, copy: Copy, fields: bool, content: ContentId, by: By) {
        let (fact, item) = (self.facts, copy.item());
        if let Some(lineage) = self.of(item, copy.record()) {
            let copy = fields.then_some(copy);
            lineage.synced.push(Synced { copy, item, content, client: client_of(by), fact });
        }
    }

    pub(super) fn of(&mut self, item: Option<ItemId>, record: Option<CrmId>) -> Option<&mut Lineage> {
        let id = self.lineage_of(item, record)?;
        self.lineages.get_mut(id.index())
    }

    pub(super) fn begin(&mut self, kind: Kind) -> LineageId {
        self.lineages.push(Lineage::new(kind));
        LineageId((self.lineages.len() - 1) as u32)
    }

    fn item_created(
        &mut self,
        (item, kind, content): (ItemId, Kind, ContentId),
        mailbox: UserId,
        by: By,
        origin: Option<CrmId>,
        world: &World,
    ) {
        let inherited = origin.filter(|_| by.is_sync()).and_then(|record| self.lineage_of_record(record));
        let met = world.mailboxes.item(item).meeting.and_then(|meeting| self.of_meeting.get(&meeting).copied());
        let invited = met.filter(|id| {
            // A second item of a meeting in one mailbox is something of its own.
            let mut here = self.live_items(*id, world).map(|other| world.mailboxes.item(other).mailbox);
            !by.is_sync() && by != By::User(mailbox) && here.all(|other| other != mailbox)
        });
        let id = inherited.or(invited).unwrap_or_else(|| self.begin(kind));
        self.note_meeting(world.mailboxes.item(item).meeting, id);
        if inherited.is_some() && self.new_link {
            // The item that was unlinked stays what its owner made of it; the record goes on with the new one.
            let unlinked = self.items(id).iter().copied().find(|old| {
                let there = world.mailboxes.live(*old).is_some_and(|item| item.mailbox == mailbox);
                there && self.link_state(*old) == LinkState::WasTracked && !self.untracked_by_person(*old)
            });
            if let Some(old) = unlinked {
                self.part(old);
            }
        }
        put(&mut self.of_item, item.index(), id);
        let lineage = &mut self.lineages[id.index()];
        lineage.items.push(item);
        let fact = self.facts;
        lineage.births.push(Birth { copy: Copy::Item(item), client: client_of(by), fact });
        match by {
            By::User(by) => self.edited(Copy::Item(item), Contents::EMPTY, content, (by, true)),
            By::Sync(_) => self.synced(Copy::Item(item), true, content, by),
        }
    }

    /// The first lineage that a meeting belonged to is the meeting's.
    fn note_meeting(&mut self, meeting: Option<MeetingId>, id: LineageId) {
        if let Some(meeting) = meeting
            && self.of_meeting.get(&meeting).is_none()
        {
            self.of_meeting.insert(meeting, id);
        }
    }

    fn record_created(
        &mut self,
        (record, kind, content): (CrmId, Kind, ContentId),
        by: By,
        origin: Option<ItemId>,
        world: &World,
    ) {
        let origin = origin.filter(|_| by.is_sync());
        if let Some(second) = origin.filter(|item| self.is_second(*item, world)) {
            self.part(second);
        }
        if let Some(again) = origin.filter(|item| self.is_anew(*item, world)) {
            let marks = |lineage: &Lineage| lineage.marked.iter().rev().find(|(item, _)| *item == again).copied();
            let mark = self.of(Some(again), None).and_then(|lineage| marks(lineage));
            self.begin_anew(again, world);
            if let Some(lineage) = self.of(Some(again), None) {
                lineage.marked.extend(mark);
            }
        }
        let inherited = origin.and_then(|item| self.lineage_of_item(item));
        let id = inherited.unwrap_or_else(|| self.begin(kind));
        self.note_meeting(world.server.record(record).meeting, id);
        put(&mut self.of_record, record.index(), id);
        let fact = self.facts;
        let lineage = &mut self.lineages[id.index()];
        lineage.records.push(record);
        lineage.births.push(Birth { copy: Copy::Record(record), client: client_of(by), fact });
        match by {
            By::User(by) => self.edited(Copy::Record(record), Contents::EMPTY, content, (by, true)),
            By::Sync(_) => self.synced(Copy::Record(record), true, content, by),
        }
    }

    /// Whether an item is the second one of its meeting in a mailbox, whose owner was invited again while the first lay in
    /// another folder, and has moved it back since: the first has the meeting's record.
    fn is_second(&self, item: ItemId, world: &World) -> bool {
        let Some(id) = self.lineage_of_item(item) else { return false };
        let row = world.mailboxes.item(item);
        let first = |other: ItemId| {
            let there = world.mailboxes.item(other);
            other != item && there.mailbox == row.mailbox && self.link_state(other) == LinkState::Tracked
        };
        row.meeting.is_some() && self.live_records(id, world).next().is_some() && self.live_items(id, world).any(first)
    }

    fn edited(&mut self, copy: Copy, before: ContentId, after: ContentId, (by, creation): (UserId, bool)) {
        let edit =
            Edit { copy, before, after, by, creation, parted: false, brought: false, fact: self.facts, at: self.now };
        if let Some(lineage) = self.of(copy.item(), copy.record()) {
            lineage.edits.push(edit);
        }
    }

    pub(super) fn ended(&mut self, copy: Copy, how: How, by: By, world: &World) {
        let Some(id) = self.lineage_of(copy.item(), copy.record()) else { return };
        let partner = copy.record().or_else(|| self.live_records(id, world).next());
        let record = partner.map(|record| {
            let row = world.server.record(record);
            (record, row.statuscode(&world.contents))
        });
        let (status, link) = match copy {
            Copy::Item(item) => {
                let row = world.mailboxes.item(item);
                (statuscode(&world.contents, row.kind, row.content), self.link_state(item))
            }
            Copy::Record(_) => (record.map_or(0, |(_, status)| status), LinkState::Unmarked),
        };
        let person = match by {
            By::User(user) => Some(user),
            By::Sync(_) => None,
        };
        let holder = copy.item().map(|item| world.mailboxes.item(item).mailbox);
        let subscription = holder.and_then(|user| world.server.subscriptions.get(user.index()));
        let tracked = |record: &CrmId| subscription.and_then(|subscription| subscription.tracked.get(record)).copied();
        let ending = Ending {
            copy,
            how,
            by: person,
            client: client_of(by),
            status,
            link,
            record,
            owner: partner.map(|record| world.server.record(record).owner),
            let_go: copy.item().and_then(|item| self.let_go_of(id, item)),
            unnoted: copy.item().is_some_and(|item| self.is_unnoted(id, item)),
            by_hand: partner.is_some_and(|record| tracked(&record) == Some(true)),
            fact: self.facts,
            at: self.now,
        };
        self.lineages[id.index()].endings.push(ending);
    }

    /// When an item was let go of in a mapping row last, where synchronization has not linked it since.
    fn let_go_of(&self, id: LineageId, item: ItemId) -> Option<usize> {
        let let_go = self.let_go.iter().filter(|((_, of), _)| *of == item).map(|(_, fact)| *fact).max()?;
        let mut linked = self.lineage(id).linked.iter().filter(|(of, _)| *of == item);
        (!linked.any(|(_, fact)| *fact > let_go)).then_some(let_go)
    }

    fn link_changed(&mut self, item: ItemId, (state, record): (LinkState, Option<CrmId>), by: By, world: &World) {
        let old = self.marks.get(&item).copied().unwrap_or_default();
        if state == LinkState::WasTracked && !by.is_sync() {
            let delete_record = world.mailboxes.item(item).link.delete_record;
            self.ended(Copy::Item(item), How::Untracked { delete_record }, by, world);
        }
        let had = match (state, old.state) {
            (LinkState::Pending, LinkState::WasTracked) if !by.is_sync() => self.tracked_again(item, old, world),
            (LinkState::Pending, LinkState::Pending) => old.had,
            _ => None,
        };
        // The mark counts in the lineage that the item has by it.
        let fact = self.facts;
        if let Some(lineage) = self.of(Some(item), None) {
            match state {
                LinkState::Pending if !by.is_sync() => lineage.marked.push((item, fact)),
                LinkState::Tracked if old.state != LinkState::Tracked => lineage.linked.push((item, fact)),
                _ => {}
            }
        }
        let by_person = match state {
            // Synchronization only finishes what a person began when it forgets the record of an untracked item.
            LinkState::WasTracked => !by.is_sync() || old.by_person && old.state == LinkState::WasTracked,
            _ => false,
        };
        let forgotten = by_person && by.is_sync() && record.is_none();
        let since = if state == old.state { old.since } else { self.facts };
        self.marks.insert(item, Mark { state, by_person, forgotten, record: record.or(old.record), had, since });
        if let Some(record) = record
            && self.lineage_of_record(record).is_none()
            && let Some(id) = self.lineage_of_item(item)
        {
            put(&mut self.of_record, record.index(), id);
        }
        if let Some(id) = record.and_then(|record| self.lineage_of_record(record))
            && by.is_sync()
            && state == LinkState::Tracked
            && world.mailboxes.item(item).meeting.is_some()
        {
            // Where the mailbox has the meeting already, the item is something of its own.
            let mailbox = world.mailboxes.item(item).mailbox;
            let here = |other: ItemId| {
                let left = self.link_state(other) == LinkState::WasTracked;
                other != item && !left && world.mailboxes.item(other).mailbox == mailbox
            };
            if !self.live_items(id, world).any(here) {
                self.join(item, id);
            }
        }
    }

    /// An attendee's copy of a meeting joins the lineage of the record that it is linked to, when another attendee made that
    /// record after the old one had ended. What was typed into it before stays with the old one.
    fn join(&mut self, item: ItemId, id: LineageId) {
        let Some(old) = self.lineage_of_item(item).filter(|old| *old != id) else { return };
        self.place(item, id);
        let copy = Copy::Item(item);
        let left = &mut self.lineages[old.index()];
        left.items.retain(|other| *other != item);
        left.edits.iter_mut().filter(|edit| edit.copy == copy).for_each(|edit| edit.parted = true);
        let lineage = &mut self.lineages[id.index()];
        lineage.items.push(item);
        lineage.births.push(Birth { copy, client: None, fact: self.facts });
        self.take_troubles_along(item, (old, id));
    }

    /// A person marks an item again. It goes on in its lineage only where its record still exists: because the record had
    /// left the filter and would be linked to the item again, or because the person takes an untracking back that nobody
    /// had taken note of. Gives the record with which it goes on: where that is deleted before anything came of the mark,
    /// the item is one whose record ended all the same.
    fn tracked_again(&mut self, item: ItemId, old: Mark, world: &World) -> Option<CrmId> {
        let fact = self.facts;
        if let Some(lineage) = self.of(Some(item), None) {
            lineage.retracked.push((item, fact));
        }
        let exists = old.record.is_some_and(|record| world.server.live(record).is_some());
        let goes_on = if old.by_person { !old.forgotten } else { !self.new_link };
        if !exists || !goes_on && !self.is_the_meetings(item, world) {
            self.begin_anew(item, world);
            return None;
        }
        old.record
    }

    /// Whether the record with which an item went on when a person marked it again was deleted since.
    fn is_anew(&self, item: ItemId, world: &World) -> bool {
        let had = self.marks.get(&item).and_then(|mark| mark.had);
        had.is_some_and(|record| world.server.live(record).is_none())
    }

    /// Whether an item is the one that its mailbox has of a meeting. A meeting is one lineage as long as its record is there,
    /// however often it is tracked; a second item of it in one mailbox has a lineage of its own.
    fn is_the_meetings(&self, item: ItemId, world: &World) -> bool {
        let of_meeting = world.mailboxes.item(item).meeting.and_then(|meeting| self.of_meeting.get(&meeting).copied());
        of_meeting.filter(|id| Some(*id) == self.lineage_of_item(item)).is_some_and(|id| {
            // Nor has it that of the meeting any more where another item of the mailbox took the record over meanwhile.
            let linked = |other| matches!(self.link_state(other), LinkState::Tracked | LinkState::Pending);
            let mailbox = |item| world.mailboxes.item(item).mailbox;
            let rival = |other: ItemId| other != item && linked(other) && mailbox(other) == mailbox(item);
            !self.live_items(id, world).any(rival)
        })
    }

    /// An item that a person marked again begins a new lineage. Whoever is invited from now on is invited to that one.
    fn begin_anew(&mut self, item: ItemId, world: &World) {
        let meets = self.is_the_meetings(item, world);
        self.part(item);
        if let (true, Some(meeting), Some(id)) = (meets, world.mailboxes.item(item).meeting, self.lineage_of_item(item))
        {
            self.of_meeting.insert(meeting, id);
        }
    }

    /// Begins a new lineage with an item. What people wrote into it goes along, and how it ended since it was marked for the
    /// new one; its past with its record does not.
    fn part(&mut self, item: ItemId) {
        let Some(old) = self.lineage_of_item(item) else { return };
        let id = self.begin(self.lineages[old.index()].kind);
        self.place(item, id);
        let mark = self.marks.get(&item).copied().unwrap_or_default();
        self.marks.insert(item, Mark { had: None, ..mark });
        let copy = Copy::Item(item);
        let left = &mut self.lineages[old.index()];
        left.items.retain(|other| *other != item);
        let since = |end: &Ending| end.copy == copy && mark.state == LinkState::Pending && end.fact > mark.since;
        let (endings, before) = std::mem::take(&mut left.endings).into_iter().partition(since);
        left.endings = before;
        self.take_edits_along((item, old), (item, id));
        let lineage = &mut self.lineages[id.index()];
        lineage.endings = endings;
        lineage.items.push(item);
        lineage.births.push(Birth { copy, client: None, fact: self.facts });
        self.take_troubles_along(item, (old, id));
    }

    /// An item has another lineage now, and the row of it that failed is about what the item is now.
    fn take_troubles_along(&mut self, item: ItemId, (old, id): (LineageId, LineageId)) {
        let troubles = std::mem::take(&mut self.lineages[old.index()].troubles);
        let of_item = |trouble: &Trouble| trouble.row.item.is_some_and(|named| self.named_now(named) == item);
        let (along, left): (Vec<Trouble>, _) = troubles.into_iter().partition(of_item);
        self.lineages[old.index()].troubles = left;
        self.lineages[id.index()].troubles.extend(along);
    }
}

fn client_of(by: By) -> Option<ClientId> {
    match by {
        By::Sync(client) => Some(client),
        By::User(_) => None,
    }
}

pub(super) fn put(of: &mut Vec<Option<LineageId>>, index: usize, id: LineageId) {
    if of.len() <= index {
        of.resize(index + 1, None);
    }
    of[index] = Some(id);
}
