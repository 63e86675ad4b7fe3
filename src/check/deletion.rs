//! Every deletion that synchronization performs has a cause that the sources' tables allow (rules.md, A.9).
//!
//! The tables stand here a second time. Of the protocol only the named policies are read: `canceled-task` and
//! `untrack-deletes`.

use super::appointments::{Occasion, ended_in_crm, ended_in_outlook};
use super::lineage::{Copy, Ending, How, Lineage};
use super::scope::belongs;
use super::{Invariant, View, Violations};
use crate::crm::SyncAction;
use crate::crm::record::statuscode;
use crate::journal::{By, Fact, LinkState, What};
use crate::model::{Call, ClientId, CrmId, ItemId, Kind, UserId, status};
use crate::protocol::Switches;
use crate::protocol::switches::{CanceledTask, UntrackDeletes};
use crate::sim::{FlatMap, FlatSet, Time};

/// Whether the deletion of an item in Outlook deletes its record: of a contact never, of a task unless it is completed, by
/// the record's status or by that of the item where the item can still be read (D-16). A canceled task shows as completed
/// in Outlook, so of such a one only the record's status says anything. Of an appointment it does where the record is open,
/// the start is to come, and the person owns or organizes it.
#[must_use]
pub fn reaches_crm(
    switches: &Switches,
    kind: Kind,
    record_status: i64,
    item_status: Option<i64>,
    occasion: Occasion,
) -> bool {
    match kind {
        Kind::Contact => false,
        Kind::Appointment => !status::is_closed(kind, record_status) && occasion.in_future && occasion.concerned,
        Kind::Task if record_status == status::TASK_CANCELED => switches.canceled_task == CanceledTask::Deletes,
        Kind::Task => record_status != status::TASK_COMPLETED && item_status != Some(status::TASK_COMPLETED),
    }
}

/// Whether the end of a record, or its leaving the filter, deletes its item: of a contact unless the user owns it, of a task
/// unless it is completed in Outlook, of an appointment if its start is to come.
#[must_use]
pub fn reaches_outlook(kind: Kind, owned: bool, item_status: i64, occasion: Occasion) -> bool {
    match kind {
        Kind::Contact => !owned,
        Kind::Appointment => occasion.in_future && occasion.concerned,
        Kind::Task => item_status != status::TASK_COMPLETED,
    }
}

/// Whether untracking an item deletes its record.
#[must_use]
pub fn untracking_deletes(switches: &Switches, delete_record: bool, owned: bool) -> bool {
    match switches.untrack_deletes {
        UntrackDeletes::Asks => delete_record,
        UntrackDeletes::NonOwnerDeletes => delete_record || !owned,
        UntrackDeletes::OwnerOnly => delete_record && owned,
    }
}

/// `deletion-allowed`.
#[derive(Debug, Default)]
pub struct DeletionAllowed {
    /// Records that were outside a user's mailbox at the user's last PrepareSync and wait there to be removed.
    outside: FlatSet<(UserId, CrmId)>,
    /// The records that the Retrieve requests under way name.
    asked: FlatMap<u32, CrmId>,
    /// What a client's clock showed when it last heard of a record: then it decides.
    heard: FlatMap<(ClientId, CrmId), Time>,
}

impl Invariant for DeletionAllowed {
    fn id(&self) -> &'static str {
        "deletion-allowed"
    }

    fn meaning(&self) -> &'static str {
        "Synchronization deletes only what ended on the other side, and only where the deletion rules say so."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::Prepared { user, .. } => self.prepared(view, user),
                What::Sent { request, call: Call::Retrieve, record: Some(record), .. } => {
                    self.asked.insert(request, record);
                }
                What::Answered { request, client, call: Call::Retrieve, .. } => {
                    let clock = view.world.clients.get(client.index()).map(|client| client.clock_at(fact.at));
                    if let (Some(record), Some(clock)) = (self.asked.remove(&request), clock) {
                        self.heard.insert((client, record), clock);
                    }
                }
                What::ItemDeleted { item, by: By::Sync(client), .. } => {
                    if let Err(why) = self.item_deleted(view, client, item) {
                        let name = view.world.names.item(item);
                        violations.report(self.id(), view.ledger.lineage_of_item(item), || {
                            (format!("the item of `{name}` stays"), format!("it was deleted, although {why}"))
                        });
                    }
                }
                What::RecordDeleted { record, by: By::Sync(client) } => {
                    if let Err(why) = self.record_deleted(view, client, record) {
                        let name = view.world.names.record(record);
                        violations.report(self.id(), view.ledger.lineage_of_record(record), || {
                            (format!("the record of `{name}` stays"), format!("it was deleted, although {why}"))
                        });
                    }
                }
                _ => {}
            }
        }
    }
}

impl DeletionAllowed {
    /// Looks at what a user's SyncEntry wants removed, while it is certain what the world was when that was decided.
    fn prepared(&mut self, view: View<'_>, user: UserId) {
        let old: Vec<_> = self.outside.iter().copied().filter(|(of, _)| *of == user).collect();
        // What is outside still may wait in the client's queue, although it was delivered.
        for key in old.iter().filter(|(_, record)| belongs(view, user, *record)) {
            self.outside.remove(key);
        }
        let Some(subscription) = view.world.server.subscriptions.get(user.index()) else { return };
        for kind in Kind::ALL {
            for (record, _) in subscription.page(kind, SyncAction::Remove, usize::MAX) {
                if !belongs(view, user, record) {
                    self.outside.insert((user, record));
                }
            }
        }
    }

