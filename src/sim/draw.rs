//! Keyed random draws: `draw(seed, domain, stable id, ordinal)`, never a shared stream.
//!
//! A draw depends on nothing but its key, so taking one step out of a scenario changes no other draw. Domains are
//! hashed by name, so adding one moves none. The generator is ChaCha with eight rounds, whose raw stream has been the
//! same in every release; nothing but that stream is taken from the library, so that an upgrade cannot change what a seed
//! means. The golden values at the end pin it.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// The keyed draws of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// The draws of the run with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Draws {
        Draws { seed }
    }

    /// Sixty-four random bits for this key.
    #[must_use]
    pub fn bits(&self, domain: &str, stable_id: &str, ordinal: u64) -> u64 {
        self.stream(domain, stable_id, ordinal).bits()
    }

    /// As many random bits for this key as somebody wants; the first are [`Draws::bits`].
    #[must_use]
    pub fn stream(&self, domain: &str, stable_id: &str, ordinal: u64) -> Stream {
        let id = xxh3_128_with_seed(stable_id.as_bytes(), xxh3_64_with_seed(domain.as_bytes(), self.seed));
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&ordinal.to_le_bytes());
        key[16..].copy_from_slice(&id.to_le_bytes());
        Stream(ChaCha8Rng::from_seed(key))
    }
}

/// The draws of one key, one after the other.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The next sixty-four random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_every_part_of_their_key_and_on_nothing_else() {
        let draws = Draws::new(7);
        let first = draws.bits("object-id", "zoe", 0);
        assert_ne!(first, draws.bits("object-id", "zoe", 1));
        assert_ne!(first, draws.bits("object-id", "yan", 0));
        assert_ne!(first, draws.bits("latency", "zoe", 0));
        assert_ne!(first, Draws::new(8).bits("object-id", "zoe", 0));
        assert_eq!(first, draws.bits("object-id", "zoe", 0));
        let mut stream = draws.stream("object-id", "zoe", 0);
        assert_eq!(first, stream.bits());
        assert_ne!(first, stream.bits());
    }

    /// What a seed means is a promise to everybody who kept one: these values change only with a note in CHANGELOG.md.
    #[test]
    fn golden_values_pin_what_a_seed_means() {
        let draws = Draws::new(42);
        let values: Vec<u64> = (0..3).map(|ordinal| draws.bits("object-id", "zoe", ordinal)).collect();
        assert_eq!(values, GOLDEN_BITS);
    }

    const GOLDEN_BITS: [u64; 3] = [13_358_482_118_492_729_749, 17_567_190_230_510_188_625, 7_064_905_486_276_053_700];
}
