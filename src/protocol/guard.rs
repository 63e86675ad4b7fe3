//! The mass-deletion guard: when a cycle would delete so much that a person must be asked first.

/// The guard as a protocol has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MassDeletionGuard {
    /// Nobody is ever asked.
    Off,
    /// A cycle stops before it deletes so much.
    Limit(Limit),
}

/// From where on a cycle stops: at least so many deletions, and more than this share of what is mapped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limit {
    /// The least number of deletions.
    pub count: u32,
    /// The share of the mapped pairs that must be exceeded.
    pub percent: u32,
}

impl Limit {
    /// The limit of the hardened protocol.
    pub const DEFAULT: Limit = Limit { count: 5, percent: 50 };

    /// Whether so many deletions are too many where so many pairs are mapped.
    #[must_use]
    pub fn is_exceeded(self, deletions: usize, mapped: usize) -> bool {
        deletions >= self.count as usize && deletions.saturating_mul(100) > mapped.saturating_mul(self.percent as usize)
    }

    /// Whether a store that lists nothing is not believed where so many pairs are mapped.
    #[must_use]
    pub fn doubts_an_empty_store(self, mapped: usize) -> bool {
        mapped >= self.count as usize
    }
}

impl MassDeletionGuard {
    /// The word that switches the guard off.
    pub const OFF: &'static str = "off";

    /// The limit, where the guard is on.
    #[must_use]
    pub fn limit(self) -> Option<Limit> {
        match self {
            MassDeletionGuard::Off => None,
            MassDeletionGuard::Limit(limit) => Some(limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_of_nine_are_too_many_at_half_and_not_at_sixty_percent() {
        let rows = [(5, 9, 50, true), (5, 9, 60, false), (5, 10, 50, false), (6, 10, 50, true), (4, 4, 50, false)];
        for (deletions, mapped, percent, exceeded) in rows {
            let limit = Limit { percent, ..Limit::DEFAULT };
            assert_eq!(limit.is_exceeded(deletions, mapped), exceeded, "{deletions} of {mapped} at {percent}");
        }
        assert!(Limit::DEFAULT.is_exceeded(5, 0), "what nobody has mapped is no excuse");
        assert!(Limit::DEFAULT.doubts_an_empty_store(5) && !Limit::DEFAULT.doubts_an_empty_store(4));
    }
}
