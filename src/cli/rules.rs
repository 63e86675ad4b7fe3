//! `crmsim rules`.

use std::collections::BTreeMap;

use crmsim::model::RuleId;
use crmsim::model::rules::RULES;
use crmsim::report::style::{BOLD, DIM, RESET, plain};
use rayon::prelude::*;

use super::args::RulesArgs;
use super::exit::Exit;
use super::files;
use super::output::Output;
use super::select::{Job, Selection};
use super::work::{self, FileDone, Settings};

/// Lists the rules, or who follows them.
pub fn rules(args: &RulesArgs, out: &mut Output) -> Exit {
    if args.marks {
        out.print(&crmsim::fuzz::coverage::page());
        return Exit::Held;
    }
    if args.covered.is_empty() {
        let width = width();
        let mut text = String::new();
        for rule in &RULES {
            let built = if rule.built { "" } else { "(not built yet) " };
            text.push_str(&format!("{BOLD}{:<width$}{RESET}  {DIM}{built}{RESET}{}\n", rule.id, rule.says));
        }
        out.print(&text);
        return Exit::Held;
    }
    covered(args, out)
}

fn width() -> usize {
    RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0)
}

fn covered(args: &RulesArgs, out: &mut Output) -> Exit {
    let files = files::load_to_run(&args.covered);
    files.complain(out);
    if files.good.is_empty() && files.any_wrong() {
        return Exit::Wrong;
    }
    let jobs = Selection { tags: &[], rules: &[], names: &[] }.jobs(&files.good);
    let done: Vec<FileDone> = jobs.par_iter().map(|job| work::run_file(job, Settings::default())).collect();
    let mut exit = match (files.any_wrong(), jobs.is_empty()) {
        (true, _) => Exit::Wrong,
        (false, true) => Exit::NothingRan,
        (false, false) => Exit::Held,
    };
    let mut hits: BTreeMap<RuleId, Vec<String>> = BTreeMap::new();
    for (job, file) in jobs.iter().zip(done) {
        for (scenario, row) in Job::scenarios(job).zip(file.rows) {
            if let Some(fault) = &row.fault {
                out.complain(fault);
                exit = exit.max(Exit::Broken);
            }
            for rule in row.rules {
                hits.entry(rule).or_default().push(scenario.title());
            }
        }
    }
    let width = width();
    let mut text = String::new();
    let built = (0..RULES.len()).filter_map(RuleId::at).filter(|rule| rule.rule().built);
    let (mut all, mut followed) = (0, 0);
    for rule in built {
        all += 1;
        let scenarios = hits.get(&rule).map_or(&[][..], Vec::as_slice);
        followed += usize::from(!scenarios.is_empty());
        let (id, count) = (rule.rule().id, scenarios.len());
        text.push_str(&format!("{BOLD}{id:<width$}{RESET}  {count:>4}  {}\n", several(scenarios)));
    }
    text.push_str(&format!("\n{followed} of {all} rules that are built are followed\n"));
    out.print(&text);
    exit
}

/// How many scenarios, and the first few of their names.
fn several(scenarios: &[String]) -> String {
    const MOST: usize = 3;
    if scenarios.is_empty() {
        return "never".to_owned();
    }
    let names: Vec<String> = scenarios.iter().take(MOST).map(|name| plain(name)).collect();
    let more = scenarios.len() - names.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", names.join(", "))
}
