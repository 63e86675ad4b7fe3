//! What of the life of every item a run came by: coverage.
//!
//! A small state machine an item reads the facts as the ledger does. The state of an item is a pure function of a few flags
//! ([`Life::state`]); an event is marked with the state before it. What concerns a whole mailbox is marked for every state
//! that any of its items is in, from a tally, so that no event walks over all items.

mod life;

use self::life::{CopyIs, Life};
use crate::engine::world::World;
use crate::journal::{By, Cause, ClientChange, EntryState, Fact, LinkState, RowView, What};
use crate::mailbox::Folder;
use crate::model::{Answer, ClientId, CrmId, ItemId, LifeEvent, LifeState, Mark, Marks, Role, UserId};
use crate::protocol::UserAct;

/// The number of an item's life.
type LifeId = u32;
/// No life.
const NONE: LifeId = LifeId::MAX;

/// The lives of all items, and the marks that a run came by.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    marks: Marks,
    begun: bool,
    lives: Vec<Life>,
    of_item: Vec<LifeId>,
    /// The first life of each record.
    of_record: Vec<LifeId>,
    /// How many items of each mailbox are in each state.
    tallies: Vec<[u32; LifeState::ALL.len()]>,
    /// Whether each client carries out an operation, and what it is at work on there.
    busy: Vec<bool>,
    at_work: Vec<LifeId>,
    /// The item that a person acts on, and the state that it was in.
    acted_on: Option<(LifeId, LifeState)>,
}

fn get(of: &[LifeId], index: usize) -> Option<LifeId> {
    of.get(index).copied().filter(|life| *life != NONE)
}

fn put(of: &mut Vec<LifeId>, index: usize, life: LifeId) {
    if of.len() <= index {
        of.resize(index + 1, NONE);
    }
    of[index] = life;
}

/// The role that synchronizes a mailbox.
fn synchronizer(world: &World, mailbox: UserId) -> Option<Role> {
    world
        .clients
        .iter()
        .find(|client| client.mailbox == mailbox && client.role.synchronizes())
        .map(|client| client.role)
}

impl Lives {
    /// The marks that the run came by.
    #[must_use]
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Takes the facts of one event, in order, with the world as they left it; `acting` is the client on which a person acts.
    pub fn record(&mut self, facts: &[Fact], world: &World, acting: Option<ClientId>) {
        for fact in facts {
            self.take(&fact.what, world, acting);
        }
    }

    fn take(&mut self, what: &What, world: &World, acting: Option<ClientId>) {
        match *what {
            What::Followed { rule } | What::Noted { rule, .. } | What::EditLost { rule, .. } => {
                self.marks.insert(Mark::rule(rule));
            }
            What::Step { .. } => {
                self.begun = true;
                self.acted_on = None;
            }
            What::Acted { client, item, act, .. } => self.acted(client, item, act, world),
            What::ItemCreated { item, mailbox, by, origin, .. } => {
                self.item_created((item, mailbox), by, origin, world, acting);
            }
            What::ItemChanged { item, by, .. } => self.item_changed(item, by, world, acting),
            What::ItemDeleted { item, by, .. } => {
                self.touch_item(item, by);
                let ended = if by.is_sync() { CopyIs::Removed } else { CopyIs::Ended };
                self.change_item(item, |life| life.item = ended);
            }
            What::ItemMoved { item, place, by } => {
                let back = place == Folder::Synchronized;
                let event = if back { LifeEvent::MovedBack } else { LifeEvent::MovedAway };
                if let (Some(life), Some(role)) = (get(&self.of_item, item.index()), role_of(world, acting)) {
                    self.mark(role, life, event);
                }
                self.touch_item(item, by);
                self.change_item(item, |life| life.item = if back { CopyIs::Here } else { CopyIs::Ended });
            }
            What::ItemMigrated { item, new, properties } => self.migrated(item, new, properties, world),
            What::LinkChanged { item, state, record, by } => {
                self.touch_item(item, by);
                self.link_changed(item, state, record, by);
            }
            What::BaseChanged { item, by, .. } => self.touch_item(item, by),
            What::RecordCreated { record, owner, by, origin, .. } => {
                self.record_created((record, owner), by, origin, world);
            }
            What::RecordChanged { record, by, .. } => self.record_changed(record, by, world),
            What::RecordDeleted { record, by } => {
                if !by.is_sync() {
                    self.mark_record(record, LifeEvent::DeletedInCrm, world);
                }
                let ended = if by.is_sync() { CopyIs::Removed } else { CopyIs::Ended };
                self.change_record(record, |life| life.record = ended);
            }
            What::RecordAssigned { record, to, by, .. } => {
                if !by.is_sync() {
                    self.mark_record(record, LifeEvent::Assigned, world);
                }
                self.assigned(record, to);
            }
            What::AccessChanged { record, .. } => self.mark_record(record, LifeEvent::Shared, world),
            What::FiltersChanged { user } => self.mark_mailbox(user, LifeEvent::FilterChanged, world),
            What::PrivilegesChanged { user } => self.mark_mailbox(user, LifeEvent::PrivilegesChanged, world),
            What::DeletionLogPurged => {
                for mailbox in 0..self.tallies.len() {
                    self.mark_mailbox(UserId(mailbox as u8), LifeEvent::DeletionLogPurged, world);
                }
            }
            What::PrimaryChanged { user, to: Some(_), .. } => {
                self.mark_mailbox(user, LifeEvent::PrimaryChanged, world);
            }
            What::EntryMoved { user, record, to, .. } => {
                let life = self.life_of_record(record, user);
                self.change(life, |life| match to {
                    EntryState::Remove => life.out_of_filter = true,
                    EntryState::Upsert | EntryState::Done => life.out_of_filter = false,
                    EntryState::Absent => {}
                });
            }
            _ => self.take_work(what, world),
        }
    }

