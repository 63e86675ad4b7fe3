//! Which rows of the field table a write follows.

use super::client::Env;
use crate::model::{FieldId, Kind, Value};
use crate::rule;

/// Says which mapping rows a write follows.
pub(super) fn follow_mappings(kind: Kind, columns: &[(FieldId, Value)], env: &mut Env<'_>) {
    for rule in [rule!("MOD-TWO-COPIES"), rule!("MOD-DIR"), rule!("MAP-FIXED")] {
        env.journal.follow(rule);
    }
    for (field, _) in columns {
        if let Some(rule) = field.field().rule {
            env.journal.follow(rule);
        }
    }
    if kind == Kind::Task && columns.iter().any(|(field, _)| field.name() == "statuscode") {
        env.journal.follow(rule!("D-07"));
    }
    if kind == Kind::Task && columns.iter().any(|(field, _)| field.name() == "scheduledend") {
        env.journal.follow(rule!("MAP-task-reminder"));
        env.journal.follow(rule!("MAP-REMIND"));
    }
    if kind == Kind::Appointment && columns.iter().any(|(field, _)| field.name() == "prioritycode") {
        env.journal.follow(rule!("D-06"));
    }
    if columns.iter().any(|(field, _)| field.name() == "parentcustomerid") {
        env.journal.follow(rule!("SET-COMPANY"));
    }
}
