//! The named policies of a protocol: one table of switches, their values, and the three base protocols.
//!
//! Each switch has a small closed set of values, of which a base protocol names one. The documentation, the JSON Schema
//! and the messages for a wrong value are made from the same declarations.

use super::guard::{Limit, MassDeletionGuard};
use crate::model::codes::words;
use crate::sim::Span;

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
    /// Whether a write names the version that it was computed from.
    WriteCheck {
        /// No: it overwrites what came in between.
        None = "none",
        /// Yes: a target that changed since is read and merged again.
        Version = "version",
    }
}

/// The means of detection that are switched on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Detections {
    /// MAPI change notifications (DET-MAPI).
    pub notifications: bool,
    /// The contents-table scan (DET-SCAN).
    pub scan: bool,
    /// Reconciliation (DET-RECON).
    pub reconcile: bool,
}

/// One type for the value of any switch, as scenarios write it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SwitchValue {
    /// One of the switch's words.
    Word(&'static str),
    /// Several of them.
    Words(Vec<&'static str>),
    /// A whole number.
    Count(u32),
    /// A duration.
    Span(Span),
    /// A limit on deletions.
    Limit(Limit),
}

/// What a switch takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SwitchType {
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words, each at most once.
    Words(&'static [&'static str]),
    /// A whole number in this inclusive range.
    Count(u32, u32),
    /// A duration of at least this many minutes.
    SpanMinutes(i64),
    /// The word for off, or a limit: `count` from 1 and `percent` to 100.
    LimitOr(&'static str),
}

