//! What is done about one row of OutlookSyncTable: from the facts to a short script.
//!
//! This is where the client follows the rules of A.8, A.9 and A.10. Nothing is written here; a plan is a list of
//! operations that `row` carries out one by one, so that a client can die between any two of them.

use super::cache::{CrmChange, MapRow, OutlookChange, Row, Sent};
use super::client::Env;
use super::ended::{deleted_locally, ended_in_outlook, let_go, removed, untracked};
use super::follow::follow_mappings;
use super::reading::is_linked;
use super::saved::{base_of_torn, note_saved};
use super::unanswered::{heard_base, note_sent};
use crate::crm::message::{Found, Tracking};
use crate::crm::record::statuscode;
use crate::journal::{LinkState, Note, What};
use crate::mailbox::{Folder, Item, heard};
use crate::model::{
    Answer, ClientId, ContentId, Contents, CrmId, Direction, FieldId, ItemId, Kind, RuleId, Side, UserId, Value,
    mapping, status,
};
use crate::protocol::merge::{self, Conflict, Forms, Merge};
use crate::protocol::switches::{
    CreateIdentity, DeletedLocally, ItemStamp, MergeBaseUpdate, ReactivatedContact, Relink,
};
use crate::protocol::{Protocol, Verdict};
use crate::rule;
use crate::sim::Time;

/// One operation of a script.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Op {
    /// Choose an id for a new record and write it on the item, with what is about to be sent.
    Reserve(ContentId),
    /// The record that was made under the id on the item, without an answer, is gone: choose another for the record that is
    /// to be made in its place, and leave what was sent with the first as OriginalXML.
    ReserveAnew,
    /// Mark the item as one that has no record yet.
    MarkAnew,
    /// Write on the item the id of the record that its meeting has.
    Adopt(CrmId),
    /// Create the record.
    SendCreate(Vec<(FieldId, Value)>),
    /// Update columns of the record.
    SendUpdate(Vec<(FieldId, Value)>),
    /// Begin or end the user's tracking of the record by hand.
    SendTracking(Tracking),
    /// Tell the server that nothing is to be made any more under an id that was chosen for the item: a create that was not
    /// answered may still be on its way. Or that a record that is gone was untracked, or an item let go before
    /// its record was heard of, which is about what is made in its place, or was named for it, too.
    SendWithdrawal(CrmId, Tracking),
    /// Tell the server that the mailbox holds an item of the record.
    SendHold,
    /// Tell the server that the mailbox keeps the item of a record whose removal a page listed.
    SendKeep,
    /// Delete the record.
    SendDelete,
    /// Make the item; linked in the same save where a base is given.
    CreateItem(Vec<(FieldId, Value)>, Option<ContentId>),
    /// Note in the row what CRM will say once the update that follows was carried out.
    NoteSent(Sent),
    /// Write the OriginalXML that the half of a save belongs to, as the row notes it.
    CompleteBase,
    /// Note in the row what OriginalXML becomes with the save that follows.
    NoteSaved(ContentId),
    /// Write columns of the item, and in the same save OriginalXML where it is given.
    SaveItem(Vec<(FieldId, Value)>, Option<ContentId>),
    /// Write OriginalXML.
    SaveBase(ContentId),
    /// Link the item to its record, with OriginalXML.
    LinkItem(ContentId),
    /// Clear the item's link; it keeps its crmid, by which its record can find it again.
    UnlinkItem,
    /// Clear the link of another item, which was moved away; its mapping row goes with the new one of its record.
    LetGo(ItemId),
    /// Clear the item's link and its crmid.
    ForgetItem,
    /// Clear the crmid of a purged item among the mailbox's recoverable items.
    Unlist,
    /// Delete the item.
    DeleteItem,
    /// Write the mapping row.
    Map {
        /// `Linked`.
        linked: bool,
        /// `DeletedLocally`.
        deleted_locally: bool,
        /// `Visited`.
        visited: bool,
    },
    /// Drop the mapping row.
    Unmap,
    /// Read the row again and plan anew.
    ReadAgain,
    /// Note in the row how its item ended, as the item says.
    NoteEnd,
    /// Let the row wait for the next cycle.
    KeepRow,
    /// Let the row wait with this error.
    FailRow(Answer),
    /// Drop the row.
    DropRow,
    /// Drop a row of its own that says that the record is gone: it was listed while the pair was not linked.
    DropRemoval,
}

