//! What the clients of one user wrote into a record. It is kept with the user's subscription: so also a client that lost its
//! cache, or heard no answer, learns which of what the record says it has said itself, and takes none of it for news.

use super::message::UpdateName;
use crate::model::{ContentId, Contents, FieldId, Value};

/// Who wrote, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Wrote {
    /// A client of the user created the record.
    Create,
    /// A client of the user updated it, with an update of this name where its client noted it (`sent-update`).
    Update(Option<UpdateName>),
    /// An attendee's client brought what the user typed as organizer of the meeting.
    ForOrganizer,
}

/// One write.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct OwnWrite {
    /// The version that the record got by it.
    pub version: u64,
    /// Who wrote, and how.
    pub wrote: Wrote,
    /// The record's columns before; none before a create.
    pub before: ContentId,
    /// The same after it.
    pub after: ContentId,
}

/// What a client learns of these writes when it asks for the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct OwnWrites {
    /// The version that the user's own clients gave the record last; 0 where they never wrote it.
    pub version: u64,
    /// Whether the update that the client asks about was carried out.
    pub carried_out: bool,
    /// Whether the user's own client created the record and the item does not know of it.
    pub created: bool,
    /// The record's columns before the first of the writes that the client does not know of.
    pub before: ContentId,
    /// The same with what these writes wrote.
    pub after: ContentId,
}

impl OwnWrites {
    /// What a client learns that knows `version`, and asks whether the update of a name was carried out: then it knows of
    /// all that was written until that.
    #[must_use]
    pub fn since(writes: &[OwnWrite], version: u64, sent: Option<UpdateName>, contents: &mut Contents) -> OwnWrites {
        let named = |write: &&OwnWrite| sent.is_some() && write.wrote == Wrote::Update(sent);
        let answered = writes.iter().find(named).map(|write| write.version);
        let known = answered.unwrap_or(version);
        let own = writes.iter().filter(|write| write.wrote != Wrote::ForOrganizer);
        let unknown: Vec<&OwnWrite> = writes.iter().filter(|write| write.version > known).collect();
        let written = unknown.iter().flat_map(|write| contents.diff(write.before, write.after));
        let written: Vec<(FieldId, Value)> = written.collect();
        let before = unknown.first().map_or(Contents::EMPTY, |write| write.before);
        OwnWrites {
            version: own.map(|write| write.version).max().unwrap_or(0),
            carried_out: answered.is_some(),
            created: unknown.iter().any(|write| write.wrote == Wrote::Create),
            before,
            after: contents.with(before, &written),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientId, Kind};
    use crate::sim::Time;

    const SUBJECT: FieldId = FieldId::named(Kind::Task, "subject");
    const PRIORITY: FieldId = FieldId::named(Kind::Task, "prioritycode");

    #[test]
    fn a_client_learns_what_it_does_not_know_of_and_the_last_word_of_each_column() {
        let mut contents = Contents::default();
        let name: UpdateName = (ClientId(0), Time(7));
        let says = |contents: &mut Contents, subject: i64, priority: i64| {
            contents.with(Contents::EMPTY, &[(SUBJECT, Value::Int(subject)), (PRIORITY, Value::Int(priority))])
        };
        let forms = [(1, 1), (2, 1), (2, 5), (3, 5)].map(|(subject, priority)| says(&mut contents, subject, priority));
        let writes = [
            OwnWrite { version: 1, wrote: Wrote::Create, before: Contents::EMPTY, after: forms[0] },
            OwnWrite { version: 4, wrote: Wrote::Update(Some(name)), before: forms[0], after: forms[1] },
            OwnWrite { version: 6, wrote: Wrote::ForOrganizer, before: forms[1], after: forms[2] },
            OwnWrite { version: 9, wrote: Wrote::Update(None), before: forms[2], after: forms[3] },
        ];
        let mut told = |known, sent| {
            let own = OwnWrites::since(&writes, known, sent, &mut contents);
            (own.version, own.carried_out, own.created, contents.diff(own.before, own.after))
        };
        let [two, three, five] = [2, 3, 5].map(Value::Int);
        let (subject, priority) = ((SUBJECT, three), (PRIORITY, five));
        assert_eq!(told(0, None), (9, false, true, vec![subject, priority]));
        assert_eq!(told(1, None), (9, false, false, vec![subject, priority]));
        assert_eq!(told(4, None), (9, false, false, vec![subject, priority]));
        assert_eq!(told(6, None), (9, false, false, vec![subject]));
        assert_eq!(told(9, None), (9, false, false, vec![]));
        // What it asks about was carried out, so it knows what came before that too.
        assert_eq!(told(1, Some(name)), (9, true, false, vec![subject, priority]));
        assert_eq!(told(0, Some((ClientId(1), Time(7)))), (9, false, true, vec![subject, priority]));
        // What another's client brought is no version of the user's own clients.
        let own = OwnWrites::since(&writes[..3], 1, None, &mut contents);
        assert_eq!((own.version, contents.diff(own.before, own.after)), (4, vec![(SUBJECT, two), priority]));
    }
}
