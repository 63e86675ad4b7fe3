//! Names and values as a person would choose them.
//!
//! The rank of a record among others follows from its name, so that other names are another run: where it does not fail
//! any more, fewer names change.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::{args_mut, keys};
use super::repair::references;
use super::search::Search;
use crate::model::field::ValueType;
use crate::model::{FieldId, Kind};
use crate::scenario::Scenario;
use crate::scenario::model::{Arg, Body, Literal, Step, User};
use crate::scenario::vocabulary::{Act, Key, Takes};

const USERS: [&str; 8] = ["ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal"];
const CLIENTS: [&str; 8] = ["desk", "laptop", "office", "pc", "home", "tablet", "kiosk", "spare"];
const CONTACTS: [&str; 8] = ["zoe", "kim", "max", "ada", "leo", "mia", "ron", "sue"];
const TASKS: [&str; 8] = ["job", "bid", "call", "plan", "memo", "order", "check", "draft"];
const APPOINTMENTS: [&str; 8] = ["talk", "visit", "lunch", "demo", "review", "audit", "tour", "launch"];

/// The fields whose texts become plain, and the texts.
const TEXTS: [(&[&str], [&str; 6]); 4] = [
    (&["lastname"], ["Ray", "Lee", "Fox", "Moss", "Hill", "Dean"]),
    (&["subject"], ["Call", "Write", "Plan", "Send", "Meet", "Ask"]),
    (&["telephone1", "telephone2", "mobilephone", "fax"], ["111", "222", "333", "444", "555", "666"]),
    (&["jobtitle", "description", "location"], ["one", "two", "three", "four", "five", "six"]),
];

/// Gives names and values, as many as the failure allows.
pub fn relabel(search: &mut Search<'_>) {
    search.begin("choose names and values");
    search.change(step_ids);
    if !search.change(|scenario| {
        users(scenario);
        clients(scenario);
        items(scenario);
        texts(scenario);
    }) {
        for change in [users, clients, items, texts] {
            search.change(change);
        }
    }
    search.end();
}

/// A name of the list for each, and after them names with numbers.
fn names(old: impl Iterator<Item = String>, list: &[&str]) -> BTreeMap<String, String> {
    let mut new = BTreeMap::new();
    for id in old {
        let at = new.len();
        let name = list[at % list.len()];
        let name = if at < list.len() { name.to_owned() } else { format!("{name}-{}", at / list.len() + 1) };
        new.entry(id).or_insert(name);
    }
    new
}

fn rename(map: &BTreeMap<String, String>, name: &mut String) {
    if let Some(new) = map.get(name) {
        name.clone_from(new);
    }
}

/// The texts of a step that are of some type.
fn texts_of(step: &mut Step, is: impl Fn(Takes) -> bool) -> Vec<&mut String> {
    let mut found = Vec::new();
    let keys = keys(step).into_iter().flatten().filter(|(_, takes)| is(*takes));
    let keys: BTreeSet<Key> = keys.map(|(key, _)| *key).collect();
    let Some(args) = args_mut(step) else { return found };
    for (_, arg) in args.0.iter_mut().filter(|(key, _)| keys.contains(key)) {
        match arg {
            Arg::Text(text) => found.push(text),
            Arg::Names(names) => found.extend(names),
            _ => {}
        }
    }
    found
}

fn users(scenario: &mut Scenario) {
    let map = names(scenario.users.iter().map(|user| user.id.clone()), &USERS);
    let mut addresses: BTreeMap<String, String> = map.clone();
    for user in &mut scenario.users {
        let usual = User::default_email(&user.id);
        rename(&map, &mut user.id);
        if user.email == usual {
            user.email = User::default_email(&user.id);
            addresses.insert(usual, user.email.clone());
        }
    }
    for client in &mut scenario.clients {
        rename(&map, &mut client.user);
        rename(&map, &mut client.mailbox);
    }
    for item in &mut scenario.items {
        rename(&map, &mut item.owner);
        rename(&map, &mut item.holder);
        item.shared_with.iter_mut().for_each(|user| rename(&map, user));
    }
    for step in &mut scenario.steps {
        texts_of(step, |takes| matches!(takes, Takes::User | Takes::Users))
            .into_iter()
            .for_each(|user| rename(&map, user));
    }
    each_literal(scenario, |field, text| {
        if ["organizer", "requiredattendees", "optionalattendees"].contains(&field.name()) {
            let parties: Vec<String> = text
                .split(';')
                .map(|party| addresses.get(party.trim()).cloned().unwrap_or_else(|| party.trim().to_owned()))
                .collect();
            *text = parties.join(";");
        }
    });
}

