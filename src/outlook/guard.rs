//! The mass-deletion guard at work in one cycle (switch `mass-deletion-guard`).
//!
//! While a cycle may come to more deletions than the guard's limit, a row that would delete something is put off. When all
//! else is done the rows that were put off are counted: under the limit they are processed after all; over it they are
//! held in OutlookSyncTable and the user is asked. A store that lists nothing is asked about before anything is believed.

use std::collections::VecDeque;

use super::cache::{ChangeId, Hold, Row};
use super::client::{Env, Own};
use crate::journal::{Prompt, What};

/// What a cycle knows of the deletions that it would carry out.
#[derive(Clone, Debug, Default, Hash)]
pub struct Watch {
    /// How many pairs were linked when the cycle began.
    mapped: usize,
    /// How many deletions may come beside those that stand in OutlookSyncTable: announced removals, items missed once.
    due: usize,
    /// How many deletions were carried out that nobody was asked about.
    carried_out: usize,
    /// Whether the row that is being processed was released by the user.
    released: bool,
    /// Whether what was put off may be carried out.
    permitted: bool,
    /// Whether the cycle ended because the store lists nothing.
    pub doubts_the_store: bool,
    /// The rows that were put off.
    pub put_off: VecDeque<ChangeId>,
}

/// Whether a row that nobody was asked about may delete something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Gate {
    /// It may.
    Open,
    /// It is put off.
    Closed,
}

impl Watch {
    /// The store is open.
    ///
    /// # Errors
    /// The prompt, where the store lists nothing and the user is to be asked about it.
    pub fn open(&mut self, own: &Own<'_>, env: &Env<'_>) -> Result<(), What> {
        self.mapped = own.cache.maps().filter(|(_, map)| map.linked).count();
        self.permitted = own.believes_empty;
        let doubts = env.protocol.switches.mass_deletion_guard.limit();
        let doubts = doubts.is_some_and(|limit| limit.doubts_an_empty_store(self.mapped)) && !own.believes_empty;
        self.doubts_the_store = doubts && env.mailboxes.lists_nothing(own.mailbox);
        self.due = own.cache.maps().filter(|(_, map)| map.visited).count();
        if self.doubts_the_store {
            return Err(self.prompt(own, Prompt::EmptyStore, self.mapped));
        }
        Ok(())
    }

    /// PrepareSync announced so many removals.
    pub fn expect(&mut self, removals: usize) {
        self.due += removals;
    }

    /// An announced removal stands in OutlookSyncTable from now on, and is counted there.
    pub fn queued(&mut self) {
        self.due = self.due.saturating_sub(1);
    }

    /// A deletion was carried out.
    pub fn deleted(&mut self) {
        self.carried_out += usize::from(!self.released);
    }

    /// Whether the next row may delete something.
    pub fn gate(&mut self, row: Option<&Row>, own: &Own<'_>, env: &Env<'_>) -> Gate {
        self.released = row.is_some_and(|row| row.hold == Hold::Delete);
        let Some(limit) = env.protocol.switches.mass_deletion_guard.limit() else { return Gate::Open };
        // Notifications may still come in while the cycle runs.
        let may_come = self.due + own.cache.row_count();
        let near = may_come.max(self.carried_out + 1) >= limit.count as usize;
        if near && !self.permitted { Gate::Closed } else { Gate::Open }
    }

    /// All else is done: permits what was put off, or gives the prompt where it is too much.
    pub fn weigh(&mut self, own: &Own<'_>, env: &Env<'_>) -> Option<What> {
        let asked = |change: &ChangeId| own.cache.row(*change).is_some_and(|row| row.hold == Hold::Asked);
        self.put_off.retain(|change| !asked(change));
        self.permitted = true;
        let limit = env.protocol.switches.mass_deletion_guard.limit().filter(|_| !self.put_off.is_empty())?;
        let waiting = own.cache.rows().filter(|(_, row)| row.hold == Hold::Asked).count();
        let deletions = self.carried_out + waiting + self.put_off.len();
        let exceeded = limit.is_exceeded(deletions, self.mapped);
        exceeded.then(|| self.prompt(own, Prompt::MassDeletion, waiting + self.put_off.len()))
    }

    fn prompt(&self, own: &Own<'_>, prompt: Prompt, deletions: usize) -> What {
        let [deletions, mapped] = [deletions, self.mapped].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        What::GuardRaised { client: own.id, prompt, deletions, mapped }
    }
}
