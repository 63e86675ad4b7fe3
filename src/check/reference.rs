//! The reference model: what users should see, in the fewest words.
//!
//! A map of lineages, each with at most one record and one item a mailbox, and the rules applied at sync points: no
//! tables, no messages, no versions. It is written independently of the engine, shares the vocabulary with it, and takes
//! the named policies as data. What it does not cover makes it give up with a reason, never guess.

use super::deletion::{reaches_crm, reaches_outlook, untracking_deletes};
use super::forms::show;
use crate::model::mapping::{self, Directions, group_of};
use crate::model::{ContentId, Contents, Direction, FieldId, Kind, LineageId, UserId, Value, status};
use crate::protocol::Switches;
use crate::protocol::switches::{
    DeleteVersusEdit, DeletedLocally, MergeTie, MergeWinner, OutlookDeletedContact, ReactivatedContact, UntrackDeletes,
};
use crate::sim::{FlatMap, FlatSet, Time};

/// What an item is to synchronization.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nobody marked it.
    Plain,
    /// It is marked and has no record yet.
    Marked,
    /// It is linked to the record.
    Linked,
    /// Its record left the mailbox, and it stayed.
    Unlinked,
    /// A person untracked it, and that was not synchronized yet.
    Untracking {
        /// The person wants the record deleted.
        delete_record: bool,
    },
    /// A person let the record go: untracked the item, or deleted it where the record stays.
    LetGo,
}

/// A lineage's item in one mailbox.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Its fields, or those that it had.
    pub content: ContentId,
    /// Whether it is there.
    pub there: bool,
    /// Whether it left the mailbox for good.
    pub purged: bool,
    /// What it is to synchronization.
    pub state: State,
    /// The mapped form that was last synchronized.
    pub base: ContentId,
    /// When a person last changed it, by the clock of that person's client.
    pub modified: Time,
    /// The record that it is linked to, by its count.
    record: u32,
    /// Who owned the record when it was last synchronized.
    owner: UserId,
}

/// A lineage's record.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its fields.
    pub content: ContentId,
    /// Its owner.
    pub owner: UserId,
    /// Between when and when it was last changed; one moment where a person did it.
    modified: (Time, Time),
}

/// One lineage.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its kind.
    pub kind: Kind,
    /// Its record.
    pub row: Option<Row>,
    /// Its items, by mailbox.
    pub slots: FlatMap<UserId, Slot>,
    tracked: FlatMap<UserId, bool>,
    /// How many records it had.
    records: u32,
    /// Users whose mailboxes have nothing new to learn.
    settled: FlatSet<UserId>,
}

/// A filter, with values of this model.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The kind.
    pub kind: Kind,
    /// The owner is the user.
    pub owner_is_me: bool,
    /// The statecode is this.
    pub statecode: Option<i64>,
    /// Fields have these values.
    pub fields: Vec<(FieldId, Value)>,
}

/// What holds at a sync point of one mailbox.
#[derive(Clone, Debug)]
pub struct Point<'a> {
    /// The mailbox.
    pub user: UserId,
    /// Its active filters.
    pub filters: Vec<Condition>,
    /// The kinds that come down.
    pub kinds: [bool; Kind::ALL.len()],
    /// Whether the Company field comes down.
    pub company: bool,
    /// The named policies.
    pub switches: &'a Switches,
    /// When the client began.
    pub began: Time,
    /// When it ended.
    pub now: Time,
}

/// The model.
#[derive(Default)]
pub struct Reference {
    /// The values of this model; it shares none with the world.
    pub contents: Contents,
    directions: Directions,
    /// By the number of the lineage.
    lines: Vec<Option<Line>>,
    gave_up: Option<&'static str>,
}

