//! The JSON Schema accepts what the parser accepts, and refuses what is misspelt.

use serde_json::Value;

use crate::scenario::{json_schema, template};

/// A file as JSON. Dates of TOML are texts there, as editors treat them.
pub(super) fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::String(text) => Value::String(text),
        toml::Value::Float(_) => Value::Null,
    }
}

fn valid(text: &str) -> bool {
    let file = json(toml::Value::Table(text.parse().unwrap()));
    jsonschema::validator_for(&json_schema()).unwrap().is_valid(&file)
}

#[test]
fn the_schema_itself_is_valid() {
    assert!(jsonschema::meta::is_valid(&json_schema()));
}

#[test]
fn good_files_validate_and_misspelt_ones_do_not() {
    let good = template("x");
    assert!(valid(&good));
    for (right, wrong) in [
        ("clients =", "clinets ="),
        ("role = \"primary\"", "role = \"primry\""),
        ("do = \"track\"", "do = \"trakc\""),
        ("expect = \"linked\"", "expect = \"linked\", crm = true"),
        ("telephone1 = \"111\"", "telephon1 = \"111\""),
        ("by = \"15m\"", "by = \"15m\", background = true"),
        ("base = \"hardened\"", "relinc = \"none\""),
    ] {
        let bad = good.replacen(right, wrong, 1);
        assert_ne!(good, bad);
        assert!(!valid(&bad), "{wrong}");
    }
    let profile = "format = 1\nname = \"x\"\nwhy = \"w\"\n[random]\nsteps = [1, 9]\nweights = { edit = 2, others = 0 }";
    assert!(valid(profile));
    for (right, wrong) in
        [("edit =", "edti ="), ("[1, 9]", "[0, 9]"), ("[random]", "steps = []\n[random]"), ("[random]", "[protocol]")]
    {
        assert!(!valid(&profile.replacen(right, wrong, 1)), "{wrong}");
    }
    let variable = good.replacen("do = \"track\"", "do = \"$act\"", 1).replacen("by = \"15m\"", "by = \"$by\"", 1);
    assert!(valid(&variable));
}
