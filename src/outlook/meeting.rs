//! Which item of a calendar is meant by a record's meeting (rules.md, A.10, DUP-GOID).
//!
//! All items of a meeting carry one GlobalObjectId. A mailbox has a second one where its owner was invited again while the
//! first lay in another folder. Each item has one record at most and each record one item in a mailbox, so an item that
//! another record has is not free.

use super::client::{Env, Own};
use crate::crm::message::Found;
use crate::journal::LinkState;
use crate::mailbox::{Folder, Item};
use crate::model::{CrmId, FieldId, ItemId, UserId, Value};
use crate::protocol::switches::{MeetingIdentity, MissingItem, Relink};
use crate::rule;

/// The item of a meeting that has no mapping, by the meeting's global id (DUP-GOID): the first one in the calendar but for
/// `twins`. Where a meeting may have several records, one that is linked to another record is not it; else that other record
/// may be gone, which [`other_record`] is asked for.
pub fn find(found: Found, twins: &[ItemId], own: &Own<'_>, env: &mut Env<'_>) -> Option<(ItemId, Item)> {
    let meeting = found.meeting?;
    env.journal.follow(rule!("DUP-GOID"));
    let several = env.protocol.switches.meeting_identity == MeetingIdentity::SeparateRecords;
    let linked = |item: &ItemId| several && own.cache.map_of_item(*item).is_some_and(|(_, map)| map.linked);
    let all = env.mailboxes.of_meeting(own.mailbox, meeting);
    let mut free = all.filter(|item| !twins.contains(item) && !linked(item));
    free.next().map(|item| (item, env.mailboxes.item(item)))
}

/// An item of a record's meeting in the calendar that no record has.
pub fn find_free(record: CrmId, found: Found, own: &Own<'_>, env: &mut Env<'_>) -> Option<(ItemId, Item)> {
    let meeting = found.meeting?;
    env.journal.follow(rule!("DUP-GOID"));
    let all = env.mailboxes.of_meeting(own.mailbox, meeting).map(|item| (item, env.mailboxes.item(item)));
    let mut free = all.filter(|(id, item)| other_record(record, (*id, item), own, env).is_none());
    free.next()
}

/// The other record that an item is linked to, by its mapping row or by the crmid on it.
pub fn other_record(record: CrmId, (id, item): (ItemId, &Item), own: &Own<'_>, env: &Env<'_>) -> Option<CrmId> {
    let mapped = own.cache.map_of_item(id).map(|(_, map)| map).filter(|map| map.linked).map(|map| map.record);
    let carries = env.protocol.switches.relink == Relink::CrmidOnItem && item.link.state == LinkState::Tracked;
    mapped.or(item.link.record.filter(|_| carries)).filter(|other| *other != record)
}

/// Whether another item of the mailbox has a meeting's record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claim {
    /// None has it.
    Free,
    /// One has it that is gone, and its end was not dealt with: the record may go with it, or be let go.
    Ending,
    /// One is linked to it: each record has one item in a mailbox.
    Taken,
}

/// Whether another item of the mailbox has a meeting's record.
pub fn claim(record: CrmId, item: Option<ItemId>, own: &Own<'_>, env: &Env<'_>) -> Claim {
    let other = |of: &ItemId| Some(*of) != item;
    let carrying = env.mailboxes.carrying(own.mailbox, record).filter(other);
    let mapped = own.cache.map_of_record(record).filter(|(_, map)| map.linked && other(&map.item));
    let mapped = mapped.map(|(_, map)| env.mailboxes.live(map.item).is_some());
    let carries = |item: &Item| item.link.state != LinkState::WasTracked || item.link.by_person;
    match (mapped, carrying.is_some_and(|item| env.mailboxes.live(item).is_some_and(carries))) {
        (Some(true), _) | (_, true) => Claim::Taken,
        (Some(false), false) => Claim::Ending,
        (None, false) => Claim::Free,
    }
}

/// The item that a meeting's record is linked to, where its owner moved it to another folder: it is to be let go of, and the
/// record is free.
pub fn moved_away(record: CrmId, own: &Own<'_>, env: &Env<'_>) -> Option<ItemId> {
    let verifies = env.protocol.switches.missing_item == MissingItem::VerifyStoreThenTwice;
    let (_, map) = own.cache.map_of_record(record).filter(|(_, map)| verifies && map.linked)?;
    (env.mailboxes.item(map.item).folder == Folder::Elsewhere).then_some(map.item)
}

/// Which columns of an update the item says because an update of its meeting wrote them, and from whose mailbox that came.
pub fn of_organizer(
    item: Option<(ItemId, Item)>,
    columns: &[(FieldId, Value)],
    env: &mut Env<'_>,
) -> Option<(UserId, Vec<(FieldId, Value)>)> {
    let (_, item) = item?;
    let brought = item.brought?;
    let mut typed = brought.columns(item.kind, env.contents, &env.protocol.directions);
    typed.retain(|change| columns.contains(change));
    Some((brought.organizer, typed)).filter(|(_, typed)| !typed.is_empty())
}
