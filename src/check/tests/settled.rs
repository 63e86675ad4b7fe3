//! What is judged once everything has settled.

use super::*;
use crate::check::maximal::Maximal;
use crate::journal::{Cause, ClientChange};
use crate::model::{Call, Side};
use crate::outlook::cache::Hold;
use crate::outlook::client::Doubt;
use crate::rule;

fn found(bench: &mut Bench) -> Vec<&'static str> {
    bench.settled();
    bench.violated()
}

#[test]
fn a_deleted_task_is_gone_from_crm_too() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Task);
    bench.delete_item(item, By::User(ANN));
    bench.unmap(DESK, record);
    assert!(found(&mut bench).contains(&"deletion-propagated"));

    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    bench.delete_item(item, By::User(ANN));
    bench.unmap(DESK, record);
    assert!(!found(&mut bench).contains(&"deletion-propagated"), "CRM keeps a contact");
}

#[test]
fn a_task_of_somebody_else_goes_too_as_long_as_it_belongs_in_the_mailbox() {
    for by_hand in [false, true] {
        let mut bench = Bench::begun();
        let record = bench.record(Kind::Task, BOB, By::User(BOB), None);
        if by_hand {
            bench.world.server.subscriptions[ANN.index()].tracked.insert(record, true);
        }
        let item = bench.item(Kind::Task, By::Sync(DESK), Some(record), LinkState::Tracked);
        bench.map(DESK, record, item, true);
        bench.delete_item(item, By::User(ANN));
        bench.world.server.subscriptions[ANN.index()].tracked.insert(record, false);
        bench.unmap(DESK, record);
        assert_eq!(found(&mut bench).contains(&"deletion-propagated"), by_hand);
    }
}

#[test]
fn an_item_does_not_stay_linked_to_a_record_that_is_gone() {
    let mut bench = Bench::begun();
    let (record, _) = bench.pair(Kind::Contact);
    bench.delete_record(record, By::User(ANN));
    bench.unmap(DESK, record);
    assert!(found(&mut bench).contains(&"deletion-propagated"));

    let mut bench = Bench::new(Protocol::default());
    let (record, item) = bench.pair(Kind::Contact);
    bench.tell(What::Step { step: 0 });
    bench.delete_record(record, By::User(ANN));
    bench.unmap(DESK, record);
    let link = Link { state: LinkState::WasTracked, ..bench.world.mailboxes.item(item).link };
    bench.world.mailboxes.set_link(item, link, By::Sync(DESK), &mut bench.world.journal);
    assert_eq!(found(&mut bench), [""; 0], "an own contact is unlinked and stays");
}

#[test]
fn what_was_deleted_does_not_come_back_by_itself() {
    for edited in [false, true] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        bench.delete_item(item, By::User(ANN));
        if edited {
            let value = bench.text("222");
            bench.edit_record(record, PHONE, value, By::User(BOB));
        }
        bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
        assert_eq!(found(&mut bench).contains(&"no-resurrection"), !edited);
    }
}

#[test]
fn only_who_knew_of_an_item_can_have_forgotten_it() {
    // The mailbox moves without the named properties, and a client loses its cache.
    for (client, violated) in [(None, true), (Some(LAPTOP), true), (Some(DESK), false)] {
        let mut bench = Bench::begun();
        let (_, item) = bench.pair(Kind::Task);
        let (_, other) = bench.pair(Kind::Task);
        bench.world.mailboxes.delete(item, true, By::User(ANN), &mut bench.world.journal);
        bench.event();
        if let Some(client) = client {
            *bench.world.cache_mut(client) = Cache::default();
            bench.tell(What::Client { client, change: ClientChange::CacheLost });
        }
        let new = bench.world.mailboxes.migrate(other, false, &mut bench.world.journal);
        bench.name(Some(new), None);
        assert_eq!(found(&mut bench).contains(&"deletion-propagated"), violated, "{client:?}");
    }
}

#[test]
fn an_update_without_an_answer_is_known_until_the_cache_is_lost() {
    for (lost, violated) in [(false, true), (true, false)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Task);
        const SUBJECT: FieldId = FieldId::named(Kind::Task, "subject");
        bench.person_edits_item(item, SUBJECT, "111");
        let typed = bench.text("111");
        bench.edit_record(record, SUBJECT, typed, By::Sync(DESK));
        if lost {
            *bench.world.cache_mut(DESK) = Cache::default();
            bench.tell(What::Client { client: DESK, change: ClientChange::CacheLost });
        }
        bench.world.mailboxes.delete(item, true, By::User(ANN), &mut bench.world.journal);
        bench.event();
        assert_eq!(found(&mut bench).contains(&"deletion-propagated"), violated, "lost: {lost}");
    }
}

