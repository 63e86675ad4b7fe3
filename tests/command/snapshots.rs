//! `--snapshots` and `--accept`: what differs, what is kept, and what is left alone.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::support::{Ended, Folder, GOOD, project};
use super::two_rows;

/// [`GOOD`] with snapshots of both kinds.
fn golden(name: &str) -> String {
    keeping(GOOD, name)
}

fn keeping(text: &str, name: &str) -> String {
    text.replace("NAME", name).replace("tags =", "golden = [\"state\", \"journal\"]\ntags =")
}

/// Compares everything below `in` with `snaps`.
fn compare(folder: &Folder) -> Ended {
    folder.run(&["run", "in", "--snapshots", "snaps"])
}

fn accept(folder: &Folder) -> Ended {
    folder.run(&["run", "in", "--snapshots", "snaps", "--accept"])
}

/// A folder with one scenario and its accepted snapshots.
fn kept(test: &str) -> Folder {
    let folder = Folder::new(test);
    folder.write("in/deep/a.toml", golden("a"));
    assert_eq!(accept(&folder).code, Some(0));
    folder
}

/// Every file below a folder, with what it holds.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn names(folder: &Folder) -> String {
    tree(&folder.0.join("snaps")).into_keys().collect::<Vec<String>>().join(" ")
}

const STATE: &str = "snaps/deep/a.state.snap";

#[test]
fn a_missing_snapshot_differs_and_an_accepted_one_is_the_same() {
    let folder = Folder::new("snap-missing");
    folder.write("in/deep/a.toml", golden("a"));
    folder.write("in/b.toml", GOOD.replace("NAME", "b"));
    let ended = compare(&folder);
    assert_eq!((ended.code, ended.err.as_str()), (Some(5), ""), "{}", ended.out);
    let missing = "MISSING  snaps/deep/a.state.snap of in/deep/a.toml\n  there is no such file\n";
    assert!(ended.out.contains(missing), "{}", ended.out);
    assert!(ended.out.ends_with("2 held; snapshots: 2 DIFFERENT\n"), "{}", ended.out);
    assert!(!folder.0.join("snaps").exists(), "comparing writes nothing");

    let ended = accept(&folder);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    assert!(ended.out.contains("  +     telephone1  \"222\"") && ended.out.contains("  accepted\n"), "{}", ended.out);
    assert!(ended.out.ends_with("2 held; snapshots: 2 accepted\n"), "{}", ended.out);
    assert_eq!(names(&folder), "deep/a.journal.snap deep/a.state.snap", "and nothing beside them");

    let ended = compare(&folder);
    assert_eq!(ended.code, Some(0));
    assert!(ended.out.ends_with("2 held; snapshots: 2 the same\n"), "{}", ended.out);
    let before = tree(&folder.0);
    assert!(accept(&folder).out.ends_with("snapshots: 2 the same\n"));
    assert_eq!(tree(&folder.0), before);
}

#[test]
fn each_row_keeps_its_own_under_its_label() {
    let folder = Folder::new("snap-rows");
    folder.write("in/a.toml", keeping(&two_rows("a", "222"), "a").replace("[\"state\", \"journal\"]", "[\"state\"]"));
    assert_eq!(accept(&folder).code, Some(0));
    assert_eq!(names(&folder), "a@one.state.snap a@the_other.state.snap");
    assert_eq!(compare(&folder).code, Some(0));
}

#[test]
fn a_difference_is_shown_line_by_line_and_ends_with_5() {
    let folder = kept("snap-differs");
    let before = tree(&folder.0.join("snaps"));
    folder.write("in/deep/a.toml", golden("a").replace("222", "333"));
    let ended = compare(&folder);
    assert_eq!((ended.code, ended.err.as_str()), (Some(5), ""));
    let part = "  -     telephone1  \"222\"\n  +     telephone1  \"333\"\n";
    assert!(ended.out.contains(&format!("DIFFERS  {STATE} of in/deep/a.toml\n  from line ")), "{}", ended.out);
    assert!(ended.out.contains(part) && ended.out.contains("    lastname    \"Ray\"\n"), "{}", ended.out);
    assert_eq!(tree(&folder.0.join("snaps")), before);

    let ended = accept(&folder);
    assert_eq!(ended.code, Some(0));
    assert!(ended.out.contains(part) && ended.out.ends_with("snapshots: 2 accepted\n"), "{}", ended.out);
    let after = tree(&folder.0.join("snaps"));
    assert_eq!(after["deep/a.state.snap"], before["deep/a.state.snap"].replace("222", "333"));
    assert_eq!(compare(&folder).code, Some(0));
}

