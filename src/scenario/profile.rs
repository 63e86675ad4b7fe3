//! Reading `[random]`: the profile by which scenarios are drawn from seeds.
//!
//! A profile is no scenario of its own. What the generator draws cannot stand in it, and what it names beside `[random]`
//! is kept in every scenario that is drawn.

use std::collections::BTreeMap;

use super::diagnostics::{Diagnostic, quoted};
use super::model::{Own, Phases, Profile, Size, Sizes, Weights};
use super::read::{Reader, Table};
use super::source::{MAX_CLIENTS, MAX_ITEMS, MAX_STEPS, MAX_USERS};
use super::tree::Node;
use super::vocabulary::{Act, Fault, not_built};
use crate::model::{Kind, Role};

/// The section.
pub(super) const RANDOM: &str = "random";
/// Its keys: the sizes first.
pub(super) const KEYS: [&str; 10] =
    ["users", "clients", "items", "steps", "weights", "faults", "kinds", "roles", "phases", "own"];
/// The sizes: each with the least and the most that it can be.
pub(super) const SIZES: [(&str, usize, usize); 4] =
    [("users", 1, MAX_USERS), ("clients", 1, MAX_CLIENTS), ("items", 0, MAX_ITEMS), ("steps", 1, MAX_STEPS)];
/// The keys of `phases`. The first three exclude each other.
pub(super) const PHASES: [&str; 4] = ["fault-free", "single-fault", "rare-fault", "away"];
/// The keys of `own`.
pub(super) const OWN: [&str; 3] = ["privileges", "filters", "settings"];
/// The key beside words that weighs all that are not named.
pub(super) const OTHERS: &str = "others";
/// The greatest weight.
pub(super) const MAX_WEIGHT: i64 = 1_000;

/// What a profile cannot have, and why.
pub(super) const STRANGERS: [(&str, &str); 7] = [
    ("steps", "the steps are drawn; how many there are stands in `[random]`"),
    ("cases", "a profile is drawn from once for each seed; further profiles are further files"),
    ("rows-end-equal", "a profile has no rows of `cases`"),
    ("breaks", "a profile has no steps that could be named"),
    ("waive", "whether a waiver is needed cannot be judged where every seed is another scenario; see `also`"),
    ("sweep", "a scenario that was drawn is swept once it is a file: `crmsim generate` writes it"),
    ("drawn", "what is drawn from a profile is `drawn`, and the profile itself is not"),
];

/// Whether a key of the root cannot stand in a profile.
pub(super) fn is_stranger(key: &str) -> bool {
    STRANGERS.iter().any(|(stranger, _)| *stranger == key)
}

/// What a profile names beside `[random]`.
pub(super) struct Named {
    /// The users, also those that clients imply.
    pub users: usize,
    /// The clients.
    pub clients: usize,
}

