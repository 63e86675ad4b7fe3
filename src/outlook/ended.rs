//! What is done about a row whose item or record was ended: deleted, untracked, or out of the filter (rules.md, A.9).

use super::cache::{CrmChange, OutlookChange};
use super::client::Env;
use super::plan::{Case, Did, Merged, Op, Plan, create_item, create_record, merge_copies, note_base, send_update};
use super::unanswered::{heard_base, unheard_base};
use crate::crm::message::{Found, Tracking};
use crate::crm::record::statuscode;
use crate::journal::{LinkState, Note, What};
use crate::mailbox::{Folder, Item};
use crate::model::{Answer, ContentId, CrmId, Direction, FieldId, Kind, RuleId, Side, UserId, Value, mapping};
use crate::protocol::Deleted;
use crate::protocol::deletion::{Ended, EndedInCrm, EndedInOutlook, ItemFate, RecordFate};
use crate::protocol::switches::{
    CreateIdentity, DeleteVersusEdit, DeletedLocally, MissingItem, OutlookDeletedContact, Relink, SentUpdate,
    UntrackDeletes,
};
use crate::rule;

/// Whether a row has an end although its record may not be read: it was let go on one side, and what is to be done on the
/// other needs no right. Anything else waits with its error until the user may read the record, or it is listed as removed.
pub(super) fn ends_withheld(case: &Case) -> bool {
    let let_go = case.map.is_some_and(|map| map.deleted_locally && !case.retracked)
        || case.readable().is_some_and(|item| item.deleted_by_synchronization());
    match case.row.outlook_change {
        OutlookChange::Untracked | OutlookChange::UntrackedDelete => true,
        // Whatever was let go before: a person tracks it again, and the record is there.
        _ if case.live().is_some_and(|item| item.link.state == LinkState::Pending) => false,
        _ if let_go => true,
        OutlookChange::Deleted => case.row.kind == Kind::Contact || is_apart(case),
        _ if case.item.is_some() && case.live().is_none() => case.row.kind == Kind::Contact,
        _ => case.row.crm_change == CrmChange::Removed,
    }
}

/// Whether the item was not linked to the record when it ended: it was let go of, and at most marked again since. Where the
/// mapping was lost the mark on the item says it. One that a person untracked and marked again before anybody noticed was linked
/// all the while: synchronization had not let it go, and CRM, which would have been told, has the record belong in the mailbox.
/// The record of a create without an answer was made of the item, and is its own.
fn is_apart(case: &Case) -> bool {
    let belongs = case.found.flatten().is_some_and(|found| found.belongs);
    let marked = || {
        let link = case.kept().map(|item| item.link).filter(|link| link.state == LinkState::Pending && !link.reserved);
        link.is_some_and(|link| link.was_let_go || !belongs)
    };
    case.map.map_or_else(marked, |map| !map.linked && !map.deleted_locally)
}

