//! A scenario as plain data: what a file says, with every row of `cases` and every default filled in.
//!
//! Names stay names here; `engine` turns them into dense ids when a run starts. A hand-written file, a generated plan and
//! a shrunk failure are all this one type.

mod profile;

use std::collections::BTreeMap;

use super::vocabulary::{Act, Expectation, Fault, Key};
use crate::model::{Call, FieldId, FolderRights, Kind, Privilege, Privileges, Rights, Role, RuleId, Table};
use crate::protocol::Protocol;
use crate::sim::{Span, Time};

pub use profile::{Own, Phases, Profile, Size, Sizes, Weights};

/// One scenario, ready to be executed: one file, or one row of its `cases`.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// The file's stem.
    pub name: String,
    /// The label of the row of `cases`, where the file has any.
    pub row: Option<String>,
    /// The path of the file below the folder that was given, for messages; empty for standard input and strings.
    pub path: String,
    /// What the scenario is for; it opens every failure report.
    pub why: String,
    /// The rules that the scenario exercises; each must be hit.
    pub rules: Vec<RuleId>,
    /// Where the case comes from.
    pub source: Option<String>,
    /// Words to select by.
    pub tags: Vec<String>,
    /// The key of every draw.
    pub seed: u64,
    /// The virtual clock at the first step.
    pub start: Time,
    /// The protocol that everybody follows.
    pub protocol: Protocol,
    /// The CRM users. The first is who acts in CRM unless a step says otherwise.
    pub users: Vec<User>,
    /// The Outlook clients.
    pub clients: Vec<Client>,
    /// What exists at the start.
    pub items: Vec<Item>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Why the run is known to violate an invariant.
    pub known: Option<String>,
    /// The invariants that must be violated.
    pub violates: Vec<String>,
    /// The invariants that may be violated as a consequence.
    pub also: Vec<String>,
    /// The steps whose expectations must fail.
    pub breaks: Vec<String>,
    /// The invariants that are suspended.
    pub waive: Vec<Waiver>,
    /// Why the scenario does not end with heal, settle and quiet.
    pub unsettled: Option<String>,
    /// The snapshots that are kept of the run, in the order of their words.
    pub golden: Vec<Golden>,
    /// Whether all rows of the file must reach one end state.
    pub rows_end_equal: bool,
    /// The sweep over the points of one of its steps.
    pub sweep: Option<Sweep>,
    /// Whether a generator drew it: a step that cannot apply when it is reached is skipped, and a fault or a moment that
    /// never comes does not fail it.
    pub drawn: bool,
    /// What scenarios are drawn from seeds. Such a file has no steps, and its run is that of the scenario of its seed.
    pub random: Option<Profile>,
}

crate::model::codes::words! {
    /// What a snapshot keeps of a run.
    Golden {
        /// What exists at its end.
        State = "state",
        /// What happened.
        Journal = "journal",
    }
}

/// A CRM user with one mailbox.
#[derive(Clone, PartialEq, Debug)]
pub struct User {
    /// The user's name.
    pub id: String,
    /// The user's e-mail address, by which appointments name who takes part.
    pub email: String,
    /// What the user may do anywhere; everything where the file does not say.
    pub privileges: Privileges,
    /// The user's filters; the defaults where the file gives none.
    pub filters: Vec<Filter>,
}

/// A filter: which records of a kind are synchronized to a user.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    /// The filter's name.
    pub id: String,
    /// The kind of record.
    pub kind: Kind,
    /// What a record must be.
    pub conditions: Conditions,
    /// Whether it counts.
    pub active: bool,
}

/// The conditions of a filter; all must hold.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Conditions {
    /// The record's owner is the user.
    pub owner_is_me: bool,
    /// The user takes part in the record, an appointment.
    pub party_is_me: bool,
    /// The record's statecode is this.
    pub statecode: Option<i64>,
    /// Fields of the record have these values.
    pub fields: Vec<(FieldId, Literal)>,
}

impl User {
    /// The address of a user whose file gives none.
    #[must_use]
    pub fn default_email(id: &str) -> String {
        format!("{id}@example.com")
    }
}

impl Filter {
    /// The filters of a user who never changed them (FLT-CON, FLT-TASK, FLT-APPT).
    #[must_use]
    pub fn defaults() -> Vec<Filter> {
        let own = |statecode| Conditions { owner_is_me: true, statecode, ..Conditions::default() };
        let party = Conditions { party_is_me: true, ..Conditions::default() };
        let filter = |id: &str, kind, conditions| Filter { id: id.to_owned(), kind, conditions, active: true };
        vec![
            filter("contacts", Kind::Contact, own(Some(0))),
            filter("tasks", Kind::Task, own(None)),
            filter("appointments", Kind::Appointment, party),
        ]
    }
}

