//! The server's database, what people do in CRM, and how requests are carried out.

use super::parties::Parties;
use super::prepare::move_entry;
use super::subscription::Full;
use super::versions::VersionList;
use super::{Ask, Entry, Filter, FilterChange, Life, ObjectAccess, Record, Reply, Request, Subscription, Tracking};
use crate::crm::message::Found;
use crate::crm::own::{OwnWrite, OwnWrites, Wrote};
use crate::journal::{By, EntryCause, EntryState, Journal, What};
use crate::model::{
    Answer, ContentId, Contents, CrmId, Direction, FieldId, Kind, MeetingId, Privileges, Right, UserId, Value, mapping,
};
use crate::protocol::Protocol;
use crate::protocol::switches::{DeactivatedFilter, DeletedLocally, MeetingIdentity, Requalify, TrackingOrder};
use crate::rule;
use crate::sim::{FlatMap, FlatSet, Time};

/// One row of SubscriptionTrackingDeletedObject.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tombstone {
    /// The record's kind.
    pub kind: Kind,
    /// The record.
    pub record: CrmId,
    /// The rowversion of the deletion.
    pub version: u64,
}

/// The database of one organization.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// Every record that was ever made or reserved, by id.
    pub records: Vec<Record>,
    /// The deletion log, oldest first.
    pub tombstones: Vec<Tombstone>,
    /// The rowversion of the last deletion that was purged from the log; 0 where none was.
    pub log_purged: u64,
    /// One Outlook subscription a user.
    pub subscriptions: Vec<Subscription>,
    /// The users' filters.
    pub filters: Vec<Vec<Filter>>,
    /// The users' e-mail addresses.
    pub addresses: Vec<Value>,
    /// What each user may do anywhere.
    pub privileges: Vec<Privileges>,
    /// What was shared with whom.
    pub access: ObjectAccess,
    /// The last rowversion that was handed out.
    pub version: u64,
    /// The rowversions of the transactions that did not commit yet.
    pub open: FlatSet<u64>,
    /// The rowversion and the time of the transaction that commits now.
    pub(super) committing: Option<(u64, Time)>,
    /// The live records of each kind in the order of their last change.
    pub(super) changed: [VersionList; Kind::ALL.len()],
    /// The record that was made in the place of one that was deleted.
    made_again: FlatMap<CrmId, CrmId>,
    /// The live records of each meeting.
    meetings: FlatSet<(MeetingId, CrmId)>,
}

/// A record that a person or a client makes.
#[derive(Clone, Copy, Debug)]
pub struct NewRecord<'a> {
    /// The kind.
    pub kind: Kind,
    /// Its id, where it was reserved before; else a new one at this place in the order of ids.
    pub id: Result<CrmId, u64>,
    /// Its owner.
    pub owner: UserId,
    /// Its columns.
    pub columns: &'a [(FieldId, Value)],
    /// Who makes it.
    pub by: By,
    /// The item that synchronization makes it from.
    pub origin: Option<crate::model::ItemId>,
    /// The meeting that it is of, where it came with one.
    pub meeting: Option<MeetingId>,
}

/// Who decides about tracking, and from which change number of the mailbox.
type Decision = (UserId, u64);

impl Server {
    /// A server with these users' filters and a subscription for each user.
    #[must_use]
    pub fn new(filters: Vec<Vec<Filter>>) -> Server {
        let users = (0..filters.len()).map(|user| UserId(user as u8));
        Server {
            subscriptions: users.map(Subscription::new).collect(),
            privileges: vec![Privileges::default(); filters.len()],
            access: ObjectAccess::new(filters.len()),
            filters,
            ..Server::default()
        }
    }

    /// Begins a transaction that commits later: its rowversion is taken now.
    pub fn begin(&mut self) -> u64 {
        self.version += 1;
        self.open.insert(self.version);
        self.version
    }

    /// The transaction of a rowversion commits: the next write is its own.
    pub fn commit(&mut self, version: u64, began: Time) {
        self.open.remove(&version);
        self.committing = Some((version, began));
    }

