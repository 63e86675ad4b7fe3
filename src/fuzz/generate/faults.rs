//! Giving a fault what it needs, and what makes it strike; and the points inside calls where acts take place.

use std::collections::BTreeMap;

use super::aim::Aim;
use super::belief::{Desk, Life, Thing};
use super::draw::Draw;
use super::plan::{Drawn, Plan, Word};
use crate::model::{Call, Kind, Table, Told};
use crate::scenario::model::{Arg, Args, Body, Point, When};
use crate::scenario::vocabulary::{Act, FAULTS, Fault, Key, row};
use crate::sim::Span;

const NOT_FOUND: &str = "not-found";
const CODES: [&str; 6] = ["privilege", NOT_FOUND, "duplicate", "busy", "sql-timeout", "plug-in-error"];
const LATE: [Span; 5] = [Span::millis(500), Span::seconds(5), Span::seconds(40), Span::minutes(2), Span::minutes(20)];
const SKEWS: [Span; 4] = [Span::minutes(-60), Span::seconds(-2), Span::seconds(30), Span::minutes(24 * 60)];

/// Whom a fault strikes, and where.
struct Target {
    /// The client; `None` where it is the server.
    desk: Option<usize>,
    call: Option<Call>,
    /// What it strikes alone, where it says so.
    thing: Option<usize>,
    /// What an act should be about that leads to the call.
    cause: Option<usize>,
}

/// Whether a fault can strike a call, as the checks of the format have it.
pub fn strikes(fault: Fault, call: Call) -> bool {
    match fault {
        Fault::ShortPage => call == Call::GetData,
        Fault::SlowCommit => matches!(call, Call::Create | Call::Update | Call::Delete),
        Fault::StoreUnavailable => call.is_in_mailbox(),
        _ => fault.strikes(call),
    }
}

/// How often a call is struck.
fn usual(call: Call) -> u32 {
    match call {
        Call::WriteCache => 6,
        Call::Create | Call::Update | Call::Delete | Call::CreateItem | Call::SaveItem => 4,
        Call::Retrieve | Call::DeleteItem => 3,
        Call::Prepare | Call::GetData | Call::Post | Call::Hold | Call::ReadStore | Call::Scan | Call::Verify => 2,
    }
}

/// An act that leads to a call, and whether it happens in CRM.
fn cause(call: Call) -> (Act, bool) {
    match call {
        Call::Create => (Act::Track, false),
        Call::Update | Call::ReadStore | Call::Verify | Call::Scan => (Act::Edit, false),
        Call::Delete => (Act::Delete, false),
        Call::CreateItem => (Act::Create, true),
        Call::DeleteItem => (Act::Delete, true),
        // A client that lost its cache says what its mailbox holds, where no page lists it.
        Call::Hold => (Act::LoseCache, false),
        Call::Prepare | Call::GetData | Call::Post | Call::Retrieve | Call::SaveItem | Call::WriteCache => {
            (Act::Edit, true)
        }
    }
}

