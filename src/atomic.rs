//! Writing a file as a whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file by way of another beside it, which is renamed when everything is on the disk; `ending` is what the name
/// of the other ends with in place of the file's extension. Folders on the way are made. Nothing is left behind where it
/// does not succeed, and whatever was there before stays.
pub fn write(path: &Path, ending: &str, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "a folder is in its place"));
    }
    let unfinished = unfinished(path, ending);
    // Two commands that accept at once must not write into one file.
    let mut file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    drop(file);
    let written = written.and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // What went wrong is told; that the rest of it could not be removed as well, the next command says.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn unfinished(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.with_extension("").into_os_string();
    name.push(ending);
    PathBuf::from(name)
}
