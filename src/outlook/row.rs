//! The processing of one row of OutlookSyncTable, step by step.
//!
//! A row is read, its record is retrieved where that is needed, a plan is made, and the plan's operations are carried out
//! one by one. An error of the row ends the row, never the cycle; no answer, or a busy server, ends the cycle.

mod failed;
mod stale;
mod writes;

use std::collections::VecDeque;

use super::cache::{ChangeId, CrmChange, Hold, MapRow, OutlookChange, Row};
use super::client::{Env, Own};
use super::detect;
use super::ended;
use super::guard::Gate;
use super::intent::{Intent, Look, Made, Outcome, Write};
use super::meeting::{self, Claim};
use super::plan::{self, Case, Did, Op, Plan};
use super::reading;
use super::unanswered;
use crate::crm::message::{Found, Tracking};
use crate::crm::record::statuscode;
use crate::crm::{Ask, Reply, Request, UpdateName};
use crate::journal::{Cause, LinkState, What};
use crate::mailbox::{Folder, Item, Link};
use crate::model::{Answer, Call, ContentId, Contents, CrmId, ItemId, Kind, MeetingId, Side, UserId, status};
use crate::protocol::switches::{Acknowledge, CreateIdentity, MeetingIdentity, MissingRecord, Relink, Requalify};
use crate::rule;

/// How often a row is read again because its target changed under it, before it waits for the next cycle.
const TRIES: u8 = 3;

/// The processing of one row.
#[derive(Clone, Debug, Hash)]
pub struct RowWork {
    change: ChangeId,
    immediate: bool,
    gate: Gate,
    began: u64,
    stage: Stage,
    tries: u8,
    /// The row's count of writes when it was read; a later write means that the item changed meanwhile.
    writes: u32,
    /// The row as it was read.
    read: Option<Row>,
    /// The mailbox's change number when the row was read.
    decided: u64,
    /// Whether the record was found changed on the way, although no page listed it.
    changed: bool,
    /// Whether a create was answered with a record that is there already.
    met: bool,
    /// Whether the last update was answered with a refusal: then what the row says of it is no open question any more.
    refused: bool,
    /// Whether the last request was an update, or a create.
    updates: bool,
    creates: bool,
    case: Option<Case>,
    plan: Plan,
    script: VecDeque<Op>,
    record: Option<CrmId>,
    owner: Option<UserId>,
    version: u64,
    /// Whether the record was over when it was read.
    closed: bool,
    /// The meeting that the record is of.
    meeting: Option<MeetingId>,
    item: Option<ItemId>,
    /// OriginalXML as the script wrote it.
    base: Option<ContentId>,
    /// The item's fields as the plan knows them; where saves are checked, others end the plan.
    seen: Option<ContentId>,
    /// The item that carried the record's id when the row was read.
    carried: Option<ItemId>,
    /// Whether another item of the mailbox is linked to the meeting's record: then this one gets its own.
    twin: bool,
    /// Whether the last request was to withdraw an id under which no record was made.
    withdraws: bool,
    /// The name under which the update that comes next was noted.
    name: Option<UpdateName>,
    /// Whether the record was not found once.
    missed: bool,
    /// The item whose other record is asked for, and what was found of the row's.
    asked: Option<(ItemId, Option<Option<Found>>)>,
    /// Items of the row's meeting that have records of their own.
    twins: Vec<ItemId>,
    /// An item of the row's meeting whose other record is gone.
    free: Option<ItemId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
enum Stage {
    Reading,
    Retrieving,
    Asking,
    Running,
    Holding(Answer),
    Failing(Answer),
}

/// What the processing of a row wants next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RowStep {
    /// This is to be done.
    Do(Intent),
    /// The row is through; what it did.
    Done(Vec<(Side, Did)>),
    /// The row failed with this answer and stays.
    Failed(Answer),
    /// The row would delete something, and waits.
    PutOff,
    /// The whole operation ends.
    Abort(Answer),
}

