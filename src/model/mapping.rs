//! What a CRM record and an Outlook item say in common: the *mapped form*.
//!
//! Records and items are never compared directly. Each is turned into the mapped form, which has only the fields that
//! synchronize, under their CRM names, with normalised values; OriginalXML is kept in this form. Two copies agree when
//! their mapped forms are the same content, so that a difference that the other side cannot even represent (an empty
//! first address line, a canceled task) is never mistaken for an edit and never echoes.

use super::content::{Content, ContentId, Contents, Value};
use super::field::{Direction, FieldId, Side};
use super::{Kind, status};
use crate::sim::Time;

/// Which way each field synchronizes: the mapping tables of the protocol, as two sets of fields. A field in neither stays
/// where it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Directions {
    both: u128,
    down: u128,
}

impl Default for Directions {
    /// The directions of the sources (MAP-FIXED).
    fn default() -> Self {
        let mut directions = Directions { both: 0, down: 0 };
        for field in Kind::ALL.into_iter().flat_map(FieldId::all) {
            directions.set(field, field.field().direction);
        }
        directions
    }
}

impl Directions {
    /// Which way `field` synchronizes.
    #[must_use]
    pub fn of(&self, field: FieldId) -> Direction {
        let bit = 1 << field.index();
        if self.both & bit != 0 {
            Direction::Both
        } else if self.down & bit != 0 {
            Direction::Down
        } else {
            Direction::None
        }
    }

    /// Makes `field` synchronize another way.
    pub fn set(&mut self, field: FieldId, direction: Direction) {
        let bit = 1 << field.index();
        for (set, of) in [(&mut self.both, Direction::Both), (&mut self.down, Direction::Down)] {
            if of == direction { *set |= bit } else { *set &= !bit }
        }
    }
}

/// The street lines of a contact's mailing address in CRM.
const LINES: [FieldId; 3] = [
    FieldId::named(Kind::Contact, "address1_line1"),
    FieldId::named(Kind::Contact, "address1_line2"),
    FieldId::named(Kind::Contact, "address1_line3"),
];

/// The other parts of the mailing address in CRM, in the order of the columns of [`SLOTS`] after the street.
const PARTS: [FieldId; 5] = [
    FieldId::named(Kind::Contact, "address1_city"),
    FieldId::named(Kind::Contact, "address1_stateorprovince"),
    FieldId::named(Kind::Contact, "address1_postalcode"),
    FieldId::named(Kind::Contact, "address1_country"),
    FieldId::named(Kind::Contact, "address1_postofficebox"),
];

/// Outlook's three addresses; `mailing` says which one is the mailing address.
struct Slot {
    word: &'static str,
    street: FieldId,
    parts: [FieldId; 5],
}

macro_rules! slot {
    ($word:literal) => {
        Slot {
            word: $word,
            street: FieldId::named(Kind::Contact, concat!($word, "-street")),
            parts: [
                FieldId::named(Kind::Contact, concat!($word, "-city")),
                FieldId::named(Kind::Contact, concat!($word, "-state")),
                FieldId::named(Kind::Contact, concat!($word, "-postalcode")),
                FieldId::named(Kind::Contact, concat!($word, "-country")),
                FieldId::named(Kind::Contact, concat!($word, "-pobox")),
            ],
        }
    };
}

/// Business first: an address that comes from CRM to an item without a mailing address goes there.
static SLOTS: [Slot; 3] = [slot!("business"), slot!("home"), slot!("other")];

