//! `crmsim words`.

use crmsim::scenario::reference;

use super::args::WordsArgs;
use super::exit::Exit;
use super::output::Output;

/// Prints the reference of the format, or what a word of it means.
pub fn words(args: &WordsArgs, out: &mut Output) -> Exit {
    if args.markdown {
        out.print(&reference::markdown());
        return Exit::Held;
    }
    match reference::words(args.word.as_deref()) {
        Ok(text) => {
            out.print(&text);
            Exit::Held
        }
        Err(message) => {
            out.complain(&format!("error: {message}\n"));
            Exit::Wrong
        }
    }
}
