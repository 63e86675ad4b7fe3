//! Planted bugs whose turning point is known, and shares that are the same each time.

use super::{Share, can_come_of_others, shares, turning_point};
use crate::fuzz::Signature;
use crate::scenario::{Scenario, parse};

/// A reply that is lost leads to a second record, where the server gives the ids: before the fault next to nothing does,
/// after it whatever sends the create.
const LOST_REPLY: &str = r#"
format = 1
name = "x"
why = "A lost reply."
clients = [{ id = "c1", user = "u1", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "outlook", set = { lastname = "Q" } }]
steps = [
  { do = "advance", by = "5s" },
  { fault = "lose-reply", call = "create", on = "c1", item = "zoe" },
  { do = "track", item = "zoe", on = "c1", via = "explorer" },
]
[protocol]
create-identity = "server-assigned"
"#;
const DUPLICATE: &str = "no-duplicate-record/contact-1-item-many-records/primary";

fn scenario() -> Scenario {
    parse("x.toml", LOST_REPLY).expect("the file is good").remove(0)
}

fn of(scenario: &Scenario, runs: u32) -> Vec<Share> {
    shares(scenario, &signature(DUPLICATE), runs, &mut |_| ())
}

fn signature(text: &str) -> Signature {
    text.parse().expect("a signature")
}

#[test]
fn a_lost_reply_is_the_turning_point_of_its_duplicate() {
    let mut told = Vec::new();
    let shares = shares(&scenario(), &signature(DUPLICATE), 100, &mut |share| told.push(share.clone()));
    assert_eq!(told, shares);
    assert_eq!(shares.iter().map(|share| share.kept).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(shares[0].step, None);
    assert_eq!(shares[3].step.as_deref(), Some(r#"{ do = "track", item = "zoe", on = "c1", via = "explorer" }"#));
    assert!(shares.iter().all(|share| share.runs == 100 && share.hits <= share.alike && share.alike <= 100));
    assert_eq!(turning_point(&shares), Some(2), "{shares:?}");
    let alike: Vec<u32> = shares.iter().map(|share| share.alike).collect();
    assert!(alike[0] < 25 && alike[1] < 25 && alike[3] > 60, "{alike:?}");
}

#[test]
fn where_the_protocol_prevents_it_no_step_makes_it_likely() {
    let mut scenario = scenario();
    scenario.protocol = crate::protocol::Protocol::default();
    let shares = of(&scenario, 40);
    assert!(shares.iter().all(|share| share.hits + share.alike == 0), "{shares:?}");
    assert_eq!(turning_point(&shares), None);
}

#[test]
fn shares_are_the_same_on_any_number_of_threads() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| of(&scenario(), 30))
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn the_steepest_rise_counts_and_the_first_of_several() {
    let shares = |hits: &[u32]| -> Vec<Share> {
        let share = |(kept, hits): (usize, &u32)| Share { kept, step: None, hits: *hits, alike: *hits, runs: 10 };
        hits.iter().enumerate().map(share).collect()
    };
    assert_eq!(turning_point(&shares(&[0, 3, 1, 4, 4])), Some(1));
    assert_eq!(turning_point(&shares(&[0, 3, 9, 10])), Some(2));
    assert_eq!(turning_point(&shares(&[5, 5, 2])), None);
    assert_eq!(turning_point(&[]), None);
}

#[test]
fn an_expectation_belongs_to_its_own_steps() {
    assert!(can_come_of_others(&signature(DUPLICATE)));
    assert!(!can_come_of_others(&signature("expectation/fields-open/nobody")));
    assert!(!can_come_of_others(&signature("step/open/nobody")));
}
