//! What a delegate may do: the rights on the owner's folders decide what Outlook offers.
//!
//! Whoever lacks a right does not fail: Outlook simply does not do it, and the journal says so. The owner has every right.

use super::runner::Runner;
use crate::journal::{Note, What};
use crate::model::rights::folder_of;
use crate::model::{ClientId, FolderRight, ItemId, Kind};
use crate::rule;
use crate::scenario::vocabulary::Act;

impl Runner<'_> {
    /// Whether the person at a client may do this to an item of the mailbox.
    pub fn may_act(&mut self, id: ClientId, act: Act, item: ItemId) -> bool {
        let client = &self.world.clients[id.index()];
        let right = client.rights.of(folder_of(self.world.mailboxes.item(item).kind));
        let own = self.world.mailboxes.maker(item) == Some(client.user);
        let lacks = match act {
            Act::Track | Act::Untrack | Act::SetRegarding if !client.rights.shows_buttons() => Note::NoCrmButtons,
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
        let rule = rule!("MOD-DELEGATE");
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
