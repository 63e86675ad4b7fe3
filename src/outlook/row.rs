//! The processing of one row of OutlookSyncTable, step by step.
//!
//! A row is read, its record is retrieved where that is needed, a plan is made, and the plan's operations are carried out
//! one by one. An error of the row ends the row, never the cycle; no answer, or a busy server, ends the cycle.

use std::collections::VecDeque;

use super::cache::{ChangeId, CrmChange, Hold, MapRow, OutlookChange, Row};
use super::client::{Env, Own};
use super::ended;
use super::guard::Gate;
use super::intent::{Intent, Look, Made, Outcome, Write};
use super::plan::{self, Case, Did, Op, Plan};
use super::reading;
use crate::crm::message::Found;
use crate::crm::record::statuscode;
use crate::crm::{Ask, Reply, Request};
use crate::journal::{Cause, LinkState, What};
use crate::mailbox::{Item, Link};
use crate::model::{Answer, Call, ContentId, Contents, CrmId, ItemId, Kind, MeetingId, Side, UserId, status};
use crate::protocol::switches::{CreateIdentity, MeetingIdentity, Relink, WriteCheck};
use crate::rule;

/// How often a row is read again because its target changed under it, before it waits for the next cycle.
const TRIES: u8 = 3;

/// The processing of one row.
#[derive(Clone, Debug, Hash)]
pub struct RowWork {
    change: ChangeId,
    immediate: bool,
    gate: Gate,
    stage: Stage,
    tries: u8,
    /// The row's count of writes when it was read; a later write means that the item changed meanwhile.
    writes: u32,
    /// Whether the record was found changed on the way, although no page listed it.
    changed: bool,
    /// Whether the last update was answered with a refusal: then what the row says of it is no open question any more.
    refused: bool,
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
    /// The item's fields as the plan knows them; where writes are checked, others end the plan.
    seen: Option<ContentId>,
    /// Whether another item of the mailbox is linked to the meeting's record: this one is a copy, which gets its own.
    twin: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
enum Stage {
    Reading,
    Retrieving,
    Running,
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
    /// Begins with a row of the cache.
    #[must_use]
    pub fn new(change: ChangeId, immediate: bool, gate: Gate) -> RowWork {
        RowWork {
            change,
            immediate,
            gate,
            stage: Stage::Reading,
            tries: 0,
            writes: 0,
            changed: false,
            refused: false,
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
            twin: false,
        }
    }

    /// The next step, given what came of the last.
    pub fn next(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        let answered = match (self.stage, outcome) {
            (Stage::Failing(_), Outcome::Failed { answer, .. }) => return RowStep::Abort(answer),
            (Stage::Failing(answer), _) => return RowStep::Failed(answer),
            // Without its cache file a client can do nothing more.
            (_, Outcome::Failed { call: Call::WriteCache, answer }) => return RowStep::Abort(answer),
            (_, Outcome::Failed { answer, .. }) => return self.fail(answer, own, env),
            (Stage::Reading, Outcome::Looked) => return self.read(own, env),
            (Stage::Reading, _) => return self.look(own, env),
            (Stage::Retrieving, Outcome::Reply(reply)) => {
                return match reply {
                    Reply::Found(found) if found.comes_down || !self.is_listed(own) => {
                        self.decide(Some(Some(found)), own, env)
                    }
                    // It was listed while it could come down, and waits until it can again (PRV-SYNC).
                    Reply::Found(_) => self.fail(Answer::Privilege, own, env),
                    Reply::Failed(Answer::NotFound) => self.decide(Some(None), own, env),
                    Reply::Withheld if self.case.is_some_and(|case| ended::ends_withheld(&case)) => {
                        self.decide_withheld(own, env)
                    }
                    other => self.fail(other.answer(), own, env),
                };
            }
            (_, Outcome::Reply(Reply::Exists { record })) if self.is_taken(record, own, env) => {
                env.journal.follow(rule!("DUP-GOID"));
                self.twin = true;
                self.script = [Op::ReadAgain].into();
                Ok(())
            }
            // Another attendee has tracked the meeting: the item is to be linked to that record.
            (_, Outcome::Reply(Reply::Exists { record })) if self.tries < TRIES => {
                self.tries += 1;
                self.changed = true;
                self.script = [Op::Adopt(record), Op::ReadAgain].into();
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
                self.refused |= answer == Answer::Changed;
                self.look(own, env)
            }
            // The record whose id the item still carries is gone: the item is new.
            Err(Answer::NotFound) if self.tries < TRIES && self.creating(env) => {
                self.tries += 1;
                self.script = [Op::MarkAnew, Op::ReadAgain].into();
                self.run(own, env)
            }
            Err(answer) => self.fail(answer, own, env),
        }
    }

