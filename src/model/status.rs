//! Status codes (mappings.md, B.2): which state a status stands for, and what Outlook can show of it.

use super::Kind;

/// An Outlook task's status (`PidLidTaskStatus`), or how an appointment shows time (`PidLidBusyStatus`), as a number.
pub type OutlookStatus = i64;

/// `statuscode` of a task that is completed, in both systems' words.
pub const TASK_COMPLETED: i64 = 5;
/// `statuscode` of a task that is canceled; Outlook cannot show it apart from a completed one.
pub const TASK_CANCELED: i64 = 6;
/// `statuscode` of a task that is not started: what a new one has.
pub const TASK_NOT_STARTED: i64 = 2;
/// `statuscode` of an active contact.
pub const CONTACT_ACTIVE: i64 = 1;
/// `statuscode` of an inactive contact.
pub const CONTACT_INACTIVE: i64 = 2;

/// `statuscode` of an appointment that shows its time as free.
pub const APPOINTMENT_FREE: i64 = 1;
/// `statuscode` of an appointment that shows its time as tentative: what an invitation brings.
pub const APPOINTMENT_TENTATIVE: i64 = 2;
/// `statuscode` of an appointment that is completed; Outlook shows its time as free.
pub const APPOINTMENT_COMPLETED: i64 = 3;
/// `statuscode` of an appointment that is canceled; Outlook shows its time as free.
pub const APPOINTMENT_CANCELED: i64 = 4;
/// `statuscode` of an appointment that shows its time as busy: what a new one has.
pub const APPOINTMENT_BUSY: i64 = 5;

/// One row of the status tables.
struct Status {
    kind: Kind,
    statuscode: i64,
    statecode: i64,
    /// The Outlook status that shows it, and whether that status leads back to this row.
    outlook: Option<(OutlookStatus, bool)>,
}

const fn status(kind: Kind, statecode: i64, statuscode: i64, outlook: Option<(OutlookStatus, bool)>) -> Status {
    Status { kind, statuscode, statecode, outlook }
}

static STATUSES: [Status; 14] = [
    status(Kind::Task, 0, 2, Some((0, true))),
    status(Kind::Task, 0, 3, Some((1, true))),
    status(Kind::Task, 0, 4, Some((3, true))),
    status(Kind::Task, 0, 7, Some((4, true))),
    status(Kind::Task, 1, 5, Some((2, true))),
    status(Kind::Task, 2, 6, Some((2, false))),
    status(Kind::Appointment, 0, 1, Some((0, true))),
    status(Kind::Appointment, 0, 2, Some((1, true))),
    status(Kind::Appointment, 1, 3, Some((0, false))),
    status(Kind::Appointment, 2, 4, Some((0, false))),
    status(Kind::Appointment, 3, 5, Some((2, true))),
    status(Kind::Appointment, 3, 6, Some((3, true))),
    status(Kind::Contact, 0, 1, None),
    status(Kind::Contact, 1, 2, None),
];

fn row(kind: Kind, statuscode: i64) -> Option<&'static Status> {
    STATUSES.iter().find(|row| row.kind == kind && row.statuscode == statuscode)
}

/// The `statecode` that a `statuscode` of this kind belongs to; `None` where the kind has no such status.
#[must_use]
pub fn state_of(kind: Kind, statuscode: i64) -> Option<i64> {
    row(kind, statuscode).map(|row| row.statecode)
}

/// The `statuscode` a kind starts with.
#[must_use]
pub fn initial(kind: Kind) -> i64 {
    match kind {
        Kind::Appointment => APPOINTMENT_BUSY,
        Kind::Task => TASK_NOT_STARTED,
        Kind::Contact => CONTACT_ACTIVE,
    }
}

/// The statuscodes that a kind has in CRM.
#[must_use]
pub fn codes(kind: Kind) -> Vec<i64> {
    STATUSES.iter().filter(|row| row.kind == kind).map(|row| row.statuscode).collect()
}

/// The statuscodes that an Outlook item of this kind can hold.
#[must_use]
pub fn outlook_codes(kind: Kind) -> Vec<i64> {
    let shown = STATUSES.iter().filter(|row| row.kind == kind && matches!(row.outlook, Some((_, true))));
    shown.map(|row| row.statuscode).collect()
}

/// The status that Outlook shows for a statuscode: a canceled task shows as complete, an appointment that is over as free.
#[must_use]
pub fn outlook_status(kind: Kind, statuscode: i64) -> Option<OutlookStatus> {
    row(kind, statuscode).and_then(|row| row.outlook).map(|(status, _)| status)
}

/// The statuscode that an Outlook status leads back to (the inverse of [`outlook_status`] where there is one).
#[must_use]
pub fn statuscode_of(kind: Kind, outlook: OutlookStatus) -> Option<i64> {
    STATUSES.iter().find(|row| row.kind == kind && row.outlook == Some((outlook, true))).map(|row| row.statuscode)
}

/// The statuscode that Outlook holds for a record's: the one that its own status leads back to.
#[must_use]
pub fn held_in_outlook(kind: Kind, statuscode: i64) -> i64 {
    outlook_status(kind, statuscode).and_then(|status| statuscode_of(kind, status)).unwrap_or(statuscode)
}

/// Whether a record of this status is over: a completed or canceled activity, an inactive contact.
#[must_use]
pub fn is_closed(kind: Kind, statuscode: i64) -> bool {
    matches!(state_of(kind, statuscode), Some(1 | 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outlook_status_leads_back_to_one_statuscode() {
        for (kind, shown) in [(Kind::Task, 0..=4), (Kind::Appointment, 0..=3)] {
            for outlook in shown {
                let statuscode = statuscode_of(kind, outlook).unwrap();
                assert_eq!(outlook_status(kind, statuscode), Some(outlook));
            }
            assert_eq!(statuscode_of(kind, 5), None);
        }
    }

    #[test]
    fn what_outlook_cannot_show_does_not_come_back() {
        let rows = [
            (Kind::Task, TASK_CANCELED, TASK_COMPLETED, 2),
            (Kind::Appointment, APPOINTMENT_CANCELED, APPOINTMENT_FREE, 2),
            (Kind::Appointment, APPOINTMENT_COMPLETED, APPOINTMENT_FREE, 1),
        ];
        for (kind, statuscode, held, statecode) in rows {
            assert_eq!(held_in_outlook(kind, statuscode), held);
            assert_eq!(outlook_status(kind, statuscode), outlook_status(kind, held));
            assert_eq!(state_of(kind, statuscode), Some(statecode));
            assert!(is_closed(kind, statuscode));
        }
        assert_eq!(state_of(Kind::Contact, CONTACT_INACTIVE), Some(1));
        assert_eq!(state_of(Kind::Contact, 5), None);
        assert!(!is_closed(Kind::Appointment, APPOINTMENT_BUSY));
    }
}
