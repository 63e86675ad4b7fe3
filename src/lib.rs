//! A deterministic simulator for testing the two-way synchronization of a CRM server with its Outlook clients.
//!
//! A [`Scenario`] is plain data: a world, steps, and what must be so. [`execute`] runs it without drawing a random number
//! of its own and gives a [`Run`]: the verdict, everything that went wrong, and everything that happened. The same
//! scenario, seed and version give the same run to the byte, on any machine.
//!
//! ```
//! let text = r#"
//! format = 1
//! name = "edit-comes-down"
//! why = "A change in CRM reaches Outlook with the next cycle."
//! rules = ["PRE-UPD"]
//! clients = [{ id = "desk", user = "ann", role = "primary" }]
//! items = [{ id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray", telephone1 = "111" } }]
//! steps = [
//!   { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "222" } },
//!   { do = "sync", on = "desk" },
//!   { expect = "fields", item = "zoe", on = "desk", set = { telephone1 = "222" } },
//! ]
//! "#;
//! let scenarios = crmsim::scenario::parse("edit-comes-down.toml", text).expect("the file is well formed");
//! let run = crmsim::execute(&scenarios[0], crmsim::Options::default());
//! assert_eq!(run.verdict, crmsim::Verdict::Held);
//! ```
//!
//! The map of the crate, from the ground up: [`sim`] (time, queue, draws, hash), [`model`] (the product's vocabulary),
//! [`protocol`] (policies and decisions as tables), [`crm`], [`mailbox`] and [`outlook`] (the three parties), [`engine`]
//! (a scenario becomes a run), [`check`] (invariants), [`scenario`] (the file format), [`journal`] (what happened),
//! [`report`] (what people read of it), [`sweep`] (a scenario again for every point of a step), [`fuzz`] (scenarios by
//! seed, and protocols with one cell changed).

#![deny(missing_docs)]

pub mod atomic;
pub mod check;
pub mod crm;
pub mod engine;
pub mod fuzz;
pub mod journal;
pub mod mailbox;
pub mod model;
pub mod outlook;
pub mod protocol;
pub mod report;
pub mod scenario;
pub mod sim;
pub mod sweep;

pub use check::{Invariant, View, Violation, Violations};
pub use engine::{Options, Run, Verdict, World, execute, execute_with};
pub use scenario::Scenario;

#[cfg(test)]
#[path = "../tests/files/mod.rs"]
mod files;

/// The README's Rust blocks, as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
