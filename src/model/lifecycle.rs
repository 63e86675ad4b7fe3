//! The life of an item in a mailbox, as coverage counts it: the states that it can be in, what can happen to it there, and
//! which of all combinations there are.
//!
//! An item is what one mailbox knows of a pair: the Outlook item, the CRM record, or both. Its state is the state before the
//! event, and the role is that of the client that acts or synchronizes; for what people do in CRM it is the role of the client
//! that synchronizes the item's mailbox.

use super::Role;
use super::codes::words;

words! {
    /// The state that an item is in.
    LifeState {
        /// Nobody marked it, or a person ended its tracking; or only CRM has it yet.
        Untracked = "untracked",
        /// It is marked and has no record yet.
        TrackedPending = "tracked-pending",
        /// It is linked, and neither copy changed since it was synchronized.
        Linked = "linked",
        /// A person changed it in Outlook since.
        ChangedInOutlook = "changed-in-outlook",
        /// A person changed it in CRM since.
        ChangedInCrm = "changed-in-crm",
        /// People changed both copies since.
        ChangedInBoth = "changed-in-both",
        /// A person took it out of its folder in Outlook; its record is there, or there never was one.
        DeletedInOutlook = "deleted-in-outlook",
        /// Its record was deleted; the item is there, or there never was one.
        DeletedInCrm = "deleted-in-crm",
        /// Both copies are gone.
        DeletedInBoth = "deleted-in-both",
        /// Its record left the filters of the mailbox's user.
        OutOfFilter = "out-of-filter",
        /// Synchronization ended its tracking.
        Unlinked = "unlinked",
        /// Its row failed and waits.
        Failed = "failed",
        /// Its user dropped the row that failed.
        Ignored = "ignored",
        /// It is linked for the second time at least, and neither copy changed since.
        Relinked = "relinked",
    }
}

words! {
    /// What happens to an item.
    LifeEvent {
        /// A person made it in Outlook.
        CreatedInOutlook = "created-in-outlook",
        /// A person changed it in Outlook.
        EditedInOutlook = "edited-in-outlook",
        /// A person marked it for synchronization.
        Tracked = "tracked",
        /// A person said in Outlook what it concerns.
        RegardingSet = "regarding-set",
        /// A person ended its tracking.
        TrackingEnded = "tracking-ended",
        /// A person deleted it in Outlook.
        DeletedInOutlook = "deleted-in-outlook",
        /// A person moved it out of its folder, or archived it.
        MovedAway = "moved-away",
        /// A person moved it back.
        MovedBack = "moved-back",
        /// An invitation brought it, or an update of a meeting changed it.
        Invited = "invited",
        /// A person made it in CRM.
        CreatedInCrm = "created-in-crm",
        /// A person changed it in CRM.
        EditedInCrm = "edited-in-crm",
        /// A person deleted it in CRM.
        DeletedInCrm = "deleted-in-crm",
        /// It got another owner.
        Assigned = "assigned",
        /// It was shared with somebody, or is not any more.
        Shared = "shared",
        /// The filters of its user changed.
        FilterChanged = "filter-changed",
        /// The privileges of its user changed.
        PrivilegesChanged = "privileges-changed",
        /// Another client became primary.
        PrimaryChanged = "primary-changed",
        /// Its mailbox moved to another server.
        MailboxMigrated = "mailbox-migrated",
        /// The server's deletion log was emptied.
        DeletionLogPurged = "deletion-log-purged",
        /// A cycle came by.
        Cycle = "cycle",
        /// It was sent at once.
        SentAtOnce = "sent-at-once",
        /// The client died while it was at work on it.
        Crash = "crash",
        /// The client lost its cache file, or got an old one back.
        CacheLost = "cache-lost",
        /// No answer about it came, or none that could be read.
        MessageLost = "message-lost",
        /// The server refused what concerned it.
        Refused = "refused",
        /// A write of it on the client's side failed.
        WriteFailed = "write-failed",
        /// Its user dropped the row that failed.
        ErrorsIgnored = "errors-ignored",
    }
}

