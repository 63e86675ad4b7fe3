//! What is judged while it happens.

use super::*;
use crate::journal::{Cause, ClientChange, MapView, Prompt, RowView};
use crate::model::{Call, Surface};
use crate::outlook::cache::Hold;
use crate::protocol::UserAct;
use crate::protocol::guard::MassDeletionGuard;
use crate::protocol::switches::DeletionsBy;

#[test]
fn a_second_record_of_one_item_is_a_duplicate() {
    let mut bench = Bench::begun();
    let item = bench.item(Kind::Contact, By::User(ANN), None, LinkState::Unmarked);
    bench.record(Kind::Contact, ANN, By::Sync(DESK), Some(item));
    assert_eq!(bench.violated(), [""; 0]);
    bench.record(Kind::Contact, ANN, By::Sync(DESK), Some(item));
    assert_eq!(bench.violated(), ["no-duplicate-record"]);
}

#[test]
fn independent_creations_with_equal_content_are_no_duplicates() {
    let mut bench = Bench::begun();
    for _ in 0..2 {
        let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
        bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
    }
    bench.cycle(DESK);
    assert_eq!(bench.violated(), [""; 0]);
}

#[test]
fn a_second_item_of_one_record_is_a_duplicate_in_its_mailbox_only() {
    let mut bench = Bench::begun();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
    bench.item(Kind::Contact, By::Sync(OFFICE), Some(record), LinkState::Tracked);
    bench.cycle(DESK);
    assert_eq!(bench.violated(), [""; 0]);
    bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
    bench.cycle(OFFICE);
    assert_eq!(bench.violated(), [""; 0], "the old one may be about to be removed");
    bench.cycle(DESK);
    assert_eq!(bench.violated(), ["no-duplicate-item"]);
}

#[test]
fn a_linked_row_without_its_record_waits_for_its_removal() {
    let mut bench = Bench::begun();
    let (record, _) = bench.pair(Kind::Contact);
    bench.delete_record(record, By::User(ANN));
    bench.cycle(DESK);
    assert_eq!(bench.violated(), [""; 0], "the deletion log still has it");
    bench.world.server.purge_deletion_log(&mut bench.world.journal);
    bench.cycle(DESK);
    assert_eq!(bench.violated(), [""; 0], "PrepareSync will look at its row of SyncEntry");
    bench.protocol.switches.deletions_by = DeletionsBy::Log;
    bench.cycle(LAPTOP);
    assert_eq!(bench.violated(), [""; 0], "a secondary keeps no tables that anybody reads");
    bench.cycle(DESK);
    assert_eq!(bench.violated(), ["mapping-one-to-one"]);
}

#[test]
fn sync_state_moves_along_its_edges_only() {
    let mut bench = Bench::begun();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.entry(ANN, record, EntryState::Upsert, EntryCause::Prepare);
    assert_eq!(bench.violated(), [""; 0]);
    bench.entry(ANN, record, EntryState::Absent, EntryCause::Acknowledge);
    assert!(bench.violated().contains(&"tables-consistent"));
}

#[test]
fn a_mapping_row_names_items_of_its_own_mailbox() {
    let mut bench = Bench::begun();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    let item = bench.item(Kind::Contact, By::Sync(OFFICE), Some(record), LinkState::Tracked);
    let row = MapView { record, item, linked: true, deleted_locally: false };
    bench.tell(What::MapWritten { client: DESK, map: MapId(9), row: Some(row) });
    assert_eq!(bench.violated(), ["tables-consistent"]);
}

#[test]
fn acknowledging_what_nobody_applied_runs_ahead_of_the_work() {
    let mut bench = Bench::begun();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.entry(ANN, record, EntryState::Upsert, EntryCause::Prepare);
    bench.entry(ANN, record, EntryState::Done, EntryCause::Acknowledge);
    assert_eq!(bench.violated(), ["progress-behind-work"]);
}

