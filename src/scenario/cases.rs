//! Reading `cases`: the rows of values, each of which makes a scenario of its own.

use super::diagnostics::{Diagnostic, quoted};
use super::expected::EXPECTED;
use super::read::{Reader, Table};
use super::source::{MAX_EXPANDED_BYTES, MAX_EXPANDED_STEPS, MAX_ROWS};
use super::tree::{Entry, Node, Value};

/// The keys of a row that are no variables, beside those of what is known to fail.
pub(super) const ROW: [&str; 2] = ["row", "protocol"];

/// One row of `cases`.
pub(super) struct Row<'a> {
    /// Its label, or else its number from 1.
    pub label: String,
    /// Its entries: its own keys and its variables.
    pub entries: &'a [Entry],
}

impl<'a> Row<'a> {
    /// The value of one of the row's own keys.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }
}

/// Whether a key of a row is not a variable.
pub(super) fn is_own(key: &str) -> bool {
    ROW.contains(&key) || EXPECTED.contains(&key)
}

impl<'a> Reader<'a, '_> {
    /// The rows of a file; none where it has no `cases`.
    pub fn rows(&mut self, root: &Table<'a>) -> Option<Vec<Row<'a>>> {
        let entry = root.entry("cases")?;
        let nodes = self.short_list("cases", &entry.node, MAX_ROWS)?;
        if nodes.is_empty() {
            self.error(
                Diagnostic::new("E303", entry.node.span.clone(), "`cases` is empty")
                    .label("at least one row is expected"),
            );
        }
        let steps = match root.get("steps").map(|node| &node.value) {
            Some(Value::List(steps)) => steps.len(),
            _ => 0,
        };
        let expanded = [("bytes", self.sink.source().len(), MAX_EXPANDED_BYTES), ("steps", steps, MAX_EXPANDED_STEPS)];
        for (what, size, most) in expanded {
            if nodes.len().saturating_mul(size) > most {
                let message = format!("the file has {size} {what}, which times its rows is more than {most}");
                let error = Diagnostic::new("E506", entry.at.clone(), message);
                self.error(error.label(format!("{} rows", nodes.len())));
                return None;
            }
        }
        let mut rows: Vec<Row<'a>> = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let Some(table) = self.any_table("cases", node) else { continue };
            let label = match table.get("row") {
                Some(node) => self.label(node),
                None => Some((index + 1).to_string()),
            };
            self.no_variables(&table);
            let Some(label) = label else { continue };
            if rows.iter().any(|row| row.label == label) {
                let at = table.get("row").map_or(table.span.clone(), |node| node.span.clone());
                self.error(
                    Diagnostic::new("E211", at, format!("two rows are named {}", quoted(&label))).label("again"),
                );
            }
            rows.push(Row { label, entries: table.entries });
        }
        self.check_variables(root, &rows);
        Some(rows)
    }

    /// A label: any short text, or a number.
    fn label(&mut self, node: &'a Node) -> Option<String> {
        const LONGEST: usize = 80;
        if let Value::Int(number) = &node.value {
            return Some(number.to_string());
        }
        let (text, span) = self.text("row", node)?;
        if text.trim().is_empty() || text.contains(char::is_control) || text.contains('#') || text.len() > LONGEST {
            let error = Diagnostic::new("E308", span, format!("{} cannot name a row", quoted(text)));
            self.error(error.help("a label is a short text without `#`"));
            return None;
        }
        Some(text.to_owned())
    }

    /// The values of a row are what they are: variables do not stand for each other.
    fn no_variables(&mut self, table: &Table<'a>) {
        let mut found = Vec::new();
        table.entries.iter().for_each(|entry| entry.node.variables(&mut |_, node| found.push(node.span.clone())));
        for span in found {
            let error = Diagnostic::new("E209", span, "a row cannot use a variable").label("a value is expected");
            self.error(error.help("a text that starts with a dollar sign is written `$$`"));
        }
    }

    /// Every variable that a row gives is used somewhere in the file.
    fn check_variables(&mut self, root: &Table<'a>, rows: &[Row<'a>]) {
        let mut used = std::collections::BTreeSet::new();
        for entry in root.entries.iter().filter(|entry| entry.key != "cases") {
            entry.node.variables(&mut |name, _| {
                used.insert(name);
            });
        }
        for entry in rows.iter().flat_map(|row| row.entries).filter(|entry| !is_own(&entry.key)) {
            if !used.contains(entry.key.as_str()) {
                let message = format!("nothing uses the variable {}", quoted(&format!("${}", entry.key)));
                let error = Diagnostic::new("E212", entry.at.clone(), message).label("unused");
                let own = ROW.into_iter().chain(EXPECTED);
                self.error(error.near(&entry.key, own.chain(used.iter().copied())));
            }
        }
    }

    /// Checks the labels that steps name with `rows`.
    pub fn check_labels(&mut self, steps: &'a [Node], rows: Option<&[Row<'a>]>) {
        for node in steps {
            let Value::Table(entries) = &node.value else { continue };
            let Some(entry) = entries.iter().find(|entry| entry.key == "rows") else { continue };
            let expects = entries.iter().any(|entry| entry.key == "expect");
            let Value::List(labels) = &entry.node.value else {
                // A number of rows belongs to some expectations; a variable can only stand for that number.
                if !expects {
                    let wanted = "a list of labels of `cases`";
                    let found = super::read::Found { value: &entry.node.value, span: entry.node.span.clone() };
                    self.wrong_type("rows", wanted, &found);
                }
                continue;
            };
            let Some(rows) = rows else {
                let error =
                    Diagnostic::new("E413", entry.at.clone(), "`rows` names rows of `cases`, and the file has none");
                self.error(error.label("without rows every step runs"));
                continue;
            };
            if labels.is_empty() {
                let error = Diagnostic::new("E303", entry.node.span.clone(), "a step that runs in no row");
                self.error(error.label("at least one label is expected"));
            }
            for label in labels {
                let Some((text, span)) = self.text("rows", label) else { continue };
                if !rows.iter().any(|row| row.label == text) {
                    let error =
                        Diagnostic::new("E210", span, format!("no row is named {}", quoted(text))).label("unknown row");
                    self.error(error.near(text, rows.iter().map(|row| row.label.as_str())));
                }
            }
        }
    }
}
