//! A row that fails stays, says why, is tried again, and holds up no other (rules.md, CYC-RETRY).

use super::scope::synchronizes;
use super::{Invariant, View, Violations};
use crate::journal::{ClientChange, Fact, RowView, What};
use crate::model::{Answer, Call, ClientId, CrmId, ItemId};
use crate::sim::FlatMap;

/// What a row names; there is one row for it in a client's table.
type Key = (ClientId, Option<ItemId>, Option<CrmId>);

/// `failure-isolated`.
#[derive(Debug, Default)]
pub struct FailureIsolated {
    /// When the running cycle of a client began, in facts.
    cycle: FlatMap<ClientId, usize>,
    /// The call that a client's last answer of this cycle was to.
    last_call: FlatMap<ClientId, Call>,
    /// How a client's last cycle ended.
    ended: FlatMap<ClientId, (Answer, usize)>,
    /// Rows that failed in the running cycle, and when, in facts.
    failed: FlatMap<Key, usize>,
    /// When a row was last written, in facts, and whether it had no error then.
    written: FlatMap<Key, (usize, bool)>,
}

impl Invariant for FailureIsolated {
    fn id(&self) -> &'static str {
        "failure-isolated"
    }

    fn meaning(&self) -> &'static str {
        "A row that fails stays with its error, is tried again, and holds up no other."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        let first = view.ledger.facts() - facts.len();
        for (at, fact) in facts.iter().enumerate() {
            match fact.what {
                What::CycleStarted { client, .. } => {
                    self.forget(client, false);
                    self.cycle.insert(client, first + at);
                }
                What::CycleEnded { client, answer, .. } => {
                    let began = self.cycle.get(&client).copied().unwrap_or(first + at);
                    self.ended.insert(client, (answer, began));
                }
                What::ImmediateEnded { client, .. } => self.forget(client, false),
                What::Answered { client, call, .. } => drop(self.last_call.insert(client, call)),
                What::RowFailed { client, item, record, .. } => {
                    self.failed.insert((client, item, record), first + at);
                }
                What::Ignored { client, item, record } => drop(self.failed.remove(&(client, item, record))),
                What::RowWritten { client, row } => {
                    self.written.insert(key(client, row), (first + at, row.error.is_none()));
                }
                What::RowDropped { client, row } => self.dropped(view, client, row, violations),
                What::Client { client, change } => {
                    if matches!(change, ClientChange::Closed | ClientChange::Crashed | ClientChange::CacheLost) {
                        self.forget(client, change == ClientChange::CacheLost);
                    }
                }
                _ => {}
            }
        }
    }

    fn on_cycle_end(&mut self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        let Some((answer, began)) = self.ended.remove(&client) else { return };
        if !synchronizes(view, client) {
            return;
        }
        self.check_answer(view, client, answer, violations);
        self.check_failed(view, client, violations);
        if answer == Answer::Ok {
            self.check_rest(view, client, began, violations);
        }
        self.forget(client, false);
    }
}

impl FailureIsolated {
    /// What failed in the cycle that ended is still there with its error, or was written anew because its item changed.
    fn check_failed(&self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        let Some(desk) = view.world.clients.get(client.index()) else { return };
        for ((_, item, record), failed) in self.failed.iter().filter(|((of, ..), _)| *of == client) {
            let row = desk.cache.row_of(*item, *record).and_then(|row| desk.cache.row(row));
            let stays = row.is_some_and(|row| {
                let written = self.written.get(&key(client, row.view()));
                row.error.is_some() || written.is_some_and(|(fact, clean)| *clean && fact > failed)
            });
            if !stays {
                violations.report(self.id(), view.ledger.lineage_of(*item, *record), || {
                    (
                        "a row that failed stays with its error".to_owned(),
                        "it is gone, or has lost its error".to_owned(),
                    )
                });
            }
        }
    }

    /// A row is dropped in the cycle in which it failed, although its user did not say so. One whose item is gone or not
    /// marked any more has nothing left to do.
    fn dropped(&mut self, view: View<'_>, client: ClientId, row: RowView, violations: &mut Violations) {
        self.written.remove(&key(client, row));
        if self.failed.remove(&key(client, row)).is_some() {
            let live = row.item.and_then(|item| view.world.mailboxes.live(item));
            if row.item.is_none() || live.is_some_and(|item| item.link.is_marked()) {
                violations.report(self.id(), view.ledger.lineage_of(row.item, row.record), || {
                    ("a row that failed stays".to_owned(), "it was dropped in the same cycle".to_owned())
                });
            }
        }
    }

    /// The error of a row does not end a cycle.
    fn check_answer(&self, view: View<'_>, client: ClientId, answer: Answer, violations: &mut Violations) {
        let of_a_row = self
            .last_call
            .get(&client)
            .is_some_and(|call| matches!(call, Call::Retrieve | Call::Create | Call::Update | Call::Delete));
        let ends = matches!(answer, Answer::Ok | Answer::Busy | Answer::Timeout | Answer::Offline);
        if of_a_row && !ends {
            let desk = view.world.names.client(client);
            violations.report(self.id(), None, || {
                let expected = format!("a cycle of `{desk}` goes on after the error of one row");
                (expected, format!("it ended with `{answer}`"))
            });
        }
    }

    /// After a whole cycle each row that is still there was looked at in it, whether it failed or came meanwhile.
    fn check_rest(&self, view: View<'_>, client: ClientId, began: usize, violations: &mut Violations) {
        let Some(desk) = view.world.clients.get(client.index()) else { return };
        for (_, row) in desk.cache.rows() {
            let seen = self.written.get(&key(client, row.view())).is_some_and(|(written, _)| *written > began);
            if !seen {
                violations.report(self.id(), view.ledger.lineage_of(row.item, row.record), || {
                    let expected = "every row is tried in each cycle".to_owned();
                    (expected, "a whole cycle passed it over".to_owned())
                });
            }
        }
    }

    fn forget(&mut self, client: ClientId, rows: bool) {
        let failed: Vec<Key> = self.failed.iter().map(|(key, _)| *key).filter(|(of, ..)| *of == client).collect();
        for key in &failed {
            self.failed.remove(key);
        }
        self.last_call.remove(&client);
        self.cycle.remove(&client);
        if rows {
            let written: Vec<Key> = self.written.iter().map(|(key, _)| *key).filter(|(of, ..)| *of == client).collect();
            for key in &written {
                self.written.remove(key);
            }
        }
    }
}

fn key(client: ClientId, row: RowView) -> Key {
    (client, row.item, row.record)
}
