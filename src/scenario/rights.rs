//! Reading rights and privileges: who holds what at the start, and what steps share, grant and revoke.

use super::args::Context;
use super::diagnostics::{Diagnostic, listed, quoted};
use super::model::{Args, Where};
use super::names::Names;
use super::read::{Reader, Table};
use super::source::MAX_USERS;
use super::tree::Node;
use super::vocabulary::{Act, Key};
use crate::model::privileges::ALL_PRIVILEGES;
use crate::model::{Kind, Privilege, Privileges, Right, Rights};

/// More words than this no list of privileges needs.
pub(super) const MOST_WORDS: usize = 200;

/// The words of a list of privileges; with `take`, also those that take one away.
pub(super) fn privilege_words(take: bool) -> Vec<String> {
    let words: Vec<String> = Privilege::all().map(Privilege::word).collect();
    let taken = words.iter().filter(|_| take).map(|word| format!("-{word}"));
    std::iter::once(ALL_PRIVILEGES.to_owned()).chain(words.iter().cloned()).chain(taken).collect()
}

impl<'a> Reader<'a, '_> {
    /// The `privileges` of a user: `all`, words, and words with a `-` before them that take one away, in order.
    pub fn held_privileges(&mut self, node: &'a Node) -> Privileges {
        let mut held = Privileges::NONE;
        for node in self.short_list("privileges", node, MOST_WORDS).unwrap_or_default() {
            let Some((text, span)) = self.text("privileges", node) else { continue };
            let (word, given) = text.strip_prefix('-').map_or((text, true), |word| (word, false));
            let meant: Vec<Privilege> = match Privilege::parse(word) {
                Some(privilege) => vec![privilege],
                None if text == ALL_PRIVILEGES => Privilege::all().collect(),
                None => {
                    self.unknown_privilege("privileges", text, span, true);
                    continue;
                }
            };
            if meant.iter().all(|privilege| held.has(*privilege) == given) {
                let error = if given {
                    Diagnostic::new("E211", span, format!("{} is held already", quoted(text))).label("again")
                } else {
                    let message = format!("{} takes away what no word before it gives", quoted(text));
                    Diagnostic::new("E106", span, message).label("nothing to take away")
                };
                self.error(error.help("the words count in their order, as in `[\"all\", \"-delete:task\"]`"));
            }
            held = meant.into_iter().fold(held, |held, privilege| held.with(privilege, given));
        }
        held
    }

    /// The privileges that a step names.
    pub fn privileges(&mut self, key: &str, node: &'a Node) -> Option<Vec<Privilege>> {
        let (nodes, span) = self.list(key, node)?;
        let mut privileges: Vec<Privilege> = Vec::new();
        let mut whole = true;
        for node in nodes.iter().take(MOST_WORDS) {
            let Some((text, span)) = self.text(key, node) else { continue };
            let meant: Vec<Privilege> = match Privilege::parse(text) {
                Some(privilege) => vec![privilege],
                None if text == ALL_PRIVILEGES => Privilege::all().collect(),
                None => {
                    whole = false;
                    self.unknown_privilege(key, text, span, false);
                    continue;
                }
            };
            if meant.iter().all(|privilege| privileges.contains(privilege)) {
                self.error(Diagnostic::new("E211", span, format!("{} stands twice", quoted(text))).label("again"));
            }
            privileges.extend(meant);
        }
        if nodes.is_empty() {
            let error = Diagnostic::new("E303", span, format!("`{key}` names no privilege"));
            self.error(error.label("at least one is needed"));
        }
        privileges.sort_unstable();
        privileges.dedup();
        (whole && !privileges.is_empty()).then_some(privileges)
    }

    fn unknown_privilege(&mut self, key: &str, text: &str, span: std::ops::Range<usize>, take: bool) {
        let words = privilege_words(take);
        let error = Diagnostic::new("E302", span, format!("`{key}` cannot be {}", quoted(text)));
        let error = error.label("not a privilege").near(text, words.iter().map(String::as_str));
        let help = format!("the privileges are {}", listed(privilege_words(false).iter().map(String::as_str)));
        self.error(if error.help.is_some() { error } else { error.help(help) });
    }

    /// The rights on a record that a step names.
    pub fn rights_on_record(&mut self, key: &str, node: &'a Node) -> Option<Rights> {
        let (nodes, span) = self.list(key, node)?;
        let mut rights = Rights::NONE;
        let mut whole = true;
        for node in nodes.iter().take(MOST_WORDS) {
            let Some(right) = self.word(key, node, Right::WORDS, &[]).and_then(Right::parse) else {
                whole = false;
                continue;
            };
            if rights.has(right) {
                let message = format!("{} stands twice", quoted(right.word()));
                self.error(Diagnostic::new("E211", node.span.clone(), message).label("again"));
            }
            rights = rights.with(right);
        }
        if nodes.is_empty() {
            let error = Diagnostic::new("E303", span, format!("`{key}` names no right"));
            self.error(error.label("at least one is needed").help("`unshare` takes all rights back"));
        }
        (whole && rights != Rights::NONE).then_some(rights)
    }

    /// The users with whom an item's record is shared at the start.
    pub fn shared_with(
        &mut self,
        node: &'a Node,
        (side, owner): (Option<Where>, Option<&str>),
        names: &Names,
    ) -> Vec<String> {
        if let Some(side) = side.filter(|side| matches!(side, Where::Outlook | Where::None)) {
            let message =
                format!("`shared-with` needs a record, and the item has none with `side = \"{}\"`", side.word());
            self.error(Diagnostic::new("E106", node.span.clone(), message).label("only records are shared"));
        }
        let mut users: Vec<String> = Vec::new();
        for node in self.short_list("shared-with", node, MAX_USERS).unwrap_or_default() {
            let Some(user) = self.user("shared-with", node, names) else { continue };
            let at = node.span.clone();
            if users.contains(&user) {
                self.error(Diagnostic::new("E211", at, format!("{} stands twice", quoted(&user))).label("again"));
            } else if owner == Some(user.as_str()) {
                let message = format!("{} owns the record and needs no share", quoted(&user));
                self.error(Diagnostic::new("E106", at, message).label("the owner"));
            } else {
                users.push(user);
            }
        }
        users
    }

    /// What is linked in a mailbox at the start is something that its user may read.
    pub(super) fn check_holder(
        &mut self,
        table: &Table<'a>,
        (kind, holder): (Kind, &String),
        (owner, shared_with): (&Option<String>, &[String]),
        names: &Names,
    ) {
        let everywhere = names.privileges.get(holder).is_none_or(|held| held.has(Privilege::Of(Right::Read, kind)));
        if everywhere || owner.as_ref() == Some(holder) || shared_with.contains(holder) {
            return;
        }
        let message = format!("{} may not read this record: it is somebody else's and not shared", quoted(holder));
        let at = table.get("holder").map_or(table.span.clone(), |node| node.span.clone());
        let help = format!("name the user in `shared-with`, or let the user hold `read:{kind}`");
        self.error(Diagnostic::new("E106", at, message).label("not in this mailbox").help(help));
    }

    /// A record is shared with somebody who needs it: neither with whoever shares it nor, as far as the file tells, with its
    /// owner.
    pub(super) fn check_share(&mut self, context: &Context<'_, 'a>, args: &Args, names: &Names) {
        let (Some(item), Some(to)) = (args.text(Key::Item), args.text(Key::To)) else { return };
        let (at, name) = (context.at(Key::To), quoted(to));
        if context.user.as_deref() == Some(to) {
            let error = Diagnostic::new("E106", at, format!("{name} shares with {name}"));
            self.error(
                error
                    .label("somebody else is expected")
                    .help("`as` names the user who shares; it is the first one unless given"),
            );
        } else if !self.drawn && names.owner(item) == Some(to) {
            let error = Diagnostic::new("E106", at, format!("{name} owns the record and needs no share"));
            self.error(error.label("the owner"));
        }
    }
}

