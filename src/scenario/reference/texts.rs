//! What the keys of the format mean, one sentence each, with what holds where a key is not given.

use super::super::vocabulary::{Fault, Key, Takes};

/// A key, what it takes, and what it means.
pub(super) type KeyText = (&'static str, &'static str, &'static str);

pub(super) const ROOT: &[KeyText] = &[
    ("format", "1", "The version of the format; needed."),
    ("name", "a name", "The file's name without `.toml`; needed. That of a scenario that is `drawn` may be any."),
    ("why", "a sentence", "What must be true and why anybody would care; it opens every failure report; needed."),
    ("rules", "a list of rules", "The rules that the file exercises; one that no row follows fails the file."),
    ("source", "a sentence", "Where the case comes from."),
    ("tags", "a list of names", "Words to select scenarios by, with `--tag`."),
    ("start", "a datetime", "The clock at the first step; 2011-03-01T09:00:00Z unless given."),
    ("seed", "a whole number", "The key of what is drawn by chance; 0 unless given."),
    ("known", "a sentence", "Why the scenario is known to fail; it needs `violates` or `breaks`. Also for a row."),
    ("violates", "a list of invariants", "Invariants that must be violated. Also for a row."),
    ("also", "a list of invariants", "Invariants that may be violated in consequence. Also for a row."),
    ("breaks", "a list of step ids", "Expectations that must fail. Also for a row."),
    (
        "waive",
        "a list of waivers",
        "Invariants that are not judged, each with its reason; one that was not needed fails.",
    ),
    (
        "unsettled",
        "a sentence",
        "Why the scenario ends with its last step; else everything heals, settles and stays quiet.",
    ),
    (
        "golden",
        "a list of `state`, `journal`",
        "The snapshots that are kept of the run: of what exists at its end, of what happened. Each row has its own.",
    ),
    (
        "drawn",
        "true or false",
        "Whether a generator drew the scenario: a step that cannot be carried out where it is reached is skipped, and a fault or \
         a point that is never reached does not fail it; false unless given.",
    ),
    ("rows-end-equal", "true or false", "Whether all rows of `cases` must end in one state; false unless given."),
    ("cases", "a list of rows", "The file runs once for each row; `\"$name\"` stands for the row's value of `name`."),
    ("users", "a list of users", "Who has an account in CRM; the users of `clients` unless given."),
    ("clients", "a list of clients", "Who has which Outlook; needed but in a profile."),
    ("items", "a list of items", "What there is at the start, and what steps make under a name."),
    ("steps", "a list of steps", "What happens, in order; needed, and a profile has none."),
    ("protocol", "a table", "The base protocol and single switches; `base = \"hardened\"` unless given."),
    ("sweep", "a table", "A sweep over the points of one step; see there."),
    ("random", "a table", "What makes the file a profile, from which scenarios are drawn; see there."),
];

pub(super) const RANDOM: &[KeyText] = &[
    (
        "users",
        "two numbers",
        "How many users are drawn; `[1, 3]` unless given. Not beside `users` or `clients` of the file.",
    ),
    (
        "clients",
        "two numbers",
        "How many clients are drawn for all users together, each of whom has one at least; `[1, 4]` unless given. Not beside \
         `clients` of the file.",
    ),
    ("items", "two numbers", "How many items are drawn; `[1, 8]` unless given. Not beside `items` of the file."),
    ("steps", "two numbers", "How many steps are drawn, acts and faults together; `[20, 200]` unless given."),
    ("weights", "weights of acts", "How often each act comes up."),
    ("faults", "weights of faults", "How often each fault comes up, where there are faults."),
    ("kinds", "weights of kinds", "How often each kind comes up."),
    (
        "roles",
        "weights of roles",
        "How often each role comes up: `primary` and `roaming` among the clients of which a mailbox needs one (a few have only \
         `secondary`), the others among the further ones.",
    ),
    (
        "phases",
        "a table of percents",
        "The shares of runs without any fault (`fault-free`, 20 unless given), with exactly one (`single-fault`, 20) and of long \
         runs with few (`rare-fault`, 10); the others have a mixture. In a share of all (`away`, 10) some clients stay away for \
         good.",
    ),
    (
        "own",
        "a table of percents",
        "The shares of runs in which users have privileges (`privileges`, 30 unless given) and filters (`filters`, 30) of their \
         own, and clients settings (`settings`, 30); 0 leaves them out. What the file names stays as it is. The acts `grant`, \
         `revoke`, `set-filter` and `option`, which change them later, have weights.",
    ),
];

pub(super) const USER: &[KeyText] = &[
    ("id", "a name", "The user's name; needed. The first user acts in CRM unless a step says otherwise."),
    ("email", "an e-mail address", "By what appointments name the user; `<id>@example.com` unless given."),
    (
        "privileges",
        "a list of privileges",
        "What the user may do beyond one's own and shared records; everything unless given.",
    ),
    ("filters", "a list of filters", "The user's filters; of a kind that none names, the default filter."),
];

pub(super) const FILTER: &[KeyText] = &[
    (
        "id",
        "a name",
        "The filter's name; needed. The defaults are `contacts` (active ones of mine), `tasks` (mine) and `appointments` (in which I take part).",
    ),
    ("kind", "a kind", "The kind of record; needed."),
    (
        "where",
        "conditions",
        "`owner = \"me\"`, of appointments `party = \"me\"`, `statecode` and fields of the kind, all of which must fit; none fits everything.",
    ),
    ("active", "true or false", "Whether the filter counts; true unless given."),
];

pub(super) const CLIENT: &[KeyText] = &[
    ("id", "a name", "The client's name; needed."),
    ("user", "a user", "Who sits at it; needed."),
    ("mailbox", "a user", "Whose mailbox it shows: somebody else's for a delegate, else the user's own."),
    (
        "machine",
        "a name",
        "The machine that it runs on; named as the client unless given. A user has one client a mailbox there.",
    ),
    (
        "role",
        "`primary`, `secondary`, `delegate` or `roaming`",
        "What it is for that mailbox; a user's only client is primary unless given.",
    ),
    (
        "rights",
        "a table",
        "What a delegate may do: `none`, `reviewer`, `author` or `editor` for `calendar`, `tasks`, `inbox` and `contacts`; \
         `none` where a folder is not named. Needed for a delegate.",
    ),
    ("running", "true or false", "Whether Outlook runs at the start; true unless given."),
    ("online", "true or false", "Whether it is connected to CRM at the start; true unless given."),
    ("addin", "true or false", "Whether the add-in is enabled at the start; true unless given."),
    ("clock", "a duration", "How far its clock is off, as `-1h` or `5m`; right unless given."),
    ("settings", "a table", "Its settings, as far as they are not the usual ones."),
];

pub(super) const SETTINGS: &[KeyText] = &[
    ("kinds", "a list of kinds", "The kinds that come down from CRM; all unless given."),
    ("update-company", "true or false", "Whether the parent account fills the Company field; false unless given."),
    ("interval", "a duration", "The time between background cycles, 15m at least; the protocol's unless given."),
    ("automatic", "true or false", "Whether background cycles run; true unless given."),
];

pub(super) const ITEM: &[KeyText] = &[
    ("id", "a name", "The alias by which steps name it; needed."),
    ("kind", "`contact`, `task` or `appointment`", "Its kind; needed."),
    (
        "side",
        "`outlook`, `crm`, `both` or `none`",
        "Where it is at the start; `both` is linked and equal, `none` is for a step to make; needed.",
    ),
    ("owner", "a user", "Who owns the record; the first client's user unless given."),
    (
        "shared-with",
        "a list of users",
        "Who may read the record beside its owner, with or without the privilege; nobody unless given.",
    ),
    (
        "holder",
        "a user",
        "Whose mailbox holds the item; the owner's unless given. What is on both sides and does not belong there has left its filter.",
    ),
    ("tracked", "true or false", "Whether a person tracked it; false unless given."),
    ("regarding", "a text", "What a task concerns; it stands for `regardingobjectid`."),
    ("parent", "a text", "A contact's parent account; it stands for `parentcustomerid`."),
    ("due", "a moment", "When a task is due; it stands for `scheduledend`."),
    ("starts", "a moment", "When it starts, an appointment two days after `start` unless given; for `scheduledstart`."),
    ("lasts", "a duration", "How long an appointment takes; an hour unless given. For `scheduleddurationminutes`."),
    ("organizer", "a user or an address", "Who organizes an appointment; whoever makes it unless given."),
    ("required", "a list of users and addresses", "Who must attend; it stands for `requiredattendees`."),
    ("optional", "a list of users and addresses", "Who may attend; it stands for `optionalattendees`."),
    ("set", "fields", "Its fields and their values."),
    (
        "copies",
        "a whole number",
        "How many there are, named `id1`, `id2` and so on; `id*` is all of them. One, named `id`, unless given.",
    ),
    (
        "rank",
        "`first`, `last` or a whole number",
        "Its place in the order of ids among its kind; by chance unless given.",
    ),
];

pub(super) const ROW: &[KeyText] = &[
    ("row", "a label", "The row's name; its number from 1 unless given."),
    ("protocol", "a table", "The base and the switches that this row changes."),
    ("known", "a sentence", "As for the file; also `violates`, `also` and `breaks`."),
    ("violates", "a list of invariants", "As for the file."),
    ("also", "a list of invariants", "As for the file."),
    ("breaks", "a list of step ids", "As for the file."),
];

pub(super) const WAIVER: &[KeyText] = &[
    ("invariant", "an invariant", "The invariant that is not judged; needed."),
    ("from", "a step id", "From which step on; from the start unless given."),
    ("why", "a sentence", "Why; needed."),
];

pub(super) const STEP: &[KeyText] = &[
    ("do", "an act", "What a person, an administrator or the world does."),
    ("fault", "a fault", "A fault that is armed here and strikes later; one that never strikes fails the scenario."),
    ("expect", "an expectation", "What must be so when the step is reached."),
    ("note", "a sentence", "A remark for the reader. A step has one of `do`, `fault`, `expect` and `note`."),
    ("id", "a name", "The step's name, for `breaks`, `until`, `since` and `waive`; none unless given."),
    (
        "at",
        "a duration",
        "When it happens, from the start; at once, when what came before is over, unless given. Times never go back.",
    ),
    ("rows", "a list of labels", "The rows of `cases` in which the step is there; all unless given."),
    (
        "background",
        "true or false",
        "Acts only: whether the next step begins before what this one started is over; false unless given.",
    ),
    ("when", "a table", "Acts only: the point inside a call where the act takes place, instead of here."),
    ("not", "true or false", "Expectations only: whether the opposite is expected; false unless given."),
];

pub(super) const WHEN: &[KeyText] = &[
    ("on", "a client", "Who makes the call; needed."),
    ("call", "a call", "Which call; needed."),
    (
        "point",
        "`before-send`, `applied` or `answered`",
        "Before it is made, when it was carried out, or when the answer is there; needed.",
    ),
    ("nth", "a whole number", "Which such call; the next (1) unless given."),
    ("item", "an item", "Only calls that concern this item; any unless given."),
    ("table", "a table of the cache", "Only writes to this table, with `call = \"write-cache\"`; any unless given."),
];

pub(super) const SWEEP: &[KeyText] = &[
    (
        "step",
        "the id of a step",
        "The step that is swept; needed. Its calls are those that all clients make from the end of the step before it to \
         its own end.",
    ),
    (
        "kinds",
        "a list of faults",
        "The faults that strike each call of the step, one a run: `crash-before` and `crash-after` every durable write and \
         message (the client restarts at once), `lose-request`, `lose-reply`, `deliver-twice` and `garble` every message.",
    ),
    (
        "orders",
        "`acts` or `pages`",
        "What is brought into every order: the acts of people from the named step on, up to the first step of another \
         sort (acts on one item keep their order), or the items of each kind in the order of ids, by `rank`.",
    ),
    (
        "sample",
        "a whole number",
        "How many orders are drawn by the seed where there are more; needed where there are more than can all be run.",
    ),
    ("allow", "a list", "The points that are known to go wrong; one that goes as it should fails the file."),
];

pub(super) const ALLOW: &[KeyText] = &[
    (
        "at",
        "a text",
        "Where the point is, as its name says behind the kind: `desk:write-cache:7` is the seventh such call of the \
         client, `2-1-3` an order of acts, `contact:2-1-3` one of items; needed.",
    ),
    ("kind", "a fault, `acts` or `pages`", "The kind of the point; needed."),
    (
        "violates",
        "a list",
        "Exactly what goes wrong there: invariants, and `end-state` where it does not end as the undisturbed run; needed.",
    ),
    ("why", "a sentence", "Why; needed."),
    ("rows", "a list of labels", "The rows of `cases` for which it holds; all unless given."),
];

/// What a key of a step means.
pub(super) fn of_key(key: Key) -> &'static str {
    match key {
        Key::On => "The client where it happens, or `crm`.",
        Key::Item => "The item that is meant; for calls and faults only those that concern it, any unless given.",
        Key::New => "The name of what is made, where `items` does not declare it.",
        Key::Kind => "The kind, or for the journal what happened.",
        Key::Set => "The fields, columns or settings with their values.",
        Key::Via => {
            "Where the person acts; `inspector` unless given. On a primary client, what is finished in an inspector is sent \
             at once, except a deletion; from the `explorer`, only tracking, untracking and what a task concerns are. \
             Everything else waits for a cycle."
        }
        Key::Close => {
            "Whether the inspector is closed at the end of the act; true unless given. What is open is not sent."
        }
        Key::Hard => "Whether it is deleted for good, past the Deleted Items folder; false unless given.",
        Key::Crm => "What becomes of the CRM record; `keep` unless given.",
        Key::Regarding => "What a task concerns; in `create` and `edit` it stands for the field `regardingobjectid`.",
        Key::Parent => "A contact's parent account; it stands for the field `parentcustomerid`.",
        Key::Due => "When a task is due; it stands for the field `scheduledend`.",
        Key::Starts => {
            "When an appointment or a task starts; it stands for the field `scheduledstart`. An appointment keeps its length."
        }
        Key::Lasts => "How long an appointment takes; it stands for the field `scheduleddurationminutes`.",
        Key::Organizer => "Who organizes an appointment; it stands for the field `organizer`.",
        Key::Required => "Who must attend an appointment; it stands for the field `requiredattendees`.",
        Key::Optional => "Who may attend an appointment; it stands for the field `optionalattendees`.",
        Key::With => "The users who are invited, or the answer to a prompt.",
        Key::As => "The user who acts in CRM, the first one unless given; for `same` and `different` another item.",
        Key::To => {
            "The user whom it concerns; for `move` another folder of the mailbox (`folder`) or the synchronized one."
        }
        Key::Rights => "What the record is shared for, `read` unless given; or the privileges that are given or taken.",
        Key::Filter => "The filter, by its id.",
        Key::Where => "The conditions of the filter, all of which must fit.",
        Key::Mailbox => "Whose mailbox is moved.",
        Key::Properties => "Whether the items keep crmid, link state and OriginalXML on the way; true unless given.",
        Key::Active => "Whether the filter counts; as it was unless given, true for a new one.",
        Key::Remove => "Whether the filter is taken away; false unless given.",
        Key::By => "How long, or how far a clock is moved.",
        Key::Times => {
            "How often; 1 unless given. For a fault with `until`: as often as it can. 0 arms nothing; for `writes` it is no \
             write."
        }
        Key::Call => "The call that is addressed.",
        Key::Table => "The table that is addressed.",
        Key::Nth => "Which such call is the first to be struck; the next (1) unless given.",
        Key::Until => "The id of the later step at which the window ends; the end of the steps unless given.",
        Key::Code => "The code of the refusal or the error; any error unless given.",
        Key::For => "How long the transaction stays open.",
        Key::Says => "What the notification says of the item.",
        Key::Side => "Which side, where `on` is not given.",
        Key::Is => "How many there are.",
        Key::Sent => "How many were sent; not judged unless given.",
        Key::Applied => "How many the server carried out; not judged unless given.",
        Key::Answered => "How many answers arrived; not judged unless given.",
        Key::From => "The id of the earlier step that saved the copy.",
        Key::Since => "The id of the earlier step from which is counted; the start unless given.",
        Key::Fields => "The fields that were written; any unless given.",
        Key::ToOutlook => "What came down from CRM.",
        Key::ToCrm => "What went up to CRM.",
        Key::Rows => "How many rows there are; one at least unless given.",
        Key::Error => "The code that the row carries; any row unless given.",
        Key::Field => "The field that was lost.",
        Key::Lost => "The value that was lost.",
        Key::Cycles => "How many cycles; 4 unless given.",
        Key::Restart => "Whether the client starts again at once; false unless given.",
        Key::Prompt => "The prompt that is answered.",
    }
}

