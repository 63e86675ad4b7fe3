//! Words that scenarios.md names and that are not built yet.

use crate::model::Kind;

/// Root keys and sections.
pub const ROOT: &[&str] = &["server", "orgs"];
/// Keys of users.
pub const USER: &[&str] = &["teams", "settings"];
/// Keys of clients.
pub const CLIENT: &[&str] = &["zone", "store", "entry-ids", "org"];
/// Roles.
pub const ROLES: &[&str] = &["server-side-agent"];
/// Keys of items.
pub const ITEM: &[&str] = &["state", "org", "mailing"];
/// Kinds.
pub const KINDS: &[&str] = &Kind::NOT_BUILT;
/// Acts.
pub const ACTS: &[&str] = &[
    "send",
    "receive",
    "assign-task",
    "undelete",
    "go-offline",
    "go-online",
    "save-server",
    "restore-server",
    "set-server",
];
/// Faults.
pub const FAULTS: &[&str] = &[];
/// Expectations.
pub const EXPECTATIONS: &[&str] = &[];
/// Keys of steps.
pub const STEP: &[&str] = &["which", "attachments"];
