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
    let rules = ROLES.iter().chain(STATES);
    let found = rules.copied().find(|row| {
        (row.roles.is_empty() || row.roles.contains(&role))
            && (row.states.is_empty() || row.states.contains(&state))
            && (row.events.is_empty() || row.events.contains(&event))
    });
    found.map_or(Reach::Common, |row| row.reach)
}

/// One row of the table of what is not to be expected; an empty list stands for all.
#[derive(Clone, Copy, Debug)]
struct Row {
    roles: &'static [Role],
    states: &'static [LifeState],
    events: &'static [LifeEvent],
    reach: Reach,
}

const fn row(roles: &'static [Role], states: &'static [LifeState], events: &'static [LifeEvent], reach: Reach) -> Row {
    Row { roles, states, events, reach }
}

/// What no client of a role does; the first row that fits counts.
const ROLES: &[Row] = {
    use LifeEvent::*;
    use Reach::Impossible;
    use Role::{Delegate, Secondary};
    &[
        row(
            &[Secondary, Delegate],
            &[],
            &[
                Invited,
                CreatedInCrm,
                EditedInCrm,
                DeletedInCrm,
                Assigned,
                Shared,
                FilterChanged,
                PrivilegesChanged,
                MailboxMigrated,
                DeletionLogPurged,
            ],
            Impossible("it is told of the client that synchronizes the mailbox"),
        ),
        row(
            &[Secondary, Delegate],
            &[],
            &[SentAtOnce, Crash, MessageLost, Refused, WriteFailed],
            Impossible("only the client that synchronizes is ever at work on an item"),
        ),
    ]
};

/// What does not happen to an item in a state.
const STATES: &[Row] = {
    use LifeEvent::*;
    use LifeState as S;
    use Reach::Impossible;
    &[
        row(
            &[],
            &[S::DeletedInOutlook, S::DeletedInBoth],
            &[EditedInOutlook, Tracked, RegardingSet, TrackingEnded, DeletedInOutlook, MovedAway, Invited],
            Impossible("the item is not in its folder"),
        ),
        row(
            &[],
            &[S::DeletedInCrm, S::DeletedInBoth],
            &[EditedInCrm, DeletedInCrm, Assigned, Shared],
            Impossible("the record is not there"),
        ),
    ]
};

/// Rules that are built and that a campaign may miss, with the reason.
pub const RARE_RULES: &[(&str, &str)] = &[];
