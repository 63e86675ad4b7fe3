//! What `[random]` means, what can be wrong with it, and that a profile can be written back.

use proptest::prelude::*;

use super::errors::{marked, misses};
use crate::model::{Kind, Role};
use crate::scenario::model::{Own, Phases, Profile, Scenario, Size, Sizes, Weights};
use crate::scenario::parse;
use crate::scenario::vocabulary::{Act, Fault};

/// A good profile with room for something wrong.
const BASE: &str = r#"format = 1
name = "x"
why = "w"
#ROOT
[random]
#RANDOM
"#;

/// Where it goes, what it is (and what goes to the root after `@@`), the code, and a part of the help or the label.
pub(super) const CASES: &[(&str, &str, &str, &str)] = &[
    ("#RANDOM", "⟦stepps⟧ = [1, 2]", "E101", "`steps`"),
    ("#RANDOM", "steps = ⟦20⟧", "E301", "a list"),
    ("#RANDOM", "steps = ⟦[20]⟧", "E303", "two are expected"),
    ("#RANDOM", "steps = [⟦0⟧, 20]", "E303", "out of range"),
    ("#RANDOM", "steps = [20, ⟦2001⟧]", "E303", "out of range"),
    ("#RANDOM", "steps = [20, ⟦1.5⟧]", "E301", "a whole number"),
    ("#RANDOM", "items = ⟦[9, 8]⟧", "E303", "`items = [8, 9]`"),
    ("#RANDOM", "users = ⟦[5, 6]⟧", "E303", "`clients = [5, 5]`"),
    ("#RANDOM", "clients = ⟦[1, 1]⟧@@users = [{ id = \"ann\" }, { id = \"bob\" }]", "E303", "each user has a client"),
    ("#RANDOM", "⟦users⟧ = [1, 2]@@users = [{ id = \"ann\" }]", "E106", "one or the other"),
    ("#RANDOM", "⟦users⟧ = [1, 2]@@clients = [{ id = \"desk\", user = \"ann\" }]", "E106", "one or the other"),
    ("#RANDOM", "weights = { ⟦edti⟧ = 1 }", "E101", "`edit`"),
    ("#RANDOM", "weights = { ⟦send⟧ = 1 }", "E105", "not built yet"),
    ("#RANDOM", "weights = { edit = ⟦-1⟧ }", "E303", "out of range"),
    ("#RANDOM", "weights = { edit = ⟦1001⟧ }", "E303", "out of range"),
    ("#RANDOM", "weights = { edit = ⟦\"$x\"⟧ }", "E209", "variables stand below"),
    ("#RANDOM", "weights = ⟦{ edit = 0, others = 0 }⟧", "E419", "one at least"),
    ("#RANDOM", "faults = { ⟦lose-replay⟧ = 1 }", "E101", "`lose-reply`"),
    ("#RANDOM", "faults = ⟦{ others = 0 }⟧", "E419", "fault-free = 100"),
    ("#RANDOM", "kinds = ⟦{ contact = 0, task = 0, appointment = 0 }⟧", "E419", "one at least"),
    ("#RANDOM", "kinds = { ⟦fax⟧ = 1 }", "E105", "not built yet"),
    ("#RANDOM", "roles = ⟦{ secondary = 1, others = 0 }⟧", "E419", "`primary`"),
    ("#RANDOM", "phases = { ⟦faultfree⟧ = 1 }", "E101", "`fault-free`"),
    ("#RANDOM", "phases = { away = ⟦101⟧ }", "E303", "out of range"),
    ("#RANDOM", "phases = ⟦{ fault-free = 71 }⟧", "E303", "more than all"),
    ("#RANDOM", "own = { ⟦privilege⟧ = 1 }", "E101", "`privileges`"),
    ("#RANDOM", "own = { filters = ⟦101⟧ }", "E303", "out of range"),
    ("#ROOT", "⟦steps⟧ = []", "E418", "are drawn"),
    ("#ROOT", "⟦cases⟧ = [{}]", "E418", "further files"),
    ("#ROOT", "⟦rows-end-equal⟧ = false", "E418", "no rows"),
    ("#ROOT", "⟦waive⟧ = []", "E418", "`also`"),
    ("#ROOT", "⟦breaks⟧ = [\"x\"]", "E418", "could be named"),
    ("#ROOT", "⟦drawn⟧ = true", "E418", "the profile itself is not"),
    ("#ROOT", "⟦items⟧ = []", "E418", "`users` or `clients`"),
    ("#RANDOM", "[⟦sweep⟧]\nstep = \"x\"", "E418", "once it is a file"),
];

