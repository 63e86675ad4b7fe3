//! Drawing the steps: one after the other, each from draws of its own, and each with what was drawn before in mind.
//!
//! A step is first what an earlier one calls for (after a crash the client starts again, a fault wants the act whose
//! calls it strikes, a cycle that runs in the background wants people who act meanwhile), or else any word of the swarm.
//! The word is then given what it needs; where there is nothing for it, something near it or another word comes instead.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::aim::Aim;
use super::belief::Belief;
use super::draw::Draw;
use super::swarm::{Sort, Swarm};
use super::values::Values;
use crate::scenario::Scenario;
use crate::scenario::model::{Arg, Args, Body, Step, When};
use crate::scenario::vocabulary::{Act, Fault, Key};
use crate::sim::{Draws, Span};

/// How many words are tried before time just passes.
const ATTEMPTS: u64 = 8;

/// An act or a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    Act(Act),
    Fault(Fault),
}

impl Word {
    fn word(self) -> &'static str {
        match self {
            Word::Act(act) => act.word(),
            Word::Fault(fault) => fault.word(),
        }
    }
}

/// The steps of a scenario while they are drawn.
pub struct Plan<'s> {
    pub swarm: &'s Swarm,
    pub values: &'s Values,
    pub belief: Belief,
    draws: Draws,
    steps: Vec<Step>,
    total: usize,
    /// What earlier steps call for.
    wanted: VecDeque<(Word, Aim)>,
    /// The names of steps to come that earlier ones speak of, by number.
    ends: BTreeMap<usize, String>,
    /// The names that steps have which were not drawn.
    taken: BTreeSet<String>,
    /// Where the one fault of a run with a single one comes.
    single: Option<usize>,
    drawn: Count,
}

/// How many acts were drawn for a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count {
    /// All, without those that take clients away at the end.
    pub acts: usize,
    /// Of those: in how many a minute passes, because nothing that the profile lets come up could happen.
    pub filled: usize,
}

impl Count {
    /// Whether hardly anything could happen: that such a scenario holds says little.
    #[must_use]
    pub fn is_idle(self) -> bool {
        self.filled * 2 > self.acts
    }
}

/// A step that is drawn: its word with everything but its name.
pub struct Drawn {
    pub body: Body,
    pub background: bool,
    pub when: Option<When>,
}

