//! The reference model: what users should see, in the fewest words.
//!
//! A map of lineages, each with at most one record and one item a mailbox, and the rules applied at sync points: no
//! tables, no messages, no versions. It is written independently of the engine, shares the vocabulary with it, and takes
//! the named policies as data. What it does not cover makes it give up with a reason, never guess.

mod copies;
mod rules;

use super::forms::show;
use crate::model::mapping::{self, Directions};
use crate::model::{ContentId, Contents, FieldId, Kind, LineageId, UserId, Value};
use crate::protocol::Switches;
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
    /// Who deleted or untracked it last.
    pub ended_by: Option<UserId>,
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
    /// The record that it had last, as it was when it was deleted.
    gone: Option<Row>,
    /// Its items, by mailbox.
    pub slots: FlatMap<UserId, Slot>,
    tracked: FlatMap<UserId, bool>,
    /// With whom the record is shared, for reading at least.
    readers: FlatMap<UserId, bool>,
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
    /// The user takes part.
    pub party_is_me: bool,
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
    /// The kinds of which the user may read every record.
    pub reads: [bool; Kind::ALL.len()],
    /// Whether the user may synchronize.
    pub synchronizes: bool,
    /// The kinds that come down.
    pub kinds: [bool; Kind::ALL.len()],
    /// Whether the Company field comes down.
    pub company: bool,
    /// The address of each user.
    pub addresses: Vec<Value>,
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
            gone: None,
            slots: FlatMap::default(),
            tracked: FlatMap::default(),
            readers: FlatMap::default(),
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

    /// The lineages whose linked item a person deleted from a mailbox, which was not synchronized yet.
    #[must_use]
    pub fn deleted_of_late(&self, user: UserId) -> Vec<LineageId> {
        let deleted =
            |line: &Line| line.slots.get(&user).is_some_and(|slot| slot.state == State::Linked && !slot.there);
        let lines = self.lines.iter().enumerate();
        let late = lines.filter(|(_, line)| line.as_ref().is_some_and(deleted));
        late.map(|(at, _)| LineageId(at as u32)).collect()
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
}

impl Line {
    /// A record that a person made.
    pub fn made_in_crm(&mut self, content: ContentId, owner: UserId, at: Time) {
        self.records += 1;
        self.row = Some(Row { content, owner, modified: (at, at) });
    }

    /// The record is deleted.
    pub fn ended_in_crm(&mut self) {
        self.gone = self.row.take().or(self.gone);
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
        let (there, purged, ended_by) = (true, false, None);
        let slot = Slot { content, there, purged, state, base, modified: at, ended_by, record, owner };
        self.slots.insert(user, slot);
    }

    /// The record is shared with a user for reading, or not any more.
    pub fn share(&mut self, user: UserId, reads: bool) {
        self.readers.insert(user, reads);
    }

    /// Whether a user may read the record.
    pub(super) fn is_read_by(&self, point: &Point<'_>) -> bool {
        self.row.is_some_and(|row| self.shows(row, point))
    }

    /// Whether a user may read a record that the lineage has or had.
    fn shows(&self, row: Row, point: &Point<'_>) -> bool {
        row.owner == point.user || point.reads[self.kind as usize] || self.readers.get(&point.user) == Some(&true)
    }

    /// The user's tracking by hand.
    pub fn track(&mut self, user: UserId, track: bool) {
        self.tracked.insert(user, track);
    }
}

/// What a synchronization can change of a lineage.
#[derive(PartialEq)]
struct Picture {
    row: Option<(ContentId, UserId)>,
    slots: Vec<(UserId, ContentId, bool, State, ContentId)>,
}

fn picture(line: &Line) -> Picture {
    let slots = line.slots.iter().map(|(user, slot)| (*user, slot.content, slot.there, slot.state, slot.base));
    Picture { row: line.row.map(|row| (row.content, row.owner)), slots: slots.collect() }
}
