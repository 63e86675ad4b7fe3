//! What the table calls immediate is sent then, and nothing else is (rules.md, A.3).

use super::{Invariant, View, Violations};
use crate::journal::{By, Cause, ClientChange, Fact, LinkState, What};
use crate::model::{ClientId, ItemId, Role, Surface};
use crate::outlook::Operation;
use crate::protocol::UserAct;
use crate::sim::{FlatMap, FlatSet};

/// When an act is to be sent, as the sources' table has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Due {
    AtOnce,
    AtClose,
    NextCycle,
}

/// The immediate-synchronization table, written down a second time. The sources have no row for Regarding in a form,
/// which is an edit of the form, and none for untracking in the grid, which takes effect at once (DEL-OUT-CON-3).
fn due(role: Role, act: UserAct, surface: Surface) -> Due {
    match (role, act, surface) {
        (Role::Secondary | Role::Delegate, _, _) | (_, UserAct::Delete, _) => Due::NextCycle,
        (Role::Primary | Role::Roaming, _, Surface::Inspector) => Due::AtClose,
        (Role::Primary | Role::Roaming, UserAct::Update, Surface::Explorer) => Due::NextCycle,
        (Role::Primary | Role::Roaming, _, Surface::Explorer) => Due::AtOnce,
    }
}

/// `immediate-when-due`.
///
/// An act that is due is *demanded* until an operation for its item ends, and *permits* one operation. Where a client
/// joins several acts in one operation, the permits that are left over go when it has no further work on the item.
#[derive(Debug, Default)]
pub struct ImmediateWhenDue {
    demanded: FlatSet<(ClientId, ItemId)>,
    permits: FlatMap<(ClientId, ItemId), u32>,
    /// Acts in a form that is still open: whether the one that is due when it closes is demanded too.
    in_form: FlatMap<(ClientId, ItemId), bool>,
    /// What became of items whose mailbox moved: clients go on under the old EntryId until they have found the new one.
    renamed: FlatMap<ItemId, ItemId>,
}

impl Invariant for ImmediateWhenDue {
    fn id(&self) -> &'static str {
        "immediate-when-due"
    }

    fn meaning(&self) -> &'static str {
        "An act that is immediate is sent at once, or when its form closes, and no other act is."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for (at, fact) in facts.iter().enumerate() {
            match fact.what {
                What::Acted { client, item, act, surface, complete } => {
                    self.acted(view, (client, item), (act, surface, complete), &facts[..at]);
                }
                What::InspectorClosed { client, item } => {
                    let key = (client, self.latest(item));
                    if let Some(demanded) = self.in_form.remove(&key) {
                        self.fall_due(view, key, demanded);
                    }
                }
                What::Sent { client, cause: Cause::Immediate, item: Some(item), call, .. }
                    if self.permits.get(&(client, self.latest(item))).is_none() =>
                {
                    let (name, desk) = (view.world.names.item(item), view.world.names.client(client));
                    violations.report(self.id(), view.ledger.lineage_of_item(item), || {
                        let expected = format!("`{desk}` sends nothing at once that is not immediate");
                        (expected, format!("it sent `{call}` for `{name}` outside a cycle"))
                    });
                }
                What::ImmediateEnded { client, item, .. } => self.ended(view, client, item),
                What::ItemMoved { item, .. } => self.close_forms(view, item),
                What::ItemMigrated { item, new, .. } => self.rename(item, new),
                What::PrimaryChanged { from: Some(client), .. } => self.retire(view, client),
                What::Client { client, change } => {
                    let gone = change.ends_work();
                    if gone || change == ClientChange::Disconnected {
                        self.give_up(view, client, gone);
                    }
                }
                _ => {}
            }
        }
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        for (client, item) in self.demanded.iter().copied() {
            let (name, desk) = (view.world.names.item(item), view.world.names.client(client));
            violations.report(self.id(), view.ledger.lineage_of_item(item), || {
                let expected = format!("`{desk}` sends the act on `{name}` at once");
                (expected, "it never did".to_owned())
            });
        }
    }
}

impl ImmediateWhenDue {
    fn acted(
        &mut self,
        view: View<'_>,
        key: (ClientId, ItemId),
        (act, surface, complete): (UserAct, Surface, bool),
        before: &[Fact],
    ) {
        let Some(client) = view.world.clients.get(key.0.index()).filter(|client| client.addin) else { return };
        let state = view.ledger.link_state(key.1);
        let changed = before.iter().any(|fact| is_change_of(fact, key.1));
        let (counts, demanded) = match act {
            UserAct::Track | UserAct::Update | UserAct::SetRegarding => {
                (matches!(state, LinkState::Pending | LinkState::Tracked), changed)
            }
            UserAct::Untrack => (changed && state == LinkState::WasTracked, true),
            UserAct::Delete => (false, false),
        };
        let closes = surface == Surface::Inspector && complete;
        let held = closes.then(|| self.in_form.remove(&key)).flatten();
        match (counts, due(client.role, act, surface), complete) {
            (true, Due::AtOnce, _) | (true, Due::AtClose, true) => {
                self.fall_due(view, key, demanded || held == Some(true));
            }
            // What was done in the form before is due when it closes, unless the item itself went.
            (false, _, true) if act != UserAct::Delete => {
                if let Some(demanded) = held {
                    self.fall_due(view, key, demanded);
                }
            }
            (true, Due::AtClose, false) => {
                let known = self.in_form.get(&key).copied().unwrap_or(false);
                self.in_form.insert(key, known || demanded);
            }
            _ => {}
        }
    }

