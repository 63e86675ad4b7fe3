//! The JSON Schema of scenario files, made from the tables of the vocabulary.
//!
//! Editors check a file against it while it is written. It knows keys, words and types; what depends on names and on the
//! order of steps only the parser knows. Any value below the root may be a variable.

use serde_json::{Map, Value, json};

use super::fields::{OWNER, PARTY, STATECODE};
use super::model::{Golden, Orders, Point, Where};
use super::profile::{MAX_WEIGHT, OTHERS, OWN, PHASES, RANDOM, SIZES, STRANGERS};
use super::protocol::LIMIT;
use super::rights::privilege_words;
use super::source::{
    MAX_ALLOWED, MAX_CLIENTS, MAX_COPIES, MAX_FILTERS, MAX_ITEMS, MAX_ORDERS, MAX_ROWS, MAX_STEPS, MAX_TEXT, MAX_USERS,
};
use super::sweep::{END_STATE, SWEEP_KINDS};
use super::vocabulary::{ACTS, Act, EXPECTATIONS, FAULTS, Fault, Key, Takes, Word};
use crate::check::IDS;
use crate::model::rules::RULES;
use crate::model::{Call, DefaultFolder, FieldId, FolderRight, Kind, Right, Role, Table, ValueType, status};
use crate::protocol::switches::{Base, Switch, SwitchType};

