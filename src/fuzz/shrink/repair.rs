//! What follows for the rest of a scenario when something was taken out of it.
//!
//! A step that names what is not there any more goes too. A window that ended at a step that is gone ends at the next one.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::{args, args_mut, keys};
use crate::scenario::Scenario;
use crate::scenario::model::{Arg, Body, Step, Where};
use crate::scenario::vocabulary::{Act, Key, Takes};

/// Takes steps out of a scenario. Who referred to one of them refers to the next that is left, where there is one.
pub fn remove_steps(scenario: &mut Scenario, gone: &BTreeSet<usize>) {
    let mut moved: BTreeMap<String, Option<String>> = BTreeMap::new();
    let referred: BTreeSet<String> = references(scenario);
    let mut next: Option<usize> = None;
    for index in (0..scenario.steps.len()).rev() {
        if !gone.contains(&index) {
            next = Some(index);
            continue;
        }
        let Some(id) = scenario.steps[index].id.take().filter(|id| referred.contains(id)) else { continue };
        let to = next.map(|next| scenario.steps[next].id.get_or_insert_with(|| id.clone()).clone());
        moved.insert(id, to);
    }
    let mut index = 0;
    scenario.steps.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
    for step in &mut scenario.steps {
        let Some(args) = args_mut(step) else { continue };
        for key in [Key::Until, Key::Since, Key::From] {
            let Some(to) = args.text(key).and_then(|id| moved.get(id)).cloned() else { continue };
            match to {
                Some(id) => drop(args.0.insert(key, Arg::Text(id))),
                None if key == Key::From => {}
                None => drop(args.0.remove(&key)),
            }
        }
    }
    for waiver in &mut scenario.waive {
        if let Some(to) = waiver.from.as_ref().and_then(|id| moved.get(id)).cloned() {
            waiver.from = to;
        }
    }
}

/// The step ids that somebody refers to.
pub fn references(scenario: &Scenario) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = scenario.waive.iter().filter_map(|waiver| waiver.from.clone()).collect();
    for step in &scenario.steps {
        let Some(args) = args(step) else { continue };
        ids.extend([Key::Until, Key::Since, Key::From].iter().filter_map(|key| args.text(*key)).map(str::to_owned));
    }
    ids
}

/// Takes out whatever names what is not there, until nothing does.
pub fn repair(scenario: &mut Scenario) {
    let users: BTreeSet<String> = scenario.users.iter().map(|user| user.id.clone()).collect();
    scenario.clients.retain(|client| users.contains(&client.user) && users.contains(&client.mailbox));
    scenario.items.retain(|item| users.contains(&item.owner) && users.contains(&item.holder));
    scenario.items.iter_mut().for_each(|item| {
        let owner = item.owner.clone();
        item.shared_with.retain(|user| users.contains(user) && *user != owner);
    });
    loop {
        let gone = dangling(scenario, &users);
        if gone.is_empty() {
            break;
        }
        remove_steps(scenario, &gone);
    }
    let there: BTreeSet<&String> = scenario.steps.iter().filter_map(|step| step.id.as_ref()).collect();
    scenario.waive.retain(|waiver| waiver.from.as_ref().is_none_or(|id| there.contains(id)));
}

/// What is there when a step is reached.
struct There {
    users: BTreeSet<String>,
    clients: BTreeSet<String>,
    /// The names by which items can be called, and those that exist or were made by a step.
    aliases: BTreeSet<String>,
    made: BTreeSet<String>,
    filters: BTreeSet<(String, String)>,
    /// The client whose cache file a step saved.
    saves: BTreeMap<String, String>,
    steps: BTreeSet<String>,
    first_user: String,
}