/// A person deleted the item, or it is missing (DEL-OUT-*).
pub(super) fn ended_in_outlook(case: &Case, env: &mut Env<'_>) -> Plan {
    let switches = &env.protocol.switches;
    let noticed = case.row.outlook_change == OutlookChange::Deleted || case.readable().is_some();
    let missed_before = case.map.is_none_or(|map| map.visited);
    if !noticed && !missed_before && switches.missing_item == MissingItem::VerifyStoreThenTwice {
        let visit = Op::Map { linked: true, deleted_locally: false, visited: true };
        return Plan { script: vec![visit, Op::KeepRow], ..Plan::default() };
    }
    if case.map.is_none()
        && case.readable().is_none()
        && !case.listed
        && switches.missing_item == MissingItem::VerifyStoreThenTwice
    {
        // Neither the item nor the cache says any more what was synchronized: whether the record was edited since, nobody
        // can tell, and it comes down again.
        return Plan { script: vec![Op::DropRow], ..Plan::default() };
    }
    env.journal.follow(rule!("DEL-WHEN"));
    let verifies = switches.missing_item == MissingItem::VerifyStoreThenTwice;
    let moved_away = case.readable().filter(|item| verifies && item.is_moved());
    if case.withheld {
        // Only a contact gets here, or what was not linked: CRM keeps it whoever may read it, and what was deleted never comes
        // back (DEL-OUT-CON-2).
        return match moved_away {
            Some(item) => moved(case, item, env),
            None => keep_record(case, rule!("DEL-OUT-CON-1"), env),
        };
    }
    let Some(Some(found)) = case.found else {
        if case.row.crm_change == CrmChange::Upsert {
            return not_found();
        }
        // An item that was only moved may come back, and has no record any more.
        let moved = moved_away.is_some_and(|item| item.folder == Folder::Elsewhere);
        let tells = switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
        // What somebody makes in the record's place does not come beside it; nor does a record that a create met unheard.
        let gone = case.row.record.filter(|_| moved);
        let unheard = unheard_id(case, env).filter(|id| gone != Some(*id));
        let told = gone.into_iter().chain(unheard).filter(|_| tells).map(|id| Op::SendWithdrawal(id, Tracking::Off));
        // The item goes first: nothing was given up yet where it is in its place again by now.
        let forget = moved.then_some(Op::ForgetItem).into_iter().chain(told);
        let unmap = case.map.map(|_| Op::Unmap);
        let script = forget.chain(unmap).chain([Op::Unlist, Op::DropRow]).collect();
        return Plan { script, ..Plan::default() };
    };
    if let Some(item) = moved_away {
        return moved(case, item, env);
    }
    if case.readable().is_some_and(|item| verifies && item.left_when_let_go()) {
        // It was moved away and back before, and the client died when it had unlinked it: it is let go of all the same. Where
        // its record had left, it was unlinked for that, and the record comes down anew should it be back.
        let left = case.row.crm_change == CrmChange::Removed;
        let unlinked = Op::Map { linked: false, deleted_locally: false, visited: false };
        return if left { Plan { script: vec![unlinked, Op::DropRow], ..Plan::default() } } else { let_go(env) };
    }
    if is_apart(case) {
        // It was let go of, and a person tracked it again and deleted it before it was linked: that one does not want to see
        // it. What becomes of the record, which may be somebody else's by now, nobody asked.
        return keep_record(case, rule!("CACHE-DEL"), env);
    }
    env.journal.follow(rule!("CACHE-DEL"));
    let lost = edits_in_crm(case, found, env);
    let verdict = env.protocol.deletion.after_outlook(switches, facts_of_end(case, Ended::Deleted, found, env));
    env.journal.follow(verdict.rule);
    if verdict.rule == rule!("DEL-OUT-TASK-1") {
        env.journal.follow(rule!("D-14"));
    }
    // Without OriginalXML a change counts as an edit when it is not older than the deletion; it is journalled either way.
    let known = case.last_base().is_some();
    let later = found.modified_on.whole_seconds() >= case.row.outlook_time.whole_seconds();
    // Where the cache was lost, a page lists again whatever belongs in the mailbox; what it does not list has left.
    let left =
        case.row.crm_change == CrmChange::Removed || case.map.is_none() && case.row.crm_change == CrmChange::None;
    // What the deleted item says too nobody loses with it.
    let news = lost.iter().any(|change| !is_said(case, change, env));
    let edit_wins = news && (known || later) && switches.delete_versus_edit == DeleteVersusEdit::EditWins;
    match verdict.what {
        RecordFate::Kept => keep_record(case, verdict.rule, env),
        // The edited record lives on with somebody else, and this user has deleted it: both are right.
        RecordFate::Deleted if edit_wins && left => {
            // The row goes before the mapping row: cut in between, the removal is listed again and finds what decides it. What the
            // mailbox refuses comes first, while there is a row to say so.
            let script = vec![Op::Unlist, Op::DropRow, Op::Unmap];
            Plan { script, did: Vec::new(), facts: vec![case.note(Note::Kept, verdict.rule)] }
        }
        RecordFate::Deleted if edit_wins => {
            let mut plan = create_item(case, found, env);
            plan.facts.push(case.note(Note::MadeAgain, verdict.rule));
            plan
        }
        RecordFate::Deleted => {
            let mut facts = lost_edits(case, Side::Crm, &lost, verdict.rule);
            facts.push(case.note(Note::DeletedInCrm, verdict.rule));
            let script = vec![Op::SendDelete, Op::Unmap, Op::Unlist, Op::DropRow];
            Plan { script, did: vec![(Side::Crm, Did::Deleted)], facts }
        }
    }
}