const MAILING: FieldId = FieldId::named(Kind::Contact, "mailing");
const COMPANY: FieldId = FieldId::named(Kind::Contact, "company");
const PARENT: FieldId = FieldId::named(Kind::Contact, "parentcustomerid");
/// An appointment's time: four columns that are one value, in both systems.
const START: FieldId = FieldId::named(Kind::Appointment, "scheduledstart");
const END: FieldId = FieldId::named(Kind::Appointment, "scheduledend");
const MINUTES: FieldId = FieldId::named(Kind::Appointment, "scheduleddurationminutes");
/// The longest duration of an appointment, in minutes.
pub const MAX_MINUTES: i64 = 1_000_000;
const ALL_DAY: FieldId = FieldId::named(Kind::Appointment, "isalldayevent");
/// The parts of the time of an appointment.
const TIME: [FieldId; 4] = [START, END, MINUTES, ALL_DAY];
/// Who takes part in an appointment: lists of addresses.
pub const PARTIES: [FieldId; 3] = [
    FieldId::named(Kind::Appointment, "organizer"),
    FieldId::named(Kind::Appointment, "requiredattendees"),
    FieldId::named(Kind::Appointment, "optionalattendees"),
];
/// What Outlook shows as organizer: it fills the field in when a person saves the item, and never from CRM.
const SENT_REPRESENTING: FieldId = FieldId::named(Kind::Appointment, "sent-representing");
const TASK_STATUS: FieldId = FieldId::named(Kind::Task, "statuscode");
const APPOINTMENT_STATUS: FieldId = FieldId::named(Kind::Appointment, "statuscode");
const STATUSES: [FieldId; 3] = [TASK_STATUS, APPOINTMENT_STATUS, FieldId::named(Kind::Contact, "statuscode")];
const PERCENT: FieldId = FieldId::named(Kind::Task, "percent-complete");
const DUE: FieldId = FieldId::named(Kind::Task, "scheduledend");
const REMINDER: FieldId = FieldId::named(Kind::Task, "reminder");

/// A group of fields that change together: an address, or the time of an appointment, is one value for a merge
/// (mappings.md, B.1 and B.3). Gives the field that stands for the group; a field without a group stands for itself.
#[must_use]
pub fn group_of(field: FieldId) -> FieldId {
    if is_address(field) {
        LINES[0]
    } else if TIME.contains(&field) {
        START
    } else {
        field
    }
}

/// Whether a field is part of a contact's address in CRM.
#[must_use]
pub fn is_address(field: FieldId) -> bool {
    LINES.contains(&field) || PARTS.contains(&field)
}

/// Adds to columns that go to CRM the rest of the street, and of the time of an appointment, where a part of it is among them.
/// A street is one text in Outlook, and CRM may hold it in other lines than the form has it: a line by itself would end up in
/// another place of it. So would an end beside a start that may not come down (PRV-SYNC).
pub fn complete(contents: &Contents, directions: &Directions, form: ContentId, columns: &mut Vec<(FieldId, Value)>) {
    for whole in [&LINES[..], &TIME[..]] {
        if columns.iter().any(|(field, _)| whole.contains(field)) {
            columns.retain(|(field, _)| !whole.contains(field));
            let goes_up = whole.iter().filter(|field| directions.of(**field) == Direction::Both);
            columns.extend(goes_up.map(|field| (*field, contents.get(form, *field))));
        }
    }
}

/// When an appointment starts; `None` where the content names no start.
#[must_use]
pub fn start_of(contents: &Contents, content: ContentId) -> Option<Time> {
    match contents.get(content, START) {
        Value::Time(millis) => Some(Time(millis)),
        _ => None,
    }
}