#[test]
fn every_error_of_a_profile_has_its_place_its_code_and_its_help() {
    parse("x.toml", BASE).unwrap_or_else(|errors| panic!("{errors}"));
    let failures: Vec<String> = CASES.iter().filter_map(|case| misses(BASE, case)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let (file, _) = marked(BASE, "#RANDOM", "steps = [9, 1]\nweights = { others = 0 }\n[sweep]\nstep = \"⟦x⟧\"");
    let errors = parse("", &file).unwrap_err();
    let codes: Vec<&str> = errors.list.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["E303", "E419", "E418"], "all at once: {errors}");
}

fn one(text: &str) -> Scenario {
    parse("", text).unwrap_or_else(|errors| panic!("{errors}\n{text}")).remove(0)
}

#[test]
fn an_empty_profile_draws_everything() {
    let scenario = one(BASE);
    assert_eq!(scenario.random, Some(Profile::default()));
    assert!(scenario.users.is_empty() && scenario.clients.is_empty() && scenario.steps.is_empty());
    assert_eq!(Phases::default().mixed(), 50);
}

#[test]
fn a_word_has_its_own_weight_or_that_of_the_others_or_the_usual_one() {
    let profile = |text: &str| one(&BASE.replace("#RANDOM", text)).random.unwrap();
    let named = profile("weights = { edit = 7, delete = 0 }").weights;
    let weights = [Act::Edit, Act::Delete, Act::Sync].map(|act| named.of(act, 3));
    assert_eq!(weights, [7, 0, 3]);
    assert!(!named.allows(Act::Delete));
    let alone = profile("weights = { edit = 7, others = 0 }").weights;
    assert_eq!([Act::Edit, Act::Sync].map(|act| alone.of(act, 3)), [7, 0]);
}

#[test]
fn what_a_profile_names_is_kept() {
    let text =
        "users = [{ id = \"ann\" }, { id = \"bob\" }]\nitems = [{ id = \"zoe\", kind = \"contact\", side = \"crm\" }]";
    let scenario = one(&BASE.replace("#ROOT", text));
    assert_eq!((scenario.users.len(), scenario.clients.len()), (2, 0));
    assert_eq!(scenario.items[0].owner, "ann");
    let again = one(&scenario.to_toml());
    assert_eq!(again, scenario);
}

fn size((low, high): (u32, u32)) -> impl Strategy<Value = Size> {
    (low..=high).prop_flat_map(move |least| (Just(least), least..=high)).prop_map(|(least, most)| Size { least, most })
}

fn weights<W: Copy + Ord + std::fmt::Debug + 'static>(
    all: &'static [W],
    needed: W,
) -> impl Strategy<Value = Weights<W>> {
    let some = prop::sample::subsequence(all, 0..=all.len().min(5));
    (some, prop::collection::vec(0_u32..=1_000, 5), prop::option::of(0_u32..=1_000)).prop_map(
        move |(words, numbers, others)| {
            let mut weights = Weights { named: words.into_iter().zip(numbers).collect(), others };
            weights.named.insert(needed, 1);
            weights
        },
    )
}

fn profile() -> impl Strategy<Value = Profile> {
    let sizes = (size((1, 3)), size((3, 32)), size((0, 100)), size((1, 2_000)));
    let sizes = sizes.prop_map(|(users, clients, items, steps)| Sizes { users, clients, items, steps });
    let phases = (0_u32..=40, 0_u32..=30, 0_u32..=30, 0_u32..=100)
        .prop_map(|(fault_free, single_fault, rare_fault, away)| Phases { fault_free, single_fault, rare_fault, away });
    let words = (
        weights(Act::ALL, Act::Edit),
        weights(Fault::ALL, Fault::LoseReply),
        weights(&[Kind::Appointment, Kind::Task, Kind::Contact], Kind::Task),
        weights(Role::ALL, Role::Primary),
    );
    let own = (0_u32..=100, 0_u32..=100, 0_u32..=100);
    let own = own.prop_map(|(privileges, filters, settings)| Own { privileges, filters, settings });
    (sizes, words, phases, own).prop_map(|(sizes, (weights, faults, kinds, roles), phases, own)| Profile {
        sizes,
        weights,
        faults,
        kinds,
        roles,
        phases,
        own,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_profile_that_is_written_reads_the_same(profile in profile(), seed in 0..i64::MAX.unsigned_abs()) {
        let scenario = Scenario { random: Some(profile), seed, ..one(BASE) };
        let text = scenario.to_toml();
        prop_assert_eq!(&one(&text), &scenario, "{}", text);
    }
}
