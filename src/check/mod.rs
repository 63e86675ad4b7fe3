//! Whether what happened is right: the ledger, the invariants and the reference model.
//!
//! Checks read facts and the world, and change neither. They judge by what people did and what arrived, never by the
//! protocol's own decisions: the tables of the sources stand here a second time where a check needs them.

mod appointments;
mod booking;
mod converged;
mod deletion;
mod duplicates;
mod failures;
mod forms;
mod guarded;
mod immediate;
pub mod ledger;
pub mod lineage;
mod lives;
mod lost_edit;
pub mod maximal;
mod moves;
mod pairs;
mod progress;
mod propagated;
pub mod reference;
mod resurrection;
mod rights;
mod roles;
mod scope;
mod settles;
mod tables;
mod unmapped;

pub use ledger::Ledger;
pub use lineage::Lineage;
pub use lives::Lives;

use crate::engine::world::World;
use crate::journal::Fact;
use crate::model::{ClientId, LineageId};
use crate::protocol::Protocol;
use crate::sim::Time;

/// What an invariant may look at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The world after the event.
    pub world: &'a World,
    /// What people did and what became of it.
    pub ledger: &'a Ledger,
    /// The protocol that the scenario names.
    pub protocol: &'a Protocol,
}

/// A violation of an invariant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The invariant.
    pub invariant: &'static str,
    /// The lineage that it concerns, where it concerns one.
    pub lineage: Option<LineageId>,
    /// When it was seen.
    pub at: Time,
    /// The number of facts that the run had when it was seen.
    pub fact: usize,
    /// What should be so.
    pub expected: String,
    /// What is so.
    pub actual: String,
}

/// Where an invariant reports what it finds; the first of each invariant and lineage is kept.
#[derive(Clone, Debug, Default)]
pub struct Violations {
    found: Vec<Violation>,
    at: Time,
    fact: usize,
}

impl Violations {
    /// Sets the moment of the reports that follow.
    pub fn set_moment(&mut self, at: Time, fact: usize) {
        (self.at, self.fact) = (at, fact);
    }

    /// Reports a violation, unless this invariant was reported for this lineage before. The texts are made only then.
    pub fn report(
        &mut self,
        invariant: &'static str,
        lineage: Option<LineageId>,
        texts: impl FnOnce() -> (String, String),
    ) {
        if self.found.iter().any(|known| known.invariant == invariant && known.lineage == lineage) {
            return;
        }
        let (expected, actual) = texts();
        self.found.push(Violation { invariant, lineage, at: self.at, fact: self.fact, expected, actual });
    }

    /// What was found so far, in order.
    #[must_use]
    pub fn found(&self) -> &[Violation] {
        &self.found
    }
}

/// One invariant. An implementation keeps what it needs between calls in itself.
pub trait Invariant: Send {
    /// Its name, as scenarios write it.
    fn id(&self) -> &'static str;

    /// What it means, in one sentence for the reader of a failure.
    fn meaning(&self) -> &'static str;

    /// After every event that made facts. `facts` are all of them but the rules that were followed: what happened is judged,
    /// and not what the protocol says of its own decisions.
    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        let _ = (view, facts, violations);
    }

    /// After a cycle of `client` ended, well or not.
    fn on_cycle_end(&mut self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        let _ = (view, client, violations);
    }

    /// Once the world has settled at the end of the run.
    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        let _ = (view, violations);
    }

    /// After the quiet cycles that follow the settling.
    fn on_end(&mut self, view: View<'_>, violations: &mut Violations) {
        let _ = (view, violations);
    }
}

/// The names of all invariants, in the order in which reports list them.
pub const IDS: [&str; 21] = [
    "no-duplicate-record",
    "no-duplicate-item",
    "mapping-one-to-one",
    "tables-consistent",
    "progress-behind-work",
    "roles-respected",
    "immediate-when-due",
    "entitled-only",
    "privileged-writes",
    "unmapped-untouched",
    "deletion-allowed",
    "mass-deletion-guarded",
    "manual-tracking-kept",
    "deletion-propagated",
    "no-resurrection",
    "no-lost-edit",
    "converged",
    "failure-isolated",
    "settles",
    "quiet",
    "maximal",
];

/// Every invariant, fresh, in the same order.
#[must_use]
pub fn standard() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(duplicates::NoDuplicateRecord),
        Box::new(duplicates::NoDuplicateItem::default()),
        Box::new(pairs::MappingOneToOne),
        Box::new(tables::TablesConsistent::default()),
        Box::new(progress::ProgressBehindWork::default()),
        Box::new(roles::RolesRespected::default()),
        Box::new(immediate::ImmediateWhenDue::default()),
        Box::new(rights::EntitledOnly::default()),
        Box::new(rights::PrivilegedWrites::default()),
        Box::new(unmapped::UnmappedUntouched::default()),
        Box::new(deletion::DeletionAllowed::default()),
        Box::new(guarded::MassDeletionGuarded::default()),
        Box::new(rights::ManualTrackingKept),
        Box::new(propagated::DeletionPropagated),
        Box::new(resurrection::NoResurrection),
        Box::new(lost_edit::NoLostEdit),
        Box::new(converged::Converged::default()),
        Box::new(failures::FailureIsolated::default()),
        Box::new(settles::Settles::default()),
        Box::new(settles::Quiet::default()),
        Box::new(maximal::Maximal::default()),
    ]
}

#[cfg(test)]
mod tests;
