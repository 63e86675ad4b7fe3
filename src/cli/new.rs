//! `crmsim new`.

use std::path::PathBuf;

use crmsim::report::style::{BOLD, RESET, plain};
use crmsim::scenario::{parse, template};

use super::args::NewArgs;
use super::exit::Exit;
use super::files::{self, shown};
use super::output::Output;

/// Writes a new scenario file, unless one is there.
pub fn new(args: &NewArgs, out: &mut Output) -> Exit {
    match write(args) {
        Ok(path) => {
            let path = plain(&path);
            out.print(&format!(
                "wrote {BOLD}{path}{RESET}, which runs as it is\nnext: edit it, then `crmsim check {path}` and `crmsim run {path}`\n"
            ));
            Exit::Held
        }
        Err(message) => {
            out.complain(&format!("error: {message}\n"));
            Exit::Wrong
        }
    }
}

fn write(args: &NewArgs) -> Result<String, String> {
    let given = shown(&args.name);
    let bare = given.strip_suffix(".toml").unwrap_or(&given);
    let path = PathBuf::from(format!("{bare}.toml"));
    let name = bare.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or_default();
    let text = template(name);
    // What reads back as another name, or not at all, cannot be one.
    let reads_back = parse(&shown(&path), &text).is_ok_and(|scenarios| scenarios.iter().all(|one| one.name == name));
    if !reads_back {
        let name = plain(name);
        return Err(format!("`{name}` cannot be a scenario's name; a good one is like `create-reply-lost`"));
    }
    files::create(&path, &text)?;
    Ok(shown(&path))
}
