//! The failures that are kept in `corpus/`: each still fails, in the way it is kept for.

use std::path::Path;

use crmsim::fuzz::corpus::{Corpus, recheck};
use crmsim::{Options, Verdict, execute};
use rayon::prelude::*;

/// A handful.
const MOST_STEPS: usize = 8;

fn corpus() -> Corpus {
    Corpus::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).unwrap()
}

#[test]
fn every_failure_that_is_kept_still_fails_so() {
    let corpus = corpus();
    assert_eq!(corpus.odd(), [], "an entry cannot be read");
    let entries: Vec<_> = corpus.entries().collect();
    assert!(!entries.is_empty());
    let outcomes = entries.par_iter().map(|(file, entry)| (file, recheck(entry)));
    let wrong: Vec<String> = outcomes
        .filter(|(_, outcome)| !outcome.is_same())
        .map(|(file, outcome)| format!("{file}: {outcome}"))
        .collect();
    assert_eq!(wrong, [] as [String; 0], "`crmsim corpus check` says so too; what is fixed is removed from the corpus");
}

#[test]
fn every_failure_that_is_kept_declares_itself_and_is_short() {
    for (file, entry) in corpus().entries() {
        assert_eq!(execute(&entry.scenario, Options::default()).verdict, Verdict::Known, "{file}");
        let steps = entry.scenario.steps.len();
        assert!(steps <= MOST_STEPS, "{file} has {steps} steps");
    }
}