macro_rules! switches {
    ($($(#[$doc:meta])* $field:ident: $type:ident = $word:literal, $documented:ident, $hardened:ident;)*) => {
        /// The values of all switches.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct Switches {
            $($(#[$doc])* pub $field: $type,)*
            /// The means by which changes in Outlook are noticed.
            pub change_detection: Detections,
            /// How many mapping rows a reconciliation checks.
            pub reconcile_batch: u32,
            /// How many rows a page holds (GSD-PAGE).
            pub page_size: u32,
            /// The time between two background cycles (TRG-BACKGROUND).
            pub interval: Span,
            /// When a cycle asks before it deletes.
            pub mass_deletion_guard: MassDeletionGuard,
        }

        /// A switch by name.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Switch {
            $($(#[$doc])* $type,)*
            /// `change-detection`.
            ChangeDetection,
            /// `reconcile-batch`.
            ReconcileBatch,
            /// `page-size`.
            PageSize,
            /// `interval`.
            Interval,
            /// `mass-deletion-guard`.
            MassDeletionGuard,
        }

        impl Switch {
            /// Every switch.
            pub const ALL: &'static [Switch] = &[
                $(Switch::$type,)*
                Switch::ChangeDetection, Switch::ReconcileBatch, Switch::PageSize, Switch::Interval,
                Switch::MassDeletionGuard,
            ];

            /// The switch's name in `[protocol]`.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Switch::$type => $word,)*
                    Switch::ChangeDetection => "change-detection",
                    Switch::ReconcileBatch => "reconcile-batch",
                    Switch::PageSize => "page-size",
                    Switch::Interval => "interval",
                    Switch::MassDeletionGuard => "mass-deletion-guard",
                }
            }

            /// What the switch takes.
            #[must_use]
            pub fn takes(self) -> SwitchType {
                match self {
                    $(Switch::$type => SwitchType::Word($type::WORDS),)*
                    Switch::ChangeDetection => SwitchType::Words(Detection::WORDS),
                    Switch::ReconcileBatch => SwitchType::Count(1, 1_000_000),
                    Switch::PageSize => SwitchType::Count(1, 1_000_000),
                    Switch::Interval => SwitchType::SpanMinutes(15),
                    Switch::MassDeletionGuard => SwitchType::LimitOr(MassDeletionGuard::OFF),
                }
            }
        }

        impl Switches {
            /// The value of a switch.
            #[must_use]
            pub fn get(&self, switch: Switch) -> SwitchValue {
                match switch {
                    $(Switch::$type => SwitchValue::Word(self.$field.word()),)*
                    Switch::ChangeDetection => SwitchValue::Words(self.change_detection.words()),
                    Switch::ReconcileBatch => SwitchValue::Count(self.reconcile_batch),
                    Switch::PageSize => SwitchValue::Count(self.page_size),
                    Switch::Interval => SwitchValue::Span(self.interval),
                    Switch::MassDeletionGuard => match self.mass_deletion_guard {
                        MassDeletionGuard::Off => SwitchValue::Word(MassDeletionGuard::OFF),
                        MassDeletionGuard::Limit(limit) => SwitchValue::Limit(limit),
                    },
                }
            }

            /// Sets a switch; false, and nothing changed, when it does not take such a value.
            #[must_use]
            pub fn set(&mut self, switch: Switch, value: &SwitchValue) -> bool {
                match (switch, value) {
                    $((Switch::$type, SwitchValue::Word(word)) => match $type::parse(word) {
                        Some(value) => self.$field = value,
                        None => return false,
                    },)*
                    (Switch::ChangeDetection, SwitchValue::Words(words)) => match Detections::parse(words) {
                        Some(detections) => self.change_detection = detections,
                        None => return false,
                    },
                    (Switch::ReconcileBatch, SwitchValue::Count(count @ 1..=1_000_000)) => self.reconcile_batch = *count,
                    (Switch::PageSize, SwitchValue::Count(count @ 1..=1_000_000)) => self.page_size = *count,
                    (Switch::Interval, SwitchValue::Span(span)) if *span >= Span::minutes(15) => self.interval = *span,
                    (Switch::MassDeletionGuard, SwitchValue::Word(MassDeletionGuard::OFF)) => {
                        self.mass_deletion_guard = MassDeletionGuard::Off;
                    }
                    (Switch::MassDeletionGuard, SwitchValue::Limit(limit)) if limit.count > 0 && limit.percent <= 100 => {
                        self.mass_deletion_guard = MassDeletionGuard::Limit(*limit);
                    }
                    _ => return false,
                }
                true
            }

            fn documented() -> Switches {
                Switches {
                    $($field: $type::$documented,)*
                    change_detection: Detections { notifications: true, scan: true, reconcile: true },
                    reconcile_batch: 10,
                    page_size: 100,
                    interval: Span::minutes(15),
                    mass_deletion_guard: MassDeletionGuard::Off,
                }
            }

            fn hardened() -> Switches {
                Switches {
                    $($field: $type::$hardened,)*
                    mass_deletion_guard: MassDeletionGuard::Limit(Limit::DEFAULT),
                    ..Switches::documented()
                }
            }
        }
    };
}

switches! {
    /// What PostSync acknowledges.
    acknowledge: Acknowledge = "acknowledge", ByPosition, ById;
    /// When a page is acknowledged.
    acknowledge_at: AcknowledgeAt = "acknowledge-at", AfterApply, AfterApply;
    /// Who chooses the id of a new record.
    create_identity: CreateIdentity = "create-identity", ServerAssigned, ClientAssigned;
    /// What recognises an item whose mapping row is gone.
    relink: Relink = "relink", None, CrmidOnItem;
    /// What a client with an empty cache asks for.
    fresh_cache: FreshCache = "fresh-cache", Incremental, Reinitialize;
    /// Where it is kept that a contact was deleted in Outlook.
    deleted_locally: DeletedLocally = "deleted-locally", ClientFlag, ClientFlagAndServer;
    /// Whether a contact deleted in Outlook comes back.
    outlook_deleted_contact: OutlookDeletedContact = "outlook-deleted-contact", NeverReturns, NeverReturns;
    /// When a missing item counts as deleted.
    missing_item: MissingItem = "missing-item", DeleteOnFirstMiss, VerifyStoreThenTwice;
    /// Who wins a column that both sides changed.
    merge_winner: MergeWinner = "merge-winner", Newer, Newer;
    /// Who wins a tie of timestamps.
    merge_tie: MergeTie = "merge-tie", Crm, Crm;
    /// When OriginalXML is rewritten in a merge.
    merge_base_update: MergeBaseUpdate = "merge-base-update", PerHalf, AfterBoth;
    /// What becomes of an item deleted on one side and edited on the other.
    delete_versus_edit: DeleteVersusEdit = "delete-versus-edit", DeleteWins, EditWins;
    /// What a row in state 2 needs to go back to state 1.
    requalify: Requalify = "requalify", ByVersion, ByMembership;
    /// Where the contents-table scan stops.
    scan_boundary: ScanBoundary = "scan-boundary", ByTime, ByChangeNumber;
    /// What a manual cycle of a secondary client does.
    secondary_manual_sync: SecondaryManualSync = "secondary-manual-sync", IgnoresAct, IgnoresAct;
    /// What the machines of a roaming profile work with.
    roaming_cache: RoamingCache = "roaming-cache", CopiedAtLogon, LiveShared;
    /// When untracking deletes the CRM record.
    untrack_deletes: UntrackDeletes = "untrack-deletes", Asks, Asks;
    /// Whether a canceled task counts as completed when it is deleted in Outlook.
    canceled_task: CanceledTask = "canceled-task", Deletes, Deletes;
    /// What deletes the item of an appointment whose record was deleted in CRM.
    appointment_crm_delete: AppointmentCrmDelete = "appointment-crm-delete", Future, Future;
    /// What becomes of a meeting that a second attendee tracks.
    meeting_identity: MeetingIdentity = "meeting-identity", SeparateRecords, GlobalObjectId;
    /// Who is meant by an address that a user and a contact have.
    party_resolution: PartyResolution = "party-resolution", UsersFirst, UsersFirst;
    /// When a new Outlook item gets its crmid.
    item_stamp: ItemStamp = "item-stamp", AfterCreate, WithCreate;
    /// What a filter that was switched off leaves in Outlook.
    deactivated_filter: DeactivatedFilter = "deactivated-filter", ItemsStay, ItemsLeave;
    /// What happens when an unlinked contact's record qualifies again.
    reactivated_contact: ReactivatedContact = "reactivated-contact", Relinks, Relinks;
    /// Whether a write names the version that it was computed from.
    write_check: WriteCheck = "write-check", None, Version;
    /// How far PrepareSync moves the watermark.
    watermark: Watermark = "watermark", LastVersion, MinActiveVersion;
}

impl Switches {
    /// The switches of a base protocol.
    #[must_use]
    pub fn of(base: Base) -> Switches {
        match base {
            Base::Documented => Switches::documented(),
            Base::Documented2011 => Switches {
                canceled_task: CanceledTask::Keeps,
                deactivated_filter: DeactivatedFilter::ItemsLeave,
                appointment_crm_delete: AppointmentCrmDelete::FutureAndOpen,
                meeting_identity: MeetingIdentity::GlobalObjectId,
                ..Switches::documented()
            },
            Base::Hardened => Switches::hardened(),
        }
    }
}

impl Default for Switches {
    /// The hardened protocol, which a scenario without `[protocol]` has.
    fn default() -> Self {
        Switches::of(Base::Hardened)
    }
}

impl Detections {
    fn words(self) -> Vec<&'static str> {
        let on = [self.notifications, self.scan, self.reconcile];
        Detection::WORDS.iter().zip(on).filter(|(_, on)| *on).map(|(word, _)| *word).collect()
    }

    fn parse(words: &[&str]) -> Option<Detections> {
        let mut on = Detections { notifications: false, scan: false, reconcile: false };
        for word in words {
            match Detection::parse(word)? {
                Detection::Notifications => on.notifications = true,
                Detection::Scan => on.scan = true,
                Detection::Reconcile => on.reconcile = true,
            }
        }
        Some(on)
    }
}

