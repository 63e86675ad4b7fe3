//! Reading the clients of a file: who sits at which Outlook, whose mailbox it shows, and what it is for that mailbox.

use std::collections::BTreeMap;
use std::ops::Range;

use super::diagnostics::{Diagnostic, quoted};
use super::model::{Client, Settings};
use super::names::Names;
use super::read::{Reader, Table};
use super::source::MAX_CLIENTS;
use super::tree::{Node, Value};
use super::vocabulary::not_built;
use crate::model::{DefaultFolder, FolderRight, FolderRights, Role};
use crate::sim::Span;

/// The keys of an entry of `clients`.
pub(crate) const CLIENT: [&str; 11] =
    ["id", "user", "mailbox", "machine", "role", "rights", "running", "online", "addin", "clock", "settings"];

impl<'a> Reader<'a, '_> {
    /// The entries of `clients`.
    pub fn clients(&mut self, table: &Table<'a>, names: &mut Names) -> Vec<Client> {
        let Some(node) = self.need(table, "clients", "the file") else { return Vec::new() };
        let Some(nodes) = self.short_list("clients", node, MAX_CLIENTS) else { return Vec::new() };
        if nodes.is_empty() {
            self.error(
                Diagnostic::new("E303", node.span.clone(), "`clients` is empty").label("at least one is needed"),
            );
        }
        // A role is implied where a mailbox is shown by one client of its user, so all are known before a role is read.
        let own: Vec<&str> = nodes.iter().filter_map(|node| self.peek_own_mailbox(node)).collect();
        let mut synchronizing: BTreeMap<String, (String, Role)> = BTreeMap::new();
        let mut mailboxes: Vec<(&str, Range<usize>)> = Vec::new();
        let mut clients = Vec::new();
        for node in nodes {
            let Some(table) = self.table("clients", node, &CLIENT, not_built::CLIENT) else { continue };
            let id = self.client_id(&table, names);
            let user = self.client_user(&table, names);
            let mailbox = match table.get("mailbox") {
                Some(node) => self.text("mailbox", node).map(|(text, span)| {
                    mailboxes.push((text, span));
                    text.to_owned()
                }),
                None => user.clone(),
            };
            let machine = match table.get("machine") {
                Some(node) => self.name("machine", node),
                None => id.clone(),
            };
            let alone = own.iter().filter(|other| user.as_deref() == Some(**other)).count() == 1;
            let role = self.role(&table, id.as_deref().unwrap_or_default(), alone && mailbox == user);
            let rights = self.rights(&table, role);
            let running = table.get("running").is_none_or(|node| self.flag("running", node).unwrap_or(true));
            let online = table.get("online").is_none_or(|node| self.flag("online", node).unwrap_or(true));
            let addin = table.get("addin").is_none_or(|node| self.flag("addin", node).unwrap_or(true));
            let clock =
                table.get("clock").and_then(|node| self.span("clock", node)).map_or(Span::ZERO, |(span, _)| span);
            let change = table.get("settings").and_then(|node| self.settings("settings", node)).unwrap_or_default();
            let (Some(id), Some(user), Some(mailbox), Some(machine)) = (id, user, mailbox, machine) else { continue };
            self.check_machine(&table, (&user, &mailbox, &machine), &clients);
            names.clients.push((id.clone(), user.clone()));
            if let Some(role) = role {
                names.roles.insert(id.clone(), role);
                self.check_mailbox(&table, role, &user, &mailbox);
                self.check_synchronizing(&table, (&id, role), &mailbox, &mut synchronizing);
            }
            let settings = change.apply(&Settings::default());
            let role = role.unwrap_or(Role::Secondary);
            clients.push(Client { id, user, mailbox, machine, role, rights, running, online, addin, clock, settings });
        }
        // A mailbox may belong to a user whom only a later client names.
        for (name, span) in mailboxes {
            names.user(self, name, span);
        }
        clients
    }

    /// The user of an entry that shows the user's own mailbox.
    fn peek_own_mailbox(&self, node: &'a Node) -> Option<&'a str> {
        let Value::Table(entries) = self.peek(node)? else { return None };
        let text = |key: &str| self.peek_text(entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node));
        let user = text("user")?;
        text("mailbox").is_none_or(|mailbox| mailbox == user).then_some(user)
    }

    fn client_id(&mut self, table: &Table<'a>, names: &mut Names) -> Option<String> {
        let id = self.id(table, "a client", &mut names.client_places)?;
        if matches!(id.as_str(), "crm" | "base") {
            let at = table.get("id").map_or(table.span.clone(), |node| node.span.clone());
            let error = Diagnostic::new("E308", at, format!("a client cannot be named {}", quoted(&id)));
            self.error(error.label("reserved").help("`crm` is the server and `base` is OriginalXML"));
        }
        Some(id)
    }

    fn client_user(&mut self, table: &Table<'a>, names: &mut Names) -> Option<String> {
        let node = self.need(table, "user", "a client")?;
        if names.users_given {
            let (text, span) = self.text("user", node)?;
            return names.user(self, text, span);
        }
        let user = self.name("user", node)?;
        names.user_places.entry(user.clone()).or_insert(node.span.clone());
        if !names.users.contains(&user) {
            names.users.push(user.clone());
        }
        Some(user)
    }

    fn role(&mut self, table: &Table<'a>, id: &str, alone: bool) -> Option<Role> {
        match table.get("role") {
            Some(node) => self.word("role", node, Role::WORDS, not_built::ROLES).and_then(Role::parse),
            None if alone => Some(Role::Primary),
            None => {
                let message = format!("the client {} has no `role`", quoted(id));
                let error = Diagnostic::new("E103", table.span.clone(), message).label("`role` is missing");
                self.error(error.help(
                    "only a user's one client of the own mailbox is primary unless said; any other says what it is",
                ));
                None
            }
        }
    }

    /// What a delegate may do in each folder; nobody else has such a table.
    fn rights(&mut self, table: &Table<'a>, role: Option<Role>) -> FolderRights {
        let Some(entry) = table.entry("rights") else {
            if role == Some(Role::Delegate) {
                let error = Diagnostic::new("E420", table.span.clone(), "a delegate needs `rights`");
                let error = error.label("`rights` is missing");
                self.error(error.help(
                    "the least with which Outlook shows the buttons of CRM is `rights = { calendar = \"author\", tasks = \
                     \"reviewer\", inbox = \"reviewer\", contacts = \"reviewer\" }`",
                ));
            }
            return FolderRights::OWNER;
        };
        if role.is_some_and(|role| role != Role::Delegate) {
            let error = Diagnostic::new("E420", entry.at.clone(), "only a delegate has `rights`");
            self.error(error.label("the owner of a mailbox may do everything"));
        }
        let Some(given) = self.table("rights", &entry.node, DefaultFolder::WORDS, &[]) else {
            return FolderRights::OWNER;
        };
        FolderRights(std::array::from_fn(|at| {
            let folder = DefaultFolder::ALL[at].word();
            let word = given.get(folder).and_then(|node| self.word(folder, node, FolderRight::WORDS, &[]));
            word.and_then(FolderRight::parse).unwrap_or(FolderRight::None)
        }))
    }

    /// A delegate shows somebody else's mailbox, and nobody else does.
    fn check_mailbox(&mut self, table: &Table<'a>, role: Role, user: &str, mailbox: &str) {
        let at = |key: &str| table.get(key).map_or(table.span.clone(), |node| node.span.clone());
        if role == Role::Delegate && user == mailbox {
            let message =
                format!("a delegate shows the mailbox of somebody else, and {} is the user's own", quoted(mailbox));
            let at = if table.get("mailbox").is_some() { at("mailbox") } else { at("role") };
            let error = Diagnostic::new("E420", at, message).label("a delegate of oneself");
            self.error(error.help("`mailbox` names the owner"));
        }
        if role != Role::Delegate && user != mailbox {
            let message = format!("a {role} client shows its user's own mailbox, and {} is not", quoted(mailbox));
            let error = Diagnostic::new("E420", at("mailbox"), message).label("somebody else's");
            self.error(error.help("a client that shows somebody else's mailbox is a `delegate`"));
        }
    }

    /// A user has one client a mailbox on one machine (SUB-KEYS).
    fn check_machine(&mut self, table: &Table<'a>, (user, mailbox, machine): (&str, &str, &str), clients: &[Client]) {
        let same = |other: &&Client| (&*other.user, &*other.mailbox, &*other.machine) == (user, mailbox, machine);
        let Some(other) = clients.iter().find(same) else { return };
        let at = ["machine", "id"].into_iter().find_map(|key| table.get(key));
        let at = at.map_or(table.span.clone(), |node| node.span.clone());
        let message = format!("{} shows that mailbox to {} on that machine already", quoted(&other.id), quoted(user));
        self.error(Diagnostic::new("E420", at, message).label("one client a user, mailbox and machine"));
    }

    /// One client synchronizes a mailbox, or several that roam with one profile.
    fn check_synchronizing(
        &mut self,
        table: &Table<'a>,
        (id, role): (&str, Role),
        mailbox: &str,
        known: &mut BTreeMap<String, (String, Role)>,
    ) {
        if !role.synchronizes() {
            return;
        }
        let Some((first, other)) = known.get(mailbox) else {
            known.insert(mailbox.to_owned(), (id.to_owned(), role));
            return;
        };
        if (role, *other) == (Role::Roaming, Role::Roaming) {
            return;
        }
        let at = table.get("role").map_or(table.span.clone(), |node| node.span.clone());
        let both = format!("{} and {}", quoted(first), quoted(id));
        let error = if role == *other {
            let message = format!("{} has two primary clients, {both}", quoted(mailbox));
            Diagnostic::new("E406", at, message).label("a user has one primary")
        } else {
            let message = format!("{} has a primary client and one that roams, {both}", quoted(mailbox));
            let error = Diagnostic::new("E420", at, message).label("one or the other");
            error.help("with a roaming profile every machine acts as primary: all are `roaming`")
        };
        self.error(error);
    }
}
