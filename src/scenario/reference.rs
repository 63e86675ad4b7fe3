//! The reference of the format: every word and key with what it takes and means, made from the tables of the vocabulary.
//!
//! `crmsim words` prints it and `docs/format.md` is the same as Markdown, so that neither can fall behind the parser. What
//! a key means, which no table says, stands in `texts`; `print` makes texts of it.

mod print;
mod texts;

use super::codes::CODES;
use super::source::LIMITS;
use super::vocabulary::{ACTS, EXPECTATIONS, FAULTS, Key, Takes, Word};
use crate::check;
use crate::model::{Direction, FieldId, Kind, Privilege, Right, ValueType, status};
use crate::protocol::switches::{Base, Switch, SwitchType, SwitchValue, Switches};
pub use print::{markdown, words};
use texts::KeyText;

/// One part of the reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// The word by which the whole part can be asked for.
    pub word: &'static str,
    /// Its title.
    pub title: String,
    /// What is said before its entries.
    pub lead: &'static str,
    /// What stands in the columns of its entries; the word is the first.
    pub columns: &'static [&'static str],
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// One word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The word.
    pub word: String,
    /// What is said of it, for the columns after the first.
    pub cells: Vec<String>,
    /// Its keys: each with whether it is needed, what it takes and what it means.
    pub keys: Vec<[String; 4]>,
}

/// The whole reference.
#[must_use]
pub fn reference() -> Vec<Section> {
    let keys = |word, title: &str, lead, list: &[KeyText]| Section {
        word,
        title: title.to_owned(),
        lead,
        columns: &["key", "takes", "meaning"],
        entries: list.iter().map(|(key, takes, says)| entry(key, [*takes, *says])).collect(),
    };
    let mut all = vec![
        keys("root", "The file", "The keys of a file.", texts::ROOT),
        keys("users", "Users", "An entry of `users`.", texts::USER),
        privileges(),
        keys("filters", "Filters", "An entry of `filters`: which records come to a user.", texts::FILTER),
        keys("clients", "Clients", "An entry of `clients`.", texts::CLIENT),
        keys("settings", "Settings", "A client's `settings`, and `set` of the act `option`.", texts::SETTINGS),
        keys("items", "Items", "An entry of `items`.", texts::ITEM),
        keys("cases", "Rows", "An entry of `cases`. Every other key of it is a variable.", texts::ROW),
        keys("waivers", "Waivers", "An entry of `waive`.", texts::WAIVER),
        keys(
            "sweep",
            "Sweeps",
            "`[sweep]`: the file runs undisturbed, and again once for each point, which is nothing but the same file with \
             one `fault` before the named step or with another order. Each must settle in the end state of the undisturbed \
             run (what exists by name and content, whatever its ids, versions and times), and violate no invariant. \
             Expectations before the named step count in every run, those after it only in the undisturbed one. \
             `crmsim run FILE --point NAME` runs one point, `crmsim point FILE` lists them.",
            texts::SWEEP,
        ),
        keys("allow", "Allowances", "An entry of `allow` of a sweep.", texts::ALLOW),
        keys(
            "random",
            "Profiles",
            "`[random]`: the file is a profile, from which each seed draws one scenario. What the file names (users, clients, \
             items, the protocol) is kept in each, and the rest is drawn. A size is the least and the most, both included, such \
             as `steps = [20, 200]`. A weight is a whole number from 0 to 1000, which counts next to the other weights, such as \
             `weights = { edit = 10, delete = 2 }`; a word with 0 never comes up, a word that is not named has the generator's \
             own weight, or that of `others`; the generator's own stand in `src/fuzz/generate/swarm.rs`, from 1 for `settle` to 40 for \
             `edit`. Nothing in `faults` leaves out an act: `crash`, `lose-cache` and the other misfortunes that are acts go \
             with a weight of 0 in `weights`, or with `phases = { fault-free = 100, single-fault = 0, rare-fault = 0 }`. What is \
             shared comes to another's Outlook only by a filter that asks for more than what is their own. Where nothing that has a weight can happen, a minute passes (`advance`), and `crmsim \
             fuzz` warns where that is much. A profile has no steps, rows, waivers and sweeps. `rules`, `known`, `violates`, \
             `also` and `golden` speak of the run of its own `seed`, which is what `crmsim run` runs.",
            texts::RANDOM,
        ),
        keys("steps", "Steps", "The keys that every step may have beside those of its word.", texts::STEP),
        keys("points", "Points", "`when`: the point inside a call where an act takes place.", texts::WHEN),
        of_words(
            "acts",
            "Acts",
            "`do = \"…\"`. `as` belongs to acts on `crm`, `via`, `close` and `hard` to acts on a client.",
            ACTS,
        ),
        of_words(
            "faults",
            "Faults",
            "`fault = \"…\"`. Faults of messages strike calls on the wire, crashes any call.",
            FAULTS,
        ),
        of_words("expectations", "Expectations", "`expect = \"…\"`, and the opposite with `not = true`.", EXPECTATIONS),
        key_words(),
    ];
    all.extend([Kind::Contact, Kind::Task, Kind::Appointment].map(fields));
    all.extend([statuscodes(), switches(), invariants(), limits(), codes()]);
    all
}

