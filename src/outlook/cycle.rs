//! The cycle of a client as an explicit state machine (rules.md, A.7, CYC-ORDER).
//!
//! Scan, PrepareSync, then for each kind the pages of changed and of removed records: GetSyncData, the rows into
//! OutlookSyncTable, each row processed, PostSync; then what else waits in OutlookSyncTable; then reconciliation. A change
//! of Outlook alone waits until all pages were read, so that it is never sent over a change of CRM that it has not seen.

use std::collections::VecDeque;

use super::cache::{ChangeId, CrmChange, Hold, MapRow, OutlookChange, Row};
use super::client::{Env, Own};
use super::detect::{self, Noticed};
use super::guard::Watch;
use super::intent::{Intent, Look, Made, Outcome, Write};
use super::plan::Did;
use super::reading;
use super::row::{RowStep, RowWork};
use crate::crm::{Ask, Counts, PageRow, Reply, Request, SyncAction};
use crate::journal::{Cause, LinkState, Report, Tally};
use crate::mailbox::Link;
use crate::model::{Answer, ItemId, Kind, MapId, Role, Side};
use crate::protocol::switches::{
    AcknowledgeAt, FreshCache, MissingItem, PurgedItem, Relink, ScanBoundary, SecondaryManualSync,
};
use crate::rule;
use crate::sim::Time;

/// One cycle.
#[derive(Clone, Debug, Hash)]
pub struct Cycle {
    phase: Phase,
    began: Time,
    began_change: u64,
    counts: Counts,
    /// The kind and action whose pages are being read, as positions.
    at: (usize, usize),
    page: Vec<PageRow>,
    more: bool,
    to_enqueue: VecDeque<PageRow>,
    to_scan: VecDeque<ItemId>,
    to_process: VecDeque<ChangeId>,
    processed: Vec<ChangeId>,
    to_verify: VecDeque<MapId>,
    work: Option<RowWork>,
    guard: Watch,
    report: Report,
    /// What the cycle comes to, where nothing cuts it short.
    answer: Answer,
}

/// Where a cycle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
enum Phase {
    Start,
    Open,
    Scan,
    Prepare,
    NextPages,
    GetData,
    Enqueue,
    PostEarly,
    ProcessPage,
    Post,
    Rest,
    ProcessRest,
    Guard,
    Hold,
    Reconcile,
    Verify,
    SyncState,
    End,
}

impl Default for Cycle {
    fn default() -> Self {
        Cycle {
            phase: Phase::Start,
            began: Time(0),
            began_change: 0,
            counts: Counts::default(),
            at: (0, 0),
            page: Vec::new(),
            more: false,
            to_enqueue: VecDeque::new(),
            to_scan: VecDeque::new(),
            to_process: VecDeque::new(),
            processed: Vec::new(),
            to_verify: VecDeque::new(),
            work: None,
            guard: Watch::default(),
            report: Report::default(),
            answer: Answer::Ok,
        }
    }
}

