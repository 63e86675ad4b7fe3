//! A client's way into its mailbox: looks that faults can strike, and windows in which the store is not what it should be.

use super::faults::Made as MadeCall;
use super::runner::Runner;
use crate::model::{Answer, ClientId};
use crate::outlook::Outcome;
use crate::outlook::intent::Look;
use crate::scenario::model::Point;
use crate::scenario::vocabulary::Fault;

/// The windows in which a client's store does not show what is in the mailbox.
const WINDOWS: [Fault; 2] = [Fault::StoreUnavailable, Fault::StoreEmpty];

impl Runner<'_> {
    /// Lets a client look into its mailbox; `None` when it died before or after.
    pub fn look(&mut self, id: ClientId, look: Look) -> Option<Outcome> {
        let (call, item, record) = look.address();
        let made = self.made(id, call, item, record);
        if self.crash_if(&made, Fault::CrashBefore) {
            return None;
        }
        let session = self.world.clients[id.index()].session;
        self.at_point(&made, Point::BeforeSend);
        if self.world.clients[id.index()].session != session {
            return None;
        }
        let refused = self.store_refuses(&made);
        self.at_point(&made, Point::Applied);
        if self.crash_if(&made, Fault::CrashAfter) {
            return None;
        }
        self.at_point(&made, Point::Answered);
        let outcome = match refused {
            Some(answer) => Outcome::Failed { call, answer },
            None => Outcome::Looked,
        };
        (self.world.clients[id.index()].session == session).then_some(outcome)
    }

    /// Why a call in the mailbox fails, if it does: nothing can be done in a store that is not available, and in one that
    /// opened empty there is nothing that could be written to.
    pub fn store_refuses(&mut self, made: &MadeCall) -> Option<Answer> {
        if !made.call.is_in_mailbox() {
            return None;
        }
        let windows = WINDOWS.map(|fault| self.arsenal.window_at(made, fault));
        for armed in windows.iter().flatten() {
            self.fired(armed.step);
        }
        let [unavailable, empty] = windows.map(|window| window.is_some());
        (unavailable || empty && made.call.is_local_write()).then_some(Answer::StoreUnavailable)
    }

    /// Why a durable write fails, if it does.
    pub fn write_refused(&mut self, made: &MadeCall) -> Option<Answer> {
        let failed = self.arsenal.strike(made, &[Fault::FailWrite]);
        if let Some(armed) = &failed {
            self.fired(armed.step);
        }
        failed.map(|_| Answer::WriteFailed).or_else(|| self.store_refuses(made))
    }

    /// Whether no notification comes out of a client's store now; what was to be told is lost.
    pub fn store_is_mute(&mut self, id: ClientId) -> bool {
        let window = WINDOWS.into_iter().find_map(|fault| self.arsenal.window(id, fault));
        if let Some(armed) = &window {
            self.fired(armed.step);
        }
        window.is_some()
    }

    /// Whether people see the mailbox on a client.
    pub fn store_is_open(&self, id: ClientId) -> bool {
        !WINDOWS.into_iter().any(|fault| self.arsenal.is_open(id, fault))
    }
}
