//! What makes two failures the same: the signature.
//!
//! A signature is the invariant, the shape of the lineage that violates it, and the roles of the clients that brought it
//! there. It holds no name, no value, and no number that something beside the failure could change, so that a failure
//! keeps its signature while everything else around it is taken away; and it is not the message, so that a failure found
//! again by another seed is known again.
//!
//! The shape is counted at the moment of the violation: how many items the lineage has in one mailbox, the one where it
//! has most, and how many CRM records. Two and more are `many`.

use std::fmt;
use std::str::FromStr;

use crate::check::lineage::{Copy, How};
use crate::check::{Lineage, Violation};
use crate::engine::{Failure, FailureKind, Run};
use crate::model::{ClientId, LineageId, Role};
use crate::scenario::Scenario;
use crate::scenario::model::{Body, Step};
use crate::scenario::vocabulary::Key;

/// The shape of a violation that concerns no lineage.
const NO_LINEAGE: &str = "no-lineage";
/// The roles where no client is known to have had a part in it.
const NOBODY: &str = "nobody";

/// What makes two failures the same.
///
/// Its text is `invariant/shape/roles`, as `no-duplicate-record/contact-1-item-many-records/primary+secondary`, and reads
/// back as the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signature {
    /// The invariant, or the word for a failure that is none: `expectation`, `step`, `unreached`.
    pub invariant: String,
    /// The kind and the copies of the lineage; for a failure that is no invariant, the word of its step and its id.
    pub shape: String,
    /// The roles of the clients, in the order of their words, joined by `+`.
    pub roles: String,
}

impl Signature {
    /// The signature as a file's name: without anything that a file system or a shell would mind.
    ///
    /// ```
    /// let signature: crmsim::fuzz::Signature =
    ///     "no-duplicate-record/contact-1-item-many-records/primary+secondary".parse().unwrap();
    /// assert_eq!(signature.slug(), "no-duplicate-record.contact-1-item-many-records.primary-secondary");
    /// ```
    #[must_use]
    pub fn slug(&self) -> String {
        format!("{}.{}.{}", self.invariant, self.shape, self.roles.replace('+', "-"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.invariant, self.shape, self.roles)
    }
}

impl FromStr for Signature {
    type Err = String;

    fn from_str(text: &str) -> Result<Signature, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '+';
        match parts[..] {
            [invariant, shape, roles] if parts.iter().all(|part| !part.is_empty() && part.chars().all(is_word)) => {
                Ok(Signature { invariant: invariant.to_owned(), shape: shape.to_owned(), roles: roles.to_owned() })
            }
            _ => Err(
                "a signature is `invariant/shape/roles`, as `no-duplicate-record/contact-1-item-many-records/primary`"
                    .to_owned(),
            ),
        }
    }
}

/// The signatures of a run's failures that its scenario does not declare, in the order in which they came, each once.
#[must_use]
pub fn signatures(scenario: &Scenario, run: &Run) -> Vec<Signature> {
    let mut found: Vec<Signature> = Vec::new();
    for failure in run.failures.iter().filter(|failure| !failure.declared) {
        let signature = signature(scenario, run, failure);
        if !found.contains(&signature) {
            found.push(signature);
        }
    }
    found
}

/// The signature of one failure of a run.
#[must_use]
pub fn signature(scenario: &Scenario, run: &Run, failure: &Failure) -> Signature {
    let (shape, roles) = match &failure.kind {
        FailureKind::Invariant(violation) => match violation.lineage {
            Some(id) => (shape(run, id, violation), roles(run, id, violation)),
            None => (NO_LINEAGE.to_owned(), NOBODY.to_owned()),
        },
        FailureKind::Expectation(step) | FailureKind::Step(step) | FailureKind::Unreached(step) => {
            (scenario.steps.get(*step).map_or("no-step".to_owned(), step_shape), NOBODY.to_owned())
        }
        _ => (failure.kind.word().to_owned(), NOBODY.to_owned()),
    };
    Signature { invariant: failure.kind.named().to_owned(), shape, roles }
}

/// What a step is known by: its word, and its id or else the names of the fields that it speaks of.
fn step_shape(step: &Step) -> String {
    let (word, args) = match &step.body {
        Body::Do(act, args) => (act.word(), Some(args)),
        Body::Fault(fault, args) => (fault.word(), Some(args)),
        Body::Expect(expectation, _, args) => (expectation.word(), Some(args)),
        Body::Note(_) => ("note", None),
    };
    let fields = || {
        let set = args.map(|args| args.set(Key::Set)).unwrap_or_default();
        let names: Vec<&str> = set.iter().map(|(field, _)| field.name()).collect();
        names.join("-")
    };
    let more = step.id.clone().unwrap_or_else(fields);
    let more: String =
        more.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    if more.is_empty() { word.to_owned() } else { format!("{word}-{more}") }
}

fn shape(run: &Run, id: LineageId, violation: &Violation) -> String {
    let lineage = run.ledger.lineage(id);
    let items = most_items(run, lineage, violation.fact).len();
    let records =
        lineage.records.iter().filter(|record| alive(lineage, Copy::Record(**record), violation.fact)).count();
    format!("{}-{}-{}", lineage.kind.word(), counted(items, "item"), counted(records, "record"))
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no-{what}"),
        1 => format!("1-{what}"),
        _ => format!("many-{what}s"),
    }
}