impl RowWork {
    /// Begins with a row of the cache; `began` is the mailbox's change number when the cycle began, 0 outside one.
    #[must_use]
    pub fn new(change: ChangeId, immediate: bool, gate: Gate, began: u64) -> RowWork {
        RowWork {
            change,
            immediate,
            gate,
            began,
            stage: Stage::Reading,
            tries: 0,
            writes: 0,
            decided: 0,
            read: None,
            changed: false,
            met: false,
            refused: false,
            updates: false,
            creates: false,
            case: None,
            plan: Plan::default(),
            script: VecDeque::new(),
            record: None,
            owner: None,
            version: 0,
            closed: false,
            meeting: None,
            item: None,
            base: None,
            seen: None,
            carried: None,
            twin: false,
            withdraws: false,
            name: None,
            missed: false,
            asked: None,
            twins: Vec::new(),
            free: None,
        }
    }

    /// The next step, given what came of the last.
    pub fn next(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        let answered = match (self.stage, outcome) {
            (Stage::Holding(_), Outcome::Reply(Reply::Failed(answer))) if answer.ends_cycle() => {
                return RowStep::Abort(answer);
            }
            (Stage::Holding(answer), _) => return self.note_failure(answer, own, env),
            (Stage::Failing(_), Outcome::Failed { answer, .. }) => return RowStep::Abort(answer),
            (Stage::Failing(answer), _) => return RowStep::Failed(answer),
            // Without its cache file a client can do nothing more.
            (_, Outcome::Failed { call: Call::WriteCache, answer }) => return RowStep::Abort(answer),
            // The item changed since it was read.
            (_, Outcome::Failed { answer: Answer::Changed, .. }) if self.tries < TRIES => {
                // What was not saved is no OriginalXML of the item.
                self.base = None;
                self.tries += 1;
                return self.look(own, env);
            }
            (_, Outcome::Failed { answer, .. }) => return self.fail(answer, own, env),
            (Stage::Reading, Outcome::Looked) => return self.read(own, env),
            (Stage::Reading, _) => return self.look(own, env),
            (Stage::Retrieving, Outcome::Reply(reply)) => {
                return match reply {
                    Reply::Found(found) if found.comes_down || !self.is_listed(own) => {
                        // What was seen is no such thing as gone: a create that does not find it is doubted once more.
                        self.missed &= !self.awaits_record(env);
                        self.decide(Some(Some(found)), own, env)
                    }
                    // It was listed while it could come down, and waits until it can again (PRV-SYNC).
                    Reply::Found(_) => self.fail(Answer::Privilege, own, env),
                    Reply::Failed(Answer::NotFound) if self.doubts(env) => {
                        self.missed = true;
                        self.look(own, env)
                    }
                    Reply::Failed(Answer::NotFound) => self.decide(Some(None), own, env),
                    Reply::Withheld if self.case.is_some_and(|case| ended::ends_withheld(&case)) => {
                        self.decide_withheld(own, env)
                    }
                    other => self.fail(other.answer(), own, env),
                };
            }
            (Stage::Asking, Outcome::Reply(reply)) => return self.learn(reply, own, env),
            (_, Outcome::Reply(Reply::Exists { record }))
                if self.tries < TRIES
                    && let Some(moved) =
                        meeting::moved_away(record, own, env).filter(|moved| self.item != Some(*moved)) =>
            {
                env.journal.follow(rule!("DET-EVENTS"));
                (self.tries, self.changed, self.met) = (self.tries + 1, true, true);
                self.script = [Op::LetGo(moved), Op::Adopt(record), Op::ReadAgain].into();
                Ok(())
            }
            (_, Outcome::Reply(Reply::Exists { record }))
                if !self.twin && meeting::claim(record, self.item, own, env) != Claim::Free =>
            {
                env.journal.follow(rule!("DUP-GOID"));
                if meeting::claim(record, self.item, own, env) == Claim::Ending {
                    // Until the end of the item that had the record is dealt with, this one waits.
                    self.plan.did.clear();
                    self.script = [Op::KeepRow].into();
                } else {
                    self.twin = true;
                    self.script = [Op::ReadAgain].into();
                }
                Ok(())
            }
            // Another attendee has tracked the meeting: the item is to be linked to that record.
            (_, Outcome::Reply(Reply::Exists { record })) if self.tries < TRIES => {
                self.tries += 1;
                (self.changed, self.met) = (true, true);
                self.script = [Op::Adopt(record), Op::ReadAgain].into();
                Ok(())
            }
            (_, Outcome::Reply(Reply::Failed(Answer::NotFound))) if self.ending() && self.doubts(env) => {
                self.missed = true;
                self.script = [Op::ReadAgain].into();
                Ok(())
            }
            (_, Outcome::Reply(reply)) => self.take_reply(reply),
            (_, Outcome::Written(made)) => {
                match made {
                    Some(Made::Item(item)) => self.item = Some(item),
                    Some(Made::Saved(content)) => self.seen = Some(content),
                    Some(Made::Row(_)) | None => {}
                }
                Ok(())
            }
            (_, Outcome::Begin | Outcome::Looked) => Ok(()),
        };
        match answered {
            Ok(()) => self.run(own, env),
            // The target changed since it was read, or a repeated create found its record there: read and merge again.
            Err(answer) if self.tries < TRIES && self.may_read_again(answer, env) => {
                self.tries += 1;
                self.changed = true;
                self.met |= answer == Answer::Duplicate;
                self.refused |= self.updates && answer == Answer::Changed;
                self.look(own, env)
            }
            // The record whose id the item still carries is gone, if CRM says so again: then the item is new.
            Err(Answer::NotFound) if self.tries < TRIES && self.creating(env) => {
                self.tries += 1;
                let item = self.item.map(|item| env.mailboxes.item(item));
                let anew = item.filter(|_| !self.doubts(env)).map(|item| plan::instead_of_gone(item, env));
                (self.missed, self.changed, self.met) = (true, false, false);
                self.script = anew.into_iter().chain([Op::ReadAgain]).collect();
                self.run(own, env)
            }
            Err(answer) => {
                // An answer that can be read says that the update was not carried out: no question is open.
                self.refused |= self.updates && !answer.ends_cycle() && answer != Answer::Garbled;
                self.fail(answer, own, env)
            }
        }
    }

