//! PrepareSync, GetSyncData and PostSync (rules.md, A.6).

use super::subscription::Full;
use super::{Counts, Entry, Life, PageRow, Record, Reply, Server, Subscription, SyncAction, SyncInfo};
use crate::journal::{EntryCause, EntryState, Journal, What};
use crate::model::{Contents, CrmId, Kind, Right, RuleId, UserId};
use crate::protocol::Protocol;
use crate::protocol::switches::{Acknowledge, AcknowledgeAt, DeletedLocally, DeletionsBy, Requalify, Watermark};
use crate::rule;

/// What a row of a page weighs: an id and a timestamp.
const ROW_BYTES: usize = 16 + 8;

impl Server {
    /// Finds what changed for a user since the watermark, writes it to SyncEntry and moves the watermark, in one
    /// transaction. Visits the changed rows and no others unless a full prepare is due (PRE-INCR).
    pub(super) fn prepare(
        &mut self,
        user: UserId,
        kinds: [bool; Kind::ALL.len()],
        reinitialize: bool,
        (contents, protocol, journal): (&Contents, &Protocol, &mut Journal),
    ) -> Counts {
        let mut visited = 0;
        let comes_down = self.comes_down(user);
        let kinds = kinds.map(|wanted| wanted && comes_down);
        for kind in Kind::ALL {
            let subscription = &mut self.subscriptions[user.index()];
            if !kinds[kind as usize] {
                // What is ignored now must be found when the kind is switched on, or the privilege given, again.
                subscription.full[kind as usize] = Full::Yes;
                journal.follow(if comes_down { rule!("PRE-COUNTMASK") } else { rule!("PRV-SYNC") });
                continue;
            }
            let full = std::mem::replace(&mut subscription.full[kind as usize], Full::No);
            let full = if reinitialize { Full::Yes } else { full };
            if full != Full::No {
                journal.follow(rule!("SUB-REINIT"));
            }
            let candidates = self.candidates(user, kind, full != Full::No, protocol, journal);
            visited += u32::try_from(candidates.len()).unwrap_or(u32::MAX);
            let mut found = [false; 2];
            for record in candidates {
                let qualifies = self.qualifies(user, record, contents, protocol, journal);
                found[usize::from(qualifies)] = true;
                self.prepare_row(user, record, (qualifies, full, reinitialize), protocol, journal);
            }
            if found == [true; 2] {
                journal.follow(rule!("PRE-ORDER"));
            }
        }
        let version = match protocol.switches.watermark {
            Watermark::LastVersion => self.version,
            // What is open may still change something below the last version.
            Watermark::MinActiveVersion => self.open.iter().next().map_or(self.version, |open| open - 1),
        };
        let subscription = &mut self.subscriptions[user.index()];
        subscription.watermark = version;
        (subscription.tracking_changed, subscription.held) = Default::default();
        let now = journal.now();
        let complete = subscription.counts() == Counts::default();
        subscription.sync_info.push(SyncInfo { start: now, end: now, inserted: 0, deleted: 0, data_size: 0, complete });
        if subscription.clients.len() > 1 {
            journal.follow(rule!("SUB-KEYS"));
        }
        let mut counts = subscription.counts();
        if counts != Counts::default() {
            journal.follow(rule!("PRE-OUT"));
        }
        if Kind::ALL.into_iter().any(|kind| SyncAction::ALL.into_iter().all(|action| counts.of(kind, action) > 0)) {
            journal.follow(rule!("D-22"));
        }
        journal.write(What::Prepared { user, visited, watermark: version });
        for kind in Kind::ALL.into_iter().filter(|kind| !kinds[*kind as usize]) {
            SyncAction::ALL.into_iter().for_each(|action| *counts.of_mut(kind, action) = 0);
        }
        counts
    }

