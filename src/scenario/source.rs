//! From a file to its text, within limits.
//!
//! The limits are far above what a scenario needs and far below what would hurt: a hostile file ends with an error, and
//! neither exhausts memory nor overflows the stack. Size is asked before a byte is read; nesting is counted before the
//! text reaches the TOML parser, whose tables are nested values.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use super::diagnostics::{Diagnostic, Diagnostics};

/// The size of a file: 1 MiB.
pub const MAX_FILE_BYTES: usize = 1 << 20;
/// The size of a file times its rows of `cases`: 32 MiB, as each row becomes a scenario of its own.
pub const MAX_EXPANDED_BYTES: usize = 32 << 20;
/// The steps of a file.
pub const MAX_STEPS: usize = 2_000;
/// The steps of a file times its rows of `cases`.
pub const MAX_EXPANDED_STEPS: usize = 200_000;
/// The clients of a file.
pub const MAX_CLIENTS: usize = 32;
/// The users of a file.
pub const MAX_USERS: usize = 32;
/// The entries of `items`.
pub const MAX_ITEMS: usize = 100;
/// All `copies` of a file together.
pub const MAX_COPIES: u32 = 20_000;
/// The rows of `cases`.
pub const MAX_ROWS: usize = 500;
/// The filters of a user.
pub const MAX_FILTERS: usize = 50;
/// How deep brackets, braces and the dots of a key are nested.
pub const MAX_NESTING: usize = 32;
/// The characters of one text.
pub const MAX_TEXT: usize = 10_000;

/// The points of a sweep.
pub const MAX_POINTS: usize = 2_000;
/// The orders of a sweep: all of them, or the `sample`.
pub const MAX_ORDERS: usize = 500;
/// How many orders there may be without a `sample`.
pub const MAX_ALL_ORDERS: usize = 120;
/// The entries of `allow`.
pub const MAX_ALLOWED: usize = 200;

/// The limits with their names and values, for the reference.
pub const LIMITS: &[(&str, usize)] = &[
    ("bytes of a file", MAX_FILE_BYTES),
    ("bytes of a file times its rows", MAX_EXPANDED_BYTES),
    ("cycles of one step", super::vocabulary::MAX_CYCLES as usize),
    ("steps", MAX_STEPS),
    ("steps times rows", MAX_EXPANDED_STEPS),
    ("clients", MAX_CLIENTS),
    ("users", MAX_USERS),
    ("filters of a user", MAX_FILTERS),
    ("entries of `items`", MAX_ITEMS),
    ("copies of all items", MAX_COPIES as usize),
    ("rows of `cases`", MAX_ROWS),
    ("points of a sweep", MAX_POINTS),
    ("orders of a sweep", MAX_ORDERS),
    ("orders of a sweep without a sample", MAX_ALL_ORDERS),
    ("entries of `allow`", MAX_ALLOWED),
    ("levels of nesting", MAX_NESTING),
    ("characters of one text", MAX_TEXT),
];

/// Reads a scenario file into its text.
///
/// # Errors
/// When it cannot be read, is too large, or is not UTF-8.
pub fn read(path: &Path, shown: &str) -> Result<String, Diagnostics> {
    let fail = |code, message: String| Diagnostics::one(shown, "", Diagnostic::new(code, 0..0, message));
    let cannot = |error: &std::io::Error| {
        let why = match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            ErrorKind::IsADirectory => "it is a folder".to_owned(),
            _ => error.to_string(),
        };
        fail("E501", format!("the file cannot be read: {why}"))
    };
    // Asked before it is opened: opening a pipe waits for a writer, and reading a device may never end.
    let meta = std::fs::metadata(path).map_err(|error| cannot(&error))?;
    if meta.is_dir() {
        return Err(fail("E501", "the file cannot be read: it is a folder".to_owned()));
    }
    if !meta.is_file() {
        let error = Diagnostic::new("E507", 0..0, "the path leads to a pipe or a device, not to a file");
        return Err(Diagnostics::one(shown, "", error.help("`-` reads a scenario from standard input")));
    }
    if meta.len() > MAX_FILE_BYTES as u64 {
        return Err(fail("E502", too_large(meta.len())));
    }
    let file = File::open(path).map_err(|error| cannot(&error))?;
    // The file may have grown since; one byte more than the limit tells.
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(fail("E502", too_large(bytes.len() as u64)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let errors = Diagnostics::one(shown, &text, Diagnostic::new("E503", good..good, "the file is not UTF-8 text"));
        let (line, column) = errors.position(good);
        let message = format!("the file is not UTF-8 text: its byte {good} (line {line}, column {column}) is not");
        Diagnostics::one(shown, "", Diagnostic::new("E503", 0..0, message))
    })
}