impl Reference {
    /// Whether the model covers what happened so far, else why not.
    ///
    /// # Errors
    /// The first thing that it does not cover.
    pub fn applicable(&self) -> Result<(), &'static str> {
        self.gave_up.map_or(Ok(()), Err)
    }

    /// Gives up; the first reason is kept.
    pub fn give_up(&mut self, why: &'static str) {
        self.gave_up.get_or_insert(why);
    }

    /// A content of the world with the values of this model.
    pub fn translate(&mut self, world: &Contents, content: ContentId) -> ContentId {
        let fields: Vec<_> = world.fields_of(content).to_vec();
        let own: Vec<_> = fields.into_iter().map(|(field, value)| (field, self.value(world, value))).collect();
        self.contents.with(Contents::EMPTY, &own)
    }

    /// A value of the world as a value of this model.
    pub fn value(&mut self, world: &Contents, value: Value) -> Value {
        match value {
            Value::Text(text) => self.contents.text(world.text_of(text)),
            other => other,
        }
    }

    /// A lineage, where the model has it.
    #[must_use]
    pub fn get(&self, id: LineageId) -> Option<&Line> {
        self.lines.get(id.index()).and_then(Option::as_ref)
    }

    /// The mapped form of an item's fields.
    pub fn item_form(&mut self, kind: Kind, content: ContentId) -> ContentId {
        mapping::from_outlook(&mut self.contents, &self.directions, kind, content)
    }

    /// The mapped form of a record's fields.
    pub fn row_form(&mut self, content: ContentId) -> ContentId {
        mapping::from_crm(&mut self.contents, &self.directions, content)
    }

    /// A lineage, to change; what anybody changes is news to every mailbox.
    pub fn line(&mut self, id: LineageId, kind: Kind) -> &mut Line {
        if self.lines.len() <= id.index() {
            self.lines.resize(id.index() + 1, None);
        }
        let line = self.lines[id.index()].get_or_insert_with(|| Line {
            kind,
            row: None,
            slots: FlatMap::default(),
            tracked: FlatMap::default(),
            records: 0,
            settled: FlatSet::default(),
        });
        line.settled = FlatSet::default();
        line
    }

    /// Everything may be news to a mailbox.
    pub fn unsettle(&mut self, user: UserId) {
        for line in self.lines.iter_mut().flatten() {
            line.settled.remove(&user);
        }
    }

    /// A whole synchronization of one mailbox. True when it did anything.
    pub fn synchronize(&mut self, point: &Point<'_>) -> bool {
        let mut did = false;
        for at in 0..self.lines.len() {
            let due = self.lines[at].as_ref().is_some_and(|line| !line.settled.contains(&point.user));
            if !due || !self.visit(at, |model, line| model.synchronize_line(line, point)) {
                // Nothing is left to do for this mailbox until somebody else does something.
                if let Some(line) = &mut self.lines[at] {
                    line.settled.insert(point.user);
                }
            } else {
                did = true;
            }
        }
        did
    }

    /// One act is sent at once: what a person changed in one item goes up.
    pub fn send(&mut self, id: LineageId, point: &Point<'_>) {
        self.visit(id.index(), |model, line| model.send_item(line, point));
    }

    /// Applies the rules to one lineage. Where that changed anything, it is news to all.
    fn visit(&mut self, at: usize, apply: impl FnOnce(&mut Reference, &mut Line)) -> bool {
        let Some(mut line) = self.lines.get_mut(at).and_then(Option::take) else { return false };
        let before = picture(&line);
        apply(self, &mut line);
        let did = picture(&line) != before;
        if did {
            line.settled = FlatSet::default();
        }
        self.lines[at] = Some(line);
        did
    }

    /// The first synchronized field in which two forms differ, with both values as people read them.
    #[must_use]
    pub fn difference(&self, expected: ContentId, actual: ContentId) -> Option<(FieldId, String, String)> {
        let (field, value) = self.changed(expected, actual).first().copied()?;
        Some((field, show(&self.contents, self.contents.get(expected, field)), show(&self.contents, value)))
    }

    fn synchronize_line(&mut self, line: &mut Line, point: &Point<'_>) {
        let user = point.user;
        let belongs = self.belongs(line, point);
        let comes_down = point.kinds[line.kind as usize];
        let Some(slot) = line.slots.get(&user).copied() else {
            if belongs && comes_down {
                self.make_item(line, point);
            }
            return;
        };
        let same_record = line.row.is_some() && slot.record == line.records;
        match slot.state {
            State::Plain => {}
            State::Marked if slot.there => self.marked(line, slot, same_record, point),
            State::Marked => drop(line.slots.remove(&user)),
            State::Linked if !slot.there => self.deleted_in_outlook(line, slot, same_record, point),
            State::Linked if same_record && (belongs || !comes_down) => {
                let form = self.item_form(line.kind, slot.content);
                if comes_down || !self.changed(slot.base, form).is_empty() {
                    self.merge(line, slot, point);
                }
            }
            State::Linked if !comes_down => self.give_up("a record ended whose kind is switched off"),
            State::Linked => self.ended_in_crm(line, slot, same_record, point),
            State::Unlinked if belongs && comes_down => self.link_again(line, slot, same_record, point),
            State::Unlinked => {}
            State::Untracking { delete_record } => {
                self.untracked(line, slot, same_record.then_some(delete_record), point)
            }
            State::LetGo => self.stays_away(line, slot, belongs && comes_down, point),
        }
    }

    /// Whether the record belongs in the mailbox (PRE-FILT, PRE-MANUAL).
    fn belongs(&self, line: &Line, point: &Point<'_>) -> bool {
        let Some(row) = line.row else { return false };
        match line.tracked.get(&point.user) {
            Some(true) => true,
            Some(false) if point.switches.deleted_locally == DeletedLocally::ClientFlagAndServer => false,
            _ => point.filters.iter().any(|filter| {
                let state = status::state_of(line.kind, self.status(line.kind, row.content)).unwrap_or(0);
                filter.kind == line.kind
                    && (!filter.owner_is_me || row.owner == point.user)
                    && filter.statecode.is_none_or(|code| code == state)
                    && filter.fields.iter().all(|(field, value)| self.contents.get(row.content, *field) == *value)
            }),
        }
    }

    fn status(&self, kind: Kind, content: ContentId) -> i64 {
        let field = FieldId::find(kind, "statuscode").map(|field| self.contents.get(content, field));
        match field {
            Some(Value::Int(code)) => code,
            _ => status::initial(kind),
        }
    }

    /// The fields that synchronize both ways and differ between two forms.
    fn changed(&self, old: ContentId, new: ContentId) -> Vec<(FieldId, Value)> {
        let mut fields = self.contents.diff(old, new);
        fields.retain(|(field, _)| field.field().direction == Direction::Both);
        fields
    }

    /// CRM to Outlook, for the first time (CYC-CREATE).
    fn make_item(&mut self, line: &mut Line, point: &Point<'_>) {
        let Some(row) = line.row else { return };
        let mut base = self.row_form(row.content);
        if !point.company {
            let down = FieldId::all(line.kind).filter(|field| field.field().direction == Direction::Down);
            let none: Vec<_> = down.map(|field| (field, Value::Empty)).collect();
            base = self.contents.with(base, &none);
        }
        let fields = self.contents.fields_of(base).to_vec();
        let content = mapping::write_to_outlook(&mut self.contents, line.kind, Contents::EMPTY, &fields);
        let slot = Slot {
            content,
            there: true,
            purged: false,
            state: State::Linked,
            base,
            modified: point.now,
            record: line.records,
            owner: row.owner,
        };
        line.slots.insert(point.user, slot);
    }

    /// Outlook to CRM, for the first time: its maker owns and tracks it.
    fn make_record(&mut self, line: &mut Line, point: &Point<'_>) {
        let Some(mut slot) = line.slots.get(&point.user).copied() else { return };
        let form = self.item_form(line.kind, slot.content);
        let fields = self.contents.fields_of(form).to_vec();
        let mut content = mapping::set_in_crm(&mut self.contents, Contents::EMPTY, &fields);
        if let Some(field) = FieldId::find(line.kind, "statuscode")
            && self.contents.get(content, field) == Value::Empty
        {
            content = self.contents.with(content, &[(field, Value::Int(status::initial(line.kind)))]);
        }
        line.records += 1;
        line.row = Some(Row { content, owner: point.user, modified: (point.began, point.now) });
        line.tracked.insert(point.user, true);
        (slot.state, slot.base, slot.record, slot.owner) = (State::Linked, form, line.records, point.user);
        line.slots.insert(point.user, slot);
    }

    /// A marked item gets a record, or the one back that it had.
    fn marked(&mut self, line: &mut Line, slot: Slot, same_record: bool, point: &Point<'_>) {
        if same_record {
            line.tracked.insert(point.user, true);
            self.merge(line, Slot { state: State::Linked, ..slot }, point);
        } else {
            self.make_record(line, point);
        }
    }

    /// Both copies are there: what one side changed goes to the other; what both changed goes the winner's way (A.8).
    fn merge(&mut self, line: &mut Line, mut slot: Slot, point: &Point<'_>) {
        let Some(mut row) = line.row else { return };
        let outlook = self.item_form(line.kind, slot.content);
        let crm = self.row_form(row.content);
        let (typed, written) = (self.changed(slot.base, outlook), self.changed(slot.base, crm));
        let touches = |fields: &[(FieldId, Value)], field| fields.iter().any(|(f, _)| group_of(*f) == group_of(field));
        let differing: Vec<FieldId> = self.changed(outlook, crm).into_iter().map(|(field, _)| field).collect();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for field in differing {
            let goes_up = match (touches(&typed, field), touches(&written, field)) {
                (true, true) => self.outlook_wins(slot.modified, row.modified, point.switches),
                (by_outlook, _) => by_outlook,
            };
            if goes_up {
                up.push((field, self.contents.get(outlook, field)));
            } else {
                down.push((field, self.contents.get(crm, field)));
            }
        }
        let down_only = FieldId::all(line.kind).filter(|field| field.field().direction == Direction::Down);
        let news: Vec<_> = down_only.map(|field| (field, self.contents.get(crm, field))).collect();
        let news: Vec<_> =
            news.into_iter().filter(|(field, value)| self.contents.get(slot.base, *field) != *value).collect();
        if point.company {
            down.extend(&news);
        }
        slot.content = mapping::write_to_outlook(&mut self.contents, line.kind, slot.content, &down);
        if !up.is_empty() {
            row.content = mapping::set_in_crm(&mut self.contents, row.content, &up);
            row.modified = (point.began, point.now);
        }
        let base = self.row_form(row.content);
        let kept: Vec<_> = news.iter().map(|(field, _)| (*field, self.contents.get(slot.base, *field))).collect();
        slot.base = if point.company { base } else { self.contents.with(base, &kept) };
        slot.owner = row.owner;
        line.row = Some(row);
        line.slots.insert(point.user, slot);
    }

    /// Whether Outlook's value stands where both sides changed a column: timestamps in whole seconds, ties by policy. Where
    /// it is not certain which second synchronization wrote in, the model cannot say.
    fn outlook_wins(&mut self, typed: Time, (from, to): (Time, Time), switches: &Switches) -> bool {
        let typed = typed.whole_seconds();
        let by_time = |crm: i64| match typed.cmp(&crm) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => switches.merge_tie == MergeTie::Outlook,
        };
        match switches.merge_winner {
            MergeWinner::Crm => false,
            MergeWinner::Outlook => true,
            MergeWinner::Newer => {
                let (early, late) = (by_time(from.whole_seconds()), by_time(to.whole_seconds()));
                if early != late {
                    self.give_up("a merge hangs on the very second in which synchronization wrote");
                }
                late
            }
        }
    }

    /// A person deleted a linked item (DEL-OUT-*).
    fn deleted_in_outlook(&mut self, line: &mut Line, slot: Slot, same_record: bool, point: &Point<'_>) {
        let Some(row) = line.row.filter(|_| same_record) else {
            line.slots.remove(&point.user);
            return;
        };
        let item_status = (!slot.purged).then(|| self.status(line.kind, slot.content));
        if !reaches_crm(point.switches, line.kind, self.status(line.kind, row.content), item_status) {
            self.let_go(line, slot, point);
            return;
        }
        let form = self.row_form(row.content);
        let edited = !self.changed(slot.base, form).is_empty();
        let heard = point.kinds[line.kind as usize] && self.belongs(line, point);
        if edited && !heard {
            self.give_up("an edited record that nobody listens to");
        }
        if edited && point.switches.delete_versus_edit == DeleteVersusEdit::EditWins {
            self.make_item(line, point);
        } else {
            line.row = None;
            line.slots.remove(&point.user);
        }
    }

    fn let_go(&mut self, line: &mut Line, mut slot: Slot, point: &Point<'_>) {
        if let Some(row) = line.row {
            // What CRM says now is what the user saw last; only a later change can bring the contact back.
            slot.base = self.row_form(row.content);
        }
        slot.state = State::LetGo;
        line.slots.insert(point.user, slot);
        if point.switches.deleted_locally == DeletedLocally::ClientFlagAndServer {
            line.tracked.insert(point.user, false);
        }
    }

    /// The record of a linked item is gone, or left the mailbox (DEL-CRM-*).
    fn ended_in_crm(&mut self, line: &mut Line, mut slot: Slot, same_record: bool, point: &Point<'_>) {
        let owner = line.row.filter(|_| same_record).map_or(slot.owner, |row| row.owner);
        let item_status = self.status(line.kind, slot.content);
        if !reaches_outlook(line.kind, owner == point.user, item_status) {
            slot.state = State::Unlinked;
            line.slots.insert(point.user, slot);
            return;
        }
        let form = self.item_form(line.kind, slot.content);
        let edits = self.changed(slot.base, form);
        let edit_wins = !edits.is_empty() && point.switches.delete_versus_edit == DeleteVersusEdit::EditWins;
        match line.row.filter(|_| same_record) {
            None if edit_wins => {
                if line.row.is_some() {
                    self.give_up("two mailboxes bring one record back");
                }
                self.make_record(line, point);
            }
            // The record lives on with somebody else: what was typed goes there before the item goes.
            Some(_) if edit_wins => {
                self.merge(line, slot, point);
                line.slots.remove(&point.user);
            }
            _ => drop(line.slots.remove(&point.user)),
        }
    }

    /// The record of an unlinked item belongs in the mailbox again.
    fn link_again(&mut self, line: &mut Line, mut slot: Slot, same_record: bool, point: &Point<'_>) {
        match (slot.there, same_record, point.switches.reactivated_contact) {
            (true, true, ReactivatedContact::Relinks) => {
                slot.state = State::Linked;
                self.merge(line, slot, point);
            }
            (false, true, _) => self.make_item(line, point),
            _ => self.give_up("an unlinked item beside a new one"),
        }
    }

    /// A person untracked the item (DEL-OUT-CON-3, DEL-OUT-TASK-2); `delete_record` is not given where no record is left.
    fn untracked(&mut self, line: &mut Line, slot: Slot, delete_record: Option<bool>, point: &Point<'_>) {
        let owned = line.row.is_some_and(|row| row.owner == point.user);
        if delete_record.is_some_and(|wish| untracking_deletes(point.switches, wish, owned)) {
            line.row = None;
        } else if line.row.is_some() {
            line.tracked.insert(point.user, false);
        }
        let state = State::LetGo;
        line.slots.insert(point.user, Slot { state, ..slot });
    }

    /// The user let the record go; only the oldest policy brings a deleted contact back, when CRM changes it (D-11).
    fn stays_away(&mut self, line: &mut Line, slot: Slot, comes_down: bool, point: &Point<'_>) {
        let returns = point.switches.outlook_deleted_contact == OutlookDeletedContact::ReturnsOnCrmEdit;
        let Some(row) = line.row.filter(|_| comes_down && returns && line.kind == Kind::Contact) else { return };
        let form = self.row_form(row.content);
        if slot.there {
            self.give_up("a contact that was untracked under the policy that brings contacts back");
        } else if row.owner == point.user && !self.changed(slot.base, form).is_empty() {
            self.make_item(line, point);
        }
    }

    /// What a person did to one item is sent at once: marked ones get a record, edits go up, untracking takes effect.
    fn send_item(&mut self, line: &mut Line, point: &Point<'_>) {
        let Some(slot) = line.slots.get(&point.user).copied() else { return };
        let same_record = line.row.is_some() && slot.record == line.records;
        match slot.state {
            State::Marked if slot.there => self.marked(line, slot, same_record, point),
            State::Linked if slot.there && same_record => {
                let form = self.item_form(line.kind, slot.content);
                if !self.changed(slot.base, form).is_empty() {
                    self.merge(line, slot, point);
                }
            }
            State::Untracking { delete_record } if same_record => {
                line.tracked.insert(point.user, false);
                let may_delete = delete_record || point.switches.untrack_deletes == UntrackDeletes::NonOwnerDeletes;
                if !may_delete {
                    line.slots.insert(point.user, Slot { state: State::LetGo, ..slot });
                }
            }
            _ => {}
        }
    }
}

