//! Records in the order of their last change, so that what changed since a version is read from the end.
//!
//! A doubly linked list over dense ids: a change moves a record to the end in constant time (one that commits late goes to
//! the place of its version), and PrepareSync visits the
//! records that changed and no others (PRE-INCR), however many there are.

const END: u32 = u32::MAX;

/// A list of dense ids in the order of their last move to the end.
#[derive(Clone, Debug)]
pub struct VersionList {
    links: Vec<Link>,
    newest: u32,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    older: u32,
    newer: u32,
    listed: bool,
}

impl Default for VersionList {
    fn default() -> Self {
        VersionList { links: Vec::new(), newest: END }
    }
}

impl VersionList {
    /// Moves `id` behind all that are newer, which stand at the end, or adds it there. Mostly none is.
    pub fn place(&mut self, id: u32, is_newer: impl Fn(u32) -> bool) {
        self.remove(id);
        let index = id as usize;
        if self.links.len() <= index {
            self.links.resize(index + 1, Link { older: END, newer: END, listed: false });
        }
        let (mut older, mut newer) = (self.newest, END);
        while older != END && is_newer(older) {
            (older, newer) = (self.links[older as usize].older, older);
        }
        self.links[index] = Link { older, newer, listed: true };
        if older != END {
            self.links[older as usize].newer = id;
        }
        if newer == END {
            self.newest = id;
        } else {
            self.links[newer as usize].older = id;
        }
    }

    /// Takes `id` out.
    pub fn remove(&mut self, id: u32) {
        let Some(link) = self.links.get(id as usize).copied().filter(|link| link.listed) else { return };
        if link.older != END {
            self.links[link.older as usize].newer = link.newer;
        }
        if link.newer == END {
            self.newest = link.older;
        } else {
            self.links[link.newer as usize].older = link.older;
        }
        self.links[id as usize].listed = false;
    }

    /// The ids from the one changed last to the one changed first.
    pub fn newest_first(&self) -> impl Iterator<Item = u32> {
        let mut at = self.newest;
        std::iter::from_fn(move || {
            let id = (at != END).then_some(at)?;
            at = self.links[id as usize].older;
            Some(id)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_sorted_vector(acts in prop::collection::vec((any::<bool>(), 0_u32..12, 0_usize..4), 0..60)) {
            let mut list = VersionList::default();
            let mut versions = [0_usize; 12];
            let mut plain: Vec<u32> = Vec::new();
            for (round, (place, id, late)) in acts.into_iter().enumerate() {
                plain.retain(|other| *other != id);
                if place {
                    let version = 4 * round + 4 - (4 * late).min(4 * round) + usize::from(late == 0);
                    list.place(id, |other| versions[other as usize] > version);
                    versions[id as usize] = version;
                    let at = plain.iter().rposition(|other| versions[*other as usize] <= version);
                    plain.insert(at.map_or(0, |at| at + 1), id);
                } else {
                    list.remove(id);
                }
            }
            prop_assert_eq!(list.newest_first().collect::<Vec<_>>(), plain.into_iter().rev().collect::<Vec<_>>());
        }
    }
}
