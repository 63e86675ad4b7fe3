//! The scenario format: model, words, parser, checks, rows of cases, and writing back.
//!
//! A file is read in three passes. `source` gives its text within limits; `tree` turns it into values with places; the
//! readers (`parse` for the root, `cases`, `world`, `steps`, `protocol`, `expected`) fill a [`Scenario`] for each row by
//! the tables of [`vocabulary`], and report everything that is wrong into one [`Diagnostics`].

mod args;
mod cases;
mod check;
pub mod diagnostics;
mod expected;
mod fields;
pub mod model;
mod names;
mod parse;
mod protocol;
mod read;
pub mod source;
mod steps;
mod tree;
pub mod vocabulary;
mod world;

pub use diagnostics::{Diagnostic, Diagnostics};
pub use expected::INVARIANTS;
pub use model::Scenario;
pub use parse::{DEFAULT_START, FORMAT, load, parse};