#[test]
fn acknowledging_what_is_queued_is_safe_until_the_queue_is_lost() {
    let mut bench = Bench::begun();
    bench.protocol.switches.fresh_cache = crate::protocol::switches::FreshCache::Incremental;
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.entry(ANN, record, EntryState::Upsert, EntryCause::Prepare);
    bench.queue(DESK, None, Some(record), CrmChange::Upsert);
    bench.entry(ANN, record, EntryState::Done, EntryCause::Acknowledge);
    assert_eq!(bench.violated(), [""; 0]);
    *bench.world.cache_mut(DESK) = Cache::default();
    bench.tell(What::Client { client: DESK, change: ClientChange::CacheLost });
    assert_eq!(bench.violated(), ["progress-behind-work"]);
}

#[test]
fn a_new_primary_that_kept_its_cache_does_not_ask_for_everything() {
    for (emptied, violated) in [(false, vec!["progress-behind-work"]), (true, vec![])] {
        let mut bench = Bench::begun();
        let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
        bench.entry(ANN, record, EntryState::Upsert, EntryCause::Prepare);
        match emptied {
            true => bench.tell(What::Client { client: DESK, change: ClientChange::CacheLost }),
            false => bench.tell(What::PrimaryChanged { user: ANN, from: Some(LAPTOP), to: Some(DESK) }),
        }
        bench.entry(ANN, record, EntryState::Done, EntryCause::Acknowledge);
        assert_eq!(bench.violated(), violated, "emptied: {emptied}");
    }
}

#[test]
fn the_watermark_never_passes_a_change_that_concerns_its_user() {
    let mut bench = Bench::begun();
    bench.record(Kind::Contact, BOB, By::User(BOB), None);
    bench.tell(What::Prepared { user: ANN, visited: 0, watermark: 1 });
    assert_eq!(bench.violated(), [""; 0], "Bob's contact is nothing to Ann");
    bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.tell(What::Prepared { user: ANN, visited: 0, watermark: 2 });
    assert_eq!(bench.violated(), ["progress-behind-work"]);
}

#[test]
fn a_secondary_sends_nothing_and_runs_no_cycle_by_itself() {
    let mut bench = Bench::begun();
    let sent =
        |request, call| What::Sent { request, client: LAPTOP, call, item: None, record: None, cause: Cause::Cycle };
    bench.tell(sent(1, Call::Retrieve));
    bench.tell(What::CycleStarted { client: LAPTOP, manual: true });
    assert_eq!(bench.violated(), [""; 0]);
    bench.tell(sent(2, Call::Prepare));
    assert_eq!(bench.violated(), ["roles-respected"]);
    let mut bench = Bench::begun();
    bench.tell(What::CycleStarted { client: LAPTOP, manual: false });
    assert_eq!(bench.violated(), ["roles-respected"]);
}

fn track(bench: &mut Bench, client: ClientId, surface: Surface, complete: bool) -> ItemId {
    let item = bench.item(Kind::Contact, By::User(ANN), None, LinkState::Unmarked);
    let link = Link { state: LinkState::Pending, ..Link::NONE };
    let now = bench.world.now;
    bench.world.mailboxes.mark(item, link, (By::User(ANN), now), &mut bench.world.journal);
    bench.tell(What::Acted { client, item, act: UserAct::Track, surface, complete });
    item
}

fn create(item: ItemId, client: ClientId) -> What {
    What::Sent { request: 1, client, call: Call::Create, item: Some(item), record: None, cause: Cause::Immediate }
}

#[test]
fn an_immediate_act_is_sent_when_its_form_closes_and_not_before() {
    let mut bench = Bench::begun();
    let item = track(&mut bench, DESK, Surface::Inspector, false);
    bench.tell(What::InspectorClosed { client: DESK, item });
    bench.tell(create(item, DESK));
    bench.tell(What::ImmediateEnded { client: DESK, item, answer: Answer::Ok });
    assert_eq!(bench.violated(), [""; 0]);
    bench.tell(create(item, DESK));
    assert_eq!(bench.violated(), ["immediate-when-due"], "one act, one operation");

    let mut bench = Bench::begun();
    let item = track(&mut bench, DESK, Surface::Inspector, false);
    bench.tell(create(item, DESK));
    assert_eq!(bench.violated(), ["immediate-when-due"], "the form is still open");
}

