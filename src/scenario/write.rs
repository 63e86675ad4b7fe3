//! Writing a scenario back as a file that reads the same.
//!
//! What the parser fills in (users that clients imply, owners, default filters) is left out again, and of the protocol
//! only what differs from the nearest base is written. A row of `cases` is written as a file of its own.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::fields::{OWNER, PARTY, STATECODE};
use super::model::{
    Arg, Args, Body, Client, Conditions, Filter, Item, Literal, Own, Phases, Profile, Rank, Scenario, Settings,
    SettingsChange, Sizes, Step, Sweep, User, Weights, When, Where,
};
use super::parse::FORMAT;
use super::profile::{OTHERS, OWN, PHASES, RANDOM, SIZES};
use super::vocabulary::{Act, Fault, Key};
use crate::model::privileges::ALL_PRIVILEGES;
use crate::model::{DefaultFolder, FieldId, FolderRights, Kind, Privilege, Privileges, Role};
use crate::protocol::switches::{SwitchValue, Switches};
use crate::sim::Span;

/// The keys of a step that come first, in this order; the others follow in theirs.
const FIRST: [Key; 10] =
    [Key::Filter, Key::Call, Key::Table, Key::Item, Key::New, Key::Side, Key::Kind, Key::On, Key::As, Key::To];

/// What differs between the rows of a file that is written with some.
#[derive(Default)]
pub(crate) struct Rows {
    /// The rows: each with its keys and values, ready to be written.
    pub cases: Vec<Vec<(&'static str, String)>>,
    /// The values of the variables in the first two rows.
    pub values: [BTreeMap<String, String>; 2],
    /// The row that each step runs in; every row where `None`. All steps run in all rows where the list is empty.
    pub steps: Vec<Option<&'static str>>,
    /// The items whose rank is a variable.
    pub ranks: BTreeMap<String, String>,
}

impl Scenario {
    /// The text of a file that reads as this scenario, apart from its path, its row and its line numbers.
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.to_toml_with(&Rows::default())
    }

    /// The same with rows of `cases`; `rows-end-equal` is written where there are any.
    pub(crate) fn to_toml_with(&self, rows: &Rows) -> String {
        let mut out = String::new();
        line(&mut out, "format", FORMAT.to_string());
        line(&mut out, "name", quote(&self.name));
        line(&mut out, "why", quote(&self.why));
        lines(&mut out, "rules", self.rules.iter().map(|rule| quote(rule.rule().id)));
        self.source.iter().for_each(|source| line(&mut out, "source", quote(source)));
        lines(&mut out, "tags", self.tags.iter().map(|tag| quote(tag)));
        line(&mut out, "start", self.start.to_string());
        if self.seed != 0 {
            line(&mut out, "seed", self.seed.to_string());
        }
        self.known.iter().for_each(|known| line(&mut out, "known", quote(known)));
        for (key, list) in [("violates", &self.violates), ("also", &self.also), ("breaks", &self.breaks)] {
            lines(&mut out, key, list.iter().map(|name| quote(name)));
        }
        self.unsettled.iter().for_each(|why| line(&mut out, "unsettled", quote(why)));
        lines(&mut out, "golden", self.golden.iter().map(|word| quote(word.word())));
        if self.drawn {
            line(&mut out, "drawn", "true".to_owned());
        }
        if self.rows_end_equal && !rows.cases.is_empty() {
            line(&mut out, "rows-end-equal", "true".to_owned());
        }
        let cases = rows.cases.iter().enumerate().map(|(index, row)| {
            let mut table = Table::default();
            row.iter().for_each(|(key, value)| table.put(key, value));
            let values = rows.values.get(index).into_iter().flatten();
            values.for_each(|(name, value)| table.put(&quote(name), value));
            table.close()
        });
        block(&mut out, "cases", cases.collect());
        let waive = self.waive.iter().map(|waiver| {
            let mut table = Table::default();
            table.put("invariant", quote(&waiver.invariant));
            table.put_some("from", waiver.from.as_deref().map(quote));
            table.put("why", quote(&waiver.why));
            table.close()
        });
        block(&mut out, "waive", waive.collect());
        out.push('\n');
        if self.users != implied_users(&self.clients) {
            block(&mut out, "users", self.users.iter().map(user).collect());
        }
        block(&mut out, "clients", self.clients.iter().map(client).collect());
        let owner = self.clients.first().map(|client| &client.user).or(self.users.first().map(|user| &user.id));
        let first = owner.map_or("", String::as_str);
        block(
            &mut out,
            "items",
            self.items.iter().map(|entry| item(entry, first, rows.ranks.get(&entry.id))).collect(),
        );
        // A scenario without steps says so; a profile has none.
        if self.steps.is_empty() && self.random.is_none() {
            out.push_str("steps = []\n");
        }
        let row_of = |index: usize| rows.steps.get(index).copied().flatten();
        let steps = self.steps.iter().enumerate().map(|(index, one)| step(one, row_of(index)));
        block(&mut out, "steps", steps.collect());
        out.push_str("\n[protocol]\n");
        protocol(&mut out, &self.protocol.switches);
        self.sweep.iter().for_each(|one| sweep(&mut out, one));
        self.random.iter().for_each(|profile| random(&mut out, profile));
        out
    }
}

