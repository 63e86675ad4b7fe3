//! The states that items go through, and what meets them there, as the marks of whole runs tell it.

use crate::model::Mark;
use crate::{Options, Run, execute};

/// Runs a scenario of one contact, or none, on a primary and a secondary.
fn run(side: &str, steps: &str) -> Run {
    let text = format!(
        r#"
format = 1
name = "lives"
why = "An item goes through the states of its life."
rules = ["TRG-MANUAL"]
users = [{{ id = "ann" }}, {{ id = "bob" }}]
clients = [
  {{ id = "desk", user = "ann", role = "primary" }},
  {{ id = "laptop", user = "ann", role = "secondary" }},
]
items = [{{ id = "zoe", kind = "contact", side = "{side}", set = {{ lastname = "Ray" }} }}]
steps = [
{steps}
  {{ do = "sync", on = "desk" }},
]
"#
    );
    let scenarios = crate::scenario::parse("lives.toml", &text).expect("the scenario is well formed");
    execute(&scenarios[0], Options::default())
}

/// Asserts that a run came by the first marks and not by the second.
fn assert_marks(run: &Run, there: &[&str], absent: &[&str]) {
    let mark = |name: &&str| Mark::parse(name).unwrap_or_else(|| panic!("{name} is a mark"));
    let all: Vec<String> = run.marks.iter().map(|mark| mark.to_string()).filter(|name| name.contains('/')).collect();
    for name in there {
        assert!(run.marks.contains(mark(name)), "{name} is missing from {all:#?}");
    }
    for name in absent {
        assert!(!run.marks.contains(mark(name)), "{name} should not be in {all:#?}");
    }
}

#[test]
fn an_edit_in_outlook_meets_a_linked_item_and_a_cycle_the_changed_one() {
    let run = run("both", r#"{ do = "edit", item = "zoe", on = "desk", via = "explorer", set = { jobtitle = "1" } },"#);
    assert_marks(
        &run,
        &["primary/linked/edited-in-outlook", "primary/changed-in-outlook/cycle", "primary/linked/cycle"],
        &["primary/changed-in-crm/cycle", "secondary/linked/edited-in-outlook", "primary/untracked/cycle"],
    );
}

#[test]
fn edits_on_both_sides_make_an_item_changed_in_both() {
    let run = run(
        "both",
        r#"{ do = "edit", item = "zoe", on = "laptop", set = { jobtitle = "1" } },
           { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "2" } },"#,
    );
    assert_marks(
        &run,
        &[
            "secondary/linked/edited-in-outlook",
            "primary/changed-in-outlook/edited-in-crm",
            "primary/changed-in-both/cycle",
        ],
        &["primary/linked/edited-in-crm", "primary/changed-in-crm/cycle"],
    );
}

#[test]
fn tracking_begins_a_life_and_untracking_ends_it() {
    let run = run(
        "outlook",
        r#"{ do = "track", item = "zoe", on = "laptop" },
           { do = "sync", on = "desk" },
           { do = "untrack", item = "zoe", on = "desk" },
           { do = "edit", item = "zoe", on = "desk", set = { jobtitle = "1" } },"#,
    );
    assert_marks(
        &run,
        &[
            "secondary/untracked/tracked",
            "primary/tracked-pending/cycle",
            "primary/linked/tracking-ended",
            "primary/untracked/edited-in-outlook",
        ],
        &["primary/unlinked/edited-in-outlook", "primary/untracked/tracking-ended"],
    );
}

#[test]
fn a_deletion_ends_one_copy_and_the_second_both() {
    let run = run(
        "both",
        r#"{ do = "delete", item = "zoe", on = "desk" },
           { do = "delete", item = "zoe", on = "crm" },"#,
    );
    assert_marks(
        &run,
        &[
            "primary/linked/deleted-in-outlook",
            "primary/deleted-in-outlook/deleted-in-crm",
            "primary/deleted-in-both/cycle",
        ],
        &["primary/deleted-in-crm/cycle", "primary/deleted-in-outlook/cycle"],
    );
}

#[test]
fn a_record_that_leaves_the_filter_is_out_of_it_once_the_server_says_so() {
    let run = run(
        "both",
        r#"{ do = "assign", item = "zoe", on = "crm", to = "bob" },
           { do = "sync", on = "desk" },"#,
    );
    assert_marks(
        &run,
        &["primary/linked/assigned", "primary/out-of-filter/cycle"],
        &["primary/out-of-filter/assigned", "primary/deleted-in-crm/cycle"],
    );
}

#[test]
fn a_row_that_fails_is_failed_until_its_user_ignores_it() {
    let run = run(
        "both",
        r#"{ fault = "refuse", on = "desk", call = "update", code = "plug-in-error", times = 3 },
           { do = "edit", item = "zoe", on = "desk", via = "explorer", set = { jobtitle = "1" } },
           { do = "sync", on = "desk" },
           { do = "sync", on = "desk" },
           { do = "ignore-errors", on = "desk" },
           { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "2" } },"#,
    );
    assert_marks(
        &run,
        &[
            "primary/changed-in-outlook/refused",
            "primary/failed/cycle",
            "primary/failed/errors-ignored",
            "primary/ignored/edited-in-crm",
        ],
        &["primary/linked/refused", "primary/failed/edited-in-crm"],
    );
}

#[test]
fn an_item_that_was_unlinked_and_qualifies_again_is_relinked() {
    let run = run(
        "both",
        r#"{ do = "assign", item = "zoe", on = "crm", to = "bob" },
           { do = "assign", item = "zoe", on = "crm", to = "ann" },
           { do = "deactivate", item = "zoe", on = "crm" },
           { do = "sync", on = "desk" },
           { do = "edit", item = "zoe", on = "desk", set = { jobtitle = "1" } },
           { do = "reactivate", item = "zoe", on = "crm" },
           { do = "sync", on = "desk" },
           { do = "edit", item = "zoe", on = "desk", set = { jobtitle = "2" } },"#,
    );
    assert_marks(&run, &["primary/unlinked/edited-in-outlook", "primary/relinked/edited-in-outlook"], &[]);
}

#[test]
fn a_fault_meets_what_the_client_is_at_work_on() {
    let run = run(
        "both",
        r#"{ fault = "lose-reply", on = "desk", call = "update" },
           { do = "edit", item = "zoe", on = "desk", set = { jobtitle = "1" } },
           { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "2" } },
           { fault = "crash-before", on = "desk", call = "save-item", item = "zoe", restart = true },
           { do = "sync", on = "desk" },
           { do = "lose-cache", on = "desk" },"#,
    );
    assert_marks(
        &run,
        &[
            "primary/changed-in-outlook/sent-at-once",
            "primary/changed-in-outlook/message-lost",
            "primary/changed-in-both/crash",
        ],
        &["secondary/changed-in-both/cache-lost"],
    );
}

#[test]
fn how_the_world_was_laid_out_is_no_event() {
    let run = run("crm", "");
    assert_marks(&run, &["primary/untracked/cycle"], &["primary/untracked/created-in-crm"]);
}
