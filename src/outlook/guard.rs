//! The mass-deletion guard at work in one cycle (switch `mass-deletion-guard`).
//!
//! Where the guard is on, a row that would delete something is put off, however few they seem to be: more may be notified
//! while the cycle runs. When all else is done the rows that were put off are counted. Under the limit they are processed
//! after all; over it they are held in OutlookSyncTable and the user is asked. A store that lists nothing is asked about
//! before anything is believed.

use std::collections::VecDeque;

use super::cache::{ChangeId, Hold};
use super::client::{Env, Own};
use crate::journal::{Prompt, What};

/// What a cycle knows of the deletions that it would carry out.
#[derive(Clone, Debug, Default, Hash)]
pub struct Watch {
    /// How many pairs were linked when the cycle began.
    mapped: usize,
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
    /// The cycle begins with so many linked pairs.
    #[must_use]
    pub fn begin(own: &Own<'_>) -> Watch {
        let mapped = own.cache.maps().filter(|(_, map)| map.linked).count();
        Watch { mapped, permitted: own.believes_empty, ..Watch::default() }
    }

    /// The store is open.
    ///
    /// # Errors
    /// The prompt, where the store lists nothing and the user is to be asked about it.
    pub fn open(&mut self, own: &Own<'_>, env: &Env<'_>) -> Result<(), What> {
        let doubts = env.protocol.switches.mass_deletion_guard.limit();
        let doubts = doubts.is_some_and(|limit| limit.doubts_an_empty_store(self.mapped)) && !own.believes_empty;
        self.doubts_the_store = doubts && env.mailboxes.lists_nothing(own.mailbox);
        if self.doubts_the_store {
            return Err(self.prompt(own, Prompt::EmptyStore, self.mapped));
        }
        Ok(())
    }

    /// Whether the next row may delete something.
    #[must_use]
    pub fn gate(&self, env: &Env<'_>) -> Gate {
        let guarded = env.protocol.switches.mass_deletion_guard.limit().is_some();
        if guarded && !self.permitted { Gate::Closed } else { Gate::Open }
    }

    /// All else is done: permits what was put off, or gives the prompt where it is too much.
    pub fn weigh(&mut self, own: &Own<'_>, env: &Env<'_>) -> Option<What> {
        let asked = |change: &ChangeId| own.cache.row(*change).is_some_and(|row| row.hold == Hold::Asked);
        self.put_off.retain(|change| !asked(change));
        self.permitted = true;
        let limit = env.protocol.switches.mass_deletion_guard.limit().filter(|_| !self.put_off.is_empty())?;
        let waiting = own.cache.rows().filter(|(_, row)| row.hold == Hold::Asked).count();
        let deletions = waiting + self.put_off.len();
        let exceeded = limit.is_exceeded(deletions, self.mapped);
        exceeded.then(|| self.prompt(own, Prompt::MassDeletion, deletions))
    }

    fn prompt(&self, own: &Own<'_>, prompt: Prompt, deletions: usize) -> What {
        let [deletions, mapped] = [deletions, self.mapped].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        What::GuardRaised { client: own.id, prompt, deletions, mapped }
    }
}
