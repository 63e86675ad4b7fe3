//! Fuzzing by seed: [`generate`] draws scenarios that nobody thought of, what fails is told apart by its [`signature`], and
//! [`mutants`] say how strong the checks are.

mod generate;
pub mod mutants;
pub mod signature;

pub use generate::generate;
pub use signature::{Signature, signatures};
