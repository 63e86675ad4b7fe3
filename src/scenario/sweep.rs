//! Reading `[sweep]`: the step, the kinds of points, and the points that are known to go wrong.

use std::ops::Range;

use super::diagnostics::{Diagnostic, listed, quoted};
use super::model::{Allowance, Body, Item, Orders, Step, Sweep};
use super::names::Names;
use super::orders;
use super::parse::SWEEP;
use super::read::{Reader, Table};
use super::source::{MAX_ALL_ORDERS, MAX_ALLOWED, MAX_ORDERS};
use super::tree::{Node, Value};
use super::vocabulary::{Fault, not_built};
use crate::check::IDS;
use crate::model::Call;

/// The keys of `[sweep]`.
pub(super) const KEYS: [&str; 5] = ["step", "kinds", "orders", "sample", "allow"];
/// The keys of an entry of `allow`.
pub(super) const ALLOW: [&str; 5] = ["at", "kind", "violates", "why", "rows"];

/// The faults that a sweep can put at a point: those that strike one call.
pub(crate) const SWEEP_KINDS: [Fault; 8] = [
    Fault::CrashBefore,
    Fault::CrashAfter,
    Fault::LoseRequest,
    Fault::LoseReply,
    Fault::DeliverTwice,
    Fault::Garble,
    Fault::FailWrite,
    Fault::TornWrite,
];

impl Fault {
    /// Whether the calls that it strikes are messages only, and no writes to the mailbox or the cache.
    #[must_use]
    pub fn is_of_messages(self) -> bool {
        let durable = matches!(self, Fault::FailWrite | Fault::TornWrite);
        !durable && !matches!(self, Fault::CrashBefore | Fault::CrashAfter | Fault::StoreUnavailable)
    }

    /// Whether a fault of one call can strike such a call.
    #[must_use]
    pub fn strikes(self, call: Call) -> bool {
        match self {
            Fault::FailWrite => call.is_local_write(),
            // A deletion has no half.
            Fault::TornWrite => call.is_local_write() && call != Call::DeleteItem,
            _ => call.is_wire() || !self.is_of_messages(),
        }
    }
}

/// What a point of a sweep may come to beside the invariants: another end than the undisturbed run.
pub(crate) const END_STATE: &str = "end-state";

/// What a sweep is over.
pub(super) struct Swept<'w, 'a> {
    pub items: &'w [Item],
    /// The steps of the row.
    pub steps: &'w [Step],
    /// The steps of all rows.
    pub all: &'a [Node],
    pub names: &'w Names,
}

