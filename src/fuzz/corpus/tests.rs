use std::fs;
use std::path::PathBuf;

use super::*;
use crate::engine::{Options, execute};
use crate::fuzz::Signature;
use crate::scenario::Scenario;

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("crmsim-corpus-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A lost reply makes a second record; `more` are steps after it.
fn lost(base: &str, more: &str) -> Scenario {
    let text = format!(
        r#"
format = 1
name = "lost"
why = "A retry after a lost reply."
clients = [{{ id = "desk", user = "ann", role = "primary" }}]
items = [{{ id = "zoe", kind = "contact", side = "outlook", set = {{ lastname = "Ray" }} }}]
steps = [
  {{ fault = "lose-reply", call = "create", on = "desk" }},
  {{ do = "track", item = "zoe", on = "desk", via = "explorer" }},
{more}]
[protocol]
base = "{base}"
"#
    );
    crate::scenario::parse("-", &text).unwrap_or_else(|errors| panic!("{}", errors.render(false))).remove(0)
}

fn signature_of(scenario: &Scenario) -> Signature {
    crate::fuzz::signatures(scenario, &execute(scenario, Options::default())).remove(0)
}

fn entry(more: &str, seed: u64) -> Entry {
    let scenario = lost("documented", more);
    let key = Key { protocol: protocol_name(&scenario.protocol), signature: signature_of(&scenario) };
    let found = Found { profile: "all".to_owned(), seed, runs: seed + 1, steps_before: 50, shrink_runs: 7 };
    Entry::new(key, &scenario, found)
}

const LONGER: &str = "  { do = \"sync\", on = \"desk\" },\n";

fn place(folder: &Folder, entry: &Entry, extension: &str) -> PathBuf {
    folder.0.join(format!("{}/{}.{extension}", entry.key.protocol, entry.key.signature.slug()))
}

#[test]
fn an_entry_reads_back_as_it_was_kept() {
    let folder = Folder::new("reads-back");
    let entry = entry("", 3);
    assert_eq!(entry.key.protocol, "documented");
    assert!(entry.record.story.iter().any(|sentence| sentence.contains("the answer is lost")), "{:?}", entry.record);
    let mut corpus = Corpus::open(&folder.0).unwrap();
    assert_eq!(corpus.put(entry.clone()), Ok(true));
    assert_eq!(corpus.put(entry.clone()), Ok(false), "it is there");
    corpus.close();
    let corpus = Corpus::read(&folder.0).unwrap();
    let (path, read) = corpus.entries().next().unwrap();
    assert_eq!((&read.record, &read.text), (&entry.record, &entry.text));
    assert_eq!(PathBuf::from(path), place(&folder, &entry, "toml"));
    assert_eq!(recheck(read), Outcome::Same { diverges: None });
    assert!(crate::scenario::load(&place(&folder, &entry, "toml")).is_ok(), "it is a scenario file of its own");
}

#[test]
fn of_two_with_one_signature_the_shorter_is_kept() {
    let folder = Folder::new("shorter");
    let (short, long) = (entry("", 9), entry(LONGER, 3));
    assert_eq!(short.key, long.key);
    let mut corpus = Corpus::open(&folder.0).unwrap();
    assert_eq!(corpus.put(long.clone()), Ok(true));
    assert_eq!(corpus.put(short.clone()), Ok(true));
    assert_eq!(corpus.put(long), Ok(false));
    assert_eq!(corpus.get(&short.key).unwrap().record.seed, 9);
    corpus.close();
    assert_eq!(Corpus::read(&folder.0).unwrap().get(&short.key).unwrap().record, short.record);
}

#[test]
fn a_folder_of_something_else_is_refused_and_stays_as_it_is() {
    let folder = Folder::new("foreign");
    fs::write(folder.0.join("letter.txt"), "dear").unwrap();
    let written = Corpus::open(&folder.0).unwrap_err();
    assert!(written.contains("is no corpus: it holds letter.txt, but no crmsim-corpus.json; choose"), "{written}");
    let read = Corpus::read(&folder.0).unwrap_err();
    assert!(read.ends_with(" is no corpus (it has no crmsim-corpus.json)"), "{read}");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    let error = Corpus::open(&folder.0.join("letter.txt")).unwrap_err();
    assert!(error.contains("the corpus") && error.contains("letter.txt"), "{error}");
    let error = Corpus::open(&folder.0.join("letter.txt/below")).unwrap_err();
    assert!(error.contains("cannot be"), "{error}");
    assert!(Corpus::read(&folder.0.join("none")).unwrap_err().contains("there is no corpus"));
    fs::remove_file(folder.0.join("letter.txt")).unwrap();
    for (marker, says) in [("{", "is not one of crmsim's"), ("{\"crmsim_corpus\": 2}", "a later version")] {
        fs::write(folder.0.join(MARKER), marker).unwrap();
        let error = Corpus::open(&folder.0).unwrap_err();
        assert!(error.contains(says), "{error}");
        assert_eq!(fs::read_to_string(folder.0.join(MARKER)).unwrap(), marker);
    }
}

#[test]
fn only_one_writes_at_a_time_and_a_folder_made_for_nothing_goes_again() {
    let folder = Folder::new("locked");
    let path = folder.0.join("corpus");
    let corpus = Corpus::open(&path).unwrap();
    assert!(Corpus::open(&path).unwrap_err().contains("another crmsim writes into"));
    assert!(Corpus::read(&path).is_ok());
    corpus.close();
    assert!(!path.exists());
}

#[test]
fn what_ran_when_a_process_was_killed_is_known_to_the_next() {
    let folder = Folder::new("killed");
    let corpus = Corpus::open(&folder.0).unwrap();
    corpus.running("seeds 5..9\n").unwrap();
    drop(corpus);
    let corpus = Corpus::open(&folder.0).unwrap();
    assert_eq!(corpus.cut_off(), Some("seeds 5..9\n"));
    corpus.close();
    assert_eq!(Corpus::open(&folder.0).unwrap().cut_off(), None);
}

#[test]
fn a_write_that_was_cut_off_is_finished_by_the_next() {
    let folder = Folder::new("cut-off");
    let (short, long) = (entry("", 9), entry(LONGER, 3));
    let mut corpus = Corpus::open(&folder.0).unwrap();
    corpus.put(long.clone()).unwrap();
    corpus.close();
    // The shorter one's scenario was written, its record has not got its name; and before that, a file was half written.
    fs::write(place(&folder, &short, "toml"), &short.text).unwrap();
    fs::write(place(&folder, &short, "json.unfinished"), serde_json::to_string(&short.record).unwrap()).unwrap();
    fs::write(folder.0.join("documented/half.toml.unfinished"), "form").unwrap();
    fs::write(folder.0.join("documented/none.json.unfinished"), "{").unwrap();
    let record = |corpus: &Corpus| corpus.get(&short.key).map(|entry| entry.record.clone());
    let read = Corpus::read(&folder.0).unwrap();
    assert_eq!((record(&read).as_ref(), read.odd()), (Some(&short.record), &[][..]));
    let corpus = Corpus::open(&folder.0).unwrap();
    assert_eq!((record(&corpus).as_ref(), corpus.odd()), (Some(&short.record), &[][..]));
    corpus.close();
    let mut left: Vec<_> = fs::read_dir(folder.0.join("documented")).unwrap().map(|it| it.unwrap().path()).collect();
    left.sort();
    assert_eq!(left, [place(&folder, &short, "json"), place(&folder, &short, "toml")]);
}

#[test]
fn what_people_changed_or_put_there_is_never_written_over() {
    let folder = Folder::new("people");
    let (short, long) = (entry("", 9), entry(LONGER, 3));
    let mut corpus = Corpus::open(&folder.0).unwrap();
    corpus.put(long.clone()).unwrap();
    // While it is open, and before it is opened again.
    let noted = format!("{}# look at this one\n", long.text);
    fs::write(place(&folder, &long, "toml"), &noted).unwrap();
    corpus.put(short.clone()).unwrap();
    corpus.close();
    assert_eq!(fs::read_to_string(place(&folder, &long, "toml")).unwrap(), noted);
    assert!(place(&folder, &long, "2.toml").is_file());
    fs::remove_file(place(&folder, &long, "2.toml")).unwrap();
    fs::write(place(&folder, &long, "2.toml"), "a letter").unwrap();
    fs::remove_file(place(&folder, &long, "2.json")).unwrap();
    fs::create_dir(place(&folder, &long, "3.json")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", place(&folder, &long, "4.toml")).unwrap();
    let mut corpus = Corpus::open(&folder.0).unwrap();
    let why: Vec<&str> = corpus.odd().iter().map(|odd| odd.why.as_str()).collect();
    for odd in [
        "its record belongs to another text: the scenario was changed since it was kept",
        "it has no record: there is no .json of its name",
    ] {
        assert!(why.contains(&odd), "{odd}: {why:?}");
    }
    assert_eq!(corpus.put(short.clone()), Ok(true));
    let kept = if cfg!(unix) { "5.toml" } else { "4.toml" };
    assert!(place(&folder, &long, kept).is_file());
    corpus.close();
    assert_eq!(fs::read_to_string(place(&folder, &long, "toml")).unwrap(), noted);
    assert_eq!(fs::read_to_string(place(&folder, &long, "2.toml")).unwrap(), "a letter");
}

#[test]
#[cfg(unix)]
fn nothing_is_read_or_written_outside_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("outside");
    let (victim, corpus) = (folder.0.join("victim"), folder.0.join("corpus"));
    fs::write(&victim, "dear").unwrap();
    Corpus::open(&corpus).unwrap().put(entry("", 1)).unwrap();
    let fifo = |path: &std::path::Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    for is_link in [true, false] {
        let running = corpus.join("running.txt");
        let _ = fs::remove_file(&running);
        if is_link {
            symlink(&victim, &running).unwrap()
        } else {
            fifo(&running)
        }
        let error = Corpus::open(&corpus).unwrap_err();
        assert!(error.contains("running.txt is no file"), "{error}");
        fs::remove_file(&running).unwrap();
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "dear");
    for is_link in [true, false] {
        let other = folder.0.join(format!("other-{is_link}"));
        fs::create_dir(&other).unwrap();
        if is_link {
            symlink("/dev/zero", other.join(MARKER)).unwrap()
        } else {
            fifo(&other.join(MARKER))
        }
        for error in [Corpus::read(&other).unwrap_err(), Corpus::open(&other).unwrap_err()] {
            assert!(error.contains("it is no file, or a link"), "{error}");
        }
    }
    fs::rename(corpus.join("documented"), folder.0.join("elsewhere")).unwrap();
    symlink(folder.0.join("elsewhere"), corpus.join("documented")).unwrap();
    let mut open = Corpus::open(&corpus).unwrap();
    assert_eq!((open.entries().count(), open.odd().len()), (0, 1));
    let error = open.put(entry("", 2)).unwrap_err();
    assert!(error.contains("no folder, or a link to one"), "{error}");
    assert_eq!(fs::read_dir(folder.0.join("elsewhere")).unwrap().count(), 2);
}

#[test]
fn a_corpus_is_made_where_one_was_killed_before_it_had_written_its_marker() {
    let folder = Folder::new("marker");
    fs::write(folder.0.join("crmsim-corpus.json"), "").unwrap();
    let mut corpus = Corpus::open(&folder.0).unwrap();
    corpus.put(entry("", 1)).unwrap();
    corpus.close();
    let mut left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["crmsim-corpus.json", "documented"]);
}

