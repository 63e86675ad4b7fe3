//! Each invariant is shown to bite: by a small world in which something goes wrong by hand, and by one in which nothing does.

mod events;
mod lineages;
mod lives;
mod rights;
mod settled;

use std::sync::Arc;

use super::{IDS, Invariant, Ledger, View, Violations, standard};
use crate::crm::server::NewRecord;
use crate::crm::{Entry, Filter, Server};
use crate::engine::world::{Names, World};
use crate::journal::{By, EntryCause, EntryState, Journal, LinkState, What};
use crate::mailbox::{Folder, Item, Link, Mailboxes};
use crate::model::{
    Answer, CacheId, ClientId, ContentId, Contents, CrmId, FieldId, FolderRights, ItemId, Kind, MapId, Role, UserId,
    Value, mapping,
};
use crate::outlook::cache::{CrmChange, MapRow, OutlookChange, Row};
use crate::outlook::client::Settings;
use crate::outlook::{Cache, Client, Memory};
use crate::protocol::Protocol;
use crate::sim::{Draws, EventQueue, FlatMap, Span, Time};

/// Ann's primary client.
const DESK: ClientId = ClientId(0);
/// Ann's secondary client.
const LAPTOP: ClientId = ClientId(1);
/// Bob's primary client.
const OFFICE: ClientId = ClientId(2);
const ANN: UserId = UserId(0);
const BOB: UserId = UserId(1);

const PHONE: FieldId = FieldId::named(Kind::Contact, "telephone1");
const LAST: FieldId = FieldId::named(Kind::Contact, "lastname");
const STATUS: FieldId = FieldId::named(Kind::Task, "statuscode");

/// A world with Ann and Bob, and everything that watches it.
struct Bench {
    world: World,
    ledger: Ledger,
    protocol: Protocol,
    invariants: Vec<Box<dyn Invariant>>,
    violations: Violations,
}

fn client(id: ClientId, user: UserId, role: Role) -> Client {
    let settings = Settings { kinds: [true; Kind::ALL.len()], update_company: false, automatic: false, interval: None };
    Client {
        id,
        user,
        mailbox: user,
        role,
        rights: FolderRights::OWNER,
        settings,
        clock: Span::ZERO,
        installed: true,
        addin: true,
        running: true,
        online: true,
        session: 1,
        cache: CacheId(id.0.into()),
        profile: None,
        memory: Memory::default(),
        report: None,
    }
}

impl Bench {
    fn new(protocol: Protocol) -> Bench {
        let mine = |kind| Filter {
            kind,
            active: true,
            owner_is_me: true,
            party_is_me: false,
            statecode: (kind == Kind::Contact).then_some(0),
            fields: Vec::new(),
        };
        let filters = || Kind::ALL.map(mine).to_vec();
        let mut names = Names::default();
        names.users = ["ann", "bob"].map(str::to_owned).to_vec();
        names.clients = ["desk", "laptop", "office"].map(str::to_owned).to_vec();
        let world = World {
            start: Time(0),
            now: Time(0),
            contents: Arc::new(Contents::default()),
            server: Server::new(vec![filters(), filters()]),
            mailboxes: Mailboxes::new(2),
            clients: vec![
                client(DESK, ANN, Role::Primary),
                client(LAPTOP, ANN, Role::Secondary),
                client(OFFICE, BOB, Role::Primary),
            ],
            caches: vec![Cache::default(); 3],
            marks: vec![0; 3],
            last_mark: 0,
            saved: FlatMap::default(),
            queue: EventQueue::default(),
            flights: FlatMap::default(),
            requests: 0,
            transactions: FlatMap::default(),
            journal: Journal::default(),
            names,
            successors: FlatMap::default(),
            predecessors: FlatMap::default(),
            skipped: Vec::new(),
            draws: Draws::new(1),
        };
        let ledger = Ledger::new(&protocol);
        Bench { world, ledger, protocol, invariants: standard(), violations: Violations::default() }
    }

    /// The hardened protocol, and the run has begun.
    fn begun() -> Bench {
        let mut bench = Bench::new(Protocol::default());
        bench.tell(What::Step { step: 0 });
        bench
    }

    /// Lets everybody see what happened since the last time, as one event.
    fn event(&mut self) {
        let mut facts = Vec::new();
        self.world.journal.drain_into(&mut facts);
        self.ledger.record(&facts, &self.world);
        self.violations.set_moment(self.world.now, self.ledger.facts());
        let view = View { world: &self.world, ledger: &self.ledger, protocol: &self.protocol };
        for invariant in &mut self.invariants {
            invariant.on_event(view, &facts, &mut self.violations);
            for fact in &facts {
                if let What::CycleEnded { client, .. } = fact.what {
                    invariant.on_cycle_end(view, client, &mut self.violations);
                }
            }
        }
    }

