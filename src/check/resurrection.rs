//! What was deleted stays deleted unless somebody later edits or creates it where it survived.

use std::ops::Range;

use super::forms::Forms;
use super::lineage::{Birth, Copy, Ending, Lineage};
use super::propagated::{edited_apart, unanswered};
use super::scope::left_no_trace;
use super::{Invariant, View, Violations};
use crate::crm::record::statuscode;
use crate::journal::LinkState;
use crate::model::{ItemId, Side};
use crate::protocol::switches::{DeleteVersusEdit, OutlookDeletedContact};

/// `no-resurrection`.
#[derive(Debug, Default)]
pub struct NoResurrection;

impl Invariant for NoResurrection {
    fn id(&self) -> &'static str {
        "no-resurrection"
    }

    fn meaning(&self) -> &'static str {
        "What a person deleted does not come back by itself."
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        let mut forms = Forms::new(view.world);
        for (id, lineage) in view.ledger.lineages() {
            let deletions = lineage.endings.iter().filter(|ending| is_final(ending) && !left_no_trace(view, ending));
            for ending in deletions {
                let mut back = lineage.births.iter().filter(|birth| comes_back(view, lineage, ending, birth));
                if back.any(|birth| !excused(view, &mut forms, lineage, (ending, birth.fact))) {
                    let name = view.ledger.name(id, view.world);
                    let side = ending.copy.side();
                    violations.report(self.id(), Some(id), || {
                        let expected = format!("`{name}`, once deleted in {side}, stays deleted there");
                        (expected, "synchronization made it again, and nobody had touched the other copy".to_owned())
                    });
                }
            }
        }
    }
}

/// A deletion that counts: a person's; and a record's by whomever, because behind it stands a person too. An item that was
/// unlinked was nobody's copy any more: its deletion says nothing about a record that qualifies again. Nor does that of an
/// invitation that was never marked.
fn is_final(ending: &Ending) -> bool {
    match ending.copy.side() {
        Side::Crm => true,
        Side::Outlook => {
            let synchronized = !matches!(ending.link, LinkState::WasTracked | LinkState::Unmarked);
            ending.is_deletion_by_person() && synchronized
        }
    }
}

/// Whether synchronization made this copy in the place of the deleted one, and it is there.
fn comes_back(view: View<'_>, lineage: &Lineage, ending: &Ending, birth: &Birth) -> bool {
    if birth.client.is_none() || birth.fact < ending.fact {
        return false;
    }
    match (ending.copy, birth.copy) {
        (Copy::Record(_), Copy::Record(record)) => view.world.server.live(record).is_some(),
        (Copy::Item(old), Copy::Item(new)) => {
            let mailboxes = &view.world.mailboxes;
            let here = mailboxes.item(old).mailbox == mailboxes.item(new).mailbox;
            here && mailboxes.live(new).is_some() && lineage.items.contains(&new)
        }
        _ => false,
    }
}

/// Whether somebody changed a copy that survived: afterwards, and before the deleted one came back, or without the deleted
/// one hearing of it where edits win over deletions, or where a contact comes back with a change in CRM.
fn excused(view: View<'_>, forms: &mut Forms, lineage: &Lineage, (ending, back): (&Ending, usize)) -> bool {
    let other = ending.copy.side().other();
    // An item that a person marked, and that was not linked yet when the record went, asks for a new one.
    let linked = |item: ItemId, from: usize| {
        lineage.linked.iter().any(|(of, fact)| *of == item && (from..ending.fact).contains(fact))
    };
    let waits = |(item, fact): &(ItemId, usize)| *fact < ending.fact && !linked(*item, *fact);
    let marked = other == Side::Outlook && lineage.marked.iter().any(waits);
    let since = ending.fact + 1..back;
    if marked || touched(view, forms, lineage, (ending, since)) {
        return true;
    }
    let switches = &view.protocol.switches;
    let edits_win = switches.delete_versus_edit == DeleteVersusEdit::EditWins
        || other == Side::Crm && switches.outlook_deleted_contact == OutlookDeletedContact::ReturnsOnCrmEdit;
    edits_win
        && (unanswered(view, lineage, ending)
            || edited_apart(forms, lineage, (ending, back))
            || unheard(forms, lineage, (ending, back)))
}

/// Whether a person did something between an end and a return that brings what ended back: changed what synchronizes of
/// another copy, or the status that the filters ask for, or made another copy; gave the record to the mailbox's user; or marked
/// an item again, in the same mailbox, or in any where no record was left, so that a new one is made for it.
fn touched(view: View<'_>, forms: &mut Forms, lineage: &Lineage, (ending, since): (&Ending, Range<usize>)) -> bool {
    let mailbox = |item: ItemId| view.world.mailboxes.item(item).mailbox;
    let here = ending.copy.item().map(mailbox);
    let others = lineage.edits.iter().filter(|edit| edit.copy != ending.copy && since.contains(&edit.fact));
    let status = |content| statuscode(&view.world.contents, lineage.kind, content);
    let mut edits = others.into_iter();
    let edited = edits.any(|edit| {
        edit.creation || status(edit.before) != status(edit.after) || !forms.changes(lineage.kind, edit).is_empty()
    });
    let assigned = lineage.assignments.iter().any(|moved| {
        let qualifies = here.is_none_or(|user| moved.to == user);
        since.contains(&moved.fact) && moved.from != moved.to && qualifies
    });
    let marked = lineage.marked.iter().any(|(item, fact)| {
        let counts = here.is_none_or(|user| mailbox(*item) == user) || !had_record(lineage, *fact);
        since.contains(fact) && Copy::Item(*item) != ending.copy && counts
    });
    edited || assigned || marked
}

/// Whether a record of the lineage was there at a fact.
fn had_record(lineage: &Lineage, fact: usize) -> bool {
    let mut made = lineage.births.iter().filter(|birth| birth.copy.record().is_some() && birth.fact < fact);
    made.any(|birth| !lineage.endings.iter().any(|ending| ending.copy == birth.copy && ending.fact < fact))
}

/// Whether the record went with a deleted item while a change of another mailbox's item had no answer yet: whether it arrived
/// before the record went, the client there cannot know.
fn unheard(forms: &mut Forms, lineage: &Lineage, (ending, back): (&Ending, usize)) -> bool {
    let went = |later: &&Ending| later.copy.record().is_some() && later.by.is_none() && later.fact > ending.fact;
    ending.copy.side() == Side::Outlook
        && lineage.endings.iter().filter(went).any(|later| edited_apart(forms, lineage, (later, back)))
}
