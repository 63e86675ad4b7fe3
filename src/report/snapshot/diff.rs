//! Two texts held against each other, line by line.

use similar::{Algorithm, ChangeTag, TextDiff};

use super::super::style::{DIM, GREEN, RED, RESET, harmless};

/// How many lines around a difference are shown.
const AROUND: usize = 2;
/// How many lines of a difference are shown.
const MOST_SHOWN: usize = 80;
/// Of two texts that differ in more lines than these, no shortest difference is looked for.
const MOST_COMPARED: usize = 4_000;

/// What differs between the text that was kept and the one of this run, for people.
#[must_use]
pub fn diff(kept: &str, now: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), now.lines().collect());
    let front = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let ends = old[front..].iter().rev().zip(new[front..].iter().rev());
    let back = ends.take_while(|(old, new)| old == new).count();
    if old.len() + new.len() - 2 * (front + back) > MOST_COMPARED {
        let lines = old[front..old.len() - back].iter().map(|line| shown('-', line));
        let lines: Vec<String> =
            lines.chain(new[front..new.len() - back].iter().map(|line| shown('+', line))).collect();
        return head(front + 1) + &clip(&lines);
    }
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_slices(&old, &new);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        lines.push(head(group.first().map_or(0, |op| op.new_range().start) + 1));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(shown(sign, change.value()));
        }
    }
    clip(&lines)
}

fn head(line: usize) -> String {
    format!("{DIM}  from line {line}:{RESET}\n")
}

fn shown(sign: char, line: &str) -> String {
    let line = harmless(line);
    match sign {
        '-' => format!("  {RED}- {line}{RESET}\n"),
        '+' => format!("  {GREEN}+ {line}{RESET}\n"),
        _ => format!("    {line}\n"),
    }
}

fn clip(lines: &[String]) -> String {
    let mut text = lines[..lines.len().min(MOST_SHOWN)].concat();
    if lines.len() > MOST_SHOWN {
        text.push_str(&format!("{DIM}  … and {} lines more{RESET}\n", lines.len() - MOST_SHOWN));
    }
    text
}
