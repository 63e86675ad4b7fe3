//! The reference as Markdown, and as a text for a terminal.

use super::super::diagnostics::nearest;
use super::{Entry, Section, reference};

/// The columns of the keys of a word.
const KEY_COLUMNS: [&str; 4] = ["key", "needed", "takes", "meaning"];

/// The reference as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "# The scenario format\n\nThis is what `crmsim words` prints, and is written by `crmsim words --markdown`. \
         `crmsim words WORD` shows one entry.\n",
    );
    let row = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let head = |columns: &[&str]| row(columns) + &format!("|{}\n", "---|".repeat(columns.len()));
    let code = |word: &str| format!("`{word}`");
    for section in reference() {
        out.push_str(&format!("\n## {}\n\n{}\n", section.title, section.lead));
        if section.entries.iter().all(|entry| entry.keys.is_empty()) {
            out.push('\n');
            out.push_str(&head(section.columns));
            for entry in &section.entries {
                let word = if section.word == "limits" { entry.word.clone() } else { code(&entry.word) };
                let cells = [word.as_str()].into_iter().chain(entry.cells.iter().map(String::as_str));
                out.push_str(&row(&cells.collect::<Vec<_>>()));
            }
            continue;
        }
        for entry in &section.entries {
            out.push_str(&format!("\n### `{}`\n\n{}\n", entry.word, entry.cells.join(" ")));
            if entry.keys.is_empty() {
                continue;
            }
            out.push('\n');
            out.push_str(&head(&KEY_COLUMNS));
            for [key, needed, takes, says] in &entry.keys {
                out.push_str(&row(&[&code(key), needed, takes, says]));
            }
        }
    }
    out
}

/// The reference as a text for a terminal: all of it, or what a word means wherever it is one.
///
/// # Errors
/// When there is no such word: what to say, with the nearest that there is.
pub fn words(word: Option<&str>) -> Result<String, String> {
    let all = reference();
    let mut out = String::new();
    for section in &all {
        let whole = word.is_none_or(|word| section.word == word);
        let entries: Vec<&Entry> =
            section.entries.iter().filter(|entry| whole || word == Some(entry.word.as_str())).collect();
        if entries.is_empty() {
            continue;
        }
        let space = if out.is_empty() { "" } else { "\n" };
        out.push_str(space);
        wrap(&mut out, 0, 0, "", &format!("{}: {}", section.title, section.lead));
        for entry in entries {
            entry_text(section, entry, &mut out);
        }
    }
    match word {
        Some(word) if out.is_empty() => {
            let names = all.iter().flat_map(|section| {
                [section.word].into_iter().chain(section.entries.iter().map(|entry| entry.word.as_str()))
            });
            let near = nearest(word, names).map(|near| format!("did you mean `{near}`?"));
            Err(format!(
                "the format has no word `{}`; {}",
                word.escape_debug(),
                near.unwrap_or_else(|| "`crmsim words` lists them".to_owned())
            ))
        }
        _ => Ok(out),
    }
}

fn entry_text(section: &Section, entry: &Entry, out: &mut String) {
    const COLUMN: usize = 18;
    let text = match (section.columns, entry.cells.as_slice()) {
        ([_, "takes", "meaning"], [takes, meaning]) => format!("{takes}. {meaning}"),
        ([_, "of", "meaning"], [of, meaning]) => format!("{meaning} It belongs to {of}."),
        (columns, cells) if columns.len() > 2 => {
            let named = columns[1..].iter().zip(cells);
            let named = named.map(|(column, cell)| match *column {
                "meaning" | "takes" => cell.clone(),
                column => format!("{column}: {cell}"),
            });
            named.collect::<Vec<_>>().join("; ")
        }
        (_, cells) => cells.join(" "),
    };
    wrap(out, 2, COLUMN, &entry.word, &text);
    for [key, needed, takes, says] in &entry.keys {
        let needed = if needed.is_empty() { "" } else { "needed; " };
        wrap(out, 6, COLUMN - 4, key, &format!("{needed}{takes}. {says}"));
    }
}

/// A word and a text beside it, in lines of a hundred characters.
fn wrap(out: &mut String, indent: usize, column: usize, word: &str, text: &str) {
    const WIDTH: usize = 100;
    let mut line = format!("{:indent$}{word:<column$}", "");
    let from = indent + column;
    let mut empty = true;
    for piece in text.split(' ') {
        if !empty && line.chars().count() + 1 + piece.chars().count() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line = " ".repeat(from);
        }
        if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(piece);
        empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}
