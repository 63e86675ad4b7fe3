//! The command line of crmsim.
fn main() {}
