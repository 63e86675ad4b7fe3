//! When an act of a person in Outlook is sent to CRM (rules.md, A.3): one cell a role, act and surface.

use super::Verdict;
use crate::model::codes::words;
use crate::model::{Role, RuleId, Surface};
use crate::rule;

words! {
    /// What a person does to an item, as the table tells acts apart.
    UserAct {
        /// Marks it for synchronization.
        Track = "track",
        /// Names what it concerns.
        SetRegarding = "set-regarding",
        /// Changes it.
        Update = "update",
        /// Ends its synchronization.
        Untrack = "untrack",
        /// Deletes it.
        Delete = "delete",
    }
}
words! {
    /// When the act is sent.
    When {
        /// At once.
        Now = "now",
        /// When the inspector is closed.
        OnClose = "on-close",
        /// With the next cycle of the primary.
        Next = "next",
    }
}

/// One cell of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell {
    /// The client's role.
    pub role: Role,
    /// The act.
    pub act: UserAct,
    /// Where in Outlook.
    pub surface: Surface,
    /// When it is sent.
    pub when: When,
    /// The cell's id.
    pub rule: RuleId,
}

/// The immediate-synchronization table for contacts, tasks and appointments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImmediateTable {
    /// The cells; each role, act and surface stands once.
    pub cells: Vec<Cell>,
}

/// The clients that synchronize: a roaming client acts as primary does.
const SYNCHRONIZING: [Role; 2] = [Role::Primary, Role::Roaming];
/// The clients whose acts wait for the one that synchronizes.
const WAITING: [Role; 2] = [Role::Secondary, Role::Delegate];

impl Default for ImmediateTable {
    fn default() -> Self {
        use Surface::{Explorer, Inspector};
        use UserAct::{Delete, SetRegarding, Track, Untrack, Update};
        use When::{Next, Now, OnClose};
        let rows = [
            (SYNCHRONIZING, Track, Inspector, OnClose, rule!("IMM-ACT-PRI-TRACK-INSPECTOR")),
            (SYNCHRONIZING, Update, Inspector, OnClose, rule!("IMM-ACT-PRI-UPDATE-INSPECTOR")),
            (SYNCHRONIZING, Untrack, Inspector, OnClose, rule!("IMM-ACT-PRI-UNTRACK-INSPECTOR")),
            (SYNCHRONIZING, Delete, Inspector, Next, rule!("IMM-ACT-PRI-DELETE-INSPECTOR")),
            (SYNCHRONIZING, Track, Explorer, Now, rule!("IMM-ACT-PRI-TRACK-EXPLORER")),
            (SYNCHRONIZING, SetRegarding, Explorer, Now, rule!("IMM-ACT-PRI-REGARDING-EXPLORER")),
            (SYNCHRONIZING, Delete, Explorer, Next, rule!("IMM-ACT-PRI-DELETE-EXPLORER")),
            (SYNCHRONIZING, Update, Explorer, Next, rule!("IMM-ACT-PRI-UPDX")),
            (WAITING, Track, Inspector, Next, rule!("IMM-ACT-SEC-TRACK-INSPECTOR")),
            (WAITING, Update, Inspector, Next, rule!("IMM-ACT-SEC-UPDATE-INSPECTOR")),
            (WAITING, Untrack, Inspector, Next, rule!("IMM-ACT-SEC-UNTRACK-INSPECTOR")),
            (WAITING, Delete, Inspector, Next, rule!("IMM-ACT-SEC-DELETE-INSPECTOR")),
            (WAITING, Track, Explorer, Next, rule!("IMM-ACT-SEC-TRACK-EXPLORER")),
            (WAITING, SetRegarding, Explorer, Next, rule!("IMM-ACT-SEC-REGARDING-EXPLORER")),
            (WAITING, Delete, Explorer, Next, rule!("IMM-ACT-SEC-DELETE-EXPLORER")),
            (WAITING, Update, Explorer, Next, rule!("IMM-ACT-SEC-UPDX")),
            // The sources' tables have no row for these four. Setting Regarding in a form is an edit of that form;
            // untracking takes effect at once wherever the table does not say otherwise (DEL-OUT-CON-3).
            (SYNCHRONIZING, SetRegarding, Inspector, OnClose, rule!("IMM-ACT-PRI-UPDATE-INSPECTOR")),
            (WAITING, SetRegarding, Inspector, Next, rule!("IMM-ACT-SEC-UPDATE-INSPECTOR")),
            (SYNCHRONIZING, Untrack, Explorer, Now, rule!("DEL-OUT-CON-3")),
            (WAITING, Untrack, Explorer, Next, rule!("IMM-ACT-SEC-UNTRACK-INSPECTOR")),
        ];
        let cells = rows
            .into_iter()
            .flat_map(|(roles, act, surface, when, rule)| roles.map(|role| Cell { role, act, surface, when, rule }));
        ImmediateTable { cells: cells.collect() }
    }
}

impl ImmediateTable {
    /// When this act is sent.
    ///
    /// # Panics
    /// When the table lacks the cell, which a test rules out for every table that the crate makes.
    #[must_use]
    pub fn decide(&self, role: Role, act: UserAct, surface: Surface) -> Verdict<When> {
        let cell = self.cells.iter().find(|cell| (cell.role, cell.act, cell.surface) == (role, act, surface));
        let cell = cell.expect("the table has every cell");
        Verdict { what: cell.when, rule: cell.rule }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_act_and_surface_has_exactly_one_cell() {
        let table = ImmediateTable::default();
        for role in Role::ALL {
            for act in UserAct::ALL {
                for surface in Surface::ALL {
                    let found = table
                        .cells
                        .iter()
                        .filter(|cell| (cell.role, cell.act, cell.surface) == (*role, *act, *surface));
                    assert_eq!(found.count(), 1, "{role} {act:?} {surface}");
                }
            }
        }
    }

    #[test]
    fn secondaries_and_delegates_never_send_and_deletions_always_wait() {
        for cell in ImmediateTable::default().cells {
            if matches!(cell.role, Role::Secondary | Role::Delegate) || cell.act == UserAct::Delete {
                assert_eq!(cell.when, When::Next, "{}", cell.rule);
            }
        }
    }
}
