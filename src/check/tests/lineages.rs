//! What belongs together.

use super::*;
use crate::protocol::switches::ReactivatedContact;

/// A person marks an item.
fn mark(bench: &mut Bench, item: ItemId, state: LinkState, by: By) {
    let old = bench.world.mailboxes.item(item).link;
    let link = if state == LinkState::Pending { Link { state, ..Link::NONE } } else { Link { state, ..old } };
    let now = bench.world.now;
    match by {
        By::User(_) => bench.world.mailboxes.mark(item, link, (by, now), &mut bench.world.journal),
        By::Sync(_) => bench.world.mailboxes.set_link(item, link, by, &mut bench.world.journal),
    }
    bench.event();
}

#[test]
fn copies_belong_to_what_they_were_made_of() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let other = bench.item(Kind::Contact, By::Sync(OFFICE), Some(record), LinkState::Tracked);
    let id = bench.ledger.lineage_of_record(record).expect("a person made it");
    assert_eq!(bench.ledger.items(id), [item, other]);
    assert_eq!(bench.ledger.records(id), [record]);
    assert_eq!(bench.ledger.name(id, &bench.world), "zoe");
    assert_eq!(bench.ledger.lineages().count(), 1);
}

#[test]
fn an_item_marked_again_after_its_record_was_deleted_begins_anew() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    bench.delete_record(record, By::User(ANN));
    mark(&mut bench, item, LinkState::WasTracked, By::Sync(DESK));
    let old = bench.ledger.lineage_of_item(item);
    mark(&mut bench, item, LinkState::Pending, By::User(ANN));
    assert_ne!(bench.ledger.lineage_of_item(item), old);
    let second = bench.record(Kind::Contact, ANN, By::Sync(DESK), Some(item));
    assert_eq!(bench.ledger.lineage_of_record(second), bench.ledger.lineage_of_item(item));
    assert_eq!(bench.violated(), [""; 0]);
}

#[test]
fn an_item_marked_again_while_its_record_is_only_out_of_sight_goes_on() {
    for (switch, goes_on) in [(ReactivatedContact::Relinks, true), (ReactivatedContact::NewLink, false)] {
        let mut protocol = Protocol::default();
        protocol.switches.reactivated_contact = switch;
        let mut bench = Bench::new(protocol);
        let (_, item) = bench.pair(Kind::Contact);
        mark(&mut bench, item, LinkState::WasTracked, By::Sync(DESK));
        let old = bench.ledger.lineage_of_item(item);
        mark(&mut bench, item, LinkState::Pending, By::User(ANN));
        assert_eq!(bench.ledger.lineage_of_item(item) == old, goes_on, "{switch}");
    }
}

#[test]
fn an_untracked_item_that_is_marked_again_begins_anew_and_takes_its_edits_along() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    bench.person_edits_item(item, PHONE, "111");
    mark(&mut bench, item, LinkState::WasTracked, By::User(ANN));
    assert!(bench.ledger.untracked_by_person(item));
    let link = Link { record: None, ..bench.world.mailboxes.item(item).link };
    bench.world.mailboxes.set_link(item, link, By::Sync(DESK), &mut bench.world.journal);
    bench.event();
    assert!(bench.ledger.untracked_by_person(item));
    mark(&mut bench, item, LinkState::Pending, By::User(ANN));
    let (old, new) = (bench.ledger.lineage_of_record(record), bench.ledger.lineage_of_item(item));
    assert_ne!(old, new);
    let edits = |id| bench.ledger.lineage(id).edits.iter().filter(|edit| !edit.parted).count();
    assert_eq!(new.map(edits), Some(1));
    assert_eq!(old.map(edits), Some(1), "the record was made by a person");
}

#[test]
fn an_untracking_that_nobody_took_note_of_can_be_taken_back() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    mark(&mut bench, item, LinkState::WasTracked, By::User(ANN));
    mark(&mut bench, item, LinkState::Pending, By::User(ANN));
    assert_eq!(bench.ledger.lineage_of_record(record), bench.ledger.lineage_of_item(item));
}

#[test]
fn a_row_that_failed_is_trouble_until_it_is_processed() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let row = bench.queue(DESK, Some(item), Some(record), CrmChange::Upsert);
    let answer = Answer::Privilege;
    bench.tell(What::RowFailed { client: DESK, item: Some(item), record: Some(record), answer });
    let troubled = |bench: &Bench, mailbox, pair| bench.ledger.is_troubled(&bench.world, mailbox, pair);
    for pair in [(Some(item), None), (None, Some(record)), (Some(item), Some(record))] {
        assert!(troubled(&bench, ANN, pair));
        assert!(!troubled(&bench, BOB, pair), "what fails with Ann says nothing of Bob's mailbox");
    }
    bench.unqueue(DESK, row);
    assert!(!troubled(&bench, ANN, (Some(item), Some(record))));
}

#[test]
fn what_a_user_gave_up_or_keeps_is_that_users_own() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Contact);
    let pair = (Some(item), Some(record));
    bench.tell(What::Ignored { client: DESK, item: Some(item), record: Some(record) });
    bench.tell(What::Spared { client: DESK, item: Some(item), record: None });
    let ledger = &bench.ledger;
    let since = ledger.facts();
    for (mailbox, own) in [(ANN, true), (BOB, false)] {
        assert_eq!(ledger.is_given_up(&bench.world, mailbox, pair, 0), own);
        assert!(!ledger.is_given_up(&bench.world, mailbox, pair, since), "what comes later is not given up");
        assert_eq!(ledger.is_spared(&bench.world, mailbox, pair), own);
    }
}

#[test]
fn the_end_of_an_item_is_noted_with_what_its_partner_was() {
    let mut bench = Bench::begun();
    let (record, item) = bench.pair(Kind::Task);
    bench.delete_item(item, By::User(ANN));
    let id = bench.ledger.lineage_of_item(item).expect("it has one");
    let ending = bench.ledger.lineage(id).endings[0];
    assert!(ending.is_deletion_by_person());
    assert_eq!(ending.link, LinkState::Tracked);
    assert_eq!(ending.record, Some((record, crate::model::status::TASK_NOT_STARTED)));
    assert_eq!(ending.owner, Some(ANN));
}
