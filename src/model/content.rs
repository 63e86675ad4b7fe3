//! Interned values and contents.
//!
//! A record, its item and its OriginalXML are mostly equal. A content (the fields of one of them) is stored once, in
//! this table, and named by a small id: equal contents have equal ids, so comparing and copying them costs nothing, and
//! a world of any size clones as a few flat vectors. The table only grows; contents are never changed in place.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::FieldId;

/// An interned text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TextId(u32);

/// An interned content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ContentId(u32);

/// One value of a field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Value {
    /// No value; fields that a content does not mention have it.
    Empty,
    /// A text.
    Text(TextId),
    /// A number or a code.
    Int(i64),
    /// A moment, in milliseconds since 1970.
    Time(i64),
}

/// The fields of a record or an item that have a value, sorted by field.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Content {
    fields: Vec<(FieldId, Value)>,
}

impl Content {
    /// The value of a field, [`Value::Empty`] where there is none.
    #[must_use]
    pub fn get(&self, field: FieldId) -> Value {
        get(&self.fields, field)
    }

    /// Sets a field; [`Value::Empty`] clears it.
    pub fn set(&mut self, field: FieldId, value: Value) {
        match (self.fields.binary_search_by_key(&field, |(field, _)| *field), value) {
            (Ok(at), Value::Empty) => {
                self.fields.remove(at);
            }
            (Ok(at), _) => self.fields[at].1 = value,
            (Err(_), Value::Empty) => {}
            (Err(at), _) => self.fields.insert(at, (field, value)),
        }
    }

    /// The fields that have a value, in order.
    #[must_use]
    pub fn fields(&self) -> &[(FieldId, Value)] {
        &self.fields
    }
}

impl FromIterator<(FieldId, Value)> for Content {
    fn from_iter<I: IntoIterator<Item = (FieldId, Value)>>(fields: I) -> Content {
        let mut content = Content::default();
        for (field, value) in fields {
            content.set(field, value);
        }
        content
    }
}

fn get(fields: &[(FieldId, Value)], field: FieldId) -> Value {
    fields.binary_search_by_key(&field, |(field, _)| *field).map_or(Value::Empty, |at| fields[at].1)
}

/// The table of all texts and contents of a run.
#[derive(Clone, Debug)]
pub struct Contents {
    texts: Vec<Box<str>>,
    text_hashes: Vec<u64>,
    text_ids: BTreeMap<Box<str>, TextId>,
    fields: Vec<(FieldId, Value)>,
    ends: Vec<u32>,
    hashes: Vec<u64>,
    content_ids: BTreeMap<u64, Vec<ContentId>>,
}

impl Default for Contents {
    fn default() -> Self {
        let mut table = Contents {
            texts: Vec::new(),
            text_hashes: Vec::new(),
            text_ids: BTreeMap::new(),
            fields: Vec::new(),
            ends: Vec::new(),
            hashes: Vec::new(),
            content_ids: BTreeMap::new(),
        };
        table.intern(&Content::default());
        table
    }
}

impl Contents {
    /// The content without any value, which every table holds.
    pub const EMPTY: ContentId = ContentId(0);

    /// The id of a text. An empty text is [`Value::Empty`], as CRM and Outlook do not tell them apart.
    pub fn text(&mut self, text: &str) -> Value {
        if text.is_empty() {
            return Value::Empty;
        }
        if let Some(id) = self.text_ids.get(text) {
            return Value::Text(*id);
        }
        let id = TextId(u32::try_from(self.texts.len()).expect("fewer than 2^32 texts"));
        self.texts.push(text.into());
        self.text_hashes.push(xxh3_64(text.as_bytes()));
        self.text_ids.insert(text.into(), id);
        Value::Text(id)
    }

    /// The text of an id.
    #[must_use]
    pub fn text_of(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize]
    }

    /// The text of a value; empty for every value that is not a text.
    #[must_use]
    pub fn text_of_value(&self, value: Value) -> &str {
        match value {
            Value::Text(id) => self.text_of(id),
            _ => "",
        }
    }

    /// The id of a content.
    pub fn intern(&mut self, content: &Content) -> ContentId {
        let hash = self.hash_fields(&content.fields);
        if let Some(ids) = self.content_ids.get(&hash)
            && let Some(id) = ids.iter().find(|id| self.fields_of(**id) == content.fields)
        {
            return *id;
        }
        let id = ContentId(u32::try_from(self.ends.len()).expect("fewer than 2^32 contents"));
        self.fields.extend_from_slice(&content.fields);
        self.ends.push(u32::try_from(self.fields.len()).expect("fewer than 2^32 field values"));
        self.hashes.push(hash);
        self.content_ids.entry(hash).or_default().push(id);
        id
    }

    /// The fields of a content that have a value, in order.
    #[must_use]
    pub fn fields_of(&self, id: ContentId) -> &[(FieldId, Value)] {
        let index = id.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.fields[start..self.ends[index] as usize]
    }

    /// One field of a content.
    #[must_use]
    pub fn get(&self, id: ContentId, field: FieldId) -> Value {
        get(self.fields_of(id), field)
    }

    /// A content to change and intern again.
    #[must_use]
    pub fn content(&self, id: ContentId) -> Content {
        Content { fields: self.fields_of(id).to_vec() }
    }

    /// The content `id` with some fields set.
    pub fn with(&mut self, id: ContentId, changes: &[(FieldId, Value)]) -> ContentId {
        let mut content = self.content(id);
        for (field, value) in changes {
            content.set(*field, *value);
        }
        self.intern(&content)
    }

    /// The fields in which two contents differ, with the values of `new`, in field order.
    #[must_use]
    pub fn diff(&self, old: ContentId, new: ContentId) -> Vec<(FieldId, Value)> {
        if old == new {
            return Vec::new();
        }
        let (old, new) = (self.fields_of(old), self.fields_of(new));
        let mut fields: Vec<FieldId> = old.iter().chain(new).map(|(field, _)| *field).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.into_iter().map(|field| (field, get(new, field))).filter(|(f, value)| get(old, *f) != *value).collect()
    }

    /// A hash of what a content says; it depends on texts and numbers, never on the order of interning.
    #[must_use]
    pub fn hash(&self, id: ContentId) -> u64 {
        self.hashes[id.0 as usize]
    }

    /// A hash of what a value says.
    #[must_use]
    pub fn hash_value(&self, value: Value) -> u64 {
        match value {
            Value::Empty => 0,
            Value::Text(id) => self.text_hashes[id.0 as usize],
            Value::Int(number) => xxh3_64(&number.to_le_bytes()) ^ 1,
            Value::Time(millis) => xxh3_64(&millis.to_le_bytes()) ^ 2,
        }
    }

    fn hash_fields(&self, fields: &[(FieldId, Value)]) -> u64 {
        let mut hasher = Xxh3::new();
        for (field, value) in fields {
            hasher.update(field.name().as_bytes());
            hasher.update(&self.hash_value(*value).to_le_bytes());
        }
        hasher.digest()
    }
}
