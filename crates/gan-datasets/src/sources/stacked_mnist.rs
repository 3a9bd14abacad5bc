//! Stacked MNIST: three digits, drawn at random, as the channels of one picture (Metz et al. 2017, "Unrolled generative adversarial
//! networks"). Its 1,000 modes are the numbers of three digits, each nearly as likely: a count of the modes that a generator finds.
//!
//! The digits come from the same split of MNIST. Picture i is a pure function of (seed, split, i): nothing but MNIST is held.

use rand::rngs::Xoshiro256PlusPlus;

use super::Source;
use super::mnist::MNIST;
use crate::dataset::check_read;
use crate::density::Drawn;
use crate::random::uniform;
use crate::{Dataset, DatasetError, ImageSet, OpenOptions, Provenance};

pub(super) const SOURCE: Source = Source {
    name: "stacked-mnist",
    doc: "three random digits of MNIST as the channels of a picture, 28 x 28: 1,000 modes",
    needs_dir: true,
    open: |options| {
        let mut drawn =
            Drawn::new(SOURCE.name, "triples of MNIST (LeCun, Cortes, Burges), official IDX files".to_owned(), options)?;
        drawn.provenance.licence = MNIST.licence.to_owned();
        let digits = MNIST.images(&OpenOptions { count: None, ..options.clone() })?;
        Ok(Box::new(Stacked { digits, drawn }))
    },
};

const CHANNELS: usize = 3;

struct Stacked {
    digits: ImageSet,
    drawn: Drawn,
}

impl Stacked {
    /// The digits that picture i is made of.
    fn triple(&self, i: usize) -> [usize; CHANNELS] {
        let mut rng: Xoshiro256PlusPlus = self.drawn.rng(i);
        let n = self.digits.len();
        [(); CHANNELS].map(|()| ((uniform(&mut rng) * n as f64) as usize).min(n - 1))
    }
}

impl Dataset for Stacked {
    fn len(&self) -> usize {
        self.drawn.provenance.count
    }

    fn sample_shape(&self) -> &[usize] {
        &[28, 28, CHANNELS]
    }

    fn provenance(&self) -> &Provenance {
        &self.drawn.provenance
    }

    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        check_read(self, i, out)?;
        for (channel, digit) in self.triple(i).into_iter().enumerate() {
            let values = out.iter_mut().skip(channel).step_by(CHANNELS);
            for (value, pixel) in values.zip(self.digits.bytes(digit)) {
                *value = f32::from(*pixel) / 255.0;
            }
        }
        Ok(())
    }

    fn classes(&self) -> Option<usize> {
        Some(1_000)
    }

    /// Products of the digits' shares: the channels are independent.
    fn class_shares(&self) -> Option<Vec<f64>> {
        let mut digits = [0.0; 10];
        for i in 0..self.digits.len() {
            *digits.get_mut(self.digits.label(i)? as usize)? += 1.0 / self.digits.len() as f64;
        }
        let channel = |shares: Vec<f64>| shares.iter().flat_map(|p| digits.map(|q| p * q)).collect();
        Some((0..CHANNELS).fold(vec![1.0], |shares, _| channel(shares)))
    }

    /// The digits of the first to the last channel, read as one number.
    fn label(&self, i: usize) -> Option<u32> {
        if i >= self.len() {
            return None;
        }
        self.triple(i).into_iter().try_fold(0, |number, digit| Some(10 * number + self.digits.label(digit)?))
    }
}
