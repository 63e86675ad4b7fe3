//! Fuzzing by seed: what fails is told apart by its signature.

pub mod signature;

pub use signature::{Signature, signatures};
