//! Reading fields and their values: tables of `set`, conditions of filters, columns of product tables, settings.
//!
//! Whether a field can stand somewhere depends on the kind of the item and on the side; the registry of fields knows both.

use super::diagnostics::{Diagnostic, listed, quoted};
use super::model::{Conditions, Literal, Settings, SettingsChange};
use super::read::Reader;
use super::tree::{Entry, Node, Value};
use super::vocabulary::columns;
use crate::model::status;
use crate::model::{Direction, FieldId, Kind, Side, Table, ValueType};
use crate::sim::Span;

/// The keys of `where` beside fields.
pub(super) const OWNER: &str = "owner";
/// The condition that the user takes part in an appointment.
pub(super) const PARTY: &str = "party";
/// The state of a record, which a filter can name beside its fields.
pub(super) const STATECODE: &str = "statecode";
/// The keys of client settings.
pub(super) const SETTINGS: [&str; 4] = ["kinds", "update-company", "interval", "automatic"];
/// The shortest time between two background cycles (TRG-BACKGROUND).
const INTERVAL_FLOOR: Span = Span::minutes(15);

/// Which copy of an item a field is meant of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// The item in Outlook.
    Outlook,
    /// The record in CRM.
    Crm,
    /// OriginalXML, which has mapped fields only.
    Base,
    /// Whichever has it.
    Either,
}

impl Place {
    fn has(self, field: FieldId) -> bool {
        let field = field.field();
        match self {
            Place::Outlook => field.settable(Side::Outlook),
            Place::Crm => field.settable(Side::Crm),
            Place::Base => field.direction != Direction::None,
            Place::Either => true,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Place::Outlook => "in Outlook",
            Place::Crm => "in CRM",
            Place::Base => "in OriginalXML",
            Place::Either => "",
        }
    }
}

