//! Nothing counts as delivered before it is applied, or durably queued, on the client (rules.md, A.6).
//!
//! A row that PrepareSync sets to be sent is delivered when its record was read after that and the row that carried it
//! through OutlookSyncTable was dropped, or while such a row waits. Acknowledging it earlier, moving the watermark past a
//! change without setting its row, and losing a queue that is the only copy of the work are all the same mistake.

use super::rights::may_read;
use super::scope::{belongs, synchronizes};
use super::{Invariant, View, Violations};
use crate::crm::subscription::Full;
use crate::journal::{EntryCause, EntryState, Fact, RowView, What};
use crate::model::{Answer, Call, ClientId, CrmId, UserId};
use crate::outlook::Client;
use crate::outlook::cache::{CrmChange, Row};
use crate::protocol::switches::{DeactivatedFilter, FreshCache};
use crate::sim::{FlatMap, FlatSet};

/// `progress-behind-work`.
#[derive(Debug, Default)]
pub struct ProgressBehindWork {
    /// How many facts it was told: the time that the rest is kept in.
    told: usize,
    /// When PrepareSync last set a row to be sent.
    due: FlatMap<(UserId, CrmId), usize>,
    /// The records that the Retrieve requests under way name.
    asked: FlatMap<u32, CrmId>,
    /// By cache file (its keeper): when a client last read a record.
    read: FlatMap<(ClientId, CrmId), usize>,
    /// When what was last applied of a record had been read.
    applied: FlatMap<(UserId, CrmId), usize>,
    /// By cache file: changes of CRM that wait in OutlookSyncTable.
    queued: FlatSet<(ClientId, CrmId)>,
    /// What changed since a user's last PrepareSync, and whether it was deleted or got another owner.
    changed: FlatMap<(UserId, CrmId), bool>,
    /// Users whose filters changed since their last PrepareSync.
    refiltered: FlatSet<UserId>,
    /// Users of a client that lost its cache, and for whom no PrepareSync came since.
    emptied: FlatSet<UserId>,
}

impl Invariant for ProgressBehindWork {
    fn id(&self) -> &'static str {
        "progress-behind-work"
    }

    fn meaning(&self) -> &'static str {
        "Neither the watermark nor an acknowledgement passes a change that the client has neither applied nor queued."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for (at, fact) in facts.iter().enumerate() {
            self.told += 1;
            let now = self.told;
            match fact.what {
                What::RecordCreated { record, .. } | What::RecordChanged { record, .. } => {
                    self.change(view, record, false);
                }
                What::RecordDeleted { record, .. } | What::RecordAssigned { record, .. } => {
                    self.change(view, record, true);
                }
                What::TrackingChanged { user, record, .. } => {
                    let known = self.changed.get(&(user, record)).copied().unwrap_or(false);
                    self.changed.insert((user, record), known);
                }
                What::AccessChanged { user, record, .. } => drop(self.changed.insert((user, record), true)),
                What::FiltersChanged { user } => {
                    self.refiltered.insert(user);
                }
                What::Prepared { user, .. } => {
                    self.emptied.remove(&user);
                    self.prepared(view, user, &facts[at + 1..], violations);
                }
                What::EntryMoved { user, record, from, to, cause, .. } => match (cause, to) {
                    (EntryCause::Prepare, _) => drop(self.due.insert((user, record), now)),
                    (EntryCause::Acknowledge, _) => self.acknowledged(view, (user, record), from, violations),
                    (EntryCause::Create, _) => {}
                },
                _ => self.client_works(view, fact, now, violations),
            }
        }
    }
}

impl ProgressBehindWork {
    fn change(&mut self, view: View<'_>, record: CrmId, gone: bool) {
        for subscription in &view.world.server.subscriptions {
            let key = (subscription.user, record);
            let known = self.changed.get(&key).copied().unwrap_or(false);
            self.changed.insert(key, known || gone);
        }
    }

