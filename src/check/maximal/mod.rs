//! In a run without faults everything was propagated, and the world ends as the reference model does.

mod acts;
mod compare;

use super::reference::{Condition, Point, Reference};
use super::scope::primary_of;
use super::{Invariant, View, Violations};
use crate::journal::{ClientChange, Fact, What};
use crate::model::{Answer, ClientId, ItemId, Kind, LineageId, Privilege, Right, Role, UserId};
use crate::outlook::{Client, Operation};
use crate::protocol::switches::{DeactivatedFilter, MissingItem, PartyResolution, SecondaryManualSync};
use crate::sim::{FlatMap, FlatSet, Span, Time};

/// How often the model synchronizes everybody at the end; it settles long before.
const ROUNDS: usize = 16;

/// `maximal`.
///
/// The model hears of people's acts and of operations that ended, and of nothing that synchronization did.
#[derive(Default)]
pub struct Maximal {
    model: Reference,
    /// The lineage that the model has an item in.
    of_item: FlatMap<ItemId, LineageId>,
    /// When the running cycle of a client began.
    cycles: FlatMap<ClientId, Time>,
    /// Items whose acts were being sent when the last event was over.
    sending: FlatSet<ItemId>,
    /// Lineages with a deletion that no client of the mailbox was told of, and how many whole cycles there were since.
    unnoticed: FlatMap<(UserId, LineageId), u32>,
    /// When a person last acted on an item.
    acted: FlatMap<ItemId, Time>,
    /// The mailboxes whose last whole cycle had something to do: what that left, the next would have found.
    unfinished: FlatSet<UserId>,
    checked: bool,
}

impl Invariant for Maximal {
    fn id(&self) -> &'static str {
        "maximal"
    }

    fn meaning(&self) -> &'static str {
        "Without faults everything reaches the other side, and users see exactly what the rules say."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], _: &mut Violations) {
        if !self.checked {
            self.checked = true;
            self.check_start(view);
        }
        if self.model.applicable().is_err() {
            return;
        }
        for fact in facts {
            self.take(view, fact);
        }
        self.sending = FlatSet::default();
        for client in &view.world.clients {
            if let Some(Operation::Immediate(immediate)) = &client.memory.operation {
                self.sending.insert(immediate.item);
            }
            for item in &client.memory.queued {
                self.sending.insert(*item);
            }
        }
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        let users: Vec<UserId> = view.world.server.subscriptions.iter().map(|subscription| subscription.user).collect();
        let mut rounds = 0;
        while rounds < ROUNDS {
            let mut did = false;
            for user in &users {
                if let Some(client) = primary_of(view, *user) {
                    let point = self.point(view, client, view.world.now);
                    did |= self.model.synchronize(&point);
                }
            }
            rounds += 1;
            if !did {
                break;
            }
        }
        if self.model.applicable().is_ok() {
            self.compare(view, &users, violations);
        }
    }
}

