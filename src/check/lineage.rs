//! A lineage: one creation by a person, and every copy that synchronization makes of it.

use crate::journal::LinkState;
use crate::model::{Answer, ClientId, ContentId, CrmId, FieldId, ItemId, Kind, RuleId, Side, UserId, Value};
use crate::sim::{FlatMap, Time};

/// One copy of a lineage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Copy {
    /// An item of a mailbox.
    Item(ItemId),
    /// A record.
    Record(CrmId),
}

impl Copy {
    /// Which system holds the copy.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Copy::Item(_) => Side::Outlook,
            Copy::Record(_) => Side::Crm,
        }
    }

    /// The item, where the copy is one.
    #[must_use]
    pub fn item(self) -> Option<ItemId> {
        match self {
            Copy::Item(item) => Some(item),
            Copy::Record(_) => None,
        }
    }

    /// The record, where the copy is one.
    #[must_use]
    pub fn record(self) -> Option<CrmId> {
        match self {
            Copy::Record(record) => Some(record),
            Copy::Item(_) => None,
        }
    }
}

/// A person's change of one copy; making it is a change too. What it changed is the difference of its contents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The copy.
    pub copy: Copy,
    /// What it said before; nothing where it was made.
    pub before: ContentId,
    /// What it said after.
    pub after: ContentId,
    /// Who did it.
    pub by: UserId,
    /// Whether the copy was made by it.
    pub creation: bool,
    /// Whether the copy has left the lineage since; what was typed there is judged where it went.
    pub parted: bool,
    /// Whether Exchange brought it, as an update of the meeting, from an item of the same record: nobody typed it here, and it is
    /// no word against an edit in another copy.
    pub brought: bool,
    /// The number of the fact.
    pub fact: usize,
    /// When.
    pub at: Time,
}

/// A value that synchronization says it gave up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loss {
    /// The field.
    pub field: FieldId,
    /// The value.
    pub value: Value,
    /// The side that had it.
    pub side: Side,
    /// The item that had it, where it was in Outlook.
    pub item: Option<ItemId>,
    /// The rule that says so.
    pub rule: RuleId,
    /// The number of the fact.
    pub fact: usize,
}

/// How a copy ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// It was deleted.
    Deleted {
        /// An item that left the mailbox too, so that nobody can read it any more.
        purged: bool,
    },
    /// An item was moved to another folder or another store: it is nowhere deleted.
    Moved,
    /// An item was untracked.
    Untracked {
        /// The person wants the record deleted.
        delete_record: bool,
    },
}

/// The end of a copy, and what its partner was at that moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// The copy.
    pub copy: Copy,
    /// How.
    pub how: How,
    /// The person, or nobody where synchronization did it.
    pub by: Option<UserId>,
    /// The client, where synchronization did it.
    pub client: Option<ClientId>,
    /// The statuscode of the copy.
    pub status: i64,
    /// The item's `crmLinkState` before; `Unmarked` for a record.
    pub link: LinkState,
    /// The lineage's record that lived then, with its statuscode.
    pub record: Option<(CrmId, i64)>,
    /// The owner of that record.
    pub owner: Option<UserId>,
    /// When synchronization had let go of the item, which it has not linked since.
    pub let_go: Option<usize>,
    /// Whether synchronization had written to the item and not noted it in a mapping row yet.
    pub unnoted: bool,
    /// Whether the mailbox's user tracked that record by hand.
    pub by_hand: bool,
    /// The number of the fact.
    pub fact: usize,
    /// When.
    pub at: Time,
}

impl Ending {
    /// Whether a person deleted the copy.
    #[must_use]
    pub fn is_deletion_by_person(&self) -> bool {
        self.by.is_some() && matches!(self.how, How::Deleted { .. })
    }
}

/// A record that got another owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Assignment {
    /// The record.
    pub record: CrmId,
    /// The old owner.
    pub from: UserId,
    /// The new one.
    pub to: UserId,
    /// The number of the fact.
    pub fact: usize,
}

