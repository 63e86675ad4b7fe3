//! Marks of coverage: one for each built rule, and one for each combination of a role, a state of an item's life and an event.
//!
//! A mark is a number that is known at compile time, and a set of marks is a row of bits, so that a run can set them without
//! looking anything up. What there is no mark for, and why, says [`possible`].

use std::fmt;

use super::Role;
use super::lifecycle::{LifeEvent, LifeState, RARE_RULES, Reach, possible};
use super::rules::{RULES, RuleId};

const ROLES: usize = Role::ALL.len();
const STATES: usize = LifeState::ALL.len();
const EVENTS: usize = LifeEvent::ALL.len();
const NUMBERS: usize = RULES.len() + ROLES * STATES * EVENTS;
const WORDS: usize = NUMBERS.div_ceil(64);

/// Something that a run can come by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mark(u16);

/// What a mark stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// A rule was followed.
    Rule(RuleId),
    /// An event met an item in a state.
    Life(Role, LifeState, LifeEvent),
}

impl Mark {
    /// The mark of a rule.
    #[must_use]
    pub const fn rule(rule: RuleId) -> Mark {
        Mark(rule.number())
    }

    /// The mark of an event that meets an item in a state.
    #[must_use]
    pub const fn life(role: Role, state: LifeState, event: LifeEvent) -> Mark {
        const { assert!(NUMBERS <= u16::MAX as usize) };
        Mark((RULES.len() + (role as usize * STATES + state as usize) * EVENTS + event as usize) as u16)
    }

    /// What the mark stands for.
    #[must_use]
    pub fn meaning(self) -> Meaning {
        let number = usize::from(self.0);
        match RuleId::at(number) {
            Some(rule) => Meaning::Rule(rule),
            None => {
                let cell = number - RULES.len();
                let (role, state, event) = (cell / EVENTS / STATES, cell / EVENTS % STATES, cell % EVENTS);
                Meaning::Life(Role::ALL[role], LifeState::ALL[state], LifeEvent::ALL[event])
            }
        }
    }

    /// Whether a campaign has to come by it.
    #[must_use]
    pub fn reach(self) -> Reach {
        match self.meaning() {
            Meaning::Life(role, state, event) => possible(role, state, event),
            Meaning::Rule(rule) if !rule.rule().built => Reach::Impossible("the rule is not built"),
            Meaning::Rule(rule) => {
                let rare = RARE_RULES.iter().find(|(id, _)| *id == rule.rule().id);
                rare.map_or(Reach::Common, |(_, why)| Reach::Rare(why))
            }
        }
    }

    /// How many places there are for marks; some stand for what is not built, or not possible.
    pub const PLACES: usize = NUMBERS;

    /// The mark's place among all.
    #[must_use]
    pub fn place(self) -> usize {
        usize::from(self.0)
    }

    /// The marks of all places, also of what is not built or not possible.
    pub fn every() -> impl Iterator<Item = Mark> {
        (0..NUMBERS).map(|number| Mark(number as u16))
    }

    /// Every mark that there is, in order.
    pub fn all() -> impl Iterator<Item = Mark> {
        Mark::every().filter(|mark| !matches!(mark.reach(), Reach::Impossible(_)))
    }

    /// What marks are summed up by: the family of a rule, or the role and the event.
    #[must_use]
    pub fn family(self) -> String {
        match self.meaning() {
            Meaning::Rule(rule) => rule.rule().id.split('-').next().unwrap_or_default().to_owned(),
            Meaning::Life(role, _, event) => format!("{role}/*/{event}"),
        }
    }

    /// The mark of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Mark> {
        let mut parts = name.split('/');
        match (parts.next()?, parts.next(), parts.next(), parts.next()) {
            (id, None, ..) => RuleId::find(id).map(Mark::rule),
            (role, Some(state), Some(event), None) => {
                Some(Mark::life(Role::parse(role)?, LifeState::parse(state)?, LifeEvent::parse(event)?))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Meaning::Rule(rule) => out.pad(rule.rule().id),
            Meaning::Life(role, state, event) => out.pad(&format!("{role}/{state}/{event}")),
        }
    }
}

/// A set of marks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Marks([u64; WORDS]);

impl Default for Marks {
    fn default() -> Self {
        Marks([0; WORDS])
    }
}

impl Marks {
    /// Adds a mark.
    pub fn insert(&mut self, mark: Mark) {
        self.0[usize::from(mark.0) / 64] |= 1 << (mark.0 % 64);
    }

    /// Whether a mark is in the set.
    #[must_use]
    pub fn contains(&self, mark: Mark) -> bool {
        self.0[usize::from(mark.0) / 64] >> (mark.0 % 64) & 1 == 1
    }

    /// The marks of the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = Mark> + use<> {
        let words = self.0;
        words.into_iter().enumerate().flat_map(|(at, word)| Ones(word).map(move |bit| Mark((at * 64 + bit) as u16)))
    }

    /// The rules of the set, in the order of the registry.
    pub fn rules(&self) -> impl Iterator<Item = RuleId> + use<> {
        self.iter().map_while(|mark| RuleId::at(usize::from(mark.0)))
    }

    /// Takes the marks of another set in.
    pub fn add(&mut self, other: &Marks) {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
    }

    /// The marks of the set that are not in another.
    #[must_use]
    pub fn without(&self, other: &Marks) -> Marks {
        let mut left = *self;
        left.0.iter_mut().zip(other.0).for_each(|(word, known)| *word &= !known);
        left
    }

    /// How many marks are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

impl FromIterator<Mark> for Marks {
    fn from_iter<T: IntoIterator<Item = Mark>>(marks: T) -> Marks {
        let mut set = Marks::default();
        marks.into_iter().for_each(|mark| set.insert(mark));
        set
    }
}

/// The positions of the ones of a word.
struct Ones(u64);

impl Iterator for Ones {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_has_a_name_of_its_own_that_leads_back_to_it() {
        let all: Vec<Mark> = Mark::all().collect();
        assert!(all.len() > 500, "{}", all.len());
        for mark in &all {
            assert_eq!(Mark::parse(&mark.to_string()), Some(*mark));
        }
        for unknown in ["PRE-NEVER", "primary/linked", "primary/linked/cycle/x", "nobody/linked/cycle", ""] {
            assert_eq!(Mark::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_is_not_built_or_not_possible_has_no_mark() {
        let all: Vec<Mark> = Mark::all().collect();
        for mark in all {
            match mark.meaning() {
                Meaning::Rule(rule) => assert!(rule.rule().built),
                Meaning::Life(role, state, event) => {
                    assert!(!matches!(possible(role, state, event), Reach::Impossible(_)));
                }
            }
        }
        let gone = Mark::life(Role::Primary, LifeState::DeletedInBoth, LifeEvent::EditedInCrm);
        assert!(Mark::all().all(|mark| mark != gone));
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let some: Vec<Mark> = Mark::all().step_by(7).collect();
        let set: Marks = some.iter().copied().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), some);
        assert_eq!(set.len(), some.len());
        assert!(Mark::all().all(|mark| set.contains(mark) == some.contains(&mark)));
        let first: Marks = [some[0]].into_iter().collect();
        assert_eq!(set.without(&first).len(), some.len() - 1);
        assert!(first.without(&set).is_empty());
    }

    #[test]
    fn every_rare_rule_is_built() {
        for (id, why) in RARE_RULES {
            assert!(RuleId::find(id).is_some_and(|rule| rule.rule().built) && !why.is_empty(), "{id}");
        }
    }
}
