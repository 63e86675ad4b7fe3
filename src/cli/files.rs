//! From the paths of the command line to loaded scenario files.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crmsim::Scenario;
use crmsim::fuzz::{Count, generate_counted, to_run};
use crmsim::report::style::plain;
use crmsim::scenario::source::{self, MAX_FILE_BYTES};
use crmsim::scenario::{Diagnostic, Diagnostics, parse};
use rayon::prelude::*;

use super::output::Output;

/// A scenario file that is well formed.
pub struct Loaded {
    /// Its path, as messages name it.
    pub path: String,
    /// Its path below the folder that was given, with `/` between its parts; snapshots carry it.
    pub below: String,
    /// What it holds.
    pub text: String,
    /// Its scenarios: one, or one a row.
    pub scenarios: Vec<Scenario>,
}

/// What the paths led to.
#[derive(Default)]
pub struct Files {
    /// The good files, in order.
    pub good: Vec<Loaded>,
    /// What is wrong with the others, in order.
    pub wrong: Vec<Diagnostics>,
    /// The paths of the others below the folders that were given.
    pub wrong_below: Vec<String>,
    /// What is wrong with the paths themselves.
    pub messages: Vec<String>,
    /// What is to be known of files that are good.
    pub notes: Vec<String>,
}

impl Files {
    /// Whether anything is wrong.
    pub fn any_wrong(&self) -> bool {
        !self.wrong.is_empty() || !self.messages.is_empty()
    }

    /// Says what is wrong.
    pub fn complain(&self, out: &mut Output) {
        for message in &self.messages {
            out.complain(&format!("error: {message}\n"));
        }
        for diagnostics in &self.wrong {
            out.complain(&diagnostics.render(true));
        }
        for note in &self.notes {
            out.complain(&format!("warning: {note}\n"));
        }
    }
}

/// Loads every scenario file that the paths name or hold, each once.
pub fn load(paths: &[PathBuf]) -> Files {
    let mut files = Files::default();
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    for path in paths {
        let before = found.len();
        if path.is_dir() {
            if let Err(message) = search(path, "", &mut found) {
                files.messages.push(message);
            } else if found.len() == before {
                files.messages.push(format!("there is no scenario (*.toml) below {}", shown(path)));
            }
        } else {
            let name = path.file_name().map_or_else(|| shown(path), |name| name.to_string_lossy().into_owned());
            found.push((path.clone(), name));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|(path, _)| seen.insert(path.clone()));
    let loaded: Vec<Result<Loaded, Diagnostics>> =
        found.par_iter().map(|(path, below)| load_one(path, below)).collect();
    for (result, (_, below)) in loaded.into_iter().zip(found) {
        match result {
            Ok(file) => files.good.push(file),
            Err(diagnostics) => {
                files.wrong.push(diagnostics);
                files.wrong_below.push(below);
            }
        }
    }
    files
}

/// Loads every scenario that the paths name or hold and that can run: for a profile that of its own seed. A profile whose
/// scenario has hardly anything that could happen is noted, because that it holds says little.
pub fn load_to_run(paths: &[PathBuf]) -> Files {
    let mut files = load(paths);
    for file in &mut files.good {
        for profile in file.scenarios.iter().filter(|scenario| scenario.random.is_some()) {
            let count @ Count { acts, filled } = generate_counted(profile.seed, profile).1;
            if count.is_idle() {
                let name = plain(&file.path);
                files.notes.push(format!("{name}: only time passes in {filled} of the {acts} acts of its own seed"));
            }
        }
        file.scenarios = std::mem::take(&mut file.scenarios).into_iter().map(to_run).collect();
    }
    files
}

/// Every `*.toml` below a folder, in the order of the names; hidden folders are left out, and links to folders as well,
/// which could lead round in a circle.
fn search(folder: &Path, below: &str, found: &mut Vec<(PathBuf, String)>) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("the folder {} cannot be read: {error}", shown(folder));
    let mut entries = std::fs::read_dir(folder).map_err(cannot)?.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.');
        if entry.file_type().map_err(cannot)?.is_dir() {
            if !hidden {
                search(&path, &format!("{below}{name}/"), found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "toml") && path.is_file() {
            found.push((path, format!("{below}{name}")));
        }
    }
    Ok(())
}

fn load_one(path: &Path, below: &str) -> Result<Loaded, Diagnostics> {
    let shown = shown(path);
    let text = if shown == "-" { read_input()? } else { source::read(path, &shown)? };
    let scenarios = parse(&shown, &text)?;
    Ok(Loaded { path: shown, below: below.to_owned(), text, scenarios })
}

/// What standard input holds, within the limits of a file.
pub fn read_input() -> Result<String, Diagnostics> {
    let fail = |code, message: String| Diagnostics::one("-", "", Diagnostic::new(code, 0..0, message));
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(MAX_FILE_BYTES as u64 + 1);
    input.read_to_end(&mut bytes).map_err(|error| fail("E501", format!("standard input cannot be read: {error}")))?;
    // One byte more than the limit is enough for the parser to refuse it, whatever it cuts through.
    if bytes.len() > MAX_FILE_BYTES {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|_| fail("E503", "standard input is not UTF-8 text".to_owned()))
}

/// A path as sentences name it: `-` is standard input.
pub fn named(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { plain(&shown(path)) }
}

/// A path as messages name it.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Writes a new file; one that is there stays as it is.
pub fn create(path: &Path, text: &str) -> Result<(), String> {
    let name = plain(&shown(path));
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{name} is there already; it stays as it is"),
        ErrorKind::NotFound => format!("{name} cannot be written: there is no such folder"),
        _ => format!("{name} cannot be written: {error}"),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| format!("{name} cannot be written: {error}"))
}