impl Step {
    /// The step as a file has it, on one line.
    #[must_use]
    pub fn to_toml(&self) -> String {
        step(self, None)
    }
}

/// An inline table that is being written.
#[derive(Default)]
struct Table(String);

impl Table {
    fn put(&mut self, key: &str, value: impl std::fmt::Display) {
        let gap = if self.0.is_empty() { "" } else { ", " };
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{gap}{key} = {value}");
    }

    fn put_some(&mut self, key: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn close(self) -> String {
        if self.0.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", self.0) }
    }
}

fn line(out: &mut String, key: &str, value: String) {
    let _ = writeln!(out, "{key:<6} = {value}");
}

fn lines(out: &mut String, key: &str, values: impl Iterator<Item = String>) {
    let values: Vec<String> = values.collect();
    if !values.is_empty() {
        line(out, key, list(values));
    }
}

fn list(values: Vec<String>) -> String {
    format!("[{}]", values.join(", "))
}

/// An array with one entry a line.
fn block(out: &mut String, key: &str, entries: Vec<String>) {
    if !entries.is_empty() {
        let _ = writeln!(out, "{key} = [");
        for entry in entries {
            let _ = writeln!(out, "  {entry},");
        }
        out.push_str("]\n");
    }
}

/// A text of the file; one that would read as a variable gets another dollar sign.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from('"');
    let mut after = text.chars().skip(1);
    if text.starts_with('$') && after.next().is_some_and(|c| c == '$' || c.is_ascii_alphabetic()) {
        out.push('$');
    }
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn span(span: Span) -> String {
    quote(&span.to_string())
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => quote(text),
        Literal::Int(number) => number.to_string(),
        Literal::Time(time) => time.to_string(),
    }
}

fn fields(set: &[(FieldId, Literal)]) -> String {
    let mut table = Table::default();
    set.iter().for_each(|(field, value)| table.put(field.name(), literal(value)));
    table.close()
}

fn kinds(kinds: &[Kind]) -> String {
    list(kinds.iter().map(|kind| quote(kind.word())).collect())
}

fn implied_users(clients: &[Client]) -> Vec<User> {
    let mut users: Vec<User> = Vec::new();
    for client in clients {
        if users.iter().all(|user| user.id != client.user) {
            let (id, email) = (client.user.clone(), User::default_email(&client.user));
            users.push(User { id, email, privileges: Privileges::default(), filters: Filter::defaults() });
        }
    }
    users
}

fn user(user: &User) -> String {
    let mut table = Table::default();
    table.put("id", quote(&user.id));
    table.put_some("email", (user.email != User::default_email(&user.id)).then(|| quote(&user.email)));
    if user.privileges != Privileges::default() {
        let lacking = Privilege::all().filter(|privilege| !user.privileges.has(*privilege));
        let lacking = lacking.map(|privilege| quote(&format!("-{}", privilege.word())));
        table.put("privileges", list(std::iter::once(quote(ALL_PRIVILEGES)).chain(lacking).collect()));
    }
    if user.filters != Filter::defaults() {
        table.put("filters", list(user.filters.iter().map(filter).collect()));
    }
    table.close()
}

fn filter(filter: &Filter) -> String {
    let mut table = Table::default();
    table.put("id", quote(&filter.id));
    table.put("kind", quote(filter.kind.word()));
    table.put("where", conditions(&filter.conditions));
    if !filter.active {
        table.put("active", false);
    }
    table.close()
}

fn conditions(conditions: &Conditions) -> String {
    let mut table = Table::default();
    table.put_some(OWNER, conditions.owner_is_me.then(|| quote("me")));
    table.put_some(PARTY, conditions.party_is_me.then(|| quote("me")));
    table.put_some(STATECODE, conditions.statecode);
    conditions.fields.iter().for_each(|(field, value)| table.put(field.name(), literal(value)));
    table.close()
}

