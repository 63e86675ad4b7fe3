//! A campaign: seeds run side by side, and what they come to is put together in the order of the seeds.
//!
//! Each seed runs once in each profile. Every failure is run a second time, and so is a sample of the others, and must come
//! to the same. A failure whose signature is new is shrunk and given to the caller, who keeps it; one that is known is
//! counted. What is new is kept as it was found until it is shrunk, and what cannot be shrunk stays so. Whatever a campaign
//! that nobody stops says depends on its seeds, its profiles and what was known before, and on nothing else:
//! neither on how many threads there are, nor on how many seeds are run at a time.
//!
//! The caller drives: [`Campaign::advance`] runs some seeds and returns, so that clocks, signals and terminals stay outside.

mod plain;
mod summary;
#[cfg(test)]
mod tests;
mod work;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Seeds;
use super::corpus::{Entry, Found, Key, protocol_name};
use super::coverage::Coverage;
use super::signature::Signature;
use crate::engine::Verdict;
use crate::scenario::Scenario;
pub use plain::Plain;
pub use summary::{CaseName, ProfileName, SignatureSummary, Summary, Verdicts};
pub use work::{Case, CaseResult, Reduced, Steps, Work};

/// How many cases are named of each kind.
const MOST_NAMED: usize = 5;

/// A profile, as a campaign runs it.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedProfile {
    /// What it is called, so that the command line finds it again.
    pub name: String,
    /// A scenario with `[random]`.
    pub scenario: Scenario,
}

/// A failure that was met.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Seen {
    key: Key,
    /// How many runs had it.
    runs: u64,
    /// The first cases that had it; where there is none, another failure was shrunk into it.
    cases: Vec<Case>,
    /// The case in which it was met first.
    met: Case,
    /// Whether nobody knew it before.
    new: bool,
    /// What shrinking it came to: steps before, steps after, runs.
    shrunk: Option<(usize, usize, u64)>,
    /// Whether what is kept is as short as shrinking makes it.
    minimal: bool,
}

/// Some cases of one kind: how many, and the first.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Cases {
    count: u64,
    first: Vec<(Case, String)>,
}

impl Cases {
    fn add(&mut self, case: Case, what: String) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push((case, what));
        }
    }
}

/// Why a campaign until everything is covered ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Every mark came that has to, and nothing new for as long as was asked.
    Covered,
    /// Marks are missing, and nothing new came for so long that more seeds are unlikely to bring them.
    Stagnant,
}

/// A campaign under way.
#[derive(Debug)]
pub struct Campaign {
    profiles: Vec<NamedProfile>,
    protocols: Vec<String>,
    seeds: Seeds,
    next: u64,
    shrinks: bool,
    known: BTreeSet<Key>,
    seen: Vec<Seen>,
    place: BTreeMap<Key, usize>,
    verdicts: Verdicts,
    runs: u64,
    events: u64,
    /// What became of the steps, by profile.
    steps: Vec<Steps>,
    digest: u64,
    broken: Cases,
    differing: Cases,
    coverage: Coverage,
    until_covered: Option<u64>,
    ended: Option<Ended>,
}

impl Campaign {
    /// A campaign over these seeds in each of these profiles. What is `known` is counted and not shrunk; with `shrinks`
    /// off, new failures are given as they were found.
    #[must_use]
    pub fn new(profiles: Vec<NamedProfile>, seeds: Seeds, known: BTreeSet<Key>, shrinks: bool) -> Campaign {
        Campaign {
            protocols: profiles.iter().map(|profile| protocol_name(&profile.scenario.protocol)).collect(),
            steps: vec![Steps::default(); profiles.len()],
            profiles,
            seeds,
            next: seeds.from,
            shrinks,
            known,
            seen: Vec::new(),
            place: BTreeMap::new(),
            verdicts: Verdicts::default(),
            runs: 0,
            events: 0,
            digest: 0,
            broken: Cases::default(),
            differing: Cases::default(),
            coverage: Coverage::default(),
            until_covered: None,
            ended: None,
        }
    }

    /// The same campaign, which ends after the seed with which every mark has come that has to, and so many runs have
    /// brought nothing new; or, where marks are missing, with which it [stagnates](Coverage::is_stagnant).
    #[must_use]
    pub fn until_covered(self, idle: Option<u64>) -> Campaign {
        Campaign { until_covered: idle, ..self }
    }

    /// What its runs came by.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Why it ended before its seeds did; `None` where it did not.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// The profiles.
    #[must_use]
    pub fn profiles(&self) -> &[NamedProfile] {
        &self.profiles
    }

    /// The seeds that have not run yet; `None` where all have that are needed.
    #[must_use]
    pub fn rest(&self) -> Option<Seeds> {
        self.seeds.after(self.next).filter(|_| self.ended.is_none())
    }

    /// How many runs there were.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// How many failures were met that nobody knew, and how many that somebody did.
    #[must_use]
    pub fn failures(&self) -> (usize, usize) {
        let new = self.seen.iter().filter(|seen| seen.new).count();
        (new, self.seen.len() - new)
    }

