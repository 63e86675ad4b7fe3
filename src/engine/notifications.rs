//! Change notifications of the mailbox, on their way to the clients that show it (rules.md, A.5).
//!
//! A genuine notification makes the client look at the item as it is when the notification arrives, so a late one that
//! others overtook says nothing new. What a false one does depends on whether the client looks at all.

use std::sync::Arc;

use super::runner::Runner;
use super::wire::LATENCY;
use super::world::Event;
use crate::mailbox::Store;
use crate::model::{Call, ClientId, ItemId, Told};
use crate::outlook::Write;
use crate::outlook::detect::{self, Noticed};
use crate::rule;
use crate::scenario::vocabulary::Fault;
use crate::sim::Span;

impl Runner<'_> {
    /// A notification reaches a client (DET-MAPI): what it makes of the item goes into OutlookSyncTable. `told` is what a
    /// notification says that is not so.
    pub fn notify(&mut self, id: ClientId, item: ItemId, told: Option<Told>) {
        if !self.world.clients[id.index()].works() || self.store_is_mute(id) {
            return;
        }
        let world = &mut self.world;
        let client = &world.clients[id.index()];
        let own = client.own(world.now, &world.caches[client.cache.index()]);
        let contents = Arc::make_mut(&mut world.contents);
        let store = Store::new(&world.mailboxes, false);
        let noticed = match told {
            Some(told) => detect::told(&own, (item, told), store, self.protocol, contents),
            None => detect::notice(&own, item, store, self.protocol, contents),
        };
        let write = match noticed {
            Noticed::Nothing => return,
            Noticed::Put(row, put) => Write::PutRow(row, put),
            Noticed::Drop(row) => Write::DropRow(row),
        };
        self.follow(rule!("DET-MAPI"));
        if self.world.mailboxes.live(item).is_none() {
            self.follow(rule!("DET-EVENTS"));
        }
        self.write(id, write);
    }

    /// Tells every client of an item's mailbox that a person changed it: the client where it happened at once, the others
    /// after the way over the network (DET-ASYNC).
    pub fn announce(&mut self, item: ItemId, at: Option<ClientId>) {
        if !self.protocol.switches.change_detection.notifications {
            return;
        }
        let mailbox = self.world.mailboxes.item(item).mailbox;
        for index in 0..self.world.clients.len() {
            let id = ClientId(index as u8);
            if self.world.clients[index].mailbox != mailbox {
                continue;
            }
            if !self.world.clients[index].running {
                self.follow(rule!("TRG-OUTLOOK-ONLY"));
                continue;
            }
            if !self.world.clients[index].addin || self.store_is_mute(id) {
                continue;
            }
            let made = self.made(id, Call::SaveItem, Some(item), None);
            if let Some(armed) = self.arsenal.strike(&made, &[Fault::MissNotification]) {
                self.fired(armed.step);
                continue;
            }
            let late = self.arsenal.strike(&made, &[Fault::LateNotification]);
            late.iter().for_each(|armed| self.fired(armed.step));
            if at != Some(id) || late.is_some() {
                self.follow(rule!("DET-ASYNC"));
            }
            let way = if at == Some(id) { Span::ZERO } else { LATENCY };
            let arrives = self.world.now + way + late.map_or(Span::ZERO, |armed| armed.by);
            self.world.queue.push(arrives, Event::Notify { client: id, item });
        }
    }

    /// Tells a client of a change that did not happen; true where somebody was there to hear it.
    pub fn tell_falsely(&mut self, id: ClientId, aliases: &[u32], told: Told) -> bool {
        let client = &self.world.clients[id.index()];
        if !client.works() || !self.protocol.switches.change_detection.notifications {
            return false;
        }
        let mailbox = client.mailbox;
        let newest = |alias: &u32| {
            let items: Vec<ItemId> = self.world.names.items(*alias).collect();
            items.into_iter().rev().find(|item| self.world.mailboxes.item(*item).mailbox == mailbox)
        };
        let items: Vec<ItemId> = aliases.iter().filter_map(newest).collect();
        for item in &items {
            self.notify(id, *item, Some(told));
        }
        !items.is_empty()
    }
}
