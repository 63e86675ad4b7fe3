//! What happened: the facts of a run, one small value each.
//!
//! The server, the mailboxes, the clients and the harness write facts and never read them. The trace hash, the ledger, the
//! invariants and the reports read facts and never change anything. A fact holds ids only; names and texts are looked up
//! when somebody reads it.

use std::hash::{Hash, Hasher};

use crate::mailbox::Folder;
use crate::model::codes::words;
use crate::model::{
    Answer, Call, ClientId, ContentId, CrmId, FieldId, ItemId, Kind, MapId, Rights, RuleId, Side, Surface, UserId,
    Value,
};
use crate::protocol::UserAct;
use crate::sim::{Part, Time};

/// Who did something: a person, or synchronization on some client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum By {
    /// A person.
    User(UserId),
    /// A client, on its own account.
    Sync(ClientId),
}

impl By {
    /// The person, where one did it.
    #[must_use]
    pub fn person(self) -> Option<UserId> {
        match self {
            By::User(user) => Some(user),
            By::Sync(_) => None,
        }
    }

    /// Whether synchronization did it.
    #[must_use]
    pub fn is_sync(self) -> bool {
        matches!(self, By::Sync(_))
    }
}

words! {
    /// An item's `crmLinkState`.
    LinkState {
        /// It was never marked.
        Unmarked = "unmarked",
        /// It was tracked and is not any more (0).
        WasTracked = "was-tracked",
        /// It is marked and has no record yet (1).
        Pending = "pending",
        /// It is linked to a record (2).
        Tracked = "tracked",
    }
}

words! {
    /// The state of a record in a subscription's SyncEntry.
    EntryState {
        /// There is no row.
        Absent = "absent",
        /// The client has it (0).
        Done = "done",
        /// It waits to be sent (1).
        Upsert = "upsert",
        /// Its removal waits to be sent (2).
        Remove = "remove",
    }
}

words! {
    /// Why a SyncEntry row changed.
    EntryCause {
        /// PrepareSync found it changed.
        Prepare = "prepare",
        /// PostSync, or whatever counts as acknowledgement, took it.
        Acknowledge = "acknowledge",
        /// A client created or updated the record itself.
        Create = "create",
    }
}

words! {
    /// What a decision meant for an item, as the journal tells people.
    Note {
        /// The item stays in Outlook without its record.
        Unlinked = "unlinked",
        /// The item was deleted because its record was.
        DeletedInOutlook = "deleted-in-outlook",
        /// The record was deleted because its item was.
        DeletedInCrm = "deleted-in-crm",
        /// The record stays although its item was deleted or untracked.
        Kept = "kept",
        /// A deleted copy was made again because the other had been edited.
        MadeAgain = "made-again",
        /// The item was linked to its record again.
        Relinked = "relinked",
        /// A delegate has too few rights for Outlook to show the buttons of CRM.
        NoCrmButtons = "no-crm-buttons",
        /// A delegate may not do this in the folder.
        NoFolderRight = "no-folder-right",
    }
}

words! {
    /// What a client asks its user.
    Prompt {
        /// Whether so much is really to be deleted.
        MassDeletion = "mass-deletion",
        /// Whether the mailbox, which lists nothing, is really empty.
        EmptyStore = "empty-store",
    }
}

words! {
    /// What happened to a client.
    ClientChange {
        /// Outlook was started.
        Opened = "opened",
        /// Outlook was ended.
        Closed = "closed",
        /// Outlook died.
        Crashed = "crashed",
        /// It is connected to CRM.
        Connected = "connected",
        /// It is not.
        Disconnected = "disconnected",
        /// Its cache file is gone.
        CacheLost = "cache lost",
        /// An old copy of its cache file came back.
        CacheRestored = "cache restored",
        /// Its add-in is not loaded any more.
        AddinDisabled = "add-in disabled",
        /// Its add-in is loaded again.
        AddinEnabled = "add-in enabled",
        /// Its clock was set.
        ClockSet = "clock set",
        /// Its settings were changed.
        SettingsChanged = "settings changed",
        /// It was set up on a clean machine.
        Installed = "installed",
        /// It was taken off its machine.
        Uninstalled = "uninstalled",
        /// It was set up anew.
        Reconfigured = "reconfigured",
        /// It emptied its cache to ask for everything.
        StartedOver = "started over",
        /// The server dropped its row.
        Removed = "removed",
    }
}

