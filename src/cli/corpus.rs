//! `crmsim corpus`: runs what was kept again, and makes one corpus of several.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use crmsim::fuzz::corpus::{Corpus, Entry, Odd, Outcome, merge, recheck};
use crmsim::report::style::{BOLD, GREEN, RED, RESET, YELLOW, plain};
use rayon::prelude::*;
use serde::Serialize;

use super::args::Format;
use super::exit::Exit;
use super::guard;
use super::output::Output;

const CHECK: &str = "\
Examples:
  crmsim corpus check                      what became of each failure in corpus/
  crmsim corpus check shards/3
  crmsim run corpus/documented/NAME.toml --trace   what happens in one of them; its .json tells it in short

A failure is the same while its scenario still has its signature. `diverging at event N` says that the run
is as it was up to there and another from there on, because crmsim has changed; that alone is no fault. One that is fixed, that fails in another way or that is not applicable any more
is yours to judge: remove its two files, or keep the scenario among your own as one that must hold.

Exit codes: 0 all are the same failures; 1 some are not; 2 there is no such folder, it is no corpus, as an
empty one is none, or an entry cannot be read; 6 the corpus has no entry; 101 a fault of crmsim itself.";

/// What is to be done about entries that cannot be read.
pub const NOT_READ: &str = "an entry is a scenario and the .json beside it, as they were written together. Fetch both again, or remove \
                            both and let `crmsim fuzz` find the failure anew\n";

const MERGE: &str = "\
Example:
  crmsim corpus merge shards/1 shards/2 --into corpus

Of two entries with one signature and protocol that is kept which still fails, then the shorter, then the
older. The order of the folders makes no difference, and they stay as they are.

Exit codes: 0 done; 2 a folder is no corpus, or cannot be read or written; what was merged before is kept;
101 a fault of crmsim itself, likewise.";

/// `crmsim corpus`.
#[derive(Args, Debug)]
pub struct CorpusArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: CorpusVerb,
}

/// The verbs of the corpus.
#[derive(Subcommand, Debug)]
pub enum CorpusVerb {
    /// Run every failure again and say what became of it
    #[command(after_help = CHECK)]
    Check(CorpusCheckArgs),
    /// Put the failures of several corpora into one
    #[command(after_help = MERGE)]
    Merge(MergeArgs),
}

