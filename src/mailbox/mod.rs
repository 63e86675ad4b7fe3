//! The Exchange side: every mailbox's items with the properties that synchronization keeps on them.
//!
//! The mailbox is the authority; every client of it sees the same items. What is written here survives any client.

mod store;

pub use store::Store;

use crate::journal::{By, Journal, LinkState, What};
use crate::model::{
    ClientId, ContentId, Contents, CrmId, FieldId, ItemId, Kind, MeetingId, UserId, Value, mapping, mapping::Directions,
};
use crate::sim::{FlatMap, FlatSet, Span, Time};

/// Fields with their values.
pub type Columns<'a> = &'a [(FieldId, Value)];

/// OriginalXML and the record's version that it belongs to.
pub type Synchronized = (ContentId, u64);

/// Where an item is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Folder {
    /// In the synchronized folder of its kind.
    Synchronized,
    /// In another folder of the mailbox, where its owner moved it.
    Elsewhere,
    /// In Deleted Items, where it can still be read.
    DeletedItems,
    /// In another store, where its EntryId means nothing: archived, or left behind by a mailbox that moved without the
    /// named properties (DET-ENTRYID).
    OtherStore,
    /// Nowhere.
    Purged,
}

/// The named properties that synchronization keeps on an item (CYC-USERPROPS).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Link {
    /// `crmLinkState`.
    pub state: LinkState,
    /// `crmid`: its record, or the id reserved for one.
    pub record: Option<CrmId>,
    /// Whether that id was chosen for what a person marked last, and nothing was heard of its record yet. Who marks the item
    /// again asks for another record than the one that it had.
    pub reserved: bool,
    /// `crmxml`: OriginalXML, the mapped form that was last synchronized.
    pub base: ContentId,
    /// The record's version at that time, where writes are checked; 0 when it is not known.
    pub version: u64,
    /// The record's owner when it was last synchronized.
    pub owner: Option<UserId>,
    /// Whether a person ended the tracking; else synchronization did, and may begin it again.
    pub by_person: bool,
    /// Whether synchronization had let go of the item when a person marked it, and has not linked it since.
    pub was_let_go: bool,
    /// Whether the person who untracked the item wants the record deleted.
    pub delete_record: bool,
    /// Whether the record was completed, canceled or inactive when it was last synchronized, which Outlook cannot always
    /// show.
    pub closed: bool,
    /// The item's [`Item::edited`] when synchronization last wrote this alone: where both are the same, nobody touched the
    /// item since.
    pub edited: u64,
}

impl Link {
    /// An item that was never marked.
    pub const NONE: Link = Link {
        state: LinkState::Unmarked,
        record: None,
        reserved: false,
        base: Contents::EMPTY,
        version: 0,
        owner: None,
        by_person: false,
        was_let_go: false,
        delete_record: false,
        closed: false,
        edited: 0,
    };

    /// Whether the contents table holds the item: it is marked, or was and must be looked at (DET-SCAN).
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.state != LinkState::Unmarked
    }
}

/// What an organizer's update of a meeting wrote into an attendee's item that nobody has compared with CRM yet. Exchange
/// brought it, and no attendee typed it; the organizer, who may have, has an item of the same record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Brought {
    /// The `crmid` that the update carries, which is that of the item that it was sent from.
    pub record: CrmId,
    /// From whose mailbox it was sent.
    pub organizer: UserId,
    /// The OriginalXML that it carries likewise.
    pub original: ContentId,
    /// What the attendee's item said before the first such update.
    pub before: ContentId,
    /// The same with what the updates wrote.
    pub after: ContentId,
    /// The item's [`Item::edited`] by that update.
    pub edited: u64,
}

impl Brought {
    /// What the update wrote, under its CRM names.
    #[must_use]
    pub fn columns(&self, kind: Kind, contents: &mut Contents, directions: &Directions) -> Vec<(FieldId, Value)> {
        let [before, after] =
            [self.before, self.after].map(|content| mapping::from_outlook(contents, directions, kind, content));
        contents.diff(before, after)
    }