    fn tell(&mut self, what: What) {
        self.world.journal.write(what);
        self.event();
    }

    fn settled(&mut self) {
        self.event();
        let view = View { world: &self.world, ledger: &self.ledger, protocol: &self.protocol };
        for invariant in &mut self.invariants {
            invariant.on_settled(view, &mut self.violations);
        }
    }

    fn cycle(&mut self, client: ClientId) {
        self.tell(What::CycleStarted { client, manual: true });
        self.tell(What::CycleEnded { client, answer: Answer::Ok, report: Default::default() });
    }

    /// Time goes on.
    fn wait(&mut self, seconds: i64) {
        self.world.now = self.world.now + Span::seconds(seconds);
        self.world.journal.set_time(self.world.now);
    }

    /// The invariants that were violated, in order, each once.
    fn violated(&self) -> Vec<&'static str> {
        let mut ids: Vec<&'static str> = self.violations.found().iter().map(|violation| violation.invariant).collect();
        ids.dedup();
        ids
    }

    fn text(&mut self, text: &str) -> Value {
        self.world.contents_mut().text(text)
    }

    fn person_edits_item(&mut self, item: ItemId, field: FieldId, text: &str) {
        let value = self.text(text);
        let World { mailboxes, contents, journal, now, .. } = &mut self.world;
        mailboxes.edit(item, &[(field, value)], (By::User(ANN), *now), Arc::make_mut(contents), journal);
        self.event();
    }

    fn edit_record(&mut self, record: CrmId, field: FieldId, value: Value, by: By) {
        let World { server, contents, journal, .. } = &mut self.world;
        server.update(record, &[(field, value)], by, (Arc::make_mut(contents), &self.protocol, journal));
        self.event();
    }

    fn write_item(&mut self, item: ItemId, field: FieldId, value: Value, client: ClientId) {
        let World { mailboxes, contents, journal, .. } = &mut self.world;
        mailboxes.write(item, (&[(field, value)], None), By::Sync(client), Arc::make_mut(contents), journal);
        self.event();
    }

    fn write_base(&mut self, item: ItemId, field: FieldId, value: Value) {
        let link = self.world.mailboxes.item(item).link;
        let base = self.world.contents_mut().with(link.base, &[(field, value)]);
        self.world.mailboxes.set_link(item, Link { base, ..link }, By::Sync(DESK), &mut self.world.journal);
        self.event();
    }

    fn delete_item(&mut self, item: ItemId, by: By) {
        self.world.mailboxes.delete(item, false, by, &mut self.world.journal);
        self.event();
    }

    fn move_item(&mut self, item: ItemId, folder: Folder) {
        let now = self.world.now;
        self.world.mailboxes.move_to(item, folder, (By::User(ANN), now), &mut self.world.journal);
        self.event();
    }

    fn delete_record(&mut self, record: CrmId, by: By) {
        self.world.server.delete(record, by, &mut self.world.journal);
        self.event();
    }

    /// A record that a person or a client makes.
    fn record(&mut self, kind: Kind, owner: UserId, by: By, origin: Option<ItemId>) -> CrmId {
        let order = self.world.server.records.len() as u64;
        let new = NewRecord { kind, id: Err(order), owner, columns: &[], by, origin, meeting: None };
        let World { server, contents, journal, .. } = &mut self.world;
        let record = server.create(new, &self.protocol, Arc::make_mut(contents), journal);
        self.name(None, Some(record));
        self.event();
        record
    }

    /// An item with the fields of a record, by a person where no record is given.
    fn item(&mut self, kind: Kind, by: By, origin: Option<CrmId>, state: LinkState) -> ItemId {
        let content = origin.map_or(Contents::EMPTY, |record| self.world.server.record(record).content);
        let directions = self.protocol.directions;
        let contents = self.world.contents_mut();
        let base = mapping::from_crm(contents, &directions, content);
        let columns = contents.fields_of(base).to_vec();
        let content = mapping::write_to_outlook(contents, kind, Contents::EMPTY, &columns);
        let owner = origin.map(|record| self.world.server.record(record).owner);
        let link = Link { state, record: origin, base, owner, ..Link::NONE };
        let mailbox = if by == By::Sync(OFFICE) { BOB } else { ANN };
        let new = Item {
            kind,
            mailbox,
            folder: Folder::Synchronized,
            content,
            modified: self.world.now,
            change: 0,
            edited: 0,
            written: 0,
            meeting: None,
            ended_by: None,
            brought: None,
            link,
        };
        let item = self.world.mailboxes.create(new, origin, by, &mut self.world.journal);
        self.name(Some(item), None);
        self.event();
        item
    }

    fn name(&mut self, item: Option<ItemId>, record: Option<CrmId>) {
        let alias = self.world.names.alias("zoe");
        if let Some(item) = item {
            self.world.names.of_item.resize(item.index() + 1, alias);
        }
        if let Some(record) = record {
            self.world.names.of_record.resize(record.index() + 1, alias);
        }
    }

    /// A record of Ann's and its item, linked and mapped on the desk.
    fn pair(&mut self, kind: Kind) -> (CrmId, ItemId) {
        let record = self.record(kind, ANN, By::User(ANN), None);
        let item = self.item(kind, By::Sync(DESK), Some(record), LinkState::Tracked);
        self.map(DESK, record, item, true);
        self.entry(ANN, record, EntryState::Upsert, EntryCause::Prepare);
        let row = self.queue(DESK, Some(item), Some(record), CrmChange::Upsert);
        self.retrieve(DESK, record);
        self.unqueue(DESK, row);
        self.entry(ANN, record, EntryState::Done, EntryCause::Acknowledge);
        (record, item)
    }

    fn map(&mut self, client: ClientId, record: CrmId, item: ItemId, linked: bool) -> MapId {
        let kind = self.world.mailboxes.item(item).kind;
        let verified = self.world.now;
        let row = MapRow { record, item, kind, linked, deleted_locally: false, visited: false, verified, base: None };
        let map = self.world.cache_mut(client).put_map(row);
        self.tell(What::MapWritten { client, map, row: Some(row.view()) });
        map
    }

    fn unmap(&mut self, client: ClientId, record: CrmId) {
        let cache = self.world.cache_mut(client);
        if let Some((map, _)) = cache.map_of_record(record).map(|(map, row)| (map, *row)) {
            cache.drop_map(map);
            self.tell(What::MapWritten { client, map, row: None });
        }
    }

    fn queue(&mut self, client: ClientId, item: Option<ItemId>, record: Option<CrmId>, change: CrmChange) -> u32 {
        let kind = record.map_or(Kind::Contact, |record| self.world.server.record(record).kind);
        let outlook_change = if change == CrmChange::None { OutlookChange::Upsert } else { OutlookChange::None };
        let row = Row { crm_change: change, outlook_change, ..Row::new(kind, item, record) };
        let id = self.world.cache_mut(client).put_row(None, row);
        self.tell(What::RowWritten { client, row: row.view() });
        id
    }

    fn unqueue(&mut self, client: ClientId, row: u32) {
        if let Some(row) = self.world.cache_mut(client).drop_row(row) {
            self.tell(What::RowDropped { client, row: row.view() });
        }
    }

    /// Moves a row of SyncEntry to a state, with the record's version.
    fn entry(&mut self, user: UserId, record: CrmId, to: EntryState, cause: EntryCause) {
        let row = *self.world.server.record(record);
        let entry = Entry { kind: row.kind, state: to, version: row.version, prepared: 0, order: row.order };
        let from = self.world.server.subscriptions[user.index()].set_entry(record, entry);
        self.tell(What::EntryMoved { user, record, from, to, version: row.version, cause });
    }

    /// A client reads a record.
    fn retrieve(&mut self, client: ClientId, record: CrmId) {
        use crate::journal::Cause;
        use crate::model::Call;
        self.world.requests += 1;
        let (request, call) = (self.world.requests, Call::Retrieve);
        let answer = if self.world.server.live(record).is_some() { Answer::Ok } else { Answer::NotFound };
        self.tell(What::Sent { request, client, call, item: None, record: Some(record), cause: Cause::Cycle });
        self.tell(What::Applied { request, client, call, answer });
        self.tell(What::Answered { request, client, call, answer });
    }

    fn base_of(&mut self, item: ItemId) -> ContentId {
        self.world.mailboxes.item(item).link.base
    }
}

#[test]
fn the_invariants_are_named_as_they_are_listed() {
    let ids: Vec<&str> = standard().iter().map(|invariant| invariant.id()).collect();
    assert_eq!(ids, IDS);
    assert!(standard().iter().all(|invariant| invariant.meaning().ends_with('.')));
}

#[test]
fn nothing_is_wrong_with_a_pair_that_is_synchronized() {
    let mut bench = Bench::new(Protocol::default());
    let (record, item) = bench.pair(Kind::Contact);
    bench.tell(What::Step { step: 0 });
    bench.cycle(DESK);
    bench.cycle(LAPTOP);
    assert!(bench.ledger.lineage_of_record(record).is_some());
    assert_eq!(bench.ledger.lineage_of_record(record), bench.ledger.lineage_of_item(item));
    bench.settled();
    bench.cycle(DESK);
    assert_eq!(bench.violated(), [""; 0]);
}
