//! No text makes the parser fail: arbitrary ones, and good files with arbitrary damage.

use proptest::prelude::*;

use crate::scenario::{parse, template};

/// Parses and renders; whatever is told has a place inside the text.
fn survives(text: &str) {
    if let Err(errors) = parse("x.toml", text) {
        assert!(!errors.list.is_empty());
        for error in &errors.list {
            assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{error:?}");
        }
        assert!(errors.render(false).contains("x.toml:"));
        assert!(!errors.render(true).is_empty());
    }
}

/// Pieces that are more likely to lead somewhere than arbitrary characters.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    ".",
    "\n",
    "#",
    "$a",
    "\"$a\"",
    "-1",
    "9e9",
    "1.5",
    "true",
    "[[steps]]",
    "\"t*\"",
    "\"crm\"",
    "\"\"",
    "[]",
    "{}",
    "rows = [\"a\"]",
    "cases = [{ a = 1 }]",
    "do",
    "fault",
    "expect",
    "2011-03-01",
    "99999999999999999999",
    "\u{1f980}",
    "\\u0000",
    "\r",
    "\u{0}",
    "kind = \"task\"",
    "copies = 20000",
    "at = \"-1w\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn arbitrary_pieces(picks in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        survives(&picks.join(" "));
    }

    #[test]
    fn damaged_files(damage in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, prop::sample::select(PIECES)), 1..6)) {
        let mut text = template("x");
        for (at, length, piece) in damage {
            let start = at.index(text.len());
            let start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let end = (start + length).min(text.len());
            let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            text.replace_range(start..end, piece);
        }
        survives(&text);
    }

    /// Words and values are exchanged for others of the same file, so that the syntax stays right.
    #[test]
    fn exchanged_words(swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..5)) {
        let text = template("x");
        let mut words: Vec<&str> = text.split('"').collect();
        for (one, other) in swaps {
            let (one, other) = (one.index(words.len()), other.index(words.len()));
            // Every second piece stands between quotes.
            if one % 2 == 1 && other % 2 == 1 {
                words[one] = words[other];
            }
        }
        survives(&words.join("\""));
    }
}
