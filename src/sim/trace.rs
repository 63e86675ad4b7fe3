//! The trace hash: every event and state change, encoded canonically into a rolling hash.
//!
//! Two runs are the same when their hashes are. Where they differ, the ladder (the rolling hash at every event) leads to
//! the first event that differs, and the hash of each part says where it happened.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The parts of a run that keep a hash of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Part {
    /// The order in which the queue gave its events.
    Queue,
    /// What the checks found.
    Checks,
    /// What people and the harness did: acts, faults, the virtual clock.
    Harness,
    /// Messages between clients and server.
    Network,
    /// The CRM server and its tables.
    Server,
    /// Mailboxes and their items.
    Mailbox,
    /// One client, by its number.
    Client(u8),
}

/// The rolling hash of a run, with its ladder and the hash of each part.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TraceHash {
    rolling: u64,
    events: u64,
    ladder: Vec<(u64, u64)>,
    parts: Vec<(Part, u64)>,
}

impl TraceHash {
    /// How many events lie between two rungs of the ladder.
    pub const RUNG_EVENTS: u64 = 64;

    /// Mixes one encoded event into the hash of the run and of `part`.
    pub fn mix(&mut self, part: Part, encoded: &[u8]) {
        // The length goes first, so that no two different sequences of events encode to the same bytes.
        let length = encoded.len() as u64;
        self.rolling = xxh3_64_with_seed(encoded, self.rolling ^ length.rotate_left(32));
        self.events += 1;
        self.mix_part(part, encoded);
        if self.events.is_multiple_of(Self::RUNG_EVENTS) {
            self.ladder.push((self.events, self.rolling));
        }
    }

    /// Mixes something into the hash of `part` only: what is no fact of the run, but must be the same in every run.
    pub fn mix_part(&mut self, part: Part, encoded: &[u8]) {
        let length = encoded.len() as u64;
        // There are a few, and mostly an event is of one of the first.
        let at = self.parts.iter().position(|(known, _)| *known == part).unwrap_or_else(|| {
            let at = self.parts.partition_point(|(known, _)| *known < part);
            self.parts.insert(at, (part, 0));
            at
        });
        self.parts[at].1 = xxh3_64_with_seed(encoded, self.parts[at].1 ^ length.rotate_left(32));
    }

    /// The hash of everything so far.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.rolling
    }

    /// How many events were mixed in.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The checkpoints: (events so far, hash so far), one every [`TraceHash::RUNG_EVENTS`].
    #[must_use]
    pub fn ladder(&self) -> &[(u64, u64)] {
        &self.ladder
    }

    /// The hash of each part that had an event.
    #[must_use]
    pub fn parts(&self) -> &[(Part, u64)] {
        &self.parts
    }

    /// The last number of events up to which the ladders of two runs agree: where a bisection starts.
    #[must_use]
    pub fn agree_until(&self, other: &TraceHash) -> u64 {
        let same = self.ladder.iter().zip(&other.ladder).take_while(|(ours, theirs)| ours == theirs).last();
        same.map_or(0, |((events, _), _)| *events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(events: &[&[u8]]) -> TraceHash {
        let mut hash = TraceHash::default();
        for event in events {
            hash.mix(Part::Server, event);
        }
        hash
    }

    #[test]
    fn order_content_and_boundaries_all_count() {
        let base = hash_of(&[b"ab", b"c"]);
        assert_ne!(base.value(), hash_of(&[b"c", b"ab"]).value());
        assert_ne!(base.value(), hash_of(&[b"a", b"bc"]).value());
        assert_ne!(base.value(), hash_of(&[b"abc"]).value());
        assert_eq!(base, hash_of(&[b"ab", b"c"]));
    }

    #[test]
    fn the_ladder_finds_the_rung_below_the_first_difference() {
        let events: Vec<[u8; 2]> = (0..300_u16).map(u16::to_le_bytes).collect();
        let mut ours = TraceHash::default();
        let mut theirs = TraceHash::default();
        for (index, event) in events.iter().enumerate() {
            ours.mix(Part::Client(1), event);
            theirs.mix(Part::Client(1), if index == 200 { b"??" } else { event });
        }
        assert_eq!(ours.agree_until(&theirs), 192);
        assert_eq!(ours.agree_until(&ours.clone()), 256);
        assert_ne!(ours.parts(), theirs.parts());
    }
}
