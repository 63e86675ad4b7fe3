//! What each switch of a protocol may say: one closed set of words a switch.

use crate::model::codes::words;

words! {
    /// The base protocols that a scenario starts from.
    Base {
        /// CRM 4.0 as the white paper describes it, hazards included.
        Documented = "documented",
        /// The same as the articles of 2011 to 2016 describe it.
        Documented2011 = "documented-2011",
        /// The repaired protocol.
        Hardened = "hardened",
    }
}
words! {
    /// What PostSync acknowledges (PST-ACK).
    Acknowledge {
        /// The first rows in state 1, whatever they are now.
        ByPosition = "by-position",
        /// The rows of the page that was served, in the versions that were served.
        ById = "by-id",
    }
}
words! {
    /// When a page is acknowledged (D-02).
    AcknowledgeAt {
        /// When its rows were processed.
        AfterApply = "after-apply",
        /// When its rows stand in OutlookSyncTable (PST-EARLY).
        AfterEnqueue = "after-enqueue",
        /// When the server served it.
        OnGet = "on-get",
    }
}
words! {
    /// Who chooses the id of a record that a client creates.
    CreateIdentity {
        /// The server, at the create.
        ServerAssigned = "server-assigned",
        /// The client, which writes it on the item first; a repeated create is recognised.
        ClientAssigned = "client-assigned",
    }
}
words! {
    /// What recognises an item whose mapping row is gone (D-24).
    Relink {
        /// Nothing: it counts as new.
        None = "none",
        /// The crmid that it still carries.
        CrmidOnItem = "crmid-on-item",
    }
}
words! {
    /// What a client with an empty cache asks for.
    FreshCache {
        /// What changed since the last synchronization of the subscription.
        Incremental = "incremental",
        /// Everything (SUB-REINIT).
        Reinitialize = "reinitialize",
    }
}
words! {
    /// Where it is kept that a contact was deleted in Outlook.
    DeletedLocally {
        /// In the client's mapping row.
        ClientFlag = "client-flag",
        /// There, and as `Track = 0` on the server.
        ClientFlagAndServer = "client-flag-and-server",
    }
}
words! {
    /// Whether a contact deleted in Outlook comes back (D-11).
    OutlookDeletedContact {
        /// Never.
        NeverReturns = "never-returns",
        /// With the next change in CRM (before Update Rollup 7).
        ReturnsOnCrmEdit = "returns-on-crm-edit",
    }
}
words! {
    /// When an item that reconciliation does not find counts as deleted.
    MissingItem {
        /// At once.
        DeleteOnFirstMiss = "delete-on-first-miss",
        /// When it is missed a second time.
        VerifyStoreThenTwice = "verify-store-then-twice",
    }
}
words! {
    /// Who wins a column that both sides changed (D-08).
    MergeWinner {
        /// The side whose record or item has the newer timestamp.
        Newer = "newer",
        /// Always CRM.
        Crm = "crm",
        /// Always Outlook.
        Outlook = "outlook",
    }
}
words! {
    /// Who wins when both timestamps are the same (MRG-TIE).
    MergeTie {
        /// CRM.
        Crm = "crm",
        /// Outlook.
        Outlook = "outlook",
    }
}
words! {
    /// When OriginalXML is rewritten in a merge (MRG-ORIG).
    MergeBaseUpdate {
        /// Before each half, as the white paper has it.
        PerHalf = "per-half",
        /// When both sides are written.
        AfterBoth = "after-both",
    }
}
words! {
    /// What becomes of an item deleted on one side and edited on the other.
    DeleteVersusEdit {
        /// The deletion goes through.
        DeleteWins = "delete-wins",
        /// The edited copy is kept and the other made again.
        EditWins = "edit-wins",
    }
}
words! {
    /// What a row in state 2 needs to go back to state 1 (PRE-GAP).
    Requalify {
        /// To match the filter again, with another version.
        ByVersion = "by-version",
        /// To match the filter again.
        ByMembership = "by-membership",
    }
}
words! {
    /// By what PrepareSync finds that a record was deleted (PRE-CAND-DEL).
    DeletionsBy {
        /// By the deletion log: what was purged from it before the user's next PrepareSync is never found.
        Log = "log",
        /// By the log, and where it does not reach back to the watermark any more, by the rows of SyncEntry that have no
        /// record.
        Membership = "membership",
    }
}
words! {
    /// The means by which a client learns of changes in Outlook (D-01).
    Detection {
        /// MAPI change notifications.
        Notifications = "notifications",
        /// The scan of the contents table at the start of a cycle.
        Scan = "scan",
        /// The reconciliation job at its end.
        Reconcile = "reconcile",
    }
}
words! {
    /// Where the contents-table scan stops (DET-BOUNDARY).
    ScanBoundary {
        /// At the time of the last synchronization, on the client's clock.
        ByTime = "by-time",
        /// At the last change number seen.
        ByChangeNumber = "by-change-number",
    }
}
words! {
    /// What a manual cycle of a secondary client does (D-18).
    SecondaryManualSync {
        /// Nothing to contacts, tasks and appointments.
        IgnoresAct = "ignores-act",
        /// What a primary's does.
        Allowed = "allowed",
    }
}
words! {
    /// What the machines of a roaming profile work with (D-04).
    RoamingCache {
        /// Each with its own copy: made when Outlook is started, written back when it is ended; the last one wins.
        CopiedAtLogon = "copied-at-logon",
        /// All with one file.
        LiveShared = "live-shared",
    }
}
words! {
    /// What a client does with a cache file that is an old copy of its own.
    OldCache {
        /// Goes on from it.
        Trusted = "trusted",
        /// Begins anew with an empty one.
        Emptied = "emptied",
    }
}
words! {
    /// When untracking a contact or task deletes the CRM record (D-12, D-13).
    UntrackDeletes {
        /// When the user says so.
        Asks = "asks",
        /// When the user says so, or does not own the record.
        NonOwnerDeletes = "non-owner-deletes",
        /// When the user says so and owns the record.
        OwnerOnly = "owner-only",
    }
}
words! {
    /// Whether a canceled task counts as completed when it is deleted in Outlook (D-14).
    CanceledTask {
        /// No: its record is deleted.
        Deletes = "deletes",
        /// Yes: its record is kept.
        Keeps = "keeps",
    }
}
words! {
    /// What deletes the item of an appointment whose record was deleted in CRM (D-15).
    AppointmentCrmDelete {
        /// That it has not started.
        Future = "future",
        /// That it has not started, and that the record was neither completed nor canceled.
        FutureAndOpen = "future-and-open",
        /// That it has not started, and that the user owns or organizes it.
        OwnerOrOrganizer = "owner-or-organizer",
    }
}
words! {
    /// What becomes of a meeting that a second attendee tracks.
    MeetingIdentity {
        /// Another record.
        SeparateRecords = "separate-records",
        /// The record that has the meeting's global id.
        GlobalObjectId = "global-object-id",
    }
}
words! {
    /// Whose edit it is what an update of a meeting writes into an attendee's item, sent from an item of the same record.
    MeetingUpdate {
        /// The attendee's: the client finds the item changed, and sends it.
        Attendees = "attendees",
        /// The organizer's: as long as nobody changed the record since the attendee's client saw it, the client sends what the
        /// organizer typed over what CRM says; else, and for what the organizer's item only repeats, what CRM says counts.
        Organizers = "organizers",
    }
}
words! {
    /// Who is meant by an address that a user and a contact have (CYC-PARTY).
    PartyResolution {
        /// The user.
        UsersFirst = "users-first",
        /// The contact.
        ContactsFirst = "contacts-first",
    }
}
words! {
    /// When a new Outlook item gets its crmid.
    ItemStamp {
        /// In a save of its own.
        AfterCreate = "after-create",
        /// In the save that creates it.
        WithCreate = "with-create",
    }
}
words! {
    /// What a filter that was switched off leaves in Outlook (D-25).
    DeactivatedFilter {
        /// Everything.
        ItemsStay = "items-stay",
        /// Nothing: what left the filter is treated by the deletion rules.
        ItemsLeave = "items-leave",
    }
}
words! {
    /// What happens when an unlinked contact's record qualifies again.
    ReactivatedContact {
        /// Its item is linked again.
        Relinks = "relinks",
        /// A new item is made.
        NewLink = "new-link",
    }
}
words! {
    /// How far PrepareSync moves the watermark (PRE-NOLOCK).
    Watermark {
        /// To the last rowversion that was handed out, over transactions that did not commit yet.
        LastVersion = "last-version",
        /// To the rowversion before the oldest transaction that did not commit yet.
        MinActiveVersion = "min-active-version",
    }
}
words! {
    /// Whether a request names the version of the record that it was computed from.
    WriteCheck {
        /// No: it overwrites what came in between.
        None = "none",
        /// Yes: CRM refuses it where the record changed since, and the client reads and merges again.
        Version = "version",
    }
}
words! {
    /// Whether the mailbox compares an item with what a save or a deletion was computed from.
    SaveCheck {
        /// No: synchronization overwrites what a person did in between.
        None = "none",
        /// Yes: an item that was edited, moved or marked since is read and merged again.
        Content = "content",
    }
}
words! {
    /// What a client still knows of a write that it did not see through: an update whose answer never came, a save of which only
    /// the fields are there.
    SentUpdate {
        /// Nothing: what CRM says then looks like an edit in CRM, and what the item says like an edit in Outlook.
        Forgotten = "forgotten",
        /// Its columns, noted in OutlookSyncTable before it is sent, under a name by which CRM says whether it was carried out, or
        /// before it is saved, with the item's last save by synchronization, by which the store says it.
        Noted = "noted",
    }
}
words! {
    /// Where OriginalXML is kept (MRG-ORIG).
    OriginalXml {
        /// On the item: with the item it is gone.
        OnItem = "on-item",
        /// There, and in the mapping row, which tells of a purged item whether its record was edited since.
        InMappingToo = "in-mapping-too",
    }
}
words! {
    /// When a record that CRM does not find counts as gone.
    MissingRecord {
        /// At once.
        GoneAtOnce = "gone-at-once",
        /// When it is looked for again and not found, as a slow commit can hide it for a while.
        LookedForTwice = "looked-for-twice",
    }
}
words! {
    /// Which of two decisions about tracking a record holds, where the earlier arrives later.
    TrackingOrder {
        /// The one that arrived last.
        ByArrival = "by-arrival",
        /// The one that was decided last.
        ByDecision = "by-decision",
    }
}
words! {
    /// What a person who purges a linked item leaves in the mailbox.
    PurgedItem {
        /// Nothing: the cache file alone knows that there was an item.
        LeavesNothing = "leaves-nothing",
        /// The mailbox keeps what a person purges among its recoverable items, where nobody sees it and its properties stay: a
        /// client finds it there by its crmid, also one whose cache was lost or that is primary only now. What is moved or
        /// archived does not come there.
        StaysListed = "stays-listed",
    }
}
words! {
    /// What a copy that a person makes of a linked item keeps of its link.
    CopiedItem {
        /// Everything: crmid, link state and OriginalXML.
        CopiesLink = "copies-link",
        /// Nothing: the copy is not tracked.
        DropsLink = "drops-link",
    }
}
