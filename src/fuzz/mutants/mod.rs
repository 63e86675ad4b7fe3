//! Mutants: every protocol that differs from a given one in a single cell.
//!
//! A protocol is a value made of tables, so its mutants are derived from it and never written by hand: each switch with each
//! other value that it takes (numbers: the least, half and twice), each cell of the immediate table with each other time, each
//! cell of the deletion table, each field that CRM holds with each other direction. What a mutant does wrong must be noticed,
//! by a shipped [scenario](scenarios) that held before, or by the [fuzzer](fuzzed). One that nobody notices is either a policy
//! that the sources allow, for [a reason](survivors) that is written down, or a hole in the checks.

pub mod fuzzed;
pub mod scenarios;
pub mod survivors;
pub mod table;

use crate::model::{Direction, FieldId, Kind, Role, Surface};
use crate::protocol::guard::{Limit, MassDeletionGuard};
use crate::protocol::switches::{SwitchType, SwitchValue};
use crate::protocol::{DeletionTable, Protocol, Switch, UserAct, When};
use crate::sim::Span;

/// What a mutant changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A switch says something else.
    Switch(Switch, SwitchValue),
    /// An act is sent at another time.
    Immediate(Role, UserAct, Surface, When),
    /// A deletion has another consequence.
    Deletion(&'static str, &'static str),
    /// A field synchronizes another way.
    Direction(FieldId, Direction),
}

impl Change {
    /// Makes the change in a protocol.
    pub fn apply(&self, protocol: &mut Protocol) {
        let taken = match self {
            Change::Switch(switch, value) => protocol.switches.set(*switch, value),
            Change::Immediate(role, act, surface, when) => {
                let cells = protocol.immediate.cells.iter_mut();
                let mut cells = cells.filter(|cell| (cell.role, cell.act, cell.surface) == (*role, *act, *surface));
                cells.next().map(|cell| cell.when = *when).is_some()
            }
            Change::Deletion(cell, fate) => protocol.deletion.set(cell, fate),
            Change::Direction(field, direction) => {
                protocol.directions.set(*field, *direction);
                true
            }
        };
        debug_assert!(taken, "{self:?} names a cell and a value that it takes");
    }
}

/// A protocol with one cell changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mutant {
    /// The cell: a switch by its name, or a table and a place in it.
    pub cell: String,
    /// What the cell said.
    pub from: String,
    /// What it says now.
    pub to: String,
    /// What changed.
    pub change: Change,
    /// The mutated protocol.
    pub protocol: Protocol,
}

/// Every mutant of a protocol, in the order of its tables.
#[must_use]
pub fn all(protocol: &Protocol) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let mut add = |cell: String, from: String, to: String, change: Change| {
        let mut mutated = protocol.clone();
        change.apply(&mut mutated);
        mutants.push(Mutant { cell, from, to, change, protocol: mutated });
    };
    for switch in Switch::ALL {
        let value = protocol.switches.get(*switch);
        for other in others(switch.takes(), &value) {
            add(switch.word().to_owned(), value.to_string(), other.to_string(), Change::Switch(*switch, other));
        }
    }
    for cell in &protocol.immediate.cells {
        for when in When::ALL.iter().filter(|when| **when != cell.when) {
            let name = format!("immediate/{}/{}/{}", cell.role, cell.act, cell.surface);
            let change = Change::Immediate(cell.role, cell.act, cell.surface, *when);
            add(name, cell.when.to_string(), when.to_string(), change);
        }
    }
    for cell in DeletionTable::CELLS {
        let Some((fate, fates)) = protocol.deletion.get(cell) else { continue };
        for other in fates.iter().filter(|other| **other != fate) {
            add(format!("deletion/{cell}"), fate.to_owned(), (*other).to_owned(), Change::Deletion(cell, other));
        }
    }
    // A field that only Outlook has is never asked which way it goes.
    for field in Kind::ALL.into_iter().flat_map(FieldId::all).filter(|field| field.field().in_crm) {
        let direction = protocol.directions.of(field);
        for other in Direction::ALL.iter().filter(|other| **other != direction) {
            let name = format!("direction/{}/{field}", field.field().kind);
            add(name, direction.to_string(), other.to_string(), Change::Direction(field, *other));
        }
    }
    mutants
}

