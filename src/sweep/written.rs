//! A point as a scenario file of its own.
//!
//! The file has two rows, the undisturbed run and the point, which must end alike, so that it says all that a sweep says
//! of the point, and in words that every file has.

use std::collections::BTreeMap;

use super::{Change, Plan, Point, allowance, point};
use crate::scenario::model::{Body, Scenario, Step};
use crate::scenario::orders;
use crate::scenario::{END_STATE, Rows, quote};

/// The row of a written file that is the undisturbed run.
pub const UNDISTURBED: &str = "undisturbed";
/// The row of a written file that is the point.
pub const POINT: &str = "point";

impl Point {
    /// The text of a file with this name that is the point. `plan` is the sweep that it belongs to; `seed` is that of
    /// its runs.
    #[must_use]
    pub fn written(&self, scenario: &Scenario, plan: &Plan, name: &str, seed: u64) -> String {
        let mut file = Scenario { name: name.to_owned(), sweep: None, golden: Vec::new(), seed, ..scenario.clone() };
        let step = scenario.sweep.as_ref().map_or("", |sweep| &sweep.step);
        file.why = format!("{} At the point {} of step {step} it must end as undisturbed.", scenario.why, self.name());
        let mut rows =
            Rows { cases: vec![vec![("row", quote(UNDISTURBED))], vec![("row", quote(POINT))]], ..Rows::default() };
        let allowance = allowance(scenario, self);
        if let Some(allowance) = allowance {
            let violates: Vec<&String> = allowance.violates.iter().filter(|word| *word != END_STATE).collect();
            if !violates.is_empty() {
                let list: Vec<String> = violates.into_iter().map(|name| quote(name)).collect();
                rows.cases[1].push(("known", quote(&allowance.why)));
                rows.cases[1].push(("violates", format!("[{}]", list.join(", "))));
            }
        }
        // Rows that end otherwise cannot be asked to end alike.
        file.rows_end_equal = !allowance.is_some_and(|one| one.violates.iter().any(|word| word == END_STATE));
        self.vary(scenario, plan, &mut file, &mut rows);
        file.to_toml_with(&rows)
    }

    /// Puts the steps, or the ranks of the items, into the file for both rows.
    fn vary(&self, scenario: &Scenario, plan: &Plan, file: &mut Scenario, rows: &mut Rows) {
        let Some(at) = scenario.sweep.as_ref().and_then(|sweep| point::step_of(scenario, sweep)) else { return };
        let mut steps: Vec<(Step, Option<&'static str>)> = Vec::new();
        let of_row = |step: &Step| (step.clone(), matches!(step.body, Body::Expect(..)).then_some(UNDISTURBED));
        steps.extend(scenario.steps[..at].iter().map(|step| (step.clone(), None)));
        let mut rest = at;
        match &self.change {
            Change::Fault { .. } => steps.push((self.step(), Some(POINT))),
            Change::Acts(order) => {
                rest = at + order.len();
                steps.extend(scenario.steps[at..rest].iter().map(|step| (step.clone(), Some(UNDISTURBED))));
                steps.extend(order.iter().map(|position| (scenario.steps[at + position].clone(), Some(POINT))));
            }
            Change::Pages(kind, order) => {
                let undisturbed = natural_order(scenario, plan, *kind);
                for (row, order) in [&undisturbed, order].into_iter().enumerate() {
                    for (rank, item) in point::ranks(scenario, *kind, order) {
                        let id = &scenario.items[item].id;
                        rows.values[row].insert(format!("rank-{id}"), rank.to_string());
                        rows.ranks.insert(id.clone(), format!("$rank-{id}"));
                    }
                }
            }
        }
        steps.extend(scenario.steps[rest..].iter().map(of_row));
        (file.steps, rows.steps) = steps.into_iter().unzip();
    }
}

/// The order of the items of a kind in the undisturbed run, as their positions among those of the file.
fn natural_order(scenario: &Scenario, plan: &Plan, kind: crate::model::Kind) -> Vec<usize> {
    let world = &plan.undisturbed.world;
    let items = orders::ranked(&scenario.items).into_iter().find(|(of, _)| *of == kind);
    let items = items.map(|(_, items)| items).unwrap_or_default();
    let place = |position: usize| {
        let first = scenario.items[items[position]].aliases().into_iter().next()?;
        let record = world.names.records(world.names.known(&first)?).next()?;
        Some(world.server.record(record).order)
    };
    let places: BTreeMap<(Option<u64>, usize), usize> =
        (0..items.len()).map(|position| ((place(position), position), position)).collect();
    places.into_values().collect()
}
