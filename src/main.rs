//! The command line of crmsim.
//!
//! It belongs to the binary: the library runs scenarios and words reports, and knows nothing of arguments, streams and exit
//! codes.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
