//! The words of the scenario format as tables: acts, faults, expectations, their keys, and what each key takes.
//!
//! The parser, the writer, the JSON Schema, the messages for a wrong word and the reference are all made from these
//! tables. A word that scenarios.md names and that is not built yet stands in a `NOT_BUILT` list, so that it is refused
//! as such rather than as unknown.

pub mod not_built;

use crate::journal::Prompt;
use crate::model::codes::words;
use crate::model::{Answer, Call, Kind, Surface, Table, Told};

words! {
    /// A key of a step, beside `do`, `fault`, `expect`, `note`, `id`, `at`, `background`, `when`, `not` and `rows`.
    Key {
        /// The client or server where something happens.
        On = "on",
        /// The item that is meant, by its alias.
        Item = "item",
        /// A fresh alias for what an act makes.
        New = "new",
        /// A kind, or for an expectation on the journal what happened.
        Kind = "kind",
        /// Fields and their values.
        Set = "set",
        /// The Outlook surface of an act.
        Via = "via",
        /// Whether the inspector is closed at the end of the act.
        Close = "close",
        /// Whether a deletion purges.
        Hard = "hard",
        /// What untracking does to the CRM record.
        Crm = "crm",
        /// What a task concerns.
        Regarding = "regarding",
        /// A contact's parent account.
        Parent = "parent",
        /// A task's due time.
        Due = "due",
        /// When an appointment starts.
        Starts = "starts",
        /// How long an appointment takes.
        Lasts = "lasts",
        /// Who organizes an appointment.
        Organizer = "organizer",
        /// Who must attend an appointment.
        Required = "required",
        /// Who may attend an appointment.
        Optional = "optional",
        /// The users who are invited.
        With = "with",
        /// The user who acts in CRM.
        As = "as",
        /// The user whom an act concerns.
        To = "to",
        /// Rights on a record, or privileges.
        Rights = "rights",
        /// The filter that is changed.
        Filter = "filter",
        /// The conditions of a filter.
        Where = "where",
        /// Whether a filter is active.
        Active = "active",
        /// Whether a filter is removed.
        Remove = "remove",
        /// A duration.
        By = "by",
        /// How often.
        Times = "times",
        /// The call that is addressed.
        Call = "call",
        /// The table that is addressed.
        Table = "table",
        /// Which of several, from 1.
        Nth = "nth",
        /// The step that ends a window.
        Until = "until",
        /// The code of a refusal or an error.
        Code = "code",
        /// How long a transaction stays open.
        For = "for",
        /// What a notification says.
        Says = "says",
        /// Which side.
        Side = "side",
        /// A number that is expected.
        Is = "is",
        /// How many requests were sent.
        Sent = "sent",
        /// How many requests the server carried out.
        Applied = "applied",
        /// How many answers arrived.
        Answered = "answered",
        /// The step from which is counted.
        Since = "since",
        /// The step that saved the copy.
        From = "from",
        /// Names of fields.
        Fields = "fields",
        /// Added, updated and deleted in Outlook.
        ToOutlook = "to-outlook",
        /// Added, updated and deleted in CRM.
        ToCrm = "to-crm",
        /// A number of rows.
        Rows = "rows",
        /// A code that a row carries.
        Error = "error",
        /// One field.
        Field = "field",
        /// A value that lost a merge.
        Lost = "lost",
        /// A number of cycles.
        Cycles = "cycles",
        /// Whether a client that crashed starts again at once.
        Restart = "restart",
        /// The prompt that is answered.
        Prompt = "prompt",
        /// Whose mailbox is meant.
        Mailbox = "mailbox",
        /// Whether items keep their named properties.
        Properties = "properties",
    }
}

