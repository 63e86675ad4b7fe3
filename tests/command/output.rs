//! What is printed: for programs, in colour, as a trace, by any number of threads, and to a reader that went away.

use std::process::Stdio;

use serde_json::Value;

use super::support::{Ended, Folder, GOOD, project};

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}", ended.out))
}

#[test]
fn json_tells_everything_in_a_stable_order() {
    let folder = Folder::new("json");
    folder.good("a");
    folder.bad("b");
    folder.write("c.toml", "format = 1\n");
    let ended = folder.run(&["run", ".", "--format", "json", "--seed", "7"]);
    assert_eq!(ended.code, Some(2));
    let all = json(&ended);
    assert_eq!((&all["schema"], &all["exit"]), (&Value::from(1), &Value::from(2)));
    assert_eq!(all["version"], env!("CARGO_PKG_VERSION"));
    let (good, bad) = (&all["scenarios"][0], &all["scenarios"][1]);
    assert_eq!((&good["name"], &good["path"], &good["verdict"]), (&"a".into(), &"./a.toml".into(), &"held".into()));
    assert_eq!((&good["row"], &good["seed"]), (&Value::Null, &Value::from(7)));
    let hash = good["hash"].as_str().unwrap();
    assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    assert!(good["events"].as_u64().unwrap() > 20);
    assert!(good["rules"].as_array().unwrap().contains(&"PRE-UPD".into()));
    assert_eq!(good["failures"], Value::Array(Vec::new()));
    let failure = &bad["failures"][0];
    assert_eq!((&failure["kind"], &failure["step"], &failure["line"]), (&"expectation".into(), &2.into(), &12.into()));
    assert_eq!((&failure["invariant"], &failure["declared"]), (&Value::Null, &false.into()));
    assert!(failure["expected"].as_str().unwrap().contains("999"));
    assert!(failure["actual"].as_str().unwrap().contains("222"));
    assert_eq!(all["errors"][0]["path"], "./c.toml");
    assert_eq!((&all["summary"]["total"], &all["summary"]["held"]), (&2.into(), &1.into()));
    assert_eq!((&all["summary"]["failed"], &all["summary"]["files_wrong"]), (&1.into(), &1.into()));
    // As text, because a parsed document forgets the order of its keys.
    let places = [
        "\"schema\"",
        "\"version\"",
        "\"scenarios\"",
        "\"name\"",
        "\"row\"",
        "\"path\"",
        "\"verdict\"",
        "\"seed\"",
        "\"hash\"",
    ];
    let places: Vec<Option<usize>> = places.iter().map(|key| ended.out.find(key)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
}

#[test]
fn different_seeds_give_different_hashes() {
    let folder = Folder::new("seeds");
    let many = GOOD.replace("NAME", "a").replace("kind = \"contact\",", "kind = \"contact\", copies = 12,");
    folder.write("a.toml", many.replace("item = \"zoe\"", "item = \"zoe*\""));
    let hash = |seed: &str| {
        let ended = folder.run(&["run", "a.toml", "--format", "json", "--seed", seed]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        json(&ended)["scenarios"][0]["hash"].as_str().unwrap().to_owned()
    };
    assert_eq!(hash("1"), hash("1"));
    assert_ne!(hash("1"), hash("2"));
}

#[test]
fn any_number_of_jobs_prints_the_same_bytes() {
    let folder = Folder::new("jobs");
    let scenarios = project().join("scenarios");
    let scenarios = scenarios.to_str().unwrap();
    for format in ["text", "json"] {
        let run = |jobs| folder.run(&["run", scenarios, "--format", format, "--jobs", jobs]);
        let (one, eight) = (run("1"), run("8"));
        assert!(one.out.lines().count() > 100 && one.err.is_empty(), "{}", one.err);
        assert!(one.out == eight.out && one.code == eight.code, "one job and eight differ");
    }
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let folder = Folder::new("colour");
    folder.bad("a");
    folder.write("b.toml", "x = 1\n");
    let coloured = |ended: Ended| (ended.out.contains('\u{1b}'), ended.err.contains('\u{1b}'));
    assert_eq!(coloured(folder.run(&["run", "."])), (false, false), "a pipe is no terminal");
    assert_eq!(coloured(folder.run(&["run", ".", "--color", "always"])), (true, true));
    assert_eq!(coloured(folder.run_with(("CLICOLOR_FORCE", "1"), &["run", "."])), (true, true));
    assert_eq!(coloured(folder.run_with(("CLICOLOR_FORCE", "1"), &["run", ".", "--color", "never"])), (false, false));
    let mut command = folder.command(&["run", "."]);
    let output = command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
}

#[test]
fn what_a_file_says_never_commands_the_terminal() {
    let folder = Folder::new("escape");
    folder.bad("a");
    let text = std::fs::read_to_string(folder.0.join("a.toml")).unwrap();
    folder.write("a.toml", text.replace("\"111\"", "\"\\u001b[35mx\"").replace("\"999\"", "\"\\u001b[36mx\""));
    for args in [&["run", "a.toml", "--color", "always"][..], &["run", "a.toml", "--trace", "--color", "always"]] {
        let ended = folder.run(args);
        let all = ended.out + &ended.err;
        assert!(!all.contains("\u{1b}[35m") && !all.contains("\u{1b}[36m"), "{all}");
    }
}

#[test]
fn a_trace_has_a_legend_and_a_line_for_each_event() {
    let folder = Folder::new("trace");
    folder.good("a");
    let ended = folder.run(&["run", "a.toml", "--trace-rules"]);
    assert_eq!(ended.code, Some(0));
    let end = ended.out.find("the steps are over: everything heals").expect("the end of the steps is marked");
    assert!(ended.out[end..].contains("everything    heals") && !ended.out[..end].contains("everything    heals"));
    assert!(!ended.out[end..].contains("takes the step") && ended.out[..end].contains("takes the step"));
    let lines: Vec<&str> = ended.out.lines().filter(|line| !line.contains("the steps are over")).collect();
    assert!(lines[0].starts_with("trace of a, seed 0, crmsim "), "{}", lines[0]);
    assert!(lines[1].contains("time is since 2011-03-01T09:00:00Z"), "{}", lines[1]);
    assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>(), ["nr", "time", "who", "what"]);
    let verdict = lines.iter().position(|line| line.starts_with("held ")).unwrap();
    let events: usize = lines[verdict].split_whitespace().nth(2).unwrap().parse().unwrap();
    assert_eq!(verdict - 3, events, "one line each");
    let (who, what) = (lines[2].find("who").unwrap(), lines[2].find("what").unwrap());
    for (number, line) in lines[3..verdict].iter().enumerate() {
        assert_eq!(line.split_whitespace().next(), Some((number + 1).to_string().as_str()));
        assert!(line.is_char_boundary(who) && &line[who - 2..who] == "  " && &line[what - 2..what] == "  ", "{line}");
    }
    assert!(
        ended.out.contains("  desk          changes zoe in Outlook: telephone1 from \"111\" to \"222\"\n"),
        "{}",
        ended.out
    );
    assert!(!ended.out.contains("somebody"), "every event has its words: {}", ended.out);
    let shorter = folder.run(&["run", "a.toml", "--trace"]).out;
    assert!(!shorter.contains("is followed: ") && ended.out.contains("is followed: "), "rules are left out: {shorter}");
    let numbered = |text: &str| {
        text.lines()
            .filter(|line| line.contains("  +00:") && !line.contains("the rule "))
            .map(str::to_owned)
            .collect::<Vec<String>>()
    };
    assert_eq!(numbered(&shorter), numbered(&ended.out), "the others keep their numbers");
    assert!(!folder.run(&["run", "a.toml"]).out.contains("trace of"), "nobody asked");
}

#[test]
fn a_reader_that_went_away_is_no_fault() {
    let folder = Folder::new("pipe");
    folder.bad("a");
    for (args, code) in [(&["run", "a.toml", "--trace"][..], 1), (&["rules"], 0), (&["schema"], 0)] {
        let mut child = folder.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_said() {
    let folder = Folder::new("full");
    folder.good("a");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = folder.command(&["run", "a.toml"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output cannot be written"));
}
