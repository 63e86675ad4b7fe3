//! Laying out the world that a scenario starts from: names become dense ids, items and records become rows.
//!
//! What exists at the start is told as facts too, so that the ledger knows where everything came from.

use std::sync::Arc;

use super::world::{Event, Names, World};
use crate::crm::server::NewRecord;
use crate::crm::{Entry, Filter, Life, Server};
use crate::journal::{By, EntryCause, EntryState, Journal, LinkState, What};
use crate::mailbox::{Columns, Folder, Item as MailItem, Link, Mailboxes};
use crate::model::{
    ClientId, ContentId, Contents, CrmId, FieldId, ItemId, Kind, Right, Rights, Role, UserId, Value, mapping,
};
use crate::outlook::cache::MapRow;
use crate::outlook::client::Settings;
use crate::outlook::{Client, Memory};
use crate::protocol::Protocol;
use crate::protocol::switches::RoamingCache;
use crate::scenario::model::{self, Literal, Rank, Scenario, Where};
use crate::sim::{Draws, EventQueue, FlatMap, Span, Time};

/// The world at the first step of a scenario.
#[must_use]
pub fn world(scenario: &Scenario, seed: u64) -> World {
    let mut contents = Contents::default();
    let filters = scenario
        .users
        .iter()
        .map(|user| user.filters.iter().map(|filter| self::filter(filter, &mut contents)).collect::<Vec<Filter>>());
    let filters = filters.collect();
    let names = Names {
        users: scenario.users.iter().map(|user| user.id.clone()).collect(),
        clients: scenario.clients.iter().map(|client| client.id.clone()).collect(),
        ..Names::default()
    };
    let mut journal = Journal::default();
    journal.set_time(scenario.start);
    let mut server = Server::new(filters);
    server.privileges = scenario.users.iter().map(|user| user.privileges).collect();
    let mut world = World {
        start: scenario.start,
        now: scenario.start,
        contents: Arc::new(contents),
        server,
        mailboxes: Mailboxes::new(scenario.users.len()),
        clients: Vec::new(),
        caches: Vec::new(),
        marks: Vec::new(),
        last_mark: 0,
        saved: FlatMap::default(),
        queue: EventQueue::default(),
        flights: FlatMap::default(),
        requests: 0,
        transactions: FlatMap::default(),
        journal,
        names,
        successors: FlatMap::default(),
        predecessors: FlatMap::default(),
        skipped: Vec::new(),
        draws: Draws::new(seed),
    };
    let addresses: Vec<Value> =
        scenario.users.iter().map(|user| Arc::make_mut(&mut world.contents).text(&user.email)).collect();
    (world.server.addresses, world.mailboxes.addresses) = (addresses.clone(), addresses);
    for (index, client) in scenario.clients.iter().enumerate() {
        let client = self::client(&mut world, &scenario.protocol, ClientId(index as u8), client);
        // The owner's subscription knows nothing of a delegate.
        if client.role != Role::Delegate {
            let subscription = &mut world.server.subscriptions[client.user.index()];
            subscription.clients.push((client.id, client.role.synchronizes()));
        }
        world.clients.push(client);
    }
    for item in &scenario.items {
        for alias in item.aliases() {
            place(&mut world, &scenario.protocol, item, &alias);
        }
    }
    settle_start(&mut world);
    for index in 0..world.clients.len() {
        if world.clients[index].works() {
            schedule_background(&mut world, &scenario.protocol, ClientId(index as u8));
        }
    }
    world
}

/// Everything that was there at the start is old: no watermark is behind it and no scan looks at it, but for what waits.
fn settle_start(world: &mut World) {
    let version = world.server.version;
    for user in 0..world.server.subscriptions.len() {
        let (server, subscription) = (&world.server, &world.server.subscriptions[user]);
        let user = UserId(user as u8);
        // What is in the mailbox and does not belong there has left the filter since the last synchronization.
        let settled = |record: CrmId| {
            let tracked = subscription.tracked.get(&record) == Some(&true);
            let belongs = tracked || server.in_filter(user, record, &world.contents);
            subscription.entry(record).is_some() && belongs && server.allows(user, Right::Read, record)
        };
        let all = server.records.iter().enumerate().map(|(index, record)| (CrmId(index as u32), record));
        let behind = all.filter(|(id, record)| record.life == Life::Live && !settled(*id));
        // The watermark stands before the first record of which the subscription does not know yet what became of it.
        let first_new = behind.map(|(_, record)| record.version).min();
        let known = subscription.entries().next().is_some();
        let subscription = &mut world.server.subscriptions[user.index()];
        subscription.watermark = match first_new {
            Some(first) => first - 1,
            None if known => version,
            None => 0,
        };
        subscription.tracking_changed = Default::default();
    }
    for client in &world.clients {
        let cache = &mut world.caches[client.cache.index()];
        if cache.map_count() > 0 {
            cache.fresh = false;
            cache.last_sync = Time(world.now.0 - 1) + client.clock;
            cache.last_change = 0;
        }
    }
    // Whoever roams has what the last logoff left.
    for client in &world.clients {
        if let Some(profile) = client.profile.filter(|profile| *profile != client.cache) {
            world.caches[profile.index()] = world.caches[client.cache.index()].clone();
        }
    }
}

