//! An update that was not answered: it is noted before it is sent, and CRM says afterwards whether it was carried out.

use super::cache::{OutlookChange, Sent};
use super::client::Env;
use super::plan::{Case, Op};
use crate::crm::message::Found;
use crate::journal::LinkState;
use crate::mailbox::Item;
use crate::model::{ContentId, Contents, mapping};
use crate::protocol::switches::SentUpdate;

/// The row says what an update sends before it is sent (`sent-update`).
pub(super) fn note_sent(case: &Case, before: ContentId, after: ContentId, env: &Env<'_>) -> Option<Op> {
    let noted = env.protocol.switches.sent_update == SentUpdate::Noted;
    noted.then_some(Op::NoteSent(Sent { before, after, version: 0, name: (case.client, env.now) }))
}

/// OriginalXML as it would be had the answer to the last update come: CRM says whether that was carried out. An item that knows
/// a later version than the update was computed from has OriginalXML of its own again.
pub(super) fn heard_base(case: &Case, base: ContentId, found: Found, env: &mut Env<'_>) -> ContentId {
    let known = case.kept().map_or(0, |item| item.link.version);
    match case.row.sent.filter(|sent| sent.version >= known) {
        Some(sent) if found.carried_out => sent.after,
        Some(sent) => told_base(case, (sent.before, sent.version), found, env),
        None => told_base(case, (base, known), found, env),
    }
}

/// The same where the note of the update went with the cache, is in that of another machine, or gave way to that of the next
/// try, and where a create was carried out. An item that has been linked until now, or awaits that record, and does not know the
/// version that the user's own clients wrote last was what that was sent from: CRM says which columns those were.
fn told_base(case: &Case, (base, known): (ContentId, u64), found: Found, env: &mut Env<'_>) -> ContentId {
    let ends = matches!(case.row.outlook_change, OutlookChange::Untracked | OutlookChange::UntrackedDelete);
    let waits = |item: &Item| matches!(item.link.state, LinkState::Tracked | LinkState::Pending);
    let linked = |item: &Item| item.link.record == case.row.record && (ends || waits(item));
    let noted = env.protocol.switches.sent_update == SentUpdate::Noted;
    // What was tracked again was let go of before, but for what waits for the record that was made for it.
    let goes_on = !case.retracked || found.own.before == Contents::EMPTY;
    let item = case.kept().filter(linked).filter(|_| noted && goes_on);
    if item.is_none() || known >= found.own.version {
        return base;
    }
    let directions = &env.protocol.directions;
    let before = mapping::from_crm(env.contents, directions, found.own.before);
    let after = mapping::from_crm(env.contents, directions, found.own.after);
    let sent = env.contents.diff(before, after);
    env.contents.with(base, &sent)
}
