//! What people do: acts in Outlook, acts in CRM, and what of them is sent at once.

use std::sync::Arc;

use super::acts::Refused;
use super::delegates::absent;
use super::layout;
use super::runner::Runner;
use super::wire::LATENCY;
use crate::crm::server::NewRecord;
use crate::crm::{Filter, FilterChange};
use crate::journal::{By, LinkState, What};
use crate::mailbox::{Folder, Item, Link};
use crate::model::{ClientId, FieldId, ItemId, Kind, Role, Side, Surface, Value, mapping, status};
use crate::protocol::{UserAct, When};
use crate::rule;
use crate::scenario::model::{Arg, Args};
use crate::scenario::vocabulary::{Act, Key};

/// The field that says what an activity concerns.
fn regarding_field(kind: Kind) -> FieldId {
    const TASK: FieldId = FieldId::named(Kind::Task, "regardingobjectid");
    const APPOINTMENT: FieldId = FieldId::named(Kind::Appointment, "regardingobjectid");
    if kind == Kind::Appointment { APPOINTMENT } else { TASK }
}

impl Runner<'_> {
    /// The fields that an act sets, interned.
    fn set_of(&mut self, args: &Args) -> Vec<(FieldId, Value)> {
        layout::values(self.world.contents_mut(), args.set(Key::Set))
    }

    pub fn act_in_outlook(&mut self, id: ClientId, act: Act, args: &Args) -> Result<(), Refused> {
        if !self.store_is_open(id) {
            return Err(format!("the mailbox cannot be opened on `{}`", self.world.names.client(id)));
        }
        let set = self.set_of(args);
        let surface = args.text(Key::Via).and_then(Surface::parse).unwrap_or(Surface::Inspector);
        let close = args.flag(Key::Close).unwrap_or(true);
        if act == Act::Create {
            for new in self.new_aliases(args)? {
                if !self.may_make(id, new.1) {
                    continue;
                }
                self.create_item(id, new, &set, surface == Surface::Inspector && !close);
            }
            return Ok(());
        }
        let name = args.text(Key::Item).unwrap_or_default();
        let mailbox = self.world.clients[id.index()].mailbox;
        for alias in self.aliases.named(&self.world, name) {
            self.spend(1);
            if !self.world.clients[id.index()].running {
                // It died of what was done with the one before.
                return Err(format!("Outlook does not run on `{}` any more", self.world.names.client(id)));
            }
            let back = act == Act::Move && args.text(Key::To) == Some("synchronized");
            let found = if back { self.moved_item_of(alias, mailbox) } else { self.item_of(alias, mailbox) };
            let Some(item) = found else {
                let alias = &self.world.names.aliases[alias as usize];
                return Err(format!("`{alias}` is not in the mailbox of `{}`", self.world.names.user(mailbox)));
            };
            if self.may_act(id, act, item) {
                self.act_on_item(id, act, args, (item, &set), (surface, close))?;
            }
        }
        Ok(())
    }

    /// The aliases of what `create` makes.
    fn new_aliases(&mut self, args: &Args) -> Result<Vec<(u32, Kind)>, Refused> {
        let name = args.text(Key::New).or(args.text(Key::Item)).unwrap_or_default();
        let aliases = self.aliases.named(&self.world, name).into_iter();
        let kinds: Option<Vec<_>> = aliases.map(|alias| Some((alias, self.aliases.kind(alias)?))).collect();
        kinds.filter(|kinds| !kinds.is_empty()).ok_or_else(|| format!("`{name}` has no kind"))
    }

    fn create_item(&mut self, id: ClientId, (alias, kind): (u32, Kind), set: &[(FieldId, Value)], open: bool) {
        let world = &mut self.world;
        let client = &world.clients[id.index()];
        let (user, mailbox, clock) = (client.user, client.mailbox, client.clock_at(world.now));
        let set = layout::with_defaults(world, kind, mailbox, set.to_vec());
        let content = layout::new_item_content(Arc::make_mut(&mut world.contents), kind, &set);
        let (folder, meeting, ended_by, brought, link) = (Folder::Synchronized, None, None, None, Link::NONE);
        let new = Item {
            kind,
            mailbox,
            folder,
            content,
            modified: clock,
            change: 0,
            edited: 0,
            written: 0,
            meeting,
            ended_by,
            brought,
            link,
        };
        let item = world.mailboxes.create(new, None, By::User(user), &mut world.journal);
        world.names.name_item(item, alias);
        if open {
            world.clients[id.index()].memory.inspectors.insert(item, Vec::new());
        }
    }

    fn act_on_item(
        &mut self,
        id: ClientId,
        act: Act,
        args: &Args,
        (item, set): (ItemId, &[(FieldId, Value)]),
        (surface, close): (Surface, bool),
    ) -> Result<(), Refused> {
        let row = self.world.mailboxes.item(item);
        let link = row.link;
        // An item that was unlinked keeps the crmid of its record, which the client may find again by it. What it was before it was
        // marked it goes on saying until it is linked.
        let marked = Link {
            state: LinkState::Pending,
            reserved: false,
            by_person: false,
            was_let_go: link.was_let_go || row.is_let_go(),
            delete_record: false,
            ..link
        };
        let done = match act {
            Act::OpenItem => {
                // A form that is open already is only brought to the front; what was done in it still waits for its close.
                let inspectors = &mut self.world.clients[id.index()].memory.inspectors;
                if inspectors.get(&item).is_none() {
                    inspectors.insert(item, Vec::new());
                }
                return Ok(());
            }
            Act::CloseItem => return self.close_item(id, item),
            Act::Copy => return self.copy_item(id, item, args),
            Act::Move | Act::Archive => return self.move_item(id, item, act, args),
            Act::Meet => return self.meet(id, item, args, (surface, close)),
            Act::Accept | Act::Decline => return self.respond(id, item, act, (surface, close)),
            Act::Edit => {
                self.edit_item(id, item, set);
                UserAct::Update
            }
            Act::Complete | Act::Reopen => {
                let code = if act == Act::Complete { status::TASK_COMPLETED } else { status::TASK_NOT_STARTED };
                self.edit_item(id, item, &[(FieldId::named(Kind::Task, "statuscode"), Value::Int(code))]);
                UserAct::Update
            }
            Act::Delete => {
                let by = self.person(id);
                let purged = args.flag(Key::Hard).unwrap_or(false);
                self.world.mailboxes.delete(item, purged, by, &mut self.world.journal);
                UserAct::Delete
            }
            Act::Track => {
                self.follow(rule!("TRG-MARK"));
                if !matches!(link.state, LinkState::Tracked | LinkState::Pending) {
                    self.mark(id, item, marked);
                }
                UserAct::Track
            }
            Act::SetRegarding => {
                self.follow(rule!("TRG-MARK"));
                let regarding = self.world.contents_mut().text(args.text(Key::Regarding).unwrap_or_default());
                self.edit_item(id, item, &[(regarding_field(self.world.mailboxes.item(item).kind), regarding)]);
                if !matches!(link.state, LinkState::Tracked | LinkState::Pending) {
                    self.mark(id, item, marked);
                }
                UserAct::SetRegarding
            }
            Act::Untrack => {
                if !matches!(link.state, LinkState::Tracked | LinkState::Pending) {
                    return Err(format!("`{}` is not tracked", self.world.names.item(item)));
                }
                let delete_record = args.text(Key::Crm) == Some("delete");
                self.mark(id, item, Link { state: LinkState::WasTracked, by_person: true, delete_record, ..link });
                UserAct::Untrack
            }
            _ => return Err(format!("`{act}` is not an act in Outlook")),
        };
        self.announce(item, Some(id));
        self.acted(id, item, done, surface, close);
        Ok(())
    }

    pub fn person(&self, id: ClientId) -> By {
        By::User(self.world.clients[id.index()].user)
    }

    pub fn edit_item(&mut self, id: ClientId, item: ItemId, set: &[(FieldId, Value)]) {
        let by = self.person(id);
        let now = self.world.now;
        if self.world.mailboxes.save_on(item, id, now, LATENCY) {
            self.note_overwritten(item, set);
        }
        let world = &mut self.world;
        let clock = world.clients[id.index()].clock_at(now);
        let set = mapping::with_the_end(&world.contents, world.mailboxes.item(item).content, set);
        let contents = Arc::make_mut(&mut world.contents);
        world.mailboxes.edit(item, &set, (by, clock), contents, &mut world.journal);
    }

    /// Two clients saved one item at once: the later save wins, and what it overwrites stands in the journal.
    fn note_overwritten(&mut self, item: ItemId, set: &[(FieldId, Value)]) {
        let row = *self.world.mailboxes.item(item);
        for (field, value) in set {
            let contents = Arc::make_mut(&mut self.world.contents);
            let old = mapping::view(contents, row.kind, Side::Outlook, row.content, *field);
            if old != *value && old != contents.get(row.link.base, *field) {
                let (item, record, rule) = (Some(item), row.link.record, rule!("MOD-SECONDARY"));
                let lost = What::EditLost { item, record, field: *field, value: old, side: Side::Outlook, rule };
                self.world.journal.write(lost);
            }
        }
    }

    fn mark(&mut self, id: ClientId, item: ItemId, link: Link) {
        let by = self.person(id);
        let clock = self.world.clients[id.index()].clock_at(self.world.now);
        self.world.mailboxes.mark(item, link, (by, clock), &mut self.world.journal);
    }

    /// Sends what a person did at once where the table says so (rules.md, A.3).
    pub fn acted(&mut self, id: ClientId, item: ItemId, act: UserAct, surface: Surface, close: bool) {
        let complete = surface == Surface::Explorer || close || act == UserAct::Delete;
        let closed = (surface == Surface::Inspector && complete)
            .then(|| self.world.clients[id.index()].memory.inspectors.remove(&item))
            .flatten();
        self.world.journal.write(What::Acted { client: id, item, act, surface, complete });
        if !self.world.clients[id.index()].addin {
            self.follow(absent(self.world.clients[id.index()].role));
            if !complete {
                self.world.clients[id.index()].memory.inspectors.insert(item, Vec::new());
            }
            return;
        }
        // The table is about items that are marked; what was untracked is nobody's business but its owner's.
        let marked = matches!(self.world.mailboxes.item(item).link.state, LinkState::Tracked | LinkState::Pending);
        if !marked && act != UserAct::Untrack {
            // The form closes all the same, and what was done in it before is due then.
            let due = closed.is_some_and(|acts| !acts.is_empty()) && act != UserAct::Delete;
            if due && self.world.clients[id.index()].role.synchronizes() {
                self.start_immediate(id, item);
            }
            return;
        }
        let verdict = self.protocol.immediate.decide(self.world.clients[id.index()].role, act, surface);
        self.follow(verdict.rule);
        if (act, surface) == (UserAct::Delete, Surface::Explorer) {
            self.follow(rule!("D-19"));
        }
        let role = self.world.clients[id.index()].role;
        if !role.synchronizes() {
            self.follow(if role == Role::Delegate { rule!("MOD-DELEGATE") } else { rule!("MOD-SECONDARY") });
            self.follow(rule!("IMM-NODUP"));
        } else if (act, surface) == (UserAct::Track, Surface::Inspector) {
            self.follow(rule!("D-05"));
        }
        match (verdict.what, complete) {
            (When::Now, _) | (When::OnClose, true) => self.start_immediate(id, item),
            (When::OnClose, false) => {
                let inspectors = &mut self.world.clients[id.index()].memory.inspectors;
                match inspectors.get_mut(&item) {
                    Some(acts) => acts.push(act),
                    None => drop(inspectors.insert(item, vec![act])),
                }
            }
            (When::Next, false) => {
                let inspectors = &mut self.world.clients[id.index()].memory.inspectors;
                if inspectors.get(&item).is_none() {
                    inspectors.insert(item, Vec::new());
                }
            }
            (When::Next, true) => {}
        }
    }

    fn close_item(&mut self, id: ClientId, item: ItemId) -> Result<(), Refused> {
        let Some(acts) = self.world.clients[id.index()].memory.inspectors.remove(&item) else {
            return Err(format!("`{}` is not open", self.world.names.item(item)));
        };
        self.world.journal.write(What::InspectorClosed { client: id, item });
        // Whoever is primary no longer sends nothing more: the new primary finds what was done (IMM-NODUP).
        if !acts.is_empty() && self.world.clients[id.index()].role.synchronizes() {
            self.start_immediate(id, item);
        }
        Ok(())
    }

    pub fn act_in_crm(&mut self, act: Act, args: &Args) -> Result<(), Refused> {
        let set = self.set_of(args);
        let user = self.user_named(args.text(Key::As));
        let by = By::User(user);
        if act == Act::Create {
            for (alias, kind) in self.new_aliases(args)? {
                self.may_create(user, kind)?;
                let order = self.world.next_order(alias);
                let columns = layout::with_defaults(&self.world, kind, user, set.clone());
                let (origin, meeting) = (None, None);
                let new = NewRecord { kind, id: Err(order), owner: user, columns: &columns, by, origin, meeting };
                let world = &mut self.world;
                let contents = Arc::make_mut(&mut world.contents);
                let record = world.server.create(new, self.protocol, contents, &mut world.journal);
                world.names.name_record(record, alias);
            }
            return Ok(());
        }
        let to = self.user_named(args.text(Key::To));
        for alias in self.aliases.named(&self.world, args.text(Key::Item).unwrap_or_default()) {
            self.spend(1);
            let Some(record) = self.record_of(alias) else {
                return Err(format!("CRM has no record of `{}`", self.world.names.aliases[alias as usize]));
            };
            self.may(user, act, record)?;
            if matches!(act, Act::Share | Act::Unshare) {
                self.share(record, (act, args), by)?;
                continue;
            }
            let world = &mut self.world;
            let contents = Arc::make_mut(&mut world.contents);
            let kind = world.server.record(record).kind;
            let status = |code| vec![(crate::crm::record::status_field(kind), Value::Int(code))];
            let columns = match act {
                Act::Edit => mapping::with_the_end(contents, world.server.record(record).content, &set),
                Act::Complete if kind == Kind::Appointment => status(status::APPOINTMENT_COMPLETED),
                Act::Complete => status(status::TASK_COMPLETED),
                Act::Cancel if kind == Kind::Appointment => status(status::APPOINTMENT_CANCELED),
                Act::Cancel => status(status::TASK_CANCELED),
                Act::Reopen | Act::Reactivate => status(status::initial(kind)),
                Act::Deactivate => status(status::CONTACT_INACTIVE),
                Act::Delete => {
                    world.server.delete(record, by, &mut world.journal);
                    continue;
                }
                Act::Assign => {
                    world.server.assign(record, to, by, &mut world.journal);
                    continue;
                }
                _ => return Err(format!("`{act}` is not an act in CRM")),
            };
            world.server.update(record, &columns, by, (contents, self.protocol, &mut world.journal));
            world.server.set_author(record, user);
        }
        Ok(())
    }

    /// Changes, adds or removes one filter of a user.
    pub fn set_filter(&mut self, args: &Args) -> Result<(), Refused> {
        let user = self.user_named(args.text(Key::As));
        let name = args.text(Key::Filter).unwrap_or_default();
        let names = &mut self.filter_names[user.index()];
        let mut filters = self.world.server.filters[user.index()].clone();
        let removed = args.flag(Key::Remove).unwrap_or(false);
        let new = args.text(Key::Kind).and_then(Kind::parse).filter(|_| !removed);
        let at = match (names.iter().position(|known| known == name), new) {
            (Some(at), _) => at,
            (None, Some(kind)) => {
                names.push(name.to_owned());
                let (owner_is_me, party_is_me, statecode, fields) = (false, false, None, Vec::new());
                filters.push(Filter { kind, active: true, owner_is_me, party_is_me, statecode, fields });
                names.len() - 1
            }
            (None, None) => return Err(format!("`{}` has no filter `{name}`", self.world.names.user(user))),
        };
        let filter = &mut filters[at];
        if let Some(Arg::Where(conditions)) = args.0.get(&Key::Where) {
            filter.owner_is_me = conditions.owner_is_me;
            filter.party_is_me = conditions.party_is_me;
            filter.statecode = conditions.statecode;
            filter.fields = layout::values(Arc::make_mut(&mut self.world.contents), &conditions.fields);
        }
        let was_active = filter.active;
        filter.active = args.flag(Key::Active).unwrap_or(was_active) && !removed;
        // A removed filter keeps its place, so that the others keep theirs; without its name it never counts again.
        if removed {
            names[at].clear();
        }
        let deactivated = was_active && !filter.active;
        let change = if deactivated { FilterChange::Deactivated } else { FilterChange::Changed };
        let kind = filter.kind;
        let world = &mut self.world;
        world.server.set_filters(user, filters, (kind, change), self.protocol, &mut world.journal);
        Ok(())
    }
}
