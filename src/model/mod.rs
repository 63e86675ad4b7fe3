//! The vocabulary of the modelled product as data: kinds, ids, fields, values, status codes, mappings and rule ids.
//!
//! Everything that runs or checks speaks this language; nothing in here runs.

pub mod codes;
pub mod content;
pub mod field;
pub mod ids;
mod index;
pub mod kind;
pub mod lifecycle;
pub mod mapping;
pub mod marks;
pub mod privileges;
pub mod rights;
pub mod rules;
pub mod status;

pub use codes::{Answer, Call, Role, Surface, Table, Told};
pub use content::{Content, ContentId, Contents, TextId, Value};
pub use field::{Direction, Field, FieldId, Side, ValueType};
pub use ids::{CacheId, ClientId, CrmId, ItemId, LineageId, MapId, MeetingId, UserId};
pub use kind::Kind;
pub use lifecycle::{LifeEvent, LifeState};
pub use marks::{Mark, Marks};
pub use privileges::{Privilege, Privileges, Right, Rights};
pub use rights::{DefaultFolder, FolderRight, FolderRights};
pub use rules::RuleId;
