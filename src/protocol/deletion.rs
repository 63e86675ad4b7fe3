//! Which deletions propagate (rules.md, A.9): pure decisions over one small table.

use super::Verdict;
use super::switches::{AppointmentCrmDelete, CanceledTask, Switches};
use crate::model::codes::words;
use crate::model::{Kind, RuleId, status};
use crate::rule;

words! {
    /// What happens to the record whose item a person deleted or untracked in Outlook.
    RecordFate {
        /// It is deleted.
        Deleted = "deleted",
        /// It stays.
        Kept = "kept",
    }
}
words! {
    /// What happens to the item whose record was deleted in CRM or left the filter.
    ItemFate {
        /// It is deleted.
        Deleted = "deleted",
        /// It stays, unlinked.
        Unlinked = "unlinked",
    }
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
    /// Of an appointment: whether it starts after now, on the client's clock (D-17).
    pub in_future: bool,
    /// Of an appointment: whether whoever deleted or untracked it owns or organizes it.
    pub by_owner_or_organizer: bool,
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
    /// Of an appointment: whether it starts after now, on the client's clock (D-17).
    pub in_future: bool,
    /// Of an appointment: whether the record was open when it was last synchronized.
    pub was_open: bool,
    /// Of an appointment: whether the synchronizing user organizes it.
    pub organized: bool,
}