/// What a key takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    /// The alias of an item, or `alias*` for all its copies.
    Alias,
    /// An alias that nothing has yet.
    NewAlias,
    /// The id of a client.
    Client,
    /// The id of a client, or `crm`.
    ClientOrCrm,
    /// The id of a client, `crm` or `base` (OriginalXML).
    ClientCrmOrBase,
    /// The name of a user.
    User,
    /// Names of users.
    Users,
    /// A user, or any e-mail address.
    Party,
    /// Users and e-mail addresses.
    Parties,
    /// The id of a step.
    StepId,
    /// The id of a filter of the acting user.
    Filter,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any text.
    Text,
    /// A whole number from 0.
    Count,
    /// A whole number from 1.
    Positive,
    /// A number of cycles, from 1 to [`MAX_CYCLES`].
    Cycles,
    /// True or false.
    Bool,
    /// A duration; `Span::ZERO` and less are refused unless the key is a clock's.
    Span,
    /// A clock offset, which may be negative.
    Skew,
    /// A table of fields of the item's kind and their values.
    Set,
    /// A table of columns of a product table, or of client settings.
    Columns,
    /// The conditions of a filter: `owner = "me"`, `party = "me"` and fields of the filter's kind.
    Where,
    /// One field of the item's kind.
    Field,
    /// Several fields of the item's kind.
    Fields,
    /// Several rights on a record.
    Rights,
    /// Several privileges; `all` stands for every one.
    Privileges,
    /// Three whole numbers: added, updated, deleted.
    Triple,
    /// A value of the field that `field` names.
    Value,
    /// A moment: a TOML datetime, or a duration relative to the start.
    Moment,
}

/// One word with the keys that it takes.
#[derive(Debug)]
pub struct Word<W: 'static> {
    /// The word.
    pub word: W,
    /// What it does, for the schema and the reference.
    pub says: &'static str,
    /// Keys that must be there.
    pub needs: &'static [(Key, Takes)],
    /// Keys that may be there.
    pub may: &'static [(Key, Takes)],
}

words! {
    /// An act: something that a person, an administrator or the world does.
    Act {
        /// Outlook or CRM: makes an item or a record.
        Create = "create",
        /// Outlook or CRM: changes fields.
        Edit = "edit",
        /// Outlook or CRM: deletes.
        Delete = "delete",
        /// Outlook: marks an item for synchronization.
        Track = "track",
        /// Outlook: names what a task concerns, which tracks it.
        SetRegarding = "set-regarding",
        /// Outlook: ends the synchronization of an item.
        Untrack = "untrack",
        /// Outlook or CRM: completes a task.
        Complete = "complete",
        /// Outlook or CRM: opens a task again.
        Reopen = "reopen",
        /// Outlook: invites users to an appointment, or sends them what it says now.
        Meet = "meet",
        /// Outlook: accepts an invitation.
        Accept = "accept",
        /// Outlook: declines an invitation; the copy goes.
        Decline = "decline",
        /// Outlook: makes a copy of an item, which is another item.
        Copy = "copy",
        /// Outlook: moves an item out of its synchronized folder, or back.
        Move = "move",
        /// Outlook: moves an item to an archive store.
        Archive = "archive",
        /// Outlook: opens an item in an inspector.
        OpenItem = "open-item",
        /// Outlook: closes the inspector.
        CloseItem = "close-item",
        /// Outlook: drops the rows that failed.
        IgnoreErrors = "ignore-errors",
        /// Outlook: answers a prompt.
        Answer = "answer",
        /// CRM: cancels a task.
        Cancel = "cancel",
        /// CRM: deactivates a contact.
        Deactivate = "deactivate",
        /// CRM: activates it again.
        Reactivate = "reactivate",
        /// CRM: gives a record to another user.
        Assign = "assign",
        /// CRM: gives a user rights on a record.
        Share = "share",
        /// CRM: takes them back.
        Unshare = "unshare",
        /// CRM: gives a user privileges.
        Grant = "grant",
        /// CRM: takes them away.
        Revoke = "revoke",
        /// CRM: changes, adds or removes a filter of the acting user.
        SetFilter = "set-filter",
        /// A client: runs manual cycles.
        Sync = "sync",
        /// A client: starts Outlook.
        Open = "open",
        /// A client: ends Outlook.
        Close = "close",
        /// A client: ends Outlook and starts it again.
        Restart = "restart",
        /// A client: loses what was not written.
        Crash = "crash",
        /// A client: gets its connection back.
        Connect = "connect",
        /// A client: loses its connection to CRM.
        Disconnect = "disconnect",
        /// A client: loses its cache file.
        LoseCache = "lose-cache",
        /// A client: its cache file is copied away.
        SaveCache = "save-cache",
        /// A client: an old copy takes the place of its cache file.
        RestoreCache = "restore-cache",
        /// A client: Outlook goes on without the add-in.
        DisableAddin = "disable-addin",
        /// A client: Outlook has the add-in again.
        EnableAddin = "enable-addin",
        /// A client: sets its clock forward or back.
        SetClock = "set-clock",
        /// A client: changes its settings.
        Option = "option",
        /// A client: becomes the one that synchronizes its user's mailbox.
        MakePrimary = "make-primary",
        /// A client: is set up on a clean machine.
        Install = "install",
        /// A client: is taken off its machine.
        Uninstall = "uninstall",
        /// A client: is set up anew, as another client of the subscription.
        Reconfigure = "reconfigure",
        /// The server: the row of a client goes.
        RemoveClient = "remove-client",
        /// The world: lets time pass.
        Advance = "advance",
        /// The world: synchronizes until nothing is left to do.
        Settle = "settle",
        /// The world: ends all faults; everybody runs and is connected.
        Heal = "heal",
        /// The world: moves a mailbox to another server.
        MigrateMailbox = "migrate-mailbox",
        /// The world: empties the server's deletion log.
        PurgeDeletionLog = "purge-deletion-log",
        /// The world: ends the server and starts it again.
        RestartServer = "restart-server",
    }
}

