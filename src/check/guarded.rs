//! Where the mass-deletion guard is on, no cycle deletes more than its limit without having asked.

use super::{Invariant, View, Violations};
use crate::journal::{By, ClientChange, Fact, Prompt, What};
use crate::mailbox::Folder;
use crate::model::{Answer, ClientId, LineageId};
use crate::outlook::Client;
use crate::outlook::cache::Hold;
use crate::outlook::client::Doubt;
use crate::sim::{FlatMap, FlatSet};

/// `mass-deletion-guarded`.
#[derive(Debug, Default)]
pub struct MassDeletionGuarded {
    /// The running cycles.
    cycles: FlatMap<ClientId, Counted>,
    /// Lineages whose deletion a user was asked about and wants, as long as the rows wait that the answer is about: each by
    /// the keeper of the cache file that the rows are in. What one user wants is no other's answer.
    released: FlatSet<(ClientId, LineageId)>,
    /// Clients whose user said that the mailbox is really empty, as long as a mailbox that lists something has not ended a
    /// cycle.
    believed: FlatSet<ClientId>,
}

/// What a cycle did.
#[derive(Clone, Copy, Debug)]
struct Counted {
    mapped: usize,
    deleted: usize,
    raised: bool,
}

impl Invariant for MassDeletionGuarded {
    fn id(&self) -> &'static str {
        "mass-deletion-guarded"
    }

    fn meaning(&self) -> &'static str {
        "A cycle that would delete more than the guard's limit stops before its first deletion and asks."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::CycleStarted { client, .. } => {
                    self.forget(view);
                    let mapped = view.world.cache(client).maps().filter(|(_, map)| map.linked).count();
                    self.cycles.insert(client, Counted { mapped, deleted: 0, raised: false });
                }
                What::GuardRaised { client, .. } => self.raised(view, client, violations),
                What::PromptAnswered { client, prompt, delete: true } => self.answered(view, client, prompt),
                What::ItemDeleted { item, by: By::Sync(client), .. } => {
                    self.deleted(view, client, view.ledger.lineage_of_item(item), violations);
                }
                What::RecordDeleted { record, by: By::Sync(client) } => {
                    self.deleted(view, client, view.ledger.lineage_of_record(record), violations);
                }
                What::CycleEnded { client, answer, .. } => {
                    self.cycles.remove(&client);
                    self.forget(view);
                    if self.believed.contains(&client) && answer == Answer::Ok && lists_something(view, client) {
                        self.believed.remove(&client);
                    }
                    self.ended(view, client, answer, violations);
                }
                What::Client {
                    client,
                    change:
                        ClientChange::Closed | ClientChange::Crashed | ClientChange::AddinDisabled | ClientChange::CacheLost,
                } => {
                    self.cycles.remove(&client);
                    self.believed.remove(&client);
                }
                _ => {}
            }
        }
    }
}

impl MassDeletionGuarded {
    /// Ends what an answer permitted where the row that it was about is gone: whatever comes later is asked about again.
    fn forget(&mut self, view: View<'_>) {
        let waits = |id: LineageId, client: ClientId| {
            let mut rows = view.world.cache(client).rows().filter(|(_, row)| row.hold == Hold::Delete);
            rows.any(|(_, row)| view.ledger.lineage_of(row.item, row.record) == Some(id))
        };
        let over: Vec<_> = self.released.iter().copied().filter(|(keeper, id)| !waits(*id, *keeper)).collect();
        for one in over {
            self.released.remove(&one);
        }
    }

    fn answered(&mut self, view: View<'_>, client: ClientId, prompt: Prompt) {
        if prompt == Prompt::EmptyStore {
            self.believed.insert(client);
            return;
        }
        for (_, row) in view.world.cache(client).rows().filter(|(_, row)| row.hold == Hold::Delete) {
            if let Some(id) = view.ledger.lineage_of(row.item, row.record) {
                self.released.insert((view.world.keeper(client), id));
            }
        }
    }

    /// The cycle asks: before its first deletion, not after.
    fn raised(&mut self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        let Some(cycle) = self.cycles.get_mut(&client) else { return };
        cycle.raised = true;
        let deleted = cycle.deleted;
        if deleted > 0 {
            let desk = view.world.names.client(client);
            violations.report(self.id(), None, || {
                let expected = format!("`{desk}` asks before its first deletion");
                (expected, format!("it asked when it had deleted {deleted} already"))
            });
        }
    }

    fn deleted(&mut self, view: View<'_>, client: ClientId, id: Option<LineageId>, violations: &mut Violations) {
        let Some(limit) = view.protocol.switches.mass_deletion_guard.limit() else { return };
        let keeper = view.world.keeper(client);
        let wanted = id.is_some_and(|id| self.released.contains(&(keeper, id)));
        let released = wanted || self.believed.contains(&client);
        let Some(cycle) = self.cycles.get_mut(&client).filter(|_| !released) else { return };
        cycle.deleted += 1;
        let Counted { mapped, deleted, raised } = *cycle;
        let too_many = deleted >= limit.count as usize && deleted * 100 > mapped * limit.percent as usize;
        if raised || too_many {
            let desk = view.world.names.client(client);
            violations.report(self.id(), None, || {
                let expected = format!("`{desk}` asks before it deletes so much ({mapped} pairs are mapped)");
                let actual = if raised { "it asked, and deleted all the same" } else { "it did not ask" };
                (expected, format!("{actual}: {deleted} deletions in one cycle"))
            });
        }
    }

    /// A cycle that the guard stopped has left a prompt behind.
    fn ended(&self, view: View<'_>, client: ClientId, answer: Answer, violations: &mut Violations) {
        // A client that ended with the next operation in the same moment takes its prompt with it.
        let guarded = |client: &&Client| answer == Answer::Guarded && client.running;
        let Some(client) = view.world.clients.get(client.index()).filter(guarded) else { return };
        let asked = view.world.cache(client.id).rows().any(|(_, row)| row.hold == Hold::Asked);
        if !asked && client.memory.empty_store != Doubt::Asked {
            let desk = view.world.names.client(client.id);
            violations.report(self.id(), None, || {
                let expected = format!("the guard of `{desk}` leaves a prompt when it stops a cycle");
                (expected, "no prompt is open".to_owned())
            });
        }
    }
}

/// Whether anything is in the synchronized folders of a client's mailbox.
fn lists_something(view: View<'_>, client: ClientId) -> bool {
    let Some(client) = view.world.clients.get(client.index()) else { return false };
    let mut items = view.world.mailboxes.all();
    items.any(|(_, item)| item.mailbox == client.mailbox && item.folder == Folder::Synchronized)
}
