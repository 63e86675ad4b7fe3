//! What a client asks its user: the open prompts, their answers, and the expectations about them.

use super::acts::Refused;
use super::expect::{Finding, finding};
use super::runner::Runner;
use crate::journal::{Prompt, What};
use crate::mailbox::Store;
use crate::model::ClientId;
use crate::outlook::cache::{ChangeId, Hold, Row};
use crate::outlook::client::Doubt;
use crate::scenario::model::Args;
use crate::scenario::vocabulary::{Fault, Key};

impl Runner<'_> {
    /// The rows that an open prompt is about.
    fn held(&self, id: ClientId) -> Vec<(ChangeId, Row)> {
        let rows = self.world.cache(id).rows();
        rows.filter(|(_, row)| row.hold == Hold::Asked).map(|(change, row)| (change, *row)).collect()
    }

    /// Whether a client waits for the answer to any prompt about a mapped item.
    pub fn waits_for_answer(&self, id: ClientId, item: crate::model::ItemId, record: crate::model::CrmId) -> bool {
        let client = &self.world.clients[id.index()];
        let cache = self.world.cache(id);
        let row = cache.row_of(Some(item), Some(record)).and_then(|row| cache.row(row));
        client.memory.empty_store == Doubt::Asked || row.is_some_and(|row| row.hold == Hold::Asked)
    }

    /// A cycle ended: the prompt about a store that lists nothing is raised, or withdrawn when the store lists again.
    pub fn judge_store(&mut self, id: ClientId, doubted: bool) {
        let empty = self.arsenal.is_open(id, Fault::StoreEmpty);
        let world = &mut self.world;
        let client = &mut world.clients[id.index()];
        if doubted {
            client.memory.empty_store = Doubt::Asked;
        } else if !Store::new(&world.mailboxes, empty).lists_nothing(client.mailbox) {
            client.memory.empty_store = Doubt::None;
        }
    }

    /// The user answers a prompt.
    pub fn answer_prompt(&mut self, id: ClientId, args: &Args) -> Result<(), Refused> {
        let Some(prompt) = args.text(Key::Prompt).and_then(Prompt::parse) else { return Ok(()) };
        let delete = args.text(Key::With) == Some("delete");
        if !self.is_open_prompt(id, prompt) {
            return Err(format!("no prompt `{prompt}` is open on `{}`", self.world.names.client(id)));
        }
        match prompt {
            Prompt::EmptyStore => {
                let doubt = if delete { Doubt::Believed } else { Doubt::None };
                self.world.clients[id.index()].memory.empty_store = doubt;
            }
            Prompt::MassDeletion => {
                let hold = if delete { Hold::Delete } else { Hold::Keep };
                for (change, row) in self.held(id) {
                    let row = Row { hold, ..row };
                    self.world.cache_mut(id).put_row(Some(change), row);
                    self.world.journal.write(What::RowWritten { client: id, row: row.view() });
                    if !delete {
                        let (item, record) = (row.item, row.record);
                        self.world.journal.write(What::Spared { client: id, item, record });
                    }
                }
            }
        }
        self.world.journal.write(What::PromptAnswered { client: id, prompt, delete });
        Ok(())
    }

    fn is_open_prompt(&self, id: ClientId, prompt: Prompt) -> bool {
        match prompt {
            Prompt::EmptyStore => self.world.clients[id.index()].memory.empty_store == Doubt::Asked,
            Prompt::MassDeletion => !self.held(id).is_empty(),
        }
    }

    /// `expect = "prompt"`: a prompt is open, about an item where one is named.
    pub fn find_prompt(&self, id: ClientId, args: &Args) -> Finding {
        let kind = args.text(Key::Kind).and_then(Prompt::parse);
        let aliases = args.text(Key::Item).map(|item| self.aliases.named(&self.world, item));
        let open: Vec<Prompt> = Prompt::ALL.iter().copied().filter(|prompt| self.is_open_prompt(id, *prompt)).collect();
        let names = &self.world.names;
        let about = |(_, row): &(ChangeId, Row)| {
            let item = row.item.and_then(|item| names.of_item.get(item.index()));
            let alias = item.or_else(|| row.record.and_then(|record| names.of_record.get(record.index())));
            aliases.as_ref().is_none_or(|aliases| alias.is_some_and(|alias| aliases.contains(alias)))
        };
        let rows = self.held(id).iter().filter(|row| about(row)).count();
        let wanted = args.int(Key::Is);
        let holds = open.iter().any(|prompt| kind.is_none_or(|kind| kind == *prompt))
            && wanted.is_none_or(|wanted| wanted == rows as i64)
            && (aliases.is_none() || rows > 0);
        let of = kind.map_or(String::new(), |kind| format!(" `{kind}`"));
        let open: Vec<&str> = open.iter().map(|prompt| prompt.word()).collect();
        finding(holds, format!("a prompt{of} is open"), format!("open: [{}], {rows} rows wait", open.join(", ")))
    }

    /// `expect = "guard"`: the guard stopped the client's last cycle.
    pub fn find_guard(&self, id: ClientId, args: &Args) -> Finding {
        let kind = args.text(Key::Kind).and_then(Prompt::parse);
        let wanted = args.int(Key::Is);
        let raised = self.guards.get(&id);
        let holds = raised.is_some_and(|(prompt, deletions)| {
            kind.is_none_or(|kind| kind == *prompt) && wanted.is_none_or(|wanted| wanted == i64::from(*deletions))
        });
        let actual = raised
            .map_or("it did not".to_owned(), |(prompt, deletions)| format!("it did: {prompt}, {deletions} deletions"));
        finding(holds, "the guard stopped the last cycle", actual)
    }
}