impl<'s> Plan<'s> {
    /// The plan of a scenario that has its world, and perhaps its first steps. `ends` has the names of steps to come that
    /// those speak of, by number.
    pub fn new(
        draws: Draws,
        scenario: &Scenario,
        ends: BTreeMap<usize, String>,
        swarm: &'s Swarm,
        values: &'s Values,
    ) -> Plan<'s> {
        let kept = &scenario.steps;
        let mut belief = Belief::new(scenario);
        kept.iter().for_each(|step| belief.follow(step));
        let mut draw = Draw::new(draws.stream("single-fault", "", 0));
        let single = (swarm.sort == Sort::SingleFault).then(|| kept.len() + draw.below(swarm.steps * 2 / 3 + 1));
        Plan {
            swarm,
            values,
            belief,
            draws,
            steps: kept.clone(),
            total: kept.len() + swarm.steps,
            wanted: VecDeque::new(),
            taken: kept.iter().filter_map(|step| step.id.clone()).chain(ends.values().cloned()).collect(),
            ends,
            single,
            drawn: Count::default(),
        }
    }

    /// Draws the steps that the swarm has, after those that were there, and counts the acts among them.
    pub fn draw(mut self) -> (Vec<Step>, Count) {
        let mut last = if self.swarm.away { self.farewells() } else { Vec::new() };
        last.truncate(self.swarm.steps);
        let acts = self.total - last.len();
        while self.steps.len() < acts {
            let drawn = self.next();
            self.push(drawn);
        }
        for body in last {
            self.push(Drawn { body, background: false, when: None });
        }
        (self.steps, self.drawn)
    }

    /// The number of the step that is drawn, from 0.
    pub fn number(&self) -> usize {
        self.steps.len()
    }

    /// The name of a step that is drawn.
    fn step_name(&self, number: usize) -> String {
        let mut name = format!("step-{}", number + 1);
        while self.taken.contains(&name) {
            name.push_str("-drawn");
        }
        name
    }

    /// The name of a later step that ends a window, which has it from now on.
    pub fn window_end(&mut self, draw: &mut Draw) -> Option<String> {
        let end = self.number() + draw.between(1, 14) as usize;
        let name = self.step_name(end);
        (end < self.total).then(|| self.ends.entry(end).or_insert(name).clone())
    }

    /// Asks for a step, after what else is wanted.
    pub fn want(&mut self, word: Word, aim: Aim) {
        if self.is_wanted(word) {
            self.wanted.push_back((word, aim));
        }
    }

    /// Asks for a step before anything else that is wanted.
    pub fn want_first(&mut self, word: Word, aim: Aim) {
        if self.is_wanted(word) {
            self.wanted.push_front((word, aim));
        }
    }

    fn is_wanted(&self, word: Word) -> bool {
        const MOST: usize = 12;
        let allowed = match word {
            Word::Act(act) => self.swarm.allows(act),
            Word::Fault(_) => true,
        };
        allowed && self.wanted.len() < MOST
    }

    fn push(&mut self, drawn: Drawn) {
        let number = self.number();
        let spoken_of = matches!(drawn.body, Body::Do(Act::SaveCache, _)).then(|| self.step_name(number));
        let id = self.ends.remove(&number).or(spoken_of);
        let mut draw = Draw::new(self.draws.stream("moment", "", number as u64));
        // Hours after whatever went on, so that it is not past.
        let at = draw.percent(1).then(|| self.belief.now + draw.one_of([Span::minutes(180), Span::minutes(24 * 60)]));
        let Drawn { body, background, when } = drawn;
        let step = Step { line: 0, id, at, background, when, body };
        self.belief.follow(&step);
        self.steps.push(step);
    }

    fn next(&mut self) -> Drawn {
        let number = self.number() as u64;
        let mut draw = Draw::new(self.draws.stream("next", "", number));
        for attempt in 0..ATTEMPTS {
            let (word, aim) = self.word(&mut draw, attempt);
            let mut draw = Draw::new(self.draws.stream("step", word.word(), number * ATTEMPTS + attempt));
            let drawn = match word {
                Word::Act(act) => self.act(&mut draw, act, aim),
                Word::Fault(fault) => self.fault(&mut draw, fault, aim),
            };
            if let Some(drawn) = drawn {
                self.drawn.acts += usize::from(matches!(drawn.body, Body::Do(..)));
                return drawn;
            }
        }
        self.drawn.acts += 1;
        self.drawn.filled += 1;
        let by = [(Key::By, Arg::Span(Span::minutes(1)))];
        Drawn { body: Body::Do(Act::Advance, Args(by.into())), background: false, when: None }
    }

    /// The next word: what is wanted, a fault, or an act.
    fn word(&mut self, draw: &mut Draw, attempt: u64) -> (Word, Aim) {
        let is_single = self.single.is_some_and(|at| self.number() >= at);
        if is_single || (attempt == 0 && draw.percent(self.swarm.fault_share)) {
            let place = draw.weighted(self.swarm.faults.iter().map(|(_, weight)| *weight));
            if let Some(place) = place {
                return (Word::Fault(self.swarm.faults[place].0), Aim::default());
            }
        }
        if draw.percent(self.swarm.follow_share)
            && let Some(wanted) = self.wanted.pop_front()
        {
            return wanted;
        }
        let place = draw.weighted(self.swarm.acts.iter().map(|(_, weight)| *weight)).unwrap_or(0);
        let act = self.swarm.acts.get(place).map_or(Act::Advance, |(act, _)| *act);
        (Word::Act(act), Aim::default())
    }

    /// A single fault is armed.
    pub fn struck(&mut self) {
        self.single = None;
    }

    /// Some clients, never all, that are taken off their machines and stay away for good.
    fn farewells(&self) -> Vec<Body> {
        let mut draw = Draw::new(self.draws.stream("away", "", 0));
        let mut desks: Vec<usize> = (0..self.belief.desks.len()).collect();
        draw.shuffle(&mut desks);
        let count = draw.between(1, 2) as usize;
        let most = desks.len().saturating_sub(1);
        let leave = |desk: &usize| {
            let on = [(Key::On, Arg::Text(self.belief.desks[*desk].id.clone()))];
            Body::Do(Act::Uninstall, Args(on.into()))
        };
        desks[..count.min(most)].iter().map(leave).collect()
    }
}
