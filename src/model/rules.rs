//! The registry of rules: every statement about synchronization that the simulator answers for,
//! each under an id of its own.
//!
//! Three parties meet here. The code names an id, with [`rule!`](crate::rule), at the place where
//! it decides what the rule says. A run marks the id as hit whenever it passes such a place. A
//! scenario lists the ids that it exercises. Comparing the three shows which rules are decided
//! nowhere, which no run has ever reached, and which scenario claims more than it does.
//!
//! The file is longer than most because it is one table: a row a rule, in the order of the families.
//!
//! An id is looked up while the program is compiled, so a misspelt one does not build:
//!
//! ```
//! let tie = crmsim::rule!("MRG-TIE");
//! assert_eq!(tie.to_string(), "MRG-TIE");
//! ```
//!
//! The part of an id before the first hyphen tells its family:
//!
//! | family | subject |
//! |---|---|
//! | `MOD`, `SUB` | copies, clients and their roles, subscriptions |
//! | `TRG`, `IMM` | what starts synchronization, and what is sent at once |
//! | `EML` | e-mail |
//! | `DET` | how changes in Outlook are noticed |
//! | `PRE`, `GSD`, `PST`, `SSI` | the server's part: prepare, get the data, acknowledge, record |
//! | `CYC`, `CACHE`, `ERR`, `MRG` | the client's cycle, its cache, its errors, and merging |
//! | `DEL`, `DUP` | deletion, and how duplicates arise or are avoided |
//! | `SET`, `FLT`, `PRV`, `FLS` | settings, filters, privileges, secured fields |
//! | `OFF` | going offline and online |
//! | `TRB` | troubleshooting |
//! | `MAP` | one row of the data mappings each, as `MAP-<kind>-<attribute>`, and two on mapping as such |
//! | `D` | the reading taken where the sources are silent or disagree |
//!
//! What is sent at once has one id for each cell: `IMM-ACT-<role>-<act>-<surface>` for contacts,
//! tasks and appointments, where the role is `PRI` (primary) or `SEC` (secondary), and
//! `IMM-MAIL-<act>-<surface>` and `IMM-DRAFT-<act>-<surface>` for e-mail, where the role does not
//! matter. `UPDX` is an update in an Explorer, `ABSENT` a change made where the add-in is absent.
//!
//! A rule that lies outside what the simulator models so far stands here too, with
//! [`Rule::built`] false, so that its id is known and its absence is a statement.

use std::fmt;

/// One rule of synchronization.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The id by which code, runs and scenarios name the rule.
    pub id: &'static str,
    /// What the rule says, in one sentence.
    pub says: &'static str,
    /// Whether the simulator models it, so that some run is expected to hit it.
    pub built: bool,
}

/// A rule that the simulator models.
const fn built(id: &'static str, says: &'static str) -> Rule {
    Rule { id, says, built: true }
}

/// A rule that the simulator does not model yet.
const fn later(id: &'static str, says: &'static str) -> Rule {
    Rule { id, says, built: false }
}

