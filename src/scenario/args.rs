//! Reading the values of a step's keys, each by what its table says that it takes.

use std::ops::Range;

use super::diagnostics::{Diagnostic, quoted};
use super::fields::Place;
use super::model::{Arg, Args};
use super::names::Names;
use super::read::{Reader, Table};
use super::steps::{Head, Taken};
use super::tree::Entry;
use super::vocabulary::{Act, Expectation, Key, MAX_CYCLES, Takes, not_built};
use super::world::FOLDED;
use crate::model::{Call, FieldId, Kind};

/// What the keys of a step mean for each other.
pub(super) struct Context<'t, 'a> {
    /// The word.
    pub head: Head,
    /// The step's place among those that run.
    pub index: usize,
    /// Its entries.
    pub table: &'t Table<'a>,
    /// Where its word stands.
    pub span: Range<usize>,
    /// Which copy of the item is meant.
    pub place: Place,
    /// The kind of the item, or the kind that is named.
    pub kind: Option<Kind>,
    /// The user who acts in CRM.
    pub user: Option<String>,
    /// The product table that is meant.
    pub product: Option<crate::model::Table>,
    /// The call that is meant.
    pub call: Option<Call>,
}

impl<'t, 'a> Context<'t, 'a> {
    pub fn new(
        reader: &Reader<'a, '_>,
        head: Head,
        index: usize,
        table: &'t Table<'a>,
        span: Range<usize>,
        names: &Names,
    ) -> Context<'t, 'a> {
        let text = |key: Key| reader.peek_text(table.get(key.word()));
        let place = match (head, text(Key::On), text(Key::Side)) {
            (Head::Do(_), Some("crm"), _) => Place::Crm,
            (Head::Do(_), ..) => Place::Outlook,
            (_, Some("crm"), _) | (_, None, Some("crm")) => Place::Crm,
            (_, Some("base"), _) => Place::Base,
            (Head::Expect(Expectation::Fields), Some(_), _) | (_, None, Some("outlook")) => Place::Outlook,
            _ => Place::Either,
        };
        let of_item = text(Key::Item).and_then(|name| {
            let alias = names.find(name).map(|(_, alias)| alias);
            alias.or_else(|| names.items.get(name.strip_suffix('*')?).copied())?.kind
        });
        Context {
            head,
            index,
            table,
            span,
            place,
            kind: of_item.or_else(|| text(Key::Kind).and_then(Kind::parse)),
            user: text(Key::As).map_or_else(|| names.users.first().cloned(), |name| Some(name.to_owned())),
            product: text(Key::Table).and_then(crate::model::Table::parse),
            call: text(Key::Call).and_then(Call::parse),
        }
    }

    /// The entry of a key.
    pub fn entry(&self, key: Key) -> Option<&'a Entry> {
        self.table.entry(key.word())
    }

    /// Where the value of a key stands; the word where it has none.
    pub fn at(&self, key: Key) -> Range<usize> {
        self.entry(key).map_or(self.span.clone(), |entry| entry.node.span.clone())
    }

    /// Where a key stands; the word where it is not given.
    pub fn key_at(&self, key: Key) -> Range<usize> {
        self.entry(key).map_or(self.span.clone(), |entry| entry.at.clone())
    }

    /// Whether the act makes or changes fields, so that `due` and the like stand for some.
    fn folds(&self) -> bool {
        matches!(self.head, Head::Do(Act::Create | Act::Edit))
    }
}