fn entry<const N: usize>(word: &str, cells: [&str; N]) -> Entry {
    Entry { word: word.to_owned(), cells: cells.map(str::to_owned).to_vec(), keys: Vec::new() }
}

fn of_words<W: std::fmt::Display>(
    word: &'static str,
    title: &str,
    lead: &'static str,
    table: &'static [Word<W>],
) -> Section {
    let entries = table.iter().map(|row| {
        let name = row.word.to_string();
        let key = |needed: &str, (key, takes): &(Key, Takes)| {
            [
                key.to_string(),
                needed.to_owned(),
                takes_words(*takes, &name),
                texts::of_key_in(&name, *key, *takes).to_owned(),
            ]
        };
        let needs = row.needs.iter().map(|taken| key("yes", taken));
        let keys = needs.chain(row.may.iter().map(|taken| key("", taken))).collect();
        Entry { word: name.clone(), cells: vec![sentence(row.says)], keys }
    });
    Section { word, title: title.to_owned(), lead, columns: &["word", "meaning"], entries: entries.collect() }
}

fn sentence(says: &str) -> String {
    let mut chars = says.chars();
    chars.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// Each key of steps with the words that take it.
fn key_words() -> Section {
    fn taking<W: std::fmt::Display>(table: &[Word<W>], key: Key) -> Vec<String> {
        let takes = |row: &&Word<W>| row.needs.iter().chain(row.may).any(|(taken, _)| *taken == key);
        table.iter().filter(takes).map(|row| format!("`{}`", row.word)).collect()
    }
    let entries = Key::ALL.iter().map(|key| {
        let words = [taking(ACTS, *key), taking(FAULTS, *key), taking(EXPECTATIONS, *key)].concat();
        entry(key.word(), [&words.join(", "), texts::of_key(*key)])
    });
    let lead = "The keys of acts, faults and expectations, with the words that take them.";
    let columns = &["key", "of", "meaning"];
    Section { word: "keys", title: "Keys of steps".to_owned(), lead, columns, entries: entries.collect() }
}

fn fields(kind: Kind) -> Section {
    let entries = FieldId::all(kind).map(|id| {
        let field = id.field();
        let takes = match field.value_type {
            ValueType::Text => "a text".to_owned(),
            ValueType::Word(words) => one_of(words),
            ValueType::Int(low, high) => format!("a whole number, {low} to {high}"),
            ValueType::Status => "a statuscode".to_owned(),
            ValueType::Time => "a moment".to_owned(),
        };
        let way = match (field.direction, field.in_crm) {
            (Direction::Both, _) => "both ways",
            (Direction::Down, _) => "from CRM to Outlook",
            (Direction::None, true) => "not at all: only in CRM",
            (Direction::None, false) => "not at all: only in Outlook",
        };
        entry(field.name, [&takes, way])
    });
    Section {
        word: kind.word(),
        title: format!("Fields of {}", kind.with_article()),
        lead: "The fields of `set`, `fields` and filters. The empty text clears a field.",
        columns: &["field", "takes", "synchronizes"],
        entries: entries.collect(),
    }
}

fn article(kind: Kind) -> &'static str {
    if kind == Kind::Appointment { "an" } else { "a" }
}