/// What a row did to one side, for the report of the cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Did {
    /// Made something.
    Added,
    /// Changed something.
    Updated,
    /// Deleted something.
    Deleted,
}

/// A script, and what is said of it when it is through.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash)]
pub struct Plan {
    /// The operations, in order.
    pub script: Vec<Op>,
    /// What it does, for the report.
    pub did: Vec<(Side, Did)>,
    /// Facts that hold once the script begins.
    pub facts: Vec<What>,
}

impl Plan {
    /// Whether the plan deletes a record or an item.
    pub(super) fn deletes(&self) -> bool {
        self.script.iter().any(|op| matches!(op, Op::SendDelete | Op::DeleteItem))
    }
}

/// Everything that is known about a row when it is processed.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Case {
    /// The client.
    pub client: ClientId,
    /// Its user.
    pub user: UserId,
    /// The time by its clock.
    pub clock: Time,
    /// Whether the Company field comes down.
    pub company: bool,
    /// Whether this is an act that is sent at once.
    pub immediate: bool,
    /// The row; its CRM part may say more than the table when the record was found changed on the way.
    pub row: Row,
    /// The mapping row.
    pub map: Option<MapRow>,
    /// The item, by the row, the mapping or the crmid on it.
    pub item: Option<(ItemId, Item)>,
    /// Whether a person tracks the item again whose record is still there.
    pub retracked: bool,
    /// What Retrieve found, where it was asked: the record, or that there is none that the user can see.
    pub found: Option<Option<Found>>,
    /// Whether the record exists and the user may not read it.
    pub withheld: bool,
    /// Whether the item is among the mailbox's recoverable items: it was purged.
    pub listed: bool,
    /// Whether the last save of the item was made by half, and its OriginalXML is yet to be written there.
    pub half_saved: bool,
}

impl Case {
    pub(super) fn live(&self) -> Option<Item> {
        self.item.map(|(_, item)| item).filter(|item| item.folder == Folder::Synchronized)
    }

    pub(super) fn readable(&self) -> Option<Item> {
        self.item.map(|(_, item)| item).filter(|item| item.folder != Folder::Purged)
    }

    /// The item where its properties can be read: in a folder, or among the mailbox's recoverable items.
    pub(super) fn kept(&self) -> Option<Item> {
        self.item.map(|(_, item)| item).filter(|item| self.listed || item.folder != Folder::Purged)
    }

    /// OriginalXML of an item that has ended: its own where that can be read, else what the mapping row keeps of it.
    pub(super) fn last_base(&self) -> Option<ContentId> {
        self.kept().map(|item| item.link.base).or(self.map.and_then(|map| map.base))
    }

    /// Who ended the item, where the item still says so, be it among the recoverable items.
    pub(super) fn ended_by(&self) -> Option<UserId> {
        self.kept().and_then(|item| item.ended_by)
    }

    pub(super) fn note(&self, note: Note, rule: RuleId) -> What {
        let item = self.item.map(|(id, _)| id);
        What::Noted { note, item, record: self.row.record, client: self.client, rule }
    }
}