#[test]
fn programs_learn_of_each_snapshot() {
    let folder = kept("snap-json");
    std::fs::remove_file(folder.0.join("snaps/deep/a.journal.snap")).unwrap();
    folder.write("snaps/b.state.snap", "---\nsource: b\n---\nx\n");
    let ended = folder.run(&["run", "in", "--snapshots", "snaps", "--format", "json"]);
    assert_eq!(ended.code, Some(5));
    let all: Value = serde_json::from_str(&ended.out).unwrap();
    let snapshots = &all["scenarios"][0]["snapshots"];
    assert_eq!((&snapshots[0]["path"], &snapshots[0]["status"]), (&STATE.into(), &"same".into()));
    assert_eq!(snapshots[1]["status"], "missing");
    assert_eq!(all["orphans"], Value::from(vec!["snaps/b.state.snap"]));
    let summary = &all["summary"];
    let counts = ["snapshots_same", "snapshots_differ", "snapshots_accepted", "orphans"].map(|key| &summary[key]);
    assert_eq!(counts, [1, 1, 0, 1].map(Value::from).each_ref());
}

#[test]
fn a_failure_comes_before_a_difference_and_is_not_accepted() {
    let folder = kept("snap-fails");
    let before = tree(&folder.0.join("snaps"));
    let expected = "on = \"desk\", set = { telephone1 = \"222\"";
    folder.write("in/deep/a.toml", golden("a").replace(expected, &expected.replace("222", "9")).replace("Ray", "Roy"));
    assert_eq!(compare(&folder).code, Some(1));
    let ended = accept(&folder);
    assert_eq!(ended.code, Some(1));
    assert!(ended.out.contains("  not accepted: the scenario fails\n"), "{}", ended.out);
    assert!(ended.out.ends_with("snapshots: 2 DIFFERENT\n"), "{}", ended.out);
    assert_eq!(tree(&folder.0.join("snaps")), before);

    // What fails as a whole fails for each of its rows.
    let rows = keeping(&two_rows("a", "222"), "a").replace("\"PRE-UPD\"", "\"PRE-UPD\", \"MRG-TIE\"");
    folder.write("in/deep/a.toml", rows);
    let ended = accept(&folder);
    assert_eq!(ended.code, Some(1));
    assert!(ended.out.contains("not accepted") && tree(&folder.0.join("snaps")) == before, "{}", ended.out);

    folder.write("in/b.toml", "");
    assert_eq!(compare(&folder).code, Some(2), "a wrong file comes before both");
}

#[test]
fn what_no_scenario_asks_for_is_an_orphan_and_stays() {
    let folder = kept("snap-orphans");
    folder.write("in/b.toml", golden("b"));
    assert_eq!(accept(&folder).code, Some(0));
    folder.write("in/b.toml", GOOD.replace("NAME", "b"));
    let orphans = "ORPHAN   snaps/b.journal.snap no scenario asks for it\nORPHAN   snaps/b.state.snap no scenario";
    let ended = compare(&folder);
    assert_eq!(ended.code, Some(5));
    assert!(ended.out.contains(orphans) && ended.out.ends_with("2 the same, 2 ORPHANED\n"), "{}", ended.out);

    let before = tree(&folder.0.join("snaps"));
    let ended = accept(&folder);
    assert_eq!(ended.code, Some(5));
    assert!(ended.out.contains("snaps/b.state.snap is to be removed: no scenario asks for it\n"), "{}", ended.out);
    assert_eq!(tree(&folder.0.join("snaps")), before);

    // Only where the run covers them.
    let run = |args: &[&str]| folder.run(&[&["run"], args, &["--snapshots", "snaps"]].concat()).code;
    assert_eq!(run(&["in", "--name", "a"]), Some(0));
    assert_eq!(run(&["in", "--name", "b"]), Some(5));
    assert_eq!(run(&["in/b.toml"]), Some(5));
    // What a file that cannot be read asks for is not known.
    folder.write("in/b.toml", "");
    let ended = compare(&folder);
    assert!(ended.code == Some(2) && !ended.out.contains("ORPHAN"), "{}", ended.out);
    std::fs::remove_file(folder.0.join("in/b.toml")).unwrap();
    assert_eq!(compare(&folder).code, Some(5));
}

