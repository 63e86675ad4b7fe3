//! What users may do, and that nobody gets more: the rules on rights and privileges stand here a second time.
//!
//! Only rows are read: who owns a record, what PrincipalObjectAccess holds, which privileges a user has.

use super::lineage::Lineage;
use super::scope::{comes_down, primary_of};
use super::{Invariant, View, Violations};
use crate::crm::Life;
use crate::journal::{By, Fact, What};
use crate::model::{Answer, Call, ClientId, CrmId, ItemId, Kind, LineageId, Privilege, Right, Rights, UserId};
use crate::sim::FlatMap;

/// Whether a user may do this to a record with this owner: one's own, anybody's by privilege, or what was shared for it.
/// Appending to a record is no matter of owning it.
fn may(view: View<'_>, user: UserId, right: Right, (record, owner, shared): (CrmId, UserId, Rights)) -> bool {
    let server = &view.world.server;
    let Some(row) = server.records.get(record.index()) else { return false };
    let holds = |privilege| server.privileges.get(user.index()).is_some_and(|held| held.has(privilege));
    let bit = match right {
        Right::Read => 1,
        Right::Write => 2,
        Right::AppendTo => 16,
        Right::Delete => 65_536,
    };
    (owner == user && right != Right::AppendTo) || shared.mask() & bit == bit || holds(Privilege::Of(right, row.kind))
}

/// Whether a user may read a record that exists.
#[must_use]
pub fn may_read(view: View<'_>, user: UserId, record: CrmId) -> bool {
    let server = &view.world.server;
    may(view, user, Right::Read, (record, server.record(record).owner, server.access.of(record, user)))
}

/// Whether anything comes down to a user's mailbox.
#[must_use]
pub fn may_synchronize(view: View<'_>, user: UserId) -> bool {
    let held = view.world.server.privileges.get(user.index());
    held.is_some_and(|held| held.has(Privilege::SyncToOutlook))
}

fn user_of(view: View<'_>, client: ClientId) -> Option<UserId> {
    view.world.clients.get(client.index()).map(|client| client.user)
}

/// `entitled-only`.
///
/// What a client read while its user might is on its way: the moment that counts is when the server carried the request out.
#[derive(Debug, Default)]
pub struct EntitledOnly {
    /// The records that the Retrieve requests under way name.
    asked: FlatMap<u32, CrmId>,
    /// Whether a client's user was entitled to a record when the client last read it.
    read: FlatMap<(ClientId, CrmId), bool>,
}

impl Invariant for EntitledOnly {
    fn id(&self) -> &'static str {
        "entitled-only"
    }

    fn meaning(&self) -> &'static str {
        "Nothing reaches a mailbox whose user may not read the record or may not synchronize."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::Sent { request, call: Call::Retrieve, record: Some(record), .. } => {
                    self.asked.insert(request, record);
                }
                What::Applied { request, client, call: Call::Retrieve, answer } => {
                    let Some(record) = self.asked.get(&request).copied() else { continue };
                    if let Some(user) = user_of(view, client).filter(|_| answer == Answer::Ok) {
                        let entitled = may_read(view, user, record) && may_synchronize(view, user);
                        self.read.insert((client, record), entitled);
                    }
                }
                What::Answered { request, call: Call::Retrieve, .. } => drop(self.asked.remove(&request)),
                What::ItemCreated { item, origin: Some(record), by: By::Sync(client), .. } => {
                    self.written(view, client, (item, record), violations);
                }
                What::ItemChanged { item, by: By::Sync(client), .. } => {
                    if let Some(record) = source(view, item) {
                        self.written(view, client, (item, record), violations);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The record that an item was written from. An id that was only reserved says nothing that could be written anywhere.
fn source(view: View<'_>, item: ItemId) -> Option<CrmId> {
    let id = view.ledger.lineage_of_item(item)?;
    let made = |record: &CrmId| view.world.server.record(*record).life != Life::Reserved;
    view.ledger.last_record(item).filter(made).or_else(|| view.ledger.records(id).last().copied())
}

impl EntitledOnly {
    fn written(&self, view: View<'_>, client: ClientId, (item, record): (ItemId, CrmId), violations: &mut Violations) {
        if !view.ledger.begun() {
            // What was there at the start came when it might.
            return;
        }
        let user = view.world.mailboxes.item(item).mailbox;
        let (reads, synchronizes) = (may_read(view, user, record), may_synchronize(view, user));
        let read_in_time = self.read.get(&(client, record)).copied().unwrap_or(false);
        if reads && synchronizes || read_in_time {
            return;
        }
        let (name, user) = (view.world.names.record(record), view.world.names.user(user));
        violations.report(self.id(), view.ledger.lineage_of(Some(item), Some(record)), || {
            let why = if reads { "the user may not synchronize" } else { "the user may not read it" };
            (format!("nothing of `{name}` reaches the mailbox of `{user}`"), format!("it was written there, and {why}"))
        });
    }
}

/// `privileged-writes`.
#[derive(Debug, Default)]
pub struct PrivilegedWrites {
    /// What was shared with whom until now, as the facts tell it.
    shared: FlatMap<(CrmId, UserId), Rights>,
}

impl Invariant for PrivilegedWrites {
    fn id(&self) -> &'static str {
        "privileged-writes"
    }

    fn meaning(&self) -> &'static str {
        "The server carries out no write that the acting user has no right to."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for (at, fact) in facts.iter().enumerate() {
            // Whoever was given the record later in the same event did not own it yet.
            let owner = |record: CrmId| {
                let given = facts[at + 1..].iter().find_map(|fact| match fact.what {
                    What::RecordAssigned { record: of, from, .. } => Some(from).filter(|_| of == record),
                    _ => None,
                });
                given.unwrap_or(view.world.server.record(record).owner)
            };
            match fact.what {
                What::RecordCreated { record, kind, by, .. } => self.created(view, (record, kind), by, violations),
                What::RecordChanged { record, by, .. } => {
                    self.judge(view, by, (record, owner(record)), &[Right::Write], violations);
                }
                What::RecordDeleted { record, by } => {
                    self.judge(view, by, (record, owner(record)), &[Right::Delete], violations);
                }
                // Whoever gives a record away could do so as long as it was not given yet.
                What::RecordAssigned { record, from, by, .. } => {
                    self.judge(view, by, (record, from), &[Right::Write], violations);
                }
                What::AccessChanged { record, user, rights, by } => {
                    self.judge(view, by, (record, owner(record)), &[Right::Write], violations);
                    self.shared.insert((record, user), rights);
                }
                // Tracking links; what ends it may be the deletion of the item, which needs no right (PRV-TRACK).
                What::TrackingChanged { record, user, track: true } => {
                    let rights = [Right::Write, Right::AppendTo];
                    self.judge(view, By::User(user), (record, owner(record)), &rights, violations);
                }
                _ => {}
            }
        }
    }
}