fn client(world: &mut World, protocol: &Protocol, id: ClientId, client: &model::Client) -> Client {
    let user = |name: &str| UserId(world.names.users.iter().position(|user| user == name).unwrap_or(0) as u8);
    let (user, mailbox) = (user(&client.user), user(&client.mailbox));
    let mut profile = None;
    if client.role == Role::Roaming {
        let known = world.clients.iter().find(|other| other.mailbox == mailbox).and_then(|other| other.profile);
        profile = Some(known.unwrap_or_else(|| world.new_cache()));
    }
    let shared = profile.filter(|_| protocol.switches.roaming_cache == RoamingCache::LiveShared);
    let cache = shared.unwrap_or_else(|| world.new_cache());
    Client {
        id,
        user,
        mailbox,
        role: client.role,
        rights: client.rights,
        settings: settings(&client.settings),
        clock: client.clock,
        installed: true,
        addin: client.addin,
        running: client.running,
        online: client.online,
        session: 1,
        cache,
        profile,
        memory: Memory::default(),
        report: None,
    }
}

/// The settings of a client as the client keeps them.
#[must_use]
pub fn settings(settings: &model::Settings) -> Settings {
    Settings {
        kinds: Kind::ALL.map(|kind| settings.kinds.contains(&kind)),
        update_company: settings.update_company,
        automatic: settings.automatic,
        interval: settings.interval,
    }
}

/// A filter as the server keeps it.
pub fn filter(filter: &model::Filter, contents: &mut Contents) -> Filter {
    Filter {
        kind: filter.kind,
        active: filter.active,
        owner_is_me: filter.conditions.owner_is_me,
        party_is_me: filter.conditions.party_is_me,
        statecode: filter.conditions.statecode,
        fields: values(contents, &filter.conditions.fields),
    }
}

/// The values that a scenario writes, interned.
pub fn values(contents: &mut Contents, set: &[(FieldId, Literal)]) -> Vec<(FieldId, Value)> {
    set.iter().map(|(field, literal)| (*field, value(contents, literal))).collect()
}

/// One value that a scenario writes, interned.
pub fn value(contents: &mut Contents, literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => contents.text(text),
        Literal::Int(number) => Value::Int(*number),
        Literal::Time(time) => Value::Time(time.0),
    }
}

/// Asks for the next background cycle of a client (TRG-BACKGROUND).
pub fn schedule_background(world: &mut World, protocol: &Protocol, id: ClientId) {
    let client = &world.clients[id.index()];
    if client.role.synchronizes() && client.settings.automatic {
        let interval = client.settings.interval.unwrap_or(protocol.switches.interval);
        let session = client.session;
        world.queue.push(world.now + interval, Event::Background { client: id, session });
    }
}

/// Makes one item of the scenario where it is said to exist.
fn place(world: &mut World, protocol: &Protocol, item: &model::Item, alias: &str) {
    let number = world.names.alias(alias);
    if let Some(rank) = item.rank {
        let order = match rank {
            Rank::First => 0,
            Rank::Number(number) => 1 + u64::from(number),
            Rank::Last => u64::MAX,
        };
        world.names.ranks.insert(number, order);
    }
    let [owner, holder] = [&item.owner, &item.holder]
        .map(|name| UserId(world.names.users.iter().position(|user| user == name).unwrap_or(0) as u8));
    let set = values(world.contents_mut(), &item.set);
    let organizer = if item.side == Where::Outlook { holder } else { owner };
    let set = with_defaults(world, item.kind, organizer, set);
    match item.side {
        Where::None => {}
        Where::Outlook => {
            place_item(world, item.kind, (holder, number), &set, item.tracked);
        }
        Where::Crm => {
            let record = place_record(world, protocol, item.kind, (owner, number), &set);
            share(world, record, &item.shared_with);
            if item.tracked {
                track(world, holder, record);
            }
        }
        Where::Both => {
            let own = said_by_the_item(world, protocol, item.kind, &set);
            let both: Vec<_> = set.iter().chain(&own).copied().collect();
            let record = place_record(world, protocol, item.kind, (owner, number), &both);
            share(world, record, &item.shared_with);
            if item.tracked {
                track(world, holder, record);
            }
            place_linked(world, protocol, record, (holder, number), (&set, &own));
        }
    }
}

