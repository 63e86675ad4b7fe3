//! What a run costs: PrepareSync among many records, and an event of a long run beside a bare queue loop.
//!
//! `cargo bench` prints criterion's figures; the lines before them count work, which does not depend on the machine.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use crmsim::crm::server::NewRecord;
use crmsim::crm::{Ask, Filter, Request, Server, SyncAction};
use crmsim::engine::execute;
use crmsim::journal::{By, Cause, Fact, Journal, What};
use crmsim::model::{ClientId, Contents, CrmId, FieldId, Kind, UserId, Value};
use crmsim::protocol::Protocol;
use crmsim::protocol::switches::{Base, Switches};
use crmsim::sim::{EventQueue, Span, Time};
use crmsim::{Options, Scenario};

const ANN: UserId = UserId(0);

/// A server with so many records that are all prepared, and ten that changed since.
struct Office {
    server: Server,
    contents: Contents,
    journal: Journal,
    protocol: Protocol,
}

impl Office {
    fn new(records: u64) -> Office {
        let (active, owner_is_me, party_is_me, statecode, fields) = (true, true, false, Some(0), Vec::new());
        let filter = Filter { kind: Kind::Contact, active, owner_is_me, party_is_me, statecode, fields };
        let mut office = Office {
            server: Server::new(vec![vec![filter]]),
            contents: Contents::default(),
            journal: Journal::default(),
            protocol: Protocol { switches: Switches::of(Base::Documented), ..Protocol::default() },
        };
        let by = By::User(ANN);
        for order in 0..records {
            let (kind, owner, origin, meeting) = (Kind::Contact, ANN, None, None);
            let new = NewRecord { kind, id: Err(order), owner, columns: &[], by, origin, meeting };
            office.server.create(new, &office.protocol, &mut office.contents, &mut office.journal);
        }
        office.prepare();
        office.acknowledge();
        office
    }

    fn change_ten(&mut self) {
        let field = FieldId::named(Kind::Contact, "telephone1");
        let step = self.server.records.len() / 10;
        for index in (0..self.server.records.len()).step_by(step) {
            let id = CrmId(u32::try_from(index).expect("a small index"));
            let columns = [(field, Value::Int(1))];
            let work = (&mut self.contents, &self.protocol, &mut self.journal);
            self.server.update(id, &columns, By::User(ANN), work);
        }
    }

    fn prepare(&mut self) -> u32 {
        let ask = Ask::Prepare { kinds: [true; Kind::ALL.len()], reinitialize: false };
        let request = Request { client: ClientId(0), user: ANN, ask, item: None, cause: Cause::Cycle, decided: 0 };
        self.server.handle(&request, 0, &mut self.contents, &self.protocol, &mut self.journal);
        self.visited()
    }

    /// Takes every page that waits, so that nothing is left for the next time.
    fn acknowledge(&mut self) {
        let (kind, action) = (Kind::Contact, SyncAction::Upsert);
        while self.server.subscriptions[0].counts().of(kind, action) > 0 {
            for ask in [Ask::GetData { kind, action }, Ask::Post { kind, action, page: Vec::new() }] {
                let request =
                    Request { client: ClientId(0), user: ANN, ask, item: None, cause: Cause::Cycle, decided: 0 };
                self.server.handle(&request, 0, &mut self.contents, &self.protocol, &mut self.journal);
            }
        }
        self.visited();
    }

    fn visited(&mut self) -> u32 {
        let mut facts: Vec<Fact> = Vec::new();
        self.journal.drain_into(&mut facts);
        let visited = facts.iter().rev().find_map(|fact| match fact.what {
            What::Prepared { visited, .. } => Some(visited),
            _ => None,
        });
        visited.unwrap_or(0)
    }
}

fn prepare_sync(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prepare-ten-changes");
    for records in [1_000, 1_000_000] {
        let mut office = Office::new(records);
        office.change_ten();
        println!("PrepareSync, ten changes among {records} records: {} rows visited", office.prepare());
        group.bench_function(format!("{records}-records"), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut spent = std::time::Duration::ZERO;
                for _ in 0..rounds {
                    office.acknowledge();
                    office.change_ten();
                    let begun = now();
                    black_box(office.prepare());
                    spent += begun.elapsed();
                }
                spent
            });
        });
    }
    group.finish();
}

#[expect(clippy::disallowed_types, reason = "a benchmark measures real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Three days of an office: two users with a primary and a secondary each, fifty contacts a user, an edit on one side or
/// the other every few minutes, background cycles every fifteen, and all invariants.
fn office_days() -> Scenario {
    let mut steps = String::new();
    for step in 0..864 {
        let (user, contact) = (["ann", "bob"][step % 2], step * 7 % 50 + 1);
        let (client, item) = (["desk", "office"][step % 2], format!("{user}{contact}"));
        let act = match step % 4 {
            0 => format!(r#"do = "edit", on = "crm", item = "{item}", set = {{ telephone1 = "{step}" }}"#),
            1 => format!(r#"do = "edit", on = "{client}", item = "{item}", set = {{ jobtitle = "{step}" }}"#),
            2 => format!(
                r#"do = "edit", on = "{client}", item = "{item}", via = "explorer", set = {{ pager = "{step}" }}"#
            ),
            _ => format!(r#"do = "edit", on = "crm", as = "{user}", item = "{item}", set = {{ fax = "{step}" }}"#),
        };
        steps.push_str(&format!("  {{ {act} }},\n  {{ do = \"advance\", by = \"5m\" }},\n"));
    }
    let text = format!(
        r#"
format = 1
name = "office-days"
why = "A long run."
rules = ["TRG-BACKGROUND"]
clients = [
  {{ id = "desk", user = "ann", role = "primary" }},
  {{ id = "laptop", user = "ann", role = "secondary" }},
  {{ id = "office", user = "bob", role = "primary" }},
  {{ id = "home", user = "bob", role = "secondary" }},
]
items = [
  {{ id = "ann", kind = "contact", side = "both", copies = 50, set = {{ lastname = "Ann's" }} }},
  {{ id = "bob", kind = "contact", side = "both", owner = "bob", copies = 50, set = {{ lastname = "Bob's" }} }},
]
steps = [
{steps}]
"#
    );
    let mut scenarios = crmsim::scenario::parse("office-days.toml", &text).expect("the scenario is well formed");
    scenarios.remove(0)
}

fn long_run(criterion: &mut Criterion) {
    let scenario = office_days();
    let run = execute(&scenario, Options::default());
    println!("office days: {}, {} events, {} facts", run.verdict, run.events, run.hash.events());
    let mut group = criterion.benchmark_group("an-event");
    group.sample_size(20).throughput(Throughput::Elements(run.events));
    group.bench_function("full-run-all-invariants", |bencher| {
        bencher.iter(|| black_box(execute(&scenario, Options::default()).hash.value()));
    });
    // The same number of events through the queue alone, with as many waiting as the run has on average.
    let events = run.events;
    group.bench_function("bare-queue-loop", |bencher| {
        bencher.iter_batched(
            EventQueue::default,
            |mut queue| {
                (0..8_u64).for_each(|client| queue.push(Time(0), client));
                for _ in 0..events {
                    let Some((at, client)) = queue.pop() else { break };
                    queue.push(at + Span::millis(20 + (client as i64 * 7)), client);
                }
                queue.len()
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("snapshot-of-the-world", |bencher| bencher.iter(|| black_box(run.world.clone())));
    group.finish();
}

criterion_group!(benches, prepare_sync, long_run);
criterion_main!(benches);
