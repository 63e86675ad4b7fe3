//! Nobody gets more than the rights say, and nobody who tracks by hand gets less.

use super::*;
use crate::model::{Privilege, Privileges, Right, Rights};

impl Bench {
    fn take(&mut self, user: UserId, privilege: Privilege) {
        let held = self.world.server.privileges(user).with(privilege, false);
        self.world.server.set_privileges(user, held, &mut self.world.journal);
        self.event();
    }

    fn share(&mut self, record: CrmId, user: UserId, rights: &[Right], by: By) {
        let rights = rights.iter().fold(Rights::NONE, |rights, right| rights.with(*right));
        self.world.server.share(record, user, rights, by, &mut self.world.journal);
        self.event();
    }

    fn assign(&mut self, record: CrmId, to: UserId, by: By) {
        self.world.server.assign(record, to, by, &mut self.world.journal);
        self.event();
    }

    fn track(&mut self, user: UserId, record: CrmId) {
        self.world.server.track(user, record, true, &mut self.world.journal);
        self.event();
    }
}

/// A world in which Bob may touch only what is his or shared with him.
fn held_back() -> Bench {
    let mut bench = Bench::begun();
    for right in Right::ALL {
        bench.take(BOB, Privilege::Of(*right, Kind::Contact));
    }
    bench
}

#[test]
fn what_may_not_be_read_reaches_no_mailbox() {
    for (shared, owner, violated) in [(false, ANN, vec!["entitled-only"]), (true, ANN, vec![]), (false, BOB, vec![])] {
        let mut bench = held_back();
        let record = bench.record(Kind::Contact, owner, By::User(owner), None);
        if shared {
            bench.share(record, BOB, &[Right::Read], By::User(ANN));
        }
        bench.item(Kind::Contact, By::Sync(OFFICE), Some(record), LinkState::Tracked);
        assert_eq!(bench.violated(), violated, "{shared} {owner:?}");
    }
}

#[test]
fn a_later_change_of_what_may_not_be_read_any_more_reaches_no_mailbox_either() {
    let mut bench = held_back();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.share(record, BOB, &[Right::Read], By::User(ANN));
    let item = bench.item(Kind::Contact, By::Sync(OFFICE), Some(record), LinkState::Tracked);
    bench.retrieve(OFFICE, record);
    bench.share(record, BOB, &[], By::User(ANN));
    let value = bench.text("1");
    bench.write_item(item, PHONE, value, OFFICE);
    assert_eq!(bench.violated(), [""; 0], "what was read in time is on its way");
    bench.retrieve(OFFICE, record);
    let value = bench.text("2");
    bench.write_item(item, PHONE, value, OFFICE);
    assert_eq!(bench.violated(), ["entitled-only"]);
}

#[test]
fn nothing_reaches_a_mailbox_whose_user_may_not_synchronize() {
    let mut bench = Bench::begun();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.take(ANN, Privilege::SyncToOutlook);
    bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
    assert_eq!(bench.violated(), ["entitled-only"]);
}

#[test]
fn a_write_needs_the_right_to_it() {
    let all = [Right::Read, Right::Write, Right::Delete];
    for rights in [&all[..0], &all[..1], &all[..2], &all[..]] {
        for by in [By::User(BOB), By::Sync(OFFICE)] {
            let mut bench = held_back();
            let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
            bench.share(record, BOB, rights, By::User(ANN));
            let value = bench.text("1");
            bench.edit_record(record, LAST, value, by);
            let refused = !rights.contains(&Right::Write);
            assert_eq!(bench.violated().contains(&"privileged-writes"), refused, "{rights:?} {by:?}");
        }
        let mut bench = held_back();
        let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
        bench.share(record, BOB, rights, By::User(ANN));
        bench.delete_record(record, By::User(BOB));
        assert_eq!(bench.violated().contains(&"privileged-writes"), rights.len() < 3, "{rights:?}");
    }
}

#[test]
fn giving_away_and_sharing_are_writes_and_count_by_what_was_so_before() {
    let mut bench = held_back();
    let record = bench.record(Kind::Contact, BOB, By::User(BOB), None);
    bench.assign(record, ANN, By::User(BOB));
    assert_eq!(bench.violated(), [""; 0], "it was his own");
    bench.share(record, BOB, &[Right::Read, Right::Write], By::User(BOB));
    assert_eq!(bench.violated(), ["privileged-writes"], "it is not his any more");

    let mut bench = held_back();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.assign(record, BOB, By::User(BOB));
    assert_eq!(bench.violated(), ["privileged-writes"], "it was not his yet");
}

#[test]
fn making_and_tracking_need_their_privileges() {
    for (privilege, by, refused) in [
        (Privilege::Create(Kind::Contact), By::User(ANN), true),
        (Privilege::Create(Kind::Contact), By::Sync(DESK), true),
        (Privilege::Of(Right::AppendTo, Kind::Contact), By::User(ANN), false),
        (Privilege::Of(Right::AppendTo, Kind::Contact), By::Sync(DESK), true),
        (Privilege::Of(Right::AppendTo, Kind::Task), By::Sync(DESK), false),
    ] {
        let mut bench = Bench::begun();
        bench.take(ANN, privilege);
        bench.record(Kind::Contact, ANN, by, None);
        assert_eq!(bench.violated().contains(&"privileged-writes"), refused, "{privilege:?} {by:?}");
    }
    let mut bench = held_back();
    let record = bench.record(Kind::Contact, ANN, By::User(ANN), None);
    bench.share(record, BOB, &[Right::Read, Right::Write], By::User(ANN));
    bench.track(BOB, record);
    assert_eq!(bench.violated(), ["privileged-writes"], "tracking appends to the record");
}

#[test]
fn what_was_tracked_by_hand_survives_its_reassignment() {
    for (by_hand, by, back, violated) in [
        (true, By::Sync(DESK), false, true),
        (true, By::User(ANN), false, false),
        (true, By::Sync(DESK), true, false),
        (false, By::Sync(DESK), false, false),
    ] {
        let mut bench = Bench::begun();
        let (record, item) = bench.pair(Kind::Contact);
        if by_hand {
            bench.track(ANN, record);
        }
        bench.assign(record, BOB, By::User(ANN));
        bench.delete_item(item, by);
        bench.unmap(DESK, record);
        if back {
            let item = bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
            bench.map(DESK, record, item, true);
        }
        bench.settled();
        assert_eq!(bench.violated().contains(&"manual-tracking-kept"), violated, "{by_hand} {by:?} {back}");
    }
}

#[test]
fn what_was_tracked_by_hand_goes_when_it_may_not_be_read_any_more() {
    let mut bench = Bench::begun();
    bench.world.server.privileges[ANN.index()] = Privileges::NONE.with(Privilege::SyncToOutlook, true);
    let record = bench.record(Kind::Contact, ANN, By::User(BOB), None);
    let item = bench.item(Kind::Contact, By::Sync(DESK), Some(record), LinkState::Tracked);
    bench.assign(record, BOB, By::User(BOB));
    bench.world.server.subscriptions[ANN.index()].tracked.insert(record, true);
    bench.tell(What::TrackingChanged { user: ANN, record, track: true });
    bench.delete_item(item, By::Sync(DESK));
    bench.settled();
    assert!(!bench.violated().contains(&"manual-tracking-kept"));
}