/// Decides what is done about a row.
pub fn plan(case: &Case, env: &mut Env<'_>) -> Plan {
    if case.row.outlook_change != OutlookChange::None && case.row.crm_change != CrmChange::None {
        env.journal.follow(rule!("D-10"));
    }
    let linked = case.map.is_some_and(|map| map.linked);
    let pending = case.live().is_some_and(|item| item.link.state == LinkState::Pending);
    match case.row.outlook_change {
        OutlookChange::Untracked | OutlookChange::UntrackedDelete => return untracked(case, env),
        OutlookChange::Upsert if pending && (!linked || case.retracked) => {
            return match (case.live(), case.found.flatten()) {
                (Some(item), Some(found)) if case.retracked => {
                    let mut plan = relink(case, item, found, env);
                    plan.script.insert(0, Op::SendTracking(Tracking::On));
                    plan
                }
                _ => create_record(case, env),
            };
        }
        _ => {}
    }
    if case.map.is_some_and(|map| map.deleted_locally) && !case.retracked {
        return deleted_locally(case, env);
    }
    if case.readable().is_some_and(|item| item.deleted_by_synchronization()) {
        // The client died when it had deleted the item; nobody else ended anything. The record may belong there again by now.
        return match case.found.flatten().filter(|_| case.row.crm_change == CrmChange::Upsert) {
            Some(found) => create_item(case, found, env),
            None => Plan { script: vec![Op::Unmap, Op::DropRow], ..Plan::default() },
        };
    }
    let unlinked = case.map.is_some_and(|map| !map.linked);
    if unlinked && case.item.is_some_and(|(_, item)| item.folder == Folder::Elsewhere) {
        // The item was let go when its owner moved it, and is still there.
        return Plan { script: vec![Op::DropRow], ..Plan::default() };
    }
    // An unlinked item that is gone says nothing; its record comes down anew. One that a person had tracked again was to be linked.
    let was_let_go = || case.readable().is_some_and(|item| item.left_when_let_go());
    let tracked_again = case.retracked && (case.readable().is_some() || case.listed);
    let still_linked = case.map.map_or_else(|| !was_let_go(), |map| map.linked || tracked_again);
    let gone_in_outlook = case.item.is_some() && case.live().is_none() && still_linked;
    // Nor does one that was never marked, whatever a row says of it.
    let marked = case.readable().is_none_or(|item| item.link.state != LinkState::Unmarked);
    if marked && (case.row.outlook_change == OutlookChange::Deleted || gone_in_outlook) {
        return ended_in_outlook(case, env);
    }
    match (case.row.crm_change, case.found) {
        (CrmChange::Removed, found) => removed(case, found.flatten(), env),
        (_, Some(Some(found))) => match case.live() {
            Some(item) if linked => merge_both(case, item, found, env),
            // It was let go: whether its record comes back, a page says.
            Some(item) if case.row.crm_change == CrmChange::None && unlinked && item.is_let_go() => {
                Plan { script: vec![Op::DropRow], ..Plan::default() }
            }
            Some(item) => relink(case, item, found, env),
            // It was to be linked again and is gone; no page offers its record.
            None if unlinked && case.row.crm_change == CrmChange::None => {
                Plan { script: vec![Op::DropRow], ..Plan::default() }
            }
            None => create_item(case, found, env),
        },
        // The cache was lost and the record that the item carries is gone too.
        (CrmChange::None, Some(None)) => removed(case, None, env),
        // A listed record that is not there now: it waits until it is found, or until its deletion is listed. Absence alone
        // deletes nothing, and is no reason to forget the change.
        (CrmChange::Upsert, _) => Plan { script: vec![Op::FailRow(Answer::NotFound)], ..Plan::default() },
        (CrmChange::None, None) => outlook_only(case, env),
    }
}

/// Only Outlook changed.
fn outlook_only(case: &Case, env: &mut Env<'_>) -> Plan {
    let linked = case.map.is_some_and(|map| map.linked);
    match case.live() {
        Some(item) if linked && item.link.state == LinkState::Tracked => update_record(case, item, env),
        // The cache lost the item and nothing recognises it: for this client it is new (DUP-CACHE).
        Some(item) if case.map.is_none() && item.link.state == LinkState::Tracked => {
            env.journal.follow(rule!("DUP-CACHE"));
            env.journal.follow(rule!("D-24"));
            create_record(case, env)
        }
        // The client died when it had unlinked the item, which was moved away and is back: it is let go of all the same.
        Some(item) if linked && item.link.state == LinkState::WasTracked && !item.link.by_person => let_go(env),
        _ => Plan { script: vec![Op::DropRow], ..Plan::default() },
    }
}

