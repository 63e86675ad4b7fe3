//! The page `docs/coverage.md`: what is counted, what is left out, and why.

use std::collections::BTreeMap;

use super::{Mark, Meaning, Reach};
use crate::model::{LifeEvent, LifeState, Role};

/// The roles for which an event meets the same states.
type RolesByStates = BTreeMap<Vec<LifeState>, Vec<Role>>;

/// The page, as Markdown.
#[must_use]
pub fn page() -> String {
    let mut text = String::from(
        "# Coverage\n\n\
         This is what `crmsim rules --marks` prints. A run marks every rule that it follows, and every event of an item with \
         the role of the client and the state that the item was in before, as `role/state/event`. A mark that is never hit \
         fails the gate of a campaign unless it is declared rare here; one that is declared impossible fails it by being hit. \
         Only what comes less often than once in 2,000 seeds of every shipped profile is declared rare, as was measured over \
         3,400 seeds of each (30,600 runs) and 30,000 of `everything`; what comes more often the gate asks for.\n",
    );
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let rules = Mark::all().filter(|mark| matches!(mark.meaning(), Meaning::Rule(_))).count();
    let lives = Mark::all().count() - rules;
    text.push_str(&format!("\n{rules} rules, and {lives} combinations of:\n\n"));
    text.push_str(&format!("- roles: {}\n", words(Role::WORDS)));
    text.push_str(&format!("- states: {}\n", words(LifeState::WORDS)));
    text.push_str(&format!("- events: {}\n", words(LifeEvent::WORDS)));
    text.push_str("\n## Left out\n\n| event | reason | states, by role |\n|---|---|---|\n");
    text.push_str(&table(|reach| match reach {
        Reach::Impossible(why) => Some(why),
        _ => None,
    }));
    text.push_str("\n## Rare\n\n| event | reason | states, by role |\n|---|---|---|\n");
    text.push_str(&table(|reach| match reach {
        Reach::Rare(why) => Some(why),
        _ => None,
    }));
    let rare_rules = Mark::all().filter_map(|mark| match (mark.meaning(), mark.reach()) {
        (Meaning::Rule(rule), Reach::Rare(why)) => Some(format!("| `{}` | {why} | |\n", rule.rule().id)),
        _ => None,
    });
    text.extend(rare_rules);
    text
}

/// One line an event and reason: the states of each role that it is given for.
fn table(reason: impl Fn(Reach) -> Option<&'static str>) -> String {
    let mut lines: BTreeMap<(LifeEvent, &str), RolesByStates> = BTreeMap::new();
    for event in LifeEvent::ALL {
        for role in Role::ALL {
            let mut states: BTreeMap<&str, Vec<LifeState>> = BTreeMap::new();
            for state in LifeState::ALL {
                if let Some(why) = reason(Mark::life(*role, *state, *event).reach()) {
                    states.entry(why).or_default().push(*state);
                }
            }
            for (why, states) in states {
                lines.entry((*event, why)).or_default().entry(states).or_default().push(*role);
            }
        }
    }
    let mut text = String::new();
    for ((event, why), groups) in lines {
        let groups = groups.into_iter().map(|(states, roles)| {
            let roles: Vec<&str> = roles.into_iter().map(Role::word).collect();
            let states: Vec<&str> = states.into_iter().map(LifeState::word).collect();
            let states = if states.len() == LifeState::ALL.len() { "all".to_owned() } else { states.join(", ") };
            format!("{}: {states}", roles.join(", "))
        });
        text.push_str(&format!("| `{event}` | {why} | {} |\n", groups.collect::<Vec<_>>().join("; ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_gives_a_reason_for_whatever_is_left_out() {
        let page = page();
        assert!(page.contains(
            "| `edited-in-crm` | the record is not there | primary, roaming: deleted-in-crm, deleted-in-both |"
        ));
        assert!(page.contains("| `crash` | a delegate's client is never at work on an item | delegate: all |"));
        assert_eq!(page.lines().filter(|line| line.starts_with("| `") && line.contains("|  |")).count(), 0);
    }
}
