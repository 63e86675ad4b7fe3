//! The verbs of the command, one file each, and what they share: arguments, files, selection, output, exit codes.

mod args;
mod check;
mod corpus;
mod curve;
mod exit;
mod files;
mod fingerprint;
mod fuzz;
mod generate;
mod guard;
mod mutants;
mod new;
mod output;
mod profiles;
mod rules;
mod run;
mod select;
mod shrink;
mod snapshots;
mod sweep;
mod twice;
mod words;
mod work;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Verb};
use crmsim::atomic;
use exit::Exit;
use output::Output;

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    guard::install();
    let cli = Cli::parse();
    let mut out = Output::new(cli.color);
    let exit = match cli.verb {
        Verb::Run(args) => run::run(&args, &mut out),
        Verb::Check(args) => check::check(&args, &mut out),
        Verb::Point(args) => sweep::point(&args, &mut out),
        Verb::Fuzz(args) => fuzz::fuzz(&args, &mut out),
        Verb::Corpus(args) => corpus::corpus(&args, &mut out),
        Verb::Shrink(args) => shrink::shrink(&args, &mut out),
        Verb::New(args) => new::new(&args, &mut out),
        Verb::Rules(args) => rules::rules(&args, &mut out),
        Verb::Mutants(args) => mutants::mutants(&args, &mut out),
        Verb::Schema => schema(&mut out),
        Verb::Words(args) => words::words(&args, &mut out),
        Verb::Generate(args) => generate::generate(&args, &mut out),
        Verb::Fingerprint(args) => fingerprint::fingerprint(&args, &mut out),
    };
    out.finish(exit).into()
}

/// `crmsim schema`: the JSON Schema of scenario files.
fn schema(out: &mut Output) -> Exit {
    out.json(&crmsim::scenario::json_schema());
    Exit::Held
}