#[test]
fn an_immediate_act_that_is_never_sent_is_missed() {
    let mut bench = Bench::begun();
    track(&mut bench, LAPTOP, Surface::Explorer, true);
    bench.settled();
    assert!(!bench.violated().contains(&"immediate-when-due"), "a secondary waits for the primary's cycle");
    let mut bench = Bench::begun();
    track(&mut bench, DESK, Surface::Explorer, true);
    bench.settled();
    assert!(bench.violated().contains(&"immediate-when-due"));
}

#[test]
fn fields_that_are_not_mapped_are_left_alone() {
    const CATEGORIES: FieldId = FieldId::named(Kind::Contact, "categories");
    const PARENT: FieldId = FieldId::named(Kind::Contact, "parentcustomerid");
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let value = bench.text("x");
    bench.write_item(item, PHONE, value, DESK);
    bench.edit_record(record, PHONE, value, By::Sync(DESK));
    assert_eq!(bench.violated(), [""; 0]);
    bench.write_item(item, CATEGORIES, value, DESK);
    assert_eq!(bench.violated(), ["unmapped-untouched"]);
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let value = bench.text("x");
    bench.write_item(item, PARENT, value, DESK);
    assert_eq!(bench.violated(), ["unmapped-untouched"], "the Company field is switched off");
    let mut other = Bench::begun();
    let (of_other, _) = other.pair(Kind::Contact);
    assert_eq!(of_other, record);
    let value = other.text("x");
    other.edit_record(of_other, PARENT, value, By::Sync(DESK));
    assert_eq!(other.violated(), ["unmapped-untouched"], "the account never comes from Outlook");
}

#[test]
fn a_kind_that_is_switched_off_does_not_come_down() {
    let mut bench = Bench::begun();
    bench.world.clients[DESK.index()].settings.kinds[Kind::Contact as usize] = false;
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
    assert_eq!(bench.violated(), ["unmapped-untouched"]);
}

#[test]
fn deletions_need_a_cause_that_the_rules_allow() {
    // An own contact is unlinked and never deleted; a task goes with its record.
    for (kind, violated) in [(Kind::Contact, vec!["deletion-allowed"]), (Kind::Task, vec![])] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(kind);
        bench.delete_record(record, By::User(BOB));
        bench.delete_item(item, By::Sync(DESK));
        assert_eq!(bench.violated(), violated, "{kind}");
    }
    // Nothing happened on the other side.
    let mut bench = Bench::begun();
    let (_, item) = bench.pair(Kind::Task);
    bench.delete_item(item, By::Sync(DESK));
    assert_eq!(bench.violated(), ["deletion-allowed"]);
}

#[test]
fn whether_an_appointment_is_to_come_is_judged_when_the_client_hears_of_it() {
    const START: FieldId = FieldId::named(Kind::Appointment, "scheduledstart");
    for (seconds, violated) in [(29, vec![]), (31, vec!["deletion-allowed"])] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Appointment);
        bench.write_item(item, START, Value::Time(30_000), DESK);
        bench.delete_record(record, By::User(BOB));
        bench.wait(seconds);
        bench.retrieve(DESK, record);
        bench.wait(40);
        bench.delete_item(item, By::Sync(DESK));
        assert_eq!(bench.violated(), violated, "heard after {seconds} seconds");
    }
}

#[test]
fn a_record_is_not_deleted_for_an_item_that_was_moved() {
    for folder in [Folder::Elsewhere, Folder::OtherStore] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Task);
        bench.move_item(item, folder);
        assert_eq!(bench.violated(), [""; 0]);
        bench.delete_record(record, By::Sync(DESK));
        assert_eq!(bench.violated(), ["deletion-allowed"], "{folder:?}");
    }
}

#[test]
fn an_item_with_another_entry_id_keeps_its_lineage_and_one_without_properties_does_not() {
    for (properties, violated) in [(true, vec![]), (false, vec!["deletion-allowed"])] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Task);
        let new = bench.world.mailboxes.migrate(item, properties, &mut bench.world.journal);
        bench.name(Some(new), None);
        bench.event();
        bench.delete_item(new, By::User(ANN));
        bench.delete_record(record, By::Sync(DESK));
        assert_eq!(bench.violated(), violated, "{properties}");
    }
}