/// Every rule, family by family.
pub static RULES: [Rule; 279] = [
    // Copies, clients and their roles.
    built(
        "MOD-TWO-COPIES",
        "A marked item lives once in Outlook and once in CRM, and edits of either copy reach the other.",
    ),
    built("MOD-DIR", "Contacts, tasks and appointments travel both ways; e-mail only goes up to CRM."),
    later("MOD-ORG", "An Outlook profile synchronizes with one organization at most."),
    later("MOD-MBX", "A CRM user has one primary mailbox at most, and its address must be the user's own."),
    built("MOD-PRIMARY", "At most one client of a user is primary, and only that one synchronizes by itself."),
    built(
        "MOD-PRIMARY-FIRST",
        "The first computer that runs the client becomes primary, until the user chooses another.",
    ),
    built("MOD-PRIMARY-DLG", "Signing in from another computer asks whether that one should synchronize from now on."),
    later("MOD-PRIMARY-REC", "The computer that is online most of the time makes the best primary."),
    built("MOD-SECONDARY", "Every client of the mailbox that is not primary is secondary."),
    later("MOD-SECONDARY-MAIL", "A secondary client is a further computer on which the user reads mail."),
    built("MOD-DELEGATE", "A delegate may track for the owner, but only the owner's primary synchronizes the item."),
    built("MOD-ROAMING", "With a roaming profile every machine behaves as primary."),
    later("MOD-ROAMING-OFF", "A roaming profile cannot have an offline database."),
    later("MOD-SHARED", "A shared mailbox that nobody made primary is synchronized only in part."),
    later("MOD-VERSION", "The rules describe CRM 4.0 with a late rollup, and CRM 2011."),
    later("MOD-STORE", "A tracked contact becomes a contact record, any other tracked item an activity linked to it."),
    later("MOD-KINDS", "Contacts and activities are synchronized; only some kinds can be tracked from Outlook."),
    // Subscriptions.
    later("SUB-TYPES", "A subscription is of type 0 (offline), 1 (Outlook) or 2 (address book)."),
    built("SUB-KEYS", "A user has one Outlook subscription, and each machine is one client row beneath it."),
    built("SUB-SHARED-STATE", "All machines of a user share the server's record of what was already delivered."),
    built("SUB-REINIT", "A subscription marked for reinitializing is prepared in full instead of by changes."),
    later(
        "SUB-INSTANTIATE",
        "A new subscription gives its user filters of their own, made from the default templates.",
    ),
    later("SUB-ABP", "The address book is filled by the Outlook side of synchronization alone."),
    later("SUB-NAME", "Each subscription has a table of sync entries that is named after the subscription's id."),
    later("SUB-USER", "A sync entry names no user; the subscription that owns its table does."),
    built("SUB-STALE", "Machines that were replaced or retired leave their subscriptions behind."),
    // What starts synchronization.
    built("TRG-MARK", "Marking an item in Outlook, or changing a marked one, starts its synchronization."),
    built("TRG-MANUAL", "The user's own command runs a whole cycle."),
    built("TRG-BACKGROUND", "A cycle runs by itself at an interval of fifteen minutes or more."),
    built("TRG-OUTLOOK-ONLY", "Nothing synchronizes on a client while its Outlook is not running."),
    later("TRG-SDK", "A program can start a synchronization, and is not told whether it failed."),
    later("TRG-CACHED", "Without Cached Exchange Mode the client's synchronization is unsupported."),
    later("TRG-AUTOTRACK", "Some items are tracked without the user's hand."),
    // What is sent at once: contacts, tasks and appointments on the primary.
    built(
        "IMM-ACT-PRI-TRACK-INSPECTOR",
        "On the primary, an item tracked in its Inspector is sent when the Inspector closes.",
    ),
    built("IMM-ACT-PRI-UPDATE-INSPECTOR", "On the primary, an edit in an Inspector is sent when the Inspector closes."),
    built(
        "IMM-ACT-PRI-UNTRACK-INSPECTOR",
        "On the primary, untracking in an Inspector takes effect when the Inspector closes.",
    ),
    built("IMM-ACT-PRI-DELETE-INSPECTOR", "On the primary, deleting from an Inspector waits for the next cycle."),
    built("IMM-ACT-PRI-TRACK-EXPLORER", "On the primary, an item tracked in an Explorer is sent at once."),
    built("IMM-ACT-PRI-REGARDING-EXPLORER", "On the primary, setting Regarding in an Explorer is sent at once."),
    built("IMM-ACT-PRI-DELETE-EXPLORER", "On the primary, deleting in an Explorer waits for the next cycle."),
    built("IMM-ACT-PRI-UPDX", "On the primary, an edit made in an Explorer waits for the next cycle."),
    built("IMM-ACT-PRI-ABSENT", "On the primary, a change made without the add-in is found by the next cycle's scan."),
    // The same on a secondary.
    built(
        "IMM-ACT-SEC-TRACK-INSPECTOR",
        "On a secondary, tracking in an Inspector waits for the primary's next cycle.",
    ),
    built(
        "IMM-ACT-SEC-UPDATE-INSPECTOR",
        "On a secondary, an edit in an Inspector waits for the primary's next cycle.",
    ),
    built(
        "IMM-ACT-SEC-UNTRACK-INSPECTOR",
        "On a secondary, untracking in an Inspector waits for the primary's next cycle.",
    ),
    built(
        "IMM-ACT-SEC-DELETE-INSPECTOR",
        "On a secondary, deleting from an Inspector waits for the primary's next cycle.",
    ),
    built("IMM-ACT-SEC-TRACK-EXPLORER", "On a secondary, tracking in an Explorer waits for the primary's next cycle."),
    built(
        "IMM-ACT-SEC-REGARDING-EXPLORER",
        "On a secondary, setting Regarding in an Explorer waits for the primary's next cycle.",
    ),
    built("IMM-ACT-SEC-DELETE-EXPLORER", "On a secondary, deleting in an Explorer waits for the primary's next cycle."),
    built("IMM-ACT-SEC-UPDX", "On a secondary, an edit made in an Explorer waits for the primary's next cycle."),
    built("IMM-ACT-SEC-ABSENT", "On a secondary, a change made without the add-in waits for the primary's next scan."),
    // E-mail, received or sent, on any client.
    later("IMM-MAIL-TRACK-INSPECTOR", "An e-mail tracked in its Inspector is sent to CRM on the click."),
    later("IMM-MAIL-UPDATE-INSPECTOR", "A tracked e-mail's Regarding, all that can be edited, is sent to CRM at once."),
    later("IMM-MAIL-UNTRACK-INSPECTOR", "An e-mail untracked in its Inspector is untracked at once."),
    later("IMM-MAIL-DELETE-INSPECTOR", "An e-mail deleted from its Inspector stays in CRM."),
    later("IMM-MAIL-TRACK-EXPLORER", "An e-mail tracked in an Explorer is sent to CRM at once."),
    later("IMM-MAIL-REGARDING-EXPLORER", "An e-mail's Regarding set in an Explorer is sent to CRM at once."),
    later("IMM-MAIL-DELETE-EXPLORER", "An e-mail deleted in an Explorer stays in CRM."),
    // Drafts of e-mail, on any client.
    later("IMM-DRAFT-TRACK-INSPECTOR", "A draft that was marked is tracked when it is sent."),
    later("IMM-DRAFT-UPDATE-INSPECTOR", "An edit of a marked draft reaches CRM when the draft is sent."),
    // On sending at once in general.
    built("IMM-SYNC", "Tracking waits for the server's answer; only an outgoing e-mail is tracked without waiting."),
    built("IMM-PRIORITY", "Tracking by hand queues a row to be done now; other changes wait for the cycle."),
    built("IMM-PREREQ", "An item gets its link only after every step of its tracking succeeded on the server."),
    built("IMM-NODUP", "A secondary sends nothing itself, so that no object becomes two records."),
    built("IMM-PRIMARY-OFFLINE", "Changes from a secondary wait until the primary is online and synchronizes."),
    built("IMM-DIR", "What is sent at once goes up to CRM only; a cycle works in both directions."),
    later("IMM-UI", "An Inspector is the form of one item, an Explorer the list of a folder."),
    // E-mail.
    later("EML-ONEWAY", "E-mail only goes up, no filter applies, and later only its Regarding is synchronized."),
    later("EML-DRAFT", "A draft never stands in CRM; sending it tracks it if it was marked."),
    later("EML-DEL", "Deleting one copy of an e-mail never deletes the other."),
    later("EML-UNTRACK", "Untracking an e-mail is immediate; its record goes at the next cycle, if the user says so."),
    later("EML-CLIENT", "E-mail behaves alike on primary and secondary clients."),
    // How changes in Outlook are noticed.
    built("DET-MAPI", "A notification from the mailbox queues a marked item's creation, change or deletion."),
    built("DET-SCAN", "A scan of marked items, newest first, finds any change that was missed except a deletion."),
    built(
        "DET-RECON",
        "After a cycle the mappings verified longest ago are checked, and a missing item is queued as deleted.",
    ),
    built("DET-ASYNC", "A notification arrives when it arrives, possibly long after the change."),
    built("DET-EVENTS", "The first save notifies a creation, later ones a change, and a plain delete only a move."),
    built("DET-ENTRYID", "An entry id identifies an item within one store only."),
    built("DET-BOUNDARY", "The scan stops at the last synchronization's time and misses what carries an older one."),
    // The server prepares.
    built("PRE-ENT", "Preparing goes through the entity types one after another, contacts last."),
    built("PRE-CAND", "Candidates are records that changed, or were shared with the user, since the watermark."),
    built("PRE-CAND-DEL", "Records deleted since the watermark are candidates too."),
    built("PRE-CAND-SMT", "Records whose tracking by hand changed since the watermark are candidates too."),
    built("PRE-FILT", "A candidate stays if it exists and a filter matches it or the user tracked it by hand."),
    built("PRE-UNION", "Where a kind has several filters, matching one of them is enough."),
    built("PRE-DEL", "A candidate that no longer qualifies, but was delivered before, is set to be deleted."),
    built("PRE-INS", "A record that qualifies and has no entry yet gets one, to be delivered."),
    built("PRE-UPD", "A known record that qualifies with another version is to be delivered again."),
    built("PRE-GAP", "A record set to be deleted that qualifies again at the same version stays set to be deleted."),
    built("PRE-OUT", "The answer counts entries by kind, creations and updates together, deletions apart."),
    built("PRE-NOLOCK", "A transaction that commits late can slip below a watermark already taken."),
    built("PRE-MANUAL", "An item tracked by hand stays in Outlook when its record is assigned to somebody else."),
    built("PRE-REASSIGN", "A record assigned out of the filter counts as deleted for that user's Outlook."),
    built("PRE-COUNTMASK", "A kind that is switched off comes down no more, but still goes up."),
    built("PRE-ORDER", "For each type: candidates, then those that qualify, then deletions, creations and updates."),
    built("PRE-INCR", "An incremental prepare looks only at what changed since the last one."),
    later("PRE-NOMAIL", "E-mail is not prepared."),
    // The server hands out, is acknowledged, and records.
    built("GSD-COLS", "Getting the data yields no more than ids and times of modification."),
    built("GSD-PAGE", "The data comes in pages, by default of a hundred entries ordered by object id."),
    built("PST-ACK", "Acknowledging clears the first page of waiting entries by position, not by id."),
    built("PST-RACE", "An entry that turns up within a page before its acknowledgement is cleared unseen."),
    built(
        "PST-EARLY",
        "Acknowledging before the page is applied leaves the client's queue as the only copy of the work.",
    ),
    built("PST-DEL", "Acknowledging deletions removes their entries."),
    built("SSI-METRICS", "Each synchronization leaves a row with its times, counts and result."),
    // The client's cycle and its cache.
    built("CYC-ORDER", "A cycle prepares, takes a page, queues and processes its rows, acknowledges, then reconciles."),
    built("CYC-CHG", "A queued row says what CRM did: created or updated, or deleted."),
    built("CYC-RETRY", "A row that failed stays for the next cycle and holds up no other."),
    built("CYC-IGNORE", "Ignoring an error drops its row until the item changes again."),
    built("CYC-CREATE", "A new record without a counterpart in Outlook becomes a new item."),
    built("CYC-FIND", "An item is found through its mapping; a contact or task is never searched for."),
    built("CYC-ECHO", "A client's own write comes back with the next cycle and must then change nothing."),
    built("CYC-USERPROPS", "A linked item itself carries its record's id, link state and last synchronized content."),
    built("CYC-PARTY", "Addresses of attendees become records, and the first match wins."),
    built("CYC-UPD", "An update sent to CRM sets the changed columns only, and who changed them when."),
    later("CYC-BG", "Synchronization runs in the background and never blocks the user."),
    built("CYC-PENDING", "During a cycle the queue shows what is pending, after it only what failed."),
    built("CACHE-ROLE", "The client's cache tells a new item from a changed one and drives retries."),
    built("CACHE-DEL", "The mapping tells which item or record a deletion concerns."),
    later("ERR-UI", "The user settles duplicates, errors and conflicts in Outlook."),
    // Merging.
    built("MRG-ORIG", "Each side is compared, column by column, with the last synchronized state."),
    built(
        "MRG-CRM-NEWER",
        "If CRM changed later, its columns go to Outlook first and Outlook's other columns to CRM after.",
    ),
    built("MRG-OUT-NEWER", "If Outlook changed later, it wins the columns both changed, and the others are joined."),
    built("MRG-TIE", "With equal times CRM wins."),
    later("MRG-NOTOFF", "Playing back offline work does not merge."),
    built("MRG-CLOCK", "The times compared come from two clocks, so a skewed clock can change the winner."),
    // Deletions in Outlook.
    built("DEL-OUT-CON-1", "A contact deleted in Outlook stays in CRM."),
    built("DEL-OUT-CON-2", "A contact deleted in Outlook is not created there again."),
    built("DEL-OUT-CON-3", "An untracked contact's record is deleted at the next cycle, if the user asked for it."),
    built(
        "DEL-OUT-APPT-1",
        "An open appointment to come, deleted or untracked by who owns or organizes it, is deleted in CRM.",
    ),
    built("DEL-OUT-APPT-2", "Any other appointment deleted in Outlook stays in CRM without its link."),
    built("DEL-OUT-TASK-1", "A task deleted in Outlook is deleted in CRM unless it is completed."),
    built("DEL-OUT-TASK-2", "Untracking a task asks whether its record should go."),
    built("DEL-OUT-PRIV", "Without the privilege to delete, the deletion fails and its row stays."),
    // Deletions in CRM.
    built("DEL-CRM-CON-1", "A contact of somebody else's that is deleted in CRM is deleted in Outlook."),
    built("DEL-CRM-CON-2", "A contact of one's own that is deleted in CRM stays in Outlook, unlinked."),
    built("DEL-CRM-CON-3", "A contact of one's own that is deactivated stays in Outlook, unlinked."),
    built("DEL-CRM-CON-4", "A contact assigned away leaves Outlook, unless it was tracked by hand."),
    built(
        "DEL-CRM-UNIFY",
        "The server only says that a record went; its owner decides between unlinking and deleting.",
    ),
    built("DEL-CRM-APPT-1", "An appointment deleted in CRM is deleted in Outlook if it has not started."),
    built("DEL-CRM-APPT-2", "A completed or canceled appointment deleted in CRM may stay in Outlook."),
    built("DEL-CRM-TASK-1", "A task deleted in CRM is deleted in Outlook unless it is completed there."),
    later("DEL-CRM-EML", "An e-mail deleted in CRM is never deleted in Outlook."),
    // Deletions in general.
    built("DEL-WHEN", "A deletion reaches the other side with the next cycle, never at once."),
    built("DEL-MISSED", "A deletion that nobody notified is found by reconciliation only."),
    later("DEL-FILTER", "Leaving the filter may delete as a real deletion does, or be ignored."),
    later("DEL-HIST", "Earlier versions deleted by other rules."),
    // Creation and duplicates.
    built("DUP-GOID", "An appointment without a mapping is looked for by its global id."),
    later("DUP-GOID-STABLE", "A global id never changes, and its clean form is one for a whole series."),
    built("DUP-CACHE", "Without mappings, and without ids on the items, every item is created a second time."),
    built("DUP-RELINK", "Items that still carry their record's id can be linked again instead."),
    built("DUP-RECREATE", "A contact deleted, made anew and tracked becomes a second record."),
    later("DUP-DETECT", "Tracking looks for duplicates where a rule for that is published."),
    later("DUP-AGENTS", "Two synchronizing agents on one mailbox duplicate contacts."),
    built("DUP-UNINSTALL", "Without the add-in, everything stays where it was created."),
    later("DUP-DESYNC", "What stays where after synchronization is given up is an open question."),
    // Settings.
    built("SET-KINDS", "Each kind can be switched off, which only stops what comes down from CRM."),
    built("SET-COMPANY", "If so set, the parent account's name goes to Outlook's Company, and never back."),
    built("SET-CLIENT", "The user can make this client the synchronizing one."),
    built("SET-SCHED", "Automatic cycles can be switched off, or their interval lengthened."),
    later("SET-DUPOFF", "Duplicates can be looked for while going online."),
    later("SET-ATTACH", "Attachments of appointments are synchronized only where switched on, up to a size."),
    later("SET-ADDR3", "Either the mailing address alone is synchronized, or all three addresses."),
    later("SET-ASSIGNED", "Tasks assigned in Outlook are left alone unless switched on."),
    later("SET-FIELDDIR", "An administrator can set the direction of each pair of fields."),
    later("SET-TAB", "The settings of synchronization stand together on one tab."),
    // Filters, privileges and secured fields.
    built("FLT-EDIT", "Users can edit their own filters, and nobody's edit reaches a system filter."),
    built("FLT-APPT", "By default an appointment comes down to those who take part in it."),
    built("FLT-TASK", "By default the tasks that a user owns come down."),
    built("FLT-CON", "By default the active contacts that a user owns come down."),
    later("FLT-BOTH", "Manual and automatic cycles use system and user filters; tracking uses none."),
    later("FLT-NOEDIT", "In CRM 4.0 filters were fixed, and only kinds could be switched off."),
    built("PRV-SYNC", "Without the privilege to synchronize, no item comes down to Outlook."),
    later("PRV-OFFLINE", "Without the privilege for it, a user cannot go offline."),
    built("PRV-TRACK", "Tracking and untracking need privileges on the kind."),
    later("PRV-FILTER", "A user's filters are seen by that user and by administrators of filters only."),
    later("FLS-READ", "A field that the user may not read does not come down."),
    // Going offline and online.
    later("OFF-1", "Going offline prepares, brings over schema and data, acknowledges and records."),
    later("OFF-2", "Offline work goes to the local store and into a queue."),
    later("OFF-3", "Going online plays the queue back in order, and the last to play back wins."),
    later("OFF-4", "Offline nothing looks for duplicates; going online does so only if set."),
    later("OFF-5", "Workflows run at playback, not offline."),
    later("OFF-6", "Security holds offline as well, and some operations are unavailable."),
    later("OFF-7", "Synchronization with Outlook is the same with and without the offline edition."),
    later("OFF-8", "Mail sent offline leaves at going online, or becomes a draft in CRM."),
    later("OFF-9", "Reconfiguring a client that is offline loses its offline work."),
    later("OFF-DIR", "Going offline copies CRM to the client, going online returns the local changes."),
    later("OFF-STORE", "Offline data lies in a local database server."),
    // Troubleshooting.
    later("TRB-QUERIES", "A few queries on records, subscriptions, entries and cache show the state of things."),
    later("TRB-PROC", "To trace one change: clear the traces, change, synchronize by hand, read both sides."),
    later("TRB-SQL", "The server's trace shows an Explorer's update after the entry work, an Inspector's before."),
    // Mappings as such.
    built("MAP-FIXED", "Which fields correspond is fixed."),
    built("MAP-REMIND", "A due time from CRM sets a task's reminder, and a reminder never goes up."),
    // Mappings of contacts.
    built("MAP-contact-anniversary", "A contact's anniversary goes both ways."),
    built("MAP-contact-assistantname", "The name of a contact's assistant goes both ways."),
    built("MAP-contact-assistantphone", "The phone number of a contact's assistant goes both ways."),
    built("MAP-contact-birthdate", "A contact's birthday goes both ways."),
    built("MAP-contact-description", "A contact's notes go both ways, as its description."),
    built("MAP-contact-fax", "A contact's business fax goes both ways."),
    built("MAP-contact-telephone1", "A contact's business phone goes both ways."),
    later("MAP-contact-business2", "A contact's second business phone goes both ways in later versions."),
    later("MAP-contact-callback", "A contact's callback number goes both ways in later versions."),
    later("MAP-contact-companyphone", "The main phone of a contact's company goes both ways in later versions."),
    later("MAP-contact-home2", "A contact's second home phone goes both ways in later versions."),
    built(
        "MAP-contact-childrensnames",
        "The names of a contact's children go both ways, a list in Outlook and one text in CRM.",
    ),
    built("MAP-contact-department", "A contact's department goes both ways."),
    built("MAP-contact-emailaddress1", "A contact's first e-mail address goes both ways."),
    built("MAP-contact-emailaddress2", "A contact's second e-mail address goes both ways."),
    built("MAP-contact-emailaddress3", "A contact's third e-mail address goes both ways."),
    built("MAP-contact-firstname", "A contact's first name goes both ways."),
    built("MAP-contact-middlename", "A contact's middle name goes both ways."),
    built("MAP-contact-lastname", "A contact's last name goes both ways."),
    built("MAP-contact-salutation", "A contact's title goes both ways, as its salutation."),
    built("MAP-contact-ftpsiteurl", "A contact's FTP site goes both ways."),
    built("MAP-contact-governmentid", "A contact's government id goes both ways."),
    built("MAP-contact-telephone2", "A contact's home phone goes both ways."),
    built("MAP-contact-jobtitle", "A contact's job title goes both ways."),
    built(
        "MAP-contact-address1",
        "A contact's mailing address goes both ways as one group, whichever address that is.",
    ),
    later("MAP-contact-address2", "A contact's home address goes both ways where all addresses are synchronized."),
    later("MAP-contact-address3", "A contact's other address goes both ways where all addresses are synchronized."),
    built("MAP-contact-managername", "The name of a contact's manager goes both ways."),
    built("MAP-contact-mobilephone", "A contact's mobile phone goes both ways."),
    built("MAP-contact-nickname", "A contact's nickname goes both ways."),
    built("MAP-contact-telephone3", "A contact's other phone goes both ways."),
    built("MAP-contact-pager", "A contact's pager goes both ways."),
    built("MAP-contact-spousesname", "The name of a contact's spouse goes both ways."),
    built("MAP-contact-websiteurl", "A contact's web page goes both ways."),
    built("MAP-contact-yomifirstname", "A contact's phonetic first name goes both ways."),
    built("MAP-contact-yomilastname", "A contact's phonetic last name goes both ways."),
    built("MAP-contact-company", "The name of a contact's parent account comes down as its company, if so set."),
    // Mappings of tasks.
    built("MAP-task-subject", "A task's subject goes both ways."),
    built("MAP-task-description", "A task's body goes both ways, as its description."),
    built("MAP-task-scheduledend", "A task's due date goes both ways."),
    built("MAP-task-scheduledstart", "A task's start date goes both ways."),
    built("MAP-task-prioritycode", "A task's importance goes both ways, as its priority."),
    built("MAP-task-statuscode", "A task's status goes both ways, as state and status together."),
    later("MAP-task-percentcomplete", "How far a task is complete goes both ways in later versions."),
    later("MAP-task-actualend", "The date a task was completed goes both ways in later versions."),
    built("MAP-task-regardingobjectid", "What a task is regarding goes both ways."),
    built("MAP-task-reminder", "A task's reminder comes down from its due time and never goes up."),
    // Mappings of appointments.
    built("MAP-appointment-subject", "An appointment's subject goes both ways."),
    built("MAP-appointment-description", "An appointment's body goes both ways, as its description."),
    built("MAP-appointment-location", "An appointment's location goes both ways."),
    built("MAP-appointment-time", "An appointment's start, end, duration and all-day mark go both ways as one group."),
    built("MAP-appointment-requiredattendees", "Those required at an appointment go both ways."),
    built("MAP-appointment-optionalattendees", "Those optional at an appointment go both ways."),
    built("MAP-appointment-organizer", "The organizer goes both ways, but comes down only after an edit in Outlook."),
    built("MAP-appointment-prioritycode", "An appointment's importance goes both ways, as its priority."),
    built(
        "MAP-appointment-statuscode",
        "How an appointment shows its time goes both ways, as state and status together.",
    ),
    built("MAP-appointment-regardingobjectid", "What an appointment is regarding goes both ways."),
    later("MAP-appointment-attachments", "An appointment's attachments go nowhere by default."),
    built("MAP-appointment-globalobjectid", "An appointment's global id identifies it and is no column of its own."),
    // Readings taken where the sources are silent or disagree.
    built("D-01", "Notifications are hints, the scan settles changes, and reconciliation settles deletions."),
    built("D-02", "A page is acknowledged after it was applied; the earlier moments are variants."),
    built("D-03", "Filters are data of a scenario and can be edited."),
    built("D-04", "Several roaming machines are allowed, and the last to log off wins."),
    built("D-05", "Tracking in an Inspector takes effect when it closes after a save."),
    built("D-06", "An appointment's importance is synchronized, whatever a note says."),
    built("D-07", "A task's status is computed from its own status, not an appointment's."),
    built("D-08", "The newer record wins the columns both changed, and CRM wins a tie."),
    built("D-09", "Times are compared by record, not by column."),
    built("D-10", "The client's queue holds the changes of both sides."),
    built("D-11", "A contact deleted in Outlook never returns; that an edit brings it back is a variant."),
    built("D-12", "Untracking deletes the record only if the user chose that."),
    built("D-13", "Deleting and untracking an appointment have the same conditions."),
    built("D-14", "Only a completed task is kept; that a canceled one is kept too is a variant."),
    built("D-15", "An appointment deleted in CRM goes from Outlook if it is in the future."),
    built("D-16", "With the record gone, the Outlook copy tells whether a task was completed."),
    built("D-17", "The future begins after now, on the client's clock."),
    built("D-18", "A secondary's own cycle processes no contact, task or appointment."),
    built("D-19", "A deletion in an Explorer waits for the next cycle."),
    built("D-20", "Tracking is one step that waits for the server's answer."),
    built("D-21", "How many mappings are reconciled at a time is a parameter, and retries have no limit."),
    built("D-22", "The server counts creations and updates together and deletions apart."),
    built("D-23", "Tracking by hand is recorded on the server, one's own records included."),
    built(
        "D-24",
        "With the cache lost, whether an item that still carries its record's id is linked again is a choice.",
    ),
    built("D-25", "After a filter is switched off its items stay; that they leave by the deletion rules is a variant."),
    later("D-26", "Changing an appointment's subject does not untrack it."),
    built("D-27", "A contact that was unlinked can be tracked again and becomes a new record."),
    later("D-28", "With a store on each machine, a new primary never receives what was acknowledged before."),
];

