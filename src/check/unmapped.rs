//! Synchronization writes nothing against its direction: unmapped fields, fields that only come down, kinds that are
//! switched off (mappings.md, rules.md A.11).

use std::collections::BTreeSet;

use super::{Invariant, View, Violations};
use crate::crm::record::{status_field, statuscode};
use crate::journal::{By, ClientChange, Fact, RowView, What};
use crate::model::{
    ClientId, ContentId, Contents, CrmId, Direction, FieldId, ItemId, Kind, LineageId, Side, Value, status,
};
use crate::outlook::cache::Row;
use crate::sim::FlatSet;

const COMPANY: FieldId = FieldId::named(Kind::Contact, "company");
const MAILING: FieldId = FieldId::named(Kind::Contact, "mailing");
const REMINDER: FieldId = FieldId::named(Kind::Task, "reminder");
const DUE: FieldId = FieldId::named(Kind::Task, "scheduledend");
const PERCENT: FieldId = FieldId::named(Kind::Task, "percent-complete");

/// `unmapped-untouched`.
#[derive(Debug, Default)]
pub struct UnmappedUntouched {
    /// Clients whose settings changed since their last cycle began: what was under way follows the old ones.
    changing: FlatSet<ClientId>,
    /// By cache file (its keeper): records that were queued where their kind is switched on, and wait. Switching it off,
    /// or logging on at a machine where it is off, stops what PrepareSync finds and nothing that is queued.
    queued: FlatSet<(ClientId, CrmId)>,
    /// By client: what another machine finished in the cache that both share since this client's cycle began, of a person's
    /// changes and of what was queued where its kind is switched on. It may have read the row before, and finishes it as well.
    shared: BTreeSet<(ClientId, LineageId)>,
}

impl Invariant for UnmappedUntouched {
    fn id(&self) -> &'static str {
        "unmapped-untouched"
    }

    fn meaning(&self) -> &'static str {
        "Synchronization writes only what is mapped, in its direction, and of the kinds that are switched on."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::CycleStarted { client, .. } => {
                    self.changing.remove(&client);
                    self.shared.retain(|(of, _)| *of != client);
                }
                What::Client { client, change: ClientChange::SettingsChanged } => drop(self.changing.insert(client)),
                What::RowWritten { client, row } => self.row_written(view, client, row),
                What::RowDropped { client, row } => self.row_dropped(view, client, row),
                _ if !view.ledger.begun() => {}
                What::ItemCreated { item, kind, content, by: By::Sync(client), .. } => {
                    self.item_written(view, (client, item), (kind, Contents::EMPTY, content), violations);
                    self.kind_comes_down(view, client, (item, kind), violations);
                }
                What::ItemChanged { item, before, after, by: By::Sync(client) } => {
                    let kind = view.world.mailboxes.item(item).kind;
                    self.item_written(view, (client, item), (kind, before, after), violations);
                    self.kind_comes_down(view, client, (item, kind), violations);
                }
                What::RecordCreated { record, kind, content, by: By::Sync(_), .. } => {
                    self.record_written(view, record, (kind, Contents::EMPTY, content), violations);
                }
                What::RecordChanged { record, before, after, by: By::Sync(_) } => {
                    let kind = view.world.server.record(record).kind;
                    self.record_written(view, record, (kind, before, after), violations);
                }
                _ => {}
            }
        }
    }
}

impl UnmappedUntouched {
    fn row_written(&mut self, view: View<'_>, client: ClientId, row: RowView) {
        let (Some(record), Some(desk)) = (row.record, view.world.clients.get(client.index())) else { return };
        let on = desk.settings.kinds[view.world.server.record(record).kind as usize];
        if row.crm_change != 0 && (on || self.changing.contains(&client)) {
            self.queued.insert((view.world.keeper(client), record));
        }
    }

    fn row_dropped(&mut self, view: View<'_>, client: ClientId, row: RowView) {
        let keeper = view.world.keeper(client);
        let waited = row.record.is_some_and(|record| self.queued.remove(&(keeper, record)));
        if (row.outlook_change != 0 || waited)
            && let Some(lineage) = view.ledger.lineage_of(row.item, row.record)
        {
            let sharing = view.world.clients.iter().map(|other| other.id).filter(|other| *other != client);
            let sharing = sharing.filter(|other| view.world.keeper(*other) == keeper);
            self.shared.extend(sharing.map(|other| (other, lineage)));
        }
    }

