//! The loop of a run: takes events from the queue, lets clients and server act on them, applies faults, feeds the checks.

use std::sync::Arc;

use super::acts::Aliases;
use super::faults::{Armed, Arsenal, Chance, Made as MadeCall};
use super::layout;
use super::outcome::{Failure, FailureKind, Run};
use super::world::{Event, World};
use super::{MAX_EVENTS, MAX_RECORDED_FACTS, Options, verdict};
use crate::check::{self, Invariant, Ledger, Lives, View, Violations};
use crate::journal::{By, ClientChange, Fact, Prompt, What};
use crate::mailbox::Store;
use crate::model::{Answer, Call, ClientId, CrmId, ItemId, RuleId};
use crate::outlook::client::Env;
use crate::outlook::immediate::Immediate;
use crate::outlook::{Intent, Memory, Operation, Outcome};
use crate::protocol::Protocol;
use crate::rule;
use crate::scenario::Scenario;
use crate::scenario::model::Point;
use crate::scenario::vocabulary::Fault;
use crate::sim::{FlatMap, Part, Span, Time, TraceHash};

/// How long a durable write takes.
const WRITE: Span = Span::millis(1);

/// What a call came to, for `expect = "calls"`.
#[derive(Clone, Copy, Debug)]
pub struct CallRecord {
    pub client: ClientId,
    pub call: Call,
    pub alias: Option<u32>,
    pub step: usize,
    pub sent: bool,
    pub applied: u32,
    pub answered: bool,
}

/// A run under way.
pub struct Runner<'s> {
    pub scenario: &'s Scenario,
    pub protocol: &'s Protocol,
    pub world: World,
    pub aliases: Aliases,
    pub arsenal: Arsenal,
    pub ledger: Ledger,
    pub invariants: Vec<Box<dyn Invariant>>,
    pub violations: Violations,
    pub failures: Vec<Failure>,
    /// The step that runs.
    pub step: usize,
    /// How many facts there were when each step began.
    pub step_facts: Vec<usize>,
    /// The names of each user's filters, in the order in which the server keeps them.
    pub filter_names: Vec<Vec<String>>,
    /// How often anything was written by synchronization that a quiet cycle must not write.
    pub activity: u64,
    /// Every request, in the order of sending.
    pub calls: Vec<CallRecord>,
    /// What the run came by.
    pub lives: Lives,
    /// The client on which a person acts.
    pub acting: Option<ClientId>,
    pub hash: TraceHash,
    pub events: u64,
    pub seen: usize,
    pub stopped: bool,
    /// Whether the run was ended because it went beyond every bound.
    pub overrun: bool,
    pub work: u64,
    pub options: Options,
    pub facts: Vec<Fact>,
    pub fact_hashes: Vec<u64>,
    buffer: Vec<Fact>,
    encoded: Vec<u8>,
    /// The clients whose cycles ended in this event.
    ended: Vec<ClientId>,
    /// The facts of synchronization's own writes to items and records, for `expect = "writes"`.
    pub writes: Vec<Fact>,
    /// What stopped the last cycle of a client, if the guard did, for `expect = "guard"`.
    pub guards: FlatMap<ClientId, (Prompt, u32)>,
    /// What the journal tells people, for `expect = "journal"`.
    pub notes: Vec<Fact>,
    /// What faults could have struck during the step that is watched.
    pub chances: Vec<Chance>,
}

