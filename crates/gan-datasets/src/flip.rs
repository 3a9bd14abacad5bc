//! Pictures seen in a mirror, half of them: as good as twice the data where left and right are alike.

use rand::RngExt;

use crate::random::keyed;
use crate::{Dataset, DatasetError};

/// Keeps the throws apart from the orders of epochs and the samples of densities.
const STREAM: u64 = 0x0066_6c69_7073;

/// Which pictures of a batch are mirrored: a pure function of (seed, number of the batch, place in it).
pub(crate) struct Flip {
    seed: u64,
    /// Height, width, channels.
    shape: [usize; 3],
}

impl Flip {
    /// # Errors
    /// [`DatasetError::Parameter`] if the samples of the set are no pictures.
    pub(crate) fn new(set: &dyn Dataset, seed: u64) -> Result<Flip, DatasetError> {
        match *set.sample_shape() {
            [height, width, channels] => Ok(Flip { seed, shape: [height, width, channels] }),
            ref found => {
                let name = set.provenance().name.clone();
                let message =
                    format!("only pictures [height, width, channels] can be flipped, its samples are of shape {found:?}");
                Err(DatasetError::Parameter { name, message })
            }
        }
    }

    /// Mirrors half of the pictures of batch `number`.
    pub(crate) fn apply(&self, number: u64, pictures: &mut [f32]) {
        let [height, width, channels] = self.shape;
        let mut throws = keyed(self.seed, STREAM, number);
        for picture in pictures.chunks_exact_mut(height * width * channels) {
            if throws.random::<bool>() {
                picture.chunks_exact_mut(width * channels).for_each(|row| mirror(row, channels));
            }
        }
    }
}

/// Reverses the order of the pixels of a row.
fn mirror(row: &mut [f32], channels: usize) {
    row.reverse();
    if channels > 1 {
        row.chunks_exact_mut(channels).for_each(<[f32]>::reverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, open};

    #[test]
    fn pixels_change_places_and_channels_do_not() {
        let mut row = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        mirror(&mut row, 2);
        assert_eq!(row, [5.0, 6.0, 3.0, 4.0, 1.0, 2.0]);
        mirror(&mut row, 1);
        assert_eq!(row, [2.0, 1.0, 4.0, 3.0, 6.0, 5.0]);
    }

    #[test]
    fn half_of_the_pictures_are_mirrored_anew_in_every_batch() {
        let flip = Flip { seed: 3, shape: [1, 2, 1] };
        let batch = |number| {
            let mut x = [0.0, 1.0].repeat(1000);
            flip.apply(number, &mut x);
            x
        };
        let mirrored = batch(0).chunks_exact(2).filter(|x| x[0] == 1.0).count();
        // five standard deviations of a fair coin
        assert!((421..=579).contains(&mirrored), "{mirrored}");
        assert!(batch(0) == batch(0) && batch(0) != batch(1));
        assert_ne!(batch(0), {
            let mut x = [0.0, 1.0].repeat(1000);
            Flip { seed: 4, ..flip }.apply(0, &mut x);
            x
        });
    }

    #[test]
    fn points_are_refused() {
        let ring = open("ring", &OpenOptions::default()).unwrap();
        let message = Flip::new(&*ring, 0).err().unwrap().to_string();
        assert!(message.contains("`ring`: only pictures [height, width, channels] can be flipped"), "{message}");
    }
}
