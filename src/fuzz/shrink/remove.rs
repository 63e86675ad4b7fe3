//! The coarse removals: what comes after the failure, what only looks, clients, users, items, kinds of faults and acts.

use std::collections::BTreeSet;

use super::repair::remove_steps;
use super::search::{Search, violation};
use crate::journal::What;
use crate::scenario::model::{Body, Step};
use crate::{Options, execute};

/// Cuts the steps after the failure, and then more from the end by halving what might be too much.
pub fn after_the_failure(search: &mut Search<'_>) {
    search.begin("cut after the failure");
    let run = execute(&search.now, Options { record: true, ..search.options() });
    search.runs += 1;
    if let Some(violation) = violation(&search.now, &run, search.target) {
        let began = run.facts.iter().take(violation.fact).filter(|fact| matches!(fact.what, What::Step { .. })).count();
        search.change(|scenario| remove_steps(scenario, &(began..scenario.steps.len()).collect()));
    }
    // The shortest beginning that fails, where failing once means failing ever after; where it does not, some beginning.
    let mut low = 0;
    while low < search.now.steps.len() && !search.is_exhausted() {
        let middle = (low + search.now.steps.len()) / 2;
        if !search.change(|scenario| remove_steps(scenario, &(middle..scenario.steps.len()).collect())) {
            low = middle + 1;
        }
    }
    search.end();
}

/// Removes what does not act: expectations, notes, and what the file says about itself.
pub fn what_only_looks(search: &mut Search<'_>) {
    search.begin("remove expectations, notes and waivers");
    let looks = |step: &Step| matches!(step.body, Body::Expect(..) | Body::Note(_));
    remove_where(search, looks);
    for index in (0..search.now.steps.len()).rev() {
        if search.now.steps.get(index).is_some_and(looks) {
            search.change(|scenario| remove_steps(scenario, &BTreeSet::from([index])));
        }
    }
    for index in (0..search.now.waive.len()).rev() {
        if index < search.now.waive.len() {
            search.change(|scenario| drop(scenario.waive.remove(index)));
        }
    }
    search.end();
}

/// Removes what is in the world, each with everything that speaks of it.
pub fn world(search: &mut Search<'_>) {
    search.begin("remove clients");
    for index in (0..search.now.clients.len()).rev() {
        if search.now.clients.len() > 1 {
            search.change(|scenario| drop(scenario.clients.remove(index)));
        }
    }
    search.end();
    search.begin("remove users");
    for index in (0..search.now.users.len()).rev() {
        if search.now.users.len() > 1 {
            search.change(|scenario| drop(scenario.users.remove(index)));
        }
    }
    search.end();
    search.begin("remove items");
    for index in (0..search.now.items.len()).rev() {
        search.change(|scenario| drop(scenario.items.remove(index)));
    }
    search.end();
    search.begin("remove kinds of faults");
    if !remove_where(search, |step| matches!(step.body, Body::Fault(..))) {
        for word in words(search, |step| matches!(step.body, Body::Fault(..))) {
            remove_where(search, |step| self::word(step) == word);
        }
    }
    search.end();
    search.begin("remove kinds of acts");
    for word in words(search, |step| matches!(step.body, Body::Do(..))) {
        remove_where(search, |step| self::word(step) == word);
    }
    search.end();
}

fn remove_where(search: &mut Search<'_>, is: impl Fn(&Step) -> bool) -> bool {
    let gone: BTreeSet<usize> = (0..search.now.steps.len()).filter(|index| is(&search.now.steps[*index])).collect();
    !gone.is_empty() && search.change(|scenario| remove_steps(scenario, &gone))
}

fn words(search: &Search<'_>, is: impl Fn(&Step) -> bool) -> BTreeSet<&'static str> {
    search.now.steps.iter().filter(|step| is(step)).map(word).collect()
}

fn word(step: &Step) -> &'static str {
    match &step.body {
        Body::Do(act, _) => act.word(),
        Body::Fault(fault, _) => fault.word(),
        Body::Expect(expectation, ..) => expectation.word(),
        Body::Note(_) => "note",
    }
}