fn privileges() -> Section {
    let says = |privilege| match privilege {
        Privilege::SyncToOutlook => {
            "Records come down to the user's Outlook; what the user does there goes up without it.".to_owned()
        }
        Privilege::Create(kind) => format!("To make {} {kind} in CRM, also by tracking.", article(kind)),
        Privilege::Of(Right::Read, kind) => format!("To read any {kind}, not only one's own and what is shared."),
        Privilege::Of(Right::Write, kind) => format!("To change, assign and share any {kind} that one may read."),
        Privilege::Of(Right::Delete, kind) => format!("To delete any {kind} that one may read."),
        Privilege::Of(Right::AppendTo, kind) => {
            let one = article(kind);
            format!(
                "To track {one} {kind} and to untrack it, one's own too; a share for it does the same for one record."
            )
        }
    };
    let lead = "The words of `privileges`, `grant` and `revoke`. `all` stands for every one, and is what a user holds \
                unless told otherwise. In `privileges` a word with a `-` before it takes one away: `[\"all\", \
                \"-delete:task\"]`.";
    let columns = &["privilege", "what it allows"];
    let entries = Privilege::all().map(|privilege| entry(&privilege.word(), [&says(privilege)])).collect();
    Section { word: "privileges", title: "Privileges".to_owned(), lead, columns, entries }
}

fn statuscodes() -> Section {
    let name = |kind, code| match (kind, code) {
        (Kind::Task, 2) => "not started",
        (Kind::Task, 3) => "in progress",
        (Kind::Task, 4) => "waiting on someone else",
        (Kind::Task, 5) => "completed",
        (Kind::Task, 6) => "canceled",
        (Kind::Task, 7) => "deferred",
        (Kind::Appointment, 1) => "free (open)",
        (Kind::Appointment, 2) => "tentative (open)",
        (Kind::Appointment, 3) => "completed",
        (Kind::Appointment, 4) => "canceled",
        (Kind::Appointment, 5) => "busy (scheduled)",
        (Kind::Appointment, 6) => "out of office (scheduled)",
        (Kind::Contact, 1) => "active",
        (Kind::Contact, 2) => "inactive",
        _ => "?",
    };
    let of_kind = |kind: Kind| {
        status::codes(kind).into_iter().map(move |code| {
            let state = status::state_of(kind, code).map_or(String::new(), |state| state.to_string());
            let word = format!("{kind} {code}");
            entry(&word, [name(kind, code), &state])
        })
    };
    Section {
        word: "statuscode",
        title: "Statuscodes".to_owned(),
        lead: "The values of `statuscode`, and the `statecode` that each belongs to.",
        columns: &["statuscode", "meaning", "statecode"],
        entries: [Kind::Task, Kind::Appointment, Kind::Contact].into_iter().flat_map(of_kind).collect(),
    }
}

