//! How the ledger follows items that people move, and items that get another EntryId with their mailbox.

use super::booking::put;
use super::ledger::Ledger;
use super::lineage::{Birth, Copy, Edit, Ending, How, Loss, Synced};
use crate::engine::world::World;
use crate::journal::{By, LinkState};
use crate::model::{ItemId, LineageId};

impl Ledger {
    /// An item is in its synchronized folder again. If nobody let it go meanwhile it never was away.
    pub(super) fn moved_back(&mut self, item: ItemId) {
        let copy = Copy::Item(item);
        if matches!(self.link_state(item), LinkState::Tracked | LinkState::Pending)
            && let Some(lineage) = self.of(Some(item), None)
        {
            lineage.endings.retain(|ending| ending.copy != copy || ending.how != How::Moved);
        }
    }

    /// An item has another EntryId and is the same item.
    pub(super) fn renamed(&mut self, item: ItemId, new: ItemId) {
        let Some(id) = self.lineage_of_item(item) else { return };
        put(&mut self.of_item, new.index(), id);
        let rename = |copy: &mut Copy| {
            if *copy == Copy::Item(item) {
                *copy = Copy::Item(new);
            }
        };
        let lineage = &mut self.lineages[id.index()];
        let marks = [&mut lineage.retracked, &mut lineage.marked, &mut lineage.linked].into_iter().flatten();
        let synced = lineage.synced.iter_mut().filter_map(|synced| synced.item.as_mut());
        lineage.items.iter_mut().chain(marks.map(|(of, _)| of)).chain(synced).for_each(|of| {
            if *of == item {
                *of = new;
            }
        });
        lineage.edits.iter_mut().for_each(|edit| rename(&mut edit.copy));
        lineage.endings.iter_mut().for_each(|ending| rename(&mut ending.copy));
        lineage.births.iter_mut().for_each(|birth| rename(&mut birth.copy));
        lineage.synced.iter_mut().filter_map(|synced| synced.copy.as_mut()).for_each(rename);
        lineage.losses.iter_mut().filter(|loss| loss.item == Some(item)).for_each(|loss| loss.item = Some(new));
        let troubles = lineage.troubles.iter_mut().map(|trouble| &mut trouble.row);
        let rows = troubles.chain(&mut lineage.given_up).chain(&mut lineage.spared);
        rows.filter(|row| row.item == Some(item)).for_each(|row| row.item = Some(new));
        self.names_since.insert(item, new);
        if let Some(mark) = self.marks.get(&item).copied() {
            self.marks.insert(new, mark);
        }
        if let Some(noted) = self.noted.get(&item).copied() {
            self.noted.insert(new, noted);
        }
        if let Some(first) = self.first_mapped.get(&item).copied() {
            self.first_mapped.insert(new, first);
        }
        for by_client in [&mut self.let_go, &mut self.first_mapped_by] {
            let known: Vec<_> =
                by_client.iter().filter(|((_, of), _)| *of == item).map(|((client, _), at)| (*client, *at)).collect();
            for (client, at) in known {
                by_client.insert((client, new), at);
            }
        }
    }

    /// An item has another EntryId and nothing on it that says which it was: the old one went to another store, and the new
    /// one begins a lineage. What people wrote into it goes along.
    pub(super) fn stripped(&mut self, item: ItemId, new: ItemId, world: &World) {
        self.stripped.insert(world.mailboxes.item(item).mailbox, self.facts);
        self.ended(Copy::Item(item), How::Moved, By::User(world.mailboxes.item(item).mailbox), world);
        let Some(old) = self.lineage_of_item(item) else { return };
        let id = self.begin(self.lineages[old.index()].kind);
        put(&mut self.of_item, new.index(), id);
        let copy = Copy::Item(item);
        let is_end = |ending: &&Ending| ending.copy == copy && matches!(ending.how, How::Deleted { .. });
        // What was typed into an item that was deleted before is judged where it was deleted.
        if !self.lineages[old.index()].endings.iter().any(|ending| is_end(&ending)) {
            self.take_edits_along((item, old), (new, id));
        }
        // That it was deleted goes along, and what synchronization had written; its record stays behind.
        let left = &self.lineages[old.index()];
        let endings = left.endings.iter().filter(is_end);
        let endings = endings.map(|ending| Ending { copy: Copy::Item(new), record: None, ..*ending }).collect();
        let named_anew = |synced: &Synced| Synced {
            copy: synced.copy.map(|of| if of == copy { Copy::Item(new) } else { of }),
            item: synced.item.map(|of| if of == item { new } else { of }),
            ..*synced
        };
        let synced = left.synced.iter().map(named_anew).collect();
        let lineage = &mut self.lineages[id.index()];
        lineage.items.push(new);
        lineage.endings = endings;
        lineage.synced = synced;
        lineage.births.push(Birth { copy: Copy::Item(new), client: None, fact: self.facts });
    }

    /// What people wrote into an item that begins a lineage goes along, under its new EntryId where it has one. What was
    /// written into other copies goes along only to say what typed over what: it is judged where it was made.
    pub(super) fn take_edits_along(&mut self, (item, old): (ItemId, LineageId), (new, id): (ItemId, LineageId)) {
        let copy = Copy::Item(item);
        let left = &mut self.lineages[old.index()];
        let gone_along = |edit: &Edit| match edit.copy == copy {
            true => Edit { copy: Copy::Item(new), ..*edit },
            false => Edit { parted: true, ..*edit },
        };
        let edits = left.edits.iter().map(gone_along).collect();
        left.edits.iter_mut().filter(|edit| edit.copy == copy).for_each(|edit| edit.parted = true);
        let named_anew = |loss: &Loss| Loss { item: loss.item.map(|of| if of == item { new } else { of }), ..*loss };
        let losses = left.losses.iter().map(named_anew).collect();
        let lineage = &mut self.lineages[id.index()];
        lineage.edits = edits;
        lineage.losses = losses;
    }
}