#[test]
fn the_path_below_the_folder_that_is_given_decides() {
    let folder = kept("snap-below");
    assert_eq!(folder.run(&["run", "in/deep", "--snapshots", "snaps/deep"]).code, Some(0));
    assert_eq!(folder.run(&["run", "in/deep/a.toml", "--snapshots", "snaps/deep"]).code, Some(0));
    assert_eq!(folder.run(&["run", "./in/", "--snapshots", "./snaps/"]).code, Some(0));
    let ended = folder.run(&["run", "in/deep/a.toml", "--snapshots", "snaps"]);
    assert_eq!(ended.code, Some(5));
    assert!(ended.out.contains("if deep/a.state.snap is meant, give --snapshots snaps/deep\n"), "{}", ended.out);

    folder.write("other/deep/a.toml", golden("a"));
    let ended = folder.run(&["run", "in", "other", "--snapshots", "snaps"]);
    assert_eq!(ended.code, Some(2));
    let both = "in/deep/a.toml and other/deep/a.toml would both keep deep/a.state.snap";
    assert!(ended.err.contains(both) && ended.out.is_empty(), "{}", ended.err);
}

#[test]
fn nothing_is_accepted_where_nobody_watches() {
    let folder = Folder::new("snap-ci");
    folder.write("in/a.toml", golden("a"));
    let args = ["run", "in", "--snapshots", "snaps", "--accept"];
    let ended = folder.run_with(("CI", "true"), &args);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("--accept is refused where the environment variable CI is set"), "{}", ended.err);
    assert!(ended.out.is_empty() && !folder.0.join("snaps").exists());
    assert_eq!(folder.run_with(("CI", "true"), &args[..4]).code, Some(5), "comparing is what it is for");
    assert_eq!(folder.run_with(("CI", "false"), &args).code, Some(0));
}

#[test]
fn a_folder_that_is_no_folder_of_snapshots_is_left_alone() {
    let folder = kept("snap-foreign");
    folder.write("in/deep/a.toml", golden("a").replace("222", "333"));
    // What insta leaves for its review, and hidden files, are welcome.
    folder.write("snaps/deep/a.state.snap.new", "x");
    folder.write("snaps/.gitattributes", "x");
    assert_eq!(compare(&folder).code, Some(5));
    let before = tree(&folder.0.join("snaps"));
    for (name, says) in [
        ("snaps/notes.txt", "snaps/notes.txt is no snapshot"),
        ("snaps/deep/a.state.snap.tmp", "snaps/deep/a.state.snap.tmp is what an interrupted --accept left; remove it"),
    ] {
        folder.write(name, "x");
        for ended in [compare(&folder), accept(&folder)] {
            assert_eq!(ended.code, Some(2), "{}", ended.out);
            assert!(ended.err.contains(says) && ended.out.is_empty(), "{}{}", ended.err, ended.out);
        }
        std::fs::remove_file(folder.0.join(name)).unwrap();
        assert_eq!(tree(&folder.0.join("snaps")), before);
    }
    for (dir, says) in
        [("in/deep/a.toml", "takes a folder, and in/deep/a.toml is a file"), ("in", "in/deep/a.toml is no snapshot")]
    {
        for more in [&[][..], &["--accept"]] {
            let ended = folder.run(&[&["run", "in", "--snapshots", dir], more].concat());
            assert!(ended.code == Some(2) && ended.err.contains(says), "{}", ended.err);
        }
    }
}