#[test]
fn a_record_is_deleted_only_for_an_item_that_a_person_ended() {
    for (kind, violated) in [(Kind::Contact, vec!["deletion-allowed"]), (Kind::Task, vec![])] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(kind);
        bench.delete_item(item, By::User(ANN));
        bench.delete_record(record, By::Sync(DESK));
        assert_eq!(bench.violated(), violated, "{kind}");
    }
    // Synchronization's own deletion of the item is no wish of a person.
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Task);
    bench.world.server.assign(record, BOB, By::User(ANN), &mut bench.world.journal);
    bench.delete_item(item, By::Sync(DESK));
    assert_eq!(bench.violated(), [""; 0]);
    bench.delete_record(record, By::Sync(DESK));
    assert_eq!(bench.violated(), ["deletion-allowed"]);
    // A completed task stays.
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Task);
    bench.edit_record(record, STATUS, Value::Int(crate::model::status::TASK_COMPLETED), By::User(ANN));
    bench.delete_item(item, By::User(ANN));
    bench.delete_record(record, By::Sync(DESK));
    assert_eq!(bench.violated(), ["deletion-allowed"]);
}

#[test]
fn a_record_is_not_deleted_for_an_item_that_nothing_linked() {
    for (state, violated) in [(LinkState::Unmarked, vec!["deletion-allowed"]), (LinkState::Tracked, vec![])] {
        let mut bench = Bench::begun();
        let record = bench.record(Kind::Task, ANN, By::User(ANN), None);
        let item = bench.item(Kind::Task, By::Sync(DESK), Some(record), state);
        bench.delete_item(item, By::User(ANN));
        bench.delete_record(record, By::Sync(DESK));
        assert_eq!(bench.violated(), violated, "{state:?}");
    }
}

#[test]
fn a_row_that_fails_stays_and_holds_up_no_other() {
    let failed = |bench: &mut Bench, record, keep: bool| {
        bench.tell(What::CycleStarted { client: DESK, manual: true });
        let id = bench.queue(DESK, None, Some(record), CrmChange::Upsert);
        let answer = Answer::PlugInError;
        bench.tell(What::RowFailed { client: DESK, item: None, record: Some(record), answer });
        let row = *bench.world.cache(DESK).row(id).expect("it was queued");
        let row = Row { error: Some(answer), ..row };
        bench.world.cache_mut(DESK).put_row(Some(id), row);
        bench.tell(What::RowWritten { client: DESK, row: row.view() });
        if !keep {
            bench.unqueue(DESK, id);
        }
        bench.tell(What::CycleEnded { client: DESK, answer: Answer::Ok, report: Default::default() });
    };
    let mut bench = Bench::begun();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    failed(&mut bench, record, true);
    assert_eq!(bench.violated(), [""; 0]);
    bench.cycle(DESK);
    assert_eq!(bench.violated(), ["failure-isolated"], "the next cycle did not try it again");

    let mut bench = Bench::begun();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    failed(&mut bench, record, false);
    assert_eq!(bench.violated(), ["failure-isolated"], "it was dropped");
}

#[test]
fn the_error_of_a_row_does_not_end_the_cycle() {
    let mut bench = Bench::begun();
    let (call, answer) = (Call::Update, Answer::PlugInError);
    bench.tell(What::CycleStarted { client: DESK, manual: true });
    bench.tell(What::Answered { request: 1, client: DESK, call, answer });
    bench.tell(What::CycleEnded { client: DESK, answer, report: Default::default() });
    assert_eq!(bench.violated(), ["failure-isolated"]);
}

#[test]
fn a_row_without_an_item_and_a_record_is_nothing() {
    let mut bench = Bench::begun();
    let row = RowView { item: None, record: None, outlook_change: 1, crm_change: 0, error: None };
    bench.tell(What::RowWritten { client: DESK, row });
    assert_eq!(bench.violated(), ["tables-consistent"]);
}

