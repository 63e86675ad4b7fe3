//! Fuzzing by seed: find what nobody thought of, and keep it as the shortest scenario that a person can read.
//!
//! [`generate`] draws scenarios, [`campaign`] runs [`seeds`] of them, what fails is told apart by its [`signature`],
//! [shrunk](mod@shrink) to the shortest scenario that fails so, and kept in a [`corpus`]; its [`turning_point`] is the step that
//! made it likely. [`coverage`] says what was come by, and [`mutants`] say how strong the checks are.

pub mod campaign;
pub mod corpus;
pub mod coverage;
mod generate;
pub mod mutants;
pub mod profiles;
pub mod seeds;
pub mod shrink;
pub mod signature;
pub mod turning_point;

pub use generate::{Count, default_profile, generate, generate_counted, to_run};
pub use seeds::Seeds;
pub use shrink::{Guide, Progress, Shrunk, Unshrinkable, shrink, shrink_guided, shrink_within};
pub use signature::{Signature, signatures};
