//! What exists at the start of a seed: items of every kind on every side.

use super::draw::Draw;
use super::values::Values;
use crate::model::{Kind, Privilege, Right, Side, mapping};
use crate::scenario::model::{Item, Profile, Rank, User, Where};
use crate::sim::Draws;

const NAMES: [(Kind, &[&str]); Kind::ALL.len()] = [
    (Kind::Appointment, &["talk", "review", "lunch", "visit", "demo", "training", "kickoff", "jour-fixe"]),
    (Kind::Task, &["job", "bid", "report", "offer", "errand", "call", "letter", "invoice"]),
    (Kind::Contact, &["zoe", "kim", "max", "lea", "tom", "una", "vic", "wim"]),
];
/// How many entries a file has at most.
const MOST: usize = crate::scenario::source::MAX_ITEMS;

/// The items of a seed.
pub fn items(draws: Draws, users: &[User], profile: &Profile, values: &Values) -> Vec<Item> {
    let mut draw = Draw::new(draws.stream("items", "", 0));
    let count = draw.between(profile.sizes.items.least, profile.sizes.items.most) as usize;
    let mut items: Vec<Item> = Vec::new();
    for number in 0..count.min(MOST) {
        let mut draw = Draw::new(draws.stream("item", "", number as u64));
        let weights = Kind::ALL.map(|kind| profile.kinds.of(kind, 1));
        let Some(kind) = draw.weighted(weights.into_iter()) else { break };
        let item = item(&mut draw, Kind::ALL[kind], (&items, users), values);
        items.push(item);
    }
    items
}

fn item(draw: &mut Draw, kind: Kind, (known, users): (&[Item], &[User]), values: &Values) -> Item {
    let names = NAMES[kind as usize].1.iter().map(|name| (*name).to_owned());
    let more = (1..).map(|number| format!("{kind}-{number}"));
    let id = names.chain(more).find(|id| known.iter().all(|item| item.id != *id)).unwrap_or_default();
    let side = draw.one_of([
        Where::Both,
        Where::Both,
        Where::Both,
        Where::Both,
        Where::Outlook,
        Where::Outlook,
        Where::Crm,
        Where::Crm,
        Where::None,
    ]);
    let owner = &users[draw.below(users.len())];
    let holder = if draw.percent(85) { owner } else { &users[draw.below(users.len())] };
    let mut shared_with: Vec<String> = Vec::new();
    if matches!(side, Where::Crm | Where::Both) {
        let others = users.iter().filter(|user| user.id != owner.id);
        let needed = |user: &User| side == Where::Both && user.id == holder.id && !may_read(user, kind);
        shared_with = others.filter(|user| needed(user) || draw.percent(12)).map(|user| user.id.clone()).collect();
    }
    let shown = match side {
        Where::Outlook => Side::Outlook,
        Where::Both if draw.percent(10) => Side::Outlook,
        _ => Side::Crm,
    };
    let mut set = if side == Where::None { Vec::new() } else { values.new_item(draw, kind, shown) };
    if side == Where::Both && set.iter().any(|(field, _)| mapping::is_address(*field)) {
        // Beside the record's address, one that only Outlook has would say that the copies differ from the start.
        set.retain(|(field, _)| field.field().in_crm);
    }
    Item {
        id,
        kind,
        side,
        owner: owner.id.clone(),
        shared_with,
        holder: holder.id.clone(),
        tracked: draw.percent(40),
        set,
        copies: draw.percent(12).then(|| if draw.percent(25) { draw.between(6, 12) } else { draw.between(2, 4) }),
        rank: draw.percent(15).then(|| draw.one_of([Rank::First, Rank::Last, Rank::Number(0), Rank::Number(1)])),
    }
}

fn may_read(user: &User, kind: Kind) -> bool {
    user.privileges.has(Privilege::Of(Right::Read, kind))
}