impl Plan<'_> {
    /// A fault with what it needs; `None` where there is nothing that it could strike.
    pub fn fault(&mut self, draw: &mut Draw, fault: Fault, aim: Aim) -> Option<Drawn> {
        let row = row(FAULTS, &fault);
        let target = self.target(draw, fault, aim)?;
        let mut args = BTreeMap::new();
        for (key, _) in row.needs {
            let value = self.value_of_fault(draw, fault, *key, &target)?;
            args.insert(*key, value);
        }
        let denies = matches!(args.get(&Key::Code), Some(Arg::Text(code)) if code == NOT_FOUND);
        let is_window = !row.needs.iter().any(|(key, _)| *key == Key::Call) && !is_of_notices(fault);
        for (key, _) in row.may {
            let chance = match key {
                // A server that goes on denying a record cannot be told from one that has none.
                Key::Until | Key::Times if denies => 0,
                Key::Until if is_window => 85,
                Key::Until | Key::Times => 12,
                Key::Call if fault == Fault::StoreUnavailable => 40,
                Key::Call | Key::Item => 100,
                Key::Restart => 60,
                _ => 35,
            };
            if draw.percent(chance)
                && let Some(value) = self.value_of_fault(draw, fault, *key, &target)
            {
                args.insert(*key, value);
            }
        }
        self.struck();
        self.after_fault(draw, fault, &target);
        Some(Drawn { body: Body::Fault(fault, Args(args)), background: false, when: None })
    }

    fn target(&self, draw: &mut Draw, fault: Fault, aim: Aim) -> Option<Target> {
        let on_server = matches!(fault, Fault::Slow | Fault::SlowCommit) && draw.percent(40);
        let mut target = Target { desk: None, call: None, thing: None, cause: None };
        if !on_server {
            let able = |desk: &Desk| desk.works() && desk.role.synchronizes();
            let desk = self.belief.desk_where(draw, aim.desk, able);
            let desk = match desk {
                Some(desk) => desk,
                // What waits for no call can strike any client that runs.
                None if row(FAULTS, &fault).needs.iter().any(|(key, _)| *key == Key::Call) => return None,
                None => self.belief.desk_where(draw, None, |desk| desk.running)?,
            };
            target.desk = Some(desk);
            let reached = |call: Call| strikes(fault, call) && self.swarm.allows(cause(call).0);
            let weights = Call::ALL.iter().map(|call| if reached(*call) { usual(*call) } else { 0 });
            target.call = draw.weighted(weights).map(|at| Call::ALL[at]);
            if fault == Fault::SlowCommit && target.call.is_none() {
                // Nobody does what a client would write to CRM.
                return None;
            }
            target.cause = target.call.and_then(|call| self.leading(draw, call, desk, aim.thing));
            if draw.percent(25) || fault == Fault::FalseNotification {
                let any = || self.belief.thing_in(draw, Act::Edit, desk, aim.thing);
                target.thing = if target.call == Some(Call::CreateItem) { None } else { target.cause.or_else(any) };
            }
        } else if draw.percent(25) {
            target.thing = self.belief.thing_in_crm(draw, Act::Edit, aim.thing);
        }
        Some(target)
    }

    /// What an act can be about so that it leads to a call of a client: what is linked there, or what is yet to be tracked.
    fn leading(&self, draw: &mut Draw, call: Call, desk: usize, wanted: Option<usize>) -> Option<usize> {
        let mailbox = self.belief.desks[desk].mailbox;
        let leads = |thing: &Thing| {
            let Some(held) = thing.in_box(mailbox).filter(|held| held.life == Life::Live) else { return false };
            let linked = held.tracked && thing.record == Life::Live;
            match call {
                Call::Create => !held.tracked && thing.record != Life::Live,
                // A contact stays on the other side, and so does the record of somebody else.
                Call::Delete => linked && thing.kind != Kind::Contact && thing.owner == mailbox,
                Call::DeleteItem => linked && thing.kind != Kind::Contact,
                Call::CreateItem => false,
                _ => linked,
            }
        };
        self.belief.thing(draw, wanted, leads, |_| true)
    }

    /// The value of a key of a fault; `None` where the fault as it is has none.
    fn value_of_fault(&mut self, draw: &mut Draw, fault: Fault, key: Key, target: &Target) -> Option<Arg> {
        let text = |text: &str| Some(Arg::Text(text.to_owned()));
        match key {
            Key::On => text(target.desk.map_or("crm", |desk| &self.belief.desks[desk].id)),
            Key::Call => target.call.and_then(|call| text(call.word())),
            Key::Item => target.thing.and_then(|thing| text(&self.belief.things[thing].alias)),
            Key::Table if target.call == Some(Call::WriteCache) => {
                draw.pick(Table::CACHE).and_then(|table| text(table.word()))
            }
            Key::Nth => {
                // A cycle writes its cache often and asks for most things once.
                let most = if target.call == Some(Call::WriteCache) { 6 } else { 2 };
                Some(Arg::Int(i64::from(draw.between(1, most))))
            }
            Key::Times => Some(Arg::Int(i64::from(draw.between(1, 3)))),
            Key::Until => self.window_end(draw).map(Arg::Text),
            Key::Code => text(draw.one_of(CODES)),
            Key::By if fault == Fault::Skew => Some(Arg::Span(draw.one_of(SKEWS))),
            Key::By | Key::For => Some(Arg::Span(draw.one_of(LATE))),
            Key::Says => draw.pick(Told::ALL).and_then(|told| text(told.word())),
            Key::Restart => Some(Arg::Bool(draw.percent(85))),
            _ => None,
        }
    }

    /// What makes a fault strike: an act that leads to the call, and a cycle.
    fn after_fault(&mut self, draw: &mut Draw, fault: Fault, target: &Target) {
        let (act, in_crm) = match target.call {
            // Where nothing is left to be tracked, something is made that will be.
            Some(Call::Create) if target.cause.is_none() => (Act::Create, false),
            call => call.map_or((Act::Edit, false), cause),
        };
        let user = target.desk.map(|desk| self.belief.desks[desk].mailbox);
        let thing = target.thing.or(target.cause);
        let aim = Aim { desk: target.desk, thing, in_crm: Some(in_crm), user, ..Aim::default() };
        // What is asked for first comes last.
        if fault == Fault::StoreEmpty {
            self.want_first(Word::Act(Act::Answer), Aim { desk: target.desk, ..Aim::default() });
        }
        self.want_first(Word::Act(Act::Sync), Aim { desk: target.desk, ..Aim::default() });
        if fault == Fault::SlowCommit && target.desk.is_none() {
            self.want_first(Word::Act(Act::Edit), Aim { in_crm: Some(true), desk: None, user: None, ..aim });
        } else if is_of_notices(fault) && fault != Fault::FalseNotification {
            // Notifications tell a client of what others do.
            let other = |desk: &Desk| desk.running && Some(desk.mailbox) == user;
            let others =
                self.belief.desks.iter().enumerate().filter(|(at, desk)| Some(*at) != target.desk && other(desk));
            let other = others.map(|(at, _)| at).next().or(target.desk);
            self.want_first(Word::Act(Act::Edit), Aim { desk: other, in_crm: Some(false), ..aim });
        } else if draw.percent(85) {
            self.want_first(Word::Act(act), aim);
        }
    }

    /// A point inside a call of a client that synchronizes soon.
    pub fn point(&mut self, draw: &mut Draw, thing: Option<usize>) -> Option<When> {
        let able = |desk: &Desk| desk.works() && desk.role.synchronizes();
        let desk = self.belief.desk_where(draw, None, able)?;
        let call = Call::ALL[draw.weighted(Call::ALL.iter().map(|call| usual(*call)))?];
        let point = *draw.pick(Point::ALL)?;
        let most = if call == Call::WriteCache { 6 } else { 2 };
        let nth = if draw.percent(70) { 1 } else { draw.between(1, most) };
        let item = thing.filter(|_| draw.percent(30)).map(|thing| self.belief.things[thing].alias.clone());
        let table = draw.pick(Table::CACHE).copied().filter(|_| call == Call::WriteCache && draw.percent(60));
        let (act, in_crm) = cause(call);
        let user = Some(self.belief.desks[desk].mailbox);
        self.want_first(Word::Act(Act::Sync), Aim { desk: Some(desk), ..Aim::default() });
        if draw.percent(85) {
            let thing = thing.filter(|_| item.is_some()).or_else(|| self.leading(draw, call, desk, None));
            self.want_first(
                Word::Act(act),
                Aim { desk: Some(desk), thing, in_crm: Some(in_crm), user, ..Aim::default() },
            );
        }
        Some(When { on: self.belief.desks[desk].id.clone(), call, point, nth, item, table })
    }
}

fn is_of_notices(fault: Fault) -> bool {
    matches!(fault, Fault::MissNotification | Fault::LateNotification | Fault::FalseNotification)
}
