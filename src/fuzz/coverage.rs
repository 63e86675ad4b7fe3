//! What a campaign came by: how often each mark, by which case first, which marks it missed, and whether it may.
//!
//! The runs of a campaign are added in the order of their seeds, or put together from parts that were; either way the same
//! comes out. A [`Gate`] judges it: it fails for a mark that nobody declared rare and that never came, and for one that was
//! declared impossible and came.

mod page;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::model::lifecycle::Reach;
pub use crate::model::marks::{Mark, Marks, Meaning};
pub use page::page;

/// How many of the rarest marks a report names.
const RAREST: usize = 20;
/// How many marks that were never hit the judgement of a gate names.
const MOST_MISSED: usize = 40;
/// A campaign stagnates where so many times the runs that are asked for brought nothing new, ...
const STAGNATES_AFTER: u64 = 100;
/// ... counted as so many at least.
const LEAST_IDLE: u64 = 10;

/// A run of a campaign: the seed, and the number of the profile among those of the campaign.
pub type Case = (u64, usize);

/// How often a mark came, and where first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hits {
    /// How many runs came by it.
    pub runs: u64,
    /// The first of them.
    pub first: Case,
}

/// What a campaign came by.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Coverage {
    /// How many runs there were.
    pub runs: u64,
    /// How many runs in a row came by nothing new.
    pub idle: u64,
    /// By the place of the mark.
    #[serde(with = "by_name")]
    hits: Vec<Hits>,
}

impl Default for Coverage {
    fn default() -> Self {
        Coverage { runs: 0, idle: 0, hits: vec![Hits { runs: 0, first: (0, 0) }; Mark::PLACES] }
    }
}

impl Coverage {
    /// Adds the run that comes next.
    pub fn add(&mut self, case: Case, marks: &Marks) {
        self.runs += 1;
        self.idle += 1;
        for mark in marks.iter() {
            let hits = &mut self.hits[mark.place()];
            if hits.runs == 0 {
                hits.first = case;
                self.idle = 0;
            }
            hits.runs += 1;
        }
    }

    /// Adds what another part of the campaign came by, which comes after this one.
    pub fn merge(&mut self, later: &Coverage) {
        self.runs += later.runs;
        self.idle += later.runs;
        for (hits, more) in self.hits.iter_mut().zip(&later.hits).filter(|(_, more)| more.runs > 0) {
            if hits.runs == 0 {
                hits.first = more.first;
                self.idle = later.idle;
            }
            hits.runs += more.runs;
        }
    }

    /// How often a mark came, and where first.
    #[must_use]
    pub fn hits(&self, mark: Mark) -> Option<Hits> {
        Some(self.hits[mark.place()]).filter(|hits| hits.runs > 0)
    }

    /// Every mark that came, in order.
    pub fn came(&self) -> impl Iterator<Item = (Mark, Hits)> {
        Mark::every().filter_map(|mark| Some((mark, self.hits(mark)?)))
    }

    /// The marks that there are and that never came, in order.
    pub fn never(&self) -> impl Iterator<Item = Mark> {
        Mark::all().filter(|mark| self.hits(*mark).is_none())
    }

    /// The marks that came least often, the rarest first.
    #[must_use]
    pub fn rarest(&self) -> Vec<(Mark, Hits)> {
        let mut all: Vec<(Mark, Hits)> = self.came().collect();
        all.sort_by_key(|(mark, hits)| (hits.runs, *mark));
        all.truncate(RAREST);
        all
    }