    fn fall_due(&mut self, view: View<'_>, key: (ClientId, ItemId), demanded: bool) {
        let permits = self.permits.get(&key).copied().unwrap_or(0);
        self.permits.insert(key, permits + 1);
        let client = view.world.clients.get(key.0.index());
        // Without a connection nothing can be sent; the next cycle takes the act.
        if demanded && client.is_some_and(|client| client.works() && client.online) {
            self.demanded.insert(key);
        }
    }

    /// The item of an EntryId that may be an old one.
    fn latest(&self, item: ItemId) -> ItemId {
        let mut latest = item;
        while let Some(new) = self.renamed.get(&latest) {
            latest = *new;
        }
        latest
    }

    /// An item has another EntryId: what is due for it stays due, and every form of it is closed.
    fn rename(&mut self, item: ItemId, new: ItemId) {
        self.renamed.insert(item, new);
        let demanded: Vec<_> = self.demanded.iter().copied().filter(|key| key.1 == item).collect();
        for (client, _) in demanded {
            self.demanded.remove(&(client, item));
            self.demanded.insert((client, new));
        }
        let permits: Vec<_> = self.permits.iter().map(|(key, _)| *key).filter(|key| key.1 == item).collect();
        for (client, _) in permits {
            let left = self.permits.remove(&(client, item)).unwrap_or(0);
            self.permits.insert((client, new), left);
        }
        let in_form: Vec<_> = self.in_form.iter().map(|(key, _)| *key).filter(|key| key.1 == item).collect();
        for key in in_form {
            self.in_form.remove(&key);
        }
    }

    fn ended(&mut self, view: View<'_>, client: ClientId, item: ItemId) {
        let item = self.latest(item);
        self.demanded.remove(&(client, item));
        let memory = view.world.clients.get(client.index()).map(|client| &client.memory);
        let again = memory.is_some_and(|memory| {
            let running = match &memory.operation {
                Some(Operation::Immediate(immediate)) => self.latest(immediate.item) == item,
                _ => false,
            };
            running || memory.queued.iter().any(|queued| self.latest(*queued) == item)
        });
        let left = self.permits.get(&(client, item)).map_or(0, |permits| permits.saturating_sub(1));
        if again {
            self.permits.insert((client, item), left.max(1));
        } else {
            self.permits.remove(&(client, item));
        }
    }

    /// An item was moved: the form from which it was is closed, and what was done in it is nobody's to send any more. One that
    /// is open on another machine stays so.
    fn close_forms(&mut self, view: View<'_>, item: ItemId) {
        let open = |client: ClientId| {
            let client = view.world.clients.get(client.index());
            client.is_some_and(|client| client.memory.inspectors.get(&item).is_some())
        };
        let closed: Vec<_> =
            self.in_form.iter().map(|(key, _)| *key).filter(|key| key.1 == item && !open(key.0)).collect();
        for key in closed {
            self.in_form.remove(&key);
        }
    }

    /// The client is primary no longer: what it has not begun to send is the new primary's.
    fn retire(&mut self, view: View<'_>, client: ClientId) {
        let operation = view.world.clients.get(client.index()).and_then(|client| client.memory.operation.as_ref());
        let sending = match operation {
            Some(Operation::Immediate(immediate)) => Some(self.latest(immediate.item)),
            _ => None,
        };
        for key in keys_of(client, self.demanded.iter()) {
            if Some(key.1) != sending {
                self.demanded.remove(&key);
            }
        }
        // What a form holds is due when it closes only if the client is primary again by then.
        for key in keys_of(client, self.in_form.iter().map(|(key, _)| key)) {
            self.in_form.insert(key, false);
        }
    }

    /// The client cannot send: nothing is demanded of it. When it ended, its open forms are gone too; when it began anew under
    /// them, what they hold is due when they close.
    fn give_up(&mut self, view: View<'_>, client: ClientId, gone: bool) {
        for key in keys_of(client, self.demanded.iter()) {
            self.demanded.remove(&key);
        }
        if gone {
            for key in keys_of(client, self.permits.iter().map(|(key, _)| key)) {
                self.permits.remove(&key);
            }
            let running = view.world.clients.get(client.index());
            let open = |item: ItemId| running.is_some_and(|client| client.memory.inspectors.get(&item).is_some());
            for key in keys_of(client, self.in_form.iter().map(|(key, _)| key)) {
                if open(key.1) {
                    self.in_form.insert(key, false);
                } else {
                    self.in_form.remove(&key);
                }
            }
        }
    }
}

fn keys_of<'a>(client: ClientId, keys: impl Iterator<Item = &'a (ClientId, ItemId)>) -> Vec<(ClientId, ItemId)> {
    keys.filter(|(at, _)| *at == client).copied().collect()
}

/// Whether a fact is a person's change of an item, or of its mark.
fn is_change_of(fact: &Fact, item: ItemId) -> bool {
    match fact.what {
        What::ItemChanged { item: changed, by: By::User(_), .. }
        | What::LinkChanged { item: changed, by: By::User(_), .. } => changed == item,
        _ => false,
    }
}
