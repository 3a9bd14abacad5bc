//! Lines on the canvas: solid, dashed, dotted, and arrows.

use plotters::element::{Circle, PathElement, Polygon};
use plotters::style::{Color, ShapeStyle};

use super::Colour;
use super::canvas::{Area, Drawn, line, px, rgb};
use super::figure::Stroke;

/// Length of an arrow's head.
const HEAD: f64 = 7.0;

/// Draws a line on the canvas; dashes and dots go on around its corners.
pub(super) fn stroke_along(area: &Area<'_>, points: &[(i32, i32)], stroke: Stroke, colour: Colour, width: f64) -> Drawn {
    let style = line(colour, 1.0, width);
    match stroke {
        Stroke::Solid => {
            // plotters fills an outline: a sharp corner would be a spike, and where a line crosses itself there would be a hole
            let gentle = gentle(points);
            for pair in gentle.windows(2) {
                if let Some(&corner) = pair[1].first() {
                    area.draw(&Circle::new(corner, px(width / 2.0), rgb(colour).filled()))?;
                }
            }
            for piece in gentle {
                area.draw(&PathElement::new(piece, style))?;
            }
        }
        Stroke::Dashed => {
            for dash in pieces(points, f64::from(px(8.0)), f64::from(px(5.0))) {
                area.draw(&PathElement::new(dash, style))?;
            }
        }
        Stroke::Dotted => {
            let dot = rgb(colour).filled();
            for piece in pieces(points, f64::from(px(0.1)), f64::from(px(5.4))) {
                if let Some(&at) = piece.first() {
                    area.draw(&Circle::new(at, px(0.72 * width), dot))?;
                }
            }
        }
    }
    Ok(())
}

/// The line in pieces, each of which turns by a right angle at most in all, so that it cannot cross itself; each begins where
/// the one before ends.
fn gentle(points: &[(i32, i32)]) -> Vec<Vec<(i32, i32)>> {
    let mut all = Vec::new();
    let mut current: Vec<(i32, i32)> = Vec::new();
    let (mut before, mut turned) = ((0.0, 0.0), 0.0);
    for &point in points {
        let Some(&last) = current.last() else {
            current.push(point);
            continue;
        };
        let (x, y) = (f64::from(point.0 - last.0), f64::from(point.1 - last.1));
        if (x, y) == (0.0, 0.0) {
            continue;
        }
        let (a, b) = before;
        turned += f64::atan2(a * y - b * x, a * x + b * y).abs();
        if turned > std::f64::consts::FRAC_PI_2 {
            all.push(std::mem::replace(&mut current, vec![last]));
            turned = 0.0;
        }
        current.push(point);
        before = (x, y);
    }
    all.push(current);
    all
}

/// The parts of a line that are drawn, `on` long with gaps of `off`, along its length.
fn pieces(points: &[(i32, i32)], on: f64, off: f64) -> Vec<Vec<(i32, i32)>> {
    let mut all = Vec::new();
    let mut current: Vec<(i32, i32)> = points.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (f64::from(b.0 - a.0), f64::from(b.1 - a.1));
        let length = dx.hypot(dy);
        let mut done = 0.0;
        while length - done >= left {
            done += left;
            let at = (a.0 + (dx * done / length).round() as i32, a.1 + (dy * done / length).round() as i32);
            if drawing {
                current.push(at);
                all.push(std::mem::take(&mut current));
            } else {
                current = vec![at];
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
        left -= length - done;
        if drawing {
            current.push(b);
        }
    }
    if drawing && current.len() > 1 {
        all.push(current);
    }
    all
}

/// An arrow from `a` to `b`, with a head unless its own end is out of sight.
pub(super) fn arrow(area: &Area<'_>, a: (i32, i32), b: (i32, i32), head: bool, style: ShapeStyle) -> Drawn {
    area.draw(&PathElement::new([a, b], style))?;
    let (dx, dy) = (f64::from(b.0 - a.0), f64::from(b.1 - a.1));
    let length = dx.hypot(dy);
    if !head || length < 1.0 {
        return Ok(());
    }
    let size = f64::from(px(HEAD)).min(0.6 * length);
    let (ux, uy) = (dx / length * size, dy / length * size);
    let corner = |side: f64| {
        ((f64::from(b.0) - ux - side * 0.45 * uy).round() as i32, (f64::from(b.1) - uy + side * 0.45 * ux).round() as i32)
    };
    area.draw(&Polygon::new(vec![b, corner(1.0), corner(-1.0)], style.color.filled()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_around_corners() {
        let dashes = pieces(&[(0, 0), (10, 0), (10, 10)], 8.0, 4.0);
        assert_eq!(dashes, [vec![(0, 0), (8, 0)], vec![(10, 2), (10, 10)]]);
        assert_eq!(pieces(&[(0, 0), (3, 0), (3, 3)], 8.0, 4.0), [vec![(0, 0), (3, 0), (3, 3)]]);
        assert!(pieces(&[], 8.0, 4.0).is_empty());
    }

    #[test]
    fn lines_are_cut_where_they_turn_back() {
        let zigzag = [(0, 0), (10, 0), (0, 1), (0, 1), (10, 2)];
        assert_eq!(gentle(&zigzag), [vec![(0, 0), (10, 0)], vec![(10, 0), (0, 1)], vec![(0, 1), (10, 2)]]);
        let corner = [(0, 0), (10, 0), (10, 10)];
        assert_eq!(gentle(&corner), [corner]);
        // a full circle is no one piece
        let circle: Vec<_> = (0..=360).map(|i| f64::from(i).to_radians().sin_cos()).collect();
        let circle: Vec<_> = circle.iter().map(|(s, c)| ((1e4 * c) as i32, (1e4 * s) as i32)).collect();
        assert!((4..7).contains(&gentle(&circle).len()));
        assert_eq!(gentle(&circle).iter().map(|piece| piece.len() - 1).sum::<usize>(), 360);
    }
}
