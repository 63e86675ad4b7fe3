//! Interned values and contents.
//!
//! A record, its item and its OriginalXML are mostly equal. A content (the fields of one of them) is stored once, in
//! this table, and named by a small id: equal contents have equal ids, so comparing and copying them costs nothing, and
//! a world of any size clones as a few flat vectors. The table only grows; contents are never changed in place.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::index::HashIndex;
use super::mapping::Directions;
use super::{FieldId, Kind};

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
        if self.fields.last().is_none_or(|(last, _)| *last < field) {
            // Fields mostly come in order.
            if value != Value::Empty {
                self.fields.push((field, value));
            }
            return;
        }
        match (self.fields.binary_search_by_key(&field, |(field, _)| *field), value) {
            (Ok(at), Value::Empty) => {
                self.fields.remove(at);
            }
            (Ok(at), _) => self.fields[at].1 = value,
            (Err(_), Value::Empty) => {}
            (Err(at), _) => self.fields.insert(at, (field, value)),
        }
    }

    /// Clears the fields that `keep` does not name.
    pub fn retain(&mut self, keep: impl Fn(FieldId) -> bool) {
        self.fields.retain(|(field, _)| keep(*field));
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
    /// All texts, one behind the other, and where each ends.
    texts: String,
    text_ends: Vec<u32>,
    text_hashes: Vec<u64>,
    text_index: HashIndex,
    /// The fields of all contents, one content behind the other, and where each ends.
    fields: Vec<(FieldId, Value)>,
    ends: Vec<u32>,
    hashes: Vec<u64>,
    index: HashIndex,
    forms: Forms,
}

/// The mapped forms that were made already. A form follows from what it is made of, so nobody makes one twice.
#[derive(Clone, Debug, Default)]
struct Forms {
    /// The directions that they were made by.
    directions: Directions,
    /// The form of each content; [`Forms::UNKNOWN`] where it was not made yet.
    of: [Vec<ContentId>; 1 + Kind::ALL.len()],
}

impl Forms {
    const UNKNOWN: ContentId = ContentId(u32::MAX);

    /// The place in `of` for the content of a record, or of an item of a kind.
    fn place(item: Option<Kind>) -> usize {
        item.map_or(0, |kind| 1 + kind as usize)
    }
}

impl Default for Contents {
    fn default() -> Self {
        let mut table = Contents {
            texts: String::new(),
            text_ends: Vec::new(),
            text_hashes: Vec::new(),
            text_index: HashIndex::default(),
            fields: Vec::new(),
            ends: Vec::new(),
            hashes: Vec::new(),
            index: HashIndex::default(),
            forms: Forms::default(),
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
        let hash = xxh3_64(text.as_bytes());
        let is_same = |id: u32| self.text_hashes[id as usize] == hash && self.text_of(TextId(id)) == text;
        if let Some(id) = self.text_index.find(hash, is_same) {
            return Value::Text(TextId(id));
        }
        let id = TextId(u32::try_from(self.text_ends.len()).expect("fewer than 2^32 texts"));
        self.texts.push_str(text);
        self.text_ends.push(u32::try_from(self.texts.len()).expect("less than 2^32 bytes of text"));
        self.text_hashes.push(hash);
        self.text_index.add(&self.text_hashes);
        Value::Text(id)
    }

    /// The text of an id.
    #[must_use]
    pub fn text_of(&self, id: TextId) -> &str {
        &self.texts[span(&self.text_ends, id.0)]
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
        let hash = hash_ids(&content.fields);
        let is_same = |id: u32| self.hashes[id as usize] == hash && self.fields_of(ContentId(id)) == content.fields;
        if let Some(id) = self.index.find(hash, is_same) {
            return ContentId(id);
        }
        let id = ContentId(u32::try_from(self.ends.len()).expect("fewer than 2^32 contents"));
        self.fields.extend_from_slice(&content.fields);
        self.ends.push(u32::try_from(self.fields.len()).expect("fewer than 2^32 field values"));
        self.hashes.push(hash);
        self.index.add(&self.hashes);
        id
    }

    /// The mapped form of the content of a record, or of an item of a kind, by `directions`: as it was made before, or as
    /// `make` makes it now.
    pub(super) fn form(
        &mut self,
        directions: &Directions,
        item: Option<Kind>,
        content: ContentId,
        make: impl FnOnce(&mut Contents) -> ContentId,
    ) -> ContentId {
        if self.forms.directions != *directions {
            self.forms = Forms { directions: *directions, ..Forms::default() };
        }
        let (place, at) = (Forms::place(item), content.0 as usize);
        match self.forms.of[place].get(at) {
            Some(form) if *form != Forms::UNKNOWN => return *form,
            _ => {}
        }
        let form = make(self);
        let known = &mut self.forms.of[place];
        if known.len() <= at {
            known.resize(at + 1, Forms::UNKNOWN);
        }
        known[at] = form;
        form
    }

    /// The fields of a content that have a value, in order.
    #[must_use]
    pub fn fields_of(&self, id: ContentId) -> &[(FieldId, Value)] {
        &self.fields[span(&self.ends, id.0)]
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
        let (mut old, new) = (self.fields_of(old), self.fields_of(new));
        let mut changes = Vec::new();
        let cleared = |changes: &mut Vec<_>, fields: &[(FieldId, Value)]| {
            changes.extend(fields.iter().map(|(field, _)| (*field, Value::Empty)));
        };
        for (field, value) in new {
            let before = old.iter().take_while(|(other, _)| other < field).count();
            cleared(&mut changes, &old[..before]);
            old = &old[before..];
            match old.first() {
                Some((other, known)) if other == field => {
                    old = &old[1..];
                    if known != value {
                        changes.push((*field, *value));
                    }
                }
                _ => changes.push((*field, *value)),
            }
        }
        cleared(&mut changes, old);
        changes
    }

    /// A hash of what a content says; it depends on texts and numbers, never on the order of interning.
    #[must_use]
    pub fn hash(&self, id: ContentId) -> u64 {
        let mut hasher = Xxh3::new();
        for (field, value) in self.fields_of(id) {
            hasher.update(field.name().as_bytes());
            hasher.update(&self.hash_value(*value).to_le_bytes());
        }
        hasher.digest()
    }

    fn hash_value(&self, value: Value) -> u64 {
        match value {
            Value::Empty => 0,
            Value::Text(id) => self.text_hashes[id.0 as usize],
            Value::Int(number) => xxh3_64(&number.to_le_bytes()) ^ 1,
            Value::Time(millis) => xxh3_64(&millis.to_le_bytes()) ^ 2,
        }
    }
}

/// Where row `id` lies, given where each row ends.
fn span(ends: &[u32], id: u32) -> std::ops::Range<usize> {
    let at = id as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] as usize };
    start..ends[at] as usize
}

/// A hash of fields by the ids of their values: equal within one table, where equal texts have equal ids.
fn hash_ids(fields: &[(FieldId, Value)]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |hash: u64, word: u64| {
        let product = u128::from(hash ^ word) * u128::from(FACTOR);
        product as u64 ^ (product >> 64) as u64
    };
    fields.iter().fold(FACTOR, |hash, (field, value)| {
        let (tag, word) = match *value {
            Value::Empty => (0, 0),
            Value::Text(id) => (1, u64::from(id.0)),
            Value::Int(number) => (2, number as u64),
            Value::Time(millis) => (3, millis as u64),
        };
        fold(fold(hash, (field.index() as u64) << 2 | tag), word.rotate_left(32))
    })
}
