//! The few ANSI styles of texts for people.

use crate::engine::Verdict;

/// Ends a style.
pub const RESET: &str = "\x1b[0m";
/// What stands out.
pub const BOLD: &str = "\x1b[1m";
/// What stands back.
pub const DIM: &str = "\x1b[2m";
/// What is wrong.
pub const RED: &str = "\x1b[1;31m";
/// What is right.
pub const GREEN: &str = "\x1b[32m";
/// What is known to be wrong.
pub const YELLOW: &str = "\x1b[33m";

/// The word of a verdict as verdict lines show it, and its style.
#[must_use]
pub fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Held => ("held", GREEN),
        Verdict::Known => ("known", YELLOW),
        Verdict::Failed => ("FAILED", RED),
        Verdict::Stopped => ("stopped", YELLOW),
    }
}

/// A text that a terminal does not obey: control characters and the like stand as escapes. Of a long text the beginning.
#[must_use]
pub fn plain(text: &str) -> String {
    const LONGEST: usize = 400;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => harmless(&text[..end]) + "…",
        None => harmless(text),
    }
}

/// A text that a terminal does not obey, however long.
#[must_use]
pub fn harmless(text: &str) -> String {
    let is_harmless = |c: char| {
        !c.is_control() && !matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmless(c) { out.push(c) } else { out.extend(c.escape_default()) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(plain("Ärger\u{1b}[31m\n\u{202e}x"), "Ärger\\u{1b}[31m\\n\\u{202e}x");
        assert_eq!(plain(&"x".repeat(500)).chars().count(), 401);
    }
}