/// What an item of both sides says by fields that Outlook alone has, under the names that CRM has for it: an address that is
/// its mailing address. The two are equal, so the record says it too.
fn said_by_the_item(
    world: &mut World,
    protocol: &Protocol,
    kind: Kind,
    set: &[(FieldId, Value)],
) -> Vec<(FieldId, Value)> {
    let contents = world.contents_mut();
    let (in_crm, own): (Vec<_>, Vec<_>) = set.iter().partition(|(field, _)| field.field().in_crm);
    let start = with_mailing_address(contents, kind, &own);
    let written = mapping::write_to_outlook(contents, kind, start, &in_crm);
    let content = mapping::set_in_outlook(contents, kind, written, &own);
    let [before, after] =
        [written, content].map(|content| mapping::from_outlook(contents, &protocol.directions, kind, content));
    contents.diff(before, after)
}

/// An item that says nothing yet but which of its addresses is the mailing address, where it is said: CRM's address goes there.
fn with_mailing_address(contents: &mut Contents, kind: Kind, own: &[(FieldId, Value)]) -> ContentId {
    let mailing: Vec<_> = own.iter().filter(|(field, _)| field.name() == "mailing").copied().collect();
    mapping::set_in_outlook(contents, kind, Contents::EMPTY, &mailing)
}

/// Shares a record as the scenario says, by its owner.
fn share(world: &mut World, record: CrmId, users: &[String]) {
    let by = By::User(world.server.record(record).owner);
    for user in users.iter().filter_map(|user| world.names.users.iter().position(|known| known == user)) {
        world.server.share(record, UserId(user as u8), Rights::READ, by, &mut world.journal);
    }
}

fn track(world: &mut World, user: UserId, record: CrmId) {
    world.server.track(user, record, true, &mut world.journal);
}

/// What a new appointment has where nobody says otherwise: whoever makes it organizes it, and it takes an hour the day after
/// tomorrow, not the whole day.
pub fn with_defaults(world: &World, kind: Kind, by: UserId, mut set: Vec<(FieldId, Value)>) -> Vec<(FieldId, Value)> {
    const START: FieldId = FieldId::named(Kind::Appointment, "scheduledstart");
    const END: FieldId = FieldId::named(Kind::Appointment, "scheduledend");
    const MINUTES: FieldId = FieldId::named(Kind::Appointment, "scheduleddurationminutes");
    const ALL_DAY: FieldId = FieldId::named(Kind::Appointment, "isalldayevent");
    if kind != Kind::Appointment {
        return set;
    }
    let given = |set: &[(FieldId, Value)], field| set.iter().any(|(of, _)| *of == field);
    if !given(&set, mapping::PARTIES[0]) {
        set.push((mapping::PARTIES[0], world.mailboxes.addresses.get(by.index()).copied().unwrap_or(Value::Empty)));
    }
    if !given(&set, START) {
        set.push((START, Value::Time((world.start + Span::minutes(2 * 24 * 60)).0)));
    }
    if !given(&set, END) && !given(&set, MINUTES) {
        set.push((MINUTES, Value::Int(60)));
    }
    if !given(&set, ALL_DAY) {
        set.push((ALL_DAY, Value::Int(0)));
    }
    mapping::with_the_end(&world.contents, Contents::EMPTY, &set)
}

fn place_record(
    world: &mut World,
    protocol: &Protocol,
    kind: Kind,
    (owner, alias): (UserId, u32),
    set: &[(FieldId, Value)],
) -> CrmId {
    let columns: Vec<(FieldId, Value)> = set.iter().copied().filter(|(field, _)| field.field().in_crm).collect();
    let order = world.next_order(alias);
    let (by, origin, meeting) = (By::User(owner), None, None);
    let new = NewRecord { kind, id: Err(order), owner, columns: &columns, by, origin, meeting };
    let record = world.server.create(new, protocol, Arc::make_mut(&mut world.contents), &mut world.journal);
    world.names.name_record(record, alias);
    record
}

