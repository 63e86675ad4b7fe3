//! Each edit survives, or was superseded by a later edit of its field, or stands in the journal as lost.

use super::forms::{Change, Forms};
use super::lineage::{Copy, Edit, Ending, Lineage, Synced};
use super::{Invariant, View, Violations};
use crate::model::mapping::group_of;
use crate::model::{ClientId, Direction, FieldId, ItemId, LineageId, Side, Value};

/// `no-lost-edit`.
#[derive(Debug, Default)]
pub struct NoLostEdit;

/// An edit with the fields that it changed.
type Changed = (Edit, Vec<Change>);

impl Invariant for NoLostEdit {
    fn id(&self) -> &'static str {
        "no-lost-edit"
    }

    fn meaning(&self) -> &'static str {
        "What a person typed is still there, or somebody typed over it, or the journal says that it lost."
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        let mut forms = Forms::new(view.world);
        for (id, lineage) in view.ledger.lineages() {
            let mut edits: Vec<Changed> =
                lineage.edits.iter().map(|edit| (*edit, forms.changes(lineage.kind, edit))).collect();
            edits.sort_by_key(|(edit, _)| edit.fact);
            for at in (0..edits.len()).filter(|at| !edits[*at].0.parted) {
                self.check(view, &mut forms, (id, lineage), (&edits, at), violations);
            }
        }
    }
}

impl NoLostEdit {
    fn check(
        &self,
        view: View<'_>,
        forms: &mut Forms,
        (id, lineage): (LineageId, &Lineage),
        (edits, at): (&[Changed], usize),
        violations: &mut Violations,
    ) {
        let (edit, changes) = &edits[at];
        for change in changes {
            let (field, value) = (change.field, change.after);
            if standing(view, forms, lineage, edit, change)
                || is_journaled(forms, lineage, edit, field, value)
                || is_superseded(forms, lineage, edits, at, field)
                || is_undo(view, forms, lineage, edits, (at, change))
                || is_no_news(view, forms, lineage, edit, change)
                || is_unchanged_elsewhere(view, forms, lineage, edits, (at, change))
            {
                continue;
            }
            let name = view.ledger.name(id, view.world);
            let side = edit.copy.side();
            violations.report(self.id(), Some(id), || {
                let expected = format!("`{field}` of `{name}` keeps {} as typed in {side}", forms.show(value));
                let form = forms.of(view.world, edit.copy);
                let now = match lives(view, edit.copy) {
                    true => format!("it has {}", forms.show(forms.get(form, field))),
                    false => "it went with the copy that said so".to_owned(),
                };
                (expected, format!("{now}, and the journal does not say that the edit lost"))
            });
        }
    }
}

/// Whether a copy is still there.
fn lives(view: View<'_>, copy: Copy) -> bool {
    match copy {
        Copy::Item(item) => view.world.mailboxes.live(item).is_some() || view.world.mailboxes.item(item).is_moved(),
        Copy::Record(record) => view.world.server.live(record).is_some(),
    }
}

/// Whether what was typed stands where it was typed. A copy that a person deleted took its edits along; one that
/// synchronization deleted has them if another copy ever got them, and what never leaves a side cannot be kept from going
/// with it.
fn standing(view: View<'_>, forms: &mut Forms, lineage: &Lineage, edit: &Edit, change: &Change) -> bool {
    if lives(view, edit.copy) {
        let form = forms.of(view.world, edit.copy);
        return forms.get(form, change.field) == change.after;
    }
    if lineage.deleted_by_person(edit.copy) || change.field.field().direction != Direction::Both {
        return true;
    }
    let written = lineage
        .synced_between(edit.fact, usize::MAX)
        .filter(|synced| synced.copy.is_some_and(|copy| copy != edit.copy));
    if written.into_iter().any(|synced| forms.says(lineage.kind, synced, change.field) == change.after) {
        return true;
    }
    let items = lineage.items.iter().map(|item| Copy::Item(*item));
    let others = items.chain(lineage.records.iter().map(|record| Copy::Record(*record)));
    // An item that left the lineage since, because it was tracked anew, says it no less.
    let mut others = others.chain(lineage.births.iter().map(|birth| birth.copy));
    others.any(|other| {
        let form = forms.of(view.world, other);
        other != edit.copy
            && (forms.get(form, change.field) == change.after
                || said_too(view, forms, lineage, (edit.copy, other), change))
    })
}

