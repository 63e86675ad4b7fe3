//! The named policies of a protocol: one table of switches, their values, and the three base protocols.
//!
//! Each switch has a small closed set of values, of which a base protocol names one. The documentation, the JSON Schema
//! and the messages for a wrong value are made from the same declarations.

mod policies;

use std::fmt;

pub use policies::*;

use super::guard::{Limit, MassDeletionGuard};
use crate::sim::Span;

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

impl fmt::Display for SwitchValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SwitchValue::Word(word) => out.write_str(word),
            SwitchValue::Words(words) => out.write_str(&words.join(", ")),
            SwitchValue::Count(count) => write!(out, "{count}"),
            SwitchValue::Span(span) => write!(out, "{span}"),
            SwitchValue::Limit(limit) => write!(out, "{} and {}%", limit.count, limit.percent),
        }
    }
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
    /// By what PrepareSync finds that a record was deleted.
    deletions_by: DeletionsBy = "deletions-by", Log, Membership;
    /// Where the contents-table scan stops.
    scan_boundary: ScanBoundary = "scan-boundary", ByTime, ByChangeNumber;
    /// What a manual cycle of a secondary client does.
    secondary_manual_sync: SecondaryManualSync = "secondary-manual-sync", IgnoresAct, IgnoresAct;
    /// What the machines of a roaming profile work with.
    roaming_cache: RoamingCache = "roaming-cache", CopiedAtLogon, LiveShared;
    /// What a client does with an old copy of its cache file.
    old_cache: OldCache = "old-cache", Trusted, Emptied;
    /// When untracking deletes the CRM record.
    untrack_deletes: UntrackDeletes = "untrack-deletes", Asks, Asks;
    /// Whether a canceled task counts as completed when it is deleted in Outlook.
    canceled_task: CanceledTask = "canceled-task", Deletes, Deletes;
    /// What deletes the item of an appointment whose record was deleted in CRM.
    appointment_crm_delete: AppointmentCrmDelete = "appointment-crm-delete", Future, Future;
    /// What becomes of a meeting that a second attendee tracks.
    meeting_identity: MeetingIdentity = "meeting-identity", SeparateRecords, GlobalObjectId;
    /// Whose edit it is what an organizer's update of a meeting writes into an attendee's item.
    meeting_update: MeetingUpdate = "meeting-update", Attendees, Organizers;
    /// What a copy that a person makes of a linked item keeps of its link.
    copied_item: CopiedItem = "copied-item", CopiesLink, DropsLink;
    /// Who is meant by an address that a user and a contact have.
    party_resolution: PartyResolution = "party-resolution", UsersFirst, UsersFirst;
    /// When a new Outlook item gets its crmid.
    item_stamp: ItemStamp = "item-stamp", AfterCreate, WithCreate;
    /// What a filter that was switched off leaves in Outlook.
    deactivated_filter: DeactivatedFilter = "deactivated-filter", ItemsStay, ItemsLeave;
    /// What happens when an unlinked contact's record qualifies again.
    reactivated_contact: ReactivatedContact = "reactivated-contact", Relinks, Relinks;
    /// Whether a request names the version of the record that it was computed from.
    write_check: WriteCheck = "write-check", None, Version;
    /// Whether the mailbox compares an item with what a save or a deletion was computed from.
    save_check: SaveCheck = "save-check", None, Content;
    /// What a client still knows of a write that it did not see through.
    sent_update: SentUpdate = "sent-update", Forgotten, Noted;
    /// Where OriginalXML is kept.
    original_xml: OriginalXml = "original-xml", OnItem, InMappingToo;
    /// When a record that CRM does not find counts as gone.
    missing_record: MissingRecord = "missing-record", GoneAtOnce, LookedForTwice;
    /// Which of two decisions about tracking a record holds, where the earlier arrives later.
    tracking_order: TrackingOrder = "tracking-order", ByArrival, ByDecision;
    /// What tells of an item that was purged.
    purged_item: PurgedItem = "purged-item", LeavesNothing, StaysListed;
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

    /// Whether requests name versions (`write-check`).
    #[must_use]
    pub fn checks_writes(&self) -> bool {
        self.write_check == WriteCheck::Version
    }

    /// Whether the mailbox compares before it saves (`save-check`).
    #[must_use]
    pub fn checks_saves(&self) -> bool {
        self.save_check == SaveCheck::Content
    }

    /// Whether the mapping row has OriginalXML too (`original-xml`).
    #[must_use]
    pub fn maps_original_xml(&self) -> bool {
        self.original_xml == OriginalXml::InMappingToo
    }

    /// The base from which the fewest switches differ, and those.
    #[must_use]
    pub fn nearest_base(&self) -> (Base, Vec<Switch>) {
        let differing = |base: Base| {
            let of_base = Switches::of(base);
            let differ = Switch::ALL.iter().copied().filter(|switch| of_base.get(*switch) != self.get(*switch));
            (base, differ.collect::<Vec<Switch>>())
        };
        let bases = [Base::Hardened, Base::Documented, Base::Documented2011].map(differing);
        let nearest = bases.into_iter().min_by_key(|(_, differ)| differ.len());
        nearest.unwrap_or((Base::Hardened, Vec::new()))
    }
}

impl UntrackDeletes {
    /// Whether an untracking deletes the record (D-12, D-13): by whether its user asked for that, and owns the record.
    #[must_use]
    pub fn deletes(self, asked: bool, owned: bool) -> bool {
        match self {
            UntrackDeletes::Asks => asked,
            UntrackDeletes::NonOwnerDeletes => asked || !owned,
            UntrackDeletes::OwnerOnly => asked && owned,
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
pub const NOT_BUILT: [&str; 2] = ["email-identity", "offline-conflict"];

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
