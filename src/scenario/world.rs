//! Reading what there is at the start: users and items, and what both have in common with clients.

use std::collections::BTreeMap;
use std::ops::Range;

use super::diagnostics::{Diagnostic, quoted};
use super::fields::Place;
use super::model::{Conditions, Filter, Item, Literal, Rank, User, Where};
use super::names::Names;
use super::read::{Reader, Table};
use super::source::{MAX_COPIES, MAX_FILTERS, MAX_ITEMS, MAX_USERS};
use super::tree::{Entry, Node, Value};
use super::vocabulary::not_built;
use crate::model::{FieldId, Kind, mapping};
use crate::sim::Span;

/// The keys of an entry of `users`.
pub(crate) const USER: [&str; 4] = ["id", "email", "privileges", "filters"];
/// The keys of a filter.
pub(super) const FILTER: [&str; 4] = ["id", "kind", "where", "active"];
/// The keys of an entry of `items`.
pub(crate) const ITEM: [&str; 18] = [
    "id",
    "kind",
    "side",
    "owner",
    "shared-with",
    "holder",
    "tracked",
    "regarding",
    "parent",
    "due",
    "starts",
    "lasts",
    "organizer",
    "required",
    "optional",
    "set",
    "copies",
    "rank",
];

/// The keys that stand for a field, in acts and items.
pub(crate) const FOLDED: [(&str, &str); 8] = [
    ("due", "scheduledend"),
    ("parent", "parentcustomerid"),
    ("regarding", "regardingobjectid"),
    ("starts", "scheduledstart"),
    ("lasts", "scheduleddurationminutes"),
    ("organizer", "organizer"),
    ("required", "requiredattendees"),
    ("optional", "optionalattendees"),
];

