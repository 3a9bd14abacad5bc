//! Points of the plane: the data and what the generator makes of it.

use plotters::element::{Circle, Cross};
use plotters::style::Color;

use super::canvas::{Margins, Mark, axes, chart, legend, line, picture, px, rgb};
use super::{Colour, DATA, FAKE, Picture, PictureError};

const CENTRE: Colour = [205, 40, 40];
/// The longer side of the plotting area, in pixels.
const SIDE: f64 = 640.0;
const MARGINS: Margins = Margins { left: 52, right: 24, top: 44, bottom: 34 };
/// How far beyond the data is drawn at most, as a multiple of its extent.
const REACH: [f64; 4] = [1.25, 1.75, 2.5, 4.0];

/// Draws points `(x, y)` of the data (`real`, grey) and of the generator (`fake`, green), and the `centres` of the
/// modes as crosses; each is flat, `[n, 2]`, and may be empty as long as one of the first two is not.
///
/// Both axes have the same scale. The limits come from the data and the centres, and widen in a few fixed steps until 98
/// in 100 fakes are within, so that pictures of successive steps do not jitter and a generator that runs away does
/// not take the picture with it; how many points lie outside or are not finite is said in the legend.
///
/// # Errors
/// [`PictureError::Ragged`] for half a point, [`PictureError::Empty`] without any finite point to draw.
///
/// ```
/// use gan_train::picture::{PictureError, scatter};
///
/// let picture = scatter(&[0.0, 0.0, 1.0, 1.0], &[0.5, 0.4], &[])?;
/// assert_eq!(picture.width, 716);
/// # Ok::<(), PictureError>(())
/// ```
pub fn scatter(real: &[f32], fake: &[f32], centres: &[f64]) -> Result<Picture, PictureError> {
    let real = points("real points", real)?;
    let fake = points("fake points", fake)?;
    let centres = points("centres", centres)?;
    let limits = Limits::new(&real, &fake, &centres).ok_or(PictureError::Empty { what: "finite points of the plane" })?;

    let longest = limits.x.extent().max(limits.y.extent());
    let length = |axis: Axis| (SIDE * axis.extent() / longest).round();
    let (width, height) = (length(limits.x), length(limits.y));
    let whole = |length: f64, margins: u32| length as u32 + margins;
    let size = (whole(width, MARGINS.left + MARGINS.right), whole(height, MARGINS.top + MARGINS.bottom));
    let ticks = |length: f64| (length / 80.0).ceil() as usize;

    picture(size.0, size.1, |area| {
        let mut chart = chart(area, MARGINS, limits.x.ends(), limits.y.ends())?;
        axes(&mut chart, (ticks(width), ticks(height)))?;
        let mut entries = Vec::new();
        for (name, colour, points) in [("data", DATA, &real), ("generated", FAKE, &fake)] {
            let inside: Vec<_> = points.iter().copied().filter(|&p| limits.contain(p)).collect();
            let style = rgb(colour).mix(opacity(inside.len())).filled();
            chart.draw_series(inside.iter().map(|&p| Circle::new(p, px(2.0), style)))?;
            let outside = points.len() - inside.len();
            if outside > 0 {
                entries.push((Mark::Point, colour, format!("{name} ({outside} of {} outside)", points.len())));
            } else if !points.is_empty() {
                entries.push((Mark::Point, colour, name.to_owned()));
            }
        }
        chart.draw_series(centres.iter().map(|&p| Cross::new(p, px(4.0), line(CENTRE, 1.0, 1.3))))?;
        if !centres.is_empty() {
            entries.push((Mark::Cross, CENTRE, "centres".to_owned()));
        }
        legend(area, f64::from(MARGINS.left), 22.0, &entries)
    })
}

type Point = (f64, f64);

fn points<T: Copy + Into<f64>>(what: &'static str, flat: &[T]) -> Result<Vec<Point>, PictureError> {
    let (pairs, rest) = flat.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(PictureError::Ragged { what, len: flat.len(), dim: 2 });
    }
    Ok(pairs.iter().map(|&[x, y]| (x.into(), y.into())).collect())
}

