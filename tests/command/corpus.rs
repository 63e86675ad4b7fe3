//! The corpus on the command line: what was kept is run again, several become one, and nothing is lost.

use serde_json::Value;

use super::support::{Ended, Folder};

/// A scenario that fails: a lost reply makes a second record.
const LOST: &str = r#"format = 1
name   = "NAME"
why    = "A retry after a lost reply."
known  = "The server chooses the id."
violates = ["no-duplicate-record"]
also   = ["converged", "maximal", "mapping-one-to-one", "tables-consistent", "quiet"]
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "outlook", set = { lastname = "Ray" } }]
steps = [
  { fault = "lose-reply", call = "create", on = "desk" },
  { do = "track", item = "zoe", on = "desk", via = "explorer" },
MORE]
[protocol]
base = "documented"
"#;

const MORE: &str = "  { do = \"advance\", by = \"1h\" },\n";
const SIGNATURE: &str = "no-duplicate-record/contact-1-item-many-records/primary";
const STEM: &str = "no-duplicate-record.contact-1-item-many-records.primary";

/// Writes a corpus with one entry.
fn write_corpus(folder: &Folder, name: &str, more: &str, version: &str) {
    let text = LOST.replace("NAME", STEM).replace("MORE", more);
    let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
    let record = serde_json::json!({
        "schema": 1, "signature": SIGNATURE, "protocol": "documented", "version": version, "profile": "everything",
        "seed": 7, "runs": 8, "steps_before": 90, "steps": 2, "shrink_runs": 120, "story": [],
        "text": format!("{hash:016x}"), "hash": "", "ladder": "",
    });
    folder.write(&format!("{name}/crmsim-corpus.json"), "{ \"crmsim_corpus\": 1 }\n");
    folder.write(&format!("{name}/documented/{STEM}.toml"), text);
    folder.write(&format!("{name}/documented/{STEM}.json"), record.to_string());
}

fn says(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}{}", ended.out, ended.err);
    let all = format!("{}{}", ended.out, ended.err);
    for part in parts {
        assert!(all.contains(part), "{part} is not in\n{all}");
    }
}

#[test]
fn each_failure_is_run_again() {
    let folder = Folder::new("corpus-check");
    write_corpus(&folder, "corpus", "", "0.0.1");
    let file = format!("corpus/documented/{STEM}.toml");
    let same = format!("same            {file}: same failure, diverging at event 1 (found by crmsim 0.0.1)\n");
    says(
        &folder.run(&["corpus", "check"]),
        0,
        &[&same, "\ndiverging at event N: up to there ", "\n1 failure: 1 the same\n"],
    );
    let json: Value = serde_json::from_str(&folder.run(&["corpus", "check", "--format", "json"]).out).unwrap();
    assert_eq!((&json["entries"][0]["outcome"], &json["exit"]), (&"same".into(), &0.into()));
    says(&folder.run(&["run", &file]), 0, &["known "]);

    let hardened = LOST.replace("NAME", STEM).replace("MORE", "").replace("documented", "hardened");
    let record = std::fs::read_to_string(folder.0.join(file.replace(".toml", ".json"))).unwrap();
    let old = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(LOST.replace("NAME", STEM).replace("MORE", "").as_bytes()));
    let new = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(hardened.as_bytes()));
    folder.write(&file, &hardened);
    says(
        &folder.run(&["corpus", "check"]),
        2,
        &[
            "not read",
            "its record belongs to another text: the scenario was changed since",
            "Fetch both again, or remove both",
        ],
    );
    folder.write(&file.replace(".toml", ".json"), record.replace(&old, &new));
    says(
        &folder.run(&["corpus", "check"]),
        1,
        &["fixed           corpus/", ": fixed, diverging at event 1", "0 the same, 1 not\n"],
    );
}

#[test]
fn several_become_one() {
    let folder = Folder::new("corpus-merge");
    write_corpus(&folder, "long", MORE, "0.0.1");
    write_corpus(&folder, "short", "", "0.1.0");
    let merged = folder.run(&["corpus", "merge", "long", "short", "--into", "all/of/them"]);
    says(&merged, 0, &["long: 1 new, 0 better, 0 there already\n", "short: 0 new, 1 better, 0 there already\n"]);
    let kept = |into: &str| std::fs::read(folder.0.join(format!("{into}/documented/{STEM}.toml"))).unwrap();
    says(&folder.run(&["corpus", "merge", "short", "long", "--into", "again"]), 0, &["long: 0 new, 0 better, 1 there"]);
    assert_eq!((kept("all/of/them"), kept("again")), (kept("short"), kept("short")));
    says(&folder.run(&["corpus", "check", "again"]), 0, &["1 the same"]);
}

