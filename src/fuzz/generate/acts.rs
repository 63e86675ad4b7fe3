//! Giving an act what it needs: where it happens, what it is about, and its keys.

use std::collections::BTreeMap;

use super::aim::{Aim, Sphere, sphere};
use super::draw::Draw;
use super::plan::{Drawn, Plan, Word};
use crate::journal::Prompt;
use crate::model::{Kind, Side, Surface};
use crate::scenario::model::{Arg, Args, Body, When};
use crate::scenario::vocabulary::{ACTS, Act, Key, row};
use crate::sim::Span;

/// What an act is about.
pub struct Scene {
    pub act: Act,
    pub in_crm: bool,
    pub desk: Option<usize>,
    /// Who acts in CRM.
    pub user: usize,
    pub thing: Option<usize>,
    /// The thing's name, or that of all copies.
    pub name: String,
    pub kind: Kind,
    pub by: Option<Span>,
}

/// The act that comes where another has nothing that it could be about.
fn instead(act: Act) -> Option<Act> {
    Some(match act {
        Act::Open | Act::Reconfigure => Act::Close,
        Act::Connect => Act::Disconnect,
        Act::EnableAddin => Act::DisableAddin,
        Act::RestoreCache => Act::SaveCache,
        Act::Install => Act::Uninstall,
        Act::CloseItem => Act::OpenItem,
        Act::Accept | Act::Decline => Act::Meet,
        Act::Unshare => Act::Share,
        Act::Untrack => Act::Track,
        Act::Track => Act::Create,
        Act::Grant => Act::Revoke,
        _ => return None,
    })
}