fn switches() -> Section {
    let bases = [Base::Documented, Base::Documented2011, Base::Hardened].map(Switches::of);
    let base = entry("base", [&one_of(Base::WORDS), "`documented`", "`documented-2011`", "`hardened`"]);
    let entries = Switch::ALL.iter().map(|switch| {
        let takes = match switch.takes() {
            SwitchType::Word(words) => one_of(words),
            SwitchType::Words(words) => format!("a list of {}", one_of(words).replace(" or ", " and ")),
            SwitchType::Count(low, high) => format!("a whole number, {low} to {high}"),
            SwitchType::SpanMinutes(least) => format!("a duration of {least}m at least"),
            SwitchType::LimitOr(off) => format!(
                "`{off}`, or a table: `count`, from 1, and `percent`, 0 to 100; a cycle stops before at least so many \
                 deletions that are more than this share of what is mapped"
            ),
        };
        let values = bases.iter().map(|base| match base.get(*switch) {
            SwitchValue::Word(word) => format!("`{word}`"),
            SwitchValue::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            SwitchValue::Count(count) => count.to_string(),
            SwitchValue::Span(span) => span.to_string(),
            SwitchValue::Limit(limit) => format!("`{{ count = {}, percent = {} }}`", limit.count, limit.percent),
        });
        Entry { word: switch.word().to_owned(), cells: [takes].into_iter().chain(values).collect(), keys: Vec::new() }
    });
    Section {
        word: "protocol",
        title: "Protocol switches".to_owned(),
        lead: "The keys of `[protocol]` and of `protocol` in a row, with their values in the three base protocols.",
        columns: &["switch", "takes", "documented", "documented-2011", "hardened"],
        entries: [base].into_iter().chain(entries).collect(),
    }
}

fn invariants() -> Section {
    Section {
        word: "invariants",
        title: "Invariants".to_owned(),
        lead: "What must always hold: the names for `violates`, `also` and `waive`.",
        columns: &["invariant", "meaning"],
        entries: check::standard().iter().map(|one| entry(one.id(), [one.meaning()])).collect(),
    }
}

fn limits() -> Section {
    Section {
        word: "limits",
        title: "Limits".to_owned(),
        lead: "How much a file may have.",
        columns: &["of", "at most"],
        entries: LIMITS.iter().map(|(what, most)| entry(what, [&most.to_string()])).collect(),
    }
}

fn codes() -> Section {
    Section {
        word: "errors",
        title: "Errors".to_owned(),
        lead: "The codes of what is wrong with a file.",
        columns: &["code", "meaning"],
        entries: CODES.iter().map(|(code, says)| entry(code, [says])).collect(),
    }
}

fn one_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, front)) if !front.is_empty() => format!("{} or {last}", front.join(", ")),
        _ => words.concat(),
    }
}

/// What a key takes, in words.
fn takes_words(takes: Takes, word: &str) -> String {
    let words = match takes {
        Takes::Alias => "an item; `name*` for all its copies",
        Takes::NewAlias => "a new name",
        Takes::Client => "a client",
        Takes::ClientOrCrm => "a client or `crm`",
        Takes::ClientCrmOrBase => "a client, `crm` or `base` (OriginalXML)",
        Takes::User => "a user",
        Takes::Users => "a list of users",
        Takes::Party => "a user or an e-mail address",
        Takes::Parties => "a list of users and e-mail addresses",
        Takes::StepId => "the id of a step",
        Takes::Filter => "a filter of the acting user",
        Takes::Word(words) => return one_of(words),
        Takes::Text => "a text",
        Takes::Count => "a whole number from 0",
        Takes::Positive => "a whole number from 1",
        Takes::Cycles => return format!("a whole number, 1 to {}", super::vocabulary::MAX_CYCLES),
        Takes::Bool => "true or false",
        Takes::Span => "a duration such as `15m`, `3d1h` or `250ms`",
        Takes::Skew => "a duration, also one back such as `-1h`",
        Takes::Set => "a table of fields of the item's kind",
        Takes::Columns if word == "option" => "a table of client settings",
        Takes::Columns => "a table of columns of the product table",
        Takes::Where => "a table: `owner = \"me\"`, `party = \"me\"`, `statecode` and fields of the filter's kind",
        Takes::Field => "a field of the item's kind",
        Takes::Fields => "a list of fields of the item's kind",
        Takes::Rights => return format!("a list of {}", one_of(Right::WORDS).replace(" or ", " and ")),
        Takes::Privileges => "a list of privileges, or `[\"all\"]`",
        Takes::Triple => "a list of three numbers: added, updated, deleted",
        Takes::Value => "a value of that field",
        Takes::Moment => "a moment: a datetime, or a duration from `start` such as `+2d`",
    };
    words.to_owned()
}

#[cfg(test)]
mod tests;