#[test]
fn what_cannot_be_read_is_told_and_never_written_over() {
    let folder = Folder::new("odd");
    let entry = entry("", 3);
    let mut corpus = Corpus::open(&folder.0).unwrap();
    corpus.put(entry.clone()).unwrap();
    corpus.close();
    let (toml, json) = (place(&folder, &entry, "toml"), place(&folder, &entry, "json"));
    let record = fs::read_to_string(&json).unwrap();
    let old = entry.text.replace("do = \"track\"", "do = \"tarck\"");
    let with_text = |text: &str| record.replace(&entry.record.text, &hash_of(text));
    for (text, record, says) in [
        (entry.text.clone(), record.replace("\"schema\": 1", "\"schema\": 2"), "a later version"),
        (entry.text.clone(), "{}".to_owned(), "no record of crmsim"),
        (entry.text.clone(), record.replace("no-duplicate-record/", "no-duplicate-record-"), "no signature"),
        (
            entry.text.clone(),
            record.replace("\"protocol\": \"documented\"", "\"protocol\": \"hardened\""),
            "lies in the folder",
        ),
        (old.clone(), with_text(&old), "not applicable any more at line"),
    ] {
        fs::write(&toml, &text).unwrap();
        fs::write(&json, &record).unwrap();
        let mut corpus = Corpus::open(&folder.0).unwrap();
        let odd = corpus.odd().to_vec();
        assert!(odd.len() == 1 && odd[0].why.contains(says), "{odd:?}");
        assert_eq!(corpus.put(entry.clone()), Ok(true), "the failure is found again");
        assert_eq!((fs::read_to_string(&toml).unwrap(), fs::read_to_string(&json).unwrap()), (text, record));
        assert!(corpus.path_of(&entry.key).unwrap().ends_with(".2.toml"));
        corpus.close();
        let corpus = Corpus::read(&folder.0).unwrap();
        assert_eq!(
            corpus.entries().map(|(_, entry)| recheck(entry)).collect::<Vec<_>>(),
            [Outcome::Same { diverges: None }]
        );
        for ending in ["2.toml", "2.json"] {
            fs::remove_file(place(&folder, &entry, ending)).unwrap();
        }
    }
}

