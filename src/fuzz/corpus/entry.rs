//! An entry of the corpus: a scenario that fails by itself, and the record of where it comes from.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::engine::{Failure, Options, Run, execute};
use crate::fuzz::signature::{Signature, signature};
use crate::protocol::Protocol;
use crate::protocol::switches::SwitchValue;
use crate::report::biography;
use crate::report::names::Names;
use crate::scenario::Scenario;

/// The version of the record.
pub const SCHEMA: u32 = 1;
/// Of a longer run only the beginning is in the ladder.
const MOST_RUNGS: usize = 8_192;
/// Of a longer story only the end is kept.
const MOST_SENTENCES: usize = 60;

/// What tells two entries apart: the same signature under another protocol is another failure.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// The protocol, as [`protocol_name`] names it.
    pub protocol: String,
    /// The failure.
    pub signature: Signature,
}

/// Where a failure was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The name of the profile.
    pub profile: String,
    /// The seed.
    pub seed: u64,
    /// How many runs the campaign had done when it was found, itself counted.
    pub runs: u64,
    /// How many steps the scenario had.
    pub steps_before: usize,
    /// How many runs the shrinker took.
    pub shrink_runs: u64,
}

/// The record of an entry, which lies beside its scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The version of the record.
    pub schema: u32,
    /// The signature.
    pub signature: String,
    /// The protocol.
    pub protocol: String,
    /// The version of crmsim that found it.
    pub version: String,
    /// The profile that it was found with.
    pub profile: String,
    /// The seed.
    pub seed: u64,
    /// How many runs the campaign had done when it was found.
    pub runs: u64,
    /// How many steps the scenario had before it was shrunk.
    pub steps_before: usize,
    /// How many it has.
    pub steps: usize,
    /// How many runs shrinking took.
    pub shrink_runs: u64,
    /// What happened, up to the failure.
    pub story: Vec<String>,
    /// The hash of the scenario's text, which says that the two files belong together.
    pub text: String,
    /// The hash of everything that happened.
    pub hash: String,
    /// The hash after each event, of which eight digits are kept.
    pub ladder: String,
}

/// An entry: the text of the scenario, what it reads as, and its record.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// What it is known by.
    pub key: Key,
    /// The scenario.
    pub scenario: Scenario,
    /// Its text.
    pub text: String,
    /// Its record.
    pub record: Record,
}

impl Entry {
    /// The entry of a failure; its scenario is run once more, for the ladder and the story.
    #[must_use]
    pub fn new(key: Key, scenario: &Scenario, found: Found) -> Entry {
        let mut scenario = Scenario { name: key.signature.slug(), path: String::new(), ..scenario.clone() };
        let text = scenario.to_toml();
        let run = execute(&scenario, Options { record: true, ..Options::default() });
        let failure = failure_of(&scenario, &run, &key.signature);
        let story = failure.map_or(Vec::new(), |failure| story(&scenario, &run, failure));
        scenario.path = format!("{}.toml", scenario.name);
        let record = Record {
            schema: SCHEMA,
            signature: key.signature.to_string(),
            protocol: key.protocol.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            profile: found.profile,
            seed: found.seed,
            runs: found.runs,
            steps_before: found.steps_before,
            steps: scenario.steps.len(),
            shrink_runs: found.shrink_runs,
            story,
            text: hash_of(&text),
            hash: format!("{:016x}", run.hash.value()),
            ladder: ladder(&run),
        };
        Entry { key, scenario, text, record }
    }

    /// The same entry under another file name.
    #[must_use]
    pub fn named(mut self, stem: &str) -> Entry {
        if self.scenario.name != stem {
            stem.clone_into(&mut self.scenario.name);
            self.text = self.scenario.to_toml();
            self.record.text = hash_of(&self.text);
        }
        self
    }

    /// Where two entries have the same key, the one with the smaller rank is kept: the shorter, then the older.
    #[must_use]
    pub fn rank(&self) -> impl Ord + use<> {
        let version: Vec<u64> = self.record.version.split(['.', '-']).map_while(|part| part.parse().ok()).collect();
        (self.scenario.steps.len(), self.text.len(), version, self.record.runs, self.record.seed, self.text.clone())
    }
}

/// The hash of a scenario's text, as records hold it.
#[must_use]
pub fn hash_of(text: &str) -> String {
    format!("{:016x}", xxh3_64(text.as_bytes()))
}

/// What a run came to after each event, as records hold it.
#[must_use]
pub fn ladder(run: &Run) -> String {
    run.fact_hashes.iter().take(MOST_RUNGS).map(|hash| format!("{:08x}", hash >> 32)).collect()
}

/// The first event, from 1, at which two ladders differ; `None` where they do not.
#[must_use]
pub fn first_difference(one: &str, other: &str) -> Option<usize> {
    let rungs = |text: &str| text.as_bytes().chunks(8).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (one, other) = (rungs(one), rungs(other));
    let most = one.len().max(other.len());
    (0..most).find(|index| one.get(*index) != other.get(*index)).map(|index| index + 1)
}

/// The failure of a run that has this signature.
fn failure_of<'r>(scenario: &Scenario, run: &'r Run, wanted: &Signature) -> Option<&'r Failure> {
    run.failures.iter().find(|failure| signature(scenario, run, failure) == *wanted)
}

fn story(scenario: &Scenario, run: &Run, failure: &Failure) -> Vec<String> {
    let names = Names::new(scenario, &run.world);
    let mut sentences = biography::of(&names, run, failure).sentences;
    sentences.drain(..sentences.len().saturating_sub(MOST_SENTENCES));
    sentences.push(format!("Expected: {}; found: {}.", failure.expected, failure.actual));
    sentences
}

/// The signatures of everything that goes wrong in a scenario, also of what it declares.
#[must_use]
pub fn all_signatures(scenario: &Scenario, run: &Run) -> Vec<Signature> {
    let mut found = Vec::new();
    for failure in &run.failures {
        let signature = signature(scenario, run, failure);
        if !found.contains(&signature) {
            found.push(signature);
        }
    }
    found
}

/// The name of a protocol: its base, and the switches that differ from it. A folder can have it as its name.
#[must_use]
pub fn protocol_name(protocol: &Protocol) -> String {
    const LONGEST: usize = 100;
    let (base, differing) = protocol.switches.nearest_base();
    let mut name = base.word().to_owned();
    for switch in differing {
        let value = match protocol.switches.get(switch) {
            SwitchValue::Word(word) => word.to_owned(),
            SwitchValue::Words(words) => words.join("-"),
            SwitchValue::Count(count) => count.to_string(),
            SwitchValue::Span(span) => span.0.to_string(),
            SwitchValue::Limit(limit) => format!("{}-{}", limit.count, limit.percent),
        };
        name.push_str(&format!(".{}-{value}", switch.word()));
    }
    if name.len() > LONGEST { format!("{}.{}", base.word(), hash_of(&name)) } else { name }
}