/// Whether an item that is still there said the same when synchronization deleted a copy, though nothing brought it there: it was
/// typed on both sides. Since then a person typed over it, or it was given up with a word.
fn said_too(
    view: View<'_>,
    forms: &mut Forms,
    lineage: &Lineage,
    (copy, other): (Copy, Copy),
    change: &Change,
) -> bool {
    let there = other.item().is_some_and(|item| view.world.mailboxes.live(item).is_some());
    let end = lineage.endings.iter().filter(|ending| ending.copy == copy).map(|ending| ending.fact).max();
    let Some(end) = end.filter(|_| there) else { return false };
    let typed = lineage.edits.iter().filter(|edit| edit.copy == other).map(|edit| (edit.fact, edit.after));
    let written = lineage.synced_between(0, end).filter(|synced| synced.copy == Some(other));
    let said = typed.chain(written.map(|synced| (synced.fact, synced.content))).filter(|(fact, _)| *fact < end).max();
    let said = said.is_some_and(|(_, content)| {
        let form = forms.form(other.side(), lineage.kind, content);
        forms.get(form, change.field) == change.after
    });
    // What was typed into the item may count as typed over by this very edit: that it went from there needs its own reason.
    let now = other.item().and_then(|item| view.ledger.lineage_of_item(item)).map(|id| view.ledger.lineage(id));
    said && [Some(lineage), now].into_iter().flatten().any(|lineage| {
        let mut later = lineage.edits.iter().filter(|later| later.fact > end);
        let mut lost = lineage.losses.iter().filter(|loss| loss.fact > end);
        later.any(|later| {
            let changes = forms.changes(lineage.kind, later);
            changes.iter().any(|typed| group_of(typed.field) == group_of(change.field))
        }) || lost.any(|loss| (loss.field, loss.value) == (change.field, change.after))
    })
}

fn is_journaled(forms: &mut Forms, lineage: &Lineage, edit: &Edit, field: FieldId, value: Value) -> bool {
    let mut later =
        lineage.losses.iter().filter(|loss| (loss.field, loss.value) == (field, value) && loss.fact > edit.fact);
    later.any(|loss| {
        let here = loss.item.is_none() || loss.item == edit.copy.item();
        // What had gone up lost in another mailbox as CRM's value.
        let went_up = loss.side == Side::Crm
            && lineage.synced_between(edit.fact, loss.fact).any(|synced| {
                let in_crm = synced.copy.is_some_and(|copy| copy.side() == Side::Crm);
                in_crm && forms.says(lineage.kind, synced, field) == value
            });
        here && loss.side == edit.copy.side() || went_up
    })
}

/// Whether the field was typed over: later in the same copy, or later in another, unless that edit lost itself before it came
/// here. One that was here and lost with its record afterwards has taken this one's place.
fn is_superseded(forms: &mut Forms, lineage: &Lineage, edits: &[Changed], at: usize, field: FieldId) -> bool {
    let copy = edits[at].0.copy;
    edits[at + 1..].iter().any(|(other, changes)| {
        // The parts of an address, or of a time, are one value.
        let mut same = changes.iter().filter(|change| group_of(change.field) == group_of(field));
        same.any(|change| {
            let mut came = lineage.synced_between(other.fact, usize::MAX).filter(|synced| synced.copy == Some(copy));
            // What Exchange brought into another mailbox is nobody's word against this one.
            other.copy == copy
                || !other.brought
                    && (!is_journaled(forms, lineage, other, change.field, change.after)
                        || came.any(|synced| forms.says(lineage.kind, synced, change.field) == change.after))
        })
    })
}

/// Whether an edit gives the field back the value that OriginalXML has, or that it had before an earlier edit of the same
/// copy when synchronization never took the value in between: for a merge such a field never changed.
fn is_undo(
    view: View<'_>,
    forms: &mut Forms,
    lineage: &Lineage,
    edits: &[Changed],
    (at, change): (usize, &Change),
) -> bool {
    let edit = edits[at].0;
    let own = |synced: &&Synced| edit.copy.item().is_none() || synced.item == edit.copy.item();
    let base = lineage.synced_between(0, edit.fact).filter(|synced| synced.copy.is_none()).filter(own).last();
    if let Some(base) = base
        && forms.says(lineage.kind, base, change.field) == change.after
    {
        // Over what synchronization has written there since, the old value is an edit like any other.
        // Nor is it taken back where what the copy said in between had come to the other side by then, OriginalXML or not.
        let since = edits[..at].iter().filter(|(other, _)| other.copy == edit.copy && other.fact > base.fact);
        let changes = since.flat_map(|(_, changes)| changes).filter(|other| other.field == change.field);
        let between: Vec<Value> = changes.map(|other| other.after).filter(|value| *value != change.after).collect();
        let mut written = lineage.synced_between(base.fact, edit.fact);
        let heard = written.any(|synced| {
            let value = forms.says(lineage.kind, synced, change.field);
            synced.copy.is_some_and(|copy| match copy == edit.copy {
                true => value != change.after,
                false => comes_from(view, edit.copy, synced) && between.contains(&value),
            })
        });
        if !heard {
            return true;
        }
    }
    let undone: Vec<(Edit, Value)> = edits[..at]
        .iter()
        .filter(|(other, _)| other.copy == edit.copy && !other.creation)
        .filter_map(|(other, changes)| {
            let earlier = changes.iter().find(|earlier| earlier.field == change.field)?;
            (earlier.before == change.after).then_some((*other, earlier.after))
        })
        .collect();
    undone.into_iter().any(|(first, between)| {
        let mut written = lineage.synced_between(first.fact, edit.fact).filter(|synced| synced.copy != Some(edit.copy));
        !written.any(|synced| forms.says(lineage.kind, synced, change.field) == between)
    })
}