/// Few points are solid; of many, the shade shows how dense they are.
fn opacity(points: usize) -> f64 {
    (500.0 / points.max(1) as f64).sqrt().clamp(0.12, 0.65)
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    middle: f64,
    half: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        (low <= high).then_some(Self { middle: low.midpoint(high), half: (high - low) / 2.0 })
    }

    fn extent(self) -> f64 {
        2.0 * self.half
    }

    fn ends(self) -> (f64, f64) {
        (self.middle - self.half, self.middle + self.half)
    }

    fn contains(self, v: f64) -> bool {
        (v - self.middle).abs() <= self.half
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Limits {
    x: Axis,
    y: Axis,
}

impl Limits {
    fn new(real: &[Point], fake: &[Point], centres: &[Point]) -> Option<Self> {
        let finite =
            |points: &[Point]| -> Vec<Point> { points.iter().copied().filter(|p| p.0.is_finite() && p.1.is_finite()).collect() };
        let (real, fake) = (finite(real), finite(fake));
        if real.is_empty() && fake.is_empty() {
            return None;
        }
        let mut anchors = finite(centres);
        anchors.extend(&real);
        if anchors.is_empty() {
            anchors.extend(&fake);
        }
        let x = Axis::over(anchors.iter().map(|p| p.0))?;
        let y = Axis::over(anchors.iter().map(|p| p.1))?;
        // Points that coincide or lie on a line still need a picture, and one that is not a strip; ticks cannot be
        // told apart where they differ by less than the last digits of the numbers.
        let longest = x.half.max(y.half);
        let longest = if longest > 0.0 { longest } else { 1.0 };
        let wide = |axis: Axis| Axis { half: axis.half.max(0.5 * longest).max(1e-5 * axis.middle.abs()), ..axis };
        let core = Self { x: wide(x), y: wide(y) };
        let scaled = |factor: f64| {
            let axis = |a: Axis| Axis { half: a.half * factor, ..a };
            Self { x: axis(core.x), y: axis(core.y) }
        };
        let enough = |limits: &Self| {
            let inside = fake.iter().filter(|&&p| limits.contain(p)).count();
            inside * 100 >= fake.len() * 98
        };
        Some(REACH.iter().map(|&factor| scaled(factor)).find(enough).unwrap_or_else(|| scaled(REACH[0])))
    }

    fn contain(self, (x, y): Point) -> bool {
        self.x.contains(x) && self.y.contains(y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [f32; 8] = [-1.0, -1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0];

    /// Where a point of the plane lies in a picture of `SQUARE`.
    fn at(picture: &Picture, x: f64, y: f64) -> [u8; 3] {
        let column = f64::from(MARGINS.left) + SIDE * (x / 2.5 + 0.5);
        let row = f64::from(MARGINS.top) + SIDE * (0.5 - y / 2.5);
        picture.pixel(column as usize, row as usize).unwrap()
    }

    #[test]
    fn points_are_where_they_should_be_in_the_colours_of_their_kind() {
        let picture = scatter(&SQUARE, &[0.3, -0.7], &[0.1, 0.6]).unwrap();
        assert_eq!((picture.width, picture.height), (716, 718));
        for point in SQUARE.chunks(2) {
            let [r, g, b] = at(&picture, point[0].into(), point[1].into());
            assert!(r < 130 && r.abs_diff(b) < 3 && r == g, "{point:?}: {r} {g} {b}");
        }
        let [r, g, b] = at(&picture, 0.3, -0.7);
        assert!(g > r + 40 && g > b + 20, "{r} {g} {b}");
        let [r, g, b] = at(&picture, 0.1, 0.6);
        assert!(r > g + 60 && r > b + 60, "{r} {g} {b}");
        assert_eq!(at(&picture, 0.06, 0.06), [255; 3]);
    }

    #[test]
    fn the_scale_is_the_same_on_both_axes() {
        let wide: Vec<f32> = SQUARE.iter().enumerate().map(|(i, v)| if i % 2 == 0 { 1.6 * v } else { *v }).collect();
        let picture = scatter(&wide, &[], &[]).unwrap();
        assert_eq!((picture.width, picture.height), (640 + 76, 400 + 78));
        // A line is drawn with half its length as height.
        let picture = scatter(&[0.0, 5.0, 1.0, 5.0], &[], &[]).unwrap();
        assert_eq!((picture.width, picture.height), (640 + 76, 320 + 78));
    }

    #[test]
    fn limits_follow_the_data_and_widen_for_fakes_in_steps_only() {
        let real = points("", &SQUARE).unwrap();
        let limits = |fake: &[f32]| Limits::new(&real, &points("", fake).unwrap(), &[]).unwrap().x;
        assert_eq!(limits(&[]), Axis { middle: 0.0, half: 1.25 });
        assert_eq!(limits(&[0.5, 1.2]), Axis { middle: 0.0, half: 1.25 });
        assert_eq!(limits(&[1.4, 0.0]), Axis { middle: 0.0, half: 1.75 });
        assert_eq!(limits(&[3.9, 0.0]), Axis { middle: 0.0, half: 4.0 });
        assert_eq!(limits(&[1e30, 0.0]), Axis { middle: 0.0, half: 1.25 });
        assert_eq!(limits(&[f32::NAN, 0.0]), Axis { middle: 0.0, half: 1.25 });
        let mut cloud = [0.0; 200];
        cloud[7] = 500.0;
        assert_eq!(limits(&cloud), Axis { middle: 0.0, half: 1.25 });
    }

    #[test]
    fn odd_inputs_are_drawn_or_refused_by_name() {
        assert!(matches!(scatter(&[1.0], &[], &[]), Err(PictureError::Ragged { dim: 2, .. })));
        assert!(matches!(scatter(&[], &[], &[0.0, 0.0]), Err(PictureError::Empty { .. })));
        assert!(matches!(scatter(&[f32::NAN, 0.0], &[], &[]), Err(PictureError::Empty { .. })));
        let odd = [[1e30, 1e30], [0.0, 0.0], [f32::MAX, f32::MIN], [1e-40, 0.0]];
        for real in odd {
            scatter(&real, &[f32::INFINITY, 1.0], &[]).unwrap();
        }
        scatter(&[-f32::MAX, 0.0, f32::MAX, 0.0], &[], &[]).unwrap();
        scatter(&[], &[3.0, 4.0], &[f64::NAN, 0.0]).unwrap();
    }
}
