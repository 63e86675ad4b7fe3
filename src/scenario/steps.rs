//! Reading steps: the word, the keys that every step has, and the keys of the word by its table.

use std::ops::Range;

use super::args::Context;
use super::diagnostics::{Diagnostic, listed, quoted};
use super::model::{Body, Step, When};
use super::names::Names;
use super::read::{Reader, Table};
use super::tree::{Entry, Node, Value};
use super::vocabulary::{ACTS, Act, EXPECTATIONS, Expectation, FAULTS, Fault, Key, Takes, Word, not_built, row};
use crate::model::Call;
use crate::sim::Span;

/// The keys of which a step has exactly one.
pub(super) const HEADS: [&str; 4] = ["do", "fault", "expect", "note"];
/// The keys that every step takes.
pub(super) const COMMON: [&str; 3] = ["id", "at", "rows"];
/// The further keys of acts.
pub(super) const OF_ACTS: [&str; 2] = ["background", "when"];
/// The further key of expectations.
pub(super) const OF_EXPECTATIONS: [&str; 1] = ["not"];
/// The keys of `when`.
pub(super) const WHEN: [&str; 6] = ["on", "call", "point", "nth", "item", "table"];

/// The word of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Head {
    Do(Act),
    Fault(Fault),
    Expect(Expectation),
}

/// A key with what it takes.
pub(super) type Taken = (Key, Takes);

impl Head {
    /// The keys that the word needs and those that it may have.
    fn keys(self) -> (&'static [Taken], &'static [Taken]) {
        fn of<W: PartialEq>(table: &'static [Word<W>], word: &W) -> (&'static [Taken], &'static [Taken]) {
            let row = row(table, word);
            (row.needs, row.may)
        }
        match self {
            Head::Do(act) => of(ACTS, &act),
            Head::Fault(fault) => of(FAULTS, &fault),
            Head::Expect(expectation) => of(EXPECTATIONS, &expectation),
        }
    }

    /// The keys beside those of the word.
    fn further(self) -> &'static [&'static str] {
        match self {
            Head::Do(_) => &OF_ACTS,
            Head::Fault(_) => &[],
            Head::Expect(_) => &OF_EXPECTATIONS,
        }
    }

    /// Whether the word takes a key.
    pub fn takes(self, key: Key) -> bool {
        let (needs, may) = self.keys();
        needs.iter().chain(may).any(|(taken, _)| *taken == key)
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Head::Do(act) => act.word(),
            Head::Fault(fault) => fault.word(),
            Head::Expect(expectation) => expectation.word(),
        }
    }
}

