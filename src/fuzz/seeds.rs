//! Ranges of seeds, as a command line gives them.

use std::fmt;
use std::str::FromStr;

/// How many seeds there are: a scenario file holds no greater number.
pub const SEEDS: u64 = 1 << 63;

/// A range of seeds: `from` and those after it, without `end`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Seeds {
    /// The first.
    pub from: u64,
    /// The one after the last; [`SEEDS`] where the range has no end of its own.
    pub end: u64,
}

impl Seeds {
    /// How many there are.
    #[must_use]
    pub fn count(self) -> u64 {
        self.end - self.from
    }

    /// Whether the range has no end of its own.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.end == SEEDS
    }

    /// What is left of the range from this seed on; `None` where that is nothing.
    #[must_use]
    pub fn after(self, from: u64) -> Option<Seeds> {
        (from < self.end).then_some(Seeds { from: from.max(self.from), ..self })
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_open() {
            true => write!(out, "{}..", self.from),
            false => write!(out, "{}..{}", self.from, self.end),
        }
    }
}

impl FromStr for Seeds {
    type Err = String;

    /// Reads `A..B`, `A..=B`, or `A..`.
    ///
    /// ```
    /// use crmsim::fuzz::Seeds;
    /// assert_eq!("0..=1_000".parse(), Ok(Seeds { from: 0, end: 1_001 }));
    /// assert!("9..9".parse::<Seeds>().unwrap_err().contains("empty"));
    /// ```
    fn from_str(text: &str) -> Result<Seeds, String> {
        let Some((from, end)) = text.split_once("..") else {
            return Err("a range of seeds is written `A..B`, as 0..1_000, or `A..=B` with B as its last".to_owned());
        };
        let from = number(from, "first")?;
        let reversed = |dots: &str, to: u64| {
            Err(format!("the range is reversed: {from} comes after {to}; write {to}{dots}{from}"))
        };
        match end.strip_prefix('=') {
            _ if end.is_empty() => Ok(Seeds { from, end: SEEDS }),
            Some(last) => match number(last, "last")? {
                last if last < from => reversed("..=", last),
                last => Ok(Seeds { from, end: last + 1 }),
            },
            None => match number(end, "end")? {
                end if end < from => reversed("..", end),
                end if end == from => Err(format!(
                    "the range is empty, as {end} is no longer in it; for this one seed write {end}..={end} or {end}..{}",
                    end + 1
                )),
                end => Ok(Seeds { from, end }),
            },
        }
    }
}

fn number(text: &str, which: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit());
    if !is_number {
        let found = if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
        return Err(format!("the {which} seed is a whole number such as 1_000; found {found}"));
    }
    let most = if which == "end" { SEEDS } else { SEEDS - 1 };
    digits
        .parse()
        .ok()
        .filter(|number| *number <= most)
        .ok_or_else(|| format!("the {which} seed {text} is too great; a seed is at most {} (2^63 - 1)", SEEDS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (text, from, end) in [
            ("0..1", 0, 1),
            ("0..=0", 0, 1),
            ("1_000..2_000", 1000, 2000),
            ("7..", 7, SEEDS),
            ("0..9223372036854775808", 0, SEEDS),
            ("0..=9223372036854775807", 0, SEEDS),
        ] {
            assert_eq!(text.parse(), Ok(Seeds { from, end }), "{text}");
        }
        assert_eq!("5..=9".parse::<Seeds>().unwrap().to_string(), "5..10");
        assert_eq!("5..".parse::<Seeds>().unwrap().to_string(), "5..");
        assert_eq!("5..9".parse::<Seeds>().unwrap().after(9), None);
        assert_eq!("5..9".parse::<Seeds>().unwrap().after(8).map(Seeds::count), Some(1));
    }

    #[test]
    fn what_is_no_range_is_explained() {
        for (text, says) in [
            ("", "A..B"),
            ("12", "A..B"),
            ("a..b", "found `a`"),
            ("..5", "found nothing"),
            ("0..=", "found nothing"),
            ("0..-5", "found `-5`"),
            ("_1..5", "found `_1`"),
            ("0..1.5", "found `1.5`"),
            ("3..3", "is empty, as 3 is no longer in it; for this one seed write 3..=3 or 3..4"),
            ("5..=4", "is reversed: 5 comes after 4; write 4..=5"),
            ("9..3", "write 3..9"),
            ("5..=3", "reversed"),
            ("0..9223372036854775809", "at most 9223372036854775807"),
            ("9223372036854775808..", "at most 9223372036854775807"),
            ("0..=9223372036854775808", "at most 9223372036854775807"),
            ("0..18446744073709551616", "too great"),
            ("0..99999999999999999999999999", "too great"),
        ] {
            let error = text.parse::<Seeds>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
