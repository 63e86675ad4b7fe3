//! Whether a plan still fits: what an operation is about may have changed since the row was read.
//!
//! A save says itself what the item must still say. Whatever only marks an item is compared here, just before it is written.

use super::{CrmId, Env, Folder, Item, ItemId, LinkState, Op, Own, Relink, RowWork, reading};

impl RowWork {
    /// Whether saves are checked and the mailbox changed since the plan was made from it: the item lies elsewhere, or another
    /// client that works on the mailbox has made the item meanwhile.
    pub(super) fn stale(&self, op: &Op, own: &Own<'_>, env: &Env<'_>) -> bool {
        let checked = env.protocol.switches.checks_saves();
        let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
        let tracked =
            |item: &ItemId| env.mailboxes.live(*item).is_some_and(|item| item.link.state == LinkState::Tracked);
        let carrying = || self.record.and_then(|record| env.mailboxes.carrying(own.mailbox, record));
        // Another machine made it, be it that a person has deleted it again already.
        let come = |item: &ItemId| Some(*item) != self.carried;
        match op {
            // It was moved, moved back or edited: whether it is let go of is another question now. So it is where another machine
            // has linked it anew.
            Op::UnlinkItem => {
                let item = self.item.map(|item| env.mailboxes.item(item));
                let read = self.folder().zip(self.seen);
                checked && (item.map(|item| (item.folder, item.content)) != read || self.linked_anew(env))
            }
            Op::ForgetItem => checked && (self.linked_anew(env) || self.moved_tracked(env)),
            // It was untracked, and is to get no record any more; or another machine has chosen an id for it since.
            Op::Reserve(_) | Op::ReserveAnew | Op::MarkAnew => {
                let read = self.case.and_then(|case| case.item);
                let other = |(id, item): (ItemId, Item)| {
                    let now = env.mailboxes.item(id).link;
                    now.state != item.link.state || now.record.is_some() && !same_record(&item, now.record, env)
                };
                checked && read.is_some_and(other)
            }
            // Its owner deleted it or moved it away before it was ever linked, or after it was let go: that says nothing of the record.
            Op::LinkItem(_) => {
                let read = self.case.and_then(|case| case.item);
                let unlinked = |item: Item| item.link.state == LinkState::Unmarked || item.is_let_go();
                checked && read.is_some_and(|(id, item)| unlinked(item) && env.mailboxes.item(id).folder != item.folder)
            }
            Op::CreateItem(..) => checked && relinks && carrying().is_some_and(|item| tracked(&item) || come(&item)),
            _ => false,
        }
    }

    /// Whether the item was linked since the row was read, which it was not then, or was to another record.
    fn linked_anew(&self, env: &Env<'_>) -> bool {
        self.case.and_then(|case| case.item).is_some_and(|(id, read)| {
            let now = env.mailboxes.item(id).link;
            let same = read.link.state == LinkState::Tracked && same_record(&read, now.record, env);
            now.state == LinkState::Tracked && !same
        })
    }

    /// Whether the item was tracked when the row was read and lies elsewhere by now: one that is in its place again was not moved
    /// away, and what is to become of it is another question.
    fn moved_tracked(&self, env: &Env<'_>) -> bool {
        self.case.and_then(|case| case.item).is_some_and(|(id, read)| {
            read.link.state == LinkState::Tracked && env.mailboxes.item(id).folder != read.folder
        })
    }

    /// Where the item lay when the row was read.
    pub(super) fn folder(&self) -> Option<Folder> {
        self.case.and_then(|case| case.item).map(|(_, item)| item.folder)
    }
}

/// Whether an item still carries the id of the record that it was read with: its own, or that of a record in whose place the
/// row's was made.
fn same_record(read: &Item, now: Option<CrmId>, env: &Env<'_>) -> bool {
    let replaced = |new: CrmId| now.is_some_and(|old| reading::replaces(new, old, env));
    read.link.record == now || read.link.record.is_some_and(replaced)
}
