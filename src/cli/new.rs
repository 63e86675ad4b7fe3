//! `crmsim new`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use crmsim::report::style::{BOLD, RESET, plain};
use crmsim::scenario::{parse, template};

use super::args::NewArgs;
use super::exit::Exit;
use super::files::shown;
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
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|error| {
        let path = plain(&shown(&path));
        match error.kind() {
            ErrorKind::AlreadyExists => format!("{path} is there already; it stays as it is"),
            ErrorKind::NotFound => format!("{path} cannot be written: there is no such folder"),
            _ => format!("{path} cannot be written: {error}"),
        }
    })?;
    file.write_all(text.as_bytes()).map_err(|error| format!("{} cannot be written: {error}", shown(&path)))?;
    Ok(shown(&path))
}
