//! The world of a run: everything that exists at one moment, and nothing else.
//!
//! This is the one place that knows how the parts lie together. A world is flat vectors of small rows and one shared table
//! of interned values, so that a copy of it is a snapshot to go back to.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::transactions::Transaction;
use crate::crm::{Record, Reply, Request, Server};
use crate::journal::Journal;
use crate::mailbox::{Brought, Item, Link, Mailboxes};
use crate::model::{Answer, CacheId, ClientId, Contents, CrmId, ItemId, UserId};
use crate::outlook::intent::Made;
use crate::outlook::{Cache, Client};
use crate::sim::{Draws, EventQueue, FlatMap, FlatSet, Time};

/// Everything that exists at one moment.
#[derive(Clone, Debug)]
pub struct World {
    /// The virtual time at the first step.
    pub start: Time,
    /// The virtual time.
    pub now: Time,
    /// The interned values.
    pub contents: Arc<Contents>,
    /// The CRM server.
    pub server: Server,
    /// The mailboxes.
    pub mailboxes: Mailboxes,
    /// The clients.
    pub clients: Vec<Client>,
    /// The cache files, which clients name.
    pub caches: Vec<Cache>,
    /// The mark of the last write to each cache file, as it is kept beside the file.
    pub marks: Vec<u64>,
    /// The mark of the last write to any cache file.
    pub last_mark: u64,
    /// Copies of cache files, by the step that saved them.
    pub saved: FlatMap<usize, Cache>,
    /// What happens next.
    pub queue: EventQueue<Event>,
    /// The requests that are under way, by number.
    pub flights: FlatMap<u32, Flight>,
    /// The number of the last request.
    pub requests: u32,
    /// The server's transactions that did not commit yet, by their rowversions.
    pub transactions: FlatMap<u64, Transaction>,
    /// The facts that were not read yet.
    pub journal: Journal,
    /// The names of what exists.
    pub names: Names,
    /// The id that replaces one whose record went: whoever makes the record again derives it from the old one.
    pub successors: FlatMap<CrmId, CrmId>,
    /// The same the other way round.
    pub predecessors: FlatMap<CrmId, CrmId>,
    /// Why steps of a drawn scenario were skipped, one after the other.
    pub skipped: Vec<String>,
    /// The keyed draws.
    pub draws: Draws,
}

/// What happens at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Event {
    /// A client goes on with its operation.
    Continue {
        /// The client.
        client: ClientId,
        /// The session that it belongs to.
        session: u32,
        /// What the last write made.
        made: Option<Made>,
    },
    /// A request reaches the server.
    Arrive(u32),
    /// An answer reaches its client.
    Answer(u32),
    /// A client gives up waiting.
    GiveUp(u32),
    /// A transaction commits, named by its rowversion.
    Commit(u64),
    /// A client hears that an item changed.
    Notify {
        /// The client.
        client: ClientId,
        /// The item.
        item: ItemId,
    },
    /// A background cycle is due.
    Background {
        /// The client.
        client: ClientId,
        /// The session that it belongs to.
        session: u32,
    },
}

/// A request that is under way.
#[derive(Clone, Debug, Hash)]
pub struct Flight {
    /// The session that sent it.
    pub session: u32,
    /// The request.
    pub request: Request,
    /// When it was sent.
    pub sent: Time,
    /// The answer, once the server gave one.
    pub reply: Option<Reply>,
    /// The server refuses it with this code.
    pub refused: Option<Answer>,
    /// The answer never arrives.
    pub reply_lost: bool,
    /// Nothing of it arrives any more.
    pub is_lost: bool,
    /// How many times it will still arrive.
    pub arrivals: u32,
}

/// The names that a scenario gave, and which of them each item and record goes by.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The users.
    pub users: Vec<String>,
    /// The clients.
    pub clients: Vec<String>,
    /// The aliases of items and records.
    pub aliases: Vec<String>,
    /// The alias of each item.
    pub of_item: Vec<u32>,
    /// The alias of each record.
    pub of_record: Vec<u32>,
    /// The place in the order of ids that an alias asks for.
    pub ranks: FlatMap<u32, u64>,
    /// The number of each alias.
    pub(super) numbers: BTreeMap<String, u32>,
    /// The items and the records of each alias, oldest first.
    pub(super) items_of: FlatSet<(u32, ItemId)>,
    pub(super) record_ids_of: FlatSet<(u32, CrmId)>,
    /// How many records each alias had so far.
    pub(super) records_of: FlatMap<u32, u32>,
}

