//! Fields and the values that people give them: few of each, so that two people hit on the same.

use std::sync::LazyLock;

use super::draw::Draw;
use crate::model::{FieldId, Kind, Side, ValueType, mapping, status};
use crate::scenario::Scenario;
use crate::scenario::model::{Conditions, Literal};
use crate::sim::{Span, Time};

/// The fields that people change most, on either side.
const USUAL: [&[&str]; Kind::ALL.len()] = [
    &[
        "subject",
        "location",
        "scheduledstart",
        "scheduleddurationminutes",
        "requiredattendees",
        "statuscode",
        "prioritycode",
    ],
    &["subject", "prioritycode", "statuscode", "scheduledend", "description"],
    &["lastname", "telephone1", "jobtitle", "address1_city", "address1_country", "emailaddress1"],
];
/// The fields that the keys of an act stand for.
const FOLDED: [(Kind, &[&str]); 3] = [
    (
        Kind::Appointment,
        &[
            "scheduledstart",
            "scheduleddurationminutes",
            "organizer",
            "requiredattendees",
            "optionalattendees",
            "regardingobjectid",
        ],
    ),
    (Kind::Task, &["scheduledend", "regardingobjectid"]),
    (Kind::Contact, &["parentcustomerid"]),
];
const NAMES: [&str; 5] = ["Ray", "Kim", "Lind", "Otto", "Mara"];
const PHONES: [&str; 4] = ["111", "222", "333", "444"];
const CITIES: [&str; 3] = ["Bonn", "Graz", "Bern"];
const TEXTS: [&str; 5] = ["red", "blue", "green", "first", "second"];
const SUBJECTS: [&str; 4] = ["Offer", "Report", "Visit", "Call back"];
/// What tasks, appointments and contacts belong to.
pub const ACCOUNTS: [&str; 3] = ["Acme", "Nord", "Sol"];
const GUEST: &str = "guest@example.org";
const TIMES: [Span; 7] = [
    Span::minutes(-24 * 60),
    Span::minutes(-60),
    Span::minutes(60),
    Span::minutes(24 * 60),
    Span::minutes(2 * 24 * 60),
    Span::minutes(3 * 24 * 60),
    Span::minutes(30 * 24 * 60),
];

/// The fields of each kind that a person can set on each side.
static SETTABLE: LazyLock<[[Vec<FieldId>; 2]; Kind::ALL.len()]> = LazyLock::new(|| {
    let of = |kind, side| FieldId::all(kind).filter(|field| field.field().settable(side)).collect();
    Kind::ALL.map(|kind| [of(kind, Side::Outlook), of(kind, Side::Crm)])
});
static USUAL_IDS: LazyLock<[Vec<FieldId>; Kind::ALL.len()]> = LazyLock::new(|| {
    Kind::ALL.map(|kind| USUAL[kind as usize].iter().filter_map(|name| FieldId::find(kind, name)).collect())
});
static FOLDED_IDS: LazyLock<[Vec<FieldId>; Kind::ALL.len()]> = LazyLock::new(|| {
    Kind::ALL.map(|kind| {
        let names = FOLDED.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, names)| names);
        names.iter().filter_map(|name| FieldId::find(kind, name)).collect()
    })
});
static STATUS: LazyLock<[[Vec<i64>; 2]; Kind::ALL.len()]> =
    LazyLock::new(|| Kind::ALL.map(|kind| [status::outlook_codes(kind), status::codes(kind)]));

/// The values of one scenario.
pub struct Values {
    pub start: Time,
    pub emails: Vec<String>,
}

impl Values {
    /// The values of a scenario that has its users.
    pub fn new(scenario: &Scenario) -> Values {
        Values { start: scenario.start, emails: scenario.users.iter().map(|user| user.email.clone()).collect() }
    }

    /// Some fields of a kind with values, each once; at least one.
    pub fn set(&self, draw: &mut Draw, kind: Kind, side: Side) -> Vec<(FieldId, Literal)> {
        let count = if draw.percent(75) { 1 } else { draw.between(2, 3) };
        let mut set: Vec<(FieldId, Literal)> = Vec::new();
        for _ in 0..count {
            let field = field(draw, kind, side);
            if set.iter().all(|(known, _)| *known != field) {
                set.push((field, self.value(draw, field, side)));
            }
        }
        set
    }

