//! One fact in words: who, and what they did.
//!
//! The same words make a line of the trace (who and what in two columns) and a sentence of a story (one after the other).

use super::names::Names;
use crate::journal::{ClientChange, EntryCause, EntryState, LinkState, Note, Prompt, Report, RowView, Tally, What};
use crate::mailbox::Folder;
use crate::model::{Answer, Call, CrmId, ItemId, Right, Side, Surface};
use crate::protocol::UserAct;

/// A fact in words. `who` and `what`, joined by a space, are a sentence without its full stop.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phrase {
    /// Who did it.
    pub who: String,
    /// What they did.
    pub what: String,
}

fn phrase(who: impl Into<String>, what: impl Into<String>) -> Phrase {
    Phrase { who: who.into(), what: what.into() }
}

impl Phrase {
    /// The sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} {}.", self.who, self.what)
    }
}

/// Says a fact.
#[must_use]
pub fn say(names: &Names<'_>, what: &What) -> Phrase {
    use What::*;
    match *what {
        Step { step } => phrase("the scenario", format!("takes the step {}", step_named(names, step as usize))),
        Skipped { step, why } => {
            let why = names.world.skipped.get(why as usize).map_or("", String::as_str);
            phrase(
                "the scenario",
                format!("skips the step {}, which cannot be carried out: {why}", step_named(names, step as usize)),
            )
        }
        FaultFired { step } => phrase("a fault", format!("strikes: {}", step_named(names, step as usize))),
        Acted { client, item, act, surface, complete } => {
            let open = if complete || surface == Surface::Explorer { "" } else { " and leaves it open" };
            let place = match surface {
                Surface::Inspector => "in an inspector",
                Surface::Explorer => "in the explorer",
            };
            let what = format!("{} {} on {}, {place}{open}", act_word(act), names.item(item), names.client(client));
            phrase(names.user_of(client), what)
        }
        InspectorClosed { client, item } => phrase(
            names.user_of(client),
            format!("closes the inspector of {} on {}", names.item(item), names.client(client)),
        ),
        RecordCreated { .. } | RecordChanged { .. } | RecordDeleted { .. } | RecordAssigned { .. } => {
            say_record(names, what)
        }
        ItemCreated { .. }
        | ItemChanged { .. }
        | ItemDeleted { .. }
        | ItemMoved { .. }
        | ItemMigrated { .. }
        | LinkChanged { .. }
        | BaseChanged { .. } => say_item(names, what),
        AccessChanged { record, user, rights, by } => {
            let (record, user) = (names.record(record), names.user(user));
            let words: Vec<&str> = rights.iter().map(Right::word).collect();
            let what = match words.as_slice() {
                [] => format!("shares {record} with {user} no more"),
                _ => format!("shares {record} with {user}: {}", words.join(", ")),
            };
            phrase(names.by(by), what)
        }
        PrivilegesChanged { user } => phrase(names.user(user), "has other privileges from here on"),
        FiltersChanged { user } => phrase(names.user(user), "has other filters from here on"),
        TrackingChanged { user, record, track } => {
            let noted = if track { "notes" } else { "forgets" };
            phrase("CRM", format!("{noted} that {} tracks {} by hand", names.user(user), names.record(record)))
        }
        IdChosen { .. } => phrase("CRM", "chooses the id of the next record"),
        PrimaryChanged { user, to: Some(to), .. } => {
            phrase("CRM", format!("has {} synchronize for {}", names.client(to), names.user(user)))
        }
        PrimaryChanged { user, to: None, .. } => {
            phrase("CRM", format!("has nobody synchronize for {}", names.user(user)))
        }
        ServerRestarted => phrase("CRM", "ends and starts again; what was under way is lost"),
        DeletionLogPurged => phrase("CRM", "empties its deletion log"),
        Sent { request, client, call, item, record, .. } => {
            phrase(names.client(client), format!("{} (request {request})", sends(names, call, item, record)))
        }
        Applied { request, client, call, answer } => {
            let client = names.client(client);
            let what = match answer {
                Answer::Ok => format!("carries out {call} of {client} (request {request})"),
                _ => format!("refuses {call} of {client} (request {request}): {answer}"),
            };
            phrase("CRM", what)
        }
        Answered { request, client, call, answer } => {
            let what = match answer {
                Answer::Timeout => format!("gives up waiting for {call} (request {request})"),
                _ => format!("has the answer to {call} (request {request}): {answer}"),
            };
            phrase(names.client(client), what)
        }
        EntryMoved { user, record, from, to, cause, .. } => {
            let why = match cause {
                EntryCause::Prepare => "PrepareSync",
                EntryCause::Acknowledge => "the acknowledgement",
                EntryCause::Create => "the client's own write",
            };
            let row = format!("the SyncEntry of {} for {}", names.record(record), names.user(user));
            phrase("CRM", format!("moves {row} from {} to {} by {why}", entry(from), entry(to)))
        }
        Prepared { user, visited, watermark } => {
            let user = names.user(user);
            phrase("CRM", format!("prepares for {user}: rows visited {visited}, watermark {watermark}"))
        }
        Healed => phrase("everything", "heals: no more faults, everybody runs and is connected"),
        Settling { began: true, .. } => phrase("everybody", "begins to settle"),
        Settling { began: false, rounds } => phrase("everybody", format!("has settled after {rounds} rounds")),
        Followed { rule } => phrase("the rule", format!("{rule} is followed: {}", rule.rule().says)),
        EditLost { item, record, field, value, side, rule } => {
            let side = if side == Side::Crm { "CRM" } else { "Outlook" };
            let lost = format!("{} = {} of {side}", field.name(), names.value(value));
            phrase("the merge", format!("of {} drops {lost} ({rule})", names.subject(item, record)))
        }
        _ => say_client(names, what),
    }
}