/// A marked item without a record: creates it (rules.md, A.10).
pub(super) fn create_record(case: &Case, env: &mut Env<'_>) -> Plan {
    let Some(item) = case.live() else { return Plan { script: vec![Op::DropRow], ..Plan::default() } };
    env.journal.follow(rule!("CACHE-ROLE"));
    if let Some(map) = case.map {
        env.journal.follow(if map.deleted_locally { rule!("DUP-RECREATE") } else { rule!("D-27") });
    }
    let form = mapping::from_outlook(env.contents, &env.protocol.directions, item.kind, item.content);
    let columns = env.contents.fields_of(form).to_vec();
    follow_mappings(case.row.kind, &columns, env);
    let mut script = Vec::new();
    // What was not heard of may still be under way: only the create itself tells, under the same id, whether its record is gone.
    let known = case.found == Some(None) && item.link.record.is_some() && item.link.record == case.row.record;
    if known && instead_of_gone(item, env) == Op::MarkAnew {
        script.push(Op::MarkAnew);
    }
    let nameless = item.link.record.is_none() || script.contains(&Op::MarkAnew);
    if nameless && env.protocol.switches.create_identity == CreateIdentity::ClientAssigned {
        script.push(Op::Reserve(form));
    }
    script.extend([
        Op::SendCreate(columns),
        Op::LinkItem(form),
        Op::Map { linked: true, deleted_locally: false, visited: false },
        Op::DropRow,
    ]);
    Plan { script, did: vec![(Side::Crm, Did::Added)], facts: Vec::new() }
}

/// What becomes of the id on a marked item whose record is gone. One that was made without an answer is made once more, in its
/// place, also for whoever let that go. One that the item had before a person marked it again is over: that mark asks for a
/// record of its own (D-27).
pub(super) fn instead_of_gone(item: Item, env: &Env<'_>) -> Op {
    let chosen = env.protocol.switches.create_identity == CreateIdentity::ClientAssigned;
    if chosen && item.link.reserved { Op::ReserveAnew } else { Op::MarkAnew }
}

/// A linked item that only Outlook changed: sends the changed columns, then writes OriginalXML.
fn update_record(case: &Case, item: Item, env: &mut Env<'_>) -> Plan {
    let directions = &env.protocol.directions;
    let form = mapping::from_outlook(env.contents, directions, item.kind, item.content);
    let mut columns = env.contents.diff(item.link.base, form);
    columns.retain(|(field, _)| directions.of(*field) == Direction::Both);
    if columns.is_empty() {
        // An update of the meeting waits to be compared with CRM until its kind is switched on again.
        let end = if item.brought.is_some() { Op::KeepRow } else { Op::DropRow };
        return Plan { script: vec![end], ..Plan::default() };
    }
    follow_mappings(case.row.kind, &columns, env);
    let base = env.contents.with(item.link.base, &columns);
    let mut script: Vec<Op> = note_sent(case, item.link.base, base, env).into_iter().collect();
    script.extend([send_update(columns, form, env), Op::SaveBase(base)]);
    script.extend(note_base(env));
    script.push(Op::DropRow);
    Plan { script, did: vec![(Side::Crm, Did::Updated)], facts: Vec::new() }
}

/// A merge, the forms it was made of, and the facts about what lost.
pub(super) struct Merged {
    pub(super) forms: Forms,
    pub(super) merge: Merge,
    pub(super) facts: Vec<What>,
}

