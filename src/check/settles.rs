//! The world settles within its bound, and then stays as it is.

use super::scope::synchronizes;
use super::{Invariant, View, Violations};
use crate::journal::{By, Fact, MapView, RowView, What, is_writing, wrote};
use crate::model::{Answer, ClientId, CrmId, ItemId, LineageId, MapId};
use crate::protocol::switches::MissingItem;
use crate::sim::FlatMap;

/// How often synchronization may write one copy while the world settles, and make copies of one lineage.
const WRITES: u32 = 6;

/// `settles`.
#[derive(Debug, Default)]
pub struct Settles {
    settling: bool,
    /// Whether something disturbs the settling: a fault strikes, a person acts, or a client that synchronizes cannot work. It
    /// settles within its bound once that is over, which the end of every run asks for.
    disturbed: bool,
    /// The most rows that any primary client had mapped when the settling began.
    mapped: usize,
    items: FlatMap<ItemId, u32>,
    records: FlatMap<CrmId, u32>,
    made: FlatMap<LineageId, u32>,
}

impl Invariant for Settles {
    fn id(&self) -> &'static str {
        "settles"
    }

    fn meaning(&self) -> &'static str {
        "Once nothing disturbs it, the world settles within a bound that follows from its size."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::Settling { began: true, .. } => {
                    let disturbed = is_disturbed(view);
                    *self = Settles { settling: true, disturbed, mapped: mapped(view), ..Settles::default() };
                }
                What::FaultFired { .. } | What::Step { .. } => self.disturbed = true,
                What::Settling { began: false, rounds } => {
                    self.settling = false;
                    let bound = bound(view, self.mapped.max(mapped(view)));
                    if rounds > bound && !self.disturbed && !is_disturbed(view) {
                        violations.report(self.id(), None, || {
                            let expected = format!("the world settles within {bound} rounds");
                            (expected, format!("after {rounds} rounds something still changed"))
                        });
                    }
                }
                _ if self.settling => self.count(view, &fact.what, violations),
                _ => {}
            }
        }
    }
}

impl Settles {
    fn count(&mut self, view: View<'_>, what: &What, violations: &mut Violations) {
        let (lineage, count) = match *what {
            What::ItemChanged { item, by: By::Sync(_), .. } | What::ItemDeleted { item, by: By::Sync(_), .. } => {
                (view.ledger.lineage_of_item(item), more(&mut self.items, item))
            }
            What::RecordChanged { record, by: By::Sync(_), .. } | What::RecordDeleted { record, by: By::Sync(_) } => {
                (view.ledger.lineage_of_record(record), more(&mut self.records, record))
            }
            What::ItemCreated { item, by: By::Sync(_), .. } => {
                let Some(id) = view.ledger.lineage_of_item(item) else { return };
                (Some(id), more(&mut self.made, id))
            }
            What::RecordCreated { record, by: By::Sync(_), .. } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                (Some(id), more(&mut self.made, id))
            }
            _ => return,
        };
        if count > WRITES {
            let name = lineage.map_or("?", |id| view.ledger.name(id, view.world));
            violations.report(self.id(), lineage, || {
                let expected = format!("`{name}` is written at most {WRITES} times while the world settles");
                (expected, format!("it was written {count} times"))
            });
        }
    }
}

/// Whether a client that synchronizes cannot work, or cannot reach CRM.
fn is_disturbed(view: View<'_>) -> bool {
    let mut clients = view.world.clients.iter().filter(|client| synchronizes(view, client.id));
    clients.any(|client| !client.works() || !client.online)
}

fn more<K: Ord>(counts: &mut FlatMap<K, u32>, key: K) -> u32 {
    let count = counts.get(&key).copied().unwrap_or(0) + 1;
    counts.insert(key, count);
    count
}

fn mapped(view: View<'_>) -> usize {
    let primaries = view.world.clients.iter().filter(|client| synchronizes(view, client.id));
    primaries.map(|client| view.world.cache(client.id).map_count()).max().unwrap_or(0)
}

/// Four rounds, and as many as reconciliation needs to come to every mapped item; twice as many where a miss must be seen
/// twice.
fn bound(view: View<'_>, mapped: usize) -> u32 {
    let switches = &view.protocol.switches;
    let looks = if switches.missing_item == MissingItem::VerifyStoreThenTwice { 2 } else { 1 };
    let batches = u32::try_from(mapped).unwrap_or(u32::MAX).div_ceil(switches.reconcile_batch.max(1));
    batches.saturating_mul(looks).saturating_add(4)
}

