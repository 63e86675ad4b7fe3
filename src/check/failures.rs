//! A row that fails stays, says why, is tried again, and holds up no other (rules.md, CYC-RETRY).

use super::scope::synchronizes;
use super::{Invariant, View, Violations};
use crate::journal::{Fact, LinkState, RowView, What};
use crate::model::{Answer, Call, ClientId, CrmId, ItemId};
use crate::outlook::cache::{Cache, CrmChange, Hold, Row};
use crate::sim::FlatMap;

/// What a row names, with the keeper of its cache file; there is one row for it there.
type Key = (ClientId, Option<ItemId>, Option<CrmId>);

/// `failure-isolated`.
#[derive(Debug, Default)]
pub struct FailureIsolated {
    /// How many facts it was told: the time that the rest is kept in.
    told: usize,
    /// When the running cycle of a client began.
    cycle: FlatMap<ClientId, usize>,
    /// The call that a client's last answer of this cycle was to.
    last_call: FlatMap<ClientId, Call>,
    /// A client's cycle that is over and was not judged yet; the next may have begun in the same event.
    ended: FlatMap<ClientId, Ended>,
    /// Rows that failed in the running cycle of a client, and when.
    failed: FlatMap<Key, (ClientId, usize)>,
    /// When a row was last written, and whether it had no error then.
    written: FlatMap<Key, (usize, bool)>,
}

/// A cycle that is over.
#[derive(Debug)]
struct Ended {
    answer: Answer,
    /// When it began.
    began: usize,
    /// The call that the last answer was to.
    last_call: Option<Call>,
    /// The rows that failed in it, and when.
    failed: Vec<(Key, usize)>,
}

impl Invariant for FailureIsolated {
    fn id(&self) -> &'static str {
        "failure-isolated"
    }

    fn meaning(&self) -> &'static str {
        "A row that fails stays with its error, is tried again, and holds up no other."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            self.told += 1;
            match fact.what {
                What::CycleStarted { client, .. } => {
                    self.forget(client);
                    self.cycle.insert(client, self.told);
                }
                What::CycleEnded { client, answer, .. } => {
                    let began = self.cycle.get(&client).copied().unwrap_or(self.told);
                    let last_call = self.last_call.get(&client).copied();
                    let of_client = self.failed.iter().filter(|(_, (of, _))| *of == client);
                    let failed = of_client.map(|(key, (_, at))| (*key, *at)).collect();
                    self.ended.insert(client, Ended { answer, began, last_call, failed });
                    self.forget(client);
                }
                What::ImmediateEnded { client, .. } => self.forget(client),
                What::Answered { client, call, .. } => drop(self.last_call.insert(client, call)),
                What::RowFailed { client, item, record, .. } => {
                    self.failed.insert((view.world.keeper(client), item, record), (client, self.told));
                }
                What::Ignored { client, item, record } => {
                    self.failed.remove(&(view.world.keeper(client), item, record));
                }
                What::RowWritten { client, row } => {
                    self.written.insert(key(view, client, row), (self.told, row.error.is_none()));
                }
                What::RowDropped { client, row } => self.dropped(view, client, row, violations),
                What::Client { client, change } => {
                    if change.ends_work() {
                        self.forget(client);
                    }
                    if change.empties_cache() {
                        self.forget_rows(view.world.keeper(client));
                    }
                }
                _ => {}
            }
        }
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        self.check_kept(view, violations);
    }

    fn on_cycle_end(&mut self, view: View<'_>, client: ClientId, violations: &mut Violations) {
        let Some(ended) = self.ended.remove(&client) else { return };
        if !synchronizes(view, client) {
            return;
        }
        self.check_answer(view, client, &ended, violations);
        // Where the cache file could not be written, the row could not be told its error.
        if ended.answer != Answer::WriteFailed {
            self.check_failed(view, client, &ended, violations);
        }
        if ended.answer == Answer::Ok {
            self.check_rest(view, client, ended.began, violations);
        }
    }
}

