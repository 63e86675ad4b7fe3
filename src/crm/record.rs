//! One CRM record: a flat row.

use super::parties::Parties;
use crate::model::{ContentId, FieldId, Kind, MeetingId, UserId, Value, content::Contents, status};
use crate::sim::Time;

/// Whether a record exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Life {
    /// Its id was handed out; there is no record yet.
    Reserved,
    /// It exists.
    Live,
    /// It existed.
    Deleted,
}

/// A record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Record {
    /// Its kind.
    pub kind: Kind,
    /// Whether it exists.
    pub life: Life,
    /// Its place in the order of ids, which stands for its GUID.
    pub order: u64,
    /// Its columns.
    pub content: ContentId,
    /// Its owner.
    pub owner: UserId,
    /// The rowversion of its last change.
    pub version: u64,
    /// When it was made.
    pub created_on: Time,
    /// When it was last changed.
    pub modified_on: Time,
    /// Who changed it last.
    pub modified_by: UserId,
    /// `globalobjectid` of an appointment.
    pub meeting: Option<MeetingId>,
    /// The users who take part in an appointment, as its addresses were resolved when it was last written.
    pub parties: Parties,
}

/// The field that holds a kind's statuscode.
#[must_use]
pub fn status_field(kind: Kind) -> FieldId {
    const TASK: FieldId = FieldId::named(Kind::Task, "statuscode");
    const CONTACT: FieldId = FieldId::named(Kind::Contact, "statuscode");
    const APPOINTMENT: FieldId = FieldId::named(Kind::Appointment, "statuscode");
    match kind {
        Kind::Appointment => APPOINTMENT,
        Kind::Task => TASK,
        Kind::Contact => CONTACT,
    }
}

/// The statuscode in a content; a kind's first one where the content names none.
#[must_use]
pub fn statuscode(contents: &Contents, kind: Kind, content: ContentId) -> i64 {
    match contents.get(content, status_field(kind)) {
        Value::Int(code) => code,
        _ => status::initial(kind),
    }
}

impl Record {
    /// The record's statuscode.
    #[must_use]
    pub fn statuscode(&self, contents: &Contents) -> i64 {
        statuscode(contents, self.kind, self.content)
    }

    /// The record's statecode.
    #[must_use]
    pub fn statecode(&self, contents: &Contents) -> i64 {
        status::state_of(self.kind, self.statuscode(contents)).unwrap_or(0)
    }
}