impl Plan<'_> {
    /// An act with what it needs; `None` where there is nothing for it.
    pub fn act(&mut self, draw: &mut Draw, act: Act, aim: Aim) -> Option<Drawn> {
        let scene = self.scene(draw, act, aim).or_else(|| {
            let other = instead(act).filter(|other| self.swarm.allows(*other))?;
            self.scene(draw, other, Aim { in_crm: Some(false), ..aim })
        })?;
        if scene.act != act {
            // What was to come is possible now.
            self.want(Word::Act(act), Aim { desk: scene.desk, thing: scene.thing, ..Aim::default() });
        }
        let args = self.args(draw, &scene)?;
        let when = self.inside(draw, &scene);
        let background = self.is_in_background(draw, &scene) && when.is_none();
        self.after_act(draw, &scene, background);
        Some(Drawn { body: Body::Do(scene.act, Args(args)), background, when })
    }

    fn scene(&self, draw: &mut Draw, act: Act, aim: Aim) -> Option<Scene> {
        let belief = &self.belief;
        let mut scene = Scene {
            act,
            in_crm: false,
            desk: None,
            user: 0,
            thing: None,
            name: String::new(),
            kind: draw.one_of(Kind::ALL),
            by: aim.by,
        };
        let sphere = sphere(act);
        let in_crm = aim.in_crm.unwrap_or_else(|| draw.percent(40));
        match sphere {
            Sphere::World => {}
            Sphere::Users => {
                scene.in_crm = true;
                scene.user = draw.below(belief.people.len());
            }
            Sphere::Client => {
                scene.desk = Some(belief.desk_for(draw, act, aim.desk)?);
            }
            Sphere::Outlook | Sphere::Either | Sphere::Crm => {
                scene.in_crm = sphere == Sphere::Crm || sphere == Sphere::Either && in_crm;
                if act == Act::Create {
                    self.place_new(draw, &mut scene, aim)?;
                } else if scene.in_crm {
                    let thing = belief.thing_in_crm(draw, act, aim.thing)?;
                    scene.thing = Some(thing);
                    scene.user = belief.actor(draw, act, thing, aim.user)?;
                } else {
                    let desk = belief.desk_where(draw, aim.desk, |desk| desk.running)?;
                    scene.desk = Some(desk);
                    scene.thing = Some(belief.thing_in(draw, act, desk, aim.thing)?);
                }
            }
        }
        if let Some(thing) = scene.thing.map(|at| &belief.things[at]) {
            scene.kind = thing.kind;
            let all = thing.group.as_ref().filter(|_| act != Act::Copy && draw.percent(20));
            let is_whole =
                |group: &str| belief.things.iter().all(|one| one.group.as_deref() != Some(group) || one.unmade);
            let all = all.filter(|group| act != Act::Create || is_whole(group));
            scene.name = all.map_or_else(|| thing.alias.clone(), |group| format!("{group}*"));
        }
        Some(scene)
    }

    /// Where something new is made: what the file declared and no step made yet, or something with a new name.
    fn place_new(&self, draw: &mut Draw, scene: &mut Scene, aim: Aim) -> Option<()> {
        let belief = &self.belief;
        let unmade: Vec<usize> = (0..belief.things.len()).filter(|at| belief.things[*at].unmade).collect();
        if draw.percent(50) {
            scene.thing = draw.pick(&unmade).copied();
        }
        let kinds = Kind::ALL.map(|kind| self.swarm.kinds[kind as usize]);
        scene.kind = Kind::ALL[draw.weighted(kinds.into_iter()).unwrap_or(0)];
        if scene.in_crm {
            let makes = crate::model::Privilege::Create(scene.kind);
            let may = |user: usize| u32::from(belief.people[user].privileges.has(makes));
            let drawn = draw.weighted((0..belief.people.len()).map(may));
            scene.user = aim.user.or(drawn)?;
        } else {
            scene.desk = Some(belief.desk_where(draw, aim.desk, |desk| desk.running)?);
        }
        Some(())
    }

    fn args(&mut self, draw: &mut Draw, scene: &Scene) -> Option<BTreeMap<Key, Arg>> {
        if scene.act == Act::SetFilter {
            return self.filter_args(draw, scene);
        }
        let row = row(ACTS, &scene.act);
        let mut args = BTreeMap::new();
        for (key, _) in row.needs {
            let value = self.value(draw, *key, scene, &args)?;
            args.insert(*key, value);
        }
        for (key, _) in row.may {
            // What must be there is always asked for; what stands for fields comes with `set`.
            let chance = match key {
                Key::As if scene.user == 0 => 20,
                Key::As | Key::Item | Key::New | Key::Kind | Key::Set => 100,
                Key::Close => 25,
                Key::Times | Key::Prompt => 10,
                _ => 50,
            };
            if draw.percent(chance)
                && let Some(value) = self.value(draw, *key, scene, &args)
            {
                args.insert(*key, value);
            }
        }
        Some(args)
    }

    /// The value of a key of an act; `None` where the act as it is has none.
    fn value(&self, draw: &mut Draw, key: Key, scene: &Scene, args: &BTreeMap<Key, Arg>) -> Option<Arg> {
        let belief = &self.belief;
        let act = scene.act;
        let text = |text: &str| Some(Arg::Text(text.to_owned()));
        let in_outlook = scene.desk.is_some();
        match key {
            Key::On => match scene.desk {
                Some(desk) => text(&belief.desks[desk].id),
                None => text("crm"),
            },
            Key::Item => scene.thing.map(|_| Arg::Text(scene.name.clone())),
            Key::New if act == Act::Create && scene.thing.is_some() => None,
            Key::New => {
                let sort = if act == Act::Copy { "copy" } else { "new" };
                let mut names = (self.number() + 1..).map(|number| format!("{sort}-{number}"));
                names.find(|name| belief.named(name).is_empty()).map(Arg::Text)
            }
            Key::Kind if args.contains_key(&Key::Item) => None,
            Key::Kind => text(scene.kind.word()),
            Key::Set if act == Act::Option => Some(Arg::Settings(self.settings_change(draw))),
            Key::Set => {
                let side = if scene.in_crm { Side::Crm } else { Side::Outlook };
                let made = act == Act::Create;
                let set = if made {
                    self.values.new_item(draw, scene.kind, side)
                } else {
                    self.values.set(draw, scene.kind, side)
                };
                Some(Arg::Set(set))
            }
            Key::Via if act == Act::MakePrimary => self.way_to_primary(draw, scene),
            Key::Via => {
                in_outlook.then(|| Arg::Text(draw.one_of([Surface::Inspector, Surface::Explorer]).word().to_owned()))
            }
            Key::Close if !in_outlook || args.get(&Key::Via) == text(Surface::Explorer.word()).as_ref() => None,
            Key::Close => Some(Arg::Bool(draw.percent(20))),
            Key::Hard => in_outlook.then(|| Arg::Bool(draw.percent(70))),
            Key::Crm => text(draw.one_of(["keep", "delete"])),
            Key::Regarding if act == Act::SetRegarding => text(draw.one_of(super::values::ACCOUNTS)),
            Key::With if act == Act::Answer => text(draw.one_of(["delete", "keep"])),
            Key::With => Some(Arg::Names(self.invited(draw, scene))),
            Key::As => scene.in_crm.then(|| Arg::Text(belief.people[scene.user].id.clone())),
            Key::To => self.to_whom(draw, scene),
            Key::Rights if act == Act::Share => Some(Arg::Rights(some_rights(draw))),
            Key::Rights => self.some_privileges(draw, scene, args),
            Key::By if act == Act::SetClock => Some(Arg::Span(draw.one_of(CLOCKS))),
            Key::By => Some(Arg::Span(scene.by.unwrap_or_else(|| draw.one_of(SPANS)))),
            Key::Times => Some(Arg::Int(i64::from(draw.between(2, 3)))),
            Key::Prompt => draw.pick(Prompt::ALL).and_then(|prompt| text(prompt.word())),
            Key::Mailbox => text(&belief.people[draw.below(belief.people.len())].id),
            Key::Properties => Some(Arg::Bool(draw.percent(50))),
            Key::From => {
                let saves = scene.desk.map_or(&[][..], |desk| &belief.desks[desk].saves);
                draw.pick(saves).map(|id| Arg::Text(id.clone()))
            }
            // They stand for fields, which `set` gives, or belong to faults, filters and expectations alone.
            Key::Regarding
            | Key::Parent
            | Key::Due
            | Key::Starts
            | Key::Lasts
            | Key::Organizer
            | Key::Required
            | Key::Optional
            | Key::Filter
            | Key::Where
            | Key::Active
            | Key::Remove
            | Key::Call
            | Key::Table
            | Key::Nth
            | Key::Until
            | Key::Code
            | Key::For
            | Key::Says
            | Key::Side
            | Key::Is
            | Key::Sent
            | Key::Applied
            | Key::Answered
            | Key::Since
            | Key::Fields
            | Key::ToOutlook
            | Key::ToCrm
            | Key::Rows
            | Key::Error
            | Key::Field
            | Key::Lost
            | Key::Cycles
            | Key::Restart => None,
        }
    }

    /// Somebody who is invited: others than whose mailbox it is, where there are any.
    fn invited(&self, draw: &mut Draw, scene: &Scene) -> Vec<String> {
        let people = &self.belief.people;
        let mailbox = scene.desk.map(|desk| self.belief.desks[desk].mailbox);
        let others: Vec<usize> = (0..people.len()).filter(|user| Some(*user) != mailbox || people.len() == 1).collect();
        let first = draw.below(others.len());
        let more = draw.percent(30);
        let names =
            others.iter().enumerate().filter(|(at, _)| *at == first || more).map(|(_, user)| people[*user].id.clone());
        names.collect()
    }

    /// The user or the folder that an act leads to.
    fn to_whom(&self, draw: &mut Draw, scene: &Scene) -> Option<Arg> {
        let people = &self.belief.people;
        let thing = scene.thing.map(|at| &self.belief.things[at]);
        if scene.act == Act::Move {
            let held = thing?.in_box(self.belief.desks[scene.desk?].mailbox)?;
            let back = held.life == super::belief::Life::Moved;
            return Some(Arg::Text(if back { "synchronized" } else { "folder" }.to_owned()));
        }
        let weight = |user: usize| match (scene.act, thing) {
            // The checks of the format know the owner as far as the file tells.
            (Act::Share, Some(thing)) => {
                let needless = user == scene.user || user == thing.owner || thing.stated_owner == Some(user);
                u32::from(!needless)
            }
            (Act::Unshare, Some(thing)) => u32::from(thing.shared.contains(&user)),
            (Act::Assign, Some(thing)) => u32::from(user != thing.owner),
            _ => 1,
        };
        let user = draw.weighted((0..people.len()).map(weight))?;
        Some(Arg::Text(people[user].id.clone()))
    }

    /// Whether nobody waits for what an act starts.
    fn is_in_background(&self, draw: &mut Draw, scene: &Scene) -> bool {
        match scene.act {
            Act::Sync => draw.percent(self.swarm.background_share),
            Act::Advance | Act::Settle => false,
            _ => draw.percent(self.swarm.background_share / 6),
        }
    }

    /// A point inside a call of somebody's cycle where an act takes place, in some runs.
    fn inside(&mut self, draw: &mut Draw, scene: &Scene) -> Option<When> {
        let fits = matches!(sphere(scene.act), Sphere::Outlook | Sphere::Either | Sphere::Crm | Sphere::Users)
            || matches!(
                scene.act,
                Act::Close | Act::Crash | Act::Disconnect | Act::RestartServer | Act::Sync | Act::MakePrimary
            );
        // What takes place later cannot be spoken of by the steps between.
        let makes = matches!(scene.act, Act::Create | Act::Copy);
        if !fits || makes || !draw.percent(self.swarm.inside_share) {
            return None;
        }
        self.point(draw, scene.thing)
    }
}

/// How much time passes: between two calls, between two acts, between two cycles.
const SPANS: [Span; 9] = [
    Span::millis(50),
    Span::millis(100),
    Span::millis(400),
    Span::seconds(1),
    Span::seconds(5),
    Span::minutes(1),
    Span::minutes(5),
    Span::minutes(20),
    Span::minutes(150),
];
const CLOCKS: [Span; 6] = [
    Span::minutes(-60),
    Span::minutes(-2),
    Span::seconds(-1),
    Span::seconds(3),
    Span::minutes(10),
    Span::minutes(24 * 60),
];

fn some_rights(draw: &mut Draw) -> crate::model::Rights {
    let all = crate::model::Right::ALL;
    let first = draw.below(all.len());
    let chosen = all.iter().enumerate().filter(|(at, _)| *at == first || draw.percent(40));
    chosen.fold(crate::model::Rights::NONE, |rights, (_, right)| rights.with(*right))
}
