//! The scenario files of this project: each reads without errors, reads the same when it is written back, and fits the schema.

use std::path::{Path, PathBuf};

use super::schema::json;
use crate::scenario::{json_schema, load, parse};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn every_scenario_of_the_project_is_good() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut found);
    found.sort();
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    for path in found {
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
