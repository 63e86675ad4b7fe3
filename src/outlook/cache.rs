//! The cache file (OutlookSyncCache.sdf): IdMappingTable, OutlookSyncTable and when the client last synchronized.

use crate::crm::UpdateName;
use crate::journal::{MapView, RowView};
use crate::mailbox::{Link, Synchronized};
use crate::model::{Answer, ContentId, CrmId, ItemId, Kind, MapId};
use crate::sim::{FlatMap, FlatSet, Time};

/// A row of IdMappingTable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MapRow {
    /// `CrmId`.
    pub record: CrmId,
    /// `EntryId`.
    pub item: ItemId,
    /// `ObjectType`.
    pub kind: Kind,
    /// `Linked`: the pair is active.
    pub linked: bool,
    /// `DeletedLocally`: the user removed the item, and it is never made again.
    pub deleted_locally: bool,
    /// `Visited`: reconciliation missed the item once.
    pub visited: bool,
    /// `VerifiedTime`.
    pub verified: Time,
    /// OriginalXML once more, where the mapping row has it too: when the item is purged, it alone tells whether the record was
    /// edited since.
    pub base: Option<ContentId>,
}

impl MapRow {
    /// Whether the pair was let go, and the item has got the id of another record since: then the row says nothing of what
    /// becomes of that.
    #[must_use]
    pub fn is_of_before(&self, link: &Link) -> bool {
        !self.linked && link.record.is_some_and(|record| record != self.record)
    }

    /// What others see of the row.
    #[must_use]
    pub fn view(&self) -> MapView {
        let MapRow { record, item, linked, deleted_locally, .. } = *self;
        MapView { record, item, linked, deleted_locally }
    }
}

/// What a row of OutlookSyncTable says about the Outlook side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum OutlookChange {
    /// Nothing changed there.
    #[default]
    None,
    /// Created or changed (1).
    Upsert,
    /// Deleted (2).
    Deleted,
    /// Untracked (3).
    Untracked,
    /// Untracked, and the record is to be deleted (4).
    UntrackedDelete,
}

/// What a row of OutlookSyncTable says about the CRM side (CYC-CHG).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum CrmChange {
    /// Nothing changed there.
    #[default]
    None,
    /// Created or changed (1).
    Upsert,
    /// Deleted, or out of the filter (2).
    Removed,
}

/// What the mass-deletion guard says of a row that would delete something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Hold {
    /// Nothing.
    #[default]
    None,
    /// The user was asked and has not answered.
    Asked,
    /// The user said that it is to be deleted.
    Delete,
    /// The user said that it is to be kept.
    Keep,
}

/// An update that was sent and not answered yet: OriginalXML before it, and what CRM says once it was carried out. Only the
/// columns in which the two differ were sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sent {
    /// Before.
    pub before: ContentId,
    /// After.
    pub after: ContentId,
    /// The record's version that it was sent against.
    pub version: u64,
    /// Its name, by which CRM says whether it was carried out.
    pub name: UpdateName,
}

/// A save that takes something down to an item and writes its OriginalXML with it, as it is noted before it is made. Power can
/// fail in the middle: then the fields are there and what synchronization keeps on the item is not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Saved {
    /// OriginalXML before the save, and the record's version that it belongs to.
    pub before: Synchronized,
    /// The same after it.
    pub after: Synchronized,
    /// The item's [`crate::mailbox::Item::written`] before it, by which the store says whether it wrote the fields.
    pub written: u64,
    /// The item's [`crate::mailbox::Item::edited`] before it.
    pub edited: u64,
}

/// A row of OutlookSyncTable: one an item, not one a change. It names the item and the record themselves rather than a
/// mapping row, because either may not be mapped yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    /// The kind.
    pub kind: Kind,
    /// The item, where it is known.
    pub item: Option<ItemId>,
    /// The record, where it is known.
    pub record: Option<CrmId>,
    /// `OutlookChange`.
    pub outlook_change: OutlookChange,
    /// `OutlookTimestamp`.
    pub outlook_time: Time,
    /// `CrmChange`.
    pub crm_change: CrmChange,
    /// `CrmTimestamp`.
    pub crm_time: Time,
    /// `Priority`: to be sent at once (IMM-PRIORITY).
    pub priority: bool,
    /// Why it failed last time.
    pub error: Option<Answer>,
    /// The last update, where it is noted before it is sent; it stands here until the answer came.
    pub sent: Option<Sent>,
    /// The last save that writes fields and OriginalXML of the item, where it is noted before it is made.
    pub saved: Option<Saved>,
    /// Whether the mass-deletion guard holds it.
    pub hold: Hold,
    /// How often the row was written; a row that is written while it is processed is not dropped at the end.
    pub writes: u32,
}

impl Row {
    /// A row without any change.
    #[must_use]
    pub fn new(kind: Kind, item: Option<ItemId>, record: Option<CrmId>) -> Row {
        Row {
            kind,
            item,
            record,
            outlook_change: OutlookChange::None,
            outlook_time: Time(0),
            crm_change: CrmChange::None,
            crm_time: Time(0),
            priority: false,
            error: None,
            sent: None,
            saved: None,
            hold: Hold::None,
            writes: 0,
        }
    }