    /// Whether the item is to get a record under an id that it carries.
    fn awaits_record(&self, env: &Env<'_>) -> bool {
        self.item.is_some_and(|item| env.mailboxes.item(item).awaits_record())
    }

    /// Whether the request that was just answered was to create that.
    fn creating(&self, env: &Env<'_>) -> bool {
        self.awaits_record(env) && matches!(self.script.front(), Some(Op::LinkItem(_)))
    }

    /// Whether an answer means that the target is another than the plan knew: it changed, or a create that the client
    /// repeats under the id that it had chosen was carried out the first time.
    fn may_read_again(&self, answer: Answer, env: &Env<'_>) -> bool {
        let reserved = self.item.is_some_and(|item| env.mailboxes.item(item).link.record.is_some());
        answer == Answer::Changed || answer == Answer::Duplicate && self.creates && reserved
    }

    /// Looks for the item of the row, where it names one, and then reads it.
    fn look(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        self.stage = Stage::Reading;
        let Some(row) = own.cache.row(self.change) else { return RowStep::Done(Vec::new()) };
        let mapped = row.record.and_then(|record| own.cache.map_of_record(record)).map(|(_, map)| map.item);
        match row.item.or(mapped) {
            Some(item) => RowStep::Do(Intent::Look(Look::Read { item, record: row.record })),
            None => self.read(own, env),
        }
    }

