//! The closed words of the protocol: roles, surfaces, calls, answers and tables.

/// Defines an enum whose variants have one word each, in the spelling of the scenario format.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order of its declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The words of all values, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word,)*];

            /// The word of this value.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The value of this word.
            #[must_use]
            pub fn parse(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a client is for the mailbox that it shows.
    Role {
        /// The synchronizing client (MOD-PRIMARY).
        Primary = "primary",
        /// Any other client on the same mailbox (MOD-SECONDARY).
        Secondary = "secondary",
        /// Somebody else's client that shows the mailbox (MOD-DELEGATE).
        Delegate = "delegate",
        /// One of the machines between which a user's profile travels (MOD-ROAMING).
        Roaming = "roaming",
    }
}

impl Role {
    /// Whether a client of this role synchronizes the mailbox by itself.
    #[must_use]
    pub fn synchronizes(self) -> bool {
        matches!(self, Role::Primary | Role::Roaming)
    }
}

words! {
    /// Where in Outlook a person acts (IMM-UI).
    Surface {
        /// A form: what is done there is complete when it is closed.
        Inspector = "inspector",
        /// The grid view of a folder.
        Explorer = "explorer",
    }
}

words! {
    /// What a client asks of the server, of its mailbox or of its cache file: the points that faults address.
    Call {
        /// PrepareSync: fills SyncEntry and answers with counts.
        Prepare = "prepare",
        /// GetSyncData: one page of ids and timestamps.
        GetData = "get-data",
        /// PostSync: acknowledges a page.
        Post = "post",
        /// RetrieveMultiple, of one id.
        Retrieve = "retrieve",
        /// Create of a record.
        Create = "create",
        /// Update of a record's changed columns, or of its tracking.
        Update = "update",
        /// A note that the mailbox holds an item of a record that no page listed; the record stays as it is.
        Hold = "hold",
        /// Delete of a record.
        Delete = "delete",
        /// A new item in the mailbox.
        CreateItem = "create-item",
        /// A save of an item's fields or of its synchronization properties.
        SaveItem = "save-item",
        /// A deletion of an item by synchronization.
        DeleteItem = "delete-item",
        /// A write to the client's cache file.
        WriteCache = "write-cache",
        /// A look at an item, while its row is processed.
        ReadStore = "read-store",
        /// The opening of the store and the scan of its contents table, with which a cycle begins.
        Scan = "scan",
        /// Reconciliation's look whether an item is there.
        Verify = "verify",
    }
}

impl Call {
    /// Whether the call crosses the network to the server.
    #[must_use]
    pub fn is_wire(self) -> bool {
        self <= Call::Delete
    }

    /// Whether the call writes something durable on the client's side: to the mailbox or to the cache file.
    #[must_use]
    pub fn is_local_write(self) -> bool {
        (Call::CreateItem..=Call::WriteCache).contains(&self)
    }

    /// Whether the call concerns the mailbox.
    #[must_use]
    pub fn is_in_mailbox(self) -> bool {
        !self.is_wire() && self != Call::WriteCache
    }
}

words! {
    /// What the server answers, or why there was no answer.
    Answer {
        /// Done as asked.
        Ok = "ok",
        /// The user may not do this.
        Privilege = "privilege",
        /// There is no such record.
        NotFound = "not-found",
        /// The id, or the record, is there already.
        Duplicate = "duplicate",
        /// The server has no time now; the cycle ends.
        Busy = "busy",
        /// The database took too long.
        SqlTimeout = "sql-timeout",
        /// A plug-in refused the write.
        PlugInError = "plug-in-error",
        /// The record changed since the version that the write named (switch write-check).
        Changed = "changed",
        /// No answer came in time; the cycle ends.
        Timeout = "timeout",
        /// The client has no connection; the cycle ends.
        Offline = "offline",
        /// An answer came and cannot be read.
        Garbled = "garbled",
        /// A write to the mailbox or to the cache file failed.
        WriteFailed = "write-failed",
        /// The mailbox cannot be read or written; the cycle ends.
        StoreUnavailable = "store-unavailable",
        /// The mass-deletion guard stopped the cycle and asks.
        Guarded = "guarded",
    }
}

impl Answer {
    /// Whether the answer ends a whole cycle; any other error concerns one row only.
    #[must_use]
    pub fn ends_cycle(self) -> bool {
        matches!(self, Answer::Busy | Answer::Timeout | Answer::Offline | Answer::StoreUnavailable | Answer::Guarded)
    }
}

words! {
    /// What a change notification says of an item (DET-EVENTS).
    Told {
        /// It was made.
        Created = "created",
        /// It was saved.
        Changed = "changed",
        /// It is gone.
        Deleted = "deleted",
    }
}

words! {
    /// The tables that people know from the product (tables.md).
    Table {
        /// Which clients a subscription has, and which one is primary.
        SubscriptionClients = "SubscriptionClients",
        /// One row for each synchronization: its metrics.
        SubscriptionSyncInfo = "SubscriptionSyncInfo",
        /// What is synchronized to a subscription, and its state.
        SyncEntry = "SyncEntry",
        /// What a user tracked by hand.
        ManuallyTracked = "SubscriptionManuallyTrackedObject",
        /// The deletion log.
        TrackingDeleted = "SubscriptionTrackingDeletedObject",
        /// Which records were shared with a user, and for what.
        ObjectAccess = "PrincipalObjectAccess",
        /// Client: pairs of CrmId and EntryId.
        IdMapping = "IdMappingTable",
        /// Client: changes that wait to be processed.
        OutlookSync = "OutlookSyncTable",
        /// Client: when it last synchronized.
        SyncState = "SyncState",
    }
}

impl Table {
    /// The tables of a client's cache file, which `write-cache` can name.
    pub const CACHE: &'static [Table] = &[Table::IdMapping, Table::OutlookSync, Table::SyncState];
}
