//! What each act means for what the generator believes.

use super::belief::{Belief, Desk, Life, Thing};
use crate::model::{Kind, Role};
use crate::scenario::model::{Arg, Args, Step};
use crate::scenario::vocabulary::{Act, Key};
use crate::sim::Span;

/// How long nobody's background cycle may be away.
const INTERVAL: Span = Span::minutes(15);

impl Belief {
    /// Follows one act.
    pub(super) fn act(&mut self, act: Act, args: &Args, step: &Step) {
        let desk = args.text(Key::On).and_then(|on| self.desk_named(on));
        let user = args.text(Key::As).map_or(0, |name| self.person(name));
        match act {
            Act::Advance => self.advance(args),
            Act::Settle => (0..self.people.len()).chain(0..self.people.len()).for_each(|user| self.synchronize(user)),
            Act::Heal => self.heal(),
            Act::Grant | Act::Revoke => {
                let to = self.person(args.text(Key::To).unwrap_or_default());
                if let (Some(Arg::Privileges(named)), Some(person)) =
                    (args.0.get(&Key::Rights), self.people.get_mut(to))
                {
                    let held = &mut person.privileges;
                    *held = named.iter().fold(*held, |held, one| held.with(*one, act == Act::Grant));
                }
            }
            Act::SetFilter => self.set_filter(user, args),
            Act::MigrateMailbox => {
                let mailbox = self.person(args.text(Key::Mailbox).unwrap_or_default());
                let held = self.things.iter_mut().flat_map(|thing| &mut thing.held);
                held.filter(|held| held.mailbox == mailbox).for_each(|held| held.open_on = None);
            }
            Act::PurgeDeletionLog | Act::RestartServer => {}
            Act::Sync => {
                if let Some(desk) = desk {
                    self.synchronize(self.desks[desk].mailbox);
                }
            }
            _ => match (desk, args.text(Key::Item).or(args.text(Key::New))) {
                (Some(desk), None) => self.machine(act, desk, args, step),
                (desk, Some(name)) => self.on_things(act, (desk, user), name, (args, step)),
                (None, None) => {}
            },
        }
    }

    fn advance(&mut self, args: &Args) {
        let by = args.span(Key::By).unwrap_or(Span::ZERO);
        self.now = self.now + by;
        if by >= INTERVAL {
            (0..self.people.len()).for_each(|user| self.synchronize(user));
        }
    }

    fn heal(&mut self) {
        for at in 0..self.desks.len() {
            let mailbox = self.desks[at].mailbox;
            let roams = |desk: &Desk| desk.role == Role::Roaming && desk.running && desk.mailbox == mailbox;
            let elsewhere = self.desks[at].role == Role::Roaming && self.desks.iter().any(roams);
            let desk = &mut self.desks[at];
            (desk.online, desk.addin) = (true, true);
            desk.running |= desk.installed && !elsewhere;
        }
    }

    fn set_filter(&mut self, user: usize, args: &Args) {
        let name = args.text(Key::Filter).unwrap_or_default();
        let kind = args.text(Key::Kind).and_then(Kind::parse).unwrap_or(Kind::Contact);
        let filters = &mut self.people[user].filters;
        if args.flag(Key::Remove) == Some(true) {
            filters.retain(|(known, ..)| known != name);
            return;
        }
        let active = args.flag(Key::Active);
        match filters.iter_mut().find(|(known, ..)| known == name) {
            Some((_, _, is_active)) => *is_active = active.unwrap_or(*is_active),
            None => filters.push((name.to_owned(), kind, active.unwrap_or(true))),
        }
    }

    /// What becomes of a client as a whole.
    fn machine(&mut self, act: Act, at: usize, args: &Args, step: &Step) {
        let desk = &mut self.desks[at];
        match act {
            Act::Open => desk.running |= desk.installed,
            Act::Close | Act::Crash => desk.running = false,
            Act::Connect | Act::Disconnect => desk.online = act == Act::Connect,
            Act::DisableAddin | Act::EnableAddin => desk.addin = act == Act::EnableAddin,
            Act::SaveCache => desk.saves.extend(step.id.clone()),
            Act::Install | Act::Reconfigure => {
                (desk.installed, desk.addin, desk.registered) = (true, true, true);
                let mailbox = desk.mailbox;
                if !self.desks.iter().any(|desk| desk.mailbox == mailbox && desk.registered && desk.role.synchronizes())
                {
                    self.make_primary(at);
                }
            }
            Act::Uninstall => (desk.installed, desk.running) = (false, false),
            Act::RemoveClient => {
                desk.registered = false;
                if desk.role == Role::Primary {
                    desk.role = Role::Secondary;
                }
            }
            Act::MakePrimary => {
                desk.running |= args.text(Key::Via) == Some("sign-in");
                self.make_primary(at);
            }
            _ => {}
        }
        if !self.desks[at].running {
            let held = self.things.iter_mut().flat_map(|thing| &mut thing.held);
            held.filter(|held| held.open_on == Some(at)).for_each(|held| held.open_on = None);
        }
    }

