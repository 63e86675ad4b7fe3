//! `crmsim generate`: the scenario of a seed, as a file.

use std::path::PathBuf;

use clap::Args;
use crmsim::report::style::plain;
use crmsim::{Scenario, fuzz};

use super::exit::Exit;
use super::files::{self, shown};
use super::output::Output;

const HELP: &str = "\
Examples:
  crmsim generate --seed 42                                everything that there is, drawn from a seed
  crmsim generate --seed 42 scenarios/fuzz/network.toml    by a profile
  crmsim generate --seed 42 | crmsim run -                 and run it
  crmsim generate --seed 42 > seed-42.toml                 a file to go on with

The same seed, profile and version give the same scenario to the byte. A profile is a scenario file
with `[random]`; what it names beside that (users, clients, items, the protocol) is kept.

Exit codes: 0 it is written; 2 the profile is missing or is none, or the command line is wrong.";

/// `crmsim generate`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub struct GenerateArgs {
    /// A scenario file with `[random]`, or `-` for standard input; scenarios/fuzz/everything.toml unless given
    #[arg(value_name = "PROFILE")]
    pub profile: Option<PathBuf>,
    /// The seed
    #[arg(long, value_name = "N")]
    pub seed: u64,
}

/// Prints the scenario of a seed.
pub fn generate(args: &GenerateArgs, out: &mut Output) -> Exit {
    let given;
    let profile: &Scenario = match &args.profile {
        None => fuzz::default_profile(),
        Some(path) => {
            let files = files::load(std::slice::from_ref(path));
            files.complain(out);
            if files.any_wrong() {
                return Exit::Wrong;
            }
            given = files.good;
            match &given[..] {
                [file] if file.scenarios[0].random.is_some() => &file.scenarios[0],
                _ => {
                    let several = given.len() > 1;
                    let why = if several { "it holds several files; name one" } else { "it has no `[random]`" };
                    out.complain(&format!("error: {} is no profile: {why}\n", plain(&shown(path))));
                    return Exit::Wrong;
                }
            }
        }
    };
    out.print(&fuzz::generate(args.seed, profile).to_toml());
    Exit::Held
}
