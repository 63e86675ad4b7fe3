//! The search: the smallest scenario so far, what was tried already, and what was met on the way.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_128;

use super::declare::undeclared;
use super::repair::repair;
use super::{Guide, Progress, Signature, Unshrinkable};
use crate::engine::{FailureKind, Run};
use crate::fuzz::signatures;
use crate::protocol::Protocol;
use crate::scenario::{self, Scenario};
use crate::{Options, Violation, execute};

/// How much longer than the first run a candidate may go on; one that does fails otherwise.
const LONGER: u64 = 4;

/// The state of the search.
pub struct Search<'a> {
    /// The smallest scenario that fails so.
    pub now: Scenario,
    /// The signature that is looked for.
    pub target: &'a Signature,
    /// The runs so far.
    pub runs: u32,
    /// The steps at the beginning.
    pub steps_before: usize,
    /// The passes that are over, each with the steps that were left after it.
    pub passes: Vec<(String, usize)>,
    /// Other failures, each with the first scenario that showed it.
    pub others: Vec<(Signature, Scenario)>,
    /// The signatures that the scenario had from the beginning, and the invariants that it waives.
    ours: Vec<Signature>,
    waived: Vec<String>,
    /// Whether an expectation is looked for that holds under `hardened`: whoever expects what never comes could break it
    /// by any step.
    holds_when_hardened: bool,
    max_runs: u32,
    max_events: u64,
    tried: BTreeMap<u128, bool>,
    pass: String,
    guide: &'a mut dyn Guide,
    /// Whether the guide stopped it.
    stopped: bool,
}

