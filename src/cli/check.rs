//! `crmsim check`.

use crmsim::report::style::{GREEN, RESET, plain};

use super::args::CheckArgs;
use super::exit::Exit;
use super::files;
use super::output::Output;

/// Says of each file that it is good, or what is wrong with it.
pub fn check(args: &CheckArgs, out: &mut Output) -> Exit {
    let files = files::load(&args.paths);
    let mut text = String::new();
    for file in &files.good {
        let rows = match file.scenarios.len() {
            1 => String::new(),
            rows => format!("  {rows} rows"),
        };
        text.push_str(&format!("{GREEN}ok{RESET}  {}{rows}\n", plain(&file.path)));
    }
    out.print(&text);
    files.complain(out);
    if files.any_wrong() { Exit::Wrong } else { Exit::Held }
}