impl ClientChange {
    /// Whether what the client was doing ends there.
    #[must_use]
    pub fn ends_work(self) -> bool {
        let ended = matches!(self, ClientChange::Closed | ClientChange::Crashed | ClientChange::AddinDisabled);
        ended || self.empties_cache()
    }

    /// Whether the client begins with an empty cache file, or with one that knows nothing of what happened last.
    #[must_use]
    pub fn empties_cache(self) -> bool {
        matches!(
            self,
            ClientChange::CacheLost
                | ClientChange::CacheRestored
                | ClientChange::Installed
                | ClientChange::Reconfigured
                | ClientChange::StartedOver
        )
    }
}

/// What an operation of a client was started for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// An act that is sent at once.
    Immediate,
    /// A cycle.
    Cycle,
}

/// What a cycle did to one side.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Tally {
    /// Things made.
    pub added: u32,
    /// Things changed.
    pub updated: u32,
    /// Things deleted.
    pub deleted: u32,
}

/// What a cycle reported when it ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Report {
    /// Written to Outlook.
    pub to_outlook: Tally,
    /// Written to CRM.
    pub to_crm: Tally,
    /// Rows that failed.
    pub failed: u32,
}

/// A row of IdMappingTable, as far as others look at it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MapView {
    /// The record.
    pub record: CrmId,
    /// The item.
    pub item: ItemId,
    /// Whether the pair is active.
    pub linked: bool,
    /// Whether the user removed the item for good.
    pub deleted_locally: bool,
}

/// One fact: what happened, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fact {
    /// The virtual time.
    pub at: Time,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the fields are named by their types; each variant says what it means")]
