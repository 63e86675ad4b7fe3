//! What the steps of a scenario do: acts of people, of administrators and of the world, and the arming of faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::faults::{Address, Armed, Waiting};
use super::layout;
use super::outcome::{Failure, FailureKind};
use super::runner::Runner;
use super::world::World;
use crate::crm::server::NewRecord;
use crate::crm::{Filter, FilterChange};
use crate::journal::{By, ClientChange, LinkState, What};
use crate::mailbox::{Folder, Item, Link};
use crate::model::{Answer, ClientId, CrmId, FieldId, ItemId, Kind, Role, Surface, UserId, Value, status};
use crate::outlook::{Cache, Memory};
use crate::protocol::{UserAct, When};
use crate::rule;
use crate::scenario::Scenario;
use crate::scenario::model::{Arg, Args, Body};
use crate::scenario::vocabulary::{Act, Fault, Key};
use crate::sim::Span;

/// What a step could not do, in words.
type Refused = String;

/// The aliases of a scenario: `t*` stands for all copies of `t`.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    groups: BTreeMap<String, Vec<u32>>,
    kinds: BTreeMap<u32, Kind>,
}

impl Aliases {
    /// Every alias that the scenario declares or makes.
    pub fn new(scenario: &Scenario, world: &mut World) -> Aliases {
        let mut aliases = Aliases::default();
        for item in &scenario.items {
            let all: Vec<u32> = item.aliases().iter().map(|alias| world.names.alias(alias)).collect();
            for alias in &all {
                aliases.kinds.insert(*alias, item.kind);
            }
            if item.copies.is_some() {
                aliases.groups.insert(format!("{}*", item.id), all);
            }
        }
        for step in &scenario.steps {
            if let Body::Do(Act::Create, args) = &step.body
                && let (Some(new), Some(kind)) = (args.text(Key::New), args.text(Key::Kind).and_then(Kind::parse))
            {
                aliases.kinds.insert(world.names.alias(new), kind);
            }
        }
        aliases
    }

    /// The aliases that a name stands for.
    pub fn named(&self, world: &World, name: &str) -> Vec<u32> {
        match self.groups.get(name) {
            Some(all) => all.clone(),
            None => {
                world.names.aliases.iter().position(|alias| alias == name).map(|at| at as u32).into_iter().collect()
            }
        }
    }

    /// The kind that an alias was declared with.
    pub fn kind(&self, alias: u32) -> Option<Kind> {
        self.kinds.get(&alias).copied()
    }
}