/// The first fields that a kind has at a place, after what else can stand there.
fn some_fields(kind: Kind, place: Place, others: &[&'static str]) -> String {
    const MOST: usize = 12;
    let fields = FieldId::all(kind).filter(|field| place.has(*field)).map(FieldId::name);
    let all: Vec<&str> = others.iter().copied().chain(fields).collect();
    let shown = listed(all.iter().copied().take(MOST));
    match all.len().saturating_sub(MOST) {
        0 => format!("it has {shown}"),
        more => format!("it has {shown}, and {more} more: `crmsim words {kind}`"),
    }
}

impl<'a> Reader<'a, '_> {
    /// A field of a kind that can stand at a place.
    pub fn field(&mut self, kind: Kind, place: Place, name: &str, at: std::ops::Range<usize>) -> Option<FieldId> {
        let Some(field) = FieldId::find(kind, name) else {
            let error = Diagnostic::new("E207", at, format!("{} has no field {}", kind.with_article(), quoted(name)));
            let fields = FieldId::all(kind).filter(|field| place.has(*field)).map(FieldId::name);
            let mut error = error.label("unknown field").near(name, fields);
            let others = Kind::ALL.into_iter().filter(|kind| FieldId::find(*kind, name).is_some());
            let others: Vec<String> = others.map(Kind::with_article).collect();
            if error.help.is_none() && !others.is_empty() {
                error = error.help(format!("{} is a field of {}", quoted(name), others.join(" and of ")));
            }
            if error.help.is_none() {
                error = error.help(some_fields(kind, place, &[]));
            }
            self.error(error);
            return None;
        };
        if !place.has(field) {
            let error = Diagnostic::new(
                "E402",
                at,
                format!("{} has no {} {}", kind.with_article(), quoted(name), place.words()),
            );
            let help = match (place, field.field().direction) {
                (Place::Outlook, Direction::Down) => "it comes down from CRM in another form and cannot be set here",
                (Place::Base, _) => "OriginalXML has the fields that synchronize",
                (Place::Outlook, _) => "it exists only in CRM",
                _ => "it exists only in Outlook",
            };
            self.error(error.label("not on this side").help(help));
            return None;
        }
        Some(field)
    }

    /// Fields and their values; none of a kind that is not known.
    pub fn set(
        &mut self,
        key: &str,
        node: &'a Node,
        kind: Option<Kind>,
        place: Place,
    ) -> Option<Vec<(FieldId, Literal)>> {
        let table = self.any_table(key, node)?;
        let kind = kind?;
        let mut set = Vec::new();
        for entry in table.entries {
            if let Some(field) = self.field(kind, place, &entry.key, entry.at.clone())
                && let Some(literal) = self.literal(field, place, &entry.node)
            {
                set.push((field, literal));
            }
        }
        Some(set)
    }

    /// A value of a field; the empty text clears it.
    pub fn literal(&mut self, field: FieldId, place: Place, node: &'a Node) -> Option<Literal> {
        let key = field.name();
        if matches!(self.peek(node), Some(Value::Text(text)) if text.is_empty()) {
            self.look(node);
            return Some(Literal::Text(String::new()));
        }
        match field.field().value_type {
            ValueType::Text => self.text(key, node).map(|(text, _)| Literal::Text(text.to_owned())),
            ValueType::Word(words) => self.word(key, node, words, &[]).map(|word| Literal::Text(word.to_owned())),
            ValueType::Int(low, high) => self.int(key, node, low, high).map(Literal::Int),
            ValueType::Time => self.moment(key, node).map(Literal::Time),
            ValueType::Status => self.status(field, place, node),
        }
    }

    fn status(&mut self, field: FieldId, place: Place, node: &'a Node) -> Option<Literal> {
        let kind = field.field().kind;
        let number = self.int(field.name(), node, i64::MIN, i64::MAX)?;
        let mut codes = if place == Place::Outlook { status::outlook_codes(kind) } else { status::codes(kind) };
        if codes.contains(&number) {
            return Some(Literal::Int(number));
        }
        codes.sort_unstable();
        let shown: Vec<String> = codes.iter().map(i64::to_string).collect();
        let message = if status::codes(kind).contains(&number) {
            format!("Outlook cannot show the statuscode {number} of {}", kind.with_article())
        } else {
            format!("{} has no statuscode {number}", kind.with_article())
        };
        let error = Diagnostic::new("E303", node.span.clone(), message).label("no such status here");
        self.error(error.help(format!("it is one of {}", listed(shown.iter().map(String::as_str)))));
        None
    }

    /// The conditions of a filter.
    pub fn conditions(&mut self, key: &str, node: &'a Node, kind: Option<Kind>) -> Option<Conditions> {
        let table = self.any_table(key, node)?;
        let kind = kind?;
        let mut conditions = Conditions::default();
        for entry in table.entries {
            match entry.key.as_str() {
                OWNER => conditions.owner_is_me = self.word(OWNER, &entry.node, &["me"], &[]).is_some(),
                PARTY if kind == Kind::Appointment => {
                    conditions.party_is_me = self.word(PARTY, &entry.node, &["me"], &[]).is_some();
                }
                STATECODE => conditions.statecode = self.statecode(kind, &entry.node),
                name => {
                    if let Some(field) = self.filter_field(kind, name, entry)
                        && let Some(literal) = self.literal(field, Place::Crm, &entry.node)
                    {
                        conditions.fields.push((field, literal));
                    }
                }
            }
        }
        Some(conditions)
    }

    fn filter_field(&mut self, kind: Kind, name: &str, entry: &Entry) -> Option<FieldId> {
        if FieldId::find(kind, name).is_none() {
            let fields = FieldId::all(kind).filter(|field| Place::Crm.has(*field)).map(FieldId::name);
            let message = format!("a filter of {kind}s cannot ask for {}", quoted(name));
            let error = Diagnostic::new("E207", entry.at.clone(), message).label("unknown field");
            let own: &[&'static str] =
                if kind == Kind::Appointment { &[OWNER, PARTY, STATECODE] } else { &[OWNER, STATECODE] };
            let near = error.near(name, fields.chain(own.iter().copied()));
            let help = some_fields(kind, Place::Crm, own);
            self.error(if near.help.is_some() { near } else { near.help(help) });
            return None;
        }
        self.field(kind, Place::Crm, name, entry.at.clone())
    }

    fn statecode(&mut self, kind: Kind, node: &'a Node) -> Option<i64> {
        let states = status::codes(kind).into_iter().filter_map(|code| status::state_of(kind, code));
        let high = states.max().unwrap_or(0);
        self.int(STATECODE, node, 0, high)
    }

    /// Columns of a product table with values.
    pub fn columns(&mut self, key: &str, node: &'a Node, table: Option<Table>) -> Option<Vec<(String, Literal)>> {
        let entries = self.any_table(key, node)?.entries;
        let table = table?;
        let mut set = Vec::new();
        for entry in entries {
            if !columns(table).contains(&&*entry.key) {
                let message = format!("{table} has no column {}", quoted(&entry.key));
                let error = Diagnostic::new("E213", entry.at.clone(), message).label("unknown column");
                let near = error.near(&entry.key, columns(table).iter().copied());
                let help = format!("the columns are {}", listed(columns(table).iter().copied()));
                self.error(if near.help.is_some() { near } else { near.help(help) });
                continue;
            }
            let found = self.look(&entry.node);
            let literal = match found.value {
                Value::Int(number) => Literal::Int(*number),
                Value::Bool(flag) => Literal::Int(i64::from(*flag)),
                Value::Text(text) => Literal::Text(text.clone()),
                _ => {
                    self.wrong_type(&entry.key, "a whole number or a text", &found);
                    continue;
                }
            };
            set.push((entry.key.clone(), literal));
        }
        Some(set)
    }

    /// Settings of a client, as far as they are given.
    pub fn settings(&mut self, key: &str, node: &'a Node) -> Option<SettingsChange> {
        let table = self.table(key, node, &SETTINGS, &[])?;
        let mut change = SettingsChange::default();
        if let Some(node) = table.get("kinds") {
            change.kinds = self.kinds("kinds", node);
        }
        if let Some(node) = table.get("update-company") {
            change.update_company = self.flag("update-company", node);
        }
        if let Some(node) = table.get("automatic") {
            change.automatic = self.flag("automatic", node);
        }
        if let Some(node) = table.get("interval")
            && let Some((span, at)) = self.span("interval", node)
        {
            if span < INTERVAL_FLOOR {
                let error = Diagnostic::new("E303", at, "`interval` is shorter than its floor").label("too short");
                self.error(error.help(format!("it is at least \"{INTERVAL_FLOOR}\"")));
            }
            change.interval = Some(span);
        }
        Some(change)
    }

    /// A list of kinds.
    fn kinds(&mut self, key: &str, node: &'a Node) -> Option<Vec<Kind>> {
        let (nodes, _) = self.list(key, node)?;
        let mut kinds = Vec::new();
        for node in nodes {
            if let Some(kind) = self.kind(key, node) {
                if kinds.contains(&kind) {
                    let message = format!("`{key}` names {} twice", quoted(kind.word()));
                    self.error(Diagnostic::new("E211", node.span.clone(), message).label("again"));
                } else {
                    kinds.push(kind);
                }
            }
        }
        Some(kinds)
    }

    /// A kind.
    pub fn kind(&mut self, key: &str, node: &'a Node) -> Option<Kind> {
        self.word(key, node, &Kind::WORDS, super::vocabulary::not_built::KINDS).and_then(Kind::parse)
    }
}

impl SettingsChange {
    /// What settings become by this change.
    #[must_use]
    pub fn apply(&self, settings: &Settings) -> Settings {
        Settings {
            kinds: self.kinds.clone().unwrap_or_else(|| settings.kinds.clone()),
            update_company: self.update_company.unwrap_or(settings.update_company),
            automatic: self.automatic.unwrap_or(settings.automatic),
            interval: self.interval.or(settings.interval),
        }
    }
}
