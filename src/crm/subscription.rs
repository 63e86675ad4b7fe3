//! A user's Outlook subscription: its clients, its SyncEntry rows and its watermark (tables.md, C.1).

use std::collections::BTreeSet;

use super::{Counts, OwnWrite, PageRow, SyncAction};
use crate::journal::EntryState;
use crate::model::{ClientId, CrmId, Kind, UserId};
use crate::sim::{FlatMap, FlatSet, Time};

/// One row of SyncEntry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    /// The record's kind.
    pub kind: Kind,
    /// `SyncState`.
    pub state: EntryState,
    /// The version that was last prepared.
    pub version: u64,
    /// The number of the PrepareSync that set the row; 0 where none did. One that asks for everything sets a row anew without
    /// another version.
    pub prepared: u32,
    /// The record's place in the order of ids.
    pub order: u64,
}

/// One row of SubscriptionSyncInfo (SSI-METRICS).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SyncInfo {
    /// When PrepareSync came.
    pub start: Time,
    /// When the last page was acknowledged.
    pub end: Time,
    /// Rows served as created or changed.
    pub inserted: u32,
    /// Rows served as removed.
    pub deleted: u32,
    /// `DataSize`: bytes of ids and timestamps served.
    pub data_size: u32,
    /// `SyncResult`: everything that waited was acknowledged.
    pub complete: bool,
}

/// The subscription of a user, which all of the user's clients share (SUB-SHARED-STATE).
#[derive(Clone, Debug, Hash)]
pub struct Subscription {
    /// The user.
    pub user: UserId,
    /// SubscriptionClients: each client and whether it is primary.
    pub clients: Vec<(ClientId, bool)>,
    /// `CompletedSyncVersionNumber`.
    pub watermark: u64,
    /// Whether the next PrepareSync looks at all records of a kind (`FullSyncRequired`).
    pub full: [Full; Kind::ALL.len()],
    /// SubscriptionManuallyTrackedObject: `Track` by record.
    pub tracked: FlatMap<CrmId, bool>,
    /// The records whose row there changed since the last PrepareSync.
    pub tracking_changed: FlatSet<CrmId>,
    /// From which change number of the mailbox a client decided last about the tracking of a record (`tracking-order`).
    pub decided: FlatMap<CrmId, u64>,
    /// The record that a create was answered with which asked for another id (DUP-GOID): whoever withdraws that id means it.
    pub joined: FlatMap<CrmId, CrmId>,
    /// What the user's clients wrote into each record, in order.
    pub wrote: FlatMap<CrmId, Vec<OwnWrite>>,
    /// The records that got a row of SyncEntry since, because an item of theirs was found in the mailbox.
    pub held: FlatSet<CrmId>,
    /// The records of which a client keeps the item although a page listed the removal, until that page is acknowledged: the
    /// removal failed, or did not hold any more.
    pub kept: FlatSet<CrmId>,
    /// SubscriptionSyncInfo, one row a synchronization; the last is still running until its last acknowledgement.
    pub sync_info: Vec<SyncInfo>,
    entries: FlatMap<CrmId, Entry>,
    /// The rows in state 1 and 2, in the order in which pages take them. Mostly empty, but the first synchronization of a
    /// large organization fills it in any order, so this is a tree and not a flat set.
    waiting: [BTreeSet<(Kind, u64, CrmId)>; 2],
    counts: Counts,
}

/// How much of a kind the next PrepareSync looks at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Full {
    /// What changed.
    No,
    /// Everything, but nothing is removed.
    Additions,
    /// Everything.
    Yes,
}

impl Subscription {
    /// The subscription of a user without clients or rows.
    #[must_use]
    pub fn new(user: UserId) -> Subscription {
        Subscription {
            user,
            clients: Vec::new(),
            watermark: 0,
            full: [Full::No; Kind::ALL.len()],
            tracked: FlatMap::default(),
            tracking_changed: FlatSet::default(),
            decided: FlatMap::default(),
            joined: FlatMap::default(),
            wrote: FlatMap::default(),
            held: FlatSet::default(),
            kept: FlatSet::default(),
            sync_info: Vec::new(),
            entries: FlatMap::default(),
            waiting: Default::default(),
            counts: Counts::default(),
        }
    }

    /// The row of a record.
    #[must_use]
    pub fn entry(&self, record: CrmId) -> Option<&Entry> {
        self.entries.get(&record)
    }

    /// The state of a record's row.
    #[must_use]
    pub fn state(&self, record: CrmId) -> EntryState {
        self.entries.get(&record).map_or(EntryState::Absent, |entry| entry.state)
    }

    /// All rows, by record.
    pub fn entries(&self) -> impl Iterator<Item = (CrmId, &Entry)> {
        self.entries.iter().map(|(record, entry)| (*record, entry))
    }

    /// Writes a row, or drops it when its state is absent; gives back the state it had.
    pub fn set_entry(&mut self, record: CrmId, entry: Entry) -> EntryState {
        let before = match entry.state {
            EntryState::Absent => self.entries.remove(&record),
            _ => self.entries.insert(record, entry),
        };
        if let Some(before) = before
            && let Some(action) = action_of(before.state)
        {
            self.waiting[action as usize].remove(&(before.kind, before.order, record));
            *self.counts.of_mut(before.kind, action) -= 1;
        }
        if let Some(action) = action_of(entry.state) {
            self.waiting[action as usize].insert((entry.kind, entry.order, record));
            *self.counts.of_mut(entry.kind, action) += 1;
        }
        before.map_or(EntryState::Absent, |before| before.state)
    }

    /// How many rows wait, by kind and action (PRE-OUT); kept up to date, never counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The first rows that wait, in the order of ids (GSD-PAGE).
    #[must_use]
    pub fn page(&self, kind: Kind, action: SyncAction, size: usize) -> Vec<(CrmId, Entry)> {
        let from = (kind, 0, CrmId(0));
        let waiting = self.waiting[action as usize].range(from..).take_while(|(at, _, _)| *at == kind).take(size);
        waiting
            .map(|(_, _, record)| (*record, self.entries.get(record).copied().expect("a waiting row exists")))
            .collect()
    }

    /// The number of the last PrepareSync.
    #[must_use]
    pub fn prepares(&self) -> u32 {
        u32::try_from(self.sync_info.len()).unwrap_or(u32::MAX)
    }

    /// The rows of a page that are still as they were served.
    #[must_use]
    pub fn still_waiting(&self, action: SyncAction, page: &[PageRow]) -> Vec<(CrmId, Entry)> {
        let rows = page.iter().filter_map(|row| self.entries.get(&row.record).map(|entry| (row, *entry)));
        let as_served = |row: &PageRow, entry: &Entry| (row.version, row.prepared) == (entry.version, entry.prepared);
        let same = rows.filter(|(row, entry)| action_of(entry.state) == Some(action) && as_served(row, entry));
        same.map(|(row, entry)| (row.record, entry)).collect()
    }
}

fn action_of(state: EntryState) -> Option<SyncAction> {
    match state {
        EntryState::Upsert => Some(SyncAction::Upsert),
        EntryState::Remove => Some(SyncAction::Remove),
        EntryState::Absent | EntryState::Done => None,
    }
}
