//! What a row of OutlookSyncTable is about, as things stand when it is processed.
//!
//! A row was written some time ago, by a notification, a scan or a page, and perhaps before a crash. Since then its item may
//! have been made again, untracked, tracked again or deleted, and its mapping row may be lost. Reading a row finds its
//! mapping row, its item and its record, and lets what the item says now count over what the row said then.

use super::cache::{CrmChange, MapRow, OutlookChange, Row};
use super::client::{Env, Own};
use super::saved;
use crate::journal::LinkState;
use crate::mailbox::{Folder, Item, Link, heard};
use crate::model::{Answer, CrmId, ItemId, mapping};
use crate::protocol::switches::{MeetingUpdate, MergeBaseUpdate, MissingItem, PurgedItem, ReactivatedContact, Relink};

/// A row with everything that it names.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The row, brought up to date.
    pub row: Row,
    /// Its mapping row.
    pub map: Option<MapRow>,
    /// Its item.
    pub item: Option<(ItemId, Item)>,
    /// Whether a person tracks the item again whose record is still there.
    pub retracked: bool,
    /// Whether what changed in the item can only be the half of a save by synchronization: what CRM says is to be read.
    torn: bool,
    /// Whether the last save of the item was made by half: OriginalXML, as it is read here, is not yet on the item.
    pub half_saved: bool,
}

/// Reads a row. `changed` says that its target was found changed on the way: a write was refused for that, or a create met
/// the record that an earlier try had made.
pub fn read(row: Row, changed: bool, own: &Own<'_>, env: &mut Env<'_>) -> Reading {
    let mut reading = Reading { row, map: None, item: None, retracked: false, torn: false, half_saved: false };
    if changed {
        reading.mean_the_reserved_record(env);
    }
    reading.find_map_and_item(own, env);
    reading.half_saved = reading.item.as_mut().is_some_and(|(_, item)| saved::complete(row.saved, item));
    reading.find_record(changed, env);
    reading.heed_the_item(env);
    if changed && reading.row.crm_change == CrmChange::None {
        reading.row.crm_change = CrmChange::Upsert;
    }
    reading.heed_the_organizer(env);
    let in_one_save = env.protocol.switches.merge_base_update == MergeBaseUpdate::AfterBoth;
    reading.torn = in_one_save && reading.item.is_some_and(|(_, item)| item.is_torn());
    reading
}

/// The item of a record in whose place another one was made: that is the item of the new record too. It is found by its mapping
/// row, or by its crmid where the mapping was lost. One that was unlinked when the old record went is linked to the new one as
/// to a record that comes back, unless its owner did something else with it.
pub fn inherited(record: CrmId, own: &Own<'_>, env: &Env<'_>) -> Option<ItemId> {
    let switches = &env.protocol.switches;
    let is_live = |item: ItemId| env.mailboxes.live(item).is_some();
    let mut before = before(record, env).map(|gone| (gone, own.cache.map_of_record(gone).map(|(_, map)| map)));
    before.find_map(|(gone, map)| {
        let (item, state) = match map {
            Some(map) if map.linked && is_live(map.item) => return Some(map.item),
            Some(map) if map.deleted_locally => return None,
            Some(map) if is_live(map.item) && switches.reactivated_contact == ReactivatedContact::Relinks => {
                (Some(map.item), LinkState::WasTracked)
            }
            Some(map) if is_live(map.item) => return None,
            // The mapping was lost, or names an EntryId of before: the item itself says whether it was let go when the record went.
            _ if switches.relink == Relink::CrmidOnItem => {
                let item = env.mailboxes.carrying(own.mailbox, gone);
                let state = item.map(|item| env.mailboxes.item(item).link.state);
                let relinks = |state: &LinkState| match state {
                    LinkState::Tracked => true,
                    LinkState::WasTracked => switches.reactivated_contact == ReactivatedContact::Relinks,
                    LinkState::Unmarked | LinkState::Pending => false,
                };
                (item, state.filter(relinks)?)
            }
            _ => return None,
        };
        let as_left = |item: &Item| item.link.state == state && !item.link.by_person;
        item.filter(|item| env.mailboxes.live(*item).is_some_and(as_left))
    })
}