words! {
    /// A fault that is armed and strikes later.
    Fault {
        /// The request never arrives.
        LoseRequest = "lose-request",
        /// The request is carried out and the answer never arrives.
        LoseReply = "lose-reply",
        /// The request arrives twice.
        DeliverTwice = "deliver-twice",
        /// The request arrives late.
        Delay = "delay",
        /// The request is overtaken by the client's next one of its kind.
        Reorder = "reorder",
        /// The server refuses with a code and does nothing.
        Refuse = "refuse",
        /// The request is carried out and its answer cannot be read.
        Garble = "garble",
        /// A page holds fewer rows than it should and says that it is the last.
        ShortPage = "short-page",
        /// After the answer nothing gets through any more.
        Cut = "cut",
        /// Nothing gets through, in either direction, until the window ends.
        Partition = "partition",
        /// A change notification is not delivered to a client.
        MissNotification = "miss-notification",
        /// A change notification reaches a client late.
        LateNotification = "late-notification",
        /// A client is told of a change that did not happen.
        FalseNotification = "false-notification",
        /// The client dies before the call.
        CrashBefore = "crash-before",
        /// The client dies after the call, before it acts on it.
        CrashAfter = "crash-after",
        /// The client's clock is wrong until the window ends.
        Skew = "skew",
        /// The server answers late until the window ends.
        Slow = "slow",
        /// A transaction of the server commits late.
        SlowCommit = "slow-commit",
        /// A write on the client's side fails with an error, and nothing is written.
        FailWrite = "fail-write",
        /// Power fails in the middle of a write on the client's side.
        TornWrite = "torn-write",
        /// The client's mailbox can be neither read nor written until the window ends.
        StoreUnavailable = "store-unavailable",
        /// The client's store opens and lists nothing until the window ends.
        StoreEmpty = "store-empty",
    }
}

words! {
    /// An expectation: what must be so when the step is reached.
    Expectation {
        /// It exists.
        Kept = "kept",
        /// It does not; in Outlook: it is in no synchronized folder.
        Gone = "gone",
        /// A mapping row joins both ends.
        Linked = "linked",
        /// None does.
        Unlinked = "unlinked",
        /// Each named field has that value.
        Fields = "fields",
        /// The item equals its record on mapped fields.
        Same = "same",
        /// It does not.
        Different = "different",
        /// So many of a kind exist.
        Count = "count",
        /// Synchronization wrote exactly these fields, so often.
        Writes = "writes",
        /// So many requests were sent, carried out and answered.
        Calls = "calls",
        /// What the client's last finished cycle reported.
        Report = "report",
        /// Rows of OutlookSyncTable.
        Pending = "pending",
        /// Rows of a product table.
        Table = "table",
        /// A row carries an error.
        Error = "error",
        /// An entry stands in the journal.
        Journal = "journal",
        /// A prompt is open.
        Prompt = "prompt",
        /// The guard stopped the client's last cycle.
        Guard = "guard",
        /// The client is its user's primary.
        Primary = "primary",
        /// So many further cycles write nothing.
        Quiet = "quiet",
    }
}

/// The cycles that one step runs at most.
pub const MAX_CYCLES: u32 = 10_000;