    /// What a transaction wrote is written.
    pub fn end_commit(&mut self) {
        self.committing = None;
    }

    /// Undoes what did not commit.
    pub fn roll_back(&mut self) {
        self.open = FlatSet::default();
    }

    /// The rowversion and the time of a write.
    pub(super) fn stamp(&mut self, now: Time) -> (u64, Time) {
        self.committing.take().unwrap_or_else(|| {
            self.version += 1;
            (self.version, now)
        })
    }

    /// The record of an id.
    #[must_use]
    pub fn record(&self, id: CrmId) -> &Record {
        &self.records[id.index()]
    }

    /// The record, if it exists now.
    #[must_use]
    pub fn live(&self, id: CrmId) -> Option<&Record> {
        self.records.get(id.index()).filter(|record| record.life == Life::Live)
    }

    /// All records that exist now, by id.
    pub fn live_records(&self) -> impl Iterator<Item = (CrmId, &Record)> {
        let all = self.records.iter().enumerate().map(|(index, record)| (CrmId(index as u32), record));
        all.filter(|(_, record)| record.life == Life::Live)
    }

    /// Hands out an id for a record that does not exist yet, at this place in the order of ids.
    pub fn reserve(&mut self, kind: Kind, order: u64) -> CrmId {
        let id = CrmId(u32::try_from(self.records.len()).expect("fewer than 2^32 records"));
        self.records.push(Record {
            kind,
            life: Life::Reserved,
            order,
            content: Contents::EMPTY,
            owner: UserId(0),
            version: 0,
            created_on: Time(0),
            modified_on: Time(0),
            modified_by: UserId(0),
            meeting: None,
            parties: Parties::default(),
        });
        id
    }

    /// Makes a record.
    pub fn create(
        &mut self,
        new: NewRecord<'_>,
        protocol: &Protocol,
        contents: &mut Contents,
        journal: &mut Journal,
    ) -> CrmId {
        let id = new.id.unwrap_or_else(|order| self.reserve(new.kind, order));
        let status = super::record::status_field(new.kind);
        let mut content = mapping::set_in_crm(contents, Contents::EMPTY, new.columns);
        if contents.get(content, status) == Value::Empty {
            content = contents.with(content, &[(status, Value::Int(crate::model::status::initial(new.kind)))]);
        }
        let now = journal.now();
        let meeting = (new.kind == Kind::Appointment).then(|| new.meeting.unwrap_or(MeetingId::of_record(id)));
        if let Some(meeting) = meeting {
            self.meetings.insert((meeting, id));
        }
        let row = &mut self.records[id.index()];
        row.life = Life::Live;
        row.content = content;
        row.owner = new.owner;
        row.created_on = now;
        row.meeting = meeting;
        self.set_parties(id, contents, protocol, journal);
        self.touch(id, new.by, now);
        let NewRecord { kind, owner, by, origin, .. } = new;
        journal.write(What::RecordCreated { record: id, kind, owner, content, by, origin });
        id
    }

    /// Changes columns of a record. The version rises even when every column has its old value.
    pub fn update(
        &mut self,
        id: CrmId,
        columns: &[(FieldId, Value)],
        by: By,
        (contents, protocol, journal): (&mut Contents, &Protocol, &mut Journal),
    ) {
        let before = self.records[id.index()].content;
        let after = mapping::set_in_crm(contents, before, columns);
        self.records[id.index()].content = after;
        if columns.iter().any(|(field, _)| mapping::PARTIES.contains(field)) {
            self.set_parties(id, contents, protocol, journal);
        }
        self.touch(id, by, journal.now());
        journal.write(What::RecordChanged { record: id, before, after, by });
    }

    /// Finds whom the addresses of an appointment that was written mean.
    fn set_parties(&mut self, id: CrmId, contents: &Contents, protocol: &Protocol, journal: &mut Journal) {
        let Record { kind, content, .. } = *self.record(id);
        if kind == Kind::Appointment {
            self.records[id.index()].parties = self.resolve(contents, content, &protocol.switches);
            journal.follow(rule!("CYC-PARTY"));
        }
    }

