//! What a scenario declares as known, and how it would declare what it does not.

use super::style::plain;
use crate::Scenario;
use crate::engine::{Failure, FailureKind};

/// The line that says what the scenario declares; `None` where it declares nothing.
#[must_use]
pub fn line(scenario: &Scenario) -> Option<String> {
    let known = scenario.known.as_ref()?;
    let lists = [("violates", &scenario.violates), ("also", &scenario.also), ("breaks", &scenario.breaks)];
    let lists = lists.iter().filter(|(_, list)| !list.is_empty());
    let lists: Vec<String> = lists.map(|(key, list)| format!("{key} {}", list.join(", "))).collect();
    Some(plain(&format!("known: {known}; {}", lists.join("; "))))
}

/// How a failure would be declared, in a scenario that declares others; `None` where it declares none, or where this one
/// cannot be declared.
#[must_use]
pub fn hint(scenario: &Scenario, failure: &Failure) -> Option<String> {
    scenario.known.as_ref()?;
    if failure.declared {
        return None;
    }
    match &failure.kind {
        FailureKind::Invariant(violation) => Some(format!("not declared: add `{}` to `also`", violation.invariant)),
        FailureKind::Expectation(step) => Some(match scenario.steps.get(*step).and_then(|step| step.id.as_ref()) {
            Some(id) => format!("not declared: add `{}` to `breaks`", plain(id)),
            None => "not declared: give the step an id and name it in `breaks`".to_owned(),
        }),
        _ => None,
    }
}
