//! Tests of the format as a whole: what each wrong file is told, that no text makes the parser fail, that every scenario
//! can be written back, and that the files of this project are good.

mod error_rights;
mod errors;
mod files;
mod good;
mod profiles;
mod random;
mod round_trip;
mod schema;
mod sweeps;
