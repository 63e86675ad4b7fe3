//! How one copy becomes another, and how two become one (rules.md, A.8).

use super::{Line, Point, Reference, Row, Slot, State};
use crate::model::mapping::{self, group_of};
use crate::model::{Contents, Direction, FieldId, Value, status};
use crate::protocol::Switches;
use crate::protocol::switches::{MergeTie, MergeWinner};
use crate::sim::{FlatMap, Time};

impl Reference {
    /// CRM to Outlook, for the first time (CYC-CREATE).
    pub(super) fn make_item(&mut self, line: &mut Line, point: &Point<'_>) {
        let Some(row) = line.row else { return };
        let mut base = self.row_form(row.content);
        if !point.company {
            let down = FieldId::all(line.kind).filter(|field| field.field().direction == Direction::Down);
            let none: Vec<_> = down.map(|field| (field, Value::Empty)).collect();
            base = self.contents.with(base, &none);
        }
        let fields = self.contents.fields_of(base).to_vec();
        let content = mapping::write_to_outlook(&mut self.contents, line.kind, Contents::EMPTY, &fields);
        let slot = Slot {
            content,
            there: true,
            purged: false,
            state: State::Linked,
            base,
            modified: point.now,
            ended_by: None,
            record: line.records,
            owner: row.owner,
        };
        line.slots.insert(point.user, slot);
    }

    /// Outlook to CRM, for the first time: its maker owns and tracks it.
    pub(super) fn make_record(&mut self, line: &mut Line, point: &Point<'_>) {
        let Some(mut slot) = line.slots.get(&point.user).copied() else { return };
        let form = self.item_form(line.kind, slot.content);
        let fields = self.contents.fields_of(form).to_vec();
        let mut content = mapping::set_in_crm(&mut self.contents, Contents::EMPTY, &fields);
        if let Some(field) = FieldId::find(line.kind, "statuscode")
            && self.contents.get(content, field) == Value::Empty
        {
            content = self.contents.with(content, &[(field, Value::Int(status::initial(line.kind)))]);
        }
        line.records += 1;
        line.readers = FlatMap::default();
        line.row = Some(Row { content, owner: point.user, modified: (point.began, point.now) });
        line.tracked.insert(point.user, true);
        (slot.state, slot.base, slot.record, slot.owner) = (State::Linked, form, line.records, point.user);
        line.slots.insert(point.user, slot);
    }

    /// An edited item brings its deleted record back. What others changed there before it was deleted, and this mailbox has not
    /// seen, comes back too, where its user could read it.
    pub(super) fn bring_back(&mut self, line: &mut Line, slot: Slot, point: &Point<'_>) {
        let gone = line.gone.filter(|gone| line.shows(*gone, point));
        self.make_record(line, point);
        let Some(gone) = gone else { return };
        let form = self.row_form(gone.content);
        let both = self.changed(Contents::EMPTY, form);
        if self.changed(slot.base, form).is_empty() {
            return;
        }
        let content = mapping::set_in_crm(&mut self.contents, Contents::EMPTY, &both);
        line.row = Some(Row { content, owner: point.user, modified: gone.modified });
        let slot = Slot { state: State::Linked, record: line.records, owner: point.user, ..slot };
        self.merge(line, slot, point);
    }

    /// A marked item gets a record, or the one back that it had.
    pub(super) fn marked(&mut self, line: &mut Line, slot: Slot, same_record: bool, point: &Point<'_>) {
        if same_record {
            line.tracked.insert(point.user, true);
            self.merge(line, Slot { state: State::Linked, ..slot }, point);
        } else {
            self.make_record(line, point);
        }
    }

    /// Both copies are there: what one side changed goes to the other; what both changed goes the winner's way (A.8).
    pub(super) fn merge(&mut self, line: &mut Line, mut slot: Slot, point: &Point<'_>) {
        let Some(mut row) = line.row else { return };
        let outlook = self.item_form(line.kind, slot.content);
        let crm = self.row_form(row.content);
        let (typed, written) = (self.changed(slot.base, outlook), self.changed(slot.base, crm));
        if !point.synchronizes && !written.is_empty() {
            self.give_up("a merge for a user who may not synchronize");
        }
        let touches = |fields: &[(FieldId, Value)], field| fields.iter().any(|(f, _)| group_of(*f) == group_of(field));
        let differing: Vec<FieldId> = self.changed(outlook, crm).into_iter().map(|(field, _)| field).collect();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for field in differing {
            let goes_up = match (touches(&typed, field), touches(&written, field)) {
                (true, true) => self.outlook_wins(slot.modified, row.modified, point.switches),
                (by_outlook, _) => by_outlook,
            };
            if goes_up {
                up.push((field, self.contents.get(outlook, field)));
            } else {
                down.push((field, self.contents.get(crm, field)));
            }
        }
        let down_only = FieldId::all(line.kind).filter(|field| field.field().direction == Direction::Down);
        let news: Vec<_> = down_only.map(|field| (field, self.contents.get(crm, field))).collect();
        let news: Vec<_> =
            news.into_iter().filter(|(field, value)| self.contents.get(slot.base, *field) != *value).collect();
        if point.company {
            down.extend(&news);
        }
        slot.content = mapping::write_to_outlook(&mut self.contents, line.kind, slot.content, &down);
        if !up.is_empty() {
            row.content = mapping::set_in_crm(&mut self.contents, row.content, &up);
            row.modified = (point.began, point.now);
        }
        let base = self.row_form(row.content);
        let kept: Vec<_> = news.iter().map(|(field, _)| (*field, self.contents.get(slot.base, *field))).collect();
        slot.base = if point.company { base } else { self.contents.with(base, &kept) };
        slot.owner = row.owner;
        line.row = Some(row);
        line.slots.insert(point.user, slot);
    }

    /// Whether Outlook's value stands where both sides changed a column: timestamps in whole seconds, ties by policy. Where
    /// it is not certain which second synchronization wrote in, the model cannot say.
    fn outlook_wins(&mut self, typed: Time, (from, to): (Time, Time), switches: &Switches) -> bool {
        let typed = typed.whole_seconds();
        let by_time = |crm: i64| match typed.cmp(&crm) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => switches.merge_tie == MergeTie::Outlook,
        };
        match switches.merge_winner {
            MergeWinner::Crm => false,
            MergeWinner::Outlook => true,
            MergeWinner::Newer => {
                let (early, late) = (by_time(from.whole_seconds()), by_time(to.whole_seconds()));
                if early != late {
                    self.give_up("a merge hangs on the very second in which synchronization wrote");
                }
                late
            }
        }
    }
}