/// A rule's place in [`RULES`], which stands for the rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleId(u16);

impl RuleId {
    /// The rule at a position of the registry.
    #[must_use]
    pub fn at(index: usize) -> Option<RuleId> {
        (index < RULES.len()).then_some(RuleId(index as u16))
    }

    /// The rule itself.
    pub fn rule(self) -> &'static Rule {
        &RULES[self.index()]
    }

    /// The rule's place in [`RULES`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The same, as a constant can use it.
    pub(super) const fn number(self) -> u16 {
        self.0
    }

    /// The rule of that id. Meant for the compiler, by way of [`rule!`](crate::rule).
    ///
    /// # Panics
    ///
    /// If there is no such rule, which in a constant stops the compilation.
    pub const fn named(id: &str) -> RuleId {
        match position(id) {
            Some(found) => found,
            None => panic!("unknown rule id"),
        }
    }

    /// The rule of that id, if there is one.
    pub fn find(id: &str) -> Option<RuleId> {
        position(id)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.rule().id)
    }
}

/// Looks an id up from the front.
const fn position(id: &str) -> Option<RuleId> {
    const { assert!(RULES.len() <= u16::MAX as usize) };
    let mut at = 0;
    while at < RULES.len() {
        if same(RULES[at].id.as_bytes(), id.as_bytes()) {
            return Some(RuleId(at as u16));
        }
        at += 1;
    }
    None
}

