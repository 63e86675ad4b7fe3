//! One client: what of it survives a crash, and what does not.

use std::collections::VecDeque;

use super::cache::Cache;
use super::cycle::Cycle;
use super::immediate::Immediate;
use super::intent::{Intent, Outcome};
use crate::journal::{Journal, Report};
use crate::mailbox::Store;
use crate::model::{CacheId, ClientId, Contents, CrmId, FolderRights, ItemId, Kind, Role, UserId};
use crate::protocol::{Protocol, UserAct};
use crate::sim::{FlatMap, Span, Time};

/// The Options dialog (rules.md, A.11).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Settings {
    /// The kinds that come down from CRM, by position in [`Kind::ALL`] (SET-KINDS).
    pub kinds: [bool; Kind::ALL.len()],
    /// Whether the parent account fills the Company field (SET-COMPANY).
    pub update_company: bool,
    /// Whether background cycles run (SET-SCHED).
    pub automatic: bool,
    /// The time between two of them; the protocol's where `None`.
    pub interval: Option<Span>,
}

/// An Outlook client.
#[derive(Clone, Debug, Hash)]
pub struct Client {
    /// Its number.
    pub id: ClientId,
    /// Who sits at it.
    pub user: UserId,
    /// Whose mailbox it shows: the user's own, or for a delegate somebody else's.
    pub mailbox: UserId,
    /// What it is for that mailbox.
    pub role: Role,
    /// What its user may do in that mailbox.
    pub rights: FolderRights,
    /// Its settings.
    pub settings: Settings,
    /// How far its clock is off.
    pub clock: Span,
    /// Whether the add-in is installed; without it Outlook is none of CRM's business.
    pub installed: bool,
    /// Whether the add-in is loaded when Outlook runs.
    pub addin: bool,
    /// Whether Outlook runs.
    pub running: bool,
    /// Whether it is connected to CRM.
    pub online: bool,
    /// How often Outlook was started; what was meant for an earlier start is ignored.
    pub session: u32,
    /// The cache file that it works with, which survives a crash.
    pub cache: CacheId,
    /// The cache file of the profile that travels with its user, where it does (MOD-ROAMING).
    pub profile: Option<CacheId>,
    /// What a crash loses.
    pub memory: Memory,
    /// What the last finished cycle reported.
    pub report: Option<Report>,
}

/// The memory of a client's process.
#[derive(Clone, Debug, Default, Hash)]
pub struct Memory {
    /// What it is doing.
    pub operation: Option<Operation>,
    /// Items whose acts are to be sent when it is done.
    pub queued: VecDeque<ItemId>,
    /// The request that it waits for.
    pub waiting: Option<u32>,
    /// What the user was asked about a store that lists nothing.
    pub empty_store: Doubt,
    /// The open inspectors, with what was done in each and waits for its close.
    pub inspectors: FlatMap<ItemId, Vec<UserAct>>,
}

/// Whether a store that lists nothing is believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Doubt {
    /// Nobody was asked.
    #[default]
    None,
    /// The user was asked and has not answered.
    Asked,
    /// The user said that it is so.
    Believed,
}

/// What a client is doing.
#[derive(Clone, Debug, Hash)]
pub enum Operation {
    /// A cycle.
    Cycle(Box<Cycle>),
    /// Sending one act at once.
    Immediate(Box<Immediate>),
}

/// What a client can see and use while it works.
pub struct Env<'a> {
    /// The virtual time.
    pub now: Time,
    /// The protocol.
    pub protocol: &'a Protocol,
    /// The interned values.
    pub contents: &'a mut Contents,
    /// The mailboxes, as the client's store shows them.
    pub mailboxes: Store<'a>,
    /// Which id an id was derived from, where its record was made in the place of one that had gone.
    pub predecessors: &'a FlatMap<CrmId, CrmId>,
    /// Where facts go.
    pub journal: &'a mut Journal,
}

/// What of a client its operations read.
pub struct Own<'a> {
    /// Its number.
    pub id: ClientId,
    /// Who sits at it.
    pub user: UserId,
    /// Whose mailbox it shows: the user's own, or for a delegate somebody else's.
    pub mailbox: UserId,
    /// What it is for that mailbox.
    pub role: Role,
    /// Its settings.
    pub settings: Settings,
    /// What its clock shows.
    pub clock: Time,
    /// Whether it is connected to CRM.
    pub online: bool,
    /// Whether its user said that the mailbox is really empty.
    pub believes_empty: bool,
    /// Its cache.
    pub cache: &'a Cache,
}

impl Client {
    /// Whether Outlook runs there with the add-in; without it nobody notices, sends or synchronizes anything.
    #[must_use]
    pub fn works(&self) -> bool {
        self.running && self.addin
    }

    /// What its clock shows at `now`.
    #[must_use]
    pub fn clock_at(&self, now: Time) -> Time {
        now + self.clock
    }

    /// What of it its operations read.
    #[must_use]
    pub fn own<'a>(&self, now: Time, cache: &'a Cache) -> Own<'a> {
        Own {
            id: self.id,
            user: self.user,
            mailbox: self.mailbox,
            role: self.role,
            settings: self.settings,
            clock: self.clock_at(now),
            online: self.online,
            believes_empty: self.memory.empty_store == Doubt::Believed,
            cache,
        }
    }

    /// The next thing that the running operation wants done, given what came of the last; `None` when nothing runs.
    pub fn next(&mut self, outcome: Outcome, cache: &Cache, env: &mut Env<'_>) -> Option<Intent> {
        let own = self.own(env.now, cache);
        match self.memory.operation.as_mut()? {
            Operation::Cycle(cycle) => Some(cycle.next(outcome, &own, env)),
            Operation::Immediate(immediate) => Some(immediate.next(outcome, &own, env)),
        }
    }
}