    /// What a new item has: its name, and perhaps more.
    pub fn new_item(&self, draw: &mut Draw, kind: Kind, side: Side) -> Vec<(FieldId, Literal)> {
        let name = match kind {
            Kind::Contact => FieldId::named(Kind::Contact, "lastname"),
            Kind::Task => FieldId::named(Kind::Task, "subject"),
            Kind::Appointment => FieldId::named(Kind::Appointment, "subject"),
        };
        let mut set = vec![(name, Literal::Text(text(draw, name).to_owned()))];
        if draw.percent(60) {
            set.extend(self.set(draw, kind, side).into_iter().filter(|(field, _)| *field != name));
        }
        set
    }

    /// A value of a field.
    pub fn value(&self, draw: &mut Draw, field: FieldId, side: Side) -> Literal {
        if mapping::PARTIES.contains(&field) {
            return Literal::Text(self.parties(draw, field));
        }
        let kind = field.field().kind;
        if draw.percent(8) {
            return Literal::Text(String::new());
        }
        match field.field().value_type {
            ValueType::Text => Literal::Text(text(draw, field).to_owned()),
            ValueType::Word(words) => Literal::Text(draw.pick(words).copied().unwrap_or_default().to_owned()),
            ValueType::Int(low, high) if field.name() == "scheduleddurationminutes" => {
                Literal::Int(draw.one_of([0, 15, 30, 60, 24 * 60]).clamp(low, high))
            }
            ValueType::Int(low, high) => Literal::Int(low + i64::from(draw.between(0, 2)).min(high - low)),
            ValueType::Time => Literal::Time(self.start + draw.one_of(TIMES)),
            ValueType::Status => {
                let codes = &STATUS[kind as usize][side as usize];
                draw.pick(codes).map_or_else(|| Literal::Text(String::new()), |code| Literal::Int(*code))
            }
        }
    }

    fn parties(&self, draw: &mut Draw, field: FieldId) -> String {
        let most = if field == mapping::PARTIES[0] { 1 } else { 3 };
        let mut listed: Vec<&str> = Vec::new();
        for _ in 0..draw.between(0, most) {
            let guest = draw.percent(15);
            let address = if guest { GUEST } else { draw.pick(&self.emails).map_or(GUEST, String::as_str) };
            if !listed.contains(&address) {
                listed.push(address);
            }
        }
        listed.join("; ")
    }

    /// The conditions of a filter.
    pub fn conditions(&self, draw: &mut Draw, kind: Kind) -> Conditions {
        let mut conditions = Conditions { owner_is_me: draw.percent(50), ..Conditions::default() };
        conditions.party_is_me = kind == Kind::Appointment && draw.percent(50);
        if draw.percent(25) {
            conditions.statecode = Some(i64::from(draw.between(0, 1)));
        }
        if draw.percent(20) {
            let field = field(draw, kind, Side::Crm);
            if field.field().value_type != ValueType::Status {
                conditions.fields = vec![(field, self.value(draw, field, Side::Crm))];
            }
        }
        conditions
    }
}

/// A field that a person can set: mostly one of the usual ones.
fn field(draw: &mut Draw, kind: Kind, side: Side) -> FieldId {
    let settable = &SETTABLE[kind as usize][side as usize];
    let some = match draw.below(20) {
        0..=12 => &USUAL_IDS[kind as usize],
        13..=16 => &FOLDED_IDS[kind as usize],
        _ => settable,
    };
    let field = draw.pick(some).copied().filter(|field| field.field().settable(side));
    field.or_else(|| draw.pick(settable).copied()).unwrap_or(USUAL_IDS[kind as usize][0])
}

fn text(draw: &mut Draw, field: FieldId) -> &'static str {
    let name = field.name();
    if name.ends_with("name") {
        draw.one_of(NAMES)
    } else if name.contains("phone") || name == "fax" {
        draw.one_of(PHONES)
    } else if name.contains("city") {
        draw.one_of(CITIES)
    } else if name == "subject" {
        draw.one_of(SUBJECTS)
    } else if matches!(name, "regardingobjectid" | "parentcustomerid") {
        draw.one_of(ACCOUNTS)
    } else {
        draw.one_of(TEXTS)
    }
}
