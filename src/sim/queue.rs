//! The ordered queue of what happens next.
//!
//! Entries leave in the order (time, sequence): at one moment, first in is first out. There are no ticks; whoever
//! drives the queue sets its clock to the time of the entry that it took.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Time;

/// A priority queue over virtual time that never reorders two entries of one moment.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    sequence: u64,
}

#[derive(Clone, Debug)]
struct Entry<E> {
    at: Time,
    sequence: u64,
    event: E,
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        EventQueue { heap: BinaryHeap::new(), sequence: 0 }
    }
}

impl<E> EventQueue<E> {
    /// Adds an event that happens at `at`.
    pub fn push(&mut self, at: Time, event: E) {
        self.sequence += 1;
        self.heap.push(Reverse(Entry { at, sequence: self.sequence, event }));
    }

    /// The time of the next event; `None` when nothing is left.
    #[must_use]
    pub fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the next event and its time.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.event))
    }

    /// How many events wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// The waiting events with their times, in the order in which they will leave.
    pub fn in_order(&self) -> Vec<(Time, &E)> {
        let mut entries: Vec<&Entry<E>> = self.heap.iter().map(|Reverse(entry)| entry).collect();
        entries.sort();
        entries.into_iter().map(|entry| (entry.at, &entry.event)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The queue agrees with a stable sort by time, whatever the order of insertion, also after some were taken.
        #[test]
        fn leaves_in_stable_time_order(times in proptest::collection::vec(0_i64..20, 0..60), taken in 0_usize..30) {
            let mut queue = EventQueue::default();
            for (index, time) in times.iter().enumerate() {
                queue.push(Time(*time), index);
            }
            let mut expected: Vec<(Time, usize)> = times.iter().enumerate().map(|(i, t)| (Time(*t), i)).collect();
            expected.sort_by_key(|(time, _)| *time);
            let seen: Vec<(Time, usize)> = queue.in_order().into_iter().map(|(time, index)| (time, *index)).collect();
            prop_assert_eq!(&seen, &expected);
            for entry in expected.iter().take(taken) {
                prop_assert_eq!(queue.next_time(), Some(entry.0));
                prop_assert_eq!(queue.pop(), Some(*entry));
            }
            prop_assert_eq!(queue.len(), times.len().saturating_sub(taken));
        }
    }
}