impl Names {
    /// The number of an alias, which is added where it is new.
    pub fn alias(&mut self, name: &str) -> u32 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let number = u32::try_from(self.aliases.len()).expect("fewer than 2^32 aliases");
        self.aliases.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The number of an alias that exists.
    #[must_use]
    pub fn known(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// Remembers which alias a record goes by.
    pub fn name_record(&mut self, record: CrmId, alias: u32) {
        if self.of_record.len() <= record.index() {
            self.of_record.resize(record.index() + 1, alias);
        }
        self.of_record[record.index()] = alias;
        self.record_ids_of.insert((alias, record));
    }

    /// Remembers which alias an item goes by.
    pub fn name_item(&mut self, item: ItemId, alias: u32) {
        if self.of_item.len() <= item.index() {
            self.of_item.resize(item.index() + 1, alias);
        }
        self.of_item[item.index()] = alias;
        self.items_of.insert((alias, item));
    }

    /// The items of an alias, oldest first.
    pub fn items(&self, alias: u32) -> impl Iterator<Item = ItemId> {
        let from = self.items_of.range_from(&(alias, ItemId(0)));
        from.take_while(move |(of, _)| *of == alias).map(|(_, item)| *item)
    }

    /// The records of an alias, oldest first.
    pub fn records(&self, alias: u32) -> impl Iterator<Item = CrmId> {
        let from = self.record_ids_of.range_from(&(alias, CrmId(0)));
        from.take_while(move |(of, _)| *of == alias).map(|(_, record)| *record)
    }

    /// The name of an item.
    #[must_use]
    pub fn item(&self, item: ItemId) -> &str {
        self.of_item.get(item.index()).map_or("?", |alias| &self.aliases[*alias as usize])
    }

    /// The name of a record.
    #[must_use]
    pub fn record(&self, record: CrmId) -> &str {
        self.of_record.get(record.index()).map_or("?", |alias| &self.aliases[*alias as usize])
    }

    /// The name of a client.
    #[must_use]
    pub fn client(&self, client: ClientId) -> &str {
        &self.clients[client.index()]
    }

    /// The name of a user.
    #[must_use]
    pub fn user(&self, user: UserId) -> &str {
        &self.users[user.index()]
    }
}

impl World {
    /// The interned values, to add to.
    pub fn contents_mut(&mut self) -> &mut Contents {
        Arc::make_mut(&mut self.contents)
    }

    /// The cache file that a client works with.
    #[must_use]
    pub fn cache(&self, client: ClientId) -> &Cache {
        &self.caches[self.clients[client.index()].cache.index()]
    }

    /// The cache file that a client works with, to change.
    pub fn cache_mut(&mut self, client: ClientId) -> &mut Cache {
        let cache = self.clients[client.index()].cache;
        self.mark(cache);
        &mut self.caches[cache.index()]
    }

    /// Marks a cache file as written: no two writes leave the same mark.
    pub fn mark(&mut self, cache: CacheId) {
        self.last_mark += 1;
        (self.caches[cache.index()].mark, self.marks[cache.index()]) = (self.last_mark, self.last_mark);
    }

    /// Gives a client a new, empty cache file in place of its own.
    pub fn empty_cache(&mut self, client: ClientId) {
        let cache = self.clients[client.index()].cache.index();
        self.caches[cache] = Cache::default();
        self.marks[cache] = self.caches[cache].mark;
    }

    /// Puts a copy of one cache file in the place of another.
    pub fn copy_cache(&mut self, from: CacheId, to: CacheId) {
        self.caches[to.index()] = self.caches[from.index()].clone();
        self.marks[to.index()] = self.caches[to.index()].mark;
    }

    /// Whether a client's cache file is not the one that was written last.
    #[must_use]
    pub fn has_old_cache(&self, client: ClientId) -> bool {
        let cache = self.clients[client.index()].cache.index();
        self.caches[cache].mark != self.marks[cache]
    }

