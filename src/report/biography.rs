//! The biography of a record: what happened to it and to its item, in plain sentences, up to the failure.
//!
//! Of all facts only those about the subject are told, each once: an act of a person and the change that it makes are one
//! sentence, and so are a request and what became of it. A cycle is mentioned where it did something to the subject, a
//! fault wherever it struck, and what happened to a client always.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::phrase;
use super::request::Fates;
use super::subject::{Subject, actor, subject_of, subjects};
use crate::engine::{Failure, Run};
use crate::journal::{By, ClientChange, EntryCause, Fact, What};
use crate::model::{Answer, ClientId, CrmId, ItemId};
use crate::protocol::UserAct;

/// How far apart the facts of one act may stand.
const NEAR: usize = 8;

/// A story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Biography {
    /// Whose it is.
    pub subject: Subject,
    /// Its sentences, each with its time.
    pub sentences: Vec<String>,
}

/// Tells the story that led to a failure of a recorded run.
#[must_use]
pub fn of(names: &Names<'_>, run: &Run, failure: &Failure) -> Biography {
    let subject = subject_of(names, run, failure);
    let end = failure.fact.min(run.facts.len());
    let start = run.facts[..end].iter().position(|fact| matches!(fact.what, What::Step { .. })).unwrap_or(0);
    let mut story = Story {
        names,
        run,
        fates: Fates::of(&run.facts[..end]),
        linked: run.facts[..start].iter().filter_map(origin).collect(),
        start,
        end,
        subject: &subject,
        told: Vec::new(),
        cycles: BTreeMap::new(),
    };
    for fact in 0..end {
        story.tell(fact);
    }
    let mut told = story.told;
    told.sort_by_key(|(fact, _)| *fact);
    // That everything heals is worth telling only where something comes of it.
    if told.last().is_some_and(|(fact, _)| run.facts[*fact].what == What::Healed) {
        told.pop();
    }
    let sentences = told.iter().map(|(fact, text)| format!("{} {text}", names.at(run.facts[*fact].at))).collect();
    Biography { subject, sentences }
}

/// The record that an item was made from.
fn origin(fact: &Fact) -> Option<CrmId> {
    match fact.what {
        What::ItemCreated { origin, .. } => origin,
        _ => None,
    }
}

/// A story while it is told.
struct Story<'a> {
    names: &'a Names<'a>,
    run: &'a Run,
    fates: Fates,
    /// The records that have an item at the start.
    linked: BTreeSet<CrmId>,
    /// The first fact of the first step; before it the world is laid out.
    start: usize,
    /// The first fact that is not told any more.
    end: usize,
    subject: &'a Subject,
    told: Vec<(usize, String)>,
    /// The fact that began the cycle of a client, as long as nothing of the cycle was told.
    cycles: BTreeMap<ClientId, usize>,
}

