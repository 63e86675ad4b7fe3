//! Fuzzing by seed: [`generate`] draws scenarios that nobody thought of, what fails is told apart by its [`signature`], and
//! [`mutants`] say how strong the checks are.

mod generate;
pub mod mutants;
pub mod signature;

pub use generate::{default_profile, generate, to_run};
pub use signature::{Signature, signatures};
