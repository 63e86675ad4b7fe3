//! What a delegate may do in the folders of somebody else's mailbox.

use super::Kind;
use super::codes::words;

words! {
    /// A right on one folder, as Exchange grants them; each includes those before it.
    FolderRight {
        /// The folder cannot be opened.
        None = "none",
        /// Its items can be read.
        Reviewer = "reviewer",
        /// Items can be made; one's own can be changed and deleted.
        Author = "author",
        /// All items can be changed and deleted.
        Editor = "editor",
    }
}

words! {
    /// A default folder of a mailbox.
    DefaultFolder {
        /// Appointments.
        Calendar = "calendar",
        /// Tasks.
        Tasks = "tasks",
        /// E-mail.
        Inbox = "inbox",
        /// Contacts.
        Contacts = "contacts",
    }
}

/// The rights on all default folders, by position in [`DefaultFolder::ALL`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FolderRights(pub [FolderRight; DefaultFolder::ALL.len()]);

impl FolderRights {
    /// The rights of the mailbox's owner.
    pub const OWNER: FolderRights = FolderRights([FolderRight::Editor; DefaultFolder::ALL.len()]);

    /// The right on one folder.
    #[must_use]
    pub fn of(self, folder: DefaultFolder) -> FolderRight {
        self.0[folder as usize]
    }

    /// Whether they suffice for Outlook to show the buttons of CRM (MOD-DELEGATE).
    #[must_use]
    pub fn shows_buttons(self) -> bool {
        DefaultFolder::ALL.iter().all(|folder| {
            let needed = match folder {
                DefaultFolder::Calendar => FolderRight::Author,
                DefaultFolder::Tasks | DefaultFolder::Inbox | DefaultFolder::Contacts => FolderRight::Reviewer,
            };
            self.of(*folder) >= needed
        })
    }
}

/// The folder in which items of a kind lie.
#[must_use]
pub fn folder_of(kind: Kind) -> DefaultFolder {
    match kind {
        Kind::Contact => DefaultFolder::Contacts,
        Kind::Task => DefaultFolder::Tasks,
        Kind::Appointment => DefaultFolder::Calendar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buttons_need_author_in_the_calendar_and_reviewer_elsewhere() {
        use FolderRight::{Author, Editor, None, Reviewer};
        for (rights, shown) in [
            ([Author, Reviewer, Reviewer, Reviewer], true),
            ([Editor, Editor, Editor, Editor], true),
            ([Reviewer, Editor, Editor, Editor], false),
            ([Editor, None, Editor, Editor], false),
            ([Editor, Editor, None, Editor], false),
            ([Editor, Editor, Editor, None], false),
        ] {
            assert_eq!(FolderRights(rights).shows_buttons(), shown, "{rights:?}");
        }
    }
}
