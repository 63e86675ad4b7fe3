//! Meetings: an appointment with attendees stands in several mailboxes, and all its copies carry one GlobalObjectId.
//!
//! Exchange brings invitations and updates to the attendees; synchronization has no part in that. A copy that an invitation
//! brings is tentative, belongs to the organizer, and is not marked for CRM. Whoever sends a meeting first organizes it, and
//! Outlook lets nobody else send its updates: an attendee may change his own copy only.

use std::sync::Arc;

use super::acts::Refused;
use super::runner::Runner;
use super::world::is_before;
use crate::journal::By;
use crate::mailbox::{Folder, Item, Link};
use crate::model::{ClientId, Contents, FieldId, ItemId, Kind, Surface, UserId, Value, mapping, status};
use crate::protocol::UserAct;
use crate::scenario::model::Args;
use crate::scenario::vocabulary::{Act, Key};

const STATUS: FieldId = FieldId::named(Kind::Appointment, "statuscode");
/// What a meeting request does not carry: what each attendee says himself, and what CRM keeps on the organizer's item.
const NOT_SENT: [FieldId; 2] = [STATUS, FieldId::named(Kind::Appointment, "regardingobjectid")];
const REQUIRED: FieldId = mapping::PARTIES[1];

/// Whether a meeting request carries a field: what both systems have, and nothing that is its owner's alone.
fn is_sent((field, _): &(FieldId, Value)) -> bool {
    field.field().in_crm && !NOT_SENT.contains(field)
}

impl Runner<'_> {
    /// Invites users to an appointment, or sends those who have it already what it says now.
    pub fn meet(&mut self, id: ClientId, item: ItemId, args: &Args, how: (Surface, bool)) -> Result<(), Refused> {
        let invited: Vec<UserId> = args.names(Key::With).iter().map(|name| self.user_named(Some(name))).collect();
        let row = *self.world.mailboxes.item(item);
        let Some(meeting) = row.meeting else { return Err("only an appointment can become a meeting".to_owned()) };
        if let Some(organizer) = self.organizer(row).filter(|organizer| *organizer != row.mailbox) {
            let [organizer, holder] = [organizer, row.mailbox].map(|user| self.world.names.user(user));
            return Err(format!("`{organizer}` organizes the meeting, and `{holder}` cannot send it"));
        }
        let listed = self.add_attendees(item, &invited);
        self.edit_item(id, item, &[(REQUIRED, listed)]);
        let others: Vec<UserId> = invited.into_iter().filter(|user| *user != row.mailbox).collect();
        if !others.is_empty() {
            self.world.mailboxes.organizers.insert(meeting, row.mailbox);
        }
        for user in others {
            let there = self.world.mailboxes.of_meeting(user, meeting).next();
            match there {
                Some(copy) => self.update_copy(item, copy),
                None => self.invite(item, user),
            }
        }
        self.announce(item, Some(id));
        self.acted(id, item, UserAct::Update, how.0, how.1);
        Ok(())
    }

    /// Who organizes what an item is about: whoever sent it first, or else the user whom it names.
    fn organizer(&self, item: Item) -> Option<UserId> {
        let world = &self.world;
        let sender = item.meeting.and_then(|meeting| world.mailboxes.organizers.get(&meeting)).copied();
        let named = world.contents.get(item.content, mapping::PARTIES[0]);
        let mut users = (0..world.names.users.len()).map(|user| UserId(user as u8));
        sender.or_else(|| users.find(|user| world.mailboxes.addresses.get(user.index()) == Some(&named)))
    }

    /// Accepts or declines an invitation: the attendee's own copy shows the time as busy, or goes.
    pub fn respond(&mut self, id: ClientId, item: ItemId, act: Act, how: (Surface, bool)) -> Result<(), Refused> {
        let row = *self.world.mailboxes.item(item);
        if self.organizer(row) == Some(row.mailbox) {
            let name = self.world.names.item(item);
            return Err(format!("`{}` organizes `{name}` and cannot {act} it", self.world.names.user(row.mailbox)));
        }
        let done = if act == Act::Accept {
            self.edit_item(id, item, &[(STATUS, Value::Int(status::APPOINTMENT_BUSY))]);
            UserAct::Update
        } else {
            let by = self.person(id);
            self.world.mailboxes.delete(item, false, by, &mut self.world.journal);
            UserAct::Delete
        };
        self.announce(item, Some(id));
        self.acted(id, item, done, how.0, how.1);
        Ok(())
    }

    /// The required attendees of an appointment with some more among them.
    fn add_attendees(&mut self, item: ItemId, users: &[UserId]) -> Value {
        let world = &mut self.world;
        let content = world.mailboxes.item(item).content;
        let mut list = world.contents.text_of_value(world.contents.get(content, REQUIRED)).to_owned();
        for user in users {
            let address = world.mailboxes.addresses.get(user.index()).copied().unwrap_or(Value::Empty);
            list = format!("{list}; {}", world.contents.text_of_value(address));
        }
        let list = mapping::addresses(&list).collect::<Vec<_>>().join("; ");
        world.contents_mut().text(&list)
    }

    fn invite(&mut self, item: ItemId, user: UserId) {
        let alias = self.world.names.of_item.get(item.index()).copied().unwrap_or(0);
        let world = &mut self.world;
        let row = *world.mailboxes.item(item);
        let tentative = [(STATUS, Value::Int(status::APPOINTMENT_TENTATIVE))];
        let sent = world.contents.fields_of(row.content).to_vec();
        let sent: Vec<(FieldId, Value)> = sent.into_iter().filter(is_sent).chain(tentative).collect();
        let content = mapping::set_in_outlook(Arc::make_mut(&mut world.contents), row.kind, Contents::EMPTY, &sent);
        let (folder, change, ended_by, brought, link) = (Folder::Synchronized, 0, None, None, Link::NONE);
        let copy = Item { mailbox: user, content, modified: world.now, folder, change, ended_by, brought, link, ..row };
        let by = By::User(row.mailbox);
        let copy = world.mailboxes.create(copy, None, by, &mut world.journal);
        world.names.name_item(copy, alias);
    }

    /// What the organizer's item says goes into an attendee's copy.
    fn update_copy(&mut self, item: ItemId, copy: ItemId) {
        let world = &mut self.world;
        let organizer = *world.mailboxes.item(item);
        let old = world.mailboxes.item(copy).content;
        let mut changes = world.contents.diff(old, organizer.content);
        changes.retain(is_sent);
        if changes.is_empty() {
            return;
        }
        let contents = Arc::make_mut(&mut world.contents);
        let before = &world.predecessors;
        let replaces = |record, gone| is_before(before, record, gone);
        world.mailboxes.bring(copy, (item, &changes), world.now, contents, replaces, &mut world.journal);
        self.announce(copy, None);
    }
}