impl Runner<'_> {
    /// Takes one step of the scenario.
    pub fn take_step(&mut self, index: usize) {
        let scenario = self.scenario;
        let step = &scenario.steps[index];
        self.step_facts.push(self.seen);
        if let Some(id) = &step.id {
            self.end_windows(id);
        }
        if let Some(at) = step.at {
            self.run_until(scenario.start + at, |_| false);
        }
        self.world.journal.write(What::Step { step: index as u32 });
        self.observe();
        match &step.body {
            Body::Note(_) => {}
            Body::Fault(fault, args) => self.arm(index, *fault, args),
            Body::Expect(word, negated, args) => self.expect(index, *word, *negated, args),
            Body::Do(act, args) => match &step.when {
                Some(when) => {
                    let aliases = when.item.iter().flat_map(|item| self.aliases.named(&self.world, item)).collect();
                    let address = Address::of_point(self.client_named(&when.on), when, aliases);
                    let skip = when.nth.saturating_sub(1);
                    self.arsenal.waiting.push(Waiting {
                        step: index,
                        address,
                        point: when.point,
                        skip,
                        reached: false,
                    });
                }
                None => self.do_act(index, *act, args, !step.background),
            },
        }
        self.observe();
    }

    /// Carries out an act that waited for a point inside a call; it holds nothing up.
    pub fn perform_waiting(&mut self, index: usize) {
        if let Body::Do(act, args) = &self.scenario.steps[index].body {
            self.do_act(index, *act, args, false);
        }
    }

    fn do_act(&mut self, index: usize, act: Act, args: &Args, wait: bool) {
        let result = self.perform(act, args, wait);
        self.observe();
        match result {
            Err(why) => self.failures.push(Failure {
                kind: FailureKind::Step(index),
                expected: "the step can be carried out".to_owned(),
                actual: why,
                fact: self.seen,
                declared: false,
            }),
            Ok(()) if wait => {
                let on = args.text(Key::On).filter(|on| *on != "crm").map(|on| self.client_named(on));
                if let Some(client) = on {
                    self.wait_for(client);
                }
            }
            Ok(()) => {}
        }
    }

    /// Lets time pass until a client has nothing under way.
    pub fn wait_for(&mut self, client: ClientId) {
        if !self.is_idle(client) {
            let deadline = self.world.now + Span::minutes(24 * 60);
            self.run_until(deadline, |runner| runner.is_idle(client));
        }
    }

    pub fn client_named(&self, name: &str) -> ClientId {
        ClientId(self.world.names.clients.iter().position(|client| client == name).unwrap_or(0) as u8)
    }

    pub fn user_named(&self, name: Option<&str>) -> UserId {
        let named = name.and_then(|name| self.world.names.users.iter().position(|user| user == name));
        UserId(named.unwrap_or(0) as u8)
    }

    /// The item of an alias in a mailbox that a person can act on: the newest that is there.
    pub fn item_of(&self, alias: u32, mailbox: UserId) -> Option<ItemId> {
        let all: Vec<ItemId> = self.world.names.items(alias).collect();
        let there = |id: &&ItemId| self.world.mailboxes.live(**id).is_some_and(|item| item.mailbox == mailbox);
        all.iter().rev().find(there).copied()
    }

    /// The record of an alias: the newest that exists.
    pub fn record_of(&self, alias: u32) -> Option<CrmId> {
        let all: Vec<CrmId> = self.world.names.records(alias).collect();
        all.into_iter().rev().find(|id| self.world.server.live(*id).is_some())
    }

    fn perform(&mut self, act: Act, args: &Args, wait: bool) -> Result<(), Refused> {
        let on_crm = args.text(Key::On) == Some("crm");
        match act {
            Act::Advance => self.advance(args.span(Key::By).unwrap_or(Span::ZERO), wait),
            Act::Settle if wait => drop(self.settle()),
            Act::Settle => {}
            Act::Heal => self.heal(),
            Act::PurgeDeletionLog => self.world.server.purge_deletion_log(&mut self.world.journal),
            Act::SetFilter => self.set_filter(args),
            _ if on_crm => return self.act_in_crm(act, args),
            _ => {
                let client = self.client_named(args.text(Key::On).unwrap_or_default());
                return self.act_on_client(client, act, args, wait);
            }
        }
        Ok(())
    }

    fn advance(&mut self, by: Span, wait: bool) {
        if wait {
            self.run_until(self.world.now + by, |_| false);
        }
    }

    fn act_on_client(&mut self, id: ClientId, act: Act, args: &Args, wait: bool) -> Result<(), Refused> {
        let name = self.world.names.client(id).to_owned();
        let running = self.world.clients[id.index()].running;
        match act {
            Act::Open => self.open_client(id),
            Act::Close if running => self.stop_client(id, ClientChange::Closed),
            Act::Crash if running => self.stop_client(id, ClientChange::Crashed),
            Act::Restart if running => {
                self.stop_client(id, ClientChange::Closed);
                self.open_client(id);
            }
            Act::Connect | Act::Disconnect => self.set_online(id, act == Act::Connect),
            Act::LoseCache => self.lose_cache(id),
            Act::SetClock => self.set_clock(id, args.span(Key::By).unwrap_or(Span::ZERO)),
            Act::Option => self.set_options(id, args),
            _ if !running => return Err(format!("Outlook does not run on `{name}`")),
            Act::Sync => {
                for _ in 0..args.int(Key::Times).unwrap_or(1) {
                    if self.stopped {
                        break;
                    }
                    self.start_cycle(id, true);
                    if wait {
                        self.wait_for(id);
                    }
                }
            }
            Act::IgnoreErrors => self.ignore_errors(id),
            _ => return self.act_in_outlook(id, act, args),
        }
        Ok(())
    }

    pub fn set_online(&mut self, id: ClientId, online: bool) {
        let client = &mut self.world.clients[id.index()];
        if client.online != online {
            client.online = online;
            let change = if online { ClientChange::Connected } else { ClientChange::Disconnected };
            self.world.journal.write(What::Client { client: id, change });
        }
    }

    /// Deletes the cache file; what was under way with it ends.
    fn lose_cache(&mut self, id: ClientId) {
        let client = &mut self.world.clients[id.index()];
        client.cache = Cache::default();
        client.memory = Memory::default();
        client.session += 1;
        let running = client.running;
        self.world.journal.write(What::Client { client: id, change: ClientChange::CacheLost });
        if running {
            layout::schedule_background(&mut self.world, self.protocol, id);
        }
    }

    fn set_clock(&mut self, id: ClientId, by: Span) {
        let client = &mut self.world.clients[id.index()];
        client.clock = client.clock + by;
        self.world.journal.write(What::Client { client: id, change: ClientChange::ClockSet });
    }

    fn set_options(&mut self, id: ClientId, args: &Args) {
        let Some(Arg::Settings(change)) = args.0.get(&Key::Set) else { return };
        let settings = &mut self.world.clients[id.index()].settings;
        if let Some(kinds) = &change.kinds {
            settings.kinds = Kind::ALL.map(|kind| kinds.contains(&kind));
        }
        settings.update_company = change.update_company.unwrap_or(settings.update_company);
        let was_automatic = settings.automatic;
        settings.automatic = change.automatic.unwrap_or(was_automatic);
        settings.interval = change.interval.or(settings.interval);
        let started = settings.automatic && !was_automatic;
        self.world.journal.write(What::Client { client: id, change: ClientChange::SettingsChanged });
        if started && self.world.clients[id.index()].running {
            layout::schedule_background(&mut self.world, self.protocol, id);
        }
    }

    /// The user ignores all errors: the rows that failed go, until the item changes again (CYC-IGNORE).
    fn ignore_errors(&mut self, id: ClientId) {
        let cache = &mut self.world.clients[id.index()].cache;
        let failed: Vec<u32> = cache.rows().filter(|(_, row)| row.error.is_some()).map(|(change, _)| change).collect();
        for change in failed {
            let Some(row) = self.world.clients[id.index()].cache.drop_row(change) else { continue };
            let (item, record) = (row.item, row.record);
            self.world.journal.write(What::Ignored { client: id, item, record });
            self.world.journal.write(What::RowDropped { client: id, row: row.view() });
            self.follow(rule!("CYC-IGNORE"));
        }
    }

    /// The fields that an act sets, interned.
    fn set_of(&mut self, args: &Args) -> Vec<(FieldId, Value)> {
        layout::values(self.world.contents_mut(), args.set(Key::Set))
    }

    fn act_in_outlook(&mut self, id: ClientId, act: Act, args: &Args) -> Result<(), Refused> {
        let set = self.set_of(args);
        let surface = args.text(Key::Via).and_then(Surface::parse).unwrap_or(Surface::Inspector);
        let close = args.flag(Key::Close).unwrap_or(true);
        if act == Act::Create {
            for new in self.new_aliases(args)? {
                self.create_item(id, new, &set, surface == Surface::Inspector && !close);
            }
            return Ok(());
        }
        let name = args.text(Key::Item).unwrap_or_default();
        let mailbox = self.world.clients[id.index()].user;
        for alias in self.aliases.named(&self.world, name) {
            self.spend(1);
            let Some(item) = self.item_of(alias, mailbox) else {
                let alias = &self.world.names.aliases[alias as usize];
                return Err(format!("`{alias}` is not in the mailbox of `{}`", self.world.names.user(mailbox)));
            };
            self.act_on_item(id, act, args, (item, &set), (surface, close))?;
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
        let (user, clock) = (world.clients[id.index()].user, world.clients[id.index()].clock_at(world.now));
        let content = layout::new_item_content(Arc::make_mut(&mut world.contents), kind, set);
        let folder = Folder::Synchronized;
        let new = Item { kind, mailbox: user, folder, content, modified: clock, change: 0, link: Link::NONE };
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
        let link = self.world.mailboxes.item(item).link;
        // An item that was unlinked keeps the crmid of its record, which the client may find again by it.
        let marked = Link { state: LinkState::Pending, delete_record: false, ..link };
        let done = match act {
            Act::OpenItem => {
                self.world.clients[id.index()].memory.inspectors.insert(item, Vec::new());
                return Ok(());
            }
            Act::CloseItem => return self.close_item(id, item),
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
                self.edit_item(id, item, &[(FieldId::named(Kind::Task, "regardingobjectid"), regarding)]);
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
                self.mark(id, item, Link { state: LinkState::WasTracked, delete_record, ..link });
                UserAct::Untrack
            }
            _ => return Err(format!("`{act}` is not an act in Outlook")),
        };
        self.announce(item, Some(id));
        self.acted(id, item, done, surface, close);
        Ok(())
    }

    fn person(&self, id: ClientId) -> By {
        By::User(self.world.clients[id.index()].user)
    }

    fn edit_item(&mut self, id: ClientId, item: ItemId, set: &[(FieldId, Value)]) {
        let by = self.person(id);
        let world = &mut self.world;
        let clock = world.clients[id.index()].clock_at(world.now);
        let contents = Arc::make_mut(&mut world.contents);
        world.mailboxes.edit(item, set, (by, clock), contents, &mut world.journal);
    }

    fn mark(&mut self, id: ClientId, item: ItemId, link: Link) {
        let by = self.person(id);
        let clock = self.world.clients[id.index()].clock_at(self.world.now);
        self.world.mailboxes.mark(item, link, (by, clock), &mut self.world.journal);
    }

    /// Sends what a person did at once where the table says so (rules.md, A.3).
    fn acted(&mut self, id: ClientId, item: ItemId, act: UserAct, surface: Surface, close: bool) {
        let complete = surface == Surface::Explorer || close || act == UserAct::Delete;
        self.world.journal.write(What::Acted { client: id, item, act, surface, complete });
        // The table is about items that are marked; what was untracked is nobody's business but its owner's.
        let marked = matches!(self.world.mailboxes.item(item).link.state, LinkState::Tracked | LinkState::Pending);
        if !marked && act != UserAct::Untrack {
            return;
        }
        let verdict = self.protocol.immediate.decide(self.world.clients[id.index()].role, act, surface);
        self.follow(verdict.rule);
        if self.world.clients[id.index()].role == Role::Secondary {
            self.follow(rule!("MOD-SECONDARY"));
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
        if !acts.is_empty() {
            self.start_immediate(id, item);
        }
        Ok(())
    }

    fn act_in_crm(&mut self, act: Act, args: &Args) -> Result<(), Refused> {
        let set = self.set_of(args);
        let user = self.user_named(args.text(Key::As));
        let by = By::User(user);
        if act == Act::Create {
            for (alias, kind) in self.new_aliases(args)? {
                let order = self.world.next_order(alias);
                let new = NewRecord { kind, id: Err(order), owner: user, columns: &set, by, origin: None };
                let world = &mut self.world;
                let record = world.server.create(new, Arc::make_mut(&mut world.contents), &mut world.journal);
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
            let world = &mut self.world;
            let contents = Arc::make_mut(&mut world.contents);
            let kind = world.server.record(record).kind;
            let status = |code| vec![(crate::crm::record::status_field(kind), Value::Int(code))];
            let columns = match act {
                Act::Edit => set.clone(),
                Act::Complete => status(status::TASK_COMPLETED),
                Act::Cancel => status(status::TASK_CANCELED),
                Act::Reopen => status(status::TASK_NOT_STARTED),
                Act::Deactivate => status(status::CONTACT_INACTIVE),
                Act::Reactivate => status(status::CONTACT_ACTIVE),
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
            world.server.update(record, &columns, by, contents, &mut world.journal);
            world.server.set_author(record, user);
        }
        Ok(())
    }

    /// Changes, adds or removes one filter of a user.
    fn set_filter(&mut self, args: &Args) {
        let user = self.user_named(args.text(Key::As));
        let name = args.text(Key::Filter).unwrap_or_default();
        let names = &mut self.filter_names[user.index()];
        let mut filters = self.world.server.filters[user.index()].clone();
        let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            let kind = args.text(Key::Kind).and_then(Kind::parse).unwrap_or(Kind::Contact);
            filters.push(Filter { kind, active: true, owner_is_me: false, statecode: None, fields: Vec::new() });
            names.len() - 1
        });
        let filter = &mut filters[at];
        if let Some(Arg::Where(conditions)) = args.0.get(&Key::Where) {
            filter.owner_is_me = conditions.owner_is_me;
            filter.statecode = conditions.statecode;
            filter.fields = layout::values(Arc::make_mut(&mut self.world.contents), &conditions.fields);
        }
        let was_active = filter.active;
        // A removed filter keeps its place, so that the others keep theirs; it never counts again unless it is set anew.
        filter.active = args.flag(Key::Active).unwrap_or(was_active) && !args.flag(Key::Remove).unwrap_or(false);
        let deactivated = was_active && !filter.active;
        let change = if deactivated { FilterChange::Deactivated } else { FilterChange::Changed };
        let kind = filter.kind;
        let world = &mut self.world;
        world.server.set_filters(user, filters, (kind, change), self.protocol, &mut world.journal);
    }

    /// Arms a fault. Skew takes effect at once, for as long as its window is open.
    fn arm(&mut self, step: usize, fault: Fault, args: &Args) {
        let times = args.int(Key::Times).unwrap_or(1);
        if times == 0 {
            return;
        }
        let client = self.client_named(args.text(Key::On).unwrap_or_default());
        let aliases = args.text(Key::Item).map_or(Vec::new(), |item| self.aliases.named(&self.world, item));
        let until = args.text(Key::Until).map(str::to_owned);
        let unlimited = fault == Fault::Partition || until.is_some() && args.int(Key::Times).is_none();
        let mut armed = Armed {
            step,
            fault,
            address: Address::of_fault(client, args, aliases),
            skip: u32::try_from(args.int(Key::Nth).unwrap_or(1) - 1).unwrap_or(u32::MAX),
            left: if unlimited { u32::MAX } else { u32::try_from(times).unwrap_or(u32::MAX) },
            until,
            struck: 0,
            by: args.span(Key::By).unwrap_or(Span::ZERO),
            code: args.text(Key::Code).and_then(Answer::parse),
        };
        if fault == Fault::Skew {
            self.world.journal.write(What::FaultFired { step: step as u32 });
            self.set_clock(client, armed.by);
            armed.struck = 1;
        }
        self.arsenal.faults.push(armed);
    }

    /// Ends the windows that last until a step.
    fn end_windows(&mut self, id: &str) {
        self.end_skews(|armed| armed.until.as_deref() == Some(id));
        self.arsenal.end_windows(id);
    }

    /// Sets the clocks right that a fault set wrong.
    pub fn end_skews(&mut self, ends: impl Fn(&Armed) -> bool) {
        let open = |armed: &&Armed| armed.fault == Fault::Skew && armed.left > 0 && ends(armed);
        let over: Vec<(ClientId, Span)> =
            self.arsenal.faults.iter().filter(open).map(|armed| (armed.address.client(), armed.by)).collect();
        for (client, by) in over {
            self.set_clock(client, Span(-by.0));
        }
    }
}
