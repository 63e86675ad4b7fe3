//! Sweeps on the command line: what is printed of their points, one point alone, and a point as a file.

use serde_json::Value;

use super::support::{Ended, Folder};

/// A contact is tracked where the server chooses the id: the lost answer makes a second record.
const SWEPT: &str = r#"
format = 1
name = "swept"
why = "A contact is tracked once."
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "outlook", set = { lastname = "Ray" } }]
steps = [
  { id = "track", do = "track", item = "zoe", on = "desk", via = "explorer" },
  { expect = "linked", item = "zoe", on = "desk" },
]
[protocol]
base = "BASE"
[sweep]
step = "track"
kinds = ["lose-request", "lose-reply", "crash-before"]
"#;

const LOST: &str = "lose-reply:desk:create:1";

fn folder(test: &str, base: &str) -> Folder {
    let folder = Folder::new(test);
    folder.write("swept.toml", SWEPT.replace("BASE", base));
    folder
}

fn fails(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}{}", ended.out, ended.err);
    let all = format!("{}{}", ended.out, ended.err);
    for part in parts {
        assert!(all.contains(part), "{part} is not in\n{all}");
    }
}

#[test]
fn a_sweep_that_holds_says_how_many_points_it_has() {
    let folder = folder("sweep-holds", "hardened");
    let ended = folder.run(&["run", "swept.toml"]);
    fails(&ended, 0, &["held     swept.toml  ", " points\n"]);
    let points = folder.run(&["point", "swept.toml"]).out.lines().count();
    assert!(
        ended.out.ends_with(&format!("1 scenario in 1 file: 1 held; {points} points of sweeps\n")),
        "{}",
        ended.out
    );
    assert!(points > 4);
}

#[test]
fn each_point_that_fails_has_a_line_that_runs_it_again() {
    let folder = folder("sweep-fails", "documented");
    let ended = folder.run(&["run", "swept.toml"]);
    let replay = format!("crmsim run swept.toml --seed 0 --point {LOST}");
    fails(&ended, 1, &["FAILED   swept.toml  ", &format!("\nreplay: {replay}  # "), "no-duplicate-record", "(zoe)\n"]);

    let again = folder.run(&replay.split(' ').skip(1).collect::<Vec<_>>());
    fails(
        &again,
        1,
        &[
            &format!("FAILED   swept.toml at {LOST}  "),
            "  invariant no-duplicate-record: ",
            "  also      at event",
            &replay,
        ],
    );
    let traced = folder.run(&["run", "swept.toml", "--point", LOST, "--trace"]);
    fails(&traced, 1, &["lose-reply"]);

    let json = folder.run(&["run", "swept.toml", "--format", "json"]);
    let all: Value = serde_json::from_str(&json.out).unwrap();
    let sweep = &all["scenarios"][0]["sweep"];
    assert_eq!((&sweep["step"], &all["scenarios"][0]["verdict"]), (&"track".into(), &"failed".into()));
    assert_eq!(all["summary"]["points"], sweep["points"]);
    let wrong = sweep["wrong"].as_array().unwrap();
    assert_eq!(all["summary"]["points_failed"], wrong.len());
    assert!(wrong.iter().any(|point| point["point"] == LOST && point["replay"] == replay.as_str()));
    let one = folder.run(&["run", "swept.toml", "--format", "json", "--point", LOST]);
    let one: Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!(one["scenarios"][0]["point"], LOST);
}

#[test]
fn any_number_of_threads_prints_the_same() {
    let folder = folder("sweep-threads", "documented");
    let run = |jobs| folder.run(&["run", "swept.toml", "--jobs", jobs]).out;
    assert_eq!(run("1"), run("5"));
}

#[test]
fn a_point_becomes_a_file_that_fails_by_itself() {
    let folder = folder("sweep-point", "documented");
    let list = folder.run(&["point", "swept.toml"]);
    assert!(list.out.lines().any(|line| line.starts_with(LOST) && line.ends_with("  zoe")), "{}", list.out);
    fails(&folder.run(&["point", "swept.toml", LOST, "--out", "lost.toml"]), 0, &["wrote lost.toml\n"]);
    fails(&folder.run(&["run", "lost.toml"]), 1, &["held     lost.toml#undisturbed", "FAILED   lost.toml#point"]);
    fails(&folder.run(&["point", "swept.toml", LOST, "--out", "lost.toml"]), 2, &["lost.toml is there already"]);
    let printed = folder.run(&["point", "swept.toml", "lose-request:desk:create:1"]);
    assert!(
        printed.out.contains("fault = \"lose-request\", call = \"create\", on = \"desk\", nth = 1, rows = [\"point\"]")
    );
    let read = folder.run_reading(printed.out.as_bytes(), &["run", "-"]);
    fails(&read, 0, &["2 held"]);
}

#[test]
fn what_is_no_point_is_answered_with_the_nearest() {
    let folder = folder("sweep-unknown", "documented");
    let near = format!("swept.toml:8: there is no point `lose-reply:desk:create:7`; did you mean `{LOST}`?");
    fails(&folder.run(&["run", "swept.toml", "--point", "lose-reply:desk:create:7"]), 2, &[&near]);
    fails(&folder.run(&["point", "swept.toml", "lose-reply:desk:create:7"]), 2, &[&near]);
    folder.good("a");
    fails(&folder.run(&["point", "a.toml"]), 2, &["a.toml: nothing there has a `[sweep]`"]);
    fails(&folder.run(&["run", "a.toml", "--point", LOST]), 2, &["a.toml:1: it has no `[sweep]`"]);
    let idle = SWEPT.replace("BASE", "hardened").replace("kinds = [", "kinds = [\"deliver-twice\"] #");
    let idle = idle
        .replace("do = \"track\", item = \"zoe\", on = \"desk\", via = \"explorer\"", "do = \"close\", on = \"desk\"");
    folder.write("swept.toml", idle.replace("\"linked\", item", "\"unlinked\", item"));
    fails(&folder.run(&["run", "swept.toml"]), 2, &["swept.toml:8: nothing to sweep: the step `track` makes no call"]);
}
