//! A vector that is no image, as bars.

use super::{Colour, Picture, SIGNAL};

const PAPER: Colour = [245, 245, 247];
const BAR: Colour = [60, 110, 170];
const ZERO: Colour = [150, 150, 160];

/// Draws one bar for each value into the rectangle at `(left, top)`, whose width is a multiple of the number of values; if there are more
/// values than pixels, each column of pixels shows from the least to the greatest of its values.
/// Bars rise (or fall) from zero, held within the range; NaN is a bar of full height in the signal colour.
pub(super) fn draw_bars(
    picture: &mut Picture,
    (left, top): (usize, usize),
    (width, height): (usize, usize),
    values: &[f32],
    (low, high): (f32, f32),
) {
    picture.fill((left, top), (width, height), PAPER);
    // Pixels from the upper edge of the tile.
    let depth = |v: f32| ((high - v.clamp(low, high)) / (high - low) * height as f32).round() as usize;
    let zero = depth(0.0);
    picture.fill((left, top + zero.min(height - 1)), (width, 1), ZERO);
    if values.len() > width {
        for x in 0..width {
            let values = &values[x * values.len() / width..(x + 1) * values.len() / width];
            if values.iter().any(|v| v.is_nan()) {
                picture.fill((left + x, top), (1, height), SIGNAL);
                continue;
            }
            let (lowest, highest) = values.iter().fold((high, low), |(l, h), &v| (v.min(l), v.max(h)));
            let (first, last) = (depth(highest).min(height - 1), depth(lowest));
            picture.fill((left + x, top + first), (1, (last - first.min(last)).max(1)), BAR);
        }
        return;
    }
    let step = width / values.len();
    // Wide bars stand apart.
    let bar = if step >= 4 { step - step / 4 } else { step };
    for (i, &value) in values.iter().enumerate() {
        let x = left + i * step + (step - bar) / 2;
        if value.is_nan() {
            picture.fill((x, top), (bar, height), SIGNAL);
        } else {
            let end = depth(value);
            picture.fill((x, top + end.min(zero)), (bar, end.abs_diff(zero)), BAR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_rise_from_zero_and_stay_in_the_tile() {
        let mut picture = Picture::filled(14, 12, [0; 3]);
        draw_bars(&mut picture, (1, 1), (12, 10), &[1.0, -9.0, f32::NAN], (-1.0, 1.0));
        let column = |x: usize| (0..12).map(|y| picture.pixel(x, y).unwrap()).collect::<Vec<_>>();
        assert_eq!(column(2), [&[[0; 3]][..], &[BAR; 5], &[ZERO], &[PAPER; 4], &[[0; 3]]].concat());
        assert_eq!(column(6), [&[[0; 3]][..], &[PAPER; 5], &[BAR; 5], &[[0; 3]]].concat());
        assert_eq!(column(10), [&[[0; 3]][..], &[SIGNAL; 10], &[[0; 3]]].concat());
        assert_eq!(column(0), [[0; 3]; 12]);
        assert_eq!(column(13), [[0; 3]; 12]);
    }

    #[test]
    fn many_values_are_a_curve() {
        let mut picture = Picture::filled(3, 4, [0; 3]);
        draw_bars(&mut picture, (0, 0), (3, 4), &[1.0, 0.5, -1.0, 1.0, 0.0, f32::NAN], (-1.0, 1.0));
        let column = |x: usize| (0..4).map(|y| picture.pixel(x, y).unwrap()).collect::<Vec<_>>();
        assert_eq!((column(0), column(1), column(2)), (vec![BAR, PAPER, ZERO, PAPER], vec![BAR; 4], vec![SIGNAL; 4]));
    }

    #[test]
    fn without_zero_in_the_range_bars_rise_from_the_nearer_end() {
        let mut picture = Picture::filled(3, 4, PAPER);
        draw_bars(&mut picture, (0, 0), (3, 4), &[1.0, 3.0, 2.0], (1.0, 3.0));
        let heights: Vec<_> = (0..3).map(|x| (0..4).filter(|&y| picture.pixel(x, y) == Some(BAR)).count()).collect();
        assert_eq!(heights, [0, 4, 2]);
    }
}
