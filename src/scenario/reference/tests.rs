//! The reference has every word of the format, and says something of each.

use super::super::{cases, clients, expected, fields, parse, profile, steps, sweep, world};
use super::*;

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_key_of_every_place_is_explained() {
    let keys = |list: &[KeyText]| list.iter().map(|(key, _, _)| *key).collect::<Vec<_>>();
    assert_eq!(
        keys(texts::ROOT),
        parse::ROOT.into_iter().chain([parse::PROTOCOL, parse::SWEEP, profile::RANDOM]).collect::<Vec<_>>()
    );
    assert_eq!(keys(texts::RANDOM), profile::KEYS);
    assert_eq!(keys(texts::USER), world::USER);
    assert_eq!(keys(texts::FILTER), world::FILTER);
    assert_eq!(keys(texts::CLIENT), clients::CLIENT);
    assert_eq!(keys(texts::ITEM), world::ITEM);
    assert_eq!(keys(texts::WHEN), steps::WHEN);
    assert_eq!(keys(texts::SWEEP), sweep::KEYS);
    assert_eq!(keys(texts::ALLOW), sweep::ALLOW);
    assert_eq!(keys(texts::WAIVER), expected::WAIVE);
    assert_eq!(keys(texts::ROW), cases::ROW.into_iter().chain(expected::EXPECTED).collect::<Vec<_>>());
    assert_eq!(keys(texts::SETTINGS), fields::SETTINGS);
    let step = keys(texts::STEP);
    for key in steps::HEADS.into_iter().chain(steps::COMMON).chain(steps::OF_ACTS).chain(steps::OF_EXPECTATIONS) {
        assert!(step.contains(&key), "{key}");
    }
}

#[test]
fn every_word_is_found_and_nothing_is_empty() {
    for section in reference() {
        assert!(one_line(&words(Some(section.word)).unwrap()).contains(section.lead), "{}", section.word);
        for entry in &section.entries {
            let text = words(Some(&entry.word)).unwrap();
            assert!(text.contains(&entry.word) && !entry.cells[0].contains('?'), "{text}");
            assert!(entry.cells.len() + 1 == section.columns.len(), "{}", entry.word);
            assert!(entry.keys.iter().flatten().all(|cell| !cell.contains('?')), "{text}");
        }
    }
    let edit = one_line(&words(Some("edit")).unwrap());
    for part in [
        "Changes fields.",
        "needed; an item",
        "`inspector` or `explorer`",
        "`inspector` unless given",
        "true unless given",
    ] {
        assert!(edit.contains(part), "{part} is not in\n{edit}");
    }
    assert!(words(None).unwrap().lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn the_statuscodes_have_their_names_and_the_switches_their_values() {
    let codes = words(Some("statuscode")).unwrap();
    for part in ["task 4", "waiting on someone else", "contact 2", "inactive"] {
        assert!(codes.contains(part), "{part} is not in\n{codes}");
    }
    let relink = one_line(&words(Some("relink")).unwrap());
    assert!(relink.contains("documented: `none`") && relink.contains("hardened: `crmid-on-item`"), "{relink}");
    assert!(words(Some("categories")).unwrap().contains("only in Outlook"));
}

#[test]
fn an_unknown_word_is_answered_with_the_nearest() {
    assert!(words(Some("untrak")).unwrap_err().contains("did you mean `untrack`?"));
    assert!(words(Some("zzzzzzzz")).unwrap_err().contains("`crmsim words` lists them"));
}
