//! The end of a run: everything heals, everybody settles within a computed bound, and then nothing more happens.

use super::outcome::{Failure, FailureKind};
use super::runner::Runner;
use super::world::Event;
use crate::check::View;
use crate::journal::What;
use crate::model::ClientId;
use crate::outlook::cache::{MapRow, OutlookChange};
use crate::protocol::switches::MissingItem;
use crate::sim::{Span, Time};

/// How many cycles of each client must write nothing at the end.
const QUIET_CYCLES: u32 = 4;
/// How long notifications are given to arrive before a round begins.
const PAUSE: Span = Span::seconds(1);

impl Runner<'_> {
    /// Ends the run as every scenario ends, unless it says why it does not.
    pub fn finish(&mut self) {
        self.step = self.scenario.steps.len();
        if self.scenario.unsettled.is_some() {
            self.report_unreached();
            return;
        }
        self.heal();
        self.report_unreached();
        // What was reported as never reached must not happen after all.
        self.arsenal.waiting.clear();
        self.let_arrive();
        self.settle();
        self.violations.set_moment(self.world.now, self.seen);
        let view = View { world: &self.world, ledger: &self.ledger, protocol: self.protocol };
        for invariant in &mut self.invariants {
            invariant.on_settled(view, &mut self.violations);
        }
        for _ in 0..QUIET_CYCLES {
            self.round();
        }
        self.violations.set_moment(self.world.now, self.seen);
        let view = View { world: &self.world, ledger: &self.ledger, protocol: self.protocol };
        for invariant in &mut self.invariants {
            invariant.on_end(view, &mut self.violations);
        }
    }

    /// Ends all faults; everybody runs and is connected.
    pub fn heal(&mut self) {
        self.end_skews(|_| true);
        for lost in self.arsenal.disarm() {
            // Who waits for it still gives up in the end.
            if let Some(flight) = self.world.flights.get_mut(&lost) {
                (flight.arrivals, flight.is_lost) = (0, true);
            }
        }
        for index in 0..self.world.clients.len() {
            let client = ClientId(index as u8);
            self.set_online(client, true);
            self.set_addin(client, true);
            // Who roams sits at one machine, unless the scenario starts others.
            let profile = self.world.clients[index].profile;
            let sits = |other: &crate::outlook::Client| other.running && other.profile == profile;
            let installed = self.world.clients[index].installed;
            if installed && (profile.is_none() || !self.world.clients.iter().any(sits)) {
                self.open_client(client);
            }
        }
        self.world.journal.write(What::Healed);
        self.observe();
    }

    /// Lets time go on until what faults have delayed is there: messages, notifications, transactions that did not commit.
    /// Until then the world is not healed.
    fn let_arrive(&mut self) {
        let delayed = |event: &Event| {
            matches!(event, Event::Arrive(_) | Event::Answer(_) | Event::Commit(_) | Event::Notify { .. })
        };
        let last = self.world.queue.in_order().into_iter().filter(|(_, event)| delayed(event)).map(|(at, _)| at).max();
        if let Some(last) = last {
            self.run_until(last, |_| false);
            self.observe();
        }
    }

    /// Synchronizes everybody round by round until a round writes nothing and every mapped item was verified. Gives the
    /// number of rounds; stops a little above the bound, for the invariant to say so.
    pub fn settle(&mut self) -> u32 {
        self.world.journal.write(What::Settling { began: true, rounds: 0 });
        self.observe();
        let began = self.world.now;
        let bound = self.settle_bound();
        let mut rounds = 0;
        while rounds < bound + 4 && !self.stopped {
            let before = self.activity;
            self.round();
            rounds += 1;
            if self.activity == before && self.all_verified(began) {
                break;
            }
        }
        self.world.journal.write(What::Settling { began: false, rounds });
        self.observe();
        rounds
    }

    /// In how many rounds the world must settle: four, and as many as reconciliation needs to see every mapped item.
    pub fn settle_bound(&self) -> u32 {
        let mapped = self.world.caches.iter().map(crate::outlook::Cache::map_count).max().unwrap_or(0);
        let switches = &self.protocol.switches;
        let looks = if switches.missing_item == MissingItem::VerifyStoreThenTwice { 2 } else { 1 };
        4 + looks * u32::try_from(mapped).unwrap_or(u32::MAX).div_ceil(switches.reconcile_batch)
    }

    /// One manual cycle of each client, one after the other.
    fn round(&mut self) {
        self.run_until(self.world.now + PAUSE, |_| false);
        for index in 0..self.world.clients.len() {
            let client = ClientId(index as u8);
            self.wait_for(client);
            if self.world.clients[index].works() {
                self.start_cycle(client, true);
                self.observe();
                self.wait_for(client);
            }
        }
    }

    fn all_verified(&self, since: Time) -> bool {
        if !self.protocol.switches.change_detection.reconcile {
            return true;
        }
        let primaries = self.world.clients.iter().filter(|client| client.role.synchronizes() && client.works());
        // What failed waits, once its row says what became of its item; where only CRM had a say, the item is looked at yet.
        let failed = |client: ClientId, map: &MapRow| {
            let cache = self.world.cache(client);
            let row = cache.row_of(Some(map.item), Some(map.record)).and_then(|row| cache.row(row));
            row.is_some_and(|row| row.error.is_some() && row.outlook_change != OutlookChange::None)
        };
        primaries
            .flat_map(|client| self.world.cache(client.id).maps().map(|(_, map)| (client.id, map)))
            .filter(|(client, map)| map.linked && !self.waits_for_answer(*client, map.item, map.record))
            .all(|(client, map)| map.verified > since && !map.visited || failed(client, map))
    }

    /// Runs cycles of one client, and says how many writes they made.
    pub fn quiet_cycles(&mut self, client: ClientId, cycles: u32) -> u64 {
        let before = self.activity;
        for _ in 0..cycles {
            if self.stopped {
                break;
            }
            self.wait_for(client);
            self.start_cycle(client, true);
            self.observe();
            self.wait_for(client);
        }
        self.activity - before
    }

    /// A fault that never struck, and a point that was never reached, fail the scenario: what they were to test was not
    /// tested. Who draws a scenario cannot know what will be reached.
    fn report_unreached(&mut self) {
        if self.scenario.drawn {
            return;
        }
        let faults = self
            .arsenal
            .faults
            .iter()
            .filter(|armed| armed.struck == 0)
            .map(|armed| (armed.step, "the fault strikes", "it was armed and never struck"));
        let points = self.arsenal.waiting.iter().filter(|waiting| !waiting.reached).map(|waiting| {
            (waiting.step, "the point of the act is reached", "it was never reached, and the act never happened")
        });
        let unreached: Vec<_> = faults.chain(points).collect();
        for (step, expected, actual) in unreached {
            self.failures.push(Failure {
                kind: FailureKind::Unreached(step),
                expected: expected.to_owned(),
                actual: actual.to_owned(),
                fact: self.seen,
                declared: false,
            });
        }
    }
}
