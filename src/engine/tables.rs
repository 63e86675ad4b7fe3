//! The tables that people know from the product, as rows of columns (tables.md): for expectations and for reports.

use super::world::World;
use crate::journal::EntryState;
use crate::model::{Answer, ClientId, CrmId, ItemId, Table};

/// One row: what it is about, and its columns as numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableRow {
    /// The alias of the item or record; empty where the row is about neither.
    pub about: String,
    /// The item.
    pub item: Option<ItemId>,
    /// The record.
    pub record: Option<CrmId>,
    /// The columns by name.
    pub columns: Vec<(&'static str, i64)>,
    /// Why the row failed last time.
    pub error: Option<Answer>,
}

impl TableRow {
    fn new(columns: impl Into<Vec<(&'static str, i64)>>) -> TableRow {
        TableRow { about: String::new(), item: None, record: None, columns: columns.into(), error: None }
    }
}

/// The rows of a table as one client's user sees it: the client's own cache, or the server's rows of the subscription.
#[must_use]
pub fn rows(world: &World, client: ClientId, table: Table) -> Vec<TableRow> {
    let own = &world.clients[client.index()];
    let cache = world.cache(client);
    let subscription = &world.server.subscriptions[own.user.index()];
    let of_record = |record: CrmId, columns| {
        let about = world.names.record(record).to_owned();
        TableRow { about, record: Some(record), ..TableRow::new(columns) }
    };
    let of_item = |item: ItemId, record, columns| {
        let about = world.names.item(item).to_owned();
        TableRow { about, item: Some(item), record, ..TableRow::new(columns) }
    };
    match table {
        Table::SyncEntry => subscription
            .entries()
            .map(|(record, entry)| {
                let state = match entry.state {
                    EntryState::Upsert => 1,
                    EntryState::Remove => 2,
                    EntryState::Absent | EntryState::Done => 0,
                };
                of_record(
                    record,
                    vec![("ObjectTypeCode", i64::from(entry.kind.object_type_code())), ("SyncState", state)],
                )
            })
            .collect(),
        Table::ManuallyTracked => subscription
            .tracked
            .iter()
            .map(|(record, track)| of_record(*record, vec![("Track", i64::from(*track))]))
            .collect(),
        Table::TrackingDeleted => world
            .server
            .tombstones
            .iter()
            .map(|row| of_record(row.record, vec![("ObjectTypeCode", i64::from(row.kind.object_type_code()))]))
            .collect(),
        Table::ObjectAccess => world
            .server
            .access
            .rows_of(own.user)
            .map(|(record, rights)| of_record(record, vec![("AccessRightsMask", i64::from(rights.mask()))]))
            .collect(),
        Table::SubscriptionClients => subscription
            .clients
            .iter()
            .filter(|(id, _)| *id == client)
            .map(|(_, primary)| TableRow::new([("IsPrimaryClient", i64::from(*primary))]))
            .collect(),
        Table::SubscriptionSyncInfo => subscription
            .sync_info
            .iter()
            .map(|info| {
                TableRow::new([
                    ("InsertObjectCount", i64::from(info.inserted)),
                    ("DeleteObjectCount", i64::from(info.deleted)),
                    ("DataSize", i64::from(info.data_size)),
                    ("SyncResult", i64::from(info.complete)),
                ])
            })
            .collect(),
        Table::IdMapping => cache
            .maps()
            .map(|(_, map)| {
                let bits = [("Linked", map.linked), ("DeletedLocally", map.deleted_locally), ("Visited", map.visited)];
                of_item(map.item, Some(map.record), bits.map(|(name, bit)| (name, i64::from(bit))).to_vec())
            })
            .collect(),
        Table::OutlookSync => cache
            .rows()
            .map(|(_, row)| {
                let columns = vec![
                    ("OutlookChange", row.outlook_change as i64),
                    ("CrmChange", row.crm_change as i64),
                    ("Priority", i64::from(row.priority)),
                ];
                let about = match (row.item, row.record) {
                    (Some(item), record) => of_item(item, record, columns),
                    (None, Some(record)) => of_record(record, columns),
                    (None, None) => TableRow::new(columns),
                };
                TableRow { error: row.error, ..about }
            })
            .collect(),
        Table::SyncState => {
            vec![TableRow::new([("Fresh", i64::from(cache.fresh))])]
        }
    }
}