    fn make_primary(&mut self, at: usize) {
        let mailbox = self.desks[at].mailbox;
        let plain = |role| matches!(role, Role::Primary | Role::Secondary);
        for (other, desk) in self.desks.iter_mut().enumerate() {
            if desk.mailbox == mailbox && plain(desk.role) {
                desk.role = if other == at { Role::Primary } else { Role::Secondary };
            }
        }
    }

    fn on_things(&mut self, act: Act, (desk, user): (Option<usize>, usize), name: &str, (args, step): (&Args, &Step)) {
        if let Some(new) = args.text(Key::New) {
            self.make(act, (desk, user), new, args);
        }
        let mailbox = desk.map(|desk| self.desks[desk].mailbox);
        let maker = desk.map_or(user, |desk| self.desks[desk].user);
        let to = args.text(Key::To).map(|to| self.person(to));
        let invited: Vec<usize> = args.names(Key::With).iter().map(|name| self.person(name)).collect();
        let certain = !step.background && step.when.is_none() && !name.ends_with('*');
        for at in self.named(name) {
            let now = self.steps;
            let thing = &mut self.things[at];
            thing.touched = now;
            match mailbox {
                None => in_crm(thing, act, (user, to), certain),
                Some(mailbox) => {
                    in_outlook(thing, act, (mailbox, maker), &invited, args);
                    let held = thing.hold(mailbox);
                    let opens = act == Act::OpenItem || args.flag(Key::Close) == Some(false);
                    if opens {
                        held.open_on = desk;
                    } else if held.open_on == desk && args.text(Key::Via).is_none() {
                        held.open_on = None;
                    }
                }
            }
            if matches!(act, Act::Create | Act::Assign) && (thing.group.is_some() || !certain) {
                let group = thing.group.clone();
                thing.stated_owner = None;
                let same = self.things.iter_mut().filter(|other| group.is_some() && other.group == group);
                same.for_each(|other| other.stated_owner = None);
            }
        }
    }

    /// Takes the alias of what an act makes.
    fn make(&mut self, act: Act, (desk, user): (Option<usize>, usize), new: &str, args: &Args) {
        let source =
            args.text(Key::Item).filter(|_| act == Act::Copy).and_then(|name| self.named(name).first().copied());
        let stated = args.text(Key::Kind).and_then(Kind::parse);
        let Some(kind) = stated.or_else(|| source.map(|at| self.things[at].kind)) else { return };
        let owner = desk.map_or(user, |desk| self.desks[desk].user);
        let mut thing = Thing {
            alias: new.to_owned(),
            group: None,
            kind,
            owner,
            stated_owner: None,
            record: Life::Never,
            held: Vec::new(),
            shared: Vec::new(),
            touched: self.steps,
            unmade: false,
        };
        if let (Act::Copy, Some(desk)) = (act, desk) {
            thing.hold(self.desks[desk].mailbox);
        }
        self.things.push(thing);
    }
}

fn in_crm(thing: &mut Thing, act: Act, (user, to): (usize, Option<usize>), certain: bool) {
    match (act, to) {
        (Act::Create, _) => {
            (thing.record, thing.owner, thing.unmade) = (Life::Live, user, false);
            thing.stated_owner = certain.then_some(user);
        }
        (Act::Delete, _) => thing.record = Life::Gone,
        (Act::Assign, Some(to)) => {
            thing.owner = to;
            thing.stated_owner = certain.then_some(to);
            thing.shared.retain(|user| *user != to);
        }
        (Act::Share, Some(to)) if !thing.shared.contains(&to) => thing.shared.push(to),
        (Act::Unshare, Some(to)) => thing.shared.retain(|user| *user != to),
        _ => {}
    }
}

fn in_outlook(thing: &mut Thing, act: Act, (mailbox, maker): (usize, usize), invited: &[usize], args: &Args) {
    if act == Act::Create {
        (thing.owner, thing.unmade) = (mailbox, false);
        thing.stated_owner = Some(maker);
    }
    let held = thing.hold(mailbox);
    match act {
        Act::Create => held.life = Life::Live,
        Act::Delete | Act::Archive | Act::Decline => held.life = Life::Gone,
        Act::Track | Act::SetRegarding => held.tracked = true,
        Act::Untrack => held.tracked = false,
        Act::Move if args.text(Key::To) == Some("synchronized") => held.life = Life::Live,
        Act::Move => held.life = Life::Moved,
        _ => {}
    }
    for user in invited.iter().filter(|user| **user != mailbox) {
        if thing.in_box(*user).is_none() {
            thing.hold(*user);
        }
    }
}