    /// The first record of a meeting.
    fn of_meeting(&self, meeting: MeetingId) -> Option<CrmId> {
        let (of, record) = self.meetings.range_from(&(meeting, CrmId(0))).next()?;
        (*of == meeting).then_some(*record)
    }

    /// Notes who changed a record last.
    pub fn set_author(&mut self, id: CrmId, author: UserId) {
        self.records[id.index()].modified_by = author;
    }

    /// Gives a record to another user.
    pub fn assign(&mut self, id: CrmId, to: UserId, by: By, journal: &mut Journal) {
        let from = std::mem::replace(&mut self.records[id.index()].owner, to);
        self.touch(id, by, journal.now());
        journal.write(What::RecordAssigned { record: id, from, to, by });
    }

    /// Deletes a record and logs the deletion.
    pub fn delete(&mut self, id: CrmId, by: By, journal: &mut Journal) {
        let (version, _) = self.stamp(journal.now());
        let row = &mut self.records[id.index()];
        row.life = Life::Deleted;
        if let Some(meeting) = row.meeting {
            self.meetings.remove(&(meeting, id));
        }
        self.changed[row.kind as usize].remove(id.0);
        let at = self.tombstones.partition_point(|tombstone| tombstone.version < version);
        self.tombstones.insert(at, Tombstone { kind: row.kind, record: id, version });
        journal.write(What::RecordDeleted { record: id, by });
    }

    /// Sets a user's row of SubscriptionManuallyTrackedObject.
    pub fn track(&mut self, user: UserId, record: CrmId, track: bool, journal: &mut Journal) {
        self.version += 1;
        let subscription = &mut self.subscriptions[user.index()];
        subscription.tracked.insert(record, track);
        subscription.tracking_changed.insert(record);
        journal.write(What::TrackingChanged { user, record, track });
    }

    /// Takes a new list of filters for a user; the next PrepareSync looks at everything it must.
    pub fn set_filters(
        &mut self,
        user: UserId,
        filters: Vec<Filter>,
        (kind, change): (Kind, FilterChange),
        protocol: &Protocol,
        journal: &mut Journal,
    ) {
        self.filters[user.index()] = filters;
        let full = match (protocol.switches.deactivated_filter, change) {
            (DeactivatedFilter::ItemsLeave, _) => Full::Yes,
            (DeactivatedFilter::ItemsStay, FilterChange::Changed) => Full::Additions,
            (DeactivatedFilter::ItemsStay, FilterChange::Deactivated) => Full::No,
        };
        let due = &mut self.subscriptions[user.index()].full[kind as usize];
        *due = (*due).max(full);
        journal.follow(rule!("FLT-EDIT"));
        journal.follow(rule!("D-03"));
        journal.follow(rule!("D-25"));
        journal.write(What::FiltersChanged { user });
    }

    /// Empties the deletion log.
    pub fn purge_deletion_log(&mut self, journal: &mut Journal) {
        self.log_purged = self.tombstones.last().map_or(self.log_purged, |last| last.version.max(self.log_purged));
        self.tombstones.clear();
        journal.write(What::DeletionLogPurged);
    }