impl<'a> Reader<'a, '_> {
    /// The entries of `users`, which come before the users that clients imply.
    pub fn users(&mut self, node: Option<&'a Node>, names: &mut Names) -> Vec<User> {
        let Some(nodes) = node.and_then(|node| self.short_list("users", node, MAX_USERS)) else { return Vec::new() };
        names.users_given = true;
        let mut users = Vec::new();
        for node in nodes {
            let Some(table) = self.table("users", node, &USER, not_built::USER) else { continue };
            let Some(id) = self.id(&table, "a user", &mut names.user_places) else { continue };
            let filters = match table.get("filters") {
                Some(node) => self.filters(node),
                None => Filter::defaults(),
            };
            let email = table.get("email").and_then(|node| self.email(node));
            let email = email.unwrap_or_else(|| User::default_email(&id));
            names.addresses.insert(id.clone(), email.clone());
            let privileges = table.get("privileges").map(|node| self.held_privileges(node));
            let privileges = privileges.unwrap_or_default();
            names.privileges.insert(id.clone(), privileges);
            users.push(User { id, email, privileges, filters });
        }
        users
    }

    /// A user's filters: those given, and the defaults of the kinds that they do not name.
    fn filters(&mut self, node: &'a Node) -> Vec<Filter> {
        let mut filters = Vec::new();
        let mut places = BTreeMap::new();
        for node in self.short_list("filters", node, MAX_FILTERS).unwrap_or_default() {
            let Some(table) = self.table("filters", node, &FILTER, &[]) else { continue };
            let id = self.id(&table, "a filter", &mut places);
            let kind = self.need(&table, "kind", "a filter").and_then(|node| self.kind("kind", node));
            let conditions = match table.get("where") {
                Some(node) => self.conditions("where", node, kind),
                None => Some(Conditions::default()),
            };
            let active = table.get("active").is_none_or(|node| self.flag("active", node).unwrap_or(true));
            if let (Some(id), Some(kind), Some(conditions)) = (id, kind, conditions) {
                filters.push(Filter { id, kind, conditions, active });
            }
        }
        for filter in Filter::defaults() {
            if filters.iter().all(|given| given.kind != filter.kind) {
                if let Some(place) = places.get(&filter.id) {
                    let message =
                        format!("{} is the name of the default filter of {}s", quoted(&filter.id), filter.kind);
                    self.error(Diagnostic::new("E211", place.clone(), message).label("taken"));
                }
                filters.push(filter);
            }
        }
        filters
    }

    /// The entries of `items`.
    pub fn items(&mut self, node: Option<&'a Node>, names: &mut Names) -> Vec<Item> {
        let Some(nodes) = node.and_then(|node| self.short_list("items", node, MAX_ITEMS)) else { return Vec::new() };
        let mut copies: u32 = 0;
        let mut items = Vec::new();
        for node in nodes {
            let Some(table) = self.table("items", node, &ITEM, not_built::ITEM) else { continue };
            let Some(item) = self.item_entry(&table, names) else { continue };
            copies = copies.saturating_add(item.copies.unwrap_or(1));
            if copies > MAX_COPIES {
                let at = table.get("copies").map_or(table.span.clone(), |node| node.span.clone());
                let message = format!("the items have more than {MAX_COPIES} copies together");
                self.error(Diagnostic::new("E506", at, message).label("too many"));
                break;
            }
            items.push(item);
        }
        items
    }

    fn item_entry(&mut self, table: &Table<'a>, names: &mut Names) -> Option<Item> {
        let kind = self.need(table, "kind", "an item").and_then(|node| self.kind("kind", node));
        let side = self.need(table, "side", "an item").and_then(|node| self.word("side", node, Where::WORDS, &[]));
        let side = side.and_then(Where::parse);
        let copies = table.get("copies").and_then(|node| self.int("copies", node, 1, i64::from(MAX_COPIES)));
        let copies = copies.and_then(|copies| u32::try_from(copies).ok());
        let mut places = std::mem::take(&mut names.item_places);
        let id = self.id(table, "an item", &mut places);
        names.item_places = places;
        if let Some(id) = &id {
            names.declare(self, id, kind, side.unwrap_or(Where::None), copies, table);
        }
        let owner = match table.get("owner") {
            Some(node) => self.user("owner", node, names),
            // The clients of a profile may be left to be drawn.
            None => names.clients.first().map(|(_, user)| user).or_else(|| names.users.first()).cloned(),
        };
        if let Some(id) = id.as_ref().filter(|_| side != Some(Where::None)) {
            names.owners.insert(id.clone(), owner.clone());
        }
        let holder = match table.get("holder") {
            Some(node) => self.user("holder", node, names),
            None => owner.clone(),
        };
        let shared_with = table.get("shared-with").map(|node| self.shared_with(node, (side, owner.as_deref()), names));
        let shared_with = shared_with.unwrap_or_default();
        if let (Some(kind), Some(holder), Some(Where::Both)) = (kind, &holder, side) {
            self.check_holder(table, (kind, holder), (&owner, &shared_with), names);
        }
        let tracked = table.get("tracked").is_some_and(|node| self.flag("tracked", node).unwrap_or(false));
        let place = match side {
            Some(Where::Outlook) => Place::Outlook,
            Some(Where::Crm) => Place::Crm,
            _ => Place::Either,
        };
        let mut set = table.get("set").and_then(|node| self.set("set", node, kind, place)).unwrap_or_default();
        self.fold(table, kind, place, &mut set, names);
        let rank = table.get("rank").and_then(|node| self.rank(node));
        Some(Item {
            id: id?,
            kind: kind?,
            side: side?,
            owner: owner.unwrap_or_default(),
            shared_with,
            holder: holder.unwrap_or_default(),
            tracked,
            set,
            copies,
            rank,
        })
    }

    /// An e-mail address.
    fn email(&mut self, node: &'a Node) -> Option<String> {
        let (text, span) = self.text("email", node)?;
        self.address(text, span)
    }

    /// A text that is to be an e-mail address.
    fn address(&mut self, text: &str, span: Range<usize>) -> Option<String> {
        let plain = !text.contains([';', ',']) && !text.contains(char::is_whitespace);
        let halves = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
        let good = plain && halves.is_some_and(|(_, host)| !host.contains('@'));
        if !good {
            let error = Diagnostic::new("E303", span, format!("{} is no e-mail address", quoted(text)));
            self.error(error.label("an address such as `ann@example.com` is expected"));
        }
        good.then(|| text.to_owned())
    }

    /// The address of a party: a user's, or one that stands there itself.
    fn party(&mut self, key: &str, node: &'a Node, names: &Names) -> Option<String> {
        let (text, span) = self.text(key, node)?;
        if text.contains('@') {
            return self.address(text, span);
        }
        let user = names.user(self, text, span)?;
        Some(names.addresses.get(&user).cloned().unwrap_or_else(|| User::default_email(&user)))
    }

    /// The value that a key gives to the field that it stands for.
    fn folded(&mut self, field: FieldId, place: Place, entry: &'a Entry, names: &Names) -> Option<Literal> {
        let (key, node) = (entry.key.as_str(), &entry.node);
        match key {
            "lasts" => {
                let span = self.positive_span(key, node)?;
                let minutes = span.0 / Span::minutes(1).0;
                if Span::minutes(minutes) != span || minutes > mapping::MAX_MINUTES {
                    let error = Diagnostic::new("E303", node.span.clone(), "`lasts` is no number of whole minutes");
                    self.error(error.label(format!("1m to {}m are expected", mapping::MAX_MINUTES)));
                    return None;
                }
                Some(Literal::Int(minutes))
            }
            "organizer" if matches!(self.peek(node), Some(Value::Text(text)) if !text.is_empty()) => {
                self.party(key, node, names).map(Literal::Text)
            }
            "required" | "optional" => {
                let (nodes, _) = self.list(key, node)?;
                let all: Option<Vec<String>> = nodes.iter().map(|node| self.party(key, node, names)).collect();
                Some(Literal::Text(mapping::addresses(&all?.join("; ")).collect::<Vec<_>>().join("; ")))
            }
            _ => self.literal(field, place, node),
        }
    }

    /// Turns `due`, `starts`, `required` and the like into the fields that they stand for.
    pub fn fold(
        &mut self,
        table: &Table<'a>,
        kind: Option<Kind>,
        place: Place,
        set: &mut Vec<(FieldId, Literal)>,
        names: &Names,
    ) {
        for (key, field) in FOLDED {
            let Some(entry) = table.entry(key) else { continue };
            let Some(kind) = kind else { continue };
            let Some(id) = FieldId::find(kind, field) else {
                let message = format!("{} has no `{key}`", kind.with_article());
                self.error(
                    Diagnostic::new("E403", entry.at.clone(), message).label(format!("`{key}` stands for `{field}`")),
                );
                continue;
            };
            if set.iter().any(|(field, _)| *field == id) {
                let message = format!("`{key}` and `set` both give `{field}`");
                self.error(Diagnostic::new("E106", entry.at.clone(), message).label("given twice"));
            } else if self.field(kind, place, field, entry.at.clone()).is_some()
                && let Some(literal) = self.folded(id, place, entry, names)
            {
                set.push((id, literal));
            }
        }
    }

    fn rank(&mut self, node: &'a Node) -> Option<Rank> {
        let found = self.look(node);
        match found.value {
            Value::Text(text) if text == "first" => Some(Rank::First),
            Value::Text(text) if text == "last" => Some(Rank::Last),
            Value::Int(_) => self.count("rank", node, 0).map(Rank::Number),
            _ => {
                self.wrong_type("rank", "\"first\", \"last\" or a whole number", &found);
                None
            }
        }
    }

    /// The name of a user.
    pub fn user(&mut self, key: &str, node: &'a Node, names: &Names) -> Option<String> {
        let (text, span) = self.text(key, node)?;
        names.user(self, text, span)
    }

    /// The `id` of an entry, which nothing else of its sort has.
    pub fn id(&mut self, table: &Table<'a>, what: &str, places: &mut BTreeMap<String, Range<usize>>) -> Option<String> {
        let node = self.need(table, "id", what)?;
        let id = self.name("id", node)?;
        if let Some(first) = places.get(&id) {
            let line = self.sink.line(first.start);
            let message = format!("two of one name: {what} {} stands in line {line} already", quoted(&id));
            self.error(Diagnostic::new("E211", node.span.clone(), message).label("again"));
        } else {
            places.insert(id.clone(), node.span.clone());
        }
        Some(id)
    }
}
