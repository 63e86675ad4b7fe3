//! The corpus: each distinct failure once, keyed by its signature and the protocol, as a scenario that fails by itself.
//!
//! [`Corpus`] is the folder, [`Entry`] one failure in it, [`recheck`] runs one again, [`merge`] makes one corpus of two.

mod check;
mod disk;
mod entry;
mod merge;
#[cfg(test)]
mod tests;

pub use check::{Outcome, recheck};
pub use disk::{Corpus, FORMAT, MARKER, Odd};
pub use entry::{Entry, Found, Key, Record, hash_of, protocol_name};
pub use merge::{Merged, merge};