/// `crmsim corpus check`.
#[derive(Args, Debug)]
pub struct CorpusCheckArgs {
    /// The corpus
    #[arg(value_name = "DIR", default_value = "corpus")]
    pub folder: PathBuf,
    /// How to show the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `crmsim corpus merge`.
#[derive(Args, Debug)]
pub struct MergeArgs {
    /// The corpora to merge
    #[arg(value_name = "DIR", required = true)]
    pub from: Vec<PathBuf>,
    /// The corpus that gets them; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
}

/// What became of a corpus, for programs.
#[derive(Serialize)]
struct Document {
    schema: u32,
    version: &'static str,
    entries: Vec<Checked>,
    unreadable: Vec<Unreadable>,
    exit: u8,
}

#[derive(Serialize)]
struct Checked {
    file: String,
    signature: String,
    protocol: String,
    found_by: String,
    outcome: &'static str,
    says: String,
}

#[derive(Serialize)]
struct Unreadable {
    file: String,
    why: String,
}

/// Does what the arguments say.
pub fn corpus(args: &CorpusArgs, out: &mut Output) -> Exit {
    let done = match &args.verb {
        CorpusVerb::Check(args) => check(args, out),
        CorpusVerb::Merge(args) => merged(args, out),
    };
    done.unwrap_or_else(|message| {
        out.complain(&format!("error: {message}\n"));
        Exit::Wrong
    })
}

fn check(args: &CorpusCheckArgs, out: &mut Output) -> Result<Exit, String> {
    let corpus = Corpus::read(&args.folder)?;
    let entries: Vec<(String, &Entry)> = corpus.entries().collect();
    let outcomes: Vec<Result<Outcome, String>> =
        entries.par_iter().map(|(_, entry)| guard::attempt(|| recheck(entry))).collect();
    let mut exit = if entries.is_empty() { Exit::NothingRan } else { Exit::Held };
    let mut checked = Vec::new();
    for ((file, entry), outcome) in entries.into_iter().zip(outcomes) {
        let (word, says, ends) = match outcome {
            Ok(outcome) => {
                let ends = if outcome.is_same() { Exit::Held } else { Exit::Failed };
                (outcome.word(), outcome.to_string(), ends)
            }
            Err(message) => {
                out.complain(&guard::report(
                    &message,
                    Some((&file, entry.scenario.seed, &format!("crmsim run {file}"))),
                ));
                ("broken", message, Exit::Broken)
            }
        };
        exit = exit.max(ends);
        let (signature, protocol) = (entry.record.signature.clone(), entry.record.protocol.clone());
        let found_by = entry.record.version.clone();
        checked.push(Checked { file, signature, protocol, found_by, outcome: word, says });
    }
    let root = args.folder.display();
    let odd = corpus.odd().iter().map(|odd| Unreadable { file: format!("{root}/{}", odd.path), why: odd.why.clone() });
    let unreadable: Vec<Unreadable> = odd.collect();
    if !corpus.odd().is_empty() {
        exit = exit.max(Exit::Wrong);
    }
    match args.format {
        Format::Json => {
            let version = env!("CARGO_PKG_VERSION");
            out.json(&Document { schema: 1, version, entries: checked, unreadable, exit: exit.code() });
        }
        Format::Text => out.print(&told(&checked, &unreadable)),
    }
    Ok(exit)
}

fn told(checked: &[Checked], unreadable: &[Unreadable]) -> String {
    let mut text = String::new();
    let mut same = 0;
    for one in checked {
        let color = if one.outcome == "same" { GREEN } else { RED };
        same += usize::from(one.outcome == "same");
        let by = match one.found_by.as_str() {
            env!("CARGO_PKG_VERSION") => String::new(),
            version => format!(" (found by crmsim {})", plain(version)),
        };
        text.push_str(&format!("{color}{:<14}{RESET}  {}: {}{by}\n", one.outcome, plain(&one.file), plain(&one.says)));
    }
    for one in unreadable {
        text.push_str(&format!("{YELLOW}{:<14}{RESET}  {}: {}\n", "not read", plain(&one.file), plain(&one.why)));
    }
    if checked.iter().any(|one| one.says.contains("diverging at event")) {
        text.push_str("\ndiverging at event N: up to there the run is as it was when it was kept, from there on crmsim has changed it\n");
    }
    if !unreadable.is_empty() {
        text.push_str(&format!("\nnot read: {NOT_READ}"));
    }
    if checked.is_empty() && unreadable.is_empty() {
        return "there is no entry\n".to_owned();
    }
    let others = checked.len() - same;
    let mut counts = vec![format!("{same} {GREEN}the same{RESET}")];
    if others > 0 {
        counts.push(format!("{others} {RED}not{RESET}"));
    }
    if !unreadable.is_empty() {
        counts.push(format!("{} {YELLOW}not read{RESET}", unreadable.len()));
    }
    let failures = if checked.len() == 1 { "1 failure".to_owned() } else { format!("{} failures", checked.len()) };
    text + &format!("\n{failures}: {}\n", counts.join(", "))
}

fn merged(args: &MergeArgs, out: &mut Output) -> Result<Exit, String> {
    // Whatever is wrong with any of them is said before anything is written.
    let from = args.from.iter().map(|folder| Corpus::read(folder)).collect::<Result<Vec<Corpus>, String>>()?;
    let mut into = Corpus::open(&args.into)?;
    let done = guard::attempt(|| {
        guard::plant_panic("a merge");
        all_into(args, &from, &mut into, out)
    });
    // Whatever it came to, nothing runs there any more.
    into.close();
    done.unwrap_or_else(|message| {
        out.complain(&guard::report(&message, None));
        Ok(Exit::Broken)
    })
}

fn all_into(args: &MergeArgs, from: &[Corpus], into: &mut Corpus, out: &mut Output) -> Result<Exit, String> {
    let mut odd = not_read(&args.into, into);
    let name = |path: &Path| plain(&path.to_string_lossy());
    for (folder, corpus) in args.from.iter().zip(from) {
        let merged = merge(corpus, into)?;
        out.print(&format!(
            "{BOLD}{}{RESET}: {} new, {} better, {} there already\n",
            name(folder),
            merged.new,
            merged.better,
            merged.kept
        ));
        odd.push_str(&not_read(folder, corpus));
    }
    if odd.is_empty() {
        return Ok(Exit::Held);
    }
    out.complain(&format!("{odd}{NOT_READ}"));
    Ok(Exit::Wrong)
}

/// A line for each entry that cannot be read.
fn not_read(folder: &Path, corpus: &Corpus) -> String {
    let name = plain(&folder.to_string_lossy());
    let line = |odd: &Odd| format!("not read: {name}/{}: {}\n", plain(&odd.path), plain(&odd.why));
    corpus.odd().iter().map(line).collect()
}