    /// Whether another item of the mailbox is linked to a meeting's record: then it is claimed, and by one item only. An item
    /// that is gone claims it as long as its end was not dealt with: the record may go with it.
    fn is_taken(&self, record: CrmId, own: &Own<'_>, env: &Env<'_>) -> bool {
        let other = |item: &ItemId| Some(*item) != self.item;
        let carrying = env.mailboxes.carrying(own.mailbox, record).filter(other);
        let mapped = own.cache.map_of_record(record).is_some_and(|(_, map)| map.linked && other(&map.item));
        !self.twin && (mapped || carrying.is_some_and(|item| env.mailboxes.live(item).is_some()))
    }

    /// Whether the request that was just answered was to create a record under an id that the item carries.
    fn creating(&self, env: &Env<'_>) -> bool {
        let pending = |item: ItemId| {
            let link = env.mailboxes.item(item).link;
            link.state == LinkState::Pending && link.record.is_some()
        };
        self.item.is_some_and(pending) && matches!(self.script.front(), Some(Op::LinkItem(_)))
    }

    /// Whether an answer means that the target is another than the plan knew: it changed, or a create that the client
    /// repeats under the id that it had chosen was carried out the first time.
    fn may_read_again(&self, answer: Answer, env: &Env<'_>) -> bool {
        let reserved = self.item.is_some_and(|item| env.mailboxes.item(item).link.record.is_some());
        answer == Answer::Changed || answer == Answer::Duplicate && reserved
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
        let row = Row { sent: row.sent.filter(|_| !self.refused), ..row };
        self.writes = row.writes;
        let reading = reading::read(row, self.changed, own, env);
        (self.record, self.item) = (reading.row.record, reading.row.item);
        self.seen = reading.item.map(|(_, item)| item.content);
        self.case = Some(Case {
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
        });
        match self.record.filter(|_| reading.needs_record(self.immediate)) {
            Some(record) => {
                self.stage = Stage::Retrieving;
                self.send(Ask::Retrieve { record }, own)
            }
            None => self.decide(None, own, env),
        }
    }

