//! Transactions of the server that commit late: their rowversion is taken now, and what they write is seen only later.
//!
//! Nobody reads what is not committed yet, and whoever else writes the same record waits: here that is the moment at which
//! the transaction commits at the latest. PrepareSync may pass such a rowversion meanwhile (PRE-NOLOCK).

use super::acts::Refused;
use super::faults::Made as MadeCall;
use super::runner::Runner;
use super::wire::LATENCY;
use super::world::Event;
use crate::model::CrmId;
use crate::rule;
use crate::scenario::model::{Arg, Args, Body};
use crate::scenario::vocabulary::{Act, Fault, Key};
use crate::sim::{Span, Time};

/// A transaction that did not commit yet. Its key is its rowversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Transaction {
    /// When it began, which the record will say it was changed at.
    pub began: Time,
    /// The record that it writes, where that exists already.
    pub record: Option<CrmId>,
    /// What it does.
    pub work: Work,
}

/// What a transaction does when it commits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Work {
    /// It carries out a request.
    Request(u32),
    /// It carries out what a person does in CRM to an alias.
    Act {
        /// The step of the act.
        step: u32,
        /// The alias.
        alias: u32,
    },
}

impl Runner<'_> {
    /// What a person does in CRM, at once or in a transaction that commits late.
    pub fn change_in_crm(&mut self, step: usize, act: Act, args: &Args, wait: bool) -> Result<(), Refused> {
        let key = if args.text(Key::New).is_some() { Key::New } else { Key::Item };
        let Some(name) = args.text(key) else { return self.act_in_crm(act, args) };
        for alias in self.aliases.named(&self.world, name) {
            let record = self.record_of(alias).filter(|_| act != Act::Create);
            record.into_iter().for_each(|record| self.commit_open(record));
            let missing = record.is_none() && act != Act::Create;
            match self.arsenal.strike_in_crm(alias, Fault::SlowCommit).filter(|_| !missing) {
                None if self.world.names.aliases[alias as usize] == name => self.act_in_crm(act, args)?,
                None => self.act_in_crm(act, &only(args, key, &self.world.names.aliases[alias as usize]))?,
                Some(armed) => {
                    self.fired(armed.step);
                    let number = self.begin(record, Work::Act { step: step as u32, alias }, armed.by);
                    if wait {
                        let committed = move |runner: &Self| runner.world.transactions.get(&number).is_none();
                        self.run_until(self.world.now + armed.by, committed);
                    }
                }
            }
        }
        Ok(())
    }

    /// Begins a transaction for a request that arrived, where a fault says that it commits late.
    pub fn begin_slow_request(&mut self, number: u32, made: &MadeCall) -> bool {
        let Some(armed) = self.arsenal.strike(made, &[Fault::SlowCommit]) else { return false };
        self.fired(armed.step);
        let record = self.world.flights.get(&number).and_then(|flight| flight.request.ask.written());
        record.into_iter().for_each(|record| self.commit_open(record));
        self.begin(record, Work::Request(number), armed.by);
        self.give_up_before(number, self.world.now + armed.by + LATENCY);
        true
    }

    fn begin(&mut self, record: Option<CrmId>, work: Work, lasts: Span) -> u64 {
        let version = self.world.server.begin();
        let began = self.world.now;
        self.world.transactions.insert(version, Transaction { began, record, work });
        self.world.queue.push(began + lasts, Event::Commit(version));
        version
    }

    /// Whoever writes a record waits for the transaction that writes it already.
    pub fn commit_open(&mut self, record: CrmId) {
        let open = self.world.transactions.iter().find(|(_, open)| open.record == Some(record));
        if let Some(version) = open.map(|(version, _)| *version) {
            self.commit(version);
        }
    }

    /// A transaction commits, unless it did already or was undone.
    pub fn commit(&mut self, version: u64) {
        let Some(Transaction { began, work, .. }) = self.world.transactions.remove(&version) else { return };
        self.follow(rule!("PRE-NOLOCK"));
        self.world.server.commit(version, began);
        match work {
            Work::Request(number) => self.carry_out(number),
            Work::Act { step, alias } => {
                let Body::Do(act, args) = &self.scenario.steps[step as usize].body else { return };
                let key = if args.text(Key::New).is_some() { Key::New } else { Key::Item };
                let args = only(args, key, &self.world.names.aliases[alias as usize]);
                if let Err(why) = self.act_in_crm(*act, &args) {
                    self.fail_step(step as usize, why);
                }
            }
        }
        self.world.server.end_commit();
    }
}

/// The keys of an act for one of the aliases that it names.
fn only(args: &Args, key: Key, alias: &str) -> Args {
    let mut args = args.clone();
    args.0.insert(key, Arg::Text(alias.to_owned()));
    args
}
