//! The scenario format: model, words, parser, checks, rows of cases, and writing back.

pub mod model;
pub mod vocabulary;
