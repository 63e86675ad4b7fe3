//! The Outlook client: its cache tables, how it notices changes, its cycle, and what it does with one row.
//!
//! A client is a state machine without any input or output of its own. It is asked for its next [`intent::Intent`] (a
//! request, or one durable write) and is told what came of it; whoever drives it decides about time, loss and crashes.
//! What a crash loses is exactly [`client::Memory`].

pub mod cache;
pub mod client;
pub mod cycle;
pub mod detect;
mod ended;
mod follow;
pub mod guard;
pub mod immediate;
pub mod intent;
mod meeting;
pub mod plan;
mod reading;
pub mod row;
mod saved;
mod unanswered;

pub use cache::{Cache, MapRow, Row};
pub use client::{Client, Memory, Operation};
pub use intent::{Intent, Outcome, Write};
