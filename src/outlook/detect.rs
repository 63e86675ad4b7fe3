//! What a client makes of an item that may have changed in Outlook (rules.md, A.5).
//!
//! Notifications, the contents-table scan and reconciliation differ in when they look and at which items; what they make
//! of an item is decided here, once.

use super::cache::{ChangeId, CrmChange, OutlookChange, Row};
use super::client::{Env, Own};
use crate::journal::LinkState;
use crate::mailbox::{Folder, Item, Store};
use crate::model::mapping::{self, Directions};
use crate::model::{Contents, ItemId, Told};
use crate::protocol::Protocol;
use crate::protocol::switches::{MissingItem, PurgedItem, ReactivatedContact, Relink};

/// Whether the store is not the one whose items the cache names: its change number is behind what the client saw, or what it saw
/// when the cycle `began`. Where a missing item is not believed at once, nothing that such a store does not show is.
pub fn is_another_store(own: &Own<'_>, env: &Env<'_>, began: u64) -> bool {
    let knows_items = || own.cache.map_count() > 0 || own.cache.rows().any(|(_, row)| row.item.is_some());
    let seen = own.cache.last_change.max(began).max(u64::from(knows_items()));
    let verifies = env.protocol.switches.missing_item == MissingItem::VerifyStoreThenTwice;
    verifies && env.mailboxes.change(own.mailbox) < seen
}

/// What is to be done about an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Noticed {
    /// Nothing: nothing changed, or it is recorded already.
    Nothing,
    /// A row of OutlookSyncTable is to be written.
    Put(Option<ChangeId>, Row),
    /// A row is to be dropped: the item that it was to create is gone.
    Drop(ChangeId),
}

/// Looks at one item.
pub fn notice(
    own: &Own<'_>,
    id: ItemId,
    mailboxes: Store<'_>,
    protocol: &Protocol,
    contents: &mut Contents,
) -> Noticed {
    let item = mailboxes.item(id);
    let directions = &protocol.directions;
    let changed = differs_from_base(&item, directions, contents);
    judge(own, id, (item.folder, changed), mailboxes, protocol)
}

/// Takes down what a notification says of one item (DET-MAPI). A client that verifies looks at the item instead: the store
/// knows whether it is there.
pub fn told(
    own: &Own<'_>,
    (id, told): (ItemId, Told),
    mailboxes: Store<'_>,
    protocol: &Protocol,
    contents: &mut Contents,
) -> Noticed {
    let folder = mailboxes.item(id).folder;
    match (protocol.switches.missing_item, told) {
        (MissingItem::VerifyStoreThenTwice, _) => notice(own, id, mailboxes, protocol, contents),
        (MissingItem::DeleteOnFirstMiss, Told::Deleted) => judge(own, id, (Folder::Purged, false), mailboxes, protocol),
        (MissingItem::DeleteOnFirstMiss, Told::Created | Told::Changed) => {
            judge(own, id, (folder, true), mailboxes, protocol)
        }
    }
}

