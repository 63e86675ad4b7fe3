//! The repository holds itself to its own rules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "rs", &mut found);
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// A rule that is called built is followed by some line of code; a scenario that lists it can pass.
#[test]
fn every_built_rule_is_named_where_it_is_followed() {
    let named: BTreeSet<String> = sources()
        .iter()
        .filter(|(path, _)| !path.ends_with("model/rules.rs"))
        .flat_map(|(_, text)| {
            text.split("rule!(\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let built = crmsim::model::rules::RULES.iter().filter(|rule| rule.built);
    let forgotten: Vec<&str> = built.map(|rule| rule.id).filter(|id| !named.contains(*id)).collect();
    assert_eq!(forgotten, [] as [&str; 0]);
}

/// Most files stay short; one that cannot says why at its top.
#[test]
fn no_source_file_is_longer_than_six_hundred_lines() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| text.lines().count() > 600 && !text.contains("longer than most because"))
        .map(|(path, text)| format!("{} ({} lines)", path.display(), text.lines().count()))
        .collect();
    assert_eq!(long, [] as [String; 0]);
}