#[test]
fn each_outcome_is_told_apart() {
    let entry = entry("", 3);
    let changed = |scenario: Scenario| recheck(&Entry { scenario, ..entry.clone() });
    let Outcome::Fixed { diverges: Some(event) } = changed(lost("hardened", "")) else { panic!("it is fixed") };
    assert!(event > 1, "the beginning is the same");
    let other = lost("hardened", "  { expect = \"count\", side = \"crm\", kind = \"contact\", is = 7 },\n");
    let Outcome::Other { found, .. } = changed(other) else { panic!("it fails in another way") };
    assert_eq!(found.iter().map(|one| one.invariant.as_str()).collect::<Vec<_>>(), ["expectation"]);
    let Outcome::Same { diverges: Some(_) } = changed(lost("documented", LONGER)) else { panic!("the way is another") };
    let unreached = lost("hardened", "  { fault = \"lose-reply\", call = \"delete\", on = \"desk\" },\n");
    let Outcome::NotApplicable { step: 3, .. } = changed(unreached) else { panic!("the third step never comes") };
    assert_eq!(Outcome::Fixed { diverges: Some(7) }.to_string(), "fixed, diverging at event 7");
}

#[test]
fn a_merge_prefers_what_fails_then_the_shorter_then_the_older() {
    let folder = Folder::new("merge");
    let fixed = {
        let mut fixed = entry("", 1);
        fixed.scenario.protocol = crate::protocol::Protocol::default();
        fixed.text = fixed.scenario.to_toml();
        fixed.record.text = hash_of(&fixed.text);
        fixed
    };
    let old = {
        let mut old = entry("", 8);
        old.record.version = "0.0.9".to_owned();
        old
    };
    let entries = [fixed, entry(LONGER, 2), entry("", 4), old.clone(), entry("", 5)];
    let corpora: Vec<Corpus> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let path = folder.0.join(index.to_string());
            let mut corpus = Corpus::open(&path).unwrap();
            corpus.put(entry.clone()).unwrap();
            corpus.close();
            Corpus::read(&path).unwrap()
        })
        .collect();
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [3, 0, 4, 1, 2]] {
        let path = folder.0.join("all");
        let mut all = Corpus::open(&path).unwrap();
        let merged: Vec<Merged> = order.iter().map(|index| merge(&corpora[*index], &mut all).unwrap()).collect();
        assert_eq!(merged.iter().map(|one| one.new + one.better + one.kept).collect::<Vec<_>>(), [1; 5]);
        assert_eq!(merged.iter().map(|one| one.new).sum::<usize>(), 1);
        all.close();
        let read = Corpus::read(&path).unwrap();
        assert_eq!(read.get(&old.key).unwrap().record, old.record, "{order:?}");
        fs::remove_dir_all(&path).unwrap();
    }
}
