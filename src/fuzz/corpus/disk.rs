//! The corpus as a folder: a marker with the version of its format, a folder a protocol, two files an entry.
//!
//! Each file is written as a whole or not at all. Of an entry the record is written first, under a name of its own, then the
//! scenario; then the record takes its name. It has the hash of the scenario's text, so that whoever comes between the two
//! knows which record a scenario has, and the next that opens the corpus finishes what was cut off. Whatever else stands at
//! a name, as a file that cannot be read, one that somebody changed, a folder or a link, stays as it is: what is found
//! goes to the next free name. Links are not followed, and only files are read.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Key, Record, SCHEMA, hash_of};
use crate::atomic;
use crate::report::style::plain;
use crate::scenario::{parse, source};

/// The file that makes a folder a corpus.
pub const MARKER: &str = "crmsim-corpus.json";
/// The version of the folder's format.
pub const FORMAT: u32 = 1;
/// The file that says what runs, for as long as it runs.
const RUNNING: &str = "running.txt";
/// What the names of unfinished files end with.
const UNFINISHED: &str = ".unfinished";
/// What the names of unfinished scenarios, records and notes of what runs end with.
const TEXT_UNFINISHED: &str = ".toml.unfinished";
const RECORD_UNFINISHED: &str = ".json.unfinished";
const RUNNING_UNFINISHED: &str = ".txt.unfinished";

/// The code of a file that is not TOML.
const NOT_TOML: &str = "E100";

/// How often something is tried that another process may be in the middle of.
const TRIES: u32 = 3;

#[derive(Serialize, Deserialize)]
struct Marker {
    crmsim_corpus: u32,
}

/// A file of the corpus that is no whole entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Odd {
    /// The scenario's path, below the corpus; the record's where there is no scenario.
    pub path: String,
    /// What is the matter with it.
    pub why: String,
}

/// A corpus that was read.
#[derive(Debug)]
pub struct Corpus {
    root: PathBuf,
    entries: BTreeMap<Key, (String, Entry)>,
    odd: Vec<Odd>,
    cut_off: Option<String>,
    /// Held for as long as this process may write.
    lock: Option<File>,
    /// Whether the folder or its marker were not there before.
    made: bool,
}

impl Corpus {
    /// Reads a corpus that is there.
    ///
    /// # Errors
    /// When there is no such folder, it is no corpus, or it cannot be read.
    pub fn read(root: &Path) -> Result<Corpus, String> {
        check_marker(root, no_corpus)?.ok_or_else(|| match root.is_dir() {
            true => no_corpus(root, ""),
            false => format!("there is no corpus {}", shown(root)),
        })?;
        let mut corpus = Corpus {
            root: root.to_owned(),
            entries: BTreeMap::new(),
            odd: Vec::new(),
            cut_off: None,
            lock: None,
            made: false,
        };
        corpus.fill()?;
        Ok(corpus)
    }

    /// Opens a corpus to write into it; one that is not there is made. Until it is dropped, nobody else can open it.
    ///
    /// # Errors
    /// When the folder is something else, cannot be read or written, or is open already.
    pub fn open(root: &Path) -> Result<Corpus, String> {
        let (lock, made) = locked(root)?;
        finish_unfinished(root);
        let mut corpus = Corpus::read(root)?;
        corpus.made = made;
        corpus.lock = Some(lock);
        corpus.cut_off = text_of(&root.join(RUNNING)).ok();
        // Said before hours of work, not after them.
        corpus.running("nothing yet\n")?;
        Ok(corpus)
    }

