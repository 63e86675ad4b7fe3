//! The protocol as a value: its switches, its tables, and the pure decisions over them.
//!
//! Everything that the sources decide by a table is a table here. A decision is a function from facts to a verdict that
//! names the rule it follows; the server, the client and nobody else act on the verdicts. A scenario changes single
//! switches; a mutant is a protocol with one cell changed.

pub mod deletion;
pub mod guard;
pub mod immediate;
pub mod merge;
pub mod switches;

pub use deletion::{Deleted, DeletionTable};
pub use immediate::{ImmediateTable, UserAct, When};
pub use merge::{Conflict, Merge};
pub use switches::{Switch, Switches};

use crate::model::RuleId;
use crate::model::mapping::Directions;

/// A verdict together with the rule that it follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict<T> {
    /// What is to be done.
    pub what: T,
    /// The rule that says so.
    pub rule: RuleId,
}

/// One complete protocol.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Protocol {
    /// The named policies that scenarios can set.
    pub switches: Switches,
    /// When an act of a person is sent (rules.md, A.3).
    pub immediate: ImmediateTable,
    /// Which deletions propagate (rules.md, A.9).
    pub deletion: DeletionTable,
    /// Which way each field synchronizes (mappings.md).
    pub directions: Directions,
}