    fn client_works(&mut self, view: View<'_>, fact: &Fact, now: usize, violations: &mut Violations) {
        match fact.what {
            What::Sent { request, call: Call::Retrieve, record: Some(record), .. } => {
                self.asked.insert(request, record);
            }
            What::Applied { request, client, call: Call::Retrieve, answer } => {
                let Some(record) = self.asked.get(&request).copied() else { return };
                let gone = answer == Answer::NotFound && view.world.server.live(record).is_none();
                let user = view.world.clients.get(client.index()).map(|client| client.user);
                let hidden = answer == Answer::Privilege && user.is_some_and(|user| !may_read(view, user, record));
                if answer == Answer::Ok || gone || hidden {
                    self.read.insert((view.world.keeper(client), record), now);
                }
            }
            What::Answered { request, call: Call::Retrieve, .. } => drop(self.asked.remove(&request)),
            What::RowWritten { client, row: RowView { record: Some(record), crm_change, .. } } => {
                if crm_change != 0 {
                    self.queued.insert((view.world.keeper(client), record));
                } else {
                    self.processed(view, client, record);
                }
            }
            What::Ignored { client, record: Some(record), .. } => {
                // The user gave the row up; that is nobody's mistake.
                self.read.insert((view.world.keeper(client), record), now);
            }
            What::RowDropped { client, row: RowView { record: Some(record), .. } } => {
                self.processed(view, client, record);
            }
            What::Client { client, change } if change.empties_cache() && synchronizes(view, client) => {
                if let Some(row) = view.world.clients.get(view.world.keeper(client).index()) {
                    self.emptied.insert(row.user);
                }
                self.cache_lost(view, client, violations);
            }
            // What waits on the client that is primary no longer is never applied there.
            What::PrimaryChanged { from: Some(client), to: Some(_), .. } => self.cache_lost(view, client, violations),
            _ => {}
        }
    }

    fn processed(&mut self, view: View<'_>, client: ClientId, record: CrmId) {
        let client = view.world.keeper(client);
        if self.queued.remove(&(client, record))
            && let Some(user) = view.world.clients.get(client.index()).map(|client| client.user)
            && let Some(read) = self.read.get(&(client, record))
        {
            self.applied.insert((user, record), *read);
        }
    }

    /// A row of SyncEntry counts as delivered.
    fn acknowledged(
        &mut self,
        view: View<'_>,
        (user, record): (UserId, CrmId),
        from: EntryState,
        violations: &mut Violations,
    ) {
        let Some(due) = self.due.get(&(user, record)) else { return };
        let applied = self.applied.get(&(user, record)).is_some_and(|read| read > due);
        // What was to be sent of a record that is gone, or may not be read, meanwhile is to be removed instead, which is a row
        // of its own. What is to be removed is moot where nothing of it is left: its item was untracked, or linked to another
        // record meanwhile.
        let gone = view.world.server.live(record).is_none();
        // And what the user has untracked, or may not read, meanwhile is nothing to be sent.
        let given_up = from == EntryState::Upsert && !belongs(view, user, record);
        let moot = given_up || gone && from == EntryState::Upsert;
        let moot = moot || from == EntryState::Remove && !is_held(view, user, record);
        // A client whose cache was emptied is about to ask for everything, whatever is acknowledged that it had heard before.
        let reinitializes = view.protocol.switches.fresh_cache == FreshCache::Reinitialize;
        // So does whoever is installed where no machine of the user's is left.
        let mut of_user = view.world.clients.iter().filter(|client| client.user == user);
        let nobody = !of_user.any(|client| client.installed);
        let comes_again = reinitializes && (nobody || self.emptied.contains(&user));
        if !applied && !moot && !comes_again && !waits(view, user, record) {
            let (name, owner) = (view.world.names.record(record), view.world.names.user(user));
            violations.report(self.id(), view.ledger.lineage_of_record(record), || {
                let expected = format!("what changed about `{name}` waits until a client of `{owner}` has it");
                (expected, "it counts as delivered, and no client applied it or keeps it in its queue".to_owned())
            });
        }
    }

