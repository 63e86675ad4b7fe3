//! Nothing of the vocabulary is left out: what is added to a table must be drawn as well.

use std::collections::BTreeSet;

use super::super::faults::strikes;
use super::{generate, profile};
use crate::model::{Call, DefaultFolder, FolderRight, Kind, Privilege, Role, Table};
use crate::scenario::Scenario;
use crate::scenario::model::{Arg, Args, Body, Point, Rank, Step, Where};
use crate::scenario::vocabulary::{ACTS, Act, FAULTS, Fault, Key, Takes, Word};
use crate::scenario::{CLIENT_KEYS, FOLDED_KEYS, ITEM_KEYS, USER_KEYS};

/// How many seeds must be enough for everything.
const SEEDS: u64 = 3_000;

/// Whether a key stands for fields, which `set` then holds.
fn folds(act: Act) -> bool {
    matches!(act, Act::Create | Act::Edit)
}

/// What the tables of acts and faults say can be written, each in words.
fn wanted() -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    let mut take = |word: &str, keys: &mut dyn Iterator<Item = &(Key, Takes)>, call: &dyn Fn(Call) -> bool| {
        wanted.insert(word.to_owned());
        for (key, takes) in keys {
            wanted.insert(format!("{word} {key}"));
            let Takes::Word(words) = takes else { continue };
            let can = |value: &&&str| *key != Key::Call || Call::parse(value).is_some_and(call);
            wanted.extend(words.iter().filter(can).map(|value| format!("{word} {key} {value}")));
        }
    };
    fn keys<W>(row: &Word<W>) -> impl Iterator<Item = &(Key, Takes)> {
        row.needs.iter().chain(row.may)
    }
    for row in ACTS {
        take(row.word.word(), &mut keys(row), &|_| true);
    }
    for row in FAULTS {
        take(row.word.word(), &mut keys(row), &|call| strikes(row.word, call));
    }
    for call in Call::ALL {
        wanted.extend(Point::ALL.iter().map(|point| format!("when {call} {point}")));
    }
    wanted.extend(["nth", "item", "table"].map(|key| format!("when {key}")));
    wanted.extend(Table::CACHE.iter().map(|table| format!("when {table}")));
    wanted.extend(["id", "at", "background"].map(|key| format!("step {key}")));
    wanted.extend(Privilege::all().map(|privilege| format!("lacks {}", privilege.word())));
    for kind in Kind::ALL {
        wanted.extend(Where::WORDS.iter().map(|side| format!("{kind} {side}")));
        wanted.insert(format!("filter {kind}"));
        wanted.insert(format!("hides {kind}"));
    }
    wanted.extend(Role::WORDS.iter().map(|role| format!("role {role}")));
    for folder in DefaultFolder::ALL {
        wanted.extend(FolderRight::ALL.iter().map(|right| format!("{folder} {right}")));
    }
    wanted.extend(["first", "last", "number"].map(|rank| format!("rank {rank}")));
    wanted.extend(CLIENT_KEYS.iter().map(|key| format!("client {key}")));
    wanted.extend(["kinds", "update-company", "automatic", "interval"].map(|key| format!("setting {key}")));
    // A user's address is the default one.
    wanted.extend(USER_KEYS.iter().filter(|key| **key != "email").map(|key| format!("user {key}")));
    wanted.extend(ITEM_KEYS.iter().map(|key| format!("item {key}")));
    wanted
}