fn too_large(bytes: u64) -> String {
    format!("the file has at least {bytes} bytes; at most {MAX_FILE_BYTES} are read")
}

/// Refuses a text that must not reach the TOML parser.
pub(super) fn check(text: &str) -> Result<(), Diagnostic> {
    if text.len() > MAX_FILE_BYTES {
        return Err(Diagnostic::new("E502", 0..0, too_large(text.len() as u64)));
    }
    if text.trim().is_empty() {
        return Err(
            Diagnostic::new("E504", 0..0, "the file is empty").help("`crmsim new NAME` writes a file to start from")
        );
    }
    match too_deep(text.as_bytes()) {
        Some(span) => {
            Err(Diagnostic::new("E505", span, format!("brackets or dots are nested more than {MAX_NESTING} deep"))
                .label("here"))
        }
        None => Ok(()),
    }
}

/// The first bracket or dot beyond the limit, outside texts and comments.
fn too_deep(text: &[u8]) -> Option<Range<usize>> {
    let (mut depth, mut dots, mut at) = (0_usize, 0_usize, 0_usize);
    while at < text.len() {
        match text[at] {
            b'#' => at = end_of_line(text, at),
            quote @ (b'"' | b'\'') => {
                at = end_of_text(text, at, quote);
                continue;
            }
            b'[' | b'{' => (depth, dots) = (depth + 1, 0),
            b']' | b'}' => (depth, dots) = (depth.saturating_sub(1), 0),
            b'.' => dots += 1,
            b'=' | b',' | b'\n' => dots = 0,
            _ => {}
        }
        if depth + dots > MAX_NESTING {
            return Some(at..at + 1);
        }
        at += 1;
    }
    None
}

fn end_of_line(text: &[u8], from: usize) -> usize {
    text[from..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |length| from + length)
}

/// The place after the text that starts at `from`; one that is not closed ends with its line.
fn end_of_text(text: &[u8], from: usize, quote: u8) -> usize {
    let long = text[from..].starts_with(&[quote; 3]);
    let mut at = if long { from + 3 } else { from + 1 };
    while at < text.len() {
        match text[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !long => return at,
            byte if byte == quote && !long => return at + 1,
            byte if byte == quote && text[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_texts_and_comments() {
        let open = "[".repeat(MAX_NESTING);
        assert_eq!(too_deep(open.as_bytes()), None);
        assert_eq!(too_deep(format!("{open}[").as_bytes()), Some(MAX_NESTING..MAX_NESTING + 1));
        assert!(too_deep(format!("a{} = 1", ".a".repeat(40)).as_bytes()).is_some());
        for harmless in ["# {}", "a = '{}'", "a = \"\\\"{}\"", "a = \"\"\"\n{}\"\"\"", "a = '''\n'{}'''", "a = \"x"] {
            assert_eq!(too_deep(harmless.replace("{}", &"[".repeat(99)).as_bytes()), None, "{harmless}");
        }
        assert!(too_deep(format!("a = \"x\n{}", "{".repeat(99)).as_bytes()).is_some());
        assert_eq!(too_deep("a = [1.5, 2.5]\nb.c = 1.5\n".repeat(99).as_bytes()), None);
    }

    #[test]
    fn files_that_cannot_be_scenarios_are_refused() {
        let folder = std::env::temp_dir().join(format!("crmsim-source-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let huge = folder.join("huge.toml");
        File::create(&huge).unwrap().set_len(100 << 20).unwrap();
        let binary = folder.join("binary.toml");
        std::fs::write(&binary, b"format = 1\nname = \"\xff\xfe\"\n").unwrap();
        for (path, code) in [(&huge, "E502"), (&binary, "E503"), (&folder, "E501"), (&folder.join("none"), "E501")] {
            let errors = read(path, "x.toml").unwrap_err();
            assert_eq!(errors.list[0].code, code);
            assert!(errors.render(false).contains("x.toml:1:1"));
        }
        #[cfg(unix)]
        for device in ["/dev/zero", "/dev/null"] {
            assert_eq!(read(Path::new(device), "x.toml").unwrap_err().list[0].code, "E507");
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(check(" \n").unwrap_err().code, "E504");
        assert_eq!(check(&"x".repeat(MAX_FILE_BYTES + 1)).unwrap_err().code, "E502");
    }
}
