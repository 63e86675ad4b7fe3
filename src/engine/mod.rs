//! engine
pub mod world;
