//! Which deletions propagate (rules.md, A.9): pure decisions over one small table.

use super::Verdict;
use super::switches::{CanceledTask, Switches, UntrackDeletes};
use crate::model::{Kind, RuleId, status};
use crate::rule;

/// What happens to the record whose item a person deleted or untracked in Outlook.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RecordFate {
    /// It is deleted.
    Deleted,
    /// It stays.
    Kept,
}

/// What happens to the item whose record was deleted in CRM or left the filter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ItemFate {
    /// It is deleted.
    Deleted,
    /// It stays, unlinked.
    Unlinked,
}

/// How a person ended an item in Outlook.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ended {
    /// Deleted it.
    Deleted,
    /// Untracked it, and said what should become of the record.
    Untracked {
        /// Whether the person wants the record deleted.
        delete_record: bool,
    },
}

/// The facts about an item that a person ended in Outlook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndedInOutlook {
    /// The kind.
    pub kind: Kind,
    /// How it was ended.
    pub how: Ended,
    /// The record's statuscode.
    pub record_status: i64,
    /// The item's statuscode, where the item can still be read.
    pub item_status: Option<i64>,
    /// Whether the synchronizing user owns the record.
    pub owned: bool,
}

/// What became of a record that a subscription no longer holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Deleted {
    /// It does not exist any more.
    Gone,
    /// It exists, outside the user's filters.
    LeftFilter,
}

/// The facts about a record that a subscription no longer holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndedInCrm {
    /// The kind.
    pub kind: Kind,
    /// What became of it.
    pub how: Deleted,
    /// Whether the synchronizing user owns it, or last owned it where it is gone.
    pub owned: bool,
    /// The item's statuscode.
    pub item_status: i64,
}

/// The deletion rules, one cell each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeletionTable {
    /// A contact deleted in Outlook (DEL-OUT-CON-1).
    pub contact_in_outlook: RecordFate,
    /// A task deleted in Outlook that is not completed (DEL-OUT-TASK-1).
    pub open_task_in_outlook: RecordFate,
    /// A task deleted in Outlook that is completed (DEL-OUT-TASK-1).
    pub completed_task_in_outlook: RecordFate,
    /// A contact of somebody else, deleted in CRM (DEL-CRM-CON-1).
    pub foreign_contact_gone: ItemFate,
    /// An own contact, deleted in CRM (DEL-CRM-CON-2).
    pub own_contact_gone: ItemFate,
    /// An own contact that left the filter (DEL-CRM-CON-3).
    pub own_contact_left: ItemFate,
    /// A contact that left the filter with its owner (DEL-CRM-CON-4).
    pub foreign_contact_left: ItemFate,
    /// A task deleted in CRM or gone from the filter, not completed in Outlook (DEL-CRM-TASK-1).
    pub open_task_in_crm: ItemFate,
    /// The same, completed in Outlook (DEL-CRM-TASK-1).
    pub completed_task_in_crm: ItemFate,
}

impl Default for DeletionTable {
    fn default() -> Self {
        DeletionTable {
            contact_in_outlook: RecordFate::Kept,
            open_task_in_outlook: RecordFate::Deleted,
            completed_task_in_outlook: RecordFate::Kept,
            foreign_contact_gone: ItemFate::Deleted,
            own_contact_gone: ItemFate::Unlinked,
            own_contact_left: ItemFate::Unlinked,
            foreign_contact_left: ItemFate::Deleted,
            open_task_in_crm: ItemFate::Deleted,
            completed_task_in_crm: ItemFate::Unlinked,
        }
    }
}

impl DeletionTable {
    /// What becomes of the record of an item that a person ended in Outlook.
    #[must_use]
    pub fn after_outlook(&self, switches: &Switches, facts: EndedInOutlook) -> Verdict<RecordFate> {
        match facts.how {
            Ended::Untracked { delete_record } => {
                let deleted = match switches.untrack_deletes {
                    UntrackDeletes::Asks => delete_record,
                    UntrackDeletes::NonOwnerDeletes => delete_record || !facts.owned,
                    UntrackDeletes::OwnerOnly => delete_record && facts.owned,
                };
                let what = if deleted { RecordFate::Deleted } else { RecordFate::Kept };
                Verdict { what, rule: untrack_rule(facts.kind) }
            }
            Ended::Deleted => match facts.kind {
                Kind::Contact => Verdict { what: self.contact_in_outlook, rule: rule!("DEL-OUT-CON-1") },
                Kind::Task => {
                    let completed = counts_as_completed(switches, facts.record_status)
                        || facts.item_status == Some(status::TASK_COMPLETED)
                            && facts.record_status != status::TASK_CANCELED;
                    let what = if completed { self.completed_task_in_outlook } else { self.open_task_in_outlook };
                    Verdict { what, rule: rule!("DEL-OUT-TASK-1") }
                }
            },
        }
    }