/// Switches that scenarios.md names and that come with what they concern.
pub const NOT_BUILT: [&str; 3] = ["email-identity", "copied-item", "offline-conflict"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_reads_back_what_it_was_set_to() {
        for base in Base::ALL {
            let source = Switches::of(*base);
            let mut target = Switches::of(Base::Documented);
            for switch in Switch::ALL {
                assert!(target.set(*switch, &source.get(*switch)), "{}", switch.word());
            }
            assert_eq!(source, target);
        }
    }

    #[test]
    fn a_switch_refuses_what_it_does_not_take() {
        let mut switches = Switches::default();
        assert!(!switches.set(Switch::Relink, &SwitchValue::Word("perhaps")));
        assert!(!switches.set(Switch::PageSize, &SwitchValue::Count(0)));
        assert!(!switches.set(Switch::Interval, &SwitchValue::Span(Span::minutes(14))));
        assert!(!switches.set(Switch::Interval, &SwitchValue::Count(15)));
        assert!(!switches.set(Switch::MassDeletionGuard, &SwitchValue::Word("on")));
        let never = Limit { count: 0, percent: 50 };
        assert!(!switches.set(Switch::MassDeletionGuard, &SwitchValue::Limit(never)));
        assert_eq!(switches, Switches::default());
    }
}
