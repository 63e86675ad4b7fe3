//! In a run without faults everything was propagated, and the world ends as the reference model does.

use super::reference::{Condition, Point, Reference, Slot, State};
use super::scope::primary_of;
use super::{Invariant, View, Violations};
use crate::journal::{By, ClientChange, Fact, LinkState, What};
use crate::model::{Answer, ClientId, ContentId, Contents, FieldId, ItemId, LineageId, UserId};
use crate::outlook::{Client, Operation};
use crate::protocol::switches::{DeactivatedFilter, SecondaryManualSync, WriteCheck};
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
    /// Lineages with a deletion that no client was told of.
    unnoticed: FlatSet<LineageId>,
    /// When a person last acted on an item.
    acted: FlatMap<ItemId, Time>,
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
        if switches.write_check != WriteCheck::Version {
            self.model.give_up("a protocol that overwrites what it has not read");
        }
        if switches.secondary_manual_sync == SecondaryManualSync::Allowed {
            self.model.give_up("two clients that synchronize one mailbox");
        }
        if view.world.clients.iter().any(|client| client.clock != Span::ZERO) {
            self.model.give_up("clocks that differ");
        }
    }

    fn take(&mut self, view: View<'_>, fact: &Fact) {
        let at = fact.at;
        match fact.what {
            What::FaultFired { .. } => self.model.give_up("a fault"),
            What::RowFailed { .. } => self.model.give_up("a row that failed"),
            What::DeletionLogPurged => self.model.give_up("an emptied deletion log"),
            What::Client { client, change } => match change {
                ClientChange::Crashed | ClientChange::CacheLost => self.model.give_up("a lost memory"),
                ClientChange::ClockSet => self.model.give_up("clocks that differ"),
                ClientChange::SettingsChanged => {
                    self.disturb(None);
                    if let Some(client) = view.world.clients.get(client.index()) {
                        self.model.unsettle(client.user);
                    }
                }
                _ if !self.cycles.is_empty() || !self.sending.is_empty() => self.model.give_up("a disturbed operation"),
                _ => {}
            },
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
                self.ended(view, client, answer, |model, point| model.synchronize(point), began);
            }
            What::ImmediateEnded { client, item, answer } => {
                let Some(id) = self.of_item.get(&item).copied() else { return };
                let began = self.acted.get(&item).copied().unwrap_or(at);
                self.ended(view, client, answer, |model, point| model.send(id, point), began);
            }
            _ => self.take_act(view, fact),
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
        let primary = primary_of(view, client.user).is_some_and(|primary| primary.id == client.id);
        match answer {
            Answer::Ok if primary => {
                let point = self.point(view, client, began);
                apply(&mut self.model, &point);
            }
            Answer::Ok | Answer::Offline => {}
            _ => self.model.give_up("an operation that failed"),
        }
    }

    fn point<'a>(&mut self, view: View<'a>, client: &Client, began: Time) -> Point<'a> {
        let filters = view.world.server.filters.get(client.user.index()).into_iter().flatten();
        let active: Vec<_> = filters.filter(|filter| filter.active).collect();
        let filters = active.into_iter().map(|filter| Condition {
            kind: filter.kind,
            owner_is_me: filter.owner_is_me,
            statecode: filter.statecode,
            fields: filter
                .fields
                .iter()
                .map(|(field, value)| (*field, self.model.value(&view.world.contents, *value)))
                .collect(),
        });
        Point {
            user: client.user,
            filters: filters.collect(),
            kinds: client.settings.kinds,
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
        if id.is_some_and(|id| self.unnoticed.contains(&id)) {
            self.model.give_up("an act after a deletion that nobody noticed yet");
        }
    }

    fn take_act(&mut self, view: View<'_>, fact: &Fact) {
        let contents = &view.world.contents;
        match fact.what {
            What::ItemCreated { item, kind, mailbox, content, by, origin } => {
                let Some(id) = view.ledger.lineage_of(Some(item), None) else { return };
                let row = *view.world.mailboxes.item(item);
                let linked = match (by, origin) {
                    (By::User(_), _) => false,
                    // What was linked from the start is told as if synchronization had made it.
                    (By::Sync(_), Some(_)) if !view.ledger.begun() => true,
                    _ => return,
                };
                if !linked {
                    self.disturb(None);
                }
                let own = self.model.translate(contents, content);
                let base = self.model.translate(contents, if linked { row.link.base } else { Contents::EMPTY });
                let state = if linked { State::Linked } else { State::Plain };
                self.of_item.insert(item, id);
                self.model.line(id, kind).made_in_outlook(mailbox, own, (state, base), row.modified);
            }
            What::RecordCreated { record, kind, owner, content, by: By::User(_), .. } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(None);
                let own = self.model.translate(contents, content);
                self.model.line(id, kind).made_in_crm(own, owner, fact.at);
            }
            What::ItemChanged { item, before, after, by: By::User(_) } => {
                self.in_slot(view, fact.at, item, |maximal, content| maximal.edited(view, content, before, after));
            }
            What::ItemDeleted { item, purged, by: By::User(_) } => self.deleted(view, fact.at, item, purged),
            // Saving an item again without a change makes it newer all the same.
            What::Acted { item, .. } => self.saved(view, fact.at, item),
            What::LinkChanged { item, state, by: By::User(_), .. } => self.marked(view, fact.at, item, state),
            What::RecordChanged { record, before, after, by: By::User(_) } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(Some(id));
                let kind = view.world.server.record(record).kind;
                match self.model.line(id, kind).row {
                    None => self.model.give_up("an act on a record that should not be there"),
                    Some(row) => {
                        let content = self.edited(view, row.content, before, after);
                        self.model.line(id, kind).changed_in_crm(Some(content), None, fact.at);
                    }
                }
            }
            What::RecordAssigned { record, to, .. } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(Some(id));
                let kind = view.world.server.record(record).kind;
                self.model.line(id, kind).changed_in_crm(None, Some(to), fact.at);
            }
            What::RecordDeleted { record, by: By::User(_) } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(Some(id));
                let kind = view.world.server.record(record).kind;
                self.model.line(id, kind).row = None;
            }
            What::TrackingChanged { user, record, track } if !view.ledger.begun() => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                let kind = view.world.server.record(record).kind;
                self.model.line(id, kind).track(user, track);
            }
            _ => {}
        }
    }

    /// What a content of the model becomes by an edit of the world.
    fn edited(&mut self, view: View<'_>, content: ContentId, before: ContentId, after: ContentId) -> ContentId {
        let changes = view.world.contents.diff(before, after);
        let own: Vec<_> =
            changes.into_iter().map(|(field, value)| (field, self.model.value(&view.world.contents, value))).collect();
        self.model.contents.with(content, &own)
    }

    /// Changes the fields of an item that the model has too.
    fn in_slot(
        &mut self,
        view: View<'_>,
        at: Time,
        item: ItemId,
        change: impl FnOnce(&mut Maximal, ContentId) -> ContentId,
    ) {
        let Some(id) = view.ledger.lineage_of_item(item) else { return };
        self.of_item.insert(item, id);
        self.acted.insert(item, at);
        self.disturb(Some(id));
        let row = *view.world.mailboxes.item(item);
        let slot = self.model.line(id, row.kind).slots.get(&row.mailbox).copied();
        match slot.filter(|slot| slot.there) {
            None => self.model.give_up("an act on an item that should not be there"),
            Some(slot) => {
                let content = change(self, slot.content);
                if let Some(slot) = self.model.line(id, row.kind).slots.get_mut(&row.mailbox) {
                    (slot.content, slot.modified) = (content, row.modified);
                }
            }
        }
    }

    fn deleted(&mut self, view: View<'_>, at: Time, item: ItemId, purged: bool) {
        self.in_slot(view, at, item, |_, content| content);
        let row = *view.world.mailboxes.item(item);
        let Some(id) = self.of_item.get(&item).copied() else { return };
        // A client that does not run hears of no deletion, and finds it one cycle or another.
        let told = view.protocol.switches.change_detection.notifications
            && primary_of(view, row.mailbox).is_some_and(|client| client.running);
        let line = self.model.line(id, row.kind);
        let Some(slot) = line.slots.get_mut(&row.mailbox) else { return };
        (slot.there, slot.purged) = (false, purged);
        let unseen = purged && matches!(slot.state, State::Untracking { .. });
        if slot.state == State::Linked && !told {
            self.unnoticed.insert(id);
        }
        if unseen {
            self.model.give_up("an untracked item that was purged before anybody looked");
        }
    }

    fn saved(&mut self, view: View<'_>, at: Time, item: ItemId) {
        if view.world.mailboxes.live(item).is_some() {
            self.in_slot(view, at, item, |_, content| content);
        }
    }

    /// A person marked an item, or untracked it.
    fn marked(&mut self, view: View<'_>, at: Time, item: ItemId, state: LinkState) {
        let Some(id) = view.ledger.lineage_of_item(item) else { return };
        let row = *view.world.mailboxes.item(item);
        let user = row.mailbox;
        let old = self.of_item.insert(item, id).unwrap_or(id);
        if old != id {
            // Marked again after its record was let go: a lineage of its own begins.
            let line = self.model.line(old, row.kind);
            let slot = line.slots.remove(&user);
            match slot {
                // The record that an untracking was about ended by itself.
                Some(slot) if matches!(slot.state, State::Untracking { .. }) && line.row.is_none() => {
                    self.model.line(id, row.kind).slots.insert(user, slot);
                }
                Some(slot) if matches!(slot.state, State::Unlinked | State::LetGo) => {
                    let gone = line.row.is_none();
                    if !gone {
                        // The record that was let go stays away from this mailbox.
                        let mut left = slot;
                        (left.there, left.state) = (false, State::LetGo);
                        line.slots.insert(user, left);
                    }
                    self.model.line(id, row.kind).slots.insert(user, slot);
                }
                _ => self.model.give_up("an item marked again before its untracking was synchronized"),
            }
        }
        self.in_slot(view, at, item, |_, content| content);
        let Some(slot) = self.model.line(id, row.kind).slots.get_mut(&user) else { return };
        let delete_record = row.link.delete_record;
        slot.state = match (state, slot.state) {
            (LinkState::Pending, _) => State::Marked,
            (LinkState::WasTracked, State::Linked) => State::Untracking { delete_record },
            (LinkState::WasTracked, _) => State::LetGo,
            (_, same) => same,
        };
    }

    /// Exactly what the model has is there, and says what the model says.
    fn compare(&mut self, view: View<'_>, users: &[UserId], violations: &mut Violations) {
        for (id, _) in view.ledger.lineages() {
            let line = self.model.get(id).cloned();
            let records: Vec<_> = view.ledger.live_records(id, view.world).collect();
            let row = line.as_ref().and_then(|line| line.row);
            let mut wrong = None;
            match (row, records.as_slice()) {
                (None, []) => {}
                (Some(row), [record]) => {
                    let there = *view.world.server.record(*record);
                    let own = self.model.translate(&view.world.contents, there.content);
                    let forms = (self.model.row_form(row.content), self.model.row_form(own));
                    wrong = self.model.difference(forms.0, forms.1).map(|difference| told("the record", &difference));
                    if there.owner != row.owner {
                        let names = [row.owner, there.owner].map(|user| view.world.names.user(user));
                        wrong = Some((format!("the record belongs to `{}`", names[0]), format!("to `{}`", names[1])));
                    }
                }
                (expected, there) => {
                    let count = usize::from(expected.is_some());
                    wrong = Some((format!("there are {count} records"), format!("there are {}", there.len())));
                }
            }
            for user in users {
                let slot = line.as_ref().and_then(|line| line.slots.get(user).copied()).filter(|slot| slot.there);
                wrong = wrong.or_else(|| self.item_differs(view, id, *user, slot));
            }
            if let Some((expected, actual)) = wrong {
                let name = view.ledger.name(id, view.world);
                violations.report(self.id(), Some(id), || (format!("`{name}`: {expected}"), actual));
            }
        }
    }

    fn item_differs(
        &mut self,
        view: View<'_>,
        id: LineageId,
        user: UserId,
        slot: Option<Slot>,
    ) -> Option<(String, String)> {
        let mailboxes = &view.world.mailboxes;
        let items: Vec<ItemId> =
            view.ledger.live_items(id, view.world).filter(|item| mailboxes.item(*item).mailbox == user).collect();
        let owner = view.world.names.user(user);
        let (slot, item) = match (slot, items.as_slice()) {
            (None, []) => return None,
            (Some(slot), [item]) => (slot, *item),
            (expected, there) => {
                let count = usize::from(expected.is_some());
                let expected = format!("there are {count} items in the mailbox of `{owner}`");
                return Some((expected, format!("there are {}", there.len())));
            }
        };
        let row = *mailboxes.item(item);
        let own = self.model.translate(&view.world.contents, row.content);
        let forms = (self.model.item_form(row.kind, slot.content), self.model.item_form(row.kind, own));
        if let Some(difference) = self.model.difference(forms.0, forms.1) {
            return Some(told(&format!("the item in the mailbox of `{owner}`"), &difference));
        }
        let linked = view.ledger.link_state(item) == LinkState::Tracked;
        let expected = slot.state == State::Linked;
        (linked != expected).then(|| {
            let word = |linked| if linked { "linked" } else { "not linked" };
            (format!("the item in the mailbox of `{owner}` is {}", word(expected)), format!("it is {}", word(linked)))
        })
    }
}

/// A field that differs, in words.
fn told(what: &str, (field, expected, actual): &(FieldId, String, String)) -> (String, String) {
    (format!("{what} has `{field}` = {expected}"), format!("it has {actual}"))
}