impl<'a> Reader<'a, '_> {
    /// Reports what cannot stand in a profile.
    pub fn check_profile_alone(&mut self, root: &Table<'a>) {
        for (key, help) in STRANGERS {
            let Some(entry) = root.entry(key) else { continue };
            let error = Diagnostic::new("E418", entry.at.clone(), format!("`{key}` does not go with `[random]`"));
            self.error(error.label("not in a profile").help(help));
        }
        let owned = ["users", "clients"].into_iter().any(|key| root.get(key).is_some());
        if let Some(entry) = root.entry("items").filter(|_| !owned) {
            let error = Diagnostic::new("E418", entry.at.clone(), "the items of a profile belong to nobody");
            self.error(error.label("needs `users` or `clients`").help("let the file name who owns them"));
        }
    }

    /// The profile.
    pub fn profile(&mut self, node: &'a Node, root: &Table<'a>, named: &Named) -> Profile {
        let Some(table) = self.table("[random]", node, &KEYS, &[]) else { return Profile::default() };
        let sizes = self.sizes(&table, root);
        self.check_sizes(&table, &sizes, named);
        let mut roles = Weights::default();
        if let Some(node) = table.get("roles") {
            roles = self.weights("roles", node, Role::ALL, Role::word, not_built::ROLES);
            if !Role::ALL.iter().any(|role| role.synchronizes() && roles.allows(*role)) {
                let error = Diagnostic::new("E419", node.span.clone(), "no mailbox would be synchronized");
                self.error(error.label("neither `primary` nor `roaming` has a weight"));
            }
        }
        Profile {
            sizes,
            weights: self.weights_of(&table, "weights", Act::ALL, Act::word, not_built::ACTS),
            faults: self.weights_of(&table, "faults", Fault::ALL, Fault::word, not_built::FAULTS),
            kinds: self.weights_of(&table, "kinds", &Kind::ALL, Kind::word, not_built::KINDS),
            roles,
            phases: table.get("phases").map(|node| self.phases(node)).unwrap_or_default(),
            own: table.get("own").map(|node| self.own(node)).unwrap_or_default(),
        }
    }

    fn sizes(&mut self, table: &Table<'a>, root: &Table<'a>) -> Sizes {
        let mut sizes = Sizes::default();
        let places = [&mut sizes.users, &mut sizes.clients, &mut sizes.items, &mut sizes.steps];
        for ((key, least, most), place) in SIZES.into_iter().zip(places) {
            let Some(entry) = table.entry(key) else { continue };
            // Who lists the clients says who the users are.
            let listed = [key, if key == "users" { "clients" } else { key }];
            if let Some(by) = listed.into_iter().find(|key| *key != "steps" && root.get(key).is_some()) {
                let message = format!("the file names its `{by}`, and `[random]` says how many {key} are drawn");
                self.error(Diagnostic::new("E106", entry.at.clone(), message).label("one or the other"));
            }
            if let Some(size) = self.size(key, &entry.node, (least as i64, most as i64)) {
                *place = size;
            }
        }
        sizes
    }

    /// The least and the most.
    fn size(&mut self, key: &str, node: &'a Node, (low, high): (i64, i64)) -> Option<Size> {
        let (nodes, span) = self.list(key, node)?;
        let [least, most] = nodes else {
            let message = format!("`{key}` has {} numbers; it takes two: the least and the most", nodes.len());
            self.error(Diagnostic::new("E303", span, message).label("two are expected"));
            return None;
        };
        let mut number = |node| self.int(key, node, low, high).and_then(|number| u32::try_from(number).ok());
        let (least, most) = (number(least), number(most));
        let size = Size { least: least?, most: most? };
        if size.least > size.most {
            let message = format!("`{key}` is at least {} and at most {}", size.least, size.most);
            let error = Diagnostic::new("E303", span, message).label("nothing is between them");
            self.error(error.help(format!("write `{key} = [{}, {}]`", size.most, size.least)));
            return None;
        }
        Some(size)
    }

    /// Each user has a client.
    fn check_sizes(&mut self, table: &Table<'a>, sizes: &Sizes, named: &Named) {
        let users = if named.users > 0 { named.users } else { sizes.users.least as usize };
        if named.clients > 0 || users <= sizes.clients.most as usize {
            return;
        }
        let entry = ["clients", "users"].into_iter().find_map(|key| table.entry(key));
        let at = entry.map_or(table.span.clone(), |entry| entry.node.span.clone());
        let message = format!("{} clients at most are too few for {users} users", sizes.clients.most);
        let error = Diagnostic::new("E303", at, message).label("each user has a client");
        self.error(error.help(format!("write `clients = [{users}, {users}]` or more")));
    }

    fn weights_of<W: Copy + Ord>(
        &mut self,
        table: &Table<'a>,
        key: &str,
        all: &[W],
        word: impl Fn(W) -> &'static str,
        not_built: &[&str],
    ) -> Weights<W> {
        table.get(key).map(|node| self.weights(key, node, all, word, not_built)).unwrap_or_default()
    }

    /// The weights of words; one of them at least counts.
    fn weights<W: Copy + Ord>(
        &mut self,
        key: &str,
        node: &'a Node,
        all: &[W],
        word: impl Fn(W) -> &'static str,
        not_built: &[&str],
    ) -> Weights<W> {
        let mut weights = Weights { named: BTreeMap::new(), others: None };
        let keys: Vec<&str> = all.iter().map(|one| word(*one)).chain([OTHERS]).collect();
        let Some(table) = self.table(key, node, &keys, not_built) else { return weights };
        let before = self.sink.count();
        let mut weight = |name: &str| {
            let number = table.get(name).and_then(|node| self.int(name, node, 0, MAX_WEIGHT));
            number.and_then(|number| u32::try_from(number).ok())
        };
        weights.named = all.iter().filter_map(|one| Some((*one, weight(word(*one))?))).collect();
        weights.others = weight(OTHERS);
        if self.sink.count() == before && !all.iter().any(|one| weights.allows(*one)) {
            let message = format!("all weights of `{key}` are 0: nothing could be drawn");
            let error = Diagnostic::new("E419", node.span.clone(), message).label("one at least must count");
            self.error(match key {
                "faults" => error.help(
                    "a profile without faults says `phases = { fault-free = 100, single-fault = 0, rare-fault = 0 }`",
                ),
                _ => error,
            });
        }
        weights
    }

    fn own(&mut self, node: &'a Node) -> Own {
        let mut own = Own::default();
        let Some(table) = self.table("own", node, &OWN, &[]) else { return own };
        let shares = [&mut own.privileges, &mut own.filters, &mut own.settings];
        OWN.into_iter().zip(shares).for_each(|(key, share)| self.percent(&table, key, share));
        own
    }

    /// A share in percent, where it is given.
    fn percent(&mut self, table: &Table<'a>, key: &str, share: &mut u32) {
        let given = table.get(key).and_then(|node| self.int(key, node, 0, 100));
        *share = given.and_then(|given| u32::try_from(given).ok()).unwrap_or(*share);
    }

    fn phases(&mut self, node: &'a Node) -> Phases {
        let mut phases = Phases::default();
        let Some(table) = self.table("phases", node, &PHASES, &[]) else { return phases };
        let shares = [&mut phases.fault_free, &mut phases.single_fault, &mut phases.rare_fault, &mut phases.away];
        PHASES.into_iter().zip(shares).for_each(|(key, share)| self.percent(&table, key, share));
        let Phases { fault_free, single_fault, rare_fault, .. } = phases;
        let sum = fault_free + single_fault + rare_fault;
        if sum > 100 {
            let message = format!("the shares of `phases` come to {sum} percent");
            let error = Diagnostic::new("E303", table.span.clone(), message).label("more than all runs");
            self.error(error.help(format!(
                "{} is {fault_free}, {} {single_fault} and {} {rare_fault}, given or not; what they leave is mixed",
                quoted(PHASES[0]),
                quoted(PHASES[1]),
                quoted(PHASES[2])
            )));
        }
        phases
    }
}