impl<'s> Runner<'s> {
    pub fn new(scenario: &'s Scenario, options: Options, own: Vec<Box<dyn Invariant>>) -> Runner<'s> {
        let mut world = layout::world(scenario, options.seed.unwrap_or(scenario.seed));
        let aliases = Aliases::new(scenario, &mut world);
        let mut invariants = check::standard();
        invariants.extend(own);
        Runner {
            scenario,
            protocol: &scenario.protocol,
            world,
            aliases,
            arsenal: Arsenal::default(),
            ledger: Ledger::new(&scenario.protocol),
            invariants,
            violations: Violations::default(),
            failures: Vec::new(),
            step: 0,
            step_facts: Vec::new(),
            filter_names: scenario
                .users
                .iter()
                .map(|user| user.filters.iter().map(|filter| filter.id.clone()).collect())
                .collect(),
            activity: 0,
            calls: Vec::new(),
            lives: Lives::default(),
            acting: None,
            hash: TraceHash::default(),
            events: 0,
            seen: 0,
            stopped: false,
            overrun: false,
            work: 0,
            options,
            facts: Vec::new(),
            fact_hashes: Vec::new(),
            buffer: Vec::new(),
            encoded: Vec::new(),
            ended: Vec::new(),
            writes: Vec::new(),
            guards: FlatMap::default(),
            notes: Vec::new(),
            chances: Vec::new(),
        }
    }

    /// Runs the scenario to its end and judges it.
    pub fn run(mut self) -> Run {
        self.observe();
        for step in 0..self.scenario.steps.len() {
            if self.stopped {
                break;
            }
            self.step = step;
            self.take_step(step);
        }
        if !self.stopped {
            self.finish();
        }
        verdict::judge(self)
    }

    /// Whether a client has nothing under way.
    pub fn is_idle(&self, client: ClientId) -> bool {
        let memory = &self.world.clients[client.index()].memory;
        memory.operation.is_none() && memory.queued.is_empty()
    }

    /// Handles events until `deadline`, or until `done` says so; then sets the clock to `deadline` unless it was done.
    pub fn run_until(&mut self, deadline: Time, done: impl Fn(&Self) -> bool) {
        while !self.stopped && !done(self) {
            match self.world.queue.next_time() {
                Some(at) if at <= deadline => self.handle_next(),
                _ => {
                    self.set_now(deadline.max(self.world.now));
                    return;
                }
            }
        }
    }

    fn set_now(&mut self, now: Time) {
        self.world.now = now;
        self.world.journal.set_time(now);
    }

    /// Counts work, and ends a run that has gone beyond its bound.
    pub fn spend(&mut self, work: u64) {
        self.work += work;
        let bound = self.options.max_events.unwrap_or(MAX_EVENTS);
        if self.work > bound && !self.stopped {
            self.stopped = true;
            self.overrun = true;
            self.failures.push(Failure {
                kind: FailureKind::Step(self.step.min(self.scenario.steps.len().saturating_sub(1))),
                expected: format!("the run ends within its bound of {bound} units of work"),
                actual: "it went on, and was ended here".to_owned(),
                fact: self.seen,
                declared: false,
            });
        }
    }

    fn handle_next(&mut self) {
        let Some((at, event)) = self.world.queue.pop() else { return };
        self.events += 1;
        self.spend(1);
        self.set_now(at.max(self.world.now));
        self.encoded.clear();
        self.encoded.extend_from_slice(&at.0.to_le_bytes());
        crate::journal::encode(&event, &mut self.encoded);
        self.hash.mix_part(Part::Queue, &self.encoded);
        match event {
            Event::Continue { client, session, made } => {
                if self.world.clients[client.index()].session == session {
                    self.drive(client, Outcome::Written(made));
                }
            }
            Event::Arrive(number) => self.arrive(number),
            Event::Answer(number) => self.answer(number),
            Event::GiveUp(number) => self.give_up(number),
            Event::Commit(version) => self.commit(version),
            Event::Notify { client, item } => self.notify(client, item, None),
            Event::Background { client, session } => self.background(client, session),
        }
        self.observe();
    }

    /// Feeds the facts of one event to the hash, the ledger and the invariants.
    pub fn observe(&mut self) {
        if self.world.journal.is_empty() {
            return;
        }
        let mut facts = std::mem::take(&mut self.buffer);
        self.world.journal.drain_into(&mut facts);
        let left = self.options.stop_at.map_or(usize::MAX, |stop| stop.saturating_sub(self.seen));
        self.stopped |= facts.len() >= left;
        facts.truncate(left);
        for fact in &facts {
            self.encoded.clear();
            fact.encode(&mut self.encoded);
            self.hash.mix(fact.part(), &self.encoded);
            self.note(fact);
            if self.options.record && self.facts.len() < MAX_RECORDED_FACTS {
                self.facts.push(*fact);
                self.fact_hashes.push(self.hash.value());
            }
        }
        self.seen += facts.len();
        self.lives.record(&facts, &self.world, self.acting);
        if self.stopped {
            // The world is ahead of the facts that were kept; nothing is judged on it.
            self.buffer = facts;
            return;
        }
        self.violations.set_moment(self.world.now, self.seen);
        self.ledger.record(&facts, &self.world);
        facts.retain(|fact| !matches!(fact.what, What::Followed { .. }));
        let view = View { world: &self.world, ledger: &self.ledger, protocol: self.protocol };
        for invariant in &mut self.invariants {
            invariant.on_event(view, &facts, &mut self.violations);
            for client in &self.ended {
                invariant.on_cycle_end(view, *client, &mut self.violations);
            }
        }
        self.ended.clear();
        self.buffer = facts;
    }

    fn note(&mut self, fact: &Fact) {
        self.activity += u64::from(fact.is_write());
        match fact.what {
            What::Noted { .. } | What::EditLost { .. } | What::RowFailed { .. } => self.notes.push(*fact),
            What::CycleEnded { client, .. } => self.ended.push(client),
            What::GuardRaised { client, prompt, deletions, .. } => {
                self.guards.insert(client, (prompt, deletions));
            }
            What::CycleStarted { client, .. } => {
                self.guards.remove(&client);
            }
            What::ItemChanged { by: By::Sync(_), .. } | What::RecordChanged { by: By::Sync(_), .. } => {
                self.writes.push(*fact);
            }
            _ => {}
        }
    }

    /// Says that a rule was followed.
    pub fn follow(&mut self, rule: RuleId) {
        self.world.journal.follow(rule);
    }

    /// Lets a client go on with what it is doing, given what came of its last intent.
    pub fn drive(&mut self, id: ClientId, outcome: Outcome) {
        let mut outcome = outcome;
        loop {
            let empty = self.arsenal.is_open(id, Fault::StoreEmpty);
            let world = &mut self.world;
            let mut env = Env {
                now: world.now,
                protocol: self.protocol,
                contents: Arc::make_mut(&mut world.contents),
                mailboxes: Store::new(&world.mailboxes, empty),
                predecessors: &world.predecessors,
                journal: &mut world.journal,
            };
            let client = &mut world.clients[id.index()];
            let next = match client.next(outcome, &world.caches[client.cache.index()], &mut env) {
                None => return,
                Some(Intent::Send(request)) => return self.send(id, request),
                Some(Intent::Finish(answer, report)) => return self.end_operation(id, answer, report),
                Some(Intent::Look(look)) => self.look(id, look),
                Some(Intent::Write(write)) => match self.write(id, write) {
                    Some(Ok(made)) => {
                        let session = self.world.clients[id.index()].session;
                        let next = Event::Continue { client: id, session, made };
                        return self.world.queue.push(self.world.now + WRITE, next);
                    }
                    Some(Err((call, answer))) => Some(Outcome::Failed { call, answer }),
                    None => None,
                },
            };
            // A look and a write that failed take no time.
            match next {
                Some(next) => outcome = next,
                None => return,
            }
        }
    }

    /// Ends what a client is doing, and goes on with what waits behind it.
    pub fn end_operation(&mut self, id: ClientId, answer: Answer, report: crate::journal::Report) {
        self.arsenal.end_cuts(id);
        let client = &mut self.world.clients[id.index()];
        match client.memory.operation.take() {
            Some(Operation::Cycle(cycle)) => {
                if answer == Answer::Ok {
                    client.report = Some(report);
                }
                self.judge_store(id, cycle.doubts_the_store());
                self.world.journal.write(What::CycleEnded { client: id, answer, report });
            }
            Some(Operation::Immediate(immediate)) => {
                let item = immediate.item;
                self.world.journal.write(What::ImmediateEnded { client: id, item, answer });
            }
            None => {}
        }
        let client = &mut self.world.clients[id.index()];
        if !client.role.synchronizes() {
            // It is primary no longer: what it did not begin to send is the new primary's work.
            client.memory.queued.clear();
        }
        let queued = client.memory.queued.pop_front();
        if let Some(item) = queued {
            self.start_immediate(id, item);
        }
    }

    /// Starts to send an act at once, or queues it behind what the client is doing.
    pub fn start_immediate(&mut self, id: ClientId, item: ItemId) {
        let memory = &mut self.world.clients[id.index()].memory;
        if memory.operation.is_some() {
            memory.queued.push_back(item);
            return;
        }
        memory.operation = Some(Operation::Immediate(Box::new(Immediate::new(item))));
        self.drive(id, Outcome::Begin);
    }

    /// Starts a cycle; while another operation runs it is dropped with a note.
    pub fn start_cycle(&mut self, id: ClientId, manual: bool) {
        self.spend(1);
        let memory = &mut self.world.clients[id.index()].memory;
        if memory.operation.is_some() {
            self.world.journal.write(What::CycleDropped { client: id });
            return;
        }
        memory.operation = Some(Operation::Cycle(Box::default()));
        self.world.journal.write(What::CycleStarted { client: id, manual });
        if !manual {
            self.follow(rule!("TRG-BACKGROUND"));
        }
        self.drive(id, Outcome::Begin);
    }

    fn background(&mut self, id: ClientId, session: u32) {
        let client = &self.world.clients[id.index()];
        let client_mailbox = client.mailbox;
        if !client.running || client.session != session {
            return self.follow(rule!("TRG-OUTLOOK-ONLY"));
        }
        if !client.addin || !client.settings.automatic || !client.role.synchronizes() {
            return;
        }
        self.follow(rule!("SET-SCHED"));
        if self.world.clients.iter().any(|other| other.id != id && other.mailbox == client_mailbox) {
            self.follow(rule!("MOD-PRIMARY"));
        }
        self.start_cycle(id, false);
        layout::schedule_background(&mut self.world, self.protocol, id);
    }

    pub fn made(&self, client: ClientId, call: Call, item: Option<ItemId>, record: Option<CrmId>) -> MadeCall {
        let names = &self.world.names;
        let by_item = item.and_then(|item| names.of_item.get(item.index()));
        let alias = by_item.or_else(|| record.and_then(|record| names.of_record.get(record.index())));
        MadeCall { client, call, table: None, alias: alias.copied(), item }
    }

    /// Carries out the acts that wait for this point; they do not hold the call up.
    pub fn at_point(&mut self, made: &MadeCall, point: Point) {
        for step in self.arsenal.reached(made, point) {
            self.perform_waiting(step);
        }
    }

    pub fn fired(&mut self, step: usize) {
        self.world.journal.write(What::FaultFired { step: step as u32 });
    }

    /// Crashes a client where a fault says so; true when it did.
    pub fn crash_if(&mut self, made: &MadeCall, kind: Fault) -> bool {
        let Some(armed) = self.arsenal.strike(made, &[kind]) else { return false };
        self.die(&armed, made.client);
        true
    }

    /// A fault ends a client at once.
    pub fn die(&mut self, armed: &Armed, client: ClientId) {
        self.fired(armed.step);
        self.stop_client(client, ClientChange::Crashed);
        if armed.restart {
            self.open_client(client);
        }
    }

    /// Ends Outlook on a client; whatever was in memory is lost.
    pub fn stop_client(&mut self, id: ClientId, change: ClientChange) {
        if change == ClientChange::Closed {
            self.copy_profile(id, false);
        }
        let client = &mut self.world.clients[id.index()];
        client.running = false;
        client.session += 1;
        client.memory = Memory::default();
        self.arsenal.end_cuts(id);
        self.world.journal.write(What::Client { client: id, change });
    }

    /// Starts Outlook on a client.
    pub fn open_client(&mut self, id: ClientId) {
        let client = &mut self.world.clients[id.index()];
        if client.running {
            return;
        }
        client.running = true;
        client.session += 1;
        self.copy_profile(id, true);
        self.world.journal.write(What::Client { client: id, change: ClientChange::Opened });
        self.check_cache(id);
        layout::schedule_background(&mut self.world, self.protocol, id);
    }

    /// Copies the cache file of a roaming profile to the machine where its user logs on, or back where he logs off: the
    /// last to log off wins (D-04). Who loses power copies nothing.
    fn copy_profile(&mut self, id: ClientId, logon: bool) {
        let client = &self.world.clients[id.index()];
        let Some(profile) = client.profile else { return };
        let (from, to) = if logon { (profile, client.cache) } else { (client.cache, profile) };
        if from != to {
            self.world.copy_cache(from, to);
            self.follow(rule!("D-04"));
        }
    }
}
