//! The kinds of records and items that synchronize.

use std::fmt;

/// A kind of CRM record, and of the Outlook item that mirrors it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// An appointment: an activity in CRM, an item of the Calendar in Outlook.
    Appointment,
    /// A task: an activity in CRM, an item of the Tasks folder in Outlook.
    Task,
    /// A contact.
    Contact,
}

impl Kind {
    /// Every kind, in the order in which PrepareSync takes them: activities first, contacts last (PRE-ENT).
    pub const ALL: [Kind; 3] = [Kind::Appointment, Kind::Task, Kind::Contact];

    /// The words of all kinds, in the same order.
    pub const WORDS: [&'static str; Kind::ALL.len()] = ["appointment", "task", "contact"];

    /// The words of the scenario format for kinds that are not built yet.
    pub const NOT_BUILT: [&'static str; 6] =
        ["phonecall", "letter", "fax", "recurring-appointment", "service-activity", "email"];

    /// The object type code of the modelled product (tables.md, C.1).
    #[must_use]
    pub fn object_type_code(self) -> u32 {
        match self {
            Kind::Contact => 2,
            Kind::Appointment => 4201,
            Kind::Task => 4212,
        }
    }

    /// The word of the scenario format.
    #[must_use]
    pub fn word(self) -> &'static str {
        Kind::WORDS[self as usize]
    }

    /// The word with its article, for messages.
    #[must_use]
    pub fn with_article(self) -> String {
        let article = if self == Kind::Appointment { "an" } else { "a" };
        format!("{article} {self}")
    }

    /// The kind of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}