impl<'a> Reader<'a, '_> {
    /// The values of the keys that a word takes.
    pub fn args(
        &mut self,
        context: &Context<'_, 'a>,
        keys: impl Iterator<Item = &'static Taken>,
        names: &Names,
    ) -> Args {
        let mut args = Args::default();
        for (key, takes) in keys {
            let Some(entry) = context.entry(*key) else { continue };
            if context.folds() && FOLDED.iter().any(|(folded, _)| *folded == key.word()) {
                continue;
            }
            // `rows` of an expectation counts rows of a table, or names rows of `cases`.
            if *key == Key::Rows && matches!(entry.node.value, super::tree::Value::List(_)) {
                continue;
            }
            if let Some(arg) = self.arg(context, *key, *takes, entry, names) {
                args.0.insert(*key, arg);
            }
        }
        if context.folds() {
            let mut set = match args.0.remove(&Key::Set) {
                Some(Arg::Set(set)) => set,
                _ => Vec::new(),
            };
            self.fold(context.table, context.kind, context.place, &mut set, names);
            if !set.is_empty() {
                args.0.insert(Key::Set, Arg::Set(set));
            }
        }
        args
    }

    fn arg(
        &mut self,
        context: &Context<'_, 'a>,
        key: Key,
        takes: Takes,
        entry: &'a Entry,
        names: &Names,
    ) -> Option<Arg> {
        let (word, node) = (key.word(), &entry.node);
        match takes {
            Takes::Alias => {
                let bulk = key == Key::Item && !matches!(context.head, Head::Fault(_));
                self.item(word, node, names, bulk).map(|(name, _)| Arg::Text(name))
            }
            Takes::NewAlias => self.name(word, node).map(Arg::Text),
            Takes::Client => self.client_only(context, word, entry, names),
            Takes::ClientOrCrm => self.client_or(word, entry, names, &["crm"]),
            Takes::ClientCrmOrBase => self.client_or(word, entry, names, &["crm", "base"]),
            Takes::Users => {
                let (nodes, span) = self.list(word, node)?;
                if nodes.is_empty() {
                    let error = Diagnostic::new("E303", span, format!("`{word}` names nobody"));
                    self.error(error.label("at least one user is expected"));
                    return None;
                }
                Some(Arg::Names(nodes.iter().filter_map(|node| self.user(word, node, names)).collect()))
            }
            // These stand for fields, wherever they are taken.
            Takes::Party | Takes::Parties => None,
            Takes::User => self.user(word, node, names).map(Arg::Text),
            Takes::StepId => self.step_name(context, key, entry, names),
            Takes::Filter => self.name(word, node).map(Arg::Text),
            Takes::Word(words) => {
                let later = if key == Key::Kind { not_built::KINDS } else { &[] };
                self.word(word, node, words, later).map(|word| Arg::Text(word.to_owned()))
            }
            Takes::Text => self.text(word, node).map(|(text, _)| Arg::Text(text.to_owned())),
            Takes::Count => self.count(word, node, 0).map(|number| Arg::Int(i64::from(number))),
            Takes::Positive => self.count(word, node, 1).map(|number| Arg::Int(i64::from(number))),
            Takes::Cycles => self.int(word, node, 1, i64::from(MAX_CYCLES)).map(Arg::Int),
            Takes::Bool => self.flag(word, node).map(Arg::Bool),
            Takes::Span => self.positive_span(word, node).map(Arg::Span),
            Takes::Skew => self.span(word, node).map(|(span, _)| Arg::Span(span)),
            Takes::Set => self.set(word, node, context.kind, context.place).map(Arg::Set),
            Takes::Columns if context.head == Head::Do(Act::Option) => self.settings(word, node).map(Arg::Settings),
            Takes::Columns => {
                let columns = self.columns(word, node, context.product)?;
                (!columns.is_empty()).then_some(Arg::Columns(columns))
            }
            Takes::Where => {
                let kind = self.filter_kind(context, names);
                self.conditions(word, node, kind).map(Arg::Where)
            }
            Takes::Field => {
                let (text, span) = self.text(word, node)?;
                self.field(context.kind?, Place::Either, text, span).map(Arg::Field)
            }
            Takes::Fields => self.fields(context, word, entry),
            Takes::Rights => self.rights_on_record(word, node).map(Arg::Rights),
            Takes::Privileges => self.privileges(word, node).map(Arg::Privileges),
            Takes::Triple => self.triple(word, entry),
            Takes::Value => {
                let field = self.peek_text(context.table.get(Key::Field.word()))?;
                let field = FieldId::find(context.kind?, field)?;
                self.literal(field, Place::Either, node).map(Arg::Value)
            }
            Takes::Moment => self.moment(word, node).map(Arg::Time),
        }
    }

    fn client_only(&mut self, context: &Context<'_, 'a>, key: &str, entry: &'a Entry, names: &Names) -> Option<Arg> {
        let (text, span) = self.text(key, &entry.node)?;
        if matches!(text, "crm" | "base") {
            let message = format!("{} concerns a client, not {}", quoted(context.head.word()), quoted(text));
            let error = Diagnostic::new("E401", span, message).label("a client is expected");
            self.error(error);
            return None;
        }
        names.client(self, text, span, &[]).map(Arg::Text)
    }

    fn client_or(&mut self, key: &str, entry: &'a Entry, names: &Names, others: &[&str]) -> Option<Arg> {
        let (text, span) = self.text(key, &entry.node)?;
        names.client(self, text, span, others).map(Arg::Text)
    }

    /// A step that ends a window or begins a count, which must be on the right side of this one.
    fn step_name(&mut self, context: &Context<'_, 'a>, key: Key, entry: &'a Entry, names: &Names) -> Option<Arg> {
        let (text, span) = self.text(key.word(), &entry.node)?;
        let index = names.step(self, text, span.clone())?.index;
        let wrong = match key {
            Key::Until if index <= context.index => Some("a window ends at a later step"),
            Key::From if index >= context.index => Some("a copy is saved at an earlier step"),
            Key::Since if index >= context.index => Some("what is counted begins at an earlier step"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            let message = format!("`{key}` names the step {}, but {wrong}", quoted(text));
            self.error(Diagnostic::new("E409", span, message).label("on the wrong side of this step"));
            return None;
        }
        Some(Arg::Text(text.to_owned()))
    }

    fn fields(&mut self, context: &Context<'_, 'a>, key: &str, entry: &'a Entry) -> Option<Arg> {
        let (nodes, _) = self.list(key, &entry.node)?;
        let kind = context.kind?;
        let mut fields = Vec::new();
        for node in nodes {
            let Some((text, span)) = self.text(key, node) else { continue };
            match self.field(kind, context.place, text, span.clone()) {
                Some(field) if fields.contains(&field) => {
                    self.error(
                        Diagnostic::new("E211", span, format!("`{key}` names {} twice", quoted(text))).label("again"),
                    );
                }
                Some(field) => fields.push(field),
                None => {}
            }
        }
        Some(Arg::Fields(fields))
    }

    fn triple(&mut self, key: &str, entry: &'a Entry) -> Option<Arg> {
        let (nodes, span) = self.list(key, &entry.node)?;
        let [added, updated, deleted] = nodes else {
            let message = format!("`{key}` has {} numbers; it takes three: added, updated, deleted", nodes.len());
            self.error(Diagnostic::new("E303", span, message).label("three are expected"));
            return None;
        };
        let mut number = |node| self.count(key, node, 0);
        let (added, updated, deleted) = (number(added), number(updated), number(deleted));
        Some(Arg::Triple([added?, updated?, deleted?]))
    }

    /// The kind of the filter that a step changes.
    pub fn filter_kind(&self, context: &Context<'_, 'a>, names: &Names) -> Option<Kind> {
        let filter = self.peek_text(context.table.get(Key::Filter.word()))?;
        names.filters.get(&(context.user.clone()?, filter.to_owned())).copied().or(context.kind)
    }
}
