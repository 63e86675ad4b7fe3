//! Reading single values: types, words, numbers, durations, moments, and what stands for a variable.
//!
//! Every function takes the key for its messages and returns `None` after it reported what is wrong. A variable is
//! replaced where its value is looked at, and never by a copy of the tree; errors of the value then point at the place
//! of use.

use std::ops::Range;

use toml::value::{Datetime, Offset};

use super::cases::is_own;
use super::diagnostics::{Diagnostic, Sink, listed, quoted};
use super::source::MAX_FILE_BYTES;
use super::tree::{Entry, Node, Value};
use crate::sim::{Span, Time};

/// What reads one scenario: a file, or one row of its `cases`.
pub(super) struct Reader<'a, 's> {
    pub sink: Sink<'s>,
    /// The values of the variables; `None` where the file has no `cases`.
    pub variables: Option<&'a [Entry]>,
    /// Whether a variable may stand here.
    pub open: bool,
    /// The start of the scenario, to which moments relate.
    pub start: Time,
    /// How much was put in place of variables.
    pub spent: usize,
}

/// A value with the place to point at.
pub(super) struct Found<'a> {
    pub value: &'a Value,
    pub span: Range<usize>,
}

/// The entries of a table whose keys were checked.
pub(super) struct Table<'a> {
    pub entries: &'a [Entry],
    pub span: Range<usize>,
}

impl<'a> Table<'a> {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.node)
    }
}

