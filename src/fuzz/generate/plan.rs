//! Drawing the steps: one after the other, each from draws of its own, and each with what was drawn before in mind.
//!
//! A step is first what an earlier one calls for (after a crash the client starts again, a fault wants the act whose
//! calls it strikes, a cycle that runs in the background wants people who act meanwhile), or else any word of the swarm.
//! The word is then given what it needs; where there is nothing for it, something near it or another word comes instead.

use std::collections::{BTreeSet, VecDeque};

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
    /// The steps that end a window, by number.
    ends: BTreeSet<usize>,
    /// Where the one fault of a run with a single one comes.
    single: Option<usize>,
}

/// A step that is drawn: its word with everything but its name.
pub struct Drawn {
    pub body: Body,
    pub background: bool,
    pub when: Option<When>,
}

impl<'s> Plan<'s> {
    /// The plan of a scenario that has its world.
    pub fn new(draws: Draws, scenario: &Scenario, swarm: &'s Swarm, values: &'s Values) -> Plan<'s> {
        let mut draw = Draw::new(draws.stream("single-fault", "", 0));
        let single = (swarm.sort == Sort::SingleFault).then(|| draw.below(swarm.steps * 2 / 3 + 1));
        Plan {
            swarm,
            values,
            belief: Belief::new(scenario),
            draws,
            steps: Vec::new(),
            total: swarm.steps,
            wanted: VecDeque::new(),
            ends: BTreeSet::new(),
            single,
        }
    }

    /// Draws all steps.
    pub fn draw(mut self) -> Vec<Step> {
        let last = if self.swarm.away { self.farewells() } else { Vec::new() };
        let acts = self.total.saturating_sub(last.len());
        while self.steps.len() < acts {
            let drawn = self.next();
            self.push(drawn);
        }
        for body in last.into_iter().take(self.total) {
            self.push(Drawn { body, background: false, when: None });
        }
        self.steps
    }

    /// The number of the step that is drawn, from 0.
    pub fn number(&self) -> usize {
        self.steps.len()
    }

    /// The name of a step.
    pub fn step_name(number: usize) -> String {
        format!("step-{}", number + 1)
    }

    /// The name of a later step that ends a window, which has it from now on.
    pub fn window_end(&mut self, draw: &mut Draw) -> Option<String> {
        let end = self.number() + draw.between(1, 14) as usize;
        (end < self.total).then(|| {
            self.ends.insert(end);
            Plan::step_name(end)
        })
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
        let named = self.ends.contains(&number) || matches!(drawn.body, Body::Do(Act::SaveCache, _));
        let mut draw = Draw::new(self.draws.stream("moment", "", number as u64));
        // Hours after whatever went on, so that it is not past.
        let at = draw.percent(1).then(|| self.belief.now + draw.one_of([Span::minutes(180), Span::minutes(24 * 60)]));
        let Drawn { body, background, when } = drawn;
        let step = Step { line: 0, id: named.then(|| Plan::step_name(number)), at, background, when, body };
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
                return drawn;
            }
        }
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
