//! What people do, told to the reference model.

use super::Maximal;
use crate::check::View;
use crate::check::reference::State;
use crate::check::scope::primary_of;
use crate::journal::{By, Fact, LinkState, What};
use crate::model::{ContentId, Contents, ItemId, Right};
use crate::outlook::Client;
use crate::protocol::switches::MeetingUpdate;
use crate::sim::Time;

impl Maximal {
    pub(super) fn take_act(&mut self, view: View<'_>, fact: &Fact) {
        let contents = &view.world.contents;
        match fact.what {
            What::ItemCreated { item, kind, mailbox, content, by, origin } => {
                let Some(id) = view.ledger.lineage_of(Some(item), None) else { return };
                let row = *view.world.mailboxes.item(item);
                let linked = match (by, origin) {
                    (By::User(_), _) => false,
                    // What was linked from the start is told as if synchronization had made it.
                    (By::Sync(_), Some(_)) if !view.ledger.begun() => true,
                    _ => return,
                };
                if !linked {
                    self.disturb(None);
                }
                if !linked && view.ledger.begun() && row.link.is_marked() {
                    self.model.give_up("a copy that carries the link of another item");
                }
                let own = self.model.translate(contents, content);
                let base = self.model.translate(contents, if linked { row.link.base } else { Contents::EMPTY });
                let meeting = view.world.mailboxes.item(item).meeting;
                let met = meeting.and_then(|meeting| view.ledger.of_meeting.get(&meeting).copied());
                if met.is_some_and(|met| met != id) {
                    self.model.give_up("a second item of a meeting in one mailbox");
                }
                if !linked && self.model.get(id).is_some_and(|line| line.slots.iter().next().is_some()) {
                    self.model.give_up("a meeting that comes to other mailboxes by invitation");
                }
                let state = if linked { State::Linked } else { State::Plain };
                self.of_item.insert(item, id);
                self.model.line(id, kind).made_in_outlook(mailbox, own, (state, base), row.modified);
            }
            What::RecordCreated { record, kind, owner, content, by: By::User(_), .. } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(None);
                let own = self.model.translate(contents, content);
                self.model.line(id, kind).made_in_crm(own, owner, fact.at);
            }
            What::ItemChanged { item, before, after, by: By::User(_) } => {
                self.in_slot(view, fact.at, item, |maximal, content| maximal.edited(view, content, before, after));
                self.brought(view, item);
            }
            What::ItemDeleted { item, purged, by: By::User(_) } => self.deleted(view, fact.at, item, purged),
            What::ItemMoved { .. } => self.model.give_up("an item that was moved"),
            What::ItemMigrated { .. } => self.model.give_up("a mailbox that moved to another server"),
            // Saving an item again without a change makes it newer all the same.
            What::Acted { item, .. } => self.saved(view, fact.at, item),
            What::LinkChanged { item, by: By::Sync(_), .. }
                if self.of_item.get(&item).is_some_and(|id| view.ledger.lineage_of_item(item) != Some(*id)) =>
            {
                self.model.give_up("a meeting whose record another attendee made anew");
            }
            What::LinkChanged { item, state, by: By::User(_), .. } => self.marked(view, fact.at, item, state),
            What::RecordChanged { record, before, after, by: By::User(_) } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(Some(id));
                let kind = view.world.server.record(record).kind;
                match self.model.line(id, kind).row {
                    None => self.model.give_up("an act on a record that should not be there"),
                    Some(row) => {
                        let content = self.edited(view, row.content, before, after);
                        self.model.line(id, kind).changed_in_crm(Some(content), None, fact.at);
                    }
                }
            }
            What::RecordAssigned { record, to, .. } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(Some(id));
                let kind = view.world.server.record(record).kind;
                self.model.line(id, kind).changed_in_crm(None, Some(to), fact.at);
            }
            What::AccessChanged { record, user, rights, .. } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(Some(id));
                let kind = view.world.server.record(record).kind;
                self.model.line(id, kind).share(user, rights.has(Right::Read));
            }
            What::RecordDeleted { record, by: By::User(_) } => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                self.disturb(Some(id));
                let kind = view.world.server.record(record).kind;
                self.model.line(id, kind).ended_in_crm();
            }
            What::TrackingChanged { user, record, track } if !view.ledger.begun() => {
                let Some(id) = view.ledger.lineage_of_record(record) else { return };
                let kind = view.world.server.record(record).kind;
                self.model.line(id, kind).track(user, track);
            }
            _ => {}
        }
    }

    /// What a content of the model becomes by an edit of the world.
    fn edited(&mut self, view: View<'_>, content: ContentId, before: ContentId, after: ContentId) -> ContentId {
        let changes = view.world.contents.diff(before, after);
        let own: Vec<_> =
            changes.into_iter().map(|(field, value)| (field, self.model.value(&view.world.contents, value))).collect();
        self.model.contents.with(content, &own)
    }

    /// What an update of the meeting wrote that is no word against CRM, and that was sent from an item of the same record, is
    /// nobody's edit: the model's item says it as if it had come from CRM.
    fn brought(&mut self, view: View<'_>, item: ItemId) {
        let row = *view.world.mailboxes.item(item);
        let brought = view.world.brought(item).filter(|brought| brought.edited == row.edited);
        let organizers = view.protocol.switches.meeting_update == MeetingUpdate::Organizers;
        let Some(mut brought) = brought.filter(|_| organizers) else { return };
        let Some(id) = view.ledger.lineage_of_item(item) else { return };
        for content in [&mut brought.original, &mut brought.before, &mut brought.after] {
            *content = self.model.translate(&view.world.contents, *content);
        }
        let [before, after] = [brought.before, brought.after].map(|content| self.model.item_form(row.kind, content));
        let written = self.model.contents.diff(before, after);
        let Some(mut slot) = self.model.line(id, row.kind).slots.get(&row.mailbox).copied() else { return };
        let no_word = brought.no_word(&written, slot.base, &self.model.contents);
        if no_word.len() < written.len() {
            self.model.give_up("an edit of an organizer that an update of the meeting brings before it is in CRM");
        }
        slot.base = self.model.contents.with(slot.base, &no_word);
        self.model.line(id, row.kind).slots.insert(row.mailbox, slot);
    }

    /// Changes the fields of an item that the model has too.
    fn in_slot(
        &mut self,
        view: View<'_>,
        at: Time,
        item: ItemId,
        change: impl FnOnce(&mut Maximal, ContentId) -> ContentId,
    ) {
        let Some(id) = view.ledger.lineage_of_item(item) else { return };
        self.of_item.insert(item, id);
        self.acted.insert(item, at);
        self.disturb(Some(id));
        let row = *view.world.mailboxes.item(item);
        let slot = self.model.line(id, row.kind).slots.get(&row.mailbox).copied();
        match slot.filter(|slot| slot.there) {
            None => self.model.give_up("an act on an item that should not be there"),
            Some(slot) => {
                let content = change(self, slot.content);
                if let Some(slot) = self.model.line(id, row.kind).slots.get_mut(&row.mailbox) {
                    (slot.content, slot.modified) = (content, row.modified);
                }
            }
        }
    }

    fn deleted(&mut self, view: View<'_>, at: Time, item: ItemId, purged: bool) {
        self.in_slot(view, at, item, |_, content| content);
        let row = *view.world.mailboxes.item(item);
        let Some(id) = self.of_item.get(&item).copied() else { return };
        // A client that does not run hears of no deletion, and finds it one cycle or another.
        let told = view.protocol.switches.change_detection.notifications
            && primary_of(view, row.mailbox).is_some_and(Client::works);
        let line = self.model.line(id, row.kind);
        let Some(slot) = line.slots.get_mut(&row.mailbox) else { return };
        (slot.there, slot.purged, slot.ended_by) = (false, purged, row.ended_by);
        let unseen = purged && matches!(slot.state, State::Untracking { .. });
        if slot.state == State::Linked && !told {
            self.unnoticed.insert((row.mailbox, id), 0);
        }
        if unseen {
            self.model.give_up("an untracked item that was purged before anybody looked");
        }
    }

    fn saved(&mut self, view: View<'_>, at: Time, item: ItemId) {
        if view.world.mailboxes.live(item).is_some() {
            self.in_slot(view, at, item, |_, content| content);
        }
    }

    /// A person marked an item, or untracked it.
    fn marked(&mut self, view: View<'_>, at: Time, item: ItemId, state: LinkState) {
        let Some(id) = view.ledger.lineage_of_item(item) else { return };
        let row = *view.world.mailboxes.item(item);
        let user = row.mailbox;
        let old = self.of_item.insert(item, id).unwrap_or(id);
        if old != id {
            // Marked again after its record was let go: a lineage of its own begins.
            let line = self.model.line(old, row.kind);
            let slot = line.slots.remove(&user);
            let others = line.row.is_none() && line.slots.iter().next().is_some();
            match slot {
                // What the others have of it is of the new record's meeting too.
                _ if others && row.meeting.is_some() => {
                    self.model.give_up("a meeting that one of its attendees tracks anew");
                }
                // The record that an untracking was about ended by itself.
                Some(slot) if matches!(slot.state, State::Untracking { .. }) && line.row.is_none() => {
                    self.model.line(id, row.kind).slots.insert(user, slot);
                }
                Some(slot) if matches!(slot.state, State::Unlinked | State::LetGo) => {
                    let gone = line.row.is_none();
                    if !gone {
                        // The record that was let go stays away from this mailbox.
                        let mut left = slot;
                        (left.there, left.state) = (false, State::LetGo);
                        line.slots.insert(user, left);
                    }
                    self.model.line(id, row.kind).slots.insert(user, slot);
                }
                _ => self.model.give_up("an item marked again before its untracking was synchronized"),
            }
        }
        self.in_slot(view, at, item, |_, content| content);
        let line = self.model.line(id, row.kind);
        let had_record = line.row.is_some();
        let Some(slot) = line.slots.get_mut(&user) else { return };
        if state == LinkState::WasTracked && slot.state == State::Marked && had_record {
            return self
                .model
                .give_up("an item untracked, marked again and untracked before any of it was synchronized");
        }
        let delete_record = row.link.delete_record;
        slot.ended_by = row.ended_by;
        slot.state = match (state, slot.state) {
            (LinkState::Pending, _) => State::Marked,
            (LinkState::WasTracked, State::Linked) => State::Untracking { delete_record },
            (LinkState::WasTracked, _) => State::LetGo,
            (_, same) => same,
        };
    }
}