    /// Facts about the work of clients.
    fn take_work(&mut self, what: &What, world: &World) {
        match *what {
            What::CycleStarted { client, .. } => {
                self.set_busy(client, true);
                self.mark_client(client, LifeEvent::Cycle, world);
            }
            What::CycleEnded { client, .. } | What::ImmediateEnded { client, .. } => self.set_busy(client, false),
            What::Sent { client, item, record, cause, .. } => {
                let life = self.life_of(item, record, world.clients[client.index()].mailbox);
                if cause == Cause::Immediate {
                    self.set_busy(client, true);
                }
                self.work_on(client, life);
                if let Some(life) = life.filter(|_| cause == Cause::Immediate) {
                    self.mark(world.clients[client.index()].role, life, LifeEvent::SentAtOnce);
                }
            }
            What::Answered { client, answer, .. } => match answer {
                Answer::Timeout | Answer::Garbled => self.mark_work(client, LifeEvent::MessageLost, world),
                Answer::Privilege | Answer::Busy | Answer::SqlTimeout | Answer::PlugInError => {
                    self.mark_work(client, LifeEvent::Refused, world);
                }
                _ => {}
            },
            What::MapWritten { client, row: Some(row), .. } => {
                let life = get(&self.of_item, row.item.index());
                self.work_on(client, life);
            }
            What::RowWritten { client, row } => {
                let life = self.life_of_row(client, row, world);
                if row.error.is_none() {
                    self.change(life, |life| life.ignored = false);
                }
            }
            What::RowDropped { client, row } => {
                let life = self.life_of_row(client, row, world);
                self.change(life, |life| {
                    life.failed = false;
                    if !life.ignored {
                        life.relinked &= !(life.changed_in_outlook || life.changed_in_crm);
                        life.changed_in_outlook &= row.outlook_change == 0;
                        life.changed_in_crm &= row.crm_change == 0;
                    }
                });
            }
            What::RowFailed { client, item, record, answer } => {
                let life = self.life_of(item, record, world.clients[client.index()].mailbox);
                if let Some(life) = life.filter(|_| answer == Answer::WriteFailed) {
                    self.mark(world.clients[client.index()].role, life, LifeEvent::WriteFailed);
                }
                self.change(life, |life| (life.failed, life.ignored) = (true, false));
            }
            What::Ignored { client, item, record } => {
                let life = self.life_of(item, record, world.clients[client.index()].mailbox);
                if let Some(life) = life {
                    self.mark(world.clients[client.index()].role, life, LifeEvent::ErrorsIgnored);
                }
                self.change(life, |life| (life.failed, life.ignored) = (false, true));
            }
            What::Client { client, change } => self.client_changed(client, change, world),
            _ => {}
        }
    }

