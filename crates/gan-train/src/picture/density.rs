//! Densities on the line, as in Figure 1 of the paper.

use plotters::element::Circle;
use plotters::series::{AreaSeries, DashedLineSeries, DottedLineSeries, LineSeries};
use plotters::style::Color;

use super::canvas::{Area, Chart, Drawn, Margins, Mark, axes, chart, legend, line, picture, px, rgb, right_axis};
use super::kernel::estimate;
use super::{DATA, DISCRIMINATOR, FAKE, Picture, PictureError, check_range};

const SIZE: (u32, u32) = (760, 440);
/// Points at which the density of the data is drawn.
const POINTS: u32 = 600;
/// A generator that has collapsed has a density without bound: above this multiple of the data's it is cut off.
const CUT: f64 = 2.0;

/// Draws, over `range`, the density of the data `p_data` (dotted, black), a kernel estimate of the generator's
/// density `p_g` from the samples `fake` (solid, green), and the discriminator `d` as pairs `(x, D(x))` in rising
/// order of `x` (dashed, blue, with its own axis on the right), as in Figure 1 of Goodfellow et al. (2014).
///
/// The bandwidth of the estimate is chosen by cross-validation. Samples outside the range take their share of the mass
/// with them; the legend says how many those are. Where the data's density is infinite or no number there is a gap.
/// The thin blue line is `D = 1/2`, the answer of a discriminator that cannot tell the two apart.
///
/// # Errors
/// [`PictureError::Range`]; [`PictureError::Empty`] if `fake` is empty or the density of the data nowhere finite.
///
/// ```
/// use gan_train::picture::{PictureError, density};
///
/// let uniform = |x: f64| if (0.0..=1.0).contains(&x) { 1.0 } else { 0.0 };
/// let picture = density(&uniform, &[0.4, 0.5, 0.6], Some(&[(0.0, 0.6), (1.0, 0.5)]), (-0.5, 1.5))?;
/// assert_eq!((picture.width, picture.height), (760, 440));
/// # Ok::<(), PictureError>(())
/// ```
pub fn density(
    data: &dyn Fn(f64) -> f64,
    fake: &[f32],
    d: Option<&[(f32, f32)]>,
    range: (f32, f32),
) -> Result<Picture, PictureError> {
    check_range(range)?;
    if fake.is_empty() {
        return Err(PictureError::Empty { what: "samples of the generator" });
    }
    let ends = (f64::from(range.0), f64::from(range.1));
    let step = (ends.1 - ends.0) / f64::from(POINTS - 1);
    let data: Vec<(f64, f64)> = (0..POINTS).map(|i| ends.0 + f64::from(i) * step).map(|x| (x, data(x))).collect();
    let highest = data.iter().map(|p| p.1).filter(|v| v.is_finite()).reduce(f64::max);
    let highest = highest.ok_or(PictureError::Empty { what: "finite values of the density of the data" })?;
    let generated = estimate(fake, ends);
    let peak = generated.iter().map(|p| p.1).fold(0.0, f64::max);
    // The bounds keep the arithmetic of the axis finite, whatever function was given.
    let top = match (highest > 0.0, peak > 0.0) {
        (true, true) => highest.max(peak.min(CUT * highest)),
        (true, false) => highest,
        (false, true) => peak,
        (false, false) => 1.0,
    };
    let top = 1.08 * top.clamp(1e-200, 1e200);
    let inside = |p: &(f64, f64)| (ends.0..=ends.1).contains(&p.0) && p.1.is_finite();
    let d: Option<Vec<(f64, f64)>> = d.map(|d| d.iter().map(|&(x, v)| (x.into(), v.into())).filter(inside).collect());
    let margins = Margins { left: 58, right: if d.is_some() { 58 } else { 24 }, top: 44, bottom: 34 };

    picture(SIZE.0, SIZE.1, |area| {
        let mut plot = chart(area, margins, ends, (0.0, top))?;
        axes(&mut plot, (8, 6))?;
        let mut entries =
            vec![(Mark::Dotted, DATA, "p_data".to_owned()), (Mark::Solid, FAKE, format!("p_g{}", outside(fake, range)))];
        curve(&mut plot, &generated, top)?;
        if let Some(d) = &d {
            discriminator(area, &mut plot, d, ends, top)?;
            entries.push((Mark::Dashed, DISCRIMINATOR, "D(x)".to_owned()));
        }
        dots(&mut plot, &data, top)?;
        legend(area, f64::from(margins.left), 22.0, &entries)
    })
}

/// The density of the generator: a line over a shade of its colour, without what lies above the plot.
fn curve(plot: &mut Chart<'_, '_>, generated: &[(f64, f64)], top: f64) -> Drawn {
    let cut: Vec<_> = generated.iter().map(|&(x, v)| (x, v.min(top))).collect();
    plot.draw_series(AreaSeries::new(cut.iter().copied(), 0.0, rgb(FAKE).mix(0.10)))?;
    for piece in cut.chunk_by(|a, b| a.1 < top || b.1 < top) {
        plot.draw_series(LineSeries::new(piece.iter().copied(), line(FAKE, 1.0, 2.2)))?;
    }
    Ok(())
}

