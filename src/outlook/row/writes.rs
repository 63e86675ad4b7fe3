//! The durable writes of a row's script.

use super::{
    ContentId, Contents, CreateIdentity, CrmChange, Env, Folder, Hold, Item, Kind, Link, LinkState, MapRow, Op,
    OutlookChange, Own, Row, RowWork, Write,
};
use crate::outlook::cache::Sent;
use crate::outlook::saved;
use crate::outlook::unanswered::heard_base;
use crate::rule;

impl RowWork {
    pub(super) fn write(&mut self, op: Op, kind: Kind, own: &Own<'_>, env: &mut Env<'_>) -> Option<Write> {
        if let Op::CreateItem(_, Some(base)) | Op::SaveItem(_, Some(base)) | Op::LinkItem(base) | Op::SaveBase(base) =
            op
        {
            self.base = Some(base);
        }
        match op {
            Op::CreateItem(columns, base) => {
                let record = self.record?;
                let link = base.map(|base| self.link(None, base));
                env.journal.follow(rule!("CYC-USERPROPS"));
                Some(Write::CreateItem { kind, columns, link, record, meeting: self.meeting })
            }
            Op::SaveItem(columns, base) => {
                let base = self.record.zip(base).map(|(record, base)| (record, (base, self.version)));
                Some(Write::SaveItem { item: self.item?, columns, base, seen: self.expected(env) })
            }
            Op::DeleteItem => Some(Write::DeleteItem { item: self.item?, seen: self.expected(env) }),
            Op::Reserve(base) => Some(Write::Reserve { item: self.item?, base, instead: None }),
            Op::ReserveAnew => {
                let item = self.item?;
                let link = env.mailboxes.item(item).link;
                Some(Write::Reserve { item, base: link.base, instead: link.record })
            }
            Op::SaveBase(base) => {
                let (item, version) = (self.item?, Some(self.version));
                Some(Write::SaveBase { item, base, version, edited: self.edited() })
            }
            Op::LinkItem(base) => {
                let item = self.item?;
                let link = self.link(Some(&env.mailboxes.item(item)), base);
                env.journal.follow(rule!("CYC-USERPROPS"));
                Some(Write::SaveLink { item, link })
            }
            Op::Adopt(record) => {
                let item = self.item?;
                let link = env.mailboxes.item(item).link;
                // An item that was linked to that very record before has its OriginalXML; any other says nothing yet.
                let map = own.cache.map_of_item(item).map(|(_, map)| map).filter(|map| map.record == record);
                let on_item = env.protocol.switches.create_identity == CreateIdentity::ServerAssigned;
                let base = map.and_then(|map| map.base).or(on_item.then_some(link.base)).unwrap_or(Contents::EMPTY);
                Some(Write::SaveLink { item, link: Link { record: Some(record), base, ..link } })
            }
            Op::Unlist => {
                let item = self.item.filter(|_| super::reading::is_listed_as_purged(self.item, own, env))?;
                Some(Write::SaveLink { item, link: Link { record: None, ..env.mailboxes.item(item).link } })
            }
            Op::LetGo(item) => {
                let link = env.mailboxes.item(item).link;
                Some(Write::SaveLink { item, link: Link { state: LinkState::WasTracked, ..link } })
            }
            Op::UnlinkItem | Op::ForgetItem | Op::MarkAnew => {
                let item = self.item?;
                let before = env.mailboxes.item(item).link;
                let mut link = self.heard(before);
                if op == Op::UnlinkItem
                    && let Some(case) = &self.case
                    && let Some(Some(found)) = case.found
                {
                    // What CRM says of an unanswered update nobody hears later: the row that notes it goes.
                    link.base = heard_base(case, link.base, found, env);
                }
                if op == Op::ForgetItem && link.state == LinkState::Pending {
                    // A person tracked it again while the untracking was under way.
                    return None;
                }
                (link.state, link.record) = match op {
                    Op::UnlinkItem => (LinkState::WasTracked, link.record),
                    // A create that was never answered can still be on its way: who tracks the item again finds its record.
                    Op::ForgetItem => (LinkState::WasTracked, link.record.filter(|_| link.version == 0)),
                    _ => (LinkState::Pending, None),
                };
                (link != before).then_some(Write::SaveLink { item, link })
            }
            Op::Map { linked, deleted_locally, visited } => {
                let verified = env.now;
                let (record, item) = (self.record?, self.item?);
                let maps = env.protocol.switches.maps_original_xml();
                let known = self.case.and_then(|case| case.map).and_then(|map| map.base);
                let on_item = env.mailboxes.live(item).map(|item| item.link.base);
                let base = self.base.or(known).or(on_item).filter(|_| maps);
                let map = MapRow { record, item, kind, linked, deleted_locally, visited, verified, base };
                Some(Write::PutMap(map))
            }
            Op::Unmap => {
                let map = self.record.and_then(|record| own.cache.map_of_record(record));
                let map = map.or_else(|| self.item.and_then(|item| own.cache.map_of_item(item)));
                map.map(|(id, _)| Write::DropMap(id))
            }
            // Without a connection nothing leaves, and nothing is to be noted.
            Op::NoteSent(_) if !own.online => None,
            Op::NoteSent(sent) => {
                let row = own.cache.row(self.change).copied()?;
                // The script's own write is no sign that the item changed meanwhile.
                self.writes += 1;
                self.refused = false;
                let name = (own.id, env.now);
                self.name = Some(name);
                let sent = Sent { version: self.version, name, ..sent };
                Some(Write::PutRow(Some(self.change), Row { sent: Some(sent), ..row }))
            }
            Op::CompleteBase => {
                let item = self.item?;
                let saved = saved::half_of(own.cache.row(self.change)?, &env.mailboxes.item(item))?;
                let (base, version) = saved.after;
                Some(Write::SaveBase { item, base, version: Some(version), edited: saved.edited })
            }
            Op::NoteSaved(after) => {
                let row = own.cache.row(self.change).copied()?;
                let saved = saved::note(&env.mailboxes.item(self.item?), (after, self.version));
                // The script's own write is no sign that the item changed meanwhile.
                self.writes += 1;
                Some(Write::PutRow(Some(self.change), Row { saved: Some(saved), ..row }))
            }
            Op::NoteEnd => {
                let row = own.cache.row(self.change).copied()?;
                let outlook_change = self.case?.row.outlook_change;
                // The script's own write is no sign that the item changed meanwhile.
                self.writes += u32::from(row.outlook_change != outlook_change);
                let noted = Row { outlook_change, ..row };
                (noted != row).then_some(Write::PutRow(Some(self.change), noted))
            }
            Op::KeepRow => {
                let row = own.cache.row(self.change).copied()?;
                Some(Write::PutRow(Some(self.change), Row { priority: false, ..row }))
            }
            Op::DropRow => self.drop_row(own),
            Op::DropRemoval => {
                let gone = |row: &Row| row.record == self.record && row.crm_change == CrmChange::Removed;
                let mut others = own.cache.rows().filter(|(change, row)| *change != self.change && gone(row));
                others.next().map(|(other, _)| Write::DropRow(other))
            }
            Op::SendCreate(_) | Op::SendUpdate(_) | Op::SendTracking(_) | Op::SendWithdrawal(..) => None,
            Op::SendHold | Op::SendKeep | Op::SendDelete | Op::ReadAgain | Op::FailRow(_) => None,
        }
    }

