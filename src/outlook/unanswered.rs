//! Writes of the user's own clients that were not answered: an update is noted before it is sent, and CRM says afterwards
//! whether it was carried out, and what else it has got from them that the item does not know of.

use super::cache::{OutlookChange, Sent};
use super::client::Env;
use super::plan::{Case, Op};
use crate::crm::message::Found;
use crate::journal::LinkState;
use crate::mailbox::Item;
use crate::model::{ContentId, mapping};
use crate::protocol::switches::SentUpdate;

/// The row says what an update sends before it is sent (`sent-update`).
pub(super) fn note_sent(case: &Case, before: ContentId, after: ContentId, env: &Env<'_>) -> Option<Op> {
    let noted = env.protocol.switches.sent_update == SentUpdate::Noted;
    noted.then_some(Op::NoteSent(Sent { before, after, version: 0, name: (case.client, env.now) }))
}

/// What a client that asks for a record knows of its own writes: the version that the item has, or that an update was computed
/// from which was not answered, and the name of that. An item that knows a later version than the update was computed from has
/// OriginalXML of its own again.
pub(super) fn known(case: &Case) -> (u64, Option<Sent>) {
    let version = case.kept().map_or(0, |item| item.link.version);
    // Nothing was updated yet of a record that was made again.
    let updated = !case.kept().is_some_and(|item| item.link.reserved);
    let sent = case.row.sent.filter(|_| updated).filter(|sent| sent.version >= version);
    (sent.map_or(version, |sent| sent.version), sent)
}

/// OriginalXML as it would be had the answers to the user's own updates come: CRM says whether the last was carried out.
pub(super) fn heard_base(case: &Case, base: ContentId, found: Found, env: &mut Env<'_>) -> ContentId {
    let base = match known(case).1 {
        Some(sent) if found.own.carried_out => sent.after,
        Some(sent) => sent.before,
        None => base,
    };
    told_base(case, base, found, env)
}

/// OriginalXML of an item that says `form`, where the record is gone and nobody can say whether the last update was carried out:
/// what was typed over that since is an edit, be it the old value again.
pub(super) fn unheard_base(case: &Case, base: ContentId, form: ContentId, env: &mut Env<'_>) -> ContentId {
    let Some(sent) = known(case).1 else { return base };
    let mut over = env.contents.diff(sent.before, sent.after);
    over.retain(|(field, value)| env.contents.get(form, *field) != *value);
    env.contents.with(base, &over)
}

/// The same where the note of an update went with the cache, is in that of another machine, or gave way to that of the next
/// try, where a create was carried out, and where an attendee's client brought what the user typed as organizer. An item that
/// has been linked until now, or awaits that record, was what was sent: CRM says which columns those were.
fn told_base(case: &Case, base: ContentId, found: Found, env: &mut Env<'_>) -> ContentId {
    let ends = matches!(case.row.outlook_change, OutlookChange::Untracked | OutlookChange::UntrackedDelete);
    let waits = |item: &Item| matches!(item.link.state, LinkState::Tracked | LinkState::Pending);
    let linked = |item: &Item| item.link.record == case.row.record && (ends || waits(item));
    let noted = env.protocol.switches.sent_update == SentUpdate::Noted;
    // What was tracked again was let go of before, but for what waits for the record that was made for it.
    let goes_on = !case.retracked || found.own.created;
    if !noted || !goes_on || !case.kept().is_some_and(|item| linked(&item)) {
        return base;
    }
    let directions = &env.protocol.directions;
    let before = mapping::from_crm(env.contents, directions, found.own.before);
    let after = mapping::from_crm(env.contents, directions, found.own.after);
    let sent = env.contents.diff(before, after);
    env.contents.with(base, &sent)
}