    /// A write to an item: mapped fields, and what Outlook keeps for a mapped value in fields of its own.
    fn item_written(
        &self,
        view: View<'_>,
        (client, item): (ClientId, ItemId),
        (kind, before, after): (Kind, ContentId, ContentId),
        violations: &mut Violations,
    ) {
        let contents = &view.world.contents;
        for (field, value) in contents.diff(before, after) {
            let allowed = match field {
                COMPANY => {
                    let settings = view.world.clients.get(client.index()).map(|client| client.settings);
                    settings.is_some_and(|settings| settings.update_company) || self.changing.contains(&client)
                }
                REMINDER => value != Value::Empty && value == contents.get(after, DUE),
                PERCENT => {
                    let completed = statuscode(contents, kind, after) == status::TASK_COMPLETED;
                    value == if completed { Value::Int(100) } else { Value::Empty }
                }
                _ => field.field().direction == Direction::Both || holds_mailing_address(contents, after, field),
            };
            if !allowed {
                let lineage = view.ledger.lineage_of_item(item);
                self.report(view, lineage, (field, Side::Outlook), violations);
            }
        }
    }

    /// A write to a record: only what flows both ways. A new record has its kind's first status.
    fn record_written(
        &self,
        view: View<'_>,
        record: CrmId,
        (kind, before, after): (Kind, ContentId, ContentId),
        violations: &mut Violations,
    ) {
        for (field, value) in view.world.contents.diff(before, after) {
            let given =
                field == status_field(kind) && before == Contents::EMPTY && value == Value::Int(status::initial(kind));
            if field.field().direction != Direction::Both && !given {
                let lineage = view.ledger.lineage_of_record(record);
                self.report(view, lineage, (field, Side::Crm), violations);
            }
        }
    }

    fn report(
        &self,
        view: View<'_>,
        lineage: Option<LineageId>,
        (field, side): (FieldId, Side),
        violations: &mut Violations,
    ) {
        violations.report(self.id(), lineage, || {
            let name = lineage.map_or("?", |id| view.ledger.name(id, view.world));
            let expected = format!("synchronization leaves `{field}` of `{name}` in {side} alone");
            (expected, "it wrote it".to_owned())
        });
    }

    /// Items of a kind that is switched off are neither made nor changed from CRM. Exempt is what was under way when the
    /// kind was switched off, and the answer to a change that a person made in Outlook, which still goes up.
    fn kind_comes_down(
        &self,
        view: View<'_>,
        client: ClientId,
        (item, kind): (ItemId, Kind),
        violations: &mut Violations,
    ) {
        let Some(desk) = view.world.clients.get(client.index()) else { return };
        if desk.settings.kinds[kind as usize] || self.changing.contains(&client) {
            return;
        }
        // The row may be about another item of the meeting, in whose place this one is, and the item not linked yet.
        let id = view.ledger.lineage_of_item(item);
        let keeper = view.world.keeper(client);
        let of_lineage = |row: &Row| view.ledger.lineage_of(row.item, row.record) == id;
        let mut rows = view.world.cache(client).rows().map(|(_, row)| row).filter(|row| of_lineage(row));
        let goes_up = rows.any(|row| row.view().outlook_change != 0)
            || id.is_some_and(|lineage| self.shared.contains(&(client, lineage)));
        let mut queued = self.queued.iter().filter(|(of, _)| *of == keeper);
        let waited = queued.any(|(_, record)| view.ledger.lineage_of_record(*record) == id);
        if !goes_up && !waited {
            let lineage = view.ledger.lineage_of_item(item);
            let name = view.world.names.item(item);
            violations.report(self.id(), lineage, || {
                let desk = view.world.names.client(client);
                let expected = format!("nothing of kind {kind} comes down on `{desk}`, where it is switched off");
                (expected, format!("`{name}` was written from CRM"))
            });
        }
    }
}

/// Whether a field is a part of the address that the item's `mailing` names, or `mailing` itself.
fn holds_mailing_address(contents: &Contents, item: ContentId, field: FieldId) -> bool {
    let slot = contents.text_of_value(contents.get(item, MAILING));
    let rest = field.name().strip_prefix(slot).and_then(|rest| rest.strip_prefix('-'));
    field == MAILING || !slot.is_empty() && field.field().kind == Kind::Contact && rest.is_some()
}