/// Which row of OutlookSyncTable something was said of, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OfRow {
    /// The client, by the cache file that it keeps.
    pub client: ClientId,
    /// The item, where the row knew it.
    pub item: Option<ItemId>,
    /// The record, where the row knew it.
    pub record: Option<CrmId>,
    /// The number of the fact.
    pub fact: usize,
}

/// A row that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// The row.
    pub row: OfRow,
    /// Why it failed last.
    pub answer: Answer,
    /// Whether the user dropped it since.
    pub ignored: bool,
}

/// A copy that came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Birth {
    /// The copy.
    pub copy: Copy,
    /// The client that made it; nobody where a person did.
    pub client: Option<ClientId>,
    /// The number of the fact.
    pub fact: usize,
}

/// Something that synchronization wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Synced {
    /// The copy; nothing where it was an item's OriginalXML.
    pub copy: Option<Copy>,
    /// The item, or the one whose OriginalXML it was.
    pub item: Option<ItemId>,
    /// What it said after.
    pub content: ContentId,
    /// The client that wrote it.
    pub client: Option<ClientId>,
    /// The number of the fact.
    pub fact: usize,
}

/// One lineage, and what became of it.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The kind.
    pub kind: Kind,
    /// The items that ever belonged to it, oldest first.
    pub items: Vec<ItemId>,
    /// The records that ever belonged to it, oldest first.
    pub records: Vec<CrmId>,
    /// How each copy came to be.
    pub births: Vec<Birth>,
    /// What people changed.
    pub edits: Vec<Edit>,
    /// What synchronization says it gave up.
    pub losses: Vec<Loss>,
    /// How copies ended.
    pub endings: Vec<Ending>,
    /// Changes of owner.
    pub assignments: Vec<Assignment>,
    /// Rows that failed and were not processed since.
    pub troubles: Vec<Trouble>,
    /// The rows whose error a user ignored.
    pub given_up: Vec<OfRow>,
    /// The rows whose deletion a user was asked about, and keeps.
    pub spared: Vec<OfRow>,
    /// Whether each user tracked it by hand; a row with `false` says that tracking ended.
    pub tracked: FlatMap<UserId, bool>,
    /// When a person marked one of its items again that had been unlinked.
    pub retracked: Vec<(ItemId, usize)>,
    /// When a person marked one of its items, for the first time or again.
    pub marked: Vec<(ItemId, usize)>,
    /// When synchronization linked one of its items.
    pub linked: Vec<(ItemId, usize)>,
    /// What synchronization wrote to copies and to OriginalXML.
    pub synced: Vec<Synced>,
}

impl Lineage {
    pub(super) fn new(kind: Kind) -> Lineage {
        Lineage {
            kind,
            items: Vec::new(),
            records: Vec::new(),
            births: Vec::new(),
            edits: Vec::new(),
            losses: Vec::new(),
            endings: Vec::new(),
            assignments: Vec::new(),
            troubles: Vec::new(),
            given_up: Vec::new(),
            spared: Vec::new(),
            tracked: FlatMap::default(),
            retracked: Vec::new(),
            marked: Vec::new(),
            linked: Vec::new(),
            synced: Vec::new(),
        }
    }

    /// The endings that a person brought about.
    pub fn endings_by_people(&self) -> impl Iterator<Item = &Ending> {
        self.endings.iter().filter(|ending| ending.by.is_some())
    }

    /// How a copy came to be.
    #[must_use]
    pub fn birth(&self, copy: Copy) -> Option<&Birth> {
        self.births.iter().find(|birth| birth.copy == copy)
    }

    /// What synchronization wrote between two facts.
    pub fn synced_between(&self, from: usize, to: usize) -> impl Iterator<Item = &Synced> {
        let after = self.synced.partition_point(|synced| synced.fact <= from);
        self.synced[after..].iter().take_while(move |synced| synced.fact < to)
    }

    /// Whether a person ended a copy by deleting it.
    #[must_use]
    pub fn deleted_by_person(&self, copy: Copy) -> bool {
        self.endings.iter().any(|ending| ending.copy == copy && ending.is_deletion_by_person())
    }
}
