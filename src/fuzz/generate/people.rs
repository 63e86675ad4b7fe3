//! What acts say of users and clients: filters, privileges, settings, and the way to become primary.

use std::collections::BTreeMap;

use super::acts::Scene;
use super::draw::Draw;
use super::plan::Plan;
use crate::model::{Kind, Privilege};
use crate::scenario::model::{Arg, SettingsChange};
use crate::scenario::vocabulary::{Act, Key};
use crate::sim::Span;

impl Plan<'_> {
    /// The keys of `set-filter`: another condition, off or on, gone, or a new one.
    pub fn filter_args(&self, draw: &mut Draw, scene: &Scene) -> Option<BTreeMap<Key, Arg>> {
        let person = &self.belief.people[scene.user];
        let mut args = BTreeMap::from([(Key::On, Arg::Text("crm".to_owned()))]);
        if scene.user != 0 || draw.percent(20) {
            args.insert(Key::As, Arg::Text(person.id.clone()));
        }
        let known = draw.pick(&person.filters).filter(|_| !draw.percent(25));
        let Some((name, kind, active)) = known else {
            let name = format!("filter-{}", self.number() + 1);
            let kind = draw.one_of(Kind::ALL);
            args.insert(Key::Kind, Arg::Text(kind.word().to_owned()));
            if draw.percent(70) {
                args.insert(Key::Where, Arg::Where(self.values.conditions(draw, kind)));
            }
            if draw.percent(20) {
                args.insert(Key::Active, Arg::Bool(draw.percent(50)));
            }
            args.insert(Key::Filter, Arg::Text(name));
            return Some(args);
        };
        args.insert(Key::Filter, Arg::Text(name.clone()));
        match draw.below(10) {
            0..=3 => drop(args.insert(Key::Active, Arg::Bool(!active))),
            4 => drop(args.insert(Key::Remove, Arg::Bool(true))),
            _ => drop(args.insert(Key::Where, Arg::Where(self.values.conditions(draw, *kind)))),
        }
        Some(args)
    }

    /// Some privileges that a user lacks, or holds where they are taken away.
    pub fn some_privileges(&self, draw: &mut Draw, scene: &Scene, args: &BTreeMap<Key, Arg>) -> Option<Arg> {
        let Some(Arg::Text(to)) = args.get(&Key::To) else { return None };
        let held = self.belief.people[self.belief.person(to)].privileges;
        let mut some: Vec<Privilege> =
            Privilege::all().filter(|privilege| held.has(*privilege) == (scene.act == Act::Revoke)).collect();
        // Sometimes everything at once.
        if !draw.percent(4) {
            draw.shuffle(&mut some);
            some.truncate(draw.between(1, 2) as usize);
        }
        some.sort_unstable();
        (!some.is_empty()).then_some(Arg::Privileges(some))
    }

    /// How a client becomes primary: as far as Outlook runs there, or shows its dialog when it starts.
    pub fn way_to_primary(&self, draw: &mut Draw, scene: &Scene) -> Option<Arg> {
        let desk = &self.belief.desks[scene.desk?];
        let own = self.belief.desks.iter().filter(|other| other.user == desk.user && other.mailbox == other.user);
        let several = own.clone().count() > 1 && own.filter(|other| other.registered).count() > 1;
        let way = match (desk.running, several) {
            (true, _) => draw.one_of(["options", "wizard"]),
            (false, true) => draw.one_of(["sign-in", "wizard"]),
            (false, false) => "wizard",
        };
        Some(Arg::Text(way.to_owned()))
    }

    /// Some settings that change; at least one.
    pub fn settings_change(&self, draw: &mut Draw) -> SettingsChange {
        let mut change = SettingsChange::default();
        match draw.below(4) {
            0 => {
                let mut kinds = Kind::ALL.to_vec();
                if draw.percent(60) {
                    kinds.remove(draw.below(kinds.len()));
                }
                change.kinds = Some(kinds);
            }
            1 => change.update_company = Some(draw.percent(50)),
            2 => change.automatic = Some(draw.percent(60)),
            _ => change.interval = Some(draw.one_of([Span::minutes(15), Span::minutes(30), Span::minutes(240)])),
        }
        change
    }
}