    fn item_deleted(&self, view: View<'_>, client: ClientId, item: ItemId) -> Result<(), &'static str> {
        let row = view.world.mailboxes.item(item);
        let user = row.mailbox;
        let Some(lineage) = view.ledger.lineage_of_item(item).map(|id| view.ledger.lineage(id)) else { return Ok(()) };
        let carried = row.link.record.or(view.ledger.last_record(item));
        let carried = carried.filter(|record| lineage.records.contains(record));
        let Some(record) = carried.or(lineage.records.last().copied()) else { return Err("it never had a record") };
        let exists = view.world.server.live(record).is_some();
        if exists && belongs(view, user, record) && !self.outside.contains(&(user, record)) {
            return Err("its record exists and belongs in the mailbox");
        }
        let status = statuscode(&view.world.contents, row.kind, row.content);
        let owners = owners(view, client, lineage, record, exists, row.link.owner);
        let owned = owners.iter().all(|owner| *owner == user);
        let ended = (row, view.world.server.record(record), !exists);
        let decided = self.heard.get(&(client, record)).copied();
        let occasion = ended_in_crm(view, (Some(client), decided), ended, owners.contains(&user), false);
        match (reaches_outlook(row.kind, owned, status, occasion), row.kind) {
            (true, _) => Ok(()),
            (false, Kind::Contact) => Err("its user owns the contact"),
            (false, Kind::Task) => Err("the task is completed in Outlook"),
            (false, Kind::Appointment) => Err("the appointment has begun, or the policy spares it"),
        }
    }

    fn record_deleted(&self, view: View<'_>, client: ClientId, record: CrmId) -> Result<(), &'static str> {
        let Some(id) = view.ledger.lineage_of_record(record) else { return Ok(()) };
        let Some(user) = view.world.clients.get(client.index()).map(|client| client.user) else { return Ok(()) };
        let mailboxes = &view.world.mailboxes;
        let tracked = view.ledger.live_items(id, view.world).any(|item| {
            let row = mailboxes.item(item);
            row.mailbox == user && row.link.record == Some(record) && view.ledger.link_state(item) == LinkState::Tracked
        });
        if tracked {
            return Err("its item is there and tracked");
        }
        let lineage = view.ledger.lineage(id);
        let here = |ending: &&Ending| ending.copy.item().is_some_and(|item| mailboxes.item(item).mailbox == user);
        let mut why = "nobody ended its item in Outlook";
        let decided = self.heard.get(&(client, record)).copied();
        for ending in lineage.endings_by_people().filter(here) {
            match may_delete_record(view, (client, user, decided), record, ending) {
                Ok(()) => return Ok(()),
                Err(because) => why = because,
            }
        }
        Err(why)
    }
}

/// Whoever may have been taken for the owner: the owner now; the owner that the item was last synchronized with where the
/// record is gone; and owners since the client began its work, which it may have read before or after.
fn owners(
    view: View<'_>,
    client: ClientId,
    lineage: &Lineage,
    record: CrmId,
    exists: bool,
    synced: Option<UserId>,
) -> Vec<UserId> {
    let mut owners = vec![view.world.server.record(record).owner];
    if !exists {
        owners.extend(synced);
    }
    let since = view.ledger.busy_since(client).unwrap_or(usize::MAX);
    let moves = lineage.assignments.iter().filter(|assignment| assignment.record == record && assignment.fact >= since);
    owners.extend(moves.flat_map(|assignment| [assignment.from, assignment.to]));
    owners
}

fn may_delete_record(
    view: View<'_>,
    (client, user, decided): (ClientId, UserId, Option<Time>),
    record: CrmId,
    ending: &Ending,
) -> Result<(), &'static str> {
    let row = view.world.server.record(record);
    let (switches, kind) = (&view.protocol.switches, row.kind);
    let occasion = ended_in_outlook(view, (Some(client), decided), row, (ending, user), false);
    let record_status = row.statuscode(&view.world.contents);
    match ending.how {
        How::Untracked { delete_record } => {
            let may = untracking_deletes(switches, delete_record, row.owner == user);
            let may = may && (kind != Kind::Appointment || reaches_crm(switches, kind, record_status, None, occasion));
            if may { Ok(()) } else { Err("its item was only untracked") }
        }
        How::Moved => Err("its item was moved, which is no deletion"),
        // Nothing linked it to the record, whatever became of it.
        How::Deleted { .. } if ending.link == LinkState::Unmarked => Err("its item was never tracked"),
        // An untracked item that was purged before anybody looked is a deleted item to whoever looks.
        How::Deleted { purged: false } if ending.link == LinkState::WasTracked => {
            Err("its item was untracked before it was deleted")
        }
        // Nor does a mark that nothing came of make a pair of what was let go before: it asks for no more than not to see it. CRM
        // knows of a mark that something came of.
        How::Deleted { .. }
            if ending.link == LinkState::Pending && !ending.by_hand && was_let_go(view, record, ending) =>
        {
            Err("its item was not linked when it was deleted")
        }
        How::Deleted { purged } => {
            match (reaches_crm(switches, kind, record_status, (!purged).then_some(ending.status), occasion), kind) {
                (true, _) => Ok(()),
                (false, Kind::Contact) => Err("CRM keeps a contact that was deleted in Outlook"),
                (false, Kind::Task) => Err("the task is completed"),
                (false, Kind::Appointment) => Err("the appointment is over, has begun, or is somebody else's"),
            }
        }
    }
}

/// Whether the item had been let go of since the record was there, and was not linked again.
fn was_let_go(view: View<'_>, record: CrmId, ending: &Ending) -> bool {
    let lineage = view.ledger.lineage_of_record(record).map(|id| view.ledger.lineage(id));
    let birth = lineage.and_then(|lineage| lineage.birth(Copy::Record(record)));
    ending.let_go.is_some_and(|let_go| birth.is_some_and(|birth| birth.fact < let_go))
}
