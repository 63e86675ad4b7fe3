//! The points of a sweep: how they are found, how they are named, and the scenario that each is.

use std::collections::BTreeMap;

use crate::engine::Run;
use crate::model::{Call, ClientId, Kind, Table};
use crate::scenario::model::{Arg, Args, Body, Orders, Rank, Scenario, Step, Sweep};
use crate::scenario::orders;
use crate::scenario::vocabulary::{Fault, Key};
use crate::sim::Draws;

/// One point of a sweep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// What is different there.
    pub change: Change,
    /// What the call concerns, for people: a table, an item.
    pub about: String,
}

/// What is different at a point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A fault strikes one call.
    Fault {
        /// The fault.
        fault: Fault,
        /// The client that makes the call.
        client: String,
        /// The call.
        call: Call,
        /// Which such call of the client, from 1.
        nth: u32,
    },
    /// The acts come in this order, as their positions in the file.
    Acts(Vec<usize>),
    /// The items of a kind stand in this order of ids, as their positions among those of the file.
    Pages(Kind, Vec<usize>),
}

impl Point {
    /// The kind: a fault, or what is in another order.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.change {
            Change::Fault { fault, .. } => fault.word(),
            Change::Acts(_) => Orders::Acts.word(),
            Change::Pages(..) => Orders::Pages.word(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn at(&self) -> String {
        let numbers =
            |order: &[usize]| order.iter().map(|position| (position + 1).to_string()).collect::<Vec<_>>().join("-");
        match &self.change {
            Change::Fault { client, call, nth, .. } => format!("{client}:{call}:{nth}"),
            Change::Acts(order) => numbers(order),
            Change::Pages(kind, order) => format!("{kind}:{}", numbers(order)),
        }
    }

    /// Its name: the kind, and where it is.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.kind(), self.at())
    }

    /// The scenario that the point is.
    #[must_use]
    pub fn scenario(&self, scenario: &Scenario) -> Scenario {
        let mut varied = Scenario { sweep: None, rules: Vec::new(), rows_end_equal: false, ..scenario.clone() };
        let Some(at) = scenario.sweep.as_ref().and_then(|sweep| step_of(scenario, sweep)) else { return varied };
        let mut index = 0;
        varied.steps.retain(|step| {
            index += 1;
            index <= at || !matches!(step.body, Body::Expect(..))
        });
        match &self.change {
            Change::Fault { .. } => varied.steps.insert(at, self.step()),
            Change::Acts(order) => {
                let acts: Vec<Step> = order.iter().map(|position| scenario.steps[at + position].clone()).collect();
                varied.steps.splice(at..at + acts.len(), acts);
            }
            Change::Pages(kind, order) => {
                for (rank, item) in ranks(scenario, *kind, order) {
                    varied.items[item].rank = Some(Rank::Number(rank));
                }
            }
        }
        varied
    }

    /// The fault of a point that is one.
    pub(super) fn step(&self) -> Step {
        let mut args = Args::default();
        let mut fault = Fault::CrashBefore;
        if let Change::Fault { fault: kind, client, call, nth } = &self.change {
            fault = *kind;
            args.0.insert(Key::On, Arg::Text(client.clone()));
            args.0.insert(Key::Call, Arg::Text(call.word().to_owned()));
            args.0.insert(Key::Nth, Arg::Int(i64::from(*nth)));
            if matches!(fault, Fault::CrashBefore | Fault::CrashAfter | Fault::TornWrite) {
                args.0.insert(Key::Restart, Arg::Bool(true));
            }
        }
        Step { line: 0, id: None, at: None, background: false, when: None, body: Body::Fault(fault, args) }
    }
}

/// The place that an order gives to each item of a kind (the index of its entry).
pub(super) fn ranks(scenario: &Scenario, kind: Kind, order: &[usize]) -> Vec<(u32, usize)> {
    let items = orders::ranked(&scenario.items).into_iter().find(|(of, _)| *of == kind);
    let items = items.map(|(_, items)| items).unwrap_or_default();
    order.iter().enumerate().map(|(rank, position)| (rank as u32, items[*position])).collect()
}

/// Where the swept step stands.
pub(super) fn step_of(scenario: &Scenario, sweep: &Sweep) -> Option<usize> {
    scenario.steps.iter().position(|step| step.id.as_ref() == Some(&sweep.step))
}

/// A point for each call of the step and each fault that can strike it.
pub(super) fn of_calls(sweep: &Sweep, run: &Run) -> Vec<Point> {
    let mut counts: BTreeMap<(Fault, ClientId, Call), u32> = BTreeMap::new();
    let mut points = Vec::new();
    for chance in run.chances.iter().filter(|chance| sweep.kinds.contains(&chance.fault)) {
        let nth = counts.entry((chance.fault, chance.client, chance.call)).or_insert(0);
        *nth += 1;
        // Where the scenario's own fault strikes, a second one would strike another call.
        if chance.struck {
            continue;
        }
        let names = &run.world.names;
        let change = Change::Fault {
            fault: chance.fault,
            client: names.client(chance.client).to_owned(),
            call: chance.call,
            nth: *nth,
        };
        let table = chance.table.map(|table: Table| table.word().to_owned());
        let item = chance.alias.map(|alias| names.aliases[alias as usize].clone());
        let about: Vec<String> = table.into_iter().chain(item).collect();
        points.push(Point { change, about: about.join(", ") });
    }
    points
}

/// A point for each other order of the acts from the step on.
pub(super) fn of_acts(scenario: &Scenario, at: usize, sample: usize, draws: Draws) -> Vec<Point> {
    let (items, steps) = (&scenario.items, &scenario.steps);
    let count = orders::acts(steps, at);
    let before = |one: usize, other: usize| one < other && orders::depend(items, &steps[at + one], &steps[at + other]);
    let all = some_or_drawn(count, &before, sample, draws, "acts");
    let other = all.into_iter().filter(|order| !order.is_sorted());
    other.map(|order| Point { change: Change::Acts(order), about: String::new() }).collect()
}

/// A point for each order of the items of each kind.
pub(super) fn of_pages(scenario: &Scenario, sample: usize, draws: Draws) -> Vec<Point> {
    let mut points = Vec::new();
    for (kind, items) in orders::ranked(&scenario.items) {
        let all = some_or_drawn(items.len(), &|_, _| false, sample, draws, kind.word());
        points.extend(all.into_iter().map(|order| {
            let first = order.first().map_or("", |position| &scenario.items[items[*position]].id);
            Point { change: Change::Pages(kind, order), about: format!("{first} first") }
        }));
    }
    points
}

/// All orders where they are not more than the sample, else so many drawn ones.
fn some_or_drawn(
    things: usize,
    before: &dyn Fn(usize, usize) -> bool,
    sample: usize,
    draws: Draws,
    what: &str,
) -> Vec<Vec<usize>> {
    let all = orders::all(things, before, sample + 1);
    if all.len() <= sample { all } else { orders::drawn(things, before, sample, draws, what) }
}
