//! Once everything has settled, both sides and OriginalXML agree, and every mailbox holds what a client that starts empty
//! and asks for everything would put into it.

use super::forms::Forms;
use super::lineage::Copy;
use super::scope::{behind_prompt, belongs, comes_down, synchronizes};
use super::{Invariant, View, Violations};
use crate::journal::{By, ClientChange, Fact, LinkState, What};
use crate::mailbox::Folder;
use crate::model::{ClientId, CrmId, FieldId, ItemId, Kind, LineageId, Side, UserId, Value};
use crate::outlook::Client;
use crate::outlook::cache::MapRow;
use crate::outlook::client::Doubt;
use crate::protocol::switches::DeactivatedFilter;
use crate::sim::{FlatMap, FlatSet};

const PARENT: FieldId = FieldId::named(Kind::Contact, "parentcustomerid");
const COMPANY: FieldId = FieldId::named(Kind::Contact, "company");

/// `converged`.
#[derive(Debug, Default)]
pub struct Converged {
    /// Clients whose settings were changed: what came down before does not follow a new setting until it changes.
    reset: FlatSet<ClientId>,
    /// Users whose filters were changed.
    refiltered: FlatSet<UserId>,
    /// The client that wrote each item, or its OriginalXML, last.
    wrote: FlatMap<ItemId, ClientId>,
}

impl Invariant for Converged {
    fn id(&self) -> &'static str {
        "converged"
    }

    fn meaning(&self) -> &'static str {
        "Linked copies agree, and a mailbox holds what a client that asked for everything would find."
    }

    fn on_event(&mut self, _: View<'_>, facts: &[Fact], _: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::Client { client, change: ClientChange::SettingsChanged } => drop(self.reset.insert(client)),
                What::FiltersChanged { user } => drop(self.refiltered.insert(user)),
                What::ItemCreated { item, by: By::Sync(client), .. }
                | What::ItemChanged { item, by: By::Sync(client), .. }
                | What::BaseChanged { item, by: By::Sync(client), .. } => drop(self.wrote.insert(item, client)),
                What::ItemMigrated { item, new, .. } => {
                    if let Some(client) = self.wrote.get(&item).copied() {
                        self.wrote.insert(new, client);
                    }
                }
                _ => {}
            }
        }
    }

    fn on_settled(&mut self, view: View<'_>, violations: &mut Violations) {
        let mut forms = Forms::new(view.world);
        // A machine where a roaming user does not sit asks for nothing, whatever is set there (TRG-OUTLOOK-ONLY).
        // Nor does a client whose user was asked whether the whole mailbox is empty, until there is an answer.
        let asks = |client: &&Client| {
            let asked = client.memory.empty_store == Doubt::Asked;
            client.running && !asked && synchronizes(view, client.id)
        };
        for client in view.world.clients.iter().filter(asks) {
            for (_, row) in view.world.cache(client.id).maps().filter(|(_, row)| row.linked) {
                self.check_pair(view, &mut forms, client, row, violations);
            }
            for (record, row) in view.world.server.live_records() {
                if comes_down(view, client, row.kind) && belongs(view, client.user, record) {
                    self.check_presence(view, client, record, violations);
                }
            }
            for (item, row) in view.world.mailboxes.all() {
                if row.mailbox == client.mailbox && row.folder == Folder::Synchronized {
                    self.check_marked(view, client, item, violations);
                }
            }
        }
    }
}

impl Converged {
    fn report(
        &self,
        view: View<'_>,
        lineage: Option<LineageId>,
        violations: &mut Violations,
        texts: impl FnOnce(&str) -> (String, String),
    ) {
        violations.report(self.id(), lineage, || texts(lineage.map_or("?", |id| view.ledger.name(id, view.world))));
    }