/// Five records and their items, and a cycle that deletes so many of the records.
fn deletes_in_a_cycle(bench: &mut Bench, deletions: usize) {
    let pairs: Vec<_> = (0..5).map(|_| bench.pair(Kind::Task)).collect();
    bench.tell(What::Step { step: 0 });
    for (_, item) in &pairs[..deletions] {
        bench.delete_item(*item, By::User(ANN));
    }
    bench.tell(What::CycleStarted { client: DESK, manual: true });
    for (record, _) in &pairs[..deletions] {
        bench.delete_record(*record, By::Sync(DESK));
        bench.unmap(DESK, *record);
    }
    bench.tell(What::CycleEnded { client: DESK, answer: Answer::Ok, report: Default::default() });
}

#[test]
fn a_cycle_that_deletes_most_of_what_is_mapped_asks_first() {
    let guarded = |bench: &Bench| bench.violated().contains(&"mass-deletion-guarded");
    for (deletions, violated) in [(4, false), (5, true)] {
        let mut bench = Bench::new(Protocol::default());
        deletes_in_a_cycle(&mut bench, deletions);
        assert_eq!(guarded(&bench), violated, "{deletions} of 5");
    }
    let mut bench = Bench::new(Protocol::default());
    bench.protocol.switches.mass_deletion_guard = MassDeletionGuard::Off;
    deletes_in_a_cycle(&mut bench, 5);
    assert!(!guarded(&bench), "without the guard nobody is asked");
}

#[test]
fn what_a_user_said_of_an_empty_mailbox_ends_when_the_mailbox_lists_something() {
    let mut bench = Bench::new(Protocol::default());
    let _stays = bench.pair(Kind::Task);
    bench.tell(What::PromptAnswered { client: DESK, prompt: Prompt::EmptyStore, delete: true });
    deletes_in_a_cycle(&mut bench, 5);
    assert_eq!(bench.violated(), [""; 0], "the user wants it");
    deletes_in_a_cycle(&mut bench, 5);
    assert_eq!(bench.violated(), ["mass-deletion-guarded"], "nobody was asked about these");
}

#[test]
fn what_a_user_let_go_is_asked_about_again_once_its_row_is_gone() {
    for gone in [false, true] {
        let mut bench = Bench::new(Protocol::default());
        let pairs: Vec<_> = (0..5).map(|_| bench.pair(Kind::Task)).collect();
        bench.tell(What::Step { step: 0 });
        let mut rows = Vec::new();
        for (record, item) in &pairs {
            bench.delete_item(*item, By::User(ANN));
            let row = Row { hold: Hold::Delete, ..Row::new(Kind::Task, Some(*item), Some(*record)) };
            rows.push(bench.world.cache_mut(DESK).put_row(None, row));
        }
        bench.tell(What::PromptAnswered { client: DESK, prompt: Prompt::MassDeletion, delete: true });
        if gone {
            rows.into_iter().for_each(|row| bench.unqueue(DESK, row));
        }
        bench.tell(What::CycleStarted { client: DESK, manual: true });
        for (record, _) in &pairs {
            bench.delete_record(*record, By::Sync(DESK));
        }
        let expected: &[&str] = if gone { &["mass-deletion-guarded"] } else { &[] };
        assert_eq!(bench.violated(), expected, "the rows are gone: {gone}");
    }
}

#[test]
fn what_one_user_let_go_is_no_answer_of_another() {
    for (client, violated) in [(DESK, false), (OFFICE, true)] {
        let mut bench = Bench::new(Protocol::default());
        let pairs: Vec<_> = (0..5).map(|_| bench.pair(Kind::Task)).collect();
        bench.tell(What::Step { step: 0 });
        for (record, item) in &pairs {
            bench.delete_item(*item, By::User(ANN));
            let row = Row { hold: Hold::Delete, ..Row::new(Kind::Task, Some(*item), Some(*record)) };
            bench.world.cache_mut(DESK).put_row(None, row);
        }
        bench.tell(What::PromptAnswered { client: DESK, prompt: Prompt::MassDeletion, delete: true });
        bench.tell(What::CycleStarted { client, manual: true });
        for (record, _) in &pairs {
            bench.delete_record(*record, By::Sync(client));
        }
        assert_eq!(bench.violated().contains(&"mass-deletion-guarded"), violated, "only Ann was asked");
    }
}

