//! The model CRM server: records, filters, subscriptions with their SyncEntry rows, and the messages it answers.
//!
//! The server is transactional: a request is carried out whole or not at all, and what it did survives everything.

pub mod access;
pub mod filter;
pub mod message;
pub mod own;
pub mod parties;
pub mod prepare;
pub mod record;
pub mod server;
pub mod subscription;
#[cfg(test)]
mod tests;
pub mod versions;

pub use access::ObjectAccess;
pub use filter::{Filter, FilterChange};
pub use message::{Ask, Counts, PageRow, Reply, Request, SyncAction, Tracking, UpdateName};
pub use own::{OwnWrite, OwnWrites, Wrote};
pub use record::{Life, Record};
pub use server::Server;
pub use subscription::{Entry, Subscription, SyncInfo};