    /// The row with what an older row of the same item says and it does not.
    fn joined(self, older: &Row) -> Row {
        let priority = self.priority || older.priority;
        let mut row = Row { priority, sent: self.sent.or(older.sent), saved: self.saved.or(older.saved), ..self };
        (row.item, row.record) = (self.item.or(older.item), self.record.or(older.record));
        if self.outlook_change == OutlookChange::None {
            (row.outlook_change, row.outlook_time) = (older.outlook_change, older.outlook_time);
        }
        if self.crm_change == CrmChange::None {
            (row.crm_change, row.crm_time) = (older.crm_change, older.crm_time);
        }
        row
    }

    /// What others see of the row.
    #[must_use]
    pub fn view(&self) -> RowView {
        RowView {
            item: self.item,
            record: self.record,
            outlook_change: self.outlook_change as u8,
            crm_change: self.crm_change as u8,
            error: self.error,
        }
    }
}

/// The key of a row of OutlookSyncTable (`ChangeId`).
pub type ChangeId = u32;

/// The cache file. It survives a crash, and is lost as a whole.
#[derive(Clone, Debug, Hash)]
pub struct Cache {
    maps: FlatMap<MapId, MapRow>,
    map_by_record: FlatSet<(CrmId, MapId)>,
    map_by_item: FlatSet<(ItemId, MapId)>,
    rows: FlatMap<ChangeId, Row>,
    row_by_record: FlatMap<CrmId, ChangeId>,
    row_by_item: FlatMap<ItemId, ChangeId>,
    next_map: u32,
    next_change: ChangeId,
    /// Whether nothing was synchronized into this file yet.
    pub fresh: bool,
    /// When the last finished cycle began, by the client's clock.
    pub last_sync: Time,
    /// The mailbox's change number at that time.
    pub last_change: u64,
    /// What the last write left in the file, which no other write does; 0 in a new one.
    pub mark: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Cache {
            maps: FlatMap::default(),
            map_by_record: FlatSet::default(),
            map_by_item: FlatSet::default(),
            rows: FlatMap::default(),
            row_by_record: FlatMap::default(),
            row_by_item: FlatMap::default(),
            next_map: 1,
            next_change: 1,
            fresh: true,
            last_sync: Time(i64::MIN),
            last_change: 0,
            mark: 0,
        }
    }
}

impl Cache {
    /// The mapping rows in the order of their ids.
    pub fn maps(&self) -> impl Iterator<Item = (MapId, &MapRow)> {
        self.maps.iter().map(|(id, row)| (*id, row))
    }

    /// How many mapping rows there are.
    #[must_use]
    pub fn map_count(&self) -> usize {
        self.maps.len()
    }

    /// A mapping row.
    #[must_use]
    pub fn map(&self, id: MapId) -> Option<&MapRow> {
        self.maps.get(&id)
    }

    /// The first mapping row of a record.
    #[must_use]
    pub fn map_of_record(&self, record: CrmId) -> Option<(MapId, &MapRow)> {
        let (at, id) = self.map_by_record.range_from(&(record, MapId(0))).next()?;
        (*at == record).then(|| (*id, self.maps.get(id).expect("an indexed row exists")))
    }

    /// The first mapping row of an item.
    #[must_use]
    pub fn map_of_item(&self, item: ItemId) -> Option<(MapId, &MapRow)> {
        let (at, id) = self.map_by_item.range_from(&(item, MapId(0))).next()?;
        (*at == item).then(|| (*id, self.maps.get(id).expect("an indexed row exists")))
    }

    /// Writes a mapping row: in place of the pair's row where it has one, else as a new one. Rows of either end with some
    /// other partner, which this pair replaces, are dropped.
    pub fn put_map(&mut self, row: MapRow) -> MapId {
        let same = self.map_of_record(row.record).filter(|(_, old)| old.item == row.item).map(|(id, _)| id);
        let id = same.unwrap_or_else(|| {
            let id = MapId(self.next_map);
            self.next_map += 1;
            id
        });
        let partners =
            [self.map_of_record(row.record), self.map_of_item(row.item)].map(|found| found.map(|(id, _)| id));
        for stale in partners.into_iter().flatten().filter(|stale| *stale != id) {
            self.drop_map(stale);
        }
        self.map_by_record.insert((row.record, id));
        self.map_by_item.insert((row.item, id));
        self.maps.insert(id, row);
        id
    }

    /// Drops a mapping row.
    pub fn drop_map(&mut self, id: MapId) -> Option<MapRow> {
        let row = self.maps.remove(&id)?;
        self.map_by_record.remove(&(row.record, id));
        self.map_by_item.remove(&(row.item, id));
        Some(row)
    }

