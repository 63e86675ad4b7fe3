//! Who may do what: privileges, ownership and PrincipalObjectAccess.
//!
//! A user may read, write and delete one's own records, those that a privilege reaches, and those that were shared for it.
//! Linking something to a record, as tracking does, is no matter of owning it: it takes the privilege on the kind, or a
//! share for it (PRV-TRACK). A row of PrincipalObjectAccess whose sharing ended stays with an empty mask, so that its version
//! makes the record a candidate of the next PrepareSync.

use super::message::{Ask, Tracking};
use super::subscription::Full;
use super::{Life, Server};
use crate::journal::{By, Journal, What};
use crate::model::{Answer, CrmId, Kind, UserId};
use crate::model::{Privilege, Privileges, Right, Rights};
use crate::rule;
use crate::sim::FlatMap;

/// PrincipalObjectAccess: which records were shared with whom. Users are the only principals; there are no teams.
#[derive(Clone, Debug, Default, Hash)]
pub struct ObjectAccess {
    rows: FlatMap<(CrmId, UserId), Rights>,
    /// The record of each change of a user's rows, with its `VersionNumber`, in the order of versions.
    changes: Vec<Vec<(u64, CrmId)>>,
}

impl ObjectAccess {
    /// An empty table.
    #[must_use]
    pub fn new(users: usize) -> ObjectAccess {
        ObjectAccess { rows: FlatMap::default(), changes: vec![Vec::new(); users] }
    }

    /// What a record was shared with a user for.
    #[must_use]
    pub fn of(&self, record: CrmId, user: UserId) -> Rights {
        self.rows.get(&(record, user)).copied().unwrap_or_default()
    }

    /// The rows of one user, also those whose sharing ended.
    pub fn rows_of(&self, user: UserId) -> impl Iterator<Item = (CrmId, Rights)> {
        self.rows.iter().filter(move |((_, of), _)| *of == user).map(|((record, _), rights)| (*record, *rights))
    }

    /// The records whose rows of a user changed since a version.
    pub(super) fn changed_since(&self, user: UserId, version: u64) -> impl Iterator<Item = CrmId> {
        let changes = self.changes.get(user.index()).map_or(&[][..], Vec::as_slice);
        let newer = changes.partition_point(|(of, _)| *of <= version);
        changes[newer..].iter().map(|(_, record)| *record)
    }
}

impl Server {
    /// What a user holds.
    #[must_use]
    pub fn privileges(&self, user: UserId) -> Privileges {
        self.privileges[user.index()]
    }

    /// Whether a user has a right on a record that exists.
    #[must_use]
    pub fn allows(&self, user: UserId, right: Right, record: CrmId) -> bool {
        let row = self.record(record);
        let own = row.owner == user && right != Right::AppendTo;
        let everywhere = self.privileges(user).has(Privilege::Of(right, row.kind));
        own || everywhere || self.access.of(record, user).has(right)
    }

    /// Whether a user may make a record of a kind.
    #[must_use]
    pub fn allows_create(&self, user: UserId, kind: Kind) -> bool {
        self.privileges(user).has(Privilege::Create(kind))
    }

    /// Whether a user may link something to a record that exists (PRV-TRACK).
    #[must_use]
    pub(super) fn allows_link(&self, user: UserId, record: CrmId) -> bool {
        [Right::Read, Right::Write, Right::AppendTo].into_iter().all(|right| self.allows(user, right, record))
    }

    /// Whether anything comes down to a user's Outlook (PRV-SYNC).
    #[must_use]
    pub fn comes_down(&self, user: UserId) -> bool {
        self.privileges(user).has(Privilege::SyncToOutlook)
    }

    /// Shares a record with a user for these rights and no others; for none, the sharing ends.
    pub fn share(&mut self, record: CrmId, user: UserId, rights: Rights, by: By, journal: &mut Journal) {
        let (version, _) = self.stamp(journal.now());
        self.access.rows.insert((record, user), rights);
        // A transaction that commits late has a lower version than what was written meanwhile.
        let changes = &mut self.access.changes[user.index()];
        let place = changes.partition_point(|(earlier, _)| *earlier < version);
        changes.insert(place, (version, record));
        journal.write(What::AccessChanged { record, user, rights, by });
    }

    /// Gives a user other privileges. Where reading changes, the next PrepareSync looks at every record of the kind: no
    /// version tells it which ones are concerned.
    pub fn set_privileges(&mut self, user: UserId, privileges: Privileges, journal: &mut Journal) {
        let before = std::mem::replace(&mut self.privileges[user.index()], privileges);
        for kind in Kind::ALL {
            let read = Privilege::Of(Right::Read, kind);
            let full = &mut self.subscriptions[user.index()].full[kind as usize];
            if before.has(read) != privileges.has(read) {
                // What a switched-off filter left behind is not to be removed by this.
                *full = (*full).max(Full::Additions);
            }
        }
        journal.write(What::PrivilegesChanged { user });
    }

    /// Whether a client's request is one that its user may make, before anything else is looked at (IMM-PREREQ). What does
    /// not exist is for the request itself to find out.
    pub(super) fn admit(&self, user: UserId, ask: &Ask, journal: &mut Journal) -> Result<(), Answer> {
        let exists = |record: CrmId| self.records.get(record.index()).is_some_and(|row| row.life == Life::Live);
        let all = |record: CrmId, rights: &[Right]| {
            !exists(record) || rights.iter().all(|right| self.allows(user, *right, record))
        };
        let links = |record: CrmId| !exists(record) || self.allows_link(user, record);
        let (admitted, rule) = match ask {
            Ask::Create { kind, record: Some(record), .. } if self.live(*record).is_some() => {
                (self.allows_create(user, *kind) && links(*record), rule!("PRV-TRACK"))
            }
            Ask::Create { kind, .. } => {
                let append = self.privileges(user).has(Privilege::Of(Right::AppendTo, *kind));
                (self.allows_create(user, *kind) && append, rule!("PRV-TRACK"))
            }
            Ask::SetTracking { record, tracking: Tracking::On | Tracking::Off } => (links(*record), rule!("PRV-TRACK")),
            Ask::Update { record, .. } => (all(*record, &[Right::Read, Right::Write]), rule!("IMM-PREREQ")),
            Ask::Delete { record, .. } => (all(*record, &[Right::Read, Right::Delete]), rule!("DEL-OUT-PRIV")),
            // What a user deleted in Outlook, or has there, is nobody else's business; and what may not be read is told by
            // its own answer.
            Ask::SetTracking { tracking: Tracking::GivenUp, .. }
            | Ask::Hold { .. }
            | Ask::Retrieve { .. }
            | Ask::Prepare { .. }
            | Ask::GetData { .. }
            | Ask::Post { .. } => return Ok(()),
        };
        if admitted && rule != rule!("PRV-TRACK") {
            return Ok(());
        }
        journal.follow(rule);
        if admitted { Ok(()) } else { Err(Answer::Privilege) }
    }
}