#[test]
fn what_cannot_be_read_or_written_is_said_and_stays_as_it_is() {
    let folder = kept("snap-broken");
    let whole = std::fs::read_to_string(folder.0.join(STATE)).unwrap();
    let journal = whole.find("records in CRM").unwrap();
    assert!(journal > 0);
    let head = whole.match_indices("---\n").nth(1).unwrap().0;
    for (text, says) in [
        (&whole.as_bytes()[..head], "ends within its header"),
        (&whole.as_bytes()[..head + 4], "ends after its header"),
        (b"", "is empty"),
        (b"records\n", "does not begin with the header"),
        (b"---\n---\n\xff", "is not UTF-8"),
    ] {
        folder.write(STATE, text);
        for ended in [compare(&folder), accept(&folder)] {
            assert_eq!(ended.code, Some(2), "{says}: {}", ended.out);
            assert!(ended.err.contains("the snapshot snaps/deep/a.state.snap cannot be used: it "), "{}", ended.err);
            assert!(ended.err.contains(says), "{}", ended.err);
            assert!(ended.out.ends_with("snapshots: 1 the same, 1 DIFFERENT\n"), "{}", ended.out);
        }
        assert_eq!(std::fs::read(folder.0.join(STATE)).unwrap(), text);
    }
    // A text that was cut is a text that differs.
    folder.write(STATE, &whole[..journal]);
    assert_eq!(compare(&folder).code, Some(5));
    assert_eq!(accept(&folder).code, Some(0));
    assert_eq!(std::fs::read_to_string(folder.0.join(STATE)).unwrap(), whole);

    std::fs::remove_file(folder.0.join(STATE)).unwrap();
    folder.write("snaps/deep/a.state.snap/x", "x");
    let ended = accept(&folder);
    assert!(ended.code == Some(2) && ended.err.contains("a.state.snap is no file"), "{}", ended.err);
    #[cfg(unix)]
    {
        let ended = folder.run(&["run", "in", "--snapshots", "/dev/null/snaps", "--accept"]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.err.contains("/dev/null/snaps"), "{}", ended.err);
        std::fs::remove_dir_all(folder.0.join("snaps")).unwrap();
        // Nobody, not even root, makes a file here.
        let ended = folder.run(&["run", "in", "--snapshots", "/proc/self/fdinfo/snaps", "--accept"]);
        assert!(ended.code == Some(2) && ended.err.contains("cannot be written"), "{}", ended.err);
    }
}

#[test]
fn line_ends_of_other_systems_are_no_difference() {
    let folder = kept("snap-crlf");
    let text = std::fs::read_to_string(folder.0.join(STATE)).unwrap();
    folder.write(STATE, text.replace('\n', "\r\n") + "\r\n");
    assert_eq!(compare(&folder).code, Some(0));
}

/// The shipped snapshots were written by insta, and the command takes them as they are; what the command writes has the
/// same bytes, so that a project may use both.
#[test]
fn the_command_and_insta_keep_the_same_files() {
    let folder = Folder::new("snap-insta");
    let (scenarios, shipped) = (project().join("scenarios"), project().join("snapshots"));
    let scenarios = scenarios.to_str().unwrap();
    let shipped = tree(&shipped);
    assert!(shipped.len() > 20);
    for (name, text) in &shipped {
        folder.write(&format!("snaps/{name}"), text);
    }
    let ended = folder.run(&["run", scenarios, "--snapshots", "snaps"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);

    // Each file is spoilt, and then accepted again.
    for (name, text) in &shipped {
        folder.write(&format!("snaps/{name}"), text.replacen(" in ", " out of ", 1).replacen("the end", "an end", 1));
    }
    let ended = folder.run(&["run", scenarios, "--snapshots", "snaps", "--accept"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    assert!(ended.out.ends_with(&format!("snapshots: {} accepted\n", shipped.len())), "{}", ended.out);
    assert_eq!(tree(&folder.0.join("snaps")), shipped);

    // Where there was none, only the header has another source.
    let ended = folder.run(&["run", scenarios, "--snapshots", "fresh", "--accept"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    let text = |(name, file): (String, String)| {
        let header = file.match_indices("---\n").nth(1).unwrap().0;
        (name, file[header..].to_owned())
    };
    let fresh: BTreeMap<String, String> = tree(&folder.0.join("fresh")).into_iter().map(text).collect();
    assert_eq!(fresh, shipped.into_iter().map(text).collect());
}