/// The JSON Schema (draft 2020-12) of a scenario file.
#[must_use]
pub fn json_schema() -> Value {
    let steps: Vec<Value> = ACTS
        .iter()
        .map(|row| step("do", row.word.word(), row))
        .chain(FAULTS.iter().map(|row| step("fault", row.word.word(), row)))
        .chain(EXPECTATIONS.iter().map(|row| step("expect", row.word.word(), row)))
        .chain([note()])
        .chain(["do", "fault", "expect"].into_iter().map(variable_step))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crmsim scenario",
        "type": "object",
        "required": ["format", "name", "why"],
        "if": { "required": [RANDOM] },
        "then": { "properties": STRANGERS.iter().map(|(key, _)| ((*key).to_owned(), json!(false))).collect::<Map<_, _>>() },
        "else": { "required": ["clients", "steps"] },
        "additionalProperties": false,
        "properties": root(),
        "$defs": {
            "variable": { "type": "string", "pattern": "^\\$[A-Za-z]", "description": "a value of the row of `cases`" },
            "duration": { "type": "string", "description": "a duration such as 15m, 3d1h or 250ms" },
            "moment": { "type": "string", "description": "a date and time, or a duration from `start` such as +2d" },
            "text": { "type": "string", "maxLength": MAX_TEXT },
            "set": set(),
            "where": conditions(),
            "settings": settings(),
            "filter": filter(),
            "user": user(),
            "client": client(),
            "folder-rights": table(&[], DefaultFolder::WORDS.iter().map(|folder| (*folder, words(FolderRight::WORDS)))),
            "item": item(),
            "when": when(),
            "step": { "anyOf": steps },
            "protocol": protocol(),
            "row": row(),
            "waiver": waiver(),
        },
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A value, or a variable in its place.
fn value(schema: Value) -> Value {
    json!({ "anyOf": [schema, reference("variable")] })
}

fn says(mut schema: Value, description: &str) -> Value {
    if let Value::Object(map) = &mut schema {
        map.insert("description".to_owned(), json!(description));
    }
    schema
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn most(items: Value, most: usize) -> Value {
    json!({ "type": "array", "items": items, "maxItems": most })
}

fn least_one(items: Value) -> Value {
    json!({ "type": "array", "items": items, "minItems": 1 })
}

fn flag() -> Value {
    value(json!({ "type": "boolean" }))
}

fn text() -> Value {
    value(reference("text"))
}

fn whole(low: i64, high: i64) -> Value {
    value(json!({ "type": "integer", "minimum": low, "maximum": high }))
}

fn words(words: &[&str]) -> Value {
    value(json!({ "enum": words }))
}

/// A table with these keys and no others.
fn table(required: &[&str], properties: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

fn root() -> Value {
    json!({
        "format": { "const": super::parse::FORMAT, "description": "the format of this file" },
        "name": { "type": "string", "description": "the file's name without .toml; any for a scenario that is drawn" },
        "why": { "type": "string", "minLength": 1, "maxLength": MAX_TEXT, "description": "what must be true; it opens every failure report" },
        "rules": list(json!({ "enum": built_rules() })),
        "source": { "type": "string", "description": "where the case comes from" },
        "tags": list(json!({ "type": "string" })),
        "start": { "type": "string", "format": "date-time", "description": "the clock at the first step" },
        "seed": { "type": "integer", "minimum": 0, "description": "the key of what is drawn by chance" },
        "known": known(),
        "violates": invariants("the invariants that must be violated"),
        "also": invariants("the invariants that may follow"),
        "breaks": says(list(json!({ "type": "string" })), "the steps whose expectations must fail"),
        "waive": list(reference("waiver")),
        "unsettled": { "type": "string", "description": "why the scenario does not end with heal, settle and quiet" },
        "golden": golden(),
        "drawn": { "type": "boolean", "description": "whether a generator drew the scenario: a step that cannot be carried out is skipped" },
        "rows-end-equal": { "type": "boolean", "description": "whether all rows of `cases` must end equal" },
        "cases": most(reference("row"), MAX_ROWS),
        "users": most(value(reference("user")), MAX_USERS),
        "clients": most(value(reference("client")), MAX_CLIENTS),
        "items": most(value(reference("item")), MAX_ITEMS),
        "steps": most(reference("step"), MAX_STEPS),
        "protocol": reference("protocol"),
        "sweep": sweep(),
        "random": random(),
    })
}

fn random() -> Value {
    let number = |low: i64, high: i64| json!({ "type": "integer", "minimum": low, "maximum": high });
    let sizes = SIZES.into_iter().map(|(key, least, most)| {
        let items = number(least as i64, most as i64);
        (key, json!({ "type": "array", "items": items, "minItems": 2, "maxItems": 2 }))
    });
    let weights = |words: &[&'static str]| {
        table(&[], words.iter().copied().chain([OTHERS]).map(|word| (word, number(0, MAX_WEIGHT))))
    };
    let percents = |keys: &[&'static str]| table(&[], keys.iter().map(|key| (*key, number(0, 100))));
    let words = [
        ("weights", weights(Act::WORDS)),
        ("faults", weights(Fault::WORDS)),
        ("kinds", weights(&Kind::WORDS)),
        ("roles", weights(Role::WORDS)),
        ("phases", percents(&PHASES)),
        ("own", percents(&OWN)),
    ];
    says(table(&[], sizes.chain(words)), "draws scenarios from seeds")
}

fn sweep() -> Value {
    let kinds: Vec<&str> = SWEEP_KINDS.iter().map(|kind| kind.word()).collect();
    let any: Vec<&str> = kinds.iter().copied().chain(Orders::WORDS.iter().copied()).collect();
    let violated: Vec<&str> = IDS.iter().copied().chain([END_STATE]).collect();
    let some = |items| value(json!({ "type": "array", "items": items, "minItems": 1 }));
    let allowance = table(
        &["at", "kind", "violates", "why"],
        [
            ("at", text()),
            ("kind", words(&any)),
            ("violates", some(json!({ "enum": violated }))),
            ("why", text()),
            ("rows", list(json!({ "type": "string" }))),
        ],
    );
    let sweep = table(
        &["step"],
        [
            ("step", text()),
            ("kinds", some(words(&kinds))),
            ("orders", words(Orders::WORDS)),
            ("sample", whole(1, MAX_ORDERS as i64)),
            ("allow", value(most(allowance, MAX_ALLOWED))),
        ],
    );
    says(sweep, "runs the file again once for each point of a step")
}

fn golden() -> Value {
    let words = json!({ "enum": Golden::WORDS });
    json!({ "type": "array", "items": words, "minItems": 1, "uniqueItems": true, "description": "the snapshots that are kept of the run" })
}

fn built_rules() -> Vec<&'static str> {
    RULES.iter().filter(|rule| rule.built).map(|rule| rule.id).collect()
}

fn known() -> Value {
    json!({ "type": "string", "minLength": 1, "description": "why the run is known to fail" })
}

fn invariants(description: &str) -> Value {
    says(list(json!({ "enum": IDS })), description)
}

/// The fields of all kinds; a name that two kinds have takes what either takes.
fn field_properties() -> Map<String, Value> {
    let mut properties: Map<String, Value> = Map::new();
    for field in Kind::ALL.into_iter().flat_map(FieldId::all) {
        let schema = match field.field().value_type {
            ValueType::Text => reference("text"),
            ValueType::Word(words) => json!({ "enum": words }),
            ValueType::Int(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
            ValueType::Status => json!({ "enum": status::codes(field.field().kind) }),
            ValueType::Time => reference("moment"),
        };
        let entry = properties
            .entry(field.name())
            .or_insert_with(|| json!({ "anyOf": [reference("variable"), { "const": "" }] }));
        if let Some(list) = entry["anyOf"].as_array_mut()
            && !list.contains(&schema)
        {
            list.push(schema);
        }
    }
    properties
}

fn set() -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": field_properties(), "description": "fields and their values; an empty text clears one" })
}

fn conditions() -> Value {
    let mut properties = field_properties();
    properties.insert(OWNER.to_owned(), words(&["me"]));
    properties.insert(PARTY.to_owned(), words(&["me"]));
    properties.insert(STATECODE.to_owned(), whole(0, 2));
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn kinds() -> Value {
    words(&Kind::WORDS)
}

fn settings() -> Value {
    table(
        &[],
        [
            ("kinds", value(list(kinds()))),
            ("update-company", flag()),
            ("interval", value(reference("duration"))),
            ("automatic", flag()),
        ],
    )
}

fn filter() -> Value {
    table(
        &["id", "kind"],
        [("id", text()), ("kind", kinds()), ("where", value(reference("where"))), ("active", flag())],
    )
}

fn user() -> Value {
    table(
        &["id"],
        [
            ("id", text()),
            ("email", text()),
            ("privileges", value(list(value(json!({ "enum": privilege_words(true) }))))),
            ("filters", value(most(value(reference("filter")), MAX_FILTERS))),
        ],
    )
}

fn client() -> Value {
    table(
        &["id", "user"],
        [
            ("id", text()),
            ("user", text()),
            ("mailbox", text()),
            ("machine", text()),
            ("role", words(Role::WORDS)),
            ("rights", value(reference("folder-rights"))),
            ("running", flag()),
            ("online", flag()),
            ("addin", flag()),
            ("clock", value(reference("duration"))),
            ("settings", value(reference("settings"))),
        ],
    )
}

fn item() -> Value {
    table(
        &["id", "kind", "side"],
        [
            ("id", text()),
            ("kind", kinds()),
            ("side", words(Where::WORDS)),
            ("owner", text()),
            ("shared-with", value(most(text(), MAX_USERS))),
            ("holder", text()),
            ("tracked", flag()),
            ("regarding", text()),
            ("parent", text()),
            ("due", value(reference("moment"))),
            ("starts", value(reference("moment"))),
            ("lasts", value(reference("duration"))),
            ("organizer", text()),
            ("required", value(list(text()))),
            ("optional", value(list(text()))),
            ("set", value(reference("set"))),
            ("copies", whole(1, i64::from(MAX_COPIES))),
            ("rank", value(json!({ "anyOf": [{ "enum": ["first", "last"] }, { "type": "integer", "minimum": 0 }] }))),
        ],
    )
}

fn when() -> Value {
    let tables: Vec<&str> = Table::CACHE.iter().map(|table| table.word()).collect();
    table(
        &["on", "call", "point"],
        [
            ("on", text()),
            ("call", words(Call::WORDS)),
            ("point", words(Point::WORDS)),
            ("nth", whole(1, i64::from(u32::MAX))),
            ("item", text()),
            ("table", words(&tables)),
        ],
    )
}

fn waiver() -> Value {
    table(
        &["invariant", "why"],
        [
            ("invariant", json!({ "enum": IDS })),
            ("from", json!({ "type": "string" })),
            ("why", json!({ "type": "string", "minLength": 1 })),
        ],
    )
}

fn protocol() -> Value {
    let switch = |switch: &Switch| {
        let schema = match switch.takes() {
            SwitchType::Word(list) => words(list),
            SwitchType::Words(words) => {
                value(json!({ "type": "array", "items": { "enum": words }, "uniqueItems": true }))
            }
            SwitchType::Count(low, high) => whole(i64::from(low), i64::from(high)),
            SwitchType::SpanMinutes(_) => value(reference("duration")),
            SwitchType::LimitOr(off) => {
                let limit = table(&[], [(LIMIT[0], whole(1, 1_000_000)), (LIMIT[1], whole(0, 100))]);
                value(json!({ "anyOf": [{ "enum": [off] }, limit] }))
            }
        };
        (switch.word(), schema)
    };
    table(&[], Switch::ALL.iter().map(switch).chain([("base", words(Base::WORDS))]))
}

/// A row of `cases`: its own keys, and any values for variables.
fn row() -> Value {
    json!({
        "type": "object",
        "properties": {
            "row": { "type": ["string", "integer"], "description": "the row's label" },
            "protocol": reference("protocol"),
            "known": known(),
            "violates": invariants("the invariants that must be violated"),
            "also": invariants("the invariants that may follow"),
            "breaks": list(json!({ "type": "string" })),
        },
    })
}

fn common() -> Vec<(&'static str, Value)> {
    vec![
        ("id", says(text(), "the step's name")),
        ("at", says(value(reference("duration")), "when it happens, from the start")),
        ("rows", says(list(json!({ "type": ["string"] })), "the rows of `cases` in which it happens")),
    ]
}

fn note() -> Value {
    let note = ("note", json!({ "type": "string", "minLength": 1, "description": "a remark for the reader" }));
    table(&["note"], common().into_iter().chain([note]))
}

/// A step whose word is a variable: any keys that are known.
fn variable_step(head: &'static str) -> Value {
    let keys = Key::WORDS.iter().map(|key| (*key, json!(true)));
    let further = [("background", flag()), ("when", value(reference("when"))), ("not", flag())];
    let head_value = (head, reference("variable"));
    table(&[head], keys.chain(common()).chain(further).chain([head_value]))
}

fn step<W>(head: &'static str, word: &'static str, row: &Word<W>) -> Value {
    let mut properties = common();
    properties.push((head, json!({ "const": word })));
    match head {
        // What lets time pass is over before the next step, and takes place where it stands.
        "do" if matches!(word, "advance" | "settle") => {}
        "do" => properties.extend([("background", flag()), ("when", value(reference("when")))]),
        "expect" => properties.push(("not", flag())),
        _ => {}
    }
    for (key, takes) in row.needs.iter().chain(row.may) {
        let schema = taken(*takes, word);
        // An expectation on rows of a table counts them, or names rows of `cases`.
        let schema =
            if *key == Key::Rows { json!({ "anyOf": [schema, list(json!({ "type": "string" }))] }) } else { schema };
        properties.retain(|(known, _)| *known != key.word());
        properties.push((key.word(), schema));
    }
    let required: Vec<&str> = std::iter::once(head).chain(row.needs.iter().map(|(key, _)| key.word())).collect();
    says(table(&required, properties), row.says)
}

/// What a key of a step takes.
fn taken(takes: Takes, word: &str) -> Value {
    let count = |low| whole(low, i64::from(u32::MAX));
    match takes {
        Takes::Alias
        | Takes::NewAlias
        | Takes::Client
        | Takes::ClientOrCrm
        | Takes::ClientCrmOrBase
        | Takes::User
        | Takes::Party
        | Takes::StepId
        | Takes::Filter
        | Takes::Field
        | Takes::Text => text(),
        Takes::Word(list) => words(list),
        Takes::Count => count(0),
        Takes::Positive => count(1),
        Takes::Cycles => whole(1, i64::from(super::vocabulary::MAX_CYCLES)),
        Takes::Bool => flag(),
        Takes::Span | Takes::Skew => value(reference("duration")),
        Takes::Set => value(reference("set")),
        Takes::Columns if word == "option" => value(reference("settings")),
        Takes::Columns => value(json!({ "type": "object" })),
        Takes::Where => value(reference("where")),
        Takes::Fields | Takes::Users | Takes::Parties => value(list(text())),
        Takes::Rights => value(least_one(words(Right::WORDS))),
        Takes::Privileges => value(least_one(value(json!({ "enum": privilege_words(false) })))),
        Takes::Triple => value(json!({ "type": "array", "items": count(0), "minItems": 3, "maxItems": 3 })),
        Takes::Value => json!({ "type": ["string", "integer"] }),
        Takes::Moment => value(reference("moment")),
    }
}
