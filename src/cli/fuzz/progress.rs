//! How far a campaign is, on a terminal; in a pipe nothing is said.

use crmsim::fuzz::campaign::Campaign;
use crmsim::fuzz::corpus::Entry;
use crmsim::report::style::plain;
use crmsim::sim::Span;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::FuzzArgs;
use super::clock::Clock;

/// The line at the bottom of the terminal.
pub struct Progress<'a> {
    bar: ProgressBar,
    clock: &'a Clock,
}

impl<'a> Progress<'a> {
    /// A line for a campaign that begins.
    pub fn new(campaign: &Campaign, clock: &'a Clock, args: &FuzzArgs) -> Progress<'a> {
        let runs = campaign.rest().map_or(0, |rest| rest.count().saturating_mul(campaign.profiles().len() as u64));
        let has_end = !args.seeds().is_open();
        let bar = ProgressBar::with_draw_target(has_end.then_some(runs), ProgressDrawTarget::stderr());
        let template =
            if has_end { "{bar:20} {human_pos} of {human_len} runs, {msg}" } else { "{human_pos} runs, {msg}" };
        // The template is one of these two, and well formed.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress { bar, clock }
    }

    /// Says that a failure was found that nobody knew.
    pub fn say_new(&self, entry: &Entry) {
        let record = &entry.record;
        let steps = format!("{} of {} steps", record.steps, record.steps_before);
        self.bar.println(plain(&format!("new: {} in seed {}, {steps}", record.signature, record.seed)));
    }

    /// Shows how far it is.
    pub fn show(&self, campaign: &Campaign) {
        let (runs, gone) = (campaign.runs(), self.clock.milliseconds().max(1));
        let rate = runs.saturating_mul(1_000) / gone;
        let (new, known) = campaign.failures();
        let left = match self.clock.rest() {
            Some(rest) => Some(rest),
            None => self.bar.length().map(|length| {
                let left = u128::from(length.saturating_sub(runs)) * u128::from(gone) / u128::from(runs.max(1));
                Span(i64::try_from(left).unwrap_or(i64::MAX))
            }),
        };
        let left = left.map_or(String::new(), |left| format!(", {} left", Span(left.0 / 1_000 * 1_000)));
        let marks = campaign.coverage().came().count();
        self.bar.set_message(format!("{rate} a second; failures: {new} new, {known} known; {marks} marks{left}"));
        self.bar.set_position(runs);
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