fn say_record(names: &Names<'_>, what: &What) -> Phrase {
    use What::*;
    match *what {
        RecordCreated { record, kind, owner, content, by, origin } => {
            let from = origin.map_or(String::new(), |_| " from its item".to_owned());
            let (record, owner) = (names.record(record), names.user(owner));
            let fields = names.fields(content);
            phrase(names.by(by), format!("makes the {kind} {record} in CRM{from}, owned by {owner}: {fields}"))
        }
        RecordChanged { record, before, after, by } => {
            phrase(names.by(by), format!("changes {} in CRM: {}", names.record(record), names.changes(before, after)))
        }
        RecordDeleted { record, by } => phrase(names.by(by), format!("deletes {} in CRM", names.record(record))),
        RecordAssigned { record, from, to, by } => {
            let (from, to) = (names.user(from), names.user(to));
            phrase(names.by(by), format!("assigns {} in CRM from {from} to {to}", names.record(record)))
        }
        _ => phrase("somebody", "does something to a record"),
    }
}

fn say_item(names: &Names<'_>, what: &What) -> Phrase {
    use What::*;
    match *what {
        ItemCreated { item, kind, content, by, origin, .. } => {
            let from = origin.map_or(String::new(), |_| " from its record".to_owned());
            let fields = names.fields(content);
            phrase(names.by(by), format!("makes the {kind} {} in Outlook{from}: {fields}", names.item(item)))
        }
        ItemChanged { item, before, after, by } => {
            phrase(names.by(by), format!("changes {} in Outlook: {}", names.item(item), names.changes(before, after)))
        }
        ItemDeleted { item, purged, by } => {
            let how = if purged { "deletes {} in Outlook for good" } else { "deletes {} in Outlook" };
            phrase(names.by(by), how.replace("{}", &names.item(item)))
        }
        ItemMoved { item, place, by } => {
            let place = match place {
                Folder::Synchronized => "into its synchronized folder",
                Folder::Elsewhere => "to another folder",
                Folder::DeletedItems => "to Deleted Items",
                Folder::OtherStore | Folder::Purged => "to an archive",
            };
            phrase(names.by(by), format!("moves {} in Outlook {place}", names.item(item)))
        }
        ItemMigrated { item, properties, .. } => {
            let how = if properties { "" } else { " and loses its named properties" };
            phrase("the mailbox", format!("moves to another server: {} has another EntryId{how}", names.item(item)))
        }
        LinkChanged { item, state, record, by } => {
            let state = match (state, record) {
                (LinkState::Unmarked, _) => "not tracked",
                (LinkState::WasTracked, _) => "not tracked any more",
                (LinkState::Pending, None) => "to be tracked",
                (LinkState::Pending, Some(_)) => "to be tracked, with the id of its record",
                (LinkState::Tracked, None) => "tracked, without the id of a record",
                (LinkState::Tracked, Some(_)) => "tracked",
            };
            phrase(names.by(by), format!("marks {} in Outlook as {state}", names.item(item)))
        }
        BaseChanged { item, base, by } => {
            let fields = names.fields(base);
            phrase(names.by(by), format!("writes OriginalXML of {}: {fields}", names.item(item)))
        }
        _ => phrase("somebody", "does something to an item"),
    }
}