/// The id under which a create was sent for an item that has ended, and nothing was heard of it: it may still be on its way, or
/// have been answered with the record of its meeting. Where that came down to another item of the meeting, it is not given up.
fn unheard_id(case: &Case, env: &Env<'_>) -> Option<CrmId> {
    let (_, item) = case.item.filter(|(_, item)| item.awaits_record())?;
    let mut others = item.meeting.into_iter().flat_map(|meeting| env.mailboxes.of_meeting(item.mailbox, meeting));
    let linked = others.any(|other| env.mailboxes.item(other).link.state == LinkState::Tracked);
    item.link.record.filter(|reserved| !linked && case.row.record == Some(*reserved))
}

/// A record that is listed as changed and not there now: the row waits until it is found, or until its deletion is listed.
fn not_found() -> Plan {
    Plan { script: vec![Op::FailRow(Answer::NotFound)], ..Plan::default() }
}

/// The store shows the item in another folder, or its EntryId is not of this store any more: nobody deleted it. It is let go
/// and its record stays; whoever moves it back and tracks it again links it to the same record.
fn moved(case: &Case, item: Item, env: &mut Env<'_>) -> Plan {
    if item.folder == Folder::OtherStore {
        env.journal.follow(rule!("DET-ENTRYID"));
        return keep_record(case, rule!("DET-ENTRYID"), env);
    }
    env.journal.follow(rule!("DET-EVENTS"));
    let mut plan = let_go(env);
    // The item goes first: nothing was given up yet where it is in its place again by now.
    plan.script.insert(0, Op::UnlinkItem);
    plan.facts.push(case.note(Note::Unlinked, rule!("DET-EVENTS")));
    plan
}

/// The record of an item that was unlinked is given up, and its mapping row says so.
pub(super) fn let_go(env: &Env<'_>) -> Plan {
    let told = env.protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
    let give_up = told.then_some(Op::SendTracking(Tracking::GivenUp));
    let unlinked = Op::Map { linked: false, deleted_locally: false, visited: false };
    Plan { script: give_up.into_iter().chain([unlinked, Op::DropRow]).collect(), ..Plan::default() }
}

/// What the deletion rules ask about an item that a person ended.
fn facts_of_end(case: &Case, how: Ended, found: Found, env: &mut Env<'_>) -> EndedInOutlook {
    let kind = case.row.kind;
    // A delegate may have done it; who purged an item cannot be read off it any more, but off the recoverable item it can.
    let person = case.ended_by().unwrap_or(case.user);
    if kind == Kind::Appointment {
        env.journal.follow(rule!("D-17"));
    }
    EndedInOutlook {
        kind,
        how,
        record_status: statuscode(env.contents, kind, found.content),
        item_status: case.readable().map(|item| statuscode(env.contents, kind, item.content)),
        owned: found.owner == case.user,
        in_future: starts_later(case, found.content, env),
        by_owner_or_organizer: found.owner == person || organizes(person, found.content, env),
    }
}

/// Whether an appointment starts after now, on the client's clock (D-17).
fn starts_later(case: &Case, content: ContentId, env: &Env<'_>) -> bool {
    mapping::start_of(env.contents, content).is_some_and(|start| start > case.clock)
}

/// Whether a user is the organizer whom an appointment names.
fn organizes(user: UserId, content: ContentId, env: &Env<'_>) -> bool {
    let organizer = env.contents.get(content, mapping::PARTIES[0]);
    organizer != Value::Empty && env.mailboxes.address(user) == Some(organizer)
}

