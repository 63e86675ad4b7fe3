//! The exit codes.

use std::process::ExitCode;

/// What the command ends with. The order is that of precedence: where several apply, the greatest is returned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Exit {
    /// Everything held.
    Held,
    /// Nothing ran, or not all that was asked for.
    NothingRan,
    /// A mark was never hit, and nobody declared it rare.
    NotCovered,
    /// A snapshot differs.
    Differs,
    /// Something failed.
    Failed,
    /// The scenario or the command line is wrong.
    Wrong,
    /// A run was not deterministic.
    NotDeterministic,
    /// crmsim itself failed.
    Broken,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Held => 0,
            Exit::Failed => 1,
            Exit::Wrong => 2,
            Exit::NotDeterministic => 3,
            Exit::NotCovered => 4,
            Exit::Differs => 5,
            Exit::NothingRan => 6,
            Exit::Broken => 101,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// The codes for `--help`, as a literal that `concat!` takes.
macro_rules! exit_codes {
    () => {
        "\
Exit codes:
    0  everything held, or failed exactly as it declares
    1  an invariant or an expectation failed
    2  a scenario or the command line is wrong, a folder has no scenario, or the output or a
       snapshot cannot be written
    3  a run was not deterministic
    4  a mark that is not declared rare was never hit (fuzz --gate)
    5  a snapshot differs, or is missing, or no scenario asks for it (--snapshots)
    6  nothing ran: no scenario fits the selection; a campaign was interrupted, or nothing
       that its profile lets come up could happen; or shrinking stopped at --max-runs
  101  a fault of crmsim itself
Where several apply, the first of 101, 3, 2, 1, 5, 4, 6 is returned."
    };
}
pub(crate) use exit_codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_applies_wins() {
        let mut codes = [
            Exit::NotCovered,
            Exit::NothingRan,
            Exit::Wrong,
            Exit::Broken,
            Exit::Differs,
            Exit::Held,
            Exit::Failed,
            Exit::NotDeterministic,
        ];
        codes.sort();
        let codes: Vec<u8> = codes.iter().rev().map(|exit| exit.code()).collect();
        assert_eq!(codes, [101, 3, 2, 1, 5, 4, 6, 0]);
        assert!(codes.iter().all(|code| exit_codes!().contains(&format!(" {code}  "))));
    }
}
