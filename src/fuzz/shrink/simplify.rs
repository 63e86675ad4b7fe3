//! Making what is left simpler: steps, what is in the world, the protocol.
//!
//! Each change takes something away or makes a number smaller, so that no two of them can undo each other for ever.

use super::parts::{args, args_mut, keys};
use super::search::Search;
use crate::model::{Kind, Privilege, Privileges};
use crate::protocol::switches::{Base, Switch, Switches};
use crate::scenario::Scenario;
use crate::scenario::model::{Arg, Body, Filter, Item, Settings, Step, User, Where};
use crate::scenario::vocabulary::{Act, Key};
use crate::sim::Span;

/// The durations that a person would write, the shortest first.
const PLAIN: [Span; 4] = [Span::minutes(1), Span::minutes(15), Span::minutes(60), Span::minutes(24 * 60)];

/// Makes every step simpler: fewer keys, the first call instead of a later one, no window, no point, shorter times.
pub fn steps(search: &mut Search<'_>) {
    search.begin("simplify faults, times and values of steps");
    for index in (0..search.now.steps.len()).rev() {
        let mut tried = 0;
        while let Some(step) = search.now.steps.get(index).and_then(|step| simpler(step).into_iter().nth(tried)) {
            let before = search.now.steps.len();
            match search.change(|scenario| scenario.steps[index] = step) {
                // Something else went with it.
                true if search.now.steps.len() != before => break,
                true => tried = 0,
                false => tried += 1,
            }
        }
    }
    search.end();
}

/// What a step could be instead, the simplest first.
fn simpler(step: &Step) -> Vec<Step> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Step)| {
        let mut simpler = step.clone();
        change(&mut simpler);
        all.push(simpler);
    };
    if let Some(when) = &step.when {
        with(&|step| step.when = None);
        if when.nth > 1 {
            with(&|step| step.when.iter_mut().for_each(|when| when.nth = 1));
        }
        if when.item.is_some() {
            with(&|step| step.when.iter_mut().for_each(|when| when.item = None));
        }
        if when.table.is_some() {
            with(&|step| step.when.iter_mut().for_each(|when| when.table = None));
        }
    }
    if step.background {
        with(&|step| step.background = false);
    }
    if let Some(at) = step.at {
        with(&|step| step.at = None);
        for shorter in PLAIN.into_iter().filter(|plain| *plain < at) {
            with(&|step| step.at = Some(shorter));
        }
    }
    // What is expected is what the failure is known by.
    let acts = matches!(step.body, Body::Do(..) | Body::Fault(..));
    let Some(args) = args(step).filter(|_| acts) else { return all };
    let [_, may] = keys(step);
    for (key, _) in may.iter().filter(|(key, _)| args.0.contains_key(key)) {
        with(&|step| drop(args_mut(step).map(|args| args.0.remove(key))));
    }
    for (key, arg) in &args.0 {
        for simpler in simpler_arg(arg) {
            with(&|step| drop(args_mut(step).map(|args| args.0.insert(*key, simpler.clone()))));
        }
    }
    all
}

fn simpler_arg(arg: &Arg) -> Vec<Arg> {
    match arg {
        Arg::Int(number) => smaller(*number).into_iter().map(Arg::Int).collect(),
        Arg::Span(span) => PLAIN.into_iter().filter(|plain| plain < span).map(Arg::Span).collect(),
        Arg::Set(set) => without_one(set).into_iter().map(Arg::Set).collect(),
        Arg::Names(names) => without_one(names).into_iter().map(Arg::Names).collect(),
        Arg::Privileges(privileges) => without_one(privileges).into_iter().map(Arg::Privileges).collect(),
        _ => Vec::new(),
    }
}

/// 1, and the numbers half and one less on the way there.
fn smaller(number: i64) -> Vec<i64> {
    let mut all = vec![1, number / 2, number - 1];
    all.retain(|smaller| (1..number).contains(smaller));
    all.dedup();
    all
}

/// A list with one of its entries left out, for each; nothing for a list of one.
fn without_one<T: Clone>(list: &[T]) -> Vec<Vec<T>> {
    if list.len() < 2 {
        return Vec::new();
    }
    let without = |gone: usize| {
        let left = list.iter().enumerate().filter(|(index, _)| *index != gone);
        left.map(|(_, entry)| entry.clone()).collect()
    };
    (0..list.len()).rev().map(without).collect()
}

