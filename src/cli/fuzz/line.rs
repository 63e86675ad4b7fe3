//! The command lines that a campaign prints.

use crmsim::fuzz::Seeds;
use crmsim::report::failure::quote;
use crmsim::sim::Span;

use super::FuzzArgs;
use crate::cli::args::Format;

/// The line that runs these seeds with the same arguments; `rest` is what is left of the time, where there is a limit.
pub fn of(args: &FuzzArgs, seeds: Seeds, rest: Option<Span>) -> String {
    let mut line = "crmsim fuzz".to_owned();
    let mut add = |word: &str| {
        line.push(' ');
        line.push_str(word);
    };
    args.profiles.iter().for_each(|profile| add(&path(profile)));
    add(&format!("--seeds {seeds}"));
    // A time that is over in the middle of a campaign was enough; whoever goes on asks for as much again.
    if let Some(length) = args.length.filter(|_| rest.is_some()) {
        const SECOND: i64 = 1_000;
        let seconds = rest.map_or(0, |rest| rest.0.div_euclid(SECOND));
        let span = if seconds > 0 { Span(seconds * SECOND) } else { length };
        add(&format!("--for {span}"));
    }
    args.jobs.iter().for_each(|jobs| add(&format!("--jobs {jobs}")));
    args.protocol.iter().for_each(|base| add(&format!("--protocol {}", base.word())));
    add(&format!("--corpus {}", path(&args.corpus)));
    args.until_covered.iter().for_each(|idle| add(&format!("--until-covered {idle}")));
    if args.gate {
        add("--gate");
    }
    if args.coverage {
        add("--coverage");
    }
    if args.no_shrink {
        add("--no-shrink");
    }
    if args.format == Format::Json {
        add("--format json");
    }
    line
}

/// The line that runs one seed in one profile and tells what happened.
pub fn replay(args: &FuzzArgs, seed: u64, profile: &str) -> String {
    let protocol = args.protocol.map_or(String::new(), |base| format!(" --protocol {}", base.word()));
    format!("crmsim generate --seed {seed}{protocol} {} | crmsim run -", path(std::path::Path::new(profile)))
}

fn path(path: &std::path::Path) -> String {
    let shown = path.to_string_lossy();
    if shown.starts_with('-') { quote(&format!("./{shown}")) } else { quote(&shown) }
}
