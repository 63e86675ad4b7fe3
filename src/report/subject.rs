//! Whom a failure concerns, and whom a fact.

use super::names::Names;
use crate::engine::{Failure, FailureKind, Run};
use crate::journal::{By, What};
use crate::model::{ClientId, CrmId, ItemId, LineageId};
use crate::scenario::model::{Args, Body};
use crate::scenario::vocabulary::Key;

/// Whose story is told: some aliases, or everybody's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// Everything that these aliases name.
    Aliases(Vec<u32>),
    /// All items and records.
    All,
}

/// Whose story a failure is about: the items that its step names, or the lineage that an invariant found.
#[must_use]
pub fn subject_of(names: &Names<'_>, run: &Run, failure: &Failure) -> Subject {
    let aliases = match &failure.kind {
        FailureKind::Invariant(violation) => violation.lineage.map_or(Vec::new(), |lineage| of_lineage(run, lineage)),
        FailureKind::Expectation(step) | FailureKind::Step(step) | FailureKind::Unreached(step) => {
            match names.scenario.steps.get(*step).map(|step| &step.body) {
                Some(Body::Do(_, args) | Body::Fault(_, args) | Body::Expect(_, _, args)) => {
                    told_apart(names, named(names, args), failure)
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    if aliases.is_empty() { Subject::All } else { Subject::Aliases(aliases) }
}

/// Of many aliases those that the failure itself names, where it does.
fn told_apart(names: &Names<'_>, aliases: Vec<u32>, failure: &Failure) -> Vec<u32> {
    let is_named = |alias: &u32| {
        let quoted = format!("`{}`", names.world.names.aliases[*alias as usize]);
        failure.expected.contains(&quoted) || failure.actual.contains(&quoted)
    };
    let few: Vec<u32> = aliases.iter().copied().filter(is_named).collect();
    if few.is_empty() { aliases } else { few }
}

/// The aliases under which the copies of a lineage go.
fn of_lineage(run: &Run, lineage: LineageId) -> Vec<u32> {
    let names = &run.world.names;
    let items = run.ledger.items(lineage).iter().filter_map(|item| names.of_item.get(item.index()));
    let records = run.ledger.records(lineage).iter().filter_map(|record| names.of_record.get(record.index()));
    let mut aliases: Vec<u32> = items.chain(records).copied().collect();
    aliases.sort_unstable();
    aliases.dedup();
    aliases
}

/// The aliases that a step names; `t*` is every copy of `t`.
fn named(names: &Names<'_>, args: &Args) -> Vec<u32> {
    let wanted = [Key::Item, Key::New].iter().filter_map(|key| args.text(*key));
    let mut aliases = Vec::new();
    for name in wanted {
        let fits = |alias: &str| match name.strip_suffix('*') {
            Some(stem) => alias.strip_prefix(stem).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())),
            None => alias == name,
        };
        let found = names.world.names.aliases.iter().enumerate().filter(|(_, alias)| fits(alias));
        aliases.extend(found.filter_map(|(index, _)| u32::try_from(index).ok()));
    }
    aliases
}

/// The client that did something on its own account.
#[must_use]
pub fn actor(what: &What) -> Option<ClientId> {
    use What::*;
    match *what {
        ItemCreated { by: By::Sync(client), .. }
        | ItemChanged { by: By::Sync(client), .. }
        | ItemDeleted { by: By::Sync(client), .. }
        | LinkChanged { by: By::Sync(client), .. }
        | BaseChanged { by: By::Sync(client), .. }
        | RecordCreated { by: By::Sync(client), .. }
        | RecordChanged { by: By::Sync(client), .. }
        | RecordDeleted { by: By::Sync(client), .. }
        | MapWritten { client, .. }
        | RowWritten { client, .. }
        | RowFailed { client, .. }
        | Noted { client, .. } => Some(client),
        _ => None,
    }
}

/// The item and the record that a fact is about.
#[must_use]
pub fn subjects(what: &What) -> (Option<ItemId>, Option<CrmId>) {
    use What::*;
    match *what {
        Acted { item, .. }
        | InspectorClosed { item, .. }
        | ItemCreated { item, .. }
        | ItemChanged { item, .. }
        | ItemDeleted { item, .. }
        | ItemMoved { item, .. }
        | ItemMigrated { item, .. }
        | BaseChanged { item, .. }
        | ImmediateEnded { item, .. } => (Some(item), None),
        LinkChanged { item, record, .. } => (Some(item), record),
        RecordCreated { record, .. }
        | RecordChanged { record, .. }
        | RecordDeleted { record, .. }
        | RecordAssigned { record, .. }
        | TrackingChanged { record, .. }
        | AccessChanged { record, .. }
        | EntryMoved { record, .. } => (None, Some(record)),
        MapWritten { row: Some(row), .. } => (Some(row.item), Some(row.record)),
        RowWritten { row, .. } | RowDropped { row, .. } => (row.item, row.record),
        RowFailed { item, record, .. }
        | Ignored { item, record, .. }
        | EditLost { item, record, .. }
        | Noted { item, record, .. } => (item, record),
        _ => (None, None),
    }
}
