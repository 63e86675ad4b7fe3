//! What the rules say must go is gone on both sides (rules.md, A.9).

use super::appointments::{ended_in_crm, ended_in_outlook};
use super::deletion::{reaches_crm, reaches_outlook, untracking_deletes};
use super::forms::{Change, Forms};
use super::lineage::{Copy, Edit, Ending, How, Lineage, Synced};
use super::scope::{behind_prompt, belongs, comes_down, is_remembered, left_no_trace, primary_of, would_belong};
use super::{Invariant, View, Violations};
use crate::crm::Life;
use crate::crm::record::statuscode;
use crate::journal::LinkState;
use crate::model::{ClientId, CrmId, ItemId, Kind, LineageId, Side, UserId};
use crate::protocol::switches::DeleteVersusEdit;

/// `deletion-propagated`.
#[derive(Debug, Default)]
pub struct DeletionPropagated;

impl Invariant for DeletionPropagated {
    fn id(&self) -> &'static str {
        "deletion-propagated"
    }

    fn meaning(&self) -> &'static str {
        "What was deleted on one side is gone from the other too, where the deletion rules say so."
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        let mut forms = Forms::new(view.world);
        for (id, lineage) in view.ledger.lineages() {
            // A row that failed says so itself; who ignores its error keeps what he has, and has not given up what ended later.
            // So does one that waits for an answer, and one that its user was asked about and keeps.
            let excused = |item: ItemId, record: Option<CrmId>, since: usize| {
                let (mailbox, pair) = (view.world.mailboxes.item(item).mailbox, (Some(item), record));
                view.ledger.is_failing(view.world, mailbox, pair)
                    || view.ledger.is_given_up(view.world, mailbox, pair, since)
                    || view.ledger.is_spared(view.world, mailbox, pair)
                    || behind_prompt(view, mailbox, pair)
            };
            for ending in lineage.endings_by_people() {
                if let Some(record) = must_go_in_crm(view, &mut forms, lineage, ending)
                    && view.world.server.live(record).is_some()
                    && ending.copy.item().is_none_or(|item| !excused(item, Some(record), ending.fact))
                {
                    self.report(view, id, "the record", "its item was deleted or untracked for good", violations);
                }
            }
            for item in view.ledger.live_items(id, view.world) {
                let record = view.ledger.last_record(item);
                // A record that is there still left the mailbox at the latest when its item was let go of.
                let ended = record.and_then(|record| view.ledger.ended_at(Copy::Record(record)));
                let since = ended.unwrap_or_else(|| view.ledger.link_since(item));
                if let Some(why) = half_present(view, lineage, item)
                    && !excused(item, record, since)
                {
                    self.report(view, id, "the item", why, violations);
                }
            }
        }
    }
}

impl DeletionPropagated {
    fn report(&self, view: View<'_>, id: LineageId, what: &str, why: &str, violations: &mut Violations) {
        let name = view.ledger.name(id, view.world);
        violations.report(self.id(), Some(id), || {
            (format!("{what} of `{name}` is gone, or let go"), format!("it is still there, although {why}"))
        });
    }
}

/// Whether the mailbox's client takes this kind at all; one that is switched off hears of no deletion either.
fn served(view: View<'_>, user: UserId, lineage: &Lineage) -> bool {
    primary_of(view, user).is_some_and(|client| comes_down(view, client, lineage.kind))
}