impl Names {
    /// The owner of a record, as far as the steps until here tell.
    pub fn owner(&self, item: &str) -> Option<&str> {
        let id = self.find(item).map_or(item.trim_end_matches('*'), |(id, _)| id);
        self.owners.get(id)?.as_deref()
    }

    /// Notes what a step means for the owner of a record. Of a step that does not happen in its place nothing is certain.
    pub(super) fn take_owner(&mut self, context: &Context<'_, '_>, act: Act, args: &Args) {
        let name = args.text(Key::Item).or(args.text(Key::New));
        let Some(id) = name.map(|name| self.find(name).map_or(name.trim_end_matches('*'), |(id, _)| id).to_owned())
        else {
            return;
        };
        let waits = super::steps::OF_ACTS.iter().any(|key| context.table.get(key).is_some());
        let one = self.items.get(&id).is_some_and(|alias| alias.copies.is_none());
        let certain = one && !waits;
        let owner = match (act, args.text(Key::On)) {
            (Act::Assign, _) => args.text(Key::To).map(str::to_owned),
            (Act::Create, Some("crm")) => context.user.clone(),
            (Act::Create, Some(client)) => {
                self.clients.iter().find(|(id, _)| id == client).map(|(_, user)| user.clone())
            }
            _ => return,
        };
        self.owners.insert(id, owner.filter(|_| certain));
    }
}
