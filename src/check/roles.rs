//! Only the primary client synchronizes.

use super::{Invariant, View, Violations};
use crate::journal::{Fact, What};
use crate::model::{Call, ClientId, Role};
use crate::protocol::switches::SecondaryManualSync;

/// `roles-respected`.
#[derive(Debug, Default)]
pub struct RolesRespected;

impl Invariant for RolesRespected {
    fn id(&self) -> &'static str {
        "roles-respected"
    }

    fn meaning(&self) -> &'static str {
        "A secondary client sends nothing about contacts and tasks, and only the primary synchronizes by itself."
    }

    fn on_event(&mut self, view: View<'_>, facts: &[Fact], violations: &mut Violations) {
        for fact in facts {
            match fact.what {
                What::Sent { client, call, item, record, .. }
                    if is_secondary(view, client)
                        && synchronizes(call)
                        && view.protocol.switches.secondary_manual_sync != SecondaryManualSync::Allowed =>
                {
                    let lineage = view.ledger.lineage_of(item, record);
                    let name = view.world.names.client(client);
                    violations.report(self.id(), lineage, || {
                        (format!("the secondary client `{name}` sends nothing"), format!("it sent `{call}`"))
                    });
                }
                What::CycleStarted { client, manual: false } if is_secondary(view, client) => {
                    let name = view.world.names.client(client);
                    violations.report(self.id(), None, || {
                        let expected = format!("the secondary client `{name}` never synchronizes by itself");
                        (expected, "it began a background cycle".to_owned())
                    });
                }
                _ => {}
            }
        }
    }
}

fn is_secondary(view: View<'_>, client: ClientId) -> bool {
    view.world.clients.get(client.index()).is_some_and(|client| client.role == Role::Secondary)
}

/// Whether a call belongs to synchronization; to look at one record is no write and moves nothing.
fn synchronizes(call: Call) -> bool {
    matches!(call, Call::Prepare | Call::GetData | Call::Post | Call::Create | Call::Update | Call::Delete)
}
