//! One wrong file for each thing that can be wrong. The place that the error must point at stands between `⟦` and `⟧`.

use std::collections::BTreeSet;

use super::error_rights::RIGHTS;
use crate::scenario::diagnostics::CODES;
use crate::scenario::parse;

/// A good file with room for something wrong.
const BASE: &str = r#"format = 1
name = "x"
why = "w"
#ROOT
clients = [
  { id = "desk", user = "ann", role = "primary" },
  { id = "home", user = "bob" },
#CLIENTS
]
items = [
  { id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray" } },
  { id = "call", kind = "task", side = "both" },
  { id = "new", kind = "contact", side = "none" },
  { id = "t", kind = "task", side = "both", copies = 3 },
  { id = "talk", kind = "appointment", side = "both" },
#ITEMS
]
steps = [
  { id = "first", do = "sync", on = "desk" },
#STEPS
  { id = "last", expect = "kept", item = "zoe", side = "crm" },
]
[protocol]
#PROTOCOL
"#;

/// Where it goes, what it is (and what goes to the root after `@@`), the code, and a part of the help or the label.
const CASES: &[(&str, &str, &str, &str)] = &[
    // Syntax and keys.
    ("#ROOT", "source = ⟦⟧", "E100", ""),
    ("#ROOT", "source = \"a\"\n⟦source⟧ = \"b\"", "E100", ""),
    ("#ROOT", "⟦sede⟧ = 1", "E101", "`seed`"),
    ("#ROOT", "⟦zebra⟧ = 1", "E101", "the keys are `format`"),
    ("#CLIENTS", "{ id = \"lap\", user = \"eve\", ⟦clok⟧ = \"1h\" },", "E101", "`clock`"),
    ("#CLIENTS", "{ id = \"lap\", user = \"eve\", ⟦store⟧ = \"own\" },", "E105", "not built yet"),
    ("#CLIENTS", "⟦{ user = \"eve\" }⟧,", "E103", "`id` is missing"),
    ("#CLIENTS", "⟦{ id = \"lap\", user = \"ann\", running = true }⟧,", "E103", "`role` is missing"),
    ("#ITEMS", "{ id = \"i\", kind = \"task\", side = \"both\", ⟦onwer⟧ = \"ann\" },", "E101", "`owner`"),
    ("#ITEMS", "⟦{ id = \"i\", kind = \"task\" }⟧,", "E103", "`side` is missing"),
    (
        "#ITEMS",
        "{ id = \"i\", kind = \"task\", side = \"both\", ⟦due⟧ = \"+2d\", set = { scheduledend = \"+1d\" } },",
        "E106",
        "given twice",
    ),
    ("#ITEMS", "{ id = \"i\", kind = \"contact\", side = \"both\", ⟦starts⟧ = \"+2d\" },", "E403", "`starts` stands"),
    ("#ITEMS", "{ id = \"i\", kind = \"appointment\", side = \"both\", lasts = ⟦\"90s\"⟧ },", "E303", "1m to"),
    ("#ITEMS", "{ id = \"i\", kind = \"appointment\", side = \"both\", required = [⟦\"bbo\"⟧] },", "E202", "`bob`"),
    (
        "#ITEMS",
        "{ id = \"i\", kind = \"appointment\", side = \"both\", organizer = ⟦\"x;y@z\"⟧ },",
        "E303",
        "ann@example.com",
    ),
    (
        "#ROOT",
        "users = [{ id = \"ann\", email = ⟦\"ann\"⟧ }, { id = \"bob\" }, { id = \"eve\" }]",
        "E303",
        "ann@example.com",
    ),
    (
        "#STEPS",
        "{ do = ⟦\"meet\"⟧, on = \"desk\", item = \"zoe\", with = [\"bob\"] },",
        "E403",
        "not possible for a contact",
    ),
    ("#STEPS", "{ do = \"meet\", on = \"desk\", item = \"talk\", with = [⟦\"eva\"⟧] },", "E202", "unknown user"),
    ("#STEPS", "{ do = \"copy\", on = \"desk\", item = ⟦\"t*\"⟧, new = \"twin\" },", "E106", "several items"),
    ("#STEPS", "{ do = ⟦\"copy\"⟧, on = \"desk\", item = \"zoe\" },", "E103", "`new` is missing"),
    ("#STEPS", "{ do = \"copy\", on = \"desk\", item = \"zoe\", new = ⟦\"call\"⟧ },", "E211", "a new name"),
    ("#STEPS", "{ do = \"move\", on = \"desk\", item = \"zoe\", to = ⟦\"foldr\"⟧ },", "E302", "`folder`"),
    ("#STEPS", "{ do = \"archive\", on = ⟦\"crm\"⟧, item = \"zoe\" },", "E401", ""),
    ("#STEPS", "{ do = \"migrate-mailbox\", mailbox = ⟦\"eva\"⟧ },", "E202", "unknown user"),
    ("#STEPS", "{ do = ⟦\"migrate-mailbox\"⟧ },", "E103", "`mailbox` is missing"),
    ("#STEPS", "{ do = \"meet\", on = \"desk\", item = \"talk\", with = ⟦[]⟧ },", "E303", "at least one user"),
    ("#STEPS", "{ do = ⟦\"complete\"⟧, on = \"desk\", item = \"talk\" },", "E403", "not possible for an appointment"),
    ("#STEPS", "{ do = ⟦\"deactivate\"⟧, on = \"crm\", item = \"talk\" },", "E403", "not possible for an appointment"),
    ("#STEPS", "{ do = \"accept\", on = ⟦\"crm\"⟧, item = \"talk\" },", "E401", "client"),
    (
        "#STEPS",
        "{ do = \"set-filter\", on = \"crm\", filter = \"tasks\", where = { ⟦party⟧ = \"me\" } },",
        "E207",
        "`owner`",
    ),
    ("#STEPS", "{ ⟦dp⟧ = \"sync\", on = \"desk\" },", "E101", "`do`"),
    ("#STEPS", "{ do = \"sync\", on = \"desk\", ⟦tiems⟧ = 2 },", "E101", "`times`"),
    ("#STEPS", "{ do = \"sync\", on = \"desk\", ⟦item⟧ = \"zoe\" },", "E102", "it takes `on`, `times`"),
    ("#STEPS", "{ note = \"n\", ⟦on⟧ = \"desk\" },", "E102", "it takes `id`, `at` and `rows`"),
    ("#STEPS", "{ fault = \"partition\", on = \"desk\", ⟦background⟧ = true },", "E102", "it takes `on`"),
    ("#STEPS", "{ do = ⟦\"track\"⟧, on = \"desk\" },", "E103", "`item` is missing"),
    ("#STEPS", "{ do = ⟦\"create\"⟧, on = \"desk\" },", "E103", "`item`"),
    ("#STEPS", "{ do = ⟦\"create\"⟧, on = \"desk\", new = \"eve\" },", "E103", "`kind`"),
    ("#STEPS", "{ do = ⟦\"edit\"⟧, on = \"desk\", item = \"zoe\" },", "E103", "`set`"),
    ("#STEPS", "{ do = ⟦\"set-filter\"⟧, on = \"crm\", filter = \"tasks\" },", "E103", "`active`"),
    ("#STEPS", "{ expect = ⟦\"kept\"⟧, item = \"zoe\" },", "E103", "`side` or `on`"),
    ("#STEPS", "{ expect = ⟦\"calls\"⟧, on = \"desk\", call = \"create\" },", "E103", "`sent`"),
    ("#STEPS", "{ expect = ⟦\"report\"⟧, on = \"desk\" },", "E103", "`to-crm`"),
    ("#STEPS", "{ expect = ⟦\"journal\"⟧, kind = \"edit-lost\", item = \"zoe\", lost = \"x\" },", "E103", "`field`"),
    (
        "#STEPS",
        "{ do = \"sync\", on = \"desk\", when = ⟦{ on = \"desk\", call = \"post\" }⟧ },",
        "E103",
        "`point` is missing",
    ),
    ("#STEPS", "{ do = \"sync\", ⟦fault⟧ = \"skew\" },", "E104", "one too many"),
    ("#STEPS", "⟦{ on = \"desk\" }⟧,", "E104", "none of them"),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"desk\", item = \"zoe\", set = { lastname = \"x\" }, ⟦attachments⟧ = 1 },",
        "E105",
        "not built yet",
    ),
    (
        "#STEPS",
        "{ do = \"create\", on = \"desk\", item = \"new\", ⟦new⟧ = \"eve\", kind = \"contact\" },",
        "E106",
        "one too many",
    ),
    ("#STEPS", "{ expect = \"gone\", item = \"zoe\", on = \"desk\", ⟦side⟧ = \"crm\" },", "E106", "one too many"),
    (
        "#STEPS",
        "{ do = \"track\", item = \"zoe\", on = \"desk\", via = \"explorer\", ⟦close⟧ = false },",
        "E106",
        "inspector",
    ),
    ("#PROTOCOL", "⟦relnk⟧ = \"none\"", "E101", "`relink`"),
    ("#PROTOCOL", "⟦email-identity⟧ = \"message-id\"", "E105", "not built yet"),
    // References.
    ("#STEPS", "{ do = \"sync\", on = ⟦\"dsk\"⟧ },", "E201", "`desk`"),
    (
        "#STEPS",
        "{ do = \"sync\", on = \"desk\", when = { on = ⟦\"hom\"⟧, call = \"post\", point = \"applied\" } },",
        "E201",
        "`home`",
    ),
    ("#ITEMS", "{ id = \"i\", kind = \"task\", side = \"both\", owner = ⟦\"bobb\"⟧ },", "E202", "`bob`"),
    ("#STEPS", "{ do = \"assign\", on = \"crm\", item = \"zoe\", to = ⟦\"carla\"⟧ },", "E202", "declared in `users`"),
    ("#STEPS", "{ do = \"track\", item = ⟦\"zo\"⟧, on = \"desk\" },", "E203", "`zoe`"),
    ("#STEPS", "{ do = \"track\", item = ⟦\"t\"⟧, on = \"desk\" },", "E203", "`t1` to `t3`"),
    ("#STEPS", "{ do = \"track\", item = ⟦\"t4\"⟧, on = \"desk\" },", "E203", "`t1` to `t3`"),
    ("#STEPS", "{ do = \"track\", item = ⟦\"zoe*\"⟧, on = \"desk\" },", "E203", "has no `copies`"),
    ("#STEPS", "{ fault = \"partition\", on = \"desk\", until = ⟦\"lst\"⟧ },", "E204", "`last`"),
    ("#ROOT", "known = \"k\"\nviolates = [⟦\"no-lost-edits\"⟧]", "E205", "`no-lost-edit`"),
    ("#ROOT", "rules = [⟦\"MRG-TYE\"⟧]", "E206", "`MRG-TIE`"),
    ("#STEPS", "{ do = \"edit\", on = \"desk\", item = \"zoe\", set = { ⟦lastnam⟧ = \"x\" } },", "E207", "`lastname`"),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"desk\", item = \"zoe\", set = { ⟦subject⟧ = \"x\" } },",
        "E207",
        "a field of an appointment and of a task",
    ),
    (
        "#STEPS",
        "{ expect = \"writes\", on = \"desk\", item = \"call\", fields = [⟦\"subjct\"⟧] },",
        "E207",
        "`subject`",
    ),
    (
        "#STEPS",
        "{ do = \"set-filter\", on = \"crm\", filter = \"tasks\", where = { ⟦ownr⟧ = \"me\" } },",
        "E207",
        "`owner`",
    ),
    ("#STEPS", "{ do = \"set-filter\", on = \"crm\", filter = ⟦\"task\"⟧, active = false },", "E208", "`tasks`"),
    ("#STEPS", "{ do = \"set-filter\", on = \"crm\", filter = ⟦\"mine\"⟧, active = false },", "E208", "`kind`"),
    ("#STEPS", "{ do = \"sync\", on = ⟦\"$who\"⟧ },", "E209", "`$$`"),
    ("#ROOT", "source = ⟦\"$who\"⟧", "E209", "below `users`"),
    (
        "#ROOT",
        "cases = [{ who = \"desk\" }]\nusers = [{ id = \"$who\" }, { id = \"ann\" }, { id = ⟦\"$whom\"⟧ }, { id = \"bob\" }]",
        "E209",
        "`who`",
    ),
    (
        "#ROOT",
        "cases = [{ row = \"a\" }]\nusers = [{ id = \"ann\" }, { id = \"bob\" }]\ntags = [⟦\"$b\"⟧]",
        "E209",
        "below",
    ),
    (
        "#ROOT",
        "cases = [{ a = ⟦\"$b\"⟧ }]\nusers = [{ id = \"$a\" }, { id = \"bob\" }, { id = \"ann\" }]",
        "E209",
        "`$$`",
    ),
    ("#STEPS", "{ do = \"sync\", on = \"desk\", rows = [⟦\"aa\"⟧] },@@cases = [{ row = \"a\" }]", "E210", "`a`"),
    ("#CLIENTS", "{ id = ⟦\"desk\"⟧, user = \"eve\" },", "E211", "again"),
    ("#ITEMS", "{ id = ⟦\"t2\"⟧, kind = \"task\", side = \"both\" },", "E211", "taken"),
    ("#STEPS", "{ id = ⟦\"first\"⟧, do = \"settle\" },", "E211", "again"),
    ("#STEPS", "{ do = \"create\", on = \"desk\", new = ⟦\"zoe\"⟧, kind = \"contact\" },", "E211", "a new name"),
    ("#ROOT", "users = [{ id = \"ann\" }, { id = \"bob\" }, { id = ⟦\"ann\"⟧ }]", "E211", "again"),
    ("#ROOT", "cases = [{ row = \"a\" }, { row = ⟦\"a\"⟧ }]", "E211", "again"),
    ("#ROOT", "rules = [\"MRG-TIE\", ⟦\"MRG-TIE\"⟧]", "E211", "again"),
    ("#ROOT", "golden = [\"state\", ⟦\"state\"⟧]", "E211", "again"),
    ("#ROOT", "cases = [{ ⟦protcol⟧ = { base = \"documented\" } }]", "E212", "`protocol`"),
    (
        "#STEPS",
        "{ expect = \"table\", on = \"desk\", table = \"SyncEntry\", set = { ⟦SyncStat⟧ = 1 } },",
        "E213",
        "`SyncState`",
    ),
    // Values.
    ("#ROOT", "seed = ⟦\"7\"⟧", "E301", "a whole number"),
    ("#ROOT", "seed = ⟦1.5⟧", "E301", "a whole number"),
    ("#ROOT", "seed = ⟦9_223_372_036_854_775_808⟧", "E301", "a whole number"),
    ("#ROOT", "tags = ⟦\"a\"⟧", "E301", "a list"),
    ("#ROOT", "golden = ⟦\"state\"⟧", "E301", "a list"),
    ("#ROOT", "golden = [⟦1⟧]", "E301", "a text"),
    ("#ROOT", "golden = [⟦\"stat\"⟧]", "E302", "`state`"),
    ("#ROOT", "⟦goldn⟧ = [\"state\"]", "E101", "`golden`"),
    ("#ROOT", "start = ⟦\"2011-03-01\"⟧", "E301", "without quotes"),
    ("#STEPS", "⟦7⟧,", "E301", "a table"),
    ("#STEPS", "{ do = \"sync\", on = \"desk\", rows = ⟦2⟧ },", "E301", "labels"),
    ("#STEPS", "{ expect = \"quiet\", on = \"desk\", rows = ⟦2⟧ },", "E301", "labels"),
    (
        "#STEPS",
        "{ expect = \"journal\", kind = \"edit-lost\", item = \"zoe\", field = \"lastname\", lost = ⟦3⟧ },",
        "E301",
        "a text",
    ),
    ("#STEPS", "{ do = ⟦\"synk\"⟧, on = \"desk\" },", "E302", "`sync`"),
    ("#STEPS", "{ do = ⟦\"linked\"⟧, on = \"desk\", item = \"zoe\" },", "E302", "write `expect = \"linked\"`"),
    ("#STEPS", "{ fault = \"refuse\", on = \"desk\", call = \"post\", code = ⟦\"bussy\"⟧ },", "E302", "`busy`"),
    ("#STEPS", "{ do = \"edit\", on = \"desk\", item = \"zoe\", set = { mailing = ⟦\"hme\"⟧ } },", "E302", "`home`"),
    ("#PROTOCOL", "base = ⟦\"hardend\"⟧", "E302", "`hardened`"),
    ("#PROTOCOL", "change-detection = [⟦\"scans\"⟧]", "E302", "`scan`"),
    ("#ROOT", "seed = ⟦-1⟧", "E303", "out of range"),
    ("#ROOT", "golden = ⟦[]⟧", "E303", "leave the key out"),
    ("#ROOT", "start = ⟦1969-12-31T23:59:59Z⟧", "E303", "out of range"),
    ("#STEPS", "{ do = \"advance\", by = ⟦\"0s\"⟧ },", "E303", "out of range"),
    ("#STEPS", "{ do = \"sync\", on = \"desk\", times = ⟦10001⟧ },", "E303", "out of range"),
    ("#STEPS", "{ expect = \"quiet\", on = \"desk\", cycles = ⟦10001⟧ },", "E303", "out of range"),
    ("#STEPS", "{ do = \"advance\", by = \"1h\", ⟦background⟧ = true },", "E415", "leave `background` out"),
    ("#STEPS", "{ do = \"settle\", ⟦background⟧ = true },", "E415", "`settle` is over"),
    (
        "#STEPS",
        "{ do = \"settle\", ⟦when⟧ = { on = \"desk\", call = \"post\", point = \"applied\" } },",
        "E415",
        "leave `when` out",
    ),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"desk\", item = \"zoe\", set = { ⟦shoe⟧ = \"44\" } },",
        "E207",
        "more: `crmsim words contact`",
    ),
    (
        "#STEPS",
        "{ do = \"set-filter\", on = \"crm\", filter = \"tasks\", where = { ⟦shoe⟧ = \"44\" } },",
        "E207",
        "it has `owner`, `statecode`, `subject`",
    ),
    ("#STEPS", "{ do = \"disconnect\", on = \"desk\", ⟦from⟧ = \"crm\" },", "E102", "`on`"),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"desk\", item = \"call\", set = { prioritycode = ⟦3⟧ } },",
        "E303",
        "out of range",
    ),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"desk\", item = \"call\", set = { statuscode = ⟦6⟧ } },",
        "E303",
        "`2`, `3`, `4`, `5` and `7`",
    ),
    ("#STEPS", "{ do = \"edit\", on = \"crm\", item = \"zoe\", set = { statuscode = ⟦5⟧ } },", "E303", "`1` and `2`"),
    ("#STEPS", "{ expect = \"report\", on = \"desk\", to-crm = ⟦[1, 2]⟧ },", "E303", "three"),
    ("#PROTOCOL", "interval = ⟦\"14m\"⟧", "E303", "15m"),
    ("#PROTOCOL", "page-size = ⟦0⟧", "E303", "out of range"),
    ("#STEPS", "{ do = \"advance\", by = ⟦\"15 m\"⟧ },", "E304", "`1h30m`"),
    ("#STEPS", "{ do = \"edit\", on = \"desk\", item = \"call\", due = ⟦\"soon\"⟧ },", "E305", "`start`"),
    ("#STEPS", "{ do = \"edit\", on = \"desk\", item = \"call\", due = ⟦09:00:00⟧ },", "E305", "`start`"),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"desk\", item = \"call\", due = ⟦2011-03-01T09:00:00.0001Z⟧ },",
        "E305",
        "finer",
    ),
    ("#STEPS", "{ do = ⟦\"assign-task\"⟧, item = \"zoe\", on = \"desk\" },", "E306", "not built yet"),
    ("#ITEMS", "{ id = \"i\", kind = ⟦\"email\"⟧, side = \"both\" },", "E306", "not built yet"),
    ("#CLIENTS", "{ id = \"lap\", user = \"eve\", role = ⟦\"server-side-agent\"⟧ },", "E306", "not built yet"),
    ("#ROOT", "rules = [⟦\"EML-DEL\"⟧]", "E306", "not built yet"),
    ("#ROOT", "known = \"k\"\nviolates = [⟦\"one-way\"⟧]", "E306", "not built yet"),
    ("#CLIENTS", "{ id = ⟦\"crm\"⟧, user = \"eve\" },", "E308", "the server"),
    ("#CLIENTS", "{ id = ⟦\"a b\"⟧, user = \"eve\" },", "E308", "letters"),
    ("#ROOT", "cases = [{ row = ⟦\"a#b\"⟧ }]", "E308", "without `#`"),
    ("#ROOT", "unsettled = ⟦\" \"⟧", "E309", "a sentence"),
    ("#STEPS", "{ note = ⟦\"\"⟧ },", "E309", "a sentence"),
    // Meaning.
    ("#STEPS", "{ do = \"track\", item = \"zoe\", on = ⟦\"crm\"⟧ },", "E401", "a client"),
    ("#STEPS", "{ do = \"cancel\", item = \"call\", on = ⟦\"desk\"⟧ },", "E401", "on = \"crm\""),
    (
        "#STEPS",
        "{ do = \"edit\", item = \"zoe\", on = \"crm\", ⟦via⟧ = \"explorer\", set = { lastname = \"x\" } },",
        "E401",
        "in CRM",
    ),
    ("#STEPS", "{ do = \"delete\", item = \"zoe\", on = \"crm\", ⟦hard⟧ = true },", "E401", "in CRM"),
    ("#STEPS", "{ do = \"delete\", item = \"zoe\", on = \"desk\", ⟦as⟧ = \"ann\" },", "E401", "in Outlook"),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"desk\", item = \"zoe\", set = { ⟦business2⟧ = \"1\" } },",
        "E402",
        "only in CRM",
    ),
    (
        "#STEPS",
        "{ do = \"edit\", on = \"crm\", item = \"zoe\", set = { ⟦categories⟧ = \"x\" } },",
        "E402",
        "only in Outlook",
    ),
    ("#STEPS", "{ do = \"edit\", on = \"desk\", item = \"zoe\", ⟦parent⟧ = \"x\" },", "E402", "comes down"),
    (
        "#STEPS",
        "{ expect = \"fields\", on = \"base\", item = \"zoe\", set = { ⟦categories⟧ = \"x\" } },",
        "E402",
        "OriginalXML",
    ),
    ("#STEPS", "{ do = ⟦\"complete\"⟧, on = \"desk\", item = \"zoe\" },", "E403", "a contact"),
    ("#STEPS", "{ do = ⟦\"deactivate\"⟧, on = \"crm\", item = \"call\" },", "E403", "a task"),
    ("#STEPS", "{ do = \"edit\", on = \"desk\", item = \"zoe\", ⟦due⟧ = \"+2d\" },", "E403", "`scheduledend`"),
    ("#STEPS", "{ expect = \"same\", on = \"desk\", item = \"zoe\", as = ⟦\"call\"⟧ },", "E403", "a contact"),
    ("#STEPS", "{ do = \"track\", item = ⟦\"new\"⟧, on = \"desk\" },", "E404", "no step before"),
    ("#STEPS", "{ do = \"create\", item = ⟦\"zoe\"⟧, on = \"desk\" },", "E404", "at the start"),
    (
        "#STEPS",
        "{ do = \"create\", item = \"new\", on = \"desk\" },\n{ do = \"create\", item = ⟦\"new\"⟧, on = \"desk\" },",
        "E404",
        "an earlier step",
    ),
    (
        "#STEPS",
        "{ do = \"track\", item = ⟦\"eve\"⟧, on = \"desk\" },\n{ do = \"create\", new = \"eve\", kind = \"contact\", on = \"desk\" },",
        "E404",
        "no step before",
    ),
    ("#STEPS", "{ do = \"advance\", by = \"1h\" },\n{ at = ⟦\"59m\"⟧, do = \"settle\" },", "E405", "too early"),
    ("#STEPS", "{ at = ⟦\"-1m\"⟧, do = \"settle\" },", "E405", "too early"),
    (
        "#CLIENTS",
        "{ id = \"a\", user = \"eve\", role = \"primary\" },\n{ id = \"b\", user = \"eve\", role = ⟦\"primary\"⟧ },",
        "E406",
        "one primary",
    ),
    (
        "#CLIENTS",
        "{ id = \"a\", user = \"eve\", role = \"primary\" },\n{ id = \"b\", user = \"eve\", role = ⟦\"roaming\"⟧ },",
        "E420",
        "all are `roaming`",
    ),
    ("#CLIENTS", "{ id = \"lap\", user = \"ann\", role = \"secondary\", mailbox = ⟦\"bob\"⟧ },", "E420", "`delegate`"),
    ("#CLIENTS", "{ id = \"lap\", user = \"ann\", rights = {}, role = ⟦\"delegate\"⟧ },", "E420", "`mailbox`"),
    (
        "#CLIENTS",
        "{ id = \"lap\", user = \"ann\", role = \"delegate\", rights = {}, mailbox = ⟦\"ann\"⟧ },",
        "E420",
        "oneself",
    ),
    (
        "#CLIENTS",
        "{ id = \"lap\", user = \"ann\", role = \"delegate\", rights = {}, mailbox = ⟦\"bop\"⟧ },",
        "E202",
        "`bob`",
    ),
    ("#CLIENTS", "⟦{ id = \"lap\", user = \"eve\", mailbox = \"ann\" }⟧,", "E103", "`role` is missing"),
    (
        "#CLIENTS",
        "{ id = \"lap\", user = \"ann\", role = \"secondary\", machine = ⟦\"desk\"⟧ },",
        "E420",
        "one client a user, mailbox and machine",
    ),
    ("#STEPS", "{ do = \"make-primary\", on = \"desk\", via = ⟦\"explorer\"⟧ },", "E302", "`options`"),
    ("#STEPS", "{ do = \"make-primary\", on = \"home\", via = ⟦\"sign-in\"⟧ },", "E421", "another client"),
    (
        "#CLIENTS",
        "⟦{ id = \"lap\", user = \"bob\", role = \"delegate\", mailbox = \"ann\" }⟧,",
        "E420",
        "calendar = \"author\"",
    ),
    ("#CLIENTS", "{ id = \"lap\", user = \"ann\", role = \"secondary\", ⟦rights⟧ = {} },", "E420", "may do everything"),
    (
        "#CLIENTS",
        "{ id = \"lap\", user = \"bob\", role = \"delegate\", mailbox = \"ann\", rights = { ⟦task⟧ = \"editor\" } },",
        "E101",
        "`tasks`",
    ),
    (
        "#CLIENTS",
        "{ id = \"lap\", user = \"bob\", role = \"delegate\", mailbox = \"ann\", rights = { tasks = ⟦\"owner\"⟧ } },",
        "E302",
        "`author`",
    ),
    ("#ROOT", "violates = ⟦[\"quiet\"]⟧", "E407", "known"),
    ("#ROOT", "known = ⟦\"k\"⟧", "E407", "`violates`"),
    (
        "#ROOT",
        "known = \"k\"\nviolates = [\"quiet\"]\nwaive = [{ invariant = ⟦\"quiet\"⟧, why = \"w\" }]",
        "E408",
        "violates",
    ),
    ("#STEPS", "{ fault = \"partition\", on = \"desk\", until = ⟦\"first\"⟧ },", "E409", "wrong side"),
    (
        "#STEPS",
        "{ expect = \"calls\", on = \"desk\", call = \"post\", sent = 1, since = ⟦\"last\"⟧ },",
        "E409",
        "wrong side",
    ),
    ("#ROOT", "known = \"k\"\nbreaks = [⟦\"first\"⟧]", "E409", "only an expectation"),
    ("#STEPS", "{ fault = \"lose-reply\", on = \"desk\", call = ⟦\"save-item\"⟧ },", "E410", "on the wire"),
    ("#STEPS", "{ fault = \"garble\", on = \"desk\", call = ⟦\"save-item\"⟧ },", "E410", "on the wire"),
    ("#STEPS", "{ fault = \"short-page\", on = \"desk\", call = ⟦\"post\"⟧ },", "E410", "get-data"),
    ("#STEPS", "{ fault = \"slow-commit\", on = \"desk\", call = ⟦\"prepare\"⟧, for = \"1m\" },", "E410", "no write"),
    ("#STEPS", "{ fault = \"slow-commit\", on = \"crm\", ⟦call⟧ = \"update\", for = \"1m\" },", "E106", "on a client"),
    ("#STEPS", "{ fault = ⟦\"slow-commit\"⟧, on = \"desk\", for = \"1m\" },", "E103", "`call`"),
    ("#STEPS", "{ fault = \"slow-commit\", on = \"crm\", for = ⟦\"0s\"⟧ },", "E303", ""),
    (
        "#STEPS",
        "{ fault = \"false-notification\", on = \"desk\", item = \"zoe\", says = ⟦\"moved\"⟧ },",
        "E302",
        "deleted",
    ),
    ("#STEPS", "{ fault = \"torn-write\", on = \"desk\", call = ⟦\"delete-item\"⟧ },", "E410", "not such a write"),
    ("#STEPS", "{ do = ⟦\"save-cache\"⟧, on = \"desk\" },", "E103", "`id`"),
    ("#STEPS", "{ do = \"restore-cache\", on = \"desk\", from = ⟦\"first\"⟧ },", "E409", "no such copy"),
    ("#STEPS", "{ do = \"restore-cache\", on = \"desk\", from = ⟦\"last\"⟧ },", "E409", "wrong side"),
    ("#STEPS", "{ do = \"disable-addin\", on = ⟦\"crm\"⟧ },", "E401", "a client"),
    ("#STEPS", "{ fault = \"fail-write\", on = \"desk\", call = ⟦\"verify\"⟧ },", "E410", "not such a write"),
    (
        "#STEPS",
        "{ fault = \"store-unavailable\", on = \"desk\", call = ⟦\"write-cache\"⟧ },",
        "E410",
        "not in the mailbox",
    ),
    (
        "#STEPS",
        "{ fault = \"crash-after\", on = \"desk\", call = \"post\", table = ⟦\"SyncState\"⟧ },",
        "E410",
        "no table",
    ),
    ("#STEPS", "{ fault = \"lose-reply\", on = \"desk\", call = \"create\", item = ⟦\"t*\"⟧ },", "E412", "`t1`"),
    ("#ROOT", "⟦rows-end-equal⟧ = true", "E413", "none"),
    ("#STEPS", "{ do = \"settle\", ⟦rows⟧ = [\"a\"] },", "E413", "every step"),
    ("#ROOT", "known = \"k\"\nviolates = [\"quiet\"]\nalso = [⟦\"any\"⟧]", "E414", "may follow"),
];

