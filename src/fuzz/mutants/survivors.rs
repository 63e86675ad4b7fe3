//! Why a mutant may survive: amounts that the sources leave open, and changes that nobody could see.

use super::Mutant;

/// Why some mutants may survive.
#[derive(Debug)]
struct Reason {
    /// The cell; a `*` stands for any part of it.
    cell: &'static str,
    /// What the cell said.
    from: &'static str,
    /// What it may say as well.
    to: &'static [&'static str],
    /// Why.
    why: &'static str,
}

/// The reasons; a test holds each to a mutant that exists.
const REASONS: &[Reason] = &[
    Reason {
        cell: "reconcile-batch",
        from: "10",
        to: &["5", "20"],
        why: "the sources name no number (D-21), and the bound of `settles` follows the one that is declared",
    },
    Reason {
        cell: "immediate/primary/*/explorer",
        from: "now",
        to: &["on-close"],
        why: "the grid has no form to close: an act there is complete at once, so both mean the same",
    },
    Reason {
        cell: "immediate/roaming/*/explorer",
        from: "now",
        to: &["on-close"],
        why: "the grid has no form to close: an act there is complete at once, so both mean the same",
    },
    Reason {
        cell: "immediate/delegate/untrack/*",
        from: "next",
        to: &["now", "on-close"],
        why: "a delegate's client maps none of the owner's items, and knows no record to send about",
    },
    Reason {
        cell: "direction/*",
        from: "none",
        to: &["down"],
        why: "Outlook has no place for a field that only CRM has, so nothing comes down",
    },
];

/// Why a mutant may survive, where it may.
#[must_use]
pub fn reason(mutant: &Mutant) -> Option<&'static str> {
    REASONS.iter().find(|reason| reason.covers(mutant)).map(|reason| reason.why)
}

impl Reason {
    fn covers(&self, mutant: &Mutant) -> bool {
        let named = match self.cell.split_once('*') {
            Some((start, end)) => mutant.cell.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
            None => mutant.cell == self.cell,
        };
        named && mutant.from == self.from && self.to.contains(&mutant.to.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::mutants::all;
    use crate::protocol::Protocol;

    #[test]
    fn every_reason_is_about_mutants_that_exist() {
        let mutants = all(&Protocol::default());
        for reason in REASONS {
            for to in reason.to {
                let there = mutants.iter().any(|mutant| reason.covers(mutant) && mutant.to == *to);
                assert!(there, "{reason:?} {to}");
            }
        }
    }
}
