//! Reading a whole file: its root, and one scenario for each row of its `cases`.
//!
//! The file is parsed once; each row reads the same tree with other values of its variables. An error that every row has
//! is told once.

use std::path::Path;

use super::cases::Row;
use super::diagnostics::{Diagnostic, Diagnostics, Sink, quoted};
use super::model::{Filter, Golden, Scenario, User};
use super::names::Names;
use super::profile::{Named, RANDOM, is_stranger};
use super::read::{Reader, Table};
use super::source::{self, MAX_STEPS};
use super::sweep::Swept;
use super::tree::{self, Node, Value};
use super::vocabulary::not_built;
use crate::model::RuleId;
use crate::model::rules::RULES;
use crate::sim::Time;

/// The format that this version reads.
pub const FORMAT: i64 = 1;
/// The start of a scenario that does not give one: 2011-03-01T09:00:00Z.
pub const DEFAULT_START: Time = Time(1_298_970_000_000);

/// The keys of the root.
pub(super) const ROOT: [&str; 22] = [
    "format",
    "name",
    "why",
    "rules",
    "source",
    "tags",
    "start",
    "seed",
    "known",
    "violates",
    "also",
    "breaks",
    "waive",
    "unsettled",
    "golden",
    "drawn",
    "rows-end-equal",
    "cases",
    "users",
    "clients",
    "items",
    "steps",
];
/// The sections of the root.
pub(super) const PROTOCOL: &str = "protocol";
pub(super) const SWEEP: &str = "sweep";
/// The first and the last year in which a scenario can start, so that no time of a run leaves the calendar.
const YEARS: (Time, Time) = (Time(0), Time(7_258_118_400_000));
const MOST_RULES: usize = 200;

/// Reads a scenario file: one scenario, or one for each row of its `cases`. `path` is for messages and for the name,
/// which is the file's stem; it is empty or `-` where the text is not from a file.
///
/// # Errors
/// All errors of the file at once.
pub fn parse(path: &str, text: &str) -> Result<Vec<Scenario>, Diagnostics> {
    source::check(text)
        .map_err(|error| Diagnostics::one(path, if text.len() > source::MAX_FILE_BYTES { "" } else { text }, error))?;
    let mut sink = Sink::new(text);
    let Some(root) = tree::read(&mut sink) else { return Err(sink.finish(path)) };
    let Value::Table(entries) = &root.value else { return Err(sink.finish(path)) };
    let mut reader = Reader { sink, variables: None, open: false, drawn: false, start: DEFAULT_START, spent: 0 };
    let scenarios = reader.file(path, &Table { entries, span: root.span.clone() });
    if reader.sink.is_empty() { Ok(scenarios) } else { Err(reader.sink.finish(path)) }
}

/// Reads a scenario file from disk.
///
/// # Errors
/// When it cannot be read, or all errors that it has.
pub fn load(path: &Path) -> Result<Vec<Scenario>, Diagnostics> {
    let shown = path.to_string_lossy();
    parse(&shown, &source::read(path, &shown)?)
}

