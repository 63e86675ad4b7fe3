//! What exists at the end of a run: records, items with their links, and the rows of the product's tables.

use super::super::names::Names;
use super::aligned;
use crate::crm::Record;
use crate::engine::tables::{self, TableRow};
use crate::mailbox::{Folder, Item};
use crate::model::{ClientId, ContentId, CrmId, FieldId, ItemId, Table, Value};

/// Whose rows a table has.
enum Of {
    /// A user's subscription.
    User,
    /// The server.
    Server,
    /// One client.
    Client,
}

/// The tables that a state shows. Left out is the log of synchronizations, which the journal tells better.
const TABLES: [(Table, Of); 7] = [
    (Table::SubscriptionClients, Of::Client),
    (Table::SyncEntry, Of::User),
    (Table::ManuallyTracked, Of::User),
    (Table::TrackingDeleted, Of::Server),
    (Table::SyncState, Of::Client),
    (Table::IdMapping, Of::Client),
    (Table::OutlookSync, Of::Client),
];

/// The lines of a state.
pub fn lines(names: &Names<'_>) -> Vec<String> {
    let world = names.world;
    let mut lines = section("records in CRM");
    for (id, row) in world.server.live_records() {
        lines.extend(record(names, id, row));
    }
    lines.extend(section("items in Outlook"));
    for (id, item) in world.mailboxes.all().filter(|(_, item)| item.folder != Folder::Purged) {
        lines.extend(self::item(names, id, item));
    }
    lines.extend(section("tables"));
    let mut empty = Vec::new();
    for (table, of) in TABLES {
        let (what, owners) = owners(names, of);
        let rows = owners.into_iter().flat_map(|(client, owner)| {
            let rows = tables::rows(world, client, table).into_iter();
            rows.map(move |row| (owner.clone(), row))
        });
        let rows: Vec<(String, TableRow)> = rows.collect();
        if rows.is_empty() {
            empty.push(table.word());
            continue;
        }
        lines.push(format!("  {}", table.word()));
        lines.extend(aligned(4, &cells(names, what, &rows)));
    }
    if !empty.is_empty() {
        lines.push(format!("  without rows: {}", empty.join(", ")));
    }
    lines
}

fn section(title: &str) -> Vec<String> {
    vec![String::new(), title.to_owned()]
}

fn record(names: &Names<'_>, id: CrmId, record: &Record) -> Vec<String> {
    let Record { kind, content, owner, modified_on, modified_by, .. } = *record;
    let (owner, author) = (names.user(owner), names.user(modified_by));
    let head = format!("  {}: {kind} of {owner}, changed {} by {author}", names.record(id), names.at(modified_on));
    std::iter::once(head).chain(aligned(4, &fields(names, &[content]))).collect()
}

fn item(names: &Names<'_>, id: ItemId, item: &Item) -> Vec<String> {
    let Item { kind, mailbox, folder, content, modified, link, .. } = *item;
    let folder = match folder {
        Folder::Synchronized | Folder::Purged => "",
        Folder::Elsewhere => ", in another folder",
        Folder::DeletedItems => ", in Deleted Items",
        Folder::OtherStore => ", in another store",
    };
    let record = link.record.map_or(String::new(), |record| format!(", its record {}", names.record(record)));
    let head = format!(
        "  {}: {kind} in the mailbox of {}{folder}, changed {}, {}{record}",
        names.item(id),
        names.user(mailbox),
        names.at(modified),
        link.state
    );
    let mut rows = fields(names, &[content, link.base]);
    if rows.iter().any(|row| row.len() > 2) {
        rows.insert(0, ["", "item", "OriginalXML"].map(str::to_owned).to_vec());
    }
    std::iter::once(head).chain(aligned(4, &rows)).collect()
}

/// A row for each field that any of the contents has, with its value in each.
fn fields(names: &Names<'_>, contents: &[ContentId]) -> Vec<Vec<String>> {
    let of = |content: &ContentId| names.world.contents.fields_of(*content).iter().map(|(field, _)| *field);
    let all: std::collections::BTreeSet<FieldId> = contents.iter().flat_map(of).collect();
    let value = |content: &ContentId, field| match names.world.contents.get(*content, field) {
        Value::Empty => String::new(),
        value => names.value(value),
    };
    let row = |field: FieldId| {
        let mut cells = vec![field.name().to_owned()];
        cells.extend(contents.iter().map(|content| value(content, field)));
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        cells
    };
    all.into_iter().map(row).collect()
}

/// Whose rows a table has: what the owners are, and each with a client that sees its rows.
fn owners(names: &Names<'_>, of: Of) -> (&'static str, Vec<(ClientId, String)>) {
    let clients = names.world.clients.iter().map(|client| (client.id, client.user));
    match of {
        Of::Server => ("", clients.take(1).map(|(client, _)| (client, String::new())).collect()),
        Of::Client => ("client", clients.map(|(client, _)| (client, names.client(client))).collect()),
        Of::User => {
            let mut users = std::collections::BTreeSet::new();
            let firsts = clients.filter(|(_, user)| users.insert(*user));
            ("user", firsts.map(|(client, user)| (client, names.user(user))).collect())
        }
    }
}

/// The rows of a table, each with its owner, under the names of the columns; a column that no row fills is left out.
fn cells(names: &Names<'_>, owner: &str, rows: &[(String, TableRow)]) -> Vec<Vec<String>> {
    let columns: Vec<&str> =
        rows.iter().take(1).flat_map(|(_, row)| row.columns.iter().map(|(name, _)| *name)).collect();
    let head: Vec<&str> = [owner, "item", "record"].into_iter().chain(columns).chain(["error"]).collect();
    let line = |(owner, row): &(String, TableRow)| {
        let mut cells = vec![owner.clone()];
        cells.push(row.item.map_or_else(String::new, |item| names.item(item)));
        cells.push(row.record.map_or_else(String::new, |record| names.record(record)));
        cells.extend(row.columns.iter().map(|(_, number)| number.to_string()));
        cells.push(row.error.map_or_else(String::new, |error| error.to_string()));
        cells
    };
    let lines: Vec<Vec<String>> = rows.iter().map(line).collect();
    let filled: Vec<bool> = (0..head.len())
        .map(|column| lines.iter().any(|line| line.get(column).is_some_and(|cell| !cell.is_empty())))
        .collect();
    let head = head.into_iter().map(str::to_owned).collect();
    let keep = |line: Vec<String>| {
        line.into_iter().zip(&filled).filter(|(_, filled)| **filled).map(|(cell, _)| cell).collect()
    };
    std::iter::once(head).chain(lines).map(keep).collect()
}
