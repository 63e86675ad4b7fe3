//! Filters: which records are synchronized to a user (rules.md, A.11).

use super::Record;
use crate::model::{Contents, FieldId, Kind, UserId, Value};

/// A filter of one user; all its conditions must hold.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Filter {
    /// The kind of record.
    pub kind: Kind,
    /// Whether it counts.
    pub active: bool,
    /// The record's owner is the user.
    pub owner_is_me: bool,
    /// The user takes part in the record, an appointment.
    pub party_is_me: bool,
    /// The record's statecode is this.
    pub statecode: Option<i64>,
    /// Fields of the record have these values.
    pub fields: Vec<(FieldId, Value)>,
}

/// What happened to a user's filters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilterChange {
    /// More may match than before, or other records.
    Changed,
    /// A filter stopped counting.
    Deactivated,
}

impl Filter {
    /// Whether a record matches.
    #[must_use]
    pub fn matches(&self, contents: &Contents, record: &Record, me: UserId) -> bool {
        self.active
            && self.kind == record.kind
            && (!self.owner_is_me || record.owner == me)
            && (!self.party_is_me || record.parties.contains(me))
            && self.statecode.is_none_or(|state| state == record.statecode(contents))
            && self.fields.iter().all(|(field, value)| contents.get(record.content, *field) == *value)
    }
}
