//! Reading `[protocol]`: a base protocol and single switches, those of a row of `cases` over those of the file.

use super::diagnostics::{Diagnostic, listed, quoted};
use super::read::{Reader, Table};
use super::tree::{Entry, Node, Value};
use crate::protocol::Protocol;
use crate::protocol::guard::Limit;
use crate::protocol::switches::{Base, NOT_BUILT, Switch, SwitchType, SwitchValue, Switches};
use crate::sim::Span;

/// The keys of a limit.
pub(super) const LIMIT: [&str; 2] = ["count", "percent"];

/// The key of the base protocol.
pub(super) const BASE: &str = "base";

impl<'a> Reader<'a, '_> {
    /// The protocol of the file with what a row changes.
    pub fn protocol(&mut self, file: Option<&'a Node>, row: Option<&'a Node>) -> Protocol {
        let file = file.and_then(|node| self.switches(node));
        let row = row.and_then(|node| self.switches(node));
        let tables = [file.as_ref(), row.as_ref()];
        // The base of the row, or else of the file; then the file's switches; then the row's.
        let mut base = Base::Hardened;
        for node in tables.into_iter().flatten().filter_map(|table| table.get(BASE)) {
            if let Some(word) = self.word(BASE, node, Base::WORDS, &[]).and_then(Base::parse) {
                base = word;
            }
        }
        let mut switches = Switches::of(base);
        for entry in tables.into_iter().flatten().flat_map(|table| table.entries) {
            if let Some(switch) = switch_named(&entry.key) {
                self.switch(switch, entry, &mut switches);
            }
        }
        Protocol { switches, ..Protocol::default() }
    }

    fn switches(&mut self, node: &'a Node) -> Option<Table<'a>> {
        let table = self.any_table("protocol", node)?;
        for entry in table.entries.iter().filter(|entry| entry.key != BASE && switch_named(&entry.key).is_none()) {
            let name = quoted(&entry.key);
            let error = if NOT_BUILT.contains(&entry.key.as_str()) {
                Diagnostic::new("E105", entry.at.clone(), format!("the switch {name} is not built yet"))
                    .label("not built yet")
            } else {
                let names = Switch::ALL.iter().map(|switch| switch.word()).chain([BASE]);
                let error = Diagnostic::new("E101", entry.at.clone(), format!("the protocol has no switch {name}"));
                error.label("unknown switch").near(&entry.key, names)
            };
            self.error(error);
        }
        Some(table)
    }

    fn switch(&mut self, switch: Switch, entry: &'a Entry, switches: &mut Switches) {
        let (key, node) = (switch.word(), &entry.node);
        let value = match switch.takes() {
            SwitchType::Word(words) => self.word(key, node, words, &[]).map(SwitchValue::Word),
            SwitchType::Words(words) => self.switch_words(key, node, words),
            SwitchType::Count(low, high) => {
                let number = self.int(key, node, i64::from(low), i64::from(high));
                number.and_then(|number| u32::try_from(number).ok()).map(SwitchValue::Count)
            }
            SwitchType::SpanMinutes(least) => self.switch_span(key, node, least),
            SwitchType::LimitOr(off) => self.switch_limit(key, node, off),
        };
        if let Some(value) = value {
            // The value was checked against what the switch takes.
            let taken = switches.set(switch, &value);
            debug_assert!(taken, "{key} refuses {value:?}");
        }
    }

    fn switch_words(&mut self, key: &str, node: &'a Node, words: &[&'static str]) -> Option<SwitchValue> {
        let (nodes, span) = self.list(key, node)?;
        let mut on: Vec<&'static str> = Vec::new();
        for node in nodes {
            if let Some(word) = self.word(key, node, words, &[]) {
                if on.contains(&word) {
                    let message = format!("`{key}` names {} twice", quoted(word));
                    self.error(Diagnostic::new("E211", node.span.clone(), message).label("again"));
                } else {
                    on.push(word);
                }
            }
        }
        if nodes.is_empty() {
            let error = Diagnostic::new("E303", span, format!("`{key}` is empty")).label("at least one is expected");
            self.error(error.help(format!("it holds some of {}", listed(words.iter().copied()))));
        }
        Some(SwitchValue::Words(on))
    }

    /// A word, or a limit with the usual values for what it leaves out.
    fn switch_limit(&mut self, key: &str, node: &'a Node, off: &'static str) -> Option<SwitchValue> {
        match self.peek(node) {
            Some(Value::Table(_)) => {
                let table = self.table(key, node, &LIMIT, &[])?;
                let mut number = |key: &str, usual: u32, low: i64, high: i64| match table.get(key) {
                    Some(node) => self.int(key, node, low, high).and_then(|number| u32::try_from(number).ok()),
                    None => Some(usual),
                };
                let count = number(LIMIT[0], Limit::DEFAULT.count, 1, 1_000_000);
                let percent = number(LIMIT[1], Limit::DEFAULT.percent, 0, 100);
                Some(SwitchValue::Limit(Limit { count: count?, percent: percent? }))
            }
            _ => self.word(key, node, &[off], &[]).map(SwitchValue::Word),
        }
    }

    fn switch_span(&mut self, key: &str, node: &'a Node, least: i64) -> Option<SwitchValue> {
        let (span, at) = self.span(key, node)?;
        let least = Span::minutes(least);
        if span < least {
            let error = Diagnostic::new("E303", at, format!("`{key}` is shorter than its floor")).label("too short");
            self.error(error.help(format!("it is at least \"{least}\"")));
            return None;
        }
        Some(SwitchValue::Span(span))
    }
}

fn switch_named(name: &str) -> Option<Switch> {
    Switch::ALL.iter().copied().find(|switch| switch.word() == name)
}
