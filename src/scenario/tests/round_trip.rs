//! Every scenario reads as itself after it was written.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::check::IDS;
use crate::model::rules::RULES;
use crate::model::{
    Call, FieldId, FolderRight, FolderRights, Kind, Privilege, Privileges, Right, Rights, Role, RuleId, Side, Table,
    ValueType, status,
};
use crate::protocol::Protocol;
use crate::protocol::guard::Limit;
use crate::protocol::switches::{Base, Switch, SwitchType, SwitchValue, Switches};
use crate::scenario::model::{
    Arg, Args, Body, Client, Conditions, Filter, Golden, Item, Literal, Point, Rank, Scenario, Settings,
    SettingsChange, Step, User, Waiver, When, Where,
};
use crate::scenario::parse;
use crate::scenario::vocabulary::{Act, Expectation, Fault, Key};
use crate::sim::{Span, Time};

/// The scenario without what a file of its own does not hold.
pub(super) fn plain(scenario: &Scenario) -> Scenario {
    let mut plain = scenario.clone();
    plain.path = String::new();
    plain.row = None;
    plain.rows_end_equal = false;
    // The lines are those of the written file.
    for (step, written) in plain.steps.iter_mut().zip(lines(&scenario.to_toml())) {
        step.line = written;
    }
    plain
}

/// The lines of the steps of a written file, which has one a line.
fn lines(text: &str) -> Vec<u32> {
    let start = text.lines().position(|line| line == "steps = [").map_or(0, |line| line + 2);
    (start..).map(|line| u32::try_from(line).unwrap()).take(3_000).collect()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z ]{1,8}",
        Just("$who".to_owned()),
        Just("$$".to_owned()),
        Just("a\"b\\c\n\t\u{1}\u{7f}é".to_owned()),
        "\\PC{1,6}"
    ]
}

fn sentence() -> impl Strategy<Value = String> {
    text().prop_filter("says nothing", |text| !text.trim().is_empty())
}

fn time() -> impl Strategy<Value = Time> {
    (0_i64..4_000_000_000_000).prop_map(Time)
}

fn span() -> impl Strategy<Value = Span> {
    (1_i64..10_000_000_000).prop_map(Span)
}

fn literal(field: FieldId, outlook: bool) -> BoxedStrategy<Literal> {
    let cleared = Just(Literal::Text(String::new()));
    let kind = field.field().kind;
    let value = match field.field().value_type {
        ValueType::Text => text().prop_map(Literal::Text).boxed(),
        ValueType::Word(words) => prop::sample::select(words).prop_map(|word| Literal::Text(word.to_owned())).boxed(),
        ValueType::Int(low, high) => (low..=high).prop_map(Literal::Int).boxed(),
        ValueType::Time => time().prop_map(Literal::Time).boxed(),
        ValueType::Status => {
            let codes = if outlook { status::outlook_codes(kind) } else { status::codes(kind) };
            prop::sample::select(codes).prop_map(Literal::Int).boxed()
        }
    };
    prop_oneof![1 => cleared, 9 => value].boxed()
}

/// Some fields that can be set on a side, at least `least`.
fn set(kind: Kind, side: Side, least: usize) -> impl Strategy<Value = Vec<(FieldId, Literal)>> {
    let fields: Vec<FieldId> = FieldId::all(kind).filter(|field| field.field().settable(side)).collect();
    prop::sample::subsequence(fields, least..4).prop_flat_map(move |fields| {
        fields.into_iter().map(|field| (Just(field), literal(field, side == Side::Outlook))).collect::<Vec<_>>()
    })
}

fn args(list: Vec<(Key, Arg)>) -> Args {
    Args(list.into_iter().collect::<BTreeMap<_, _>>())
}

fn word(word: &str) -> Arg {
    Arg::Text(word.to_owned())
}

