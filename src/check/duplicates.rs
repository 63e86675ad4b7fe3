//! No lineage has two records, or two items in one mailbox.

use super::lineage::Copy;
use super::{Invariant, View, Violations};
use crate::journal::{By, Fact, What};
use crate::mailbox::Folder;
use crate::model::{ClientId, ItemId, LineageId, UserId};
use crate::sim::{FlatMap, FlatSet};

/// `no-duplicate-record`.
#[derive(Debug, Default)]
pub struct NoDuplicateRecord;

impl Invariant for NoDuplicateRecord {
    fn id(&self) -> &'static str {
        "no-duplicate-record"
    }

    fn meaning(&self) -> &'static str {
        "What a person made once has one CRM record at most."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            let What::RecordCreated { record, .. } = fact.what else { continue };
            let Some(id) = view.ledger.lineage_of_record(record) else { continue };
            let count = view.ledger.live_records(id, view.world).count();
            if count > 1 {
                let name = view.ledger.name(id, view.world);
                violations.report(self.id(), Some(id), || {
                    (format!("`{name}` has one CRM record"), format!("it has {count}"))
                });
            }
        }
    }
}

/// `no-duplicate-item`. A lineage is looked at when synchronization made one of its items: at the end of the next cycle of the
/// mailbox where that was, and when everything has settled. What is half done in the middle of that cycle is nobody's mistake,
/// and what people put beside it (invited again while the item was moved away, and moved it back) is no copy of
/// synchronization's.
#[derive(Debug, Default)]
pub struct NoDuplicateItem {
    grown: FlatSet<(UserId, LineageId)>,
    /// When people moved items back into their folders, in facts.
    back: FlatMap<ItemId, usize>,
}

impl Invariant for NoDuplicateItem {
    fn id(&self) -> &'static str {
        "no-duplicate-item"
    }

    fn meaning(&self) -> &'static str {
        "What a person made once has one item at most in each mailbox."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], _: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::ItemCreated { item, mailbox, by: By::Sync(_), .. } => {
                    if let Some(id) = view.ledger.lineage_of_item(item) {
                        self.grown.insert((mailbox, id));
                    }
                }
                What::ItemMoved { item, place: Folder::Synchronized, .. } => {
                    self.back.insert(item, view.ledger.facts());
                }
                _ => {}
            }
        }
    }

    fn on_cycle_end(&mut self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        let Some(mailbox) = view.world.clients.get(client.index()).map(|client| client.mailbox) else { return };
        self.look(view, Some(mailbox), violations);
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        self.look(view, None, violations);
    }
}

impl NoDuplicateItem {
    /// Counts the items of what grew in a mailbox, or in all of them.
    fn look(&mut self, view: View<'_>, mailbox: Option<UserId>, violations: &mut Violations) {
        let due: Vec<(UserId, LineageId)> =
            self.grown.iter().copied().filter(|(user, _)| mailbox.is_none_or(|mailbox| mailbox == *user)).collect();
        for (user, id) in due {
            self.grown.remove(&(user, id));
            let items = view.ledger.live_items(id, view.world);
            let here = items.filter(|item| view.world.mailboxes.item(*item).mailbox == user);
            let came = |item: ItemId| {
                let birth = view.ledger.lineage(id).birth(Copy::Item(item))?;
                let made = (birth.fact, birth.client.is_some());
                Some(self.back.get(&item).map_or(made, |fact| (*fact, false)))
            };
            let mut arrivals: Vec<(usize, bool)> = here.filter_map(came).collect();
            arrivals.sort_unstable();
            // What came first is no copy of anything, and what people put beside it is none of synchronization's.
            let count = arrivals.len();
            if !arrivals.iter().skip(1).any(|(_, by_synchronization)| *by_synchronization) {
                continue;
            }
            if count > 1 {
                let (name, user) = (view.ledger.name(id, view.world), view.world.names.user(user));
                violations.report(self.id(), Some(id), || {
                    (format!("`{name}` has one item in the mailbox of `{user}`"), format!("it has {count}"))
                });
            }
        }
    }
}