/// The record stays and its item never comes back (DEL-OUT-CON-2).
fn keep_record(case: &Case, rule: RuleId, env: &mut Env<'_>) -> Plan {
    let mut script = Vec::new();
    let switches = &env.protocol.switches;
    // A contact that is to come back with the next edit in CRM must stay in the user's filter.
    let returns = switches.outlook_deleted_contact == OutlookDeletedContact::ReturnsOnCrmEdit;
    let returns = returns && case.row.kind == Kind::Contact;
    if switches.deleted_locally == DeletedLocally::ClientFlagAndServer && !returns {
        script.push(Op::SendTracking(Tracking::GivenUp));
    }
    script.extend([Op::Map { linked: false, deleted_locally: true, visited: false }, Op::Unlist, Op::DropRow]);
    // The sources say of contacts only that the item never comes back; a completed task is read the same way.
    if case.row.kind == Kind::Contact {
        env.journal.follow(rule!("DEL-OUT-CON-2"));
    }
    Plan { script, did: Vec::new(), facts: vec![case.note(Note::Kept, rule)] }
}

/// The user was asked about a deletion and keeps what is left: a record without its item, or an item without its record.
pub(super) fn spared(case: &Case, env: &mut Env<'_>) -> Plan {
    let rule = rule!("DEL-WHEN");
    let unmap = |deleted_locally| Op::Map { linked: false, deleted_locally, visited: false };
    match (case.row.outlook_change, case.live()) {
        (OutlookChange::Untracked | OutlookChange::UntrackedDelete, _) => {
            // The record lives on, and whoever loses this cache shall not make it a second item.
            let tells = env.protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
            let told = tells.then_some(Op::SendTracking(Tracking::GivenUp));
            let script = told.into_iter().chain([unmap(true), Op::ForgetItem, Op::DropRow]).collect();
            Plan { script, did: Vec::new(), facts: vec![case.note(Note::Kept, rule)] }
        }
        (_, Some(_)) => {
            let clear = if case.found.flatten().is_some() { Op::UnlinkItem } else { Op::ForgetItem };
            let script = vec![clear, unmap(false), Op::DropRow];
            Plan { script, did: Vec::new(), facts: vec![case.note(Note::Unlinked, rule)] }
        }
        (_, None) => keep_record(case, rule, env),
    }
}

/// The columns that were changed in CRM and not synchronized when the item was deleted. Where OriginalXML went with the
/// item and no mapping row keeps it, every column of a change counts that is known: it is listed, or the record has another
/// version than the user's own clients gave it.
fn edits_in_crm(case: &Case, found: Found, env: &mut Env<'_>) -> Vec<(FieldId, Value)> {
    let form = mapping::from_crm(env.contents, &env.protocol.directions, found.content);
    let notes = env.protocol.switches.sent_update == SentUpdate::Noted;
    let changed = match notes {
        true => found.own.version != found.version,
        false => case.row.crm_change == CrmChange::Upsert,
    };
    match case.last_base().map(|base| heard_base(case, base, found, env)) {
        Some(base) => {
            let mut changes = env.contents.diff(base, form);
            changes.retain(|(field, _)| env.protocol.directions.of(*field) == Direction::Both);
            if !notes || !changed {
                // What the deleted item says too is the client's own write, whose answer it never heard.
                changes.retain(|change| !is_said(case, change, env));
            }
            changes
        }
        // One that is empty may have been emptied.
        None if changed => FieldId::all(case.row.kind)
            .filter(|field| env.protocol.directions.of(*field) == Direction::Both)
            .map(|field| (field, env.contents.get(form, field)))
            .collect(),
        None => Vec::new(),
    }
}

/// Whether the item, where it can still be read, says the same.
fn is_said(case: &Case, (field, value): &(FieldId, Value), env: &mut Env<'_>) -> bool {
    case.readable().is_some_and(|item| {
        let own = mapping::from_outlook(env.contents, &env.protocol.directions, item.kind, item.content);
        env.contents.get(own, *field) == *value
    })
}