#[test]
fn what_touches_nothing_that_comes_down_brings_nothing_back() {
    // Somebody marks an item in another mailbox, gives the record away and writes what it says already.
    for (what, violated) in [("mark", true), ("same", true), ("away", true), ("to-ann", false), ("late", true)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        let other = bench.item(Kind::Contact, By::Sync(OFFICE), Some(record), LinkState::WasTracked);
        bench.delete_item(item, By::User(ANN));
        match what {
            "mark" => {
                let link = Link { state: LinkState::Pending, ..bench.world.mailboxes.item(other).link };
                let now = bench.world.now;
                bench.world.mailboxes.mark(other, link, (By::User(BOB), now), &mut bench.world.journal);
            }
            "same" => bench.edit_record(record, PHONE, Value::Empty, By::User(BOB)),
            "away" | "to-ann" => {
                bench.world.server.assign(record, BOB, By::User(ANN), &mut bench.world.journal);
                bench.event();
                if what == "to-ann" {
                    bench.world.server.assign(record, ANN, By::User(BOB), &mut bench.world.journal);
                }
            }
            _ => {}
        }
        bench.event();
        bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
        if what == "late" {
            let value = bench.text("222");
            bench.edit_record(record, PHONE, value, By::User(BOB));
        }
        assert_eq!(found(&mut bench).contains(&"no-resurrection"), violated, "{what}");
    }
}

#[test]
fn an_edit_is_not_overwritten_without_a_word() {
    for journaled in [false, true] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        bench.person_edits_item(item, PHONE, "111");
        let typed = bench.text("111");
        if journaled {
            let (item, record, side) = (Some(item), Some(record), Side::Outlook);
            bench.tell(What::EditLost { item, record, field: PHONE, value: typed, side, rule: rule!("MRG-TIE") });
        }
        let other = bench.text("222");
        bench.write_item(item, PHONE, other, DESK);
        assert_eq!(found(&mut bench).contains(&"no-lost-edit"), !journaled);
    }
}

#[test]
fn a_later_edit_and_an_undo_lose_nothing() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    bench.person_edits_item(item, PHONE, "111");
    let later = bench.text("222");
    bench.edit_record(record, PHONE, later, By::User(BOB));
    bench.write_item(item, PHONE, later, DESK);
    assert!(!found(&mut bench).contains(&"no-lost-edit"), "somebody typed over it");

    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let other = bench.text("222");
    bench.edit_record(record, PHONE, other, By::User(BOB));
    bench.person_edits_item(item, PHONE, "111");
    bench.person_edits_item(item, PHONE, "");
    bench.write_item(item, PHONE, other, DESK);
    assert!(!found(&mut bench).contains(&"no-lost-edit"), "it was taken back before anybody saw it");
}

#[test]
fn the_old_value_is_an_edit_once_the_new_one_had_arrived() {
    for (heard, journaled) in [(true, false), (false, false), (false, true)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        let (old, new) = (Value::Empty, bench.text("111"));
        bench.person_edits_item(item, PHONE, "111");
        bench.edit_record(record, PHONE, new, By::Sync(DESK));
        if heard {
            bench.write_base(item, PHONE, new);
        }
        bench.edit_record(record, PHONE, old, By::User(BOB));
        if heard {
            bench.write_item(item, PHONE, old, DESK);
            bench.write_base(item, PHONE, old);
        }
        if journaled {
            let (item, record, side) = (Some(item), Some(record), Side::Crm);
            bench.tell(What::EditLost { item, record, field: PHONE, value: old, side, rule: rule!("MRG-ORIG") });
        }
        // The update comes late, or once more.
        bench.edit_record(record, PHONE, new, By::Sync(DESK));
        assert_eq!(found(&mut bench).contains(&"no-lost-edit"), !journaled, "heard: {heard}");
    }
    // Before it had arrived, nobody could know of the old value that it was typed anew.
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let (old, new) = (Value::Empty, bench.text("111"));
    bench.person_edits_item(item, PHONE, "111");
    let typed = bench.text("222");
    bench.edit_record(record, PHONE, typed, By::User(BOB));
    bench.edit_record(record, PHONE, old, By::User(BOB));
    bench.edit_record(record, PHONE, new, By::Sync(DESK));
    bench.write_base(item, PHONE, new);
    assert!(!found(&mut bench).contains(&"no-lost-edit"));
}