    fn client_changed(&mut self, client: ClientId, change: ClientChange, world: &World) {
        if change == ClientChange::Crashed {
            self.mark_work(client, LifeEvent::Crash, world);
        }
        if change.empties_cache() {
            self.mark_client(client, LifeEvent::CacheLost, world);
        }
        if change.ends_work() {
            self.set_busy(client, false);
        }
    }

    fn set_busy(&mut self, client: ClientId, busy: bool) {
        put(&mut self.at_work, client.index(), NONE);
        if self.busy.len() <= client.index() {
            self.busy.resize(client.index() + 1, false);
        }
        self.busy[client.index()] = busy;
    }

    /// What a client writes outside of an operation, as when it is notified, is no work on an item.
    fn work_on(&mut self, client: ClientId, life: Option<LifeId>) {
        if self.busy.get(client.index()) == Some(&true) {
            put(&mut self.at_work, client.index(), life.unwrap_or(NONE));
        }
    }

    /// Marks what a person did on a client, with the state that the item was in before.
    fn acted(&mut self, client: ClientId, item: ItemId, act: UserAct, world: &World) {
        let event = match act {
            UserAct::Track => LifeEvent::Tracked,
            UserAct::SetRegarding => LifeEvent::RegardingSet,
            UserAct::Update => LifeEvent::EditedInOutlook,
            UserAct::Untrack => LifeEvent::TrackingEnded,
            UserAct::Delete => LifeEvent::DeletedInOutlook,
        };
        let Some(life) = get(&self.of_item, item.index()) else { return };
        let before = self.acted_on.take().filter(|(of, _)| *of == life);
        let state = before.map_or_else(|| self.lives[life as usize].state(), |(_, state)| state);
        self.marks.insert(Mark::life(world.clients[client.index()].role, state, event));
    }

    /// Remembers the state of an item before a person's act changes it, or that a client is at work on it.
    fn touch_item(&mut self, item: ItemId, by: By) {
        let Some(life) = get(&self.of_item, item.index()) else { return };
        match by {
            By::Sync(client) => self.work_on(client, Some(life)),
            By::User(_) if self.acted_on.is_none_or(|(of, _)| of != life) => {
                self.acted_on = Some((life, self.lives[life as usize].state()));
            }
            By::User(_) => {}
        }
    }

    fn item_created(
        &mut self,
        (item, mailbox): (ItemId, UserId),
        by: By,
        origin: Option<CrmId>,
        world: &World,
        acting: Option<ClientId>,
    ) {
        let known = origin.and_then(|record| self.life_of_record(record, mailbox));
        let known = known.filter(|life| self.lives[*life as usize].item != CopyIs::Here);
        let life = known.unwrap_or_else(|| self.begin(mailbox));
        put(&mut self.of_item, item.index(), life);
        self.change(Some(life), |life| {
            (life.item, life.link) = (CopyIs::Here, LinkState::Unmarked);
            (life.changed_in_outlook, life.changed_in_crm) = (false, false);
        });
        if let Some(record) = origin {
            self.attach(life, record);
            self.change(Some(life), |life| life.record = CopyIs::Here);
        }
        match by {
            By::Sync(client) => self.work_on(client, Some(life)),
            By::User(_) => {
                let invited = acting.is_none_or(|client| world.clients[client.index()].mailbox != mailbox);
                let event = if invited { LifeEvent::Invited } else { LifeEvent::CreatedInOutlook };
                let role = if invited { synchronizer(world, mailbox) } else { role_of(world, acting) };
                if let Some(role) = role.filter(|_| self.begun) {
                    self.marks.insert(Mark::life(role, LifeState::Untracked, event));
                }
            }
        }
    }

    fn item_changed(&mut self, item: ItemId, by: By, world: &World, acting: Option<ClientId>) {
        let Some(life) = get(&self.of_item, item.index()) else { return };
        let mailbox = self.lives[life as usize].mailbox;
        if by.is_sync() || acting.is_none_or(|client| world.clients[client.index()].mailbox == mailbox) {
            self.touch_item(item, by);
        } else if let Some(role) = synchronizer(world, mailbox) {
            self.mark(role, life, LifeEvent::Invited);
        }
        if !by.is_sync() {
            self.change(Some(life), |life| life.changed_in_outlook = true);
        }
    }

