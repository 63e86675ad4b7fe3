//! What became of the mutants, as a table for people, for programs and for the documentation.

use std::fmt::Write as _;

use serde::Serialize;

use super::Mutant;
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
    /// Why it may survive, where nobody noticed it and it may.
    pub reason: Option<&'static str>,
}

impl Tested {
    /// What became of a mutant.
    #[must_use]
    pub fn new(mutant: &Mutant, scenario: Option<Kill>) -> Tested {
        let survives = scenario.is_none();
        let (cell, from, to) = (mutant.cell.clone(), mutant.from.clone(), mutant.to.clone());
        Tested { cell, from, to, scenario, reason: reason(mutant).filter(|_| survives) }
    }

    /// Whether somebody noticed it.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.scenario.is_some()
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
    /// The mutants, in the order of the protocol's tables.
    pub mutants: Vec<Tested>,
}

impl Table {
    /// The table of these mutants.
    #[must_use]
    pub fn new(mutants: Vec<Tested>) -> Table {
        Table { schema: 1, mutants }
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
        let mutants = if all == 1 { "mutant" } else { "mutants" };
        let mut text = format!("{all} {mutants}: {killed} killed, {survive} survived");
        if holes > 0 {
            let _ = write!(text, ", {holes} of them without a reason");
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
            let says = match (&tested.scenario, tested.reason) {
                (Some(kill), _) => format!("{}  {}", kill.by, kill.at),
                (None, Some(reason)) => reason.to_owned(),
                (None, None) => "nobody notices, and nothing says that it may survive".to_owned(),
            };
            let _ = writeln!(text, "{word:<8}  {:<width$}  {says}", name(tested));
        }
        let _ = writeln!(text, "\n{}", self.summary());
        text
    }

    /// The table as docs/mutants.md has it.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        let _ = writeln!(text, "\n{}.\n", self.summary());
        text.push_str("| cell | hardened | mutant | noticed by | first scenario |\n|---|---|---|---|---|\n");
        for tested in &self.mutants {
            let (by, at) = match &tested.scenario {
                Some(kill) => (kill.by.as_str(), kill.at.replace('|', "\\|")),
                None => ("nobody", String::new()),
            };
            let _ = writeln!(text, "| `{}` | {} | {} | {by} | {at} |", tested.cell, tested.from, tested.to);
        }
        text.push_str("\n## Survivors\n\n| cell | mutant | why it may survive |\n|---|---|---|\n");
        for tested in self.mutants.iter().filter(|tested| !tested.is_killed()) {
            let why = tested.reason.unwrap_or("**nothing says that it may**");
            let _ = writeln!(text, "| `{}` | {} | {why} |", tested.cell, tested.to);
        }
        text
    }
}

const INTRODUCTION: &str = "\
# Mutants

How strong the checks are. A protocol is a value made of tables; a mutant of the hardened protocol is the same value with one
cell changed. Whatever such a cell makes wrong must be noticed: by a scenario of `scenarios/` that held and holds no longer, by
an invariant or by what the scenario expects. A scenario that names another base protocol, or the mutated switch itself, does not
count. `crmsim mutants --format markdown` makes this page; a test holds its list to the tables.
";
