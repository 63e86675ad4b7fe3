//! Finding what is interned already: a hash index over rows that somebody else keeps.

/// The places of rows by the hashes of what they say; it holds neither the rows nor their hashes, and is never iterated, so
/// that nothing can depend on its order.
#[derive(Clone, Debug, Default)]
pub(super) struct HashIndex {
    /// The number of a row plus one, or 0; a power of two of them, never more than half full.
    slots: Vec<u32>,
    rows: usize,
}

impl HashIndex {
    const FEWEST_SLOTS: usize = 64;

    /// The row with this hash for which `is_same` holds.
    pub fn find(&self, hash: u64, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let mut at = self.home(hash);
        loop {
            match self.slots[at].checked_sub(1) {
                None => return None,
                Some(row) if is_same(row) => return Some(row),
                Some(_) => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// Adds the next row, whose hash is the last of `hashes`: the hashes of all rows, by number.
    pub fn add(&mut self, hashes: &[u64]) {
        self.rows += 1;
        debug_assert_eq!(self.rows, hashes.len(), "rows are added one by one");
        if self.rows * 2 > self.slots.len() {
            let slots = (self.slots.len() * 2).max(Self::FEWEST_SLOTS);
            self.slots.clear();
            self.slots.resize(slots, 0);
            (0..hashes.len()).for_each(|row| self.place(row, hashes[row]));
        } else {
            self.place(hashes.len() - 1, hashes[hashes.len() - 1]);
        }
    }

    fn place(&mut self, row: usize, hash: u64) {
        let mut at = self.home(hash);
        while self.slots[at] != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = u32::try_from(row + 1).expect("fewer than 2^32 rows");
    }

    fn home(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every value is found at the row where it was added first, also where hashes collide.
        #[test]
        fn finds_what_was_added_and_nothing_else(values in proptest::collection::vec(0_u64..300, 0..200)) {
            let hash = |value: u64| (value % 7) << 32;
            let (mut index, mut rows, mut hashes) = (HashIndex::default(), Vec::new(), Vec::new());
            for value in values {
                let found = index.find(hash(value), |row| rows[row as usize] == value);
                prop_assert_eq!(found.map(|row| row as usize), rows.iter().position(|row| *row == value));
                if found.is_none() {
                    rows.push(value);
                    hashes.push(hash(value));
                    index.add(&hashes);
                }
            }
            prop_assert_eq!(index.find(hash(300), |row| rows[row as usize] == 300), None);
        }
    }
}
