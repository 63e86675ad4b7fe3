//! A row that fails: it says why, and the server is told of a removal that was not carried out.

use super::{
    Acknowledge, Answer, Ask, CrmChange, CrmId, Env, Intent, LinkState, Own, Relink, Row, RowStep, RowWork, Stage,
    What, Write,
};
use crate::rule;

impl RowWork {
    /// Ends the row with an error (CYC-RETRY), or the whole operation.
    pub(super) fn fail(&mut self, answer: Answer, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        // Either way the row stays and is taken up again.
        env.journal.follow(rule!("CYC-RETRY"));
        if answer.ends_cycle() {
            return RowStep::Abort(answer);
        }
        match self.kept_back(own, env) {
            Some(record) => {
                self.stage = Stage::Holding(answer);
                self.send(Ask::Hold { record, version: None }, own)
            }
            None => self.note_failure(answer, own, env),
        }
    }

    /// The record whose removal fails for the first time, while its item is linked: what becomes of it next would not be told any
    /// more, and the row that waits may be ignored.
    fn kept_back(&self, own: &Own<'_>, env: &Env<'_>) -> Option<CrmId> {
        let tells = env.protocol.switches.acknowledge == Acknowledge::ById;
        let row = own.cache.row(self.change).filter(|row| tells && row.crm_change == CrmChange::Removed)?;
        let carried = |record: CrmId| {
            let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
            let item = env.mailboxes.carrying(own.mailbox, record).filter(|_| relinks);
            let item = item.and_then(|item| env.mailboxes.live(item));
            item.is_some_and(|item| item.link.state == LinkState::Tracked)
        };
        let map = |record: CrmId| own.cache.map_of_record(record);
        let linked = |record: &CrmId| map(*record).map_or_else(|| carried(*record), |(_, map)| map.linked);
        row.record.filter(linked).filter(|_| row.error.is_none())
    }

    /// Notes why the row failed.
    pub(super) fn note_failure(&mut self, answer: Answer, own: &Own<'_>, env: &mut Env<'_>) -> RowStep {
        let Some(row) = own.cache.row(self.change).copied() else { return RowStep::Failed(answer) };
        env.journal.follow(rule!("CYC-PENDING"));
        env.journal.write(What::RowFailed { client: own.id, item: row.item, record: row.record, answer });
        self.stage = Stage::Failing(answer);
        let failed = Row { error: Some(answer), priority: false, sent: row.sent.filter(|_| !self.refused), ..row };
        RowStep::Do(Intent::Write(Write::PutRow(Some(self.change), failed)))
    }
}
