//! crmsim
#![deny(missing_docs)]
pub mod check;
pub mod crm;
pub mod engine;
pub mod journal;
pub mod mailbox;
pub mod model;
pub mod outlook;
pub mod protocol;
pub mod scenario;
pub mod sim;
