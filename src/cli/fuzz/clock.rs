//! When a campaign stops: the wall clock, and Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[expect(clippy::disallowed_types, reason = "`--for` is a time of the people who wait; no run sees it")]
use std::time::Instant;

use crmsim::sim::Span;

/// What a process ends with that was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// Why a campaign stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Every seed has run.
    Done,
    /// Its time is over.
    TimeIsOver,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// The wall clock and the signal of a campaign.
#[expect(clippy::disallowed_types, reason = "see above")]
pub struct Clock {
    begun: Instant,
    length: Option<Span>,
    interrupted: Arc<AtomicBool>,
}

impl Clock {
    /// Starts the clock, and listens for Ctrl-C from here on.
    #[expect(clippy::disallowed_types, reason = "see above")]
    pub fn start(length: Option<Span>) -> Clock {
        let interrupted = Arc::new(AtomicBool::new(false));
        let pressed = Arc::clone(&interrupted);
        let listen = move || {
            if pressed.swap(true, Ordering::SeqCst) {
                std::process::exit(INTERRUPTED);
            }
        };
        // Where nobody can listen, Ctrl-C ends the process at once, and the corpus has what was found before.
        let _ = ctrlc::set_handler(listen);
        Clock { begun: Instant::now(), length, interrupted }
    }

    /// Why the campaign should stop now.
    pub fn stop(&self) -> Option<Stop> {
        if self.interrupted.load(Ordering::SeqCst) {
            return Some(Stop::Interrupted);
        }
        self.rest().filter(|rest| rest.0 <= 0).map(|_| Stop::TimeIsOver)
    }

    /// The time since the start, in milliseconds.
    pub fn milliseconds(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What is left of the time that was asked for.
    pub fn rest(&self) -> Option<Span> {
        let gone = i64::try_from(self.milliseconds()).unwrap_or(i64::MAX);
        self.length.map(|length| Span((length.0 - gone).max(0)))
    }
}
