//! The verbs beside `run`.

use super::support::{Folder, GOOD, project};

#[test]
fn check_says_what_is_good_and_what_is_wrong_and_runs_nothing() {
    let folder = Folder::new("check");
    folder.bad("a");
    let ended = folder.run(&["check", "a.toml"]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(0), "ok  a.toml\n", ""));
    folder.write("b.toml", GOOD.replace("NAME", "b").replace("\"ann\"", "7"));
    let ended = folder.run(&["check", "."]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), "ok  ./a.toml\n"));
    assert!(ended.err.contains("error[E") && ended.err.contains("./b.toml:7:"), "{}", ended.err);
    let ended = folder.run_reading(GOOD.replace("NAME", "x").as_bytes(), &["check", "-"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), "ok  -\n"));
}

#[test]
fn the_committed_schema_is_current() {
    let folder = Folder::new("schema");
    let ended = folder.run(&["schema"]);
    assert_eq!(ended.code, Some(0));
    let committed = std::fs::read_to_string(project().join("schema/scenario.json")).unwrap();
    assert!(ended.out == committed, "write it anew: crmsim schema > schema/scenario.json");
    let schema: serde_json::Value = serde_json::from_str(&committed).unwrap();
    assert!(schema["properties"]["steps"].is_object());
}

#[test]
fn the_committed_reference_is_current() {
    let folder = Folder::new("format");
    let ended = folder.run(&["words", "--markdown"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let committed = std::fs::read_to_string(project().join("docs/format.md")).unwrap();
    assert!(ended.out == committed, "write it anew: crmsim words --markdown > docs/format.md");
}

#[test]
fn words_are_explained_and_unknown_ones_are_not() {
    let folder = Folder::new("words");
    let all = folder.run(&["words"]);
    assert_eq!((all.code, all.err.as_str()), (Some(0), ""));
    let edit = folder.run(&["words", "edit"]);
    assert_eq!(edit.code, Some(0));
    assert!(edit.out.lines().skip(1).all(|line| all.out.contains(line)), "{}", edit.out);
    assert!(edit.out.contains("Changes fields.") && !edit.out.contains("Deletes"), "{}", edit.out);
    let wrong = folder.run(&["words", "edti"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
    assert_eq!(wrong.err, "error: the format has no word `edti`; did you mean `edit`?\n");
}

#[test]
fn a_new_scenario_runs_and_is_never_overwritten() {
    let folder = Folder::new("new");
    let ended = folder.run(&["new", "my-case"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(ended.out.contains("wrote my-case.toml") && ended.out.contains("crmsim run my-case.toml"), "{}", ended.out);
    assert_eq!(folder.run(&["run", "my-case.toml"]).code, Some(0));

    folder.write("my-case.toml", "mine");
    let ended = folder.run(&["new", "my-case.toml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("my-case.toml is there already"), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(folder.0.join("my-case.toml")).unwrap(), "mine");

    std::fs::create_dir(folder.0.join("deep")).unwrap();
    assert_eq!(folder.run(&["new", "deep/other"]).code, Some(0));
    assert_eq!(folder.run(&["check", "deep/other.toml"]).code, Some(0));
    for wrong in ["", "two words", "a\"b", "x\n", "none/other", "deep/", "é\u{1b}"] {
        let ended = folder.run(&["new", wrong]);
        assert_eq!(ended.code, Some(2), "{wrong:?}");
        assert!(ended.err.starts_with("error: ") && !ended.err.contains('\u{1b}'), "{wrong:?}: {}", ended.err);
    }
    let left =
        std::fs::read_dir(&folder.0).unwrap().count() + std::fs::read_dir(folder.0.join("deep")).unwrap().count();
    assert_eq!(left, 3, "nothing else was written");
}

#[test]
fn rules_are_listed_with_who_follows_them() {
    let folder = Folder::new("rules");
    folder.good("a");
    let ended = folder.run(&["rules"]);
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.out.lines().count(), crmsim::model::rules::RULES.len());
    let tie = ended.out.lines().find(|line| line.starts_with("MRG-TIE ")).unwrap();
    assert!(tie.ends_with("  With equal times CRM wins."), "{tie}");
    let later = ended.out.lines().find(|line| line.starts_with("EML-DEL ")).unwrap();
    assert!(later.contains("(not built yet) "), "{later}");

    let ended = folder.run(&["rules", "--covered", "a.toml"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let words = |rule: &str| {
        let line = ended.out.lines().find(|line| line.split(' ').next() == Some(rule)).unwrap();
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((words("PRE-UPD").as_str(), words("MRG-TIE").as_str()), ("1 a", "0 never"));
    assert!(!ended.out.contains("EML-DEL"), "only what is built can be followed");
    folder.write("b.toml", "");
    assert_eq!(folder.run(&["rules", "--covered", "a.toml", "b.toml"]).code, Some(2));
    std::fs::create_dir(folder.0.join("empty")).unwrap();
    let nothing = folder.run(&["rules", "--covered", "empty", "none.toml"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(2), ""), "no rule is called never followed");
    assert!(nothing.err.contains("there is no scenario (*.toml) below empty"), "{}", nothing.err);
}

#[test]
fn help_teaches_and_tells_the_exit_codes() {
    let folder = Folder::new("help");
    for args in [&["--help"][..], &["run", "--help"]] {
        let ended = folder.run(args);
        assert_eq!(ended.code, Some(0));
        for part in ["Examples:", "crmsim run scenarios", "Exit codes:", "  101  a fault of crmsim itself"] {
            assert!(ended.out.contains(part), "{part} is not in\n{}", ended.out);
        }
        assert!(ended.out.lines().all(|line| line.chars().count() <= 100), "{}", ended.out);
        assert!(!ended.out.contains("fingerprint"), "a verb for the command itself is not shown");
    }
}