/// What a scenario has, in the same words.
fn has(scenario: &Scenario, found: &mut BTreeSet<String>) {
    for step in &scenario.steps {
        let named = [("id", step.id.is_some()), ("at", step.at.is_some()), ("background", step.background)];
        found.extend(named.iter().filter(|(_, is)| *is).map(|(key, _)| format!("step {key}")));
        match &step.body {
            Body::Do(act, args) => keys_of(act.word(), args, folds(*act), found),
            Body::Fault(fault, args) => keys_of(fault.word(), args, false, found),
            _ => {}
        }
        point_of(step, found);
    }
    for user in &scenario.users {
        let lacks = Privilege::all().filter(|privilege| !user.privileges.has(*privilege));
        found.extend(lacks.map(|privilege| format!("lacks {}", privilege.word())));
        found.extend(user.filters.iter().map(|filter| format!("filter {}", filter.kind)));
    }
    for client in &scenario.clients {
        found.insert(format!("role {}", client.role));
        let hidden = Kind::ALL.into_iter().filter(|kind| !client.settings.kinds.contains(kind));
        found.extend(hidden.map(|kind| format!("hides {kind}")));
        let rights = DefaultFolder::ALL.iter().filter(|_| client.role == Role::Delegate);
        found.extend(rights.map(|folder| format!("{folder} {}", client.rights.of(*folder))));
    }
    for item in &scenario.items {
        found.insert(format!("{} {}", item.kind, item.side.word()));
        let rank = item.rank.map(|rank| match rank {
            Rank::First => "rank first",
            Rank::Last => "rank last",
            Rank::Number(_) => "rank number",
        });
        found.extend(rank.map(str::to_owned));
    }
    // The keys of the world, as they are written.
    let text = scenario.to_toml();
    let blocks: [(&str, &str, &[&'static str]); 3] =
        [("users", "user", &USER_KEYS), ("clients", "client", &CLIENT_KEYS), ("items", "item", &ITEM_KEYS)];
    for (block, name, keys) in blocks {
        let part = text.split(&format!("\n{block} = [\n")).nth(1).and_then(|rest| rest.split("\n]\n").next());
        for key in keys {
            let field = FOLDED_KEYS.iter().find(|(folded, _)| folded == key).map_or(*key, |(_, field)| *field);
            if part.is_some_and(|part| part.contains(&format!(" {field} = "))) {
                found.insert(format!("{name} {key}"));
            }
        }
        for key in ["kinds", "update-company", "automatic", "interval"] {
            if block == "clients" && part.is_some_and(|part| part.contains(&format!(" {key} = "))) {
                found.insert(format!("setting {key}"));
            }
        }
    }
}

fn keys_of(word: &str, args: &Args, folds: bool, found: &mut BTreeSet<String>) {
    found.insert(word.to_owned());
    for (key, arg) in &args.0 {
        found.insert(format!("{word} {key}"));
        if let Arg::Text(text) = arg {
            found.insert(format!("{word} {key} {text}"));
        }
        let Arg::Set(set) = arg else { continue };
        let given = |(_, field): &&(&str, &str)| folds && set.iter().any(|(set, _)| set.name() == *field);
        found.extend(FOLDED_KEYS.iter().filter(given).map(|(key, _)| format!("{word} {key}")));
    }
}

fn point_of(step: &Step, found: &mut BTreeSet<String>) {
    let Some(when) = &step.when else { return };
    found.insert(format!("when {} {}", when.call, when.point));
    let given = [("nth", when.nth > 1), ("item", when.item.is_some()), ("table", when.table.is_some())];
    found.extend(given.iter().filter(|(_, is)| *is).map(|(key, _)| format!("when {key}")));
    found.extend(when.table.map(|table| format!("when {table}")));
}

#[test]
fn nothing_of_the_vocabulary_is_never_drawn() {
    let (profile, mut found) = (profile(), BTreeSet::new());
    let mut missing = wanted();
    for seed in 0..SEEDS {
        has(&generate(seed, &profile), &mut found);
        if seed % 100 == 99 {
            missing.retain(|word| !found.contains(word));
            if missing.is_empty() {
                return;
            }
        }
    }
    panic!("never drawn within {SEEDS} seeds: {missing:#?}");
}

/// The check above would notice: a profile that forbids a word never draws it.
#[test]
fn a_word_without_weight_is_never_drawn_and_its_absence_noticed() {
    let mut profile = profile();
    let random = profile.random.as_mut().unwrap();
    random.weights.named.extend([(Act::Share, 0), (Act::Uninstall, 0)]);
    random.faults.named.insert(Fault::Cut, 0);
    random.kinds.named.insert(Kind::Task, 0);
    random.roles.named.insert(Role::Delegate, 0);
    random.phases.away = 0;
    let mut found = BTreeSet::new();
    (0..400).for_each(|seed| has(&generate(seed, &profile), &mut found));
    for word in ["share", "uninstall", "cut", "role delegate", "task both", "create kind task"] {
        assert!(!found.contains(word) && wanted().contains(word), "{word}");
    }
    for word in ["unshare", "install", "delay", "role secondary", "contact both", "create kind contact"] {
        assert!(found.contains(word), "{word}");
    }
}
