//! Which records belong in which mailbox: what its user may read, the filters and the tracking by hand, read as data
//! (rules.md, PRE-FILT).

use super::View;
use super::ledger::Pair;
use super::lineage::{Ending, How, OfRow};
use super::rights::{may_read, may_synchronize};
use crate::crm::Record;
use crate::model::{ClientId, CrmId, ItemId, Kind, UserId};
use crate::outlook::Client;
use crate::outlook::cache::{Hold, Row};
use crate::outlook::client::Doubt;
use crate::protocol::switches::DeletedLocally;

/// Whether a record belongs in a user's mailbox: it exists, the user may read it, and the user tracks it by hand or one of
/// the user's active filters matches. Where the server keeps that a user gave a record up, it does not.
#[must_use]
pub fn belongs(view: View<'_>, user: UserId, record: CrmId) -> bool {
    let server = &view.world.server;
    let (Some(row), Some(subscription)) = (server.live(record), server.subscriptions.get(user.index())) else {
        return false;
    };
    if !may_read(view, user, record) {
        return false;
    }
    match subscription.tracked.get(&record) {
        Some(true) => true,
        Some(false) if view.protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer => false,
        _ => passes_a_filter(view, user, row),
    }
}

/// Whether a record would belong in a user's mailbox had the end of its item not been told to the server: that the user gave
/// it up by that end does not count.
#[must_use]
pub fn would_belong(view: View<'_>, user: UserId, record: CrmId, ending: &Ending) -> bool {
    let Some(row) = view.world.server.live(record) else { return false };
    may_read(view, user, record) && (ending.by_hand || belongs(view, user, record) || passes_a_filter(view, user, row))
}

fn passes_a_filter(view: View<'_>, user: UserId, row: &Record) -> bool {
    let filters = view.world.server.filters.get(user.index());
    filters.into_iter().flatten().any(|filter| filter.matches(&view.world.contents, row, user))
}

/// Whether records of a kind come down to a client: the kind is switched on, and its user may synchronize.
#[must_use]
pub fn comes_down(view: View<'_>, client: &Client, kind: Kind) -> bool {
    client.settings.kinds[kind as usize] && may_synchronize(view, client.mailbox)
}

/// The client that synchronizes a user's mailbox; of those that roam the first that runs.
#[must_use]
pub fn primary_of<'a>(view: View<'a>, user: UserId) -> Option<&'a Client> {
    let serves = |client: &&Client| client.mailbox == user && client.installed && client.role.synchronizes();
    view.world.clients.iter().filter(serves).min_by_key(|client| !client.running)
}

/// Whether the deletion of an item left no trace: it was purged before any mapping row knew it, or what knew of it is lost,
/// both the cache and, with the named properties of a mailbox that moved, the crmids of its recoverable items. Nobody can know
/// of it.
#[must_use]
pub fn left_no_trace(view: View<'_>, ending: &Ending) -> bool {
    let purged = ending.copy.item().filter(|_| ending.how == How::Deleted { purged: true });
    purged.is_some_and(|item| {
        let mailbox = view.world.mailboxes.item(item).mailbox;
        let lost = || view.ledger.stripped_since(mailbox, ending.fact) && !is_remembered(view, item, ending.fact);
        !view.ledger.was_mapped(item, ending.fact) || lost()
    })
}

/// Whether a client that synchronizes the mailbox still has in its cache what it knew of an item that ended: a client that
/// is primary no more, or only now, knows nothing that counts.
#[must_use]
pub fn is_remembered(view: View<'_>, item: ItemId, fact: usize) -> bool {
    let mailbox = view.world.mailboxes.item(item).mailbox;
    let mut clients = view.world.clients.iter().filter(|client| client.mailbox == mailbox);
    clients.any(|client| {
        let keeper = view.world.keeper(client.id);
        let knew = synchronizes(view, client.id) && view.ledger.was_mapped_by(keeper, item, fact);
        knew && !view.ledger.forgot(keeper, item, fact)
    })
}

/// Whether a client synchronizes at all. A machine where a roaming user is not logged on has nothing of his: what it has
/// left in its copy of the profile is overwritten when he comes.
#[must_use]
pub fn synchronizes(view: View<'_>, client: ClientId) -> bool {
    let Some(client) = view.world.clients.get(client.index()) else { return false };
    let away = !client.running && client.profile.is_some_and(|profile| profile != client.cache);
    client.installed && client.role.synchronizes() && !away
}

/// Whether something about an item or its record waits for the answer of the mailbox's user: the row about it is held, or the
/// user was asked whether the whole mailbox is empty. Until then nothing that ended is carried on; nothing that was typed is
/// lost by it.
#[must_use]
pub fn behind_prompt(view: View<'_>, mailbox: UserId, pair: Pair) -> bool {
    let mut clients = view.world.clients.iter().filter(|client| client.mailbox == mailbox);
    clients.any(|client| {
        let mut held = view.world.cache(client.id).rows().filter(|(_, row)| row.hold == Hold::Asked);
        let of_row = |row: &Row| OfRow { client: client.id, item: row.item, record: row.record, fact: 0 };
        client.memory.empty_store == Doubt::Asked || held.any(|(_, row)| view.ledger.is_of_pair(&of_row(row), pair))
    })
}
