//! `crmsim generate`: the scenario of a seed, as a file.

use std::path::{Path, PathBuf};

use clap::Args;
use crmsim::Scenario;
use crmsim::fuzz::{self, Count};
use crmsim::protocol::switches::Base;

use super::exit::Exit;
use super::files::named;
use super::output::Output;
use super::profiles;

const HELP: &str = "\
Examples:
  crmsim generate --seed 42                                everything that there is, drawn from a seed
  crmsim generate --seed 42 network                        by a shipped profile
  crmsim generate --seed 42 mine.toml                      by one of one's own
  crmsim generate --seed 42 | crmsim run -                 and run it
  crmsim generate --seed 42 > seed-42.toml                 a file to go on with

The same seed, profile and version give the same scenario to the byte. A profile is a scenario file
with `[random]`; what it names beside that (users, clients, items, the protocol) is kept.

Exit codes: 0 it is written; 2 the profile is missing or is none, or the command line is wrong.";

/// `crmsim generate`.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub struct GenerateArgs {
    /// A scenario file with `[random]`, the name of a shipped profile, or `-` for standard input; `everything` unless given
    #[arg(value_name = "PROFILE")]
    pub profile: Option<PathBuf>,
    /// The seed
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// Draw for this protocol instead of the profile's own: documented, documented-2011 or hardened
    #[arg(long, value_name = "BASE", value_parser = profiles::base)]
    pub protocol: Option<Base>,
}

/// Prints the scenario of a seed.
pub fn generate(args: &GenerateArgs, out: &mut Output) -> Exit {
    match drawn(args) {
        Ok((scenario, count @ Count { acts, filled })) => {
            out.print(&scenario.to_toml());
            if count.is_idle() {
                out.complain(&format!(
                    "warning: only time passes in {filled} of the {acts} acts: nothing else that the profile lets come up could happen\n"
                ));
            }
            Exit::Held
        }
        Err(message) => {
            out.complain(&message);
            Exit::Wrong
        }
    }
}

fn drawn(args: &GenerateArgs) -> Result<(Scenario, Count), String> {
    let mut profile = match &args.profile {
        None => fuzz::default_profile().clone(),
        Some(path) if path.is_dir() => return Err(no_profile(path, "it is a folder; name a file")),
        Some(path) => match <[_; 1]>::try_from(profiles::load(std::slice::from_ref(path))?) {
            Ok([profile]) => profile.scenario,
            Err(_) => return Err(no_profile(path, "it holds several")),
        },
    };
    profiles::with_protocol(&mut profile, args.protocol);
    Ok(fuzz::generate_counted(args.seed, &profile))
}

fn no_profile(path: &Path, why: &str) -> String {
    format!("error: {} is no profile: {why}\n", named(path))
}
