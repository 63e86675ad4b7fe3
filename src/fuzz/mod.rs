//! Fuzzing by seed: what fails is told apart by its [`signature`], and [`mutants`] say how strong the checks are.

pub mod mutants;
pub mod signature;

pub use signature::{Signature, signatures};