/// Whether the item of a record in whose place this one was made was untracked by a person, and CRM has not heard of it yet: it
/// would have kept this one away.
pub fn was_untracked_before(record: CrmId, own: &Own<'_>, env: &Env<'_>) -> bool {
    let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
    before(record, env).any(|gone| {
        let item = env.mailboxes.carrying(own.mailbox, gone).filter(|_| relinks);
        let link = item.and_then(|item| env.mailboxes.live(item)).map(|item| item.link);
        link.is_some_and(|link| link.state == LinkState::WasTracked && link.by_person)
    })
}

/// The item of a record that a person purged, found among the mailbox's recoverable items.
pub fn listed_as_purged(record: CrmId, own: &Own<'_>, env: &Env<'_>) -> Option<ItemId> {
    let lists = env.protocol.switches.purged_item == PurgedItem::StaysListed;
    let mut purged = env.mailboxes.purged(own.mailbox).filter(|_| lists);
    purged.find(|(of, _)| *of == record).map(|(_, item)| item)
}

/// Whether an item is among the mailbox's recoverable items: a person purged it.
pub fn is_listed_as_purged(item: Option<ItemId>, own: &Own<'_>, env: &Env<'_>) -> bool {
    let lists = env.protocol.switches.purged_item == PurgedItem::StaysListed;
    lists && env.mailboxes.purged(own.mailbox).any(|(_, purged)| Some(purged) == item)
}

/// Whether an item says itself that it is linked to a record.
pub fn is_linked(item: Option<(ItemId, Item)>, record: Option<CrmId>, env: &Env<'_>) -> bool {
    let link = item.map(|(item, _)| env.mailboxes.item(item).link);
    link.is_some_and(|link| link.state == LinkState::Tracked && link.record == record)
}

/// The records in whose place another was made, one after the other.
fn before(record: CrmId, env: &Env<'_>) -> impl Iterator<Item = CrmId> {
    std::iter::successors(env.predecessors.get(&record), |gone| env.predecessors.get(gone)).copied()
}

/// Whether a record was made in the place of another.
pub fn replaces(record: CrmId, gone: CrmId, env: &Env<'_>) -> bool {
    before(record, env).any(|old| old == gone)
}

impl Reading {
    fn link(&self) -> Option<Link> {
        self.item.map(|(_, item)| item.link)
    }

    fn is_state(&self, state: LinkState) -> bool {
        self.link().is_some_and(|link| link.state == state)
    }

    fn is_live(&self) -> bool {
        self.item.is_some_and(|(_, item)| item.folder == Folder::Synchronized)
    }

    /// A repeated create found its record there: that record is meant, whatever the row was about before.
    fn mean_the_reserved_record(&mut self, env: &Env<'_>) {
        let link = self.row.item.map(|item| env.mailboxes.item(item).link);
        // Who untracks the item meanwhile lets that record go.
        let untracked = |link: &Link| link.state == LinkState::WasTracked && link.by_person;
        if let Some(reserved) = link.filter(|link| link.state == LinkState::Pending || untracked(link)) {
            (self.row.record, self.row.crm_change) = (reserved.record.or(self.row.record), CrmChange::Upsert);
        }
    }