/// The record that must be deleted because a person ended its item.
fn must_go_in_crm(view: View<'_>, forms: &mut Forms, lineage: &Lineage, ending: &Ending) -> Option<CrmId> {
    let item = ending.copy.item()?;
    let (record, record_status) = ending.record?;
    let user = view.world.mailboxes.item(item).mailbox;
    let moved = lineage.assignments.iter().any(|assignment| assignment.fact > ending.fact);
    // What belongs to somebody else and not in this mailbox has left the filter; the removal may overtake the deletion.
    let foreign = ending.owner != Some(user) && !would_belong(view, user, record, ending);
    if ending.link != LinkState::Tracked
        || moved
        || foreign
        || primary_of(view, user).is_none()
        || left_no_trace(view, ending)
    {
        return None;
    }
    // Of a kind that is switched off nothing comes that would remind a client whose cache was lost.
    let forgot = |client: ClientId| view.ledger.forgot(client, item, ending.fact);
    if !served(view, user, lineage) && primary_of(view, user).is_some_and(|client| forgot(client.id)) {
        return None;
    }
    let switches = &view.protocol.switches;
    let client = primary_of(view, user).map(|client| client.id);
    let occasion = ended_in_outlook(view, (client, None), view.world.server.record(record), (ending, user), true);
    let must = match ending.how {
        How::Untracked { delete_record } => {
            // Who marks the item again takes the wish back.
            let again = lineage.retracked.iter().any(|(of, fact)| *of == item && *fact > ending.fact);
            // So does who purges it before anybody could see it.
            let purged = lineage.endings.iter().any(|later| {
                let unseen = matches!(later.how, How::Deleted { purged: true } | How::Moved);
                later.copy == ending.copy && later.fact > ending.fact && unseen
            });
            // The wish is about the record that the item had; what somebody's edit made in its place is let go of.
            let own = view.ledger.last_record(item).is_none_or(|own| own == record);
            let wished = own && untracking_deletes(switches, delete_record, ending.owner == Some(user));
            let moved = lineage.kind == Kind::Appointment && changed_since(lineage, record, ending.fact);
            let reaches = lineage.kind != Kind::Appointment
                || reaches_crm(switches, lineage.kind, record_status, None, occasion) && !moved;
            !again && !purged && wished && reaches
        }
        How::Moved => false,
        How::Deleted { purged } => {
            // It went to another store, with a mailbox that moved without the named properties: nobody can read there that it
            // had been deleted before (DET-ENTRYID).
            let since = |later: &&Ending| later.copy == ending.copy && later.fact > ending.fact;
            let strayed = lineage.endings.iter().filter(since).any(|later| later.how == How::Moved);
            let kept = restated(view, lineage, record, ending.fact)
                || switches.delete_versus_edit == DeleteVersusEdit::EditWins
                    && (edited_apart(forms, lineage, (ending, usize::MAX)) || unanswered(view, lineage, ending));
            let moved = lineage.kind == Kind::Appointment && changed_since(lineage, record, ending.fact);
            let item_status = (!purged).then_some(ending.status);
            !kept && !moved && !strayed && reaches_crm(switches, lineage.kind, record_status, item_status, occasion)
        }
    };
    // A write of synchronization that was under way may have restated the record since.
    let now = view.world.server.record(record).statuscode(&view.world.contents);
    let still = match ending.how {
        How::Untracked { .. } | How::Moved => true,
        How::Deleted { .. } => reaches_crm(switches, lineage.kind, now, None, occasion),
    };
    (must && still).then_some(record)
}

/// Whether the record was changed after its item ended, by a person or by an update that was under way: an appointment's
/// time may be another now.
fn changed_since(lineage: &Lineage, record: CrmId, since: usize) -> bool {
    let copy = Copy::Record(record);
    let mut written = lineage.synced_between(since, usize::MAX);
    lineage.edits.iter().any(|edit| edit.copy == copy && edit.fact > since)
        || written.any(|synced| synced.copy == Some(copy))
}

/// Whether a person changed the record's status after the item was deleted: then the decision may have been another.
fn restated(view: View<'_>, lineage: &Lineage, record: CrmId, since: usize) -> bool {
    let later = lineage.edits.iter().filter(|edit| edit.copy == Copy::Record(record) && edit.fact > since);
    let status = |content| statuscode(&view.world.contents, lineage.kind, content);
    later.into_iter().any(|edit| status(edit.before) != status(edit.after))
}

