//! The tables are what their own rules allow (rules.md, A.6): states, references and keys.

use super::{Invariant, View, Violations};
use crate::journal::{EntryCause, EntryState, Fact, MapView, RowView, What};
use crate::model::{ClientId, CrmId, ItemId, LineageId, Role, UserId};
use crate::protocol::switches::Requalify;
use crate::sim::FlatMap;

/// `tables-consistent`.
#[derive(Debug, Default)]
pub struct TablesConsistent {
    /// The row of SyncEntry that the facts told of last: its state and version.
    entries: FlatMap<(UserId, CrmId), (EntryState, u64)>,
    roles_seen: bool,
}

/// What a person reads when something is wrong.
type Wrong = (String, String);

impl Invariant for TablesConsistent {
    fn id(&self) -> &'static str {
        "tables-consistent"
    }

    fn meaning(&self) -> &'static str {
        "SyncState moves only along its edges, every row names what exists, and a user has one primary client."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        if !self.roles_seen {
            self.roles_seen = true;
            self.primaries(view, violations);
        }
        for fact in facts {
            let (lineage, wrong) = match fact.what {
                What::EntryMoved { user, record, from, to, version, cause } => {
                    let wrong = self.moved(view, (user, record), (from, to, version), cause);
                    (view.ledger.lineage_of_record(record), wrong)
                }
                What::MapWritten { client, row: Some(row), .. } => {
                    (view.ledger.lineage_of(Some(row.item), Some(row.record)), map(view, client, row))
                }
                What::RowWritten { client, row } => {
                    (view.ledger.lineage_of(row.item, row.record), queued(view, client, row))
                }
                What::Client { .. } | What::PrimaryChanged { .. } => {
                    self.primaries(view, violations);
                    continue;
                }
                _ => continue,
            };
            if let Some(wrong) = wrong {
                self.report(violations, lineage, wrong);
            }
        }
    }
}

impl TablesConsistent {
    fn report(&self, violations: &mut Violations, lineage: Option<LineageId>, wrong: Wrong) {
        violations.report(self.id(), lineage, || wrong);
    }

    /// At most one primary client a user, by the clients' roles and by SubscriptionClients.
    fn primaries(&self, view: View<'_>, violations: &mut Violations) {
        for subscription in &view.world.server.subscriptions {
            let user = subscription.user;
            let clients = view.world.clients.iter().filter(|client| client.mailbox == user);
            let by_role = clients.filter(|client| client.role == Role::Primary).count();
            // With a roaming profile every machine acts as primary (MOD-ROAMING).
            let roams =
                |id: ClientId| view.world.clients.get(id.index()).is_some_and(|client| client.role == Role::Roaming);
            let by_table = subscription.clients.iter().filter(|(id, primary)| *primary && !roams(*id)).count();
            if by_role > 1 || by_table > 1 {
                let name = view.world.names.user(user);
                let count = by_role.max(by_table);
                let expected = format!("`{name}` has one primary client");
                self.report(violations, None, (expected, format!("there are {count}")));
            }
        }
    }

    /// One move of a SyncEntry row: it starts where the last one ended, and goes along an edge of the state machine.
    fn moved(
        &mut self,
        view: View<'_>,
        key: (UserId, CrmId),
        (from, to, version): (EntryState, EntryState, u64),
        cause: EntryCause,
    ) -> Option<Wrong> {
        let known = self.entries.get(&key).copied();
        let (state, old_version) = known.unwrap_or((EntryState::Absent, 0));
        if to == EntryState::Absent {
            self.entries.remove(&key);
        } else {
            self.entries.insert(key, (to, version));
        }
        let name = || format!("`{}` of `{}`", view.world.names.record(key.1), view.world.names.user(key.0));
        if state != from {
            let expected = format!("SyncEntry of {} is {state}, as it was left", name());
            return Some((expected, format!("it was {from}")));
        }
        if view.world.server.records.get(key.1.index()).is_none() {
            return Some(("SyncEntry names a record".to_owned(), format!("there is no record {}", key.1)));
        }
        let by_membership = view.protocol.switches.requalify == Requalify::ByMembership;
        let legal = match (cause, from, to) {
            (EntryCause::Prepare, EntryState::Absent | EntryState::Done | EntryState::Upsert, EntryState::Upsert)
            | (EntryCause::Prepare, EntryState::Done | EntryState::Upsert, EntryState::Remove)
            | (EntryCause::Acknowledge, EntryState::Upsert, EntryState::Done)
            | (EntryCause::Acknowledge, EntryState::Remove, EntryState::Absent)
            | (EntryCause::Create, EntryState::Absent | EntryState::Upsert, EntryState::Done) => true,
            (EntryCause::Prepare, EntryState::Remove, EntryState::Upsert) => by_membership || version != old_version,
            _ => false,
        };
        (!legal).then(|| {
            let expected = format!("SyncState of {} moves along its edges", name());
            (expected, format!("{cause} moved it from {from} to {to}"))
        })
    }
}

/// A row of IdMappingTable names an item of the client's mailbox and a record, both of one kind.
fn map(view: View<'_>, client: ClientId, row: MapView) -> Option<Wrong> {
    names(view, client, "IdMappingTable", Some(row.item), Some(row.record))
}

/// A row of OutlookSyncTable names something, and what it names exists or existed.
fn queued(view: View<'_>, client: ClientId, row: RowView) -> Option<Wrong> {
    if row.item.is_none() && row.record.is_none() {
        return Some(("a row of OutlookSyncTable names an item or a record".to_owned(), "it names neither".to_owned()));
    }
    names(view, client, "OutlookSyncTable", row.item, row.record)
}

fn names(view: View<'_>, client: ClientId, table: &str, item: Option<ItemId>, record: Option<CrmId>) -> Option<Wrong> {
    let mailbox = view.world.clients.get(client.index()).map(|client| client.mailbox);
    // An item that nobody ever told the ledger about was never made.
    let known = item.map(|item| (item, view.ledger.lineage_of_item(item).map(|_| view.world.mailboxes.item(item))));
    if let Some((item, None)) = known {
        return Some((format!("a row of {table} names an item"), format!("there is no item {item}")));
    }
    let row = record.map(|record| (record, view.world.server.records.get(record.index())));
    if let Some((record, None)) = row {
        return Some((format!("a row of {table} names a record"), format!("there is no record {record}")));
    }
    let item = known.and_then(|(_, item)| item);
    if let Some(item) = item
        && Some(item.mailbox) != mailbox
    {
        let owner = view.world.names.user(item.mailbox);
        let expected = format!("{table} of `{}` names items of its own mailbox", view.world.names.client(client));
        return Some((expected, format!("the item lies in the mailbox of `{owner}`")));
    }
    match (item, row.and_then(|(_, row)| row)) {
        (Some(item), Some(row)) if item.kind != row.kind => Some((
            format!("a row of {table} pairs an item and a record of one kind"),
            format!("it pairs a {} and a {}", item.kind, row.kind),
        )),
        _ => None,
    }
}