    fn fill(&mut self) -> Result<(), String> {
        for (protocol, folder) in sorted(&self.root)? {
            if folder.is_symlink() && folder.is_dir() {
                let why = "it is a link to a folder, and links are not followed".to_owned();
                self.odd.push(Odd { path: protocol, why });
                continue;
            }
            if !is_folder(&folder) {
                continue;
            }
            for (name, path) in sorted(&folder)? {
                if name.ends_with(".json")
                    && is_there(&path)
                    && !is_folder(&path)
                    && !is_there(&path.with_extension("toml"))
                {
                    let why = "it is a record without a scenario: there is no .toml of its name".to_owned();
                    self.odd.push(Odd { path: format!("{protocol}/{name}"), why });
                }
                let Some(stem) = name.strip_suffix(".toml") else { continue };
                let below = format!("{protocol}/{name}");
                match read_entry(&path, &protocol, &below) {
                    Ok(entry) => {
                        // Of two entries with one key, which only a merge by hand can make, the better is meant.
                        let place = (format!("{protocol}/{stem}"), entry);
                        match self.entries.entry(place.1.key.clone()) {
                            std::collections::btree_map::Entry::Vacant(free) => {
                                free.insert(place);
                            }
                            std::collections::btree_map::Entry::Occupied(mut taken) => {
                                if place.1.rank() < taken.get().1.rank() {
                                    taken.insert(place);
                                }
                            }
                        }
                    }
                    Err(odd) => self.odd.push(odd),
                }
            }
        }
        Ok(())
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The entries in the order of their keys, each with the path of its scenario.
    pub fn entries(&self) -> impl Iterator<Item = (String, &Entry)> {
        self.entries.values().map(|(place, entry)| (format!("{}/{place}.toml", self.root.display()), entry))
    }

    /// The scenarios that are no whole entries, and the records without a scenario.
    #[must_use]
    pub fn odd(&self) -> &[Odd] {
        &self.odd
    }

    /// What was running in this corpus when its process was killed.
    #[must_use]
    pub fn cut_off(&self) -> Option<&str> {
        self.cut_off.as_deref()
    }

    /// The entry with this key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key).map(|(_, entry)| entry)
    }

    /// The path of the scenario with this key.
    #[must_use]
    pub fn path_of(&self, key: &Key) -> Option<String> {
        self.entries.get(key).map(|(place, _)| format!("{}/{place}.toml", self.root.display()))
    }

    /// Keeps an entry, unless there is one with its key that is as good or better; says whether it was kept.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays.
    pub fn put(&mut self, entry: Entry) -> Result<bool, String> {
        if self.get(&entry.key).is_some_and(|there| there.rank() <= entry.rank()) {
            return Ok(false);
        }
        self.replace(entry)?;
        Ok(true)
    }