    /// Judges what the campaign came by.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.gate_of(Mark::every().map(|mark| (mark, mark.reach())))
    }

    fn gate_of(&self, marks: impl Iterator<Item = (Mark, Reach)>) -> Gate {
        let mut gate = Gate::default();
        for (mark, reach) in marks {
            match (reach, self.hits(mark)) {
                (Reach::Common, None) => gate.missed.push(mark),
                (Reach::Impossible(why), Some(hits)) => gate.impossible.push((mark, hits, why)),
                _ => {}
            }
        }
        gate
    }

    /// Whether everything came that has to, and nothing new for so many runs: a campaign can end there.
    #[must_use]
    pub fn is_covered(&self, idle: u64) -> bool {
        self.idle >= idle && self.gate().missed.is_empty()
    }

    /// Whether a campaign that waits for so many runs without anything new can end although marks are missing: a hundred
    /// times as many, and a thousand at least, brought nothing. More seeds might bring them, and hardly will.
    #[must_use]
    pub fn is_stagnant(&self, idle: u64) -> bool {
        self.idle >= idle.max(LEAST_IDLE).saturating_mul(STAGNATES_AFTER)
    }

    /// What people read of it: what never came first, then the rarest, and totals by family.
    #[must_use]
    pub fn report(&self, profiles: &[&str]) -> String {
        let mut text = String::new();
        let case = |(seed, profile): Case| format!("seed {seed} of {}", profiles.get(profile).unwrap_or(&"?"));
        let all: Vec<Mark> = Mark::all().collect();
        let mut line = |line: String| text.push_str(&format!("{line}\n"));
        let gate = self.gate();
        for (mark, hits, why) in &gate.impossible {
            line(format!("declared impossible, and came   {mark}  ({}; {why})", case(hits.first)));
        }
        for mark in &gate.missed {
            line(format!("never                           {mark}"));
        }
        for mark in self.never() {
            if let Reach::Rare(why) = mark.reach() {
                line(format!("never, which is rare            {mark}  ({why})"));
            }
        }
        for (mark, hits) in self.rarest() {
            line(format!("{:>8} of {:<8} first in {:<28} {mark}", hits.runs, self.runs, case(hits.first)));
        }
        let mut families: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for mark in &all {
            let family = families.entry(mark.family()).or_default();
            family.0 += usize::from(self.hits(*mark).is_some());
            family.1 += 1;
        }
        let width = families.keys().map(String::len).max().unwrap_or(0);
        for (family, (came, of)) in &families {
            line(format!("{family:<width$}  {came:>3} of {of:>3}"));
        }
        let came = all.iter().filter(|mark| self.hits(**mark).is_some()).count();
        let (marks, idle) = (all.len(), self.idle);
        let runs = if self.runs == 1 { "1 run".to_owned() } else { format!("{} runs", self.runs) };
        line(format!("{came} of {marks} marks in {runs}; nothing new in the last {idle}"));
        text
    }
}

/// What is wrong with what a campaign came by.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Gate {
    /// What never came and has to.
    pub missed: Vec<Mark>,
    /// What came and is declared impossible, with the reason given there.
    pub impossible: Vec<(Mark, Hits, &'static str)>,
}

impl Gate {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.missed.is_empty() && self.impossible.is_empty()
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (missed, impossible) = (self.missed.len(), self.impossible.len());
        let were = |count: usize| if count == 1 { "mark was" } else { "marks were" };
        let is = |count: usize| if count == 1 { "is" } else { "are" };
        write!(out, "{missed} {} never hit and {} not declared rare", were(missed), is(missed))?;
        if impossible > 0 {
            write!(out, "; {impossible} {} hit and {} declared impossible", were(impossible), is(impossible))?;
        }
        for mark in self.missed.iter().take(MOST_MISSED) {
            write!(out, "\n  never       {mark}")?;
        }
        if missed > MOST_MISSED {
            write!(out, "\n  and {} more never; --coverage names them all", missed - MOST_MISSED)?;
        }
        for (mark, hits, why) in &self.impossible {
            write!(out, "\n  impossible  {mark}, in seed {} ({why})", hits.first.0)?;
        }
        Ok(())
    }
}

