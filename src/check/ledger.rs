//! The ledger.

/// What people did.
#[derive(Clone, Debug, Default)]
pub struct Ledger {}

impl Ledger {
    /// Records facts.
    pub fn record(&mut self, _facts: &[crate::journal::Fact], _world: &crate::engine::World) {}
}
