//! What good files mean.

use crate::model::{Call, Kind, Role};
use crate::protocol::switches::{Acknowledge, Base, Relink, Switches};
use crate::scenario::model::{Arg, Body, Filter, Literal, Point, Rank, Scenario, Where};
use crate::scenario::parse;
use crate::scenario::vocabulary::{Act, Expectation, Key};
use crate::sim::{Span, Time};

fn one(text: &str) -> Scenario {
    let mut rows = rows(text);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn rows(text: &str) -> Vec<Scenario> {
    parse("", &format!("format = 1\nname = \"x\"\nwhy = \"w\"\n{text}")).unwrap_or_else(|errors| panic!("{errors}"))
}

const DESK: &str = "clients = [{ id = \"desk\", user = \"ann\" }]\n";

#[test]
fn what_is_not_written_has_its_default() {
    let scenario = one(&format!("{DESK}steps = []"));
    assert_eq!(scenario.start.to_string(), "2011-03-01T09:00:00Z");
    assert_eq!((scenario.seed, scenario.protocol.switches), (0, Switches::of(Base::Hardened)));
    assert_eq!(scenario.users[0].filters, Filter::defaults());
    let client = &scenario.clients[0];
    assert_eq!((client.role, client.running, client.online, client.clock), (Role::Primary, true, true, Span::ZERO));
}

#[test]
fn users_come_in_the_order_given_and_keep_the_filters_they_do_not_name() {
    let scenario = one("clients = [{ id = \"a\", user = \"bob\" }, { id = \"b\", user = \"ann\" }]\nsteps = []");
    assert_eq!(scenario.users.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["bob", "ann"]);
    let filters = "[{ id = \"f\", kind = \"contact\", where = { jobtitle = \"Buyer\" }, active = false }]";
    let scenario =
        one(&format!("{DESK}users = [{{ id = \"eve\", filters = {filters} }}, {{ id = \"ann\" }}]\nsteps = []"));
    let [own, rest, _] = &scenario.users[0].filters[..] else { panic!() };
    assert_eq!(
        (own.id.as_str(), own.active, own.conditions.owner_is_me, own.conditions.fields.len()),
        ("f", false, false, 1)
    );
    assert_eq!((rest.id.as_str(), rest.kind), ("tasks", Kind::Task));
}

#[test]
fn items_have_owners_holders_and_folded_fields() {
    let scenario = one(
        "clients = [{ id = \"desk\", user = \"ann\" }, { id = \"home\", user = \"bob\" }]\nsteps = []\nitems = [
         { id = \"a\", kind = \"task\", side = \"both\", due = \"+2d\", regarding = \"Coho\", copies = 3, rank = 4 },
         { id = \"b\", kind = \"contact\", side = \"crm\", owner = \"bob\", parent = \"Coho\", rank = \"last\" },
         { id = \"c\", kind = \"contact\", side = \"both\", owner = \"bob\", holder = \"ann\", set = { lastname = \"\", birthdate = 1980-02-03 } }]",
    );
    let [a, b, c] = &scenario.items[..] else { panic!() };
    let names: Vec<&str> = a.set.iter().map(|(field, _)| field.name()).collect();
    assert_eq!(names, ["scheduledend", "regardingobjectid"]);
    assert_eq!(a.set[0].1, Literal::Time(scenario.start + Span::parse("2d").unwrap()));
    assert_eq!(
        (a.aliases(), a.rank, a.owner.as_str()),
        (vec!["a1".into(), "a2".into(), "a3".into()], Some(Rank::Number(4)), "ann")
    );
    assert_eq!(
        (b.side, b.holder.as_str(), b.rank, b.set[0].0.name()),
        (Where::Crm, "bob", Some(Rank::Last), "parentcustomerid")
    );
    assert_eq!((c.owner.as_str(), c.holder.as_str()), ("bob", "ann"));
    assert_eq!(c.set[0].1, Literal::Text(String::new()));
    assert_eq!(c.set[1].1, Literal::Time(Time::parse("1980-02-03T00:00:00Z").unwrap()));
}

#[test]
fn steps_have_their_line_their_time_and_their_keys() {
    let scenario = one(&format!(
        "{DESK}items = [{{ id = \"z\", kind = \"task\", side = \"both\" }}]\n[[steps]]\nid = \"s\"\nat = \"+15m\"\ndo = \"edit\"\nitem = \"z\"\non = \"desk\"\ndue = 2011-03-05T10:00:00+02:00\nwhen = {{ on = \"desk\", call = \"post\", point = \"applied\", nth = 2 }}\nbackground = true\n[[steps]]\nexpect = \"pending\"\nnot = true\non = \"desk\"\nrows = 3\n"
    ));
    let step = &scenario.steps[0];
    assert_eq!(
        (step.line, step.id.as_deref(), step.at, step.background),
        (6, Some("s"), Some(Span::minutes(15)), true)
    );
    let when = step.when.as_ref().unwrap();
    assert_eq!((when.call, when.point, when.nth), (Call::Post, Point::Applied, 2));
    let Body::Do(Act::Edit, args) = &step.body else { panic!() };
    assert_eq!(args.set(Key::Set)[0].1, Literal::Time(Time::parse("2011-03-05T08:00:00Z").unwrap()));
    assert!(!args.0.contains_key(&Key::Due));
    let Body::Expect(Expectation::Pending, true, args) = &scenario.steps[1].body else { panic!() };
    assert_eq!(args.int(Key::Rows), Some(3));
}

#[test]
fn set_regarding_keeps_its_key_and_a_lost_value_has_the_type_of_its_field() {
    let scenario = one(&format!(
        "{DESK}items = [{{ id = \"z\", kind = \"task\", side = \"both\" }}]\nsteps = [
         {{ do = \"set-regarding\", item = \"z\", on = \"desk\", regarding = \"Coho\" }},
         {{ expect = \"journal\", kind = \"edit-lost\", item = \"z\", field = \"prioritycode\", lost = 2 }},
         {{ expect = \"journal\", kind = \"edit-lost\", item = \"z\", field = \"scheduledend\", lost = \"+1d\" }}]"
    ));
    let Body::Do(_, args) = &scenario.steps[0].body else { panic!() };
    assert_eq!(args.text(Key::Regarding), Some("Coho"));
    let lost = |step: usize| match &scenario.steps[step].body {
        Body::Expect(_, _, args) => args.0.get(&Key::Lost).cloned(),
        _ => None,
    };
    assert_eq!(lost(1), Some(Arg::Value(Literal::Int(2))));
    assert_eq!(lost(2), Some(Arg::Value(Literal::Time(scenario.start + Span::minutes(1440)))));
}

#[test]
fn rows_replace_any_value_and_their_protocol_goes_over_the_files() {
    let rows = rows(
        "cases = [
         { row = \"plain\", act = \"sync\", who = \"desk\", n = 2, wait = \"1h\", fields = { lastname = \"$$x\" } },
         { act = \"restart\", who = \"home\", n = 3, wait = \"2h\", fields = { lastname = \"y\" }, protocol = { base = \"documented\", acknowledge = \"by-id\" }, known = \"k\", violates = [\"quiet\"] }]
         clients = [{ id = \"desk\", user = \"ann\" }, { id = \"home\", user = \"bob\" }]
         items = [{ id = \"z\", kind = \"contact\", side = \"both\", set = \"$fields\" }]
         steps = [
         { do = \"$act\", on = \"$who\" },
         { rows = [\"plain\"], do = \"sync\", on = \"desk\", times = \"$n\" },
         { rows = [\"2\"], do = \"advance\", by = \"$wait\" },
         { expect = \"pending\", on = \"desk\", rows = \"$n\" },
         ]\n[protocol]\nacknowledge = \"by-position\"\nrelink = \"crmid-on-item\"",
    );
    let [plain, second] = &rows[..] else { panic!() };
    assert_eq!((plain.title(), second.title()), ("x#plain".to_owned(), "x#2".to_owned()));
    assert_eq!(plain.items[0].set[0].1, Literal::Text("$x".to_owned()));
    assert!(matches!(plain.steps[0].body, Body::Do(Act::Sync, _)));
    assert!(matches!(second.steps[0].body, Body::Do(Act::Restart, _)));
    assert!(matches!(&plain.steps[1].body, Body::Do(Act::Sync, args) if args.int(Key::Times) == Some(2)));
    assert!(matches!(&second.steps[1].body, Body::Do(Act::Advance, args) if args.span(Key::By) == Span::parse("2h")));
    assert!(matches!(&second.steps[2].body, Body::Expect(_, _, args) if args.int(Key::Rows) == Some(3)));
    assert_eq!(plain.protocol.switches.acknowledge, Acknowledge::ByPosition);
    let expected =
        Switches { acknowledge: Acknowledge::ById, relink: Relink::CrmidOnItem, ..Switches::of(Base::Documented) };
    assert_eq!(second.protocol.switches, expected);
    assert_eq!((plain.violates.len(), second.violates.len(), second.known.as_deref()), (0, 1, Some("k")));
}

#[test]
fn a_filter_can_be_made_changed_and_removed() {
    let scenario = one(&format!(
        "{DESK}steps = [
         {{ do = \"set-filter\", on = \"crm\", filter = \"mine\", kind = \"task\", where = {{ statecode = 2 }} }},
         {{ do = \"set-filter\", on = \"crm\", filter = \"mine\", where = {{ subject = \"x\" }} }},
         {{ do = \"set-filter\", on = \"crm\", as = \"ann\", filter = \"mine\", remove = true }},
         {{ do = \"set-filter\", on = \"crm\", filter = \"mine\", kind = \"contact\" }}]"
    ));
    assert_eq!(scenario.steps.len(), 4);
}

#[test]
fn many_rows_of_many_steps_are_read() {
    // Names are looked up and never searched, else this would take minutes.
    let steps: String = (0..500)
        .map(|n| format!("{{ id = \"s{n}\", do = \"create\", on = \"desk\", new = \"i{n}x\", kind = \"task\" }},\n"))
        .collect();
    let cases = "{},".repeat(100);
    assert_eq!(rows(&format!("{DESK}cases = [{cases}]\nsteps = [\n{steps}]")).len(), 100);
}
