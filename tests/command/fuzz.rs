//! Campaigns on the command line: what is found, what is printed, what stays when a process is stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::{Ended, Folder};

/// A small profile: few people, few steps, and replies that are lost.
const SMALL: &str = r#"
format = 1
name = "small"
why = "Replies are lost."
clients = [{ id = "desk", user = "ann", role = "primary" }]
[protocol]
base = "BASE"
[random]
items = [2, 3]
steps = [8, 12]
kinds = { contact = 1 }
weights = { others = 0, create = 4, edit = 4, track = 8, sync = 6 }
faults = { others = 0, lose-reply = 1 }
"#;

fn folder(test: &str, base: &str) -> Folder {
    let folder = Folder::new(test);
    folder.write("small.toml", SMALL.replace("BASE", base));
    folder
}

fn says(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}{}", ended.out, ended.err);
    let all = format!("{}{}", ended.out, ended.err);
    for part in parts {
        assert!(all.contains(part), "{part} is not in\n{all}");
    }
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err))
}

/// Every file below a folder, with what it holds; what is renamed while it is looked at is left out.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap().to_owned();
                match std::fs::read(&path) {
                    Ok(bytes) => drop(all.insert(below, bytes)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => panic!("{}: {error}", path.display()),
                }
            }
        }
    }
    all
}

#[test]
fn the_documented_protocol_fails_within_few_seeds_and_what_is_kept_fails_by_itself() {
    let folder = folder("fuzz-finds", "hardened");
    let args = ["fuzz", "small.toml", "--seeds", "0..30", "--protocol", "documented"];
    let found = folder.run(&args);
    says(&found, 1, &["seeds 0..30 of small.toml: 30 runs: ", "no-duplicate-record/", "new  "]);
    assert_eq!(found.err, "", "there is no terminal to show progress on");
    let replay = found.out.lines().find_map(|line| line.strip_prefix("replay: ")).unwrap();
    assert!(replay.ends_with(" --protocol documented small.toml | crmsim run -"), "{replay}");
    let generate: Vec<&str> = replay.split(" | ").next().unwrap().split(' ').skip(1).collect();
    let drawn = folder.run(&generate);
    assert_eq!(folder.run_reading(drawn.out.as_bytes(), &["run", "-"]).code, Some(1), "{}", drawn.err);

    says(&folder.run(&["corpus", "check"]), 0, &["same failure", " the same\n"]);
    let file = found.out.lines().find(|line| line.trim_start().starts_with("corpus/")).unwrap().trim();
    says(&folder.run(&["run", file]), 0, &["known "]);
    let kept = std::fs::read_to_string(folder.0.join(file)).unwrap();
    let steps = kept.lines().filter(|line| line.starts_with("  { do") || line.starts_with("  { fault")).count();
    assert!((1..=6).contains(&steps), "shrunk to {steps} steps:\n{kept}");

    let again = folder.run(&args);
    says(&again, 0, &[" known\n"]);
    assert!(!again.out.contains("FAILED"), "{}", again.out);
    assert!(!again.out.contains("new  ") && !again.out.contains("replay"), "{}", again.out);
    says(&folder.run(&["fuzz", "small.toml", "--seeds", "0..30"]), 0, &["30 runs: 30 held"]);
}

#[test]
fn a_profile_whose_acts_cannot_happen_is_told() {
    let folder = folder("fuzz-idle", "hardened");
    let weights = |acts: &str| {
        let all = "others = 0, create = 4, edit = 4, track = 8, sync = 6";
        SMALL.replace("BASE", "hardened").replace(all, acts).replace("items = [2, 3]", "items = [0, 0]")
    };
    // Nobody ever has an item, or only late.
    let named = |name: &str, acts: &str| weights(acts).replace("name = \"small\"", &format!("name = \"{name}\""));
    folder.write("never.toml", named("never", "others = 0, edit = 4, delete = 1"));
    folder.write("seldom.toml", named("seldom", "others = 0, edit = 90, sync = 1"));
    let args = |profile| ["fuzz", profile, "--seeds", "0..4"];
    says(&folder.run(&args("never.toml")), 6, &["4 held\n", "NOTHING HAPPENED  never.toml: ", "could ever happen"]);
    says(&folder.run(&args("seldom.toml")), 0, &["warning: seldom.toml: ", " acts could not happen: in "]);
    let usual = folder.run(&args("small.toml"));
    assert!(!usual.out.contains("could not happen") && !usual.out.contains("NOTHING"), "{}", usual.out);
    let summary = json(&folder.run(&[&args("never.toml")[..], &["--format", "json"]].concat()));
    let steps = &summary["profiles"][0]["steps"];
    assert!(steps["drawn"].as_u64() > Some(0) && steps["drawn"] == steps["filled"], "{steps}");
    let drawn = folder.run(&["generate", "--seed", "1", "never.toml"]);
    says(&drawn, 0, &["warning: only time passes in "]);
    assert!(!drawn.out.contains("warning"), "what is printed is a file");
    says(&folder.run(&["run", "never.toml"]), 0, &["warning: never.toml: only time passes in ", "1 held"]);
}

