use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::fuzz::corpus::Corpus;
use crate::fuzz::coverage::{Mark, Marks};

/// Work that is made up from the seed: which failures there are, and into which others they shrink.
#[derive(Default)]
struct MadeUp {
    shrunk: AtomicU64,
    /// After how many cases and shrinks it stops.
    stops_after: Option<u64>,
    done: AtomicU64,
    /// What cannot be shrunk, and what a second process sees otherwise.
    unshrinkable: bool,
    leaks: bool,
    kept: Mutex<BTreeMap<Key, Entry>>,
}

fn signature(word: &str) -> Signature {
    format!("{word}/no-lineage/nobody").parse().unwrap()
}

fn scenario(seed: u64) -> Scenario {
    let mut scenario = crate::scenario::parse("-", &crate::scenario::template("made-up")).unwrap().remove(0);
    scenario.seed = seed;
    scenario
}

/// A mark that only this seed has, until seed 60 has all.
fn marks(case: Case) -> Marks {
    let all = || Mark::all();
    if case.seed == 60 { all().collect() } else { all().skip(case.seed as usize).take(1).collect() }
}

impl Work for MadeUp {
    fn run(&self, case: Case) -> Result<CaseResult, String> {
        self.done.fetch_add(1, Ordering::Relaxed);
        if case.seed == 41 {
            return Err("a planted fault".to_owned());
        }
        let found = [(7, "seventh"), (10, "tenth"), (11, "eleventh")];
        let found = found.iter().filter(|(every, _)| case.seed % every == 3 && case.profile == 0);
        let signatures: Vec<Signature> = found.map(|(_, word)| signature(word)).collect();
        let verdict = if signatures.is_empty() { Verdict::Held } else { Verdict::Failed };
        let same = (!signatures.is_empty()).then_some(case.seed != 24);
        // The second profile lets nothing happen.
        let steps = Steps { drawn: 4, filled: 4 * case.profile as u64, skipped: 1 - case.profile as u64 };
        let (hash, marks) = (case.seed.wrapping_mul(77), marks(case));
        Ok(CaseResult { verdict, signatures, hash, events: 10, steps, marks, same })
    }

    fn scenario(&self, case: Case) -> Result<Scenario, String> {
        Ok(scenario(case.seed))
    }

    fn shrink(&self, scenario: &Scenario, met: &Signature) -> Result<Reduced, String> {
        self.shrunk.fetch_add(1, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
        if self.unshrinkable {
            return Err("a planted fault".to_owned());
        }
        let mut reduced = Reduced { runs: 9, minimal: true, ..Reduced::not_shrunk(scenario.clone()) };
        if *met == signature("seventh") {
            // Both are met by a later seed as well, one of them soon.
            reduced.others = vec![(signature("tenth"), scenario.clone()), (signature("other"), scenario.clone())];
        }
        Ok(reduced)
    }

    fn is_same_elsewhere(&self, _: &Scenario) -> Result<bool, String> {
        Ok(!self.leaks)
    }

    fn stops(&self) -> bool {
        self.stops_after.is_some_and(|after| self.done.load(Ordering::Relaxed) >= after)
    }

    fn keep(&self, entry: Entry) {
        self.kept.lock().unwrap().insert(entry.key.clone(), entry);
    }

    fn forget(&self, key: &Key) {
        self.kept.lock().unwrap().remove(key);
    }

    fn tell(&self, key: &Key, scenario: &Scenario, found: Found) -> Result<Entry, String> {
        Ok(Entry::new(key.clone(), scenario, found))
    }
}

fn profiles() -> Vec<NamedProfile> {
    ["one", "two"].map(|name| NamedProfile { name: name.to_owned(), scenario: scenario(0) }).into()
}

fn campaign(seeds: &str, known: &[&str]) -> Campaign {
    let known = known.iter().map(|word| Key { protocol: "hardened".to_owned(), signature: signature(word) });
    Campaign::new(profiles(), seeds.parse().unwrap(), known.collect(), true)
}

fn run_all(mut campaign: Campaign, chunk: u64, work: &MadeUp) -> (Campaign, Vec<Entry>) {
    let mut entries = Vec::new();
    while campaign.rest().is_some() {
        entries.extend(campaign.advance(chunk, work));
    }
    (campaign, entries)
}

fn summary(campaign: &Campaign) -> Summary {
    let folder =
        std::env::temp_dir().join(format!("crmsim-campaign-{}-{:?}", std::process::id(), std::thread::current().id()));
    let corpus = Corpus::open(&folder).unwrap();
    let summary = campaign.summary(&corpus);
    corpus.close();
    summary
}

#[test]
fn neither_threads_nor_chunks_change_what_a_campaign_comes_to() {
    let run = |threads, chunk| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run_all(campaign("0..100", &["eleventh"]), chunk, &MadeUp::default()))
    };
    let (whole, entries) = run(1, 1_000);
    let words = |entries: &[Entry]| {
        entries.iter().map(|entry| (entry.key.signature.invariant.clone(), entry.record.seed)).collect::<Vec<_>>()
    };
    let met = [("seventh", 3), ("tenth", 3), ("other", 3)].map(|(word, seed)| (word.to_owned(), seed));
    assert_eq!(words(&entries), met);
    for (threads, chunk) in [(1, 1), (8, 1), (8, 7), (3, 1_000)] {
        let (again, entries_again) = run(threads, chunk);
        assert_eq!(summary(&again), summary(&whole), "{threads} threads, {chunk} seeds at a time");
        assert_eq!(entries_again, entries);
    }
}