fn lost_edits(case: &Case, side: Side, lost: &[(FieldId, Value)], rule: RuleId) -> Vec<What> {
    let (item, record) = (case.item.map(|(id, _)| id), case.row.record);
    lost.iter()
        .map(|(field, value)| What::EditLost { item, record, field: *field, value: *value, side, rule })
        .collect()
}

/// The user had removed the item for good (DEL-OUT-CON-2, D-11).
pub(super) fn deleted_locally(case: &Case, env: &mut Env<'_>) -> Plan {
    match (case.row.crm_change, case.found) {
        (CrmChange::Removed, Some(None)) if !case.withheld => {
            Plan { script: vec![Op::Unmap, Op::DropRow], ..Plan::default() }
        }
        (CrmChange::Upsert, Some(Some(found)))
            if case.row.kind == Kind::Contact
                && found.owner == case.user
                && env.protocol.switches.outlook_deleted_contact == OutlookDeletedContact::ReturnsOnCrmEdit =>
        {
            env.journal.follow(rule!("D-11"));
            create_item(case, found, env)
        }
        _ => {
            // Of contacts the sources say it; a completed task and an appointment that CRM kept are read the same way.
            if case.row.kind == Kind::Contact {
                env.journal.follow(rule!("DEL-OUT-CON-2"));
            }
            Plan { script: vec![Op::DropRow], ..Plan::default() }
        }
    }
}

/// A person untracked the item (DEL-OUT-CON-3, DEL-OUT-TASK-2). The link goes at once, the record with the next cycle.
pub(super) fn untracked(case: &Case, env: &mut Env<'_>) -> Plan {
    let delete_record = case.row.outlook_change == OutlookChange::UntrackedDelete;
    let forget = [Op::Map { linked: false, deleted_locally: true, visited: false }, Op::ForgetItem];
    if case.row.record.is_none() {
        return Plan { script: vec![Op::DropRow], ..Plan::default() };
    }
    if case.row.kind == Kind::Appointment {
        env.journal.follow(rule!("D-13"));
    }
    if case.immediate {
        let may_delete = delete_record || env.protocol.switches.untrack_deletes == UntrackDeletes::NonOwnerDeletes;
        // While the record waits to be deleted, the item keeps its crmid: it says so even when the cache is lost.
        let [map, forget] = forget;
        let last = if may_delete { Op::KeepRow } else { forget };
        let mut script = vec![Op::NoteEnd, Op::SendTracking(Tracking::Off), map, last];
        if !may_delete {
            script.push(Op::DropRow);
        }
        return Plan { script, ..Plan::default() };
    }
    if case.withheld {
        return untracked_withheld(case, delete_record, env);
    }
    let Some(Some(found)) = case.found else {
        if case.row.crm_change == CrmChange::Upsert {
            return not_found();
        }
        // Should somebody's edit bring the record back, or have done so, it does not come to where its item was untracked.
        let tells = env.protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
        let told = case.row.record.filter(|_| tells).map(|gone| Op::SendWithdrawal(gone, Tracking::Off));
        let script = told.into_iter().chain([Op::Unmap, Op::ForgetItem, Op::DropRow]).collect();
        return Plan { script, ..Plan::default() };
    };
    let how = Ended::Untracked { delete_record };
    let verdict = env.protocol.deletion.after_outlook(&env.protocol.switches, facts_of_end(case, how, found, env));
    env.journal.follow(rule!("D-12"));
    env.journal.follow(verdict.rule);
    // Whether the untracking was told to the server before.
    let known = case.map.is_some_and(|map| map.deleted_locally);
    match verdict.what {
        RecordFate::Deleted => {
            let lost = edits_in_crm(case, found, env);
            let mut facts = lost_edits(case, Side::Crm, &lost, verdict.rule);
            facts.push(case.note(Note::DeletedInCrm, verdict.rule));
            let mut script = vec![Op::SendDelete, Op::Unmap, Op::ForgetItem, Op::DropRow];
            if !known && env.protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer {
                // Should somebody's edit bring the record back, it does not come to where its item was untracked.
                let [map, _] = forget;
                // With the mapping row the item's own word loses its meaning; the row keeps the wish until it is done.
                script.splice(0..0, [Op::NoteEnd, Op::SendTracking(Tracking::GivenUp), map]);
            }
            Plan { script, did: vec![(Side::Crm, Did::Deleted)], facts }
        }
        RecordFate::Kept => {
            let mut script = if known { Vec::new() } else { vec![Op::SendTracking(Tracking::Off)] };
            script.extend(forget);
            script.push(Op::DropRow);
            Plan { script, did: Vec::new(), facts: vec![case.note(Note::Kept, verdict.rule)] }
        }
    }
}

