//! Merging corpora: of each failure the best entry is kept.

use super::check::recheck;
use super::disk::Corpus;
use super::entry::Entry;

/// What a merge came to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Merged {
    /// Failures that the corpus did not have.
    pub new: usize,
    /// Those of which a better entry was found.
    pub better: usize,
    /// Those of which the corpus had as good an entry or a better one.
    pub kept: usize,
}

/// Puts the entries of one corpus into another. Of two with one key the one is kept that still fails, then the shorter,
/// then the older; so the order in which corpora are merged makes no difference.
///
/// # Errors
/// When an entry cannot be written; those before it are in the corpus.
pub fn merge(from: &Corpus, into: &mut Corpus) -> Result<Merged, String> {
    let mut merged = Merged::default();
    for (_, entry) in from.entries() {
        match into.get(&entry.key) {
            None => merged.new += 1,
            Some(there) if rank(entry) < rank(there) => merged.better += 1,
            Some(_) => {
                merged.kept += 1;
                continue;
            }
        }
        into.replace(entry.clone())?;
    }
    Ok(merged)
}

fn rank(entry: &Entry) -> impl Ord + use<> {
    (!recheck(entry).is_same(), entry.rank())
}