/// The steps that name what is not there; names in lists are only left out.
fn dangling(scenario: &mut Scenario, users: &BTreeSet<String>) -> BTreeSet<usize> {
    let mut there = There {
        users: users.clone(),
        clients: scenario.clients.iter().map(|client| client.id.clone()).collect(),
        aliases: BTreeSet::new(),
        made: BTreeSet::new(),
        filters: BTreeSet::new(),
        saves: BTreeMap::new(),
        steps: scenario.steps.iter().filter_map(|step| step.id.clone()).collect(),
        first_user: scenario.users.first().map(|user| user.id.clone()).unwrap_or_default(),
    };
    for item in &scenario.items {
        let mut names = item.aliases();
        names.extend(item.copies.map(|_| format!("{}*", item.id)));
        if item.side != Where::None {
            there.made.extend(names.iter().cloned());
        }
        there.aliases.extend(names);
    }
    for user in &scenario.users {
        there.filters.extend(user.filters.iter().map(|filter| (user.id.clone(), filter.id.clone())));
    }
    let is_gone = |(index, step): (usize, &mut Step)| (!there.allows(step)).then_some(index);
    scenario.steps.iter_mut().enumerate().filter_map(is_gone).collect()
}

impl There {
    /// Whether everything that a step names is there; notes what it makes.
    fn allows(&mut self, step: &mut Step) -> bool {
        if let Some(when) = &step.when
            && (!self.clients.contains(&when.on) || when.item.as_ref().is_some_and(|item| !self.aliases.contains(item)))
        {
            return false;
        }
        let act = match step.body {
            Body::Do(act, _) => Some(act),
            _ => None,
        };
        let keys = keys(step);
        let id = step.id.clone();
        let Some(args) = args_mut(step) else { return true };
        for (key, takes) in keys.into_iter().flatten() {
            match (takes, args.0.get_mut(key)) {
                (_, None) => {}
                (Takes::Client | Takes::ClientOrCrm | Takes::ClientCrmOrBase, Some(Arg::Text(name)))
                    if name != "crm" && name != "base" && !self.clients.contains(name) =>
                {
                    return false;
                }
                (Takes::User, Some(Arg::Text(name))) if !self.users.contains(name) => return false,
                (Takes::Users, Some(Arg::Names(names))) => {
                    names.retain(|name| self.users.contains(name));
                    if names.is_empty() {
                        return false;
                    }
                }
                (Takes::Alias, Some(Arg::Text(name))) => {
                    let makes = act == Some(Act::Create);
                    if !self.aliases.contains(name) || !makes && act.is_some() && !self.is_made(name) {
                        return false;
                    }
                }
                (Takes::StepId, Some(Arg::Text(id))) if *key != Key::From && !self.steps.contains(id) => {
                    args.0.remove(key);
                }
                _ => {}
            }
        }
        let on = args.text(Key::On).unwrap_or_default().to_owned();
        match act {
            Some(Act::Create | Act::Copy) => {
                let name = args.text(Key::New).or(args.text(Key::Item)).unwrap_or_default().to_owned();
                self.aliases.insert(name.clone());
                self.made.insert(name);
            }
            Some(Act::SaveCache) => match id {
                Some(id) => drop(self.saves.insert(id, on)),
                None => return false,
            },
            Some(Act::RestoreCache) => return args.text(Key::From).and_then(|id| self.saves.get(id)) == Some(&on),
            Some(Act::SetFilter) => {
                let user = args.text(Key::As).unwrap_or(&self.first_user).to_owned();
                let filter = (user, args.text(Key::Filter).unwrap_or_default().to_owned());
                if args.flag(Key::Remove) == Some(true) {
                    return self.filters.remove(&filter);
                }
                if !self.filters.contains(&filter) && args.text(Key::Kind).is_none() {
                    return false;
                }
                self.filters.insert(filter);
            }
            _ => {}
        }
        true
    }

    fn is_made(&self, name: &str) -> bool {
        let group = |made: &String| made.strip_suffix('*').is_some_and(|base| name.starts_with(base));
        let one = || name.strip_suffix('*').is_some_and(|base| self.made.iter().any(|made| made.starts_with(base)));
        self.made.contains(name) || self.made.iter().any(group) || one()
    }
}
