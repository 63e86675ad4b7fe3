//! What a client wants to do next, and what came of it.

use super::cache::{ChangeId, MapRow, Row};
use crate::crm::{Reply, Request};
use crate::journal::Report;
use crate::mailbox::{Folder, Link};
use crate::model::{Answer, Call, ContentId, CrmId, FieldId, ItemId, Kind, MapId, MeetingId, Table, Value};
use crate::sim::Time;

/// The next thing that a client wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Intent {
    /// Send a request and wait for its answer.
    Send(Request),
    /// Write something that survives.
    Write(Write),
    /// Look into the mailbox.
    Look(Look),
    /// The operation is over.
    Finish(Answer, Report),
}

/// What came of the last intent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Nothing was asked yet.
    Begin,
    /// The answer to a request.
    Reply(Reply),
    /// The write was done; it made this item or this row.
    Written(Option<Made>),
    /// The look was possible; what there is to see, the mailbox shows.
    Looked,
    /// The write or the look failed, and nothing was written.
    Failed {
        /// What was tried.
        call: Call,
        /// Why it failed.
        answer: Answer,
    },
}

/// One look into the mailbox: it takes no time, and can fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// Open the store and walk its contents table.
    Scan,
    /// Read the item of a row.
    Read {
        /// The item.
        item: ItemId,
        /// Its record, where the row knows it.
        record: Option<CrmId>,
    },
    /// See whether a mapped item is there.
    Verify {
        /// The item.
        item: ItemId,
        /// Its record.
        record: CrmId,
    },
}

impl Look {
    /// The call that faults address the look by, and what it concerns.
    #[must_use]
    pub fn address(&self) -> (Call, Option<ItemId>, Option<CrmId>) {
        match *self {
            Look::Scan => (Call::Scan, None, None),
            Look::Read { item, record } => (Call::ReadStore, Some(item), record),
            Look::Verify { item, record } => (Call::Verify, Some(item), Some(record)),
        }
    }
}

/// What a write made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Made {
    /// An item.
    Item(ItemId),
    /// A row of OutlookSyncTable.
    Row(ChangeId),
    /// An item's fields, which are now these.
    Saved(ContentId),
}

/// One durable write: each is a point where a client can die before or after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// A new item from a record, with its link in the same save where `link` is given.
    CreateItem {
        /// The kind.
        kind: Kind,
        /// The columns.
        columns: Vec<(FieldId, Value)>,
        /// The link that is saved with it.
        link: Option<Link>,
        /// The record it is made from.
        record: CrmId,
        /// The meeting that the record is of.
        meeting: Option<MeetingId>,
    },
    /// Columns of an item; in the same save OriginalXML, with the record and its version that it belongs to, where they are given.
    SaveItem {
        /// The item.
        item: ItemId,
        /// The columns.
        columns: Vec<(FieldId, Value)>,
        /// The record, OriginalXML and the record's version.
        base: Option<(CrmId, (ContentId, u64))>,
        /// What the item must still say, and where it must lie, where saves are checked: else the store refuses the save.
        seen: Option<(ContentId, Folder)>,
    },
    /// What synchronization keeps on an item.
    SaveLink {
        /// The item.
        item: ItemId,
        /// The link.
        link: Link,
    },
    /// A crmid that the client chooses for an item before it creates the record, with what it is about to send.
    Reserve {
        /// The item.
        item: ItemId,
        /// What is about to be sent.
        base: ContentId,
        /// The id that it carries of a record that is gone.
        instead: Option<CrmId>,
    },
    /// OriginalXML of an item.
    SaveBase {
        /// The item.
        item: ItemId,
        /// OriginalXML.
        base: ContentId,
        /// The record's version that it belongs to; the old one where `None`.
        version: Option<u64>,
        /// The change number of a person's last save of the item when it was read.
        edited: u64,
    },
    /// An item goes.
    DeleteItem {
        /// The item.
        item: ItemId,
        /// What it must still say, and where it must lie, where saves are checked.
        seen: Option<(ContentId, Folder)>,
    },
    /// A row of IdMappingTable.
    PutMap(MapRow),
    /// A row of IdMappingTable goes.
    DropMap(MapId),
    /// A row of OutlookSyncTable, by its id where it exists.
    PutRow(Option<ChangeId>, Row),
    /// A row of OutlookSyncTable goes.
    DropRow(ChangeId),
    /// When the client last synchronized.
    SyncState {
        /// Whether nothing was synchronized into the cache yet.
        fresh: bool,
        /// When the cycle began, by the client's clock.
        last_sync: Time,
        /// The mailbox's change number at that time.
        last_change: u64,
    },
}

impl Write {
    /// The item that must still be what the write was computed from, and what that is.
    #[must_use]
    pub fn seen(&self) -> Option<(ItemId, (ContentId, Folder))> {
        match *self {
            Write::SaveItem { item, seen, .. } | Write::DeleteItem { item, seen } => seen.map(|seen| (item, seen)),
            _ => None,
        }
    }

    /// The call and, for the cache file, the table that faults address the write by.
    #[must_use]
    pub fn address(&self) -> (Call, Option<Table>) {
        match self {
            Write::CreateItem { .. } => (Call::CreateItem, None),
            Write::SaveItem { .. } | Write::SaveLink { .. } | Write::Reserve { .. } | Write::SaveBase { .. } => {
                (Call::SaveItem, None)
            }
            Write::DeleteItem { .. } => (Call::DeleteItem, None),
            Write::PutMap(_) | Write::DropMap(_) => (Call::WriteCache, Some(Table::IdMapping)),
            Write::PutRow(..) | Write::DropRow(_) => (Call::WriteCache, Some(Table::OutlookSync)),
            Write::SyncState { .. } => (Call::WriteCache, Some(Table::SyncState)),
        }
    }
}
