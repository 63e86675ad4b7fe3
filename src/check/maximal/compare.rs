//! The world at the end, beside the reference model's.

use super::Maximal;
use crate::check::reference::{Slot, State};
use crate::check::{Invariant, View, Violations};
use crate::journal::LinkState;
use crate::model::{FieldId, ItemId, LineageId, UserId};

impl Maximal {
    /// Exactly what the model has is there, and says what the model says.
    pub(super) fn compare(&mut self, view: View<'_>, users: &[UserId], violations: &mut Violations) {
        for (id, _) in view.ledger.lineages() {
            let line = self.model.get(id).cloned();
            let records: Vec<_> = view.ledger.live_records(id, view.world).collect();
            let row = line.as_ref().and_then(|line| line.row);
            let mut wrong = None;
            match (row, records.as_slice()) {
                (None, []) => {}
                (Some(row), [record]) => {
                    let there = *view.world.server.record(*record);
                    let own = self.model.translate(&view.world.contents, there.content);
                    let forms = (self.model.row_form(row.content), self.model.row_form(own));
                    wrong = self.model.difference(forms.0, forms.1).map(|difference| told("the record", &difference));
                    if there.owner != row.owner {
                        let names = [row.owner, there.owner].map(|user| view.world.names.user(user));
                        wrong = Some((format!("the record belongs to `{}`", names[0]), format!("to `{}`", names[1])));
                    }
                }
                (expected, there) => {
                    let count = usize::from(expected.is_some());
                    wrong = Some((format!("there are {count} records"), format!("there are {}", there.len())));
                }
            }
            for user in users {
                let slot = line.as_ref().and_then(|line| line.slots.get(user).copied()).filter(|slot| slot.there);
                wrong = wrong.or_else(|| self.item_differs(view, id, *user, slot));
            }
            if let Some((expected, actual)) = wrong {
                let name = view.ledger.name(id, view.world);
                violations.report(self.id(), Some(id), || (format!("`{name}`: {expected}"), actual));
            }
        }
    }

    fn item_differs(
        &mut self,
        view: View<'_>,
        id: LineageId,
        user: UserId,
        slot: Option<Slot>,
    ) -> Option<(String, String)> {
        let mailboxes = &view.world.mailboxes;
        let items: Vec<ItemId> =
            view.ledger.live_items(id, view.world).filter(|item| mailboxes.item(*item).mailbox == user).collect();
        let owner = view.world.names.user(user);
        let (slot, item) = match (slot, items.as_slice()) {
            (None, []) => return None,
            (Some(slot), [item]) => (slot, *item),
            (expected, there) => {
                let count = usize::from(expected.is_some());
                let expected = format!("there are {count} items in the mailbox of `{owner}`");
                return Some((expected, format!("there are {}", there.len())));
            }
        };
        let row = *mailboxes.item(item);
        let own = self.model.translate(&view.world.contents, row.content);
        let forms = (self.model.item_form(row.kind, slot.content), self.model.item_form(row.kind, own));
        if let Some(difference) = self.model.difference(forms.0, forms.1) {
            return Some(told(&format!("the item in the mailbox of `{owner}`"), &difference));
        }
        let linked = view.ledger.link_state(item) == LinkState::Tracked;
        let expected = slot.state == State::Linked;
        (linked != expected).then(|| {
            let word = |linked| if linked { "linked" } else { "not linked" };
            (format!("the item in the mailbox of `{owner}` is {}", word(expected)), format!("it is {}", word(linked)))
        })
    }
}

/// A field that differs, in words.
fn told(what: &str, (field, expected, actual): &(FieldId, String, String)) -> (String, String) {
    (format!("{what} has `{field}` = {expected}"), format!("it has {actual}"))
}
