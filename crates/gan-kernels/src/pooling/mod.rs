//! Pooling over windows of pictures `[n, height, width, channels]`: where the windows lie, and sums and maxima over them.
//!
//! All channels of a pixel have the same windows, so that every kernel works on vectors of channels. The gradients are
//! computed pixel by pixel, or, of few channels, for a row of pixels at a time, from the windows that hold the pixel in their
//! order: no thread adds to another's results.

pub mod max;
pub mod sum;

use std::ops::Range;

use crate::Element;

/// Windows of `kernel` pixels, `stride` pixels apart, the first of them `padding` pixels outside of the picture: numbers for
/// rows and for columns. A window holds those of its pixels that lie in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Height and width of a window.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub stride: [usize; 2],
    /// Pixels outside of the picture, on each side.
    pub padding: [usize; 2],
}

impl Windows {
    /// How many windows there are over pictures of `size`, `(size + 2 padding - kernel) / stride + 1` in each direction.
    ///
    /// `None` if there are none, or if there were windows that hold no pixel: of a size or stride 0, or with `padding >= kernel`.
    ///
    /// ```
    /// let windows = gan_kernels::pooling::Windows { kernel: [3, 2], stride: [2, 2], padding: [1, 0] };
    /// assert_eq!(windows.count([7, 7]), Some([4, 3]));
    /// assert_eq!(windows.count([7, 1]), None);
    /// ```
    pub fn count(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let along = |axis: usize| {
            let (kernel, padding) = (self.kernel[axis], self.padding[axis]);
            let room = size[axis].checked_add(padding.checked_mul(2)?)?.checked_sub(kernel)?;
            (size[axis] > 0 && padding < kernel).then_some(())?;
            room.checked_div(self.stride[axis])?.checked_add(1)
        };
        Some([along(0)?, along(1)?])
    }

    /// Pixels of a window.
    pub fn area(&self) -> usize {
        self.kernel[0].saturating_mul(self.kernel[1])
    }

    /// Which of the kernel's positions lie in the picture, for the window `o` along `axis`.
    #[inline(always)]
    fn inside(&self, axis: usize, size: usize, o: usize) -> Range<usize> {
        let (start, padding) = (o * self.stride[axis], self.padding[axis]);
        padding.saturating_sub(start)..self.kernel[axis].min(size + padding - start)
    }

    /// The windows that hold pixel `i` along `axis`, out of `count`.
    #[inline(always)]
    fn holding(&self, axis: usize, count: usize, i: usize) -> Range<usize> {
        let at = i + self.padding[axis];
        (at + 1).saturating_sub(self.kernel[axis]).div_ceil(self.stride[axis])..(at / self.stride[axis] + 1).min(count)
    }
}

/// Channels that are no vector: going from pixel to pixel costs more than what is done to them.
const FEW: usize = 4;

/// What a kernel over windows works on: sizes that were checked once.
#[derive(Clone, Copy)]
struct Geometry {
    windows: Windows,
    size: [usize; 2],
    count: [usize; 2],
    channels: usize,
}

impl Geometry {
    /// The geometry over pictures of `shape`, with numbers in pixels and numbers in windows; checks both.
    fn new(windows: &Windows, shape: [usize; 4], pixels: usize, pooled: usize) -> Geometry {
        let [n, height, width, channels] = shape;
        let count = windows.count([height, width]).expect("windows that fit into the pictures");
        assert!(
            pixels == n * height * width * channels && pooled == n * count[0] * count[1] * channels,
            "sizes of a pooling over {shape:?}"
        );
        Geometry { windows: *windows, size: [height, width], count, channels }
    }

    /// Numbers of a picture and of its windows.
    #[inline(always)]
    fn lens(&self) -> (usize, usize) {
        (self.size[0] * self.size[1] * self.channels, self.count[0] * self.count[1] * self.channels)
    }

    /// Calls `f` for each pixel of window (`oy`, `ox`), with its position in the kernel and where its channels start in the picture.
    #[inline(always)]
    fn each_pixel(&self, oy: usize, ox: usize, mut f: impl FnMut(usize, usize)) {
        let Windows { kernel, stride, padding } = self.windows;
        for ky in self.windows.inside(0, self.size[0], oy) {
            let row = (oy * stride[0] + ky - padding[0]) * self.size[1];
            for kx in self.windows.inside(1, self.size[1], ox) {
                f(ky * kernel[1] + kx, (row + ox * stride[1] + kx - padding[1]) * self.channels);
            }
        }
    }

