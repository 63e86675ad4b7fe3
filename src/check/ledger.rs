//! The ledger.

/// What people did.
#[derive(Clone, Debug, Default)]
pub struct Ledger {}
