//! Who takes part in an appointment: addresses become users when a record is written (rules.md, CYC-PARTY).
//!
//! The organizer and the attendees of an appointment are addresses. CRM looks for whom each belongs to, and the first match
//! wins: a contact that has a user's address can be taken for that user, who then takes part in nothing.

use super::Server;
use crate::model::{ContentId, Contents, FieldId, Kind, UserId, Value, mapping};
use crate::protocol::Switches;
use crate::protocol::switches::PartyResolution;

/// The address fields of a contact.
const ADDRESSES: [FieldId; 3] = [
    FieldId::named(Kind::Contact, "emailaddress1"),
    FieldId::named(Kind::Contact, "emailaddress2"),
    FieldId::named(Kind::Contact, "emailaddress3"),
];

/// A set of users.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Parties(u32);

impl Parties {
    /// Whether a user is among them.
    #[must_use]
    pub fn contains(self, user: UserId) -> bool {
        self.0 & Parties::bit(user) != 0
    }

    fn insert(&mut self, user: UserId) {
        self.0 |= Parties::bit(user);
    }

    /// A scenario has at most 32 users.
    fn bit(user: UserId) -> u32 {
        1_u32.checked_shl(u32::from(user.0)).unwrap_or(0)
    }
}

impl Server {
    /// The user who has this address.
    #[must_use]
    pub fn user_of(&self, contents: &Contents, address: &str) -> Option<UserId> {
        let at = self.addresses.iter().position(|value| contents.text_of_value(*value) == address)?;
        u8::try_from(at).ok().map(UserId)
    }

    /// The users whom the addresses of an appointment mean.
    #[must_use]
    pub fn resolve(&self, contents: &Contents, content: ContentId, switches: &Switches) -> Parties {
        let mut parties = Parties::default();
        for field in mapping::PARTIES {
            for address in mapping::addresses(contents.text_of_value(contents.get(content, field))) {
                let contact_first = switches.party_resolution == PartyResolution::ContactsFirst;
                if contact_first && self.contact_has(contents, address) {
                    continue;
                }
                self.user_of(contents, address).into_iter().for_each(|user| parties.insert(user));
            }
        }
        parties
    }

    fn contact_has(&self, contents: &Contents, address: &str) -> bool {
        let is = |value: Value| contents.text_of_value(value) == address;
        let mut contacts = self.live_records().filter(|(_, record)| record.kind == Kind::Contact);
        contacts.any(|(_, record)| ADDRESSES.iter().any(|field| is(contents.get(record.content, *field))))
    }
}