/// Whether a campaign has to come by somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// It has to.
    Common,
    /// It may miss it, for this reason.
    Rare(&'static str),
    /// There is no such thing, for this reason.
    Impossible(&'static str),
}

/// Whether an event can meet an item in a state, by a client of a role.
#[must_use]
pub fn possible(role: Role, state: LifeState, event: LifeEvent) -> Reach {
    let rules = MEASURED.iter().chain(ROLES).chain(STATES);
    let found = rules.copied().find(|row| {
        (row.roles.is_empty() || row.roles.contains(&role))
            && row.states.have(state)
            && (row.events.is_empty() || row.events.contains(&event))
    });
    found.map_or(Reach::Common, |row| row.reach)
}

/// Some states.
#[derive(Clone, Copy, Debug)]
enum States {
    /// These.
    Only(&'static [LifeState]),
    /// All but these.
    But(&'static [LifeState]),
}

impl States {
    fn have(self, state: LifeState) -> bool {
        match self {
            States::Only(these) => these.contains(&state),
            States::But(these) => !these.contains(&state),
        }
    }
}

/// Every state.
const ANY: States = States::But(&[]);

/// One row of the table of what is not to be expected; an empty list of roles or events stands for all.
#[derive(Clone, Copy, Debug)]
struct Row {
    roles: &'static [Role],
    states: States,
    events: &'static [LifeEvent],
    reach: Reach,
}

const fn row(roles: &'static [Role], states: States, events: &'static [LifeEvent], reach: Reach) -> Row {
    Row { roles, states, events, reach }
}

/// What the rows below would let a campaign miss, and what comes often enough that it has to: once at least in 2,000 seeds of
/// every shipped profile, or of `everything` alone, as measured over 3,400 and 30,000 seeds. The first row that fits counts.
const MEASURED: &[Row] = {
    use LifeEvent::*;
    use LifeState as S;
    use Reach::Common;
    use Role::{Delegate, Primary, Roaming, Secondary};
    use States::Only;
    &[
        row(&[Primary, Secondary, Roaming], Only(&[S::DeletedInOutlook, S::DeletedInCrm]), &[ErrorsIgnored], Common),
        row(&[Primary], Only(&[S::DeletedInBoth]), &[ErrorsIgnored, SentAtOnce, Refused, WriteFailed], Common),
        row(&[Primary], Only(&[S::Unlinked]), &[Refused, WriteFailed], Common),
        row(&[Roaming], Only(&[S::Unlinked]), &[Refused], Common),
        row(&[Primary], Only(&[S::Relinked]), &[Refused, MessageLost, Crash], Common),
        row(&[Roaming], Only(&[S::Relinked]), &[MessageLost, Crash], Common),
        row(
            &[Secondary],
            Only(&[S::Ignored]),
            &[EditedInOutlook, Tracked, TrackingEnded, DeletedInOutlook, MovedAway, Cycle, CacheLost],
            Common,
        ),
        row(
            &[Delegate],
            Only(&[S::Ignored]),
            &[EditedInOutlook, RegardingSet, TrackingEnded, DeletedInOutlook, MovedAway, Cycle, CacheLost],
            Common,
        ),
        row(
            &[Roaming],
            Only(&[S::Ignored]),
            &[
                EditedInOutlook,
                Tracked,
                RegardingSet,
                DeletedInOutlook,
                EditedInCrm,
                Shared,
                FilterChanged,
                PrivilegesChanged,
                DeletionLogPurged,
                Cycle,
                CacheLost,
            ],
            Common,
        ),
    ]
};

/// What no client of a role does.
const ROLES: &[Row] = {
    use LifeEvent::*;
    use Reach::{Impossible, Rare};
    use Role::{Delegate, Roaming, Secondary};
    &[
        row(
            &[Secondary, Delegate],
            ANY,
            &[
                Invited,
                CreatedInCrm,
                EditedInCrm,
                DeletedInCrm,
                Assigned,
                Shared,
                FilterChanged,
                PrivilegesChanged,
                PrimaryChanged,
                MailboxMigrated,
                DeletionLogPurged,
            ],
            Impossible("it is told of the client that synchronizes the mailbox"),
        ),
        row(
            &[Delegate],
            ANY,
            &[SentAtOnce, Crash, MessageLost, Refused, WriteFailed, ErrorsIgnored],
            Impossible("a delegate's client is never at work on an item"),
        ),
        row(
            &[Secondary],
            ANY,
            &[SentAtOnce, Crash, MessageLost, Refused, WriteFailed],
            Rare("it is at work on an item only where it was primary when it began"),
        ),
        row(&[Roaming], ANY, &[PrimaryChanged], Rare("who roams is primary from the start, on every machine")),
    ]
};

const IGNORED: &str = "users seldom ignore errors, and the next change of the item takes its row up again";
const LITTLE_LEFT: &str = "it came to this between the act and the work on it, of which little is left";
const AT_REST: &str = "the client seldom works on an item that nobody changed";

/// What does not happen to an item in a state, or seldom.
const STATES: &[Row] = {
    use LifeEvent::*;
    use LifeState as S;
    use Reach::{Impossible, Rare};
    use Role::{Delegate, Primary, Roaming, Secondary};
    use States::{But, Only};
    &[
        row(&[], But(&[S::Untracked]), &[CreatedInOutlook, CreatedInCrm], Impossible("what is made begins untracked")),
        row(
            &[],
            But(&[S::DeletedInOutlook, S::DeletedInBoth]),
            &[MovedBack],
            Rare("only what left its folder comes back, and seldom was another item made of its record meanwhile"),
        ),
        row(
            &[],
            Only(&[S::DeletedInOutlook, S::DeletedInBoth]),
            &[EditedInOutlook, Tracked, RegardingSet, TrackingEnded, DeletedInOutlook, MovedAway, Invited],
            Impossible("the item is not in its folder"),
        ),
        row(
            &[],
            Only(&[S::DeletedInCrm, S::DeletedInBoth]),
            &[EditedInCrm, DeletedInCrm, Assigned, Shared],
            Impossible("the record is not there"),
        ),
        row(
            &[],
            Only(&[S::Untracked, S::Unlinked]),
            &[TrackingEnded],
            Impossible("it is not tracked, and the act is refused"),
        ),
        row(
            &[],
            But(&[S::Failed]),
            &[ErrorsIgnored],
            Rare("the row that failed was settled by another client since, or a copy ended after it failed"),
        ),
        row(&[Secondary, Delegate, Roaming], Only(&[S::Ignored]), &[], Rare(IGNORED)),
        row(&[Primary], Only(&[S::Ignored]), &[Invited, SentAtOnce, Crash, MessageLost, WriteFailed], Rare(IGNORED)),
        row(&[], Only(&[S::DeletedInBoth, S::Unlinked]), &[SentAtOnce, Refused, WriteFailed], Rare(LITTLE_LEFT)),
        row(&[], Only(&[S::Relinked]), &[Refused, MessageLost, WriteFailed, Crash], Rare(AT_REST)),
    ]
};

/// What the shipped profiles, which run the hardened protocol, switch off.
const NOT_HARDENED: &str = "the hardened protocol switches it off";

/// Rules that are built and that a campaign may miss, with the reason.
pub const RARE_RULES: &[(&str, &str)] = &[
    ("SUB-SHARED-STATE", NOT_HARDENED),
    ("DET-BOUNDARY", NOT_HARDENED),
    ("PST-RACE", NOT_HARDENED),
    ("PST-EARLY", NOT_HARDENED),
    ("DUP-CACHE", NOT_HARDENED),
    ("D-04", NOT_HARDENED),
    ("D-08", "only a protocol whose merges one side always wins follows it"),
    ("D-11", "only a variant of the protocol brings such a contact back"),
    ("DEL-CRM-APPT-2", "only a variant of the protocol asks whether the appointment was open"),
    ("PRE-GAP", "a record has to leave a filter and come back unchanged between two cycles that do not finish"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// How many cells a row of a table decides, of those that the rows before it leave.
    fn decided<'t>(tables: impl Iterator<Item = &'t Row>) -> Vec<(Row, usize)> {
        let mut decided: Vec<(Row, usize)> = tables.map(|row| (*row, 0)).collect();
        for role in Role::ALL {
            for state in LifeState::ALL {
                for event in LifeEvent::ALL {
                    let fits = |(row, _): &&mut (Row, usize)| {
                        (row.roles.is_empty() || row.roles.contains(role))
                            && row.states.have(*state)
                            && (row.events.is_empty() || row.events.contains(event))
                    };
                    if let Some((_, count)) = decided.iter_mut().find(fits) {
                        *count += 1;
                    }
                }
            }
        }
        decided
    }

    #[test]
    fn every_row_decides_something() {
        for (row, count) in decided(MEASURED.iter().chain(ROLES).chain(STATES)) {
            assert!(count > 0, "{row:?} decides nothing");
        }
    }

    #[test]
    fn what_was_measured_would_be_rare_otherwise() {
        for row in MEASURED {
            let States::Only(states) = row.states else { panic!("{row:?} names its states") };
            for (role, state, event) in row.roles.iter().flat_map(|role| {
                states.iter().flat_map(move |state| row.events.iter().map(move |event| (*role, *state, *event)))
            }) {
                assert_eq!(possible(role, state, event), Reach::Common);
                let others = ROLES.iter().chain(STATES).find(|other| {
                    (other.roles.is_empty() || other.roles.contains(&role))
                        && other.states.have(state)
                        && (other.events.is_empty() || other.events.contains(&event))
                });
                let is_rare = others.is_some_and(|other| matches!(other.reach, Reach::Rare(_)));
                assert!(is_rare, "{role}/{state}/{event} needs no row of its own");
            }
        }
    }
}