pub enum What {
    /// A step of the scenario was reached (its index).
    Step { step: u32 },
    /// A step of a drawn scenario could not be carried out (its index), and why: an index of what the world keeps of that.
    Skipped { step: u32, why: u32 },
    /// A fault struck (its index among the steps).
    FaultFired { step: u32 },
    /// A person did something to an item; `sent` says whether Outlook took it as complete (a closed form, a grid).
    Acted { client: ClientId, item: ItemId, act: UserAct, surface: Surface, complete: bool },
    /// An inspector was closed.
    InspectorClosed { client: ClientId, item: ItemId },
    /// An item came to be; `origin` is the record that synchronization made it from.
    ItemCreated { item: ItemId, kind: Kind, mailbox: UserId, content: ContentId, by: By, origin: Option<CrmId> },
    /// An item's fields changed.
    ItemChanged { item: ItemId, before: ContentId, after: ContentId, by: By },
    /// An item left the synchronized folders; `purged` when it left the mailbox.
    ItemDeleted { item: ItemId, purged: bool, by: By },
    /// A person moved an item: into its synchronized folder, out of it, or to another store.
    ItemMoved { item: ItemId, place: Folder, by: By },
    /// An item got another EntryId, because its mailbox moved to another server.
    ItemMigrated { item: ItemId, new: ItemId, properties: bool },
    /// An item's link properties changed.
    LinkChanged { item: ItemId, state: LinkState, record: Option<CrmId>, by: By },
    /// An item's OriginalXML changed.
    BaseChanged { item: ItemId, base: ContentId, by: By },
    /// The next record's place in the order of ids was drawn or asked for.
    IdChosen { order: u64 },
    /// A record came to be; `origin` is the item that synchronization made it from.
    RecordCreated { record: CrmId, kind: Kind, owner: UserId, content: ContentId, by: By, origin: Option<ItemId> },
    /// A record's fields changed; they may be the same as before.
    RecordChanged { record: CrmId, before: ContentId, after: ContentId, by: By },
    /// A record was deleted.
    RecordDeleted { record: CrmId, by: By },
    /// A record got another owner.
    RecordAssigned { record: CrmId, from: UserId, to: UserId, by: By },
    /// A record is shared with a user for these rights from here on; for none, it is shared no more.
    AccessChanged { record: CrmId, user: UserId, rights: Rights, by: By },
    /// A user's privileges changed.
    PrivilegesChanged { user: UserId },
    /// A user's filters changed.
    FiltersChanged { user: UserId },
    /// SubscriptionManuallyTrackedObject changed.
    TrackingChanged { user: UserId, record: CrmId, track: bool },
    /// The deletion log was emptied.
    DeletionLogPurged,
    /// A client sent a request.
    Sent { request: u32, client: ClientId, call: Call, item: Option<ItemId>, record: Option<CrmId>, cause: Cause },
    /// The server carried a request out, or refused it.
    Applied { request: u32, client: ClientId, call: Call, answer: Answer },
    /// The client has the answer, or gave up waiting.
    Answered { request: u32, client: ClientId, call: Call, answer: Answer },
    /// A row of SyncEntry moved.
    EntryMoved { user: UserId, record: CrmId, from: EntryState, to: EntryState, version: u64, cause: EntryCause },
    /// The server ended and started again.
    ServerRestarted,
    /// PrepareSync visited so many rows and moved the watermark.
    Prepared { user: UserId, visited: u32, watermark: u64 },
    /// A row of a client's IdMappingTable was written, or dropped.
    MapWritten { client: ClientId, map: MapId, row: Option<MapView> },
    /// Reconciliation found the item of a mapping row; only the row's VerifiedTime changed.
    MapVerified { client: ClientId, map: MapId },
    /// A row of a client's OutlookSyncTable was written.
    RowWritten { client: ClientId, row: RowView },
    /// A row of a client's OutlookSyncTable was dropped.
    RowDropped { client: ClientId, row: RowView },
    /// A client wrote when it last synchronized.
    SyncStateWritten { client: ClientId },
    /// A cycle began.
    CycleStarted { client: ClientId, manual: bool },
    /// A cycle was asked for while another ran.
    CycleDropped { client: ClientId },
    /// A cycle ended, well or with what ended it.
    CycleEnded { client: ClientId, answer: Answer, report: Report },
    /// An operation that was to send an act at once ended.
    ImmediateEnded { client: ClientId, item: ItemId, answer: Answer },
    /// A row failed and stays.
    RowFailed { client: ClientId, item: Option<ItemId>, record: Option<CrmId>, answer: Answer },
    /// The guard stopped a cycle before its first deletion and asks: so many deletions, so many mapped pairs.
    GuardRaised { client: ClientId, prompt: Prompt, deletions: u32, mapped: u32 },
    /// The user answered a prompt.
    PromptAnswered { client: ClientId, prompt: Prompt, delete: bool },
    /// The user keeps what a row would have deleted.
    Spared { client: ClientId, item: Option<ItemId>, record: Option<CrmId> },
    /// The user dropped a row that failed.
    Ignored { client: ClientId, item: Option<ItemId>, record: Option<CrmId> },
    /// A value lost a merge, or was deleted with its copy.
    EditLost { item: Option<ItemId>, record: Option<CrmId>, field: FieldId, value: Value, side: Side, rule: RuleId },
    /// A decision about an item and its record.
    Noted { note: Note, item: Option<ItemId>, record: Option<CrmId>, client: ClientId, rule: RuleId },
    /// A rule was followed.
    Followed { rule: RuleId },
    /// SetPrimaryClient, or the end of the primary's row: which client of a user synchronizes from now on.
    PrimaryChanged { user: UserId, from: Option<ClientId>, to: Option<ClientId> },
    /// Something happened to a client.
    Client { client: ClientId, change: ClientChange },
    /// Everything is healed from here on.
    Healed,
    /// A settling began or ended.
    Settling { began: bool, rounds: u32 },
}

/// A row of OutlookSyncTable, as far as others look at it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RowView {
    /// The item, where it is known.
    pub item: Option<ItemId>,
    /// The record, where it is known.
    pub record: Option<CrmId>,
    /// `OutlookChange`: 0 none, 1 created or changed, 2 deleted, 3 untracked, 4 untracked with its record to be deleted.
    pub outlook_change: u8,
    /// `CrmChange`: 0 none, 1 created or changed, 2 deleted.
    pub crm_change: u8,
    /// Why the row failed last time.
    pub error: Option<Answer>,
}

/// The facts that wait to be read, in order.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    facts: Vec<Fact>,
    now: Time,
}

impl Journal {
    /// Sets the time of the facts that follow.
    pub fn set_time(&mut self, now: Time) {
        self.now = now;
    }

    /// The time of the facts that follow.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Writes a fact.
    pub fn write(&mut self, what: What) {
        self.facts.push(Fact { at: self.now, what });
    }

    /// Writes that a rule was followed.
    pub fn follow(&mut self, rule: RuleId) {
        self.write(What::Followed { rule });
    }

    /// Takes the facts that were written since the last time, into a buffer that is re-used.
    pub fn drain_into(&mut self, buffer: &mut Vec<Fact>) {
        buffer.clear();
        std::mem::swap(&mut self.facts, buffer);
    }