    /// Reads the row and whatever it names, and retrieves the record where the decision needs it.
    fn read(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        let Some(row) = own.cache.row(self.change).copied() else { return RowStep::Done(Vec::new()) };
        if detect::is_another_store(own, env, self.began) {
            // What such a store does not show is no end of anything; the row waits for the right one.
            return RowStep::Abort(Answer::StoreUnavailable);
        }
        self.decided = env.mailboxes.change(own.mailbox);
        let row = Row { sent: row.sent.filter(|_| !self.refused), ..row };
        (self.writes, self.read) = (row.writes, Some(row));
        let reading = reading::read(row, self.changed, own, env);
        (self.record, self.item) = (reading.row.record, reading.row.item);
        self.seen = reading.item.map(|(_, item)| item.content);
        self.carried = self.record.and_then(|record| env.mailboxes.carrying(own.mailbox, record));
        let case = Case {
            client: own.id,
            user: own.user,
            clock: own.clock,
            company: own.settings.update_company,
            immediate: self.immediate,
            row: reading.row,
            map: reading.map,
            item: reading.item,
            retracked: reading.retracked,
            found: None,
            withheld: false,
            listed: reading::is_listed_as_purged(self.item, own, env),
            half_saved: reading.half_saved,
        };
        self.case = Some(case);
        let comes_down = own.settings.kinds[reading.row.kind as usize];
        match self.record.filter(|_| reading.needs_record(self.immediate, comes_down)) {
            Some(record) => {
                self.stage = Stage::Retrieving;
                let (known, sent) = unanswered::known(&case);
                self.send(Ask::Retrieve { record, known, sent: sent.map(|sent| sent.name) }, own)
            }
            None => self.decide(None, own, env),
        }
    }

    /// Whether a page listed the record. What it listed may be an older one, in whose place the client has made this.
    fn is_listed(&self, own: &Own<'_>) -> bool {
        let lists =
            |row: &Row| row.crm_change != CrmChange::None && (row.record.is_none() || row.record == self.record);
        own.cache.row(self.change).is_some_and(lists)
    }

    fn decide_withheld(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        if let Some(case) = &mut self.case {
            case.withheld = true;
        }
        self.decide(Some(None), own, env)
    }

