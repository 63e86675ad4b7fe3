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
    /// A cache file: that of one machine, or of a profile that travels between machines.
    CacheId(u16);
    /// A CRM record, or an id that was reserved for one (`CrmId` in IdMappingTable, `ObjectId` in SyncEntry).
    CrmId(u32);
    /// An item in a mailbox (`EntryId`). A moved or deleted item keeps it; a copy gets another.
    ItemId(u32);
    /// A meeting (`GlobalObjectId`): the same in every mailbox and in CRM. It never changes once it is set
    /// (DUP-GOID-STABLE).
    MeetingId(u32);
    /// A row of a client's IdMappingTable (`MapId`).
    MapId(u32);
    /// One creation by a person, and every copy that synchronization makes of it.
    LineageId(u32);
}

impl MeetingId {
    /// The id that an appointment gets when it is made in Outlook.
    #[must_use]
    pub fn of_item(item: ItemId) -> MeetingId {
        MeetingId(item.0.wrapping_mul(2))
    }

    /// The id that an appointment gets when it is made in CRM.
    #[must_use]
    pub fn of_record(record: CrmId) -> MeetingId {
        MeetingId(record.0.wrapping_mul(2).wrapping_add(1))
    }
}