/// The other values of a switch that a mutant takes.
fn others(takes: SwitchType, value: &SwitchValue) -> Vec<SwitchValue> {
    let numbers = |least: u32, number: u32, most: u32| {
        let mut near = vec![least, (number / 2).max(least), number.saturating_mul(2).min(most)];
        near.dedup();
        near.retain(|other| *other != number);
        near
    };
    match (takes, value) {
        (SwitchType::Word(words), SwitchValue::Word(word)) => {
            words.iter().filter(|other| *other != word).map(|other| SwitchValue::Word(other)).collect()
        }
        (SwitchType::Words(words), SwitchValue::Words(on)) => {
            let flipped = words.iter().map(|word| {
                let keep = |other: &&&str| on.contains(*other) != (*other == word);
                words.iter().filter(keep).copied().collect::<Vec<_>>()
            });
            flipped.filter(|words| !words.is_empty()).map(SwitchValue::Words).collect()
        }
        (SwitchType::Count(least, most), SwitchValue::Count(count)) => {
            numbers(least, *count, most).into_iter().map(SwitchValue::Count).collect()
        }
        (SwitchType::SpanMinutes(least), SwitchValue::Span(span)) => {
            let minutes = u32::try_from(span.0 / Span::minutes(1).0).unwrap_or(u32::MAX / 2);
            let near = numbers(u32::try_from(least).unwrap_or(0), minutes, u32::MAX);
            near.into_iter().map(|minutes| SwitchValue::Span(Span::minutes(i64::from(minutes)))).collect()
        }
        (SwitchType::LimitOr(_), SwitchValue::Limit(limit)) => {
            let counts = numbers(1, limit.count, u32::MAX).into_iter().map(|count| Limit { count, ..*limit });
            let shares = numbers(0, limit.percent, 100).into_iter().map(|percent| Limit { percent, ..*limit });
            let off = SwitchValue::Word(MassDeletionGuard::OFF);
            std::iter::once(off).chain(counts.chain(shares).map(SwitchValue::Limit)).collect()
        }
        (SwitchType::LimitOr(_), _) => vec![SwitchValue::Limit(Limit::DEFAULT)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_mutant_differs_from_its_origin_in_the_cell_that_it_names_and_in_no_other() {
        let origin = Protocol::default();
        let mutants = all(&origin);
        let names: BTreeSet<(&str, &str)> = mutants.iter().map(|one| (one.cell.as_str(), one.to.as_str())).collect();
        assert_eq!(names.len(), mutants.len(), "each mutant has a name of its own");
        for mutant in &mutants {
            assert_ne!(mutant.from, mutant.to, "{}", mutant.cell);
            let cells = differing(&origin, &mutant.protocol);
            assert_eq!(cells, [mutant.cell.as_str()], "{mutant:?}");
        }
    }

    /// The cells in which two protocols differ, read off them and not off the derivation.
    fn differing(one: &Protocol, other: &Protocol) -> Vec<String> {
        let mut cells = Vec::new();
        for switch in Switch::ALL {
            if one.switches.get(*switch) != other.switches.get(*switch) {
                cells.push(switch.word().to_owned());
            }
        }
        for (left, right) in one.immediate.cells.iter().zip(&other.immediate.cells) {
            if left != right {
                cells.push(format!("immediate/{}/{}/{}", left.role, left.act, left.surface));
            }
        }
        for cell in DeletionTable::CELLS {
            if one.deletion.get(cell) != other.deletion.get(cell) {
                cells.push(format!("deletion/{cell}"));
            }
        }
        for field in Kind::ALL.into_iter().flat_map(FieldId::all) {
            if one.directions.of(field) != other.directions.of(field) {
                cells.push(format!("direction/{}/{field}", field.field().kind));
            }
        }
        cells
    }

    #[test]
    fn every_cell_has_every_other_value() {
        let mutants = all(&Protocol::default());
        let of = |cell: &str| -> Vec<&str> {
            mutants.iter().filter(|mutant| mutant.cell == cell).map(|mutant| mutant.to.as_str()).collect()
        };
        assert_eq!(of("merge-winner"), ["crm", "outlook"]);
        assert_eq!(of("change-detection"), ["scan, reconcile", "notifications, reconcile", "notifications, scan"]);
        assert_eq!(of("page-size"), ["1", "50", "200"]);
        assert_eq!(of("interval"), ["30m"]);
        assert_eq!(
            of("mass-deletion-guard"),
            ["off", "1 and 50%", "2 and 50%", "10 and 50%", "5 and 0%", "5 and 25%", "5 and 100%"]
        );
        assert_eq!(of("immediate/primary/track/explorer"), ["on-close", "next"]);
        assert_eq!(of("deletion/contact-in-outlook"), ["deleted"]);
        assert_eq!(of("direction/contact/telephone1"), ["down", "none"]);
        assert_eq!(of("direction/contact/categories"), [] as [&str; 0]);
        for switch in Switch::ALL {
            assert!(!of(switch.word()).is_empty(), "{}", switch.word());
        }
    }
}