fn clients(scenario: &mut Scenario) {
    let map = names(scenario.clients.iter().map(|client| client.id.clone()), &CLIENTS);
    for client in &mut scenario.clients {
        rename(&map, &mut client.id);
        rename(&map, &mut client.machine);
    }
    for step in &mut scenario.steps {
        let is = |takes| matches!(takes, Takes::Client | Takes::ClientOrCrm | Takes::ClientCrmOrBase);
        texts_of(step, is).into_iter().for_each(|client| rename(&map, client));
        step.when.iter_mut().for_each(|when| rename(&map, &mut when.on));
    }
}

fn items(scenario: &mut Scenario) {
    let mut of_kind: Vec<(Kind, String)> = scenario.items.iter().map(|item| (item.kind, item.id.clone())).collect();
    for step in &scenario.steps {
        let Body::Do(act, args) = &step.body else { continue };
        let Some(new) = args.text(Key::New) else { continue };
        let copied = || of_kind.iter().find(|(_, id)| Some(id.as_str()) == args.text(Key::Item)).map(|(kind, _)| *kind);
        let kind = if *act == Act::Copy { copied() } else { args.text(Key::Kind).and_then(Kind::parse) };
        of_kind.push((kind.unwrap_or(Kind::Contact), new.to_owned()));
    }
    let mut map = BTreeMap::new();
    for (kind, list) in [(Kind::Contact, CONTACTS), (Kind::Task, TASKS), (Kind::Appointment, APPOINTMENTS)] {
        let of_kind = of_kind.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone());
        map.extend(names(of_kind, &list));
    }
    // Copies are called by the name of the entry and a number, or a star.
    let mut whole = map.clone();
    for item in scenario.items.iter().filter(|item| item.copies.is_some()) {
        let new = &map[&item.id];
        let number = |alias: &String| (alias.clone(), format!("{new}{}", &alias[item.id.len()..]));
        whole.extend(item.aliases().iter().map(number));
        whole.insert(format!("{}*", item.id), format!("{new}*"));
    }
    for step in &mut scenario.steps {
        let aliases = texts_of(step, |takes| matches!(takes, Takes::Alias | Takes::NewAlias));
        aliases.into_iter().for_each(|alias| rename(&whole, alias));
        step.when.iter_mut().filter_map(|when| when.item.as_mut()).for_each(|item| rename(&whole, item));
    }
    scenario.items.iter_mut().for_each(|item| rename(&map, &mut item.id));
}

/// Step ids say what they are for; those that nobody refers to go.
fn step_ids(scenario: &mut Scenario) {
    let referred = references(scenario);
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    let mut ends = 0;
    let mut copies = 0;
    for step in &mut scenario.steps {
        let Some(id) = step.id.take_if(|_| !matches!(step.body, Body::Expect(..))) else { continue };
        if !referred.contains(&id) {
            continue;
        }
        let (word, count) = match &step.body {
            Body::Do(Act::SaveCache, _) => ("copy", &mut copies),
            _ => ("end", &mut ends),
        };
        *count += 1;
        let new = if *count == 1 { word.to_owned() } else { format!("{word}-{count}") };
        map.insert(id, new.clone());
        step.id = Some(new);
    }
    for step in &mut scenario.steps {
        texts_of(step, |takes| takes == Takes::StepId).into_iter().for_each(|id| rename(&map, id));
    }
    scenario.waive.iter_mut().filter_map(|waiver| waiver.from.as_mut()).for_each(|id| rename(&map, id));
}

fn texts(scenario: &mut Scenario) {
    let mut known: BTreeMap<(usize, String), &'static str> = BTreeMap::new();
    let mut counts = [0; TEXTS.len()];
    each_literal(scenario, |field, text| {
        let group = TEXTS.iter().position(|(fields, _)| fields.contains(&field.name()));
        let Some(group) = group.filter(|_| field.field().value_type == ValueType::Text && !text.is_empty()) else {
            return;
        };
        let list = TEXTS[group].1;
        let key = (group, text.clone());
        if !known.contains_key(&key) && counts[group] < list.len() {
            known.insert(key.clone(), list[counts[group]]);
            counts[group] += 1;
        }
        if let Some(new) = known.get(&key) {
            (*new).clone_into(text);
        }
    });
}

/// Goes through every text that a field is given.
fn each_literal(scenario: &mut Scenario, mut change: impl FnMut(FieldId, &mut String)) {
    let of_items = scenario.items.iter_mut().flat_map(|item| item.set.iter_mut());
    let of_steps = scenario.steps.iter_mut().flat_map(|step| {
        let sets = args_mut(step).into_iter().flat_map(|args| args.0.values_mut());
        sets.filter_map(|arg| if let Arg::Set(set) = arg { Some(set) } else { None }).flatten()
    });
    for (field, literal) in of_items.chain(of_steps) {
        if let Literal::Text(text) = literal {
            change(*field, text);
        }
    }
}
