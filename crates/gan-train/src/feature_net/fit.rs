//! How samples of another shape are brought before a net, where they can be.

/// How a net judges samples: what is cut off, and what it sees at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Height, width and channels of a sample; nothing to be done where it is absent.
    picture: Option<[usize; 3]>,
    /// Rows and columns that are cut off on each side.
    crop: usize,
    /// Values of a sample.
    len: usize,
    /// Parts of a sample that are judged each by itself.
    parts: usize,
}

impl Fit {
    /// Of samples `shape`, with a margin of `pad` pixels, to a net for samples `input`.
    pub(super) fn new(input: &[usize], shape: &[usize], pad: usize) -> Option<Fit> {
        let len = shape.iter().product();
        if input == shape {
            return Some(Fit { picture: None, crop: 0, len, parts: 1 });
        }
        let (&[h, w, c], &[height, width, channels]) = (input, shape) else { return None };
        let inner = |side: usize| side.checked_sub(2 * pad);
        let crop = match (height, width) {
            same if same == (h, w) => 0,
            (height, width) if inner(height) == Some(h) && inner(width) == Some(w) => pad,
            _ => return None,
        };
        let parts = match c {
            same if same == channels => 1,
            1 => channels,
            _ => return None,
        };
        Some(Fit { picture: Some([height, width, channels]), crop, len, parts })
    }

    /// Parts of a sample that are judged each by itself: its channels, for a net of one channel.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// Values of a sample.
    pub fn sample_len(&self) -> usize {
        self.len
    }

    /// The parts of whole samples, one after the other, appended to `out`.
    pub(super) fn apply(&self, samples: &[f32], out: &mut Vec<f32>) {
        let Some([height, width, channels]) = self.picture else { return out.extend_from_slice(samples) };
        let row = width * channels;
        for sample in samples.chunks_exact(self.len.max(1)) {
            for part in 0..self.parts {
                for row in sample.chunks_exact(row).take(height - self.crop).skip(self.crop) {
                    let pixels = &row[self.crop * channels..(width - self.crop) * channels];
                    if self.parts == 1 {
                        out.extend_from_slice(pixels);
                    } else {
                        out.extend(pixels.iter().skip(part).step_by(channels));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fit;

    fn apply(input: &[usize], shape: &[usize], pad: usize) -> Option<(usize, Vec<f32>)> {
        let fit = Fit::new(input, shape, pad)?;
        let samples: Vec<f32> = (0..2 * shape.iter().product::<usize>()).map(|i| i as f32).collect();
        let mut out = Vec::new();
        fit.apply(&samples, &mut out);
        Some((fit.parts(), out))
    }

    #[test]
    fn margins_are_cut_off_and_channels_judged_one_by_one() {
        assert_eq!(apply(&[2], &[2], 0), Some((1, vec![0.0, 1.0, 2.0, 3.0])));
        // 1 x 2 pixels of 2 channels: the first of both, then the second, sample by sample
        assert_eq!(apply(&[1, 2, 1], &[1, 2, 2], 0), Some((2, vec![0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0])));
        // 3 x 3 with a margin of 1
        assert_eq!(apply(&[1, 1, 1], &[3, 3, 1], 1), Some((1, vec![4.0, 13.0])));
        assert_eq!(apply(&[1, 1, 1], &[3, 3, 2], 1), Some((2, vec![8.0, 9.0, 26.0, 27.0])));
        assert_eq!(apply(&[1, 1, 2], &[3, 3, 2], 1), Some((1, vec![8.0, 9.0, 26.0, 27.0])));
        // a net for pictures with their margin sees it
        assert_eq!(apply(&[3, 3, 1], &[3, 3, 1], 1).map(|(parts, x)| (parts, x.len())), Some((1, 18)));
    }

    #[test]
    fn nothing_else_fits() {
        for (input, shape, pad) in [
            (&[28, 28, 1][..], &[32, 32, 1][..], 0),
            (&[28, 28, 1], &[32, 32, 1], 1),
            (&[28, 28, 1], &[784], 0),
            (&[28, 28, 3], &[28, 28, 1], 0),
            (&[2], &[3], 0),
            (&[1, 1, 1], &[3, 3, 1], usize::MAX / 4),
        ] {
            assert_eq!(Fit::new(input, shape, pad), None, "{input:?} {shape:?}");
        }
    }
}