    /// The two ends of a linked row and OriginalXML say the same, and the record belongs in the mailbox.
    fn check_pair(
        &self,
        view: View<'_>,
        forms: &mut Forms,
        client: &Client,
        row: &MapRow,
        violations: &mut Violations,
    ) {
        let lineage = view.ledger.lineage_of(Some(row.item), Some(row.record));
        let (Some(item), Some(record)) = (view.world.mailboxes.live(row.item), view.world.server.live(row.record))
        else {
            return;
        };
        if view.ledger.is_troubled(view.world, client.mailbox, (Some(row.item), Some(row.record)))
            || behind_prompt(view, client.mailbox, (Some(row.item), Some(row.record)))
        {
            return;
        }
        let switched_on = comes_down(view, client, row.kind);
        let desk = view.world.names.client(client.id);
        let stays = view.protocol.switches.deactivated_filter == DeactivatedFilter::ItemsStay
            && self.refiltered.contains(&client.user);
        if switched_on && !belongs(view, client.user, row.record) {
            if !stays {
                self.report(view, lineage, violations, |name| {
                    let expected = format!("what `{desk}` links belongs in its mailbox");
                    (expected, format!("`{name}` is linked, and no filter and no tracking by hand asks for it"))
                });
            }
            // What a filter left behind hears no more of its record.
            return;
        }
        if item.link.state != LinkState::Tracked || item.link.record != Some(row.record) {
            self.report(view, lineage, violations, |name| {
                let expected = format!("the item of `{name}` carries the link that `{desk}` keeps");
                (expected, format!("it is {}", item.link.state))
            });
            return;
        }
        let outlook = forms.form(Side::Outlook, row.kind, item.content);
        let crm = forms.form(Side::Crm, row.kind, record.content);
        // A kind that is switched off goes up and never comes down: only Outlook's own changes must have arrived.
        let other = if switched_on { crm } else { outlook };
        // Nor does anybody's own change go up that an update of the meeting brought and that is no word against CRM: it waits to
        // be compared with CRM.
        let brought = view.world.brought(row.item).filter(|_| !switched_on);
        let no_word = brought.map_or_else(Vec::new, |brought| forms.no_word(row.kind, brought, item.link.base));
        for (one, other, what) in [(outlook, crm, "CRM"), (item.link.base, other, "OriginalXML")] {
            if !switched_on && what == "CRM" {
                continue;
            }
            let mut differences = forms.differences(one, other);
            differences.retain(|(field, _)| !no_word.contains(&(*field, forms.get(outlook, *field))));
            if let Some((field, _)) = differences.first().copied() {
                let (left, right) = (forms.get(one, field), forms.get(other, field));
                let texts = (forms.show(left), forms.show(right));
                self.report(view, lineage, violations, |name| {
                    let sides = if what == "CRM" { "Outlook and CRM" } else { "OriginalXML and the copies" };
                    let expected = format!("{sides} agree on `{field}` of `{name}`");
                    (expected, format!("one has {}, the other {}", texts.0, texts.1))
                });
            }
        }
        // Where several machines serve the mailbox, the one that brought the change down has set whether Company follows. One that
        // was taken off its machine since has no say in what came later.
        let last = self.wrote.get(&row.item).copied();
        let has_say = |other: &&Client| {
            let taken_off = other.role.synchronizes() && last == Some(other.id);
            other.mailbox == client.mailbox && (synchronizes(view, other.id) || taken_off)
        };
        let mut machines = view.world.clients.iter().filter(has_say);
        let follows = |other: &Client| other.settings.update_company && !self.reset.contains(&other.id);
        if switched_on {
            self.check_company(view, forms, (row, machines.all(follows)), violations);
        }
    }

    /// The Company field only comes down: it follows the account unless a person typed into it. Where it need not follow,
    /// OriginalXML notes no account that Outlook was not shown.
    fn check_company(
        &self,
        view: View<'_>,
        forms: &mut Forms,
        (row, follows): (&MapRow, bool),
        violations: &mut Violations,
    ) {
        if row.kind != Kind::Contact {
            return;
        }
        let Some(id) = view.ledger.lineage_of_item(row.item) else { return };
        let item = view.world.mailboxes.item(row.item);
        let account = view.world.contents.get(view.world.server.record(row.record).content, PARENT);
        let shown = view.world.contents.get(item.content, COMPANY);
        let noted = view.world.contents.get(item.link.base, PARENT);
        let typed = view.ledger.lineage(id).edits.iter().any(|edit| {
            let changed = view.world.contents.diff(edit.before, edit.after);
            edit.copy == Copy::Item(row.item) && changed.iter().any(|(field, _)| *field == COMPANY)
        });
        // A record that was made from the item never had an account: what Outlook shows is from before.
        let mut edits = view.ledger.lineage(id).edits.iter().filter(|edit| edit.copy == Copy::Record(row.record));
        let had = account != Value::Empty || edits.any(|edit| view.world.contents.get(edit.before, PARENT) != account);
        let behind = match noted == account {
            true => !typed && had && shown != account,
            false => follows,
        };
        if behind {
            let texts = (forms.show(account), forms.show(shown));
            self.report(view, Some(id), violations, |name| {
                (format!("the company of `{name}` is {}, as in CRM", texts.0), format!("Outlook shows {}", texts.1))
            });
        }
    }

