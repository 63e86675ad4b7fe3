//! Small ordered maps and sets over one flat vector.
//!
//! A world is cloned often and iterated in order everywhere. Rows kept sorted in one vector clone as one copy of
//! memory and never depend on a hash; lookups are binary searches. Keys mostly arrive in rising order, so inserting
//! is mostly a push.

/// An ordered map whose rows lie in one vector, sorted by key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlatMap<K, V> {
    rows: Vec<(K, V)>,
}

/// An ordered set whose keys lie in one vector, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlatSet<K> {
    keys: FlatMap<K, ()>,
}

impl<K, V> Default for FlatMap<K, V> {
    fn default() -> Self {
        FlatMap { rows: Vec::new() }
    }
}

impl<K> Default for FlatSet<K> {
    fn default() -> Self {
        FlatSet { keys: FlatMap::default() }
    }
}

impl<K: Ord, V> FlatMap<K, V> {
    fn search(&self, key: &K) -> Result<usize, usize> {
        match self.rows.last() {
            Some((last, _)) if last < key => Err(self.rows.len()),
            _ => self.rows.binary_search_by(|(at, _)| at.cmp(key)),
        }
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.search(key).ok().map(|at| &self.rows[at].1)
    }

    /// The value of `key`, to change in place.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.search(key).ok().map(|at| &mut self.rows[at].1)
    }

    /// Sets the value of `key` and gives back the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.search(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.rows[at].1, value)),
            Err(at) => {
                self.rows.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes `key` out and gives back its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.search(key).ok().map(|at| self.rows.remove(at).1)
    }

    /// The rows from the first key that is not less than `from`, in order.
    pub fn range_from<'a>(&'a self, from: &K) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let start = self.search(from).unwrap_or_else(|at| at);
        self.rows[start..].iter().map(|(key, value)| (key, value))
    }

    /// All rows in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter().map(|(key, value)| (key, value))
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<K: Ord> FlatSet<K> {
    /// Adds `key`; false when it was there.
    pub fn insert(&mut self, key: K) -> bool {
        self.keys.insert(key, ()).is_none()
    }

    /// Takes `key` out; false when it was not there.
    pub fn remove(&mut self, key: &K) -> bool {
        self.keys.remove(key).is_some()
    }

    /// Whether `key` is there.
    #[must_use]
    pub fn contains(&self, key: &K) -> bool {
        self.keys.get(key).is_some()
    }

    /// The keys from the first that is not less than `from`, in order.
    pub fn range_from<'a>(&'a self, from: &K) -> impl Iterator<Item = &'a K> + use<'a, K> {
        self.keys.range_from(from).map(|(key, ())| key)
    }

    /// All keys in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.keys.iter().map(|(key, ())| key)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A flat map behaves as a `BTreeMap` under any sequence of inserts and removals.
        #[test]
        fn agrees_with_a_tree_map(acts in proptest::collection::vec((any::<bool>(), 0_u8..30, any::<u16>()), 0..80)) {
            let mut flat = FlatMap::default();
            let mut tree = BTreeMap::new();
            for (insert, key, value) in acts {
                if insert {
                    prop_assert_eq!(flat.insert(key, value), tree.insert(key, value));
                } else {
                    prop_assert_eq!(flat.remove(&key), tree.remove(&key));
                }
            }
            prop_assert!(flat.iter().eq(tree.iter()));
            prop_assert!(flat.range_from(&7).eq(tree.range(7..)));
            prop_assert_eq!(flat.get(&3), tree.get(&3));
        }
    }
}