#[test]
fn any_number_of_threads_finds_the_same() {
    let folder = folder("fuzz-jobs", "documented");
    let run = |jobs, format, corpus: &str| {
        let args = ["fuzz", "small.toml", "--seeds", "0..40", "--jobs", jobs, "--format", format, "--corpus", corpus];
        let ended = folder.run(&args);
        assert_eq!(ended.code, Some(1), "{}", ended.err);
        let files = bytes(&folder.0.join(corpus));
        assert!(files.len() > 2);
        (ended.out.replace(corpus, "CORPUS"), files)
    };
    for format in ["text", "json"] {
        let (one, eight) =
            (run("1", format, &format!("{format}-one-job")), run("8", format, &format!("{format}-eight-jobs")));
        assert_eq!(one.0, eight.0);
        assert!(one.1 == eight.1, "the corpora differ: {:?}, {:?}", one.1.keys(), eight.1.keys());
    }
}

#[test]
fn an_interrupted_campaign_keeps_what_it_found_and_says_how_to_go_on() {
    interrupt("hardened");
    interrupt("documented");
}

/// Interrupts a campaign, goes on, and compares the two parts with a campaign that nobody interrupted.
fn interrupt(base: &str) {
    let folder = folder(&format!("fuzz-interrupted-{base}"), base);
    let args = ["fuzz", "small.toml", "--seeds", "0..2_000", "--format", "json", "--jobs", "1"];
    let mut command = folder.command(&args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let running = folder.0.join("corpus/running.txt");
    while !std::fs::read_to_string(&running).is_ok_and(|text| text.contains("--seeds")) {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let first: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = first["signatures"].as_array().unwrap().len();
    let code = if found > 0 { 1 } else { 6 };
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(first["complete"], false);
    assert!(!running.exists());
    let next = first["next"].as_str().unwrap();
    assert_eq!(next.split(" --seeds ").nth(1).unwrap().split("..").next(), Some(first["end"].to_string().as_str()));

    let second = json(&folder.run(&next.split(' ').skip(1).collect::<Vec<_>>()));
    let whole = json(&folder.run(&[&args[..], &["--corpus", "whole"]].concat()));
    // What runs came to is the same; what is met only while another failure is shrunk depends on how far that came.
    let met = |summaries: &[&Value]| {
        let all = summaries.iter().flat_map(|summary| summary["signatures"].as_array().unwrap());
        let all = all.filter(|one| one["runs"].as_u64() > Some(0));
        all.map(|one| one["signature"].as_str().unwrap().to_owned()).collect::<BTreeSet<String>>()
    };
    assert!(base == "hardened" || !met(&[&whole]).is_empty());
    assert_eq!(met(&[&first, &second]), met(&[&whole]));
    let kept = bytes(&folder.0.join("corpus"));
    for signature in met(&[&whole]) {
        let file = PathBuf::from(format!("{base}/{}.toml", signature.replace('/', ".")));
        assert!(kept.contains_key(&file), "{}", file.display());
    }
    assert!(base == "hardened" || folder.run(&["corpus", "check"]).code == Some(0));
    let number = |value: &Value| u64::from_str_radix(value["digest"].as_str().unwrap(), 16).unwrap();
    assert_eq!(number(&whole), number(&first).wrapping_add(number(&second)));
    let sum = |key: &str| first[key].as_u64().unwrap() + second[key].as_u64().unwrap();
    assert_eq!((whole["runs"].as_u64(), whole["events"].as_u64()), (Some(sum("runs")), Some(sum("events"))));
    assert_eq!((&second["complete"], &second["next"]), (&true.into(), &Value::Null));
}

#[test]
fn a_corpus_survives_being_killed_at_any_moment() {
    let folder = folder("fuzz-killed", "documented");
    let args = ["fuzz", "small.toml", "--seeds", "0..400", "--jobs", "2"];
    for round in 0..8_u32 {
        let mut child = folder.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // A moment that is another one each time: so many looks at the folder.
        for _ in 0..=(round * 300) {
            let _ = bytes(&folder.0.join("corpus"));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let check = folder.run(&["corpus", "check"]);
        let no_corpus_yet =
            check.code == Some(2) && check.err.contains("is no corpus") | check.err.contains("there is no corpus");
        assert!(matches!(check.code, Some(0 | 6)) || no_corpus_yet, "{}{}", check.out, check.err);
    }
    let ended = folder.run(&args);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.err);
    says(&folder.run(&["corpus", "check"]), 0, &[" the same\n"]);
    let left = bytes(&folder.0.join("corpus"))
        .into_keys()
        .filter(|path| path.extension().is_none_or(|it| it != "toml" && it != "json"));
    assert_eq!(left.collect::<Vec<_>>(), [] as [PathBuf; 0]);
}

#[test]
#[cfg(debug_assertions)]
fn a_fault_of_crmsim_is_a_finding_and_ends_nothing() {
    let folder = folder("fuzz-panic", "hardened");
    let ended = folder.run_with(("CRMSIM_PLANTED_PANIC", "3"), &["fuzz", "small.toml", "--seeds", "0..6"]);
    let replay = "replay: crmsim generate --seed 3 small.toml | crmsim run -\n";
    says(&ended, 101, &["6 runs: 5 held, 1 BROKEN\n", "BROKEN  seed 3 of small.toml: ", "a planted panic", replay]);
    assert!(!folder.0.join("corpus").exists(), "nothing was found that could be kept");
}

#[test]
#[cfg(debug_assertions)]
fn a_fault_while_a_failure_is_shrunk_loses_no_failure() {
    for (panics, told) in [
        ("a shrink", "; the failure is kept as it was found\n"),
        ("a candidate of 3 steps", ", in what shrinking tried\n"),
    ] {
        let folder = folder("fuzz-shrink-panic", "documented");
        let args = ["fuzz", "small.toml", "--seeds", "0..12"];
        let ended = folder.run_with(("CRMSIM_PLANTED_PANIC", panics), &args);
        says(&ended, 101, &["BROKEN", "a planted panic", told, "new  "]);
        assert!(ended.out.contains("might become shorter") == (panics == "a shrink"), "{}", ended.out);
        says(&folder.run(&["corpus", "check"]), 0, &[" the same\n"]);
        says(&folder.run(&args), 0, &["known"]);
    }
}

#[test]
#[cfg(debug_assertions)]
fn a_new_failure_runs_again_in_a_second_process() {
    let folder = folder("fuzz-leak", "documented");
    let ended = folder.run_with(("CRMSIM_PLANTED_LEAK", "1"), &["fuzz", "small.toml", "--seeds", "0..30"]);
    says(&ended, 3, &["NOT DETERMINISTIC  seed ", " | crmsim run - --twice\n"]);
    assert_eq!(bytes(&folder.0.join("corpus")).len(), 0, "nothing is kept that cannot be relied on");
}

#[test]
fn the_end_of_the_time_ends_shrinking_too() {
    let folder = folder("fuzz-time-shrinks", "documented");
    // The first seed runs in any case, and this one fails.
    let ended = folder.run(&["fuzz", "small.toml", "--seeds", "6..100", "--for", "1ms", "--jobs", "1"]);
    says(
        &ended,
        1,
        &[
            " marks in 1 run; nothing new",
            "of the new failures might become shorter; `crmsim shrink FILE --signature SIGNATURE",
            "go on: crmsim fuzz small.toml --seeds 7..100 ",
        ],
    );
    says(&folder.run(&["corpus", "check"]), 0, &[" the same\n"]);
}

#[test]
fn a_failure_is_in_the_corpus_before_it_is_shrunk() {
    let folder = folder("fuzz-killed-shrinking", "documented");
    folder.write("small.toml", SMALL.replace("BASE", "documented").replace("[8, 12]", "[300, 300]"));
    let args = ["fuzz", "small.toml", "--seeds", "0..4", "--jobs", "1"];
    let mut child = folder.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_record = |path: &PathBuf| path.starts_with("documented") && path.extension().is_some_and(|it| it == "json");
    while !bytes(&folder.0.join("corpus")).keys().any(is_record) {
        assert!(child.try_wait().unwrap().is_none(), "it ended, and kept nothing");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let record = bytes(&folder.0.join("corpus")).into_iter().find(|(path, _)| is_record(path)).unwrap().1;
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!((&record["shrink_runs"], &record["steps"]), (&0.into(), &record["steps_before"]));
    says(&folder.run(&["corpus", "check"]), 0, &[" the same\n"]);
}

/// `fuzz` with the small profile and what else is said.
fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["fuzz", "small.toml"], more].concat()
}

#[test]
fn wrong_command_lines_end_with_2_and_touch_nothing() {
    let folder = folder("fuzz-wrong", "hardened");
    folder.good("a");
    folder.write(
        "zero.toml",
        SMALL.replace("BASE", "hardened").replace("create = 4, edit = 4, track = 8, sync = 6", "edit = 0"),
    );
    folder.write("full/letter.txt", "dear");
    for (args, says) in [
        (&["fuzz"][..], "--seeds"),
        (
            &with(&["--seeds", "5..5"]),
            "the range is empty, as 5 is no longer in it; for this one seed write 5..=5 or 5..6",
        ),
        (&with(&["--seeds", "9..5"]), "write 5..9"),
        (&with(&["--seeds", "0..9223372036854775809"]), "2^63 - 1"),
        (&with(&["--seeds", "0..99999999999999999999"]), "too great"),
        (&with(&["--seeds", "x"]), "A..B"),
        (&with(&["--seeds", "7.."]), "needs `--for`"),
        (&with(&["--for", "0s"]), "10m"),
        (&with(&["--for", "soon"]), "10m"),
        (&["fuzz", "--until-covered", "small.toml"], "K is a whole number; put the profile before it"),
        (&with(&["--seeds", "0..1", "--protocol", "hardend"]), "did you mean `hardened`?"),
        (&with(&["--seeds", "0..1", "--jobs", "0"]), "--jobs"),
        (&with(&["--seeds", "0..1", "--corpus", "full"]), "full is no corpus: it holds letter.txt"),
        (&with(&["--seeds", "0..1", "--corpus", "a.toml"]), "a.toml"),
        (&with(&["--seeds", "0..1", "--corpus", "a.toml/below"]), "a.toml/below"),
        (&["fuzz", "a.toml", "--seeds", "0..1"], "a.toml is no profile: it has no `[random]`"),
        (&["fuzz", "calmm", "--seeds", "0..1"], "did you mean `calm`?"),
        (&["fuzz", "small", "--seeds", "0..1"], "did you mean `small.toml`?"),
        (&["fuzz", "zero.toml", "--seeds", "0..1"], "zero.toml"),
    ] {
        let ended = folder.run(args);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{args:?}: {}", ended.err);
        assert!(ended.err.contains(says), "{args:?}: {}", ended.err);
    }
    assert!(!folder.0.join("corpus").exists());
    assert_eq!(bytes(&folder.0.join("full")).len(), 1);
}

#[test]
fn a_campaign_that_stagnates_does_not_say_that_more_seeds_would_bring_nothing() {
    let folder = folder("fuzz-stagnates", "hardened");
    folder.write("small.toml", SMALL.replace("BASE", "hardened").replace("[8, 12]", "[1, 1]"));
    let ended = folder.run(&with(&["--until-covered=1", "--no-shrink"]));
    let told = " runs, so more seeds are unlikely to bring the marks that have not come and are not declared rare: ";
    assert!(ended.out.contains("stopped: nothing new in ") && ended.out.contains(told), "{}", ended.out);
    let help = folder.run(&["fuzz", "--help"]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("K is 1000 unless given, after `=` or after the profiles"), "{help}");
}

#[test]
fn the_gate_says_that_a_profile_of_ones_own_may_rule_marks_out() {
    let folder = folder("fuzz-gate", "hardened");
    let ended = folder.run(&with(&["--seeds", "0..2", "--gate"]));
    says(
        &ended,
        4,
        &["NOT COVERED  ", "the gate is meant for the shipped profiles all together; others may rule marks out\n"],
    );
}

#[test]
fn the_profile_that_the_help_shows_runs() {
    let folder = Folder::new("fuzz-skeleton");
    let help = folder.run(&["fuzz", "--help"]).out;
    let shown = help.lines().skip_while(|line| *line != "  format = 1").take_while(|line| line.starts_with("  "));
    folder.write("mine.toml", shown.map(|line| format!("{}\n", line.trim())).collect::<String>());
    says(&folder.run(&["fuzz", "mine.toml", "--seeds", "0..2"]), 0, &["seeds 0..2 of mine.toml: 2 runs: 2 held\n"]);
}

#[test]
fn a_time_ends_a_campaign_and_the_shipped_profiles_need_no_files() {
    let folder = Folder::new("fuzz-time");
    let ended = folder.run(&["fuzz", "calm", "--seeds", "5..", "--for", "1s", "--format", "json"]);
    let summary = json(&ended);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.err);
    assert_eq!((summary["from"].as_u64(), &summary["profiles"][0]["name"]), (Some(5), &"calm".into()));
    assert!(summary["runs"].as_u64().unwrap() > 0 && summary["next"].as_str().unwrap().contains("--for 1s"));
}