    /// Takes an entry out again, unless somebody changed it meanwhile.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&mut self, key: &Key) -> Result<(), String> {
        let Some((place, entry)) = self.entries.remove(key) else { return Ok(()) };
        if self.is_unchanged(&place, &entry) {
            let path = |ending: &str| self.root.join(format!("{place}{ending}"));
            let (record, unfinished) = (path(".json"), path(RECORD_UNFINISHED));
            let cannot = |path: &Path, error: &std::io::Error| format!("{} cannot be removed: {error}", shown(path));
            // Whoever is killed on the way leaves a whole entry, or what the next that opens the corpus removes.
            fs::rename(&record, &unfinished).map_err(|error| cannot(&record, &error))?;
            for path in [path(".toml"), unfinished] {
                fs::remove_file(&path).map_err(|error| cannot(&path, &error))?;
            }
            // Only where nothing else is in it.
            let _ = fs::remove_dir(self.root.join(&key.protocol));
        }
        Ok(())
    }

    /// Keeps an entry in the place of whatever has its key.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays.
    pub fn replace(&mut self, entry: Entry) -> Result<(), String> {
        let folder = self.root.join(&entry.key.protocol);
        if fs::symlink_metadata(&folder).is_ok_and(|meta| !meta.is_dir()) {
            return Err(format!("{} cannot be written into: it is no folder, or a link to one", shown(&folder)));
        }
        let place = match self.entries.get(&entry.key) {
            Some((place, there)) if self.is_unchanged(place, there) => place.clone(),
            _ => self.free_place(&entry.key),
        };
        let stem = place.rsplit('/').next().unwrap_or(&place).to_owned();
        let entry = entry.named(&stem);
        let path = |extension: &str| self.root.join(format!("{place}.{extension}"));
        let cannot =
            |extension: &str, error: &std::io::Error| format!("{} cannot be written: {error}", shown(&path(extension)));
        let record = atomic::begin(&path("json"), RECORD_UNFINISHED, &json(&entry.record));
        let record = record.map_err(|error| cannot("json", &error))?;
        atomic::write(&path("toml"), TEXT_UNFINISHED, &entry.text).map_err(|error| cannot("toml", &error))?;
        record.finish().map_err(|error| cannot("json", &error))?;
        self.entries.insert(entry.key.clone(), (place, entry));
        Ok(())
    }

    /// Whether the files of an entry are still what was read or written, and nothing is in the way of others.
    fn is_unchanged(&self, place: &str, entry: &Entry) -> bool {
        let path = |extension: &str| self.root.join(format!("{place}{extension}"));
        let record = |text: String| serde_json::from_str::<Record>(&text).ok();
        text_of(&path(".toml")).is_ok_and(|text| text == entry.text)
            && text_of(&path(".json")).ok().and_then(record).as_ref() == Some(&entry.record)
            && [TEXT_UNFINISHED, RECORD_UNFINISHED].iter().all(|ending| !is_there(&path(ending)))
    }

    /// A place for a key: that of its name, or the next where nothing stands at any of the names that it takes.
    fn free_place(&self, key: &Key) -> String {
        let first = format!("{}/{}", key.protocol, key.signature.slug());
        let more = (2_u64..).map(|number| format!("{first}.{number}"));
        let is_free = |place: &String| {
            let names = [".toml", ".json", TEXT_UNFINISHED, RECORD_UNFINISHED];
            names.iter().all(|ending| !is_there(&self.root.join(format!("{place}{ending}"))))
        };
        std::iter::once(first.clone()).chain(more).find(is_free).unwrap_or(first)
    }

    /// Notes what runs from here on, so that it can be said even after the process was killed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn running(&self, what: &str) -> Result<(), String> {
        let path = self.root.join(RUNNING);
        if fs::symlink_metadata(&path).is_ok_and(|meta| !meta.is_file()) {
            return Err(format!("{} is no file; move it away, the corpus needs the name", shown(&path)));
        }
        atomic::write(&path, RUNNING_UNFINISHED, what)
            .map_err(|error| format!("the corpus {} cannot be written: {error}", shown(&self.root)))
    }

    /// Ends the work in the corpus: nothing runs any more. A folder that was made for nothing goes again.
    pub fn close(self) {
        // What cannot be removed is in nobody's way, and the next campaign says what it finds.
        let _ = fs::remove_file(self.root.join(RUNNING));
        if self.made && self.entries.is_empty() && self.odd.is_empty() {
            let _ = fs::remove_file(self.root.join(MARKER));
            let _ = fs::remove_dir(&self.root);
        }
    }
}

/// Locks the marker of a corpus, and writes it where it is not there or empty; says whether it was so.
fn locked(root: &Path) -> Result<(File, bool), String> {
    let cannot = |error: &dyn std::fmt::Display| format!("the corpus {} cannot be written: {error}", shown(root));
    let path = root.join(MARKER);
    for _ in 0..TRIES {
        check_marker(root, not_empty)?;
        fs::create_dir_all(root).map_err(|error| cannot(&error))?;
        // What is there stays: another process may have made it a moment ago, and hold it.
        let mut marker = match OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path) {
            Ok(marker) => marker,
            // Who had made it for nothing has taken it away again.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(cannot(&error)),
        };
        match marker.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!(
                    "another crmsim writes into the corpus {}; wait for it, or choose another folder",
                    shown(root)
                ));
            }
            // Where the file system has no locks, two writers still never see half a file of the other.
            Err(TryLockError::Error(_)) => {}
        }
        if !is_at(&marker, &path) {
            continue;
        }
        let made = marker.metadata().map_err(|error| cannot(&error))?.len() == 0;
        if made {
            let text = json(&Marker { crmsim_corpus: FORMAT });
            marker.write_all(text.as_bytes()).and_then(|()| marker.sync_all()).map_err(|error| cannot(&error))?;
        }
        return Ok((marker, made));
    }
    Err(cannot(&"others make it and take it away again all the time"))
}

/// Whether an open file is still the one with this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(ours), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

/// Whether an open file is still the one with this name: one that is open cannot go.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    is_there(path)
}

