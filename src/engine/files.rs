//! What becomes of a client's add-in and of its cache file: disabled and enabled, lost, saved and brought back.
//!
//! A copy of the cache file that comes back is the file as it was: mapping rows of what is gone since, rows that were
//! processed since, the last-sync mark of then. As documented the client goes on from it. Repaired, it compares the mark
//! that every write leaves in the file with the one that it keeps beside the file, and begins anew where they differ.

use super::acts::Refused;
use super::layout;
use super::runner::Runner;
use crate::journal::{ClientChange, Report, What};
use crate::model::{Answer, ClientId};
use crate::outlook::{Client, Memory};
use crate::protocol::switches::OldCache;

impl Runner<'_> {
    /// Disables or enables the add-in. What it had in memory goes with it; forms stay open.
    pub fn set_addin(&mut self, id: ClientId, enabled: bool) {
        let client = &mut self.world.clients[id.index()];
        if client.addin == enabled {
            return;
        }
        let mut memory = Memory::default();
        for (item, _) in client.memory.inspectors.iter() {
            memory.inspectors.insert(*item, Vec::new());
        }
        (client.addin, client.memory) = (enabled, memory);
        client.session += 1;
        self.arsenal.end_cuts(id);
        let change = if enabled { ClientChange::AddinEnabled } else { ClientChange::AddinDisabled };
        self.world.journal.write(What::Client { client: id, change });
        self.begin_background(id);
    }

    /// A client's cache file was emptied: other machines that work with the same file stop where they are. A cycle that went
    /// on there would say of the new file that it is up to date.
    pub(super) fn stop_sharers(&mut self, id: ClientId) {
        let file = self.world.clients[id.index()].cache;
        let shares = |client: &&Client| client.id != id && client.cache == file && client.running;
        let sharers: Vec<ClientId> = self.world.clients.iter().filter(shares).map(|client| client.id).collect();
        for other in sharers {
            let client = &mut self.world.clients[other.index()];
            client.session += 1;
            client.memory.waiting = None;
            self.end_operation(other, Answer::WriteFailed, Report::default());
            self.begin_background(other);
        }
    }

    /// Lets background cycles begin where the client works.
    fn begin_background(&mut self, id: ClientId) {
        if self.world.clients[id.index()].works() {
            layout::schedule_background(&mut self.world, self.protocol, id);
        }
    }

    /// Deletes the cache file; what was under way with it ends.
    pub fn lose_cache(&mut self, id: ClientId) {
        self.world.empty_cache(id);
        let client = &mut self.world.clients[id.index()];
        client.memory = Memory::default();
        client.session += 1;
        self.arsenal.end_cuts(id);
        self.world.journal.write(What::Client { client: id, change: ClientChange::CacheLost });
        self.stop_sharers(id);
        self.begin_background(id);
    }

    /// Copies the cache file away; the step names the copy.
    pub fn save_cache(&mut self, id: ClientId, step: usize) {
        let copy = self.world.cache(id).clone();
        self.world.saved.insert(step, copy);
    }

    /// Puts an old copy in the place of the cache file. Who roams has his file with the profile.
    pub fn restore_cache(&mut self, id: ClientId, from: &str) -> Result<(), Refused> {
        let (file, profile) = (self.world.clients[id.index()].cache, self.world.clients[id.index()].profile);
        if let Some(user) = self.world.clients.iter().find(|client| client.cache == file && client.running) {
            return Err(format!("Outlook must be closed on `{}`", self.world.names.client(user.id)));
        }
        let saved = self.scenario.steps.iter().position(|step| step.id.as_deref() == Some(from));
        let Some(copy) = saved.and_then(|step| self.world.saved.get(&step)).cloned() else {
            return Err(format!("`{from}` has saved no copy yet"));
        };
        for file in [Some(file), profile].into_iter().flatten() {
            self.world.caches[file.index()] = copy.clone();
        }
        self.world.journal.write(What::Client { client: id, change: ClientChange::CacheRestored });
        for (map, row) in copy.maps() {
            self.world.journal.write(What::MapWritten { client: id, map, row: Some(row.view()) });
        }
        for (_, row) in copy.rows() {
            self.world.journal.write(What::RowWritten { client: id, row: row.view() });
        }
        self.world.journal.write(What::SyncStateWritten { client: id });
        Ok(())
    }

    /// A client that knows an old copy of its cache file for what it is begins anew, as after a loss.
    pub fn check_cache(&mut self, id: ClientId) {
        let is_old = self.world.has_old_cache(id);
        if is_old && self.protocol.switches.old_cache == OldCache::Emptied {
            self.start_over(id);
        }
    }
}