#[test]
fn linked_copies_agree() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let value = bench.text("Ray");
    bench.edit_record(record, LAST, value, By::User(BOB));
    assert!(found(&mut bench).contains(&"converged"));
    assert_ne!(bench.base_of(item), bench.world.server.record(record).content);
}

#[test]
fn a_record_that_belongs_in_a_mailbox_is_there() {
    let mut bench = Bench::begun();
    bench.record(Kind::Contact, ANN, By::User(BOB), None);
    assert!(found(&mut bench).contains(&"converged"));
}

#[test]
fn what_a_person_marked_is_linked_unless_its_row_failed() {
    for (failed, violated) in [(false, true), (true, false)] {
        let mut bench = Bench::begun();
        let item = bench.item(Kind::Contact, By::User(ANN), None, LinkState::Pending);
        if failed {
            let answer = Answer::Privilege;
            bench.tell(What::RowFailed { client: DESK, item: Some(item), record: None, answer });
        }
        assert_eq!(found(&mut bench).contains(&"converged"), violated);
    }
}

#[test]
fn a_row_that_fails_in_one_mailbox_excuses_no_other() {
    for (client, violated) in [(DESK, false), (OFFICE, true)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        let value = bench.text("Ray");
        bench.edit_record(record, LAST, value, By::User(BOB));
        let answer = Answer::Privilege;
        bench.tell(What::RowFailed { client, item: (client == DESK).then_some(item), record: Some(record), answer });
        assert_eq!(found(&mut bench).contains(&"converged"), violated);
    }
}

#[test]
fn what_waits_for_an_answer_excuses_its_own_mailbox_only() {
    for (waits, violated) in [("row", false), ("ann", false), ("bob", true), ("other-row", true)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Task);
        let (of_other, other) = bench.pair(Kind::Task);
        bench.delete_item(item, By::User(ANN));
        bench.unmap(DESK, record);
        match waits {
            "row" | "other-row" => {
                let (item, record) = if waits == "row" { (item, record) } else { (other, of_other) };
                let row = Row { hold: Hold::Asked, ..Row::new(Kind::Task, Some(item), Some(record)) };
                bench.world.cache_mut(DESK).put_row(None, row);
            }
            _ => {
                let client = if waits == "ann" { DESK } else { OFFICE };
                bench.world.clients[client.index()].memory.empty_store = Doubt::Asked;
            }
        }
        assert_eq!(found(&mut bench).contains(&"deletion-propagated"), violated, "{waits}");
    }
}

#[test]
fn what_a_deletion_takes_along_is_no_loss_where_its_client_knew_that_value() {
    // What OriginalXML said in the mailbox that deletes, whether its client had sent another value since, and whether the typed
    // value is lost.
    for (base, sent, lost) in [("111", false, false), ("333", false, true), ("111", true, true)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        let [base, typed, other] = [base, "111", "222"].map(|text| bench.text(text));
        bench.write_base(item, PHONE, base);
        let by = if sent { By::Sync(DESK) } else { By::User(BOB) };
        bench.edit_record(record, PHONE, other, by);
        // It comes to another mailbox, so it is more than a slip.
        let seen = bench.item(Kind::Contact, By::Sync(OFFICE), Some(record), LinkState::Tracked);
        bench.write_base(seen, PHONE, other);
        bench.edit_record(record, PHONE, typed, By::User(BOB));
        bench.delete_item(item, By::User(ANN));
        bench.delete_record(record, By::Sync(DESK));
        assert_eq!(found(&mut bench).contains(&"no-lost-edit"), lost, "sent: {sent}");
    }
}

#[test]
fn an_edit_is_lost_too_while_a_prompt_is_open() {
    let mut bench = Bench::begun();
    let (_, item) = bench.pair(Kind::Contact);
    bench.person_edits_item(item, PHONE, "111");
    let other = bench.text("222");
    bench.write_item(item, PHONE, other, DESK);
    bench.world.clients[DESK.index()].memory.empty_store = Doubt::Asked;
    assert!(found(&mut bench).contains(&"no-lost-edit"));
}

#[test]
fn what_original_xml_notes_of_the_account_outlook_was_shown() {
    const PARENT: FieldId = FieldId::named(Kind::Contact, "parentcustomerid");
    for (follows, noted, violated) in [(false, false, false), (false, true, true), (true, false, true)] {
        let mut bench = Bench::begun();
        bench.world.clients[DESK.index()].settings.update_company = follows;
        let (record, item) = bench.pair(Kind::Contact);
        let account = bench.text("Orr Ltd");
        bench.edit_record(record, PARENT, account, By::User(BOB));
        if noted {
            bench.write_base(item, PARENT, account);
        }
        assert_eq!(found(&mut bench).contains(&"converged"), violated, "follows: {follows}, noted: {noted}");
    }
}