#[test]
fn what_is_no_corpus_is_refused() {
    let folder = Folder::new("corpus-wrong");
    folder.good("folder/a");
    folder.write("later/crmsim-corpus.json", "{ \"crmsim_corpus\": 9 }");
    write_corpus(&folder, "good", "", "0.1.0");
    std::fs::create_dir(folder.0.join("nothing")).unwrap();
    for (args, part) in [
        (&["corpus", "check"][..], "error: there is no corpus corpus\n"),
        (&["corpus", "check", "folder"], "folder is no corpus (it has no crmsim-corpus.json)\n"),
        (&["corpus", "check", "good/documented"], "(it has no crmsim-corpus.json); its corpus is good\n"),
        (&["corpus", "check", "nothing"], "nothing is no corpus (it has no crmsim-corpus.json)\n"),
        (&["corpus", "merge", "folder", "--into", "all"], "folder is no corpus (it has no crmsim-corpus.json)\n"),
        (&["corpus", "check", "later"], "has format 9, and this crmsim reads up to 1"),
        (&["corpus", "merge", "good", "none", "--into", "all"], "there is no corpus none"),
        (&["corpus", "merge", "good", "--into", "folder"], "choose a folder that is empty or not there"),
        (&["corpus", "merge", "good", "--into", "folder/a.toml"], "folder/a.toml"),
        (&["corpus", "merge", "good"], "--into"),
        (&["corpus"], "Usage"),
    ] {
        says(&folder.run(args), 2, &[part]);
    }
    assert!(!folder.0.join("all").exists(), "nothing is written where something is wrong");
    folder.write("empty/crmsim-corpus.json", "{ \"crmsim_corpus\": 1 }");
    says(&folder.run(&["corpus", "check", "empty"]), 6, &["there is no entry"]);
    folder.write(&format!("good/documented/{STEM}.json"), "{}");
    says(
        &folder.run(&["corpus", "check", "good"]),
        2,
        &["not read", "its record is no record of crmsim, or was cut off: "],
    );
    std::fs::remove_file(folder.0.join(format!("good/documented/{STEM}.json"))).unwrap();
    says(&folder.run(&["corpus", "check", "good"]), 2, &["it has no record: there is no .json of its name\n"]);
    folder.write(&format!("good/documented/{STEM}.json"), "{}");
}

#[test]
fn half_an_entry_is_told_wherever_a_corpus_is_read() {
    let folder = Folder::new("corpus-half");
    write_corpus(&folder, "good", "", "0.1.0");
    write_corpus(&folder, "half", "", "0.1.0");
    let file = format!("half/documented/{STEM}.toml");
    folder.write(&file, "this is not TOML\n");
    let told = [&format!("{file}: line 1: this is not TOML: ")[..], "Fetch both again, or remove both"];
    let check = folder.run(&["corpus", "check", "half"]);
    says(&check, 2, &told);
    assert!(!check.out.contains("was changed"), "{}", check.out);
    says(&folder.run(&["corpus", "merge", "good", "--into", "half"]), 2, &told);

    write_corpus(&folder, "gone", "", "0.1.0");
    std::fs::remove_file(folder.0.join(format!("gone/documented/{STEM}.toml"))).unwrap();
    let told =
        [&format!("gone/documented/{STEM}.json: it is a record without a scenario")[..], "Fetch both again, or remove"];
    says(&folder.run(&["corpus", "check", "gone"]), 2, &told);
    says(&folder.run(&["corpus", "merge", "gone", "--into", "good"]), 2, &told);
    says(&folder.run(&["fuzz", "calm", "--seeds", "0..1", "--corpus", "gone"]), 0, &told);
}

#[test]
fn of_several_processes_that_make_one_corpus_at_once_one_does_and_the_others_say_so() {
    let folder = Folder::new("corpus-at-once");
    write_corpus(&folder, "from", "", "0.1.0");
    for round in 0..12 {
        let into = format!("into-{round}");
        let args = ["corpus", "merge", "from", "--into", &into];
        let start = |_| {
            let mut command = folder.command(&args);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<_> = (0..6).map(start).collect();
        let mut done = 0;
        for child in children {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            match output.status.code() {
                Some(0) => done += 1,
                code => assert!(code == Some(2) && said.contains("another crmsim writes into"), "{code:?}: {said}"),
            }
            assert!(!said.contains("killed"), "{said}");
        }
        assert!(done > 0);
        let left = std::fs::read_dir(folder.0.join(&into)).unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["crmsim-corpus.json", "documented"]);
        says(&folder.run(&["corpus", "check", &into]), 0, &["1 the same"]);
    }
}

#[test]
#[cfg(debug_assertions)]
fn a_merge_that_fails_leaves_no_note_that_it_was_killed() {
    let folder = Folder::new("corpus-merge-fails");
    write_corpus(&folder, "from", "", "0.1.0");
    let args = ["corpus", "merge", "from", "--into", "into"];
    says(&folder.run_with(("CRMSIM_PLANTED_PANIC", "a merge"), &args), 101, &["a planted panic", "please report it"]);
    assert!(!folder.0.join("into").exists());
    folder.write("into/crmsim-corpus.json", "{ \"crmsim_corpus\": 1 }");
    folder.write("into/documented", "a file");
    says(&folder.run(&args), 2, &["into/documented cannot be written into"]);
    assert!(!folder.0.join("into/running.txt").exists());
}