    /// Finds the mapping row by the record or the item, and the item by the row, by the mapping row, or by the crmid that it
    /// carries.
    fn find_map_and_item(&mut self, own: &Own<'_>, env: &Env<'_>) {
        let row = &mut self.row;
        let by_record = row.record.and_then(|record| own.cache.map_of_record(record));
        let by_item = row.item.and_then(|item| own.cache.map_of_item(item));
        self.map = by_record.or(by_item).map(|(_, map)| *map);
        let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
        let record = row.record.or(self.map.map(|map| map.record));
        let carrying = record.filter(|_| relinks).and_then(|record| env.mailboxes.carrying(own.mailbox, record));
        let mapped_is_gone = self.map.is_some_and(|map| env.mailboxes.live(map.item).is_none());
        let again = carrying.filter(|item| mapped_is_gone && env.mailboxes.live(*item).is_some());
        // Another item of the record was let go of before; that the linked one was moved away or deleted does not bring it back.
        let ended = self.map.is_some_and(|map| {
            let folder = env.mailboxes.item(map.item).folder;
            let purged = || listed_as_purged(map.record, own, env) == Some(map.item);
            map.linked && (matches!(folder, Folder::Elsewhere | Folder::DeletedItems) || purged())
        });
        let let_go = |link: Link| link.state == LinkState::WasTracked && !link.by_person;
        let again = again.filter(|item| !ended || !let_go(env.mailboxes.item(*item).link));
        let marked = |link: Link| link.state == LinkState::Pending;
        let linked = self.map.is_some_and(|map| map.linked);
        let same = |item: &ItemId| {
            let link = env.mailboxes.item(*item).link;
            marked(link) || linked && let_go(link)
        };
        if let Some(again) = again.filter(same) {
            // It has another EntryId since it was mapped, and a person tracks it again, or it was about to be let go of.
            row.item = Some(again);
        } else if let Some(again) = again {
            // The client died when it had made the item again and not mapped it yet.
            self.map = None;
            (row.item, row.record, row.outlook_change) = (Some(again), record, OutlookChange::None);
            row.crm_change = row.crm_change.max(CrmChange::Upsert);
        }
        let is_gone = |item| env.mailboxes.live(item).is_none();
        if let Some(map) = self.map.filter(|map| map.linked && !is_gone(map.item))
            && row.item.is_some_and(is_gone)
        {
            // The record has another item by now; what became of the old one is no end of it.
            (row.item, row.outlook_change) = (Some(map.item), OutlookChange::None);
        }
        let is_purged = |item| env.mailboxes.item(item).folder == Folder::Purged;
        if let Some(again) = carrying.filter(|_| self.map.is_none())
            && row.item.is_some_and(is_purged)
        {
            // It has another EntryId since the row was written.
            row.item = Some(again);
        }
        if let Some(map) = self.map.filter(|map| is_purged(map.item))
            && let Some(elsewhere) = carrying.filter(|item| is_gone(*item))
        {
            // It has another EntryId since it was mapped, and lies in another folder; but an older one of the record's items
            // may lie in Deleted Items too, in whose place the mapped one was made.
            let item = env.mailboxes.item(elsewhere);
            if item.is_moved() || map.base.is_none_or(|base| base == item.link.base) {
                row.item = Some(elsewhere);
            }
        }
        let lost = || carrying.or_else(|| listed_as_purged(record?, own, env)).filter(|_| self.map.is_none());
        row.item = row.item.or(self.map.map(|map| map.item)).or_else(lost);
        self.item = row.item.map(|item| (item, env.mailboxes.item(item)));
        if relinks && self.is_live() && self.is_state(LinkState::Tracked) {
            self.prefer_the_items_record(env);
        }
    }

    /// The client died when it had linked the item to a new record and not finished: the old record's row, and its mapping
    /// row where it is still there, are not about the item any more.
    fn prefer_the_items_record(&mut self, env: &Env<'_>) {
        let Some(linked) = self.link().and_then(|link| link.record) else { return };
        if let (Some(record), Some((_, item))) = (self.row.record, &mut self.item)
            && env.predecessors.get(&record) == Some(&linked)
        {
            // The row's record was made in the place of the item's.
            item.link.record = Some(record);
            return;
        }
        if self.row.record.is_some_and(|record| record != linked) {
            // What a page listed was the old one.
            self.row.crm_change = CrmChange::None;
        }
        self.row.record = Some(linked);
        self.map = self.map.filter(|map| map.record == linked);
    }

    /// Finds the record by the mapping row, or by the crmid on the item.
    fn find_record(&mut self, changed: bool, env: &Env<'_>) {
        // Tracked again, after its record left the filter or before anybody noticed that it was untracked: the record is
        // found by the mapping row that is still there.
        let relinks_unlinked = env.protocol.switches.reactivated_contact == ReactivatedContact::Relinks;
        let known = |map: MapRow| map.linked || relinks_unlinked && !map.deleted_locally;
        self.retracked = self.is_state(LinkState::Pending) && self.map.is_some_and(known);

        let own = |link: Link| self.row.record.is_none_or(|record| link.record == Some(record));
        let of_before = |link: Link| own(link) && self.map.is_some_and(|map| map.is_of_before(&link));
        if self.is_state(LinkState::Tracked) && self.link().is_some_and(of_before) {
            // The client died when it had linked the item to a record of its own and not mapped it yet.
            self.map = None;
        }
        let ended = self.is_state(LinkState::WasTracked) && self.link().is_some_and(|link| link.by_person);
        if let Some(link) = self.link().filter(|link| ended && self.map.is_some_and(|map| map.is_of_before(link)))
            && self.row.record == self.map.map(|map| map.record)
        {
            // Its owner let the row's record go before, and marked the item again since: what was untracked is that.
            (self.row.record, self.row.crm_change, self.map) = (link.record, CrmChange::None, None);
        }
        let named = self.map.filter(|map| map.linked || map.deleted_locally || self.retracked);
        self.row.record = self.row.record.or(named.map(|map| map.record));
        let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
        // The create of an item that is gone may have been carried out without an answer.
        let unanswered = self.item.is_some_and(|(_, item)| item.awaits_record()) && !self.is_live();
        if let Some(link) = self.link()
            && self.row.record.is_none_or(|record| link.record == Some(record))
            && (unanswered || link.state != LinkState::Pending)
        {
            self.map = self.map.filter(|map| !map.is_of_before(&link));
        }
        let stands = relinks && (self.is_state(LinkState::Tracked) || unanswered);
        if self.row.record.is_none() && (changed || stands) {
            self.row.record = self.link().and_then(|link| link.record);
        }
    }

