//! The rules at a sync point: what becomes of one lineage in one mailbox.

use super::{Line, Point, Reference, Slot, State};
use crate::check::appointments::{Occasion, after};
use crate::check::deletion::{reaches_crm, reaches_outlook, untracking_deletes};
use crate::model::{ContentId, Direction, FieldId, Kind, UserId, Value, mapping, status};
use crate::protocol::switches::{
    AppointmentCrmDelete, DeleteVersusEdit, DeletedLocally, OutlookDeletedContact, PurgedItem, ReactivatedContact,
    UntrackDeletes,
};

impl Reference {
    pub(super) fn synchronize_line(&mut self, line: &mut Line, point: &Point<'_>) {
        let user = point.user;
        let belongs = self.belongs(line, point);
        let comes_down = point.kinds[line.kind as usize];
        let Some(slot) = line.slots.get(&user).copied() else {
            if belongs && comes_down {
                self.make_item(line, point);
            }
            return;
        };
        let same_record = line.row.is_some() && slot.record == line.records;
        match slot.state {
            State::Plain => {}
            State::Marked if slot.there => self.marked(line, slot, same_record, point),
            State::Marked if same_record => self.give_up("an item untracked, marked again and deleted at once"),
            State::Marked => drop(line.slots.remove(&user)),
            State::Linked if !slot.there => self.deleted_in_outlook(line, slot, same_record, point),
            State::Linked if same_record && (belongs || !comes_down) => {
                let form = self.item_form(line.kind, slot.content);
                if comes_down || !self.changed(slot.base, form).is_empty() {
                    self.merge(line, slot, point);
                }
            }
            State::Linked if !comes_down => self.give_up("a record ended whose kind is switched off"),
            State::Linked => self.ended_in_crm(line, slot, same_record, point),
            State::Unlinked if belongs && comes_down => self.link_again(line, slot, same_record, point),
            State::Unlinked => {}
            State::Untracking { delete_record } => {
                self.untracked(line, slot, same_record.then_some(delete_record), point)
            }
            State::LetGo => self.stays_away(line, slot, belongs && comes_down, point),
        }
    }

    /// Whether the record belongs in the mailbox (PRE-FILT, PRE-MANUAL); what the user may not read never does.
    fn belongs(&self, line: &Line, point: &Point<'_>) -> bool {
        let Some(row) = line.row.filter(|_| line.is_read_by(point)) else { return false };
        match line.tracked.get(&point.user) {
            Some(true) => true,
            Some(false) if point.switches.deleted_locally == DeletedLocally::ClientFlagAndServer => false,
            _ => point.filters.iter().any(|filter| {
                let state = status::state_of(line.kind, self.status(line.kind, row.content)).unwrap_or(0);
                filter.kind == line.kind
                    && (!filter.owner_is_me || row.owner == point.user)
                    && (!filter.party_is_me || self.takes_part(row.content, point.user, point))
                    && filter.statecode.is_none_or(|code| code == state)
                    && filter.fields.iter().all(|(field, value)| self.contents.get(row.content, *field) == *value)
            }),
        }
    }

    /// Whether a user's address stands among those of an appointment (FLT-APPT).
    fn takes_part(&self, content: ContentId, user: UserId, point: &Point<'_>) -> bool {
        let Some(own) = point.addresses.get(user.index()).map(|value| self.contents.text_of_value(*value)) else {
            return false;
        };
        let named = |field| mapping::addresses(self.contents.text_of_value(self.contents.get(content, field)));
        mapping::PARTIES.into_iter().any(|field| named(field).any(|address| address == own))
    }