    fn decide(&mut self, found: Option<Option<Found>>, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        let mut case = self.case.expect("a row is read before it is decided");
        // A repeated create found its record there: the item is linked to it, by what was sent with the first.
        // A server that tracks the record for its user has it belong in the mailbox; any other answered something else.
        let by_membership = env.protocol.switches.requalify == Requalify::ByMembership;
        let tracked = found.flatten().is_some_and(|found| found.belongs || !by_membership);
        let is_there = tracked || case.withheld;
        if self.met
            && is_there
            && let Some((_, item)) = &mut case.item
            && item.link.state == LinkState::Pending
        {
            item.link.state = LinkState::Tracked;
            case.retracked = true;
            if item.folder != Folder::Synchronized {
                // It was tracked by the time that it was deleted, or moved away.
                case.row.outlook_change = OutlookChange::Deleted;
            }
            if !case.withheld {
                // The record is tracked by hand from now on: that it had left the filter is over.
                case.row.crm_change = CrmChange::Upsert;
            }
        }
        (case.found, case.clock) = (found, own.clock);
        if let (Some(Some(record)), None) = (found, case.item) {
            case.item = meeting::find(record, &self.twins, own, env);
            if let Some(other) = self.doubted(&case, own, env) {
                self.asked = case.item.map(|(item, _)| (item, found));
                self.stage = Stage::Asking;
                return self.send(Ask::Retrieve { record: other, known: 0, sent: None }, own);
            }
            (self.item, self.seen) = case.item.map(|(id, item)| (id, item.content)).unzip();
        }
        let gone = found == Some(None) && !case.withheld;
        if gone && case.row.error == Some(Answer::NotFound) && case.row.crm_change == CrmChange::None {
            // An update met no record before, and there is still none, whether or not a page says so.
            case.row.crm_change = CrmChange::Removed;
        }
        let comes_down = own.settings.kinds[case.row.kind as usize];
        let belongs = comes_down && found.flatten().is_some_and(|found| found.belongs);
        // It had left when a page said so, and belongs in the mailbox again.
        let is_back = case.row.crm_change == CrmChange::Removed && belongs;
        if is_back {
            case.row.crm_change = CrmChange::Upsert;
        }
        if let Some(Some(found)) = found {
            (self.owner, self.version, self.meeting) = (Some(found.owner), found.version, found.meeting);
            self.closed = status::is_closed(case.row.kind, statuscode(env.contents, case.row.kind, found.content));
        } else {
            self.closed = case.item.is_some_and(|(_, item)| item.link.closed);
            self.owner = case.item.and_then(|(_, item)| item.link.owner).or(Some(own.user));
            self.version = case.item.map_or(0, |(_, item)| item.link.version);
        }
        self.plan = plan::plan(&case, env);
        let deletes_item = self.plan.script.contains(&Op::DeleteItem);
        if !comes_down && case.row.crm_change == CrmChange::Removed && found.flatten().is_some() && deletes_item {
            // Whether it belongs there again by now, no page says.
            self.plan = Plan { script: vec![Op::KeepRow], ..Plan::default() };
        }
        let makes_item = |plan: &Plan| plan.script.iter().any(|op| matches!(op, Op::CreateItem(..)));
        let unlinked = case.map.is_some_and(|map| !map.linked) && case.row.crm_change == CrmChange::Upsert;
        let moved_away = unlinked && case.item.is_some_and(|(_, item)| item.folder == Folder::Elsewhere);
        if (moved_away || makes_item(&self.plan))
            && case.item.is_some()
            && let (Some(record), Some(found)) = (case.row.record, found.flatten())
            && let Some(invited) = meeting::find_free(record, found, own, env)
        {
            // The meeting is in the calendar again: whoever declined it, or moved it away, was invited anew.
            let row = Row { outlook_change: OutlookChange::None, crm_change: CrmChange::Upsert, ..case.row };
            (case.item, case.map, case.row) = (Some(invited), None, row);
            (self.item, self.seen) = (Some(invited.0), Some(invited.1.content));
            self.plan = plan::plan(&case, env);
        }
        if makes_item(&self.plan) && self.record.is_some_and(|record| reading::was_untracked_before(record, own, env)) {
            self.plan = Plan { script: vec![Op::SendTracking(Tracking::GivenUp), Op::DropRow], ..Plan::default() };
        }
        if is_back {
            // With its page the server forgets that the mailbox has it, and what becomes of it next is to be heard of.
            self.plan.script.insert(0, Op::SendKeep);
        }
        self.case = Some(case);
        let makes_item = makes_item(&self.plan);
        if makes_item && found.flatten().is_some_and(|found| !found.comes_down) {
            env.journal.follow(rule!("PRV-SYNC"));
            return self.fail(Answer::Privilege, own, env);
        }
        if self.plan.deletes() {
            match case.row.hold {
                Hold::Keep => self.plan = ended::spared(&case, env),
                Hold::Asked => return RowStep::PutOff,
                Hold::None if self.gate == Gate::Closed => return RowStep::PutOff,
                Hold::None | Hold::Delete => {}
            }
        }
        self.script = std::mem::take(&mut self.plan.script).into();
        for fact in std::mem::take(&mut self.plan.facts) {
            env.journal.write(fact);
        }
        self.stage = Stage::Running;
        self.run(own, env)
    }

    /// The other record that the item found by its meeting is linked to, until it is known whether that record exists.
    fn doubted(&self, case: &Case, own: &Own<'_>, env: &Env<'_>) -> Option<CrmId> {
        let found = case.item.as_ref().filter(|(id, _)| self.free != Some(*id));
        let one = env.protocol.switches.meeting_identity == MeetingIdentity::GlobalObjectId;
        let ((id, item), record) = found.filter(|_| one).zip(case.row.record)?;
        meeting::other_record(record, (*id, item), own, env)
    }

    /// Learns whether the other record of an item exists: then the item has that one; else it is free.
    fn learn(&mut self, reply: Reply, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        let Some((item, found)) = self.asked.take() else { return self.look(own, env) };
        match reply {
            Reply::Found(_) | Reply::Withheld => self.twins.push(item),
            Reply::Failed(Answer::NotFound) => self.free = Some(item),
            other => return self.fail(other.answer(), own, env),
        }
        self.decide(found, own, env)
    }

    /// Notes what a reply to one of the script's requests says.
    fn take_reply(&mut self, reply: Reply) -> Result<(), Answer> {
        match reply {
            Reply::Written { record, version } => {
                (self.record, self.version) = (Some(record), version);
                Ok(())
            }
            // What was found when it was looked for again is no such thing as gone: the row stays.
            Reply::Failed(Answer::NotFound) if self.ending() && !self.missed => Ok(()),
            // There is no such record, and there will be none.
            Reply::Failed(Answer::NotFound) if self.withdraws => Ok(()),
            Reply::Failed(answer) => Err(answer),
            _ => Ok(()),
        }
    }