    /// What of that is no word against CRM, which said `base` here: what the organizer's item only repeated of its OriginalXML,
    /// since not even the organizer typed it, and what the organizer typed over something else than CRM had said. The parts of a
    /// time are one value.
    #[must_use]
    pub fn no_word(&self, columns: &[(FieldId, Value)], base: ContentId, contents: &Contents) -> Vec<(FieldId, Value)> {
        let group = |field: &FieldId| mapping::group_of(*field);
        let typed: Vec<_> = columns
            .iter()
            .filter(|(field, value)| contents.get(self.original, *field) != *value)
            .map(|(field, _)| group(field))
            .collect();
        let over: Vec<_> = contents.diff(base, self.original).iter().map(|(field, _)| group(field)).collect();
        let word = |field: &FieldId| typed.contains(&group(field)) && !over.contains(&group(field));
        columns.iter().filter(|(field, _)| !word(field)).copied().collect()
    }
}

/// OriginalXML with columns that an update of a meeting wrote, as far as one of these forms still says them: of an item, what
/// differs from that was typed there; of a record, what differs from that was typed in CRM.
#[must_use]
pub fn heard(base: ContentId, columns: &[(FieldId, Value)], forms: &[ContentId], contents: &mut Contents) -> ContentId {
    let still = |(field, value): &&(FieldId, Value)| forms.iter().any(|form| contents.get(*form, *field) == *value);
    let heard: Vec<_> = columns.iter().filter(still).copied().collect();
    contents.with(base, &heard)
}

/// An item of a mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Item {
    /// Its kind.
    pub kind: Kind,
    /// Whose mailbox holds it.
    pub mailbox: UserId,
    /// Where in it.
    pub folder: Folder,
    /// Its fields.
    pub content: ContentId,
    /// When a person last changed it, by the clock of the client where that happened. A save by synchronization keeps
    /// this time, so that it can never win a merge.
    pub modified: Time,
    /// The mailbox's change number of its last save of any kind.
    pub change: u64,
    /// The same of its last save by a person that changed what CRM may learn of.
    pub edited: u64,
    /// The same of its last save by synchronization that wrote fields, whether or not all of the save came to be.
    pub written: u64,
    /// `GlobalObjectId` of an appointment.
    pub meeting: Option<MeetingId>,
    /// Who deleted or untracked it last, where a person did.
    pub ended_by: Option<UserId>,
    /// What an update of its meeting wrote last.
    pub brought: Option<Brought>,
    /// What synchronization keeps on it.
    pub link: Link,
}

impl Item {
    /// Whether an id was chosen for the record that the item is to get, and nothing came of it yet.
    #[must_use]
    pub fn awaits_record(&self) -> bool {
        self.link.state == LinkState::Pending && self.link.record.is_some()
    }

    /// Whether the item was moved out of its synchronized folder or archived: it still exists, somewhere else.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        matches!(self.folder, Folder::Elsewhere | Folder::OtherStore)
    }

    /// Whether the item left its synchronized folder and synchronization had let it go before: that it left says nothing of
    /// the record whose crmid it still carries.
    #[must_use]
    pub fn left_when_let_go(&self) -> bool {
        self.folder != Folder::Synchronized && self.is_let_go()
    }

    /// Whether synchronization unlinked the item, and nobody tracked it again.
    #[must_use]
    pub fn is_let_go(&self) -> bool {
        self.link.state == LinkState::WasTracked && !self.link.by_person
    }

    /// What an update of the meeting wrote that was sent from an item of the same record, or of one of which it is the
    /// successor or the other way round, by `replaces`; also while the item is let go, since it may be linked again.
    #[must_use]
    pub fn brought_by_its_record(&self, replaces: impl Fn(CrmId, CrmId) -> bool) -> Option<Brought> {
        let own = self.link.record?;
        let same = |other| own == other || replaces(own, other) || replaces(other, own);
        self.brought.filter(|brought| same(brought.record))
    }

    /// Whether nobody but synchronization saved the item since its OriginalXML was written: what differs then was left by a
    /// save of which the half is missing.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.link.state == LinkState::Tracked && self.edited == self.link.edited
    }

    /// Whether synchronization deleted the item: a person's deletion leaves the crmid on it.
    #[must_use]
    pub fn deleted_by_synchronization(&self) -> bool {
        self.folder == Folder::DeletedItems && self.link.state == LinkState::Tracked && self.link.record.is_none()
    }
}

