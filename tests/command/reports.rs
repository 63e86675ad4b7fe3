//! What the report of a failure says beside the failure itself: what is declared, how more would be, which calls were made.

use super::support::{Folder, GOOD};

/// A scenario with a known hazard: the answer to a create is lost, and the retry makes a second record.
const KNOWN: &str = r#"
format = 1
name = "known"
why = "A retry makes a second record."
known = "the server chooses the id"
violates = ["no-duplicate-record"]
also = ["converged"]
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "outlook", set = { lastname = "Ray" } }]
steps = [
  { fault = "lose-reply", call = "create", on = "desk" },
  { do = "track", item = "zoe", on = "desk", via = "explorer" },
  { do = "advance", by = "15m" },
#MORE
]
[protocol]
base = "documented"
"#;

fn run(test: &str, text: &str) -> (Option<i32>, String) {
    let folder = Folder::new(test);
    folder.write("known.toml", text);
    let ended = folder.run(&["run", "known.toml"]);
    assert_eq!(ended.err, "");
    (ended.code, ended.out)
}

fn has(out: &str, parts: &[&str]) {
    for part in parts {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
}

#[test]
fn what_is_not_declared_is_told_with_how_it_would_be() {
    assert_eq!(run("declared", KNOWN).0, Some(0));
    let (code, out) = run("declared", &KNOWN.replace("also = [\"converged\"]\n", ""));
    assert_eq!(code, Some(1));
    has(
        &out,
        &[
            "  declared  known: the server chooses the id; violates no-duplicate-record\n",
            "  hint      not declared: add `converged` to `also`\n",
        ],
    );
    let count = "  { expect = \"count\", kind = \"contact\", side = \"crm\", is = 1 },";
    let (_, out) = run("declared", &KNOWN.replace("#MORE", count));
    has(&out, &["also converged\n", "  hint      not declared: give the step an id and name it in `breaks`\n"]);
    let (_, out) = run("declared", &KNOWN.replace("#MORE", &count.replace("{ expect", "{ id = \"one\", expect")));
    has(&out, &["  hint      not declared: add `one` to `breaks`\n"]);
    let (_, out) = run(
        "declared",
        &GOOD.replace("NAME", "known").replace("111", "222").replace("desk\", set", "desk\", not = true, set"),
    );
    assert!(!out.contains("declared") && !out.contains("  hint"), "nothing is declared there: {out}");
}

#[test]
fn what_is_known_is_told_as_known_in_full_where_it_runs_alone() {
    let (code, out) = run("told-known", KNOWN);
    assert_eq!(code, Some(0));
    has(
        &out,
        &[
            "known   known.toml\n  why       A retry makes a second record.\n",
            "  invariant no-duplicate-record: ",
            "  declared  known: the server chooses the id; violates no-duplicate-record; also converged\n",
            "  what happened to zoe\n    1. ",
            "  also      converged",
            "replay: crmsim run known.toml --seed 0\n",
        ],
    );
    assert!(!out.contains("FAILED"), "{out}");
    // Beside another row of the file it is told briefly, with the line that tells it in full.
    let rows =
        "cases = [{ row = \"good\", protocol = { base = \"hardened\" } }, { row = \"bad\" }]\n#KNOWN\n[protocol]";
    let of_row =
        "known = \"the server chooses the id\"\nviolates = [\"no-duplicate-record\"]\nalso = [\"converged\"]\n";
    let known_row = format!("row = \"bad\", {}", of_row.trim_end().replace('\n', ", "));
    let text = KNOWN
        .replace(of_row, "")
        .replace("[protocol]", rows)
        .replace("row = \"bad\"", &known_row)
        .replace("#KNOWN\n", "");
    let (code, out) = run("told-known", &text);
    assert_eq!(code, Some(0), "{out}");
    has(
        &out,
        &[
            "known   known.toml#bad\n",
            "in full: crmsim run known.toml --name known#bad --seed 0\n",
            "1 held, 1 known\n",
        ],
    );
    assert!(!out.contains("what happened"), "{out}");
    // Where there are more files, only the verdicts are told.
    let folder = Folder::new("told-known-among-others");
    folder.write("known.toml", KNOWN);
    folder.good("other");
    let ended = folder.run(&["run", "."]);
    assert!(ended.out.contains("1 held, 1 known\n") && !ended.out.contains("declared"), "{}", ended.out);
}

#[test]
fn a_hazard_that_did_not_come_is_the_headline_only_where_nothing_else_is_wrong() {
    let gone = KNOWN.replace("violates = [", "violates = [\"no-lost-edit\", ");
    let (code, out) = run("gone", &gone);
    assert_eq!(code, Some(1));
    has(&out, &["  expected  `no-lost-edit` is violated, as `violates` says\n", "is the hazard gone?"]);
    let (_, out) = run("gone", &gone.replace("also = [\"converged\"]\n", ""));
    has(&out, &["  invariant converged", "  also      at event ", "`no-lost-edit` is violated, as `violates` says"]);
}

#[test]
fn a_fault_that_never_struck_is_told_with_the_calls_that_were_made() {
    let text = GOOD
        .replace("NAME", "known")
        .replace("steps = [", "steps = [\n  { fault = \"lose-reply\", call = \"create\", on = \"desk\" },");
    let (code, out) = run("unreached", &text);
    assert_eq!(code, Some(1));
    has(
        &out,
        &["  found     it was armed and never struck\n  calls     desk made prepare x", "get-data x", ", no create\n"],
    );
}

#[test]
fn a_run_without_end_is_cut_sooner_where_a_file_has_many_rows() {
    let rows: Vec<String> = (0..50).map(|_| "{}".to_owned()).collect();
    let text = GOOD.replace("NAME", "known").replace(
        "{ do = \"sync\", on = \"desk\" }",
        &["{ do = \"sync\", on = \"desk\", times = 10000 }"; 5].join(", "),
    ) + &format!("cases = [{}]\n", rows.join(", "));
    let folder = Folder::new("bound");
    folder.write("known.toml", text);
    let ended = folder.run(&["run", "known.toml", "--name", "known#7"]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    has(
        &ended.out,
        &["within its bound of 100000 units of work", "  the run   did not end, and is too long to be told"],
    );
    assert!(!ended.out.contains("what happened"), "{}", ended.out);
}

#[test]
fn a_meeting_is_sent_by_its_organizer_only() {
    let meeting = |organizer: &str, by: &str| {
        let items = format!(
            "items = [{{ id = \"talk\", kind = \"appointment\", side = \"outlook\", organizer = \"{organizer}\" }}]"
        );
        let text = format!(
            "format = 1\nname = \"known\"\nwhy = \"Outlook\"\nstart = 2011-03-01T09:00:00Z\n\
             clients = [\n  {{ id = \"desk\", user = \"ann\", role = \"primary\" }},\n  \
             {{ id = \"laptop\", user = \"bob\", role = \"primary\" }},\n]\n{items}\n\
             steps = [\n  {{ do = \"meet\", item = \"talk\", on = \"desk\", with = [\"bob\"] }},\n  \
             {{ do = \"edit\", item = \"talk\", on = \"{by}\", set = {{ organizer = \"\" }} }},\n  \
             {{ do = \"meet\", item = \"talk\", on = \"{by}\", with = [\"ann\", \"bob\"] }},\n]\n\
             [protocol]\nbase = \"hardened\"\n"
        );
        run("meeting", &text)
    };
    let (code, out) = meeting("ann", "desk");
    assert_eq!(code, Some(0), "{out}");
    // Also where his copy does not say any more who organizes it.
    let (code, out) = meeting("ann", "laptop");
    assert_eq!(code, Some(1), "{out}");
    has(&out, &["  found     `ann` organizes the meeting, and `bob` cannot send it\n"]);
    // Nobody sent it yet, and it names somebody else.
    let (code, out) = meeting("bob", "desk");
    assert_eq!(code, Some(1), "{out}");
    has(&out, &["  found     `bob` organizes the meeting, and `ann` cannot send it\n"]);
}