impl Line {
    /// A record that a person made.
    pub fn made_in_crm(&mut self, content: ContentId, owner: UserId, at: Time) {
        self.records += 1;
        self.row = Some(Row { content, owner, modified: (at, at) });
    }

    /// A person changed the record.
    pub fn changed_in_crm(&mut self, content: Option<ContentId>, owner: Option<UserId>, at: Time) {
        if let Some(row) = &mut self.row {
            row.content = content.unwrap_or(row.content);
            row.owner = owner.unwrap_or(row.owner);
            row.modified = (at, at);
        }
    }

    /// An item that a person made, or one that was there and linked from the start.
    pub fn made_in_outlook(&mut self, user: UserId, content: ContentId, (state, base): (State, ContentId), at: Time) {
        let owner = self.row.map_or(user, |row| row.owner);
        let record = if state == State::Linked { self.records } else { 0 };
        let slot = Slot { content, there: true, purged: false, state, base, modified: at, record, owner };
        self.slots.insert(user, slot);
    }

    /// The user's tracking by hand.
    pub fn track(&mut self, user: UserId, track: bool) {
        self.tracked.insert(user, track);
    }
}

/// What a synchronization can change of a lineage.
fn picture(line: &Line) -> (Option<(ContentId, UserId)>, Vec<(UserId, ContentId, bool, State, ContentId)>) {
    let slots = line.slots.iter().map(|(user, slot)| (*user, slot.content, slot.there, slot.state, slot.base));
    (line.row.map(|row| (row.content, row.owner)), slots.collect())
}
