//! No lineage has two records, or two items in one mailbox.

use super::{Invariant, View, Violations};
use crate::journal::{Fact, What};
use crate::model::{ClientId, LineageId};
use crate::sim::FlatSet;

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

/// `no-duplicate-item`. A lineage is looked at when one of its items was made, and again at the end of the next cycle.
#[derive(Debug, Default)]
pub struct NoDuplicateItem {
    grown: FlatSet<LineageId>,
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
            if let What::ItemCreated { item, .. } = fact.what
                && let Some(id) = view.ledger.lineage_of_item(item)
            {
                self.grown.insert(id);
            }
        }
    }

    fn on_cycle_end(&mut self, view: View<'_>, _: ClientId, violations: &mut Violations) {
        for id in std::mem::take(&mut self.grown).iter().copied() {
            let mut mailboxes: Vec<_> =
                view.ledger.live_items(id, view.world).map(|item| view.world.mailboxes.item(item).mailbox).collect();
            mailboxes.sort_unstable();
            let Some(twice) = mailboxes.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]) else {
                continue;
            };
            let count = mailboxes.iter().filter(|mailbox| **mailbox == twice).count();
            let (name, user) = (view.ledger.name(id, view.world), view.world.names.user(twice));
            violations.report(self.id(), Some(id), || {
                (format!("`{name}` has one item in the mailbox of `{user}`"), format!("it has {count}"))
            });
        }
    }
}