    /// Whether a page listed the record.
    fn is_listed(&self, own: &Own<'_>) -> bool {
        own.cache.row(self.change).is_some_and(|row| row.crm_change != CrmChange::None)
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
        if self.changed
            && let Some((_, item)) = &mut case.item
            && item.link.state == LinkState::Pending
        {
            item.link.state = LinkState::Tracked;
            case.retracked = true;
        }
        (case.found, case.clock) = (found, own.clock);
        if let (Some(Some(found)), None) = (found, case.item) {
            case.item = find_by_meeting(found, own, env);
            self.item = case.item.map(|(id, _)| id);
            self.seen = case.item.map(|(_, item)| item.content);
        }
        let gone = found == Some(None) && !case.withheld;
        if gone && case.row.error == Some(Answer::NotFound) && case.row.crm_change == CrmChange::None {
            // An update met no record before, and there is still none, whether or not a page says so.
            case.row.crm_change = CrmChange::Removed;
        }
        if let Some(Some(found)) = found {
            (self.owner, self.version, self.meeting) = (Some(found.owner), found.version, found.meeting);
            let kind = case.row.kind;
            self.closed = status::is_closed(kind, statuscode(env.contents, kind, found.content));
        } else {
            self.closed = case.item.is_some_and(|(_, item)| item.link.closed);
            self.owner = case.item.and_then(|(_, item)| item.link.owner).or(Some(own.user));
            self.version = case.item.map_or(0, |(_, item)| item.link.version);
        }
        self.plan = plan::plan(&case, env);
        let makes_item = |plan: &Plan| plan.script.iter().any(|op| matches!(op, Op::CreateItem(..)));
        if makes_item(&self.plan)
            && case.item.is_some()
            && let Some(invited) = found.flatten().and_then(|found| find_unlinked(found, own, env))
        {
            // The meeting is in the calendar again: whoever declined it was invited anew.
            let row = Row { outlook_change: OutlookChange::None, crm_change: CrmChange::Upsert, ..case.row };
            (case.item, case.map, case.row) = (Some(invited), None, row);
            (self.item, self.seen) = (Some(invited.0), Some(invited.1.content));
            self.plan = plan::plan(&case, env);
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

    /// Notes what a reply to one of the script's requests says.
    fn take_reply(&mut self, reply: Reply) -> Result<(), Answer> {
        match reply {
            Reply::Written { record, version } => {
                (self.record, self.version) = (Some(record), version);
                Ok(())
            }
            Reply::Failed(Answer::NotFound) if self.ending() => Ok(()),
            Reply::Failed(answer) => Err(answer),
            _ => Ok(()),
        }
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

    /// Whether writes are checked and the mailbox changed since the plan was made from it: the item is another, or another
    /// client that works on the mailbox has made the item meanwhile.
    fn stale(&self, op: &Op, own: &Own<'_>, env: &Env<'_>) -> bool {
        let checked = env.protocol.switches.write_check == WriteCheck::Version;
        let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
        let tracked =
            |item: &ItemId| env.mailboxes.live(*item).is_some_and(|item| item.link.state == LinkState::Tracked);
        let carrying = || self.record.and_then(|record| env.mailboxes.carrying(own.mailbox, record));
        match op {
            Op::SaveItem(..) | Op::DeleteItem => {
                checked && self.item.is_some_and(|item| Some(env.mailboxes.item(item).content) != self.seen)
            }
            Op::CreateItem(..) => checked && relinks && carrying().filter(tracked).is_some(),
            _ => false,
        }
    }

    /// What an operation asks for; `None` where there is nothing to do.
    fn intent(&mut self, op: Op, own: &Own<'_>, env: &mut Env<'_>) -> Option<Intent> {
        let kind = self.case.expect("a script belongs to a case").row.kind;
        let expected =
            (env.protocol.switches.write_check == WriteCheck::Version && self.version != 0).then_some(self.version);
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
                Ask::Create { kind, record: reserved, meeting, columns }
            }
            Op::SendUpdate(columns) => Ask::Update { record: self.record?, columns, expected },
            Op::SendTracking(tracking) => Ask::SetTracking { record: self.record?, tracking },
            Op::SendDelete => Ask::Delete { record: self.record?, expected },
            other => return self.write(other, kind, own, env).map(Intent::Write),
        };
        if let Ask::Create { .. } = ask
            && self.immediate
        {
            env.journal.follow(rule!("IMM-SYNC"));
            env.journal.follow(rule!("D-20"));
        }
        Some(Intent::Send(self.request(ask, own)))
    }

    fn write(&mut self, op: Op, kind: Kind, own: &Own<'_>, env: &mut Env<'_>) -> Option<Write> {
        if let Op::CreateItem(_, Some(base)) | Op::SaveItem(_, Some(base)) | Op::LinkItem(base) | Op::SaveBase(base) =
            op
        {
            self.base = Some(base);
        }
        match op {
            Op::CreateItem(columns, base) => {
                let record = self.record?;
                let link = base.map(|base| self.link(None, base));
                env.journal.follow(rule!("CYC-USERPROPS"));
                Some(Write::CreateItem { kind, columns, link, record, meeting: self.meeting })
            }
            Op::SaveItem(columns, base) => {
                let base = base.map(|base| (base, self.version));
                Some(Write::SaveItem { item: self.item?, columns, base })
            }
            Op::DeleteItem => Some(Write::DeleteItem { item: self.item? }),
            Op::Reserve(base) => Some(Write::Reserve { item: self.item?, base }),
            Op::SaveBase(base) => Some(Write::SaveBase { item: self.item?, base, version: Some(self.version) }),
            Op::LinkItem(base) => {
                let item = self.item?;
                let link = self.link(Some(&env.mailboxes.item(item)), base);
                env.journal.follow(rule!("CYC-USERPROPS"));
                Some(Write::SaveLink { item, link })
            }
            Op::Adopt(record) => {
                let item = self.item?;
                let link = env.mailboxes.item(item).link;
                // An item that was linked to that very record before has its OriginalXML; any other says nothing yet.
                let map = own.cache.map_of_item(item).map(|(_, map)| map).filter(|map| map.record == record);
                let on_item = env.protocol.switches.create_identity == CreateIdentity::ServerAssigned;
                let base = map.and_then(|map| map.base).or(on_item.then_some(link.base)).unwrap_or(Contents::EMPTY);
                Some(Write::SaveLink { item, link: Link { record: Some(record), base, ..link } })
            }
            Op::UnlinkItem | Op::ForgetItem | Op::MarkAnew => {
                let item = self.item?;
                let mut link = env.mailboxes.item(item).link;
                if op == Op::ForgetItem && link.state == LinkState::Pending {
                    // A person tracked it again while the untracking was under way.
                    return None;
                }
                (link.state, link.record) = match op {
                    Op::UnlinkItem => (LinkState::WasTracked, link.record),
                    Op::ForgetItem => (LinkState::WasTracked, None),
                    _ => (LinkState::Pending, None),
                };
                Some(Write::SaveLink { item, link })
            }
            Op::Map { linked, deleted_locally, visited } => {
                let verified = env.now;
                let (record, item) = (self.record?, self.item?);
                let checked = env.protocol.switches.write_check == WriteCheck::Version;
                let known = self.case.and_then(|case| case.map).and_then(|map| map.base);
                let on_item = env.mailboxes.live(item).map(|item| item.link.base);
                let base = self.base.or(known).or(on_item).filter(|_| checked);
                let map = MapRow { record, item, kind, linked, deleted_locally, visited, verified, base };
                Some(Write::PutMap(map))
            }
            Op::Unmap => {
                let map = self.record.and_then(|record| own.cache.map_of_record(record));
                let map = map.or_else(|| self.item.and_then(|item| own.cache.map_of_item(item)));
                map.map(|(id, _)| Write::DropMap(id))
            }
            // Without a connection nothing leaves, and nothing is to be noted.
            Op::NoteSent(_) if !own.online => None,
            Op::NoteSent(sent) => {
                let row = own.cache.row(self.change).copied()?;
                // The script's own write is no sign that the item changed meanwhile.
                self.writes += 1;
                self.refused = false;
                Some(Write::PutRow(Some(self.change), Row { sent: Some(sent), ..row }))
            }
            Op::KeepRow => {
                let row = own.cache.row(self.change).copied()?;
                Some(Write::PutRow(Some(self.change), Row { priority: false, ..row }))
            }
            Op::DropRow => self.drop_row(own),
            Op::SendCreate(_) | Op::SendUpdate(_) | Op::SendTracking(_) | Op::SendDelete => None,
            Op::ReadAgain | Op::FailRow(_) => None,
        }
    }

    /// Drops the row (CYC-PENDING); when it was written meanwhile, only what was processed goes from it.
    fn drop_row(&self, own: &Own<'_>) -> Option<Write> {
        let row = own.cache.row(self.change).copied()?;
        if row.writes == self.writes {
            return Some(Write::DropRow(self.change));
        }
        // What is left is about the pair as it is now: the record may be another than the row was written for.
        let (item, record) = (self.item.or(row.item), self.record.or(row.record));
        let rest = Row {
            item,
            record,
            crm_change: CrmChange::None,
            priority: false,
            error: None,
            sent: None,
            hold: Hold::None,
            ..row
        };
        Some(Write::PutRow(Some(self.change), rest))
    }

    /// The item's link to the record, as it is written; an item untracked meanwhile stays so.
    fn link(&self, item: Option<&Item>, base: ContentId) -> Link {
        let state = match item.map(|item| item.link.state) {
            Some(LinkState::WasTracked) if !self.relinking() => LinkState::WasTracked,
            _ => LinkState::Tracked,
        };
        Link {
            state,
            record: self.record,
            base,
            version: self.version,
            owner: self.owner,
            by_person: state == LinkState::WasTracked,
            delete_record: item.is_some_and(|item| item.link.delete_record),
            closed: self.closed,
        }
    }

    /// Whether the item was unlinked when the row was read and is being linked again.
    fn relinking(&self) -> bool {
        self.case.and_then(|case| case.item).is_some_and(|(_, item)| item.link.state == LinkState::WasTracked)
    }

    /// Ends the row with an error (CYC-RETRY), or the whole operation.
    fn fail(&mut self, answer: Answer, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        // Either way the row stays and is taken up again.
        env.journal.follow(rule!("CYC-RETRY"));
        if answer.ends_cycle() {
            return RowStep::Abort(answer);
        }
        let Some(row) = own.cache.row(self.change).copied() else { return RowStep::Failed(answer) };
        env.journal.follow(rule!("CYC-PENDING"));
        env.journal.write(What::RowFailed { client: own.id, item: row.item, record: row.record, answer });
        self.stage = Stage::Failing(answer);
        let failed = Row { error: Some(answer), priority: false, sent: row.sent.filter(|_| !self.refused), ..row };
        RowStep::Do(Intent::Write(Write::PutRow(Some(self.change), failed)))
    }

    fn send(&self, ask: Ask, own: &Own<'_>) -> RowStep {
        RowStep::Do(Intent::Send(self.request(ask, own)))
    }

    fn request(&self, ask: Ask, own: &Own<'_>) -> Request {
        let cause = if self.immediate { Cause::Immediate } else { Cause::Cycle };
        Request { client: own.id, user: own.user, ask, item: self.item, cause }
    }
}

/// An item of a record's meeting in the calendar that no record has.
fn find_unlinked(found: Found, own: &Own<'_>, env: &mut Env<'_>) -> Option<(ItemId, Item)> {
    let meeting = found.meeting?;
    env.journal.follow(rule!("DUP-GOID"));
    let linked = |item: &ItemId| own.cache.map_of_item(*item).is_some_and(|(_, map)| map.linked);
    let mut free = env.mailboxes.of_meeting(own.mailbox, meeting).filter(|item| !linked(item));
    free.next().map(|item| (item, env.mailboxes.item(item)))
}

/// The item of a meeting that has no mapping, by the meeting's global id (DUP-GOID): the first one in the calendar. Where a
/// meeting may have several records, one that is linked to another record is not it; else that other record is gone.
fn find_by_meeting(found: Found, own: &Own<'_>, env: &mut Env<'_>) -> Option<(ItemId, Item)> {
    let meeting = found.meeting?;
    env.journal.follow(rule!("DUP-GOID"));
    let several = env.protocol.switches.meeting_identity == MeetingIdentity::SeparateRecords;
    let linked = |item: &ItemId| several && own.cache.map_of_item(*item).is_some_and(|(_, map)| map.linked);
    let mut free = env.mailboxes.of_meeting(own.mailbox, meeting).filter(|item| !linked(item));
    free.next().map(|item| (item, env.mailboxes.item(item)))
}
