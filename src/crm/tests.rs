//! PrepareSync against a naive scan of all records, and the count of the rows that it visits.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::server::NewRecord;
use super::{Ask, Filter, FilterChange, Reply, Request, Server, SyncAction};
use crate::journal::{By, Cause, EntryState, Journal, What};
use crate::model::{ClientId, Contents, CrmId, FieldId, Kind, UserId, Value};
use crate::protocol::Protocol;
use crate::protocol::switches::{Base, Switches};

const ANN: UserId = UserId(0);
const BOB: UserId = UserId(1);
const PHONE: FieldId = FieldId::named(Kind::Contact, "telephone1");
const STATUS: FieldId = FieldId::named(Kind::Contact, "statuscode");

/// What people and Ann's client do.
#[derive(Clone, Debug)]
enum Step {
    Create(u8),
    Edit(u8),
    Deactivate(u8),
    Assign(u8, bool),
    Delete(u8),
    Track(u8, bool),
    Filter(bool),
    Prepare,
    Acknowledge(bool),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u8..2).prop_map(Step::Create),
        3 => any::<u8>().prop_map(Step::Edit),
        1 => any::<u8>().prop_map(Step::Deactivate),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(at, to_ann)| Step::Assign(at, to_ann)),
        2 => any::<u8>().prop_map(Step::Delete),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(at, track)| Step::Track(at, track)),
        1 => any::<bool>().prop_map(Step::Filter),
        3 => Just(Step::Prepare),
        2 => any::<bool>().prop_map(Step::Acknowledge),
    ]
}

struct Bench {
    server: Server,
    contents: Contents,
    journal: Journal,
    protocol: Protocol,
    /// The naive model of SyncEntry: state and version by record.
    naive: BTreeMap<CrmId, (EntryState, u64)>,
    /// The tracking rows that changed since the last PrepareSync, and whether it must look at everything.
    tracking_changed: Vec<CrmId>,
    full: bool,
}

impl Bench {
    fn new(base: Base) -> Bench {
        let (active, owner_is_me, party_is_me, statecode, fields) = (true, true, false, Some(0), Vec::new());
        let filter = Filter { kind: Kind::Contact, active, owner_is_me, party_is_me, statecode, fields };
        Bench {
            server: Server::new(vec![vec![filter], Vec::new()]),
            contents: Contents::default(),
            journal: Journal::default(),
            protocol: Protocol { switches: Switches::of(base), ..Protocol::default() },
            naive: BTreeMap::new(),
            tracking_changed: Vec::new(),
            full: false,
        }
    }

    fn ask(&mut self, ask: Ask) -> Reply {
        let request = Request { client: ClientId(0), user: ANN, ask, item: None, cause: Cause::Cycle, decided: 0 };
        self.server.handle(&request, 0, &mut self.contents, &self.protocol, &mut self.journal)
    }

    fn prepare(&mut self) -> Reply {
        self.ask(Ask::Prepare { kinds: [true; Kind::ALL.len()], reinitialize: false })
    }

    fn live(&self, at: u8) -> Option<CrmId> {
        let live: Vec<CrmId> = self.server.live_records().map(|(id, _)| id).collect();
        (!live.is_empty()).then(|| live[usize::from(at) % live.len()])
    }

    fn create(&mut self, owner: UserId, order: u64) -> CrmId {
        let (kind, by, origin, meeting) = (Kind::Contact, By::User(owner), None, None);
        let new = NewRecord { kind, id: Err(order), owner, columns: &[], by, origin, meeting };
        self.server.create(new, &self.protocol, &mut self.contents, &mut self.journal)
    }

    fn edit(&mut self, id: CrmId, field: FieldId, value: Value) {
        let work = (&mut self.contents, &self.protocol, &mut self.journal);
        self.server.update(id, &[(field, value)], By::User(BOB), work);
    }