impl<'a> Reader<'a, '_> {
    /// Reports an error.
    pub fn error(&mut self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    /// The value of a node, or of the variable that stands there.
    pub fn look(&mut self, node: &'a Node) -> Found<'a> {
        let span = node.span.clone();
        let Value::Variable(name) = &node.value else { return Found { value: &node.value, span } };
        let wrong = Found { value: &Value::Wrong, span: span.clone() };
        let Some(variables) = self.variables.filter(|_| self.open) else {
            let error = if self.open {
                Diagnostic::new(
                    "E209",
                    span,
                    format!("the variable {} has no value: the file has no `cases`", quoted(&format!("${name}"))),
                )
            } else {
                Diagnostic::new("E209", span, "a variable cannot stand here")
                    .help("variables stand below `users`, `clients`, `items`, `steps` and `protocol`")
            };
            self.error(error.label("a text that starts with a dollar sign is written `$$`"));
            return wrong;
        };
        let Some(entry) = variables.iter().find(|entry| entry.key == *name && !is_own(name)) else {
            let row = self.sink.row.clone().unwrap_or_default();
            let message = format!("row {} gives no value for {}", quoted(&row), quoted(&format!("${name}")));
            self.error(Diagnostic::new("E209", span, message).near(name, variables.iter().map(|entry| &*entry.key)));
            return wrong;
        };
        // A large value that is used often would make a scenario far larger than its file.
        self.spent += entry.node.value.size();
        if self.spent > MAX_FILE_BYTES {
            if self.spent < usize::MAX >> 1 {
                let message = format!("variables put more than {MAX_FILE_BYTES} bytes into one row");
                self.error(Diagnostic::new("E506", span, message).label("here"));
            }
            self.spent = usize::MAX >> 1;
            return wrong;
        }
        Found { value: &entry.node.value, span }
    }

    /// The same without reports, for a first look.
    pub fn peek(&self, node: &'a Node) -> Option<&'a Value> {
        match &node.value {
            Value::Variable(name) => {
                self.variables?.iter().find(|entry| entry.key == *name && !is_own(name)).map(|entry| &entry.node.value)
            }
            value => Some(value),
        }
    }

    /// The text of a node without reports.
    pub fn peek_text(&self, node: Option<&'a Node>) -> Option<&'a str> {
        match self.peek(node?)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Reports that a key takes something else.
    pub fn wrong_type(&mut self, key: &str, wanted: &str, found: &Found<'_>) {
        if !matches!(found.value, Value::Wrong) {
            let message = format!("`{key}` takes {wanted}, not {}", found.value.sort());
            self.error(Diagnostic::new("E301", found.span.clone(), message).label(format!("{wanted} is expected")));
        }
    }

    /// A text.
    pub fn text(&mut self, key: &str, node: &'a Node) -> Option<(&'a str, Range<usize>)> {
        let found = self.look(node);
        match found.value {
            Value::Text(text) => Some((text, found.span)),
            _ => {
                self.wrong_type(key, "a text", &found);
                None
            }
        }
    }

    /// A text that says something.
    pub fn sentence(&mut self, key: &str, node: &'a Node) -> Option<String> {
        let (text, span) = self.text(key, node)?;
        if text.trim().is_empty() {
            self.error(Diagnostic::new("E309", span, format!("`{key}` says nothing")).label("a sentence is expected"));
            return None;
        }
        Some(text.to_owned())
    }

    /// A new name: letters, digits, `-`, `_` and `.`.
    pub fn name(&mut self, key: &str, node: &'a Node) -> Option<String> {
        const LONGEST: usize = 80;
        let (text, span) = self.text(key, node)?;
        let good = text.starts_with(char::is_alphanumeric)
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
            && text.len() <= LONGEST;
        if !good {
            let error = Diagnostic::new("E308", span, format!("{} cannot be a name", quoted(text)));
            self.error(
                error.help(
                    "a name has letters, digits, `-`, `_` and `.`, starts with a letter or a digit, and is short",
                ),
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// True or false.
    pub fn flag(&mut self, key: &str, node: &'a Node) -> Option<bool> {
        let found = self.look(node);
        match found.value {
            Value::Bool(flag) => Some(*flag),
            _ => {
                self.wrong_type(key, "true or false", &found);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn int(&mut self, key: &str, node: &'a Node, low: i64, high: i64) -> Option<i64> {
        let found = self.look(node);
        match found.value {
            Value::Int(number) if (low..=high).contains(number) => Some(*number),
            Value::Int(number) => {
                let message = format!("`{key}` is {number}; it can be {low} to {high}");
                self.error(Diagnostic::new("E303", found.span, message).label("out of range"));
                None
            }
            _ => {
                self.wrong_type(key, "a whole number", &found);
                None
            }
        }
    }

    /// A whole number that a `u32` holds.
    pub fn count(&mut self, key: &str, node: &'a Node, low: u32) -> Option<u32> {
        let number = self.int(key, node, i64::from(low), i64::from(u32::MAX))?;
        u32::try_from(number).ok()
    }

    /// One of some words.
    pub fn word(
        &mut self,
        key: &str,
        node: &'a Node,
        words: &[&'static str],
        not_built: &[&'static str],
    ) -> Option<&'static str> {
        let (text, span) = self.text(key, node)?;
        self.known_word(key, text, span, words, not_built)
    }

    /// One of some words, already read.
    pub fn known_word(
        &mut self,
        key: &str,
        text: &str,
        span: Range<usize>,
        words: &[&'static str],
        not_built: &[&'static str],
    ) -> Option<&'static str> {
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            let error = if not_built.contains(&text) {
                Diagnostic::new("E306", span, format!("{} is not built yet", quoted(text))).label("not built yet")
            } else {
                let error = Diagnostic::new("E302", span, format!("`{key}` cannot be {}", quoted(text)));
                let near = error.label("not a word of this key").near(text, words.iter().copied());
                if near.help.is_some() {
                    near
                } else {
                    near.help(format!("it is one of {}", listed(words.iter().copied())))
                }
            };
            self.error(error);
        }
        found
    }

    /// A duration.
    pub fn span(&mut self, key: &str, node: &'a Node) -> Option<(Span, Range<usize>)> {
        let (text, at) = self.text(key, node)?;
        let span = Span::parse(text);
        if span.is_none() {
            let error = Diagnostic::new("E304", at.clone(), format!("{} is no duration", quoted(text)));
            self.error(
                error.label("a duration is expected").help("durations are written `15m`, `1h30m`, `3d1h` or `250ms`"),
            );
        }
        Some((span?, at))
    }

    /// A duration longer than nothing.
    pub fn positive_span(&mut self, key: &str, node: &'a Node) -> Option<Span> {
        let (span, at) = self.span(key, node)?;
        if span <= Span::ZERO {
            self.error(
                Diagnostic::new("E303", at, format!("`{key}` must be longer than nothing")).label("out of range"),
            );
            return None;
        }
        Some(span)
    }

    /// A date and time, or a duration relative to the start.
    pub fn moment(&mut self, key: &str, node: &'a Node) -> Option<Time> {
        let found = self.look(node);
        let time = match found.value {
            Value::Moment(moment) => time_of(moment),
            Value::Text(text) => Span::parse(text).map(|span| self.start + span),
            _ => {
                self.wrong_type(key, "a date and time, or a duration from `start` such as \"+2d\"", &found);
                return None;
            }
        };
        if time.is_none() {
            let error =
                Diagnostic::new("E305", found.span, format!("`{key}` is no moment")).label("a moment is expected");
            self.error(error.help("moments are written 2011-03-01T09:00:00Z without quotes, or \"+2d\" from `start`; nothing is finer than a millisecond"));
        }
        time
    }

    /// A list.
    pub fn list(&mut self, key: &str, node: &'a Node) -> Option<(&'a [Node], Range<usize>)> {
        let found = self.look(node);
        match found.value {
            Value::List(nodes) => Some((nodes, found.span)),
            _ => {
                self.wrong_type(key, "a list", &found);
                None
            }
        }
    }

    /// A list of at most so many.
    pub fn short_list(&mut self, key: &str, node: &'a Node, most: usize) -> Option<&'a [Node]> {
        let (nodes, span) = self.list(key, node)?;
        if nodes.len() > most {
            let message = format!("`{key}` has {} entries; at most {most} are read", nodes.len());
            self.error(Diagnostic::new("E506", span.start..span.start + 1, message).label("too many"));
            return None;
        }
        Some(nodes)
    }

    /// A table with any keys.
    pub fn any_table(&mut self, key: &str, node: &'a Node) -> Option<Table<'a>> {
        let found = self.look(node);
        match found.value {
            Value::Table(entries) => Some(Table { entries, span: found.span }),
            _ => {
                self.wrong_type(key, "a table", &found);
                None
            }
        }
    }

    /// A table with some keys.
    pub fn table(&mut self, key: &str, node: &'a Node, keys: &[&str], not_built: &[&str]) -> Option<Table<'a>> {
        let table = self.any_table(key, node)?;
        self.check_keys(key, table.entries, keys, not_built);
        Some(table)
    }

    /// Reports the keys that a table does not take.
    pub fn check_keys(&mut self, what: &str, entries: &'a [Entry], keys: &[&str], not_built: &[&str]) {
        for entry in entries.iter().filter(|entry| !keys.contains(&&*entry.key)) {
            let name = quoted(&entry.key);
            let error = if not_built.contains(&&*entry.key) {
                Diagnostic::new("E105", entry.at.clone(), format!("{name} is not built yet")).label("not built yet")
            } else {
                let error = Diagnostic::new("E101", entry.at.clone(), format!("there is no key {name} in {what}"));
                let near = error.label("unknown key").near(&entry.key, keys.iter().copied());
                if near.help.is_some() {
                    near
                } else {
                    near.help(format!("the keys are {}", listed(keys.iter().copied())))
                }
            };
            self.error(error);
        }
    }

    /// The value of a key that must be there.
    pub fn need(&mut self, table: &Table<'a>, key: &str, what: &str) -> Option<&'a Node> {
        let node = table.get(key);
        if node.is_none() {
            let message = format!("{what} has no `{key}`");
            self.error(Diagnostic::new("E103", table.span.clone(), message).label(format!("`{key}` is missing")));
        }
        node
    }
}

/// The moment of a TOML date: local ones are meant in UTC, a date alone begins its day.
fn time_of(moment: &Datetime) -> Option<Time> {
    let date = moment.date?;
    let (hour, minute, second, nanosecond) =
        moment.time.map_or((0, 0, 0, 0), |t| (t.hour, t.minute, t.second.unwrap_or(0), t.nanosecond.unwrap_or(0)));
    if nanosecond % 1_000_000 != 0 || second > 59 {
        return None;
    }
    let local = format!(
        "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
        date.year,
        date.month,
        date.day,
        nanosecond / 1_000_000
    );
    let offset = match moment.offset {
        Some(Offset::Custom { minutes }) => Span::minutes(i64::from(minutes)),
        _ => Span::ZERO,
    };
    let time = Time::parse(&local)?;
    Some(time + Span(-offset.0))
}
