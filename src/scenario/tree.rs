//! The tree of a TOML file: values with their places, in the order of the file.
//!
//! The TOML parser keeps tables sorted by key and leaves numbers as text; this tree has the order of the file, plain
//! values, and knows a variable (`"$name"`) from a text. A text that really starts with a dollar sign and a letter is
//! written with two of them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use super::diagnostics::{Diagnostic, Sink};
use super::source::MAX_TEXT;

/// A value with its place.
pub(super) struct Node {
    pub span: Range<usize>,
    pub value: Value,
}

/// A value.
pub(super) enum Value {
    Text(String),
    /// `"$name"`, which a row of `cases` gives a value.
    Variable(String),
    Int(i64),
    /// A fraction, or a number too large: nothing takes either.
    Number,
    Bool(bool),
    Moment(Datetime),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// Its error is told already.
    Wrong,
}

/// A key of a table with its value.
pub(super) struct Entry {
    pub key: String,
    pub at: Range<usize>,
    pub node: Node,
}

impl Value {
    /// What it is, for a message.
    pub fn sort(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Variable(_) => "a variable",
            Value::Int(_) => "a whole number",
            Value::Number => "a fraction or a number that is too large",
            Value::Bool(_) => "true or false",
            Value::Moment(_) => "a date or time",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Wrong => "nothing",
        }
    }

    /// About how much memory it takes.
    pub fn size(&self) -> usize {
        16 + match self {
            Value::Text(text) | Value::Variable(text) => text.len(),
            Value::List(nodes) => nodes.iter().map(|node| node.value.size()).sum(),
            Value::Table(entries) => entries.iter().map(|entry| entry.key.len() + entry.node.value.size()).sum(),
            _ => 0,
        }
    }
}

impl Node {
    /// Calls `each` on every variable in the node.
    pub fn variables<'n>(&'n self, each: &mut dyn FnMut(&'n str, &'n Node)) {
        match &self.value {
            Value::Variable(name) => each(name, self),
            Value::List(nodes) => nodes.iter().for_each(|node| node.variables(each)),
            Value::Table(entries) => entries.iter().for_each(|entry| entry.node.variables(each)),
            _ => {}
        }
    }
}

/// Reads the text of a file. Of its syntax errors only the first is told: what follows it is mostly noise.
pub(super) fn read(sink: &mut Sink<'_>) -> Option<Node> {
    match DeTable::parse(sink.source()) {
        Ok(table) => {
            let span = table.span();
            Some(Node { span: span.start..span.start, value: entries(table.into_inner(), sink) })
        }
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let said: String = error
                .message()
                .chars()
                .flat_map(|c| if c == '\n' { ' '.escape_debug() } else { c.escape_debug() })
                .collect();
            let said = said.replace("\\'", "'").replace("\\\"", "\"");
            sink.push(Diagnostic::new("E100", span, format!("this is not TOML: {said}")).label("here"));
            None
        }
    }
}

fn entries(table: DeTable<'_>, sink: &mut Sink<'_>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let at = key.span();
            let node = node(value, sink);
            Entry { key: key.into_inner().into_owned(), at, node }
        })
        .collect();
    entries.sort_by_key(|entry| entry.at.start);
    Value::Table(entries)
}

fn node(value: Spanned<DeValue<'_>>, sink: &mut Sink<'_>) -> Node {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => text_value(&text, &span, sink),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            i64::from_str_radix(&digits, number.radix()).map_or(Value::Number, Value::Int)
        }
        DeValue::Float(_) => Value::Number,
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(moment) => Value::Moment(moment),
        DeValue::Array(list) => Value::List(list.into_iter().map(|value| node(value, sink)).collect()),
        DeValue::Table(table) => entries(table, sink),
    };
    Node { span, value }
}

fn text_value(text: &str, span: &Range<usize>, sink: &mut Sink<'_>) -> Value {
    if text.len() > MAX_TEXT && text.chars().count() > MAX_TEXT {
        let message = format!("a text has at most {MAX_TEXT} characters");
        sink.push(Diagnostic::new("E307", span.clone(), message).label(format!("{} characters", text.chars().count())));
        return Value::Wrong;
    }
    match text.strip_prefix('$') {
        Some(rest) if rest.starts_with('$') => Value::Text(rest.to_owned()),
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => Value::Variable(rest.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<Entry> {
        let mut sink = Sink::new(text);
        match read(&mut sink).unwrap().value {
            Value::Table(entries) => entries,
            _ => unreachable!(),
        }
    }

    #[test]
    fn the_order_of_the_file_is_kept() {
        let keys: Vec<String> = parsed("b = 1\na = 2\nc.z = 1\nc.y = 2\n").into_iter().map(|entry| entry.key).collect();
        assert_eq!(keys, ["b", "a", "c"]);
    }

    #[test]
    fn variables_and_dollar_signs_are_told_apart() {
        let sort = |text: &str| match &parsed(&format!("a = '{text}'"))[0].node.value {
            Value::Text(text) => format!("text {text}"),
            Value::Variable(name) => format!("variable {name}"),
            _ => unreachable!(),
        };
        assert_eq!(sort("$who"), "variable who");
        assert_eq!(sort("$$who"), "text $who");
        assert_eq!(sort("$5"), "text $5");
        assert_eq!(sort("$"), "text $");
    }

    #[test]
    fn only_the_first_syntax_error_is_told() {
        let text = "a = [1, 2\nb = = 3\nc = {\n";
        let mut sink = Sink::new(text);
        assert!(read(&mut sink).is_none());
        assert_eq!(sink.finish("").list.len(), 1);
    }
}