/// Merges an item and its record as they are now (rules.md, A.8).
pub(super) fn merge_copies(case: &Case, item: Item, found: Found, env: &mut Env<'_>) -> Merged {
    let Protocol { switches, directions, .. } = env.protocol;
    let (outlook, crm) = (
        mapping::from_outlook(env.contents, directions, item.kind, item.content),
        mapping::from_crm(env.contents, directions, found.content),
    );
    let base = heard_base(case, item.link.base, found, env);
    let (base, brought) = base_of_brought(item, (base, outlook, crm), found, env);
    let base = base_of_torn(item, base, outlook, env);
    let forms = Forms { base, outlook, crm };
    let winner = match joins(case, item) {
        true => Verdict { what: Side::Crm, rule: rule!("DUP-GOID") },
        false => merge::winner(switches, item.modified, found.modified_on),
    };
    let merge = match joins(case, item) {
        true => merge::join(env.contents, directions, forms, case.company),
        false => merge::merge(env.contents, directions, forms, winner.what, case.company),
    };
    env.journal.follow(rule!("MRG-ORIG"));
    if !merge.conflicts.is_empty() {
        for rule in [winner.rule, rule!("MRG-CLOCK"), rule!("D-09")] {
            env.journal.follow(rule);
        }
    }
    let lost = |conflict: &Conflict, rule| What::EditLost {
        item: case.item.map(|(id, _)| id),
        record: case.row.record,
        field: conflict.field,
        value: conflict.lost,
        side: conflict.loser,
        rule,
    };
    let mut facts: Vec<What> = merge.conflicts.iter().map(|conflict| lost(conflict, winner.rule)).collect();
    let gives_way = |(field, _): &&(FieldId, Value)| merge.to_outlook.iter().any(|(down, _)| down == field);
    facts.extend(brought.iter().filter(gives_way).map(|(field, value)| {
        lost(&Conflict { field: *field, loser: Side::Outlook, lost: *value }, rule!("DUP-GOID"))
    }));
    Merged { forms, merge, facts }
}

/// OriginalXML for a merge of an item into which an update of the meeting wrote, and what of that CRM's values count against.
/// While nobody changed the record since it was seen here, what the organizer typed is sent as an edit: nobody else may ever
/// bring it. Somebody who did spoke since, perhaps the organizer, and what was brought is no word against that. What was typed
/// over an update was typed over what CRM says, where that has come there.
fn base_of_brought(
    item: Item,
    (base, outlook, crm): (ContentId, ContentId, ContentId),
    found: Found,
    env: &mut Env<'_>,
) -> (ContentId, Vec<(FieldId, Value)>) {
    let Some(brought) = item.brought else { return (base, Vec::new()) };
    let written = brought.columns(item.kind, env.contents, &env.protocol.directions);
    let no_word = match item.link.version == found.version {
        true => brought.no_word(&written, item.link.base, env.contents),
        false => written,
    };
    let base = heard(base, &no_word, &[outlook, crm], env.contents);
    let still = |(field, value): &(FieldId, Value)| env.contents.get(outlook, *field) == *value;
    (base, no_word.into_iter().filter(still).collect())
}

/// Whether an appointment was found by its meeting and never synchronized with this record: what it says came with an
/// invitation or from another record and is no edit of this one, so CRM's values count.
fn joins(case: &Case, item: Item) -> bool {
    let other = item.link.base == Contents::EMPTY || item.link.record != case.row.record;
    item.kind == Kind::Appointment && other
}

