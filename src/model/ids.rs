//! Dense integer ids. GUIDs and EntryIds are derived from them only where a person reads.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub $inner);

        impl $name {
            /// The id as a position in the vector that holds what it names.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}", self.0)
            }
        }
    )*};
}

ids! {
    /// A CRM user, who has one mailbox of the same number.
    UserId(u8);
    /// An Outlook client: one machine of one user.
    ClientId(u8);
    /// A CRM record, or an id that was reserved for one (`CrmId` in IdMappingTable, `ObjectId` in SyncEntry).
    CrmId(u32);
    /// An item in a mailbox (`EntryId`). A moved or deleted item keeps it; a copy gets another.
    ItemId(u32);
    /// A row of a client's IdMappingTable (`MapId`).
    MapId(u32);
    /// One creation by a person, and every copy that synchronization makes of it.
    LineageId(u32);
}
