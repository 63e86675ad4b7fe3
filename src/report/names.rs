//! Looking up what facts hold as ids: names, values, and moments from the start.

use super::style::plain;
use crate::engine::World;
use crate::journal::By;
use crate::model::{ClientId, ContentId, CrmId, FieldId, ItemId, UserId, Value};
use crate::scenario::Scenario;
use crate::sim::Time;

/// Looks up names for one run. Ids are never given twice and contents never change, so the world at the end knows every
/// name that any fact of the run needs.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The scenario of the run.
    pub scenario: &'a Scenario,
    /// The world at its end.
    pub world: &'a World,
}

impl Names<'_> {
    /// A moment as the time since the start, such as `+00:15:00.020` or `+2d 00:15:00.020`.
    #[must_use]
    pub fn at(&self, time: Time) -> String {
        let span = (time - self.scenario.start).0;
        let (sign, ms) = (if span < 0 { '-' } else { '+' }, span.unsigned_abs());
        let (days, rest) = (ms / 86_400_000, ms % 86_400_000);
        let days = if days == 0 { String::new() } else { format!("{days}d ") };
        let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        format!("{sign}{days}{hours:02}:{minutes:02}:{seconds:02}.{:03}", rest % 1000)
    }

    /// The alias of an item; with its mailbox where several hold one of that alias, and its number where it is not the
    /// first there.
    #[must_use]
    pub fn item(&self, id: ItemId) -> String {
        let of_item = &self.world.names.of_item;
        let alias = self.world.names.item(id);
        let Some(number) = of_item.get(id.index()) else { return plain(alias) };
        let mailbox = |index: usize| self.world.mailboxes.item(ItemId(index as u32)).mailbox;
        let own = mailbox(id.index());
        let same = || of_item.iter().enumerate().filter(|(_, of)| *of == number);
        let before = same().filter(|(index, _)| *index < id.index() && mailbox(*index) == own).count();
        let holder = if same().any(|(index, _)| mailbox(index) != own) {
            format!(" of {}", self.user(own))
        } else {
            String::new()
        };
        format!("{}{holder}{}", plain(alias), ordinal(before, "item"))
    }

    /// The alias of a record, with its number where the alias had others before.
    #[must_use]
    pub fn record(&self, id: CrmId) -> String {
        let of_record = &self.world.names.of_record;
        let before = of_record
            .get(id.index())
            .map_or(0, |alias| of_record[..id.index()].iter().filter(|other| *other == alias).count());
        format!("{}{}", plain(self.world.names.record(id)), ordinal(before, "record"))
    }

    /// Whatever is known of an item and its record.
    #[must_use]
    pub fn subject(&self, item: Option<ItemId>, record: Option<CrmId>) -> String {
        match (item, record) {
            (Some(item), _) => self.item(item),
            (None, Some(record)) => self.record(record),
            (None, None) => "nothing in particular".to_owned(),
        }
    }

    /// The name of a user.
    #[must_use]
    pub fn user(&self, id: UserId) -> String {
        plain(self.world.names.user(id))
    }

    /// The name of a client.
    #[must_use]
    pub fn client(&self, id: ClientId) -> String {
        plain(self.world.names.client(id))
    }

    /// The name of a client's user.
    #[must_use]
    pub fn user_of(&self, id: ClientId) -> String {
        self.user(self.world.clients[id.index()].user)
    }

    /// Who did something.
    #[must_use]
    pub fn by(&self, by: By) -> String {
        match by {
            By::User(user) => self.user(user),
            By::Sync(client) => self.client(client),
        }
    }

    /// A value.
    #[must_use]
    pub fn value(&self, value: Value) -> String {
        const LONGEST: usize = 30;
        match value {
            Value::Empty => "empty".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Time(millis) => Time(millis).to_string(),
            Value::Text(id) => {
                let text = self.world.contents.text_of(id);
                let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
                let clipped: String = text.chars().take(LONGEST).collect();
                format!("\"{}{more}\"", plain(&clipped))
            }
        }
    }

    /// The fields of a content that have a value.
    #[must_use]
    pub fn fields(&self, content: ContentId) -> String {
        let fields = self.world.contents.fields_of(content);
        listed(fields.iter().map(|(field, value)| format!("{} = {}", field.name(), self.value(*value))))
    }

    /// What differs between two contents, with the values before and after.
    #[must_use]
    pub fn changes(&self, before: ContentId, after: ContentId) -> String {
        let contents = &self.world.contents;
        let change = |(field, value): (FieldId, Value)| {
            let old = self.value(contents.get(before, field));
            format!("{} from {old} to {}", field.name(), self.value(value))
        };
        listed(contents.diff(before, after).into_iter().map(change))
    }
}

fn ordinal(before: usize, what: &str) -> String {
    match before {
        0 => String::new(),
        1 => format!(" (2nd {what})"),
        2 => format!(" (3rd {what})"),
        _ => format!(" ({}th {what})", before + 1),
    }
}

/// The first few of a list; of the rest only the number is told.
fn listed(parts: impl Iterator<Item = String>) -> String {
    const MOST: usize = 4;
    let parts: Vec<String> = parts.collect();
    match parts.len() {
        0 => "no field".to_owned(),
        count if count <= MOST => parts.join(", "),
        count => format!("{} and {} more", parts[..MOST].join(", "), count - MOST),
    }
}