    /// Whether crmsim itself failed in a run, and whether a run came to two things.
    #[must_use]
    pub fn faults(&self) -> (bool, bool) {
        (self.broken.count > 0, self.differing.count > 0)
    }

    /// The profiles in which nothing at all could happen in any run, by their names.
    pub fn idle_profiles(&self) -> impl Iterator<Item = &str> {
        let of_profiles = self.profiles.iter().zip(&self.steps);
        of_profiles.filter(|(_, steps)| steps.are_all_filled()).map(|(profile, _)| profile.name.as_str())
    }

    /// Runs the next seeds, so many at most, and gives the failures that are new, each shrunk and ready to be kept. Where
    /// the work says that it stops, the seeds that have run count, and the first of them has.
    pub fn advance(&mut self, seeds: u64, work: &impl Work) -> Vec<Entry> {
        let Some(rest) = self.rest() else { return Vec::new() };
        let end = rest.from.saturating_add(seeds).min(rest.end);
        let profiles = 0..self.profiles.len();
        let mut cases: Vec<Case> =
            (rest.from..end).flat_map(|seed| profiles.clone().map(move |profile| Case { seed, profile })).collect();
        let kept = Mutex::new(BTreeSet::new());
        let run = |(index, case): (usize, &Case)| {
            let begins = index < self.profiles.len() || !work.stops();
            begins.then(|| self.run(*case, self.runs + index as u64 + 1, work, &kept))
        };
        let results: Vec<Option<Result<CaseResult, String>>> = cases.par_iter().enumerate().map(run).collect();
        // Of a seed every profile counts, or none.
        let ran = results.iter().take_while(|result| result.is_some()).count();
        cases.truncate(ran - ran % self.profiles.len());
        let results: Vec<Result<CaseResult, String>> = results.into_iter().take(cases.len()).flatten().collect();
        let mut ahead = self.shrink_ahead(&cases, &results, work);
        let mut entries = Vec::new();
        for (case, result) in cases.into_iter().zip(results) {
            self.take(case, result, &mut ahead, work, &mut entries);
            if case.profile + 1 == self.profiles.len() {
                self.next = case.seed + 1;
                // What ran beyond does not count, so that the end depends on the seeds alone.
                self.ended = self.until_covered.and_then(|idle| match () {
                    () if self.coverage.is_covered(idle) => Some(Ended::Covered),
                    () if self.coverage.is_stagnant(idle) => Some(Ended::Stagnant),
                    () => None,
                });
                if self.ended.is_some() {
                    break;
                }
            }
        }
        let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        kept.iter().filter(|key| !self.place.contains_key(key)).for_each(|key| work.forget(key));
        entries
    }