/// What an entry of the journal can say, for `expect = "journal"`.
pub const JOURNAL_KINDS: &[&str] = &[
    "edit-lost",
    "unlinked",
    "deleted-in-outlook",
    "deleted-in-crm",
    "kept",
    "made-again",
    "no-crm-buttons",
    "no-folder-right",
    "row-failed",
];

const SIDES: Takes = Takes::Word(&["crm", "outlook"]);
const KINDS: Takes = Takes::Word(&Kind::WORDS);
const SURFACE: (Key, Takes) = (Key::Via, Takes::Word(Surface::WORDS));
const CLOSE: (Key, Takes) = (Key::Close, Takes::Bool);
const ITEM: (Key, Takes) = (Key::Item, Takes::Alias);
const ON_CLIENT: (Key, Takes) = (Key::On, Takes::Client);
const ON: (Key, Takes) = (Key::On, Takes::ClientOrCrm);
const AS: (Key, Takes) = (Key::As, Takes::User);
const CALLS: Takes = Takes::Word(Call::WORDS);
const CACHE_TABLES: Takes = Takes::Word(&["IdMappingTable", "OutlookSyncTable", "SyncState"]);
const PROMPTS: Takes = Takes::Word(Prompt::WORDS);
const CODES: Takes = Takes::Word(Answer::WORDS);

const DUE: (Key, Takes) = (Key::Due, Takes::Moment);
const PARENT: (Key, Takes) = (Key::Parent, Takes::Text);
const REGARDING: (Key, Takes) = (Key::Regarding, Takes::Text);
const STARTS: (Key, Takes) = (Key::Starts, Takes::Moment);
const LASTS: (Key, Takes) = (Key::Lasts, Takes::Span);
const ORGANIZER: (Key, Takes) = (Key::Organizer, Takes::Party);
const REQUIRED: (Key, Takes) = (Key::Required, Takes::Parties);
const OPTIONAL: (Key, Takes) = (Key::Optional, Takes::Parties);

macro_rules! table {
    ($($word:expr, $says:literal, [$($need:expr),*], [$($may:expr),*];)*) => {
        &[$(Word { word: $word, says: $says, needs: &[$($need),*], may: &[$($may),*] },)*]
    };
}

