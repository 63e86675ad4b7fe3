//! Looking up what facts hold as ids: names, values, and moments from the start.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::style::{harmless, plain};
use crate::engine::World;
use crate::journal::By;
use crate::model::{ClientId, ContentId, CrmId, FieldId, ItemId, UserId, Value};
use crate::scenario::Scenario;
use crate::sim::Time;

/// Looks up names for one run. Ids are never given twice and contents never change, so the world at the end knows every
/// name that any fact of the run needs.
#[derive(Clone, Debug)]
pub struct Names<'a> {
    /// The scenario of the run.
    pub scenario: &'a Scenario,
    /// The world at its end.
    pub world: &'a World,
    /// How many earlier records each record's alias had.
    records_before: Vec<u32>,
    /// How many earlier items of its mailbox each item's alias had.
    items_before: Vec<u32>,
    /// The aliases that several mailboxes hold.
    in_several: BTreeSet<u32>,
    /// Whether values and lists of fields stand as they are, however long.
    whole: bool,
    /// The steps as a file would write them, once somebody asks for one.
    steps: OnceCell<Vec<String>>,
}

impl<'a> Names<'a> {
    /// The names of a run.
    #[must_use]
    pub fn new(scenario: &'a Scenario, world: &'a World) -> Names<'a> {
        let mailbox = |index: usize| world.mailboxes.item(ItemId(index as u32)).mailbox;
        let mut holder: BTreeMap<u32, UserId> = BTreeMap::new();
        let mut in_several = BTreeSet::new();
        for (index, alias) in world.names.of_item.iter().enumerate() {
            if *holder.entry(*alias).or_insert(mailbox(index)) != mailbox(index) {
                in_several.insert(*alias);
            }
        }
        let items = world.names.of_item.iter().enumerate().map(|(index, alias)| (*alias, mailbox(index)));
        Names {
            scenario,
            world,
            records_before: before(world.names.of_record.iter().copied()),
            items_before: before(items),
            in_several,
            whole: false,
            steps: OnceCell::new(),
        }
    }

    /// The same names for a text that must tell everything: no value and no list of fields is cut short.
    #[must_use]
    pub fn in_whole(self) -> Names<'a> {
        Names { whole: true, ..self }
    }

    /// A step as a file would write it, with the values of the row in place of its variables.
    #[must_use]
    pub fn step(&self, step: usize) -> &str {
        let steps = self.steps.get_or_init(|| {
            let text = self.scenario.to_toml();
            // The writer gives each step a line of its own.
            let lines = text.lines().skip_while(|line| *line != "steps = [").skip(1).take(self.scenario.steps.len());
            let step = |line: &str| {
                let line = line.trim().trim_end_matches(',');
                if self.whole { harmless(line) } else { plain(line) }
            };
            lines.map(step).collect()
        });
        steps.get(step).map_or("", String::as_str)
    }

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
        let name = plain(self.world.names.item(id));
        let several = self.world.names.of_item.get(id.index()).is_some_and(|alias| self.in_several.contains(alias));
        let holder =
            if several { format!(" of {}", self.user(self.world.mailboxes.item(id).mailbox)) } else { String::new() };
        name + &holder + &ordinal(self.items_before.get(id.index()), "item")
    }

    /// The alias of a record, with its number where the alias had others before.
    #[must_use]
    pub fn record(&self, id: CrmId) -> String {
        plain(self.world.names.record(id)) + &ordinal(self.records_before.get(id.index()), "record")
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
                if self.whole {
                    return format!("\"{}\"", harmless(text));
                }
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
        self.listed(fields.iter().map(|(field, value)| format!("{} = {}", field.name(), self.value(*value))))
    }

    /// What differs between two contents, with the values before and after.
    #[must_use]
    pub fn changes(&self, before: ContentId, after: ContentId) -> String {
        let contents = &self.world.contents;
        let change = |(field, value): (FieldId, Value)| {
            let old = self.value(contents.get(before, field));
            format!("{} from {old} to {}", field.name(), self.value(value))
        };
        self.listed(contents.diff(before, after).into_iter().map(change))
    }

    /// The first few of a list; of the rest only the number is told.
    fn listed(&self, parts: impl Iterator<Item = String>) -> String {
        const MOST: usize = 4;
        let parts: Vec<String> = parts.collect();
        match parts.len() {
            0 => "no field".to_owned(),
            count if count <= MOST || self.whole => parts.join(", "),
            count => format!("{} and {} more", parts[..MOST].join(", "), count - MOST),
        }
    }
}

/// How often each key came before.
fn before<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<u32> {
    let mut counts: BTreeMap<K, u32> = BTreeMap::new();
    keys.map(|key| {
        let count = counts.entry(key).or_insert(0);
        *count += 1;
        *count - 1
    })
    .collect()
}

fn ordinal(before: Option<&u32>, what: &str) -> String {
    match before.copied().unwrap_or(0) {
        0 => String::new(),
        1 => format!(" (2nd {what})"),
        2 => format!(" (3rd {what})"),
        more => format!(" (no. {} of its {what}s)", more + 1),
    }
}