/// Whether a person changed another copy after one ended and before a fact, or before without synchronization having carried
/// it anywhere.
pub fn edited_apart(forms: &mut Forms, lineage: &Lineage, (ending, until): (&Ending, usize)) -> bool {
    // What left the lineage since was edited while it was in it; edits of others that came along with an item were not.
    let own = |edit: &&Edit| !edit.parted || lineage.birth(edit.copy).is_some();
    let mut others = lineage.edits.iter().filter(own).filter(|edit| edit.copy != ending.copy && edit.fact < until);
    others.any(|edit| {
        let changes = forms.changes(lineage.kind, edit);
        edit.fact > ending.fact && !changes.is_empty()
            || changes.iter().any(|change| !carried(forms, lineage, (edit.fact, ending), edit.copy, change))
    })
}

/// Whether the last write of synchronization to the record before an item was purged had no answer that the client took
/// note of, and the client forgot that it was sent; or the last write to the item was not noted in the mapping row yet. With
/// the item OriginalXML is gone too, and the client cannot tell its own write from a person's, nor whether the item ever had
/// what came down.
pub fn unanswered(view: View<'_>, lineage: &Lineage, ending: &Ending) -> bool {
    let before: Vec<&Synced> = lineage.synced_between(0, ending.fact).collect();
    let written = before.iter().rposition(|synced| synced.copy.is_some_and(|copy| copy.side() == Side::Crm));
    let noted = before.iter().rposition(|synced| synced.copy.is_none());
    let unheard = written.is_some() && written > noted;
    let forgot = |item: ItemId| !is_remembered(view, item, ending.fact);
    let purged = ending.how == How::Deleted { purged: true };
    purged && (ending.unnoted || unheard && ending.copy.item().is_some_and(forgot))
}

/// Whether synchronization carried what was typed between two facts. What goes up has arrived when OriginalXML says so: a
/// client that never had the answer cannot know better. What comes down has arrived when the item that ended has it.
fn carried(
    forms: &mut Forms,
    lineage: &Lineage,
    (from, ending): (usize, &Ending),
    copy: Copy,
    change: &Change,
) -> bool {
    let counts = |synced: &&Synced| match copy {
        Copy::Item(item) if ending.copy.side() == Side::Crm => synced.copy.is_none() && synced.item == Some(item),
        // From CRM, or from another mailbox through CRM.
        _ => synced.copy == Some(ending.copy),
    };
    let mut written = lineage.synced_between(from, ending.fact).filter(counts);
    written.any(|synced| forms.says(lineage.kind, synced, change.field) == change.after)
}

/// Why an item that is there should not be, or not as it is; `None` where nothing is wrong.
fn half_present(view: View<'_>, lineage: &Lineage, item: ItemId) -> Option<&'static str> {
    let row = view.world.mailboxes.item(item);
    let record = row.link.record.or(view.ledger.last_record(item))?;
    let gone = view.world.server.records.get(record.index()).is_some_and(|row| row.life == Life::Deleted);
    if !served(view, row.mailbox, lineage) || view.ledger.untracked_by_person(item) {
        return None;
    }
    match view.ledger.link_state(item) {
        LinkState::Tracked if gone => Some("its record is gone, and it still counts as linked"),
        LinkState::WasTracked if gone || !belongs(view, row.mailbox, record) => {
            // What was moved away and back was let go of, not ended.
            if lineage.endings.iter().any(|ending| ending.copy == Copy::Item(item) && ending.how == How::Moved) {
                return None;
            }
            // Whoever touched either copy after it was let go may have made another case of it.
            let since = view.ledger.link_since(item);
            let touched = lineage.edits.iter().any(|edit| edit.copy == Copy::Item(item) && edit.fact > since)
                || lineage.assignments.iter().any(|assignment| assignment.fact > since);
            let owner = view.world.server.records.get(record.index()).map(|row| row.owner);
            let owned = owner == Some(row.mailbox) || gone && row.link.owner == Some(row.mailbox);
            let status = statuscode(&view.world.contents, row.kind, row.content);
            let client = primary_of(view, row.mailbox).map(|client| client.id);
            let ended = (row, view.world.server.record(record), gone);
            let occasion = ended_in_crm(view, (client, None), ended, owned, true);
            let must_go = !touched && reaches_outlook(lineage.kind, owned, status, occasion);
            must_go.then_some("its record ended, and the rules keep no such item")
        }
        _ => None,
    }
}
