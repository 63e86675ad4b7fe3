//! Adds an invariant of one's own to a run: no contact in CRM may ever lose its last name.
//!
//! `cargo run --example own_invariant`

use crmsim::journal::{Fact, What};
use crmsim::model::{FieldId, Kind, Value};
use crmsim::{Invariant, Options, View, Violations, execute_with};

struct LastNameStays;

impl Invariant for LastNameStays {
    fn id(&self) -> &'static str {
        "last-name-stays"
    }

    fn meaning(&self) -> &'static str {
        "A contact in CRM that had a last name keeps one."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        const LAST_NAME: FieldId = FieldId::named(Kind::Contact, "lastname");
        for fact in facts {
            let What::RecordChanged { record, before, after, .. } = fact.what else { continue };
            let contents = &view.world.contents;
            let lost =
                contents.get(before, LAST_NAME) != Value::Empty && contents.get(after, LAST_NAME) == Value::Empty;
            if lost {
                let name = view.world.names.record(record).to_owned();
                let lineage = view.ledger.lineage_of_record(record);
                violations.report(self.id(), lineage, || {
                    (format!("`{name}` keeps a last name"), "synchronization or a person cleared it".to_owned())
                });
            }
        }
    }
}

const SCENARIO: &str = r#"
format = 1
name = "cleared-in-outlook"
why = "Somebody clears a contact's last name in Outlook, and synchronization carries that to CRM."
rules = ["MAP-contact-lastname"]
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "both", set = { firstname = "Zoe", lastname = "Ray" } }]
steps = [
  { do = "edit", item = "zoe", on = "desk", set = { lastname = "" } },
  { do = "sync", on = "desk" },
]
"#;

fn main() {
    let scenarios = crmsim::scenario::parse("cleared-in-outlook.toml", SCENARIO).expect("the scenario is well formed");
    let run = execute_with(&scenarios[0], Options::default(), vec![Box::new(LastNameStays)]);
    println!("{}: {}", scenarios[0].title(), run.verdict);
    for failure in &run.failures {
        println!("  expected: {}\n  actual:   {}", failure.expected, failure.actual);
    }
    assert_eq!(run.failures.len(), 1, "the invariant finds the cleared name");
}
