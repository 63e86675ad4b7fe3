//! Durable writes: each is one step, with a point before it and one after it where a client can die.

use std::sync::Arc;

use super::faults::Made as MadeCall;
use super::runner::Runner;
use super::world::World;
use crate::journal::{By, What};
use crate::mailbox::{Folder, Item, Link};
use crate::model::{Answer, Call, ClientId, CrmId, ItemId};
use crate::outlook::Write;
use crate::outlook::intent::Made;
use crate::scenario::model::Point;
use crate::scenario::vocabulary::Fault;

impl Runner<'_> {
    /// Carries out one durable write of a client: what it made, or why it failed; `None` when the client died before or
    /// after it.
    pub fn write(&mut self, id: ClientId, write: Write) -> Option<Result<Option<Made>, (Call, Answer)>> {
        let (call, table) = write.address();
        let (item, record) = subject(&write, &self.world, id);
        let made = MadeCall { table, ..self.made(id, call, item, record) };
        if self.crash_if(&made, Fault::CrashBefore) {
            return None;
        }
        let session = self.world.clients[id.index()].session;
        let opened = (self.saved_by_people(&made), self.of_meeting(id, &write));
        self.at_point(&made, Point::BeforeSend);
        if self.world.clients[id.index()].session != session {
            return None;
        }
        let overtaken = self.overtaken(&write) || (self.saved_by_people(&made), self.of_meeting(id, &write)) != opened;
        let refused = self.write_refused(&made).or(overtaken.then_some(Answer::Changed));
        if refused.is_none() && self.tear_if(id, &made, &write) {
            return None;
        }
        let result = match refused {
            Some(answer) => Err((call, answer)),
            None => Ok(self.apply(id, write)),
        };
        self.at_point(&made, Point::Applied);
        if self.crash_if(&made, Fault::CrashAfter) {
            return None;
        }
        self.at_point(&made, Point::Answered);
        (self.world.clients[id.index()].session == session).then_some(result)
    }

    /// Whether somebody changed an item since a write to it was computed, up to this very moment: the store compares and
    /// refuses.
    fn overtaken(&self, write: &Write) -> bool {
        write.seen().is_some_and(|(item, seen)| {
            let Item { content, folder, .. } = *self.world.mailboxes.item(item);
            (content, folder) != seen
        })
    }

    /// When a person saved the item last that is about to be saved or deleted, where saves are checked: what synchronization
    /// keeps on it is not written over a mark that was set meanwhile.
    fn saved_by_people(&self, made: &MadeCall) -> Option<u64> {
        let checked = self.protocol.switches.checks_saves();
        let item = made.item.filter(|_| checked && matches!(made.call, Call::SaveItem | Call::DeleteItem));
        item.map(|item| self.world.mailboxes.item(item).edited)
    }

    /// How many items of its meeting are in the calendar where one is about to be made and saves are checked: an invitation
    /// that comes in that moment is the item.
    fn of_meeting(&self, id: ClientId, write: &Write) -> usize {
        let Write::CreateItem { meeting: Some(meeting), .. } = *write else { return 0 };
        let mailbox = self.world.clients[id.index()].mailbox;
        let checked = self.protocol.switches.checks_saves();
        if checked { self.world.mailboxes.of_meeting(mailbox, meeting).count() } else { 0 }
    }

    /// Tears a write where a fault says so: power fails in the middle of it. The cache file is as it was before the
    /// transaction, and an item that was about to be made is not there. A save of an item that has both writes its fields
    /// and not what synchronization keeps on it; any other save writes nothing.
    fn tear_if(&mut self, id: ClientId, made: &MadeCall, write: &Write) -> bool {
        if !Fault::TornWrite.strikes(made.call) {
            return false;
        }
        let Some(armed) = self.arsenal.strike(made, &[Fault::TornWrite]) else { return false };
        if let Write::SaveItem { item, columns, base: Some(_), .. } = write {
            self.apply(id, Write::SaveItem { item: *item, columns: columns.clone(), base: None, seen: None });
        }
        self.die(&armed, id);
        true
    }

    fn apply(&mut self, id: ClientId, write: Write) -> Option<Made> {
        let by = By::Sync(id);
        let world = &mut self.world;
        match write {
            Write::CreateItem { kind, columns, link, record, meeting } => {
                let mailbox = world.clients[id.index()].mailbox;
                let modified = world.clients[id.index()].clock_at(world.now);
                let contents = Arc::make_mut(&mut world.contents);
                let empty = crate::model::Contents::EMPTY;
                let content = crate::model::mapping::write_to_outlook(contents, kind, empty, &columns);
                let link = link.unwrap_or(Link::NONE);
                let folder = Folder::Synchronized;
                let new = Item {
                    kind,
                    mailbox,
                    folder,
                    content,
                    modified,
                    change: 0,
                    edited: 0,
                    written: 0,
                    meeting,
                    ended_by: None,
                    brought: None,
                    link,
                };
                let item = world.mailboxes.create(new, Some(record), by, &mut world.journal);
                let alias = world.names.of_record.get(record.index()).copied().unwrap_or(0);
                world.names.name_item(item, alias);
                Some(Made::Item(item))
            }
            Write::SaveItem { item, columns, base, .. } => {
                let contents = Arc::make_mut(&mut world.contents);
                world.mailboxes.write(item, (&columns, base), by, contents, &mut world.journal);
                Some(Made::Saved(world.mailboxes.item(item).content))
            }
            Write::SaveLink { item, link } => {
                world.mailboxes.set_link(item, link, by, &mut world.journal);
                None
            }
            Write::Reserve { item, base, instead }
                if world.mailboxes.item(item).awaits_record() && world.mailboxes.item(item).link.record != instead =>
            {
                // Another machine on the same profile chose an id in the same moment: there is one for the item.
                let link = Link { base, ..world.mailboxes.item(item).link };
                world.mailboxes.set_link(item, link, by, &mut world.journal);
                None
            }
            Write::Reserve { item, base, .. } => {
                let alias = world.names.of_item.get(item.index()).copied().unwrap_or(0);
                let old = world.mailboxes.item(item).link;
                let known = old.record.and_then(|gone| world.successors.get(&gone).copied());
                let record = known.unwrap_or_else(|| {
                    let order = world.next_order(alias);
                    let record = world.server.reserve(world.mailboxes.item(item).kind, order);
                    world.names.name_record(record, alias);
                    record
                });
                if let Some(gone) = old.record {
                    world.successors.insert(gone, record);
                    world.predecessors.insert(record, gone);
                }
                let state = crate::journal::LinkState::Pending;
                // Of a record that is made again the item goes on saying which version of the old one it knew.
                let link = Link { state, record: Some(record), reserved: true, was_let_go: false, base, ..old };
                world.mailboxes.set_link(item, link, by, &mut world.journal);
                None
            }
            Write::SaveBase { item, base, version, edited } => {
                let old = world.mailboxes.item(item).link;
                let link = Link { base, version: version.unwrap_or(old.version), edited, ..old };
                world.mailboxes.set_link(item, link, by, &mut world.journal);
                None
            }
            Write::DeleteItem { item, .. } => {
                world.mailboxes.delete(item, false, by, &mut world.journal);
                None
            }
            other => self.apply_cache(id, other),
        }
    }

    fn apply_cache(&mut self, id: ClientId, write: Write) -> Option<Made> {
        let world = &mut self.world;
        let file = world.clients[id.index()].cache;
        world.mark(file);
        let cache = &mut world.caches[file.index()];
        let journal = &mut world.journal;
        match write {
            Write::PutMap(map) => {
                let old = cache.map_of_record(map.record).map(|(_, old)| *old);
                let number = cache.put_map(map);
                let verifies = old.is_some_and(|old| (old.view(), old.visited) == (map.view(), map.visited));
                journal.write(if verifies {
                    What::MapVerified { client: id, map: number }
                } else {
                    What::MapWritten { client: id, map: number, row: Some(map.view()) }
                });
            }
            Write::DropMap(number) => {
                if cache.drop_map(number).is_some() {
                    journal.write(What::MapWritten { client: id, map: number, row: None });
                }
            }
            Write::PutRow(change, row) => {
                let old = change.and_then(|change| cache.row(change)).copied();
                if let Some(old) = old.filter(|old| old.record.is_some() && old.record != row.record) {
                    // The row is about another record from now on: what it said of the old one is done.
                    journal.write(What::RowDropped { client: id, row: old.view() });
                }
                let change = cache.put_row(change, row);
                journal.write(What::RowWritten { client: id, row: row.view() });
                return Some(Made::Row(change));
            }
            Write::DropRow(change) => {
                if let Some(row) = cache.drop_row(change) {
                    journal.write(What::RowDropped { client: id, row: row.view() });
                }
            }
            Write::SyncState { fresh, last_sync, last_change } => {
                (cache.fresh, cache.last_sync, cache.last_change) = (fresh, last_sync, last_change);
                journal.write(What::SyncStateWritten { client: id });
            }
            _ => unreachable!("writes to the mailbox are carried out there"),
        }
        None
    }
}

/// What a durable write concerns.
fn subject(write: &Write, world: &World, id: ClientId) -> (Option<ItemId>, Option<CrmId>) {
    let cache = world.cache(id);
    match write {
        Write::CreateItem { record, .. } => (None, Some(*record)),
        Write::SaveItem { item, .. }
        | Write::SaveLink { item, .. }
        | Write::Reserve { item, .. }
        | Write::SaveBase { item, .. }
        | Write::DeleteItem { item, .. } => (Some(*item), None),
        Write::PutMap(map) => (Some(map.item), Some(map.record)),
        Write::DropMap(map) => cache.map(*map).map_or((None, None), |map| (Some(map.item), Some(map.record))),
        Write::PutRow(_, row) => (row.item, row.record),
        Write::DropRow(change) => cache.row(*change).map_or((None, None), |row| (row.item, row.record)),
        Write::SyncState { .. } => (None, None),
    }
}
