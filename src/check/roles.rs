//! Only the primary client, or those that roam with one profile, synchronize.

use super::{Invariant, View, Violations};
use crate::journal::{Fact, What};
use crate::model::{Call, ClientId, Role};
use crate::protocol::switches::SecondaryManualSync;
use crate::sim::FlatSet;

/// `roles-respected`.
///
/// A client that is primary no longer finishes what it had begun.
#[derive(Debug, Default)]
pub struct RolesRespected {
    /// Clients that were replaced while they were at work.
    finishing: FlatSet<ClientId>,
}

impl Invariant for RolesRespected {
    fn id(&self) -> &'static str {
        "roles-respected"
    }

    fn meaning(&self) -> &'static str {
        "A secondary or delegate client sends nothing about contacts, tasks and appointments; only the primary synchronizes by itself."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        let allowed = view.protocol.switches.secondary_manual_sync == SecondaryManualSync::Allowed;
        for (at, fact) in facts.iter().enumerate() {
            self.replaced(view, fact);
            let (What::Sent { client, .. } | What::CycleStarted { client, .. }) = fact.what else { continue };
            let Some(role) = silent(view, client).filter(|_| !self.finishing.contains(&client)) else { continue };
            // The world is seen as it is after the event: who is replaced within it was primary before.
            if facts[at..].iter().any(|fact| is_replaced(fact, client)) {
                continue;
            }
            let name = view.world.names.client(client);
            match fact.what {
                What::Sent { call, item, record, .. }
                    if synchronizes(call) && !(role == Role::Secondary && allowed) =>
                {
                    violations.report(self.id(), view.ledger.lineage_of(item, record), || {
                        (format!("the {role} client `{name}` sends nothing"), format!("it sent `{call}`"))
                    });
                }
                What::CycleStarted { manual: false, .. } => violations.report(self.id(), None, || {
                    let expected = format!("the {role} client `{name}` never synchronizes by itself");
                    (expected, "it began a background cycle".to_owned())
                }),
                _ => {}
            }
        }
    }
}

impl RolesRespected {
    fn replaced(&mut self, view: View<'_>, fact: &Fact) {
        match fact.what {
            What::PrimaryChanged { from: Some(old), .. } if view.ledger.busy_since(old).is_some() => {
                self.finishing.insert(old);
            }
            What::CycleEnded { client, .. } | What::ImmediateEnded { client, .. } | What::Client { client, .. } => {
                self.finishing.remove(&client);
            }
            _ => {}
        }
    }
}

fn is_replaced(fact: &Fact, client: ClientId) -> bool {
    matches!(fact.what, What::PrimaryChanged { from: Some(old), .. } if old == client)
}

/// The role of a client that is to send nothing.
fn silent(view: View<'_>, client: ClientId) -> Option<Role> {
    let role = view.world.clients.get(client.index())?.role;
    matches!(role, Role::Secondary | Role::Delegate).then_some(role)
}

/// Whether a call belongs to synchronization; to look at one record is no write and moves nothing.
fn synchronizes(call: Call) -> bool {
    call.is_wire() && call != Call::Retrieve
}
