//! `crmsim shrink`: what it writes and where, which failure is meant, and what it refuses.

use super::support::Folder;

const FOUND: &str = r#"
format = 1
name = "found"
why = "A run of several steps."
clients = [{ id = "c1", user = "u1", role = "primary" }, { id = "c2", user = "u1", role = "secondary" }]
items = [{ id = "i1", kind = "contact", side = "both", set = { lastname = "X" } }]
steps = [
  { do = "advance", by = "5s" },
  { do = "delete", on = "c1", item = "i1", hard = true },
  { do = "lose-cache", on = "c1" },
  { do = "sync", on = "c1", times = 2 },
]
[protocol]
purged-item = "leaves-nothing"
"#;

const SIGNATURE: &str = "no-resurrection/contact-1-item-1-record/primary";

#[test]
fn what_is_written_replays_by_itself() {
    let folder = Folder::new("shrink-writes");
    folder.write("found.toml", FOUND);
    let ended = folder.run(&["shrink", "found.toml", "--out", "short.toml"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert_eq!(ended.out, "wrote short.toml\nnext: `crmsim run short.toml`\n");
    for part in [&format!("found: {SIGNATURE}\n"), "  remove clients: ", "\n4 steps became 2 in "] {
        assert!(ended.err.contains(part), "{part} is not in\n{}", ended.err);
    }
    let run = folder.run(&["run", "short.toml"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert!(run.out.contains("1 known"), "{}", run.out);
    let again = folder.run(&["shrink", "short.toml"]);
    assert!(again.err.contains("\n2 steps: that is as short as it gets, after "), "{}", again.err);
    let told = "to keep it, save it as ";
    let name = again.err.split(told).nth(1).and_then(|rest| rest.split(", ").next()).expect(told);
    folder.write(name, &again.out);
    assert_eq!(folder.run(&["run", name]).code, Some(0), "{name} is where it can be kept");
    let kept = std::fs::read_to_string(folder.0.join("short.toml")).unwrap();
    let rest = |text: &str| text.lines().filter(|line| !line.starts_with("name ")).collect::<Vec<_>>().join("\n");
    assert_eq!(rest(&again.out), rest(&kept), "a known failure is shrunk as well: {}", again.err);
}

#[test]
fn a_signature_that_it_does_not_have_is_answered_with_those_that_it_has() {
    let folder = Folder::new("shrink-other");
    folder.write("found.toml", FOUND);
    let ended = folder.run(&["shrink", "found.toml", "--signature", "quiet/no-lineage/nobody"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    let from_input = folder.run_reading(FOUND.as_bytes(), &["shrink", "-", "--signature", "quiet/no-lineage/nobody"]);
    assert!(from_input.err.starts_with("error: standard input does not fail so; "), "{}", from_input.err);
    assert!(ended.err.contains(&format!("its failures are:\n  {SIGNATURE}\n")), "{}", ended.err);
    let ended = folder.run(&["shrink", "found.toml", "--signature", "Quiet"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("invariant/shape/roles"), "{}", ended.err);
}

/// A scenario that holds and still says that it does not.
const MENDED: &str = r#"format = 1
name = "mended"
why = "The day that it holds, the row says so."
known = "It was not mended."
violates = ["no-duplicate-record"]
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "both" }]
steps = [{ do = "sync", on = "desk" }]
"#;

/// A profile of which every seed holds.
const PROFILE: &str = r#"format = 1
name = "holds"
why = "Nothing but syncs."
clients = [{ id = "desk", user = "ann", role = "primary" }]
[random]
items = [1, 1]
steps = [2, 3]
kinds = { contact = 1 }
weights = { others = 0, sync = 1 }
phases = { fault-free = 100, single-fault = 0, rare-fault = 0, away = 0 }
"#;

#[test]
fn what_does_not_fail_and_what_cannot_be_written_is_refused() {
    let folder = Folder::new("shrink-refuses");
    folder.good("good");
    let ended = folder.run(&["shrink", "good.toml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("good.toml does not fail"), "{}", ended.err);
    for (args, says) in [
        (&["shrink", "."][..], "error: . is a folder: name one file\n"),
        (&["shrink", "holds.toml"], "holds.toml is a profile, and its seed 0 does not fail; give `--seed N`\n"),
        (&["shrink", "holds.toml", "--seed", "1"], "its seed 1 does not fail; give another `--seed N`\n"),
    ] {
        folder.write("holds.toml", PROFILE);
        let ended = folder.run(args);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
        assert!(ended.err.contains(says), "{}", ended.err);
    }
    folder.write("mended.toml", MENDED);
    let ended = folder.run(&["shrink", "mended.toml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("does not violate any more what it declares in `violates`"), "{}", ended.err);
    folder.write("found.toml", FOUND);
    let ended = folder.run(&["shrink", "found.toml", "--out", "found.toml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("found.toml is there already"), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(folder.0.join("found.toml")).unwrap(), FOUND);
    folder.write("file", "");
    let ended = folder.run(&["shrink", "found.toml", "--out", "file/short.toml"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("cannot be written") && ended.out.starts_with("format = 1"), "{}", ended.err);
}

#[test]
fn a_budget_that_is_used_up_is_told() {
    let folder = Folder::new("shrink-budget");
    folder.write("found.toml", FOUND);
    let ended = folder.run(&["shrink", "found.toml", "--max-runs", "10"]);
    assert_eq!(ended.code, Some(6), "{}", ended.err);
    assert!(ended.err.contains("stopped at the 10 runs of --max-runs"), "{}", ended.err);
    // Which of the switches it takes was not tried.
    folder.write(
        "both.toml",
        FOUND.replace("purged-item", "watermark = \"last-version\"\npurged-item").replace("\"found\"", "\"both\""),
    );
    let ended = folder.run(&["shrink", "both.toml", "--max-runs", "10"]);
    assert!(ended.out.contains("\"It takes some of `"), "{} {}", ended.out, ended.err);
}

#[test]
fn the_curve_says_which_step_made_it_likely() {
    let folder = Folder::new("shrink-curve");
    folder.write("found.toml", FOUND);
    let ended = folder.run(&["shrink", "found.toml", "--out", "short.toml", "--curve"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let lines: Vec<&str> = ended.out.lines().skip(2).collect();
    assert_eq!(lines[0], "how often it fails so when the rest is drawn afresh, of 100 runs each:");
    assert!(lines[1].ends_with("  before the first step") && lines[1].contains(" %  "), "{}", lines[1]);
    // The purge alone does nothing: with the cache goes what tells of it.
    assert!(lines[2].contains("{ do = \"delete\"") && lines[3].contains("{ do = \"lose-cache\""), "{}", ended.out);
    assert!(
        lines.iter().any(|line| line.starts_with("step 2 makes it likely: of the runs in which the first is kept ")),
        "{}",
        ended.out
    );
    assert!(lines.last().is_some_and(|line| line.contains("{ do = \"lose-cache\"")), "{}", ended.out);
    // A result on standard output stays a file, and what needs no shrinking has the same curve.
    let again = folder.run(&["shrink", "short.toml", "--curve=100"]);
    assert!(again.out.starts_with("format = 1") && !again.out.contains("makes it likely"), "{}", again.out);
    assert!(again.err.contains(&lines[1..].join("\n")), "{}\n{}", again.err, ended.out);
    let none = folder.run(&["shrink", "short.toml", "--curve=0"]);
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("--curve") && none.err.contains("1..=100000"), "{}", none.err);
}

#[test]
fn an_expectation_has_no_curve() {
    let folder = Folder::new("shrink-no-curve");
    let text = FOUND.replace("[protocol]\npurged-item = \"leaves-nothing\"", "").replace(
        "  { do = \"sync\", on = \"c1\", times = 2 },",
        "  { id = \"z\", expect = \"fields\", item = \"i1\", on = \"c1\", set = { lastname = \"Z\" } },",
    );
    folder.write("found.toml", &text);
    let ended = folder.run(&["shrink", "found.toml", "--curve=10"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("no curve: what fails is a step of the file itself"), "{}", ended.err);
}

#[test]
#[cfg(debug_assertions)]
fn a_candidate_in_which_crmsim_fails_is_told_and_the_others_are_tried() {
    let folder = Folder::new("shrink-panic");
    folder.write("found.toml", FOUND);
    let panics = ("CRMSIM_PLANTED_PANIC", "a candidate of 1 steps");
    let ended = folder.run_with(panics, &["shrink", "found.toml", "--out", "short.toml"]);
    assert_eq!(ended.code, Some(101), "{}{}", ended.out, ended.err);
    for part in ["a planted panic", "the first of them:\nformat = 1", "\n4 steps became 2 in "] {
        assert!(ended.err.contains(part), "{part} is not in\n{}", ended.err);
    }
    assert_eq!(folder.run(&["run", "short.toml"]).code, Some(0));
}
