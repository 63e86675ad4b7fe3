//! What the deletion rules ask about an appointment: when it starts, and whose it is (rules.md, A.9).
//!
//! The client decides on its own clock, when it has heard of the record, which may be a while before its decision takes
//! effect: a check that looks at the effect asks what the clock showed then. A check that demands a deletion asks for a start
//! that is still to come at the end.

use super::View;
use super::lineage::{Ending, How};
use crate::crm::Record;
use crate::mailbox::Item;
use crate::model::{ClientId, ContentId, Kind, UserId, Value, mapping, status};
use crate::protocol::switches::AppointmentCrmDelete;
use crate::sim::Time;

/// The facts on which the deletion of an item, or of a record, depends beside its kind and status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occasion {
    /// Whether it starts after now.
    pub in_future: bool,
    /// Of a deletion in Outlook: whether the person owns or organizes it. Of one in CRM: whether the policy spares nobody
    /// that it is not open or not this user's.
    pub concerned: bool,
}

impl Occasion {
    /// What the rules ask of contacts and tasks: nothing.
    pub const ANY: Occasion = Occasion { in_future: true, concerned: true };
}

/// Who decides about an end, and what the clock there showed then; now, where that is not known.
pub type Decided = (Option<ClientId>, Option<Time>);

/// Whether an appointment starts after the moment of the decision by the client's clock, and by the furthest that any clock
/// of the mailbox's clients ever was ahead where it is to be certain: another one may have been primary then (D-17).
fn starts_later(view: View<'_>, (client, decided): Decided, content: ContentId, certain: bool) -> bool {
    let client = client.and_then(|client| view.world.clients.get(client.index()));
    let now = client.map_or(view.world.now, |client| client.clock_at(view.world.now));
    let mailbox = client.map(|client| client.mailbox);
    let clients = view.world.clients.iter().filter(|other| Some(other.mailbox) == mailbox);
    let latest = clients.map(|other| view.world.now + view.ledger.fastest(other.id)).fold(now, Time::max);
    let start = mapping::start_of(&view.world.contents, content);
    start.is_some_and(|start| start > if certain { latest } else { decided.unwrap_or(now) })
}

/// Whether a user is the organizer that an appointment names.
fn organizes(view: View<'_>, user: UserId, content: ContentId) -> bool {
    let organizer = view.world.contents.get(content, mapping::PARTIES[0]);
    organizer != Value::Empty && view.world.server.addresses.get(user.index()) == Some(&organizer)
}

/// The occasion of an item's end in Outlook. `certain` asks that it holds at the end of the run too.
#[must_use]
pub fn ended_in_outlook(
    view: View<'_>,
    decided: Decided,
    record: &Record,
    (ending, mailbox): (&Ending, UserId),
    certain: bool,
) -> Occasion {
    if record.kind != Kind::Appointment {
        return Occasion::ANY;
    }
    // Who purged an item cannot be read off it; it is taken for the mailbox's user.
    let purged = ending.how == How::Deleted { purged: true };
    let persons = [ending.by, (!certain && purged).then_some(mailbox)].into_iter().flatten();
    let mut own = persons.filter(|user| record.owner == *user || organizes(view, *user, record.content));
    Occasion { in_future: starts_later(view, decided, record.content, certain), concerned: own.next().is_some() }
}

/// The occasion of a record's end, or of its leaving the filter. `certain` asks that it holds whatever the item was last
/// synchronized with.
#[must_use]
pub fn ended_in_crm(
    view: View<'_>,
    decided: Decided,
    (item, record, gone): (&Item, &Record, bool),
    owned: bool,
    certain: bool,
) -> Occasion {
    if item.kind != Kind::Appointment {
        return Occasion::ANY;
    }
    let closed = status::is_closed(record.kind, record.statuscode(&view.world.contents));
    let open = if certain { !closed && !item.link.closed } else { !closed || !item.link.closed };
    let concerned = match view.protocol.switches.appointment_crm_delete {
        AppointmentCrmDelete::Future => true,
        AppointmentCrmDelete::FutureAndOpen => open || !gone,
        AppointmentCrmDelete::OwnerOrOrganizer => owned || organizes(view, item.mailbox, item.content),
    };
    Occasion { in_future: starts_later(view, decided, item.content, certain), concerned }
}

/// Whether a start lies after a span of time, before it, or within it, where nobody can say.
#[must_use]
pub fn after(start: Option<Time>, (began, ended): (Time, Time)) -> Option<bool> {
    match start {
        Some(start) if start > ended => Some(true),
        Some(start) if start > began => None,
        _ => Some(false),
    }
}