/// What is said of a folder that holds this and no marker, to who reads.
fn no_corpus(root: &Path, _: &str) -> String {
    let above = root.parent().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let above = above.filter(|above| is_there(&above.join(MARKER)));
    let help = above.map_or(String::new(), |above| format!("; its corpus is {}", shown(above)));
    format!("{} is no corpus (it has no {MARKER}){help}", shown(root))
}

/// What is said of a folder that holds this and no marker, to who writes.
fn not_empty(root: &Path, held: &str) -> String {
    format!(
        "{} is no corpus: it holds {}, but no {MARKER}; choose a folder that is empty or not there yet",
        shown(root),
        plain(held)
    )
}

/// Whether there is a marker that this version reads. `None` where a corpus may be made: there is nothing yet. The caller
/// knows what to say of a folder that is something else.
fn check_marker(root: &Path, foreign: fn(&Path, &str) -> String) -> Result<Option<()>, String> {
    let path = root.join(MARKER);
    let text = match text_of(&path) {
        // Somebody makes the corpus just now, or was killed when it did.
        Ok(text) if text.is_empty() => return Ok(None),
        Ok(text) => text,
        Err(_) if !is_there(&path) => {
            match fs::metadata(root) {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => return Err(format!("the corpus {} cannot be read: it is no folder", shown(root))),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(format!("the corpus {} cannot be read: {error}", shown(root))),
            }
            // What a process left that was killed before it had written the marker.
            let there = match sorted(root) {
                // Somebody who had made it for nothing took it away between the two looks.
                Err(_) if !is_there(root) => return Ok(None),
                there => there?,
            };
            let held = there.into_iter().find(|(name, _)| !name.ends_with(UNFINISHED));
            return match held {
                None => Ok(None),
                // Somebody made it between the two looks.
                Some(_) if is_there(&path) => check_marker(root, foreign),
                Some((name, _)) => Err(foreign(root, &name)),
            };
        }
        // Somebody made it between the two looks.
        Err(_) if text_of(&path).is_ok() => return check_marker(root, foreign),
        Err(why) => return Err(format!("the corpus {} cannot be read: its {MARKER}: {why}", shown(root))),
    };
    let marker: Marker = serde_json::from_str(&text)
        .map_err(|_| format!("{} is no corpus: its {MARKER} is not one of crmsim's", shown(root)))?;
    if marker.crmsim_corpus > FORMAT {
        return Err(format!(
            "the corpus {} has format {}, and this crmsim reads up to {FORMAT}; it was written by a later version",
            shown(root),
            marker.crmsim_corpus
        ));
    }
    Ok(Some(()))
}

fn read_entry(path: &Path, protocol: &str, below: &str) -> Result<Entry, Odd> {
    let mut read = try_entry(path, protocol);
    // Somebody may be writing it.
    for _ in 1..TRIES {
        if read.is_ok() {
            break;
        }
        read = try_entry(path, protocol);
    }
    read.map_err(|why| Odd { path: below.to_owned(), why })
}

fn try_entry(path: &Path, protocol: &str) -> Result<Entry, String> {
    let text = text_of(path).map_err(|why| format!("it cannot be read: {why}"))?;
    let hash = hash_of(&text);
    let record = match record_of(&path.with_extension("json")) {
        Ok(record) if record.text == hash => record,
        // Its write was cut off, or is under way; the next that opens the corpus finishes it.
        other => match (record_of(&path.with_extension(&RECORD_UNFINISHED[1..])), other) {
            (Ok(unfinished), _) if unfinished.text == hash => unfinished,
            (_, Ok(_)) => {
                return Err(no_toml(path, &text).unwrap_or_else(|| {
                    "its record belongs to another text: the scenario was changed since it was kept".to_owned()
                }));
            }
            (_, Err(why)) => return Err(why),
        },
    };
    let signature = record.signature.parse().map_err(|error| format!("its record has no signature: {error}"))?;
    let key = Key { protocol: record.protocol.clone(), signature };
    if key.protocol != protocol {
        return Err(format!("it lies in the folder of {protocol}, and its record says {}", key.protocol));
    }
    let scenarios = parse(&path.to_string_lossy(), &text).map_err(|diagnostics| {
        let (line, what) = diagnostics
            .list
            .first()
            .map_or((1, String::new()), |first| (diagnostics.position(first.span.start).0, first.message.clone()));
        format!("not applicable any more at line {line}: {what} (it was written by crmsim {})", record.version)
    })?;
    match <[_; 1]>::try_from(scenarios) {
        Ok([scenario]) => Ok(Entry { key, scenario, text, record }),
        Err(rows) => Err(format!("an entry has one row, and it has {}", rows.len())),
    }
}

