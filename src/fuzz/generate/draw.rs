//! Choices among whole numbers, words and weights, each from the stream of one key.
//!
//! No float takes part, and nothing is drawn again until it fits: how much is taken from a stream depends on nothing but
//! what is asked of it.

use crate::sim::Stream;

/// The choices of one key.
pub struct Draw(Stream);

impl Draw {
    /// The choices that a stream makes.
    pub fn new(stream: Stream) -> Draw {
        Draw(stream)
    }

    /// A number below `count`; 0 where there is none.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.0.bits()) * count as u128) >> 64) as usize
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least) as usize + 1) as u32
    }

    /// Yes, so many times out of a hundred.
    pub fn percent(&mut self, share: u32) -> bool {
        self.below(100) < share as usize
    }

    /// One of these.
    pub fn one_of<T: Copy, const N: usize>(&mut self, from: [T; N]) -> T {
        const { assert!(N > 0, "there is nothing to choose from") };
        from[self.below(N)]
    }

    /// One of these, where there are any.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// The place of one of these, each as likely as its weight says; `None` where none has any.
    pub fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> Option<usize> {
        let total: u64 = weights.clone().map(u64::from).sum();
        let mut left = self.below(usize::try_from(total).unwrap_or(usize::MAX)) as u64;
        weights.map(u64::from).position(|weight| {
            let found = left < weight;
            left = left.saturating_sub(weight);
            found
        })
    }

    /// Brings these into another order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Draws;

    fn draw(ordinal: u64) -> Draw {
        Draw::new(Draws::new(42).stream("draw", "test", ordinal))
    }

    /// What a seed means is a promise to everybody who kept one: these values change only with a note in CHANGELOG.md.
    #[test]
    fn golden_choices_pin_what_a_seed_means() {
        let mut draw = draw(0);
        let below: [usize; 6] = std::array::from_fn(|_| draw.below(1000));
        let mut order: [u8; 8] = std::array::from_fn(|at| at as u8);
        draw.shuffle(&mut order);
        let places: [Option<usize>; 6] = std::array::from_fn(|_| draw.weighted([1, 0, 5, 3].into_iter()));
        assert_eq!((below, order, places.map(Option::unwrap)), (GOLDEN_BELOW, GOLDEN_ORDER, GOLDEN_PLACES));
    }

    const GOLDEN_BELOW: [usize; 6] = [970, 577, 681, 517, 88, 168];
    const GOLDEN_ORDER: [u8; 8] = [2, 5, 1, 7, 0, 6, 3, 4];
    const GOLDEN_PLACES: [usize; 6] = [2, 0, 2, 3, 2, 3];

    #[test]
    fn every_number_comes_up_and_no_other() {
        let mut draw = draw(1);
        let mut seen = [0; 7];
        for _ in 0..7_000 {
            seen[draw.between(3, 9) as usize - 3] += 1;
        }
        assert!(seen.iter().all(|times| (850..1_150).contains(times)), "{seen:?}");
        assert_eq!((draw.between(4, 4), draw.below(1), draw.below(0)), (4, 0, 0));
    }

    #[test]
    fn weights_are_kept_and_what_has_none_never_comes() {
        let mut draw = draw(2);
        let mut seen = [0; 4];
        for _ in 0..9_000 {
            seen[draw.weighted([1, 0, 5, 3].into_iter()).unwrap()] += 1;
        }
        assert!(seen[1] == 0 && (850..1_150).contains(&seen[0]) && (4_800..5_200).contains(&seen[2]), "{seen:?}");
        assert_eq!(draw.weighted([0, 0].into_iter()), None);
        assert_eq!(draw.weighted(std::iter::empty()), None);
        assert_eq!(draw.pick::<u8>(&[]), None);
    }

    #[test]
    fn shares_are_kept_and_orders_are_whole() {
        let mut draw = draw(3);
        let hits = (0..10_000).filter(|_| draw.percent(20)).count();
        assert!((1_850..2_150).contains(&hits), "{hits}");
        assert!(!draw.percent(0) && draw.percent(100));
        let mut order: Vec<u8> = (0..20).collect();
        draw.shuffle(&mut order);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..20) && order != sorted);
    }
}
