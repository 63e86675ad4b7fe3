//! What a campaign came to, as a table for people and a document for programs.

use crmsim::fuzz::campaign::{Campaign, CaseName, Ended, SignatureSummary, Steps, Summary};
use crmsim::report::style::{BOLD, GREEN, RED, RESET, YELLOW, plain};
use serde::Serialize;

use super::{FuzzArgs, line};

/// How many seeds with new failures have a line that runs them.
const MOST_REPLAYED: usize = 5;

/// How many failures have a line; a campaign that was never run before can find hundreds.
const MOST_SHOWN: usize = 40;

/// Of a profile more than this share of the steps, in percent, cannot happen before it is told.
const USUAL_IDLE: u64 = 40;

/// The document.
#[derive(Serialize)]
pub struct Document<'a> {
    /// What it came to.
    #[serde(flatten)]
    pub summary: &'a Summary,
    /// The command that goes on, where not every seed has run.
    pub next: Option<&'a str>,
}

/// The text.
pub fn of(args: &FuzzArgs, summary: &Summary, campaign: &Campaign) -> String {
    let mut text = head(summary);
    summary.profiles.iter().for_each(|profile| text.push_str(&idle(&profile.name, &profile.steps)));
    if !summary.signatures.is_empty() {
        text.push('\n');
        let shown = &summary.signatures[..summary.signatures.len().min(MOST_SHOWN)];
        text.push_str(&table(shown));
        if shown.len() < summary.signatures.len() {
            let more = summary.signatures.len() - shown.len();
            text.push_str(&format!("       and {more} more; --format json has them all\n"));
        }
    }
    if summary.signatures.iter().any(|one| one.runs == 0) {
        text.push_str(
            "\nruns 0: met while the failure of that seed was shrunk; no seed that ran here fails so by itself\n",
        );
    }
    let longer = summary.signatures.iter().filter(|one| one.minimal == Some(false)).count();
    if longer > 0 && !args.no_shrink {
        text.push_str(&format!(
            "\n{longer} of the new failures might become shorter; `crmsim shrink FILE --signature SIGNATURE --out SHORTER` \
             goes on with one\n"
        ));
    }
    let mut lines: Vec<String> = Vec::new();
    for one in summary.signatures.iter().filter(|one| one.new && one.runs > 0) {
        let line = replay(args, &one.met);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    for line in lines.iter().take(MOST_REPLAYED) {
        text.push_str(&format!("{BOLD}replay:{RESET} {line}\n"));
    }
    if lines.len() > MOST_REPLAYED {
        text.push_str(&format!("        and {} more; --format json has them all\n", lines.len() - MOST_REPLAYED));
    }
    let names: Vec<&str> = campaign.profiles().iter().map(|profile| profile.name.as_str()).collect();
    let report = campaign.coverage().report(&names);
    let shown = if args.coverage { report.as_str() } else { report.lines().last().unwrap_or_default() };
    text.push_str(&format!("\n{}\n", shown.trim_end()));
    if summary.ended == Some(Ended::Stagnant) {
        text.push_str(&format!(
            "{YELLOW}stopped:{RESET} nothing new in {} runs, so more seeds are unlikely to bring the marks that have not come and are not \
             declared rare: {}\n",
            campaign.coverage().idle,
            summary.missed.len()
        ));
    }
    let gate = campaign.coverage().gate();
    if args.gate && !gate.holds() {
        text.push_str(&format!("{RED}NOT COVERED{RESET}  {gate}\n"));
        // What a profile rules out, no seed of it brings, and a mark does not know what it needs.
        if !args.profiles.is_empty() {
            text.push_str("the gate is meant for the shipped profiles all together; others may rule marks out\n");
        }
    }
    for case in &summary.not_deterministic {
        text.push_str(&format!(
            "\n{RED}NOT DETERMINISTIC{RESET}  seed {} of {}: it ran twice, and not alike\n{BOLD}replay:{RESET} {} --twice\n",
            case.seed,
            plain(&case.profile),
            replay(args, case)
        ));
    }
    for case in &summary.broken {
        text.push_str(&format!(
            "\n{RED}BROKEN{RESET}  seed {} of {}: crmsim {} failed: {}\n{BOLD}replay:{RESET} {}\n",
            case.seed,
            plain(&case.profile),
            summary.version,
            plain(&case.message),
            replay(args, case)
        ));
    }
    text
}

fn replay(args: &FuzzArgs, case: &CaseName) -> String {
    line::replay(args, case.seed, &case.profile)
}

/// What is said of a profile most of whose steps came to nothing.
fn idle(name: &str, steps: &Steps) -> String {
    let name = plain(name);
    if steps.are_all_filled() {
        return format!(
            "{RED}NOTHING HAPPENED{RESET}  {name}: nothing that its weights let come up could ever happen; give a weight to acts that \
             make what the others need, as `create`, `track` and `sync`\n"
        );
    }
    if steps.idle_percent() <= USUAL_IDLE {
        return String::new();
    }
    format!(
        "{YELLOW}warning:{RESET} {name}: {} % of its {} acts could not happen: in {} of them only time passes, because nothing \
         else could be drawn, and {} were skipped; what holds here says little\n",
        steps.idle_percent(),
        steps.drawn,
        steps.filled,
        steps.skipped
    )
}

fn head(summary: &Summary) -> String {
    let verdicts = &summary.verdicts;
    let counts = [
        (verdicts.held, GREEN, "held"),
        (verdicts.known, YELLOW, "known"),
        (verdicts.failed, RED, "FAILED"),
        (verdicts.broken, RED, "BROKEN"),
    ];
    let counts = counts.iter().filter(|(count, ..)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, color, word)| format!("{count} {color}{word}{RESET}")).collect();
    let names: Vec<String> = summary.profiles.iter().map(|profile| plain(&profile.name)).collect();
    let runs = if summary.runs == 1 { "1 run".to_owned() } else { format!("{} runs", summary.runs) };
    format!("seeds {}..{} of {}: {runs}: {}\n", summary.from, summary.end, names.join(", "), counts.join(", "))
}

/// One line a failure: how often, where first, how long, what; and below it where it is kept.
fn table(signatures: &[SignatureSummary]) -> String {
    let rows = signatures.iter().map(|one| {
        let steps = match (one.steps_before, one.steps) {
            (Some(before), Some(after)) => format!("{before} -> {after}"),
            (None, Some(after)) => after.to_string(),
            _ => "-".to_owned(),
        };
        let first = format!("{} of {}", one.met.seed, plain(&one.met.profile));
        [one.runs.to_string(), first, steps, plain(&one.signature)]
    });
    let rows: Vec<[String; 4]> =
        std::iter::once(["runs", "first seed", "steps", "failure"].map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for (index, [runs, first, steps, failure]) in rows.iter().enumerate() {
        let (word, color) = match index.checked_sub(1).and_then(|index| signatures.get(index)) {
            None => ("", ""),
            Some(one) if one.new => ("new", RED),
            Some(_) => ("known", YELLOW),
        };
        let reset = if color.is_empty() { "" } else { RESET };
        text.push_str(&format!(
            "{color}{word:<5}{reset}  {runs:>0$}  {first:<1$}  {steps:<2$}  {failure}\n",
            widths[0], widths[1], widths[2]
        ));
        if let Some(file) = index.checked_sub(1).and_then(|index| signatures[index].file.as_ref()) {
            text.push_str(&format!("       {}\n", plain(file)));
        }
    }
    text
}