fn say_client(names: &Names<'_>, what: &What) -> Phrase {
    use What::*;
    match *what {
        MapWritten { client, row: Some(row), .. } => {
            let linked = if row.linked { "linked" } else { "not linked" };
            let deleted = if row.deleted_locally { ", deleted by the user" } else { "" };
            let what = format!("writes {} to IdMappingTable: {linked}{deleted}", names.item(row.item));
            phrase(names.client(client), what)
        }
        MapWritten { client, map, row: None } => {
            phrase(names.client(client), format!("drops row {map} of IdMappingTable"))
        }
        MapVerified { client, map } => {
            phrase(names.client(client), format!("finds the item of row {map} of IdMappingTable in its place"))
        }
        RowWritten { client, row } => phrase(
            names.client(client),
            format!("queues {} in OutlookSyncTable: {}", names.subject(row.item, row.record), row_changes(row)),
        ),
        RowDropped { client, row } => phrase(
            names.client(client),
            format!("takes {} out of OutlookSyncTable", names.subject(row.item, row.record)),
        ),
        SyncStateWritten { client } => phrase(names.client(client), "writes SyncState"),
        CycleStarted { client, manual } => {
            let how = if manual { "by hand" } else { "in the background" };
            phrase(names.client(client), format!("begins a cycle {how}"))
        }
        CycleDropped { client } => phrase(names.client(client), "drops a cycle because another operation runs"),
        CycleEnded { client, answer: Answer::Ok, report } => {
            phrase(names.client(client), format!("ends its cycle: {}", report_words(report)))
        }
        CycleEnded { client, answer, .. } => phrase(names.client(client), format!("breaks its cycle off: {answer}")),
        ImmediateEnded { client, item, answer } => {
            let answer = if answer == Answer::Ok { "done".to_owned() } else { answer.to_string() };
            phrase(names.client(client), format!("ends sending {} at once: {answer}", names.item(item)))
        }
        RowFailed { client, item, record, answer } => phrase(
            names.client(client),
            format!("fails on {}: {answer}; the row stays for the next cycle", names.subject(item, record)),
        ),
        Ignored { client, item, record } => phrase(
            names.user_of(client),
            format!("ignores the error of {} on {}", names.subject(item, record), names.client(client)),
        ),
        GuardRaised { client, prompt, deletions, mapped } => {
            let why = match prompt {
                Prompt::MassDeletion => format!("{deletions} deletions are due and {mapped} pairs are mapped"),
                Prompt::EmptyStore => format!("the mailbox lists nothing and {mapped} pairs are mapped"),
            };
            phrase(names.client(client), format!("stops before the first deletion and asks ({prompt}): {why}"))
        }
        PromptAnswered { client, prompt, delete } => {
            let answer = if delete { "delete" } else { "keep" };
            phrase(names.user_of(client), format!("answers the prompt {prompt} on {}: {answer}", names.client(client)))
        }
        Spared { client, item, record } => phrase(
            names.user_of(client),
            format!("keeps what {} would have deleted of {}", names.client(client), names.subject(item, record)),
        ),
        Noted { note, item, record, client, rule } => {
            let subject = names.subject(item, record);
            let what = match note {
                Note::Unlinked => format!("leaves {subject} in Outlook without its record"),
                Note::DeletedInOutlook => format!("deletes {subject} in Outlook because its record went"),
                Note::DeletedInCrm => format!("deletes {subject} in CRM because its item went"),
                Note::Kept => format!("lets the record of {subject} stay"),
                Note::MadeAgain => format!("makes {subject} again because its other copy was edited"),
                Note::Relinked => format!("links {subject} to its record again"),
                Note::NoCrmButtons => format!("shows no buttons of CRM for {subject}"),
                Note::NoFolderRight => format!("may not do that to {subject} in the folder"),
            };
            phrase(names.client(client), format!("{what} ({rule})"))
        }
        Client { client, change } => {
            let change = match change {
                ClientChange::Opened => "is started",
                ClientChange::Closed => "is closed",
                ClientChange::Crashed => "crashes",
                ClientChange::Connected => "is connected again",
                ClientChange::Disconnected => "loses its connection to CRM",
                ClientChange::CacheLost => "loses its cache file",
                ClientChange::CacheRestored => "has an old copy of its cache file in place",
                ClientChange::AddinDisabled => "goes on without the add-in, which is disabled",
                ClientChange::AddinEnabled => "has the add-in again",
                ClientChange::ClockSet => "has its clock set",
                ClientChange::SettingsChanged => "gets other settings",
                ClientChange::Installed => "is set up on a clean machine",
                ClientChange::Uninstalled => "is taken off its machine",
                ClientChange::Reconfigured => "is set up anew",
                ClientChange::StartedOver => "empties its cache to ask for everything",
                ClientChange::Removed => "is dropped from SubscriptionClients",
            };
            phrase(names.client(client), change)
        }
        _ => phrase("somebody", "does something"),
    }
}