/// What is to be done about an item that is taken to lie in a folder, and to be changed since it was synchronized or not.
fn judge(
    own: &Own<'_>,
    id: ItemId,
    (folder, changed): (Folder, bool),
    mailboxes: Store<'_>,
    protocol: &Protocol,
) -> Noticed {
    let item = mailboxes.item(id);
    let map = own.cache.map_of_item(id).map(|(_, map)| map).filter(|map| !map.is_of_before(&item.link));
    // Where the crmid on an item recognises it, it stands for a mapping that was lost with the cache.
    let says = item.folder != Folder::Purged && !item.left_when_let_go();
    let carried = item.link.record.filter(|_| map.is_none() && says);
    let carried = carried.filter(|record| mailboxes.carrying(own.mailbox, *record) == Some(id));
    let carried = carried.filter(|_| protocol.switches.relink == Relink::CrmidOnItem && own.role.synchronizes());
    // The mailbox's recoverable items stand for a mapping too: they say what was purged.
    let lists = protocol.switches.purged_item == PurgedItem::StaysListed && own.role.synchronizes();
    let listed = || mailboxes.purged(own.mailbox).find(|(_, item)| *item == id).map(|(record, _)| record);
    let carried = carried.or_else(|| listed().filter(|_| lists && map.is_none()));
    let linked = map.map_or(carried.is_some(), |map| map.linked);
    let known = own.cache.row_of(Some(id), carried);
    // Who tracked an item again that was let go, and deletes it, does not want it: that is noted now, not when its record is
    // listed again.
    let relinks = protocol.switches.reactivated_contact == ReactivatedContact::Relinks && own.role.synchronizes();
    let unlinked = map.filter(|map| !map.linked && !map.deleted_locally && relinks);
    let tracked_again = unlinked.filter(|_| match item.folder {
        Folder::DeletedItems => true,
        Folder::Purged => lists && listed().is_some(),
        Folder::Synchronized | Folder::Elsewhere | Folder::OtherStore => false,
    });
    let untracked = || match item.link.delete_record {
        true => OutlookChange::UntrackedDelete,
        false => OutlookChange::Untracked,
    };
    let change = match (folder, item.link.state) {
        // An item that can be read still says that it was untracked before it was deleted.
        (Folder::Synchronized | Folder::Elsewhere | Folder::DeletedItems, LinkState::WasTracked)
            if linked && item.link.by_person =>
        {
            untracked()
        }
        (Folder::DeletedItems, _) if item.deleted_by_synchronization() => return Noticed::Nothing,
        (Folder::Synchronized, LinkState::Unmarked | LinkState::WasTracked) => return Noticed::Nothing,
        (Folder::Synchronized, LinkState::Pending) => OutlookChange::Upsert,
        // A tracked item that the cache does not know is looked at whatever it says: its mapping was lost.
        (Folder::Synchronized, LinkState::Tracked) if map.is_none() && own.role.synchronizes() => OutlookChange::Upsert,
        (Folder::Synchronized, LinkState::Tracked) if changed => OutlookChange::Upsert,
        (Folder::Synchronized, LinkState::Tracked) => return Noticed::Nothing,
        (_, LinkState::Tracked) if !own.role.synchronizes() => OutlookChange::Deleted,
        (_, _) if linked => OutlookChange::Deleted,
        (_, LinkState::Pending) if tracked_again.is_some() => OutlookChange::Deleted,
        (_, _) => {
            let waits_for_create = known.filter(|row| own.cache.row(*row).is_some_and(|row| row.record.is_none()));
            return waits_for_create.map_or(Noticed::Nothing, Noticed::Drop);
        }
    };
    // An older item of the record, which synchronization let go of, is another.
    let goes_on = |item: &Item| item.link.state != LinkState::WasTracked || item.link.by_person;
    let moved_on = |record| {
        let other = mailboxes.carrying(own.mailbox, record).and_then(|other| mailboxes.live(other));
        other.is_some_and(goes_on)
    };
    if change == OutlookChange::Deleted
        && item.folder == Folder::Purged
        && protocol.switches.relink == Relink::CrmidOnItem
        && map.is_some_and(|map| moved_on(map.record))
    {
        // It has another EntryId, under which its record is found by the crmid.
        return Noticed::Nothing;
    }
    let time = if change == OutlookChange::Deleted { own.clock } else { item.modified };
    let record = map.filter(|map| map.linked).or(tracked_again).map(|map| map.record).or(carried);
    let old = known.and_then(|row| own.cache.row(row).copied());
    let old = old.unwrap_or_else(|| Row::new(item.kind, Some(id), record));
    if change == OutlookChange::Deleted && ended(old.outlook_change) {
        return Noticed::Nothing;
    }
    if old.outlook_change == change && old.outlook_time == time {
        return Noticed::Nothing;
    }
    let record = old.record.or(record);
    let row = Row { item: Some(id), record, outlook_change: change, outlook_time: time, error: None, ..old };
    Noticed::Put(known, row)
}

/// Whether the item says something else than what was last synchronized.
fn differs_from_base(item: &Item, directions: &Directions, contents: &mut Contents) -> bool {
    let form = mapping::from_outlook(contents, directions, item.kind, item.content);
    let changes = contents.diff(item.link.base, form);
    changes.iter().any(|(field, _)| directions.of(*field) == crate::model::Direction::Both)
}

/// Whether a row says already how a person ended its item.
fn ended(change: OutlookChange) -> bool {
    matches!(change, OutlookChange::Deleted | OutlookChange::Untracked | OutlookChange::UntrackedDelete)
}

/// The row with what GetSyncData said of a record added to it.
#[must_use]
pub fn listed(own: &Own<'_>, row: Row, change: CrmChange) -> (Option<ChangeId>, Row) {
    let known = own.cache.row_of(row.item, row.record);
    let old = known.and_then(|known| own.cache.row(known).copied()).unwrap_or(row);
    let crm_time = row.crm_time;
    (known, Row { record: row.record, item: old.item.or(row.item), crm_change: change, crm_time, error: None, ..old })
}