/// Makes clients, users and items what a file that says nothing of them means.
pub fn world(search: &mut Search<'_>) {
    search.begin("simplify clients, users and items");
    if search.now.seed != 0 {
        search.change(|scenario| scenario.seed = 0);
    }
    for index in 0..search.now.clients.len() {
        search.change(|scenario| scenario.clients[index].settings = Settings::default());
        for setting in CLIENT {
            search.change(|scenario| setting(&mut scenario.clients[index]));
        }
    }
    for index in 0..search.now.users.len() {
        search.change(|scenario| scenario.users[index].privileges = Privileges::default());
        let held = search.now.users[index].privileges;
        for missing in Privilege::all().filter(|privilege| !held.has(*privilege)) {
            search.change(|scenario| {
                let user = &mut scenario.users[index];
                user.privileges = user.privileges.with(missing, true);
            });
        }
        search.change(|scenario| scenario.users[index].filters = Filter::defaults());
        search.change(|scenario| {
            let user = &mut scenario.users[index];
            user.email = User::default_email(&user.id);
        });
        for filter in (0..search.now.users[index].filters.len()).rev() {
            search.change(|scenario| drop(scenario.users[index].filters.remove(filter)));
        }
    }
    for index in (0..search.now.items.len()).rev() {
        item(search, index);
    }
    created(search);
    search.end();
}

type OfClient = fn(&mut crate::scenario::model::Client);

/// What a client is simplest as.
const CLIENT: [OfClient; 9] = [
    |client| client.running = true,
    |client| client.online = true,
    |client| client.addin = true,
    |client| client.clock = Span::ZERO,
    |client| client.machine.clone_from(&client.id),
    |client| client.settings.kinds = Kind::ALL.to_vec(),
    |client| client.settings.update_company = false,
    |client| client.settings.automatic = true,
    |client| client.settings.interval = None,
];

fn item(search: &mut Search<'_>, index: usize) {
    if let Some(copies) = search.now.items[index].copies {
        for fewer in smaller(i64::from(copies)) {
            if search.change(|scenario| scenario.items[index].copies = u32::try_from(fewer).ok()) {
                break;
            }
        }
    }
    search.change(|scenario| scenario.items[index].rank = None);
    search.change(|scenario| scenario.items[index].shared_with.clear());
    search.change(|scenario| scenario.items[index].tracked = false);
    search.change(|scenario| {
        let item = &mut scenario.items[index];
        item.holder.clone_from(&item.owner);
    });
    search.change(|scenario| {
        let owner = scenario.clients.first().map(|client| client.user.clone()).unwrap_or_default();
        let item = &mut scenario.items[index];
        (item.owner, item.holder) = (owner.clone(), owner);
    });
    if matches!(search.now.items[index].side, Where::Outlook | Where::Crm) {
        search.change(|scenario| scenario.items[index].side = Where::Both);
    }
    for field in (0..search.now.items[index].set.len()).rev() {
        search.change(|scenario| drop(scenario.items[index].set.remove(field)));
    }
}

/// Lets what a step makes be there from the start.
fn created(search: &mut Search<'_>) {
    for index in (0..search.now.steps.len()).rev() {
        for side in [Where::Both, Where::Outlook, Where::Crm] {
            let Some(candidate) = with_item(&search.now, index, side) else { break };
            if search.change(|scenario| *scenario = candidate) {
                break;
            }
        }
    }
}

fn with_item(scenario: &Scenario, index: usize, side: Where) -> Option<Scenario> {
    let step = scenario.steps.get(index)?;
    let Body::Do(Act::Create, args) = &step.body else { return None };
    let mut scenario = scenario.clone();
    let on = args.text(Key::On)?;
    let client = scenario.clients.iter().find(|client| client.id == on);
    let acting = || args.text(Key::As).map(str::to_owned).or_else(|| Some(scenario.users.first()?.id.clone()));
    let owner = client.map(|client| client.mailbox.clone()).or_else(acting)?;
    let set = args.set(Key::Set).to_vec();
    match args.text(Key::New) {
        Some(new) => {
            let (id, holder, kind) = (new.to_owned(), owner.clone(), Kind::parse(args.text(Key::Kind)?)?);
            let (shared_with, tracked, copies, rank) = (Vec::new(), false, None, None);
            scenario.items.push(Item { id, kind, side, owner, shared_with, holder, tracked, set, copies, rank });
        }
        None => {
            let name = args.text(Key::Item)?;
            let item = scenario.items.iter_mut().find(|item| item.id == name)?;
            item.side = side;
            item.set = set;
        }
    }
    super::repair::remove_steps(&mut scenario, &[index].into());
    Some(scenario)
}

/// Brings the switches that the failure does not need to what `hardened` says: those that are left are its cause.
pub fn protocol(search: &mut Search<'_>) {
    search.begin("bring the protocol's switches to `hardened`");
    let hardened = Switches::of(Base::Hardened);
    let mut size = usize::MAX;
    loop {
        let differing: Vec<Switch> = Switch::ALL
            .iter()
            .copied()
            .filter(|switch| search.now.protocol.switches.get(*switch) != hardened.get(*switch))
            .collect();
        size = size.min(differing.len());
        if size == 0 || search.is_exhausted() {
            break;
        }
        for some in differing.chunks(size) {
            search.change(|scenario| {
                for switch in some {
                    // It takes the value that it has under another base.
                    let taken = scenario.protocol.switches.set(*switch, &hardened.get(*switch));
                    debug_assert!(taken, "{}", switch.word());
                }
            });
        }
        if size == 1 {
            break;
        }
        size /= 2;
    }
    search.end();
}
