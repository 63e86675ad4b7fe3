//! Aiming: which client, which item, which user an act is about. What was touched lately is preferred, so that acts meet.

use super::belief::{Belief, Desk, Life, Thing};
use super::draw::Draw;
use crate::model::{Kind, Right};
use crate::scenario::vocabulary::Act;
use crate::sim::Span;

/// What a step is to be about, where an earlier one says so.
#[derive(Clone, Copy, Default, Debug)]
pub struct Aim {
    pub desk: Option<usize>,
    pub thing: Option<usize>,
    pub user: Option<usize>,
    /// Whether it happens in CRM.
    pub in_crm: Option<bool>,
    /// How long it takes.
    pub by: Option<Span>,
}

/// Where an act happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sphere {
    /// To an item in Outlook.
    Outlook,
    /// To an item or a record.
    Either,
    /// To a record.
    Crm,
    /// To what users may do and get.
    Users,
    /// To a client.
    Client,
    /// To the world.
    World,
}

/// Where an act happens.
pub fn sphere(act: Act) -> Sphere {
    match act {
        Act::Create | Act::Edit | Act::Delete | Act::Complete | Act::Reopen => Sphere::Either,
        Act::Track
        | Act::SetRegarding
        | Act::Untrack
        | Act::Meet
        | Act::Accept
        | Act::Decline
        | Act::Copy
        | Act::Move
        | Act::Archive
        | Act::OpenItem
        | Act::CloseItem => Sphere::Outlook,
        Act::Cancel | Act::Deactivate | Act::Reactivate | Act::Assign | Act::Share | Act::Unshare => Sphere::Crm,
        Act::Grant | Act::Revoke | Act::SetFilter => Sphere::Users,
        Act::IgnoreErrors
        | Act::Answer
        | Act::Sync
        | Act::Open
        | Act::Close
        | Act::Restart
        | Act::Crash
        | Act::Connect
        | Act::Disconnect
        | Act::LoseCache
        | Act::SaveCache
        | Act::RestoreCache
        | Act::DisableAddin
        | Act::EnableAddin
        | Act::SetClock
        | Act::Option
        | Act::MakePrimary
        | Act::Install
        | Act::Uninstall
        | Act::Reconfigure
        | Act::RemoveClient => Sphere::Client,
        Act::Advance | Act::Settle | Act::Heal | Act::MigrateMailbox | Act::PurgeDeletionLog | Act::RestartServer => {
            Sphere::World
        }
    }
}

/// The kinds that an act concerns.
pub fn concerns(act: Act, in_crm: bool, kind: Kind) -> bool {
    match act {
        Act::Complete | Act::Reopen if !in_crm => kind == Kind::Task,
        Act::Complete | Act::Reopen | Act::Cancel | Act::SetRegarding => kind != Kind::Contact,
        Act::Meet | Act::Accept | Act::Decline => kind == Kind::Appointment,
        Act::Deactivate | Act::Reactivate => kind == Kind::Contact,
        _ => true,
    }
}

impl Belief {
    /// A thing that an act in Outlook can be about on a client.
    pub fn thing_in(&self, draw: &mut Draw, act: Act, desk: usize, wanted: Option<usize>) -> Option<usize> {
        let mailbox = self.desks[desk].mailbox;
        let fits = |thing: &Thing| {
            let Some(held) = thing.in_box(mailbox).filter(|_| concerns(act, false, thing.kind)) else { return false };
            match act {
                Act::Untrack => held.life == Life::Live && held.tracked,
                Act::CloseItem => held.life == Life::Live && held.open_on == Some(desk),
                Act::Accept | Act::Decline => held.life == Life::Live && thing.owner != mailbox,
                Act::Move => matches!(held.life, Life::Live | Life::Moved),
                _ => held.life == Life::Live,
            }
        };
        let eager = |thing: &Thing| match act {
            Act::Edit | Act::Delete | Act::Complete => thing.in_box(mailbox).is_some_and(|held| held.tracked),
            Act::Track => thing.in_box(mailbox).is_some_and(|held| !held.tracked),
            _ => true,
        };
        self.thing(draw, wanted, fits, eager)
    }