    /// Whether what was not found is looked for once more before it counts as gone. A page that lists it is no witness: it
    /// lists what only left the filter too.
    fn doubts(&self, env: &Env<'_>) -> bool {
        !self.missed && env.protocol.switches.missing_record == MissingRecord::LookedForTwice
    }

    /// Whether the request that was just answered was to end something: then it is no error that it is gone.
    fn ending(&self) -> bool {
        matches!(self.script.front(), Some(Op::Unmap | Op::Map { linked: false, .. }))
    }

    /// Takes the script's next operation.
    fn run(&mut self, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        while let Some(op) = self.script.pop_front() {
            if self.stale(&op, own, env) {
                return match self.tries {
                    TRIES => self.fail(Answer::Changed, own, env),
                    _ => {
                        self.tries += 1;
                        self.look(own, env)
                    }
                };
            }
            match op {
                Op::ReadAgain => return self.look(own, env),
                Op::FailRow(answer) => return self.fail(answer, own, env),
                _ => {}
            }
            if let Some(intent) = self.intent(op, own, env) {
                return RowStep::Do(intent);
            }
        }
        RowStep::Done(std::mem::take(&mut self.plan.did))
    }

    /// What an operation asks for; `None` where there is nothing to do.
    fn intent(&mut self, op: Op, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        let kind = self.case.expect("a script belongs to a case").row.kind;
        let expected = (env.protocol.switches.checks_writes() && self.version != 0).then_some(self.version);
        self.withdraws = matches!(op, Op::SendWithdrawal(..));
        (self.updates, self.creates) = (matches!(op, Op::SendUpdate(_)), matches!(op, Op::SendCreate(_)));
        let ask = match op {
            Op::SendCreate(columns) => {
                let reserved = self.item.map(|item| env.mailboxes.item(item).link);
                let chosen = env.protocol.switches.create_identity == CreateIdentity::ClientAssigned;
                let reserved = reserved.filter(|_| chosen).and_then(|link| link.record);
                let item = self.item.filter(|_| !self.twin);
                let meeting = item.and_then(|item| env.mailboxes.item(item).meeting);
                if meeting.is_some() {
                    env.journal.follow(rule!("MAP-appointment-globalobjectid"));
                }
                let gone = reserved.and_then(|made| env.predecessors.get(&made)).copied();
                let replaces = gone.map(|gone| (gone, self.version)).filter(|_| env.protocol.switches.checks_writes());
                Ask::Create { kind, record: reserved, meeting, columns, replaces }
            }
            Op::SendUpdate(columns) => {
                let organizers = meeting::of_organizer(self.case.and_then(|case| case.item), &columns, env);
                Ask::Update { record: self.record?, columns, expected, name: self.name.take(), organizers }
            }
            Op::SendTracking(tracking) => Ask::SetTracking { record: self.record?, tracking },
            Op::SendWithdrawal(record, tracking) => Ask::SetTracking { record, tracking },
            Op::SendHold => Ask::Hold { record: self.record?, version: Some(self.version) },
            Op::SendKeep => Ask::Hold { record: self.record?, version: None },
            Op::SendDelete => Ask::Delete { record: self.record?, expected },
            other => return self.write(other, kind, own, env).map(Intent::Write),
        };
        if matches!(ask, Ask::Create { .. }) && self.immediate {
            env.journal.follow(rule!("IMM-SYNC"));
            env.journal.follow(rule!("D-20"));
        }
        Some(Intent::Send(self.request(ask, own)))
    }

    fn send(&self, ask: Ask, own: &Own<'_>) -> RowStep {
        RowStep::Do(Intent::Send(self.request(ask, own)))
    }

    fn request(&self, ask: Ask, own: &Own<'_>) -> Request {
        let cause = if self.immediate { Cause::Immediate } else { Cause::Cycle };
        Request { client: own.id, user: own.user, ask, item: self.item, cause, decided: self.decided }
    }
}
