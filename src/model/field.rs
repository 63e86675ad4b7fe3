//! The fields of records and items (mappings.md, B.1 and B.2) as one table.
//!
//! A field is named by its CRM schema name; a field that exists only in Outlook has its Outlook name. Whether and which
//! way a field synchronizes is a column of this table; what its value turns into on the way is in `mapping`.

use std::fmt;

use super::codes::words;
use super::{Kind, RuleId};
use crate::rule;

/// Which system has a field or a copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// The mailbox.
    Outlook,
    /// The CRM server.
    Crm,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::Outlook => Side::Crm,
            Side::Crm => Side::Outlook,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Side::Outlook => "Outlook",
            Side::Crm => "CRM",
        })
    }
}

/// What a field can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueType {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number in this inclusive range.
    Int(i64, i64),
    /// A statuscode of the kind.
    Status,
    /// A date and time.
    Time,
}

words! {
    /// Which way a field synchronizes.
    Direction {
        /// Both ways.
        Both = "both",
        /// CRM to Outlook only.
        Down = "down",
        /// Not at all: it stays where it is.
        None = "none",
    }
}

/// One field of one kind.
#[derive(Debug)]
pub struct Field {
    /// Its name in scenarios and reports.
    pub name: &'static str,
    /// The kind that has it.
    pub kind: Kind,
    /// Whether a CRM record has it.
    pub in_crm: bool,
    /// Whether an Outlook item stores it as it is (projected fields, such as the mailing address, it does not).
    pub in_outlook: bool,
    /// What it can hold.
    pub value_type: ValueType,
    /// Which way it synchronizes.
    pub direction: Direction,
    /// The mapping row, where it has one.
    pub rule: Option<RuleId>,
}

/// A field, by its place in the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FieldId(u8);

impl FieldId {
    /// The row of the table.
    #[must_use]
    pub fn field(self) -> &'static Field {
        &FIELDS[self.0 as usize]
    }

    /// The field's place in the table.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The field's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.field().name
    }

    /// The field of this kind with this name.
    #[must_use]
    pub fn find(kind: Kind, name: &str) -> Option<FieldId> {
        FieldId::all(kind).find(|field| field.name() == name)
    }

    /// The fields of a kind, in the order of the table.
    pub fn all(kind: Kind) -> impl Iterator<Item = FieldId> {
        (0..FIELDS.len()).map(|at| FieldId(at as u8)).filter(move |field| field.field().kind == kind)
    }

    /// A field that the code names; a wrong name does not compile.
    #[must_use]
    pub const fn named(kind: Kind, name: &str) -> FieldId {
        let mut at = 0;
        while at < FIELDS.len() {
            if FIELDS[at].kind as u8 == kind as u8 && same(FIELDS[at].name, name) {
                return FieldId(at as u8);
            }
            at += 1;
        }
        panic!("no such field")
    }
}

impl fmt::Display for FieldId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

const fn mapped(kind: Kind, name: &'static str, value_type: ValueType, rule: RuleId) -> Field {
    Field { name, kind, in_crm: true, in_outlook: true, value_type, direction: Direction::Both, rule: Some(rule) }
}

/// A CRM field that Outlook keeps in another form (`mapping` converts it).
const fn projected(kind: Kind, name: &'static str, value_type: ValueType, direction: Direction, rule: RuleId) -> Field {
    Field { name, kind, in_crm: true, in_outlook: false, value_type, direction, rule: Some(rule) }
}

const fn crm_only(kind: Kind, name: &'static str, value_type: ValueType) -> Field {
    Field { name, kind, in_crm: true, in_outlook: false, value_type, direction: Direction::None, rule: None }
}

const fn outlook_only(kind: Kind, name: &'static str, value_type: ValueType) -> Field {
    Field { name, kind, in_crm: false, in_outlook: true, value_type, direction: Direction::None, rule: None }
}

use Direction::{Both, Down};
use Kind::{Appointment, Contact, Task};
use ValueType::{Int, Status, Text, Time, Word};

/// Sets of fields are 128 bits wide.
const _: () = assert!(FIELDS.len() <= 128);