/// The addresses of a list of parties, in order, each once.
pub fn addresses(list: &str) -> impl Iterator<Item = &str> {
    let mut all: Vec<&str> = list.split([';', ',']).map(str::trim).filter(|address| !address.is_empty()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

/// The mapped form of a CRM record.
pub fn from_crm(contents: &mut Contents, directions: &Directions, record: ContentId) -> ContentId {
    contents.form(directions, None, record, |contents| form_of_record(contents, directions, record))
}

fn form_of_record(contents: &mut Contents, directions: &Directions, record: ContentId) -> ContentId {
    let mut form: Content =
        contents.fields_of(record).iter().copied().filter(|(f, _)| directions.of(*f) != Direction::None).collect();
    if LINES.iter().any(|line| form.get(*line) != Value::Empty) {
        let street = join_lines(contents, &form);
        split_lines(contents, &street, &mut form);
    }
    for (kind, field) in [(Kind::Task, TASK_STATUS), (Kind::Appointment, APPOINTMENT_STATUS)] {
        if let Value::Int(code) = form.get(field) {
            form.set(field, Value::Int(status::held_in_outlook(kind, code)));
        }
    }
    derive_duration(&mut form);
    put_parties_in_order(contents, &mut form);
    contents.intern(&form)
}

/// The order of the parties says nothing, nor does who stands there twice.
fn put_parties_in_order(contents: &mut Contents, form: &mut Content) {
    for field in PARTIES {
        let list = form.get(field);
        if list != Value::Empty {
            let list = addresses(contents.text_of_value(list)).collect::<Vec<_>>().join("; ");
            form.set(field, contents.text(&list));
        }
    }
}

/// The mapped form of an Outlook item. Fields that only come down (Company) are not in it: what an item holds there is
/// never looked at.
pub fn from_outlook(contents: &mut Contents, directions: &Directions, kind: Kind, item: ContentId) -> ContentId {
    contents.form(directions, Some(kind), item, |contents| {
        let mut form = outlook_view(contents, kind, item);
        form.retain(|field| directions.of(field) == Direction::Both);
        contents.intern(&form)
    })
}

/// Whether two contents of an item say the same under CRM names.
pub fn read_alike(contents: &mut Contents, kind: Kind, one: ContentId, other: ContentId) -> bool {
    one == other || outlook_view(contents, kind, one) == outlook_view(contents, kind, other)
}

/// Everything that an item says under CRM names, whatever its direction.
fn outlook_view(contents: &mut Contents, kind: Kind, item: ContentId) -> Content {
    let mut form: Content = contents.fields_of(item).iter().copied().filter(|(f, _)| f.field().in_crm).collect();
    if kind == Kind::Appointment {
        derive_duration(&mut form);
        put_parties_in_order(contents, &mut form);
    }
    if kind == Kind::Contact {
        form.set(PARENT, contents.get(item, COMPANY));
        if let Some(slot) = mailing_slot(contents, item) {
            let street = contents.text_of_value(contents.get(item, slot.street)).to_owned();
            split_lines(contents, &street, &mut form);
            for (part, stored) in PARTS.iter().zip(slot.parts) {
                form.set(*part, contents.get(item, stored));
            }
        }
    }
    form
}

/// The content of an item after a write from CRM of some fields of the mapped form. A due time also sets the reminder
/// (MAP-REMIND), a parent account the company (SET-COMPANY).
pub fn write_to_outlook(
    contents: &mut Contents,
    kind: Kind,
    item: ContentId,
    changes: &[(FieldId, Value)],
) -> ContentId {
    let mut content = store_in_outlook(contents, kind, item, changes);
    for (field, value) in changes {
        match *field {
            DUE if *value != Value::Empty => content.set(REMINDER, *value),
            PARENT => content.set(COMPANY, *value),
            _ => {}
        }
    }
    contents.intern(&content)
}

/// The content of an item after a person set some fields in Outlook, by CRM or by Outlook names. The first address that
/// a person fills in becomes the mailing address; an appointment shows its organizer from the first save on.
pub fn set_in_outlook(contents: &mut Contents, kind: Kind, item: ContentId, set: &[(FieldId, Value)]) -> ContentId {
    let mut content = store_in_outlook(contents, kind, item, set);
    if kind == Kind::Appointment {
        content.set(SENT_REPRESENTING, content.get(PARTIES[0]));
    }
    if kind == Kind::Contact && content.get(MAILING) == Value::Empty {
        let filled = SLOTS.iter().find(|slot| set.iter().any(|(f, v)| *v != Value::Empty && slot.holds(*f)));
        if let Some(slot) = filled {
            content.set(MAILING, contents.text(slot.word));
        }
    }
    contents.intern(&content)
}

/// The content of a CRM record after some fields were set.
pub fn set_in_crm(contents: &mut Contents, record: ContentId, set: &[(FieldId, Value)]) -> ContentId {
    let mut content = contents.content(record);
    for (field, value) in set {
        content.set(*field, status_or(*field, *value));
    }
    derive_duration(&mut content);
    contents.intern(&content)
}

/// Whether a value of a field reads the same on `side` once it was normalised: what an expectation compares with.
pub fn view(contents: &mut Contents, kind: Kind, side: Side, content: ContentId, field: FieldId) -> Value {
    match side {
        Side::Outlook if !field.field().in_outlook => outlook_view(contents, kind, content).get(field),
        _ => contents.get(content, field),
    }
}

fn store_in_outlook(contents: &mut Contents, kind: Kind, item: ContentId, changes: &[(FieldId, Value)]) -> Content {
    let mut content = contents.content(item);
    for (field, value) in changes.iter().filter(|(field, _)| field.field().in_outlook) {
        content.set(*field, status_or(*field, *value));
    }
    if changes.iter().any(|(field, _)| group_of(*field) == LINES[0]) {
        let mut form = outlook_view(contents, kind, item);
        for (field, value) in changes {
            form.set(*field, *value);
        }
        let slot = mailing_slot(contents, item).unwrap_or(&SLOTS[0]);
        let street = join_lines(contents, &form);
        content.set(MAILING, contents.text(slot.word));
        content.set(slot.street, contents.text(&street));
        for (part, stored) in PARTS.iter().zip(slot.parts) {
            content.set(stored, form.get(*part));
        }
    }
    if changes.iter().any(|(field, _)| *field == TASK_STATUS) {
        hold_percent_to_status(&mut content);
    }
    derive_duration(&mut content);
    content
}

/// Both systems' own rule for a status: there is always one, and whoever clears it has the one that a new item has.
fn status_or(field: FieldId, value: Value) -> Value {
    match value {
        Value::Empty if STATUSES.contains(&field) => Value::Int(status::initial(field.field().kind)),
        value => value,
    }
}

/// Both systems' own rule for an appointment's time: the duration is what lies between start and end.
fn derive_duration(content: &mut Content) {
    const MINUTE_MILLIS: i64 = 60_000;
    if let (Value::Time(start), Value::Time(end)) = (content.get(START), content.get(END)) {
        content
            .set(MINUTES, Value::Int(end.saturating_sub(start).clamp(0, MAX_MINUTES * MINUTE_MILLIS) / MINUTE_MILLIS));
    }
}

/// What a person's change of an appointment's time means: a start that is set alone moves the end along, and a duration
/// sets the end. Gives the fields to set, with the end among them.
#[must_use]
pub fn with_the_end(contents: &Contents, content: ContentId, set: &[(FieldId, Value)]) -> Vec<(FieldId, Value)> {
    const MINUTE_MILLIS: i64 = 60_000;
    let given = |field| set.iter().find(|(of, _)| *of == field).map(|(_, value)| *value);
    let now = |field| given(field).unwrap_or_else(|| contents.get(content, field));
    let mut set = set.to_vec();
    let moves = given(START).is_some() || given(MINUTES).is_some();
    if let (None, true, Value::Time(start), Value::Int(minutes)) = (given(END), moves, now(START), now(MINUTES)) {
        set.push((END, Value::Time(start.saturating_add(minutes * MINUTE_MILLIS))));
    }
    set
}

/// MAPI's own rule: complete means 100 percent, not started means none, in between means neither.
fn hold_percent_to_status(content: &mut Content) {
    let percent = match (content.get(TASK_STATUS), content.get(PERCENT)) {
        (Value::Int(status::TASK_COMPLETED), _) => Value::Int(100),
        (Value::Int(status::TASK_NOT_STARTED), _) | (_, Value::Int(0 | 100)) => Value::Empty,
        (_, percent) => percent,
    };
    content.set(PERCENT, percent);
}

impl Slot {
    fn holds(&self, field: FieldId) -> bool {
        self.street == field || self.parts.contains(&field)
    }
}

fn mailing_slot(contents: &Contents, item: ContentId) -> Option<&'static Slot> {
    let word = contents.text_of_value(contents.get(item, MAILING));
    SLOTS.iter().find(|slot| slot.word == word)
}

/// The lines of an address that are not empty, as one street.
fn join_lines(contents: &Contents, form: &Content) -> String {
    let lines = LINES.iter().map(|line| contents.text_of_value(form.get(*line))).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\r\n")
}

/// Puts a street into the three lines: empty lines go, the fourth and later stay in the third.
fn split_lines(contents: &mut Contents, street: &str, form: &mut Content) {
    let mut lines = street.split(['\r', '\n']).filter(|line| !line.is_empty());
    let first = [lines.next().unwrap_or(""), lines.next().unwrap_or("")];
    let rest = lines.collect::<Vec<_>>().join("\r\n");
    for (line, text) in LINES.iter().zip([first[0], first[1], &rest]) {
        form.set(*line, contents.text(text));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value(field: FieldId) -> BoxedStrategy<Value> {
        use super::super::ValueType;
        match field.field().value_type {
            ValueType::Int(low, high) => (low..=high).prop_map(Value::Int).boxed(),
            ValueType::Status => prop::sample::select(status::codes(field.field().kind)).prop_map(Value::Int).boxed(),
            ValueType::Time => (0_i64..2_000_000_000_000).prop_map(Value::Time).boxed(),
            _ => Just(Value::Empty).boxed(),
        }
    }

    /// Fields of a kind with texts out of a few that show every case of line breaks.
    fn any_fields(kind: Kind) -> impl Strategy<Value = Vec<(FieldId, Value, &'static str)>> {
        let texts = ["", "a", "b\r\nc", "\r\n\r\nd", "e\nf\ng\nh\ni", "home", "business"];
        let all: Vec<FieldId> = FieldId::all(kind).collect();
        let one = prop::sample::select(all)
            .prop_flat_map(move |field| (Just(field), any_value(field), prop::sample::select(texts.to_vec())));
        prop::collection::vec(one, 0..12)
    }

    fn make(contents: &mut Contents, side: Side, fields: &[(FieldId, Value, &'static str)]) -> ContentId {
        let mut content = Content::default();
        for (field, value, text) in fields {
            let held = if side == Side::Crm { field.field().in_crm } else { field.field().in_outlook };
            if held {
                let value = if *value == Value::Empty { contents.text(text) } else { *value };
                content.set(*field, value);
            }
        }
        contents.intern(&content)
    }

    fn check_round_trip(kind: Kind, fields: &[(FieldId, Value, &'static str)]) {
        let mut contents = Contents::default();
        let directions = Directions::default();
        let record = make(&mut contents, Side::Crm, fields);
        let form = from_crm(&mut contents, &directions, record);

        // A normalised form is a fixed point: written to a record and read again it stays as it is.
        let fields = contents.fields_of(form).to_vec();
        let written = set_in_crm(&mut contents, Contents::EMPTY, &fields);
        assert_eq!(from_crm(&mut contents, &directions, written), form);

        // A new item made of it says the same, in every field that synchronizes both ways.
        let changes = contents.diff(Contents::EMPTY, form);
        let item = write_to_outlook(&mut contents, kind, Contents::EMPTY, &changes);
        let back = from_outlook(&mut contents, &directions, kind, item);
        let differing: Vec<_> = contents.diff(form, back).into_iter().map(|(field, _)| field).collect();
        assert!(differing.iter().all(|field| directions.of(*field) == Direction::Down), "{differing:?}");
    }

    proptest! {
        #[test]
        fn contacts_round_trip_through_outlook(fields in any_fields(Kind::Contact)) {
            check_round_trip(Kind::Contact, &fields);
        }

        #[test]
        fn tasks_round_trip_through_outlook(fields in any_fields(Kind::Task)) {
            check_round_trip(Kind::Task, &fields);
        }

        #[test]
        fn appointments_round_trip_through_outlook(fields in any_fields(Kind::Appointment)) {
            check_round_trip(Kind::Appointment, &fields);
        }

        /// What an item says survives a write of its own mapped form: the write changes nothing that is read again.
        #[test]
        fn writing_an_items_own_form_back_is_stable(fields in any_fields(Kind::Contact)) {
            let mut contents = Contents::default();
            let directions = Directions::default();
            let item = make(&mut contents, Side::Outlook, &fields);
            let form = from_outlook(&mut contents, &directions, Kind::Contact, item);
            let all: Vec<_> = FieldId::all(Kind::Contact)
                .filter(|field| directions.of(*field) == Direction::Both)
                .map(|field| (field, contents.get(form, field)))
                .collect();
            let written = write_to_outlook(&mut contents, Kind::Contact, item, &all);
            prop_assert_eq!(from_outlook(&mut contents, &directions, Kind::Contact, written), form);
        }
    }

    #[test]
    fn an_empty_first_line_is_no_difference() {
        let mut contents = Contents::default();
        let directions = Directions::default();
        let x = contents.text("x");
        let shifted = contents.with(Contents::EMPTY, &[(LINES[1], x)]);
        let straight = contents.with(Contents::EMPTY, &[(LINES[0], x)]);
        assert_eq!(from_crm(&mut contents, &directions, shifted), from_crm(&mut contents, &directions, straight));
    }

    #[test]
    fn a_start_moves_the_end_and_a_duration_sets_it() {
        let mut contents = Contents::default();
        let hour = [(START, Value::Time(0)), (END, Value::Time(3_600_000))];
        let appointment = set_in_crm(&mut contents, Contents::EMPTY, &hour);
        assert_eq!(contents.get(appointment, MINUTES), Value::Int(60));
        let set = with_the_end(&contents, appointment, &[(START, Value::Time(60_000))]);
        let moved = set_in_crm(&mut contents, appointment, &set);
        assert_eq!(contents.get(moved, END), Value::Time(3_660_000));
        let set = with_the_end(&contents, moved, &[(MINUTES, Value::Int(1))]);
        let shorter = set_in_outlook(&mut contents, Kind::Appointment, moved, &set);
        assert_eq!(contents.get(shorter, END), Value::Time(120_000));
    }

    #[test]
    fn the_order_of_attendees_is_no_difference() {
        let mut contents = Contents::default();
        let directions = Directions::default();
        let forms = ["a@x; b@x", "b@x,a@x;; a@x"].map(|list| {
            let list = contents.text(list);
            let record = contents.with(Contents::EMPTY, &[(PARTIES[1], list)]);
            from_crm(&mut contents, &directions, record)
        });
        assert_eq!(forms[0], forms[1]);
    }

    #[test]
    fn a_due_time_from_crm_sets_the_reminder_and_a_person_s_does_not() {
        let mut contents = Contents::default();
        let due = [(DUE, Value::Time(5))];
        let from_crm = write_to_outlook(&mut contents, Kind::Task, Contents::EMPTY, &due);
        assert_eq!(contents.get(from_crm, REMINDER), Value::Time(5));
        let by_hand = set_in_outlook(&mut contents, Kind::Task, Contents::EMPTY, &due);
        assert_eq!(contents.get(by_hand, REMINDER), Value::Empty);
    }
}
