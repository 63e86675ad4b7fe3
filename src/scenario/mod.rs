//! The scenario format: model, words, parser, checks, rows of cases, and writing back.
//!
//! A file is read in three passes. `source` gives its text within limits; `tree` turns it into values with places; the
//! readers (`parse` for the root, `cases`, `world`, `steps`, `protocol`, `expected`) fill a [`Scenario`] for each row by
//! the tables of [`vocabulary`], and report everything that is wrong into one [`Diagnostics`]. `write` turns a scenario into a
//! file again, `schema`, `template` and [`mod@reference`] are for those who write files.

mod args;
mod cases;
mod check;
mod clients;
mod codes;
pub mod diagnostics;
mod expected;
mod fields;
pub mod model;
mod names;
pub mod orders;
mod parse;
mod profile;
mod protocol;
mod read;
pub mod reference;
mod rights;
mod schema;
pub mod source;
mod steps;
mod sweep;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod values;
pub mod vocabulary;
mod world;
mod write;

#[cfg(test)]
pub(crate) use clients::CLIENT as CLIENT_KEYS;
#[cfg(test)]
pub(crate) use world::{FOLDED as FOLDED_KEYS, ITEM as ITEM_KEYS, USER as USER_KEYS};

pub use diagnostics::{CODES, Diagnostic, Diagnostics};

pub use model::Scenario;
pub use parse::{DEFAULT_START, FORMAT, load, parse};
pub use schema::json_schema;
pub use source::LIMITS;
pub(crate) use sweep::END_STATE;
pub use template::template;
pub(crate) use write::{Rows, quote};