/// The acts with their keys. `as` belongs to acts on `crm`, `via` and `close` to acts on a client.
pub static ACTS: &[Word<Act>] = table! {
    Act::Create, "makes an item in Outlook or a record in CRM", [ON],
        [ITEM, (Key::New, Takes::NewAlias), (Key::Kind, KINDS), (Key::Set, Takes::Set), DUE, PARENT, REGARDING, STARTS, LASTS, ORGANIZER, REQUIRED, OPTIONAL, SURFACE, CLOSE, AS];
    Act::Edit, "changes fields", [ON, ITEM], [(Key::Set, Takes::Set), DUE, PARENT, REGARDING, STARTS, LASTS, ORGANIZER, REQUIRED, OPTIONAL, SURFACE, CLOSE, AS];
    Act::Delete, "deletes an item or a record", [ON, ITEM], [SURFACE, (Key::Hard, Takes::Bool), AS];
    Act::Track, "marks an item for synchronization", [ON_CLIENT, ITEM], [SURFACE, CLOSE];
    Act::SetRegarding, "names what a task or an appointment concerns, which tracks it", [ON_CLIENT, ITEM, (Key::Regarding, Takes::Text)], [SURFACE, CLOSE];
    Act::Untrack, "ends the synchronization of an item", [ON_CLIENT, ITEM], [SURFACE, CLOSE, (Key::Crm, Takes::Word(&["keep", "delete"]))];
    Act::Complete, "completes a task, or in CRM an appointment", [ON, ITEM], [SURFACE, CLOSE, AS];
    Act::Reopen, "opens a task again, or in CRM an appointment", [ON, ITEM], [SURFACE, CLOSE, AS];
    Act::Meet, "invites users to an appointment, or sends those who have it what it says now; only its organizer can, who sent it first or whom it names", [ON_CLIENT, ITEM, (Key::With, Takes::Users)], [SURFACE, CLOSE];
    Act::Accept, "accepts an invitation: the copy shows the time as busy", [ON_CLIENT, ITEM], [SURFACE, CLOSE];
    Act::Decline, "declines an invitation: the copy goes; one that was never synchronized comes again with its record", [ON_CLIENT, ITEM], [SURFACE, CLOSE];
    Act::Copy, "makes a copy of an item in the same folder; a copy of an appointment has a GlobalObjectId of its own", [ON_CLIENT, ITEM, (Key::New, Takes::NewAlias)], [];
    Act::Move, "moves an item out of its synchronized folder, or back into it", [ON_CLIENT, ITEM, (Key::To, Takes::Word(&["folder", "synchronized"]))], [];
    Act::Archive, "moves an item to an archive store, from which it does not come back", [ON_CLIENT, ITEM], [];
    Act::OpenItem, "opens an item in an inspector", [ON_CLIENT, ITEM], [];
    Act::CloseItem, "closes the inspector", [ON_CLIENT, ITEM], [];
    Act::IgnoreErrors, "drops the rows that failed", [ON_CLIENT], [];
    Act::Answer, "answers a prompt", [ON_CLIENT, (Key::Prompt, PROMPTS), (Key::With, Takes::Word(&["delete", "keep"]))], [];
    Act::Cancel, "cancels a task or an appointment", [ON, ITEM], [AS];
    Act::Deactivate, "deactivates a contact", [ON, ITEM], [AS];
    Act::Reactivate, "activates a contact again", [ON, ITEM], [AS];
    Act::Assign, "gives a record to another user", [ON, ITEM, (Key::To, Takes::User)], [AS];
    Act::Share, "gives a user these rights on a record, in place of those shared before", [ON, ITEM, (Key::To, Takes::User)], [(Key::Rights, Takes::Rights), AS];
    Act::Unshare, "takes back all rights that a record was shared with a user for", [ON, ITEM, (Key::To, Takes::User)], [AS];
    Act::Grant, "gives a user privileges", [ON, (Key::To, Takes::User), (Key::Rights, Takes::Privileges)], [];
    Act::Revoke, "takes privileges away from a user", [ON, (Key::To, Takes::User), (Key::Rights, Takes::Privileges)], [];
    Act::SetFilter, "changes, adds or removes a filter", [ON, (Key::Filter, Takes::Filter)],
        [(Key::Kind, KINDS), (Key::Where, Takes::Where), (Key::Active, Takes::Bool), (Key::Remove, Takes::Bool), AS];
    Act::Sync, "runs manual cycles", [ON_CLIENT], [(Key::Times, Takes::Cycles)];
    Act::Open, "starts Outlook", [ON_CLIENT], [];
    Act::Close, "ends Outlook", [ON_CLIENT], [];
    Act::Restart, "ends Outlook and starts it again", [ON_CLIENT], [];
    Act::Crash, "ends Outlook at once; what was not written is lost", [ON_CLIENT], [];
    Act::Connect, "gives a client its connection back", [ON_CLIENT], [];
    Act::Disconnect, "cuts a client from CRM", [ON_CLIENT], [];
    Act::LoseCache, "deletes a client's cache file", [ON_CLIENT], [];
    Act::SaveCache, "copies a client's cache file away; the step's `id`, which it needs, names the copy", [ON_CLIENT], [];
    Act::RestoreCache, "puts an old copy in the place of a client's cache file, while Outlook is closed", [ON_CLIENT, (Key::From, Takes::StepId)], [];
    Act::DisableAddin, "disables the add-in: Outlook is plain, and nothing is noticed, sent or synchronized", [ON_CLIENT], [];
    Act::EnableAddin, "enables the add-in again; the next cycle finds what was edited meanwhile", [ON_CLIENT], [];
    Act::SetClock, "sets a client's clock forward or back", [ON_CLIENT, (Key::By, Takes::Skew)], [];
    Act::Option, "changes a client's settings", [ON_CLIENT, (Key::Set, Takes::Columns)], [];
    Act::MakePrimary, "makes a client the one that synchronizes its user's mailbox", [ON_CLIENT], [(Key::Via, Takes::Word(&["options", "wizard", "sign-in"]))];
    Act::Install, "sets a client up on a clean machine; the first of a user becomes primary", [ON_CLIENT], [];
    Act::Uninstall, "takes a client off its machine; nothing else changes", [ON_CLIENT], [];
    Act::Reconfigure, "sets a client up anew: another row of the subscription, an empty cache", [ON_CLIENT], [];
    Act::RemoveClient, "removes a client's row of SubscriptionClients", [ON_CLIENT], [];
    Act::Advance, "lets time pass", [(Key::By, Takes::Span)], [];
    Act::Settle, "synchronizes everybody until nothing is left to do", [], [];
    Act::Heal, "ends all faults; everybody runs and is connected", [], [];
    Act::MigrateMailbox, "moves a mailbox to another server: every item gets another EntryId", [(Key::Mailbox, Takes::User)], [(Key::Properties, Takes::Bool)];
    Act::PurgeDeletionLog, "empties the server's deletion log", [], [];
    Act::RestartServer, "ends the server and starts it again; what is under way is lost, the database survives", [], [];
};