static FIELDS: [Field; 110] = [
    mapped(Contact, "anniversary", Time, rule!("MAP-contact-anniversary")),
    mapped(Contact, "assistantname", Text, rule!("MAP-contact-assistantname")),
    mapped(Contact, "assistantphone", Text, rule!("MAP-contact-assistantphone")),
    mapped(Contact, "birthdate", Time, rule!("MAP-contact-birthdate")),
    mapped(Contact, "description", Text, rule!("MAP-contact-description")),
    mapped(Contact, "fax", Text, rule!("MAP-contact-fax")),
    mapped(Contact, "telephone1", Text, rule!("MAP-contact-telephone1")),
    mapped(Contact, "telephone2", Text, rule!("MAP-contact-telephone2")),
    mapped(Contact, "telephone3", Text, rule!("MAP-contact-telephone3")),
    mapped(Contact, "childrensnames", Text, rule!("MAP-contact-childrensnames")),
    mapped(Contact, "department", Text, rule!("MAP-contact-department")),
    mapped(Contact, "emailaddress1", Text, rule!("MAP-contact-emailaddress1")),
    mapped(Contact, "emailaddress2", Text, rule!("MAP-contact-emailaddress2")),
    mapped(Contact, "emailaddress3", Text, rule!("MAP-contact-emailaddress3")),
    mapped(Contact, "firstname", Text, rule!("MAP-contact-firstname")),
    mapped(Contact, "middlename", Text, rule!("MAP-contact-middlename")),
    mapped(Contact, "lastname", Text, rule!("MAP-contact-lastname")),
    mapped(Contact, "salutation", Text, rule!("MAP-contact-salutation")),
    mapped(Contact, "ftpsiteurl", Text, rule!("MAP-contact-ftpsiteurl")),
    mapped(Contact, "governmentid", Text, rule!("MAP-contact-governmentid")),
    mapped(Contact, "jobtitle", Text, rule!("MAP-contact-jobtitle")),
    mapped(Contact, "managername", Text, rule!("MAP-contact-managername")),
    mapped(Contact, "mobilephone", Text, rule!("MAP-contact-mobilephone")),
    mapped(Contact, "nickname", Text, rule!("MAP-contact-nickname")),
    mapped(Contact, "pager", Text, rule!("MAP-contact-pager")),
    mapped(Contact, "spousesname", Text, rule!("MAP-contact-spousesname")),
    mapped(Contact, "websiteurl", Text, rule!("MAP-contact-websiteurl")),
    mapped(Contact, "yomifirstname", Text, rule!("MAP-contact-yomifirstname")),
    mapped(Contact, "yomilastname", Text, rule!("MAP-contact-yomilastname")),
    projected(Contact, "address1_line1", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "address1_line2", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "address1_line3", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "address1_city", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "address1_stateorprovince", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "address1_postalcode", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "address1_country", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "address1_postofficebox", Text, Both, rule!("MAP-contact-address1")),
    projected(Contact, "parentcustomerid", Text, Down, rule!("MAP-contact-company")),
    crm_only(Contact, "statuscode", Status),
    crm_only(Contact, "business2", Text),
    crm_only(Contact, "callback", Text),
    crm_only(Contact, "home2", Text),
    crm_only(Contact, "numberofchildren", Int(0, 99)),
    outlook_only(Contact, "company", Text),
    outlook_only(Contact, "categories", Text),
    outlook_only(Contact, "photo", Text),
    outlook_only(Contact, "im-address", Text),
    outlook_only(Contact, "office", Text),
    outlook_only(Contact, "profession", Text),
    outlook_only(Contact, "mailing", Word(&["home", "business", "other"])),
    outlook_only(Contact, "home-street", Text),
    outlook_only(Contact, "home-city", Text),
    outlook_only(Contact, "home-state", Text),
    outlook_only(Contact, "home-postalcode", Text),
    outlook_only(Contact, "home-country", Text),
    outlook_only(Contact, "home-pobox", Text),
    outlook_only(Contact, "business-street", Text),
    outlook_only(Contact, "business-city", Text),
    outlook_only(Contact, "business-state", Text),
    outlook_only(Contact, "business-postalcode", Text),
    outlook_only(Contact, "business-country", Text),
    outlook_only(Contact, "business-pobox", Text),
    outlook_only(Contact, "other-street", Text),
    outlook_only(Contact, "other-city", Text),
    outlook_only(Contact, "other-state", Text),
    outlook_only(Contact, "other-postalcode", Text),
    outlook_only(Contact, "other-country", Text),
    outlook_only(Contact, "other-pobox", Text),
    mapped(Task, "subject", Text, rule!("MAP-task-subject")),
    mapped(Task, "description", Text, rule!("MAP-task-description")),
    mapped(Task, "scheduledend", Time, rule!("MAP-task-scheduledend")),
    mapped(Task, "scheduledstart", Time, rule!("MAP-task-scheduledstart")),
    mapped(Task, "prioritycode", Int(0, 2), rule!("MAP-task-prioritycode")),
    mapped(Task, "statuscode", Status, rule!("MAP-task-statuscode")),
    mapped(Task, "regardingobjectid", Text, rule!("MAP-task-regardingobjectid")),
    crm_only(Task, "percentcomplete", Int(0, 100)),
    crm_only(Task, "actualend", Time),
    crm_only(Task, "actualdurationminutes", Int(0, 1_000_000)),
    crm_only(Task, "category", Text),
    outlook_only(Task, "reminder", Time),
    outlook_only(Task, "categories", Text),
    outlook_only(Task, "contacts", Text),
    outlook_only(Task, "private", Int(0, 1)),
    outlook_only(Task, "date-completed", Time),
    outlook_only(Task, "percent-complete", Int(0, 100)),
    outlook_only(Task, "total-work", Int(0, 1_000_000)),
    outlook_only(Task, "actual-work", Int(0, 1_000_000)),
    outlook_only(Task, "companies", Text),
    outlook_only(Task, "mileage", Text),
    outlook_only(Task, "billing", Text),
    mapped(Appointment, "subject", Text, rule!("MAP-appointment-subject")),
    mapped(Appointment, "description", Text, rule!("MAP-appointment-description")),
    mapped(Appointment, "location", Text, rule!("MAP-appointment-location")),
    mapped(Appointment, "scheduledstart", Time, rule!("MAP-appointment-time")),
    mapped(Appointment, "scheduledend", Time, rule!("MAP-appointment-time")),
    mapped(Appointment, "scheduleddurationminutes", Int(0, super::mapping::MAX_MINUTES), rule!("MAP-appointment-time")),
    mapped(Appointment, "isalldayevent", Int(0, 1), rule!("MAP-appointment-time")),
    mapped(Appointment, "requiredattendees", Text, rule!("MAP-appointment-requiredattendees")),
    mapped(Appointment, "optionalattendees", Text, rule!("MAP-appointment-optionalattendees")),
    mapped(Appointment, "organizer", Text, rule!("MAP-appointment-organizer")),
    mapped(Appointment, "prioritycode", Int(0, 2), rule!("MAP-appointment-prioritycode")),
    mapped(Appointment, "statuscode", Status, rule!("MAP-appointment-statuscode")),
    mapped(Appointment, "regardingobjectid", Text, rule!("MAP-appointment-regardingobjectid")),
    crm_only(Appointment, "category", Text),
    outlook_only(Appointment, "sent-representing", Text),
    outlook_only(Appointment, "label", Text),
    outlook_only(Appointment, "reminder", Time),
    outlook_only(Appointment, "categories", Text),
    outlook_only(Appointment, "contacts", Text),
    outlook_only(Appointment, "private", Int(0, 1)),
];

impl Field {
    /// Whether a person can set the field on this side. A projected field can be set in Outlook by its CRM name: the
    /// item then gets what it stores for it.
    #[must_use]
    pub fn settable(&self, side: Side) -> bool {
        match side {
            Side::Crm => self.in_crm,
            Side::Outlook => self.in_outlook || (self.in_crm && self.direction == Both),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_within_a_kind_and_found() {
        for kind in Kind::ALL {
            for field in FieldId::all(kind) {
                assert_eq!(FieldId::find(kind, field.name()), Some(field));
                assert_eq!(FieldId::named(kind, field.name()), field);
            }
        }
        assert_eq!(FieldId::find(Task, "lastname"), None);
    }

    #[test]
    fn a_mapped_field_names_its_mapping_row_and_others_none() {
        for field in Kind::ALL.into_iter().flat_map(FieldId::all) {
            assert_eq!(field.field().direction == Direction::None, field.field().rule.is_none(), "{field}");
        }
    }
}