    /// What the deletion rules ask of an appointment in this mailbox: that it starts later, and that it is the person's own.
    fn occasion(&mut self, line: &Line, content: ContentId, person: Option<UserId>, point: &Point<'_>) -> Occasion {
        if line.kind != Kind::Appointment {
            return Occasion::ANY;
        }
        let later = after(mapping::start_of(&self.contents, content), (point.began, point.now));
        if later.is_none() {
            self.give_up("an appointment that starts while its deletion is synchronized");
        }
        let concerned = person.is_none_or(|person| {
            let organizer = self.contents.get(content, mapping::PARTIES[0]);
            let organizes = organizer != Value::Empty && point.addresses.get(person.index()) == Some(&organizer);
            organizes || line.row.is_some_and(|row| row.owner == person)
        });
        Occasion { in_future: later == Some(true), concerned }
    }

    fn status(&self, kind: Kind, content: ContentId) -> i64 {
        let field = FieldId::find(kind, "statuscode").map(|field| self.contents.get(content, field));
        match field {
            Some(Value::Int(code)) => code,
            _ => status::initial(kind),
        }
    }

    /// The fields that synchronize both ways and differ between two forms.
    pub(super) fn changed(&self, old: ContentId, new: ContentId) -> Vec<(FieldId, Value)> {
        let mut fields = self.contents.diff(old, new);
        fields.retain(|(field, _)| field.field().direction == Direction::Both);
        fields
    }

    /// A person deleted a linked item (DEL-OUT-*).
    fn deleted_in_outlook(&mut self, line: &mut Line, slot: Slot, same_record: bool, point: &Point<'_>) {
        let Some(row) = line.row.filter(|_| same_record) else {
            line.slots.remove(&point.user);
            return;
        };
        let item_status = (!slot.purged).then(|| self.status(line.kind, slot.content));
        // Who purged an item only the mailbox's recoverable items can say.
        let listed = point.switches.purged_item == PurgedItem::StaysListed;
        let person = slot.ended_by.filter(|_| !slot.purged || listed).unwrap_or(point.user);
        let occasion = self.occasion(line, row.content, Some(person), point);
        if !reaches_crm(point.switches, line.kind, self.status(line.kind, row.content), item_status, occasion) {
            self.let_go(line, slot, point);
            return;
        }
        let form = self.row_form(row.content);
        // What the deleted item says too was no edit of somebody else's.
        let own = (!slot.purged).then(|| self.item_form(line.kind, slot.content));
        let differs =
            |(field, value): &(FieldId, Value)| own.is_none_or(|own| self.contents.get(own, *field) != *value);
        let edited = self.changed(slot.base, form).iter().any(differs);
        let heard = point.kinds[line.kind as usize] && self.belongs(line, point);
        if edited && !heard {
            self.give_up("an edited record that nobody listens to");
        }
        if edited && point.switches.delete_versus_edit == DeleteVersusEdit::EditWins {
            self.make_item(line, point);
        } else {
            line.ended_in_crm();
            line.slots.remove(&point.user);
        }
    }

    fn let_go(&mut self, line: &mut Line, mut slot: Slot, point: &Point<'_>) {
        if let Some(row) = line.row {
            // What CRM says now is what the user saw last; only a later change can bring the contact back.
            slot.base = self.row_form(row.content);
        }
        slot.state = State::LetGo;
        line.slots.insert(point.user, slot);
        if point.switches.deleted_locally == DeletedLocally::ClientFlagAndServer {
            line.tracked.insert(point.user, false);
        }
    }

    /// The record of a linked item is gone, or left the mailbox (DEL-CRM-*).
    fn ended_in_crm(&mut self, line: &mut Line, mut slot: Slot, same_record: bool, point: &Point<'_>) {
        let owner = line.row.filter(|_| same_record).map_or(slot.owner, |row| row.owner);
        let item_status = self.status(line.kind, slot.content);
        let occasion = self.occasion(line, slot.content, None, point);
        if line.kind == Kind::Appointment && point.switches.appointment_crm_delete != AppointmentCrmDelete::Future {
            self.give_up("a policy on appointments that asks what was synchronized last");
        }
        if !reaches_outlook(line.kind, owner == point.user, item_status, occasion) {
            slot.state = State::Unlinked;
            line.slots.insert(point.user, slot);
            return;
        }
        let form = self.item_form(line.kind, slot.content);
        let edits = self.changed(slot.base, form);
        let edit_wins = !edits.is_empty() && point.switches.delete_versus_edit == DeleteVersusEdit::EditWins;
        match line.row.filter(|_| same_record) {
            None if edit_wins => {
                if line.row.is_some() {
                    self.give_up("two mailboxes bring one record back");
                }
                self.bring_back(line, slot, point);
            }
            // The record lives on with somebody else: what was typed goes there before the item goes.
            Some(_) if edit_wins && line.is_read_by(point) => {
                self.merge(line, slot, point);
                line.slots.remove(&point.user);
            }
            _ => drop(line.slots.remove(&point.user)),
        }
    }