#[test]
fn what_no_filter_asks_for_is_not_linked() {
    let mut bench = Bench::begun();
    let (record, _) = bench.pair(Kind::Contact);
    bench.world.server.assign(record, BOB, By::User(ANN), &mut bench.world.journal);
    let violated = found(&mut bench);
    assert!(violated.contains(&"converged"));
}

#[test]
fn the_world_settles_within_its_bound() {
    let mut bench = Bench::begun();
    bench.tell(What::Settling { began: true, rounds: 0 });
    bench.tell(What::Settling { began: false, rounds: 4 });
    assert_eq!(bench.violated(), [""; 0]);
    bench.tell(What::Settling { began: false, rounds: 5 });
    assert_eq!(bench.violated(), ["settles"]);

    let mut bench = Bench::begun();
    bench.tell(What::Settling { began: true, rounds: 0 });
    bench.tell(What::FaultFired { step: 0 });
    bench.tell(What::Settling { began: false, rounds: 5 });
    assert_eq!(bench.violated(), [""; 0], "something disturbs it still");
    bench.tell(What::Settling { began: true, rounds: 0 });
    bench.tell(What::Settling { began: false, rounds: 5 });
    assert_eq!(bench.violated(), ["settles"], "and nothing does any more");
}

#[test]
fn a_copy_is_not_written_again_and_again_while_the_world_settles() {
    let mut bench = Bench::begun();
    let (_, item) = bench.pair(Kind::Contact);
    bench.tell(What::Settling { began: true, rounds: 0 });
    for round in 0..7 {
        let value = bench.text(if round % 2 == 0 { "1" } else { "2" });
        bench.write_item(item, PHONE, value, DESK);
    }
    assert_eq!(bench.violated(), ["settles"]);
}

#[test]
fn a_settled_world_stays_quiet() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    bench.settled();
    bench.map(DESK, record, item, true);
    assert_eq!(bench.violated(), [""; 0], "a row that was only verified says what it said");
    bench.map(DESK, record, item, false);
    assert_eq!(bench.violated(), ["quiet"]);

    // A write that the server refuses for want of a privilege is tried again, and writes nothing.
    for (answer, violated) in
        [(Answer::Ok, vec!["quiet"]), (Answer::Timeout, vec!["quiet"]), (Answer::Privilege, vec![])]
    {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        bench.settled();
        let (request, client, call, cause) = (1, DESK, Call::Update, Cause::Cycle);
        bench.tell(What::Sent { request, client, call, item: Some(item), record: Some(record), cause });
        if answer != Answer::Timeout {
            bench.tell(What::Applied { request, client, call, answer });
        }
        bench.tell(What::Answered { request, client, call, answer });
        assert_eq!(bench.violated(), violated, "{answer}");
    }
}

#[test]
fn rows_that_come_and_go_in_every_cycle_are_not_quiet() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let waits = bench.queue(DESK, Some(item), Some(record), CrmChange::Upsert);
    bench.settled();
    let row = bench.world.cache(DESK).row(waits).expect("it was queued").view();
    bench.tell(What::RowWritten { client: DESK, row });
    assert_eq!(bench.violated(), [""; 0], "a row that failed again says what it said");
    bench.unqueue(DESK, waits);
    assert_eq!(bench.violated(), ["quiet"]);

    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    bench.settled();
    bench.queue(DESK, Some(item), Some(record), CrmChange::Upsert);
    assert_eq!(bench.violated(), ["quiet"]);

    let mut bench = Bench::begun();
    let (record, _) = bench.pair(Kind::Contact);
    bench.settled();
    bench.entry(ANN, record, EntryState::Upsert, EntryCause::Prepare);
    assert_eq!(bench.violated(), ["quiet"]);
}

#[test]
fn a_client_that_never_synchronizes_falls_short_of_the_model() {
    let mut bench = Bench::begun();
    bench.record(Kind::Contact, ANN, By::User(BOB), None);
    assert!(found(&mut bench).contains(&"maximal"));
}

#[test]
fn an_edit_that_arrives_changed_is_not_what_the_model_says() {
    let mut bench = Bench::new(Protocol::default());
    let (record, item) = bench.pair(Kind::Contact);
    bench.tell(What::Step { step: 0 });
    bench.wait(60);
    bench.person_edits_item(item, PHONE, "111");
    for (value, differs) in [("111", false), ("112", true)] {
        let value = bench.text(value);
        bench.edit_record(record, PHONE, value, By::Sync(DESK));
        bench.cycle(DESK);
        bench.settled();
        assert_eq!(bench.violated().contains(&"maximal"), differs);
    }
}

