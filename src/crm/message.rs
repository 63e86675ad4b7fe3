//! The messages between a client and the server (tables.md, C.3).

use super::own::OwnWrites;
use crate::journal::Cause;
use crate::model::{Answer, Call, ClientId, ContentId, CrmId, FieldId, ItemId, Kind, MeetingId, UserId, Value};
use crate::sim::Time;

/// Which rows of SyncEntry a page is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SyncAction {
    /// Rows in state 1: records created or changed.
    Upsert,
    /// Rows in state 2: records deleted or out of the filter.
    Remove,
}

impl SyncAction {
    /// Both, in the order in which a cycle takes them.
    pub const ALL: [SyncAction; 2] = [SyncAction::Upsert, SyncAction::Remove];
}

/// How many rows wait, for each kind and action (PRE-OUT).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Counts(pub [[u32; 2]; Kind::ALL.len()]);

impl Counts {
    /// The number of one kind and action.
    #[must_use]
    pub fn of(&self, kind: Kind, action: SyncAction) -> u32 {
        self.0[kind as usize][action as usize]
    }

    /// The number of one kind and action, to change.
    pub fn of_mut(&mut self, kind: Kind, action: SyncAction) -> &mut u32 {
        &mut self.0[kind as usize][action as usize]
    }
}

/// One row of a page: the id and the timestamp only (GSD-COLS), and the version that by-id acknowledgement names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PageRow {
    /// The record.
    pub record: CrmId,
    /// When it was last changed; `None` for a removal.
    pub modified_on: Option<Time>,
    /// The version that SyncEntry holds.
    pub version: u64,
    /// The PrepareSync that set the row.
    pub prepared: u32,
}

/// A request of a client.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Request {
    /// Who sends it.
    pub client: ClientId,
    /// On whose behalf.
    pub user: UserId,
    /// What it asks.
    pub ask: Ask,
    /// The item it is about; for faults, checks and reports only, the server does not see it.
    pub item: Option<ItemId>,
    /// What the client sends it for; for checks and reports only.
    pub cause: Cause,
    /// The mailbox's change number from which the client decided it: of two requests about the tracking of one record the later
    /// decision counts, in whatever order they arrive.
    pub decided: u64,
}

/// The name of an update: which client noted it, and when. It notes one at a time.
pub type UpdateName = (ClientId, Time);

/// What a request asks.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Ask {
    /// PrepareSync: find what changed, for these kinds; everything when `reinitialize`.
    Prepare {
        /// The kinds whose creates and updates are wanted, by position in [`Kind::ALL`].
        kinds: [bool; Kind::ALL.len()],
        /// Whether the client has nothing yet (SUB-REINIT).
        reinitialize: bool,
    },
    /// GetSyncData: the next page.
    GetData {
        /// The kind.
        kind: Kind,
        /// Which rows.
        action: SyncAction,
    },
    /// PostSync: the page was processed.
    Post {
        /// The kind.
        kind: Kind,
        /// Which rows.
        action: SyncAction,
        /// The rows of the page, which only by-id acknowledgement sends.
        page: Vec<PageRow>,
    },
    /// RetrieveMultiple of one id.
    Retrieve {
        /// The record.
        record: CrmId,
        /// The version that the item knows, or that an update was computed from which was never answered.
        known: u64,
        /// That update: whether it was carried out is asked too.
        sent: Option<UpdateName>,
    },
    /// Create.
    Create {
        /// The kind.
        kind: Kind,
        /// The id that the client chose, where it does.
        record: Option<CrmId>,
        /// The meeting that it is of, where it is an appointment.
        meeting: Option<MeetingId>,
        /// The columns.
        columns: Vec<(FieldId, Value)>,
        /// The deleted record in whose place it is made, with the version that the columns were computed from, where writes
        /// are checked.
        replaces: Option<(CrmId, u64)>,
    },
    /// Update of changed columns.
    Update {
        /// The record.
        record: CrmId,
        /// The changed columns (CYC-UPD).
        columns: Vec<(FieldId, Value)>,
        /// The version that the change was computed from, where writes are checked.
        expected: Option<u64>,
        /// The update's name, where its client notes what it sends (`sent-update`).
        name: Option<UpdateName>,
        /// Which of the columns an update of the meeting wrote into the item, and from whose mailbox that was sent.
        organizers: Option<(UserId, Vec<(FieldId, Value)>)>,
    },
    /// Update of the user's tracking of a record; the record itself stays as it is.
    SetTracking {
        /// The record.
        record: CrmId,
        /// What becomes of the tracking.
        tracking: Tracking,
    },
    /// The user's mailbox holds an item of a record that no page listed: whatever becomes of it is to be told from now on. Or it
    /// holds one still whose removal failed.
    Hold {
        /// The record.
        record: CrmId,
        /// The version that the item knows; `None` where its removal failed: that it left was told, what comes next was not.
        version: Option<u64>,
    },
    /// Delete.
    Delete {
        /// The record.
        record: CrmId,
        /// The version that the decision was made on, where writes are checked.
        expected: Option<u64>,
    },
}