/// The discriminator and its axis, from 0 to 1 where it is a probability, else over all its values (a critic).
fn discriminator(area: &Area<'_>, plot: &mut Chart<'_, '_>, d: &[(f64, f64)], ends: (f64, f64), top: f64) -> Drawn {
    let values = || d.iter().map(|p| p.1);
    let (least, most) = (values().fold(0.0, f64::min), values().fold(1.0, f64::max));
    let room = 0.04 * (most - least);
    // Zero of a probability and of the densities are one line.
    let (low, high) = (if least < 0.0 { least - room } else { 0.0 }, most + room);
    let place = |v: f64| (v - low) / (high - low) * top;
    right_axis(area, plot, (low, high), DISCRIMINATOR)?;
    if (least, most) == (0.0, 1.0) {
        plot.draw_series(LineSeries::new([ends.0, ends.1].map(|x| (x, place(0.5))), line(DISCRIMINATOR, 0.3, 1.0)))?;
    }
    let placed: Vec<_> = d.iter().map(|&(x, v)| (x, place(v))).collect();
    plot.draw_series(DashedLineSeries::new(placed, px(8.0), px(5.0), line(DISCRIMINATOR, 1.0, 2.0)))?;
    Ok(())
}

/// The density of the data: dots at equal distances along the curve, none where it has no finite value.
fn dots(plot: &mut Chart<'_, '_>, data: &[(f64, f64)], top: f64) -> Drawn {
    for piece in data.split(|p| !p.1.is_finite()) {
        let piece: Vec<_> = piece.iter().map(|&(x, v)| (x, v.clamp(0.0, top))).collect();
        let dot = |at| Circle::new(at, px(1.4), rgb(DATA).filled());
        plot.draw_series(DottedLineSeries::new(piece, 0, px(5.5), dot))?;
    }
    Ok(())
}

/// What the legend says about the samples that are not to be seen.
fn outside(fake: &[f32], (low, high): (f32, f32)) -> String {
    match fake.iter().filter(|x| !(low..=high).contains(x)).count() {
        0 => String::new(),
        outside => format!(" ({outside} of {} outside)", fake.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(x: f64) -> f64 {
        (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()
    }

    /// The rows of column `x` whose pixel is of a kind.
    fn rows(picture: &Picture, x: usize, kind: impl Fn(i32, i32, i32) -> bool) -> Vec<usize> {
        let is = |&y: &usize| picture.pixel(x, y).is_some_and(|p| kind(p[0].into(), p[1].into(), p[2].into()));
        (44..406).filter(is).collect()
    }

    #[test]
    fn curves_are_where_their_values_are() {
        // Samples at the quantiles of a uniform density of height 1/4 on [-2, 2].
        let fake: Vec<f32> = (0..4000).map(|i| (i as f32 + 0.5) / 1000.0 - 2.0).collect();
        let d: Vec<(f32, f32)> = (0..=60).map(|i| (i as f32 / 10.0 - 3.0, 0.25)).collect();
        let picture = density(&normal, &fake, Some(&d), (-3.0, 3.0)).unwrap();
        let top = 1.08 * normal(0.0);
        let row = |share: f64| (44.0 + 362.0 * (1.0 - share)) as usize;
        let near = |rows: &[usize], row: usize| !rows.is_empty() && rows.iter().all(|&y| y.abs_diff(row) <= 3);
        // Right of the middle, away from the mesh.
        let (left, width) = (58, SIZE.0 as usize - 58 - 58);
        let column = |x: f64| left + ((x + 3.0) / 6.0 * width as f64) as usize;
        let green = rows(&picture, column(0.3), |r, g, b| g > r + 70 && g > b + 40);
        assert!(near(&green, row(0.25 / top)), "{green:?}");
        let blue: Vec<_> = (0..14).flat_map(|i| rows(&picture, column(0.3) + i, |r, _, b| b > r + 120)).collect();
        assert!(near(&blue, row(0.25 / 1.04)), "{blue:?}");
        let black: Vec<_> = (0..7).flat_map(|i| rows(&picture, column(0.0) + i, |r, g, b| r.max(g).max(b) < 100)).collect();
        assert!(near(&black, row(normal(0.0) / top)), "{black:?}");
    }

    #[test]
    fn without_a_discriminator_nothing_is_blue() {
        let picture = density(&normal, &[0.0, 0.5, 1.0], None, (-3.0, 3.0)).unwrap();
        assert_eq!((picture.width, picture.height), (760, 440));
        let blue = |x: usize| !rows(&picture, x, |r, g, b| b > r + 60 && b > g + 30).is_empty();
        assert!(!(0..picture.width).any(blue));
    }

    #[test]
    fn odd_inputs_are_drawn_or_refused_by_name() {
        assert!(matches!(density(&normal, &[], None, (-1.0, 1.0)), Err(PictureError::Empty { .. })));
        assert!(matches!(density(&normal, &[0.0], None, (1.0, -1.0)), Err(PictureError::Range { .. })));
        assert!(matches!(density(&|_| f64::NAN, &[0.0], None, (0.0, 1.0)), Err(PictureError::Empty { .. })));
        for data in [&(|x: f64| 1.0 / x) as &dyn Fn(f64) -> f64, &|_| 0.0, &|_| f64::MAX, &|_| -1.0, &|x| x.ln()] {
            for fake in [&[f32::NAN; 3][..], &[f32::INFINITY, 0.0], &[0.25; 50], &[0.0, 1.0, f32::MIN]] {
                let d = [(f32::NAN, 0.0), (0.0, f32::INFINITY), (0.5, -f32::MAX), (0.7, f32::MAX)];
                density(data, fake, Some(&d), (0.0, 1.0)).unwrap();
                density(data, fake, Some(&[]), (1e30, 1.1e30)).unwrap();
            }
        }
    }

    #[test]
    fn the_legend_counts_what_is_not_shown() {
        assert_eq!(outside(&[0.0, 2.0, f32::NAN, 1.0], (0.0, 1.0)), " (2 of 4 outside)");
        assert_eq!(outside(&[0.0, 1.0], (0.0, 1.0)), "");
    }
}