/// `quiet`.
#[derive(Debug, Default)]
pub struct Quiet {
    settled: bool,
    /// What the writing requests under way are about.
    asked: FlatMap<u32, Option<LineageId>>,
    maps: FlatMap<(ClientId, MapId), MapView>,
    /// By cache file (its keeper): what the rows of OutlookSyncTable say.
    rows: FlatMap<(ClientId, Option<ItemId>, Option<CrmId>), RowView>,
}

impl Invariant for Quiet {
    fn id(&self) -> &'static str {
        "quiet"
    }

    fn meaning(&self) -> &'static str {
        "When everything has settled, further cycles write nothing."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            let wrote = match fact.what {
                What::MapWritten { client, map, row } => {
                    let client = view.world.keeper(client);
                    let old = self.maps.get(&(client, map)).copied();
                    match row {
                        Some(row) => drop(self.maps.insert((client, map), row)),
                        None => drop(self.maps.remove(&(client, map))),
                    }
                    let either = row.or(old);
                    // That a pair was verified is noted in its row, and changes nothing that anybody sees.
                    let lineage = either.and_then(|row| view.ledger.lineage_of(Some(row.item), Some(row.record)));
                    (old != row).then_some((lineage, "IdMappingTable"))
                }
                // A row that fails is tried again, and says the same afterwards.
                What::RowWritten { client, row } => {
                    let old = self.rows.insert((view.world.keeper(client), row.item, row.record), row);
                    (old != Some(row)).then_some((view.ledger.lineage_of(row.item, row.record), "OutlookSyncTable"))
                }
                What::RowDropped { client, row } => {
                    self.rows.remove(&(view.world.keeper(client), row.item, row.record));
                    Some((view.ledger.lineage_of(row.item, row.record), "OutlookSyncTable"))
                }
                What::EntryMoved { record, .. } => Some((view.ledger.lineage_of_record(record), "SyncEntry")),
                What::Sent { request, call, item, record, .. } if is_writing(call) => {
                    self.asked.insert(request, view.ledger.lineage_of(item, record));
                    None
                }
                What::Applied { request, call, answer, .. } if wrote(call, answer) => {
                    self.asked.get(&request).map(|lineage| (*lineage, call.word()))
                }
                What::Answered { request, call, answer, .. } if is_writing(call) => {
                    let lineage = self.asked.remove(&request).flatten();
                    (answer == Answer::Timeout).then_some((lineage, call.word()))
                }
                _ if self.settled => writes(view, &fact.what),
                _ => None,
            };
            if let Some((lineage, what)) = wrote
                && self.settled
            {
                let name = lineage.map_or("?", |id| view.ledger.name(id, view.world));
                violations.report(self.id(), lineage, || {
                    let expected = format!("a further cycle leaves `{name}` as it is");
                    (expected, format!("it wrote: {what}"))
                });
            }
        }
    }

    fn on_settled(&mut self, _: View<'_>, _: &mut Violations) {
        self.settled = true;
    }

    fn on_end(&mut self, _: View<'_>, _: &mut Violations) {
        self.settled = false;
    }
}

/// What synchronization wrote, if it is such a fact.
fn writes(view: View<'_>, what: &What) -> Option<(Option<LineageId>, &'static str)> {
    let of_item = |item| view.ledger.lineage_of_item(item);
    let of_record = |record| view.ledger.lineage_of_record(record);
    match *what {
        What::ItemCreated { item, by: By::Sync(_), .. } => Some((of_item(item), "a new item")),
        What::ItemChanged { item, by: By::Sync(_), .. } => Some((of_item(item), "an item")),
        What::ItemDeleted { item, by: By::Sync(_), .. } => Some((of_item(item), "the end of an item")),
        What::LinkChanged { item, by: By::Sync(_), .. } => Some((of_item(item), "an item's link")),
        What::BaseChanged { item, by: By::Sync(_), .. } => Some((of_item(item), "an item's OriginalXML")),
        What::RecordCreated { record, by: By::Sync(_), .. } => Some((of_record(record), "a new record")),
        What::RecordChanged { record, by: By::Sync(_), .. } => Some((of_record(record), "a record")),
        What::RecordDeleted { record, by: By::Sync(_) } => Some((of_record(record), "the end of a record")),
        What::TrackingChanged { record, .. } => Some((of_record(record), "SubscriptionManuallyTrackedObject")),
        _ => None,
    }
}