    /// The rows of OutlookSyncTable in the order of their ids.
    pub fn rows(&self) -> impl Iterator<Item = (ChangeId, &Row)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }

    /// How many rows of OutlookSyncTable there are.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// A row of OutlookSyncTable.
    #[must_use]
    pub fn row(&self, id: ChangeId) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// The row of an item or a record, by either end or through the mapping.
    #[must_use]
    pub fn row_of(&self, item: Option<ItemId>, record: Option<CrmId>) -> Option<ChangeId> {
        // A pair that is not linked any more is two things: the item may have another record by now.
        let linked = |map: &(MapId, &MapRow)| map.1.linked;
        let mapped_record = item.and_then(|item| self.map_of_item(item)).filter(linked).map(|(_, map)| map.record);
        let mapped_item = record.and_then(|record| self.map_of_record(record)).filter(linked).map(|(_, map)| map.item);
        let by_item = item.or(mapped_item).and_then(|item| self.row_by_item.get(&item));
        by_item.or_else(|| record.or(mapped_record).and_then(|record| self.row_by_record.get(&record))).copied()
    }

    /// Writes a row, as a new one where `id` is not given. The table has one row for an item: where one was written since
    /// somebody found that there is none, the two are one, and what only the older says stays.
    pub fn put_row(&mut self, id: Option<ChangeId>, row: Row) -> ChangeId {
        let met = if id.is_none() { self.row_of(row.item, row.record) } else { None };
        let row = match met.and_then(|met| self.rows.get(&met)) {
            Some(older) => row.joined(older),
            None => row,
        };
        let id = id.or(met).unwrap_or(self.next_change);
        self.next_change = self.next_change.max(id + 1);
        let writes = self.rows.get(&id).map_or(0, |old| old.writes + 1);
        self.drop_row(id);
        if let Some(item) = row.item {
            self.row_by_item.insert(item, id);
        }
        if let Some(record) = row.record {
            self.row_by_record.insert(record, id);
        }
        self.rows.insert(id, Row { writes, ..row });
        id
    }

    /// Drops a row.
    pub fn drop_row(&mut self, id: ChangeId) -> Option<Row> {
        let row = self.rows.remove(&id)?;
        // Two rows can name one record while its item is let go: each is found by what it was written for last.
        if let Some(item) = row.item.filter(|item| self.row_by_item.get(item) == Some(&id)) {
            self.row_by_item.remove(&item);
        }
        if let Some(record) = row.record.filter(|record| self.row_by_record.get(record) == Some(&id)) {
            self.row_by_record.remove(&record);
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        PutMap(u32, u32),
        DropMap(u32),
        PutRow(Option<u32>, Option<u32>, Option<u32>),
        DropRow(u32),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let id = || 0_u32..6;
        prop_oneof![
            (id(), id()).prop_map(|(record, item)| Step::PutMap(record, item)),
            (1_u32..12).prop_map(Step::DropMap),
            (prop::option::of(1_u32..12), prop::option::of(id()), prop::option::of(id()))
                .prop_map(|(change, item, record)| Step::PutRow(change, item, record)),
            (1_u32..12).prop_map(Step::DropRow),
        ]
    }

    proptest! {
        /// Whatever was written, a record and an item stand in at most one mapping row each, and every look-up by record or
        /// item finds the row that a scan of the table finds.
        #[test]
        fn look_ups_agree_with_a_scan(steps in prop::collection::vec(any_step(), 0..40)) {
            let mut cache = Cache::default();
            for step in steps {
                match step {
                    Step::PutMap(record, item) => {
                        let (record, item) = (CrmId(record), ItemId(item));
                        let (linked, deleted_locally, visited, verified) = (true, false, false, Time(0));
                        let (kind, base) = (Kind::Contact, None);
                        cache.put_map(MapRow { record, item, kind, linked, deleted_locally, visited, verified, base });
                    }
                    Step::DropMap(id) => drop(cache.drop_map(MapId(id))),
                    Step::PutRow(change, item, record) => {
                        let change = change.filter(|change| cache.row(*change).is_some());
                        let (item, record) = (item.map(ItemId), record.map(CrmId));
                        let taken = cache.row_of(item, record);
                        cache.put_row(taken.or(change), Row::new(Kind::Contact, item, record));
                    }
                    Step::DropRow(id) => drop(cache.drop_row(id)),
                }
                for id in 0..6 {
                    let by_record: Vec<MapId> =
                        cache.maps().filter(|(_, map)| map.record == CrmId(id)).map(|(id, _)| id).collect();
                    let by_item: Vec<MapId> =
                        cache.maps().filter(|(_, map)| map.item == ItemId(id)).map(|(id, _)| id).collect();
                    prop_assert!(by_record.len() <= 1 && by_item.len() <= 1);
                    prop_assert_eq!(cache.map_of_record(CrmId(id)).map(|(id, _)| id), by_record.first().copied());
                    prop_assert_eq!(cache.map_of_item(ItemId(id)).map(|(id, _)| id), by_item.first().copied());
                }
            }
        }
    }
}
