//! The names of a file: who and what a step can speak of.
//!
//! All names are gathered before any step is read, so that a step can name what a later step makes; whether it is there
//! in time is judged while the steps are read in order.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::diagnostics::{Diagnostic, quoted};
use super::model::{User, Where};
use super::read::{Reader, Table};
use super::tree::{Node, Value};
use crate::model::{Kind, Privileges, Role};

/// What an alias stands for.
#[derive(Clone, Copy)]
pub(super) struct Alias {
    /// The kind, where it could be read.
    pub kind: Option<Kind>,
    /// Where it is at the start.
    pub side: Where,
    /// How many copies there are; `None` for one item.
    pub copies: Option<u32>,
}

/// Where a named step stands.
pub(super) struct StepName {
    pub index: usize,
    pub span: Range<usize>,
    pub expects: bool,
}

/// All names of one scenario.
#[derive(Default)]
pub(super) struct Names {
    /// Whether the file lists its users.
    pub users_given: bool,
    /// The users in their order.
    pub users: Vec<String>,
    pub user_places: BTreeMap<String, Range<usize>>,
    /// The addresses of the users for whom the file gives one.
    pub addresses: BTreeMap<String, String>,
    /// The clients with their users.
    pub clients: Vec<(String, String)>,
    /// The roles of the clients, where they could be read.
    pub roles: BTreeMap<String, Role>,
    pub client_places: BTreeMap<String, Range<usize>>,
    pub items: BTreeMap<String, Alias>,
    /// What each user of `users` holds.
    pub privileges: BTreeMap<String, Privileges>,
    /// The owner of each record at the step that is being read, where that is certain.
    pub owners: BTreeMap<String, Option<String>>,
    pub item_places: BTreeMap<String, Range<usize>>,
    pub steps: BTreeMap<String, StepName>,
    /// The filters that each user has at the step that is being read.
    pub filters: BTreeMap<(String, String), Kind>,
    /// The client whose cache file an earlier step saved, by the step.
    pub saves: BTreeMap<String, String>,
    /// The aliases that an earlier step made.
    pub made: BTreeSet<String>,
}

impl Names {
    /// Takes the filters that the users have at the start.
    pub fn take_filters(&mut self, users: &[User]) {
        for user in users {
            for filter in &user.filters {
                self.filters.insert((user.id.clone(), filter.id.clone()), filter.kind);
            }
        }
    }

    /// A user, who must exist.
    pub fn user(&self, reader: &mut Reader<'_, '_>, name: &str, span: Range<usize>) -> Option<String> {
        let known = self.user_places.contains_key(name);
        if !known {
            let error =
                Diagnostic::new("E202", span, format!("no user is named {}", quoted(name))).label("unknown user");
            let near = error.near(name, self.user_places.keys().map(String::as_str));
            let help = if self.users_given {
                "it is not in `users`"
            } else {
                "a user without a client is declared in `users`"
            };
            reader.error(if near.help.is_some() { near } else { near.help(help) });
        }
        known.then(|| name.to_owned())
    }

    /// A client, which must exist.
    pub fn client(
        &self,
        reader: &mut Reader<'_, '_>,
        name: &str,
        span: Range<usize>,
        others: &[&str],
    ) -> Option<String> {
        let known = self.client_places.contains_key(name) || others.contains(&name);
        if !known {
            let error =
                Diagnostic::new("E201", span, format!("no client is named {}", quoted(name))).label("unknown client");
            let names = self.client_places.keys().map(String::as_str).chain(others.iter().copied());
            reader.error(error.near(name, names));
        }
        known.then(|| name.to_owned())
    }

    /// Declares an alias.
    pub fn declare(
        &mut self,
        reader: &mut Reader<'_, '_>,
        id: &str,
        kind: Option<Kind>,
        side: Where,
        copies: Option<u32>,
        table: &Table<'_>,
    ) {
        let takes = |id: &str, alias: &Alias, other: &str, of_other: Option<u32>| match (alias.copies, of_other) {
            (Some(copies), None) => is_copy(id, copies, other),
            (Some(_), Some(_)) => is_copy(id, u32::MAX, other),
            (None, _) => false,
        };
        let new = Alias { kind, side, copies };
        let clash = self
            .items
            .iter()
            .find(|(other, alias)| takes(id, &new, other, alias.copies) || takes(other, alias, id, copies));
        if let Some((other, _)) = clash {
            let at = table.get("id").map_or(table.span.clone(), |node| node.span.clone());
            let message = format!("{} is a copy of {}, or the other way round", quoted(id), quoted(other));
            reader.error(Diagnostic::new("E211", at, message).label("the name is taken"));
        }
        self.items.entry(id.to_owned()).or_insert(new);
    }

    /// What an alias stands for, with the entry that declares it.
    pub fn find(&self, name: &str) -> Option<(&str, Alias)> {
        if let Some((id, alias)) = self.items.get_key_value(name).filter(|(_, alias)| alias.copies.is_none()) {
            return Some((id, *alias));
        }
        let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
        // An id may end with digits itself, as in `t1` with the copies `t11`, `t12` and so on.
        (base.len()..name.len()).find_map(|end| {
            let (id, alias) = self.items.get_key_value(name.get(..end)?)?;
            is_copy(id, alias.copies?, name).then_some((id.as_str(), *alias))
        })
    }

