//! The file that a new scenario starts from.

/// A commented scenario with this name, which runs as it is.
///
/// The name is put in as it stands; one that cannot be a name makes a file that says so when it is read.
#[must_use]
pub fn template(name: &str) -> String {
    let name: String = name.escape_default().filter(|c| !matches!(c, '"' | '\\')).collect();
    TEXT.replace("NAME", &name)
}

const TEXT: &str = r##"#:schema ../../schema/scenario.json
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

# What happens, in order. A step has one of `do`, `fault`, `expect` and `note`.
steps = [
  { do = "create", item = "call", on = "desk", set = { subject = "Call Zoe" }, due = "+2d" },
  { do = "track", item = "call", on = "desk" },
  { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "222" } },
  { do = "advance", by = "15m" },
  { do = "sync", on = "desk" },
  { expect = "linked", item = "call", on = "desk" },
  { expect = "fields", item = "zoe", on = "desk", set = { telephone1 = "222" } },
  # A fault is armed before what it strikes, and one that never strikes fails the scenario:
  # { fault = "lose-reply", call = "create", on = "desk" },
]

# Rows of values run the file once each; "$name" stands for a value of the row.
# cases = [
#   { row = "at the desk", where = "desk" },
#   { row = "on the road", where = "laptop", protocol = { base = "documented" } },
# ]

[protocol]
base = "hardened"                            # or "documented", "documented-2011"; single switches follow by name
"##;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

    #[test]
    fn a_new_scenario_is_a_good_one() {
        let scenarios = parse("scenarios/my-case.toml", &template("my-case")).unwrap();
        assert_eq!(scenarios.len(), 1);
        assert_eq!(scenarios[0].name, "my-case");
        assert!(parse("", &template("a\"b\\\n")).is_ok());
    }
}
