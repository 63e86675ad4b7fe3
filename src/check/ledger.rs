//! The ledger: what people did, and what synchronization attempted, applied and answered, lineage by lineage.
//!
//! It reads facts and keeps no opinion. Which copies belong together follows from who made them out of what, never from
//! the mapping tables or the properties that synchronization itself keeps.

use super::lineage::{Copy, Lineage, OfRow};
use crate::engine::world::World;
use crate::journal::{Fact, LinkState, What};
use crate::model::{ClientId, CrmId, ItemId, LineageId, MapId, MeetingId, UserId};
use crate::protocol::Protocol;
use crate::protocol::switches::ReactivatedContact;
use crate::sim::{FlatMap, Span, Time};

/// What people did and what became of it.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Whether a record that qualifies again gets a new item beside the one that was unlinked.
    pub(super) new_link: bool,
    pub(super) facts: usize,
    pub(super) now: Time,
    pub(super) begun: bool,
    pub(super) lineages: Vec<Lineage>,
    pub(super) of_item: Vec<Option<LineageId>>,
    pub(super) of_record: Vec<Option<LineageId>>,
    /// The lineage of each meeting (its GlobalObjectId).
    pub(super) of_meeting: FlatMap<MeetingId, LineageId>,
    pub(super) marks: FlatMap<ItemId, Mark>,
    /// How far each client's clock was ahead at most.
    pub(super) fastest: Vec<Span>,
    /// When the running operation of a client began, in facts.
    pub(super) busy: FlatMap<ClientId, usize>,
    /// By cache file (its keeper): the item of each mapping row, and when a client last dropped or unlinked the row of an item,
    /// in facts.
    pub(super) mapped: FlatMap<(ClientId, MapId), ItemId>,
    /// The EntryId that an item got in the place of another when its mailbox moved.
    pub(super) names_since: FlatMap<ItemId, ItemId>,
    /// When each item was mapped first, and first in each cache file, in facts.
    pub(super) first_mapped: FlatMap<ItemId, usize>,
    pub(super) first_mapped_by: FlatMap<(ClientId, ItemId), usize>,
    /// When a mapping row of each item was written last, in facts; what an old copy of the cache says is no note.
    pub(super) noted: FlatMap<ItemId, usize>,
    pub(super) restoring: bool,
    pub(super) let_go: FlatMap<(ClientId, ItemId), usize>,
    /// By cache file (its keeper): when it was lost, and when cycles with it ended well, in facts.
    pub(super) lost_caches: Vec<(ClientId, usize)>,
    pub(super) whole_cycles: Vec<(ClientId, usize)>,
    /// When each mailbox moved without the named properties, in facts.
    pub(super) stripped: FlatMap<UserId, usize>,
}

/// What is known of an item and its record.
pub type Pair = (Option<ItemId>, Option<CrmId>);

/// What the ledger knows about an item's tracking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    /// Its `crmLinkState`.
    pub state: LinkState,
    /// A person untracked it; else synchronization unlinked it.
    pub by_person: bool,
    /// Synchronization took note of the untracking.
    pub forgotten: bool,
    /// The record that it had last.
    pub record: Option<CrmId>,
    /// The record that it had when a person marked it again and it went on in its lineage, until something came of the mark.
    pub had: Option<CrmId>,
    /// When its state changed last, in facts.
    pub since: usize,
}

impl Default for Mark {
    fn default() -> Self {
        let state = LinkState::Unmarked;
        Mark { state, by_person: false, forgotten: false, record: None, had: None, since: 0 }
    }
}

impl Ledger {
    /// A ledger for a run under this protocol: of its policies only `reactivated-contact` says what a lineage is.
    #[must_use]
    pub fn new(protocol: &Protocol) -> Ledger {
        let new_link = protocol.switches.reactivated_contact == ReactivatedContact::NewLink;
        Ledger { new_link, ..Ledger::default() }
    }

    /// Takes the facts of one event, in order, with the world as they left it.
    pub fn record(&mut self, facts: &[Fact], world: &World) {
        for fact in facts {
            self.now = fact.at;
            // Every other fact is one of these, and tells nothing that is kept.
            if !matches!(fact.what, What::Followed { .. }) {
                self.take(&fact.what, world);
            }
            self.facts += 1;
        }
        self.fastest.resize(world.clients.len(), Span::ZERO);
        for (fastest, client) in self.fastest.iter_mut().zip(&world.clients) {
            *fastest = client.clock.max(*fastest);
        }
    }

    /// How many facts were taken so far.
    #[must_use]
    pub fn facts(&self) -> usize {
        self.facts
    }