impl<'a> Reader<'a, '_> {
    /// Reads the steps that run, in order.
    pub fn steps(&mut self, nodes: &[&'a Node], names: &mut Names) -> Vec<Step> {
        let mut now = Span::ZERO;
        let mut steps = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let Some(table) = self.any_table("steps", node) else { continue };
            let Some(step) = self.step(index, &table, names) else { continue };
            self.pass(&step, &table, &mut now);
            steps.push(step);
        }
        steps
    }

    /// Lets time pass as far as the file tells: a step is never before an earlier one.
    fn pass(&mut self, step: &Step, table: &Table<'a>, now: &mut Span) {
        if let Some(at) = step.at {
            if at < *now {
                let span = table.get("at").map_or(table.span.clone(), |node| node.span.clone());
                let message = format!("times never go back: it is {now} after the start at least, and `at` is {at}");
                self.error(Diagnostic::new("E405", span, message).label("too early"));
            }
            *now = at.max(*now);
        }
        if let (Body::Do(Act::Advance, args), None, false) = (&step.body, &step.when, step.background)
            && let Some(by) = args.span(Key::By)
        {
            *now = *now + by;
        }
    }

    fn step(&mut self, index: usize, table: &Table<'a>, names: &mut Names) -> Option<Step> {
        let heads: Vec<&Entry> = table.entries.iter().filter(|entry| HEADS.contains(&&*entry.key)).collect();
        let [head] = heads[..] else {
            self.wrong_heads(table, &heads);
            return None;
        };
        let line = self.sink.line(table.span.start);
        let id = table.get("id").and_then(|node| self.name("id", node));
        let at = table.get("at").and_then(|node| self.at(node));
        if head.key == "note" {
            self.check_step_keys(table, "a note", &[], &[]);
            let note = self.sentence("note", &head.node)?;
            return Some(Step { line, id, at, background: false, when: None, body: Body::Note(note) });
        }
        let (word, span) = self.text(&head.key, &head.node)?;
        let sort = self.head(&head.key, word, span.clone())?;
        let (needs, may) = sort.keys();
        self.check_step_keys(table, &format!("`{} = \"{}\"`", head.key, sort.word()), &[needs, may], sort.further());
        let mut whole = true;
        for (key, _) in needs.iter().filter(|(key, _)| table.get(key.word()).is_none()) {
            let message = format!("{} needs `{key}`", quoted(sort.word()));
            self.error(Diagnostic::new("E103", span.clone(), message).label(format!("`{key}` is missing")));
            whole = false;
        }
        let background = table.get("background").is_some_and(|node| self.flag("background", node).unwrap_or(false));
        let when = table.get("when").and_then(|node| self.when(node, names));
        let not = table.get("not").is_some_and(|node| self.flag("not", node).unwrap_or(false));
        self.check_rows(sort, table);
        let context = Context::new(self, sort, index, table, span, names);
        let args = self.args(&context, needs.iter().chain(may), names);
        if whole {
            self.check(&context, &args, names);
        }
        let body = match sort {
            Head::Do(act) => Body::Do(act, args),
            Head::Fault(fault) => Body::Fault(fault, args),
            Head::Expect(expectation) => Body::Expect(expectation, not, args),
        };
        Some(Step { line, id, at, background, when, body })
    }

    /// `rows` of an expectation that counts no rows can only be a list of labels.
    fn check_rows(&mut self, sort: Head, table: &Table<'a>) {
        if let (Head::Expect(_), false, Some(node)) = (sort, sort.takes(Key::Rows), table.get(Key::Rows.word()))
            && !matches!(node.value, Value::List(_))
        {
            let found = super::read::Found { value: &node.value, span: node.span.clone() };
            self.wrong_type("rows", "a list of labels of `cases`", &found);
        }
    }

    fn wrong_heads(&mut self, table: &Table<'a>, heads: &[&Entry]) {
        if let [first, second, ..] = heads {
            let message = format!("a step has `{}` or `{}`, not both", first.key, second.key);
            self.error(Diagnostic::new("E104", second.at.clone(), message).label("one too many"));
            return;
        }
        // A misspelt head is more likely than none.
        let keys =
            table.entries.iter().filter(|entry| Key::parse(&entry.key).is_none() && !COMMON.contains(&&*entry.key));
        let near = keys.filter_map(|entry| {
            let error =
                Diagnostic::new("E101", entry.at.clone(), format!("there is no key {} in a step", quoted(&entry.key)));
            let error = error.label("unknown key").near(&entry.key, HEADS);
            error.help.is_some().then_some(error)
        });
        let near: Vec<Diagnostic> = near.take(1).collect();
        if near.is_empty() {
            let message = "a step has one of `do`, `fault`, `expect` and `note`";
            self.error(Diagnostic::new("E104", table.span.clone(), message).label("none of them"));
        }
        near.into_iter().for_each(|error| self.error(error));
    }

    /// The word of a step; a word of another sort of step is told as such.
    fn head(&mut self, key: &str, word: &str, span: Range<usize>) -> Option<Head> {
        let sorts = [
            ("do", Act::WORDS, not_built::ACTS),
            ("fault", Fault::WORDS, not_built::FAULTS),
            ("expect", Expectation::WORDS, not_built::EXPECTATIONS),
        ];
        let (_, words, not_built) = sorts.into_iter().find(|(head, ..)| *head == key)?;
        let other = sorts.into_iter().find(|(head, words, _)| *head != key && words.contains(&word));
        if let Some((other, ..)) = other.filter(|_| !words.contains(&word)) {
            let error = Diagnostic::new("E302", span, format!("`{key}` cannot be {}", quoted(word)));
            self.error(error.label("not a word of this key").help(format!("write `{other} = \"{word}\"`")));
            return None;
        }
        let word = self.known_word(key, word, span, words, not_built)?;
        match key {
            "do" => Act::parse(word).map(Head::Do),
            "fault" => Fault::parse(word).map(Head::Fault),
            _ => Expectation::parse(word).map(Head::Expect),
        }
    }

    fn check_step_keys(&mut self, table: &Table<'a>, what: &str, taken: &[&'static [Taken]], further: &[&'static str]) {
        let own = || taken.iter().flat_map(|keys| keys.iter()).map(|(key, _)| key.word());
        let all = || own().chain(further.iter().copied()).chain(COMMON);
        for entry in table.entries {
            let key = entry.key.as_str();
            if HEADS.contains(&key) || all().any(|known| known == key) {
                continue;
            }
            let at = entry.at.clone();
            let takes = format!("it takes {}", listed(all()));
            let elsewhere = Key::parse(key).is_some() || OF_ACTS.contains(&key) || OF_EXPECTATIONS.contains(&key);
            let error = if elsewhere {
                Diagnostic::new("E102", at, format!("{what} does not take {}", quoted(key)))
                    .label("not a key of this word")
                    .help(takes)
            } else if not_built::STEP.contains(&key) {
                Diagnostic::new("E105", at, format!("{} is not built yet", quoted(key))).label("not built yet")
            } else {
                let error = Diagnostic::new("E101", at, format!("there is no key {} in {what}", quoted(key)));
                let error = error.label("unknown key").near(key, all());
                if error.help.is_some() { error } else { error.near(key, Key::WORDS.iter().copied()) }
            };
            self.error(if error.help.is_some() || error.code == "E105" {
                error
            } else {
                error.help(format!("it takes {}", listed(all())))
            });
        }
    }

    /// The time of a step, from the start.
    fn at(&mut self, node: &'a Node) -> Option<Span> {
        let (span, at) = self.span("at", node)?;
        if span < Span::ZERO {
            self.error(Diagnostic::new("E405", at, "`at` is before the start").label("too early"));
            return None;
        }
        Some(span)
    }

    fn when(&mut self, node: &'a Node, names: &Names) -> Option<When> {
        let table = self.table("when", node, &WHEN, &[])?;
        let on = self.need(&table, "on", "`when`").and_then(|node| self.client("on", node, names));
        let call = self.need(&table, "call", "`when`");
        let call = call.and_then(|node| self.word("call", node, Call::WORDS, &[])).and_then(Call::parse);
        let point = self.need(&table, "point", "`when`");
        let point = point.and_then(|node| self.word("point", node, super::model::Point::WORDS, &[]));
        let nth = table.get("nth").map_or(Some(1), |node| self.count("nth", node, 1));
        let item = table.get("item").and_then(|node| self.item("item", node, names, false)).map(|(name, _)| name);
        let cache = table.get("table").and_then(|node| self.cache_table(node, call));
        Some(When {
            on: on?,
            call: call?,
            point: point.and_then(super::model::Point::parse)?,
            nth: nth?,
            item,
            table: cache,
        })
    }

    /// The name of a client.
    pub fn client(&mut self, key: &str, node: &'a Node, names: &Names) -> Option<String> {
        let (text, span) = self.text(key, node)?;
        names.client(self, text, span, &[])
    }

    /// An item with its name.
    pub fn item(
        &mut self,
        key: &str,
        node: &'a Node,
        names: &Names,
        bulk: bool,
    ) -> Option<(String, super::names::Alias)> {
        let (text, span) = self.text(key, node)?;
        names.item(self, text, span, bulk).map(|alias| (text.to_owned(), alias))
    }

    /// A table of the cache file, which only a write to it has.
    pub fn cache_table(&mut self, node: &'a Node, call: Option<Call>) -> Option<crate::model::Table> {
        let words: Vec<&'static str> = crate::model::Table::CACHE.iter().map(|table| table.word()).collect();
        let table = self.word("table", node, &words, &[])?;
        if call.is_some_and(|call| call != Call::WriteCache) {
            let error = Diagnostic::new("E410", node.span.clone(), "`table` belongs to `call = \"write-cache\"`");
            self.error(error.label("this call has no table"));
        }
        crate::model::Table::parse(table)
    }

    /// The steps that run in a row: those without `rows` and those that name it.
    pub fn running(&self, nodes: &'a [Node]) -> Vec<&'a Node> {
        let runs = |node: &&Node| {
            let Value::Table(entries) = &node.value else { return true };
            let rows = entries.iter().find(|entry| entry.key == "rows").map(|entry| &entry.node.value);
            match (rows, &self.sink.row) {
                (Some(Value::List(labels)), Some(row)) => {
                    labels.iter().any(|label| matches!(&label.value, Value::Text(text) if text == row))
                }
                _ => true,
            }
        };
        nodes.iter().filter(runs).collect()
    }
}
