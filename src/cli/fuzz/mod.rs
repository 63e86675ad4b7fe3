//! `crmsim fuzz`: seeds run side by side until all have, time is over, or somebody presses Ctrl-C.
//!
//! The library knows no clocks, signals, terminals, processes and panics; they are all here.

mod args;
mod clock;
mod line;
mod progress;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crmsim::Scenario;
use crmsim::fuzz::campaign::{Campaign, Case, CaseResult, NamedProfile, Plain, Reduced, Work};
use crmsim::fuzz::corpus::{Corpus, Entry, Found, Key, hash_of};
use crmsim::fuzz::{Guide, Seeds, Signature};
use crmsim::report::style::plain;

pub use args::FuzzArgs;
use clock::{Clock, Stop};
use progress::Progress;

use super::args::Format;
use super::corpus::NOT_READ;
use super::exit::Exit;
use super::guard;
use super::output::Output;
use super::{profiles, twice};

/// How many runs of each thread make a chunk.
const RUNS_A_THREAD: u64 = 64;

/// The work of a campaign, with every panic caught, until its time is over; the corpus has what is found at once.
struct Guarded<'a> {
    plain: Plain<'a>,
    clock: &'a Clock,
    corpus: Mutex<Corpus>,
    /// What a second process said of a scenario; one that has several failures runs there once.
    elsewhere: Mutex<BTreeMap<String, Result<bool, String>>>,
    /// Why the corpus cannot be written.
    wrong: Mutex<Option<String>>,
}

impl Guarded<'_> {
    fn corpus(&self) -> MutexGuard<'_, Corpus> {
        self.corpus.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrong(&self) -> MutexGuard<'_, Option<String>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, done: Result<(), String>) {
        if let Err(message) = done {
            self.wrong().get_or_insert(message);
        }
    }
}

/// Stops shrinking with the campaign; what panics on the way does not fail, and is told.
struct Watch<'a> {
    clock: &'a Clock,
    fault: Option<String>,
}

impl Guide for Watch<'_> {
    fn guarded(&mut self, candidate: &Scenario, work: &mut dyn FnMut()) -> bool {
        let done = guard::candidate(candidate, work);
        done.map_err(|message| self.fault.get_or_insert(format!("{message}, in what shrinking tried")).len()).is_ok()
    }

    fn stops(&mut self) -> bool {
        self.clock.stop().is_some()
    }
}

impl Work for Guarded<'_> {
    fn run(&self, case: Case) -> Result<CaseResult, String> {
        guard::attempt(|| {
            guard::plant_panic(&case.seed.to_string());
            self.plain.run(case)
        })?
    }

    fn scenario(&self, case: Case) -> Result<Scenario, String> {
        guard::attempt(|| self.plain.scenario(case))?
    }

    fn shrink(&self, scenario: &Scenario, signature: &Signature) -> Result<Reduced, String> {
        guard::attempt(|| {
            guard::plant_panic("a shrink");
            let mut watch = Watch { clock: self.clock, fault: None };
            let reduced = self.plain.shrink_guided(scenario, signature, &mut watch)?;
            Ok(Reduced { fault: watch.fault, ..reduced })
        })?
    }

    fn is_same_elsewhere(&self, scenario: &Scenario) -> Result<bool, String> {
        let text = guard::attempt(|| scenario.to_toml())?;
        let hash = hash_of(&text);
        let elsewhere = || self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = elsewhere().get(&hash) {
            return said.clone();
        }
        let said = guard::attempt(|| twice::is_same(&text)).and_then(|same| same);
        elsewhere().insert(hash, said.clone());
        said
    }

    fn stops(&self) -> bool {
        self.clock.stop().is_some() || self.wrong().is_some()
    }

    fn keep(&self, entry: Entry) {
        let kept = self.corpus().replace(entry);
        self.note(kept);
    }

    fn forget(&self, key: &Key) {
        let removed = self.corpus().remove(key);
        self.note(removed);
    }

    fn tell(&self, key: &Key, scenario: &Scenario, found: Found) -> Result<Entry, String> {
        guard::attempt(|| self.plain.tell(key, scenario, found))?
    }
}

/// Runs what the arguments ask for.
pub fn fuzz(args: &FuzzArgs, out: &mut Output) -> Exit {
    match prepared(args, out) {
        Ok((loaded, corpus)) => run(args, loaded, corpus, out),
        Err(message) => {
            out.complain(&message);
            Exit::Wrong
        }
    }
}

