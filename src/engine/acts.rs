//! What the steps of a scenario do: acts on clients and on the world, and the arming of faults.

use std::collections::BTreeMap;

use super::faults::{Address, Armed, Waiting};
use super::layout;
use super::outcome::{Failure, FailureKind};
use super::runner::Runner;
use super::world::World;
use crate::journal::{ClientChange, What};
use crate::model::{Answer, ClientId, CrmId, ItemId, Kind, Told, UserId};
use crate::rule;
use crate::scenario::Scenario;
use crate::scenario::model::{Arg, Args, Body, Step};
use crate::scenario::vocabulary::{Act, Fault, Key};
use crate::sim::Span;

/// What a step could not do, in words.
pub type Refused = String;

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
            let Body::Do(act, args) = &step.body else { continue };
            let Some(new) = args.text(Key::New) else { continue };
            let kind = match act {
                Act::Copy => args.text(Key::Item).and_then(|item| aliases.kind(world.names.alias(item))),
                _ => args.text(Key::Kind).and_then(Kind::parse),
            };
            if let Some(kind) = kind {
                aliases.kinds.insert(world.names.alias(new), kind);
            }
        }
        aliases
    }

    /// The aliases that a name stands for.
    pub fn named(&self, world: &World, name: &str) -> Vec<u32> {
        match self.groups.get(name) {
            Some(all) => all.clone(),
            None => world.names.known(name).into_iter().collect(),
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
        let watched = self.options.watch == Some(index);
        if watched {
            self.arsenal.chances = Some(Vec::new());
        }
        self.begin_step(index, step);
        if watched {
            self.chances = self.arsenal.chances.take().unwrap_or_default();
        }
    }

    fn begin_step(&mut self, index: usize, step: &Step) {
        let scenario = self.scenario;
        self.arsenal.lay_aside();
        if let Some(id) = &step.id {
            self.end_windows(id);
        }
        if let Some(at) = step.at.filter(|at| scenario.start + *at < self.world.now) {
            let now = self.world.now - scenario.start;
            self.fail_step(index, format!("it is past {at} already: it is {now} from the start"));
            return self.observe();
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
            // What led here came first, and is judged as it was then.
            self.observe();
            self.do_act(index, *act, args, false);
        }
    }

    fn do_act(&mut self, index: usize, act: Act, args: &Args, wait: bool) {
        let on = args.text(Key::On).filter(|on| *on != "crm").map(|on| self.client_named(on));
        let around = std::mem::replace(&mut self.acting, on);
        let result = self.perform(index, act, args, wait);
        self.observe();
        self.acting = around;
        match result {
            Err(why) => {
                self.fail_step(index, why);
                self.observe();
            }
            Ok(()) if wait => {
                if let Some(client) = on {
                    self.wait_for(client);
                }
            }
            Ok(()) => {}
        }
    }

    /// Notes that a step could not be carried out: a scenario that was drawn goes on without it, any other fails.
    pub fn fail_step(&mut self, index: usize, why: String) {
        if self.scenario.drawn {
            let skipped = What::Skipped { step: index as u32, why: self.world.skipped.len() as u32 };
            self.world.skipped.push(why);
            return self.world.journal.write(skipped);
        }
        self.failures.push(Failure {
            kind: FailureKind::Step(index),
            expected: "the step can be carried out".to_owned(),
            actual: why,
            fact: self.seen,
            declared: false,
        });
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
        let there = |id: &ItemId| self.world.mailboxes.live(*id).is_some_and(|item| item.mailbox == mailbox);
        self.world.names.items(alias).filter(there).last()
    }

    /// The record of an alias: the newest that exists.
    pub fn record_of(&self, alias: u32) -> Option<CrmId> {
        self.world.names.records(alias).filter(|id| self.world.server.live(*id).is_some()).last()
    }

    fn perform(&mut self, index: usize, act: Act, args: &Args, wait: bool) -> Result<(), Refused> {
        let on_crm = args.text(Key::On) == Some("crm");
        match act {
            Act::Advance => self.advance(args.span(Key::By).unwrap_or(Span::ZERO), wait),
            Act::Settle if wait => drop(self.settle()),
            Act::Settle => {}
            Act::Heal => self.heal(),
            Act::MigrateMailbox => {
                let user = self.user_named(args.text(Key::Mailbox));
                self.migrate_mailbox(user, args.flag(Key::Properties).unwrap_or(true));
            }
            Act::RestartServer => self.restart_server(),
            Act::PurgeDeletionLog => self.world.server.purge_deletion_log(&mut self.world.journal),
            Act::SetFilter => return self.set_filter(args),
            Act::Grant | Act::Revoke => return self.change_privileges(act, args),
            _ if on_crm => return self.change_in_crm(index, act, args, wait),
            _ => {
                let client = self.client_named(args.text(Key::On).unwrap_or_default());
                return self.act_on_client(client, act, (index, args), wait);
            }
        }
        Ok(())
    }

    fn advance(&mut self, by: Span, wait: bool) {
        if wait {
            self.run_until(self.world.now + by, |_| false);
        }
    }

    fn act_on_client(
        &mut self,
        id: ClientId,
        act: Act,
        (step, args): (usize, &Args),
        wait: bool,
    ) -> Result<(), Refused> {
        let name = || self.world.names.client(id);
        let running = self.world.clients[id.index()].running;
        let addin = self.world.clients[id.index()].addin;
        match act {
            Act::MakePrimary | Act::Install | Act::Uninstall | Act::Reconfigure | Act::RemoveClient => {
                return self.act_on_machine(id, act, args);
            }
            Act::Open if !self.world.clients[id.index()].installed => {
                return Err(format!("`{}` is not installed", name()));
            }
            Act::Open => self.open_client(id),
            Act::Close if running => self.stop_client(id, ClientChange::Closed),
            Act::Crash if running => self.stop_client(id, ClientChange::Crashed),
            Act::Restart if running => {
                self.stop_client(id, ClientChange::Closed);
                self.open_client(id);
            }
            Act::Connect | Act::Disconnect => self.set_online(id, act == Act::Connect),
            Act::LoseCache => self.lose_cache(id),
            Act::SaveCache => self.save_cache(id, step),
            Act::RestoreCache => return self.restore_cache(id, args.text(Key::From).unwrap_or_default()),
            Act::DisableAddin | Act::EnableAddin if !self.world.clients[id.index()].installed => {
                return Err(format!("`{}` is not installed", name()));
            }
            Act::DisableAddin | Act::EnableAddin => self.set_addin(id, act == Act::EnableAddin),
            Act::SetClock => self.set_clock(id, args.span(Key::By).unwrap_or(Span::ZERO)),
            Act::Option => self.set_options(id, args),
            _ if !running => return Err(format!("Outlook does not run on `{}`", name())),
            Act::Sync | Act::IgnoreErrors | Act::Answer if !addin => {
                return Err(format!("the add-in is disabled on `{}`", name()));
            }
            Act::Sync => {
                for _ in 0..args.int(Key::Times).unwrap_or(1) {
                    // A client that died in one cycle begins no other.
                    if self.stopped || !self.world.clients[id.index()].works() {
                        break;
                    }
                    self.follow(rule!("TRG-MANUAL"));
                    self.start_cycle(id, true);
                    if wait {
                        self.wait_for(id);
                    }
                }
            }
            Act::IgnoreErrors => self.ignore_errors(id),
            Act::Answer => return self.answer_prompt(id, args),
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
        if started && self.world.clients[id.index()].works() {
            layout::schedule_background(&mut self.world, self.protocol, id);
        }
    }

    /// The user ignores all errors: the rows that failed go, until the item changes again (CYC-IGNORE).
    fn ignore_errors(&mut self, id: ClientId) {
        let cache = self.world.cache(id);
        let failed: Vec<u32> = cache.rows().filter(|(_, row)| row.error.is_some()).map(|(change, _)| change).collect();
        for change in failed {
            let Some(row) = self.world.cache_mut(id).drop_row(change) else { continue };
            let (item, record) = (row.item, row.record);
            self.world.journal.write(What::Ignored { client: id, item, record });
            self.world.journal.write(What::RowDropped { client: id, row: row.view() });
            self.follow(rule!("CYC-IGNORE"));
        }
    }

    /// Arms a fault. Skew takes effect at once, for as long as its window is open; a false notification arrives at once.
    fn arm(&mut self, step: usize, fault: Fault, args: &Args) {
        let times = args.int(Key::Times).unwrap_or(1);
        if times == 0 {
            return;
        }
        let client = args.text(Key::On).filter(|on| *on != "crm").map(|on| self.client_named(on));
        let aliases = args.text(Key::Item).map_or(Vec::new(), |item| self.aliases.named(&self.world, item));
        let until = args.text(Key::Until).map(str::to_owned);
        let window = matches!(fault, Fault::Partition | Fault::Slow | Fault::StoreUnavailable | Fault::StoreEmpty);
        let unlimited = window || until.is_some() && args.int(Key::Times).is_none();
        let mut armed = Armed {
            step,
            fault,
            address: Address::of_fault(client, args, aliases.clone()),
            skip: u32::try_from(args.int(Key::Nth).unwrap_or(1) - 1).unwrap_or(u32::MAX),
            left: if unlimited { u32::MAX } else { u32::try_from(times).unwrap_or(u32::MAX) },
            until,
            struck: 0,
            by: args.span(Key::By).or(args.span(Key::For)).unwrap_or(Span::ZERO),
            code: args.text(Key::Code).and_then(Answer::parse),
            held: Vec::new(),
            is_cut: false,
            restart: args.flag(Key::Restart) == Some(true),
        };
        match (fault, client, args.text(Key::Says).and_then(Told::parse)) {
            (Fault::Skew, Some(client), _) => {
                self.fired(step);
                self.set_clock(client, armed.by);
                armed.struck = 1;
            }
            (Fault::FalseNotification, Some(client), Some(told)) => {
                self.fired(step);
                (armed.struck, armed.left) = (u32::from(self.tell_falsely(client, &aliases, told)), 0);
            }
            _ => {}
        }
        self.arsenal.arm(armed);
    }

    /// Ends the windows that last until a step.
    fn end_windows(&mut self, id: &str) {
        self.end_skews(|armed| armed.until.as_deref() == Some(id));
        self.arsenal.end_windows(id);
    }

    /// Sets the clocks right that a fault set wrong.
    pub fn end_skews(&mut self, ends: impl Fn(&Armed) -> bool) {
        let open = |armed: &&Armed| armed.fault == Fault::Skew && armed.left > 0 && ends(armed);
        let over: Vec<(ClientId, Span)> = self
            .arsenal
            .faults
            .iter()
            .filter(open)
            .filter_map(|armed| Some((armed.address.client()?, armed.by)))
            .collect();
        for (client, by) in over {
            self.set_clock(client, Span(-by.0));
        }
    }
}