impl<'a> Reader<'a, '_> {
    fn file(&mut self, path: &str, root: &Table<'a>) -> Vec<Scenario> {
        if !self.format(root) {
            return Vec::new();
        }
        let keys: Vec<&str> = ROOT.into_iter().chain([PROTOCOL, SWEEP, RANDOM]).collect();
        self.check_keys("the file", root.entries, &keys, not_built::ROOT);
        let head = self.head_of_file(path, root);
        if root.get(RANDOM).is_some() {
            self.check_profile_alone(root);
            return vec![self.scenario(head, root, &[], None)];
        }
        let rows = self.rows(root);
        let steps = self.need(root, "steps", "the file").and_then(|node| self.short_list("steps", node, MAX_STEPS));
        let steps = steps.unwrap_or_default();
        if root.get("cases").is_none() || rows.is_some() {
            self.check_labels(steps, rows.as_deref());
            self.check_labels(self.allowances(root), rows.as_deref());
        }
        if let Some(entry) = root.entry("rows-end-equal").filter(|_| root.get("cases").is_none() && head.rows_end_equal)
        {
            let error = Diagnostic::new("E413", entry.at.clone(), "`rows-end-equal` needs rows of `cases`");
            self.error(error.label("the file has none"));
        }
        self.check_sweep_alone(root);
        match rows {
            // What is wrong with the rows themselves would come up again at every variable.
            None if root.get("cases").is_some() => Vec::new(),
            None => vec![self.scenario(head, root, steps, None)],
            Some(rows) => rows.iter().map(|row| self.scenario(head.clone(), root, steps, Some(row))).collect(),
        }
    }

    /// Whether the file is of a format that can be read; of another nothing else is said.
    fn format(&mut self, root: &Table<'a>) -> bool {
        let Some(node) = root.get("format") else {
            // A file that has nothing of a scenario is one of something else, and no more is said of it.
            let looks_like_one = ["clients", "steps"].into_iter().any(|key| root.get(key).is_some());
            let message =
                if looks_like_one { "the file has no `format`" } else { "this is no scenario: it has no `format`" };
            let error = Diagnostic::new("E103", root.span.clone(), message).label("`format` is missing");
            self.error(error.help("this version reads `format = 1`"));
            return looks_like_one;
        };
        match node.value {
            Value::Int(FORMAT) => true,
            Value::Int(number) => {
                let error = Diagnostic::new("E110", node.span.clone(), format!("unknown format {number}"));
                self.error(error.label(format!("this version reads format {FORMAT}")));
                false
            }
            _ => {
                self.int("format", node, FORMAT, FORMAT);
                true
            }
        }
    }

    /// What stands at the root and is the same for all rows.
    fn head_of_file(&mut self, path: &str, root: &Table<'a>) -> Scenario {
        self.drawn = root.get("drawn").is_some_and(|node| self.flag("drawn", node).unwrap_or(false));
        let name = self.need(root, "name", "the file").and_then(|node| self.file_name(path, node));
        let why = self.need(root, "why", "the file").and_then(|node| self.sentence("why", node));
        if let Some(start) = root.get("start").and_then(|node| self.start(node)) {
            self.start = start;
        }
        let text = |reader: &mut Self, key: &str| root.get(key).and_then(|node| reader.sentence(key, node));
        Scenario {
            name: name.unwrap_or_default(),
            row: None,
            path: path.to_owned(),
            why: why.unwrap_or_default(),
            rules: root.get("rules").map(|node| self.rules(node)).unwrap_or_default(),
            source: text(self, "source"),
            tags: root.get("tags").map(|node| self.tags(node)).unwrap_or_default(),
            seed: root.get("seed").and_then(|node| self.int("seed", node, 0, i64::MAX)).map_or(0, i64::unsigned_abs),
            start: self.start,
            protocol: Default::default(),
            users: Vec::new(),
            clients: Vec::new(),
            items: Vec::new(),
            steps: Vec::new(),
            known: None,
            violates: Vec::new(),
            also: Vec::new(),
            breaks: Vec::new(),
            waive: Vec::new(),
            unsettled: text(self, "unsettled"),
            golden: root.get("golden").map(|node| self.golden(node)).unwrap_or_default(),
            sweep: None,
            drawn: self.drawn,
            random: None,
            rows_end_equal: root
                .get("rows-end-equal")
                .is_some_and(|node| self.flag("rows-end-equal", node).unwrap_or(false)),
        }
    }

    /// The name of the file. What was drawn may be kept under any: `crmsim generate` does not know where its output goes.
    fn file_name(&mut self, path: &str, node: &'a Node) -> Option<String> {
        let name = self.name("name", node)?;
        let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let is_free = path.is_empty() || path == "-" || self.drawn;
        if let Some(stem) = stem.filter(|stem| !is_free && *stem != name) {
            let message = format!("the name is {}, and the file's is {}", quoted(&name), quoted(&stem));
            let error = Diagnostic::new("E411", node.span.clone(), message).label("not the file's");
            self.error(error.help(format!("write `name = \"{}\"`, or rename the file", stem.escape_debug())));
        }
        Some(name)
    }

    fn start(&mut self, node: &'a Node) -> Option<Time> {
        if matches!(node.value, Value::Text(_)) {
            let found = self.look(node);
            self.wrong_type("start", "a date and time without quotes", &found);
            return None;
        }
        let start = self.moment("start", node)?;
        if !(YEARS.0..YEARS.1).contains(&start) {
            let error = Diagnostic::new("E303", node.span.clone(), "`start` is outside the years 1970 to 2199");
            self.error(error.label("out of range"));
            return None;
        }
        Some(start)
    }

    fn rules(&mut self, node: &'a Node) -> Vec<RuleId> {
        let mut rules = Vec::new();
        for node in self.short_list("rules", node, MOST_RULES).unwrap_or_default() {
            let Some((text, span)) = self.text("rules", node) else { continue };
            match RuleId::find(text) {
                None => {
                    let error = Diagnostic::new("E206", span, format!("there is no rule {}", quoted(text)))
                        .label("unknown rule");
                    self.error(error.near(text, RULES.iter().map(|rule| rule.id)));
                }
                Some(rule) if !rule.rule().built => {
                    let message = format!("the rule {} is not built yet", quoted(text));
                    self.error(Diagnostic::new("E306", span, message).label("not built yet"));
                }
                Some(rule) if rules.contains(&rule) => {
                    self.error(Diagnostic::new("E211", span, format!("{} stands twice", quoted(text))).label("again"));
                }
                Some(rule) => rules.push(rule),
            }
        }
        rules
    }

    fn tags(&mut self, node: &'a Node) -> Vec<String> {
        const MOST: usize = 50;
        let nodes = self.short_list("tags", node, MOST).unwrap_or_default();
        nodes.iter().filter_map(|node| self.name("tags", node)).collect()
    }

    /// The snapshots that are kept of a run, each once, in the order of the words.
    fn golden(&mut self, node: &'a Node) -> Vec<Golden> {
        let nodes = self.list("golden", node).map_or(&[][..], |(nodes, span)| {
            if nodes.is_empty() {
                let error = Diagnostic::new("E303", span, "`golden` is empty").label("at least one word is expected");
                self.error(error.help("leave the key out where no snapshot is kept"));
            }
            nodes
        });
        let mut golden = std::collections::BTreeSet::new();
        for node in nodes {
            let Some((text, span)) = self.text("golden", node) else { continue };
            let word = self.known_word("golden", text, span.clone(), Golden::WORDS, &[]);
            if word.and_then(Golden::parse).is_some_and(|word| !golden.insert(word)) {
                self.error(Diagnostic::new("E211", span, format!("{} stands twice", quoted(text))).label("again"));
            }
        }
        golden.into_iter().collect()
    }

    /// One scenario: the file, or one row of it.
    fn scenario(&mut self, head: Scenario, root: &Table<'a>, all: &'a [Node], row: Option<&Row<'a>>) -> Scenario {
        self.sink.row = row.map(|row| row.label.clone());
        self.variables = row.map(|row| row.entries);
        self.spent = 0;
        self.open = true;
        let mut names = Names::default();
        let mut users = self.users(root.get("users"), &mut names);
        names.users = users.iter().map(|user| user.id.clone()).collect();
        let random = root.get(RANDOM);
        let drawn = random.is_some() && root.get("clients").is_none();
        let clients = if drawn { Vec::new() } else { self.clients(root, &mut names) };
        for id in &names.users[users.len()..] {
            users.push(User {
                id: id.clone(),
                email: User::default_email(id),
                privileges: Default::default(),
                filters: Filter::defaults(),
            });
        }
        names.take_filters(&users);
        let items = self.items(root.get("items"), &mut names);
        let steps = self.running(all);
        names.take_steps(self, &steps);
        let steps = self.steps(&steps, &mut names);
        let protocol = self.protocol(root.get(PROTOCOL), row.and_then(|row| row.get(PROTOCOL)));
        let world = Swept { items: &items, steps: &steps, all, names: &names };
        // What does not go with a profile is told as such, and no more is said of it.
        let of_root = |key: &str| root.get(key).filter(|_| random.is_none() || !is_stranger(key));
        let sweep = of_root(SWEEP).and_then(|node| self.sweep(node, &world));
        self.open = false;
        let get = |key: &str| row.and_then(|row| row.get(key)).or_else(|| of_root(key));
        let expected = self.expected(&get, &names);
        let waive = self.waivers(of_root("waive"), &expected.violates, &names);
        let named = Named { users: users.len(), clients: clients.len() };
        let random = random.map(|node| self.profile(node, root, &named));
        Scenario {
            row: self.sink.row.take(),
            protocol,
            users,
            clients,
            items,
            steps,
            known: expected.known,
            violates: expected.violates,
            also: expected.also,
            breaks: expected.breaks,
            waive,
            sweep,
            random,
            ..head
        }
    }
}