fn client(client: &Client) -> String {
    let mut table = Table::default();
    table.put("id", quote(&client.id));
    table.put("user", quote(&client.user));
    table.put_some("mailbox", (client.mailbox != client.user).then(|| quote(&client.mailbox)));
    table.put_some("machine", (client.machine != client.id).then(|| quote(&client.machine)));
    table.put("role", quote(client.role.word()));
    table.put_some("rights", (client.role == Role::Delegate).then(|| rights(client.rights)));
    table.put_some("running", (!client.running).then_some(false));
    table.put_some("online", (!client.online).then_some(false));
    table.put_some("addin", (!client.addin).then_some(false));
    table.put_some("clock", (client.clock != Span::ZERO).then(|| span(client.clock)));
    let usual = Settings::default();
    let given = &client.settings;
    let change = SettingsChange {
        kinds: (given.kinds != usual.kinds).then(|| given.kinds.clone()),
        update_company: (given.update_company != usual.update_company).then_some(given.update_company),
        automatic: (given.automatic != usual.automatic).then_some(given.automatic),
        interval: given.interval,
    };
    if *given != usual {
        table.put("settings", settings(&change));
    }
    table.close()
}

fn rights(rights: FolderRights) -> String {
    let mut table = Table::default();
    for folder in DefaultFolder::ALL {
        table.put(folder.word(), quote(rights.of(*folder).word()));
    }
    table.close()
}

fn settings(change: &SettingsChange) -> String {
    let mut table = Table::default();
    table.put_some("kinds", change.kinds.as_deref().map(kinds));
    table.put_some("update-company", change.update_company);
    table.put_some("automatic", change.automatic);
    table.put_some("interval", change.interval.map(span));
    table.close()
}

/// An item, perhaps with a variable for its rank; `first` is the user of the first client, who owns what names no owner.
fn item(item: &Item, first: &str, variable: Option<&String>) -> String {
    let mut table = Table::default();
    table.put("id", quote(&item.id));
    table.put("kind", quote(item.kind.word()));
    table.put("side", quote(Where::word(item.side)));
    table.put_some("owner", (item.owner != first).then(|| quote(&item.owner)));
    let shared = list(item.shared_with.iter().map(|user| quote(user)).collect());
    table.put_some("shared-with", (!item.shared_with.is_empty()).then_some(shared));
    table.put_some("holder", (item.holder != item.owner).then(|| quote(&item.holder)));
    table.put_some("tracked", item.tracked.then_some(true));
    table.put_some("set", (!item.set.is_empty()).then(|| fields(&item.set)));
    table.put_some("copies", item.copies);
    let rank = item.rank.map(|rank| match rank {
        Rank::First => quote("first"),
        Rank::Last => quote("last"),
        Rank::Number(number) => number.to_string(),
    });
    // A variable begins with one dollar sign, which a text that is none would double.
    table.put_some("rank", variable.map(|name| format!("\"{name}\"")).or(rank));
    table.close()
}

fn step(step: &Step, row: Option<&str>) -> String {
    let mut table = Table::default();
    table.put_some("id", step.id.as_deref().map(quote));
    table.put_some("at", step.at.map(span));
    match &step.body {
        Body::Do(act, values) => {
            table.put("do", quote(act.word()));
            args(&mut table, values);
        }
        Body::Fault(fault, values) => {
            table.put("fault", quote(fault.word()));
            args(&mut table, values);
        }
        Body::Expect(expectation, not, values) => {
            table.put("expect", quote(expectation.word()));
            table.put_some("not", not.then_some(true));
            args(&mut table, values);
        }
        Body::Note(note) => table.put("note", quote(note)),
    }
    table.put_some("rows", row.map(|row| list(vec![quote(row)])));
    table.put_some("background", step.background.then_some(true));
    table.put_some("when", step.when.as_ref().map(when));
    table.close()
}

fn args(table: &mut Table, args: &Args) {
    let rest = args.0.keys().filter(|key| !FIRST.contains(key));
    for key in FIRST.iter().chain(rest) {
        table.put_some(key.word(), args.0.get(key).map(arg));
    }
}

