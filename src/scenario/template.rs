//! The file that a new scenario starts from.

/// A commented scenario with this name, which runs as it is.
///
/// The name is put in as it stands; one that cannot be a name makes a file that says so when it is read.
#[must_use]
pub fn template(name: &str) -> String {
    let name: String = name.escape_default().filter(|c| !matches!(c, '"' | '\\')).collect();
    TEXT.replace("NAME", &name)
}

const TEXT: &str = r##"# An editor that reads JSON Schema finds mistakes while you type: write `crmsim schema > scenario.json`, and point it there.
format = 1
name   = "NAME"                              # the file's name without .toml
why    = "Say in one sentence what must be true, and why anybody would care."
rules  = []                                  # ids of the rules that this scenario exercises, such as "CYC-CREATE"
# source = "where the case comes from"
tags   = []                                  # words to select scenarios by
start  = 2011-03-01T09:00:00Z                # the clock at the first step
# seed = 7                                   # the key of what is drawn by chance

# Who has which Outlook. A user has one primary client; the others are secondary.
clients = [
  { id = "desk", user = "ann", role = "primary" },
  { id = "laptop", user = "ann", role = "secondary" },
]

# What there is at the start: in Outlook, in CRM, on both sides (linked and equal), or nowhere until a step makes it.
# Fields have their CRM names; moments are relative to `start`, as in `due = "+2d"`.
items = [
  { id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray", telephone1 = "111" } },
  { id = "call", kind = "task", side = "none" },
]

# What happens, in order. A step has one of `do`, `fault`, `expect` and `note`; `crmsim words` lists what they can be.
steps = [
  { do = "create", item = "call", on = "desk", set = { subject = "Call Zoe" }, due = "+2d" },
  # A fault stands before what it strikes, and one that never strikes fails the scenario:
  # { fault = "lose-reply", call = "create", on = "desk" },
  { do = "track", item = "call", on = "desk" },
  { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "222" } },
  # With the rows of `cases` below; a variable needs them, and each of them gives it a value:
  # { do = "edit", item = "zoe", on = "$place", set = { jobtitle = "Clerk" } },
  { do = "advance", by = "15m" },
  { do = "sync", on = "desk" },
  { expect = "linked", item = "call", on = "desk" },
  { expect = "fields", item = "zoe", on = "desk", set = { telephone1 = "222" } },
]

# Rows of values run the file once each; "$place" stands for the value of the row.
# cases = [
#   { row = "at the desk", place = "desk" },
#   { row = "on the road", place = "laptop", protocol = { relink = "none" } },
# ]

[protocol]
base = "hardened"                            # or "documented", "documented-2011"; single switches follow by name
"##;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;
    use crate::{Options, Verdict, execute};

    /// The optional parts, each by how its lines begin. Parts of one step are put in together.
    const OPTIONAL: [&[&str]; 4] = [
        &["# source ="],
        &["# seed ="],
        &["# { fault ="],
        &["# { do = \"edit\", item = \"zoe\", on = \"$place\"", "# cases = [", "#   { row =", "# ]"],
    ];

    /// The template with the lines of some optional parts.
    fn with(parts: &[&[&str]]) -> String {
        let text = template("my-case");
        let lines = text.lines().map(|line| {
            let bare = line.trim_start();
            let wanted = parts.iter().copied().flatten().any(|begin| bare.starts_with(begin));
            if wanted { bare.replacen("# ", "", 1) } else { line.to_owned() }
        });
        lines.map(|line| line + "\n").collect()
    }

    #[test]
    fn a_new_scenario_is_a_good_one() {
        let scenarios = parse("scenarios/my-case.toml", &template("my-case")).unwrap();
        assert_eq!(scenarios.len(), 1);
        assert_eq!(scenarios[0].name, "my-case");
        assert!(parse("", &template("a\"b\\\n")).is_ok());
    }

    #[test]
    fn every_optional_part_works() {
        let each = OPTIONAL.iter().map(|part| vec![*part]);
        for parts in each.chain([Vec::new(), OPTIONAL.to_vec()]) {
            let text = with(&parts);
            assert_eq!(text == template("my-case"), parts.is_empty(), "{parts:?}");
            let scenarios = parse("my-case.toml", &text).unwrap_or_else(|errors| panic!("{errors}"));
            assert_eq!(scenarios.len(), if text.contains("\ncases") { 2 } else { 1 });
            for scenario in &scenarios {
                let run = execute(scenario, Options::default());
                assert_eq!(run.verdict, Verdict::Held, "{parts:?}: {:?}", run.failures);
            }
        }
    }

    #[test]
    fn no_optional_part_is_left_untested() {
        let text = template("my-case");
        let code = text.lines().map(str::trim_start).filter(|line| line.starts_with("# ") && line.contains(" = "));
        for line in code.filter(|line| !line.contains('`')) {
            assert!(OPTIONAL.iter().copied().flatten().any(|begin| line.starts_with(begin)), "{line}");
        }
        assert!(!text.contains("#:schema"), "a new file may stand anywhere");
    }
}