/// Bodies that are good wherever they stand. `zoe` is a contact, `call` a task, both on both sides.
fn body() -> impl Strategy<Value = Body> {
    let item = prop_oneof![Just(("zoe", Kind::Contact)), Just(("call", Kind::Task)), Just(("talk", Kind::Appointment))];
    let meet = prop::sample::subsequence(vec!["ann".to_owned(), "bob".to_owned()], 1..=2).prop_map(|with| {
        Body::Do(
            Act::Meet,
            args(vec![(Key::Item, word("talk")), (Key::On, word("desk")), (Key::With, Arg::Names(with))]),
        )
    });
    let copy = (item.clone(), any::<u64>()).prop_map(|((item, _), number)| {
        let new = word(&format!("copy-{number}"));
        Body::Do(Act::Copy, args(vec![(Key::Item, word(item)), (Key::On, word("desk")), (Key::New, new)]))
    });
    let moved = (item.clone(), any::<bool>(), prop::sample::select(vec!["folder", "synchronized"])).prop_map(
        |((item, _), archived, to)| {
            let mut keys = vec![(Key::Item, word(item)), (Key::On, word("desk"))];
            if archived {
                return Body::Do(Act::Archive, args(keys));
            }
            keys.push((Key::To, word(to)));
            Body::Do(Act::Move, args(keys))
        },
    );
    let migrate = any::<Option<bool>>().prop_map(|properties| {
        let mut keys = vec![(Key::Mailbox, word("ann"))];
        keys.extend(properties.map(|properties| (Key::Properties, Arg::Bool(properties))));
        Body::Do(Act::MigrateMailbox, args(keys))
    });
    let edit = (item.clone(), any::<bool>()).prop_flat_map(|((item, kind), crm)| {
        let side = if crm { Side::Crm } else { Side::Outlook };
        set(kind, side, 1).prop_map(move |set| {
            let on = word(if crm { "crm" } else { "desk" });
            Body::Do(Act::Edit, args(vec![(Key::Item, word(item)), (Key::On, on), (Key::Set, Arg::Set(set))]))
        })
    });
    let fields = item.prop_flat_map(|(item, kind)| {
        set(kind, Side::Crm, 1).prop_map(move |set| {
            let list = vec![(Key::Item, word(item)), (Key::Side, word("crm")), (Key::Set, Arg::Set(set))];
            Body::Expect(Expectation::Fields, false, args(list))
        })
    });
    let advance = span().prop_map(|by| Body::Do(Act::Advance, args(vec![(Key::By, Arg::Span(by))])));
    let delay =
        (span(), prop::sample::select(Call::ALL), 0_i64..9).prop_filter_map("not on the wire", |(by, call, times)| {
            let list = vec![
                (Key::On, word("desk")),
                (Key::Call, word(call.word())),
                (Key::By, Arg::Span(by)),
                (Key::Times, Arg::Int(times)),
                (Key::Item, word("t2")),
            ];
            call.is_wire().then(|| Body::Fault(Fault::Delay, args(list)))
        });
    let report = any::<[u32; 3]>().prop_map(|numbers| {
        Body::Expect(Expectation::Report, true, args(vec![(Key::On, word("desk")), (Key::ToCrm, Arg::Triple(numbers))]))
    });
    let option = (any::<bool>(), prop::option::of(prop::bool::ANY)).prop_map(|(company, automatic)| {
        let change =
            SettingsChange { kinds: Some(vec![Kind::Task]), update_company: Some(company), automatic, interval: None };
        Body::Do(Act::Option, args(vec![(Key::On, word("desk")), (Key::Set, Arg::Settings(change))]))
    });
    let table = (0_i64..3).prop_map(|state| {
        let columns = vec![("SyncState".to_owned(), Literal::Int(state))];
        let list = vec![
            (Key::On, word("desk")),
            (Key::Table, word(Table::SyncEntry.word())),
            (Key::Rows, Arg::Int(state)),
            (Key::Set, Arg::Columns(columns)),
        ];
        Body::Expect(Expectation::Table, false, args(list))
    });
    let lost = text().prop_map(|lost| {
        let field = FieldId::named(Kind::Contact, "lastname");
        let list = vec![
            (Key::Kind, word("edit-lost")),
            (Key::Item, word("zoe")),
            (Key::Field, Arg::Field(field)),
            (Key::Lost, Arg::Value(Literal::Text(lost))),
        ];
        Body::Expect(Expectation::Journal, false, args(list))
    });
    let writes = Just(Body::Expect(
        Expectation::Writes,
        false,
        args(vec![
            (Key::Item, word("t*")),
            (Key::On, word("crm")),
            (Key::Fields, Arg::Fields(vec![FieldId::named(Kind::Task, "subject")])),
        ]),
    ));
    let filter = conditions(Kind::Task).prop_map(|conditions| {
        let list = vec![
            (Key::On, word("crm")),
            (Key::Filter, word("mine")),
            (Key::Kind, word("task")),
            (Key::Where, Arg::Where(conditions)),
        ];
        Body::Do(Act::SetFilter, args(list))
    });
    let share = prop::sample::subsequence(Right::ALL.to_vec(), 1..4).prop_map(|rights| {
        let rights = rights.into_iter().fold(Rights::NONE, Rights::with);
        let list = vec![
            (Key::On, word("crm")),
            (Key::Item, word("t*")),
            (Key::As, word("bob")),
            (Key::To, word("cid")),
            (Key::Rights, Arg::Rights(rights)),
        ];
        Body::Do(Act::Share, args(list))
    });
    let privileges = prop::sample::subsequence(Privilege::all().collect::<Vec<_>>(), 1..=Privilege::all().count());
    let grant = (privileges, any::<bool>()).prop_map(|(mut privileges, given)| {
        privileges.sort_unstable();
        let list = vec![(Key::On, word("crm")), (Key::To, word("bob")), (Key::Rights, Arg::Privileges(privileges))];
        Body::Do(if given { Act::Grant } else { Act::Revoke }, args(list))
    });
    prop_oneof![
        share,
        grant,
        edit,
        meet,
        copy,
        moved,
        migrate,
        fields,
        advance,
        delay,
        report,
        option,
        table,
        lost,
        writes,
        filter,
        sentence().prop_map(Body::Note)
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let when =
        (prop::sample::select(Call::ALL), prop::sample::select(Point::ALL), 1_u32..5).prop_map(|(call, point, nth)| {
            let table = (call == Call::WriteCache).then_some(Table::IdMapping);
            When { on: "desk".to_owned(), call, point, nth, item: Some("zoe".to_owned()), table }
        });
    (body(), any::<bool>(), prop::option::of(when)).prop_map(|(body, background, when)| {
        let act = matches!(body, Body::Do(..));
        // What lets time pass is over before the next step.
        let act = act && !matches!(&body, Body::Do(Act::Advance | Act::Settle, _));
        Step { line: 0, id: None, at: None, background: background && act, when: when.filter(|_| act), body }
    })
}

fn conditions(kind: Kind) -> impl Strategy<Value = Conditions> {
    (any::<bool>(), any::<bool>(), prop::option::of(0_i64..2), set(kind, Side::Crm, 0)).prop_map(
        move |(owner_is_me, party, statecode, fields)| {
            let party_is_me = party && kind == Kind::Appointment;
            Conditions { owner_is_me, party_is_me, statecode, fields }
        },
    )
}

fn users() -> impl Strategy<Value = Vec<User>> {
    let own = (conditions(Kind::Contact), conditions(Kind::Appointment), any::<bool>());
    let own = own.prop_map(|(of_contacts, of_appointments, active)| {
        let mut filters = Filter::defaults();
        let filter = |id: &str, kind, conditions| Filter { id: id.to_owned(), kind, conditions, active };
        filters[0] = filter("c", Kind::Contact, of_contacts);
        filters[2] = filter("a", Kind::Appointment, of_appointments);
        filters
    });
    let filters = prop_oneof![Just(Filter::defaults()), own];
    let lacking = prop::sample::subsequence(Privilege::all().collect::<Vec<_>>(), 0..4);
    (filters, lacking).prop_map(|(filters, lacking)| {
        let user = |id: &str, email: &str, filters| User {
            id: id.to_owned(),
            email: email.to_owned(),
            privileges: Privileges::default(),
            filters,
        };
        let held = lacking.into_iter().fold(Privileges::default(), |held, privilege| held.with(privilege, false));
        vec![
            User { privileges: held, ..user("ann", "ann@example.com", filters) },
            user("bob", "b@b", Filter::defaults()),
            user("cid", "c@c", Filter::defaults()),
        ]
    })
}

fn clients() -> impl Strategy<Value = Vec<Client>> {
    let settings = (any::<bool>(), any::<bool>(), prop::option::of(900_000_i64..9_000_000)).prop_map(
        |(company, all, interval)| Settings {
            kinds: if all { Kind::ALL.to_vec() } else { vec![Kind::Contact] },
            update_company: company,
            automatic: !company,
            interval: interval.map(Span),
        },
    );
    let client = (settings, any::<bool>(), any::<bool>(), -9_000_i64..9_000);
    prop::collection::vec(client, 3).prop_map(|clients| {
        let who = [
            ("desk", ("ann", "ann"), Role::Primary),
            ("lap", ("ann", "ann"), Role::Secondary),
            ("home", ("bob", "ann"), Role::Delegate),
        ];
        let clients = who.into_iter().zip(clients);
        clients
            .map(|((id, (user, mailbox), role), (settings, running, online, clock))| Client {
                id: id.to_owned(),
                user: user.to_owned(),
                mailbox: mailbox.to_owned(),
                machine: if running { id.to_owned() } else { format!("{id}-box") },
                role,
                rights: if role == Role::Delegate { rights(clock) } else { FolderRights::OWNER },
                running,
                online,
                addin: online || running,
                clock: Span(clock),
                settings,
            })
            .collect()
    })
}

fn rights(number: i64) -> FolderRights {
    FolderRights(std::array::from_fn(|at| FolderRight::ALL[(number.unsigned_abs() as usize >> at) % 4]))
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let rank = prop_oneof![
        Just(None),
        Just(Some(Rank::First)),
        Just(Some(Rank::Last)),
        (0_u32..9).prop_map(|n| Some(Rank::Number(n)))
    ];
    let whose = prop::sample::select(&["ann", "bob"][..]);
    let item = |id: &'static str, kind: Kind, copies: Option<u32>| {
        (set(kind, Side::Crm, 0), rank.clone(), whose.clone(), whose.clone(), any::<bool>()).prop_map(
            move |(set, rank, owner, holder, tracked)| Item {
                // Whoever holds the item may read the record.
                shared_with: ["ann", "bob"].into_iter().filter(|user| *user != owner).map(str::to_owned).collect(),
                id: id.to_owned(),
                kind,
                side: Where::Both,
                owner: owner.to_owned(),
                holder: holder.to_owned(),
                tracked,
                set,
                copies,
                rank,
            },
        )
    };
    let own = (item("zoe", Kind::Contact, None), item("call", Kind::Task, None), item("t", Kind::Task, Some(3)));
    (own, item("talk", Kind::Appointment, None)).prop_map(|((zoe, call, t), talk)| vec![zoe, call, t, talk])
}