impl Maximal {
    /// Whether the reference model covers the run so far, else why not.
    ///
    /// # Errors
    /// The first thing that it does not cover.
    pub fn applicable(&self) -> Result<(), &'static str> {
        self.model.applicable()
    }

    /// What a run must be like from its start.
    fn check_start(&mut self, view: View<'_>) {
        let switches = &view.protocol.switches;
        if !switches.checks_writes() {
            self.model.give_up("a protocol that overwrites what it has not read");
        }
        if switches.party_resolution != PartyResolution::UsersFirst {
            self.model.give_up("addresses that contacts have too");
        }
        if switches.secondary_manual_sync == SecondaryManualSync::Allowed {
            self.model.give_up("two clients that synchronize one mailbox");
        }
        if view.world.clients.iter().any(|client| client.profile.is_some_and(|profile| profile != client.cache)) {
            self.model.give_up("roaming machines with caches of their own");
        }
        self.compare_settings(view);
        if view.world.clients.iter().any(|client| client.clock != Span::ZERO) {
            self.model.give_up("clocks that differ");
        }
    }

    /// The machines of a roaming profile differ in what they let down: which of them works, the model does not ask.
    fn compare_settings(&mut self, view: View<'_>) {
        let roaming = |client: &Client| primary_of(view, client.mailbox).filter(|_| client.role == Role::Roaming);
        let differs = |client: &Client| roaming(client).is_some_and(|other| other.settings != client.settings);
        if view.world.clients.iter().any(differs) {
            self.model.give_up("roaming machines with different settings");
        }
    }

    fn take(&mut self, view: View<'_>, fact: &Fact) {
        let at = fact.at;
        match fact.what {
            What::FaultFired { .. } => self.model.give_up("a fault"),
            What::GuardRaised { .. } => self.model.give_up("a prompt"),
            What::RowFailed { .. } => self.model.give_up("a row that failed"),
            What::DeletionLogPurged => self.model.give_up("an emptied deletion log"),
            What::Client { client, change } => self.take_change(view, client, change),
            // It begins without a memory, and what of it Outlook and CRM still tell is no matter of rules.
            What::PrimaryChanged { .. } => self.model.give_up("another primary"),
            What::PrivilegesChanged { user } => {
                self.disturb(None);
                self.model.unsettle(user);
            }
            What::FiltersChanged { user } => {
                self.disturb(None);
                if view.protocol.switches.deactivated_filter == DeactivatedFilter::ItemsStay {
                    self.model.give_up("filters that leave items behind");
                }
                self.model.unsettle(user);
            }
            What::CycleStarted { client, .. } => drop(self.cycles.insert(client, at)),
            What::CycleEnded { client, answer, .. } => {
                let began = self.cycles.remove(&client).unwrap_or(at);
                let mailbox = view.world.clients.get(client.index()).map(|client| client.mailbox);
                let mut did = false;
                self.ended(view, client, answer, |model, point| did = model.synchronize(point), began);
                if let Some(mailbox) = mailbox.filter(|_| answer == Answer::Ok) {
                    self.unfinished.remove(&mailbox);
                    if did {
                        self.unfinished.insert(mailbox);
                    }
                }
                if answer == Answer::Ok {
                    self.looked(view, client);
                }
            }
            What::ImmediateEnded { client, item, answer } => {
                let Some(id) = self.of_item.get(&item).copied() else { return };
                let began = self.acted.get(&item).copied().unwrap_or(at);
                self.ended(view, client, answer, |model, point| model.send(id, point), began);
            }
            _ => self.take_act(view, fact),
        }
    }

    /// Something happened to a client as a whole.
    fn take_change(&mut self, view: View<'_>, client: ClientId, change: ClientChange) {
        let mailbox = view.world.clients.get(client.index()).map(|client| client.mailbox);
        if let Some(mailbox) = mailbox.filter(|_| change.ends_work()) {
            // What it was not told of by now it finds one cycle or another.
            for id in self.model.deleted_of_late(mailbox) {
                self.unnoticed.insert((mailbox, id), 0);
            }
        }
        match change {
            ClientChange::Crashed
            | ClientChange::CacheLost
            | ClientChange::CacheRestored
            | ClientChange::Installed
            | ClientChange::Reconfigured => self.model.give_up("a lost memory"),
            ClientChange::ClockSet => self.model.give_up("clocks that differ"),
            ClientChange::SettingsChanged => {
                self.disturb(None);
                self.compare_settings(view);
                mailbox.into_iter().for_each(|mailbox| self.model.unsettle(mailbox));
            }
            _ if !self.cycles.is_empty() || !self.sending.is_empty() => self.model.give_up("a disturbed operation"),
            ClientChange::Uninstalled
                if mailbox.is_some_and(|mailbox| {
                    let waits = self.unnoticed.iter().any(|((user, _), _)| *user == mailbox);
                    let waits = waits || self.unfinished.contains(&mailbox);
                    waits && primary_of(view, mailbox).is_none()
                }) =>
            {
                self.model.give_up("a machine that was set aside before it was through");
            }
            _ => {}
        }
    }

    /// A cycle ended well: reconciliation looked at a few pairs. When it has come round to all of them, as often as a miss must
    /// be seen, the next cycle has carried every deletion out.
    fn looked(&mut self, view: View<'_>, client: ClientId) {
        let switches = &view.protocol.switches;
        let synchronizes = |client: &&Client| client.role.synchronizes() && switches.change_detection.reconcile;
        let Some(client) = view.world.clients.get(client.index()).filter(synchronizes) else { return };
        let looks = if switches.missing_item == MissingItem::VerifyStoreThenTwice { 2 } else { 1 };
        let mapped = u32::try_from(view.world.cache(client.id).map_count()).unwrap_or(u32::MAX);
        let whole = mapped.max(1).div_ceil(switches.reconcile_batch.max(1)).saturating_mul(looks).saturating_add(1);
        let own = self.unnoticed.iter().filter(|((user, _), _)| *user == client.mailbox);
        let waiting: Vec<_> = own.map(|(key, cycles)| (*key, cycles.saturating_add(1))).collect();
        for (key, cycles) in waiting {
            match cycles < whole {
                true => drop(self.unnoticed.insert(key, cycles)),
                false => drop(self.unnoticed.remove(&key)),
            }
        }
    }

    /// An operation ended: what it was to do is done, if it was not offline from the start.
    fn ended<T>(
        &mut self,
        view: View<'_>,
        client: ClientId,
        answer: Answer,
        apply: impl FnOnce(&mut Reference, &Point<'_>) -> T,
        began: Time,
    ) {
        let Some(client) = view.world.clients.get(client.index()) else { return };
        match answer {
            Answer::Ok if client.role.synchronizes() => {
                let point = self.point(view, client, began);
                apply(&mut self.model, &point);
            }
            Answer::Ok | Answer::Offline => {}
            _ => self.model.give_up("an operation that failed"),
        }
    }

    fn point<'a>(&mut self, view: View<'a>, client: &Client, began: Time) -> Point<'a> {
        let held = view.world.server.privileges(client.user);
        let synchronizes = held.has(Privilege::SyncToOutlook);
        let filters = view.world.server.filters.get(client.user.index()).into_iter().flatten();
        let active: Vec<_> = filters.filter(|filter| filter.active).collect();
        let filters = active.into_iter().map(|filter| Condition {
            kind: filter.kind,
            owner_is_me: filter.owner_is_me,
            party_is_me: filter.party_is_me,
            statecode: filter.statecode,
            fields: filter
                .fields
                .iter()
                .map(|(field, value)| (*field, self.model.value(&view.world.contents, *value)))
                .collect(),
        });
        let filters = filters.collect();
        let addresses = &view.world.server.addresses;
        let addresses = addresses.iter().map(|value| self.model.value(&view.world.contents, *value)).collect();
        Point {
            user: client.user,
            filters,
            addresses,
            reads: Kind::ALL.map(|kind| held.has(Privilege::Of(Right::Read, kind))),
            synchronizes,
            kinds: client.settings.kinds.map(|on| on && synchronizes),
            company: client.settings.update_company,
            switches: &view.protocol.switches,
            began,
            now: view.world.now,
        }
    }

    /// A person acts while nothing synchronizes what the act concerns.
    fn disturb(&mut self, id: Option<LineageId>) {
        let being_sent = |item: &ItemId| self.of_item.get(item).copied() == id;
        if !self.cycles.is_empty() || id.is_some() && self.sending.iter().any(being_sent) {
            self.model.give_up("an act while an operation ran");
        }
        if id.is_some_and(|id| self.unnoticed.iter().any(|((_, unnoticed), _)| *unnoticed == id)) {
            self.model.give_up("an act after a deletion that nobody noticed yet");
        }
    }
}