/// All mailboxes.
#[derive(Clone, Debug, Default)]
pub struct Mailboxes {
    items: Vec<Item>,
    boxes: Vec<Mailbox>,
    /// The address of each mailbox.
    pub addresses: Vec<Value>,
    /// When and on which client a person last saved an item, by the virtual clock.
    saves: FlatMap<ItemId, (Time, ClientId)>,
    /// Who made an item in a mailbox that is not the person's own.
    makers: FlatMap<ItemId, UserId>,
    /// From whose mailbox each meeting was sent, where it was: nobody else can send its updates.
    pub organizers: FlatMap<MeetingId, UserId>,
}

/// The contents tables of one mailbox: its marked items in two orders.
#[derive(Clone, Debug, Default)]
struct Mailbox {
    by_time: FlatSet<(Time, ItemId)>,
    by_change: FlatSet<(u64, ItemId)>,
    /// The appointments that can be read, by the meeting that they are of.
    by_meeting: FlatSet<(MeetingId, ItemId)>,
    /// The items that can be read, by the crmid that they carry.
    by_record: FlatSet<(CrmId, ItemId)>,
    /// The recoverable items that carry a crmid, by it: linked items that a person purged (switch `purged-item`). What is
    /// moved or archived does not come here, and what synchronization deletes carries no crmid any more.
    purged: FlatSet<(CrmId, ItemId)>,
    change: u64,
}

impl Mailboxes {
    /// Empty mailboxes for so many users.
    #[must_use]
    pub fn new(users: usize) -> Mailboxes {
        Mailboxes { boxes: vec![Mailbox::default(); users], ..Mailboxes::default() }
    }

    /// An item that exists or existed.
    #[must_use]
    pub fn item(&self, id: ItemId) -> &Item {
        &self.items[id.index()]
    }

    /// The item, if it is in its synchronized folder.
    #[must_use]
    pub fn live(&self, id: ItemId) -> Option<&Item> {
        self.items.get(id.index()).filter(|item| item.folder == Folder::Synchronized)
    }

    /// The item, if it can still be read: also in Deleted Items.
    #[must_use]
    pub fn readable(&self, id: ItemId) -> Option<&Item> {
        self.items.get(id.index()).filter(|item| item.folder != Folder::Purged)
    }

    /// All items that ever were, by id.
    pub fn all(&self) -> impl Iterator<Item = (ItemId, &Item)> {
        self.items.iter().enumerate().map(|(index, item)| (ItemId(index as u32), item))
    }

    /// The last change number of a mailbox.
    #[must_use]
    pub fn change(&self, mailbox: UserId) -> u64 {
        self.boxes[mailbox.index()].change
    }

