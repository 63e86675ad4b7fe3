//! What became of the mutants, as a table for people, for programs and for the documentation.

use std::fmt::Write as _;

use serde::Serialize;

use super::Mutant;
use super::fuzzed::{Effort, Found, Fuzzed};
use super::scenarios::Kill;
use super::survivors::reason;

/// What became of one mutant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Tested {
    /// The cell.
    pub cell: String,
    /// What it said.
    pub from: String,
    /// What the mutant makes of it.
    pub to: String,
    /// The scenario that noticed it.
    pub scenario: Option<Kill>,
    /// What the fuzzer made of it, where it was asked.
    pub fuzzed: Option<Fuzzed>,
    /// Why it may survive, where nobody noticed it and it may.
    pub reason: Option<&'static str>,
}

impl Tested {
    /// What became of a mutant.
    #[must_use]
    pub fn new(mutant: &Mutant, scenario: Option<Kill>, fuzzed: Option<Fuzzed>) -> Tested {
        let (cell, from, to) = (mutant.cell.clone(), mutant.from.clone(), mutant.to.clone());
        let tested = Tested { cell, from, to, scenario, fuzzed, reason: None };
        let survives = !tested.is_killed();
        Tested { reason: reason(mutant).filter(|_| survives), ..tested }
    }

    fn found(&self) -> Option<&Found> {
        self.fuzzed.as_ref()?.found.as_ref()
    }

    /// Whether somebody noticed it.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.scenario.is_some() || self.found().is_some()
    }

    /// Whether nobody noticed it and nothing says that it may survive.
    #[must_use]
    pub fn is_hole(&self) -> bool {
        !self.is_killed() && self.reason.is_none()
    }
}

/// What became of all.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Table {
    /// The version of this format.
    pub schema: u32,
    /// How long each was fuzzed; `None` where the fuzzer was not asked.
    pub fuzzed: Option<Effort>,
    /// The mutants, in the order of the protocol's tables.
    pub mutants: Vec<Tested>,
}

impl Table {
    /// The table of these mutants, each of them fuzzed for so long.
    #[must_use]
    pub fn new(mutants: Vec<Tested>, fuzzed: Option<Effort>) -> Table {
        Table { schema: 1, fuzzed, mutants }
    }

    fn count(&self, of: impl Fn(&Tested) -> bool) -> usize {
        self.mutants.iter().filter(|tested| of(tested)).count()
    }

