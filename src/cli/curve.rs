//! `crmsim shrink --curve`: how likely the failure was after each step, as a small chart.

use crmsim::Scenario;
use crmsim::fuzz::Signature;
use crmsim::fuzz::turning_point::{Share, can_come_of_others, shares, turning_point};
use crmsim::report::style::plain;

/// How long the longest bar is.
const BAR: u64 = 20;

/// Draws the curve of a scenario, a line as soon as it is known, and says which step made the failure likely.
pub fn draw(scenario: &Scenario, signature: &Signature, runs: u32, tell: &mut dyn FnMut(&str)) {
    if !can_come_of_others(signature) {
        tell("no curve: what fails is a step of the file itself, which other steps would not have\n");
        return;
    }
    tell(&format!("how often it fails so when the rest is drawn afresh, of {runs} runs each:\n"));
    let shares = shares(scenario, signature, runs, &mut |share| tell(&line(share)));
    tell(&format!("  # {signature}\n  + {} in another shape or by other roles\n", signature.invariant));
    tell(&sentence(&shares));
}

fn line(share: &Share) -> String {
    let long = |count: u32| (u64::from(count) * BAR / u64::from(share.runs)) as usize;
    let (hits, alike) = (long(share.hits), long(share.alike));
    let bar = "#".repeat(hits) + &"+".repeat(alike - hits);
    let step = share.step.as_deref().map_or("before the first step".to_owned(), plain);
    format!("  {:>5}  {bar:width$}  {step}\n", percent(share), width = BAR as usize)
}

/// The share in percent; what is less than one is not nothing.
fn percent(share: &Share) -> String {
    match u64::from(share.hits) * 100 / u64::from(share.runs) {
        0 if share.hits > 0 => "< 1 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

fn sentence(shares: &[Share]) -> String {
    let Some(number) = turning_point(shares) else {
        let from = shares.first().map_or_else(String::new, percent);
        return format!(
            "no step makes it more likely: already {from} of the runs that draw every step afresh fail so, and keeping steps adds nothing. \
             It comes of the clients, users and items, or of the protocol; look there\n"
        );
    };
    let (before, after) = (&shares[number - 1], &shares[number]);
    let step = plain(after.step.as_deref().unwrap_or_default());
    let all = if number == 1 {
        "none is kept".to_owned()
    } else {
        if number == 2 { "the first is kept".to_owned() } else { format!("the first {} are kept", number - 1) }
    };
    format!(
        "step {number} makes it likely: of the runs in which {all} {} fail so, and {} where it is kept too; look there first\n  {step}\n",
        percent(before),
        percent(after)
    )
}