    /// What a person marked and did not let go of is linked, unless its row failed and says so.
    fn check_marked(&self, view: View<'_>, client: &Client, item: ItemId, violations: &mut Violations) {
        let Some(id) = view.ledger.lineage_of_item(item) else { return };
        let state = view.ledger.link_state(item);
        let linked = view.world.cache(client.id).map_of_item(item).is_some_and(|(_, row)| row.linked);
        let hears = comes_down(view, client, view.world.mailboxes.item(item).kind);
        let must = state == LinkState::Pending || state == LinkState::Tracked && hears;
        let troubled = view.ledger.is_troubled(view.world, client.mailbox, (Some(item), None));
        if linked || !must || troubled || behind_prompt(view, client.mailbox, (Some(item), None)) {
            return;
        }
        let desk = view.world.names.client(client.id);
        self.report(view, Some(id), violations, |name| {
            let expected = format!("`{name}`, which a person marked, is linked by `{desk}`");
            (expected, format!("its item is {state}, and not linked"))
        });
    }

    /// A record that belongs in the mailbox has exactly one linked item there, unless its user let it go.
    fn check_presence(&self, view: View<'_>, client: &Client, record: CrmId, violations: &mut Violations) {
        let Some(id) = view.ledger.lineage_of_record(record) else { return };
        let mapped = view.world.cache(client.id).map_of_record(record).map(|(_, row)| *row);
        let items = view.ledger.live_items(id, view.world).filter(|item| {
            let row = view.world.mailboxes.item(*item);
            row.mailbox == client.mailbox && row.link.record == Some(record) && row.link.state == LinkState::Tracked
        });
        let count = items.count();
        let linked = mapped.is_some_and(|row| row.linked && view.world.mailboxes.live(row.item).is_some());
        let pair = (mapped.map(|row| row.item), Some(record));
        if count == 1 && linked
            || view.ledger.is_troubled(view.world, client.mailbox, pair)
            || behind_prompt(view, client.mailbox, pair)
            || let_go(view, id, client.user, record)
        {
            return;
        }
        let desk = view.world.names.client(client.id);
        self.report(view, Some(id), violations, |name| {
            let expected = format!("`{name}` is in the mailbox of `{desk}` once, and linked");
            let found = if count == 1 {
                "its item is there and not mapped".to_owned()
            } else {
                format!("{count} linked items are there")
            };
            (expected, found)
        });
    }
}

/// Whether the last word about this record in the user's mailbox is the user's own: a deletion, or an untracking.
fn let_go(view: View<'_>, id: LineageId, user: UserId, record: CrmId) -> bool {
    let lineage = view.ledger.lineage(id);
    let here = |item: ItemId| view.world.mailboxes.item(item).mailbox == user;
    let ended = lineage
        .endings_by_people()
        .filter(|ending| ending.copy.item().is_some_and(here) && ending.record.is_none_or(|(of, _)| of == record));
    let made = lineage.births.iter().filter(|birth| birth.copy.item().is_some_and(here));
    let again = lineage.retracked.iter().filter(|(item, _)| here(*item) && lineage.items.contains(item));
    let back = made.map(|birth| birth.fact).chain(again.map(|(_, fact)| *fact)).max();
    // A meeting that a person untracked stays so, whatever record it gets by another attendee.
    let meeting = view.world.server.record(record).meeting.into_iter();
    let mut of_meeting = meeting.flat_map(|meeting| view.world.mailboxes.of_meeting(user, meeting));
    ended.map(|ending| ending.fact).max() > back || of_meeting.any(|item| view.ledger.untracked_by_person(item))
}
