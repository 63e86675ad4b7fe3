//! The mailboxes as one client's store shows them.

use super::{Folder, Item, Mailboxes};
use crate::model::{CrmId, ItemId, MeetingId, UserId, Value};
use crate::sim::Time;

/// What a client can read of the mailboxes at this moment. A store that opened empty lists nothing and finds nothing; what
/// really is in the mailbox it hides.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    mailboxes: &'a Mailboxes,
    empty: bool,
}

impl<'a> Store<'a> {
    /// A store that shows the mailboxes as they are, or one that opened empty.
    #[must_use]
    pub fn new(mailboxes: &'a Mailboxes, empty: bool) -> Store<'a> {
        Store { mailboxes, empty }
    }

    fn open(&self) -> Option<&'a Mailboxes> {
        (!self.empty).then_some(self.mailboxes)
    }

    /// An item; one that the store does not show is as good as purged.
    #[must_use]
    pub fn item(&self, id: ItemId) -> Item {
        let item = *self.mailboxes.item(id);
        if self.empty { Item { folder: Folder::Purged, ..item } } else { item }
    }

    /// The item, if it is in its synchronized folder.
    #[must_use]
    pub fn live(&self, id: ItemId) -> Option<&'a Item> {
        self.open()?.live(id)
    }

    /// The item of a mailbox that carries this crmid, as [`Mailboxes::carrying`] has it.
    #[must_use]
    pub fn carrying(&self, mailbox: UserId, record: CrmId) -> Option<ItemId> {
        self.open()?.carrying(mailbox, record)
    }

    /// The address of a mailbox.
    #[must_use]
    pub fn address(&self, mailbox: UserId) -> Option<Value> {
        self.mailboxes.addresses.get(mailbox.index()).copied()
    }

    /// The appointments of a mailbox's calendar that are of this meeting (DUP-GOID).
    pub fn of_meeting(&self, mailbox: UserId, meeting: MeetingId) -> impl Iterator<Item = ItemId> + use<'a> {
        self.open().into_iter().flat_map(move |mailboxes| mailboxes.of_meeting(mailbox, meeting))
    }

    /// The items outside the synchronized folders of a mailbox that carry a crmid.
    pub fn gone_carrying(&self, mailbox: UserId) -> impl Iterator<Item = ItemId> + use<'a> {
        self.open().into_iter().flat_map(move |mailboxes| mailboxes.gone_carrying(mailbox))
    }

    /// The items that a person purged and that the mailbox still keeps ([`Mailboxes::purged`]).
    pub fn purged(&self, mailbox: UserId) -> impl Iterator<Item = (CrmId, ItemId)> + use<'a> {
        self.open().into_iter().flat_map(move |mailboxes| mailboxes.purged(mailbox))
    }

    /// The marked items of a mailbox that were modified after `since`, newest first (DET-SCAN).
    pub fn modified_since(&self, mailbox: UserId, since: Time) -> impl Iterator<Item = ItemId> + use<'a> {
        self.open().into_iter().flat_map(move |mailboxes| mailboxes.modified_since(mailbox, since))
    }

    /// The marked items of a mailbox that were saved after change number `since`, newest first.
    pub fn changed_since(&self, mailbox: UserId, since: u64) -> impl Iterator<Item = ItemId> + use<'a> {
        self.open().into_iter().flat_map(move |mailboxes| mailboxes.changed_since(mailbox, since))
    }

    /// The last change number of a mailbox; a store that opened empty is new and begins at 0.
    #[must_use]
    pub fn change(&self, mailbox: UserId) -> u64 {
        self.open().map_or(0, |mailboxes| mailboxes.change(mailbox))
    }

    /// Whether the store lists nothing at all in a mailbox's synchronized folders.
    #[must_use]
    pub fn lists_nothing(&self, mailbox: UserId) -> bool {
        let mut items = self.open().into_iter().flat_map(Mailboxes::all);
        !items.any(|(_, item)| item.mailbox == mailbox && item.folder == Folder::Synchronized)
    }
}
