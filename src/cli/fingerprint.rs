//! The fingerprint of a run: its hashes and its events, as two processes compare them.
//!
//! `crmsim fingerprint` is what `run --twice` starts as its second process. It reads the file from standard input, so that
//! both processes run the same text, and prints one line of JSON for each row.

use crmsim::report::names::Names;
use crmsim::report::trace;
use crmsim::sim::{Part, TraceHash};
use crmsim::{Options, Run, Scenario, execute};
use serde::{Deserialize, Serialize};

use super::args::FingerprintArgs;
use super::exit::Exit;
use super::files;
use super::output::Output;
use super::work::bound;

/// What two runs of one scenario must have in common.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The verdict.
    pub verdict: String,
    /// The hash of everything.
    pub hash: u64,
    /// The checkpoints: events so far, hash so far.
    pub ladder: Vec<(u64, u64)>,
    /// The hash of each part.
    pub parts: Vec<(String, u64)>,
    /// The hash after each event.
    pub hashes: Vec<u64>,
    /// Each event as the trace shows it, and all that it holds.
    pub lines: Vec<String>,
}

impl Fingerprint {
    /// The fingerprint of a recorded run.
    pub fn of(scenario: &Scenario, run: &Run) -> Fingerprint {
        let names = Names::new(scenario, &run.world);
        let planted = planted_leak(run);
        let (hash, hashes) = match &planted {
            Some((hash, hashes)) => (hash, hashes),
            None => (&run.hash, &run.fact_hashes),
        };
        Fingerprint {
            verdict: run.verdict.to_string(),
            hash: hash.value(),
            ladder: hash.ladder().to_vec(),
            parts: hash.parts().iter().map(|(part, hash)| (part_named(&names, *part), *hash)).collect(),
            hashes: hashes.clone(),
            lines: (0..run.facts.len()).filter_map(|fact| line(&names, run, fact)).collect(),
        }
    }

    /// The checkpoint up to which two runs agree.
    pub fn agree_until(&self, other: &Fingerprint) -> u64 {
        let same = self.ladder.iter().zip(&other.ladder).take_while(|(ours, theirs)| ours == theirs).last();
        same.map_or(0, |((events, _), _)| *events)
    }

    /// The first event that differs, from 0; the number of events where none does.
    pub fn first_difference(&self, other: &Fingerprint) -> usize {
        let same = |index: &usize| {
            self.hashes.get(*index) == other.hashes.get(*index) && self.lines.get(*index) == other.lines.get(*index)
        };
        // Up to the last common checkpoint nothing differs.
        let from = usize::try_from(self.agree_until(other)).unwrap_or(0);
        let most = self.hashes.len().max(other.hashes.len());
        (from..most).find(|index| !same(index)).unwrap_or(most)
    }

    /// The names of the parts that differ.
    pub fn parts_that_differ(&self, other: &Fingerprint) -> Vec<String> {
        let in_other = |part: &(String, u64)| other.parts.contains(part);
        let ours = self.parts.iter().filter(|part| !in_other(part)).map(|(name, _)| name.clone());
        let theirs = other.parts.iter().filter(|(name, _)| self.parts.iter().all(|(ours, _)| ours != name));
        ours.chain(theirs.map(|(name, _)| name.clone())).collect()
    }
}

fn line(names: &Names<'_>, run: &Run, fact: usize) -> Option<String> {
    let line = trace::line(names, run, fact)?;
    Some(format!("{}\n            {:?}", line.trim_start(), run.facts[fact].what))
}

fn part_named(names: &Names<'_>, part: Part) -> String {
    match part {
        Part::Queue => "the queue".to_owned(),
        Part::Checks => "the checks".to_owned(),
        Part::Harness => "harness".to_owned(),
        Part::Network => "network".to_owned(),
        Part::Server => "server".to_owned(),
        Part::Mailbox => "mailbox".to_owned(),
        Part::Client(client) => format!("client {}", names.client(crmsim::model::ClientId(client))),
    }
}

/// `crmsim fingerprint`.
pub fn fingerprint(args: &FingerprintArgs, out: &mut Output) -> Exit {
    let parsed = files::read_input().and_then(|text| crmsim::scenario::parse(&args.path, &text));
    let scenarios = match parsed {
        Ok(scenarios) => scenarios.into_iter().map(crmsim::fuzz::to_run).collect::<Vec<_>>(),
        Err(diagnostics) => {
            out.complain(&diagnostics.render(true));
            return Exit::Wrong;
        }
    };
    for row in &args.rows {
        let Some(scenario) = scenarios.get(*row) else { return Exit::Wrong };
        let stop_at = args.stop_at.and_then(|stop| usize::try_from(stop).ok());
        let run = execute(
            scenario,
            Options {
                record: true,
                stop_at,
                seed: args.seed,
                max_events: Some(bound(scenarios.len())),
                ..Options::default()
            },
        );
        match serde_json::to_string(&Fingerprint::of(scenario, &run)) {
            Ok(line) => out.print(&(line + "\n")),
            Err(_) => return Exit::Broken,
        }
    }
    Exit::Held
}

/// A leak for the test of the comparison, in builds with debug assertions only: where CRMSIM_PLANTED_LEAK is set, the
/// number of the process goes into the hash of the event in the middle of the run, as it would if something in the core
/// had read it.
#[cfg(debug_assertions)]
fn planted_leak(run: &Run) -> Option<(TraceHash, Vec<u64>)> {
    #[expect(clippy::disallowed_methods, reason = "a planted fault, which no run of a scenario sees")]
    std::env::var("CRMSIM_PLANTED_LEAK").ok()?;
    let (mut hash, mut hashes, mut encoded) = (TraceHash::default(), Vec::new(), Vec::new());
    for (index, fact) in run.facts.iter().enumerate() {
        encoded.clear();
        fact.encode(&mut encoded);
        if index == run.facts.len() / 2 {
            encoded.extend(std::process::id().to_le_bytes());
        }
        hash.mix(fact.part(), &encoded);
        hashes.push(hash.value());
    }
    Some((hash, hashes))
}

#[cfg(not(debug_assertions))]
fn planted_leak(_run: &Run) -> Option<(TraceHash, Vec<u64>)> {
    None
}