fn switches() -> impl Strategy<Value = Switches> {
    let value = |switch: Switch| match switch.takes() {
        SwitchType::Word(words) => prop::sample::select(words).prop_map(SwitchValue::Word).boxed(),
        SwitchType::Words(words) => {
            prop::sample::subsequence(words, 1..=words.len()).prop_map(SwitchValue::Words).boxed()
        }
        SwitchType::Count(low, high) => (low..=high).prop_map(SwitchValue::Count).boxed(),
        SwitchType::SpanMinutes(least) => {
            (least..9_999).prop_map(|minutes| SwitchValue::Span(Span::minutes(minutes))).boxed()
        }
        SwitchType::LimitOr(off) => prop_oneof![
            Just(SwitchValue::Word(off)),
            (1_u32..99, 0_u32..=100).prop_map(|(count, percent)| SwitchValue::Limit(Limit { count, percent })),
        ]
        .boxed(),
    };
    let change = prop::sample::select(Switch::ALL).prop_flat_map(move |switch| (Just(switch), value(switch)));
    (prop::sample::select(Base::ALL), prop::collection::vec(change, 0..5)).prop_map(|(base, changes)| {
        let mut switches = Switches::of(base);
        for (switch, value) in changes {
            assert!(switches.set(switch, &value));
        }
        switches
    })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let built: Vec<RuleId> = RULES.iter().filter(|rule| rule.built).filter_map(|rule| RuleId::find(rule.id)).collect();
    let waive = (sentence(), any::<bool>()).prop_map(|(why, from)| Waiver {
        invariant: IDS[0].to_owned(),
        from: from.then(|| "start".to_owned()),
        why,
    });
    let known = (sentence(), prop::sample::subsequence(IDS[1..].to_vec(), 1..3));
    let head = (
        "[a-z][a-z0-9-]{0,9}",
        sentence(),
        prop::sample::subsequence(built, 0..4),
        prop::option::of(sentence()),
        prop::option::of(sentence()),
        0..i64::MAX.unsigned_abs(),
        0_i64..7_258_118_400_000,
        prop::option::of(known),
        (prop::option::of(waive), prop::sample::subsequence(Golden::ALL, 0..=2), any::<bool>()),
    );
    let world = (switches(), users(), clients(), items(), prop::collection::vec(step(), 0..8));
    (head, world).prop_map(
        |(
            (name, why, rules, source, unsettled, seed, start, known, (waive, golden, drawn)),
            (switches, users, clients, items, steps),
        )| {
            let note = Step {
                line: 0,
                id: Some("start".to_owned()),
                at: Some(Span(0)),
                background: false,
                when: None,
                body: Body::Note("here".to_owned()),
            };
            let (known, violates) = known
                .map_or((None, Vec::new()), |(why, list)| (Some(why), list.into_iter().map(str::to_owned).collect()));
            Scenario {
                name,
                row: None,
                path: String::new(),
                why,
                rules,
                source,
                tags: vec!["a".to_owned()],
                seed,
                start: Time(start),
                protocol: Protocol { switches, ..Protocol::default() },
                users,
                clients,
                items,
                steps: std::iter::once(note).chain(steps).collect(),
                known,
                violates,
                also: Vec::new(),
                breaks: Vec::new(),
                waive: waive.into_iter().collect(),
                unsettled,
                golden,
                rows_end_equal: false,
                sweep: None,
                drawn,
                random: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_the_same(scenario in scenario()) {
        let text = scenario.to_toml();
        let mut again = parse("", &text).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
        again.iter_mut().flat_map(|scenario| &mut scenario.steps).for_each(|step| step.line = 0);
        prop_assert_eq!(&again, &[scenario], "{}", text);
    }
}