    /// The watermark moved past everything that changed: each change that concerns the user has its row. What changed
    /// behind the watermark in the same event is for the next time.
    fn prepared(&mut self, view: View<'_>, user: UserId, later: &[Fact], violations: &mut Violations) {
        let refiltered = self.refiltered.remove(&user);
        let passed: Vec<(CrmId, bool)> = self
            .changed
            .iter()
            .filter(|((of, _), _)| *of == user)
            .map(|((_, record), gone)| (*record, *gone))
            .collect();
        if later.iter().any(|fact| matches!(fact.what, What::FiltersChanged { .. } | What::PrivilegesChanged { .. })) {
            return;
        }
        for (record, gone) in passed {
            self.changed.remove(&(user, record));
            let Some(subscription) = view.world.server.subscriptions.get(user.index()) else { continue };
            let row = view.world.server.record(record);
            // A kind that is switched off is found by the full prepare that follows when it is switched on.
            if subscription.full[row.kind as usize] != Full::No || later.iter().any(|fact| is_change(fact, record)) {
                continue;
            }
            let entry = subscription.entry(record);
            let seen = if belongs(view, user, record) {
                entry.is_some_and(|entry| entry.version == row.version || entry.state == EntryState::Remove)
            } else {
                let stays =
                    refiltered && !gone && view.protocol.switches.deactivated_filter == DeactivatedFilter::ItemsStay;
                stays || entry.is_none_or(|entry| entry.state == EntryState::Remove)
            };
            if !seen {
                let (name, owner) = (view.world.names.record(record), view.world.names.user(user));
                violations.report(self.id(), view.ledger.lineage_of_record(record), || {
                    let expected = format!("what changed about `{name}` is set to be sent to `{owner}`");
                    (expected, "the watermark passed it".to_owned())
                });
            }
        }
    }

    /// A lost queue loses what only it held, unless the client will ask for everything.
    fn cache_lost(&mut self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        let client = view.world.keeper(client);
        let lost: Vec<CrmId> = self.queued.iter().filter(|(of, _)| *of == client).map(|(_, record)| *record).collect();
        for record in lost {
            self.queued.remove(&(client, record));
            let Some(user) = view.world.clients.get(client.index()).map(|client| client.user) else { continue };
            let Some(subscription) = view.world.server.subscriptions.get(user.index()) else { continue };
            let entry = subscription.entry(record);
            let comes_again = entry.is_some_and(|entry| {
                let version = view.world.server.record(record).version;
                entry.state != EntryState::Done || entry.version != version
            });
            let asks_for_all = view.protocol.switches.fresh_cache == FreshCache::Reinitialize;
            if !comes_again && !asks_for_all {
                let (name, desk) = (view.world.names.record(record), view.world.names.client(client));
                violations.report(self.id(), view.ledger.lineage_of_record(record), || {
                    let expected = format!("what `{desk}` has not applied about `{name}` can still reach it");
                    (expected, "it counts as delivered, and the queue that held it is lost".to_owned())
                });
            }
        }
    }
}

/// Whether a change of the record waits in the queue of some client of the user.
fn waits(view: View<'_>, user: UserId, record: CrmId) -> bool {
    let clients = view.world.clients.iter().filter(|client| client.user == user);
    clients.into_iter().any(|client| {
        let cache = view.world.cache(client.id);
        let row = cache.row_of(None, Some(record)).and_then(|row| cache.row(row));
        // What is made in its place is decided together with it: one item has one row. But one that was linked only now can have
        // a row of its own still, beside that of the record.
        let names = |of: CrmId| of == record || view.world.replaces(of, record);
        let of_record = |row: &&Row| row.record.is_some_and(names);
        let mut rows = row.into_iter().chain(cache.rows().map(|(_, row)| row).filter(of_record));
        rows.any(|row| row.crm_change != CrmChange::None)
    })
}

/// Whether the user's mailbox holds an item of the record, by its crmid or by the mapping of a client that synchronizes.
fn is_held(view: View<'_>, user: UserId, record: CrmId) -> bool {
    let live = |item| view.world.mailboxes.live(item).is_some();
    let mapped = |client: &Client| {
        synchronizes(view, client.id)
            && view.world.cache(client.id).map_of_record(record).is_some_and(|(_, map)| map.linked && live(map.item))
    };
    // An item that a client has linked to another record by now carries the old crmid until that one has heard of its edits.
    let moved_on = |item| {
        let others = view.world.clients.iter().filter(|client| client.user == user);
        let map = |client: &Client| view.world.cache(client.id).map_of_item(item).map(|(_, map)| *map);
        others.filter_map(map).any(|map| map.linked && map.record != record)
    };
    view.world.mailboxes.carrying(user, record).is_some_and(|item| live(item) && !moved_on(item))
        || view.world.clients.iter().filter(|client| client.user == user).any(mapped)
}

fn is_change(fact: &Fact, record: CrmId) -> bool {
    match fact.what {
        What::RecordCreated { record: of, .. }
        | What::RecordChanged { record: of, .. }
        | What::RecordDeleted { record: of, .. }
        | What::RecordAssigned { record: of, .. }
        | What::TrackingChanged { record: of, .. }
        | What::AccessChanged { record: of, .. } => of == record,
        _ => false,
    }
}