fn place_item(
    world: &mut World,
    kind: Kind,
    (holder, alias): (UserId, u32),
    set: &[(FieldId, Value)],
    tracked: bool,
) -> ItemId {
    let contents = Arc::make_mut(&mut world.contents);
    let content = new_item_content(contents, kind, set);
    let state = if tracked { LinkState::Pending } else { LinkState::Unmarked };
    let item = MailItem {
        kind,
        mailbox: holder,
        folder: Folder::Synchronized,
        content,
        modified: world.now,
        change: 0,
        edited: 0,
        written: 0,
        meeting: None,
        ended_by: None,
        brought: None,
        link: Link { state, ..Link::NONE },
    };
    let id = world.mailboxes.create(item, None, By::User(holder), &mut world.journal);
    world.names.name_item(id, alias);
    id
}

/// The fields of an item that a person makes in Outlook: a task is not started, an appointment shows its time as busy.
pub fn new_item_content(contents: &mut Contents, kind: Kind, set: &[(FieldId, Value)]) -> ContentId {
    let empty = match kind {
        Kind::Contact => Contents::EMPTY,
        Kind::Task | Kind::Appointment => {
            let status = crate::crm::record::status_field(kind);
            contents.with(Contents::EMPTY, &[(status, Value::Int(crate::model::status::initial(kind)))])
        }
    };
    mapping::set_in_outlook(contents, kind, empty, set)
}

/// Makes the item of a record that is synchronized already: equal, linked, mapped in the mailbox's primary client.
fn place_linked(
    world: &mut World,
    protocol: &Protocol,
    record: CrmId,
    (holder, alias): (UserId, u32),
    (set, own): (Columns<'_>, Columns<'_>),
) {
    let row = *world.server.record(record);
    let company = world.clients.iter().any(|client| client.mailbox == holder && client.settings.update_company);
    let contents = Arc::make_mut(&mut world.contents);
    let mut base = mapping::from_crm(contents, &protocol.directions, row.content);
    let mut columns = contents.fields_of(base).to_vec();
    if !company {
        let down = |field: FieldId| protocol.directions.of(field) == crate::model::Direction::Down;
        let hidden: Vec<(FieldId, Value)> =
            columns.iter().filter(|(f, _)| down(*f)).map(|(f, _)| (*f, Value::Empty)).collect();
        columns.retain(|(field, _)| !down(*field));
        base = contents.with(base, &hidden);
    }
    // What the item says by fields of its own is there by those.
    columns.retain(|(field, _)| !own.iter().any(|(of, _)| of == field));
    let own: Vec<(FieldId, Value)> = set.iter().copied().filter(|(field, _)| !field.field().in_crm).collect();
    let start = with_mailing_address(contents, row.kind, &own);
    let written = mapping::write_to_outlook(contents, row.kind, start, &columns);
    let content = if own.is_empty() { written } else { mapping::set_in_outlook(contents, row.kind, written, &own) };
    let link = Link {
        state: LinkState::Tracked,
        record: Some(record),
        reserved: false,
        base,
        version: row.version,
        owner: Some(row.owner),
        by_person: false,
        was_let_go: false,
        delete_record: false,
        closed: crate::model::status::is_closed(row.kind, row.statuscode(&world.contents)),
        edited: 0,
    };
    let item = MailItem {
        kind: row.kind,
        mailbox: holder,
        folder: Folder::Synchronized,
        content,
        modified: world.now,
        change: 0,
        edited: 0,
        written: 0,
        meeting: row.meeting,
        ended_by: None,
        brought: None,
        link,
    };
    let primary = world.clients.iter().position(|client| client.mailbox == holder && client.role.synchronizes());
    let by = By::Sync(ClientId(primary.unwrap_or(0) as u8));
    let id = world.mailboxes.create(item, Some(record), by, &mut world.journal);
    world.names.name_item(id, alias);

    let entry = Entry { kind: row.kind, state: EntryState::Done, version: row.version, prepared: 0, order: row.order };
    world.server.subscriptions[holder.index()].set_entry(record, entry);
    world.journal.write(What::EntryMoved {
        user: holder,
        record,
        from: EntryState::Absent,
        to: EntryState::Done,
        version: row.version,
        cause: EntryCause::Create,
    });
    if let Some(primary) = primary {
        let map = MapRow {
            record,
            item: id,
            kind: row.kind,
            linked: true,
            deleted_locally: false,
            visited: false,
            verified: world.now,
            base: protocol.switches.maps_original_xml().then_some(base),
        };
        // Everybody who roams with the primary has the row too.
        let keeper = world.keeper(ClientId(primary as u8));
        let roaming: Vec<ClientId> =
            world.clients.iter().map(|client| client.id).filter(|id| world.keeper(*id) == keeper).collect();
        for client in roaming {
            let number = world.cache_mut(client).put_map(map);
            world.journal.write(What::MapWritten { client, map: number, row: Some(map.view()) });
        }
    }
}
