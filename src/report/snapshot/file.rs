//! The files that keep snapshots, in the form that `insta` writes and `cargo insta review` reads: a header between two
//! lines of three dashes, then the text.

use crate::Scenario;
use crate::scenario::model::Golden;

/// What the name of every snapshot ends with.
pub const EXTENSION: &str = ".snap";
/// What the name of a snapshot ends with that `insta` found to differ, and that waits for a review.
pub const PENDING: &str = ".snap.new";
/// What the name of a file ends with while it is written; afterwards it is renamed.
pub const UNFINISHED: &str = ".snap.tmp";

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The lines of the header, each with its line end; the dashes are not among them.
    pub header: String,
    /// The text, without a line end.
    pub text: String,
}

/// Which snapshot of a scenario lies where below the folder of the snapshots. `below` is the path of the scenario file
/// below the folder that was given, with `/` between its parts: `rules/x.toml` keeps `rules/x.state.snap`, and its row
/// `on the road` keeps `rules/x@on_the_road.state.snap`.
#[must_use]
pub fn path(below: &str, row: Option<&str>, golden: Golden) -> String {
    let row = row.map_or(String::new(), |row| format!("@{}", file_name(row)));
    format!("{}{row}.{golden}{EXTENSION}", stem(below))
}

/// The paths of all snapshots that a scenario asks for.
pub fn paths(below: &str, scenario: &Scenario) -> impl Iterator<Item = (Golden, String)> {
    scenario.golden.iter().map(move |golden| (*golden, path(below, scenario.row.as_deref(), *golden)))
}

/// The path of a scenario file without `.toml`, by which its snapshots are known.
#[must_use]
pub fn stem(below: &str) -> &str {
    below.strip_suffix(".toml").unwrap_or(below)
}

/// The path of the scenario file, without `.toml`, whose snapshot lies at a path; `None` where the name is not one that
/// snapshots of scenarios have.
#[must_use]
pub fn owner(path: &str) -> Option<&str> {
    let name = path.strip_suffix(EXTENSION)?;
    let scenario = Golden::WORDS.iter().find_map(|word| name.strip_suffix(word)?.strip_suffix('.'))?;
    let file = scenario.rfind('/').map_or(0, |slash| slash + 1);
    let end = scenario[file..].find('@').map_or(scenario.len(), |at| file + at);
    (end > file).then(|| &scenario[..end])
}

/// A label as a part of a file's name on any system: letters and digits, `-` and `.` stay, a space becomes `_`, anything
/// else a percent sign and its bytes. No two labels become the same.
fn file_name(label: &str) -> String {
    let mut out = String::new();
    for c in label.chars() {
        match c {
            '-' | '.' => out.push(c),
            ' ' => out.push('_'),
            c if c.is_alphanumeric() => out.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push_str(&format!("%{byte:02x}"))),
        }
    }
    out
}

/// The header of a snapshot that did not exist before.
#[must_use]
pub fn header(below: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let is_bare = below.starts_with(|c: char| c.is_ascii_alphabetic()) && below.chars().all(bare);
    // A text of JSON is one of YAML as well.
    let source = if is_bare { below.to_owned() } else { serde_json::Value::from(below).to_string() };
    format!("source: {source}\n")
}

/// What the file of a snapshot holds.
#[must_use]
pub fn write(kept: &Kept) -> String {
    format!("---\n{}---\n{}\n", kept.header, kept.text)
}

/// Reads what a file holds. Line ends of any system are the same, and so are blank lines at the end.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Kept, &'static str> {
    let all = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text")?.replace("\r\n", "\n");
    if all.is_empty() {
        return Err("it is empty");
    }
    let rest = all.strip_prefix("---\n").ok_or("it does not begin with the header of a snapshot")?;
    let mut header = String::new();
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            let text = rest[header.len() + line.len()..].trim_end().to_owned();
            return if text.is_empty() { Err("it ends after its header") } else { Ok(Kept { header, text }) };
        }
        header.push_str(line);
    }
    Err("it ends within its header")
}