/// Whether what synchronization wrote on the other side can be what a copy said: an item's is sent from its own mailbox, where
/// another may have typed the same.
fn comes_from(view: View<'_>, from: Copy, synced: &Synced) -> bool {
    let sides = synced.copy.is_some_and(|copy| copy.side() != from.side());
    let Some(item) = from.item().filter(|_| sides) else { return sides };
    let sender = synced.client.and_then(|client| view.world.clients.get(client.index()));
    sender.is_none_or(|client| client.mailbox == view.world.mailboxes.item(item).mailbox)
}

/// Whether a record was typed back to what OriginalXML says in the mailbox from which it was deleted: for that client nothing
/// had changed in CRM, and the deletion of its user counts (MRG-ORIG). What it had sent itself since, OriginalXML does not say
/// yet.
fn is_no_news(view: View<'_>, forms: &mut Forms, lineage: &Lineage, edit: &Edit, change: &Change) -> bool {
    let deletion =
        |ending: &&Ending| edit.copy.record().is_some() && ending.copy == edit.copy && ending.fact > edit.fact;
    let Some(deletion) = lineage.endings.iter().find(deletion) else { return false };
    let client = deletion.client.and_then(|client| view.world.clients.get(client.index()));
    let Some(mailbox) = client.map(|client| client.mailbox) else { return false };
    let works_there =
        |client: ClientId| view.world.clients.get(client.index()).is_some_and(|row| row.mailbox == mailbox);
    let there = |item: ItemId| view.world.mailboxes.item(item).mailbox == mailbox;
    let base = |synced: &&Synced| synced.copy.is_none() && synced.item.is_some_and(there);
    let Some(base) = lineage.synced_between(0, deletion.fact).filter(base).last() else { return false };
    let sent = |synced: &&Synced| synced.copy == Some(edit.copy) && synced.client.is_some_and(works_there);
    let mut sent = lineage.synced_between(base.fact, edit.fact).filter(sent);
    forms.says(lineage.kind, base, change.field) == change.after
        && !sent.any(|synced| forms.says(lineage.kind, synced, change.field) != change.after)
}

/// Whether an edit gives the field back what OriginalXML has in another mailbox, where an earlier edit was still on its way:
/// for the merge there CRM never changed the field, and that edit arrives after this one without a conflict (MRG-ORIG). What
/// CRM, or OriginalXML there, had said before this edit was on its way no more.
fn is_unchanged_elsewhere(
    view: View<'_>,
    forms: &mut Forms,
    lineage: &Lineage,
    edits: &[Changed],
    (at, change): (usize, &Change),
) -> bool {
    let edit = edits[at].0;
    edits[..at]
        .iter()
        .filter(|(other, _)| other.copy != edit.copy && other.copy.item().is_some() && !other.brought)
        .any(|(other, changes)| {
            let Some(earlier) = changes.iter().find(|earlier| earlier.field == change.field) else { return false };
            let own = |synced: &&Synced| synced.copy.is_none() && synced.item == other.copy.item();
            let base = lineage.synced_between(0, other.fact).filter(own).last();
            let in_crm = |synced: &&Synced| synced.copy.is_some_and(|copy| copy.record().is_some());
            // CRM may have said the same before, which is no arrival.
            let typed = edits.iter().filter(|(typed, _)| typed.copy.record().is_some() && typed.fact < other.fact);
            let typed = typed.rev().find_map(|(typed, changes)| {
                let change = changes.iter().find(|change| change.field == earlier.field)?;
                Some((typed.fact, change.after))
            });
            let said = typed.filter(|(fact, value)| {
                let mut since = lineage.synced_between(*fact, other.fact).filter(in_crm);
                *value == earlier.after && since.all(|synced| forms.says(lineage.kind, synced, change.field) == *value)
            });
            // What a client of another mailbox sent is no arrival of this one either, though it be the same.
            let mailbox = other.copy.item().map(|item| view.world.mailboxes.item(item).mailbox);
            let sender = |client: ClientId| view.world.clients.get(client.index()).map(|client| client.mailbox);
            let sent = |synced: &&Synced| in_crm(synced) && synced.client.and_then(sender) == mailbox;
            // Nor is what another mailbox sends again over this edit the one that waited.
            let mut written = lineage.synced_between(edit.fact, usize::MAX).filter(sent);
            let comes = |synced: &&Synced| own(synced) || said.is_none() && sent(synced);
            let mut arrived = lineage.synced_between(other.fact, edit.fact).filter(comes);
            // An item that was linked when it said nothing yet has had no OriginalXML written; one that never was has none.
            let mut linked = lineage.linked.iter().filter(|(item, _)| Some(*item) == other.copy.item());
            let had = match base {
                Some(base) => Some(forms.says(lineage.kind, base, change.field)),
                None => linked.any(|(_, fact)| *fact < edit.fact).then_some(Value::Empty),
            };
            had == Some(change.after)
                && !arrived.any(|synced| forms.says(lineage.kind, synced, change.field) == earlier.after)
                && written.any(|synced| forms.says(lineage.kind, synced, change.field) == earlier.after)
        })
}
