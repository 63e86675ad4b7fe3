//! Items that people copy, move and archive, and mailboxes that move to another server.
//!
//! None of this is an act that synchronization knows: a copy is a new item, what leaves its folder is missing there, and on
//! another server every item has another EntryId.

use super::acts::Refused;
use super::runner::Runner;
use crate::mailbox::{Folder, Item, Link};
use crate::model::{ClientId, ItemId, UserId};
use crate::protocol::switches::CopiedItem;
use crate::rule;
use crate::scenario::model::Args;
use crate::scenario::vocabulary::{Act, Key};

impl Runner<'_> {
    /// The item of an alias that lies in another folder of a mailbox, the newest of them.
    pub fn moved_item_of(&self, alias: u32, mailbox: UserId) -> Option<ItemId> {
        let all: Vec<ItemId> = self.world.names.items(alias).collect();
        let there = |id: &ItemId| {
            let item = self.world.mailboxes.item(*id);
            item.mailbox == mailbox && item.folder == Folder::Elsewhere
        };
        all.into_iter().rev().find(there)
    }

    /// Makes a copy in the same folder. Outlook copies everything, named properties included, but for the GlobalObjectId: a copy
    /// is an appointment of its own, and gets one as if it had just been made. Under `drops-link` the add-in clears what
    /// tracking keeps there.
    pub fn copy_item(&mut self, id: ClientId, item: ItemId, args: &Args) -> Result<(), Refused> {
        let by = self.person(id);
        let new = args.text(Key::New).unwrap_or_default();
        let alias = self.world.names.alias(new);
        let world = &mut self.world;
        let row = *world.mailboxes.item(item);
        let link = match self.protocol.switches.copied_item {
            CopiedItem::CopiesLink => row.link,
            CopiedItem::DropsLink => Link::NONE,
        };
        let modified = world.clients[id.index()].clock_at(world.now);
        let copy = Item { link, modified, change: 0, meeting: None, ended_by: None, brought: None, ..row };
        let copy = world.mailboxes.create(copy, None, by, &mut world.journal);
        world.names.name_item(copy, alias);
        self.announce(copy, Some(id));
        Ok(())
    }

    /// Moves an item to another folder and back, or archives it.
    pub fn move_item(&mut self, id: ClientId, item: ItemId, act: Act, args: &Args) -> Result<(), Refused> {
        let folder = match (act, args.text(Key::To)) {
            (Act::Archive, _) => Folder::OtherStore,
            (_, Some("synchronized")) => Folder::Synchronized,
            _ => Folder::Elsewhere,
        };
        let by = self.person(id);
        let world = &mut self.world;
        let clock = world.clients[id.index()].clock_at(world.now);
        world.clients[id.index()].memory.inspectors.remove(&item);
        world.mailboxes.move_to(item, folder, (by, clock), &mut world.journal);
        self.follow(rule!("DET-EVENTS"));
        self.announce(item, Some(id));
        Ok(())
    }

    /// Moves a mailbox to another server: each item that is in it gets another EntryId, and every open form closes. Nobody is
    /// notified of anything.
    pub fn migrate_mailbox(&mut self, user: UserId, properties: bool) {
        self.follow(rule!("DET-ENTRYID"));
        let world = &mut self.world;
        let here = |item: &Item| item.mailbox == user && !matches!(item.folder, Folder::OtherStore | Folder::Purged);
        let items: Vec<(ItemId, bool)> = world
            .mailboxes
            .all()
            .filter(|(_, item)| here(item))
            .map(|(id, item)| (id, item.link.is_marked()))
            .collect();
        for (item, marked) in items {
            let alias = world.names.of_item.get(item.index()).copied().unwrap_or(0);
            let new = world.mailboxes.migrate(item, properties || !marked, &mut world.journal);
            world.names.name_item(new, alias);
        }
        for client in world.clients.iter_mut().filter(|client| client.mailbox == user) {
            client.memory.inspectors = Default::default();
        }
    }
}
