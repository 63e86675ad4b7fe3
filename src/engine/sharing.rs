//! What people may do in CRM, and how they share records; what administrators grant and revoke.
//!
//! A person's act that the server would not carry out is no act: the step fails and says which right is missing. So does a
//! step that would change nothing, because a scenario that counts on it means something else.

use super::acts::Refused;
use super::runner::Runner;
use crate::journal::By;
use crate::model::{CrmId, Kind, Privilege, Right, Rights, UserId};
use crate::scenario::model::{Arg, Args};
use crate::scenario::vocabulary::{Act, Key};

impl Runner<'_> {
    /// Whether a person may do this to a record: whoever changes or deletes it must be able to read it. Assigning and sharing
    /// are changes; they have no words of their own.
    pub(super) fn may(&self, user: UserId, act: Act, record: CrmId) -> Result<(), Refused> {
        let wanted = if act == Act::Delete { Right::Delete } else { Right::Write };
        let server = &self.world.server;
        let missing = [Right::Read, wanted].into_iter().find(|right| !server.allows(user, *right, record));
        missing.map_or(Ok(()), |right| {
            let names = &self.world.names;
            let (user, record) = (names.user(user), names.record(record));
            Err(format!("`{user}` has no right to {right} `{record}`: `{act}` needs it"))
        })
    }

    /// Whether a person may make a record.
    pub(super) fn may_create(&self, user: UserId, kind: Kind) -> Result<(), Refused> {
        if self.world.server.allows_create(user, kind) {
            return Ok(());
        }
        let (user, privilege) = (self.world.names.user(user), Privilege::Create(kind).word());
        Err(format!("`{user}` does not hold `{privilege}`: `create` needs it"))
    }

    /// Shares a record, or ends its sharing with a user.
    pub(super) fn share(&mut self, record: CrmId, (act, args): (Act, &Args), by: By) -> Result<(), Refused> {
        let to = self.user_named(args.text(Key::To));
        let world = &mut self.world;
        let (user, name) = (world.names.user(to), world.names.record(record));
        let rights = match (act, args.0.get(&Key::Rights)) {
            (Act::Unshare, _) => Rights::NONE,
            (_, Some(Arg::Rights(rights))) => *rights,
            _ => Rights::READ,
        };
        let shared = world.server.access.of(record, to);
        if act == Act::Unshare && shared == Rights::NONE {
            return Err(format!("`{name}` is not shared with `{user}`"));
        }
        if act == Act::Share && world.server.record(record).owner == to {
            return Err(format!("`{user}` owns `{name}` and needs no share"));
        }
        if shared == rights {
            return Err(format!("`{name}` is shared with `{user}` for just that already"));
        }
        world.server.share(record, to, rights, by, &mut world.journal);
        Ok(())
    }

    /// Gives a user privileges, or takes them away.
    pub(super) fn change_privileges(&mut self, act: Act, args: &Args) -> Result<(), Refused> {
        let to = self.user_named(args.text(Key::To));
        let Some(Arg::Privileges(named)) = args.0.get(&Key::Rights) else { return Ok(()) };
        let given = act == Act::Grant;
        let before = self.world.server.privileges(to);
        let after = named.iter().fold(before, |held, privilege| held.with(*privilege, given));
        if after == before {
            let user = self.world.names.user(to);
            let holds = if given { "holds that already" } else { "does not hold that" };
            return Err(format!("`{user}` {holds}"));
        }
        let world = &mut self.world;
        world.server.set_privileges(to, after, &mut world.journal);
        Ok(())
    }
}