const NTH: (Key, Takes) = (Key::Nth, Takes::Positive);
const FAULT_TIMES: (Key, Takes) = (Key::Times, Takes::Count);
const UNTIL: (Key, Takes) = (Key::Until, Takes::StepId);
const CALL: (Key, Takes) = (Key::Call, CALLS);
const RESTART: (Key, Takes) = (Key::Restart, Takes::Bool);
const CACHE_TABLE: (Key, Takes) = (Key::Table, CACHE_TABLES);

/// The faults with their keys. Message faults address calls on the wire, crashes any call.
pub static FAULTS: &[Word<Fault>] = table! {
    Fault::LoseRequest, "the request never arrives", [ON_CLIENT, CALL], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::LoseReply, "the request is carried out, the answer never arrives", [ON_CLIENT, CALL], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::DeliverTwice, "the request arrives twice", [ON_CLIENT, CALL], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::Delay, "the request arrives late", [ON_CLIENT, CALL, (Key::By, Takes::Span)], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::Reorder, "the request is overtaken: it arrives right after the client's next request of the same call", [ON_CLIENT, CALL], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::Refuse, "the server refuses with a code and does nothing", [ON_CLIENT, CALL, (Key::Code, Takes::Word(&["privilege", "not-found", "duplicate", "busy", "sql-timeout", "plug-in-error"]))], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::Garble, "the request is carried out, the answer arrives and cannot be read", [ON_CLIENT, CALL], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::ShortPage, "a page loses its second half on the way and says that nothing follows it", [ON_CLIENT, CALL], [NTH, FAULT_TIMES, UNTIL];
    Fault::Cut, "the connection is cut when the answer is there: nothing gets through for the rest of the cycle, or until the window ends", [ON_CLIENT, CALL], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::Partition, "nothing gets through until the window ends", [ON_CLIENT], [UNTIL];
    Fault::MissNotification, "a change notification is not delivered", [ON_CLIENT], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::LateNotification, "a change notification is delivered late", [ON_CLIENT, (Key::By, Takes::Span)], [ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::FalseNotification, "the client is told at once of a change that did not happen", [ON_CLIENT, ITEM, (Key::Says, Takes::Word(Told::WORDS))], [];
    Fault::CrashBefore, "the client dies before the call", [ON_CLIENT, CALL], [ITEM, CACHE_TABLE, NTH, FAULT_TIMES, UNTIL, RESTART];
    Fault::CrashAfter, "the client dies after the call", [ON_CLIENT, CALL], [ITEM, CACHE_TABLE, NTH, FAULT_TIMES, UNTIL, RESTART];
    Fault::Skew, "the client's clock is wrong", [ON_CLIENT, (Key::By, Takes::Skew)], [UNTIL];
    Fault::Slow, "the server answers everything late", [ON, (Key::By, Takes::Span)], [UNTIL];
    Fault::SlowCommit, "a write has its rowversion at once and is seen only when its transaction commits", [ON, (Key::For, Takes::Span)], [CALL, ITEM, NTH, FAULT_TIMES, UNTIL];
    Fault::FailWrite, "a write to the mailbox or the cache file fails, and nothing is written", [ON_CLIENT, CALL], [ITEM, CACHE_TABLE, NTH, FAULT_TIMES, UNTIL];
    Fault::TornWrite, "power fails in the middle of a write and Outlook dies: the cache file is as before the transaction, a new item is not there, and a save that has both fields and link properties writes the fields only, any other nothing", [ON_CLIENT, CALL], [ITEM, CACHE_TABLE, NTH, FAULT_TIMES, UNTIL, RESTART];
    Fault::StoreUnavailable, "the mailbox can be neither read nor written until the window ends; with `call`, that call alone fails", [ON_CLIENT], [CALL, UNTIL];
    Fault::StoreEmpty, "the store opens and lists nothing until the window ends; nothing can be written to it", [ON_CLIENT], [UNTIL];
};

const SIDE: (Key, Takes) = (Key::Side, SIDES);
const IS: (Key, Takes) = (Key::Is, Takes::Count);
const SINCE: (Key, Takes) = (Key::Since, Takes::StepId);

/// The expectations with their keys.
pub static EXPECTATIONS: &[Word<Expectation>] = table! {
    Expectation::Kept, "it exists", [ITEM], [ON, SIDE];
    Expectation::Gone, "it is gone", [ITEM], [ON, SIDE];
    Expectation::Linked, "a mapping row joins both ends", [ITEM, ON_CLIENT], [];
    Expectation::Unlinked, "no mapping row joins them", [ITEM, ON_CLIENT], [];
    Expectation::Fields, "each named field has that value", [ITEM, (Key::Set, Takes::Set)], [(Key::On, Takes::ClientCrmOrBase), SIDE];
    Expectation::Same, "the item equals its record, or another item, on mapped fields", [ITEM, ON_CLIENT], [(Key::As, Takes::Alias)];
    Expectation::Different, "it does not equal it", [ITEM, ON_CLIENT], [(Key::As, Takes::Alias)];
    Expectation::Count, "so many of a kind exist", [(Key::Kind, KINDS), IS], [ON, SIDE];
    Expectation::Writes, "synchronization wrote exactly these fields, so often", [ITEM, ON], [(Key::Fields, Takes::Fields), (Key::Times, Takes::Count)];
    Expectation::Calls, "so many requests were sent, carried out and answered", [ON_CLIENT, CALL], [ITEM, (Key::Sent, Takes::Count), (Key::Applied, Takes::Count), (Key::Answered, Takes::Count), SINCE];
    Expectation::Report, "what the last finished cycle reported", [ON_CLIENT], [(Key::ToOutlook, Takes::Triple), (Key::ToCrm, Takes::Triple)];
    Expectation::Pending, "rows of OutlookSyncTable", [ON_CLIENT], [ITEM, (Key::Rows, Takes::Count), (Key::Error, CODES)];
    Expectation::Table, "rows of a product table", [ON_CLIENT, (Key::Table, Takes::Word(Table::WORDS))], [ITEM, (Key::Rows, Takes::Count), (Key::Set, Takes::Columns)];
    Expectation::Error, "a row carries an error", [ON_CLIENT], [ITEM, (Key::Code, CODES)];
    Expectation::Journal, "an entry stands in the journal", [(Key::Kind, Takes::Word(JOURNAL_KINDS))], [ITEM, (Key::Field, Takes::Field), (Key::Lost, Takes::Value)];
    Expectation::Prompt, "a prompt is open", [ON_CLIENT], [(Key::Kind, PROMPTS), ITEM, IS];
    Expectation::Guard, "the guard stopped the client's last cycle", [ON_CLIENT], [(Key::Kind, PROMPTS), IS];
    Expectation::Primary, "the client is its user's primary", [ON_CLIENT], [];
    Expectation::Quiet, "so many further cycles write nothing", [ON_CLIENT], [(Key::Cycles, Takes::Cycles)];
};

/// The columns that `expect = "table"` can compare, for each table.
#[must_use]
pub fn columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::SyncEntry => &["SyncState"],
        Table::ManuallyTracked => &["Track"],
        Table::TrackingDeleted => &[],
        Table::ObjectAccess => &["AccessRightsMask"],
        Table::SubscriptionClients => &["IsPrimaryClient"],
        Table::SubscriptionSyncInfo => &["InsertObjectCount", "DeleteObjectCount", "DataSize", "SyncResult"],
        Table::IdMapping => &["Linked", "DeletedLocally", "Visited"],
        Table::OutlookSync => &["OutlookChange", "CrmChange", "Priority"],
        Table::SyncState => &[],
    }
}

/// The row of a word's table.
///
/// # Panics
/// When a word has no row, which a test rules out.
#[must_use]
pub fn row<W: PartialEq>(table: &'static [Word<W>], word: &W) -> &'static Word<W> {
    table.iter().find(|row| row.word == *word).expect("every word has a row")
}

#[cfg(test)]
mod tests;
