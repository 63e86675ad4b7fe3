//! The command line as `clap` reads it, and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use crmsim::model::RuleId;
use crmsim::model::rules::RULES;
use crmsim::scenario::diagnostics::nearest;

use super::corpus::CorpusArgs;
use super::exit::exit_codes;
use super::fuzz::FuzzArgs;
use super::mutants::MutantsArgs;
use super::shrink::ShrinkArgs;

/// Tests the two-way synchronization of a CRM server with its Outlook clients, in simulation.
///
/// A scenario is a TOML file: who has which Outlook, what exists, what happens, and what must be so. The same file, seed
/// and version give the same run to the byte.
#[derive(Parser, Debug)]
#[command(name = "crmsim", version, after_help = TOP, disable_help_subcommand = true)]
pub struct Cli {
    /// When to use colour; `auto` is on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const TOP: &str = concat!(
    "\
Examples:
  crmsim new lost-reply            write lost-reply.toml to start from
  crmsim check lost-reply.toml     look for mistakes without running it
  crmsim run lost-reply.toml       run it and read what happened
  crmsim run scenarios             run every scenario of a folder
  crmsim words edit                what a word of the format means, and its keys

",
    exit_codes!()
);

const RUN: &str = concat!(
    "\
Examples:
  crmsim run scenarios                        every *.toml below a folder, by name
  crmsim run a.toml --trace                   every event of the run, one line each
  crmsim run a.toml --trace --stop-at 40      the same up to event 40; nothing is judged
  crmsim run scenarios --rule MRG-TIE --list  which scenarios name that rule
  crmsim run scenarios --name 'h4*' --twice   some of them, each in a second process as well
  crmsim run scenarios --format json > out.json
  crmsim run - < a.toml                       a scenario from standard input
  crmsim run sweep.toml --point crash-after:desk:write-cache:7    one point of a sweep
  crmsim run scenarios --snapshots snapshots  compare with what is kept; --accept keeps the new

A NAME that is a scenario's whole name, as `file#row`, selects that one, and one that is a file's
name without .toml all its rows. Else it is a pattern for the whole name if it has * or ?, and may
stand anywhere in the name if it has not. Options of one kind that are repeated select more, those
of different kinds less.
What is known is told like a failure where it runs alone, and briefly where all that runs is one file.
What concerns a file as a whole, as its `rules` do, is judged only where all its rows run.

Snapshots lie in DIR as their scenarios lie below the PATH that is given: after `run scenarios`
scenarios/rules/x.toml has DIR/rules/x.state.snap, after `run scenarios/rules` DIR/x.state.snap.
One that is missing differs. One that no scenario asks for is an error; with a PATH that is a file,
or a selection, only where it belongs to a file that runs. --accept never removes it, but says
which file is to be removed; it writes nothing for a scenario that fails, and nothing at all where
the environment variable CI is set. `cargo insta review` reads and writes the same files.

",
    exit_codes!()
);

const CHECK: &str = "\
Examples:
  crmsim check scenarios        every *.toml below a folder
  crmsim check - < a.toml       a file from standard input

Exit codes: 0 all files are good; 2 some are not, or the command line is wrong.";

const POINT: &str = "\
Examples:
  crmsim point sweep.toml                                    every point, and what it concerns
  crmsim point sweep.toml lose-reply:desk:create:1           the point as a scenario, on standard output
  crmsim point sweep.toml lose-reply:desk:create:1 --out lost.toml

What is written has two rows, the undisturbed run and the point, which must end alike.

Exit codes: 0 done; 2 there is no such point, the file is there already, or a scenario or the
command line is wrong.";

const NEW: &str = "\
Examples:
  crmsim new lost-reply                  write lost-reply.toml here
  crmsim new scenarios/faults/lost       write it into a folder

Exit codes: 0 it is written; 2 the name cannot be one, or the file is there already.";

const RULES_HELP: &str = "\
Examples:
  crmsim rules                           every rule with what it says
  crmsim rules --covered scenarios       run them, and say who follows each rule
  crmsim rules --marks                   what coverage counts, as docs/coverage.md has it

Exit codes: 0 done; 2 a scenario or the command line is wrong; 6 there is no scenario.";

const WORDS: &str = "\
Examples:
  crmsim words                    every word of the format
  crmsim words acts               all acts with their keys; so also faults, expectations, protocol
  crmsim words edit               one word, wherever it stands
  crmsim words contact            the fields of a contact

Exit codes: 0 done; 2 there is no such word.";

const SCHEMA: &str = "\
Example:
  crmsim schema > schema/scenario.json

Many editors take it from a scenario's first line, as a path from there: #:schema scenario.json";

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Run scenarios and say what became of them
    Run(RunArgs),
    /// Look for mistakes in scenario files without running them
    Check(CheckArgs),
    /// List the points of a sweep, or write one as a scenario file of its own
    Point(PointArgs),
    /// Run scenarios drawn from seeds, and keep every failure, shrunk
    Fuzz(FuzzArgs),
    /// Run the failures that were kept again, or merge those of several campaigns
    Corpus(CorpusArgs),
    /// Find the shortest scenario that fails in the same way
    Shrink(ShrinkArgs),
    /// Write a new scenario file to start from
    New(NewArgs),
    /// List the rules of synchronization, and which scenarios follow them
    Rules(RulesArgs),
    /// Say who notices when one cell of the protocol is changed
    Mutants(MutantsArgs),
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_help = SCHEMA)]
    Schema,
    /// Say what the words of the format mean, and which keys they take
    Words(WordsArgs),
    /// Draw a scenario from a seed, and print it
    Generate(super::generate::GenerateArgs),
    /// Print the hashes and the events of a file from standard input; `run --twice` compares them
    #[command(hide = true)]
    Fingerprint(FingerprintArgs),
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Also in a file or a pipe.
    Always,
    /// Nowhere.
    Never,
}