    /// Whether nothing was written since the last time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }
}

impl Fact {
    /// Which part of the run the fact belongs to.
    #[must_use]
    pub fn part(&self) -> Part {
        use What::*;
        match self.what {
            Sent { .. } | Applied { .. } | Answered { .. } => Part::Network,
            RecordCreated { .. }
            | IdChosen { .. }
            | RecordChanged { .. }
            | RecordDeleted { .. }
            | RecordAssigned { .. }
            | FiltersChanged { .. }
            | AccessChanged { .. }
            | PrivilegesChanged { .. }
            | TrackingChanged { .. }
            | DeletionLogPurged
            | PrimaryChanged { .. }
            | ServerRestarted
            | EntryMoved { .. }
            | Prepared { .. } => Part::Server,
            ItemCreated { .. }
            | ItemChanged { .. }
            | ItemDeleted { .. }
            | ItemMoved { .. }
            | ItemMigrated { .. }
            | LinkChanged { .. }
            | BaseChanged { .. } => Part::Mailbox,
            MapWritten { client, .. }
            | MapVerified { client, .. }
            | RowWritten { client, .. }
            | RowDropped { client, .. }
            | SyncStateWritten { client }
            | CycleStarted { client, .. }
            | CycleDropped { client }
            | CycleEnded { client, .. }
            | ImmediateEnded { client, .. }
            | RowFailed { client, .. }
            | Ignored { client, .. }
            | GuardRaised { client, .. }
            | PromptAnswered { client, .. }
            | Spared { client, .. }
            | Noted { client, .. }
            | Client { client, .. } => Part::Client(client.0),
            Step { .. }
            | Skipped { .. }
            | FaultFired { .. }
            | Acted { .. }
            | InspectorClosed { .. }
            | EditLost { .. }
            | Followed { .. }
            | Healed
            | Settling { .. } => Part::Harness,
        }
    }

    /// Whether synchronization wrote something that a quiet cycle must not write: items, records and their links, mapping
    /// rows (VerifiedTime aside), or a request that would write.
    #[must_use]
    pub fn is_write(&self) -> bool {
        use What::*;
        match self.what {
            ItemCreated { by, .. }
            | ItemChanged { by, .. }
            | ItemDeleted { by, .. }
            | LinkChanged { by, .. }
            | BaseChanged { by, .. }
            | RecordCreated { by, .. }
            | RecordChanged { by, .. }
            | RecordDeleted { by, .. } => by.is_sync(),
            MapWritten { .. } | TrackingChanged { .. } => true,
            Applied { call, answer, .. } => wrote(call, answer),
            Answered { call, answer, .. } => is_writing(call) && answer == Answer::Timeout,
            _ => false,
        }
    }

    /// Appends the canonical encoding of the fact: fixed-width little-endian numbers, the same on any machine.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        let mut encoder = Encoder(bytes);
        encoder.write_i64(self.at.0);
        self.what.hash(&mut encoder);
    }
}

/// Whether a call changes records, their tracking, or what the server knows of the mailbox.
pub(crate) fn is_writing(call: Call) -> bool {
    matches!(call, Call::Create | Call::Update | Call::Hold | Call::Delete)
}

/// Whether a request that was answered so may have changed something. A row that the server refuses for want of a privilege is
/// tried again for ever.
pub(crate) fn wrote(call: Call, answer: Answer) -> bool {
    is_writing(call) && answer != Answer::Privilege
}

/// Appends the canonical encoding of any value that is hashed field by field.
pub fn encode(value: &impl Hash, bytes: &mut Vec<u8>) {
    value.hash(&mut Encoder(bytes));
}

/// Collects what a derived `Hash` visits as bytes that do not depend on the machine.
struct Encoder<'a>(&'a mut Vec<u8>);

impl Hasher for Encoder<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
    fn write_u16(&mut self, number: u16) {
        self.write(&number.to_le_bytes());
    }
    fn write_u32(&mut self, number: u32) {
        self.write(&number.to_le_bytes());
    }
    fn write_u64(&mut self, number: u64) {
        self.write(&number.to_le_bytes());
    }
    fn write_i64(&mut self, number: i64) {
        self.write(&number.to_le_bytes());
    }
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
    fn write_isize(&mut self, number: isize) {
        self.write_i64(number as i64);
    }
    fn finish(&self) -> u64 {
        unreachable!("an encoder is never finished; its bytes are taken")
    }
}