/// A file with the wrong part put in, and the place where the error must be.
pub(super) fn marked(base: &str, part: &str, text: &str) -> (String, std::ops::Range<usize>) {
    let (text, root) = text.split_once("@@").unwrap_or((text, "#"));
    let marked = base.replace(part, text).replace("#ROOT", root);
    let start = marked.find('⟦').unwrap();
    let end = marked.find('⟧').unwrap() - '⟦'.len_utf8();
    (marked.replace(['⟦', '⟧'], ""), start..end)
}

/// What is missing from the errors of a file with something wrong.
pub(super) fn misses(base: &str, (part, text, code, help): &(&str, &str, &str, &str)) -> Option<String> {
    let (file, place) = marked(base, part, text);
    let Err(errors) = parse("dir/x.toml", &file) else { return Some(format!("{text}: no error\n")) };
    let told = errors.render(false);
    let error = &errors.list[0];
    let (line, column) = errors.position(place.start);
    // How far a syntax error reaches is the business of the TOML parser.
    let end = if *code == "E100" { error.span.end } else { place.end };
    let good = errors.list.len() == 1
        && error.code == *code
        && error.span == (place.start..end)
        && format!("{} {}", error.help.clone().unwrap_or_default(), error.label).contains(help)
        && told.contains(&format!("dir/x.toml:{line}:{column}\n"));
    (!good).then(|| format!("{text}: wanted {code} with {help} at {line}:{column}\n{told}\n"))
}

