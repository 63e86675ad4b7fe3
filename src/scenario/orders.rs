//! What a sweep brings into every order: acts that do not depend on each other, and items in the order of ids.
//!
//! Orders come in their lexicographic sequence, as the positions in which things stood before, so that the first is the
//! order of the file.

use super::model::{Body, Item, Step, Where};
use super::vocabulary::Key;
use crate::model::Kind;
use crate::sim::Draws;

/// The acts that can change places: those of people on items that follow one another from a step on. A step of another
/// sort, one with a time or a point of its own, and one that lets the next begin at once end them.
#[must_use]
pub fn acts(steps: &[Step], from: usize) -> usize {
    let moves = |step: &&Step| {
        let concerns_an_item =
            matches!(&step.body, Body::Do(_, args) if args.text(Key::Item).or(args.text(Key::New)).is_some());
        concerns_an_item && step.at.is_none() && step.when.is_none() && !step.background
    };
    steps.iter().skip(from).take_while(moves).count()
}

/// Whether two acts concern the same item, so that they keep their order.
#[must_use]
pub fn depend(items: &[Item], one: &Step, other: &Step) -> bool {
    let (one, other) = (aliases(items, one), aliases(items, other));
    one.iter().any(|alias| other.contains(alias))
}

fn aliases(items: &[Item], step: &Step) -> Vec<String> {
    let Body::Do(_, args) = &step.body else { return Vec::new() };
    let named = [Key::Item, Key::New].into_iter().filter_map(|key| args.text(key));
    let all = named.flat_map(|name| match name.strip_suffix('*') {
        Some(base) => items.iter().filter(|item| item.id == base).flat_map(Item::aliases).collect(),
        None => vec![name.to_owned()],
    });
    all.collect()
}

/// The entries of `items` that can stand in CRM from the start, by kind, where a kind has several.
#[must_use]
pub fn ranked(items: &[Item]) -> Vec<(Kind, Vec<usize>)> {
    let there = |item: &Item, kind| item.kind == kind && matches!(item.side, Where::Crm | Where::Both);
    let of_kind = |kind| {
        let at: Vec<usize> = (0..items.len()).filter(|index| there(&items[*index], kind)).collect();
        (at.len() > 1).then_some((kind, at))
    };
    Kind::ALL.into_iter().filter_map(of_kind).collect()
}

/// The orders of the acts from a step on, at most `most`; the first is that of the file.
#[must_use]
pub fn of_acts(items: &[Item], steps: &[Step], from: usize, most: usize) -> Vec<Vec<usize>> {
    let count = acts(steps, from);
    all(count, &|one, other| one < other && depend(items, &steps[from + one], &steps[from + other]), most)
}

/// Every order of so many things in which those that must come before others do; at most `most`.
#[must_use]
pub fn all(things: usize, before: &dyn Fn(usize, usize) -> bool, most: usize) -> Vec<Vec<usize>> {
    let mut orders = Vec::new();
    extend(things, before, most, &mut Vec::new(), &mut orders);
    orders
}

fn extend(
    things: usize,
    before: &dyn Fn(usize, usize) -> bool,
    most: usize,
    order: &mut Vec<usize>,
    orders: &mut Vec<Vec<usize>>,
) {
    if orders.len() == most {
        return;
    }
    if order.len() == things {
        orders.push(order.clone());
        return;
    }
    for next in free(things, before, order) {
        order.push(next);
        extend(things, before, most, order, orders);
        order.pop();
    }
}

/// What can come next: what is left, and waits for nothing that is left.
fn free(things: usize, before: &dyn Fn(usize, usize) -> bool, order: &[usize]) -> Vec<usize> {
    let left: Vec<usize> = (0..things).filter(|thing| !order.contains(thing)).collect();
    left.iter().copied().filter(|thing| left.iter().all(|other| !before(*other, *thing))).collect()
}

/// Some orders by keyed draws, each once, in the sequence of the drawing. There may be fewer than `sample` where few
/// exist.
#[must_use]
pub fn drawn(
    things: usize,
    before: &dyn Fn(usize, usize) -> bool,
    sample: usize,
    draws: Draws,
    what: &str,
) -> Vec<Vec<usize>> {
    let mut orders: Vec<Vec<usize>> = Vec::new();
    for attempt in 0..sample as u64 * 4 {
        let mut order = Vec::new();
        while order.len() < things {
            let free = free(things, before, &order);
            let bits = draws.bits("sweep-order", what, attempt * things as u64 + order.len() as u64);
            order.push(free[(bits % free.len() as u64) as usize]);
        }
        if !orders.contains(&order) {
            orders.push(order);
        }
        if orders.len() == sample {
            break;
        }
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_comes_once_and_keeps_what_depends() {
        let free = |_: usize, _: usize| false;
        assert_eq!(all(3, &free, 99).len(), 6);
        assert_eq!(all(3, &free, 99)[0], [0, 1, 2]);
        assert_eq!(all(9, &free, 7).len(), 7);
        let chain = |one: usize, other: usize| (one, other) == (0, 2);
        let orders = all(3, &chain, 99);
        assert_eq!(orders, [[0, 1, 2], [0, 2, 1], [1, 0, 2]]);
        let drawn = drawn(6, &chain, 50, Draws::new(3), "x");
        assert_eq!(drawn.len(), 50);
        let place = |order: &[usize], thing| order.iter().position(|one| *one == thing);
        assert!(drawn.iter().all(|order| place(order, 0) < place(order, 2)));
    }
}