/// An Outlook client.
#[derive(Clone, PartialEq, Debug)]
pub struct Client {
    /// The client's name.
    pub id: String,
    /// The user who sits at it.
    pub user: String,
    /// The user whose mailbox it shows.
    pub mailbox: String,
    /// The machine that it runs on.
    pub machine: String,
    /// What it is for that mailbox.
    pub role: Role,
    /// What a delegate may do there; the owner may do everything.
    pub rights: FolderRights,
    /// Whether Outlook runs at the start.
    pub running: bool,
    /// Whether it is connected at the start.
    pub online: bool,
    /// Whether the add-in is enabled at the start.
    pub addin: bool,
    /// How far its clock is off.
    pub clock: Span,
    /// The Options dialog.
    pub settings: Settings,
}

/// A client's settings (rules.md, A.11).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The kinds that come down from CRM (SET-KINDS).
    pub kinds: Vec<Kind>,
    /// Whether the parent account fills the Company field (SET-COMPANY).
    pub update_company: bool,
    /// Whether background cycles run (SET-SCHED).
    pub automatic: bool,
    /// The time between them; the protocol's where `None`.
    pub interval: Option<Span>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { kinds: Kind::ALL.to_vec(), update_company: false, automatic: true, interval: None }
    }
}

/// Where an item exists at the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Where {
    /// In the mailbox.
    Outlook,
    /// On the server.
    Crm,
    /// On both sides, linked and equal.
    Both,
    /// Nowhere: a step makes it.
    None,
}

impl Where {
    /// The words of `side`, in the order of the variants.
    pub const WORDS: &'static [&'static str] = &["outlook", "crm", "both", "none"];

    /// The word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Where::WORDS[self as usize]
    }

    /// The value of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Where> {
        [Where::Outlook, Where::Crm, Where::Both, Where::None].into_iter().find(|side| side.word() == word)
    }
}

/// Where an item stands in the order of ids among its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rank {
    /// Before all without a rank.
    First,
    /// After all without a rank.
    Last,
    /// Before all without a rank, in the order of these numbers.
    Number(u32),
}

/// Something that exists at the start, or that a step will make.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Its alias.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Where it exists.
    pub side: Where,
    /// Who owns the record.
    pub owner: String,
    /// With whom the record is shared at the start, for reading.
    pub shared_with: Vec<String>,
    /// Whose mailbox holds the item.
    pub holder: String,
    /// Whether a person tracked it.
    pub tracked: bool,
    /// Its fields.
    pub set: Vec<(FieldId, Literal)>,
    /// How many there are, with the aliases `id1`, `id2` and so on; one with the alias `id` where `None`.
    pub copies: Option<u32>,
    /// Its place in the order of ids.
    pub rank: Option<Rank>,
}

/// A value as a file writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Literal {
    /// A text; the empty text clears a field.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A moment.
    Time(Time),
}

/// One entry of `steps`.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The line of the file where it stands; 0 where there is none.
    pub line: u32,
    /// The step's name.
    pub id: Option<String>,
    /// When it happens, from the start.
    pub at: Option<Span>,
    /// Whether the next step waits for what this one started.
    pub background: bool,
    /// The point inside a call where the act takes place, instead of here.
    pub when: Option<When>,
    /// What it is.
    pub body: Body,
}

/// The point inside a call where an act is placed.
#[derive(Clone, PartialEq, Debug)]
pub struct When {
    /// The client that makes the call.
    pub on: String,
    /// The call.
    pub call: Call,
    /// Where inside it.
    pub point: Point,
    /// Which such call, from 1.
    pub nth: u32,
    /// Only calls that concern this item.
    pub item: Option<String>,
    /// Only writes to this table.
    pub table: Option<Table>,
}

crate::model::codes::words! {
    /// A moment inside a call.
    Point {
        /// The client is about to make it.
        BeforeSend = "before-send",
        /// It was carried out.
        Applied = "applied",
        /// The client has the answer.
        Answered = "answered",
    }
}

/// What a step is.
#[derive(Clone, PartialEq, Debug)]
pub enum Body {
    /// An act.
    Do(Act, Args),
    /// A fault that is armed.
    Fault(Fault, Args),
    /// An expectation; it is negated when the flag is set.
    Expect(Expectation, bool, Args),
    /// A remark for the reader.
    Note(String),
}

/// The keys of a step with their values, already checked against the word's table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Args(pub BTreeMap<Key, Arg>);