/// Whether two ids are equal, in a form that constants can use.
const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    // Ids mostly differ at their ends.
    let mut at = one.len();
    while at > 0 {
        at -= 1;
        if one[at] != other[at] {
            return false;
        }
    }
    true
}

/// The [`RuleId`](crate::model::rules::RuleId) of a rule named by a literal, found while compiling.
///
/// ```
/// use crmsim::model::rules::RuleId;
/// assert_eq!(Some(crmsim::rule!("DEL-WHEN")), RuleId::find("DEL-WHEN"));
/// ```
///
/// An id that is not registered does not compile:
///
/// ```compile_fail
/// let _ = crmsim::rule!("DEL-NEVER");
/// ```
#[macro_export]
macro_rules! rule {
    ($id:literal) => {
        const { $crate::model::rules::RuleId::named($id) }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut seen = BTreeSet::new();
        for rule in &RULES {
            assert!(seen.insert(rule.id), "{} stands twice", rule.id);
        }
    }

    /// The registry is judged by itself: nothing outside the crate is read to check it.
    #[test]
    fn ids_have_the_shape_of_their_family() {
        const FAMILIES: [&str; 24] = [
            "MOD", "SUB", "TRG", "IMM", "EML", "DET", "PRE", "GSD", "PST", "SSI", "CYC", "CACHE", "ERR", "MRG", "DEL",
            "DUP", "SET", "FLT", "PRV", "FLS", "OFF", "TRB", "MAP", "D",
        ];
        let mut met = BTreeSet::new();
        for rule in &RULES {
            let (family, rest) = rule.id.split_once('-').expect(rule.id);
            assert!(FAMILIES.contains(&family), "{} is of no family", rule.id);
            met.insert(family);
            let plain =
                |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            let lower = |part: &str| {
                part.starts_with(|c: char| c.is_ascii_lowercase())
                    && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            };
            let row = family == "MAP" && rest.split_once('-').is_some_and(|(kind, field)| lower(kind) && lower(field));
            assert!(row || rest.split('-').all(plain), "{} is misshapen", rule.id);
        }
        assert_eq!(met.len(), FAMILIES.len(), "a family is empty");
    }

    #[test]
    fn both_roles_have_the_same_cells() {
        let cells = |role: &str| -> Vec<&str> { RULES.iter().filter_map(|rule| rule.id.strip_prefix(role)).collect() };
        assert_eq!(cells("IMM-ACT-PRI-"), cells("IMM-ACT-SEC-"));
        assert_eq!(cells("IMM-ACT-PRI-").len(), 9);
    }

    #[test]
    fn readings_are_numbered_without_a_gap() {
        let readings: Vec<&str> = RULES.iter().filter_map(|rule| rule.id.strip_prefix("D-")).collect();
        let numbers: Vec<String> = (1..=28).map(|number| format!("{number:02}")).collect();
        assert_eq!(readings, numbers);
    }

    #[test]
    fn every_rule_says_one_short_sentence() {
        for rule in &RULES {
            assert!(rule.says.ends_with('.'), "{}: {}", rule.id, rule.says);
            assert!(rule.says.trim() == rule.says && rule.says.len() > 1, "{}", rule.id);
            assert!(rule.says.len() <= 110, "{} says too much", rule.id);
        }
        let different: BTreeSet<&str> = RULES.iter().map(|rule| rule.says).collect();
        assert_eq!(different.len(), RULES.len(), "two rules say the same");
    }

    #[test]
    fn find_and_named_agree() {
        for (index, rule) in RULES.iter().enumerate() {
            let found = RuleId::find(rule.id).expect(rule.id);
            assert_eq!(found, RuleId::named(rule.id));
            assert_eq!(found.index(), index);
            assert_eq!(found.rule(), rule);
            assert_eq!(found.to_string(), rule.id);
        }
        for unknown in ["", "D", "D-00", "D-1", "D-011", "mrg-tie", "MRG-TIE "] {
            assert_eq!(RuleId::find(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    #[should_panic(expected = "unknown rule id")]
    fn named_refuses_an_unknown_id() {
        RuleId::named("MRG-NEVER");
    }

    #[test]
    fn the_macro_finds_first_and_last_while_compiling() {
        const FIRST: RuleId = rule!("MOD-TWO-COPIES");
        const LAST: RuleId = rule!("D-28");
        assert_eq!(FIRST.index(), 0);
        assert_eq!(LAST.index(), RULES.len() - 1);
    }

    #[test]
    fn both_built_and_unbuilt_rules_stand_here() {
        assert!(rule!("MRG-TIE").rule().built);
        assert!(!rule!("EML-DEL").rule().built);
    }
}
