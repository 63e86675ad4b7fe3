//! Reading what is known to fail: `known` with `violates`, `also` and `breaks`, and `waive`.

use std::ops::Range;

use super::diagnostics::{Diagnostic, listed, quoted};
use super::model::Waiver;
use super::names::Names;
use super::read::Reader;
use super::source::MAX_STEPS;
use super::tree::Node;
use crate::check::IDS;

/// Invariants that come with what they concern.
pub(super) const NOT_BUILT: &[&str] =
    &["one-way", "entitled-only", "privileged-writes", "manual-tracking-kept", "offline-replayed"];

/// The keys that say what is known to fail, in a file or in a row.
pub(super) const EXPECTED: [&str; 4] = ["known", "violates", "also", "breaks"];
/// The keys of an entry of `waive`.
pub(super) const WAIVE: [&str; 3] = ["invariant", "from", "why"];

/// What a run is known to do wrong.
#[derive(Default)]
pub(super) struct Expected {
    pub known: Option<String>,
    pub violates: Vec<String>,
    pub also: Vec<String>,
    pub breaks: Vec<String>,
}

impl<'a> Reader<'a, '_> {
    /// Reads what is known to fail. `get` gives the value of a key, of the row or else of the file.
    pub fn expected(&mut self, get: &dyn Fn(&str) -> Option<&'a Node>, names: &Names) -> Expected {
        let [known, violates, also, breaks] = EXPECTED.map(get);
        let mut expected = Expected::default();
        if let Some(node) = known {
            expected.known = self.sentence("known", node);
            if violates.is_none() && breaks.is_none() {
                let error = Diagnostic::new("E407", node.span.clone(), "`known` without anything that fails");
                self.error(error.label("needs `violates` or `breaks`"));
            }
        }
        for (key, node) in [("violates", violates), ("also", also), ("breaks", breaks)] {
            let Some(node) = node else { continue };
            if known.is_none() {
                let message = format!("`{key}` without the reason");
                self.error(Diagnostic::new("E407", node.span.clone(), message).label("needs `known = \"why\"`"));
            }
            let read = self.expected_list(key, node, names);
            match key {
                "violates" => expected.violates = read,
                "also" => expected.also = read,
                _ => expected.breaks = read,
            }
        }
        expected
    }

    fn expected_list(&mut self, key: &str, node: &'a Node, names: &Names) -> Vec<String> {
        let mut list: Vec<String> = Vec::new();
        for node in self.short_list(key, node, MAX_STEPS).unwrap_or_default() {
            let Some((text, span)) = self.text(key, node) else { continue };
            let known = if key == "breaks" {
                self.breaks(text, span.clone(), names)
            } else {
                self.invariant(key, text, span.clone())
            };
            if known && list.iter().any(|other| other == text) {
                self.error(
                    Diagnostic::new("E211", span, format!("`{key}` names {} twice", quoted(text))).label("again"),
                );
            } else if known {
                list.push(text.to_owned());
            }
        }
        list
    }

    fn breaks(&mut self, name: &str, span: Range<usize>, names: &Names) -> bool {
        let Some(step) = names.step(self, name, span.clone()) else { return false };
        if !step.expects {
            let error = Diagnostic::new("E409", span, format!("the step {} expects nothing", quoted(name)));
            self.error(error.label("only an expectation can fail"));
        }
        true
    }

    fn invariant(&mut self, key: &str, name: &str, span: Range<usize>) -> bool {
        if IDS.contains(&name) {
            return true;
        }
        let error = if key == "also" && name == "any" {
            Diagnostic::new("E414", span, "`any` is for drafts only").label("name the invariants that may follow")
        } else if NOT_BUILT.contains(&name) {
            Diagnostic::new("E306", span, format!("the invariant {} is not built yet", quoted(name)))
                .label("not built yet")
        } else {
            let error = Diagnostic::new("E205", span, format!("there is no invariant {}", quoted(name)))
                .label("unknown invariant");
            let error = error.near(name, IDS.iter().copied());
            if error.help.is_some() {
                error
            } else {
                error.help(format!("the invariants are {}", listed(IDS.iter().copied())))
            }
        };
        self.error(error);
        false
    }

    /// The waivers, none of which is for an invariant that must be violated.
    pub fn waivers(&mut self, node: Option<&'a Node>, violates: &[String], names: &Names) -> Vec<Waiver> {
        let mut waivers: Vec<Waiver> = Vec::new();
        let nodes = node.and_then(|node| self.short_list("waive", node, IDS.len()));
        for node in nodes.unwrap_or_default() {
            let Some(table) = self.table("waive", node, &WAIVE, &[]) else { continue };
            let invariant = self.need(&table, "invariant", "a waiver").and_then(|node| self.text("invariant", node));
            let from = table.get("from").and_then(|node| {
                let (text, span) = self.text("from", node)?;
                names.step(self, text, span).map(|_| text.to_owned())
            });
            let why = self.need(&table, "why", "a waiver").and_then(|node| self.sentence("why", node));
            let Some((invariant, span)) = invariant else { continue };
            if !self.invariant("waive", invariant, span.clone()) {
                continue;
            }
            if violates.iter().any(|violated| violated == invariant) {
                let message = format!("{} is waived and must be violated", quoted(invariant));
                self.error(Diagnostic::new("E408", span.clone(), message).label("also in `violates`"));
            }
            if waivers.iter().any(|waiver| waiver.invariant == invariant) {
                self.error(
                    Diagnostic::new("E211", span, format!("{} is waived twice", quoted(invariant))).label("again"),
                );
            }
            waivers.push(Waiver { invariant: invariant.to_owned(), from, why: why.unwrap_or_default() });
        }
        waivers
    }
}
