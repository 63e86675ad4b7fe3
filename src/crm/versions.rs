//! Records in the order of their last change, so that what changed since a version is read from the end.
//!
//! A doubly linked list over dense ids: a change moves a record to the end in constant time, and PrepareSync visits the
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
    /// Moves `id` to the end, or adds it there.
    pub fn touch(&mut self, id: u32) {
        self.remove(id);
        let index = id as usize;
        if self.links.len() <= index {
            self.links.resize(index + 1, Link { older: END, newer: END, listed: false });
        }
        if self.newest != END {
            self.links[self.newest as usize].newer = id;
        }
        self.links[index] = Link { older: self.newest, newer: END, listed: true };
        self.newest = id;
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
        fn agrees_with_a_plain_vector(acts in prop::collection::vec((any::<bool>(), 0_u32..12), 0..60)) {
            let mut list = VersionList::default();
            let mut plain: Vec<u32> = Vec::new();
            for (touch, id) in acts {
                plain.retain(|other| *other != id);
                if touch {
                    list.touch(id);
                    plain.push(id);
                } else {
                    list.remove(id);
                }
            }
            prop_assert_eq!(list.newest_first().collect::<Vec<_>>(), plain.into_iter().rev().collect::<Vec<_>>());
        }
    }
}