/// What a key of a step means beside a word, where it means something of its own there.
pub(super) fn of_key_in(word: &str, key: Key, takes: Takes) -> &'static str {
    let of_fault = Fault::parse(word).is_some();
    match (key, takes) {
        (Key::On, Takes::Client) if of_fault => "The client that it strikes.",
        (Key::On, Takes::Client) => "The client where it happens.",
        (Key::On, Takes::ClientOrCrm) if word == "slow" => "The client that is answered late, or `crm` for all.",
        (Key::On, Takes::ClientOrCrm) if of_fault => {
            "The client whose request it is, or `crm` for a person's act there."
        }
        (Key::On, Takes::ClientOrCrm) => "Where: in a client's Outlook, or in CRM.",
        (Key::On, Takes::ClientCrmOrBase) => "Which copy: a client's item, the record, or OriginalXML.",
        (Key::Via, _) if word == "make-primary" => {
            "How: in the `options` of a running Outlook (unless given), in the configuration `wizard`, or in the dialog of \
             the `sign-in`, which starts Outlook."
        }
        (Key::Item, _) if word == "false-notification" => "The item of which it is told.",
        (Key::Item, _) if of_fault || word == "calls" => "Only what concerns this item; anything unless given.",
        (Key::Item, _) => "The item that is meant.",
        (Key::Kind, _) if word == "journal" => "What happened.",
        (Key::With, _) if word == "answer" => {
            "The answer: `delete` lets the deletions go on, `keep` keeps what would have been deleted."
        }
        (Key::Kind, _) if matches!(word, "prompt" | "guard") => "What the prompt is about; any unless given.",
        (Key::Is, _) if matches!(word, "prompt" | "guard") => {
            "How many deletions wait for the answer; any unless given."
        }
        (Key::Kind, _) => "The kind.",
        (Key::Set, Takes::Columns) if word == "option" => "The settings that change.",
        (Key::Set, Takes::Columns) => "Only rows with these values; any unless given.",
        (Key::Set, _) => "Fields and their values.",
        (Key::As, Takes::User) => "The user who acts in CRM; the first one unless given.",
        (Key::As, _) => "Another item to compare with; the item's own record unless given.",
        (Key::Rights, Takes::Rights) => "What the record is shared for; `read` unless given.",
        (Key::Rights, _) => "The privileges.",
        (Key::Times, Takes::Cycles) => "How many cycles; 1 unless given.",
        (Key::Times, _) if of_fault => {
            "How often it strikes; 1 unless given, and with `until` as often as it can. 0 arms nothing."
        }
        (Key::Times, _) => "How often; 1 unless given, and 0 is never.",
        (Key::Rows, _) => "How many rows there are; at least one unless given.",
        (Key::Code, _) if of_fault => "The code that the server answers.",
        _ => of_key(key),
    }
}