    /// The record of an unlinked item belongs in the mailbox again.
    fn link_again(&mut self, line: &mut Line, mut slot: Slot, same_record: bool, point: &Point<'_>) {
        match (slot.there, same_record, point.switches.reactivated_contact) {
            (true, true, ReactivatedContact::Relinks) => {
                slot.state = State::Linked;
                self.merge(line, slot, point);
            }
            (false, true, _) => self.make_item(line, point),
            _ => self.give_up("an unlinked item beside a new one"),
        }
    }

    /// A person untracked the item (DEL-OUT-CON-3, DEL-OUT-TASK-2); `delete_record` is not given where no record is left.
    fn untracked(&mut self, line: &mut Line, slot: Slot, delete_record: Option<bool>, point: &Point<'_>) {
        let owned = line.row.is_some_and(|row| row.owner == point.user);
        let person = slot.ended_by.unwrap_or(point.user);
        let reaches = line.kind != Kind::Appointment
            || line.row.is_some_and(|row| {
                let occasion = self.occasion(line, row.content, Some(person), point);
                reaches_crm(point.switches, line.kind, self.status(line.kind, row.content), None, occasion)
            });
        let hidden = line.row.is_some() && !line.is_read_by(point);
        if hidden {
            // The user can do nothing about the record any more, and keeps the item.
        } else if reaches && delete_record.is_some_and(|wish| untracking_deletes(point.switches, wish, owned)) {
            line.ended_in_crm();
        } else if line.row.is_some() {
            line.tracked.insert(point.user, false);
        }
        let state = State::LetGo;
        line.slots.insert(point.user, Slot { state, ..slot });
    }

    /// The user let the record go; only the oldest policy brings a deleted contact back, when CRM changes it (D-11).
    fn stays_away(&mut self, line: &mut Line, slot: Slot, comes_down: bool, point: &Point<'_>) {
        let returns = point.switches.outlook_deleted_contact == OutlookDeletedContact::ReturnsOnCrmEdit;
        let Some(row) = line.row.filter(|_| comes_down && returns && line.kind == Kind::Contact) else { return };
        let form = self.row_form(row.content);
        if slot.there {
            self.give_up("a contact that was untracked under the policy that brings contacts back");
        } else if row.owner == point.user && !self.changed(slot.base, form).is_empty() {
            self.make_item(line, point);
        }
    }

    /// What a person did to one item is sent at once: marked ones get a record, edits go up, untracking takes effect.
    pub(super) fn send_item(&mut self, line: &mut Line, point: &Point<'_>) {
        let Some(slot) = line.slots.get(&point.user).copied() else { return };
        let same_record = line.row.is_some() && slot.record == line.records;
        match slot.state {
            State::Marked if slot.there => self.marked(line, slot, same_record, point),
            State::Linked if slot.there && same_record => {
                let form = self.item_form(line.kind, slot.content);
                if !self.changed(slot.base, form).is_empty() {
                    self.merge(line, slot, point);
                }
            }
            State::Untracking { delete_record } if same_record => {
                line.tracked.insert(point.user, false);
                let may_delete = delete_record || point.switches.untrack_deletes == UntrackDeletes::NonOwnerDeletes;
                if !may_delete {
                    line.slots.insert(point.user, Slot { state: State::LetGo, ..slot });
                }
            }
            _ => {}
        }
    }
}
