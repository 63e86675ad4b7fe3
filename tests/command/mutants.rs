//! `crmsim mutants`: who notices when one cell of the protocol is changed.

use crmsim::check::IDS;
use crmsim::fuzz::mutants::all;
use crmsim::protocol::Protocol;
use serde_json::Value;

use super::support::{Folder, project};

/// A contact that is deleted in Outlook, and nothing that is expected: the invariants alone judge.
const DELETED: &str = r#"
format = 1
name = "deleted"
why = "CRM keeps a contact that was deleted in Outlook."
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray" } }]
steps = [
  { do = "delete", item = "zoe", on = "desk" },
  { do = "sync", on = "desk" },
]
"#;

fn folder(test: &str) -> Folder {
    let folder = Folder::new(test);
    folder.write("deleted.toml", DELETED);
    folder
}

#[test]
fn a_mutant_is_killed_by_the_invariant_that_its_scenario_breaks() {
    let folder = folder("mutants-killed");
    let ended = folder.run(&["mutants", ".", "--seeds", "0", "--only", "deletion/contact-in-outlook"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    let line = "killed    deletion/contact-in-outlook: kept -> deleted  deletion-allowed  ./deleted.toml\n";
    assert!(ended.out.starts_with(line), "{}", ended.out);
    assert!(ended.out.ends_with("\n1 mutant: 1 killed, 0 survived\n"), "{}", ended.out);
}

/// No scenario notices, and an invariant on a drawn one does.
#[test]
fn the_fuzzer_kills_a_mutant_that_no_scenario_notices() {
    let folder = folder("mutants-fuzzed");
    let fuzz = |seeds| {
        let cell = "deletion/open-task-in-crm";
        folder.run(&["mutants", ".", "--only", cell, "--starts", "1", "--seeds", seeds, "--format", "json"])
    };
    assert_eq!(fuzz("0").code, Some(1), "nobody notices");
    let ended = fuzz("60");
    let table: Value = serde_json::from_str(&ended.out).unwrap();
    let (one, found) = (&table["mutants"][0], &table["mutants"][0]["fuzzed"]["found"]);
    assert_eq!((ended.code, one["scenario"].is_null()), (Some(0), true), "{}", ended.out);
    assert_eq!(found["invariant"], "deletion-propagated", "{}", ended.out);
    let (steps, shrunk_steps) = (found["steps"].as_u64(), found["shrunk_steps"].as_u64());
    assert!(shrunk_steps > Some(0) && shrunk_steps < steps, "{}", ended.out);
    assert_eq!(table["fuzzed"], serde_json::json!({ "seeds": 60, "starts": 1 }));
}

#[test]
fn a_survivor_without_a_reason_ends_with_1_and_one_with_a_reason_says_it() {
    let folder = folder("mutants-survive");
    let ended = folder.run(&["mutants", "deleted.toml", "--seeds", "0", "--only", "merge-winner"]);
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    assert_eq!(ended.out.matches("nobody notices, and nothing says that it may survive").count(), 2, "{}", ended.out);
    assert!(ended.out.ends_with("\n2 mutants: 0 killed, 2 survived, 2 of them without a reason\n"), "{}", ended.out);
    let ended = folder.run(&[
        "mutants",
        "deleted.toml",
        "--seeds",
        "0",
        "--only",
        "direction/contact/home2",
        "--format",
        "json",
    ]);
    let table: Value = serde_json::from_str(&ended.out).unwrap();
    let reasons: Vec<bool> = table["mutants"].as_array().unwrap().iter().map(|one| one["reason"].is_string()).collect();
    assert_eq!((ended.code, reasons), (Some(1), vec![false, true]), "{}", ended.out);
}

#[test]
fn a_scenario_that_names_the_switch_or_another_base_does_not_count() {
    let folder = Folder::new("mutants-pinned");
    folder.write("deleted.toml", DELETED.to_owned() + "[protocol]\nbase = \"documented\"\n");
    let ended = folder.run(&["mutants", "."]);
    assert_eq!(ended.code, Some(6), "{}", ended.out);
    assert!(ended.err.contains("no scenario there holds under the hardened protocol"), "{}", ended.err);
    let edited =
        DELETED.replace("{ do = \"delete\", item = \"zoe\", on = \"desk\" }", "{ do = \"sync\", on = \"desk\" }");
    let tied = "  { do = \"edit\", item = \"zoe\", on = \"desk\", via = \"explorer\", set = { lastname = \"Up\" } },\n  \
                { do = \"edit\", item = \"zoe\", on = \"crm\", set = { lastname = \"Down\" } },\n  \
                { do = \"sync\", on = \"desk\" },\n  \
                { expect = \"fields\", item = \"zoe\", on = \"crm\", set = { lastname = \"Down\" } },\n]\n";
    let edited = edited.trim_end().trim_end_matches(']').to_owned() + tied;
    for (protocol, code, says) in [
        ("merge-winner = \"newer\"", 0, "killed    merge-tie: crm -> outlook  expectation  ./deleted.toml"),
        ("merge-tie = \"crm\"", 1, "survived  merge-tie: crm -> outlook  nobody notices"),
    ] {
        folder.write("deleted.toml", format!("{edited}[protocol]\n{protocol}\n"));
        let ended = folder.run(&["mutants", ".", "--seeds", "0", "--only", "merge-tie"]);
        assert_eq!(ended.code, Some(code), "{}{}", ended.out, ended.err);
        assert!(ended.out.starts_with(says), "{}", ended.out);
    }
}

#[test]
fn the_table_is_the_same_for_any_number_of_jobs() {
    let folder = folder("mutants-jobs");
    let [one, many] = ["1", "8"].map(|jobs| {
        let mut args = vec!["mutants", ".", "--only", "deletion", "--only", "merge-tie", "--format", "markdown"];
        args.extend(["--seeds", "3", "--starts", "2", "--jobs", jobs]);
        folder.run(&args).out
    });
    assert_eq!(one, many);
    let (table, _) = one.split_once("\n## Survivors\n").unwrap();
    assert_eq!(table.matches("| `deletion/").count(), 15, "{one}");
}

#[test]
fn what_is_wrong_is_said() {
    let folder = folder("mutants-wrong");
    folder.write("broken/b.toml", "");
    for (args, code, says) in [
        (&["mutants"][..], 2, "there is no such file"),
        (&["mutants", "broken"], 2, "broken/b.toml:1:1"),
        (
            &["mutants", ".", "--only", "merge-winer"],
            6,
            "there is no cell `merge-winer`; did you mean `merge-winner`? docs/mutants.md lists them",
        ),
        (
            &["mutants", ".", "--only", "nope"],
            6,
            "there is no cell `nope`; docs/mutants.md lists them, as `merge-winner` or ",
        ),
        (
            &["mutants", ".", "--only", "relink=none"],
            6,
            "there is no cell `relink=none`; a cell is named without its value: `relink`",
        ),
        (&["mutants", ".", "--jobs", "0"], 2, "--jobs"),
        (&["mutants", ".", "--starts", "0"], 2, "--starts"),
        (&["mutants", ".", "--seeds", "-1"], 2, "-1"),
    ] {
        let ended = folder.run(args);
        assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.err);
        assert!(ended.err.contains(says), "{args:?}: {}", ended.err);
    }
}

/// The page is made by the command; here its list is held to the tables, every survivor to a reason, and what the fuzzer found
/// to what there is to say of it.
#[test]
fn the_page_of_mutants_lists_those_that_are_derived() {
    let page = std::fs::read_to_string(project().join("docs/mutants.md")).unwrap();
    let (table, survivors) = page.split_once("\n## Survivors\n").unwrap();
    let rows = |text: &str| -> Vec<Vec<String>> {
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        rows.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
    };
    let listed: Vec<[String; 3]> = rows(table).iter().map(|row| [0, 1, 2].map(|at| row[at].clone())).collect();
    let derived = all(&Protocol::default()).into_iter().map(|one| [format!("`{}`", one.cell), one.from, one.to]);
    assert_eq!(
        listed,
        derived.collect::<Vec<_>>(),
        "`crmsim mutants --format markdown > docs/mutants.md` makes it anew"
    );
    assert!(!survivors.contains("**"), "{survivors}");
    let killed = rows(table).len() - rows(survivors).len();
    assert!(
        table.contains(&format!("{} mutants: {killed} killed, ", listed.len())),
        "the sentence counts what is listed"
    );
    for row in rows(table) {
        let [invariant, seeds, steps] = [5, 6, 7].map(|at| row[at].as_str());
        let found = IDS.contains(&invariant);
        assert!(found || invariant.is_empty(), "{row:?}");
        assert_eq!(seeds == "never", !found, "{row:?}");
        assert!(["never", "rare"].contains(&seeds) || seeds.parse::<u64>().is_ok_and(|seeds| seeds > 0), "{row:?}");
        assert!(if found { steps.is_empty() || steps.parse::<u64>().is_ok() } else { steps.is_empty() }, "{row:?}");
    }
}

/// The page says of each of these who notices it first; the command finds the same.
#[test]
fn a_sample_of_mutants_is_killed_by_the_shipped_scenarios() {
    let folder = Folder::new("mutants-sample");
    let scenarios = project().join("scenarios");
    let path = |below: &str| scenarios.join(below).to_string_lossy().into_owned();
    let paths = [path("merge"), path("rules/contact-mapping.toml"), path("rules/task-deletions-crm.toml")];
    let cells = ["merge-tie", "deletion/open-task-in-crm", "direction/contact/yomilastname", "merge-winner"];
    let mut args = vec!["mutants", "--seeds", "0"];
    args.extend(paths.iter().map(String::as_str));
    args.extend(cells.iter().flat_map(|cell| ["--only", *cell]));
    let ended = folder.run(&args);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(ended.out.ends_with("\n6 mutants: 6 killed, 0 survived\n"), "{}", ended.out);
}

#[test]
#[cfg(debug_assertions)]
fn a_fault_in_one_mutant_ends_none_of_the_others() {
    let folder = folder("mutants-panic");
    let args = ["mutants", ".", "--seeds", "0", "--only", "deletion/contact-in-outlook", "--only", "merge-winner"];
    let ended = folder.run_with(("CRMSIM_PLANTED_PANIC", "merge-winner"), &args);
    assert_eq!(ended.code, Some(101), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("a planted panic") && ended.err.contains("crmsim mutants --only merge-winner"));
    assert!(ended.out.contains("killed    deletion/contact-in-outlook"), "{}", ended.out);
}