/// All of them, those of sweeps among them.
fn all_cases() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str, &'static str)> {
    CASES.iter().chain(RIGHTS).chain(super::sweeps::CASES)
}

#[test]
fn every_error_has_its_place_its_code_and_its_help() {
    assert!(parse("x.toml", BASE).is_ok(), "{}", parse("x.toml", BASE).unwrap_err());
    let failures: Vec<String> = all_cases().filter_map(|case| misses(BASE, case)).collect();
    assert!(failures.is_empty(), "{}", failures.join(""));
}

#[test]
fn every_code_is_used() {
    let used: BTreeSet<&str> = all_cases().chain(super::profiles::CASES).map(|(_, _, code, _)| *code).collect();
    // These concern the file as a whole and are tested apart.
    let elsewhere = ["E110", "E214", "E307", "E411", "E501", "E502", "E503", "E504", "E505", "E506", "E507"];
    for (code, _) in CODES {
        assert!(used.contains(code) || elsewhere.contains(code), "{code} is tested nowhere");
    }
}

fn only(path: &str, text: &str, code: &str) {
    let errors = parse(path, text).expect_err(code);
    assert_eq!(errors.list.iter().map(|error| error.code).collect::<Vec<_>>(), [code], "{errors}");
}

#[test]
fn the_file_as_a_whole_is_judged() {
    only("", &BASE.replace("format = 1", "format = 2\nclinets = 3"), "E110");
    only("", "[package]\nname = \"x y\"\nlong = [1]\n", "E103");
    only("dir/y.toml", BASE, "E411");
    only("dir/y.toml", &BASE.replace("#ROOT", "drawn = false"), "E411");
    let drawn = parse("dir/y.toml", &BASE.replace("#ROOT", "drawn = true")).expect("what is drawn may have any name");
    assert_eq!(drawn[0].name, "x");
    only("", " \n", "E504");
    only("", &format!("a = {}", "[".repeat(100_000)), "E505");
    only("", &format!("{} = 1", "a.".repeat(100_000)), "E505");
    only("", &"x".repeat(2 << 20), "E502");
    assert!(parse("-", BASE).is_ok());
}