impl Ask {
    /// The call that it is.
    #[must_use]
    pub fn call(&self) -> Call {
        match self {
            Ask::Prepare { .. } => Call::Prepare,
            Ask::GetData { .. } => Call::GetData,
            Ask::Post { .. } => Call::Post,
            Ask::Retrieve { .. } => Call::Retrieve,
            Ask::Create { .. } => Call::Create,
            Ask::Update { .. } | Ask::SetTracking { .. } => Call::Update,
            Ask::Hold { .. } => Call::Hold,
            Ask::Delete { .. } => Call::Delete,
        }
    }

    /// The record that exists and that it writes.
    #[must_use]
    pub fn written(&self) -> Option<CrmId> {
        match self {
            Ask::Update { record, .. } | Ask::Delete { record, .. } => Some(*record),
            Ask::Create { record, .. } => *record,
            _ => None,
        }
    }

    /// The record it names.
    #[must_use]
    pub fn record(&self) -> Option<CrmId> {
        match self {
            Ask::Retrieve { record, .. }
            | Ask::Update { record, .. }
            | Ask::SetTracking { record, .. }
            | Ask::Hold { record, .. }
            | Ask::Delete { record, .. } => Some(*record),
            Ask::Create { record, .. } => *record,
            Ask::Prepare { .. } | Ask::GetData { .. } | Ask::Post { .. } => None,
        }
    }
}

/// What becomes of a user's tracking of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Tracking {
    /// The user tracks it by hand: `Track` is 1.
    On,
    /// The user untracked it: `Track` is 0.
    Off,
    /// The user deleted its item, or moved it away, and shall not get it again: `Track` is 0 too.
    GivenUp,
}

/// What a client gets back.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Reply {
    /// To Prepare.
    Counts(Counts),
    /// To GetData: the rows, and whether more wait behind them.
    Page(Vec<PageRow>, bool),
    /// To Retrieve.
    Found(Found),
    /// To Retrieve: the record exists, and the user may not read it. Nobody owns what one may not read.
    Withheld,
    /// To Create, Update and Hold: the record's id and version.
    Written {
        /// The record.
        record: CrmId,
        /// Its version.
        version: u64,
    },
    /// To Create of a meeting that has a record already, by its global id.
    Exists {
        /// That record.
        record: CrmId,
    },
    /// To Post, Delete and SetTracking, which says nothing of the record: its version is no news to who set the tracking.
    Done,
    /// Anything that went wrong.
    Failed(Answer),
}

impl Reply {
    /// The answer's code.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Reply::Failed(answer) => *answer,
            Reply::Exists { .. } => Answer::Duplicate,
            Reply::Withheld => Answer::Privilege,
            _ => Answer::Ok,
        }
    }
}

/// A record as a client sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Found {
    /// Its columns.
    pub content: ContentId,
    /// Its owner.
    pub owner: UserId,
    /// Its version.
    pub version: u64,
    /// When it was last changed.
    pub modified_on: Time,
    /// The meeting that it is of.
    pub meeting: Option<MeetingId>,
    /// Whether it may come down to the user's Outlook (PRV-SYNC).
    pub comes_down: bool,
    /// Whether it belongs in the user's mailbox now, whatever a page said before (`requalify` = `by-membership`).
    pub belongs: bool,
    /// What the user's own clients wrote, as far as the client does not know of it.
    pub own: OwnWrites,
}
