//! What a delegate may do: the rights on the owner's folders decide what Outlook offers; and nobody has the buttons of CRM
//! without the add-in.
//!
//! Whoever lacks a right does not fail: Outlook simply does not do it, and the journal says so. The owner has every right.

use super::runner::Runner;
use crate::journal::{Note, What};
use crate::model::rights::folder_of;
use crate::model::{ClientId, FolderRight, ItemId, Kind, Role, RuleId};
use crate::rule;
use crate::scenario::vocabulary::Act;

/// The row of the immediate-synchronization table for what is done where the add-in is absent.
pub fn absent(role: Role) -> RuleId {
    if role.synchronizes() { rule!("IMM-ACT-PRI-ABSENT") } else { rule!("IMM-ACT-SEC-ABSENT") }
}

impl Runner<'_> {
    /// Whether the person at a client may do this to an item of the mailbox.
    pub fn may_act(&mut self, id: ClientId, act: Act, item: ItemId) -> bool {
        let client = &self.world.clients[id.index()];
        let buttons = client.addin && client.rights.shows_buttons();
        let rule = if client.addin { rule!("MOD-DELEGATE") } else { absent(client.role) };
        let right = client.rights.of(folder_of(self.world.mailboxes.item(item).kind));
        let own = self.world.mailboxes.maker(item) == Some(client.user);
        let lacks = match act {
            Act::Track | Act::Untrack | Act::SetRegarding if !buttons => Note::NoCrmButtons,
            Act::Edit
            | Act::Complete
            | Act::Reopen
            | Act::Delete
            | Act::Copy
            | Act::Move
            | Act::Archive
            | Act::Meet
            | Act::Accept
            | Act::Decline
                if right < FolderRight::Author || right < FolderRight::Editor && !own =>
            {
                Note::NoFolderRight
            }
            Act::OpenItem if right < FolderRight::Reviewer => Note::NoFolderRight,
            _ => return true,
        };
        let rule = if lacks == Note::NoCrmButtons { rule } else { rule!("MOD-DELEGATE") };
        self.world.journal.write(What::Noted { note: lacks, item: Some(item), record: None, client: id, rule });
        false
    }

    /// Whether the person at a client may make items of a kind in the mailbox.
    pub fn may_make(&mut self, id: ClientId, kind: Kind) -> bool {
        let may = self.world.clients[id.index()].rights.of(folder_of(kind)) >= FolderRight::Author;
        if !may {
            let rule = rule!("MOD-DELEGATE");
            let what = What::Noted { note: Note::NoFolderRight, item: None, record: None, client: id, rule };
            self.world.journal.write(what);
        }
        may
    }
}