/// Both copies exist and CRM was read: writes on each side what the merge says.
fn merge_both(case: &Case, item: Item, found: Found, env: &mut Env<'_>) -> Plan {
    let switches = &env.protocol.switches;
    let Merged { forms, merge, facts } = merge_copies(case, item, found, env);
    let mut base = base_of(case, forms.base, env.contents.with(forms.crm, &merge.to_crm), env);
    let (mut to_outlook, to_crm) = (merge.to_outlook, merge.to_crm);
    if !found.comes_down {
        base = withhold(&mut to_outlook, forms, base, env);
    }
    let mut plan = Plan { facts, ..Plan::default() };
    for (side, columns) in [(Side::Outlook, &to_outlook), (Side::Crm, &to_crm)] {
        if !columns.is_empty() {
            follow_mappings(case.row.kind, columns, env);
            plan.did.push((side, Did::Updated));
        }
    }
    let checked = switches.checks_writes() && item.link.version != found.version;
    let tracked = item.link.state == LinkState::Tracked;
    let closed = status::is_closed(item.kind, statuscode(env.contents, item.kind, found.content));
    let owner_moved = item.link.owner != Some(found.owner) || item.link.closed != closed;
    let mut last = None;
    // A write that failed can have left the mapping row behind the item.
    let noted = case.map.and_then(|map| map.base);
    // OriginalXML on the item does not say yet what an update of the meeting wrote.
    let brought = item.brought.is_some();
    let behind = switches.maps_original_xml() && case.map.is_some() && noted != Some(base);
    plan.script = match (to_outlook.is_empty(), to_crm.is_empty(), switches.merge_base_update) {
        (true, true, _)
            if base == item.link.base
                && !checked
                && !owner_moved
                && tracked
                && !behind
                && !brought
                && !case.half_saved =>
        {
            env.journal.follow(rule!("CYC-ECHO"));
            vec![]
        }
        (true, true, _) => vec![Op::LinkItem(base)],
        // One side only: for the way up OriginalXML waits for the answer in every protocol, or a retry would see no change.
        (true, false, _) => {
            let sent = note_sent(case, forms.base, base, env).into_iter();
            sent.chain([send_update(to_crm, forms.outlook, env), Op::LinkItem(base)]).collect()
        }
        (false, true, MergeBaseUpdate::PerHalf) => vec![Op::LinkItem(base), Op::SaveItem(to_outlook, None)],
        (false, false, MergeBaseUpdate::PerHalf) => {
            let half = env.contents.with(forms.base, &to_outlook);
            let up = send_update(to_crm, forms.outlook, env);
            vec![Op::SaveBase(half), Op::SaveItem(to_outlook, None), Op::LinkItem(base), up]
        }
        // What comes down is in the item and in OriginalXML with one save, or in neither: it is never taken for an edit.
        // The mapping row learns of it next: were the item purged before, the record would look edited.
        (false, true, MergeBaseUpdate::AfterBoth) => {
            last = Some(Op::LinkItem(base));
            let save = Op::SaveItem(to_outlook, Some(base));
            note_saved(case, base, env).chain([save]).collect()
        }
        (false, false, MergeBaseUpdate::AfterBoth) => {
            let half = env.contents.with(forms.base, &to_outlook);
            let save = Op::SaveItem(to_outlook, Some(half));
            let down = note_saved(case, half, env).chain([save]).chain(note_base(env));
            let sent = send_update(to_crm, forms.outlook, env);
            let up = note_sent(case, half, base, env).into_iter().chain([sent, Op::LinkItem(base)]);
            down.chain(up).collect()
        }
    };
    if !plan.script.is_empty() {
        plan.script.extend(note_base(env));
    }
    plan.script.extend(last);
    plan.script.push(Op::DropRow);
    plan
}

/// The request that carries columns to CRM, of an item that says `form`.
pub(super) fn send_update(mut columns: Vec<(FieldId, Value)>, form: ContentId, env: &Env<'_>) -> Op {
    mapping::complete(env.contents, &env.protocol.directions, form, &mut columns);
    Op::SendUpdate(columns)
}

/// Without the privilege to synchronize only the half of a merge that goes up is carried out (PRV-SYNC). OriginalXML says what
/// the item goes on showing: what lost is not sent again, and the other half comes when it may.
fn withhold(to_outlook: &mut Vec<(FieldId, Value)>, forms: Forms, new: ContentId, env: &mut Env<'_>) -> ContentId {
    env.journal.follow(rule!("PRV-SYNC"));
    let shown = |field: FieldId| match env.protocol.directions.of(field) {
        Direction::Down => env.contents.get(forms.base, field),
        _ => env.contents.get(forms.outlook, field),
    };
    let shown: Vec<_> = to_outlook.drain(..).map(|(field, _)| (field, shown(field))).collect();
    env.contents.with(new, &shown)
}

/// Where the mapping row keeps OriginalXML too, it is written there: when the item is purged, it alone tells whether the
/// record was edited since.
pub(super) fn note_base(env: &Env<'_>) -> Option<Op> {
    let maps = env.protocol.switches.maps_original_xml();
    maps.then_some(Op::Map { linked: true, deleted_locally: false, visited: false })
}

/// What OriginalXML becomes; where the Company field does not come down, it keeps what it had of it.
fn base_of(case: &Case, old: ContentId, new: ContentId, env: &mut Env<'_>) -> ContentId {
    if case.company {
        return new;
    }
    let down: Vec<(FieldId, Value)> = FieldId::all(case.row.kind)
        .filter(|field| env.protocol.directions.of(*field) == Direction::Down)
        .map(|field| (field, env.contents.get(old, field)))
        .collect();
    env.contents.with(new, &down)
}