    /// Calls `f` for each window over pixel (`y`, `x`), with the pixel's position in its kernel and where its channels start.
    #[inline(always)]
    fn each_window(&self, y: usize, x: usize, mut f: impl FnMut(usize, usize)) {
        let Windows { kernel, stride, padding } = self.windows;
        for oy in self.windows.holding(0, self.count[0], y) {
            let ky = y + padding[0] - oy * stride[0];
            for ox in self.windows.holding(1, self.count[1], x) {
                let kx = x + padding[1] - ox * stride[1];
                f(ky * kernel[1] + kx, (oy * self.count[1] + ox) * self.channels);
            }
        }
    }

    /// Calls `f` for each row of taps that meets row `y` of pixels, with the row of windows and, of each tap in the order of the
    /// windows, its position in the kernel and the first pixel and the windows that it joins: every stride-th pixel belongs to the
    /// next window.
    #[inline(always)]
    fn each_tap(&self, y: usize, mut f: impl FnMut(usize, usize, usize, Range<usize>)) {
        let Windows { kernel, stride, padding } = self.windows;
        for oy in self.windows.holding(0, self.count[0], y) {
            let ky = y + padding[0] - oy * stride[0];
            for kx in (0..kernel[1]).rev() {
                let first = padding[1].saturating_sub(kx).div_ceil(stride[1]);
                let end = (self.size[1] + padding[1]).saturating_sub(kx).div_ceil(stride[1]).min(self.count[1]);
                if first < end {
                    f(oy, ky * kernel[1] + kx, first * stride[1] + kx - padding[1], first..end);
                }
            }
        }
    }

    /// `pixel = f(pixel, a, b)` for the channels, [`FEW`] at most, of every stride-th pixel and of the windows of `a` and `b` in turn.
    #[inline(always)]
    fn zip<E: Element>(&self, pixels: &mut [E], a: &[E], b: &[E], f: impl Fn(E, E, E) -> E) {
        let stride = self.windows.stride[1];
        match self.channels {
            1 => zip_of::<E, 1>(stride, pixels, a, b, f),
            2 => zip_of::<E, 2>(stride, pixels, a, b, f),
            3 => zip_of::<E, 3>(stride, pixels, a, b, f),
            _ => zip_of::<E, FEW>(stride, pixels, a, b, f),
        }
    }
}

/// As [`Geometry::zip`] for `C` channels.
#[inline(always)]
fn zip_of<E: Element, const C: usize>(stride: usize, pixels: &mut [E], a: &[E], b: &[E], f: impl Fn(E, E, E) -> E) {
    let pixels = pixels.as_chunks_mut::<C>().0.iter_mut().step_by(stride);
    for ((p, a), b) in pixels.zip(a.as_chunks::<C>().0).zip(b.as_chunks::<C>().0) {
        *p = std::array::from_fn(|c| f(p[c], a[c], b[c]));
    }
}

/// Rows of `row` numbers that a thread takes at a time.
pub(crate) fn rows_per_chunk(row: usize) -> usize {
    (crate::map::CHUNK / row.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_views_of_the_windows_agree() {
        for (size, kernel, stride, padding) in
            [(1, 1, 1, 0), (7, 3, 2, 1), (8, 2, 2, 0), (9, 2, 3, 0), (5, 4, 1, 3), (6, 5, 7, 2), (2, 3, 1, 2)]
        {
            let w = Windows { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2] };
            let [count, _] = w.count([size; 2]).unwrap();
            for o in 0..count {
                let inside: Vec<usize> = w.inside(0, size, o).map(|k| o * stride + k - padding).collect();
                assert!(!inside.is_empty() && inside.iter().all(|i| *i < size), "a window without pixels");
                for i in 0..size {
                    assert_eq!(inside.contains(&i), w.holding(0, count, i).contains(&o), "pixel {i}, window {o} of {w:?}");
                }
            }
        }
    }

    #[test]
    fn absurd_windows_are_refused() {
        let count = |kernel, stride, padding, size| {
            Windows { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2] }.count([size; 2])
        };
        assert_eq!(count(2, 2, 0, 4), Some([2, 2]));
        for bad in [(0, 1, 0, 4), (2, 0, 0, 4), (2, 1, 2, 4), (5, 1, 0, 4), (2, 1, 1, 0), (usize::MAX, 1, usize::MAX - 1, 4)] {
            assert_eq!(count(bad.0, bad.1, bad.2, bad.3), None, "{bad:?}");
        }
    }
}