    /// Lets the item say whether a person untracked it, or tracked it again, since the row was written.
    fn heed_the_item(&mut self, env: &Env<'_>) {
        let Some((_, item)) = self.item else { return };
        let link = item.link;
        let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
        let was_linked = self.map.map_or(relinks && link.record.is_some(), |map| map.linked);
        let ended = matches!(self.row.outlook_change, OutlookChange::Untracked | OutlookChange::UntrackedDelete);
        let untracked = link.state == LinkState::WasTracked && link.by_person && item.folder != Folder::Purged;
        // What was forgotten when it was untracked, tracked and untracked once more, is about no record any more.
        if untracked && (was_linked || ended && link.record.is_some()) {
            self.row.outlook_change =
                if link.delete_record { OutlookChange::UntrackedDelete } else { OutlookChange::Untracked };
        }
        let verifies = env.protocol.switches.missing_item == MissingItem::VerifyStoreThenTwice;
        if verifies && self.row.outlook_change == OutlookChange::Deleted && self.is_live() {
            // It was missing when the row was written, and the store shows it now.
            self.row.outlook_change = OutlookChange::Upsert;
        }
        // Who marks the item again takes the untracking back, also where it is linked again by now and the row could not say so.
        if ended && matches!(link.state, LinkState::Pending | LinkState::Tracked) && self.is_live() {
            self.row.outlook_change = OutlookChange::Upsert;
        }
    }

    /// What an update of the meeting wrote, sent from an item of the same record, and the organizer only repeated or typed over
    /// something else than CRM says, is no edit of this item: what CRM says counts, as for everything that nobody typed here. What
    /// else the organizer typed is an edit as long as nobody changed the record since it was seen here, which only the record tells.
    fn heed_the_organizer(&mut self, env: &mut Env<'_>) {
        let organizers = env.protocol.switches.meeting_update == MeetingUpdate::Organizers;
        let Some((_, item)) = self.item.as_mut() else { return };
        item.brought = item.brought_by_its_record(|record, gone| replaces(record, gone, env)).filter(|_| organizers);
        if let Some(brought) = item.brought.filter(|_| item.folder == Folder::Synchronized) {
            let directions = &env.protocol.directions;
            let form = mapping::from_outlook(env.contents, directions, item.kind, item.content);
            let columns = brought.columns(item.kind, env.contents, directions);
            let no_word = brought.no_word(&columns, item.link.base, env.contents);
            item.link.base = heard(item.link.base, &no_word, &[form], env.contents);
        }
    }

    /// Whether the decision needs the record as it is now: it was listed, the item was ended or is not there, an earlier try
    /// left a question, the mapping was lost, or an update of the meeting wrote into the item. A change of Outlook alone is sent
    /// without a look; so is what was typed beside an update of the meeting where the kind is switched off, since what CRM says
    /// may not come down.
    #[must_use]
    pub fn needs_record(&self, immediate: bool, comes_down: bool) -> bool {
        let gone = self.item.is_some() && !self.is_live();
        let open_question = self.row.sent.is_some() || self.half_saved || self.row.error == Some(Answer::NotFound);
        let brought = comes_down && self.item.is_some_and(|(_, item)| item.brought.is_some());
        if gone || self.retracked || open_question || brought || self.row.crm_change != CrmChange::None {
            return true;
        }
        match self.row.outlook_change {
            OutlookChange::Deleted => true,
            OutlookChange::Untracked | OutlookChange::UntrackedDelete => !immediate,
            OutlookChange::None | OutlookChange::Upsert => {
                self.torn || self.map.is_none() && self.is_state(LinkState::Tracked)
            }
        }
    }
}