    /// Whether any client had mapped an item by then.
    #[must_use]
    pub fn was_mapped(&self, item: ItemId, by: usize) -> bool {
        self.first_mapped.get(&item).is_some_and(|fact| *fact <= by)
    }

    /// Whether a client had mapped an item by then.
    #[must_use]
    pub fn was_mapped_by(&self, client: ClientId, item: ItemId, by: usize) -> bool {
        self.first_mapped_by.get(&(client, item)).is_some_and(|fact| *fact <= by)
    }

    /// Whether a mailbox moved without the named properties after a fact.
    pub(super) fn stripped_since(&self, mailbox: UserId, fact: usize) -> bool {
        self.stripped.get(&mailbox).is_some_and(|at| *at > fact)
    }

    /// How far a client's clock was ahead at most: what was in the future then is certainly so by now.
    #[must_use]
    pub fn fastest(&self, client: ClientId) -> Span {
        self.fastest.get(client.index()).copied().unwrap_or(Span::ZERO)
    }

    /// Whether synchronization wrote to an item since a mapping row of it was written last.
    pub(super) fn is_unnoted(&self, id: LineageId, item: ItemId) -> bool {
        let noted = self.noted.get(&item).copied();
        let mut written = self.lineage(id).synced.iter().rev();
        let last = written.find(|synced| synced.copy == Some(Copy::Item(item)));
        noted.is_some() && last.is_some_and(|synced| Some(synced.fact) > noted)
    }