    /// An item, which must be declared; `bulk` allows `alias*` for all its copies.
    pub fn item(&self, reader: &mut Reader<'_, '_>, name: &str, span: Range<usize>, bulk: bool) -> Option<Alias> {
        if let Some(base) = name.strip_suffix('*')
            && let Some(alias) = self.items.get(base).filter(|alias| alias.copies.is_some())
        {
            if !bulk {
                let error = Diagnostic::new("E412", span, format!("{} means all copies; one is wanted", quoted(name)));
                reader.error(
                    error
                        .label("one item is expected")
                        .help(format!("a copy is named {}", quoted(&format!("{base}1")))),
                );
                return None;
            }
            return Some(*alias);
        }
        if let Some((_, alias)) = self.find(name) {
            return Some(alias);
        }
        let error = Diagnostic::new("E203", span, format!("no item is named {}", quoted(name))).label("unknown item");
        let base = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '*');
        let error = match (self.items.get(name), self.items.get_key_value(base)) {
            (Some(Alias { copies: Some(copies), .. }), _) => error.help(format!(
                "its copies are {} to {}; all are {}",
                quoted(&format!("{name}1")),
                quoted(&format!("{name}{copies}")),
                quoted(&format!("{name}*"))
            )),
            (_, Some((base, Alias { copies: Some(copies), .. }))) => error.help(format!(
                "the copies are {} to {}",
                quoted(&format!("{base}1")),
                quoted(&format!("{base}{copies}"))
            )),
            (_, Some((base, _))) if name.ends_with('*') => error.help(format!("{} has no `copies`", quoted(base))),
            _ => error
                .near(name, self.items.iter().filter(|(_, alias)| alias.copies.is_none()).map(|(id, _)| id.as_str())),
        };
        reader.error(error);
        None
    }

    /// A step, which must exist.
    pub fn step(&self, reader: &mut Reader<'_, '_>, name: &str, span: Range<usize>) -> Option<&StepName> {
        let step = self.steps.get(name);
        if step.is_none() {
            let place = if reader.sink.row.is_some() { "no step of this row" } else { "no step" };
            let error =
                Diagnostic::new("E204", span, format!("{place} is named {}", quoted(name))).label("unknown step");
            reader.error(error.near(name, self.steps.keys().map(String::as_str)));
        }
        step
    }

    /// Takes the names that steps give: their own, and the aliases of what they make.
    pub fn take_steps<'a>(&mut self, reader: &mut Reader<'a, '_>, steps: &[&'a Node]) {
        for (index, node) in steps.iter().enumerate() {
            let Some(Value::Table(entries)) = reader.peek(node) else { continue };
            let get = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node);
            let table = Table { entries, span: node.span.clone() };
            if let (Some(text), Some(id)) = (reader.peek_text(get("id")), get("id")) {
                let expects = get("expect").is_some();
                let name = StepName { index, span: id.span.clone(), expects };
                if let Some(first) = self.steps.get(text) {
                    let message = format!(
                        "two steps are named {}: the first stands in line {}",
                        quoted(text),
                        reader.sink.line(first.span.start)
                    );
                    reader.error(Diagnostic::new("E211", id.span.clone(), message).label("again"));
                } else {
                    self.steps.insert(text.to_owned(), name);
                }
            }
            if let (Some(text), Some(new)) = (reader.peek_text(get("new")), get("new")) {
                if self.find(text).is_some() || self.items.contains_key(text) {
                    let error = Diagnostic::new(
                        "E211",
                        new.span.clone(),
                        format!("{} is the name of an item already", quoted(text)),
                    );
                    reader.error(error.label("a new name is expected"));
                } else {
                    let stated = reader.peek_text(get("kind")).and_then(Kind::parse);
                    let copied = reader.peek_text(get("item")).and_then(|item| self.find(item)?.1.kind);
                    let kind = stated.or(copied);
                    self.declare(reader, text, kind, Where::None, None, &table);
                }
            }
        }
    }

    /// Whether a step before this one made what the alias stands for.
    pub fn is_made(&self, name: &str) -> bool {
        let base = self.find(name).map_or(name, |(id, _)| id);
        let one_of = |base: &str| {
            self.made
                .range(base.to_owned()..)
                .take_while(|made| made.starts_with(base))
                .any(|made| self.find(made).is_some_and(|(id, _)| id == base))
        };
        self.made.contains(name)
            || self.made.contains(&format!("{base}*"))
            || name.strip_suffix('*').is_some_and(one_of)
    }
}

/// Whether `name` is one of the copies `id1`, `id2` and so on.
fn is_copy(id: &str, copies: u32, name: &str) -> bool {
    let Some(digits) = name.strip_prefix(id) else { return false };
    !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.parse::<u32>().is_ok_and(|number| number <= copies)
}
