//! Sending one act of a person at once, outside a cycle (rules.md, A.3, IMM-PRIORITY).

use super::cache::Row;
use super::client::{Env, Own};
use super::detect::{self, Noticed};
use super::guard::Gate;
use super::intent::{Intent, Made, Outcome, Write};
use super::row::{RowStep, RowWork};
use crate::journal::Report;
use crate::model::{Answer, ItemId};
use crate::rule;

/// Sending one act at once: its row is written with `Priority` (IMM-PRIORITY) and processed.
#[derive(Clone, Debug, Hash)]
pub struct Immediate {
    /// The item.
    pub item: ItemId,
    work: Option<RowWork>,
    marked: bool,
}

impl Immediate {
    /// Begins with an item.
    #[must_use]
    pub fn new(item: ItemId) -> Immediate {
        Immediate { item, work: None, marked: false }
    }

    /// The next step, given what came of the last.
    pub fn next(&mut self, outcome: Outcome, own: &Own<'_>, env: &mut Env<'_>) -> Intent {
        if !self.marked {
            self.marked = true;
            let noticed = detect::notice(own, self.item, env.mailboxes, env.protocol, env.contents);
            let known = own.cache.row_of(Some(self.item), None);
            let row = match noticed {
                Noticed::Put(known, row) => Some((known, row)),
                Noticed::Drop(_) => None,
                Noticed::Nothing => known.and_then(|id| own.cache.row(id).map(|row| (Some(id), *row))),
            };
            let Some((id, row)) = row else { return Intent::Finish(Answer::Ok, Report::default()) };
            env.journal.follow(rule!("IMM-PRIORITY"));
            return Intent::Write(Write::PutRow(id, Row { priority: true, ..row }));
        }
        let work = match (&mut self.work, &outcome) {
            (Some(work), _) => work,
            (none, Outcome::Written(Some(Made::Row(change)))) => {
                none.insert(RowWork::new(*change, true, Gate::Open, 0))
            }
            (None, Outcome::Failed { answer, .. }) => return Intent::Finish(*answer, Report::default()),
            (None, _) => return Intent::Finish(Answer::Ok, Report::default()),
        };
        match work.next(outcome, own, env) {
            RowStep::Do(intent) => intent,
            RowStep::Done(_) | RowStep::PutOff => Intent::Finish(Answer::Ok, Report::default()),
            RowStep::Failed(answer) | RowStep::Abort(answer) => Intent::Finish(answer, Report::default()),
        }
    }
}
