//! Writing a file as a whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file by way of another beside it, which is renamed when everything is on the disk; `ending` is what the name
/// of the other ends with in place of the file's extension. Folders on the way are made. Nothing is left behind where it
/// does not succeed, and whatever was there before stays.
pub fn write(path: &Path, ending: &str, text: &str) -> io::Result<()> {
    begin(path, ending, text)?.finish()
}

/// A file that is on the disk as a whole, and has not got its name yet. Dropped, it goes again.
#[derive(Debug)]
pub struct Unfinished {
    unfinished: PathBuf,
    path: PathBuf,
    named: bool,
}

/// Writes the other file alone, as [`write()`] does.
pub fn begin(path: &Path, ending: &str, text: &str) -> io::Result<Unfinished> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "a folder is in its place"));
    }
    let unfinished = unfinished(path, ending);
    // Two commands that accept at once must not write into one file.
    let mut file = OpenOptions::new().write(true).create_new(true).open(&unfinished)?;
    let begun = Unfinished { unfinished, path: path.to_owned(), named: false };
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all())?;
    Ok(begun)
}

impl Unfinished {
    /// Gives it its name.
    pub fn finish(mut self) -> io::Result<()> {
        fs::rename(&self.unfinished, &self.path)?;
        self.named = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.named {
            // What went wrong is told; that the rest of it could not be removed as well, the next command says.
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}

fn unfinished(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.with_extension("").into_os_string();
    name.push(ending);
    PathBuf::from(name)
}