impl Cycle {
    /// The next step, given what came of the last.
    pub fn next(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> Intent {
        let mut outcome = outcome;
        loop {
            // An outcome belongs to the phase that asked for it, and is used up there.
            let step = match std::mem::replace(&mut outcome, Outcome::Begin) {
                Outcome::Reply(reply) if self.work.is_none() => match self.take_reply(reply) {
                    Ok(intent) => intent,
                    Err(answer) => return Intent::Finish(answer, self.report),
                },
                Outcome::Failed { answer, .. } if self.work.is_none() => return Intent::Finish(answer, self.report),
                other => self.advance(other, own, env),
            };
            if let Some(intent) = step {
                return intent;
            }
        }
    }

    /// One step of the current phase; `None` where another phase goes on at once.
    fn advance(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        match self.phase {
            Phase::Start => self.start(own, env),
            Phase::Open => self.open(own, env),
            Phase::Scan => self.scan(own, env),
            Phase::Prepare => Some(self.prepare(own, env)),
            Phase::NextPages => self.next_pages(env),
            Phase::GetData => {
                let (kind, action) = self.kind_and_action();
                Some(request(Ask::GetData { kind, action }, own))
            }
            Phase::Enqueue => self.enqueue(outcome, own, env),
            Phase::PostEarly | Phase::Post => {
                let (kind, action) = self.kind_and_action();
                Some(request(Ask::Post { kind, action, page: self.page.clone() }, own))
            }
            Phase::ProcessPage | Phase::ProcessRest => self.process(outcome, own, env),
            Phase::Rest => {
                let waiting = own.cache.rows().map(|(id, _)| id).filter(|id| !self.processed.contains(id));
                self.to_process = waiting.collect();
                self.go(Phase::ProcessRest)
            }
            Phase::Guard => self.weigh(own, env),
            Phase::Hold => self.hold(own),
            Phase::Reconcile => self.reconcile(own, env),
            Phase::Verify => self.verify(outcome, own, env),
            Phase::SyncState => {
                self.phase = Phase::End;
                let (last_sync, last_change) = (self.began, self.began_change);
                Some(Intent::Write(Write::SyncState { fresh: false, last_sync, last_change }))
            }
            Phase::End => Some(Intent::Finish(self.answer, self.report)),
        }
    }

    fn go(&mut self, phase: Phase) -> Option<Intent> {
        self.phase = phase;
        None
    }

    /// The cycle of a secondary or a delegate concerns no contact, task or appointment (D-18, MOD-DELEGATE); that of the
    /// client that synchronizes begins with the scan.
    fn start(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        let ignores = env.protocol.switches.secondary_manual_sync == SecondaryManualSync::IgnoresAct;
        match own.role {
            Role::Delegate => {
                env.journal.follow(rule!("MOD-DELEGATE"));
                return self.go(Phase::End);
            }
            Role::Secondary if ignores => {
                env.journal.follow(rule!("D-18"));
                env.journal.follow(rule!("MOD-SECONDARY"));
                return self.go(Phase::End);
            }
            Role::Roaming => env.journal.follow(rule!("MOD-ROAMING")),
            Role::Primary | Role::Secondary => {}
        }
        self.guard = Watch::begin(own);
        env.journal.follow(rule!("CYC-ORDER"));
        self.phase = Phase::Open;
        Some(Intent::Look(Look::Scan))
    }

    /// The store is open: what its contents table lists is looked at item by item.
    fn open(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        if let Err(prompt) = self.guard.open(own, env) {
            env.journal.write(prompt);
            return Some(Intent::Finish(Answer::Guarded, self.report));
        }
        if detect::is_another_store(own, env, self.began_change) {
            return Some(Intent::Finish(Answer::StoreUnavailable, self.report));
        }
        self.began = own.clock;
        self.began_change = env.mailboxes.change(own.mailbox);
        if env.protocol.switches.change_detection.scan {
            self.to_scan = match env.protocol.switches.scan_boundary {
                ScanBoundary::ByTime => env.mailboxes.modified_since(own.mailbox, own.cache.last_sync).collect(),
                ScanBoundary::ByChangeNumber => {
                    env.mailboxes.changed_since(own.mailbox, own.cache.last_change).collect()
                }
            };
            // A cycle that ended without having seen a change, or linked anything, was in an empty store.
            let unseen = own.cache.fresh || own.cache.last_change == 0 && own.cache.map_count() == 0;
            if unseen && env.protocol.switches.relink == Relink::CrmidOnItem {
                // With the cache went the knowledge of deletions; the items outside the synchronized folders still have it.
                self.to_scan.extend(env.mailboxes.gone_carrying(own.mailbox));
            }
            if unseen && env.protocol.switches.purged_item == PurgedItem::StaysListed {
                self.to_scan.extend(env.mailboxes.purged(own.mailbox).map(|(_, item)| item));
            }
            if self.leaves_out(own, env) {
                env.journal.follow(rule!("DET-BOUNDARY"));
            }
        }
        self.go(Phase::Scan)
    }

    /// Whether the scan by time leaves out an item that changed: it was saved since the last cycle, and carries an older time.
    fn leaves_out(&self, own: &Own<'_>, env: &mut Env<'_>) -> bool {
        let by_time = env.protocol.switches.scan_boundary == ScanBoundary::ByTime;
        let mut saved = env.mailboxes.changed_since(own.mailbox, own.cache.last_change);
        by_time
            && saved.any(|item| {
                let mut noticed = || detect::notice(own, item, env.mailboxes, env.protocol, env.contents);
                !self.to_scan.contains(&item) && matches!(noticed(), Noticed::Put(..))
            })
    }

    fn scan(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        let Some(item) = self.to_scan.pop_front() else { return self.go(Phase::Prepare) };
        if detect::is_another_store(own, env, self.began_change) {
            // What was listed a moment ago is not there any more: nothing is to be made of that, nor is it to count as seen.
            return Some(Intent::Finish(Answer::StoreUnavailable, self.report));
        }
        match detect::notice(own, item, env.mailboxes, env.protocol, env.contents) {
            Noticed::Nothing => None,
            Noticed::Put(id, row) => {
                env.journal.follow(rule!("IMM-PRIMARY-OFFLINE"));
                env.journal.follow(rule!("DET-SCAN"));
                env.journal.follow(rule!("D-01"));
                Some(Intent::Write(Write::PutRow(id, row)))
            }
            Noticed::Drop(id) => Some(Intent::Write(Write::DropRow(id))),
        }
    }

    fn prepare(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> Intent {
        let reinitialize = own.cache.fresh && env.protocol.switches.fresh_cache == FreshCache::Reinitialize;
        if own.settings.kinds.contains(&false) {
            env.journal.follow(rule!("SET-KINDS"));
        }
        request(Ask::Prepare { kinds: own.settings.kinds, reinitialize }, own)
    }

    /// Takes the answer to one of the cycle's own requests. Any error but a row's ends the cycle.
    fn take_reply(&mut self, reply: Reply) -> Result<Option<Intent>, Answer> {
        match reply {
            Reply::Failed(answer) => return Err(answer),
            Reply::Counts(counts) => {
                self.counts = counts;
                self.phase = Phase::NextPages;
            }
            Reply::Page(page, more) => {
                self.more = more;
                self.to_enqueue = page.iter().copied().collect();
                self.page = page;
                self.phase = Phase::Enqueue;
            }
            Reply::Done | Reply::Found(_) | Reply::Withheld | Reply::Written { .. } | Reply::Exists { .. } => {
                self.phase = match self.phase {
                    Phase::PostEarly => Phase::ProcessPage,
                    _ => self.after_page(),
                }
            }
        }
        Ok(None)
    }

    fn kind_and_action(&self) -> (Kind, SyncAction) {
        (Kind::ALL[self.at.0], SyncAction::ALL[self.at.1])
    }

    /// Goes to the next kind and action of which something waits.
    fn next_pages(&mut self, env: &mut Env<'_>) -> Option<Intent> {
        if self.at.0 == Kind::ALL.len() {
            return self.go(Phase::Rest);
        }
        let (kind, action) = self.kind_and_action();
        if self.counts.of(kind, action) > 0 {
            let waits = |kind| SyncAction::ALL.into_iter().any(|action| self.counts.of(kind, action) > 0);
            if Kind::ALL.into_iter().any(|other| other != kind && waits(other)) {
                env.journal.follow(rule!("PRE-ENT"));
            }
            return self.go(Phase::GetData);
        }
        self.next_kind();
        None
    }

    fn next_kind(&mut self) {
        self.at = if self.at.1 + 1 < SyncAction::ALL.len() { (self.at.0, self.at.1 + 1) } else { (self.at.0 + 1, 0) };
    }

    /// Where a cycle goes when a page is through: to the next page of the same rows, or to other rows.
    fn after_page(&mut self) -> Phase {
        if self.more {
            return Phase::GetData;
        }
        self.next_kind();
        Phase::NextPages
    }

    /// Writes the page's rows to OutlookSyncTable, one durable write each.
    fn enqueue(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        if let Outcome::Written(Some(Made::Row(change))) = outcome {
            self.to_process.push_back(change);
        }
        let Some(listed) = self.to_enqueue.pop_front() else {
            let early = env.protocol.switches.acknowledge_at == AcknowledgeAt::AfterEnqueue;
            if early {
                env.journal.follow(rule!("PST-EARLY"));
            }
            return self.go(if early { Phase::PostEarly } else { Phase::ProcessPage });
        };
        let (kind, action) = self.kind_and_action();
        let change = if action == SyncAction::Upsert { CrmChange::Upsert } else { CrmChange::Removed };
        let map = own.cache.map_of_record(listed.record).map(|(_, map)| map);
        let mapped = map.filter(|map| map.linked).map(|map| map.item);
        let row_of = |item| own.cache.row_of(Some(item), None).and_then(|row| own.cache.row(row));
        let newer =
            mapped.and_then(row_of).filter(|row| row.crm_change == CrmChange::Upsert).and_then(|row| row.record);
        if newer.is_some_and(|newer| action == SyncAction::Remove && reading::replaces(newer, listed.record, env)) {
            // The item's row is about the record in its place by now, and failed: what becomes of the item is decided there.
            return None;
        }
        let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
        let carrying = || env.mailboxes.carrying(own.mailbox, listed.record).filter(|_| relinks && map.is_none());
        // Made again under an id that was derived from the old one: it is the item of the old one that is meant.
        let inherited = || reading::inherited(listed.record, own, env).filter(|_| map.is_none());
        let purged = || reading::listed_as_purged(listed.record, own, env).filter(|_| map.is_none());
        let item = mapped.or_else(carrying).or_else(inherited).or_else(purged);
        let crm_time = listed.modified_on.unwrap_or(env.now);
        let mut row = Row { crm_time, ..Row::new(kind, item, Some(listed.record)) };
        if let (None, Some(carried)) = (mapped, item)
            && let Noticed::Put(_, noticed) = detect::notice(own, carried, env.mailboxes, env.protocol, env.contents)
        {
            // The mapping was lost; what a person did to the item since is read off the item itself.
            row = Row { crm_time, record: Some(listed.record), ..noticed };
        }
        let (id, row) = detect::listed(own, row, change);
        let about = id.and_then(|id| own.cache.row(id)).and_then(|old| old.record);
        if change == CrmChange::Removed && about.and_then(|new| env.predecessors.get(&new)) == Some(&listed.record) {
            // The item waits to be linked to the record that was made in the place of this one, and lets go of it then.
            return None;
        }
        follow_retry(id.and_then(|id| own.cache.row(id)), env);
        env.journal.follow(rule!("CYC-CHG"));
        Some(Intent::Write(Write::PutRow(id, row)))
    }

    /// Processes rows one by one, those of a page or the rest; an error of one row ends that row only.
    fn process(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        if let Some(work) = &mut self.work {
            match work.next(outcome, own, env) {
                RowStep::Do(intent) => return Some(intent),
                RowStep::Abort(answer) => return Some(Intent::Finish(answer, self.report)),
                RowStep::Done(did) => did.into_iter().for_each(|did| self.count(did)),
                RowStep::PutOff => self.guard.put_off.extend(self.processed.last()),
                RowStep::Failed(_) => self.report.failed += 1,
            }
            self.work = None;
        }
        match self.to_process.pop_front() {
            Some(change) => {
                self.processed.push(change);
                if self.phase == Phase::ProcessRest {
                    follow_retry(own.cache.row(change), env);
                }
                self.work = Some(RowWork::new(change, false, self.guard.gate(env), self.began_change));
                None
            }
            None if self.phase == Phase::ProcessRest => self.go(Phase::Guard),
            None => {
                self.phase = match env.protocol.switches.acknowledge_at {
                    AcknowledgeAt::AfterApply => {
                        env.journal.follow(rule!("D-02"));
                        Phase::Post
                    }
                    AcknowledgeAt::AfterEnqueue | AcknowledgeAt::OnGet => self.after_page(),
                };
                None
            }
        }
    }

    fn count(&mut self, (side, did): (Side, Did)) {
        let tally: &mut Tally = match side {
            Side::Outlook => &mut self.report.to_outlook,
            Side::Crm => &mut self.report.to_crm,
        };
        match did {
            Did::Added => tally.added += 1,
            Did::Updated => tally.updated += 1,
            Did::Deleted => tally.deleted += 1,
        }
    }

    /// Everything else is done: the deletions that were put off are carried out, or the user is asked first.
    fn weigh(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        match self.guard.weigh(own, env) {
            Some(prompt) => {
                env.journal.write(prompt);
                self.go(Phase::Hold)
            }
            None if self.guard.put_off.is_empty() => self.go(Phase::Reconcile),
            None => {
                self.to_process = std::mem::take(&mut self.guard.put_off);
                self.go(Phase::ProcessRest)
            }
        }
    }

    /// Marks the rows that the user is asked about, one durable write each; then the cycle ends. Everything else is done: a
    /// client that asked for everything has heard it, and does not ask again while the user thinks.
    fn hold(&mut self, own: &Own<'_>) -> Option<Intent> {
        while let Some(change) = self.guard.put_off.pop_front() {
            if let Some(row) = own.cache.row(change) {
                return Some(Intent::Write(Write::PutRow(Some(change), Row { hold: Hold::Asked, ..*row })));
            }
        }
        self.answer = Answer::Guarded;
        self.go(Phase::SyncState)
    }

    /// Whether the cycle ended because the store lists nothing.
    #[must_use]
    pub fn doubts_the_store(&self) -> bool {
        self.guard.doubts_the_store
    }

    /// Chooses the linked rows that were verified longest ago (DET-RECON).
    fn reconcile(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        if env.protocol.switches.change_detection.reconcile {
            let linked = own.cache.maps().filter(|(_, map)| map.linked).map(|(id, map)| (map.verified, id));
            let mut oldest: Vec<(Time, MapId)> = linked.collect();
            let batch = env.protocol.switches.reconcile_batch as usize;
            if oldest.len() > batch {
                env.journal.follow(rule!("D-21"));
                oldest.select_nth_unstable(batch);
                oldest.truncate(batch);
            }
            oldest.sort_unstable();
            self.to_verify = oldest.into_iter().map(|(_, id)| id).collect();
        }
        self.go(Phase::Verify)
    }

    /// Tests one mapped item for existence: looks, and writes what it saw.
    fn verify(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        let Some(id) = self.to_verify.front().copied() else { return self.go(Phase::SyncState) };
        let Some(map) = own.cache.map(id).copied() else {
            self.to_verify.pop_front();
            return None;
        };
        if outcome != Outcome::Looked {
            return Some(Intent::Look(Look::Verify { item: map.item, record: map.record }));
        }
        if detect::is_another_store(own, env, self.began_change) {
            return Some(Intent::Finish(Answer::StoreUnavailable, self.report));
        }
        self.to_verify.pop_front();
        let there = env.mailboxes.live(map.item).is_some();
        if !there {
            env.journal.follow(rule!("DET-RECON"));
        }
        let row = own.cache.row_of(Some(map.item), Some(map.record)).and_then(|row| own.cache.row(row));
        let asked = row.is_some_and(|row| row.hold == Hold::Asked);
        let certain = map.visited || env.protocol.switches.missing_item == MissingItem::DeleteOnFirstMiss;
        // An edit that waits is looked at together with its item, and finds that it is gone.
        let verifies = env.protocol.switches.missing_item == MissingItem::VerifyStoreThenTwice;
        let waits = verifies && row.is_some_and(|row| row.outlook_change == OutlookChange::Upsert);
        if !there && certain && !asked {
            let noticed = detect::notice(own, map.item, env.mailboxes, env.protocol, env.contents);
            if let Noticed::Put(id, row) = noticed
                && !waits
            {
                env.journal.follow(rule!("DEL-MISSED"));
                return Some(Intent::Write(Write::PutRow(id, row)));
            }
            if let Some(item) = again(&map, own, env) {
                // The item has another EntryId, and the row that would have said so was ignored.
                return Some(Intent::Write(Write::PutMap(MapRow { item, visited: false, verified: env.now, ..map })));
            }
            // Synchronization deleted the item with its record; only an old copy of the cache still has the row.
            let ended = env.mailboxes.item(map.item).deleted_by_synchronization();
            if ended {
                return Some(Intent::Write(Write::DropMap(id)));
            }
            // A row waits that says so already. This one was looked at too, or a few that fail would keep all others waiting.
            return Some(Intent::Write(Write::PutMap(MapRow { verified: env.now, ..map })));
        }
        Some(Intent::Write(Write::PutMap(MapRow { visited: !there, verified: env.now, ..map })))
    }
}

/// The item that carries the crmid of a mapping row's record by now.
fn again(map: &MapRow, own: &Own<'_>, env: &Env<'_>) -> Option<ItemId> {
    let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
    let item = env.mailboxes.carrying(own.mailbox, map.record).filter(|_| relinks && map.linked)?;
    // One that a person untracked stays mapped until CRM heard of it, or for good where its user ignored that it failed.
    let is_mapped = |link: Link| match link.state {
        LinkState::Tracked => true,
        LinkState::WasTracked => link.by_person,
        LinkState::Pending | LinkState::Unmarked => false,
    };
    let linked = env.mailboxes.live(item).is_some_and(|item| is_mapped(item.link));
    // A row that still waits deals with it.
    let waits = own.cache.row_of(Some(item), Some(map.record)).is_some();
    (linked && !waits && own.cache.map_of_item(item).is_none()).then_some(item)
}

/// Says that a row is taken up again, where an earlier operation failed with it or ended in the middle of it.
fn follow_retry(row: Option<&Row>, env: &mut Env<'_>) {
    if row.is_some_and(|row| row.error.is_some() || row.priority || row.crm_change != CrmChange::None) {
        env.journal.follow(rule!("CYC-RETRY"));
    }
}

fn request(ask: Ask, own: &Own<'_>) -> Intent {
    Intent::Send(Request { client: own.id, user: own.user, ask, item: None, cause: Cause::Cycle, decided: 0 })
}