    /// The rows to look at: records changed since the watermark or shared with the user since, or not any more (PRE-CAND),
    /// deleted since (PRE-CAND-DEL), tracked or untracked by hand since (PRE-CAND-SMT), and found in the user's mailbox since;
    /// in a full prepare all records and all rows of SyncEntry.
    fn candidates(
        &self,
        user: UserId,
        kind: Kind,
        full: bool,
        protocol: &Protocol,
        journal: &mut Journal,
    ) -> Vec<CrmId> {
        let subscription = &self.subscriptions[user.index()];
        let watermark = subscription.watermark;
        let mut found: Vec<CrmId> = Vec::new();
        if full {
            found.extend(self.changed[kind as usize].newest_first().map(CrmId));
            found.extend(subscription.entries().filter(|(_, entry)| entry.kind == kind).map(|(record, _)| record));
        } else {
            let newer = self.changed[kind as usize].newest_first().map(CrmId);
            found.extend(newer.take_while(|record| self.records[record.index()].version > watermark));
            if self.changed[kind as usize].newest_first().nth(found.len()).is_some() {
                // There was more, and it was not looked at.
                journal.follow(rule!("PRE-INCR"));
            }
            if !found.is_empty() {
                journal.follow(rule!("PRE-CAND"));
            }
            let deleted = self.tombstones.partition_point(|tombstone| tombstone.version <= watermark);
            let deleted = self.tombstones[deleted..].iter().filter(|tombstone| tombstone.kind == kind);
            let before = found.len();
            found.extend(deleted.map(|tombstone| tombstone.record));
            if protocol.switches.deletions_by == DeletionsBy::Membership && self.log_purged > watermark {
                let entries = subscription.entries().filter(|(_, entry)| entry.kind == kind);
                found.extend(entries.map(|(record, _)| record).filter(|record| self.live(*record).is_none()));
            }
            if found.len() > before {
                journal.follow(rule!("PRE-CAND-DEL"));
            }
            let before = found.len();
            let tracking = subscription.tracking_changed.iter().copied();
            found.extend(tracking.filter(|record| self.records[record.index()].kind == kind));
            if found.len() > before {
                journal.follow(rule!("PRE-CAND-SMT"));
            }
            found.extend(subscription.held.iter().filter(|record| self.records[record.index()].kind == kind));
            let before = found.len();
            let shared = self.access.changed_since(user, watermark);
            found.extend(shared.filter(|record| self.records[record.index()].kind == kind));
            if found.len() > before {
                journal.follow(rule!("PRE-CAND"));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a record is synchronized to a user: it exists, the user may read it, and it matches an active filter or is
    /// tracked by hand (PRE-FILT); where `Track = 0` counts, it excludes.
    #[must_use]
    pub fn qualifies(
        &self,
        user: UserId,
        record: CrmId,
        contents: &Contents,
        protocol: &Protocol,
        journal: &mut Journal,
    ) -> bool {
        let row = &self.records[record.index()];
        if row.life != Life::Live || !self.allows(user, Right::Read, record) {
            return false;
        }
        match self.subscriptions[user.index()].tracked.get(&record) {
            Some(true) => {
                let in_filter = self.in_filter(user, record, contents);
                if !in_filter {
                    journal.follow(rule!("PRE-MANUAL"));
                }
                journal.follow(rule!("PRE-FILT"));
                true
            }
            Some(false) if protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer => false,
            _ => {
                let in_filter = self.in_filter(user, record, contents);
                let active =
                    self.filters[user.index()].iter().filter(|filter| filter.active && filter.kind == row.kind);
                if active.count() > 1 {
                    journal.follow(rule!("PRE-UNION"));
                }
                if in_filter {
                    journal.follow(rule!("PRE-FILT"));
                    journal.follow(match row.kind {
                        Kind::Contact => rule!("FLT-CON"),
                        Kind::Task => rule!("FLT-TASK"),
                        Kind::Appointment => rule!("FLT-APPT"),
                    });
                }
                in_filter
            }
        }
    }

    /// The same of one record between two PrepareSyncs.
    pub(super) fn belongs(&self, user: UserId, record: CrmId, contents: &Contents, protocol: &Protocol) -> bool {
        let excludes = protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
        let readable = self.live(record).is_some() && self.allows(user, Right::Read, record);
        readable
            && match self.subscriptions[user.index()].tracked.get(&record) {
                Some(true) => true,
                Some(false) if excludes => false,
                _ => self.in_filter(user, record, contents),
            }
    }

    /// Whether any of the user's active filters matches (PRE-UNION).
    #[must_use]
    pub fn in_filter(&self, user: UserId, record: CrmId, contents: &Contents) -> bool {
        let row = &self.records[record.index()];
        self.filters[user.index()].iter().any(|filter| filter.matches(contents, row, user))
    }

    /// Moves one row of SyncEntry as the statements of PrepareSync do (PRE-DEL, PRE-INS, PRE-UPD).
    fn prepare_row(
        &mut self,
        user: UserId,
        record: CrmId,
        (qualifies, full, resend): (bool, Full, bool),
        protocol: &Protocol,
        journal: &mut Journal,
    ) {
        let row = self.records[record.index()];
        let hidden = row.life == Life::Live && !self.allows(user, Right::Read, record);
        let subscription = &mut self.subscriptions[user.index()];
        let entry = subscription.entry(record).copied();
        // What only a switched-off filter lets go stays; what changed itself, or may not be read, is treated as ever.
        let changed = row.life != Life::Live || hidden || row.version > subscription.watermark;
        let spared = full == Full::Additions && !changed && !subscription.tracking_changed.contains(&record);
        let prepared = subscription.prepares() + 1;
        let to = |state, version| Entry { kind: row.kind, state, version, prepared, order: row.order };
        let (next, rule): (Entry, RuleId) = match (qualifies, entry) {
            (false, None) => return,
            (false, Some(entry)) if entry.state == EntryState::Remove => {
                // A client keeps its item of what is another matter by now.
                let kept = changed && subscription.kept.remove(&record);
                if resend || kept {
                    // It waits as before, and for a client that has not heard of it: what acknowledges an earlier page is late.
                    subscription.set_entry(record, to(EntryState::Remove, entry.version));
                }
                return;
            }
            (false, Some(_)) if spared => return,
            (false, Some(entry)) => {
                let left = row.life == Life::Live && row.owner != user && !hidden;
                (to(EntryState::Remove, entry.version), if left { rule!("PRE-REASSIGN") } else { rule!("PRE-DEL") })
            }
            (true, None) => (to(EntryState::Upsert, row.version), rule!("PRE-INS")),
            (true, Some(entry)) if entry.version != row.version => {
                (to(EntryState::Upsert, row.version), rule!("PRE-UPD"))
            }
            (true, Some(entry)) if entry.state == EntryState::Remove => {
                journal.follow(rule!("PRE-GAP"));
                match protocol.switches.requalify {
                    Requalify::ByVersion => return,
                    Requalify::ByMembership => (to(EntryState::Upsert, row.version), rule!("PRE-UPD")),
                }
            }
            (true, Some(_)) if resend => (to(EntryState::Upsert, row.version), rule!("SUB-REINIT")),
            (true, Some(_)) => return,
        };
        journal.follow(rule);
        move_entry(subscription, record, next, EntryCause::Prepare, journal);
    }

    /// A user's client has an item of a record of which SyncEntry knows nothing: it gets a row, and the next PrepareSync
    /// looks whether it belongs there. Where a removal failed that is told already, it is the next change that is looked at.
    pub(super) fn note_held(&mut self, user: UserId, record: CrmId, version: Option<u64>, journal: &mut Journal) {
        let Record { kind, order, .. } = *self.record(record);
        let subscription = &mut self.subscriptions[user.index()];
        match (subscription.state(record), version) {
            (EntryState::Absent, _) => {
                let prepared = subscription.prepares();
                let entry = Entry { kind, state: EntryState::Done, version: version.unwrap_or(0), prepared, order };
                move_entry(subscription, record, entry, EntryCause::Create, journal);
                if version.is_some() {
                    subscription.held.insert(record);
                }
            }
            (EntryState::Remove, None) => {
                subscription.kept.insert(record);
            }
            _ => {}
        }
    }

    /// Serves the first rows that wait, without those whose record is gone or may not be read by now (GSD-PAGE).
    pub(super) fn get_data(
        &mut self,
        user: UserId,
        (kind, action): (Kind, SyncAction),
        protocol: &Protocol,
        journal: &mut Journal,
    ) -> Reply {
        let size = protocol.switches.page_size as usize;
        if !self.comes_down(user) {
            journal.follow(rule!("PRV-SYNC"));
            return Reply::Page(Vec::new(), false);
        }
        let waiting = self.subscriptions[user.index()].page(kind, action, size);
        let readable = |record| self.allows(user, Right::Read, record);
        let shown: Vec<bool> = waiting.iter().map(|(record, _)| readable(*record)).collect();
        let subscription = &mut self.subscriptions[user.index()];
        let more = subscription.counts().of(kind, action) as usize > waiting.len();
        let served = waiting.iter().zip(shown).filter_map(|((record, entry), shown)| {
            let row = &self.records[record.index()];
            let modified_on = (action == SyncAction::Upsert).then_some(row.modified_on);
            let listed = action == SyncAction::Remove || row.life == Life::Live && shown;
            listed.then_some(PageRow { record: *record, modified_on, version: entry.version, prepared: entry.prepared })
        });
        let page: Vec<PageRow> = served.collect();
        if let Some(info) = subscription.sync_info.last_mut() {
            info.data_size += u32::try_from(page.len() * ROW_BYTES).unwrap_or(u32::MAX);
        }
        if waiting.len() > 1 || more {
            // What comes first, and how much of it, is decided only among several.
            journal.follow(rule!("GSD-PAGE"));
        }
        if !page.is_empty() {
            journal.follow(rule!("GSD-COLS"));
        }
        if protocol.switches.acknowledge_at == AcknowledgeAt::OnGet {
            acknowledge(subscription, waiting, journal);
        }
        Reply::Page(page, more)
    }

    /// Acknowledges a page: the first rows that wait, whatever they are now, or the rows of the page as they were served
    /// (PST-ACK).
    pub(super) fn post(
        &mut self,
        user: UserId,
        (kind, action): (Kind, SyncAction),
        page: &[PageRow],
        protocol: &Protocol,
        journal: &mut Journal,
    ) {
        let subscription = &mut self.subscriptions[user.index()];
        let rows = match (protocol.switches.acknowledge_at, protocol.switches.acknowledge) {
            (AcknowledgeAt::OnGet, _) => Vec::new(),
            (_, Acknowledge::ByPosition) => subscription.page(kind, action, protocol.switches.page_size as usize),
            (_, Acknowledge::ById) => subscription.still_waiting(action, page),
        };
        if !rows.is_empty() {
            journal.follow(rule!("PST-ACK"));
            journal.follow(rule!("SSI-METRICS"));
        }
        let unseen = |(record, _): &(CrmId, Entry)| page.iter().all(|row| row.record != *record);
        if rows.iter().any(unseen) {
            journal.follow(rule!("PST-RACE"));
        }
        if action == SyncAction::Remove && !rows.is_empty() {
            journal.follow(rule!("PST-DEL"));
        }
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        acknowledge(subscription, rows, journal);
        let complete = subscription.counts() == Counts::default();
        if let Some(info) = subscription.sync_info.last_mut() {
            info.complete = complete;
            info.end = journal.now();
            match action {
                SyncAction::Upsert => info.inserted += count,
                SyncAction::Remove => info.deleted += count,
            }
        }
    }
}

/// Marks rows as delivered: state 1 becomes 0, state 2 goes (PST-DEL).
fn acknowledge(subscription: &mut Subscription, rows: Vec<(CrmId, Entry)>, journal: &mut Journal) {
    for (record, entry) in rows {
        let state = if entry.state == EntryState::Remove { EntryState::Absent } else { EntryState::Done };
        move_entry(subscription, record, Entry { state, ..entry }, EntryCause::Acknowledge, journal);
        if subscription.kept.remove(&record) && state == EntryState::Absent {
            // A client has its item still. Of no version: should the record come back, it is told whatever changed meanwhile.
            let kept = Entry { state: EntryState::Done, version: 0, ..entry };
            move_entry(subscription, record, kept, EntryCause::Create, journal);
        }
    }
}

/// Writes one row of SyncEntry and says so.
pub(super) fn move_entry(
    subscription: &mut Subscription,
    record: CrmId,
    entry: Entry,
    cause: EntryCause,
    journal: &mut Journal,
) {
    let from = subscription.set_entry(record, entry);
    let user = subscription.user;
    journal.write(What::EntryMoved { user, record, from, to: entry.state, version: entry.version, cause });
}
