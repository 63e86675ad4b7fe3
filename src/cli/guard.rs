//! Faults of crmsim itself: a panic inside one scenario is caught and reported, and the others still run.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use crmsim::Scenario;

thread_local! {
    /// Whether this thread runs a scenario whose panic will be caught.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// What the last panic of this thread said.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From here on a panic is reported as what it is: a fault of crmsim.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let message = describe(info);
        if GUARDED.get() {
            LAST.set(Some(message));
        } else {
            super::output::Output::new(super::args::Color::Auto).complain(&report(&message, None));
        }
    }));
}

/// Runs something; a panic in it becomes what it said.
pub fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|_| LAST.take().unwrap_or_else(|| "no message".to_owned()))
}

/// A panic for the tests of what is done about one, in builds with debug assertions only: where CRMSIM_PLANTED_PANIC names
/// what runs, a scenario by its title, a case of a campaign by its seed or what shrinking tries by its steps, the run fails.
#[cfg(debug_assertions)]
pub fn plant_panic(running: &str) {
    #[expect(clippy::disallowed_methods, reason = "a planted fault, which no run of a scenario sees")]
    let planted = std::env::var("CRMSIM_PLANTED_PANIC");
    assert!(planted.as_deref() != Ok(running), "a planted panic");
}

#[cfg(not(debug_assertions))]
pub fn plant_panic(_running: &str) {}

/// Does the work of a candidate of the shrinker; gives what crmsim said where it failed.
pub fn candidate(candidate: &Scenario, work: &mut dyn FnMut()) -> Result<(), String> {
    attempt(|| {
        plant_panic(&format!("a candidate of {} steps", candidate.steps.len()));
        work();
    })
}

/// The report of a fault of crmsim: the version, the fault, and what ran.
pub fn report(message: &str, running: Option<(&str, u64, &str)>) -> String {
    let mut text = format!("crmsim {} failed: {message}\n", env!("CARGO_PKG_VERSION"));
    if let Some((scenario, seed, replay)) = running {
        text.push_str(&format!("  scenario  {scenario}, seed {seed}\nreplay: {replay}\n"));
    }
    text.push_str("This is a fault of crmsim, not of the scenario; please report it with the lines above.\n");
    text
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("a panic without a message");
    match info.location() {
        Some(place) => format!("{text} ({}:{})", place.file(), place.line()),
        None => text.to_owned(),
    }
}
