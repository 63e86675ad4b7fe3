//! Virtual time: integers of milliseconds, read and printed for people by `jiff`.

use std::fmt;
use std::ops::{Add, Sub};

use jiff::Timestamp;

/// A moment of virtual time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Time(pub i64);

/// A length of virtual time in milliseconds; negative values go back in time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(pub i64);

impl Time {
    /// The moment in whole seconds, the precision in which the modelled product keeps its timestamps.
    #[must_use]
    pub fn whole_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads an RFC 3339 timestamp such as `2011-03-01T09:00:00Z`; `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Time> {
        text.parse::<Timestamp>().ok().map(|stamp| Time(stamp.as_millisecond()))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(stamp) => write!(out, "{stamp}"),
            Err(_) => write!(out, "{} ms", self.0),
        }
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A length of `n` milliseconds.
    #[must_use]
    pub const fn millis(n: i64) -> Span {
        Span(n)
    }

    /// A length of `n` seconds.
    #[must_use]
    pub const fn seconds(n: i64) -> Span {
        Span(n * 1000)
    }

    /// A length of `n` minutes.
    #[must_use]
    pub const fn minutes(n: i64) -> Span {
        Span(n * 60_000)
    }

    /// Reads a compound duration: `15m`, `3d1h`, `+2d`, `-1h30m`, `250ms`. Units, largest first and each at most once:
    /// `w d h m s ms`. `None` when it is not one, or when it is longer than a thousand years.
    #[must_use]
    pub fn parse(text: &str) -> Option<Span> {
        const UNITS: [(&str, i64); 6] =
            [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
        const LIMIT_MS: i64 = 1000 * 366 * 86_400_000;
        let (sign, mut rest) = match text.as_bytes().first()? {
            b'-' => (-1, &text[1..]),
            b'+' => (1, &text[1..]),
            _ => (1, text),
        };
        let mut total: i64 = 0;
        let mut next_unit = 0;
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
            let number: i64 = rest[..digits].parse().ok()?;
            let unit = &rest[digits..digits + letters];
            let index = UNITS.iter().position(|(name, _)| *name == unit).filter(|index| *index >= next_unit)?;
            next_unit = index + 1;
            total = number.checked_mul(UNITS[index].1).and_then(|ms| total.checked_add(ms))?;
            rest = &rest[digits + letters..];
        }
        (total <= LIMIT_MS).then_some(Span(sign * total))
    }
}

impl fmt::Display for Span {
    /// Prints the shortest compound form that [`Span::parse`] reads back, such as `1d2h` or `250ms`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
        if self.0 == 0 {
            return write!(out, "0s");
        }
        if self.0 < 0 {
            write!(out, "-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (name, size) in UNITS {
            if rest >= size {
                write!(out, "{}{name}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Sub<Time> for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_read_compound_forms_and_refuse_the_rest() {
        assert_eq!(Span::parse("3d1h"), Some(Span(90_000_000 * 2 + 82_800_000)));
        assert_eq!(Span::parse("+2d"), Some(Span(172_800_000)));
        assert_eq!(Span::parse("-1h30m"), Some(Span(-5_400_000)));
        for wrong in ["", "+", "15", "m", "1h1d", "1m1m", "1y", "99999999999999999999d", "9999999999d", "1.5h"] {
            assert_eq!(Span::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_print_as_they_are_read() {
        let time = Time::parse("2011-03-01T09:00:00Z").unwrap();
        assert_eq!(time.to_string(), "2011-03-01T09:00:00Z");
        assert_eq!(Time::parse("yesterday"), None);
    }

    proptest! {
        #[test]
        fn spans_round_trip(ms in -31_536_000_000_000_i64..31_536_000_000_000) {
            prop_assert_eq!(Span::parse(&Span(ms).to_string()), Some(Span(ms)));
        }
    }
}