    /// With its named properties an item goes on under another EntryId; without them it is another item.
    fn migrated(&mut self, item: ItemId, new: ItemId, properties: bool, world: &World) {
        let Some(life) = get(&self.of_item, item.index()) else { return };
        let mailbox = self.lives[life as usize].mailbox;
        if let Some(role) = synchronizer(world, mailbox) {
            self.mark(role, life, LifeEvent::MailboxMigrated);
        }
        if properties {
            return put(&mut self.of_item, new.index(), life);
        }
        let here = self.lives[life as usize].item;
        self.change(Some(life), |life| life.item = CopyIs::Ended);
        let life = self.begin(mailbox);
        put(&mut self.of_item, new.index(), life);
        self.change(Some(life), |life| life.item = here);
    }

    fn link_changed(&mut self, item: ItemId, state: LinkState, record: Option<CrmId>, by: By) {
        let Some(life) = get(&self.of_item, item.index()) else { return };
        if let Some(record) = record {
            self.attach(life, record);
        }
        self.change(Some(life), |life| {
            if state == LinkState::WasTracked && life.link != LinkState::WasTracked {
                (life.ended_by_person, life.was_unlinked) = (!by.is_sync(), true);
                (life.out_of_filter, life.ignored) = (false, false);
            }
            if state == LinkState::Tracked && life.link != LinkState::Tracked {
                // Whatever both copies said until then is settled by the row that links them.
                (life.changed_in_outlook, life.changed_in_crm) = (false, false);
                life.relinked = life.was_unlinked;
            }
            life.link = state;
        });
    }

    fn record_created(&mut self, (record, owner): (CrmId, UserId), by: By, origin: Option<ItemId>, world: &World) {
        let life = origin.and_then(|item| get(&self.of_item, item.index()));
        match life {
            Some(life) => {
                self.attach(life, record);
                self.change(Some(life), |life| life.changed_in_outlook = false);
            }
            None => {
                let life = self.begin(owner);
                self.attach(life, record);
                if let Some(role) = synchronizer(world, owner).filter(|_| self.begun && !by.is_sync()) {
                    self.marks.insert(Mark::life(role, LifeState::Untracked, LifeEvent::CreatedInCrm));
                }
            }
        }
        self.change_record(record, |life| life.record = CopyIs::Here);
    }

    fn record_changed(&mut self, record: CrmId, by: By, world: &World) {
        let author = match by {
            By::User(_) => None,
            By::Sync(client) => Some(world.clients[client.index()].mailbox),
        };
        if author.is_none() {
            self.mark_record(record, LifeEvent::EditedInCrm, world);
        }
        // What a client sends up is a change in CRM for every other mailbox.
        self.change_record(record, |life| life.changed_in_crm |= author != Some(life.mailbox));
    }

    /// A record that no item was made of yet belongs to its new owner's mailbox.
    fn assigned(&mut self, record: CrmId, to: UserId) {
        self.change_record(record, |life| {
            if life.item == CopyIs::Never {
                life.mailbox = to;
            }
        });
    }

    /// A record becomes the record of an item; what the mailbox knew of it alone goes into the item's life.
    fn attach(&mut self, life: LifeId, record: CrmId) {
        let row = self.lives[life as usize];
        if row.record_id == Some(record) {
            return;
        }
        if let Some(old) = row.record_id {
            self.detach(life, old);
        }
        let mut known = None;
        if let Some(other) = self.life_of_record(record, row.mailbox) {
            known = Some(self.lives[other as usize]);
            if self.lives[other as usize].item == CopyIs::Never {
                self.detach(other, record);
                self.change(Some(other), |life| life.merged = true);
            }
        }
        let next = get(&self.of_record, record.index()).unwrap_or(NONE);
        put(&mut self.of_record, record.index(), life);
        self.change(Some(life), |life| {
            (life.record_id, life.next) = (Some(record), next);
            life.record = known.map_or(CopyIs::Never, |other| other.record);
            life.changed_in_crm = false;
            life.out_of_filter = known.is_some_and(|other| other.out_of_filter);
        });
    }

    /// Takes a life out of the lives of a record.
    fn detach(&mut self, life: LifeId, record: CrmId) {
        let next = self.lives[life as usize].next;
        let mut at = get(&self.of_record, record.index()).unwrap_or(NONE);
        if at == life {
            put(&mut self.of_record, record.index(), next);
        }
        while at != NONE {
            let row = &mut self.lives[at as usize];
            if row.next == life {
                row.next = next;
            }
            at = row.next;
        }
        self.change(Some(life), |life| (life.record_id, life.next, life.record) = (None, NONE, CopyIs::Never));
    }