/// The items that lived in the mailbox where a lineage had most of them.
fn most_items(run: &Run, lineage: &Lineage, fact: usize) -> Vec<Copy> {
    let mut best: Vec<Copy> = Vec::new();
    for mailbox in (0..run.world.names.users.len()).map(|index| crate::model::UserId(index as u8)) {
        let here = lineage.items.iter().filter(|item| run.world.mailboxes.item(**item).mailbox == mailbox);
        let here: Vec<Copy> = here.map(|item| Copy::Item(*item)).filter(|copy| alive(lineage, *copy, fact)).collect();
        if here.len() > best.len() {
            best = here;
        }
    }
    best
}

/// Whether a copy was there when the run had so many facts.
fn alive(lineage: &Lineage, copy: Copy, fact: usize) -> bool {
    let born = lineage.birth(copy).is_some_and(|birth| birth.fact <= fact);
    let mut ends = lineage.endings.iter().filter(|ending| ending.copy == copy && ending.fact <= fact);
    born && !ends.any(|ending| !matches!(ending.how, How::Untracked { .. }))
}

/// The roles of the clients that made the copies that are too many, or that brought the last end about; where there are
/// neither, of those that synchronize the lineage's mailboxes.
fn roles(run: &Run, id: LineageId, violation: &Violation) -> String {
    let lineage = run.ledger.lineage(id);
    let items = most_items(run, lineage, violation.fact);
    let records: Vec<Copy> = lineage.records.iter().map(|record| Copy::Record(*record)).collect();
    let records: Vec<Copy> = records.into_iter().filter(|copy| alive(lineage, *copy, violation.fact)).collect();
    let mut clients: Vec<ClientId> = Vec::new();
    for copies in [items, records].into_iter().filter(|copies| copies.len() > 1) {
        clients.extend(copies.iter().filter_map(|copy| lineage.birth(*copy)?.client));
    }
    if clients.is_empty() {
        let last = lineage.endings.iter().rev().find(|ending| ending.fact <= violation.fact);
        clients.extend(last.and_then(|ending| ending.client));
    }
    if clients.is_empty() {
        let holds = |mailbox| lineage.items.iter().any(|item| run.world.mailboxes.item(*item).mailbox == mailbox);
        let synchronizing = run.world.clients.iter().filter(|client| client.role.synchronizes());
        clients.extend(synchronizing.filter(|client| holds(client.mailbox)).map(|client| client.id));
    }
    let of = |id: &ClientId| run.world.clients.get(id.index()).map(|client| client.role);
    let mut roles: Vec<Role> = clients.iter().filter_map(of).collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return NOBODY.to_owned();
    }
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    words.join("+")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    /// A lost reply under `documented` makes a second record; `more` stands beside it.
    fn signatures_of(name: &str, more_items: &str, more_steps: &str) -> Vec<String> {
        let text = format!(
            r#"
format = 1
name = "x"
why = "A retry after a lost reply makes a second record."
clients = [{{ id = "desk", user = "ann", role = "primary" }}, {{ id = "pc", user = "bob", role = "primary" }}]
items = [{{ id = "{name}", kind = "contact", side = "outlook", set = {{ lastname = "Ray" }} }}, {more_items}]
steps = [
  {more_steps}
  {{ fault = "lose-reply", call = "create", on = "desk", item = "{name}" }},
  {{ do = "track", item = "{name}", on = "desk", via = "explorer" }},
  {{ do = "sync", on = "desk", times = 3 }},
]
[protocol]
base = "documented"
"#
        );
        let scenario = crate::scenario::parse("x.toml", &text).expect("the file is good").remove(0);
        let run = crate::execute(&scenario, Options::default());
        signatures(&scenario, &run).iter().map(Signature::to_string).collect()
    }

    #[test]
    fn it_tells_the_invariant_the_lineage_and_the_roles() {
        let found = signatures_of("zoe", "", "");
        assert_eq!(found.first().map(String::as_str), Some("no-duplicate-record/contact-1-item-many-records/primary"));
    }

    #[test]
    fn names_and_what_stands_beside_it_change_nothing() {
        let plain = signatures_of("zoe", "", "");
        let items = r#"{ id = "job", kind = "task", side = "both", owner = "bob", set = { subject = "A" } }"#;
        let steps =
            r#"{ do = "edit", item = "job", on = "pc", set = { subject = "B" } }, { do = "advance", by = "1h" },"#;
        assert_eq!(signatures_of("somebody-else", items, steps), plain);
    }

    #[test]
    fn its_text_reads_back_as_the_same() {
        for text in signatures_of("zoe", "", "") {
            let signature: Signature = text.parse().expect("its own text is good");
            assert_eq!(signature.to_string(), text);
            assert!(signature.slug().chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.'));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "a/b", "a/b/c/d", "a//c", "a/B/c", "../a/b", "a/b/c\n"] {
            assert!(text.parse::<Signature>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_expectation_is_known_by_its_word_and_id() {
        let text = r#"
format = 1
name = "x"
why = "Two expectations fail."
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray" } }]
steps = [
  { id = "is-gone", expect = "gone", item = "zoe", side = "crm" },
  { expect = "fields", item = "zoe", on = "crm", set = { lastname = "Other" } },
]
"#;
        let scenario = crate::scenario::parse("x.toml", text).expect("the file is good").remove(0);
        let run = crate::execute(&scenario, Options::default());
        let found: Vec<String> = signatures(&scenario, &run).iter().map(Signature::to_string).collect();
        assert_eq!(found, ["expectation/gone-is-gone/nobody", "expectation/fields-lastname/nobody"]);
    }
}