    /// Runs a case. What is new in it is kept at once, so that it is there whatever becomes of the process.
    fn run(&self, case: Case, runs: u64, work: &impl Work, kept: &Mutex<BTreeSet<Key>>) -> Result<CaseResult, String> {
        let result = work.run(case)?;
        let signatures = result.signatures.iter().filter(|_| result.same != Some(false));
        for key in signatures.map(|signature| self.key(case, signature)).filter(|key| self.is_new(key)) {
            if !kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone()) {
                continue;
            }
            let entry = work.scenario(case).and_then(|scenario| {
                let (profile, steps_before) = (self.profiles[case.profile].name.clone(), scenario.steps.len());
                let found = Found { profile, seed: case.seed, runs, steps_before, shrink_runs: 0 };
                work.tell(&key, &scenario, found)
            });
            // What goes wrong here goes wrong again when it is shrunk, and is told then.
            entry.into_iter().for_each(|entry| work.keep(entry));
        }
        Ok(result)
    }

    /// Shrinks side by side what is going to be new; only a failure that others turn into is left for later.
    fn shrink_ahead(&self, cases: &[Case], results: &[Result<CaseResult, String>], work: &impl Work) -> Ahead {
        let mut wanted: BTreeMap<Key, Case> = BTreeMap::new();
        for (case, result) in cases.iter().zip(results) {
            let signatures = result.as_ref().ok().filter(|result| result.same != Some(false));
            for signature in signatures.into_iter().flat_map(|result| &result.signatures) {
                let key = self.key(*case, signature);
                if self.is_new(&key) {
                    wanted.entry(key).or_insert(*case);
                }
            }
        }
        let shrink = |(key, case): (Key, Case)| {
            let reduced = self.reduce(work.scenario(case), &key.signature, work);
            (key, reduced)
        };
        wanted.into_par_iter().map(shrink).collect()
    }

    fn reduce(
        &self,
        scenario: Result<Scenario, String>,
        signature: &Signature,
        work: &impl Work,
    ) -> Result<Reduced, String> {
        let scenario = scenario?;
        let (same, fault) = match work.is_same_elsewhere(&scenario) {
            Ok(same) => (same, None),
            Err(fault) => (true, Some(fault)),
        };
        let shrinks = self.shrinks && same && !work.stops();
        let reduced =
            if shrinks { work.shrink(&scenario, signature) } else { Ok(Reduced::not_shrunk(scenario.clone())) };
        // Whatever becomes of shrinking, the failure was there.
        let reduced = reduced.unwrap_or_else(|fault| {
            let fault = Some(format!("{fault}; the failure is kept as it was found"));
            Reduced { fault, ..Reduced::not_shrunk(scenario) }
        });
        Ok(Reduced { same, fault: fault.or(reduced.fault), ..reduced })
    }

    fn key(&self, case: Case, signature: &Signature) -> Key {
        Key { protocol: self.protocols[case.profile].clone(), signature: signature.clone() }
    }

    /// Whether a run fails, and only as somebody knew before.
    fn is_all_known(&self, case: Case, result: &CaseResult) -> bool {
        let is_known = |signature| self.known.contains(&self.key(case, signature));
        result.same != Some(false) && !result.signatures.is_empty() && result.signatures.iter().all(is_known)
    }

    fn is_new(&self, key: &Key) -> bool {
        !self.known.contains(key) && !self.place.contains_key(key)
    }

    /// Puts one result to the others.
    fn take(
        &mut self,
        case: Case,
        result: Result<CaseResult, String>,
        ahead: &mut Ahead,
        work: &impl Work,
        entries: &mut Vec<Entry>,
    ) {
        self.runs += 1;
        let hash = result.as_ref().map_or(0, |result| result.hash);
        let keyed = xxh3_64_with_seed(self.profiles[case.profile].name.as_bytes(), case.seed);
        // A sum, so that parts of a campaign can be put together in any order.
        self.digest = self.digest.wrapping_add(xxh3_64_with_seed(&hash.to_le_bytes(), keyed));
        let result = match result {
            Ok(result) => result,
            Err(message) => {
                self.verdicts.broken += 1;
                self.broken.add(case, message);
                return;
            }
        };
        self.events += result.events;
        self.steps[case.profile].add(result.steps);
        self.coverage.add((case.seed, case.profile), &result.marks);
        match result.verdict {
            Verdict::Held | Verdict::Stopped => self.verdicts.held += 1,
            Verdict::Known => self.verdicts.known += 1,
            Verdict::Failed if self.is_all_known(case, &result) => self.verdicts.known += 1,
            Verdict::Failed => self.verdicts.failed += 1,
        }
        if result.same == Some(false) {
            self.differing.add(case, String::new());
        }
        for signature in &result.signatures {
            let key = self.key(case, signature);
            if self.is_new(&key) && result.same != Some(false) {
                let reduced = ahead.remove(&key).unwrap_or_else(|| self.reduce(work.scenario(case), signature, work));
                self.meet(case, key.clone(), reduced, work, entries);
            }
            let seen = self.see(case, &key);
            seen.runs += 1;
            if seen.cases.len() < MOST_NAMED {
                seen.cases.push(case);
            }
        }
    }

    fn see(&mut self, met: Case, key: &Key) -> &mut Seen {
        let place = *self.place.entry(key.clone()).or_insert_with(|| {
            let new = !self.known.contains(key);
            self.seen.push(Seen {
                key: key.clone(),
                runs: 0,
                cases: Vec::new(),
                met,
                new,
                shrunk: None,
                minimal: false,
            });
            self.seen.len() - 1
        });
        &mut self.seen[place]
    }

    /// A failure that nobody knew, and those that were met while it was shrunk.
    fn meet(
        &mut self,
        case: Case,
        key: Key,
        reduced: Result<Reduced, String>,
        work: &impl Work,
        entries: &mut Vec<Entry>,
    ) {
        let mut waiting = VecDeque::from([(key, reduced)]);
        while let Some((key, reduced)) = waiting.pop_front() {
            let runs = self.runs;
            let profile = self.profiles[case.profile].name.clone();
            let reduced = match reduced {
                Ok(reduced) => reduced,
                Err(message) => {
                    self.see(case, &key);
                    self.broken.add(case, message);
                    continue;
                }
            };
            reduced.fault.into_iter().for_each(|message| self.broken.add(case, message));
            if !reduced.same {
                self.see(case, &key);
                self.differing.add(case, String::new());
                work.forget(&key);
                continue;
            }
            let (steps_before, steps, shrink_runs) = (reduced.steps_before, reduced.scenario.steps.len(), reduced.runs);
            let seen = self.see(case, &key);
            (seen.shrunk, seen.minimal) = (Some((steps_before, steps, shrink_runs)), reduced.minimal);
            let found = Found { profile, seed: case.seed, runs, steps_before, shrink_runs };
            match work.tell(&key, &reduced.scenario, found) {
                Ok(entry) => entries.push(entry),
                Err(message) => self.broken.add(case, message),
            }
            for (signature, scenario) in reduced.others {
                let key = self.key(case, &signature);
                if self.is_new(&key) && waiting.iter().all(|(waits, _)| *waits != key) {
                    let reduced = self.reduce(Ok(scenario), &signature, work);
                    waiting.push_back((key, reduced));
                }
            }
        }
    }
}

type Ahead = BTreeMap<Key, Result<Reduced, String>>;