/// What a client that sends a request does.
#[must_use]
pub fn sends(names: &Names<'_>, call: Call, item: Option<ItemId>, record: Option<CrmId>) -> String {
    match (item, record) {
        (None, None) => format!("sends {call}"),
        _ => format!("sends {call} for {}", names.subject(item, record)),
    }
}

/// A step by its text and its line.
fn step_named(names: &Names<'_>, step: usize) -> String {
    match names.scenario.steps.get(step).map_or(0, |step| step.line) {
        // A step that no file holds, such as the fault of a sweep's point.
        0 => names.step(step).to_owned(),
        line => format!("{} (line {line})", names.step(step)),
    }
}

fn act_word(act: UserAct) -> &'static str {
    match act {
        UserAct::Track => "tracks",
        UserAct::SetRegarding => "sets what is regarded by",
        UserAct::Update => "edits",
        UserAct::Untrack => "untracks",
        UserAct::Delete => "deletes",
    }
}

fn entry(state: EntryState) -> &'static str {
    match state {
        EntryState::Absent => "no row",
        EntryState::Done => "0 (delivered)",
        EntryState::Upsert => "1 (to be delivered)",
        EntryState::Remove => "2 (to be removed)",
    }
}

fn row_changes(row: RowView) -> String {
    let outlook = match row.outlook_change {
        0 => None,
        1 => Some("changed in Outlook"),
        2 => Some("deleted in Outlook"),
        3 => Some("untracked"),
        _ => Some("untracked, the record to be deleted"),
    };
    let crm = match row.crm_change {
        0 => None,
        1 => Some("changed in CRM"),
        _ => Some("gone from CRM"),
    };
    let error = row.error.map(|error| format!("error {error}"));
    let parts: Vec<String> = outlook.into_iter().chain(crm).map(str::to_owned).chain(error).collect();
    if parts.is_empty() { "no change".to_owned() } else { parts.join(", ") }
}

fn report_words(report: Report) -> String {
    let tally = |name: &str, tally: Tally| {
        let Tally { added, updated, deleted } = tally;
        format!("{name} {added} added, {updated} updated, {deleted} deleted")
    };
    let failed = if report.failed == 0 { String::new() } else { format!("; {} failed", report.failed) };
    format!("{}; {}{failed}", tally("to Outlook", report.to_outlook), tally("to CRM", report.to_crm))
}
