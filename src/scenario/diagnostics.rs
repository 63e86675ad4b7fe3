//! What is wrong with a scenario file, and how it is shown.
//!
//! Every part of the parser reports into one [`Diagnostics`] instead of stopping, so that a file shows all its errors at
//! once, in the order of their places. A [`Diagnostic`] has a code of [`CODES`], a place, and mostly a help line: the
//! nearest valid name, or what the place takes. The rendering is that of `rustc`.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

pub use super::codes::CODES;

/// How many errors are kept; of what a file has beyond, only the number is told.
pub const MOST_KEPT: usize = 100;

/// Lines longer than this are not shown under their error.
const LONGEST_LINE: usize = 2_000;

/// One error with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// One of [`CODES`].
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What stands under the place.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without a label and help.
    #[must_use]
    pub fn new(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        debug_assert!(CODES.iter().any(|(known, _)| *known == code), "{code} has no meaning");
        Diagnostic { code, message: message.into(), span, label: String::new(), help: None }
    }

    /// The same with a label.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// The same with a help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same, with the nearest of `names` as help where one is near.
    #[must_use]
    pub fn near<'n>(mut self, word: &str, names: impl IntoIterator<Item = &'n str>) -> Diagnostic {
        if let Some(name) = nearest(word, names) {
            self.help = Some(format!("did you mean {}?", quoted(name)));
        }
        self
    }
}

/// All errors of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostics {
    /// The file; empty for a text without one.
    pub path: String,
    /// What it holds; empty when it could not be read.
    pub source: String,
    /// Its errors by place, at most [`MOST_KEPT`].
    pub list: Vec<Diagnostic>,
    /// How many more there are.
    pub more: usize,
}

impl Diagnostics {
    /// The errors of a file that has only this one.
    #[must_use]
    pub fn one(path: &str, source: &str, diagnostic: Diagnostic) -> Diagnostics {
        Diagnostics { path: path.to_owned(), source: source.to_owned(), list: vec![diagnostic], more: 0 }
    }

    /// The line and the column (in characters) of a place, both from 1.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let line = line_of(&self.source, offset);
        (line.number, line.before.chars().count() + 1)
    }

    /// The path as messages name it.
    fn shown_path(&self) -> String {
        match self.path.as_str() {
            "" => "<text>".to_owned(),
            "-" => "<stdin>".to_owned(),
            path => path.escape_debug().to_string().replace("\\'", "'"),
        }
    }

    /// All errors as `rustc` would print them, each with its `path:line:column`.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for diagnostic in &self.list {
            out.push_str(&self.render_one(&renderer, diagnostic));
            out.push_str("\n\n");
        }
        if self.more > 0 {
            out.push_str(&format!("{}: {} more errors are not shown\n", self.shown_path(), self.more));
        }
        out
    }

    fn render_one(&self, renderer: &Renderer, diagnostic: &Diagnostic) -> String {
        let line = line_of(&self.source, diagnostic.span.start);
        let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
        let mut group = if self.source.is_empty() || line.text.len() > LONGEST_LINE {
            let column = line.before.chars().count() + 1;
            title.element(Origin::path(self.shown_path()).line(line.number).char_column(column))
        } else {
            // One line is shown: an error of a long table points at where the table begins.
            let start = line.before.len();
            let end = diagnostic.span.end.saturating_sub(line.start).clamp(start, line.text.len());
            let end = (end..=line.text.len()).find(|end| line.text.is_char_boundary(*end)).unwrap_or(start);
            let mark = AnnotationKind::Primary.span(start..end);
            let mark = if diagnostic.label.is_empty() { mark } else { mark.label(diagnostic.label.as_str()) };
            title.element(Snippet::source(line.text).path(self.shown_path()).line_start(line.number).annotation(mark))
        };
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// One line of a source.
struct Line<'s> {
    /// Its number, from 1.
    number: usize,
    /// Where it starts, in bytes.
    start: usize,
    /// Its text without the line end.
    text: &'s str,
    /// The part of it before the place that was asked for.
    before: &'s str,
}