impl Story<'_> {
    fn tell(&mut self, fact: usize) {
        let what = self.run.facts[fact].what;
        match what {
            What::CycleStarted { client, .. } => {
                self.cycles.insert(client, fact);
            }
            What::CycleEnded { client, answer, .. } => {
                if answer != Answer::Ok {
                    self.push(fact, Some(client), None);
                }
                self.cycles.remove(&client);
            }
            What::FaultFired { .. }
            | What::DeletionLogPurged
            | What::ServerRestarted
            | What::FiltersChanged { .. }
            | What::PrivilegesChanged { .. }
            | What::Healed => {
                self.push(fact, None, None);
            }
            What::Client { client, change } if change != ClientChange::Opened || self.is_mid_run(fact) => {
                self.push(fact, Some(client), None);
            }
            What::Sent { client, item, record, .. } if self.concerns(item, record) => {
                if let Some(text) = self.fates.sentence(self.names, &what) {
                    self.push(fact, Some(client), Some(text));
                }
            }
            _ => self.tell_of_subject(fact, &what),
        }
    }

    fn tell_of_subject(&mut self, fact: usize, what: &What) {
        let (item, record) = subjects(what);
        if !self.concerns(item, record) || self.is_told_elsewhere(fact, what) {
            return;
        }
        let text = if fact < self.start { self.opening(what) } else { self.edit(fact, what) };
        self.push(fact, actor(what), text);
    }

    /// What exists at the start, told as a state.
    fn opening(&self, what: &What) -> Option<String> {
        let (subject, kind, content, place) = match *what {
            What::RecordCreated { record, kind, content, .. } => {
                let both = self.linked.contains(&record);
                let place = if both { "in CRM and in Outlook, linked" } else { "in CRM" };
                (self.names.record(record), kind, content, place)
            }
            What::ItemCreated { item, kind, content, .. } => (self.names.item(item), kind, content, "in Outlook"),
            _ => return None,
        };
        Some(format!("at the start the {kind} {subject} is {place}: {}.", self.names.fields(content)))
    }

    /// A person's change of an item, with where it was made.
    fn edit(&self, fact: usize, what: &What) -> Option<String> {
        let What::ItemChanged { item, before, after, by: By::User(_) } = *what else { return None };
        let now = self.run.facts[fact].at;
        let near = self.run.facts[fact..self.end].iter().take_while(|other| other.at == now);
        let (client, surface) = near.take(NEAR).find_map(|other| match other.what {
            What::Acted { client, item: edited, act: UserAct::Update, surface, .. } if edited == item => {
                Some((client, surface))
            }
            _ => None,
        })?;
        let names = self.names;
        let (user, client) = (names.user_of(client), names.client(client));
        Some(format!("{user} edits {} on {client} ({surface}): {}.", names.item(item), names.changes(before, after)))
    }

    /// Whether something else happens after this fact that is not the end of the run.
    fn is_mid_run(&self, fact: usize) -> bool {
        self.run.facts[fact..].iter().any(|fact| matches!(fact.what, What::Step { .. }))
    }

    fn concerns(&self, item: Option<ItemId>, record: Option<CrmId>) -> bool {
        if item.is_none() && record.is_none() {
            return false;
        }
        match self.subject {
            Subject::All => true,
            Subject::Aliases(aliases) => {
                let names = &self.names.world.names;
                let of_item = item.and_then(|item| names.of_item.get(item.index()));
                let of_record = record.and_then(|record| names.of_record.get(record.index()));
                of_item.into_iter().chain(of_record).any(|alias| aliases.contains(alias))
            }
        }
    }

    /// Whether another sentence says it already, or says what matters of it.
    fn is_told_elsewhere(&self, fact: usize, what: &What) -> bool {
        let now = self.run.facts[fact].at;
        let beside = |wanted: &dyn Fn(&What) -> bool| {
            let around = self.run.facts[..self.end].iter().enumerate();
            around
                .skip(fact.saturating_sub(NEAR))
                .take(2 * NEAR)
                .any(|(_, other)| other.at == now && wanted(&other.what))
        };
        if fact < self.start {
            // The layout writes down how a linked item and its record belong together.
            return match *what {
                What::RecordCreated { .. } => false,
                What::ItemCreated { origin, .. } => origin.is_some(),
                What::LinkChanged { by, .. } => by.is_sync(),
                _ => true,
            };
        }
        match *what {
            What::MapVerified { .. } | What::RowDropped { .. } | What::ImmediateEnded { .. } => true,
            What::EntryMoved { cause, .. } => cause == EntryCause::Create,
            // What was changed says more than that it was edited or deleted.
            What::Acted { item, act: UserAct::Update, .. } => {
                beside(&|other| matches!(other, What::ItemChanged { item: changed, .. } if *changed == item))
            }
            What::ItemDeleted { item, by: By::User(_), .. } => beside(
                &|other| matches!(other, What::Acted { item: deleted, act: UserAct::Delete, .. } if *deleted == item),
            ),
            What::LinkChanged { item, by: By::User(_), .. } => beside(
                &|other| matches!(other, What::Acted { item: marked, act, .. } if *marked == item && *act != UserAct::Update),
            ),
            What::ItemDeleted { item, by: By::Sync(_), .. } => beside(
                &|other| matches!(other, What::Noted { note: crate::journal::Note::DeletedInOutlook, item: Some(noted), .. } if *noted == item),
            ),
            _ => false,
        }
    }

    /// Adds a sentence, after the beginning of the cycle that it belongs to.
    fn push(&mut self, fact: usize, actor: Option<ClientId>, text: Option<String>) {
        if let Some(begin) = actor.and_then(|client| self.cycles.remove(&client)) {
            let text = phrase::say(self.names, &self.run.facts[begin].what).sentence();
            self.told.push((begin, text));
        }
        let text = text.unwrap_or_else(|| phrase::say(self.names, &self.run.facts[fact].what).sentence());
        self.told.push((fact, text));
    }
}