/// Marks by their names, so that what was written stays readable when marks are added.
mod by_name {
    use std::collections::BTreeMap;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Coverage, Hits, Mark};

    pub(super) fn serialize<S: Serializer>(hits: &[Hits], out: S) -> Result<S::Ok, S::Error> {
        let came = Mark::every().zip(hits).filter(|(_, hits)| hits.runs > 0);
        out.collect_map(came.map(|(mark, hits)| (mark.to_string(), hits)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hits>, D::Error> {
        let named: BTreeMap<String, Hits> = BTreeMap::deserialize(from)?;
        let mut all = Coverage::default().hits;
        for (name, hits) in named {
            let mark = Mark::parse(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is no mark")))?;
            all[mark.place()] = hits;
        }
        Ok(all)
    }
}

/// One case of a covering set, and what it adds to those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Covering {
    /// The case.
    pub case: Case,
    /// The marks that no case before it has.
    pub adds: Marks,
}

/// A small set of cases that comes by everything that all of them come by: always the one that adds most, the earlier of two
/// that add alike.
#[must_use]
pub fn covering_set(cases: &[(Case, Marks)]) -> Vec<Covering> {
    let mut covered = Marks::default();
    let mut set = Vec::new();
    // What a case adds only shrinks, so a case that adds nothing is done with.
    let mut left: Vec<&(Case, Marks)> = cases.iter().collect();
    loop {
        left.retain(|(_, marks)| !marks.without(&covered).is_empty());
        let best = left.iter().rev().max_by_key(|(_, marks)| marks.without(&covered).len());
        let Some((case, marks)) = best else { return set };
        set.push(Covering { case: *case, adds: marks.without(&covered) });
        covered.add(marks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(from: usize, to: usize) -> Marks {
        Mark::all().skip(from).take(to - from).collect()
    }

    /// A mark that no run can come by, because an item that is gone in both places cannot be edited.
    fn unreachable() -> Mark {
        Mark::parse("primary/deleted-in-both/edited-in-crm").expect("the name of a mark")
    }

    /// The campaign that came by everything.
    fn whole() -> Coverage {
        let mut coverage = Coverage::default();
        coverage.add((1, 0), &Mark::all().collect());
        coverage
    }

    #[test]
    fn hits_are_counted_and_the_first_case_is_kept() {
        let mut coverage = Coverage::default();
        coverage.add((4, 0), &marks(0, 3));
        coverage.add((5, 0), &marks(2, 4));
        coverage.add((6, 0), &marks(2, 3));
        let of = |at| coverage.hits(Mark::all().nth(at).unwrap());
        assert_eq!(of(0), Some(Hits { runs: 1, first: (4, 0) }));
        assert_eq!(of(2), Some(Hits { runs: 3, first: (4, 0) }));
        assert_eq!(of(3), Some(Hits { runs: 1, first: (5, 0) }));
        assert_eq!(of(4), None);
        assert_eq!((coverage.runs, coverage.idle), (3, 1));
        assert_eq!(coverage.never().next(), Mark::all().nth(4));
        assert_eq!(coverage.rarest().first().map(|(mark, _)| *mark), Mark::all().next());
    }

    #[test]
    fn parts_come_together_as_if_they_had_run_in_one() {
        let runs = [((1, 0), marks(0, 3)), ((1, 1), marks(1, 9)), ((2, 0), marks(4, 5)), ((3, 0), marks(0, 2))];
        let mut whole = Coverage::default();
        runs.iter().for_each(|(case, marks)| whole.add(*case, marks));
        for cut in 0..=runs.len() {
            let (mut first, mut second) = (Coverage::default(), Coverage::default());
            runs[..cut].iter().for_each(|(case, marks)| first.add(*case, marks));
            runs[cut..].iter().for_each(|(case, marks)| second.add(*case, marks));
            first.merge(&second);
            assert_eq!((first.runs, &first.hits), (whole.runs, &whole.hits), "cut at {cut}");
        }
    }

    #[test]
    fn an_unreachable_mark_fails_the_gate_and_one_that_is_declared_rare_passes() {
        let coverage = whole();
        let with = |reach| Mark::all().map(|mark| (mark, mark.reach())).chain([(unreachable(), reach)]);
        assert!(coverage.gate().holds());
        let gate = coverage.gate_of(with(Reach::Common));
        assert_eq!((gate.holds(), gate.missed), (false, vec![unreachable()]));
        assert!(coverage.gate_of(with(Reach::Rare("it was planted"))).holds());
        assert!(coverage.gate_of(with(Reach::Impossible("it was planted"))).holds());
    }

    #[test]
    fn what_is_declared_impossible_and_comes_fails_the_gate() {
        let mut coverage = whole();
        coverage.add((7, 0), &[unreachable()].into_iter().collect());
        let gate = coverage.gate();
        assert!(!gate.holds() && gate.missed.is_empty());
        assert_eq!(gate.impossible[0].0, unreachable());
        assert_eq!(gate.impossible[0].1, Hits { runs: 1, first: (7, 0) });
    }

    #[test]
    fn a_campaign_is_covered_once_everything_came_and_nothing_new_for_a_while() {
        let mut coverage = Coverage::default();
        coverage.add((1, 0), &marks(0, 1));
        coverage.add((2, 0), &marks(0, 1));
        coverage.add((3, 0), &marks(0, 1));
        assert!(!coverage.is_covered(2), "most never came");
        coverage.add((4, 0), &Mark::all().collect());
        assert!(!coverage.is_covered(2));
        coverage.add((5, 0), &marks(0, 1));
        coverage.add((6, 0), &marks(0, 1));
        assert!(coverage.is_covered(2) && !coverage.is_covered(3));
    }

    #[test]
    fn a_campaign_stagnates_once_a_hundred_times_as_many_runs_brought_nothing_new() {
        let mut coverage = Coverage::default();
        coverage.add((1, 0), &marks(0, 1));
        (0..999).for_each(|seed| coverage.add((seed, 0), &marks(0, 1)));
        assert!(!coverage.is_stagnant(1) && !coverage.is_covered(1));
        coverage.add((1_000, 0), &marks(0, 1));
        assert!(coverage.is_stagnant(1) && coverage.is_stagnant(10) && !coverage.is_stagnant(11));
        coverage.add((1_001, 0), &marks(0, 2));
        assert!(!coverage.is_stagnant(1));
    }

    #[test]
    fn the_gate_names_what_it_misses() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.gate().to_string().lines().count(), MOST_MISSED + 2);
        let common = || Mark::all().filter(|mark| mark.reach() == Reach::Common);
        let first = common().next().unwrap();
        coverage.add((1, 0), &common().skip(1).collect());
        let missed = format!("1 mark was never hit and is not declared rare\n  never       {first}");
        assert_eq!(coverage.gate().to_string(), missed);
    }

    #[test]
    fn the_report_tells_what_never_came_before_what_is_rare() {
        let mut coverage = Coverage::default();
        coverage.add((12, 0), &marks(0, 2));
        let report = coverage.report(&["everything"]);
        let (first, second) = (Mark::all().next().unwrap(), Mark::all().nth(2).unwrap());
        let at = |what: &str| report.find(what).unwrap_or_else(|| panic!("{what} is missing from {report}"));
        assert!(at(&format!("{second}\n")) < at("seed 12 of everything"));
        assert!(report.contains(&first.to_string()) && report.ends_with("nothing new in the last 0\n"));
    }

    #[test]
    fn it_survives_being_written_and_read() {
        let coverage = whole();
        let text = serde_json::to_string(&coverage).unwrap();
        assert_eq!(serde_json::from_str::<Coverage>(&text).unwrap(), coverage);
        assert!(serde_json::from_str::<Coverage>(&text.replace("linked/cycle", "linked/circle")).is_err());
    }

    #[test]
    fn a_covering_set_covers_everything_with_few_cases() {
        let cases = [((1, 0), marks(0, 4)), ((2, 0), marks(3, 9)), ((3, 0), marks(0, 3)), ((4, 0), marks(3, 9))];
        let set = covering_set(&cases);
        assert_eq!(set.iter().map(|covering| covering.case).collect::<Vec<_>>(), [(2, 0), (1, 0)]);
        assert_eq!(set[0].adds, marks(3, 9));
        assert_eq!(set[1].adds, marks(0, 3));
        assert!(covering_set(&[]).is_empty());
    }
}