impl<'a> Search<'a> {
    /// Begins with a scenario that fails twice in the same way.
    pub fn confirm(
        scenario: &Scenario,
        target: &'a Signature,
        max_runs: u32,
        guide: &'a mut dyn Guide,
    ) -> Result<Search<'a>, Unshrinkable> {
        let now = undeclared(scenario);
        let (run, again) = (execute(&now, Options::default()), execute(&now, Options::default()));
        if run.hash.value() != again.hash.value() {
            return Err(Unshrinkable::NotDeterministic);
        }
        let ours = signatures(&now, &run);
        if !ours.contains(target) {
            return Err(Unshrinkable::Otherwise(ours));
        }
        let mut waived: Vec<String> = now.waive.iter().map(|waiver| waiver.invariant.clone()).collect();
        waived.extend(scenario.violates.iter().chain(&scenario.also).cloned());
        let max_events = run.work.saturating_mul(LONGER).saturating_add(10_000);
        let options = Options { max_events: Some(max_events), ..Options::default() };
        let is_expectation = FailureKind::Expectation(0).word() == target.invariant;
        let mut search = Search {
            holds_when_hardened: is_expectation && !fails_when_hardened(&now, target, options),
            target,
            runs: 2 + u32::from(is_expectation),
            steps_before: now.steps.len(),
            passes: Vec::new(),
            others: Vec::new(),
            ours,
            waived,
            max_runs,
            max_events,
            tried: BTreeMap::new(),
            pass: String::new(),
            guide,
            stopped: false,
            now,
        };
        // Candidates lack what later steps rely on. Whether that matters to the failure is for their runs to say.
        search.begin("confirm by a second run");
        let mut drawn = search.now.clone();
        drawn.drawn = true;
        search.attempt(drawn);
        search.end();
        Ok(search)
    }

    /// Says what is tried from now on.
    pub fn begin(&mut self, pass: &str) {
        self.pass = pass.to_owned();
    }

    /// Says that it was tried.
    pub fn end(&mut self) {
        self.passes.push((self.pass.clone(), self.now.steps.len()));
        self.tell(true);
    }

    fn tell(&mut self, over: bool) {
        let (steps, clients, items) = (self.now.steps.len(), self.now.clients.len(), self.now.items.len());
        self.guide.progress(Progress { pass: &self.pass, over, runs: self.runs, steps, clients, items });
    }

    /// Whether all runs were used up, or the guide stopped it.
    pub fn is_exhausted(&self) -> bool {
        self.stopped || self.runs >= self.max_runs
    }

    /// Tries a change of the smallest scenario, together with what follows from it for the rest; keeps it if it still
    /// fails so.
    pub fn change(&mut self, change: impl FnOnce(&mut Scenario)) -> bool {
        if self.is_exhausted() {
            return false;
        }
        let mut candidate = self.now.clone();
        change(&mut candidate);
        repair(&mut candidate);
        self.attempt(candidate)
    }

    /// Takes a scenario in place of the smallest if it fails so, and can be written to a file.
    pub fn attempt(&mut self, candidate: Scenario) -> bool {
        if candidate == self.now || !self.fails(&candidate) {
            return false;
        }
        self.now = candidate;
        true
    }

    fn fails(&mut self, candidate: &Scenario) -> bool {
        let text = candidate.to_toml();
        let key = xxh3_128(text.as_bytes());
        if let Some(fails) = self.tried.get(&key) {
            return *fails;
        }
        self.stopped = self.stopped || self.guide.stops();
        if self.is_exhausted() {
            return false;
        }
        let (options, target, holds_when_hardened) = (self.options(), self.target, self.holds_when_hardened);
        let (mut found, mut fails, mut runs) = (Vec::new(), false, 1);
        let done = self.guide.guarded(candidate, &mut || {
            let run = execute(candidate, options);
            found = signatures(candidate, &run);
            fails = found.contains(target) && loads(candidate, &text);
            if fails && holds_when_hardened {
                runs += 1;
                fails = !fails_when_hardened(candidate, target, options);
            }
        });
        if !done {
            (found, fails) = (Vec::new(), false);
        }
        self.runs += runs;
        self.tried.insert(key, fails);
        for signature in found {
            self.note(signature, candidate, &text);
        }
        self.tell(false);
        fails
    }

    /// The run of a scenario that is none of the candidates; `None` where it could not be done.
    pub fn run(&mut self, scenario: &Scenario) -> Option<Run> {
        let (options, mut run) = (self.options(), None);
        self.runs += 1;
        let done = self.guide.guarded(scenario, &mut || run = Some(execute(scenario, options)));
        run.filter(|_| done)
    }

    /// How candidates are run.
    pub fn options(&self) -> Options {
        Options { max_events: Some(self.max_events), ..Options::default() }
    }

    /// Keeps a failure that is another finding: only a violated invariant is one, since steps and expectations that fail
    /// may do so because something is missing.
    fn note(&mut self, signature: Signature, candidate: &Scenario, text: &str) {
        let known = self.ours.contains(&signature) || self.others.iter().any(|(other, _)| *other == signature);
        let is_invariant = crate::check::IDS.contains(&signature.invariant.as_str());
        if !known && is_invariant && !self.waived.contains(&signature.invariant) && loads(candidate, text) {
            self.others.push((signature, candidate.clone()));
        }
    }
}

/// Whether a scenario fails so also under the protocol that should hold.
fn fails_when_hardened(scenario: &Scenario, target: &Signature, options: Options) -> bool {
    let mut hardened = scenario.clone();
    hardened.protocol = Protocol::default();
    signatures(&hardened, &execute(&hardened, options)).contains(target)
}

/// Whether a scenario reads back from its file as it is. A protocol that no file can name, as a mutant of its tables, is
/// taken as read.
pub fn loads(scenario: &Scenario, text: &str) -> bool {
    let Ok(mut read) = scenario::parse("", text) else { return false };
    let [read] = &mut read[..] else { return false };
    for (read, step) in read.steps.iter_mut().zip(&scenario.steps) {
        read.line = step.line;
    }
    read.path.clone_from(&scenario.path);
    read.row.clone_from(&scenario.row);
    let switches = std::mem::replace(&mut read.protocol, scenario.protocol.clone()).switches;
    switches == scenario.protocol.switches && read == scenario
}

/// The violation of a run that has this signature.
pub fn violation(scenario: &Scenario, run: &Run, target: &Signature) -> Option<Violation> {
    run.failures.iter().find_map(|failure| match &failure.kind {
        FailureKind::Invariant(violation)
            if !failure.declared && super::super::signature::signature(scenario, run, failure) == *target =>
        {
            Some(violation.clone())
        }
        _ => None,
    })
}