/// A record and an item that are not mapped to each other, or not any more: the item carries the record's id, or it was
/// unlinked and the record qualifies again.
fn relink(case: &Case, item: Item, found: Found, env: &mut Env<'_>) -> Plan {
    if item.link.by_person && item.link.state == LinkState::WasTracked && case.map.is_none() {
        // A person untracked the appointment that was found by its meeting: it stays untracked, and whoever asks for everything
        // is told so too.
        let told = env.protocol.switches.deleted_locally == DeletedLocally::ClientFlagAndServer;
        let give_up = told.then_some(Op::SendTracking(Tracking::GivenUp));
        return Plan { script: give_up.into_iter().chain([Op::DropRow]).collect(), ..Plan::default() };
    }
    let rule = if joins(case, item) {
        rule!("DUP-GOID")
    } else if case.map.is_some() {
        rule!("D-24")
    } else {
        rule!("DUP-RELINK")
    };
    if case.map.is_some() && env.protocol.switches.reactivated_contact == ReactivatedContact::NewLink {
        return create_item(case, found, env);
    }
    env.journal.follow(rule);
    env.journal.follow(rule!("D-24"));
    let mut plan = merge_both(case, item, found, env);
    plan.script.retain(|op| !matches!(op, Op::Map { .. }));
    let links = plan.script.iter().any(|op| matches!(op, Op::LinkItem(_)));
    plan.script.pop();
    if !links && (case.retracked || item.link.state != LinkState::Tracked) {
        plan.script.push(Op::LinkItem(item.link.base));
    }
    let obsolete = case.retracked.then_some(Op::DropRemoval);
    let linked = Op::Map { linked: true, deleted_locally: false, visited: false };
    plan.script.extend(obsolete.into_iter().chain([linked.clone(), Op::DropRow]));
    let relinks = env.protocol.switches.relink == Relink::CrmidOnItem;
    let mapped = !relinks || case.map.is_some_and(|map| map.linked);
    if !mapped && is_linked(case.item, case.row.record, env) {
        // They are a pair already, and only the mapping row does not say so: whatever else fails, it does from now on.
        plan.script.insert(0, linked);
    } else if !mapped && case.map.is_some() {
        // That they were let go of is over. No mapping row says linked before the item does: until then it is not, and what
        // becomes of it says nothing of the record.
        plan.script.insert(0, Op::Unmap);
    }
    if case.map.is_none() && case.row.crm_change == CrmChange::None {
        // No page listed the record, and none would say that it left the filter, or is deleted: the server had told it to the
        // cache that was lost. It is to look again. The mapping comes next, so that this is said once, whatever else fails.
        plan.script.insert(0, Op::SendHold);
    }
    // Another record was to be made for the item, under the id that it carries until now.
    let reserved = Some(item).filter(Item::awaits_record).and_then(|item| item.link.record);
    if let Some(reserved) = reserved.filter(|reserved| Some(*reserved) != case.row.record) {
        plan.script.insert(0, Op::SendWithdrawal(reserved, Tracking::GivenUp));
    }
    plan.facts.push(case.note(Note::Relinked, rule));
    plan
}

/// A record without an item: makes it (CYC-CREATE).
pub(super) fn create_item(case: &Case, found: Found, env: &mut Env<'_>) -> Plan {
    env.journal.follow(rule!("CYC-CREATE"));
    env.journal.follow(rule!("CYC-FIND"));
    let form = mapping::from_crm(env.contents, &env.protocol.directions, found.content);
    let base = base_of(case, Contents::EMPTY, form, env);
    let columns = env.contents.fields_of(base).to_vec();
    follow_mappings(case.row.kind, &columns, env);
    let mut script = match env.protocol.switches.item_stamp {
        ItemStamp::WithCreate => vec![Op::CreateItem(columns, Some(base))],
        ItemStamp::AfterCreate => vec![Op::CreateItem(columns, None), Op::LinkItem(base)],
    };
    script.extend([Op::Map { linked: true, deleted_locally: false, visited: false }, Op::DropRow]);
    Plan { script, did: vec![(Side::Outlook, Did::Added)], facts: Vec::new() }
}