    /// A thing that an act in CRM can be about.
    pub fn thing_in_crm(&self, draw: &mut Draw, act: Act, wanted: Option<usize>) -> Option<usize> {
        let fits = |thing: &Thing| {
            let is_there = thing.record == Life::Live && concerns(act, true, thing.kind);
            is_there && (act != Act::Unshare || !thing.shared.is_empty())
        };
        self.thing(draw, wanted, fits, |thing| thing.held.iter().any(|held| held.life == Life::Live))
    }

    /// A thing that fits: the one that is wanted, or one of those that were touched lately or that an act does most with.
    pub fn thing(
        &self,
        draw: &mut Draw,
        wanted: Option<usize>,
        fits: impl Fn(&Thing) -> bool,
        eager: impl Fn(&Thing) -> bool,
    ) -> Option<usize> {
        if let Some(wanted) = wanted.filter(|at| self.things.get(*at).is_some_and(&fits)) {
            return Some(wanted);
        }
        let weights = self.things.iter().map(|thing| {
            let weight = if thing.unmade || !fits(thing) { 0 } else { self.heat(thing) };
            if eager(thing) { weight * 4 } else { weight }
        });
        draw.weighted(weights)
    }

    /// How lately a thing was touched.
    fn heat(&self, thing: &Thing) -> u32 {
        match self.steps.saturating_sub(thing.touched) {
            _ if thing.touched == 0 => 2,
            0..=2 => 12,
            3..=6 => 6,
            7..=15 => 3,
            _ => 1,
        }
    }

    /// A client for which something holds: the one that is wanted, or rather one that synchronizes.
    pub fn desk_where(&self, draw: &mut Draw, wanted: Option<usize>, fits: impl Fn(&Desk) -> bool) -> Option<usize> {
        if let Some(wanted) = wanted.filter(|at| self.desks.get(*at).is_some_and(&fits)) {
            return Some(wanted);
        }
        let weight = |desk: &Desk| match (fits(desk), desk.role.synchronizes()) {
            (false, _) => 0,
            (true, true) => 3,
            (true, false) => 1,
        };
        draw.weighted(self.desks.iter().map(weight))
    }

    /// A client that an act of [`Sphere::Client`] can be about.
    pub fn desk_for(&self, draw: &mut Draw, act: Act, wanted: Option<usize>) -> Option<usize> {
        // What stands in the file decides which acts a client can have.
        let plain = |desk: &Desk| !matches!(desk.stated, crate::model::Role::Delegate | crate::model::Role::Roaming);
        let fits = |desk: &Desk| match act {
            Act::Sync | Act::IgnoreErrors | Act::Answer => desk.running && desk.addin && desk.installed,
            Act::Open => !desk.running && desk.installed,
            Act::Close | Act::Restart | Act::Crash => desk.running,
            Act::Connect => !desk.online,
            Act::Disconnect => desk.online,
            Act::DisableAddin => desk.addin && desk.installed,
            Act::EnableAddin => !desk.addin && desk.installed,
            Act::RestoreCache => !desk.running && !desk.saves.is_empty(),
            Act::MakePrimary => plain(desk) && desk.installed && desk.registered && desk.addin && desk.online,
            Act::Install => plain(desk) && !desk.running && (!desk.installed || !desk.registered),
            Act::Reconfigure => plain(desk) && !desk.running && desk.installed,
            Act::Uninstall => desk.installed,
            Act::RemoveClient => desk.registered,
            _ => true,
        };
        if matches!(act, Act::Sync) && wanted.is_none() && !draw.percent(10) {
            let able = |desk: &Desk| fits(desk) && desk.works() && desk.role.synchronizes();
            return self.desk_where(draw, wanted, able);
        }
        self.desk_where(draw, wanted, fits)
    }

    /// A user who may do this to a record: its owner, or another.
    pub fn actor(&self, draw: &mut Draw, act: Act, thing: usize, wanted: Option<usize>) -> Option<usize> {
        let thing = &self.things[thing];
        let right = if act == Act::Delete { Right::Delete } else { Right::Write };
        let may = |user: usize| self.may(user, thing, Right::Read) && self.may(user, thing, right);
        if let Some(user) = wanted.filter(|user| may(*user)) {
            return Some(user);
        }
        let weight = |user: usize| match (may(user), user == thing.owner) {
            (false, _) => 0,
            (true, true) => 3,
            (true, false) => 2,
        };
        draw.weighted((0..self.people.len()).map(weight))
    }
}
