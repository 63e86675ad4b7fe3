//! What `[random]` says: the profile by which scenarios are drawn from seeds.
//!
//! A profile narrows the generator, and never widens it: it bounds sizes, and says how often each act, fault, kind and role
//! comes up next to the others. Everything is a whole number. A word without a weight keeps the generator's own, so that
//! the empty profile draws everything that there is. What the file names beside `[random]` (users, clients, items, the
//! protocol) is kept as it stands; only what it leaves out is drawn.

use std::collections::BTreeMap;

use super::super::vocabulary::{Act, Fault};
use crate::model::{Kind, Role};

/// A profile of random scenarios: sizes, weights, and what becomes of the runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Profile {
    /// How large scenarios are.
    pub sizes: Sizes,
    /// How often each act comes up.
    pub weights: Weights<Act>,
    /// How often each fault comes up, in runs that have faults.
    pub faults: Weights<Fault>,
    /// How often each kind comes up among the items that are drawn.
    pub kinds: Weights<Kind>,
    /// How often each role comes up among the clients that are drawn: those that synchronize where a mailbox needs one, all
    /// others but the primary among its further ones. One that synchronizes has a weight.
    pub roles: Weights<Role>,
    /// What sorts of runs there are, and how many of each.
    pub phases: Phases,
    /// In how many runs users and clients have something of their own.
    pub own: Own,
}

/// How large the scenarios of a profile are. Each is drawn for each seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// The users, where the file names neither users nor clients.
    pub users: Size,
    /// The clients of all users together, where the file names none; a user has at least one.
    pub clients: Size,
    /// The entries of `items`, where the file names none.
    pub items: Size,
    /// The steps: acts and faults together.
    pub steps: Size,
}

/// A size: anything from the least to the most, both included. The least is never greater than the most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// The least.
    pub least: u32,
    /// The most.
    pub most: u32,
}

/// How often words come up, one next to the other. Never are all words of a kind without weight.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weights<W> {
    /// The words that the file names; a word with 0 never comes up.
    pub named: BTreeMap<W, u32>,
    /// The weight of all others, where the file gives one (`others = 0`: nothing but what is named).
    pub others: Option<u32>,
}

/// The shares of the sorts of runs, each in percent. [`Phases::mixed`] is what the first three leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Phases {
    /// Runs without any fault.
    pub fault_free: u32,
    /// Runs with exactly one fault.
    pub single_fault: u32,
    /// Runs with few faults and as many steps as the profile allows.
    pub rare_fault: u32,
    /// Runs in which some clients stay away for good, and the others must converge all the same; of every sort.
    pub away: u32,
}

/// The shares of the runs in which the users and clients that are drawn have something of their own, each in percent; with 0
/// they never have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Own {
    /// Some users lack privileges.
    pub privileges: u32,
    /// Some users have other filters than the default ones.
    pub filters: u32,
    /// Clients have other settings than the default ones.
    pub settings: u32,
}

impl Default for Own {
    fn default() -> Self {
        Own { privileges: 30, filters: 30, settings: 30 }
    }
}

impl Default for Sizes {
    fn default() -> Self {
        let size = |least, most| Size { least, most };
        Sizes { users: size(1, 3), clients: size(1, 4), items: size(1, 8), steps: size(20, 200) }
    }
}

impl Default for Phases {
    fn default() -> Self {
        Phases { fault_free: 20, single_fault: 20, rare_fault: 10, away: 10 }
    }
}

impl Phases {
    /// The share of runs with a mixture of faults.
    #[must_use]
    pub fn mixed(self) -> u32 {
        100_u32.saturating_sub(self.fault_free + self.single_fault + self.rare_fault)
    }
}

impl<W> Default for Weights<W> {
    fn default() -> Self {
        Weights { named: BTreeMap::new(), others: None }
    }
}

impl<W: Copy + Ord> Weights<W> {
    /// The weight of a word; `usual` is the generator's own, which counts where the profile does not say.
    #[must_use]
    pub fn of(&self, word: W, usual: u32) -> u32 {
        self.named.get(&word).copied().or(self.others).unwrap_or(usual)
    }

    /// Whether a word may come up where the generator would draw it.
    #[must_use]
    pub fn allows(&self, word: W) -> bool {
        self.of(word, 1) > 0
    }
}
