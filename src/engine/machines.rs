//! What happens to machines: which one synchronizes, and how the client comes and goes there.
//!
//! `SubscriptionClients` of a user's subscription says which client is primary; a client's role follows it. Whoever stops
//! being primary keeps its cache with everything that waits in it; whoever becomes primary looks at its mailbox from the
//! beginning of time. As documented the old one finishes what it is doing; repaired, it stops there.

use super::acts::Refused;
use super::layout;
use super::runner::Runner;
use super::world::Event;
use crate::journal::{ClientChange, Report, What};
use crate::model::{Answer, ClientId, Role, UserId};
use crate::protocol::switches::FreshCache;
use crate::rule;
use crate::scenario::model::Args;
use crate::scenario::vocabulary::{Act, Key};
use crate::sim::Time;

impl Runner<'_> {
    /// Carries out an act that concerns a client as a whole.
    pub fn act_on_machine(&mut self, id: ClientId, act: Act, args: &Args) -> Result<(), Refused> {
        let name = self.world.names.client(id).to_owned();
        let client = &self.world.clients[id.index()];
        let (user, running, installed, online) = (client.user, client.running, client.installed, client.online);
        let addin = client.addin;
        let registered = self.is_registered(user, id);
        match act {
            Act::MakePrimary if !installed || !registered => return Err(format!("`{name}` is not set up")),
            Act::MakePrimary if !addin => return Err(format!("the add-in is disabled on `{name}`")),
            Act::MakePrimary if !online => return Err(format!("`{name}` is not connected to CRM")),
            Act::MakePrimary => return self.choose_primary(id, args.text(Key::Via)),
            Act::Install if running || installed && registered && self.world.cache(id).map_count() > 0 => {
                return Err(format!("`{name}` is set up already"));
            }
            Act::Install => self.set_up(id, ClientChange::Installed),
            Act::Uninstall if !installed => return Err(format!("`{name}` is not installed")),
            Act::Uninstall => {
                if running {
                    self.stop_client(id, ClientChange::Closed);
                }
                // Nothing else changes: its row stays in SubscriptionClients, its items in Outlook (SUB-STALE).
                self.world.clients[id.index()].installed = false;
                self.world.journal.write(What::Client { client: id, change: ClientChange::Uninstalled });
                self.follow(rule!("SUB-STALE"));
                self.follow(rule!("DUP-UNINSTALL"));
            }
            Act::Reconfigure if running || !installed => {
                return Err(format!("Outlook must be closed on `{name}`, and the add-in installed"));
            }
            Act::Reconfigure => self.set_up(id, ClientChange::Reconfigured),
            Act::RemoveClient if !registered => return Err(format!("`{name}` has no row in SubscriptionClients")),
            _ => self.remove_client(id),
        }
        Ok(())
    }

    fn is_registered(&self, user: UserId, id: ClientId) -> bool {
        self.world.server.subscriptions[user.index()].clients.iter().any(|(client, _)| *client == id)
    }

    /// The user says that this client is to synchronize: in the Options, in the configuration wizard, or in the dialog of
    /// the sign-in.
    fn choose_primary(&mut self, id: ClientId, via: Option<&str>) -> Result<(), Refused> {
        let name = self.world.names.client(id).to_owned();
        let client = &self.world.clients[id.index()];
        let (user, running) = (client.user, client.running);
        match via {
            Some("wizard") => self.follow(rule!("MOD-PRIMARY-FIRST")),
            Some("sign-in") => {
                let clients = self.world.server.subscriptions[user.index()].clients.len();
                if running || clients < 2 {
                    let why = if running { "Outlook runs there already" } else { "no other client is connected" };
                    return Err(format!("`{name}` shows no dialog: {why}"));
                }
                self.open_client(id);
                self.follow(rule!("MOD-PRIMARY-DLG"));
            }
            _ if !running => return Err(format!("Outlook does not run on `{name}`")),
            _ => self.follow(rule!("SET-CLIENT")),
        }
        self.set_primary(user, Some(id));
        Ok(())
    }

    /// Sets up a client with an empty cache file, and gives it a row of SubscriptionClients. The first of a user becomes
    /// primary (MOD-PRIMARY-FIRST).
    fn set_up(&mut self, id: ClientId, change: ClientChange) {
        let user = self.world.clients[id.index()].user;
        self.world.empty_cache(id);
        let client = &mut self.world.clients[id.index()];
        (client.installed, client.addin) = (true, true);
        self.world.journal.write(What::Client { client: id, change });
        self.stop_sharers(id);
        let clients = &mut self.world.server.subscriptions[user.index()].clients;
        if clients.iter().all(|(client, _)| *client != id) {
            clients.push((id, false));
        }
        if clients.iter().all(|(_, primary)| !*primary) {
            self.follow(rule!("MOD-PRIMARY-FIRST"));
            self.set_primary(user, Some(id));
        }
    }

    /// The server forgets a client. Without the primary's row nobody synchronizes by himself.
    fn remove_client(&mut self, id: ClientId) {
        let user = self.world.clients[id.index()].user;
        let clients = &mut self.world.server.subscriptions[user.index()].clients;
        let primary = clients.iter().any(|(client, primary)| *client == id && *primary);
        clients.retain(|(client, _)| *client != id);
        self.world.journal.write(What::Client { client: id, change: ClientChange::Removed });
        self.follow(rule!("SUB-STALE"));
        if primary {
            self.set_primary(user, None);
        }
    }

    /// Empties the cache of a client that is to ask for everything: what it learned as primary before is no base to go on
    /// from, because others synchronized meanwhile and nobody will tell it what went.
    pub fn start_over(&mut self, id: ClientId) {
        self.world.empty_cache(id);
        let client = &mut self.world.clients[id.index()];
        client.memory.operation = None;
        client.memory.queued.clear();
        client.memory.waiting = None;
        client.session += 1;
        self.world.journal.write(What::Client { client: id, change: ClientChange::StartedOver });
    }

    /// A client that is not primary any more stops where it is: two that work on one mailbox would undo each other's work.
    /// What it had not finished waits in its cache.
    fn stand_down(&mut self, id: ClientId) {
        let client = &mut self.world.clients[id.index()];
        client.session += 1;
        client.memory.queued.clear();
        client.memory.waiting = None;
        self.end_operation(id, Answer::Offline, Report::default());
    }

    /// SetPrimaryClient: the row of one client says primary, all others do not, and the clients' roles follow.
    fn set_primary(&mut self, user: UserId, to: Option<ClientId>) {
        let world = &mut self.world;
        let plain = |role| matches!(role, Role::Primary | Role::Secondary);
        let own = world.clients.iter_mut().filter(|client| client.mailbox == user && plain(client.role));
        let mut from = None;
        for client in own {
            if client.role == Role::Primary {
                from = Some(client.id);
            }
            client.role = if Some(client.id) == to { Role::Primary } else { Role::Secondary };
        }
        for (client, primary) in &mut world.server.subscriptions[user.index()].clients {
            *primary = Some(*client) == to;
        }
        if from == to {
            return;
        }
        world.journal.write(What::PrimaryChanged { user, from, to });
        let repaired = self.protocol.switches.fresh_cache != FreshCache::Incremental;
        if repaired {
            from.into_iter().for_each(|old| self.stand_down(old));
        }
        let Some(id) = to else { return };
        if repaired {
            self.start_over(id);
        } else {
            let world = &mut self.world;
            let cache = world.cache_mut(id);
            (cache.fresh, cache.last_sync, cache.last_change) = (true, Time(i64::MIN), 0);
            world.journal.write(What::SyncStateWritten { client: id });
            self.follow(rule!("SUB-SHARED-STATE"));
        }
        let session = self.world.clients[id.index()].session;
        let due = Event::Background { client: id, session };
        let waits = self.world.queue.in_order().into_iter().any(|(_, event)| *event == due);
        if self.world.clients[id.index()].works() && !waits {
            layout::schedule_background(&mut self.world, self.protocol, id);
        }
    }
}