/// The profiles and the corpus, or what is wrong with them.
fn prepared(args: &FuzzArgs, out: &mut Output) -> Result<(Vec<NamedProfile>, Corpus), String> {
    let wrong = |message: String| format!("error: {message}\n");
    if args.seeds.is_some_and(Seeds::is_open) && args.length.is_none() && args.until_covered.is_none() {
        return Err(wrong(
            "a range without an end needs `--for` or `--until-covered`, or it would never be done".to_owned(),
        ));
    }
    let mut loaded = profiles::load(&args.profiles)?;
    for profile in &mut loaded {
        profiles::with_protocol(&mut profile.scenario, args.protocol);
    }
    let corpus = Corpus::open(&args.corpus).map_err(wrong)?;
    if let Some(command) = corpus.cut_off() {
        out.complain(&format!("note: a campaign was killed here while it ran: {}\n", plain(command.trim())));
    }
    for odd in corpus.odd() {
        out.complain(&format!(
            "note: {}/{}: {}\n",
            plain(&args.corpus.to_string_lossy()),
            plain(&odd.path),
            plain(&odd.why)
        ));
    }
    if !corpus.odd().is_empty() {
        out.complain(&format!("note: {NOT_READ}"));
    }
    Ok((loaded, corpus))
}

fn run(args: &FuzzArgs, profiles: Vec<NamedProfile>, corpus: Corpus, out: &mut Output) -> Exit {
    if let Some(jobs) = args.jobs {
        // This can fail only where threads are running already, and then their number is what it is.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global();
    }
    let known: BTreeSet<Key> = corpus.entries().map(|(_, entry)| entry.key.clone()).collect();
    let chunk = (RUNS_A_THREAD * rayon::current_num_threads() as u64 / profiles.len() as u64).max(1);
    let mut campaign =
        Campaign::new(profiles.clone(), args.seeds(), known, !args.no_shrink).until_covered(args.until_covered);
    let clock = Clock::start(args.length);
    let plain = Plain { profiles: &profiles };
    let work = Guarded {
        plain,
        clock: &clock,
        corpus: Mutex::new(corpus),
        wrong: Mutex::new(None),
        elsewhere: Mutex::default(),
    };
    let progress = Progress::new(&campaign, &clock, args);
    let stop = loop {
        let Some(rest) = campaign.rest() else { break Stop::Done };
        if let Some(stop) = clock.stop() {
            break stop;
        }
        let next = Seeds { end: rest.end.min(rest.from.saturating_add(chunk)), ..rest };
        let noted = work.corpus().running(&(line::of(args, next, None) + "\n"));
        let entries = if noted.is_ok() { campaign.advance(chunk, &work) } else { Vec::new() };
        work.note(noted);
        for entry in entries {
            progress.say_new(&entry);
            // It was kept as it was found.
            work.keep(entry);
        }
        if work.wrong().is_some() {
            break Stop::Interrupted;
        }
        progress.show(&campaign);
    };
    progress.finish();
    let next = campaign.rest().map(|rest| line::of(args, rest, clock.rest()));
    let mut exit = exit_of(&campaign, stop, args.gate);
    let (corpus, wrong) = (work.corpus.into_inner(), work.wrong.into_inner());
    let corpus = corpus.unwrap_or_else(PoisonError::into_inner);
    let summary = campaign.summary(&corpus);
    match args.format {
        Format::Text => out.print(&text::of(args, &summary, &campaign)),
        Format::Json => out.json(&text::Document { summary: &summary, next: next.as_deref() }),
    }
    if let Some(message) = wrong.unwrap_or_else(PoisonError::into_inner) {
        out.complain(&format!("error: {message}; what is told above was kept up to there\n"));
        exit = exit.max(Exit::Wrong);
    }
    if let (Some(next), Format::Text) = (next, args.format) {
        out.print(&format!("go on: {next}\n"));
    }
    corpus.close();
    exit
}

fn exit_of(campaign: &Campaign, stop: Stop, gate: bool) -> Exit {
    let (broken, differing) = campaign.faults();
    let (new, _) = campaign.failures();
    let all = [
        (broken, Exit::Broken),
        (differing, Exit::NotDeterministic),
        (new > 0, Exit::Failed),
        (gate && !campaign.coverage().gate().holds(), Exit::NotCovered),
        (stop == Stop::Interrupted || campaign.runs() == 0, Exit::NothingRan),
        (campaign.idle_profiles().next().is_some(), Exit::NothingRan),
    ];
    all.into_iter().filter(|(applies, _)| *applies).map(|(_, exit)| exit).max().unwrap_or(Exit::Held)
}
