//! Writing a file as a whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file by way of another beside it, which is renamed when everything is on the disk; `ending` is what the name
/// of the other ends with in place of the file's extension. Folders on the way are made. Nothing is left behind where it
/// does not succeed, and whatever was there before stays.
pub fn write(path: &Path, ending: &str, text: &str) -> io::Result<()> {
    by_way_of_another(path, ending, text, |unfinished| fs::rename(unfinished, path))
}

/// Like [`write`], but what is there stays: of several that make one file at once the first does, and all go on with its.
pub fn create(path: &Path, ending: &str, text: &str) -> io::Result<()> {
    by_way_of_another(path, ending, text, |unfinished| {
        let made = match fs::hard_link(unfinished, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        };
        // A file system without a second name for a file has a rename.
        made.and_then(|()| fs::remove_file(unfinished)).or_else(|_| fs::rename(unfinished, path))
    })
}

fn by_way_of_another(
    path: &Path,
    ending: &str,
    text: &str,
    finish: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
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
    let written = written.and_then(|()| finish(&unfinished));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_second_finds_the_first_ones_file() {
        let folder = std::env::temp_dir().join(format!("crmsim-atomic-{}", std::process::id()));
        let path = folder.join("marker.json");
        create(&path, ".one", "first").unwrap();
        let held = fs::File::open(&path).unwrap();
        create(&path, ".two", "second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        drop(held);
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["marker.json"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
