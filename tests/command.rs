//! The command as its users start it: each verb, each exit code, and what is printed where.

#[path = "command/corpus.rs"]
mod corpus;
#[path = "command/fuzz.rs"]
mod fuzz;
#[path = "command/generate.rs"]
mod generate;
#[path = "command/mutants.rs"]
mod mutants;
#[path = "command/output.rs"]
mod output;
#[path = "command/reports.rs"]
mod reports;
#[path = "command/shrink.rs"]
mod shrink;
#[path = "command/snapshots.rs"]
mod snapshots;
#[path = "command/support.rs"]
mod support;
#[path = "command/sweep.rs"]
mod sweep;
#[path = "command/verbs.rs"]
mod verbs;

use support::{Folder, GOOD};

/// The steps of [`GOOD`] for two rows, one of which may fail.
fn two_rows(name: &str, other: &str) -> String {
    let cases =
        format!("cases = [{{ row = \"one\", phone = \"222\" }}, {{ row = \"the other\", phone = \"{other}\" }}]\n");
    let edit = "on = \"desk\", set = { telephone1 = \"222\"";
    GOOD.replace("NAME", name).replace(edit, &edit.replace("222", "$phone")) + &cases
}

#[test]
fn what_holds_ends_with_0() {
    let folder = Folder::new("holds");
    folder.good("a");
    let ended = folder.run(&["run", "a.toml"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert!(ended.out.starts_with("held     a.toml  "), "{}", ended.out);
    assert!(ended.out.ends_with("\n1 scenario in 1 file: 1 held\n"), "{}", ended.out);
}

#[test]
fn what_fails_ends_with_1_and_a_report_that_replays() {
    let folder = Folder::new("fails");
    folder.good("a");
    folder.write("b.toml", two_rows("b", "999"));
    let ended = folder.run(&["run", "."]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(1), ""));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(lines[0].starts_with("held     ./a.toml            "), "{}", ended.out);
    assert!(lines[1].starts_with("held     ./b.toml#one        "), "{}", ended.out);
    assert!(lines[2].starts_with("FAILED   ./b.toml#the other  "), "{}", ended.out);
    let report = ended.out.split("\n\n").nth(1).unwrap();
    for part in [
        "FAILED  ./b.toml#the other\n  why       A change in CRM reaches Outlook.\n",
        "  where     ./b.toml:12, at event ",
        "expect = \"fields\", item = \"zoe\", on = \"desk\", set = { telephone1 = \"999\" }",
        "  expected  `zoe`: telephone1",
        "  found     telephone1 = \"222\"\n",
        "    1. +00:00:00.000 at the start the contact zoe is in CRM and in Outlook, linked: telephone1 = \"111\"",
        " ann changes zoe in CRM: telephone1 from \"111\" to \"222\".\n",
        " desk changes zoe in Outlook: telephone1 from \"111\" to \"222\".\n",
    ] {
        assert!(report.contains(part), "{part} is not in\n{report}");
    }
    assert!(report.lines().count() <= 40, "{report}");
    assert!(ended.out.ends_with("\n3 scenarios in 2 files: 2 held, 1 FAILED\n"), "{}", ended.out);

    // The last line of the report runs this row, and this row only, to the same report.
    let replay = report.lines().last().unwrap().strip_prefix("replay: crmsim ").unwrap();
    assert_eq!(replay, "run ./b.toml --name 'b#the other' --seed 0");
    let again = folder.run(&["run", "./b.toml", "--name", "b#the other", "--seed", "0"]);
    assert_eq!(again.code, Some(1));
    assert!(again.out.contains(report) && again.out.ends_with("1 scenario in 1 file: 1 FAILED\n"), "{}", again.out);
}

#[test]
fn a_long_story_still_makes_a_report_of_forty_lines() {
    let folder = Folder::new("long");
    let many = GOOD.replace("NAME", "a").replace("kind = \"contact\",", "kind = \"contact\", copies = 30,");
    let many = many.replace("item = \"zoe\"", "item = \"zoe*\"");
    let count = "  { expect = \"count\", side = \"crm\", kind = \"contact\", is = 31 },\n]";
    let many = many.trim_end().strip_suffix(']').unwrap().to_owned() + count;
    folder.write("a.toml", many);
    let ended = folder.run(&["run", "a.toml"]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    let report = ended.out.split("\n\n").nth(1).unwrap();
    assert_eq!(report.lines().count(), 40, "{report}");
    assert!(report.contains("sentences are left out") && report.contains("\n    1. ") && report.contains("\nreplay: "));
}

#[test]
fn of_many_copies_the_story_is_about_the_one_that_failed() {
    let folder = Folder::new("copies");
    let many = GOOD.replace("NAME", "a").replace("kind = \"contact\",", "kind = \"contact\", copies = 30,");
    let many = many.replace("item = \"zoe\", on = \"desk\"", "item = \"zoe*\", on = \"desk\"");
    folder.write("a.toml", many.replace("item = \"zoe\"", "item = \"zoe7\""));
    let ended = folder.run(&["run", "a.toml"]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(
        ended.out.contains("expected  `zoe1`: ") && ended.out.contains("  what happened to zoe1\n"),
        "{}",
        ended.out
    );
    assert!(!ended.out.contains("zoe7"), "that was another: {}", ended.out);
}

#[test]
fn a_declared_failure_is_known_and_ends_with_0() {
    let folder = Folder::new("known");
    folder.bad("a");
    let text = std::fs::read_to_string(folder.0.join("a.toml")).unwrap();
    folder.write("a.toml", text + "known = \"nobody is perfect\"\nbreaks = [\"look\"]\n");
    let ended = folder.run(&["run", "a.toml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.starts_with("known    a.toml  ") && ended.out.contains(": 1 known\n"), "{}", ended.out);
}

#[test]
fn what_concerns_the_file_is_judged_where_all_rows_run() {
    let folder = Folder::new("whole");
    folder.write("a.toml", two_rows("a", "222").replace("\"PRE-UPD\"", "\"PRE-UPD\", \"MRG-TIE\""));
    let ended = folder.run(&["run", "a.toml"]);
    assert_eq!(ended.code, Some(1));
    let whole = "FAILED   a.toml, all rows together\n";
    assert!(ended.out.contains(whole) && ended.out.contains("expected  rule MRG-TIE is followed"), "{}", ended.out);
    assert!(ended.out.find("#the other") < ended.out.find(whole), "after the rows: {}", ended.out);
    assert!(ended.out.ends_with("2 held; 1 file FAILED as a whole\n"), "{}", ended.out);
    assert_eq!(folder.run(&["run", "a.toml", "--name", "a#one"]).code, Some(0));
}

#[test]
fn wrong_files_end_with_2_and_the_others_still_run() {
    let folder = Folder::new("wrong");
    folder.good("a");
    folder.write("b.toml", GOOD.replace("NAME", "b").replace("role", "rolle"));
    folder.write("c.toml", "");
    folder.write("d.toml", [0xff, 0xfe, 0x00]);
    folder.write("e.toml", "a = ".to_owned() + &"[".repeat(10_000));
    std::fs::File::create(folder.0.join("f.toml")).unwrap().set_len(100 << 20).unwrap();
    folder.bad("g");
    let ended = folder.run(&["run", "."]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.out.ends_with("\n2 scenarios in 2 files: 1 held, 1 FAILED; 5 files could not be run\n"),
        "{}",
        ended.out
    );
    assert!(ended.err.contains("./b.toml:7:41"), "{}", ended.err);
    for code in ["error[E1", "error[E504]", "error[E503]", "error[E505]", "error[E502]"] {
        assert!(ended.err.contains(code), "{code} is not in\n{}", ended.err);
    }
    assert!(!ended.out.contains("error["), "diagnostics belong to standard error");
}

#[test]
fn wrong_command_lines_end_with_2() {
    let folder = Folder::new("usage");
    folder.good("a");
    std::fs::create_dir(folder.0.join("empty")).unwrap();
    for (args, says) in [
        (&["run"][..], "<PATH>"),
        (&["walk"], "unrecognized subcommand"),
        (&["run", "a.toml", "--seeed", "1"], "--seed"),
        (&["run", "a.toml", "--jobs", "0"], "--jobs"),
        (&["run", "a.toml", "--stop-at", "0"], "--stop-at"),
        (&["run", "a.toml", "--rule", "MRG-TEI"], "did you mean `MRG-TIE`?"),
        (&["run", "a.toml", "--rule", "EML-DEL"], "not built yet"),
        (&["run", "a.toml", "--list", "--twice"], "cannot be used with"),
        (&["run", "a.toml", "--accept"], "--snapshots <DIR>"),
        (&["run", "a.toml", "--snapshots", "s", "--seed", "1"], "cannot be used with"),
        (&["run", "a.toml", "--snapshots", "s", "--stop-at", "1"], "cannot be used with"),
        (&["run", "a.toml", "--snapshots", "s", "--point", "p"], "cannot be used with"),
        (&["run", "-", "--snapshots", "s"], "cannot keep snapshots"),
        (&["run", "a.toml", "--trace", "--format", "json"], "cannot be used with --format json"),
        (&["run", "none.toml"], "there is no such file"),
        (&["run", "empty"], "there is no scenario (*.toml) below empty"),
        (&["check", "empty"], "there is no scenario (*.toml) below empty"),
    ] {
        let ended = folder.run(args);
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.err);
        assert!(ended.err.contains(says), "{args:?}: {}", ended.err);
    }
}

#[test]
fn an_empty_selection_ends_with_6() {
    let folder = Folder::new("nothing");
    folder.good("a");
    let ended = folder.run(&["run", "a.toml", "--tag", "large"]);
    assert_eq!(ended.code, Some(6));
    assert!(ended.err.contains("none of the 1 scenarios fits the selection"), "{}", ended.err);
    folder.write("b.toml", "");
    assert_eq!(folder.run(&["run", ".", "--tag", "large"]).code, Some(2), "a wrong file comes before nothing to run");
}

#[test]
fn names_tags_and_rules_select() {
    let folder = Folder::new("select");
    folder.write("a.toml", two_rows("a", "222"));
    folder.write("deep/er/b.toml", GOOD.replace("NAME", "b").replace("small", "big").replace("PRE-UPD", "PRE-CAND"));
    folder.write(".hidden/c.toml", "this is not read");
    let listed = |args: &[&str]| {
        let ended = folder.run(&[&["run", ".", "--list"], args].concat());
        assert_eq!(ended.code, Some(if ended.out.is_empty() { 6 } else { 0 }), "{}", ended.err);
        let names = ended.out.lines().map(|line| line.split("  ").next().unwrap().to_owned());
        names.collect::<Vec<_>>().join(" | ")
    };
    assert_eq!(listed(&[]), "./a.toml#one | ./a.toml#the other | ./deep/er/b.toml");
    assert_eq!(listed(&["--tag", "big"]), "./deep/er/b.toml");
    assert_eq!(listed(&["--tag", "big", "--tag", "small"]), listed(&[]));
    assert_eq!(listed(&["--rule", "PRE-UPD"]), "./a.toml#one | ./a.toml#the other");
    assert_eq!(listed(&["--rule", "PRE-UPD", "--tag", "big"]), "");
    assert_eq!(listed(&["--name", "a#one"]), "./a.toml#one");
    assert_eq!(listed(&["--name", "o"]), "./a.toml#one | ./a.toml#the other");
    assert_eq!(listed(&["--name", "b"]), "./deep/er/b.toml");
    folder.write("a-more.toml", GOOD.replace("NAME", "a-more"));
    assert_eq!(listed(&["--name", "a"]), "./a.toml#one | ./a.toml#the other", "a file's name is not a part of another");
    assert_eq!(listed(&["--name", "a-m"]), "./a-more.toml");
    std::fs::remove_file(folder.0.join("a-more.toml")).unwrap();
    assert_eq!(listed(&["--name", "a#*r", "--name", "?"]), "./a.toml#the other | ./deep/er/b.toml");
}

#[test]
fn a_file_from_standard_input_runs() {
    let folder = Folder::new("stdin");
    let text = GOOD.replace("NAME", "any-name");
    for args in [&["run", "-"][..], &["run", "-", "--twice"], &["run", "-", "-"]] {
        let ended = folder.run_reading(text.as_bytes(), args);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(ended.out.contains("1 scenario in 1 file: 1 held"), "{}", ended.out);
    }
    assert_eq!(
        folder.run_reading(text.replace("222\" } },\n]", "9\" } },\n]").as_bytes(), &["run", "-"]).code,
        Some(1)
    );
    for wrong in [&b""[..], b"\xff", &vec![b'#'; 3 << 20]] {
        let ended = folder.run_reading(wrong, &["run", "-"]);
        assert_eq!(ended.code, Some(2));
        assert!(ended.err.contains("<stdin>:1:1"), "{}", ended.err);
    }
}

#[test]
fn a_stopped_run_is_not_judged() {
    let folder = Folder::new("stop");
    folder.bad("a");
    let ended = folder.run(&["run", "a.toml", "--trace-rules", "--stop-at", "20"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    assert!(ended.out.contains("stopped  a.toml") && ended.out.ends_with(": 1 stopped\n"), "{}", ended.out);
    let events = ended.out.lines().filter(|line| line.contains("  +00:")).count();
    assert_eq!(events, 20);
}

#[test]
#[cfg(debug_assertions)]
fn a_leak_is_found_by_running_twice() {
    let folder = Folder::new("twice");
    folder.write("a.toml", two_rows("a", "222"));
    let honest = folder.run(&["run", "a.toml", "--twice"]);
    assert_eq!((honest.code, honest.err.as_str()), (Some(0), ""), "{}", honest.out);
    assert_eq!(honest.out.matches("twice the same").count(), 2, "{}", honest.out);

    let leaky = ("CRMSIM_PLANTED_LEAK", "1");
    let ended = folder.run_with(leaky, &["run", "a.toml", "--twice", "--name", "a#one"]);
    assert_eq!(ended.code, Some(3), "{}", ended.out);
    let total: usize = ended.out.split(" events").next().unwrap().split(' ').next_back().unwrap().parse().unwrap();
    let event = total / 2 + 1;
    assert!(ended.out.contains(&format!("differs   first at event {event}, of {total} here")), "{}", ended.out);
    for side in ["here", "there"] {
        let line = ended.out.lines().find(|line| line.trim_start().starts_with(&format!("{side} "))).unwrap();
        assert_eq!(line.split_whitespace().nth(1), Some(event.to_string().as_str()), "{line}");
    }
    assert!(ended.out.contains("parts     that differ: "), "{}", ended.out);
    assert_eq!(folder.run_with(leaky, &["run", "a.toml"]).code, Some(0), "nobody looked");
    folder.write("b.toml", "");
    folder.bad("c");
    assert_eq!(folder.run_with(leaky, &["run", ".", "--twice"]).code, Some(3), "comes before wrong files and failures");
}

#[test]
#[cfg(debug_assertions)]
fn a_fault_of_crmsim_ends_with_101_and_the_others_still_run() {
    let folder = Folder::new("panic");
    folder.good("a");
    folder.good("b");
    folder.write("c.toml", "");
    let ended = folder.run_with(("CRMSIM_PLANTED_PANIC", "a"), &["run", ".", "--seed", "5"]);
    assert_eq!(ended.code, Some(101));
    assert!(ended.out.contains("BROKEN   ./a.toml") && ended.out.contains("held     ./b.toml"), "{}", ended.out);
    for part in [
        concat!("crmsim ", env!("CARGO_PKG_VERSION"), " failed: a planted panic (src/"),
        "scenario  a, seed 5",
        "replay: crmsim run ./a.toml --seed 5",
    ] {
        assert!(ended.err.contains(part), "{part} is not in\n{}", ended.err);
    }
    assert!(!ended.err.contains("panicked at"), "{}", ended.err);
}