impl PrivilegedWrites {
    fn judge(
        &self,
        view: View<'_>,
        by: By,
        (record, owner): (CrmId, UserId),
        rights: &[Right],
        violations: &mut Violations,
    ) {
        // What was laid out at the start nobody did.
        let Some(user) = acting(view, by).filter(|_| view.ledger.begun()) else { return };
        let shared = self.shared.get(&(record, user)).copied().unwrap_or_default();
        let mut needed = std::iter::once(&Right::Read).chain(rights);
        if let Some(missing) = needed.find(|right| !may(view, user, **right, (record, owner, shared))) {
            self.report(view, record, user, &format!("no right to {missing} it"), violations);
        }
    }

    /// A person needs the privilege to create; tracking also that to append to the kind (PRV-TRACK).
    fn created(&self, view: View<'_>, (record, kind): (CrmId, Kind), by: By, violations: &mut Violations) {
        let Some(user) = acting(view, by).filter(|_| view.ledger.begun()) else { return };
        let held = view.world.server.privileges.get(user.index());
        let holds = |privilege| held.is_some_and(|held| held.has(privilege));
        let may = holds(Privilege::Create(kind)) && (!by.is_sync() || holds(Privilege::Of(Right::AppendTo, kind)));
        if !may {
            self.report(view, record, user, "no privilege to make it", violations);
        }
    }

    fn report(&self, view: View<'_>, record: CrmId, user: UserId, why: &str, violations: &mut Violations) {
        let (name, user) = (view.world.names.record(record), view.world.names.user(user));
        violations.report(self.id(), view.ledger.lineage_of_record(record), || {
            (
                format!("CRM refuses what `{user}` wants of `{name}`"),
                format!("it was carried out, and `{user}` has {why}"),
            )
        });
    }
}

/// The user behind a write.
fn acting(view: View<'_>, by: By) -> Option<UserId> {
    match by {
        By::User(user) => Some(user),
        By::Sync(client) => user_of(view, client),
    }
}

/// `manual-tracking-kept`.
#[derive(Debug, Default)]
pub struct ManualTrackingKept;

impl Invariant for ManualTrackingKept {
    fn id(&self) -> &'static str {
        "manual-tracking-kept"
    }

    fn meaning(&self) -> &'static str {
        "An item that its user tracked by hand stays when its record is given to somebody else."
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        for (id, lineage) in view.ledger.lineages() {
            for (user, _) in lineage.tracked.iter().filter(|(_, track)| **track) {
                self.check(view, (id, lineage), *user, violations);
            }
        }
    }
}

impl ManualTrackingKept {
    fn check(&self, view: View<'_>, (id, lineage): (LineageId, &Lineage), user: UserId, violations: &mut Violations) {
        let here = |item: ItemId| view.world.mailboxes.item(item).mailbox == user;
        let last = lineage.endings.iter().rfind(|ending| ending.copy.item().is_some_and(here));
        let Some(last) = last.filter(|ending| ending.client.is_some()) else { return };
        let Some(assignment) = lineage.assignments.iter().rfind(|assignment| assignment.fact < last.fact) else {
            return;
        };
        let record = assignment.record;
        if view.ledger.is_troubled(view.world, user, (last.copy.item(), Some(record))) {
            return;
        }
        let entitled = view.world.server.live(record).is_some()
            && may_read(view, user, record)
            && primary_of(view, user).is_some_and(|client| comes_down(view, client, lineage.kind));
        let there = view.ledger.live_items(id, view.world).any(here);
        if entitled && !there {
            let (name, user) = (view.world.names.record(record), view.world.names.user(user));
            violations.report(self.id(), Some(id), || {
                let expected = format!("`{name}`, tracked by hand, stays in the mailbox of `{user}`");
                (expected, "it was deleted there after it got another owner".to_owned())
            });
        }
    }
}