    /// What becomes of the item of a record that was deleted in CRM or left the filter (DEL-CRM-UNIFY).
    #[must_use]
    pub fn after_crm(&self, facts: EndedInCrm) -> Verdict<ItemFate> {
        match (facts.kind, facts.how, facts.owned) {
            (Kind::Contact, Deleted::Gone, false) => {
                Verdict { what: self.foreign_contact_gone, rule: rule!("DEL-CRM-CON-1") }
            }
            (Kind::Contact, Deleted::Gone, true) => {
                Verdict { what: self.own_contact_gone, rule: rule!("DEL-CRM-CON-2") }
            }
            (Kind::Contact, Deleted::LeftFilter, true) => {
                Verdict { what: self.own_contact_left, rule: rule!("DEL-CRM-CON-3") }
            }
            (Kind::Contact, Deleted::LeftFilter, false) => {
                Verdict { what: self.foreign_contact_left, rule: rule!("DEL-CRM-CON-4") }
            }
            (Kind::Task, _, _) => {
                let completed = facts.item_status == status::TASK_COMPLETED;
                let what = if completed { self.completed_task_in_crm } else { self.open_task_in_crm };
                Verdict { what, rule: rule!("DEL-CRM-TASK-1") }
            }
        }
    }
}

fn counts_as_completed(switches: &Switches, statuscode: i64) -> bool {
    match statuscode {
        status::TASK_COMPLETED => true,
        status::TASK_CANCELED => switches.canceled_task == CanceledTask::Keeps,
        _ => false,
    }
}

fn untrack_rule(kind: Kind) -> RuleId {
    match kind {
        Kind::Contact => rule!("DEL-OUT-CON-3"),
        Kind::Task => rule!("DEL-OUT-TASK-2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::switches::Base;

    fn outlook(kind: Kind, how: Ended, record_status: i64, item_status: Option<i64>) -> EndedInOutlook {
        EndedInOutlook { kind, how, record_status, item_status, owned: true }
    }

    #[test]
    fn outlook_deletions_follow_their_table_row_by_row() {
        let table = DeletionTable::default();
        let four = Switches::of(Base::Documented);
        let eleven = Switches::of(Base::Documented2011);
        let rows = [
            (&four, Kind::Contact, 1, Some(1), RecordFate::Kept),
            (&four, Kind::Task, 2, Some(2), RecordFate::Deleted),
            (&four, Kind::Task, 5, Some(5), RecordFate::Kept),
            (&four, Kind::Task, 5, None, RecordFate::Kept),
            (&four, Kind::Task, 2, Some(5), RecordFate::Kept),
            (&four, Kind::Task, 6, Some(5), RecordFate::Deleted),
            (&eleven, Kind::Task, 6, Some(5), RecordFate::Kept),
        ];
        for (switches, kind, record_status, item_status, expected) in rows {
            let facts = outlook(kind, Ended::Deleted, record_status, item_status);
            assert_eq!(table.after_outlook(switches, facts).what, expected, "{facts:?}");
        }
    }

    #[test]
    fn untracking_deletes_as_the_switch_says() {
        let table = DeletionTable::default();
        let rows = [
            (UntrackDeletes::Asks, true, false, RecordFate::Deleted),
            (UntrackDeletes::Asks, false, true, RecordFate::Kept),
            (UntrackDeletes::NonOwnerDeletes, false, false, RecordFate::Deleted),
            (UntrackDeletes::NonOwnerDeletes, false, true, RecordFate::Kept),
            (UntrackDeletes::OwnerOnly, true, false, RecordFate::Kept),
            (UntrackDeletes::OwnerOnly, true, true, RecordFate::Deleted),
        ];
        for (untrack_deletes, delete_record, owned, expected) in rows {
            let switches = Switches { untrack_deletes, ..Switches::default() };
            let facts = EndedInOutlook { owned, ..outlook(Kind::Contact, Ended::Untracked { delete_record }, 1, None) };
            assert_eq!(table.after_outlook(&switches, facts).what, expected, "{untrack_deletes} {facts:?}");
        }
    }

    #[test]
    fn crm_deletions_follow_their_table_row_by_row() {
        let table = DeletionTable::default();
        let rows = [
            (Kind::Contact, Deleted::Gone, false, 1, ItemFate::Deleted, "DEL-CRM-CON-1"),
            (Kind::Contact, Deleted::Gone, true, 1, ItemFate::Unlinked, "DEL-CRM-CON-2"),
            (Kind::Contact, Deleted::LeftFilter, true, 1, ItemFate::Unlinked, "DEL-CRM-CON-3"),
            (Kind::Contact, Deleted::LeftFilter, false, 1, ItemFate::Deleted, "DEL-CRM-CON-4"),
            (Kind::Task, Deleted::Gone, true, 2, ItemFate::Deleted, "DEL-CRM-TASK-1"),
            (Kind::Task, Deleted::Gone, true, 5, ItemFate::Unlinked, "DEL-CRM-TASK-1"),
            (Kind::Task, Deleted::LeftFilter, false, 3, ItemFate::Deleted, "DEL-CRM-TASK-1"),
        ];
        for (kind, how, owned, item_status, fate, rule) in rows {
            let verdict = table.after_crm(EndedInCrm { kind, how, owned, item_status });
            assert_eq!((verdict.what, verdict.rule.rule().id), (fate, rule));
        }
    }
}