/// What is said of a text that is not TOML at all.
fn no_toml(path: &Path, text: &str) -> Option<String> {
    let diagnostics = parse(&path.to_string_lossy(), text).err()?;
    let first = diagnostics.list.iter().find(|one| one.code == NOT_TOML)?;
    Some(format!("line {}: {}", diagnostics.position(first.span.start).0, first.message))
}

fn record_of(path: &Path) -> Result<Record, String> {
    let text = match text_of(path) {
        Ok(text) => text,
        Err(_) if !is_there(path) => return Err("it has no record: there is no .json of its name".to_owned()),
        Err(why) => return Err(format!("its record cannot be read: {why}")),
    };
    let none = |error: serde_json::Error| format!("its record is no record of crmsim, or was cut off: {error}");
    let value: serde_json::Value = serde_json::from_str(&text).map_err(none)?;
    let schema = value.get("schema").and_then(serde_json::Value::as_u64);
    if schema.is_some_and(|schema| schema > u64::from(SCHEMA)) {
        return Err("its record was written by a later version of crmsim".to_owned());
    }
    serde_json::from_value(value).map_err(none)
}

/// What a file holds, within the limits of a scenario; nothing else is opened, and links are not followed.
fn text_of(path: &Path) -> Result<String, String> {
    if fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return Err("it is no file, or a link".to_owned());
    }
    let first = |diagnostics: crate::scenario::Diagnostics| {
        diagnostics.list.first().map_or(String::new(), |first| first.message.clone())
    };
    source::read(path, "").map_err(first)
}

/// Whether anything has this name, be it a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether it is a folder, and no link to one.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

/// What is in a folder, by name; hidden files are not.
fn sorted(folder: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let cannot = |error: std::io::Error| format!("the folder {} cannot be read: {error}", shown(folder));
    let entries = fs::read_dir(folder).map_err(cannot)?.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    let named = entries.into_iter().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let mut named: Vec<(String, PathBuf)> = named.filter(|(name, _)| !name.starts_with('.')).collect();
    named.sort();
    Ok(named)
}

/// Finishes the records that belong to the scenarios beside them, and removes what else writes left that were cut off;
/// nobody else writes while the corpus is locked. What could not be moved or removed, the next write says.
fn finish_unfinished(root: &Path) {
    let is_file = |path: &Path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    let unfinished = |folder: &Path| sorted(folder).unwrap_or_default().into_iter().filter(|(_, path)| is_file(path));
    for (name, path) in unfinished(root) {
        let is_ours = name.starts_with("crmsim-corpus.") || name.starts_with("running.");
        if is_ours && name.ends_with(UNFINISHED) {
            let _ = fs::remove_file(path);
        }
    }
    let folders = sorted(root).unwrap_or_default().into_iter().map(|(_, path)| path).filter(|path| is_folder(path));
    for (name, path) in folders.flat_map(|folder| unfinished(&folder).collect::<Vec<_>>()) {
        if name.ends_with(TEXT_UNFINISHED) {
            let _ = fs::remove_file(path);
        } else if let Some(stem) = name.strip_suffix(RECORD_UNFINISHED) {
            let beside = |extension: &str| path.with_file_name(format!("{stem}.{extension}"));
            let hash = text_of(&beside("toml")).map(|text| hash_of(&text)).ok();
            let belongs = |path: &Path| hash.is_some() && record_of(path).ok().map(|record| record.text) == hash;
            let free = !is_there(&beside("json")) || is_file(&beside("json"));
            let _ = match !belongs(&beside("json")) && belongs(&path) && free {
                true => fs::rename(&path, beside("json")),
                false => fs::remove_file(&path),
            };
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
}
