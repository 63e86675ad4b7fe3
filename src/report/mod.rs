//! What people and programs read of a run: the story of a failure, the trace, and the results as JSON.
//!
//! A report only reads. It looks up names and texts of what the facts hold as ids, and nothing is formatted before
//! somebody asks for it. [`names`] looks up, [`phrase`] says one fact in words; [`trace`] shows every fact so, and
//! [`biography`] those of one record, told as a story; [`failure`] puts the story under the verdict; [`snapshot`] keeps a
//! run as texts that the next one is compared with. Texts for people carry ANSI styles, which the caller strips where they
//! are not wanted; what comes out of a scenario file is made harmless first.

pub mod biography;
pub mod declared;
pub mod failure;
pub mod json;
pub mod names;
pub mod phrase;
mod request;
pub mod snapshot;
pub mod style;
pub mod subject;
pub mod sweep;
pub mod trace;
