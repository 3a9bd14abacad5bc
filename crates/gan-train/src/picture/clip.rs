//! The parts of a line that lie within a rectangle: plotters draws past the frame.

pub(super) type Point = (f64, f64);

/// A rectangle: the intervals of both coordinates.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Window {
    pub fn contains(&self, (x, y): Point) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }

    /// The part of the segment from `a` to `b` within (Liang and Barsky 1984).
    pub fn segment(&self, a: Point, b: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for (start, step, (low, high)) in [(a.0, dx, self.x), (a.1, dy, self.y)] {
            if step == 0.0 {
                if !(low..=high).contains(&start) {
                    return None;
                }
                continue;
            }
            let (s, t) = ((low - start) / step, (high - start) / step);
            enter = enter.max(s.min(t));
            leave = leave.min(s.max(t));
        }
        let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        (enter <= leave).then(|| (at(enter), at(leave)))
    }

    /// The pieces of a line within. A point that is not finite ends a piece.
    pub fn line(&self, points: &[Point]) -> Vec<Vec<Point>> {
        let mut pieces: Vec<Vec<Point>> = Vec::new();
        let finite = |p: &Point| p.0.is_finite() && p.1.is_finite();
        for pair in points.windows(2).filter(|w| w.iter().all(finite)) {
            let Some((start, end)) = self.segment(pair[0], pair[1]) else { continue };
            match pieces.last_mut() {
                Some(piece) if piece.last() == Some(&start) => piece.push(end),
                _ => pieces.push(vec![start, end]),
            }
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Window = Window { x: (0.0, 1.0), y: (0.0, 1.0) };

    #[test]
    fn a_line_is_cut_at_the_frame() {
        let pieces = SQUARE.line(&[(-1.0, 0.5), (0.5, 0.5), (0.5, 2.0), (0.75, 2.0), (0.75, 0.0)]);
        assert_eq!(pieces, [vec![(0.0, 0.5), (0.5, 0.5), (0.5, 1.0)], vec![(0.75, 1.0), (0.75, 0.0)]]);
    }

    #[test]
    fn what_is_no_number_is_a_gap() {
        let line = [(0.1, 0.1), (0.2, 0.2), (f64::NAN, 0.2), (0.4, 0.4), (0.5, f64::INFINITY), (0.6, 0.6), (0.7, 0.7)];
        assert_eq!(SQUARE.line(&line).len(), 2);
        assert!(SQUARE.line(&[(2.0, 2.0), (3.0, 2.0)]).is_empty());
        assert!(SQUARE.segment((-1.0, 0.0), (0.0, 2.0)).is_none());
    }
}
