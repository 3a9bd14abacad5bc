//! How a data set is opened: from where, which part, how much.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::DatasetError;

/// Which part of a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Split {
    /// What a model is fitted to.
    #[default]
    Train,
    /// What choices (an epoch, a bandwidth) are made on.
    Validation,
    /// What is reported at the end.
    Test,
    /// Everything that the set has.
    All,
}

impl Split {
    /// Every split, in the order of their use.
    pub const ALL: &[Split] = &[Split::Train, Split::Validation, Split::Test, Split::All];

    /// The name that [`FromStr`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
            Split::All => "all",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Split {
    type Err = DatasetError;

    fn from_str(name: &str) -> Result<Self, DatasetError> {
        let found = Self::ALL.iter().find(|split| split.name() == name);
        found.copied().ok_or_else(|| DatasetError::UnknownSplit { name: name.to_owned() })
    }
}

/// How to open a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The folder that holds the set's files; sets without files ignore it.
    pub dir: Option<PathBuf>,
    /// Which part.
    pub split: Split,
    /// The seed of drawn sets; stored ones ignore it.
    pub seed: u64,
    /// The number of samples. Of a stored set these are the first ones of the split (all, if `None`); a density draws
    /// as many (if `None`, 10,000 for validation and test, else 50,000).
    pub count: Option<usize>,
    /// Rows and columns of background on each side of pictures, see [`Padded`](crate::Padded).
    pub pad: usize,
    /// Whether each sample is moved to mean 0 and scaled to norm 55 (after padding), see [`Normalised`](crate::Normalised).
    pub gcn: bool,
    /// The fold, from 0, of a set that has folds; others ignore it.
    pub fold: usize,
    /// The side of the squares that a folder's pictures are brought to; if `None` they must be of one size.
    pub size: Option<usize>,
    /// Whether a folder's pictures are brought to one channel, else to three.
    pub grey: bool,
    /// The rate that sounds are brought to, in samples a second (if `None`, 8000).
    pub rate: Option<u32>,
    /// The number of samples that sounds are cut or filled up to (if `None`, a second).
    pub length: Option<usize>,
}

impl OpenOptions {
    /// The number of samples to take of `available` ones in set `name`.
    pub(crate) fn take(&self, name: &str, available: usize) -> Result<usize, DatasetError> {
        if available == 0 {
            let message = format!("its {} split has no samples", self.split);
            return Err(DatasetError::Parameter { name: name.to_owned(), message });
        }
        let count = self.count.unwrap_or(available);
        if count == 0 || count > available {
            let (name, split) = (name.to_owned(), self.split);
            return Err(DatasetError::SampleCount { name, split, asked: count, available });
        }
        Ok(count)
    }

    /// The samples to take of `n` in set `name`, which has no splits of its own: of every ten the ninth is for validation and the
    /// tenth for the test.
    pub(crate) fn deal(&self, name: &str, n: usize) -> Result<Vec<usize>, DatasetError> {
        let belongs = |i: &usize| match self.split {
            Split::Train => i % 10 < 8,
            Split::Validation => i % 10 == 8,
            Split::Test => i % 10 == 9,
            Split::All => true,
        };
        let mut samples: Vec<usize> = (0..n).filter(belongs).collect();
        samples.truncate(self.take(name, samples.len())?);
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_splits_are_read_back() {
        for split in Split::ALL {
            assert_eq!(split.to_string().parse::<Split>().unwrap(), *split);
        }
        let message = "trian".parse::<Split>().unwrap_err().to_string();
        assert!(message.contains("`trian`") && message.contains("validation"), "{message}");
    }

    #[test]
    fn every_sample_is_dealt_to_one_split() {
        let deal = |split, n| OpenOptions { split, ..Default::default() }.deal("set", n);
        let mut all: Vec<usize> = Split::ALL[..3].iter().flat_map(|split| deal(*split, 25).unwrap()).collect();
        all.sort_unstable();
        assert_eq!(all, deal(Split::All, 25).unwrap());
        assert_eq!((deal(Split::Validation, 25).unwrap(), deal(Split::Test, 20).unwrap()), (vec![8, 18], vec![9, 19]));
        deal(Split::Test, 9).unwrap_err();
    }

    #[test]
    fn none_and_too_many_samples_are_refused() {
        let take = |count| OpenOptions { count, ..Default::default() }.take("set", 5);
        assert_eq!(take(None).unwrap(), 5);
        assert_eq!(take(Some(3)).unwrap(), 3);
        for asked in [0, 6] {
            let message = take(Some(asked)).unwrap_err().to_string();
            assert!(message.contains(&format!("{asked} samples")) && message.contains('5'), "{message}");
        }
    }
}