    fn step(&mut self, step: &Step, number: u64) {
        match step {
            Step::Create(owner) => {
                self.create(UserId(*owner), number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            }
            Step::Edit(at) => {
                let value = self.contents.text(&number.to_string());
                self.live(*at).into_iter().for_each(|id| self.edit(id, PHONE, value));
            }
            Step::Deactivate(at) => {
                self.live(*at).into_iter().for_each(|id| self.edit(id, STATUS, Value::Int(1 + (number % 2) as i64)));
            }
            Step::Assign(at, to_ann) => {
                let to = if *to_ann { ANN } else { BOB };
                self.live(*at).into_iter().for_each(|id| self.server.assign(id, to, By::User(BOB), &mut self.journal));
            }
            Step::Delete(at) => {
                self.live(*at).into_iter().for_each(|id| self.server.delete(id, By::User(BOB), &mut self.journal));
            }
            Step::Track(at, track) => {
                if let Some(id) = self.live(*at) {
                    self.server.track(ANN, id, *track, &mut self.journal);
                    self.tracking_changed.push(id);
                }
            }
            Step::Filter(active) => {
                let mut filters = self.server.filters[0].clone();
                filters[0].active = *active;
                let change = (Kind::Contact, FilterChange::Changed);
                self.server.set_filters(ANN, filters, change, &self.protocol, &mut self.journal);
                self.full = true;
            }
            Step::Prepare => self.prepare_both(),
            Step::Acknowledge(upsert) => {
                let action = if *upsert { SyncAction::Upsert } else { SyncAction::Remove };
                let Reply::Page(page, _) = self.ask(Ask::GetData { kind: Kind::Contact, action }) else { return };
                self.ask(Ask::Post { kind: Kind::Contact, action, page });
                // Fewer rows than a page hold here, so that a page is everything that waits. A record that was deleted since
                // is not listed, and only acknowledgement by position takes its row all the same.
                let from = if *upsert { EntryState::Upsert } else { EntryState::Remove };
                let by_id = self.protocol.switches == Switches::of(Base::Hardened);
                let server = &self.server;
                let taken = |id: &CrmId| !by_id || !*upsert || server.live(*id).is_some();
                self.naive.retain(|_, (state, _)| *upsert || *state != from);
                let rows = self.naive.iter_mut().filter(|(id, row)| row.0 == from && taken(id));
                rows.for_each(|(_, row)| row.0 = EntryState::Done);
            }
        }
    }

    /// Prepares, and does the same naively: every record that ever was is looked at, as the statements of PrepareSync would
    /// find it.
    fn prepare_both(&mut self) {
        let watermark = self.server.subscriptions[0].watermark;
        let deleted_at =
            |server: &Server, id| server.tombstones.iter().find(|row| row.record == id).map(|row| row.version);
        for index in 0..self.server.records.len() {
            let id = CrmId(index as u32);
            let record = *self.server.record(id);
            let version = deleted_at(&self.server, id).unwrap_or(record.version);
            if !(version > watermark || self.full || self.tracking_changed.contains(&id)) {
                continue;
            }
            let live = self.server.live(id).is_some();
            let tracked = self.server.subscriptions[0].tracked.get(&id).copied();
            let matches = self.server.filters[0][0].active
                && record.owner == ANN
                && record.statecode(&self.contents) == 0
                && (tracked != Some(false) || self.protocol.switches == Switches::of(Base::Documented));
            let qualifies = live && (tracked == Some(true) || matches);
            let changed = version > watermark || self.tracking_changed.contains(&id);
            let removable = self.protocol.switches == Switches::of(Base::Hardened) || !self.full || changed || !live;
            match (self.naive.get(&id).copied(), qualifies) {
                (None, true) => drop(self.naive.insert(id, (EntryState::Upsert, record.version))),
                (Some((_, version)), true) if version != record.version => {
                    self.naive.insert(id, (EntryState::Upsert, record.version));
                }
                (Some((EntryState::Remove, _)), true) if self.protocol.switches == Switches::of(Base::Hardened) => {
                    self.naive.insert(id, (EntryState::Upsert, record.version));
                }
                (Some((_, version)), false) if removable => {
                    self.naive.insert(id, (EntryState::Remove, version));
                }
                _ => {}
            }
        }
        self.tracking_changed.clear();
        self.full = false;
        self.prepare();
    }

    fn entries(&self) -> BTreeMap<CrmId, (EntryState, u64)> {
        self.server.subscriptions[0].entries().map(|(id, entry)| (id, (entry.state, entry.version))).collect()
    }
}

proptest! {
    #[test]
    fn prepare_agrees_with_a_naive_scan(hardened in any::<bool>(), steps in prop::collection::vec(any_step(), 0..60)) {
        let mut bench = Bench::new(if hardened { Base::Hardened } else { Base::Documented });
        for (number, step) in steps.iter().enumerate() {
            bench.step(step, number as u64);
            prop_assert_eq!(bench.entries(), bench.naive.clone(), "after {:?}", step);
            let counts = bench.server.subscriptions[0].counts();
            for (action, state) in [(SyncAction::Upsert, EntryState::Upsert), (SyncAction::Remove, EntryState::Remove)] {
                let counted = bench.naive.values().filter(|(is, _)| *is == state).count();
                prop_assert_eq!(counts.of(Kind::Contact, action) as usize, counted);
            }
        }
    }
}

/// Ten changes cost ten rows, however many records there are (PRE-INCR).
#[test]
fn prepare_visits_the_rows_that_changed_and_no_others() {
    for records in [1_000, 100_000] {
        let mut bench = Bench::new(Base::Hardened);
        let ids: Vec<CrmId> = (0..records).map(|order| bench.create(ANN, order)).collect();
        bench.prepare();
        for id in ids.iter().step_by(ids.len() / 10) {
            bench.edit(*id, PHONE, Value::Int(1));
        }
        let mut facts = Vec::new();
        bench.journal.drain_into(&mut facts);
        bench.prepare();
        bench.journal.drain_into(&mut facts);
        let visited: Vec<u32> = facts
            .iter()
            .filter_map(|fact| match fact.what {
                What::Prepared { visited, .. } => Some(visited),
                _ => None,
            })
            .collect();
        assert_eq!(visited, [10], "{records} records");
    }
}
