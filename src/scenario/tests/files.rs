//! The scenario files of this project: each reads without errors, reads the same when it is written back, and fits the schema.

use super::schema::json;
use crate::scenario::{json_schema, load, parse};

#[test]
fn every_scenario_of_the_project_is_good() {
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    for path in crate::files::below("scenarios", ".toml") {
        let file = json(toml::Value::Table(std::fs::read_to_string(&path).unwrap().parse().unwrap()));
        let misfits: Vec<String> = schema.iter_errors(&file).map(|error| error.instance_path.to_string()).collect();
        assert!(misfits.is_empty(), "{}: {misfits:?} do not fit the schema", path.display());
        for scenario in load(&path).unwrap_or_else(|errors| panic!("{errors}")) {
            let text = scenario.to_toml();
            let again = parse("", &text).unwrap_or_else(|errors| panic!("{}: {errors}\n{text}", path.display()));
            assert_eq!(again, [super::round_trip::plain(&scenario)], "{text}");
        }
    }
}