macro_rules! deletion_table {
    ($($(#[$doc:meta])* $field:ident: $fate:ident = $word:literal, $value:ident;)*) => {
        /// The deletion rules, one cell each.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct DeletionTable {
            $($(#[$doc])* pub $field: $fate,)*
        }

        impl Default for DeletionTable {
            fn default() -> Self {
                DeletionTable { $($field: $fate::$value,)* }
            }
        }

        impl DeletionTable {
            /// The names of the cells.
            pub const CELLS: &'static [&'static str] = &[$($word,)*];

            /// What a cell says, and everything that it could say.
            #[must_use]
            pub fn get(&self, cell: &str) -> Option<(&'static str, &'static [&'static str])> {
                match cell {
                    $($word => Some((self.$field.word(), $fate::WORDS)),)*
                    _ => None,
                }
            }

            /// Makes a cell say something else; false, and nothing changed, when it cannot.
            #[must_use]
            pub fn set(&mut self, cell: &str, fate: &str) -> bool {
                match cell {
                    $($word => $fate::parse(fate).map(|fate| self.$field = fate).is_some(),)*
                    _ => false,
                }
            }
        }
    };
}

deletion_table! {
    /// A contact deleted in Outlook (DEL-OUT-CON-1).
    contact_in_outlook: RecordFate = "contact-in-outlook", Kept;
    /// A task deleted in Outlook that is not completed (DEL-OUT-TASK-1).
    open_task_in_outlook: RecordFate = "open-task-in-outlook", Deleted;
    /// A task deleted in Outlook that is completed (DEL-OUT-TASK-1).
    completed_task_in_outlook: RecordFate = "completed-task-in-outlook", Kept;
    /// An appointment of one's own that has not started, open in CRM, deleted or untracked in Outlook (DEL-OUT-APPT-1).
    own_future_appointment_in_outlook: RecordFate = "own-future-appointment-in-outlook", Deleted;
    /// The same, completed or canceled in CRM (DEL-OUT-APPT-2).
    closed_appointment_in_outlook: RecordFate = "closed-appointment-in-outlook", Kept;
    /// The same, open and begun (DEL-OUT-APPT-2).
    past_appointment_in_outlook: RecordFate = "past-appointment-in-outlook", Kept;
    /// An open appointment that has not started, deleted or untracked by somebody who neither owns nor organizes it
    /// (DEL-OUT-APPT-2).
    foreign_appointment_in_outlook: RecordFate = "foreign-appointment-in-outlook", Kept;
    /// A contact of somebody else, deleted in CRM (DEL-CRM-CON-1).
    foreign_contact_gone: ItemFate = "foreign-contact-gone", Deleted;
    /// An own contact, deleted in CRM (DEL-CRM-CON-2).
    own_contact_gone: ItemFate = "own-contact-gone", Unlinked;
    /// An own contact that left the filter (DEL-CRM-CON-3).
    own_contact_left: ItemFate = "own-contact-left", Unlinked;
    /// A contact that left the filter with its owner (DEL-CRM-CON-4).
    foreign_contact_left: ItemFate = "foreign-contact-left", Deleted;
    /// A task deleted in CRM or gone from the filter, not completed in Outlook (DEL-CRM-TASK-1).
    open_task_in_crm: ItemFate = "open-task-in-crm", Deleted;
    /// The same, completed in Outlook (DEL-CRM-TASK-1).
    completed_task_in_crm: ItemFate = "completed-task-in-crm", Unlinked;
    /// An appointment that has not started, deleted in CRM or gone from the filter (DEL-CRM-APPT-1).
    future_appointment_in_crm: ItemFate = "future-appointment-in-crm", Deleted;
    /// The same, begun (DEL-CRM-APPT-1).
    past_appointment_in_crm: ItemFate = "past-appointment-in-crm", Unlinked;
}

impl DeletionTable {
    /// What becomes of the record of an item that a person ended in Outlook.
    #[must_use]
    pub fn after_outlook(&self, switches: &Switches, facts: EndedInOutlook) -> Verdict<RecordFate> {
        match facts.how {
            Ended::Untracked { delete_record } => {
                let deleted = switches.untrack_deletes.deletes(delete_record, facts.owned);
                match facts.kind {
                    // An untracked appointment has the conditions of a deleted one, and the user's yes (D-13).
                    Kind::Appointment if deleted => self.appointment_ended(facts),
                    kind => {
                        let what = if deleted { RecordFate::Deleted } else { RecordFate::Kept };
                        Verdict { what, rule: untrack_rule(kind) }
                    }
                }
            }
            Ended::Deleted => match facts.kind {
                Kind::Appointment => self.appointment_ended(facts),
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

    /// What becomes of the record of an appointment that was deleted in Outlook, or untracked with the wish to delete it.
    fn appointment_ended(&self, facts: EndedInOutlook) -> Verdict<RecordFate> {
        if status::is_closed(Kind::Appointment, facts.record_status) {
            Verdict { what: self.closed_appointment_in_outlook, rule: rule!("DEL-OUT-APPT-2") }
        } else if !facts.in_future {
            Verdict { what: self.past_appointment_in_outlook, rule: rule!("DEL-OUT-APPT-2") }
        } else if !facts.by_owner_or_organizer {
            Verdict { what: self.foreign_appointment_in_outlook, rule: rule!("DEL-OUT-APPT-2") }
        } else {
            Verdict { what: self.own_future_appointment_in_outlook, rule: rule!("DEL-OUT-APPT-1") }
        }
    }

    /// What becomes of the item of a record that was deleted in CRM or left the filter (DEL-CRM-UNIFY).
    #[must_use]
    pub fn after_crm(&self, switches: &Switches, facts: EndedInCrm) -> Verdict<ItemFate> {
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
            (Kind::Appointment, how, owned) => {
                let spared = match switches.appointment_crm_delete {
                    AppointmentCrmDelete::Future => None,
                    AppointmentCrmDelete::FutureAndOpen => {
                        (how == Deleted::Gone && !facts.was_open).then_some(rule!("DEL-CRM-APPT-2"))
                    }
                    AppointmentCrmDelete::OwnerOrOrganizer => (!owned && !facts.organized).then_some(rule!("D-15")),
                };
                match (facts.in_future, spared) {
                    (true, None) => Verdict { what: self.future_appointment_in_crm, rule: rule!("DEL-CRM-APPT-1") },
                    (true, Some(rule)) => Verdict { what: self.past_appointment_in_crm, rule },
                    (false, _) => Verdict { what: self.past_appointment_in_crm, rule: rule!("DEL-CRM-APPT-1") },
                }
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
        Kind::Appointment => rule!("D-13"),
        Kind::Contact => rule!("DEL-OUT-CON-3"),
        Kind::Task => rule!("DEL-OUT-TASK-2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::switches::Base;
    use crate::protocol::switches::UntrackDeletes;

    fn outlook(kind: Kind, how: Ended, record_status: i64, item_status: Option<i64>) -> EndedInOutlook {
        let (owned, in_future, by_owner_or_organizer) = (true, true, true);
        EndedInOutlook { kind, how, record_status, item_status, owned, in_future, by_owner_or_organizer }
    }

    #[test]
    fn an_appointment_deleted_in_outlook_goes_under_three_conditions() {
        use crate::model::status::{APPOINTMENT_BUSY, APPOINTMENT_CANCELED, APPOINTMENT_COMPLETED, APPOINTMENT_FREE};
        let table = DeletionTable::default();
        let switches = Switches::of(Base::Documented);
        let untracked = |delete_record| Ended::Untracked { delete_record };
        let rows = [
            (Ended::Deleted, APPOINTMENT_BUSY, true, true, RecordFate::Deleted, "DEL-OUT-APPT-1"),
            (Ended::Deleted, APPOINTMENT_FREE, true, true, RecordFate::Deleted, "DEL-OUT-APPT-1"),
            (Ended::Deleted, APPOINTMENT_COMPLETED, true, true, RecordFate::Kept, "DEL-OUT-APPT-2"),
            (Ended::Deleted, APPOINTMENT_CANCELED, true, true, RecordFate::Kept, "DEL-OUT-APPT-2"),
            (Ended::Deleted, APPOINTMENT_BUSY, false, true, RecordFate::Kept, "DEL-OUT-APPT-2"),
            (Ended::Deleted, APPOINTMENT_BUSY, true, false, RecordFate::Kept, "DEL-OUT-APPT-2"),
            (untracked(true), APPOINTMENT_BUSY, true, true, RecordFate::Deleted, "DEL-OUT-APPT-1"),
            (untracked(false), APPOINTMENT_BUSY, true, true, RecordFate::Kept, "D-13"),
            (untracked(true), APPOINTMENT_BUSY, false, true, RecordFate::Kept, "DEL-OUT-APPT-2"),
        ];
        for (how, record_status, in_future, by_owner_or_organizer, fate, rule) in rows {
            let facts = outlook(Kind::Appointment, how, record_status, None);
            let facts = EndedInOutlook { in_future, by_owner_or_organizer, ..facts };
            let verdict = table.after_outlook(&switches, facts);
            assert_eq!((verdict.what, verdict.rule.rule().id), (fate, rule), "{facts:?}");
        }
    }

    #[test]
    fn an_appointment_deleted_in_crm_goes_while_it_has_not_started() {
        use AppointmentCrmDelete::{Future, FutureAndOpen, OwnerOrOrganizer};
        let table = DeletionTable::default();
        let rows = [
            (Future, true, true, true, ItemFate::Deleted),
            (Future, false, true, true, ItemFate::Unlinked),
            (Future, true, false, false, ItemFate::Deleted),
            (FutureAndOpen, true, true, false, ItemFate::Deleted),
            (FutureAndOpen, true, false, true, ItemFate::Unlinked),
            (OwnerOrOrganizer, true, false, true, ItemFate::Deleted),
            (OwnerOrOrganizer, true, true, false, ItemFate::Unlinked),
            (OwnerOrOrganizer, false, true, true, ItemFate::Unlinked),
        ];
        for (appointment_crm_delete, in_future, was_open, organized, fate) in rows {
            let switches = Switches { appointment_crm_delete, ..Switches::default() };
            let facts = EndedInCrm {
                kind: Kind::Appointment,
                how: Deleted::Gone,
                owned: false,
                item_status: 5,
                in_future,
                was_open,
                organized,
            };
            assert_eq!(table.after_crm(&switches, facts).what, fate, "{appointment_crm_delete} {facts:?}");
        }
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
            let (in_future, was_open, organized) = (true, true, true);
            let facts = EndedInCrm { kind, how, owned, item_status, in_future, was_open, organized };
            let verdict = table.after_crm(&Switches::of(Base::Documented), facts);
            assert_eq!((verdict.what, verdict.rule.rule().id), (fate, rule));
        }
    }
}
