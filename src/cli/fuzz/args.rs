//! The arguments of `crmsim fuzz`, and its help.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use crmsim::fuzz::Seeds;
use crmsim::fuzz::seeds::SEEDS;
use crmsim::protocol::switches::Base;
use crmsim::sim::Span;

use crate::cli::args::Format;
use crate::cli::exit::exit_codes;
use crate::cli::profiles::base;

const FUZZ: &str = concat!(
    "\
Examples:
  crmsim fuzz --seeds 0..1_000                 these seeds in every shipped profile
  crmsim fuzz --for 10m                        from seed 0 on, for ten minutes
  crmsim fuzz --seeds 5_000.. --for 1h         from seed 5000 on
  crmsim fuzz --seeds 0..100 --protocol documented    what the documented protocol does wrong
  crmsim fuzz mine.toml --seeds 0..=9          a profile of one's own, `[random]` in a scenario file
  crmsim fuzz --until-covered --gate --coverage    until every rule and every event came by
  crmsim generate --seed 7 | crmsim run -      one of the scenarios, looked at closely

A profile of one's own; `crmsim words random` has all keys:
  format = 1
  name = \"mine\"
  why = \"Contacts and tasks of two people, who lose replies and nothing else.\"
  [random]
  users = [2, 2]
  clients = [2, 3]
  steps = [20, 60]
  kinds = { others = 0, contact = 2, task = 1 }
  weights = { edit = 30, crash = 0, lose-cache = 0 }
  faults = { others = 0, lose-reply = 1 }
A word that is left out has the generator's own weight, or that of `others`. Crashes and lost caches are acts:
`weights` switches them off, and `faults` does not.

Each seed runs once in each profile, with every invariant on. A failure is told apart by its signature
(which invariant, the shape of what violates it, the roles that had a part), and is new where the corpus
has no entry with that signature under that protocol. What is new is kept at once, run again in a second
process, and shrunk to the steps that it needs; what is known is counted. Every failure, and a sample of
what holds, also runs twice in this process. `crmsim corpus check` runs what is kept.

What a seed comes to depends on the seed and the profile alone; the results stand in the order of the
seeds, the same for any number of jobs. Where --for ends depends on the machine.
When the time is over or somebody presses Ctrl-C, the runs that have begun end, shrinking stops with the
shortest so far, what was not shrunk yet is kept as it was found, and the line that goes on is printed. The
first seed always runs. A second Ctrl-C ends at once; what was found is in the corpus.

",
    exit_codes!()
);

/// `crmsim fuzz`.
#[derive(Args, Debug)]
#[command(after_help = FUZZ, group(ArgGroup::new("length of the campaign").args(["seeds", "length", "until_covered"]).required(true).multiple(true)))]
pub struct FuzzArgs {
    /// Scenario files with `[random]`, or names of shipped profiles; all that are shipped unless given
    #[arg(value_name = "PROFILE")]
    pub profiles: Vec<PathBuf>,
    /// The seeds: A..B without B, A..=B with it, or A.. with --for; as 0..1_000
    #[arg(long, value_name = "A..B")]
    pub seeds: Option<Seeds>,
    /// Begin no more runs and end shrinking after this time, as 10m or 1h30m
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub length: Option<Span>,
    /// How many threads; as many as there are processors unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Run the profiles with this protocol instead of their own: documented, documented-2011 or hardened
    #[arg(long, value_name = "BASE", value_parser = base)]
    pub protocol: Option<Base>,
    /// Where failures are kept, and which are known
    #[arg(long, value_name = "DIR", default_value = "corpus")]
    pub corpus: PathBuf,
    /// End once every mark has come that is not declared rare, and K runs brought nothing new; or, with marks missing, once
    /// a hundred times K runs brought nothing new, and a thousand at least. K is 1000 unless given, after `=` or after the
    /// profiles
    #[arg(long, value_name = "K", num_args = 0..=1, default_missing_value = "1000", value_parser = runs)]
    pub until_covered: Option<u64>,
    /// Fail with 4 where a mark never came that is not declared rare, and name those marks; meant for the shipped profiles
    /// all together, as one alone does not reach every mark
    #[arg(long)]
    pub gate: bool,
    /// Show how often each mark came, the rarest and those that never did
    #[arg(long, conflicts_with = "format")]
    pub coverage: bool,
    /// Keep new failures as they were found
    #[arg(long)]
    pub no_shrink: bool,
    /// How to show the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

impl FuzzArgs {
    /// The seeds that are asked for.
    pub fn seeds(&self) -> Seeds {
        self.seeds.unwrap_or(Seeds { from: 0, end: SEEDS })
    }
}

fn runs(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| "K is a whole number; put the profile before it".to_owned())
}

fn time(text: &str) -> Result<Span, String> {
    let span = Span::parse(text).filter(|span| span.0 > 0);
    span.ok_or_else(|| "a time is written as 90s, 10m or 1h30m, and is more than none".to_owned())
}