#[test]
fn a_cycle_that_the_guard_stopped_deletes_nothing_and_leaves_a_prompt() {
    let mut bench = Bench::new(Protocol::default());
    let (record, item) = bench.pair(Kind::Task);
    bench.tell(What::Step { step: 0 });
    bench.delete_item(item, By::User(ANN));
    bench.tell(What::CycleStarted { client: DESK, manual: true });
    bench.tell(What::GuardRaised { client: DESK, prompt: Prompt::MassDeletion, deletions: 5, mapped: 5 });
    let row = Row { hold: Hold::Asked, ..Row::new(Kind::Task, Some(item), Some(record)) };
    let held = bench.world.cache_mut(DESK).put_row(None, row);
    bench.tell(What::RowWritten { client: DESK, row: row.view() });
    let ended = What::CycleEnded { client: DESK, answer: Answer::Guarded, report: Default::default() };
    bench.tell(ended);
    assert_eq!(bench.violated(), [""; 0], "the prompt is open");

    bench.unqueue(DESK, held);
    bench.tell(What::CycleStarted { client: DESK, manual: true });
    bench.tell(ended);
    assert_eq!(bench.violated(), ["mass-deletion-guarded"], "no prompt was left");

    let mut bench = Bench::new(Protocol::default());
    let (record, item) = bench.pair(Kind::Task);
    bench.tell(What::Step { step: 0 });
    bench.delete_item(item, By::User(ANN));
    bench.tell(What::CycleStarted { client: DESK, manual: true });
    bench.tell(What::GuardRaised { client: DESK, prompt: Prompt::MassDeletion, deletions: 5, mapped: 5 });
    bench.delete_record(record, By::Sync(DESK));
    assert_eq!(bench.violated(), ["mass-deletion-guarded"], "it asked, and deleted");

    let mut bench = Bench::new(Protocol::default());
    let (record, item) = bench.pair(Kind::Task);
    bench.tell(What::Step { step: 0 });
    bench.delete_item(item, By::User(ANN));
    bench.tell(What::CycleStarted { client: DESK, manual: true });
    bench.delete_record(record, By::Sync(DESK));
    assert_eq!(bench.violated(), [""; 0], "one is not too many");
    bench.tell(What::GuardRaised { client: DESK, prompt: Prompt::MassDeletion, deletions: 5, mapped: 5 });
    assert_eq!(bench.violated(), ["mass-deletion-guarded"], "it deleted, and asked");
}

#[test]
fn a_mark_on_what_was_let_go_asks_for_no_deletion() {
    // A task is let go by synchronization, marked again by its user and deleted before it was linked; or linked all the time.
    for (let_go, purged) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Task);
        if let_go {
            let link = Link { state: LinkState::WasTracked, ..bench.world.mailboxes.item(item).link };
            bench.world.mailboxes.set_link(item, link, By::Sync(DESK), &mut bench.world.journal);
            bench.event();
            bench.map(DESK, record, item, false);
        } else {
            let link = Link { state: LinkState::WasTracked, by_person: true, ..bench.world.mailboxes.item(item).link };
            let now = bench.world.now;
            bench.world.mailboxes.mark(item, link, (By::User(ANN), now), &mut bench.world.journal);
            bench.event();
        }
        let link = Link { state: LinkState::Pending, ..bench.world.mailboxes.item(item).link };
        let now = bench.world.now;
        bench.world.mailboxes.mark(item, link, (By::User(ANN), now), &mut bench.world.journal);
        bench.event();
        bench.world.mailboxes.delete(item, purged, By::User(ANN), &mut bench.world.journal);
        bench.event();
        bench.delete_record(record, By::Sync(DESK));
        assert_eq!(bench.violated().contains(&"deletion-allowed"), let_go, "purged: {purged}");
    }
}
