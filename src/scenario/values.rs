//! Reading single values: texts, words, numbers, durations, moments and lists.
//!
//! Every function takes the key for its messages, and returns `None` after it reported what is wrong.

use std::ops::Range;

use toml::value::{Datetime, Offset};

use super::diagnostics::{Diagnostic, listed, quoted};
use super::read::Reader;
use super::tree::{Node, Value};
use crate::sim::{Span, Time};

impl<'a> Reader<'a, '_> {
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