#[test]
fn what_is_known_is_counted_and_not_shrunk() {
    let work = MadeUp::default();
    let (campaign, entries) = run_all(campaign("0..100", &["seventh", "tenth"]), 10, &work);
    assert_eq!((entries.len(), work.shrunk.load(Ordering::Relaxed)), (1, 1));
    let summary = summary(&campaign);
    let counts = summary.signatures.iter().map(|one| (one.signature.split('/').next().unwrap(), one.new, one.runs));
    assert_eq!(counts.collect::<Vec<_>>(), [("seventh", false, 14), ("tenth", false, 10), ("eleventh", true, 9)]);
    assert_eq!(campaign.failures(), (1, 2));
    assert_eq!(summary.signatures[0].cases.iter().map(|case| case.seed).collect::<Vec<_>>(), [3, 10, 17, 24, 31]);
}

#[test]
fn a_fault_and_a_run_that_is_not_deterministic_end_nothing() {
    let (campaign, entries) = run_all(campaign("20..100", &["tenth"]), 16, &MadeUp::default());
    assert_eq!(campaign.faults(), (true, true));
    let summary = summary(&campaign);
    assert_eq!(summary.runs, 160);
    let Verdicts { held, known, failed, broken } = summary.verdicts;
    assert_eq!((held + known + failed, broken), (158, 2));
    assert_eq!(
        summary.broken[0],
        CaseName { seed: 41, profile: "one".to_owned(), message: "a planted fault".to_owned() }
    );
    assert_eq!((summary.not_deterministic.len(), summary.not_deterministic[0].seed), (1, 24));
    let seventh = entries.iter().find(|entry| entry.key.signature == signature("seventh"));
    assert!(seventh.is_none(), "seed 24 had it first, and cannot be relied on; it is told, and nothing is kept");
}

#[test]
fn steps_that_could_not_happen_are_counted_by_profile() {
    let (campaign, _) = run_all(campaign("0..10", &[]), 3, &MadeUp::default());
    let steps: Vec<Steps> = summary(&campaign).profiles.iter().map(|profile| profile.steps).collect();
    let expected = [Steps { drawn: 40, filled: 0, skipped: 10 }, Steps { drawn: 40, filled: 40, skipped: 0 }];
    assert_eq!((&steps[..], steps[0].idle_percent()), (&expected[..], 25));
    assert_eq!(campaign.idle_profiles().collect::<Vec<_>>(), ["two"]);
}

#[test]
fn parts_of_a_campaign_add_up_to_the_whole() {
    let part =
        |seeds| summary(&run_all(campaign(seeds, &["seventh", "tenth", "eleventh", "other"]), 8, &MadeUp::default()).0);
    let (whole, first, second) = (part("0..90"), part("0..37"), part("37..90"));
    let digest = |summary: &Summary| u64::from_str_radix(&summary.digest, 16).unwrap();
    assert_eq!(digest(&whole), digest(&first).wrapping_add(digest(&second)));
    assert_ne!(first.digest, second.digest);
    assert_eq!(whole.runs, first.runs + second.runs);
    for one in &whole.signatures {
        let runs = |part: &Summary| {
            part.signatures.iter().find(|other| other.signature == one.signature).map_or(0, |other| other.runs)
        };
        assert_eq!(one.runs, runs(&first) + runs(&second));
    }
}

#[test]
fn a_campaign_that_was_left_goes_on_where_it_was() {
    let work = MadeUp::default();
    let mut campaign = campaign("5..100", &[]);
    campaign.advance(30, &work);
    assert_eq!(campaign.rest().unwrap().to_string(), "35..100");
    assert_eq!(campaign.done().to_string(), "5..35");
    assert!(!summary(&campaign).complete);
}

#[test]
fn a_campaign_until_covered_ends_with_the_same_seed_however_many_run_at_a_time() {
    for chunk in [1, 7, 1_000] {
        let until = campaign("0..5_000", &["seventh", "tenth", "eleventh"]).until_covered(Some(20));
        let (campaign, _) = run_all(until, chunk, &MadeUp::default());
        // Seed 60 brings the last mark with its first profile; twenty runs after that are idle.
        assert_eq!((campaign.done().to_string().as_str(), campaign.runs()), ("0..71", 142), "{chunk} at a time");
        assert_eq!((campaign.ended(), summary(&campaign).missed), (Some(Ended::Covered), vec![]));
    }
}

