//! One item of a mailbox: a few flags, and the state that they come to.

use super::{LifeId, NONE};
use crate::journal::LinkState;
use crate::model::{CrmId, LifeState, UserId};

/// What became of one copy of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CopyIs {
    /// There never was one.
    Never,
    /// It is there.
    Here,
    /// A person took it away.
    Ended,
    /// Synchronization took it away.
    Removed,
}

/// What one mailbox knows of a pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub mailbox: UserId,
    pub item: CopyIs,
    pub record: CopyIs,
    pub record_id: Option<CrmId>,
    /// The next life of the same record.
    pub next: LifeId,
    pub link: LinkState,
    pub ended_by_person: bool,
    pub was_unlinked: bool,
    /// It was linked again, and nobody changed it since.
    pub relinked: bool,
    pub changed_in_outlook: bool,
    pub changed_in_crm: bool,
    pub out_of_filter: bool,
    pub failed: bool,
    pub ignored: bool,
    /// Another life took its record; it counts no more.
    pub merged: bool,
}

impl Life {
    pub fn new(mailbox: UserId) -> Life {
        Life {
            mailbox,
            item: CopyIs::Never,
            record: CopyIs::Never,
            record_id: None,
            next: NONE,
            link: LinkState::Unmarked,
            ended_by_person: false,
            was_unlinked: false,
            relinked: false,
            changed_in_outlook: false,
            changed_in_crm: false,
            out_of_filter: false,
            failed: false,
            ignored: false,
            merged: false,
        }
    }

    /// The state that these flags come to. What ended weighs more than what failed, and that more than what changed.
    pub fn state(&self) -> LifeState {
        use CopyIs::{Ended, Here, Never, Removed};
        let marked = matches!(self.link, LinkState::Tracked | LinkState::Pending);
        match (self.item, self.record) {
            (Ended | Removed, Ended | Removed) => return LifeState::DeletedInBoth,
            (Ended, _) => return LifeState::DeletedInOutlook,
            (Removed, _) => return LifeState::OutOfFilter,
            (Never, Ended | Removed) => return LifeState::DeletedInCrm,
            (Never, _) if self.out_of_filter => return LifeState::OutOfFilter,
            (Here, Ended | Removed) if marked => return LifeState::DeletedInCrm,
            _ => {}
        }
        if self.ignored || self.failed {
            return if self.ignored { LifeState::Ignored } else { LifeState::Failed };
        }
        match (self.link, self.item) {
            (LinkState::Unmarked, _) | (_, Never) => LifeState::Untracked,
            (LinkState::WasTracked, _) if self.ended_by_person => LifeState::Untracked,
            (LinkState::WasTracked, _) => LifeState::Unlinked,
            (LinkState::Pending, _) => LifeState::TrackedPending,
            (LinkState::Tracked, _) if self.out_of_filter => LifeState::OutOfFilter,
            (LinkState::Tracked, _) => match (self.changed_in_outlook, self.changed_in_crm) {
                (true, true) => LifeState::ChangedInBoth,
                (true, false) => LifeState::ChangedInOutlook,
                (false, true) => LifeState::ChangedInCrm,
                (false, false) if self.relinked => LifeState::Relinked,
                (false, false) => LifeState::Linked,
            },
        }
    }
}