    /// How many there are, and what became of them, in one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let all = self.mutants.len();
        let (killed, holes) = (self.count(Tested::is_killed), self.count(Tested::is_hole));
        let survive = all - killed;
        let mut text = format!("{}: {killed} killed, {survive} survived", counted(all as u64, "mutant"));
        if holes > 0 {
            let _ = write!(text, ", {holes} of them without a reason");
        }
        if self.fuzzed.is_some() {
            let scenarios = self.count(|tested| tested.scenario.is_some());
            let fuzzer = self.count(|tested| tested.found().is_some());
            let _ = write!(text, "; scenarios notice {scenarios}, the fuzzer {fuzzer}");
            let seeds = middle(self.mutants.iter().filter_map(|tested| tested.fuzzed.as_ref()?.median()).collect());
            let steps = middle(self.mutants.iter().filter_map(|tested| tested.found()?.shrunk_steps).collect());
            let seeds = seeds.map(|seeds| format!("after {}", counted(seeds, "seed")));
            let steps = steps.map(|steps| format!("in {}", counted(steps as u64, "step")));
            let middles: Vec<String> = seeds.into_iter().chain(steps).collect();
            if !middles.is_empty() {
                let _ = write!(text, " (the median {})", middles.join(" and "));
            }
        }
        text
    }

    /// The table as lines for people.
    #[must_use]
    pub fn text(&self) -> String {
        let name = |tested: &Tested| format!("{}: {} -> {}", tested.cell, tested.from, tested.to);
        let width = self.mutants.iter().map(|tested| name(tested).len()).max().unwrap_or(0);
        let mut text = String::new();
        for tested in &self.mutants {
            let word = if tested.is_killed() { "killed" } else { "survived" };
            let mut says: Vec<String> = Vec::new();
            says.extend(tested.scenario.iter().map(|kill| format!("{}  {}", kill.by, kill.at)));
            says.extend(tested.fuzzed.iter().filter_map(seeds));
            if !tested.is_killed() {
                says.push(tested.reason.unwrap_or("nobody notices, and nothing says that it may survive").to_owned());
            }
            let says = says.join("; ");
            let _ = writeln!(text, "{word:<8}  {:<width$}  {says}", name(tested));
        }
        let _ = writeln!(text, "\n{}", self.summary());
        text
    }

    /// The table as docs/mutants.md has it.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        let _ = writeln!(text, "\n{}.", self.summary());
        if let Some(Effort { seeds, starts }) = self.fuzzed {
            let _ = writeln!(
                text,
                "Fuzzed with up to {} from each of {}.",
                counted(seeds, "seed"),
                counted(starts, "start")
            );
        }
        text.push_str("\n| cell | hardened | mutant | noticed by | first scenario | fuzzer | seeds | steps |\n");
        text.push_str("|---|---|---|---|---|---|--:|--:|\n");
        for tested in &self.mutants {
            let (by, at) = match &tested.scenario {
                Some(kill) => (kill.by.as_str(), kill.at.replace('|', "\\|")),
                None => ("nobody", String::new()),
            };
            let invariant = tested.found().map_or("", |found| found.invariant.as_str());
            let steps = tested.found().and_then(|found| found.shrunk_steps);
            let steps = steps.map_or(String::new(), |steps| steps.to_string());
            let seeds = tested.fuzzed.as_ref().map_or(String::new(), in_the_middle);
            let (cell, from, to) = (&tested.cell, &tested.from, &tested.to);
            let _ = writeln!(text, "| `{cell}` | {from} | {to} | {by} | {at} | {invariant} | {seeds} | {steps} |");
        }
        text.push_str("\n## Survivors\n\n| cell | mutant | why it may survive |\n|---|---|---|\n");
        for tested in self.mutants.iter().filter(|tested| !tested.is_killed()) {
            let why = tested.reason.unwrap_or("**nothing says that it may**");
            let _ = writeln!(text, "| `{}` | {} | {why} |", tested.cell, tested.to);
        }
        text
    }
}

fn middle<T: Ord + Copy>(mut of: Vec<T>) -> Option<T> {
    of.sort_unstable();
    of.get(of.len() / 2).copied()
}

/// After how many seeds, in the middle of the starts; after more than there were where most starts noticed nothing.
fn in_the_middle(fuzzed: &Fuzzed) -> String {
    match (fuzzed.median(), &fuzzed.found) {
        (Some(median), _) => median.to_string(),
        (None, Some(_)) => "rare".to_owned(),
        (None, None) => "never".to_owned(),
    }
}

/// What the fuzzer found, in a few words.
fn seeds(fuzzed: &Fuzzed) -> Option<String> {
    let found = fuzzed.found.as_ref()?;
    let after = fuzzed.median().map_or("rarely".to_owned(), |median| format!("after {}", counted(median, "seed")));
    let steps = found.shrunk_steps.map_or(String::new(), |steps| format!(" in {}", counted(steps as u64, "step")));
    Some(format!("fuzzed {after}: {}{steps}", found.invariant))
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

const INTRODUCTION: &str = "\
# Mutants

How strong the checks are. A protocol is a value made of tables; a mutant of the hardened protocol is the same value with one
cell changed. Whatever such a cell makes wrong must be noticed: by a scenario of `scenarios/` that held and holds no longer, by
an invariant or by what the scenario expects. A scenario that names another base protocol, or the mutated switch itself, does not
count. Beside that stands what the fuzzer does by invariants alone: the one that notices first, after how many seeds (the median
of several starts; `rare` where half of them or more noticed nothing, `never` where all did), and how many steps are left of the
first such seed when it is shrunk. A seed that fails under the hardened protocol as well does not count. Invariants follow a policy
that a protocol declares, so of those only scenarios tell one from another. `crmsim mutants --format markdown` makes this page; a
test holds its list to the tables.
";
