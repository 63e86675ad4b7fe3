//! What reads a scenario: it looks at nodes, puts values in place of variables, and checks the keys of tables.
//!
//! A variable is replaced where its value is looked at, and never by a copy of the tree; errors of the value then point at
//! the place of use.

use std::ops::Range;

use super::cases::is_own;
use super::diagnostics::{Diagnostic, Sink, listed, quoted};
use super::source::MAX_FILE_BYTES;
use super::tree::{Entry, Node, Value};
use crate::sim::Time;

/// What reads one scenario: a file, or one row of its `cases`.
pub(super) struct Reader<'a, 's> {
    pub sink: Sink<'s>,
    /// The values of the variables; `None` where the file has no `cases`.
    pub variables: Option<&'a [Entry]>,
    /// Whether a variable may stand here.
    pub open: bool,
    /// Whether the scenario was drawn, so that a step which could not be carried out where it stands is skipped there.
    pub drawn: bool,
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
        match &entry.node.value {
            // A variable in a row is told where it stands.
            Value::Variable(_) => wrong,
            value => Found { value, span },
        }
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
