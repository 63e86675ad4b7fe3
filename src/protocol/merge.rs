//! The three-way merge of one record and its item against OriginalXML (rules.md, A.8).

use super::Verdict;
use super::switches::{MergeTie, MergeWinner, Switches};
use crate::model::mapping::{Directions, group_of};
use crate::model::{ContentId, Contents, Direction, FieldId, Side, Value};
use crate::rule;
use crate::sim::Time;

/// The mapped forms that are merged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forms {
    /// The last synchronized state: OriginalXML.
    pub base: ContentId,
    /// The item now.
    pub outlook: ContentId,
    /// The record now.
    pub crm: ContentId,
}

/// A column that both sides changed, and the value that lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The column.
    pub field: FieldId,
    /// The side whose value lost.
    pub loser: Side,
    /// The value that lost.
    pub lost: Value,
}

/// What a merge writes on each side.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Merge {
    /// Columns to write to the item.
    pub to_outlook: Vec<(FieldId, Value)>,
    /// Columns to write to the record.
    pub to_crm: Vec<(FieldId, Value)>,
    /// Values that lost.
    pub conflicts: Vec<Conflict>,
}

/// Which side wins the columns that both changed, by the two records' timestamps in whole seconds (D-09).
#[must_use]
pub fn winner(switches: &Switches, outlook: Time, crm: Time) -> Verdict<Side> {
    let newer = match outlook.whole_seconds().cmp(&crm.whole_seconds()) {
        std::cmp::Ordering::Less => Verdict { what: Side::Crm, rule: rule!("MRG-CRM-NEWER") },
        std::cmp::Ordering::Greater => Verdict { what: Side::Outlook, rule: rule!("MRG-OUT-NEWER") },
        std::cmp::Ordering::Equal => {
            let what = if switches.merge_tie == MergeTie::Crm { Side::Crm } else { Side::Outlook };
            Verdict { what, rule: rule!("MRG-TIE") }
        }
    };
    match switches.merge_winner {
        MergeWinner::Newer => newer,
        MergeWinner::Crm => Verdict { what: Side::Crm, rule: rule!("D-08") },
        MergeWinner::Outlook => Verdict { what: Side::Outlook, rule: rule!("D-08") },
    }
}

/// Merges column by column (MRG-ORIG): a column that one side changed goes to the other; one that both changed goes the
/// way of `winner`; one that both changed to the same value goes nowhere. The parts of an address are one column.
/// A column that only comes down is never taken from Outlook; `company` says whether the Company field comes down.
#[must_use]
pub fn merge(contents: &Contents, directions: &Directions, forms: Forms, winner: Side, company: bool) -> Merge {
    let comes_down = |field: FieldId| match directions.of(field) {
        Direction::Both => true,
        Direction::Down => company,
        Direction::None => false,
    };
    let mut in_crm = contents.diff(forms.base, forms.crm);
    in_crm.retain(|(field, _)| comes_down(*field));
    let mut in_outlook = contents.diff(forms.base, forms.outlook);
    in_outlook.retain(|(field, _)| directions.of(*field) == Direction::Both);

    let mut changed: Vec<FieldId> = in_crm.iter().chain(&in_outlook).map(|(field, _)| *field).collect();
    changed.sort_unstable();
    changed.dedup();

    let group_changed =
        |changes: &[(FieldId, Value)], field| changes.iter().any(|(f, _)| group_of(*f) == group_of(field));
    let mut result = Merge::default();
    for field in changed {
        let (outlook, crm) = (contents.get(forms.outlook, field), contents.get(forms.crm, field));
        // What Outlook shows of a column that only comes down is not in its form: whether it is that already is not known.
        if outlook == crm && directions.of(field) == Direction::Both {
            continue;
        }
        let source = match (group_changed(&in_outlook, field), group_changed(&in_crm, field)) {
            (true, false) => Side::Outlook,
            (false, _) => Side::Crm,
            (true, true) => {
                let (loser, lost) = if winner == Side::Crm { (Side::Outlook, outlook) } else { (Side::Crm, crm) };
                let edited = if loser == Side::Outlook { &in_outlook } else { &in_crm };
                if edited.iter().any(|(f, _)| *f == field) {
                    result.conflicts.push(Conflict { field, loser, lost });
                }
                winner
            }
        };
        match source {
            Side::Outlook => result.to_crm.push((field, outlook)),
            Side::Crm => result.to_outlook.push((field, crm)),
        }
    }
    result
}