#[test]
fn a_campaign_until_covered_ends_where_nothing_new_comes_although_marks_are_missing() {
    for chunk in [7, 10_000] {
        // From seed 61 on, each of the seeds brings its own mark as long as there are any, and the last ones nothing.
        let many = Mark::all().count() as u64;
        let mut until = campaign("0..90_000", &["seventh", "tenth", "eleventh"]).until_covered(Some(20));
        until.seeds.from = many - 5;
        until.next = many - 5;
        let (campaign, _) = run_all(until, chunk, &MadeUp::default());
        assert_eq!(campaign.ended(), Some(Ended::Stagnant));
        // The last mark comes with the first of two profiles, and two thousand runs after it are idle.
        assert_eq!(campaign.done().end, many - 1 + 1_001, "{chunk} at a time");
        assert!(summary(&campaign).complete && !summary(&campaign).missed.is_empty());
    }
}

fn words(work: &MadeUp) -> Vec<String> {
    work.kept.lock().unwrap().keys().map(|key| key.signature.invariant.clone()).collect()
}

#[test]
fn what_is_new_is_kept_before_it_is_shrunk_and_what_does_not_count_is_forgotten() {
    let work = MadeUp::default();
    let until = campaign("0..5_000", &["seventh", "eleventh"]).until_covered(Some(20));
    let (_, entries) = run_all(until, 1_000, &work);
    assert_eq!((words(&work), entries.len()), (vec!["tenth".to_owned()], 1));
    assert_eq!(
        (work.kept.lock().unwrap().values().next().unwrap().record.shrink_runs, entries[0].record.shrink_runs),
        (0, 9)
    );
    // Nothing new comes before the end, and what ran beyond it is as if it had not.
    let work = MadeUp::default();
    let until = campaign("60..5_000", &["seventh", "tenth"]).until_covered(Some(0));
    let (campaign, entries) = run_all(until, 1_000, &work);
    assert_eq!((campaign.done().to_string().as_str(), words(&work).len(), entries.len()), ("60..61", 0, 0));
}

#[test]
fn a_failure_that_cannot_be_shrunk_is_kept_as_it_was_found() {
    let work = MadeUp { unshrinkable: true, ..MadeUp::default() };
    let (campaign, entries) = run_all(campaign("0..12", &[]), 5, &work);
    let met: Vec<(&str, u64)> =
        entries.iter().map(|entry| (entry.key.signature.invariant.as_str(), entry.record.seed)).collect();
    assert_eq!(met, [("seventh", 3), ("tenth", 3), ("eleventh", 3)]);
    let summary = summary(&campaign);
    assert_eq!(summary.signatures.iter().map(|one| one.minimal).collect::<Vec<_>>(), [Some(false); 3]);
    assert!(summary.broken.len() == 3 && summary.broken[0].message.contains("a planted fault; the failure is kept"));
}

#[test]
fn a_failure_that_a_second_process_sees_otherwise_is_told_and_not_kept() {
    let work = MadeUp { leaks: true, ..MadeUp::default() };
    let (campaign, entries) = run_all(campaign("0..12", &[]), 5, &work);
    assert_eq!((entries.len(), words(&work).len(), campaign.faults()), (0, 0, (false, true)));
    assert_eq!(summary(&campaign).not_deterministic[0].seed, 3);
}

#[test]
fn a_campaign_that_is_stopped_ends_with_whole_seeds_and_shrinks_no_more() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // In the middle of seed 4; seed 3 had three failures.
    for (after, end) in [(0, "0..1"), (9, "0..4")] {
        let work = MadeUp { stops_after: Some(after), ..MadeUp::default() };
        let mut campaign = campaign("0..100", &[]);
        let entries = pool.install(|| campaign.advance(50, &work));
        assert_eq!((campaign.done().to_string().as_str(), work.shrunk.load(Ordering::Relaxed)), (end, 0));
        let steps = entries.iter().map(|entry| (entry.key.signature.invariant.as_str(), entry.record.shrink_runs));
        let met = if after == 0 { vec![] } else { vec![("seventh", 0), ("tenth", 0), ("eleventh", 0)] };
        assert_eq!(steps.collect::<Vec<_>>(), met);
    }
    // While the first failure is shrunk: the others that come of it are kept as they were met.
    let work = MadeUp { stops_after: Some(9), ..MadeUp::default() };
    let mut campaign = campaign("0..4", &["tenth", "eleventh"]);
    let entries = pool.install(|| campaign.advance(50, &work));
    let met: Vec<(&str, u64)> =
        entries.iter().map(|it| (it.key.signature.invariant.as_str(), it.record.shrink_runs)).collect();
    assert_eq!(met, [("seventh", 9), ("other", 0)]);
    assert!(campaign.rest().is_none());
}