#[test]
fn limits_hold() {
    let with = |part: &str, text: &str| BASE.replace(part, text);
    only("", &with("#ROOT", &format!("source = \"{}\"", "x".repeat(10_001))), "E307");
    assert!(parse("", &with("#ROOT", &format!("source = \"{}\"", "é".repeat(10_000)))).is_ok());
    only("", &with("#STEPS", &"{ do = \"settle\" },\n".repeat(1_999)), "E506");
    assert!(parse("", &with("#STEPS", &"{ do = \"settle\" },\n".repeat(1_998))).is_ok());
    assert!(parse("", &with("#STEPS", "{ do = \"sync\", on = \"desk\", times = 10000 },")).is_ok());
    only("", &with("#ROOT", &format!("cases = [{}]", "{},".repeat(501))), "E506");
    assert!(parse("", &with("#ROOT", &format!("cases = [{}]", "{},".repeat(500)))).is_ok_and(|rows| rows.len() == 500));
    let item = |n: u32| format!("{{ id = \"i{n}x\", kind = \"task\", side = \"both\", copies = 5000 }},");
    let many: String = (0..4).map(item).collect();
    only("", &with("#ITEMS", &many), "E506");
    // A large value that is used often.
    let big = "x".repeat(9_000);
    let step = "{ do = \"edit\", on = \"desk\", item = \"zoe\", set = { lastname = \"$big\" } },\n".repeat(500);
    only("", &with("#ROOT", &format!("cases = [{{ big = \"{big}\" }}]")).replace("#STEPS", &step), "E506");
    let rows = format!("cases = [{}]", "{},".repeat(200));
    only("", &with("#ROOT", &rows).replace("#STEPS", &"{ do = \"settle\" },\n".repeat(1_000)), "E506");
    only("", &with("#ROOT", &rows).replace("#STEPS", &format!("# {}\n", "x".repeat(400_000))), "E506");
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_the_file() {
    let file = BASE
        .replace("why = \"w\"", "why = \"\"")
        .replace("#STEPS", "{ do = \"synk\", on = \"desk\" },\n{ do = \"sync\", on = \"dsk\" },")
        .replace("#PROTOCOL", "relnk = 1");
    let errors = parse("", &file).unwrap_err();
    let codes: Vec<&str> = errors.list.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["E309", "E302", "E201", "E101"]);
    assert!(errors.list.windows(2).all(|pair| pair[0].span.start < pair[1].span.start));
}

#[test]
fn an_error_of_all_rows_is_told_once_and_one_of_a_row_names_it() {
    let file = BASE
        .replace("#ROOT", "cases = [{ row = \"good\", who = \"home\" }, { row = \"bad\", who = \"hom\" }]")
        .replace("#STEPS", "{ do = \"sync\", on = \"dsk\" },\n{ do = \"sync\", on = \"$who\" },");
    let errors = parse("", &file).unwrap_err();
    let labels: Vec<&str> = errors.list.iter().map(|error| error.label.as_str()).collect();
    assert_eq!(labels, ["unknown client", "unknown client, in row `bad`"]);
    assert!(errors.list[1].message.contains("`hom`"));
}

#[test]
fn a_flood_of_errors_is_cut() {
    let steps: String = (0..1_000).map(|n| format!("{{ do = \"a{n}\" }},")).collect();
    let errors = parse("", &BASE.replace("#STEPS", &steps)).unwrap_err();
    assert_eq!((errors.list.len(), errors.more), (100, 900));
    assert!(errors.render(false).contains("900 more errors"));
}
