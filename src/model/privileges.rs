//! What users may do: rights on one record, and privileges over the whole organization.
//!
//! A privilege on reading, writing or deleting a kind reaches every record of the organization; without it a user has one's
//! own records and what was shared with the user. Rights on a record are the bits of `AccessRightsMask` (tables.md, C.1).

use super::Kind;
use super::codes::words;

words! {
    /// What a record can be shared for.
    Right {
        /// To read it.
        Read = "read",
        /// To change it.
        Write = "write",
        /// To delete it.
        Delete = "delete",
        /// To link something to it, as tracking does.
        AppendTo = "append-to",
    }
}

impl Right {
    /// The bit of `AccessRightsMask`.
    const fn bit(self) -> u32 {
        match self {
            Right::Read => 1,
            Right::Write => 2,
            Right::AppendTo => 16,
            Right::Delete => 65_536,
        }
    }
}

/// Several rights: an `AccessRightsMask`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Rights(u32);

impl Rights {
    /// No right.
    pub const NONE: Rights = Rights(0);
    /// What a record is shared for unless more is said.
    pub const READ: Rights = Rights(Right::Read.bit());

    /// Whether a right is among them.
    #[must_use]
    pub fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, right: Right) -> Rights {
        Rights(self.0 | right.bit())
    }

    /// These without one.
    #[must_use]
    pub fn without(self, right: Right) -> Rights {
        Rights(self.0 & !right.bit())
    }

    /// `AccessRightsMask`.
    #[must_use]
    pub fn mask(self) -> u32 {
        self.0
    }

    /// The rights one by one.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

/// One privilege of a user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Privilege {
    /// Records come down to Outlook (PRV-SYNC).
    SyncToOutlook,
    /// To make records of a kind.
    Create(Kind),
    /// A right on all records of a kind.
    Of(Right, Kind),
}

/// The word that stands for all privileges.
pub const ALL_PRIVILEGES: &str = "all";

impl Privilege {
    /// Every privilege.
    pub fn all() -> impl Iterator<Item = Privilege> {
        let of_kind = |kind| {
            let rights = Right::ALL.iter().map(move |right| Privilege::Of(*right, kind));
            std::iter::once(Privilege::Create(kind)).chain(rights)
        };
        std::iter::once(Privilege::SyncToOutlook).chain(Kind::ALL.into_iter().flat_map(of_kind))
    }

    /// The word of the scenario format.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Privilege::SyncToOutlook => "sync-to-outlook".to_owned(),
            Privilege::Create(kind) => format!("create:{kind}"),
            Privilege::Of(right, kind) => format!("{right}:{kind}"),
        }
    }

    /// The privilege of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Privilege> {
        Privilege::all().find(|privilege| privilege.word() == word)
    }
}

/// The privileges that a user holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Privileges {
    sync_to_outlook: bool,
    create: [bool; Kind::ALL.len()],
    rights: [Rights; Kind::ALL.len()],
}

impl Default for Privileges {
    /// All: nobody is held back unless a scenario says so.
    fn default() -> Self {
        Privilege::all().fold(Privileges::NONE, |held, privilege| held.with(privilege, true))
    }
}

impl Privileges {
    /// No privilege.
    pub const NONE: Privileges = Privileges {
        sync_to_outlook: false,
        create: [false; Kind::ALL.len()],
        rights: [Rights::NONE; Kind::ALL.len()],
    };

    /// Whether a privilege is among them.
    #[must_use]
    pub fn has(&self, privilege: Privilege) -> bool {
        match privilege {
            Privilege::SyncToOutlook => self.sync_to_outlook,
            Privilege::Create(kind) => self.create[kind as usize],
            Privilege::Of(right, kind) => self.rights[kind as usize].has(right),
        }
    }

    /// These with a privilege given or taken.
    #[must_use]
    pub fn with(mut self, privilege: Privilege, held: bool) -> Privileges {
        match privilege {
            Privilege::SyncToOutlook => self.sync_to_outlook = held,
            Privilege::Create(kind) => self.create[kind as usize] = held,
            Privilege::Of(right, kind) => {
                let rights = &mut self.rights[kind as usize];
                *rights = if held { rights.with(right) } else { rights.without(right) };
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_as_themselves() {
        for privilege in Privilege::all() {
            assert_eq!(Privilege::parse(&privilege.word()), Some(privilege));
            assert!(Privileges::default().has(privilege) && !Privileges::NONE.has(privilege));
            assert!(!Privileges::default().with(privilege, false).has(privilege));
        }
        assert_eq!(Privilege::parse("write:nothing"), None);
    }

    #[test]
    fn masks_are_those_of_the_product() {
        let all = Right::ALL.iter().fold(Rights::NONE, |rights, right| rights.with(*right));
        assert_eq!((Rights::READ.mask(), all.mask()), (1, 1 + 2 + 16 + 65_536));
        assert_eq!(all.without(Right::Delete).iter().collect::<Vec<_>>(), [Right::Read, Right::Write, Right::AppendTo]);
    }
}