    /// The marked items of a mailbox that were modified after `since`, newest first (DET-SCAN).
    pub fn modified_since(&self, mailbox: UserId, since: Time) -> impl Iterator<Item = ItemId> + use<'_> {
        let newest_first = self.boxes[mailbox.index()].by_time.iter().rev();
        newest_first.take_while(move |(time, _)| *time > since).map(|(_, item)| *item)
    }

    /// The marked items of a mailbox that were saved after change number `since`, newest first.
    pub fn changed_since(&self, mailbox: UserId, since: u64) -> impl Iterator<Item = ItemId> {
        let newest_first = self.boxes[mailbox.index()].by_change.iter().rev();
        newest_first.take_while(move |(change, _)| *change > since).map(|(_, item)| *item)
    }

    /// The item of a mailbox that carries this crmid (DUP-RELINK): one that is there, and that is linked or says that a
    /// person untracked it before one that was let go; else one in Deleted Items, which tells that a person deleted it.
    #[must_use]
    pub fn carrying(&self, mailbox: UserId, record: CrmId) -> Option<ItemId> {
        let from = self.boxes[mailbox.index()].by_record.range_from(&(record, ItemId(0)));
        let carrying = from.take_while(|(of, _)| *of == record).map(|(_, item)| *item);
        // Nor does one in Deleted Items count in whose place another was made that was purged since.
        let purged = self.boxes[mailbox.index()].purged.range_from(&(record, ItemId(0))).next();
        let last = purged.filter(|(of, _)| *of == record).map(|(_, item)| self.item(*item).link.version);
        let counts = |item: &Item| item.folder != Folder::DeletedItems || last.is_none_or(|at| item.link.version >= at);
        carrying.filter(|id| counts(self.item(*id))).min_by_key(|id| {
            let item = self.item(*id);
            let let_go = item.link.state == LinkState::WasTracked && !item.link.by_person;
            // Of those that were deleted one after the other, each was made in the place of the one before: the last counts.
            let last = (item.folder == Folder::DeletedItems).then_some(std::cmp::Reverse(*id));
            (item.folder, let_go, last, *id)
        })
    }

    /// The appointments of a mailbox's calendar that are of this meeting (DUP-GOID).
    pub fn of_meeting(&self, mailbox: UserId, meeting: MeetingId) -> impl Iterator<Item = ItemId> {
        let from = self.boxes[mailbox.index()].by_meeting.range_from(&(meeting, ItemId(0)));
        let of_it = from.take_while(move |(of, _)| *of == meeting).map(|(_, item)| *item);
        of_it.filter(|item| self.live(*item).is_some())
    }

    /// The items outside the synchronized folders of a mailbox that carry a crmid: those that a person deleted, moved or
    /// archived.
    pub fn gone_carrying(&self, mailbox: UserId) -> impl Iterator<Item = ItemId> {
        let carrying = self.boxes[mailbox.index()].by_record.iter().map(|(_, item)| *item);
        carrying.filter(|item| self.item(*item).folder != Folder::Synchronized)
    }

    /// The items that a person purged while they were linked, or were about to be, and that the mailbox still keeps among its
    /// recoverable items, with the crmids that they carry. An item that was made in the place of one ends its being kept.
    pub fn purged(&self, mailbox: UserId) -> impl Iterator<Item = (CrmId, ItemId)> {
        self.boxes[mailbox.index()].purged.iter().copied()
    }

    /// Makes an item; a person's item is not marked unless it is a copy, one from CRM may be born with its link. An
    /// appointment that comes without a meeting is a new one.
    pub fn create(&mut self, new: Item, origin: Option<CrmId>, by: By, journal: &mut Journal) -> ItemId {
        let id = ItemId(u32::try_from(self.items.len()).expect("fewer than 2^32 items"));
        let meeting = (new.kind == Kind::Appointment).then(|| new.meeting.unwrap_or(MeetingId::of_item(id)));
        self.items.push(Item { link: Link::NONE, meeting, ..new });
        if let By::User(maker) = by
            && maker != new.mailbox
        {
            self.makers.insert(id, maker);
        }
        let Item { kind, mailbox, content, .. } = new;
        if let Some(meeting) = meeting {
            self.boxes[mailbox.index()].by_meeting.insert((meeting, id));
        }
        journal.write(What::ItemCreated { item: id, kind, mailbox, content, by, origin });
        self.save(id, |item| item.link = new.link, by, journal);
        id
    }

    /// A person moves an item between folders or out of the mailbox (DET-EVENTS).
    pub fn move_to(&mut self, id: ItemId, folder: Folder, (by, clock): (By, Time), journal: &mut Journal) {
        self.save(id, |item| (item.folder, item.modified) = (folder, clock), by, journal);
        journal.write(What::ItemMoved { item: id, place: folder, by });
    }

    /// An item arrives on another server as a new one, and the old one stays behind (DET-ENTRYID). Without its named
    /// properties nobody can tell that it is the same.
    pub fn migrate(&mut self, id: ItemId, properties: bool, journal: &mut Journal) -> ItemId {
        let old = self.items[id.index()];
        let new = ItemId(u32::try_from(self.items.len()).expect("fewer than 2^32 items"));
        let mailbox = &mut self.boxes[old.mailbox.index()];
        if let Some(meeting) = old.meeting {
            mailbox.by_meeting.remove(&(meeting, id));
            mailbox.by_meeting.insert((meeting, new));
        }
        let link = if properties { old.link } else { Link::NONE };
        if !properties {
            mailbox.purged = FlatSet::default();
        }
        self.items.push(Item { link, ..old });
        if let Some(maker) = self.makers.get(&id).copied() {
            self.makers.insert(new, maker);
        }
        let by = By::User(old.mailbox);
        let left = if properties { Folder::Purged } else { Folder::OtherStore };
        journal.write(What::ItemMigrated { item: id, new, properties });
        self.save(id, |item| item.folder = left, by, journal);
        self.save(new, |_| (), by, journal);
        // Nobody has typed into it by that.
        self.items[new.index()].edited = old.edited;
        new
    }

    /// Who made an item, where a delegate did.
    #[must_use]
    pub fn maker(&self, id: ItemId) -> Option<UserId> {
        self.makers.get(&id).copied()
    }

    /// Notes that a person saves an item on a client. Gives whether another client saved it so shortly before that this
    /// client's view does not show it yet: then this save wins over one that nobody on this client saw.
    pub fn save_on(&mut self, id: ItemId, client: ClientId, now: Time, lag: Span) -> bool {
        let before = self.saves.insert(id, (now, client));
        before.is_some_and(|(at, other)| other != client && now < at + lag)
    }

    /// A person's change of fields, stamped with the time of the client's clock.
    pub fn edit(
        &mut self,
        id: ItemId,
        set: &[(FieldId, Value)],
        (by, clock): (By, Time),
        contents: &mut Contents,
        journal: &mut Journal,
    ) {
        let Item { kind, content: old, edited, .. } = self.items[id.index()];
        let content = mapping::set_in_outlook(contents, kind, old, set);
        self.save(id, |item| (item.content, item.modified) = (content, clock), by, journal);
        if mapping::read_alike(contents, kind, old, content) {
            // What only Outlook knows of is nothing that was typed for CRM.
            self.items[id.index()].edited = edited;
        }
    }

    /// Exchange brings an update of a meeting into an attendee's item, by whoever sent it. The item says by that what it says;
    /// where the update comes from an item of the same record, it says too that nobody typed that here.
    pub fn bring(
        &mut self,
        id: ItemId,
        (from, set): (ItemId, &[(FieldId, Value)]),
        now: Time,
        contents: &mut Contents,
        replaces: impl Fn(CrmId, CrmId) -> bool,
        journal: &mut Journal,
    ) {
        let Item { content: old, brought, .. } = self.items[id.index()];
        let Item { mailbox: sender, link: from, .. } = self.items[from.index()];
        self.edit(id, set, (By::User(sender), now), contents, journal);
        let item = &mut self.items[id.index()];
        if let Some(record) = from.record.filter(|_| from.state == LinkState::Tracked) {
            let earlier = brought.filter(|brought| brought.record == record);
            let (before, after) = earlier.map_or((old, old), |brought| (brought.before, brought.after));
            let written = contents.diff(old, item.content);
            let after = contents.with(after, &written);
            let brought =
                Brought { record, organizer: sender, original: from.base, before, after, edited: item.edited };
            let brought = Item { brought: Some(brought), ..*item };
            // An item that is of no record yet is an invitation still: what it says when it is tracked is its own.
            item.brought = brought.brought_by_its_record(replaces).or(item.brought);
        }
    }

    /// Synchronization's write of some columns of the mapped form, and in the same save of OriginalXML with the record's
    /// version where they are given. What a person typed into other columns may still wait to be sent, so the item counts as
    /// touched as it did before.
    pub fn write(
        &mut self,
        id: ItemId,
        (columns, base): (Columns<'_>, Option<(CrmId, Synchronized)>),
        by: By,
        contents: &mut Contents,
        journal: &mut Journal,
    ) {
        let Item { kind, content, .. } = self.items[id.index()];
        let content = mapping::write_to_outlook(contents, kind, content, columns);
        let change = |item: &mut Item| {
            item.content = content;
            if let Some((record, (base, version))) = base {
                (item.link.record, item.link.base, item.link.version) = (Some(record), base, version);
                item.brought = None;
            }
        };
        self.save(id, change, by, journal);
        self.items[id.index()].written = self.items[id.index()].change;
    }

    /// Sets what synchronization keeps on an item.
    pub fn set_link(&mut self, id: ItemId, link: Link, by: By, journal: &mut Journal) {
        let change = |item: &mut Item| {
            item.link = link;
            // What an update wrote after the item was read is still to be compared.
            item.brought = item.brought.filter(|brought| brought.edited > link.edited);
        };
        self.save(id, change, by, journal);
    }

    /// A person's marking or unmarking, which counts as a change of the item.
    pub fn mark(&mut self, id: ItemId, link: Link, (by, clock): (By, Time), journal: &mut Journal) {
        let change = |item: &mut Item| {
            (item.link, item.modified) = (link, clock);
            if link.state == LinkState::WasTracked {
                item.ended_by = by.person();
            }
        };
        self.save(id, change, by, journal);
    }

    /// Moves an item to Deleted Items, or purges it. What synchronization deletes loses its crmid, so that only a person's
    /// deletions are found by it.
    pub fn delete(&mut self, id: ItemId, purged: bool, by: By, journal: &mut Journal) {
        let folder = if purged { Folder::Purged } else { Folder::DeletedItems };
        let change = |item: &mut Item| {
            item.folder = folder;
            // Who untracked it has ended it already.
            if item.link.state != LinkState::WasTracked || !item.link.by_person {
                item.ended_by = by.person().or(item.ended_by);
            }
            item.link.record = item.link.record.filter(|_| !by.is_sync());
        };
        self.save(id, change, by, journal);
        let Item { mailbox, link, .. } = self.items[id.index()];
        // One that lies in Deleted Items since before this was made in its place.
        let older = |other: ItemId| {
            let other = self.item(other);
            other.is_let_go() || other.folder == Folder::DeletedItems && other.link.version < link.version
        };
        if let (Some(record), true) = (link.record, purged && !by.is_sync())
            && matches!(link.state, LinkState::Tracked | LinkState::Pending)
            && self.carrying(mailbox, record).is_none_or(older)
        {
            self.boxes[mailbox.index()].purged.insert((record, id));
        }
        journal.write(What::ItemDeleted { item: id, purged, by });
    }

    /// One save: the change, a new change number, the contents tables, and the facts that say what changed.
    fn save(&mut self, id: ItemId, change: impl FnOnce(&mut Item), by: By, journal: &mut Journal) {
        let item = &mut self.items[id.index()];
        let tables = &mut self.boxes[item.mailbox.index()];
        let before = *item;
        change(item);
        tables.change += 1;
        item.change = tables.change;
        if !by.is_sync() {
            item.edited = item.change;
        }
        tables.by_time.remove(&(before.modified, id));
        tables.by_change.remove(&(before.change, id));
        if let Some(record) = before.link.record {
            tables.by_record.remove(&(record, id));
            if item.link.record != Some(record) {
                tables.purged.remove(&(record, id));
            }
        }
        if let Some(record) = item.link.record.filter(|_| item.folder != Folder::Purged) {
            tables.by_record.insert((record, id));
            let replaced = tables.purged.range_from(&(record, ItemId(0))).next().filter(|(of, _)| *of == record);
            // What was let go of before is not in the place of the purged one.
            if let Some(entry) = replaced.copied().filter(|_| !item.is_let_go()) {
                tables.purged.remove(&entry);
            }
        }
        if item.link.is_marked() && item.folder == Folder::Synchronized {
            tables.by_time.insert((item.modified, id));
            tables.by_change.insert((item.change, id));
        }
        if item.content != before.content {
            journal.write(What::ItemChanged { item: id, before: before.content, after: item.content, by });
        }
        if (item.link.state, item.link.record) != (before.link.state, before.link.record) {
            journal.write(What::LinkChanged { item: id, state: item.link.state, record: item.link.record, by });
        }
        if item.link.base != before.link.base {
            journal.write(What::BaseChanged { item: id, base: item.link.base, by });
        }
    }
}
