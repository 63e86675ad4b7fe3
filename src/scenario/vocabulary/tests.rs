//! Every word has one row, and none is both built and not built.

use super::*;
use crate::model::Role;

#[test]
fn every_word_has_one_row() {
    assert!(ACTS.iter().map(|row| row.word).eq(Act::ALL.iter().copied()));
    assert!(FAULTS.iter().map(|row| row.word).eq(Fault::ALL.iter().copied()));
    assert!(EXPECTATIONS.iter().map(|row| row.word).eq(Expectation::ALL.iter().copied()));
}

#[test]
fn nothing_that_is_built_is_called_not_built() {
    for (built, not_built) in [
        (Act::WORDS, not_built::ACTS),
        (Fault::WORDS, not_built::FAULTS),
        (Expectation::WORDS, not_built::EXPECTATIONS),
        (Role::WORDS, not_built::ROLES),
        (Key::WORDS, not_built::STEP),
    ] {
        assert!(built.iter().all(|word| !not_built.contains(word)));
    }
}
