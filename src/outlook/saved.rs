//! A save of an item that power cut in two: what it takes down is noted before it is made, and the store says afterwards
//! whether it wrote the fields.

use super::cache::{Row, Saved};
use super::client::Env;
use super::plan::{Case, Op};
use crate::mailbox::{Item, Synchronized};
use crate::model::{ContentId, Direction};
use crate::protocol::switches::{MergeBaseUpdate, SentUpdate};

/// The row says what OriginalXML becomes with a save before it is made, as it does for what is sent (`sent-update`). It has room
/// for one save: what the half of an earlier one belongs to is written on the item before the next is noted over it.
pub(super) fn note_saved(case: &Case, after: ContentId, env: &Env<'_>) -> impl Iterator<Item = Op> + use<> {
    let notes = env.protocol.switches.sent_update == SentUpdate::Noted;
    let complete = case.half_saved.then_some(Op::CompleteBase);
    complete.into_iter().chain([Op::NoteSaved(after)]).filter(move |_| notes)
}

/// The OriginalXML that the half of a save belongs to, its version, and what a person had saved before it.
pub(super) fn half_of(row: &Row, item: &Item) -> Option<Saved> {
    row.saved.filter(|saved| saved.is_half(item))
}

impl Saved {
    /// Whether of the save that was noted the fields are on the item, and its OriginalXML is not.
    fn is_half(&self, item: &Item) -> bool {
        self.written < item.written && self.before == (item.link.base, item.link.version)
    }
}

/// The note of a save that is about to be made of this item.
pub(super) fn note(item: &Item, after: Synchronized) -> Saved {
    let before = (item.link.base, item.link.version);
    Saved { before, after, written: item.written, edited: item.edited }
}

/// Gives an item the OriginalXML that it would have had the whole save come: of a save by synchronization since the note the
/// fields did, and nothing was kept on the item. Whatever it says now that OriginalXML does not was typed after that, be it
/// what it said before. Gives whether that is so.
pub(super) fn complete(saved: Option<Saved>, item: &mut Item) -> bool {
    let Some(saved) = saved.filter(|saved| saved.is_half(item)) else { return false };
    (item.link.base, item.link.version) = saved.after;
    item.brought = item.brought.filter(|brought| brought.edited > saved.edited);
    true
}

/// OriginalXML for a merge where the note went with the cache. While no person saved the item since, what a save that power cut
/// in two left in it came from CRM and is nobody's edit: in the columns that it wrote the item counts as unchanged, and takes
/// what CRM says now.
pub(super) fn base_of_torn(item: Item, base: ContentId, outlook: ContentId, env: &mut Env<'_>) -> ContentId {
    if !item.is_torn() || env.protocol.switches.merge_base_update != MergeBaseUpdate::AfterBoth {
        return base;
    }
    let mut left = env.contents.diff(base, outlook);
    left.retain(|(field, _)| env.protocol.directions.of(*field) == Direction::Both);
    env.contents.with(base, &left)
}
