//! The keys of a step and their values, whatever its word is.

use crate::scenario::model::{Args, Body, Step};
use crate::scenario::vocabulary::{ACTS, EXPECTATIONS, FAULTS, Key, Takes, row};

/// The values of a step; a note has none.
pub fn args(step: &Step) -> Option<&Args> {
    match &step.body {
        Body::Do(_, args) | Body::Fault(_, args) | Body::Expect(_, _, args) => Some(args),
        Body::Note(_) => None,
    }
}

/// The same, to be changed.
pub fn args_mut(step: &mut Step) -> Option<&mut Args> {
    match &mut step.body {
        Body::Do(_, args) | Body::Fault(_, args) | Body::Expect(_, _, args) => Some(args),
        Body::Note(_) => None,
    }
}

/// The keys that the word of a step needs, and those that it may have.
pub fn keys(step: &Step) -> [&'static [(Key, Takes)]; 2] {
    match &step.body {
        Body::Do(act, _) => [row(ACTS, act).needs, row(ACTS, act).may],
        Body::Fault(fault, _) => [row(FAULTS, fault).needs, row(FAULTS, fault).may],
        Body::Expect(expectation, ..) => [row(EXPECTATIONS, expectation).needs, row(EXPECTATIONS, expectation).may],
        Body::Note(_) => [&[], &[]],
    }
}
