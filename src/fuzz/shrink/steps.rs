//! Removing steps: by halving from the back, and in pairs.

use std::collections::BTreeSet;

use super::repair::remove_steps;
use super::search::Search;

/// Of more steps than this, not every pair is tried.
const MOST_FOR_PAIRS: usize = 24;

/// Removes ever smaller runs of steps, the last first, down to single ones.
pub fn by_halving(search: &mut Search<'_>) {
    let mut size = search.now.steps.len().div_ceil(2).max(1);
    loop {
        search.begin(&match size {
            1 => "remove steps one by one".to_owned(),
            size => format!("remove steps, {size} at a time"),
        });
        let mut end = search.now.steps.len();
        while end > 0 && !search.is_exhausted() {
            let start = end.saturating_sub(size);
            search.change(|scenario| remove_steps(scenario, &(start..end).collect()));
            end = start.min(search.now.steps.len());
        }
        search.end();
        size = size.min(search.now.steps.len());
        if size <= 1 || search.is_exhausted() {
            return;
        }
        size /= 2;
    }
}

/// Removes two steps of which neither can go alone.
pub fn pairs(search: &mut Search<'_>) {
    search.begin("remove pairs of steps");
    let mut later = search.now.steps.len().min(MOST_FOR_PAIRS);
    while later > 1 {
        later = (later - 1).min(search.now.steps.len().saturating_sub(1));
        for earlier in (0..later).rev() {
            if search.change(|scenario| remove_steps(scenario, &BTreeSet::from([earlier, later]))) {
                break;
            }
        }
    }
    search.end();
}