fn line_of(source: &str, offset: usize) -> Line<'_> {
    let offset = (0..=offset.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
    let start = source[..offset].rfind('\n').map_or(0, |at| at + 1);
    let text = source[start..].split('\n').next().unwrap_or_default();
    let text = text.strip_suffix('\r').unwrap_or(text);
    let number = source[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    Line { number, start, text, before: &text[..(offset - start).min(text.len())] }
}

/// The errors while they are collected. One that stands already is not taken again, so that what is wrong in every row of
/// `cases` is told once.
pub(super) struct Sink<'s> {
    source: &'s str,
    /// Where its lines end.
    ends: Vec<usize>,
    /// The row of `cases` that is being read.
    pub row: Option<String>,
    list: Vec<Diagnostic>,
    more: usize,
}

impl<'s> Sink<'s> {
    pub fn new(source: &'s str) -> Sink<'s> {
        let ends = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Sink { source, ends, row: None, list: Vec::new(), more: 0 }
    }

    pub fn source(&self) -> &'s str {
        self.source
    }

    /// The number of the line, from 1, where a place is.
    pub fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.ends.partition_point(|end| *end < offset) + 1).unwrap_or(u32::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many errors there are so far.
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        if self.list.len() >= MOST_KEPT {
            self.more += 1;
            return;
        }
        // What was put in place of a variable is not what the reader of the file sees there.
        if let Some(row) = &self.row
            && self
                .source
                .get(diagnostic.span.clone())
                .is_some_and(|text| text.starts_with(['"', '\'']) && text[1..].starts_with('$'))
        {
            let gap = if diagnostic.label.is_empty() { "" } else { ", " };
            diagnostic.label = format!("{}{gap}in row {}", diagnostic.label, quoted(row));
        }
        if !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    pub fn finish(mut self, path: &str) -> Diagnostics {
        self.list.sort_by(|a, b| (a.span.start, a.code).cmp(&(b.span.start, b.code)));
        Diagnostics { path: path.to_owned(), source: self.source.to_owned(), list: self.list, more: self.more }
    }
}

/// A text of a file in a message: quoted, clipped, and without characters that a terminal would obey.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let clipped: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    let clipped = clipped.replace("\\\"", "\"").replace("\\'", "'");
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("`{clipped}{more}`")
}

/// Words for a message: `a`, `b` and `c`.
pub(super) fn listed<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, front)) => format!("{} and {last}", front.join(", ")),
    }
}

/// The name that is most like a word, if one is near enough to be meant.
#[must_use]
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LONGEST: usize = 80;
    if word.len() > LONGEST {
        return None;
    }
    let limit = (word.chars().count() / 3).max(1);
    let word = word.to_lowercase();
    let near = names.into_iter().filter(|name| name.len().abs_diff(word.len()) <= 2 * limit).filter_map(|name| {
        let distance = strsim::damerau_levenshtein(&word, &name.to_lowercase());
        (distance <= limit).then_some((distance, name))
    });
    near.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("alcie", ["bob", "alice"]), Some("alice"));
        assert_eq!(nearest("LASTNAME", ["firstname", "lastname"]), Some("lastname"));
        assert_eq!(nearest("zebra", ["alice", "bob"]), None);
        assert_eq!(nearest(&"x".repeat(100), ["x"]), None);
    }

    #[test]
    fn a_rendering_shows_place_code_label_and_help() {
        let source = "a = 1\r\nwho = \"é\", \"alcie\"\r\n";
        let at = source.find("\"alcie").unwrap();
        let error =
            Diagnostic::new("E202", at..at + 7, "no user is named `alcie`").label("here").near("alcie", ["alice"]);
        let text = Diagnostics::one("dir/x.toml", source, error).render(false);
        for part in
            ["error[E202]: no user is named `alcie`", "dir/x.toml:2:12", "^^^^^^^ here", "did you mean `alice`?"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn every_place_of_every_text_renders() {
        for source in ["", "\n", "é", "a\r\n\tb = \u{202e}x\n", "\u{7f}\u{1b}[31m"] {
            for start in 0..source.len() + 2 {
                for end in start..source.len() + 3 {
                    let errors = Diagnostics::one("-", source, Diagnostic::new("E100", start..end, "m").label("l"));
                    assert!(errors.render(false).contains("<stdin>:"));
                    assert!(errors.render(true).contains("E100"));
                }
            }
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(quoted("\u{1b}[31m\u{202e}"), "`\\u{1b}[31m\\u{202e}`");
        assert!(quoted(&"x".repeat(61)).ends_with("x…`"));
    }
}