fn arg(arg: &Arg) -> String {
    match arg {
        Arg::Text(text) => quote(text),
        Arg::Int(number) => number.to_string(),
        Arg::Bool(flag) => flag.to_string(),
        Arg::Span(length) => span(*length),
        Arg::Time(time) => time.to_string(),
        Arg::Set(set) => fields(set),
        Arg::Columns(columns) => {
            let mut table = Table::default();
            columns.iter().for_each(|(column, value)| table.put(column, literal(value)));
            table.close()
        }
        Arg::Settings(change) => settings(change),
        Arg::Where(where_) => conditions(where_),
        Arg::Field(field) => quote(field.name()),
        Arg::Fields(fields) => list(fields.iter().map(|field| quote(field.name())).collect()),
        Arg::Names(names) => list(names.iter().map(|name| quote(name)).collect()),
        Arg::Rights(rights) => list(rights.iter().map(|right| quote(right.word())).collect()),
        Arg::Privileges(privileges) if privileges.len() == Privilege::all().count() => {
            list(vec![quote(ALL_PRIVILEGES)])
        }
        Arg::Privileges(privileges) => list(privileges.iter().map(|privilege| quote(&privilege.word())).collect()),
        Arg::Triple(numbers) => list(numbers.iter().map(u32::to_string).collect()),
        Arg::Value(value) => literal(value),
    }
}

fn when(when: &When) -> String {
    let mut table = Table::default();
    table.put("on", quote(&when.on));
    table.put("call", quote(when.call.word()));
    table.put("point", quote(when.point.word()));
    table.put_some("nth", (when.nth != 1).then_some(when.nth));
    table.put_some("item", when.item.as_deref().map(quote));
    table.put_some("table", when.table.map(|table| quote(table.word())));
    table.close()
}

fn sweep(out: &mut String, sweep: &Sweep) {
    out.push_str("\n[sweep]\n");
    line(out, "step", quote(&sweep.step));
    lines(out, "kinds", sweep.kinds.iter().map(|kind| quote(kind.word())));
    sweep.orders.iter().for_each(|orders| line(out, "orders", quote(orders.word())));
    sweep.sample.iter().for_each(|sample| line(out, "sample", sample.to_string()));
    let allow = sweep.allow.iter().map(|allowance| {
        let mut table = Table::default();
        table.put("at", quote(&allowance.at));
        table.put("kind", quote(&allowance.kind));
        table.put("violates", list(allowance.violates.iter().map(|name| quote(name)).collect()));
        table.put("why", quote(&allowance.why));
        table.close()
    });
    block(out, "allow", allow.collect());
}

fn random(out: &mut String, profile: &Profile) {
    let _ = writeln!(out, "\n[{RANDOM}]");
    let (given, usual) = (profile.sizes, Sizes::default());
    let given = [given.users, given.clients, given.items, given.steps];
    let usual = [usual.users, usual.clients, usual.items, usual.steps];
    for ((key, ..), (size, usual)) in SIZES.into_iter().zip(given.into_iter().zip(usual)) {
        if size != usual {
            line(out, key, list(vec![size.least.to_string(), size.most.to_string()]));
        }
    }
    weights(out, "weights", &profile.weights, Act::word);
    weights(out, "faults", &profile.faults, Fault::word);
    weights(out, "kinds", &profile.kinds, Kind::word);
    weights(out, "roles", &profile.roles, Role::word);
    if profile.phases != Phases::default() {
        let Phases { fault_free, single_fault, rare_fault, away } = profile.phases;
        let mut table = Table::default();
        PHASES
            .into_iter()
            .zip([fault_free, single_fault, rare_fault, away])
            .for_each(|(key, share)| table.put(key, share));
        line(out, "phases", table.close());
    }
    if profile.own != Own::default() {
        let Own { privileges, filters, settings } = profile.own;
        let mut table = Table::default();
        OWN.into_iter().zip([privileges, filters, settings]).for_each(|(key, share)| table.put(key, share));
        line(out, "own", table.close());
    }
}

fn weights<W: Copy + Ord>(out: &mut String, key: &str, weights: &Weights<W>, word: impl Fn(W) -> &'static str) {
    if *weights != Weights::default() {
        let mut table = Table::default();
        weights.named.iter().for_each(|(name, weight)| table.put(word(*name), weight));
        table.put_some(OTHERS, weights.others);
        line(out, key, table.close());
    }
}

/// The base from which the fewest switches differ, and those.
fn protocol(out: &mut String, switches: &Switches) {
    let (base, differing) = switches.nearest_base();
    let _ = writeln!(out, "base = {}", quote(base.word()));
    for switch in differing {
        let value = match switches.get(switch) {
            SwitchValue::Word(word) => quote(word),
            SwitchValue::Words(words) => list(words.into_iter().map(quote).collect()),
            SwitchValue::Count(count) => count.to_string(),
            SwitchValue::Span(length) => span(length),
            SwitchValue::Limit(limit) => format!("{{ count = {}, percent = {} }}", limit.count, limit.percent),
        };
        let _ = writeln!(out, "{} = {value}", switch.word());
    }
}