    /// Carries a request out and answers it. `order` places a record that the server has to find an id for.
    pub fn handle(
        &mut self,
        request: &Request,
        order: u64,
        contents: &mut Contents,
        protocol: &Protocol,
        journal: &mut Journal,
    ) -> Reply {
        let user = request.user;
        if let Err(answer) = self.admit(user, &request.ask, journal) {
            return Reply::Failed(answer);
        }
        match &request.ask {
            Ask::Prepare { kinds, reinitialize } => {
                Reply::Counts(self.prepare(user, *kinds, *reinitialize, (contents, protocol, journal)))
            }
            Ask::GetData { kind, action } => self.get_data(user, (*kind, *action), protocol, journal),
            Ask::Post { kind, action, page } => {
                self.post(user, (*kind, *action), page, protocol, journal);
                Reply::Done
            }
            Ask::Retrieve { record, known, sent } => match self.live(*record) {
                None => Reply::Failed(Answer::NotFound),
                Some(_) if !self.allows(user, Right::Read, *record) => Reply::Withheld,
                Some(row) => {
                    let Record { content, owner, version, modified_on, meeting, .. } = *row;
                    let comes_down = self.comes_down(user);
                    let by_membership = protocol.switches.requalify == Requalify::ByMembership;
                    let belongs = by_membership && self.belongs(user, *record, contents, protocol);
                    let writes = self.subscriptions[user.index()].wrote.get(record).map_or(&[][..], Vec::as_slice);
                    let own = OwnWrites::since(writes, *known, *sent, contents);
                    Reply::Found(Found { content, owner, version, modified_on, meeting, comes_down, belongs, own })
                }
            },
            Ask::Create { kind, record, meeting, columns, replaces } => {
                let new = NewRecord {
                    kind: *kind,
                    id: record.ok_or(order),
                    owner: user,
                    columns,
                    by: By::Sync(request.client),
                    origin: request.item,
                    meeting: *meeting,
                };
                self.create_for((user, request.decided), (new, *replaces), (contents, protocol, journal))
            }
            Ask::Update { record, columns, expected, name, organizers } => match self.checked(*record, *expected) {
                Err(answer) => Reply::Failed(answer),
                Ok(row) => {
                    let before = row.content;
                    journal.follow(rule!("CYC-UPD"));
                    self.update(*record, columns, By::Sync(request.client), (contents, protocol, journal));
                    self.set_author(*record, user);
                    let after = self.record(*record).content;
                    self.note_own(user, *record, (Wrote::Update(*name), before, after));
                    if let Some((organizer, typed)) = organizers {
                        // The organizer's own item still waits to be sent, and what of it is in CRM is no news there.
                        let after = contents.with(before, typed);
                        self.note_own(*organizer, *record, (Wrote::ForOrganizer, before, after));
                    }
                    Reply::Written { record: *record, version: self.record(*record).version }
                }
            },
            Ask::SetTracking { record, tracking } => match self.live(*record) {
                None => {
                    // Should somebody make it again, this user has let it go.
                    let remembers = protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
                    let was_there = self.records.get(record.index()).is_some_and(|row| row.life == Life::Deleted);
                    let overtaken = self.is_overtaken((user, request.decided), *record, protocol);
                    if *tracking != Tracking::On && remembers && was_there && !overtaken {
                        self.track(user, *record, false, journal);
                        // What somebody has made in its place by now, a user who untracked it lets go with it.
                        let untracked = *tracking == Tracking::Off;
                        let mut next = self.made_again.get(record).copied().filter(|_| untracked);
                        while let Some(again) = next {
                            if !self.is_overtaken((user, request.decided), again, protocol) {
                                self.track(user, again, false, journal);
                            }
                            next = self.made_again.get(&again).copied();
                        }
                    }
                    // So does a user who lets an item go under an id for which another record was named.
                    let joined = self.subscriptions[user.index()].joined.get(record).copied();
                    let joined = joined.filter(|joined| {
                        let lets_go = *tracking == Tracking::Off && remembers && !overtaken;
                        lets_go && self.live(*joined).is_some()
                    });
                    if let Some(joined) = joined
                        && !self.is_overtaken((user, request.decided), joined, protocol)
                    {
                        self.track(user, joined, false, journal);
                    }
                    Reply::Failed(Answer::NotFound)
                }
                Some(_) => {
                    let by = (user, request.decided);
                    if *tracking == Tracking::On {
                        self.subscribe(by, *record, protocol, journal);
                    } else if !self.is_overtaken(by, *record, protocol) {
                        self.track(user, *record, false, journal);
                    }
                    Reply::Done
                }
            },
            // What is to be kept is there no more: a client that goes by it looks again, one whose row failed has its error.
            Ask::Hold { record, version: None } if self.live(*record).is_none() => Reply::Failed(Answer::Changed),
            Ask::Hold { record, version } => {
                self.note_held(user, *record, *version, journal);
                Reply::Done
            }
            Ask::Delete { record, expected } => match self.checked(*record, *expected) {
                Err(answer) => Reply::Failed(answer),
                // Whoever tracked the item again since takes the deletion back.
                Ok(_) if self.was_decided_later((user, request.decided), *record, protocol) => {
                    Reply::Failed(Answer::Changed)
                }
                Ok(_) => {
                    self.delete(*record, By::Sync(request.client), journal);
                    Reply::Done
                }
            },
        }
    }