#[test]
fn a_deletion_that_was_to_be_noticed_long_ago_is_no_excuse_for_a_machine_taken_off() {
    // Reconciliation looks twice, and the next cycle carries the deletion out.
    for (taken_off, cycles, differs) in [(DESK, 0, false), (DESK, 2, false), (DESK, 3, true), (OFFICE, 0, true)] {
        let mut bench = Bench::new(Protocol::default());
        let (_, item) = bench.pair(Kind::Task);
        bench.tell(What::Step { step: 0 });
        bench.wait(60);
        bench.world.clients[DESK.index()].addin = false;
        bench.delete_item(item, By::User(ANN));
        bench.world.clients[DESK.index()].addin = true;
        (0..cycles).for_each(|_| bench.cycle(DESK));
        bench.world.clients[taken_off.index()].installed = false;
        bench.tell(What::Client { client: taken_off, change: ClientChange::Uninstalled });
        bench.settled();
        let found = bench.violated().contains(&"maximal");
        assert_eq!(found, differs, "the record is still there after {cycles} cycles of {taken_off:?}");
    }
}

#[test]
fn the_model_says_when_it_does_not_cover_a_run() {
    let mut bench = Bench::begun();
    let mut maximal = Maximal::default();
    let facts =
        [crate::journal::Fact { at: Time(0), what: What::Client { client: DESK, change: ClientChange::CacheLost } }];
    bench.ledger.record(&facts, &bench.world);
    let view = View { world: &bench.world, ledger: &bench.ledger, protocol: &bench.protocol };
    assert_eq!(maximal.applicable(), Ok(()));
    maximal.on_event(view, &facts, &mut Violations::default());
    assert_eq!(maximal.applicable(), Err("a lost memory"));
}

#[test]
fn what_was_given_back_over_what_an_item_had_heard_is_an_edit() {
    // CRM says one number and then the old one again; a save of the first was cut before OriginalXML was written, or not begun.
    for (heard, violated) in [(true, true), (false, false)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        let (old, new) = (bench.text("111"), bench.text("222"));
        bench.edit_record(record, PHONE, old, By::Sync(DESK));
        bench.write_item(item, PHONE, old, DESK);
        bench.write_base(item, PHONE, old);
        bench.edit_record(record, PHONE, new, By::User(ANN));
        if heard {
            bench.write_item(item, PHONE, new, DESK);
        }
        bench.edit_record(record, PHONE, old, By::User(ANN));
        bench.edit_record(record, PHONE, new, By::Sync(DESK));
        assert_eq!(found(&mut bench).contains(&"no-lost-edit"), violated, "heard: {heard}");
    }
}

#[test]
fn what_was_typed_on_both_sides_is_lost_when_nobody_typed_over_it() {
    // The record goes, and then synchronization takes it from the item too, or a person does.
    for (by, violated) in [(By::Sync(DESK), true), (By::User(ANN), false)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        bench.person_edits_item(item, PHONE, "111");
        let typed = bench.text("111");
        bench.edit_record(record, PHONE, typed, By::User(ANN));
        bench.delete_record(record, By::Sync(DESK));
        if by.is_sync() {
            let other = bench.text("222");
            bench.write_item(item, PHONE, other, DESK);
        } else {
            bench.person_edits_item(item, PHONE, "222");
        }
        assert_eq!(found(&mut bench).contains(&"no-lost-edit"), violated, "{by:?}");
    }
}

#[test]
fn what_waits_in_one_mailbox_excuses_no_client_of_another() {
    // Ann's edit waits, and Bob's client had sent the same; CRM gives back what OriginalXML has. Ann's may arrive after that, and
    // what Bob's client had sent before may not.
    for (client, violated) in [(DESK, false), (OFFICE, true)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        let (old, new) = (bench.text("111"), bench.text("222"));
        bench.edit_record(record, PHONE, old, By::Sync(DESK));
        bench.write_item(item, PHONE, old, DESK);
        bench.write_base(item, PHONE, old);
        bench.person_edits_item(item, PHONE, "222");
        bench.edit_record(record, PHONE, new, By::Sync(OFFICE));
        bench.edit_record(record, PHONE, old, By::User(BOB));
        bench.edit_record(record, PHONE, new, By::Sync(client));
        assert_eq!(found(&mut bench).contains(&"no-lost-edit"), violated, "{client:?}");
    }
}
