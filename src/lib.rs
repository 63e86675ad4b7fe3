//! crmsim
#![deny(missing_docs)]
pub mod model;
pub mod protocol;
pub mod scenario;
pub mod sim;
