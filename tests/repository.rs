//! The repository holds itself to its own rules.

mod files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources() -> Vec<(PathBuf, String)> {
    files::below("src", ".rs").into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
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

/// A row of the page of cases: the case, its files below `scenarios/`, the words that it waits for.
fn rows_of_cases(page: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = page.lines().filter(|line| line.starts_with("| E") || line.starts_with("| H"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0].to_owned(), quoted(cells[2]), quoted(cells[3]))
    })
    .collect()
}

/// What is told of incidents and of peers' cases is there: every file says so itself, and every word waited for is none yet.
#[test]
fn the_page_of_cases_agrees_with_the_files_and_the_words() {
    use crmsim::scenario::vocabulary::not_built;

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = rows_of_cases(&std::fs::read_to_string(root.join("docs/cases.md")).unwrap());
    let mut wrong = Vec::new();
    for number in 1..=28 {
        let case = format!("E{number:02}");
        if !rows.iter().any(|(id, ..)| *id == case) {
            wrong.push(format!("{case} has no row"));
        }
    }
    let waiting = [not_built::ROOT, not_built::USER, not_built::CLIENT, not_built::ROLES, not_built::ITEM];
    let more = [not_built::KINDS, not_built::ACTS, not_built::FAULTS, not_built::EXPECTATIONS, not_built::STEP];
    let words: BTreeSet<&str> = waiting.into_iter().chain(more).flatten().copied().collect();
    let mut named = BTreeSet::new();
    for (case, files, waits) in &rows {
        if files.is_empty() && waits.is_empty() {
            wrong.push(format!("{case} has neither a file nor a word that it waits for"));
        }
        let built = waits.iter().filter(|word| !words.contains(word.as_str()));
        wrong.extend(built.map(|word| format!("{case} waits for `{word}`, which is built")));
        for file in files {
            let text = std::fs::read_to_string(root.join("scenarios").join(file)).unwrap_or_default();
            let source = text.lines().find(|line| line.starts_with("source")).unwrap_or_default();
            if !source.contains(case.as_str()) {
                wrong.push(format!("{file} is not there, or its `source` does not name {case}"));
            }
            named.insert(file.clone());
        }
    }
    for folder in ["incidents", "peers"] {
        let found = files::below(&format!("scenarios/{folder}"), ".toml");
        let names = found.iter().map(|path| format!("{folder}/{}", path.file_name().unwrap().to_string_lossy()));
        wrong.extend(names.filter(|name| !named.contains(name)).map(|name| format!("{name} stands in no row")));
    }
    assert_eq!(wrong, [] as [String; 0], "docs/cases.md");
}
