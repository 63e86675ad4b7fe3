//! What happened in a run: its acts and faults as the file writes them, and below each what followed, one line a fact.
//!
//! Left out is what only machinery is interested in: which rules were followed, what was looked at and found in its place,
//! and requests that were answered as asked, of which only the sending is told. Cycles that did nothing are one line.

use std::collections::BTreeMap;

use super::super::names::Names;
use super::super::phrase::{self, Phrase};
use super::super::request::Fates;
use super::super::subject::actor;
use super::aligned;
use crate::engine::Run;
use crate::journal::{Report, What};
use crate::model::{Answer, ClientId, ItemId, MapId};
use crate::scenario::model::Body;
use crate::scenario::vocabulary::Expectation;
use crate::sim::Part;

/// The lines of a journal.
pub fn lines(names: &Names<'_>, run: &Run) -> Vec<String> {
    // Before the first step the world is laid out, which the scenario says better.
    let first_step = run.facts.iter().position(|fact| matches!(fact.what, What::Step { .. })).unwrap_or(0);
    let laid_out = run.facts[..first_step].iter().take_while(|fact| fact.at == names.scenario.start).count();
    let mut teller = Teller {
        names,
        run,
        fates: Fates::of(&run.facts),
        mapped: BTreeMap::new(),
        idle: BTreeMap::new(),
        lines: Vec::new(),
    };
    for fact in 0..run.facts.len() {
        if fact >= laid_out {
            teller.tell(fact);
        }
        teller.note_mapping(&run.facts[fact].what);
    }
    teller.finish()
}

/// One line of a journal.
enum Line {
    /// What a step or the end of the run begins.
    Heading(String),
    /// A fact.
    Fact { at: String, said: Phrase },
    /// Cycles of a client that did nothing, one after the other.
    Idle { at: String, client: ClientId, manual: bool, count: u32 },
}

/// A journal while it is told.
struct Teller<'a> {
    names: &'a Names<'a>,
    run: &'a Run,
    fates: Fates,
    /// The items of the rows of IdMappingTable.
    mapped: BTreeMap<(ClientId, MapId), ItemId>,
    /// The clients whose cycle does nothing, with the fact that ends it.
    idle: BTreeMap<ClientId, usize>,
    lines: Vec<Line>,
}

impl Teller<'_> {
    fn tell(&mut self, fact: usize) {
        let what = self.run.facts[fact].what;
        let at = self.names.at(self.run.facts[fact].at);
        if let What::CycleStarted { client, manual } = what
            && let Some(end) = self.idle_until(fact, client)
        {
            self.idle.insert(client, end);
            if let Some(Line::Idle { client: last, manual: how, count, .. }) = self.lines.last_mut()
                && (*last, *how) == (client, manual)
            {
                *count += 1;
            } else {
                self.lines.push(Line::Idle { at, client, manual, count: 1 });
            }
            return;
        }
        if client_of(&what).and_then(|client| self.idle.get(&client)).is_some_and(|end| fact <= *end) {
            return;
        }
        match what {
            What::Step { step } => {
                let body = self.names.scenario.steps.get(step as usize).map(|step| &step.body);
                // Of what is expected only quiet makes anything happen.
                if matches!(body, Some(Body::Do(..) | Body::Fault(..) | Body::Expect(Expectation::Quiet, ..))) {
                    self.lines.push(Line::Heading(self.names.step(step as usize).to_owned()));
                }
            }
            What::Healed => {
                let said = phrase::say(self.names, &what);
                self.lines.push(Line::Heading(format!("{} {}", said.who, said.what)));
            }
            _ => self.lines.extend(self.said(&what).map(|said| Line::Fact { at, said })),
        }
    }

    /// A fact in words; nothing for one that is left out.
    fn said(&self, what: &What) -> Option<Phrase> {
        let names = self.names;
        let say = |who: String, what: String| Some(Phrase { who, what });
        match *what {
            What::Followed { .. }
            | What::IdChosen { .. }
            | What::Prepared { .. }
            | What::MapVerified { .. }
            | What::SyncStateWritten { .. }
            | What::Applied { .. }
            | What::Answered { .. }
            | What::ImmediateEnded { answer: Answer::Ok, .. }
            | What::Settling { began: true, .. } => None,
            What::Skipped { why, .. } => {
                let why = names.world.skipped.get(why as usize).map_or("", String::as_str);
                say("the scenario".to_owned(), format!("skips the step: {why}"))
            }
            What::FaultFired { step } => say("a fault".to_owned(), format!("strikes: {}", names.step(step as usize))),
            What::Sent { client, call, item, record, .. } => {
                let fate = self.fates.words(what).map_or(String::new(), |words| format!("; {words}"));
                say(names.client(client), phrase::sends(names, call, item, record) + &fate)
            }
            What::MapWritten { client, map, row: None } => {
                let item = self.mapped.get(&(client, map)).map_or("a row".to_owned(), |item| names.item(*item));
                say(names.client(client), format!("drops {item} from IdMappingTable"))
            }
            _ => Some(phrase::say(names, what)),
        }
    }

    fn note_mapping(&mut self, what: &What) {
        if let What::MapWritten { client, map, row: Some(row) } = *what {
            self.mapped.insert((client, map), row.item);
        }
    }

    /// The fact that ends a cycle, where nothing came of the cycle.
    fn idle_until(&self, start: usize, client: ClientId) -> Option<usize> {
        let user = self.names.world.clients[client.index()].user;
        for (index, fact) in self.run.facts.iter().enumerate().skip(start + 1) {
            match fact.what {
                What::CycleEnded { client: of, answer, report } if of == client => {
                    return (answer == Answer::Ok && report == Report::default()).then_some(index);
                }
                What::EntryMoved { user: of, .. } if of == user => return None,
                What::Sent { client: of, .. }
                    if of == client && (fact.is_write() || self.fates.words(&fact.what).is_some()) =>
                {
                    return None;
                }
                What::Sent { .. } => {}
                what if client_of(&what) == Some(client) && self.said(&what).is_some() => return None,
                _ => {}
            }
        }
        None
    }

    fn finish(self) -> Vec<String> {
        let names = self.names;
        let cells = |at: &str, who: String, what: String| vec![at.to_owned(), who, what];
        let rows = self.lines.iter().filter_map(|line| match line {
            Line::Heading(_) => None,
            Line::Fact { at, said } => Some(cells(at, said.who.clone(), said.what.clone())),
            Line::Idle { at, client, manual, count } => {
                let how = if *manual { "by hand" } else { "in the background" };
                let what = match count {
                    1 => format!("runs a cycle {how}, which finds nothing to do"),
                    _ => format!("runs {count} cycles {how}, which find nothing to do"),
                };
                Some(cells(at, names.client(*client), what))
            }
        });
        let mut facts = aligned(2, &rows.collect::<Vec<_>>()).into_iter();
        let mut lines = Vec::new();
        for line in self.lines {
            match line {
                Line::Heading(heading) => lines.extend([String::new(), heading]),
                _ => lines.extend(facts.next()),
            }
        }
        lines
    }
}

/// The client whose doing a fact is.
fn client_of(what: &What) -> Option<ClientId> {
    if let What::Sent { client, .. } | What::Applied { client, .. } | What::Answered { client, .. } = *what {
        return Some(client);
    }
    let fact = crate::journal::Fact { at: crate::sim::Time(0), what: *what };
    match fact.part() {
        Part::Client(client) => Some(ClientId(client)),
        _ => actor(what),
    }
}