    fn begin(&mut self, mailbox: UserId) -> LifeId {
        let life = Life::new(mailbox);
        self.lives.push(life);
        *self.tally(&life) += 1;
        (self.lives.len() - 1) as LifeId
    }

    fn tally(&mut self, life: &Life) -> &mut u32 {
        let mailbox = life.mailbox.index();
        if self.tallies.len() <= mailbox {
            self.tallies.resize(mailbox + 1, [0; LifeState::ALL.len()]);
        }
        &mut self.tallies[mailbox][life.state() as usize]
    }

    /// Changes a life and keeps the tally.
    fn change(&mut self, life: Option<LifeId>, change: impl FnOnce(&mut Life)) {
        let Some(id) = life else { return };
        let before = self.lives[id as usize];
        let mut after = before;
        change(&mut after);
        self.lives[id as usize] = after;
        if !before.merged {
            *self.tally(&before) -= 1;
        }
        if !after.merged {
            *self.tally(&after) += 1;
        }
    }

    fn change_item(&mut self, item: ItemId, change: impl FnOnce(&mut Life)) {
        self.change(get(&self.of_item, item.index()), change);
    }

    fn change_record(&mut self, record: CrmId, change: impl Fn(&mut Life)) {
        let mut at = get(&self.of_record, record.index());
        while let Some(life) = at {
            self.change(Some(life), &change);
            at = Some(self.lives[life as usize].next).filter(|next| *next != NONE);
        }
    }

    fn life_of_record(&self, record: CrmId, mailbox: UserId) -> Option<LifeId> {
        let mut at = get(&self.of_record, record.index());
        while let Some(life) = at.filter(|life| self.lives[*life as usize].mailbox != mailbox) {
            at = Some(self.lives[life as usize].next).filter(|next| *next != NONE);
        }
        at
    }

    fn life_of(&self, item: Option<ItemId>, record: Option<CrmId>, mailbox: UserId) -> Option<LifeId> {
        let by_item = item.and_then(|item| get(&self.of_item, item.index()));
        by_item.or_else(|| record.and_then(|record| self.life_of_record(record, mailbox)))
    }

    /// The life that a row of OutlookSyncTable is about, which its client is at work on.
    fn life_of_row(&mut self, client: ClientId, row: RowView, world: &World) -> Option<LifeId> {
        let life = self.life_of(row.item, row.record, world.clients[client.index()].mailbox);
        self.work_on(client, life);
        life
    }

    fn mark(&mut self, role: Role, life: LifeId, event: LifeEvent) {
        if self.begun {
            self.marks.insert(Mark::life(role, self.lives[life as usize].state(), event));
        }
    }

    /// Marks an event for every mailbox that knows a record.
    fn mark_record(&mut self, record: CrmId, event: LifeEvent, world: &World) {
        let mut at = get(&self.of_record, record.index());
        while let Some(life) = at {
            let Life { mailbox, next, .. } = self.lives[life as usize];
            if let Some(role) = synchronizer(world, mailbox) {
                self.mark(role, life, event);
            }
            at = Some(next).filter(|next| *next != NONE);
        }
    }

    /// Marks an event for what a client is at work on.
    fn mark_work(&mut self, client: ClientId, event: LifeEvent, world: &World) {
        if let Some(life) = get(&self.at_work, client.index()) {
            self.mark(world.clients[client.index()].role, life, event);
        }
    }

    /// Marks an event of a client for every state that an item of its mailbox is in.
    fn mark_client(&mut self, client: ClientId, event: LifeEvent, world: &World) {
        let client = &world.clients[client.index()];
        self.mark_states(client.role, client.mailbox, event);
    }

    fn mark_mailbox(&mut self, mailbox: UserId, event: LifeEvent, world: &World) {
        if let Some(role) = synchronizer(world, mailbox) {
            self.mark_states(role, mailbox, event);
        }
    }

    fn mark_states(&mut self, role: Role, mailbox: UserId, event: LifeEvent) {
        let Some(tally) = self.tallies.get(mailbox.index()).filter(|_| self.begun) else { return };
        for state in LifeState::ALL.iter().filter(|state| tally[**state as usize] > 0) {
            self.marks.insert(Mark::life(role, *state, event));
        }
    }
}

fn role_of(world: &World, acting: Option<ClientId>) -> Option<Role> {
    acting.map(|client| world.clients[client.index()].role)
}
