//! Whether an expectation holds: each word is a question to the world, answered with what was expected and what is so.

use super::outcome::{Failure, FailureKind};
use super::runner::Runner;
use super::{layout, tables};
use crate::journal::{LinkState, Note, What};
use crate::model::mapping;
use crate::model::{Answer, Call, ClientId, ContentId, Contents, CrmId, FieldId, ItemId, Kind, Side, Table, Value};
use crate::scenario::model::{Arg, Args, Literal};
use crate::scenario::vocabulary::{Expectation, Key};
use crate::sim::Time;

/// The answer to an expectation: whether it holds, what was expected, and what is so.
pub struct Finding {
    holds: bool,
    expected: String,
    actual: String,
}

pub fn finding(holds: bool, expected: impl Into<String>, actual: impl Into<String>) -> Finding {
    Finding { holds, expected: expected.into(), actual: actual.into() }
}

impl Runner<'_> {
    /// Judges an expectation at this point of the run.
    pub fn expect(&mut self, index: usize, word: Expectation, negated: bool, args: &Args) {
        let found = self.find(word, negated, args);
        if found.holds == negated {
            let expected = if negated { format!("not: {}", found.expected) } else { found.expected };
            self.failures.push(Failure {
                kind: FailureKind::Expectation(index),
                expected,
                actual: found.actual,
                fact: self.seen,
                declared: false,
            });
        }
    }

    fn find(&mut self, word: Expectation, negated: bool, args: &Args) -> Finding {
        match word {
            Expectation::Kept | Expectation::Gone => self.find_each(args, |runner, alias| {
                let there = runner.exists(alias, args);
                let wanted = word == Expectation::Kept;
                let state = |there| if there { "exists" } else { "does not exist" };
                finding(there == wanted, format!("it {}{}", state(wanted), place(args)), format!("it {}", state(there)))
            }),
            Expectation::Linked | Expectation::Unlinked => self.find_each(args, |runner, alias| {
                let linked = runner.is_linked(alias, runner.on_client(args));
                let wanted = word == Expectation::Linked;
                let state = |linked| if linked { "linked" } else { "not linked" };
                finding(linked == wanted, format!("it is {}", state(wanted)), format!("it is {}", state(linked)))
            }),
            Expectation::Fields => self.find_each(args, |runner, alias| runner.find_fields(alias, args)),
            Expectation::Same | Expectation::Different => self.find_each(args, |runner, alias| {
                let differences = runner.differences(alias, args);
                let wanted = word == Expectation::Same;
                let expected = if wanted { "both copies say the same" } else { "the copies differ" };
                match differences {
                    Err(why) => finding(!wanted, expected, why),
                    Ok(list) if list.is_empty() => finding(wanted, expected, "they say the same"),
                    Ok(list) => finding(!wanted, expected, format!("they differ in {}", list.join(", "))),
                }
            }),
            Expectation::Count => self.find_count(args),
            Expectation::Writes => self.find_each(args, |runner, alias| runner.find_writes(alias, args)),
            Expectation::Calls => self.find_calls(args),
            Expectation::Report => self.find_report(args),
            Expectation::Pending => self.find_pending(args),
            Expectation::Error => self.find_error(args),
            Expectation::Table => self.find_table(args),
            Expectation::Journal => self.find_journal(args),
            Expectation::Prompt => self.find_prompt(self.on_client(args), args),
            Expectation::Guard => self.find_guard(self.on_client(args), args),
            Expectation::Primary => {
                let client = self.on_client(args);
                let user = self.world.clients[client.index()].user;
                let clients = &self.world.server.subscriptions[user.index()].clients;
                let primary = clients.iter().any(|(id, primary)| *id == client && *primary);
                finding(primary, "it is the primary client", if primary { "it is" } else { "it is not" })
            }
            Expectation::Quiet => {
                if !self.world.clients[self.on_client(args).index()].running {
                    return finding(negated, "further cycles write nothing", "Outlook does not run there");
                }
                if !self.world.clients[self.on_client(args).index()].addin {
                    return finding(negated, "further cycles write nothing", "the add-in is disabled there");
                }
                let cycles = u32::try_from(args.int(Key::Cycles).unwrap_or(4)).unwrap_or(4);
                let writes = self.quiet_cycles(self.on_client(args), cycles);
                finding(writes == 0, format!("{cycles} cycles write nothing"), format!("they wrote {writes} times"))
            }
        }
    }

    /// Asks for each alias that `item` names; all must hold, and the first that does not answers.
    fn find_each(&mut self, args: &Args, ask: impl Fn(&mut Self, u32) -> Finding) -> Finding {
        let name = args.text(Key::Item).unwrap_or_default();
        let aliases = self.aliases.named(&self.world, name);
        if aliases.is_empty() {
            return finding(false, format!("`{name}` exists"), "nothing goes by that name yet");
        }
        let mut first = None;
        for alias in aliases {
            self.spend(1 + self.writes.len() as u64 / 100);
            let name = self.world.names.aliases[alias as usize].clone();
            let found = ask(self, alias);
            let found = finding(found.holds, format!("`{name}`: {}", found.expected), found.actual);
            if !found.holds {
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_else(|| finding(true, "", ""))
    }

    fn on_client(&self, args: &Args) -> ClientId {
        self.client_named(args.text(Key::On).unwrap_or_default())
    }

    /// The side and, for Outlook, the client that `on` and `side` name.
    fn side(&self, args: &Args) -> (Option<Side>, Option<ClientId>) {
        match (args.text(Key::On), args.text(Key::Side)) {
            (Some("crm"), _) | (None, Some("crm")) => (Some(Side::Crm), None),
            (Some("base"), _) => (Some(Side::Outlook), None),
            (Some(client), _) => (Some(Side::Outlook), Some(self.client_named(client))),
            (None, Some(_)) => (Some(Side::Outlook), None),
            (None, None) => (None, None),
        }
    }

    /// The item of an alias as a client sees it, or in any mailbox.
    fn item_seen(&self, alias: u32, client: Option<ClientId>) -> Option<ItemId> {
        match client {
            Some(client) => self.item_of(alias, self.world.clients[client.index()].mailbox),
            None => {
                let users = 0..self.world.names.users.len();
                users.into_iter().find_map(|user| self.item_of(alias, crate::model::UserId(user as u8)))
            }
        }
    }

    fn exists(&self, alias: u32, args: &Args) -> bool {
        match self.side(args) {
            (Some(Side::Crm), _) => self.record_of(alias).is_some(),
            (Some(Side::Outlook), client) => self.item_seen(alias, client).is_some(),
            (None, _) => self.record_of(alias).is_some() || self.item_seen(alias, None).is_some(),
        }
    }

    fn is_linked(&self, alias: u32, client: ClientId) -> bool {
        let own = &self.world.clients[client.index()];
        let Some(item) = self.item_of(alias, own.mailbox) else { return false };
        // Only the synchronizing client keeps mapping rows; any other sees the link on the item itself.
        let record = if own.role.synchronizes() {
            self.world.cache(client).map_of_item(item).filter(|(_, map)| map.linked).map(|(_, map)| map.record)
        } else {
            let link = self.world.mailboxes.item(item).link;
            link.record.filter(|_| link.state == LinkState::Tracked)
        };
        record.is_some_and(|record| self.world.server.live(record).is_some())
    }

    fn find_fields(&mut self, alias: u32, args: &Args) -> Finding {
        let base = args.text(Key::On) == Some("base");
        let (side, client) = self.side(args);
        let side = side.unwrap_or(Side::Crm);
        let content: Option<(Kind, ContentId)> = match side {
            Side::Crm => self.record_of(alias).map(|record| {
                let row = self.world.server.record(record);
                (row.kind, row.content)
            }),
            Side::Outlook => self.item_seen(alias, client).map(|item| {
                let row = self.world.mailboxes.item(item);
                (row.kind, if base { row.link.base } else { row.content })
            }),
        };
        let set = args.set(Key::Set).to_vec();
        let Some((kind, content)) = content else {
            return finding(false, self.show_set(&set), "there is no such copy");
        };
        let mut actual = Vec::new();
        let mut holds = true;
        for (field, literal) in &set {
            let contents = self.world.contents_mut();
            let expected = layout::value(contents, literal);
            let view =
                if base { contents.get(content, *field) } else { mapping::view(contents, kind, side, content, *field) };
            holds &= view == expected;
            actual.push(format!("{field} = {}", show(contents, view)));
        }
        finding(holds, self.show_set(&set), actual.join(", "))
    }

    fn show_set(&self, set: &[(FieldId, Literal)]) -> String {
        let show = |literal: &Literal| match literal {
            Literal::Text(text) if text.is_empty() => "empty".to_owned(),
            Literal::Text(text) => format!("{text:?}"),
            Literal::Int(number) => number.to_string(),
            Literal::Time(time) => time.to_string(),
        };
        set.iter().map(|(field, literal)| format!("{field} = {}", show(literal))).collect::<Vec<_>>().join(", ")
    }

    /// The mapped fields in which an item and its record, or another item, differ.
    fn differences(&mut self, alias: u32, args: &Args) -> Result<Vec<String>, String> {
        let client = self.on_client(args);
        let directions = self.protocol.directions;
        let item = self.item_seen(alias, Some(client)).ok_or("there is no item")?;
        let (kind, content) = (self.world.mailboxes.item(item).kind, self.world.mailboxes.item(item).content);
        let other = match args.text(Key::As) {
            Some(name) => {
                let alias = self.aliases.named(&self.world, name).first().copied().ok_or("there is no such item")?;
                let other = self.item_seen(alias, Some(client)).ok_or_else(|| format!("`{name}` is not there"))?;
                let content = self.world.mailboxes.item(other).content;
                mapping::from_outlook(self.world.contents_mut(), &directions, kind, content)
            }
            None => {
                let record = self.record_of(alias).ok_or("there is no record")?;
                let content = self.world.server.record(record).content;
                mapping::from_crm(self.world.contents_mut(), &directions, content)
            }
        };
        let contents = self.world.contents_mut();
        let form = mapping::from_outlook(contents, &directions, kind, content);
        let differing = contents.diff(form, other).into_iter();
        let both = differing.filter(|(field, _)| directions.of(*field) == crate::model::Direction::Both);
        Ok(both.map(|(field, value)| format!("{field} ({} there)", show(contents, value))).collect())
    }

    fn find_count(&self, args: &Args) -> Finding {
        let kind = args.text(Key::Kind).and_then(Kind::parse).unwrap_or(Kind::Contact);
        let wanted = args.int(Key::Is).unwrap_or(0);
        let (side, client) = self.side(args);
        let count = match side {
            Some(Side::Crm) | None => self.world.server.live_records().filter(|(_, row)| row.kind == kind).count(),
            Some(Side::Outlook) => {
                let mailbox = client.map(|client| self.world.clients[client.index()].mailbox);
                let live = self.world.mailboxes.all().filter(|(id, _)| self.world.mailboxes.live(*id).is_some());
                live.filter(|(_, item)| item.kind == kind && mailbox.is_none_or(|user| user == item.mailbox)).count()
            }
        };
        finding(
            count as i64 == wanted,
            format!("there are {wanted} {kind}s{}", place(args)),
            format!("there are {count}"),
        )
    }

    /// The writes that synchronization made to a copy, each as the fields that it changed.
    fn find_writes(&mut self, alias: u32, args: &Args) -> Finding {
        let in_crm = args.text(Key::On) == Some("crm");
        let mailbox = (!in_crm).then(|| self.world.clients[self.on_client(args).index()].mailbox);
        let names = &self.world.names;
        let of_record = |record: CrmId| names.of_record.get(record.index()) == Some(&alias);
        let of_item = |item: ItemId| {
            names.of_item.get(item.index()) == Some(&alias) && Some(self.world.mailboxes.item(item).mailbox) == mailbox
        };
        let contents: &Contents = &self.world.contents;
        let changes = self.writes.iter().filter_map(|fact| match fact.what {
            What::RecordChanged { record, before, after, .. } if in_crm && of_record(record) => Some((before, after)),
            What::ItemChanged { item, before, after, .. } if !in_crm && of_item(item) => Some((before, after)),
            _ => None,
        });
        let changed = changes.map(|(before, after)| contents.diff(before, after));
        let changed = changed.map(|fields| fields.into_iter().map(|(field, _)| field).collect::<Vec<_>>());
        let writes: Vec<Vec<FieldId>> = changed.filter(|fields| !fields.is_empty()).collect();
        let wanted = args.int(Key::Times).unwrap_or(1);
        let only = match args.0.get(&Key::Fields) {
            Some(Arg::Fields(fields)) => Some(fields),
            _ => None,
        };
        let same = |fields: &Vec<FieldId>| only.is_none_or(|only| same_fields(fields, only));
        let holds = writes.len() as i64 == wanted && writes.iter().all(same);
        let list = |fields: &[FieldId]| fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(" ");
        let of = only.map_or(String::new(), |only| format!(" of exactly [{}]", list(only)));
        let shown: Vec<String> = writes.iter().map(|fields| format!("[{}]", list(fields))).collect();
        let actual =
            if shown.is_empty() { "there was none".to_owned() } else { format!("written: {}", shown.join(", ")) };
        finding(holds, format!("{wanted} writes by synchronization{of}"), actual)
    }

    fn find_calls(&self, args: &Args) -> Finding {
        let client = self.on_client(args);
        let call = args.text(Key::Call).and_then(Call::parse).unwrap_or(Call::Prepare);
        let aliases = args.text(Key::Item).map(|item| self.aliases.named(&self.world, item));
        let since = args.text(Key::Since).and_then(|id| self.step_named(id)).unwrap_or(0);
        let matching = self.calls.iter().filter(|made| {
            made.client == client
                && made.call == call
                && made.step >= since
                && aliases.as_ref().is_none_or(|aliases| made.alias.is_some_and(|alias| aliases.contains(&alias)))
        });
        let mut counts = [0_i64; 3];
        for made in matching {
            counts[0] += i64::from(made.sent);
            counts[1] += i64::from(made.applied);
            counts[2] += i64::from(made.answered);
        }
        let keys = [(Key::Sent, "sent"), (Key::Applied, "applied"), (Key::Answered, "answered")];
        let wanted = keys.map(|(key, _)| args.int(key));
        let holds = wanted.iter().zip(counts).all(|(wanted, count)| wanted.is_none_or(|wanted| wanted == count));
        let show = |counts: [Option<i64>; 3]| {
            let parts = keys.iter().zip(counts).filter_map(|((_, name), n)| n.map(|n| format!("{n} {name}")));
            parts.collect::<Vec<_>>().join(", ")
        };
        finding(holds, format!("{call}: {}", show(wanted)), format!("{call}: {}", show(counts.map(Some))))
    }

    pub fn step_named(&self, id: &str) -> Option<usize> {
        self.scenario.steps.iter().position(|step| step.id.as_deref() == Some(id))
    }

    fn find_report(&self, args: &Args) -> Finding {
        let Some(report) = self.world.clients[self.on_client(args).index()].report else {
            return finding(false, "a cycle finished", "none did yet");
        };
        let is = [report.to_outlook, report.to_crm].map(|tally| [tally.added, tally.updated, tally.deleted]);
        let wanted = [args.triple(Key::ToOutlook), args.triple(Key::ToCrm)];
        let holds = wanted.iter().zip(is).all(|(wanted, is)| wanted.is_none_or(|wanted| wanted == is));
        let show = |[outlook, crm]: [[u32; 3]; 2]| format!("to Outlook {outlook:?}, to CRM {crm:?}");
        let expected = [wanted[0].unwrap_or(is[0]), wanted[1].unwrap_or(is[1])];
        finding(holds, format!("[added, updated, deleted] {}", show(expected)), show(is))
    }

    /// The rows of OutlookSyncTable of a client, of some aliases where an item is named.
    fn rows(&self, args: &Args) -> Vec<crate::outlook::Row> {
        let aliases = args.text(Key::Item).map(|item| self.aliases.named(&self.world, item));
        let names = &self.world.names;
        let about = |row: &crate::outlook::Row| {
            let item = row.item.and_then(|item| names.of_item.get(item.index()));
            item.or_else(|| row.record.and_then(|record| names.of_record.get(record.index()))).copied()
        };
        let rows = self.world.cache(self.on_client(args)).rows().map(|(_, row)| *row);
        let named = |row: &crate::outlook::Row| {
            aliases.as_ref().is_none_or(|aliases| about(row).is_some_and(|alias| aliases.contains(&alias)))
        };
        rows.filter(named).collect()
    }

    fn find_pending(&self, args: &Args) -> Finding {
        let code = args.text(Key::Error).and_then(Answer::parse);
        let rows = self.rows(args);
        let matching = rows.iter().filter(|row| code.is_none() || row.error == code).count();
        let wanted = args.int(Key::Rows);
        let holds = wanted.map_or(matching > 0, |wanted| wanted == matching as i64);
        let expected = wanted.map_or("rows wait in OutlookSyncTable".to_owned(), |n| format!("{n} rows wait"));
        let errors: Vec<&str> = rows.iter().filter_map(|row| row.error).map(Answer::word).collect();
        finding(holds, expected, format!("{matching} wait; errors: [{}]", errors.join(", ")))
    }

    fn find_error(&self, args: &Args) -> Finding {
        let code = args.text(Key::Code).and_then(Answer::parse);
        let errors: Vec<Answer> = self.rows(args).iter().filter_map(|row| row.error).collect();
        let holds = errors.iter().any(|error| code.is_none_or(|code| code == *error));
        let expected = format!("a row carries {}", code.map_or("an error", Answer::word));
        let actual = errors.iter().map(|error| error.word()).collect::<Vec<_>>().join(", ");
        finding(holds, expected, if errors.is_empty() { "no row carries an error".to_owned() } else { actual })
    }

    fn find_table(&self, args: &Args) -> Finding {
        let table = args.text(Key::Table).and_then(Table::parse).unwrap_or(Table::SyncEntry);
        let aliases = args.text(Key::Item).map(|item| self.aliases.named(&self.world, item));
        let aliases: Option<Vec<&String>> =
            aliases.map(|aliases| aliases.into_iter().map(|alias| &self.world.names.aliases[alias as usize]).collect());
        let rows = tables::rows(&self.world, self.on_client(args), table);
        let about = rows.iter().filter(|row| aliases.as_ref().is_none_or(|aliases| aliases.contains(&&row.about)));
        let about: Vec<&tables::TableRow> = about.collect();
        let columns = args.columns(Key::Set);
        let has = |row: &tables::TableRow, (name, literal): &(String, Literal)| {
            row.columns.iter().any(|(column, value)| column == name && Literal::Int(*value) == *literal)
        };
        let matching = about.iter().filter(|row| columns.iter().all(|column| has(row, column))).count();
        let wanted = args.int(Key::Rows);
        let holds = wanted.map_or(matching > 0, |wanted| wanted == matching as i64);
        let show = |row: &&tables::TableRow| {
            let columns: Vec<String> = row.columns.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", row.about, columns.join(" ")).trim().to_owned()
        };
        let set: Vec<String> = columns
            .iter()
            .map(|(name, literal)| match literal {
                Literal::Int(number) => format!("{name}={number}"),
                other => format!("{name}={other:?}"),
            })
            .collect();
        let count = wanted.map_or("a row".to_owned(), |wanted| format!("{wanted} rows"));
        let shown: Vec<String> = about.iter().take(5).map(show).collect();
        let actual = if shown.is_empty() { "there is none".to_owned() } else { shown.join("; ") };
        finding(holds, format!("{table} has {count} {}", set.join(" ")), actual)
    }

    fn find_journal(&mut self, args: &Args) -> Finding {
        let kind = args.text(Key::Kind).unwrap_or_default().to_owned();
        let aliases = args.text(Key::Item).map(|item| self.aliases.named(&self.world, item));
        let field = match args.0.get(&Key::Field) {
            Some(Arg::Field(field)) => Some(*field),
            _ => None,
        };
        let lost = match args.0.get(&Key::Lost) {
            Some(Arg::Value(literal)) => Some(layout::value(self.world.contents_mut(), literal)),
            _ => None,
        };
        let names = &self.world.names;
        let concerns = |item: Option<ItemId>, record: Option<CrmId>| {
            let item = item.and_then(|item| names.of_item.get(item.index()));
            let record = record.and_then(|record| names.of_record.get(record.index()));
            aliases.as_ref().is_none_or(|aliases| {
                item.is_some_and(|alias| aliases.contains(alias)) || record.is_some_and(|alias| aliases.contains(alias))
            })
        };
        let stands = self.notes.iter().any(|fact| match fact.what {
            What::EditLost { item, record, field: of, value, .. } => {
                kind == "edit-lost"
                    && concerns(item, record)
                    && field.is_none_or(|field| field == of)
                    && lost.is_none_or(|lost| lost == value)
            }
            What::Noted { note, item, record, .. } => Note::parse(&kind) == Some(note) && concerns(item, record),
            What::RowFailed { item, record, .. } => kind == "row-failed" && concerns(item, record),
            _ => false,
        });
        finding(stands, format!("the journal says `{kind}`"), if stands { "it does" } else { "it does not" })
    }
}

fn same_fields(one: &[FieldId], other: &[FieldId]) -> bool {
    one.len() == other.len() && one.iter().all(|field| other.contains(field))
}

fn place(args: &Args) -> String {
    match (args.text(Key::On), args.text(Key::Side)) {
        (Some("crm"), _) | (None, Some("crm")) => " in CRM".to_owned(),
        (Some(client), _) => format!(" in Outlook on {client}"),
        (None, Some(_)) => " in Outlook".to_owned(),
        (None, None) => String::new(),
    }
}

fn show(contents: &Contents, value: Value) -> String {
    match value {
        Value::Empty => "empty".to_owned(),
        Value::Text(id) => format!("{:?}", contents.text_of(id)),
        Value::Int(number) => number.to_string(),
        Value::Time(millis) => Time(millis).to_string(),
    }
}