/// For whom the results are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one document.
    Json,
}

/// `crmsim run`.
#[derive(Args, Debug)]
#[command(after_help = RUN)]
pub struct RunArgs {
    /// Scenario files, folders that are searched for *.toml, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Run with this seed instead of the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Stop after event N, and judge nothing; events are counted as --trace numbers them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub stop_at: Option<u64>,
    /// How many files run at once; as many as there are processors unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// List what would run, and run nothing
    #[arg(long, conflicts_with_all = ["trace", "trace_rules", "twice", "format"])]
    pub list: bool,
    /// Only scenarios with this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only scenarios that name this rule
    #[arg(long, value_name = "ID", value_parser = rule)]
    pub rule: Vec<RuleId>,
    /// Only scenarios of this name (see below)
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// Only this point of the scenarios' sweeps, with the full report
    #[arg(long, value_name = "POINT", conflicts_with_all = ["list", "twice"])]
    pub point: Option<String>,
    /// Show every event
    #[arg(long)]
    pub trace: bool,
    /// Show every event, and each rule where it is followed
    #[arg(long)]
    pub trace_rules: bool,
    /// Run each scenario in a second process as well, and compare
    #[arg(long)]
    pub twice: bool,
    /// Compare with the snapshots in this folder what the scenarios with `golden` come to (see below)
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seed", "stop_at", "list", "point"])]
    pub snapshots: Option<PathBuf>,
    /// Write the snapshots that differ or are missing, after showing how they differ
    #[arg(long, requires = "snapshots")]
    pub accept: bool,
    /// How to show the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `crmsim check`.
#[derive(Args, Debug)]
#[command(after_help = CHECK)]
pub struct CheckArgs {
    /// Scenario files, folders that are searched for *.toml, or `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

/// `crmsim point`.
#[derive(Args, Debug)]
#[command(after_help = POINT)]
pub struct PointArgs {
    /// A scenario file with a `[sweep]`, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    /// The point, as `crmsim run` names it; all are listed unless it is given
    #[arg(value_name = "POINT")]
    pub point: Option<String>,
    /// Where to write the point; standard output unless given, or with `-`
    #[arg(long, value_name = "PATH", requires = "point")]
    pub out: Option<PathBuf>,
    /// Run with this seed instead of the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Only rows of this name, as for `run`
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
}

/// `crmsim new`.
#[derive(Args, Debug)]
#[command(after_help = NEW)]
pub struct NewArgs {
    /// The scenario's name, which is its file's without `.toml`; folders may stand before it
    #[arg(value_name = "NAME")]
    pub name: PathBuf,
}

/// `crmsim rules`.
#[derive(Args, Debug)]
#[command(after_help = RULES_HELP)]
pub struct RulesArgs {
    /// Run these files and folders, and say which scenarios follow each rule
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub covered: Vec<PathBuf>,
    /// What coverage counts beside the rules, what it leaves out, and why, as docs/coverage.md has it
    #[arg(long, conflicts_with = "covered")]
    pub marks: bool,
}

/// `crmsim words`.
#[derive(Args, Debug)]
#[command(after_help = WORDS)]
pub struct WordsArgs {
    /// Only this word: an act, a fault, an expectation, a key, a field, a switch, or a part such as `acts`
    #[arg(value_name = "WORD")]
    pub word: Option<String>,
    /// All of it as Markdown, as docs/format.md has it
    #[arg(long, conflicts_with = "word")]
    pub markdown: bool,
}

/// `crmsim fingerprint`.
#[derive(Args, Debug)]
pub struct FingerprintArgs {
    /// The name under which the file is known
    #[arg(long)]
    pub path: String,
    /// As for `run`
    #[arg(long)]
    pub seed: Option<u64>,
    /// As for `run`
    #[arg(long)]
    pub stop_at: Option<u64>,
    /// The rows that run, counted from 0
    #[arg(long, value_delimiter = ',')]
    pub rows: Vec<usize>,
}

/// A rule by its id.
fn rule(text: &str) -> Result<RuleId, String> {
    if let Some(rule) = RuleId::find(text) {
        let built = rule.rule().built;
        return if built { Ok(rule) } else { Err("the rule is not built yet, and no scenario can name it".to_owned()) };
    }
    Err({
        let near = nearest(text, RULES.iter().map(|rule| rule.id));
        let help = near.map_or("`crmsim rules` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
        format!("there is no such rule; {help}")
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_misspelt_rule_is_answered_with_the_nearest() {
        assert!(rule("MRG-TIE").is_ok());
        assert!(rule("MRG-TEI").unwrap_err().contains("did you mean `MRG-TIE`?"));
        assert!(rule("EML-DEL").unwrap_err().contains("not built yet"));
    }
}