    /// What the item must still say when it is written, and where it must lie, where saves are checked.
    fn expected(&self, env: &Env<'_>) -> Option<(ContentId, Folder)> {
        self.seen.zip(self.folder()).filter(|_| env.protocol.switches.checks_saves())
    }

    /// Drops the row (CYC-PENDING); when it was written meanwhile, only what was processed goes from it: the item may have
    /// changed since, and where another machine works on the same cache, a page may have listed the record anew.
    fn drop_row(&self, own: &Own<'_>) -> Option<Write> {
        let row = own.cache.row(self.change).copied()?;
        let read = self.read.filter(|_| row.writes != self.writes).unwrap_or(row);
        let listed = (row.record, row.crm_change, row.crm_time) != (read.record, read.crm_change, read.crm_time);
        let changed =
            (row.item, row.outlook_change, row.outlook_time) != (read.item, read.outlook_change, read.outlook_time);
        let outlook_change = if changed { row.outlook_change } else { OutlookChange::None };
        let crm_change = if listed { row.crm_change } else { CrmChange::None };
        if (outlook_change, crm_change) == (OutlookChange::None, CrmChange::None) {
            return Some(Write::DropRow(self.change));
        }
        // What is left is about the pair as it is now: the record may be another than the row was written for.
        let record = self.record.filter(|_| !listed).or(row.record);
        let rest = Row {
            item: self.item.or(row.item),
            record,
            outlook_change,
            crm_change,
            priority: false,
            error: None,
            sent: None,
            saved: None,
            hold: Hold::None,
            ..row
        };
        Some(Write::PutRow(Some(self.change), rest))
    }

    /// The item's link to the record, as it is written; an item untracked meanwhile stays so.
    fn link(&self, item: Option<&Item>, base: ContentId) -> Link {
        let state = match item.map(|item| item.link.state) {
            Some(LinkState::WasTracked) if !self.relinking() => LinkState::WasTracked,
            _ => LinkState::Tracked,
        };
        Link {
            state,
            record: self.record,
            reserved: false,
            base,
            version: self.version,
            owner: self.owner,
            by_person: state == LinkState::WasTracked,
            was_let_go: false,
            delete_record: item.is_some_and(|item| item.link.delete_record),
            closed: self.closed,
            edited: item.map_or(0, |_| self.edited()),
        }
    }

    /// What is kept on the item, with the OriginalXML that the half of a save that was made belongs to.
    fn heard(&self, link: Link) -> Link {
        let read = self.case.filter(|case| case.half_saved).and_then(|case| case.item);
        let read = read.filter(|(item, _)| Some(*item) == self.item);
        read.map_or(link, |(_, item)| Link { base: item.link.base, version: item.link.version, ..link })
    }

    /// When a person had saved the item last, as it was read; one that the client made itself nobody had.
    fn edited(&self) -> u64 {
        let read = self.case.and_then(|case| case.item).filter(|(item, _)| Some(*item) == self.item);
        read.map_or(0, |(_, item)| item.edited)
    }

    /// Whether the item was unlinked when the row was read and is being linked again.
    pub(super) fn relinking(&self) -> bool {
        self.case.and_then(|case| case.item).is_some_and(|(_, item)| item.link.state == LinkState::WasTracked)
    }
}
