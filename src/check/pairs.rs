//! IdMappingTable pairs one record with one item, and both are there or their end is under way.

use super::lineage::Copy;
use super::scope::synchronizes;
use super::{Invariant, View, Violations};
use crate::crm::Life;
use crate::crm::subscription::Full;
use crate::engine::world::Event;
use crate::journal::EntryState;
use crate::model::{ClientId, CrmId, ItemId};
use crate::outlook::Client;
use crate::outlook::cache::MapRow;
use crate::outlook::client::Doubt;
use crate::protocol::switches::DeletionsBy;

/// `mapping-one-to-one`.
#[derive(Debug, Default)]
pub struct MappingOneToOne;

impl Invariant for MappingOneToOne {
    fn id(&self) -> &'static str {
        "mapping-one-to-one"
    }

    fn meaning(&self) -> &'static str {
        "A record and an item stand in one mapping row each, and a linked row has both ends or waits to lose them."
    }

    fn on_cycle_end(&mut self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        // A secondary's tables are nobody's business: it never looks at them again.
        if synchronizes(view, client)
            && let Some(client) = view.world.clients.get(client.index())
        {
            self.sweep(view, client, false, violations);
        }
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        for client in view.world.clients.iter().filter(|client| synchronizes(view, client.id)) {
            self.sweep(view, client, true, violations);
        }
    }
}

impl MappingOneToOne {
    fn sweep(&self, view: View<'_>, client: &Client, settled: bool, violations: &mut Violations) {
        let cache = view.world.cache(client.id);
        let mut items = Vec::with_capacity(cache.map_count());
        let mut records = Vec::with_capacity(cache.map_count());
        for (_, row) in cache.maps() {
            items.push(row.item);
            records.push(row.record);
            let wrong = ends(view, client, row, settled);
            if let Some(wrong) = wrong {
                self.report(view, row, client, wrong, violations);
            }
        }
        items.sort_unstable();
        records.sort_unstable();
        let item = items.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let record = records.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        for (_, row) in cache.maps() {
            if Some(row.item) == item {
                self.report(view, row, client, "the item stands in two rows", violations);
            }
            if Some(row.record) == record {
                self.report(view, row, client, "the record stands in two rows", violations);
            }
        }
    }

    fn report(&self, view: View<'_>, row: &MapRow, client: &Client, wrong: &str, violations: &mut Violations) {
        let lineage = view.ledger.lineage_of(Some(row.item), Some(row.record));
        violations.report(self.id(), lineage, || {
            let (name, desk) = (view.world.names.item(row.item), view.world.names.client(client.id));
            let expected = format!("IdMappingTable of `{desk}` pairs `{name}` with one record, and both are there");
            (expected, wrong.to_owned())
        });
    }
}

/// What is wrong with the ends of a row.
fn ends(view: View<'_>, client: &Client, row: &MapRow, settled: bool) -> Option<&'static str> {
    let record_gone = view.world.server.live(row.record).is_none();
    let item_gone = view.world.mailboxes.live(row.item).is_none();
    if !row.linked || !record_gone && !item_gone {
        return None;
    }
    // A row of OutlookSyncTable is the end under way, or an error that waits for its user.
    if view.world.cache(client.id).row_of(Some(row.item), Some(row.record)).is_some() {
        return None;
    }
    // Who ignored the error of an end hears no more of it (CYC-IGNORE); what ended later he has not given up.
    let ignored = |copy: Copy| {
        let pair = (Some(row.item), Some(row.record));
        let since = view.ledger.ended_at(copy);
        since.is_some_and(|since| view.ledger.is_given_up(view.world, client.mailbox, pair, since))
    };
    if record_gone && !item_gone && !ignored(Copy::Record(row.record)) && !removal_comes(view, client, row.record) {
        return Some("the record is gone, and nothing will tell the client");
    }
    // The machines of a roaming profile work on one cache, and whichever works asks.
    let keeper = view.world.keeper(client.id);
    let mut sharing = view.world.clients.iter().filter(|other| view.world.keeper(other.id) == keeper);
    if sharing.any(|other| other.memory.empty_store == Doubt::Asked) {
        return None;
    }
    if item_gone && !ignored(Copy::Item(row.item)) && !miss_comes(view, client, row.item, settled) {
        return Some("the item is gone, and nothing will make the client look");
    }
    None
}

/// Whether the server still has to tell the client that a record is gone.
fn removal_comes(view: View<'_>, client: &Client, record: CrmId) -> bool {
    let server = &view.world.server;
    let Some(subscription) = server.subscriptions.get(client.user.index()) else { return false };
    let Some(row) = server.records.get(record.index()) else { return false };
    // An id that was reserved has no record yet; its create is under way.
    let listed = subscription.state(record) == EntryState::Remove || row.life == Life::Reserved;
    // A kind that is switched off, and a filter that was changed, are looked at as a whole the next time.
    let full = subscription.full[row.kind as usize] == Full::Yes && subscription.entry(record).is_some();
    let logged = server.tombstones.iter().rev().take_while(|tombstone| tombstone.version > subscription.watermark);
    // So are its rows of SyncEntry where the log was purged, and the protocol knows to look at them.
    let looks = view.protocol.switches.deletions_by == DeletionsBy::Membership;
    let found = looks && server.log_purged > subscription.watermark && subscription.entry(record).is_some();
    listed || full || found || logged.into_iter().any(|tombstone| tombstone.record == record)
}

/// Whether the client will still find out that an item is gone: by a notification, or by reconciliation, which comes to
/// every linked row before the world has settled.
fn miss_comes(view: View<'_>, client: &Client, item: ItemId, settled: bool) -> bool {
    let detection = view.protocol.switches.change_detection;
    let keeper = view.world.keeper(client.id);
    let is_notice = |event: &Event| match event {
        Event::Notify { client, item: of } => *of == item && view.world.keeper(*client) == keeper,
        _ => false,
    };
    let notified = || view.world.queue.in_order().into_iter().any(|(_, event)| is_notice(event));
    detection.reconcile && !settled || detection.notifications && notified()
}
