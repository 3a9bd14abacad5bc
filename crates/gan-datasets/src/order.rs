//! The order in which an epoch visits the samples.

use rand::seq::SliceRandom;

use crate::random::keyed;

/// Keeps the permutations apart from the samples of densities, whose streams are small numbers.
const STREAM: u64 = 0x0065_706f_6368;

/// The permutation of one epoch: a pure function of (seed, epoch, number of samples).
pub(crate) struct Order {
    seed: u64,
    epoch: Option<u64>,
    /// Empty if the samples are visited in their own order.
    permutation: Vec<usize>,
}

impl Order {
    pub(crate) fn new(seed: u64, shuffle: bool, samples: usize) -> Self {
        let permutation = if shuffle { (0..samples).collect() } else { Vec::new() };
        Self { seed, epoch: None, permutation }
    }

    /// The sample at place `i` of `epoch`.
    pub(crate) fn sample(&mut self, epoch: u64, i: usize) -> usize {
        if self.permutation.is_empty() {
            return i;
        }
        if self.epoch != Some(epoch) {
            // From the identity, not from the last epoch's order: an epoch must not depend on those before it.
            for (place, sample) in self.permutation.iter_mut().enumerate() {
                *sample = place;
            }
            self.permutation.shuffle(&mut keyed(self.seed, STREAM, epoch));
            self.epoch = Some(epoch);
        }
        self.permutation[i]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(seed: u64, epoch: u64) -> Vec<usize> {
        let mut order = Order::new(seed, true, 8);
        (0..8).map(|i| order.sample(epoch, i)).collect()
    }

    #[test]
    fn an_epoch_visits_every_sample_once() {
        for e in 0..20 {
            let mut seen = epoch(7, e);
            seen.sort_unstable();
            assert_eq!(seen, (0..8).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_epoch_does_not_depend_on_those_before_it() {
        let mut order = Order::new(7, true, 8);
        for e in [0, 3, 1, 3] {
            assert_eq!((0..8).map(|i| order.sample(e, i)).collect::<Vec<_>>(), epoch(7, e));
        }
        assert_ne!(epoch(7, 0), epoch(7, 1));
        assert_ne!(epoch(7, 0), epoch(8, 0));
    }

    /// Checkpoints resume by replaying the order; a change of generator or shuffle must not pass unseen.
    #[test]
    fn the_order_is_pinned() {
        assert_eq!(epoch(1, 0), [3, 6, 0, 1, 7, 5, 2, 4]);
    }

    #[test]
    fn all_orders_of_three_are_equally_likely() {
        let mut counts = [0u32; 27];
        let mut order = Order::new(5, true, 3);
        for e in 0..6000 {
            let place = |i| order.sample(e, i);
            let code: usize = (0..3).map(place).fold(0, |code, sample| 3 * code + sample);
            counts[code] += 1;
        }
        // Chi-squared with 5 degrees of freedom: 20.5 is passed once in a thousand.
        let chi: f64 = counts.iter().filter(|c| **c > 0).map(|c| (f64::from(*c) - 1000.0).powi(2) / 1000.0).sum();
        assert_eq!(counts.iter().filter(|c| **c > 0).count(), 6);
        assert!(chi < 20.5, "{chi}");
    }
}