impl<'a> Reader<'a, '_> {
    /// A file with a sweep says what goes wrong point by point, and has an end to compare with.
    pub fn check_sweep_alone(&mut self, root: &Table<'a>) {
        if root.get(SWEEP).is_none() {
            return;
        }
        let mut strangers: Vec<(&'a str, Range<usize>)> = Vec::new();
        for key in ["known", "waive", "unsettled"] {
            strangers.extend(root.entry(key).map(|entry| (entry.key.as_str(), entry.at.clone())));
        }
        if let Some(Value::List(rows)) = root.get("cases").map(|node| &node.value) {
            let entries = rows.iter().filter_map(|row| match &row.value {
                Value::Table(entries) => entries.iter().find(|entry| entry.key == "known"),
                _ => None,
            });
            strangers.extend(entries.map(|entry| (entry.key.as_str(), entry.at.clone())));
        }
        for (key, at) in strangers {
            let error = Diagnostic::new("E416", at, format!("`{key}` does not go with `[sweep]`"));
            self.error(error.label("not in a file with a sweep").help(match key {
                "unsettled" => "points are compared by the state in which they settle",
                _ => "the undisturbed run must hold; what a point may violate stands in `allow`",
            }));
        }
    }

    /// The entries of `allow`, whatever they are.
    pub fn allowances(&self, root: &Table<'a>) -> &'a [Node] {
        let Some(Value::Table(entries)) = root.get(SWEEP).map(|node| &node.value) else { return &[] };
        match entries.iter().find(|entry| entry.key == "allow").map(|entry| &entry.node.value) {
            Some(Value::List(nodes)) => nodes,
            _ => &[],
        }
    }

    /// The sweep of a row; none where the step runs in other rows only.
    pub fn sweep(&mut self, node: &'a Node, over: &Swept<'_, 'a>) -> Option<Sweep> {
        let table = self.table("`[sweep]`", node, &KEYS, &[])?;
        let step = self.need(&table, "step", "`[sweep]`").and_then(|node| self.text("step", node));
        if let Some((name, _)) = &step
            && !over.names.steps.contains_key(*name)
            && over.all.iter().any(|node| self.id_of(node) == Some(name))
        {
            return None;
        }
        let at = step.and_then(|(name, span)| {
            over.names.step(self, name, span.clone())?;
            let at = over.steps.iter().position(|step| step.id.as_deref() == Some(name))?;
            Some((at, span))
        });
        if table.get("kinds").is_none() && table.get("orders").is_none() {
            let error = Diagnostic::new("E103", table.span.clone(), "`[sweep]` has neither `kinds` nor `orders`");
            self.error(error.label("it has no points"));
        }
        let kinds = table.get("kinds").map(|node| self.sweep_kinds(node)).unwrap_or_default();
        let orders = table.get("orders").and_then(|node| {
            let word = self.word("orders", node, Orders::WORDS, &[]).and_then(Orders::parse)?;
            Some((word, node.span.clone()))
        });
        let most = i64::try_from(MAX_ORDERS).unwrap_or(i64::MAX);
        let sample = table.get("sample").and_then(|node| self.int("sample", node, 1, most));
        let sample = sample.and_then(|sample| u32::try_from(sample).ok());
        if let (Some(entry), None) = (table.entry("sample"), table.get("orders")) {
            let error = Diagnostic::new("E106", entry.at.clone(), "`sample` needs `orders`");
            self.error(error.label("nothing is brought into another order"));
        }
        if let Some((index, span)) = &at {
            let step = &over.steps[*index];
            if !matches!(step.body, Body::Do(..)) || step.when.is_some() {
                let error = Diagnostic::new("E416", span.clone(), "the step does nothing at its place");
                self.error(
                    error.label("an act is expected").help("an act with `when` takes place inside another step"),
                );
            }
            self.check_orders(orders.clone(), over, *index, table.get("sample").is_some());
        }
        let nodes = table.get("allow").and_then(|node| self.short_list("allow", node, MAX_ALLOWED));
        let nodes = self.running(nodes.unwrap_or_default());
        let words: Vec<&'static str> =
            kinds.iter().map(|kind| kind.word()).chain(orders.iter().map(|(orders, _)| orders.word())).collect();
        let mut allow: Vec<Allowance> = Vec::new();
        for node in nodes {
            let Some((allowance, span)) = self.allowance(node, &words, over.names) else { continue };
            if allow.iter().any(|other| (&other.kind, &other.at) == (&allowance.kind, &allowance.at)) {
                let message = format!("the point {} is allowed twice", quoted(&allowance.name()));
                self.error(Diagnostic::new("E211", span, message).label("again"));
            }
            allow.push(allowance);
        }
        let step = over.steps[at?.0].id.clone()?;
        Some(Sweep { step, kinds, orders: orders.map(|(orders, _)| orders), sample, allow })
    }

    fn id_of(&self, node: &'a Node) -> Option<&'a str> {
        let Value::Table(entries) = &node.value else { return None };
        self.peek_text(entries.iter().find(|entry| entry.key == "id").map(|entry| &entry.node))
    }

    fn sweep_kinds(&mut self, node: &'a Node) -> Vec<Fault> {
        let mut kinds: Vec<Fault> = Vec::new();
        let Some((nodes, span)) = self.list("kinds", node) else { return kinds };
        if nodes.is_empty() {
            let error = Diagnostic::new("E303", span, "`kinds` is empty").label("at least one fault is expected");
            self.error(error.help(format!("it holds some of {}", listed(SWEEP_KINDS.iter().map(|kind| kind.word())))));
        }
        for node in nodes {
            let word = self.word("kinds", node, Fault::WORDS, not_built::FAULTS);
            let Some(kind) = word.and_then(Fault::parse) else { continue };
            let span = node.span.clone();
            if !SWEEP_KINDS.contains(&kind) {
                let error = Diagnostic::new("E417", span, format!("`{kind}` does not strike one call"));
                let kinds = listed(SWEEP_KINDS.iter().map(|kind| kind.word()));
                self.error(error.label("not a kind of point").help(format!("the kinds are {kinds}")));
            } else if kinds.contains(&kind) {
                self.error(Diagnostic::new("E211", span, format!("`kinds` names `{kind}` twice")).label("again"));
            } else {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// Whether there is anything to bring into another order, and not too much.
    fn check_orders(&mut self, orders: Option<(Orders, Range<usize>)>, over: &Swept<'_, 'a>, at: usize, sampled: bool) {
        let Some((orders, span)) = orders else { return };
        let count = match orders {
            Orders::Acts => orders::of_acts(over.items, over.steps, at, MAX_ALL_ORDERS + 1).len(),
            Orders::Pages => orders::ranked(over.items)
                .into_iter()
                .map(|(_, items)| orders::all(items.len(), &|_, _| false, MAX_ALL_ORDERS + 1).len())
                .sum(),
        };
        if count <= 1 {
            let what = match orders {
                Orders::Acts => "no act on another item follows the named step at once",
                Orders::Pages => "no two entries of `items` of one kind are in CRM from the start",
            };
            let error = Diagnostic::new("E416", span, format!("there is only one order: {what}"));
            self.error(error.label("nothing to bring into another order"));
        } else if count > MAX_ALL_ORDERS && !sampled {
            let error = Diagnostic::new("E506", span, format!("there are more than {MAX_ALL_ORDERS} orders"));
            self.error(error.label("too many").help("`sample = n` draws some of them"));
        }
    }

    fn allowance(
        &mut self,
        node: &'a Node,
        kinds: &[&'static str],
        names: &Names,
    ) -> Option<(Allowance, Range<usize>)> {
        let table = self.table("an entry of `allow`", node, &ALLOW, &[])?;
        let what = "an entry of `allow`";
        let kind = self.need(&table, "kind", what);
        let kind = kind.and_then(|node| self.word("kind", node, kinds, &[]));
        let at = self.need(&table, "at", what).and_then(|node| self.text("at", node));
        if let (Some(kind), Some((text, span))) = (kind.and_then(Fault::parse), &at) {
            self.check_place(kind, text, span.clone(), names);
        }
        let violates = self.need(&table, "violates", what).map(|node| self.violated(node));
        let why = self.need(&table, "why", what).and_then(|node| self.sentence("why", node));
        let (at, span) = at?;
        let allowance = Allowance { at: at.to_owned(), kind: kind?.to_owned(), violates: violates?, why: why? };
        Some((allowance, span))
    }

    /// `client:call:nth`.
    fn check_place(&mut self, kind: Fault, text: &str, span: Range<usize>, names: &Names) {
        let parts: Vec<&str> = text.split(':').collect();
        let [client, call, nth] = parts[..] else {
            let error = Diagnostic::new("E308", span, format!("{} is no place of a call", quoted(text)));
            self.error(error.label("`client:call:number` is expected").help("`crmsim point FILE` lists the points"));
            return;
        };
        let known = names.client(self, client, span.clone(), &[]).is_some();
        let call = self.known_word("at", call, span.clone(), Call::WORDS, &[]).and_then(Call::parse);
        if known && nth.parse::<u32>().ok().is_none_or(|nth| nth == 0) {
            let error = Diagnostic::new("E303", span, format!("{} is no number of a call", quoted(nth)));
            self.error(error.label("a number from 1 is expected"));
        } else if let Some(call) = call.filter(|call| !kind.strikes(*call)) {
            let error = Diagnostic::new("E410", span, format!("`{kind}` does not strike `{call}`"));
            self.error(error.label("not such a call"));
        }
    }

    fn violated(&mut self, node: &'a Node) -> Vec<String> {
        let mut violated: Vec<String> = Vec::new();
        let Some((nodes, span)) = self.list("violates", node) else { return violated };
        if nodes.is_empty() {
            let error = Diagnostic::new("E303", span, "`violates` is empty");
            self.error(error.label(format!("an invariant or `{END_STATE}` is expected")));
        }
        let words: Vec<&'static str> = IDS.iter().copied().chain([END_STATE]).collect();
        for node in nodes {
            let Some(word) = self.word("violates", node, &words, super::expected::NOT_BUILT) else { continue };
            if violated.iter().any(|other| other == word) {
                let message = format!("`violates` names {} twice", quoted(word));
                self.error(Diagnostic::new("E211", node.span.clone(), message).label("again"));
            } else {
                violated.push(word.to_owned());
            }
        }
        violated
    }
}
