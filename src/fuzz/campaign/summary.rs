//! What a campaign came to, for people and programs. Nothing in it depends on the machine, and those of several ranges of
//! seeds can be put together: counts and digests are sums.

use serde::Serialize;

use super::{Campaign, Case, Cases, Ended, Steps};
use crate::fuzz::Seeds;
use crate::fuzz::corpus::{Corpus, hash_of};
use crate::fuzz::coverage::{Coverage, Mark};

/// The version of the document.
pub const SCHEMA: u32 = 1;

/// What a campaign came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Summary {
    /// The version of the document.
    pub schema: u32,
    /// The version of crmsim.
    pub version: &'static str,
    /// The profiles that each seed ran in.
    pub profiles: Vec<ProfileName>,
    /// The first seed that ran.
    pub from: u64,
    /// The seed after the last that ran.
    pub end: u64,
    /// Whether every seed ran that was asked for.
    pub complete: bool,
    /// Why it ended before its seeds did: `covered` or `stagnant` (`--until-covered`); `null` where it did not.
    pub ended: Option<Ended>,
    /// How many runs there were.
    pub runs: u64,
    /// How many events they had.
    pub events: u64,
    /// What they came to.
    pub verdicts: Verdicts,
    /// The sum of the hashes of all runs, each keyed by its seed and profile, in hexadecimal digits.
    pub digest: String,
    /// Every failure that was met, in the order in which they were.
    pub signatures: Vec<SignatureSummary>,
    /// How often each mark came and where first, by its seed and the number of its profile.
    pub coverage: Coverage,
    /// The marks that never came and are not declared rare.
    pub missed: Vec<String>,
    /// The first runs that came to two things.
    pub not_deterministic: Vec<CaseName>,
    /// The first runs in which crmsim itself failed.
    pub broken: Vec<CaseName>,
}

/// A profile of a campaign.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProfileName {
    /// Its name.
    pub name: String,
    /// The protocol that it runs.
    pub protocol: String,
    /// The hash of what it says: two campaigns with one name and hash draw alike.
    pub hash: String,
    /// What became of the steps that were drawn by it.
    pub steps: Steps,
}

/// How many runs came to which verdict.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Verdicts {
    /// Everything held.
    pub held: u64,
    /// It failed exactly as the profile declares, or only in ways that the corpus had before.
    pub known: u64,
    /// It failed in a way that is new.
    pub failed: u64,
    /// crmsim itself failed.
    pub broken: u64,
}

/// One failure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SignatureSummary {
    /// Its signature.
    pub signature: String,
    /// The protocol.
    pub protocol: String,
    /// Whether the corpus did not have it.
    pub new: bool,
    /// How many runs had it.
    pub runs: u64,
    /// The case in which it was met first: by itself, or while another failure of that case was shrunk.
    pub met: CaseName,
    /// The first cases that had it.
    pub cases: Vec<CaseName>,
    /// How many steps the scenario had before it was shrunk; `null` where the corpus had it already.
    pub steps_before: Option<usize>,
    /// How many steps the kept scenario has; `null` where none is kept.
    pub steps: Option<usize>,
    /// Whether that is as short as shrinking makes it; `null` where the corpus had it already, or none is kept.
    pub minimal: Option<bool>,
    /// The scenario in the corpus.
    pub file: Option<String>,
}

/// A case, for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CaseName {
    /// The seed.
    pub seed: u64,
    /// The profile.
    pub profile: String,
    /// What crmsim said, where it failed itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Campaign {
    /// What the campaign came to so far, with the files of the corpus that it was kept in.
    #[must_use]
    pub fn summary(&self, corpus: &Corpus) -> Summary {
        let signatures = self.seen.iter().map(|seen| {
            let entry = corpus.get(&seen.key);
            SignatureSummary {
                signature: seen.key.signature.to_string(),
                protocol: seen.key.protocol.clone(),
                new: seen.new,
                runs: seen.runs,
                met: self.named(seen.met, ""),
                cases: seen.cases.iter().map(|case| self.named(*case, "")).collect(),
                steps_before: seen.shrunk.map(|(before, ..)| before),
                steps: entry.map(|entry| entry.scenario.steps.len()),
                minimal: seen.shrunk.map(|_| seen.minimal),
                file: corpus.path_of(&seen.key),
            }
        });
        let profiles = self.profiles.iter().zip(&self.protocols).zip(&self.steps);
        let profiles = profiles.map(|((profile, protocol), steps)| ProfileName {
            name: profile.name.clone(),
            protocol: protocol.clone(),
            hash: hash_of(&profile.scenario.to_toml()),
            steps: *steps,
        });
        let all = |cases: &Cases| cases.first.iter().map(|(case, what)| self.named(*case, what)).collect();
        Summary {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            profiles: profiles.collect(),
            from: self.seeds.from,
            end: self.next,
            complete: self.rest().is_none(),
            ended: self.ended,
            runs: self.runs,
            events: self.events,
            verdicts: self.verdicts,
            digest: format!("{:016x}", self.digest),
            signatures: signatures.collect(),
            coverage: self.coverage.clone(),
            missed: self.coverage.gate().missed.iter().map(Mark::to_string).collect(),
            not_deterministic: all(&self.differing),
            broken: all(&self.broken),
        }
    }

    /// The seeds that ran.
    #[must_use]
    pub fn done(&self) -> Seeds {
        Seeds { end: self.next, ..self.seeds }
    }

    fn named(&self, case: Case, message: &str) -> CaseName {
        CaseName { seed: case.seed, profile: self.profiles[case.profile].name.clone(), message: message.to_owned() }
    }
}
