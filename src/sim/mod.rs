//! The deterministic machinery under every run: virtual time, the ordered event queue, keyed draws and the trace hash.
//!
//! Nothing in here knows of CRM or Outlook. Nothing in here reads a wall clock or an ambient source of randomness:
//! the same inputs give the same outputs on any machine.

pub mod draw;
pub mod flat;
pub mod queue;
pub mod time;
pub mod trace;

pub use draw::{Draws, Stream};
pub use flat::{FlatMap, FlatSet};
pub use queue::EventQueue;
pub use time::{Span, Time};
pub use trace::{Part, TraceHash};