    /// Whether the run has begun; what was told before is how the world was laid out.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.begun
    }

    /// All lineages.
    pub fn lineages(&self) -> impl Iterator<Item = (LineageId, &Lineage)> {
        self.lineages.iter().enumerate().map(|(index, lineage)| (LineageId(index as u32), lineage))
    }

    /// One lineage.
    ///
    /// # Panics
    /// When the id is not one of this ledger.
    #[must_use]
    pub fn lineage(&self, id: LineageId) -> &Lineage {
        &self.lineages[id.index()]
    }

    /// The lineage of an item.
    #[must_use]
    pub fn lineage_of_item(&self, item: ItemId) -> Option<LineageId> {
        self.of_item.get(item.index()).copied().flatten()
    }

    /// The lineage of a record, or of the item that an id is reserved for.
    #[must_use]
    pub fn lineage_of_record(&self, record: CrmId) -> Option<LineageId> {
        self.of_record.get(record.index()).copied().flatten()
    }

    /// The lineage of whatever is known of a pair.
    #[must_use]
    pub fn lineage_of(&self, item: Option<ItemId>, record: Option<CrmId>) -> Option<LineageId> {
        let by_item = item.and_then(|item| self.lineage_of_item(item));
        by_item.or_else(|| record.and_then(|record| self.lineage_of_record(record)))
    }

    /// The items that ever belonged to a lineage.
    #[must_use]
    pub fn items(&self, id: LineageId) -> &[ItemId] {
        &self.lineage(id).items
    }

    /// The records that ever belonged to a lineage.
    #[must_use]
    pub fn records(&self, id: LineageId) -> &[CrmId] {
        &self.lineage(id).records
    }

    /// The items of a lineage that are in their folders.
    pub fn live_items<'a>(&'a self, id: LineageId, world: &'a World) -> impl Iterator<Item = ItemId> + 'a {
        self.items(id).iter().copied().filter(|item| world.mailboxes.live(*item).is_some())
    }

    /// The records of a lineage that exist.
    pub fn live_records<'a>(&'a self, id: LineageId, world: &'a World) -> impl Iterator<Item = CrmId> + 'a {
        self.records(id).iter().copied().filter(|record| world.server.live(*record).is_some())
    }

    /// The name that people know a lineage by.
    #[must_use]
    pub fn name<'a>(&self, id: LineageId, world: &'a World) -> &'a str {
        let lineage = self.lineage(id);
        match (lineage.items.first(), lineage.records.first()) {
            (Some(item), _) => world.names.item(*item),
            (None, Some(record)) => world.names.record(*record),
            (None, None) => "?",
        }
    }

    /// Whether a person ended the tracking of an item and has not marked it again.
    #[must_use]
    pub fn untracked_by_person(&self, item: ItemId) -> bool {
        self.marks.get(&item).is_some_and(|mark| mark.by_person && mark.state == LinkState::WasTracked)
    }

    /// The record that an item was linked to last, also where it carries no crmid any more.
    #[must_use]
    pub fn last_record(&self, item: ItemId) -> Option<CrmId> {
        self.marks.get(&item).and_then(|mark| mark.record)
    }

    /// When the tracking of an item changed last, in facts.
    #[must_use]
    pub fn link_since(&self, item: ItemId) -> usize {
        self.marks.get(&item).map_or(0, |mark| mark.since)
    }

    /// The `crmLinkState` of an item, as the facts tell it.
    #[must_use]
    pub fn link_state(&self, item: ItemId) -> LinkState {
        self.marks.get(&item).copied().unwrap_or_default().state
    }

    /// Whether a row of this pair failed in the mailbox, or was given up by its user, and nothing was done about it since.
    /// What fails in one mailbox says nothing of another.
    #[must_use]
    pub fn is_troubled(&self, world: &World, mailbox: UserId, pair: Pair) -> bool {
        let Some(id) = self.lineage_of(pair.0, pair.1) else { return false };
        self.lineage(id).troubles.iter().any(|trouble| self.is_about(world, &trouble.row, mailbox, pair))
    }

    /// Whether a row of this pair failed in the mailbox, and waits with its error.
    #[must_use]
    pub fn is_failing(&self, world: &World, mailbox: UserId, pair: Pair) -> bool {
        let Some(id) = self.lineage_of(pair.0, pair.1) else { return false };
        let mut waiting = self.lineage(id).troubles.iter().filter(|trouble| !trouble.ignored);
        waiting.any(|trouble| self.is_about(world, &trouble.row, mailbox, pair))
    }

    /// When a copy ended last, in facts.
    #[must_use]
    pub fn ended_at(&self, copy: Copy) -> Option<usize> {
        let id = self.lineage_of(copy.item(), copy.record())?;
        let copy = copy.item().map_or(copy, |item| Copy::Item(self.named_now(item)));
        let endings = self.lineage(id).endings.iter().filter(|ending| ending.copy == copy);
        endings.map(|ending| ending.fact).max()
    }

    /// Whether a user ignored the error of a row of this pair in the mailbox after a fact.
    #[must_use]
    pub fn is_given_up(&self, world: &World, mailbox: UserId, pair: Pair, since: usize) -> bool {
        let Some(id) = self.lineage_of(pair.0, pair.1) else { return false };
        let mut rows = self.lineage(id).given_up.iter().filter(|row| row.fact > since);
        rows.any(|row| self.is_about(world, row, mailbox, pair))
    }

    /// Whether the mailbox's user was asked about a deletion of this pair and keeps what would have been deleted.
    #[must_use]
    pub fn is_spared(&self, world: &World, mailbox: UserId, pair: Pair) -> bool {
        let Some(id) = self.lineage_of(pair.0, pair.1) else { return false };
        self.lineage(id).spared.iter().any(|row| self.is_about(world, row, mailbox, pair))
    }

    fn is_about(&self, world: &World, row: &OfRow, mailbox: UserId, pair: Pair) -> bool {
        let keeper = world.clients.get(row.client.index());
        keeper.is_some_and(|client| client.mailbox == mailbox) && self.is_of_pair(row, pair)
    }

    /// Whether a row is about an item or a record: it names one of them, or the one that belongs to the other.
    pub(super) fn is_of_pair(&self, row: &OfRow, (item, record): Pair) -> bool {
        let record_of = |item: Option<ItemId>| item.and_then(|item| self.last_record(item));
        let same_record = |one: Option<CrmId>, other: Option<CrmId>| one.is_some() && one == other;
        item.is_some() && row.item == item
            || same_record(row.record, record)
            || same_record(row.record, record_of(item))
            || same_record(record_of(row.item), record)
    }

    /// When the operation that a client is carrying out began, in facts.
    #[must_use]
    pub fn busy_since(&self, client: ClientId) -> Option<usize> {
        self.busy.get(&client).copied()
    }

    /// Whether a client cannot know what happened to an item that left the mailbox at a fact: its cache was lost before it
    /// had let go of the item, or had been lost and not been made anew.
    #[must_use]
    pub fn forgot(&self, client: ClientId, item: ItemId, fact: usize) -> bool {
        let let_go = self.let_go.get(&(client, item)).copied().filter(|at| *at > fact);
        let mut losses = self.lost_caches.iter().filter(|(of, _)| *of == client).map(|(_, lost)| *lost);
        losses.any(|lost| match lost > fact {
            true => let_go.is_none_or(|at| at > lost),
            false => !self.whole_cycles.iter().any(|(of, at)| *of == client && (lost..fact).contains(at)),
        })
    }
}
