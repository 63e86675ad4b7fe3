//! Copies in the form in which they are compared: what synchronizes, under its CRM name, normalised (mappings.md).

use super::lineage::{Copy, Edit, Synced};
use crate::engine::world::World;
use crate::mailbox::Brought;
use crate::model::mapping::{self, Directions};
use crate::model::{ContentId, Contents, Direction, FieldId, Kind, Side, Value};

/// What an edit did to one field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// The field.
    pub field: FieldId,
    /// Its value before.
    pub before: Value,
    /// Its value after.
    pub after: Value,
}

/// The run's values, with room for the forms that are made of them, and the directions that the sources give.
pub struct Forms {
    contents: Contents,
    directions: Directions,
}

impl Forms {
    /// Takes a copy of the run's values; to be made once a check, not once an item.
    #[must_use]
    pub fn new(world: &World) -> Forms {
        Forms { contents: (*world.contents).clone(), directions: Directions::default() }
    }

    /// The mapped form of a content.
    pub fn form(&mut self, side: Side, kind: Kind, content: ContentId) -> ContentId {
        match side {
            Side::Outlook => mapping::from_outlook(&mut self.contents, &self.directions, kind, content),
            Side::Crm => mapping::from_crm(&mut self.contents, &self.directions, content),
        }
    }

    /// The mapped form of what a copy says now, or said last.
    pub fn of(&mut self, world: &World, copy: Copy) -> ContentId {
        let (kind, content) = match copy {
            Copy::Item(item) => {
                let row = world.mailboxes.item(item);
                (row.kind, row.content)
            }
            Copy::Record(record) => {
                let row = world.server.record(record);
                (row.kind, row.content)
            }
        };
        self.form(copy.side(), kind, content)
    }

    /// The synchronized fields that an edit changed.
    pub fn changes(&mut self, kind: Kind, edit: &Edit) -> Vec<Change> {
        let side = edit.copy.side();
        let (before, after) = (self.form(side, kind, edit.before), self.form(side, kind, edit.after));
        let changed = self.contents.diff(before, after).into_iter();
        changed.map(|(field, after)| Change { field, before: self.contents.get(before, field), after }).collect()
    }

    /// What an update of a meeting wrote that is no word against CRM.
    pub fn no_word(&mut self, kind: Kind, brought: Brought, base: ContentId) -> Vec<(FieldId, Value)> {
        let columns = brought.columns(kind, &mut self.contents, &self.directions);
        brought.no_word(&columns, base, &self.contents)
    }

    /// One field of something that synchronization wrote.
    pub fn says(&mut self, kind: Kind, synced: &Synced, field: FieldId) -> Value {
        let form = match synced.copy {
            None => synced.content,
            Some(copy) => self.form(copy.side(), kind, synced.content),
        };
        self.get(form, field)
    }

    /// One field of a form.
    #[must_use]
    pub fn get(&self, form: ContentId, field: FieldId) -> Value {
        self.contents.get(form, field)
    }

    /// The fields that synchronize both ways in which two forms differ, with the values of the second.
    #[must_use]
    pub fn differences(&self, one: ContentId, other: ContentId) -> Vec<(FieldId, Value)> {
        let mut fields = self.contents.diff(one, other);
        fields.retain(|(field, _)| field.field().direction == Direction::Both);
        fields
    }

    /// A value as people read it.
    #[must_use]
    pub fn show(&self, value: Value) -> String {
        show(&self.contents, value)
    }
}

/// A value as people read it.
#[must_use]
pub fn show(contents: &Contents, value: Value) -> String {
    match value {
        Value::Empty => "nothing".to_owned(),
        Value::Text(text) => format!("{:?}", contents.text_of(text)),
        Value::Int(number) => number.to_string(),
        Value::Time(millis) => crate::sim::Time(millis).to_string(),
    }
}