    /// Creates a record for a client that tracks an item (IMM-PREREQ): the record, its row of SyncEntry in state 0 so that
    /// it does not echo, and its row of SubscriptionManuallyTrackedObject (D-23).
    fn create_for(
        &mut self,
        by @ (user, _): Decision,
        (new, replaces): (NewRecord<'_>, Option<(CrmId, u64)>),
        (contents, protocol, journal): (&mut Contents, &Protocol, &mut Journal),
    ) -> Reply {
        if let Ok(record) = new.id
            && self.record(record).life != Life::Reserved
        {
            if self.live(record).is_none() {
                return Reply::Failed(Answer::NotFound);
            }
            // It is there already, by an earlier try or from before it was unlinked: from now on it is tracked by hand.
            self.subscribe(by, record, protocol, journal);
            return Reply::Failed(Answer::Duplicate);
        }
        if let Ok(record) = new.id
            && self.is_overtaken(by, record, protocol)
        {
            // The client has withdrawn the id since.
            return Reply::Failed(Answer::NotFound);
        }
        let known = new.meeting.and_then(|meeting| self.of_meeting(meeting));
        if let Some(record) = known.filter(|_| protocol.switches.meeting_identity == MeetingIdentity::GlobalObjectId) {
            // Another attendee has tracked the meeting: this user tracks that record, where he may.
            journal.follow(rule!("DUP-GOID"));
            if !self.allows_link(user, record) {
                journal.follow(rule!("PRV-TRACK"));
                return Reply::Failed(Answer::Privilege);
            }
            if let Ok(chosen) = new.id {
                self.subscriptions[user.index()].joined.insert(chosen, record);
            }
            self.subscribe(by, record, protocol, journal);
            return Reply::Exists { record };
        }
        let replaces = replaces.filter(|(gone, _)| self.record(*gone).life == Life::Deleted);
        // Somebody changed the old record after the client saw it last. What was changed is still with others, who would take
        // its absence for a deletion: the record comes back as it was, and the client merges as it would have done.
        let unseen = replaces.filter(|(gone, version)| {
            let changed = self.record(*gone).version != *version;
            changed && self.allows(user, Right::Read, *gone)
        });
        let columns = unseen.map(|(gone, _)| self.synchronized_columns(gone, protocol, contents));
        let columns = columns.as_deref().unwrap_or(new.columns);
        let record = self.create(NewRecord { columns, ..new }, protocol, contents, journal);
        if let Some((gone, _)) = unseen {
            self.records[record.index()].modified_on = self.record(gone).modified_on;
        }
        self.set_author(record, user);
        journal.follow(rule!("IMM-PREREQ"));
        journal.follow(rule!("D-23"));
        if let Some((gone, _)) = replaces {
            self.go_on_tracking(gone, record, journal);
        }
        self.subscribe(by, record, protocol, journal);
        if unseen.is_some() {
            return Reply::Failed(Answer::Duplicate);
        }
        let content = self.record(record).content;
        self.note_own(user, record, (Wrote::Create, Contents::EMPTY, content));
        Reply::Written { record, version: self.record(record).version }
    }

    /// What a record says that synchronizes both ways: all that a record made again in its place can have.
    fn synchronized_columns(
        &self,
        record: CrmId,
        protocol: &Protocol,
        contents: &mut Contents,
    ) -> Vec<(FieldId, Value)> {
        let form = mapping::from_crm(contents, &protocol.directions, self.record(record).content);
        let mut columns = contents.fields_of(form).to_vec();
        columns.retain(|(field, _)| protocol.directions.of(*field) == Direction::Both);
        columns
    }

    /// A record that is made again goes on for everybody as the old one: who let that go does not get this one, and who tracked
    /// that by hand tracks this one, where he may.
    fn go_on_tracking(&mut self, gone: CrmId, record: CrmId, journal: &mut Journal) {
        self.made_again.insert(gone, record);
        let rows = self.subscriptions.iter().filter_map(|of| Some((of.user, *of.tracked.get(&gone)?)));
        let rows: Vec<(UserId, bool)> = rows.collect();
        for (user, track) in rows {
            if !track || self.allows_link(user, record) {
                self.track(user, record, track, journal);
            }
        }
    }

    /// Whether a later decision of the same mailbox about the tracking of a record came before this one, which was under way
    /// for long: then it says nothing any more.
    fn was_decided_later(&self, (user, decided): Decision, record: CrmId, protocol: &Protocol) -> bool {
        let last = self.subscriptions[user.index()].decided.get(&record).copied();
        protocol.switches.tracking_order == TrackingOrder::ByDecision && last > Some(decided)
    }

    /// The same of a decision about the tracking, which is the last from here on where it is not overtaken.
    fn is_overtaken(&mut self, by @ (user, decided): Decision, record: CrmId, protocol: &Protocol) -> bool {
        let overtaken = self.was_decided_later(by, record, protocol);
        if protocol.switches.tracking_order == TrackingOrder::ByDecision && !overtaken {
            self.subscriptions[user.index()].decided.insert(record, decided);
        }
        overtaken
    }

    /// A user's client has a record from now on, tracked by hand: where SyncEntry has no row yet, it gets one in state 0.
    fn subscribe(&mut self, by: Decision, record: CrmId, protocol: &Protocol, journal: &mut Journal) {
        if self.is_overtaken(by, record, protocol) {
            return;
        }
        let (user, _) = by;
        let by_membership = protocol.switches.requalify == Requalify::ByMembership;
        let Record { kind, version, order, .. } = *self.record(record);
        // What may not come down yet is told of once it may (PRV-SYNC).
        let version = if by_membership && !self.comes_down(user) { 0 } else { version };
        let subscription = &mut self.subscriptions[user.index()];
        let prepared = subscription.prepares();
        let entry = |state| Entry { kind, state, version, prepared, order };
        match subscription.state(record) {
            EntryState::Absent => {
                move_entry(subscription, record, entry(EntryState::Done), EntryCause::Create, journal);
            }
            // Its removal was about to be sent, and is not any more (PRE-GAP).
            EntryState::Remove if by_membership => {
                move_entry(subscription, record, entry(EntryState::Upsert), EntryCause::Prepare, journal);
            }
            _ => {}
        }
        // A repeated create says it once more, and changes nothing.
        if self.subscriptions[user.index()].tracked.get(&record) != Some(&true) {
            self.track(user, record, true, journal);
        }
    }

    /// Notes what a user's clients wrote into a record, whether they hear of it or not.
    fn note_own(&mut self, user: UserId, record: CrmId, (wrote, before, after): (Wrote, ContentId, ContentId)) {
        let write = OwnWrite { version: self.record(record).version, wrote, before, after };
        let all = &mut self.subscriptions[user.index()].wrote;
        let mut writes = all.get(&record).cloned().unwrap_or_default();
        writes.push(write);
        all.insert(record, writes);
    }

    /// The record, if it exists and has the version that a write names.
    fn checked(&self, record: CrmId, expected: Option<u64>) -> Result<&Record, Answer> {
        let row = self.live(record).ok_or(Answer::NotFound)?;
        if expected.is_some_and(|version| version != row.version) { Err(Answer::Changed) } else { Ok(row) }
    }

    /// Gives a record the next version and the time and author of its change.
    fn touch(&mut self, id: CrmId, by: By, now: Time) {
        let (version, now) = self.stamp(now);
        let row = &mut self.records[id.index()];
        row.version = version;
        row.modified_on = now;
        if let By::User(user) = by {
            row.modified_by = user;
        }
        let kind = row.kind;
        let records = &self.records;
        self.changed[kind as usize].place(id.0, |other| records[other as usize].version > version);
    }
}
