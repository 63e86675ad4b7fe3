//! The corpus as a folder: a marker with the version of its format, a folder a protocol, two files an entry.
//!
//! Each file is written as a whole or not at all. Of an entry the scenario goes first; the record that belongs to it names
//! the hash of its text, so that whoever reads between the two sees a scenario without its record, and nothing half
//! written. Files that cannot be read stay as they are, and nothing is ever written over them.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
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

#[derive(Serialize, Deserialize)]
struct Marker {
    crmsim_corpus: u32,
}

/// A file of the corpus that is no whole entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Odd {
    /// The scenario's path, below the corpus.
    pub path: String,
    /// What is the matter with it.
    pub why: String,
    /// Whether only its record is missing, as after a write that was cut off: the next find of it completes it.
    pub unfinished: bool,
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
        check_marker(root)?.ok_or_else(|| match root.is_dir() {
            true => format!("{} is no corpus: it has no {MARKER}", shown(root)),
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
        let made = check_marker(root)?.is_none();
        if made {
            let marker = json(&Marker { crmsim_corpus: FORMAT });
            // Nobody has the lock yet, so each process has a name of its own for the unfinished marker; what is there
            // under it was left by one that had the same number and was killed.
            let own = format!("{}{UNFINISHED}", std::process::id());
            let _ = fs::remove_file(root.join(MARKER).with_extension(&own));
            // Of two that make one corpus at once both must hold the same file.
            atomic::create(&root.join(MARKER), &format!(".{own}"), &marker)
                .map_err(|error| format!("the corpus {} cannot be written: {error}", shown(root)))?;
        }
        let marker = root.join(MARKER);
        let lock = OpenOptions::new().read(true).write(true).open(&marker);
        let lock = lock.map_err(|error| format!("the corpus {} cannot be written: {error}", shown(root)))?;
        match lock.try_lock() {
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
        remove_unfinished(root);
        let mut corpus = Corpus::read(root)?;
        corpus.made = made;
        corpus.lock = Some(lock);
        corpus.cut_off = fs::read_to_string(root.join(RUNNING)).ok();
        // Said before hours of work, not after them.
        corpus.running("nothing yet\n")?;
        Ok(corpus)
    }

    fn fill(&mut self) -> Result<(), String> {
        for (protocol, folder) in sorted(&self.root)?.into_iter().filter(|(_, path)| path.is_dir()) {
            for (name, path) in sorted(&folder)? {
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

    /// The scenarios that are no whole entries.
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

    /// Keeps an entry in the place of whatever has its key.
    pub(super) fn replace(&mut self, entry: Entry) -> Result<(), String> {
        let place = match self.entries.get(&entry.key) {
            Some((place, _)) => place.clone(),
            None => self.free_place(&entry.key),
        };
        let stem = place.rsplit('/').next().unwrap_or(&place).to_owned();
        let entry = entry.named(&stem);
        let write = |extension: &str, text: &str| {
            let path = self.root.join(format!("{place}.{extension}"));
            atomic::write(&path, &format!(".{extension}{UNFINISHED}"), text)
                .map_err(|error| format!("{} cannot be written: {error}", shown(&path)))
        };
        write("toml", &entry.text)?;
        write("json", &json(&entry.record))?;
        self.odd.retain(|odd| odd.path != format!("{place}.toml"));
        self.entries.insert(entry.key.clone(), (place, entry));
        Ok(())
    }

    /// A place for a key: that of its name, unless a file stands there that could not be read.
    fn free_place(&self, key: &Key) -> String {
        let first = format!("{}/{}", key.protocol, key.signature.slug());
        let more = (2_u64..).map(|number| format!("{first}.{number}"));
        let is_free = |place: &String| {
            let path = format!("{place}.toml");
            self.odd.iter().all(|odd| odd.unfinished || odd.path != path)
                && self.entries.values().all(|(taken, _)| taken != place)
        };
        std::iter::once(first.clone()).chain(more).find(is_free).unwrap_or(first)
    }

    /// Notes what runs from here on, so that it can be said even after the process was killed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn running(&self, what: &str) -> Result<(), String> {
        fs::write(self.root.join(RUNNING), what)
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

/// Whether there is a marker that this version reads. `None` where a corpus may be made: there is nothing yet.
fn check_marker(root: &Path) -> Result<Option<()>, String> {
    let path = root.join(MARKER);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if !root.exists() {
                return Ok(None);
            }
            // What a process left that was killed before it had written the marker.
            let foreign = sorted(root)?.into_iter().find(|(name, _)| !name.ends_with(UNFINISHED));
            return match foreign {
                None => Ok(None),
                Some((name, _)) => Err(format!(
                    "{} is no corpus: it holds {}, but no {MARKER}; choose a folder that is empty or not there yet",
                    shown(root),
                    plain(&name)
                )),
            };
        }
        Err(error) => return Err(format!("the corpus {} cannot be read: {error}", shown(root))),
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
    let odd = |why: String, unfinished| Odd { path: below.to_owned(), why, unfinished };
    let beside = path.with_extension("").into_os_string();
    let beside = PathBuf::from({
        let mut beside = beside;
        beside.push(".json");
        beside
    });
    let unfinished = |why: &str| odd(format!("{why}; a write was cut off, and the next find completes it"), true);
    let record = match source::read(&beside, "") {
        Ok(record) => record,
        Err(_) if !beside.exists() => return Err(unfinished("it has no record")),
        Err(_) => return Err(odd("its record cannot be read".to_owned(), false)),
    };
    let schema = |value: &serde_json::Value| value.get("schema").and_then(serde_json::Value::as_u64);
    let value: serde_json::Value = serde_json::from_str(&record)
        .map_err(|error| odd(format!("its record is no record of crmsim: {error}"), false))?;
    if schema(&value).is_some_and(|schema| schema > u64::from(SCHEMA)) {
        return Err(odd("its record was written by a later version of crmsim".to_owned(), false));
    }
    let record: Record = serde_json::from_value(value)
        .map_err(|error| odd(format!("its record is no record of crmsim: {error}"), false))?;
    let signature =
        record.signature.parse().map_err(|error| odd(format!("its record has no signature: {error}"), false))?;
    let key = Key { protocol: record.protocol.clone(), signature };
    if key.protocol != protocol {
        return Err(odd(format!("it lies in the folder of {protocol}, and its record says {}", key.protocol), false));
    }
    let first_line = |diagnostics: crate::scenario::Diagnostics| {
        let (line, what) = diagnostics
            .list
            .first()
            .map_or((1, String::new()), |first| (diagnostics.position(first.span.start).0, first.message.clone()));
        odd(
            format!("not applicable any more at line {line}: {what} (it was written by crmsim {})", record.version),
            false,
        )
    };
    let name = path.to_string_lossy();
    let text = source::read(path, &name).map_err(first_line)?;
    if hash_of(&text) != record.text {
        return Err(unfinished("its record belongs to another text"));
    }
    let scenarios = parse(&name, &text).map_err(first_line)?;
    match <[_; 1]>::try_from(scenarios) {
        Ok([scenario]) => Ok(Entry { key, scenario, text, record }),
        Err(rows) => Err(odd(format!("an entry has one row, and it has {}", rows.len()), false)),
    }
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

/// Removes what writes left that were cut off; nobody else writes while the corpus is locked.
fn remove_unfinished(root: &Path) {
    let folders = sorted(root).unwrap_or_default().into_iter().map(|(_, path)| path).filter(|path| path.is_dir());
    for folder in std::iter::once(root.to_owned()).chain(folders) {
        for (name, path) in sorted(&folder).unwrap_or_default() {
            if name.ends_with(UNFINISHED) {
                // The next write says it where this was not possible.
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
}