impl FailureIsolated {
    /// A row that failed, that was neither processed since nor given up, and that no cache file holds any more.
    fn check_kept(&self, view: View<'_>, violations: &mut Violations) {
        for (id, lineage) in view.ledger.lineages() {
            for trouble in lineage.troubles.iter().filter(|trouble| !trouble.ignored) {
                let own = view.world.clients.iter().filter(|client| view.world.keeper(client.id) == trouble.row.client);
                let mut files = own.map(|client| {
                    // Who is closed and roams has his file with the profile; what is left on the machine is nobody's.
                    let away = client.profile.filter(|_| !client.running);
                    &view.world.caches[away.unwrap_or(client.cache).index()]
                });
                // The row of an item that moved with its mailbox names it by its old EntryId.
                let old = |row: &Row| view.ledger.lineage_of(row.item, row.record) == Some(id);
                let holds = |file: &Cache| {
                    let named = file.row_of(trouble.row.item, trouble.row.record);
                    named.is_some() || file.rows().any(|(_, row)| old(row))
                };
                if !files.any(holds) {
                    let name = view.ledger.name(id, view.world);
                    violations.report(self.id(), Some(id), || {
                        let expected = format!("the row of `{name}` that failed stays until it succeeds");
                        (expected, "no cache file holds it any more, and nobody tries it again".to_owned())
                    });
                }
            }
        }
    }

    /// What failed in the cycle that ended is still there with its error, or was written anew because its item changed.
    fn check_failed(&self, view: View<'_>, client: ClientId, ended: &Ended, violations: &mut Violations) {
        let cache = view.world.cache(client);
        for ((_, item, record), failed) in &ended.failed {
            let row = cache.row_of(*item, *record).and_then(|row| cache.row(row));
            let stays = row.is_some_and(|row| {
                let written = self.written.get(&key(view, client, row.view()));
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
    /// marked any more has nothing left to do, and one that was written anew since is another piece of work.
    fn dropped(&mut self, view: View<'_>, client: ClientId, row: RowView, violations: &mut Violations) {
        let written = self.written.remove(&key(view, client, row));
        let failed = self.failed.remove(&key(view, client, row));
        let stays = |at: usize| !written.is_some_and(|(fact, clean)| clean && fact > at);
        if failed.is_some_and(|(of, at)| of == client && stays(at)) && !is_obsolete(view, client, row) {
            let live = row.item.and_then(|item| view.world.mailboxes.live(item));
            if row.item.is_none() || live.is_some_and(|item| item.link.is_marked()) {
                violations.report(self.id(), view.ledger.lineage_of(row.item, row.record), || {
                    ("a row that failed stays".to_owned(), "it was dropped in the same cycle".to_owned())
                });
            }
        }
    }

    /// The error of a row does not end a cycle.
    fn check_answer(&self, view: View<'_>, client: ClientId, ended: &Ended, violations: &mut Violations) {
        let answer = ended.answer;
        let of_a_row = ended.last_call.is_some_and(|call| {
            matches!(call, Call::Retrieve | Call::Create | Call::Update | Call::Hold | Call::Delete)
        });
        let ends = answer == Answer::Ok || answer == Answer::WriteFailed || answer.ends_cycle();
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
        // What waits for an answer is left as it is.
        for (_, row) in view.world.cache(client).rows().filter(|(_, row)| row.hold != Hold::Asked) {
            let seen = self.written.get(&key(view, client, row.view())).is_some_and(|(written, _)| *written > began);
            if !seen {
                violations.report(self.id(), view.ledger.lineage_of(row.item, row.record), || {
                    let expected = "every row is tried in each cycle".to_owned();
                    (expected, "a whole cycle passed it over".to_owned())
                });
            }
        }
    }

    /// A client's cycle is over.
    fn forget(&mut self, client: ClientId) {
        let of_client = self.failed.iter().filter(|(_, (of, _))| *of == client);
        for key in of_client.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.failed.remove(&key);
        }
        self.last_call.remove(&client);
        self.cycle.remove(&client);
    }

    /// The rows of a cache file are gone.
    fn forget_rows(&mut self, keeper: ClientId) {
        let lost: Vec<Key> = self.written.iter().map(|(key, _)| *key).filter(|(of, ..)| *of == keeper).collect();
        for key in &lost {
            self.written.remove(key);
        }
    }
}

/// Whether a row says that a record is gone to which an item was linked again meanwhile: it was listed when they were apart.
fn is_obsolete(view: View<'_>, client: ClientId, row: RowView) -> bool {
    let mailbox = view.world.clients[client.index()].mailbox;
    let carrying = row.record.and_then(|record| view.world.mailboxes.carrying(mailbox, record));
    let linked = carrying.and_then(|item| view.world.mailboxes.live(item));
    row.crm_change == CrmChange::Removed as u8 && linked.is_some_and(|item| item.link.state == LinkState::Tracked)
}

fn key(view: View<'_>, client: ClientId, row: RowView) -> Key {
    (view.world.keeper(client), row.item, row.record)
}