/// A person untracked the item, and the user may not read its record. That it shall not come again needs no right; to delete
/// it does, and that waits with its error until there is one (DEL-OUT-PRIV).
fn untracked_withheld(case: &Case, delete_record: bool, env: &mut Env<'_>) -> Plan {
    env.journal.follow(rule!("DEL-OUT-PRIV"));
    let switches = &env.protocol.switches;
    let tells = switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
    let unlinked = Op::Map { linked: false, deleted_locally: true, visited: false };
    let told = tells.then_some(Op::SendTracking(Tracking::GivenUp)).into_iter().chain([unlinked]);
    // Whose the record is by now cannot be read; the item says whose it was.
    let owned = case.item.and_then(|(_, item)| item.link.owner) == Some(case.user);
    let deletes = switches.untrack_deletes.deletes(delete_record, owned);
    if deletes {
        let known = case.map.is_some_and(|map| map.deleted_locally);
        let told = told.filter(|_| !known);
        return Plan { script: told.chain([Op::FailRow(Answer::Privilege)]).collect(), ..Plan::default() };
    }
    let script = told.chain([Op::ForgetItem, Op::DropRow]).collect();
    Plan { script, did: Vec::new(), facts: vec![case.note(Note::Kept, rule!("DEL-OUT-PRIV"))] }
}

/// The record is gone, or left the filter (DEL-CRM-*).
pub(super) fn removed(case: &Case, found: Option<Found>, env: &mut Env<'_>) -> Plan {
    let linked = case.map.is_none_or(|map| map.linked);
    let exists = found.is_some() || case.withheld;
    if case.live().is_some_and(|item| item.link.state == LinkState::Pending) {
        // An edited item whose record went was about to be created again when the client died or heard no answer.
        let mut plan = create_record(case, env);
        plan.script.insert(0, Op::Unmap);
        return plan;
    }
    if case.live().is_some_and(|item| item.link.state == LinkState::WasTracked)
        && case.map.is_some_and(|map| map.linked)
    {
        // The client died when it had unlinked the item; only the mapping row is left to say so.
        let script = vec![Op::Map { linked: false, deleted_locally: false, visited: false }, Op::DropRow];
        return Plan { script, ..Plan::default() };
    }
    let Some(item) = case.live().filter(|item| linked && item.link.state == LinkState::Tracked) else {
        let script = if exists { vec![Op::DropRow] } else { vec![Op::Unmap, Op::DropRow] };
        return Plan { script, ..Plan::default() };
    };
    if case.map.is_none() && env.protocol.switches.relink == Relink::None {
        return Plan { script: vec![Op::DropRow], ..Plan::default() };
    }
    env.journal.follow(rule!("DEL-CRM-UNIFY"));
    env.journal.follow(rule!("DEL-WHEN"));
    let facts = EndedInCrm {
        kind: case.row.kind,
        how: if exists { Deleted::LeftFilter } else { Deleted::Gone },
        // Nobody owns what one may not read.
        owned: !case.withheld && found.map_or(item.link.owner, |found| Some(found.owner)) == Some(case.user),
        item_status: statuscode(env.contents, case.row.kind, item.content),
        in_future: starts_later(case, item.content, env),
        was_open: !item.link.closed,
        organized: organizes(case.user, item.content, env),
    };
    let verdict = env.protocol.deletion.after_crm(&env.protocol.switches, facts);
    if case.row.kind == Kind::Appointment {
        env.journal.follow(rule!("D-15"));
        env.journal.follow(rule!("D-17"));
    }
    env.journal.follow(rule!("D-16"));
    env.journal.follow(verdict.rule);
    match verdict.what {
        ItemFate::Unlinked => {
            // The crmid stays on the item: by it the two find each other again, also when somebody else's edit makes a record in
            // the place of one that is gone and the mapping was lost meanwhile.
            let stays = exists || env.protocol.switches.relink == Relink::CrmidOnItem;
            let clear = if stays { Op::UnlinkItem } else { Op::ForgetItem };
            let unlink = vec![clear, Op::Map { linked: false, deleted_locally: false, visited: false }, Op::DropRow];
            Plan { script: unlink, did: Vec::new(), facts: vec![case.note(Note::Unlinked, verdict.rule)] }
        }
        ItemFate::Deleted => delete_item(case, item, found, verdict.rule, env),
    }
}