/// Joins an item to a record that it was never synchronized with: the record says what counts, in every column, and what the
/// item said instead is lost.
#[must_use]
pub fn join(contents: &Contents, directions: &Directions, forms: Forms, company: bool) -> Merge {
    let mut to_outlook = contents.diff(forms.outlook, forms.crm);
    to_outlook.retain(|(field, _)| match directions.of(*field) {
        Direction::Both => true,
        Direction::Down => company,
        Direction::None => false,
    });
    let lost = |field| Conflict { field, loser: Side::Outlook, lost: contents.get(forms.outlook, field) };
    let typed = to_outlook.iter().filter(|(field, _)| directions.of(*field) == Direction::Both);
    let conflicts = typed.map(|(field, _)| lost(*field)).collect();
    Merge { to_outlook, to_crm: Vec::new(), conflicts }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Content, Kind};

    /// Fields with no group, one that only comes down, and two of one group.
    const FIELDS: [FieldId; 6] = [
        FieldId::named(Kind::Contact, "telephone1"),
        FieldId::named(Kind::Contact, "jobtitle"),
        FieldId::named(Kind::Contact, "lastname"),
        FieldId::named(Kind::Contact, "parentcustomerid"),
        FieldId::named(Kind::Contact, "address1_city"),
        FieldId::named(Kind::Contact, "address1_country"),
    ];

    type Row = [u8; 6];

    fn form(contents: &mut Contents, row: &Row) -> ContentId {
        let content: Content = FIELDS
            .iter()
            .zip(row)
            .map(|(field, value)| (*field, if *value == 0 { Value::Empty } else { Value::Int(i64::from(*value)) }))
            .collect();
        contents.intern(&content)
    }

    /// The oracle: one group of columns at a time, straight from the rule. Gives what both sides hold in the end.
    fn oracle(base: &[u8], outlook: &[u8], crm: &[u8], winner: Side) -> Vec<u8> {
        match (outlook != base, crm != base) {
            (false, _) => crm.to_vec(),
            (true, false) => outlook.to_vec(),
            (true, true) if winner == Side::Crm => crm.to_vec(),
            (true, true) => outlook.to_vec(),
        }
    }

    fn apply(contents: &mut Contents, form: ContentId, changes: &[(FieldId, Value)]) -> Vec<u8> {
        let applied = contents.with(form, changes);
        let read = |value| match value {
            Value::Int(number) => u8::try_from(number).unwrap(),
            _ => 0,
        };
        FIELDS.iter().map(|field| read(contents.get(applied, *field))).collect()
    }

    proptest! {
        #[test]
        fn agrees_with_a_three_way_oracle(
            base in prop::array::uniform6(0_u8..3),
            outlook in prop::array::uniform6(0_u8..3),
            crm in prop::array::uniform6(0_u8..3),
            crm_wins in any::<bool>(),
        ) {
            let winner = if crm_wins { Side::Crm } else { Side::Outlook };
            let mut contents = Contents::default();
            let forms = Forms {
                base: form(&mut contents, &base),
                outlook: form(&mut contents, &outlook),
                crm: form(&mut contents, &crm),
            };
            let merged = merge(&contents, &Directions::default(), forms, winner, true);
            let item = apply(&mut contents, forms.outlook, &merged.to_outlook);
            let record = apply(&mut contents, forms.crm, &merged.to_crm);
            for group in [0..1, 1..2, 2..3, 4..6] {
                let expected = oracle(&base[group.clone()], &outlook[group.clone()], &crm[group.clone()], winner);
                prop_assert_eq!(&item[group.clone()], &expected[..]);
                prop_assert_eq!(&record[group], &expected[..]);
            }
            // Company: whatever Outlook holds, the record keeps its own, and what changed in CRM comes down.
            prop_assert_eq!(record[3], crm[3]);
            if crm[3] != base[3] {
                prop_assert_eq!(item[3], crm[3]);
            }
            // No column travels both ways, and only columns that change are written.
            prop_assert!(merged.to_crm.iter().all(|(field, _)| merged.to_outlook.iter().all(|(f, _)| f != field)));
            prop_assert!(merged.to_crm.iter().all(|(f, value)| contents.get(forms.crm, *f) != *value));
            let down = |field: FieldId| field.field().direction == Direction::Down;
            let known = merged.to_outlook.iter().filter(|(field, _)| !down(*field));
            prop_assert!(known.into_iter().all(|(f, value)| contents.get(forms.outlook, *f) != *value));
        }
    }

    #[test]
    fn timestamps_are_compared_in_whole_seconds() {
        let switches = Switches::default();
        assert_eq!(winner(&switches, Time(1000), Time(1999)).rule.rule().id, "MRG-TIE");
        assert_eq!(winner(&switches, Time(1999), Time(2000)).what, Side::Crm);
        assert_eq!(winner(&switches, Time(3000), Time(2000)).what, Side::Outlook);
        let outlook_wins_ties = Switches { merge_tie: MergeTie::Outlook, ..Switches::default() };
        assert_eq!(winner(&outlook_wins_ties, Time(5), Time(5)).what, Side::Outlook);
    }
}