    /// A new, empty cache file.
    pub fn new_cache(&mut self) -> CacheId {
        self.caches.push(Cache::default());
        self.marks.push(0);
        CacheId(u16::try_from(self.caches.len() - 1).expect("fewer than 2^16 cache files"))
    }

    /// The client that stands for all that work with one cache file, at once or in turn: the first of those that share
    /// its roaming profile, else the client itself.
    #[must_use]
    pub fn keeper(&self, client: ClientId) -> ClientId {
        let Some(row) = self.clients.get(client.index()) else { return client };
        let shares = |other: &&Client| other.profile.is_some() && other.profile == row.profile;
        self.clients.iter().find(shares).map_or(client, |first| first.id)
    }

    /// What an update of the meeting wrote into an item, that its sender has an item of the same record for.
    #[must_use]
    pub fn brought(&self, item: ItemId) -> Option<Brought> {
        self.mailboxes.item(item).brought_by_its_record(|record, gone| self.replaces(record, gone))
    }

    /// Whether a record was made in the place of another that is gone.
    #[must_use]
    pub fn replaces(&self, record: CrmId, gone: CrmId) -> bool {
        is_before(&self.predecessors, record, gone)
    }

    /// The place in the order of ids for the next record of an alias: as the scenario ranks it, else drawn by the alias
    /// and how many records it had, so that taking one step out moves no other record.
    pub fn next_order(&mut self, alias: u32) -> u64 {
        let ordinal = self.names.records_of.get(&alias).copied().unwrap_or(0);
        self.names.records_of.insert(alias, ordinal + 1);
        let drawn = self.draws.bits("object-id", &self.names.aliases[alias as usize], u64::from(ordinal));
        // Drawn places lie between the places of the first and the last ranks.
        let order = self.names.ranks.get(&alias).copied().unwrap_or((drawn >> 2) + (1 << 61));
        self.journal.write(crate::journal::What::IdChosen { order });
        order
    }

    /// A hash of everything in the world, without formatting any of it: two worlds of one scenario with the same
    /// fingerprint go on alike. Records and items count by what they say, not by when their contents were interned.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Xxh3::new();
        for record in &self.server.records {
            self.contents.hash(record.content).hash(&mut hasher);
            Record { content: Contents::EMPTY, ..*record }.hash(&mut hasher);
        }
        for (_, item) in self.mailboxes.all() {
            (self.contents.hash(item.content), self.contents.hash(item.link.base)).hash(&mut hasher);
            let link = Link { base: Contents::EMPTY, ..item.link };
            let said = |brought: Brought| [brought.original, brought.before, brought.after];
            item.brought.map(|brought| said(brought).map(|content| self.contents.hash(content))).hash(&mut hasher);
            let none = Contents::EMPTY;
            let brought = item.brought.map(|brought| Brought { original: none, before: none, after: none, ..brought });
            Item { content: Contents::EMPTY, link, brought, ..*item }.hash(&mut hasher);
        }
        let server = &self.server;
        (&server.subscriptions, &server.tombstones, &server.filters, server.version).hash(&mut hasher);
        (&server.privileges, &server.access, server.log_purged, &self.successors).hash(&mut hasher);
        for user in 0..self.names.users.len() {
            self.mailboxes.change(UserId(user as u8)).hash(&mut hasher);
            self.mailboxes.purged(UserId(user as u8)).for_each(|entry| entry.hash(&mut hasher));
        }
        (&self.clients, &self.caches, &self.marks, self.last_mark, &self.saved).hash(&mut hasher);
        (&self.transactions, &server.open, &self.mailboxes.organizers).hash(&mut hasher);
        (self.queue.in_order(), &self.flights, self.requests, self.now).hash(&mut hasher);
        (self.draws, &self.names.ranks, &self.names.records_of).hash(&mut hasher);
        hasher.finish()
    }
}

/// Whether a record was made in the place of another, by what each was made in the place of.
pub(super) fn is_before(predecessors: &FlatMap<CrmId, CrmId>, record: CrmId, gone: CrmId) -> bool {
    let before = |record| predecessors.get(record);
    std::iter::successors(before(&record), |old| before(old)).any(|old| *old == gone)
}