/// The item goes with its record, unless it was edited and edits win.
fn delete_item(case: &Case, item: Item, found: Option<Found>, rule: RuleId, env: &mut Env<'_>) -> Plan {
    let directions = &env.protocol.directions;
    let form = mapping::from_outlook(env.contents, directions, item.kind, item.content);
    let base = unheard_base(case, item.link.base, form, env);
    let mut edits = env.contents.diff(base, form);
    // What a save left behind that power cut in two came from CRM, and is nobody's edit.
    edits.retain(|(field, _)| directions.of(*field) == Direction::Both && !item.is_torn());
    // Nobody typed here what an update of the meeting brought, so it keeps nothing alive; but it goes with the item.
    let mut brought =
        item.brought.map_or_else(Vec::new, |brought| brought.columns(item.kind, env.contents, directions));
    brought.retain(|(field, value)| {
        env.contents.get(form, *field) == *value && !edits.iter().any(|edit| edit.0 == *field)
    });
    let go = [Op::DeleteItem, Op::Unmap, Op::DropRow];
    let deleted = vec![(Side::Outlook, Did::Deleted)];
    match (edits.is_empty(), env.protocol.switches.delete_versus_edit, found) {
        (false, DeleteVersusEdit::EditWins, None) if !case.withheld => {
            let columns = env.contents.fields_of(form).to_vec();
            let link = Op::Map { linked: true, deleted_locally: false, visited: false };
            let anew = match env.protocol.switches.create_identity {
                // OriginalXML stays: where somebody else made the record again before, both edits are merged.
                CreateIdentity::ClientAssigned => Op::Reserve(base),
                CreateIdentity::ServerAssigned => Op::MarkAnew,
            };
            // The old pair is over, whatever becomes of the new one.
            let script = vec![anew, Op::Unmap, Op::SendCreate(columns), Op::LinkItem(form), link, Op::DropRow];
            Plan { script, did: vec![(Side::Crm, Did::Added)], facts: vec![case.note(Note::MadeAgain, rule)] }
        }
        // The record lives on with somebody else: what the merge keeps of the edits goes there before the item goes. By that the
        // record may come back into the filter, which the next cycle hears of; else the item goes then.
        (false, DeleteVersusEdit::EditWins, Some(found)) => {
            let Merged { forms, merge, mut facts } = merge_copies(case, item, found, env);
            if merge.to_crm.is_empty() {
                facts.extend(lost_edits(case, Side::Outlook, &brought, rule));
                facts.push(case.note(Note::DeletedInOutlook, rule));
                return Plan { script: go.to_vec(), did: deleted, facts };
            }
            let update = send_update(merge.to_crm, forms.outlook, env);
            let link = [update, Op::LinkItem(form)].into_iter();
            let script = link.chain(note_base(env)).chain([Op::KeepRow]).collect();
            Plan { script, did: vec![(Side::Crm, Did::Updated)], facts }
        }
        (_, _, _) => {
            let mut facts = lost_edits(case, Side::Outlook, &edits, rule);
            facts.extend(lost_edits(case, Side::Outlook, &brought, rule));
            facts.push(case.note(Note::DeletedInOutlook, rule));
            Plan { script: go.to_vec(), did: deleted, facts }
        }
    }
}