/// One value of a key.
#[derive(Clone, PartialEq, Debug)]
pub enum Arg {
    /// A name or a word.
    Text(String),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A duration.
    Span(Span),
    /// A moment.
    Time(Time),
    /// Fields and values.
    Set(Vec<(FieldId, Literal)>),
    /// Columns or settings and their values.
    Columns(Vec<(String, Literal)>),
    /// Settings of a client.
    Settings(SettingsChange),
    /// The conditions of a filter.
    Where(Conditions),
    /// One field.
    Field(FieldId),
    /// Fields.
    Fields(Vec<FieldId>),
    /// Rights on a record.
    Rights(Rights),
    /// Privileges.
    Privileges(Vec<Privilege>),
    /// Three numbers.
    Triple([u32; 3]),
    /// Names of users.
    Names(Vec<String>),
    /// A value of a field.
    Value(Literal),
}

/// The settings that `option` changes; `None` leaves one as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SettingsChange {
    /// The kinds that come down from CRM.
    pub kinds: Option<Vec<Kind>>,
    /// Whether the parent account fills the Company field.
    pub update_company: Option<bool>,
    /// Whether background cycles run.
    pub automatic: Option<bool>,
    /// The time between them.
    pub interval: Option<Span>,
}

/// An invariant that is suspended from a step on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiver {
    /// The invariant.
    pub invariant: String,
    /// The step from which on; from the start where `None`.
    pub from: Option<String>,
    /// Why.
    pub why: String,
}

crate::model::codes::words! {
    /// What a sweep brings into every order.
    Orders {
        /// The acts that follow one another from the named step on.
        Acts = "acts",
        /// The items of a kind, in the order of ids, in which pages list them.
        Pages = "pages",
    }
}

/// A sweep: the scenario runs again with one thing different at a time, and must end as it does undisturbed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sweep {
    /// The step that is swept.
    pub step: String,
    /// The faults that strike each of its calls.
    pub kinds: Vec<Fault>,
    /// What is brought into every order.
    pub orders: Option<Orders>,
    /// How many orders are drawn where there are more.
    pub sample: Option<u32>,
    /// The points that are known to end otherwise.
    pub allow: Vec<Allowance>,
}

/// A point of a sweep that is known to go wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// Where the point is.
    pub at: String,
    /// The kind of point: a fault, or what is brought into another order.
    pub kind: String,
    /// Exactly what is violated: invariants, and `end-state`.
    pub violates: Vec<String>,
    /// Why.
    pub why: String,
}

impl Allowance {
    /// The name of the point.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.kind, self.at)
    }
}

impl Args {
    /// The text of a key.
    #[must_use]
    pub fn text(&self, key: Key) -> Option<&str> {
        match self.0.get(&key) {
            Some(Arg::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number of a key.
    #[must_use]
    pub fn int(&self, key: Key) -> Option<i64> {
        match self.0.get(&key) {
            Some(Arg::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// The flag of a key.
    #[must_use]
    pub fn flag(&self, key: Key) -> Option<bool> {
        match self.0.get(&key) {
            Some(Arg::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// The duration of a key.
    #[must_use]
    pub fn span(&self, key: Key) -> Option<Span> {
        match self.0.get(&key) {
            Some(Arg::Span(span)) => Some(*span),
            _ => None,
        }
    }

    /// The fields of a key; none where it is not given.
    #[must_use]
    pub fn set(&self, key: Key) -> &[(FieldId, Literal)] {
        match self.0.get(&key) {
            Some(Arg::Set(set)) => set,
            _ => &[],
        }
    }

    /// The names of a key; none where it is not given.
    #[must_use]
    pub fn names(&self, key: Key) -> &[String] {
        match self.0.get(&key) {
            Some(Arg::Names(names)) => names,
            _ => &[],
        }
    }

    /// The columns of a key; none where it is not given.
    #[must_use]
    pub fn columns(&self, key: Key) -> &[(String, Literal)] {
        match self.0.get(&key) {
            Some(Arg::Columns(columns)) => columns,
            _ => &[],
        }
    }

    /// The three numbers of a key.
    #[must_use]
    pub fn triple(&self, key: Key) -> Option<[u32; 3]> {
        match self.0.get(&key) {
            Some(Arg::Triple(triple)) => Some(*triple),
            _ => None,
        }
    }
}

impl Scenario {
    /// The name with its row, as reports print it.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.row {
            Some(row) => format!("{}#{row}", self.name),
            None => self.name.clone(),
        }
    }
}

impl Item {
    /// The aliases that the entry makes.
    #[must_use]
    pub fn aliases(&self) -> Vec<String> {
        match self.copies {
            None => vec![self.id.clone()],
            Some(copies) => (1..=copies).map(|number| format!("{}{number}", self.id)).collect(),
        }
    }
}
