//! One axis: an interval, evenly divided or by powers of ten.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;

use super::canvas::number;

/// An axis over the interval from `low` to `high` of its coordinate: the value, or its decimal logarithm.
#[derive(Clone)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    /// Where ticks are wanted.
    marked: (f64, f64),
    /// Names at 0, 1, 2, ... in the place of numbers.
    names: Vec<String>,
}

impl Scale {
    pub fn even((low, high): (f64, f64)) -> Self {
        Self { low, high, logarithmic: false, marked: (low, high), names: Vec::new() }
    }

    /// Between two powers of ten, given by their exponents.
    pub fn logarithmic((low, high): (f64, f64)) -> Self {
        Self { low, high, logarithmic: true, marked: (low, high), names: Vec::new() }
    }

    /// With ticks in this part only.
    pub fn marked(mut self, part: (f64, f64)) -> Self {
        self.marked = part;
        self
    }

    /// With names at 0, 1, 2, ...; with numbers if there are none.
    pub fn named(mut self, names: &[String]) -> Self {
        self.names = names.to_vec();
        self
    }

    fn points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if !self.names.is_empty() {
            return (0..self.names.len()).map(|i| i as f64).collect();
        }
        if !self.logarithmic {
            // sums of steps that miss 0 by a rounding error
            let exact = |v: f64| if v.abs() < 1e-9 * (self.high - self.low) { 0.0 } else { v };
            return RangedCoordf64::from(self.low..self.high).key_points(hint).into_iter().map(exact).collect();
        }
        let (first, last) = (self.low.ceil(), self.high.floor());
        let decades = last - first + 1.0;
        if decades < 2.0 {
            return RangedCoordf64::from(self.low..self.high).key_points(hint);
        }
        let step = (decades / hint.max_num_points().max(1) as f64).ceil().max(1.0);
        (0..).map(|i| first + f64::from(i) * step).take_while(|&v| v <= last).collect()
    }

    /// The label of a coordinate.
    pub fn label(&self, at: f64) -> String {
        match self.names.get(at.round() as usize) {
            Some(name) => name.clone(),
            None if self.logarithmic => number(10f64.powf(at)),
            None => number(at),
        }
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        self.label(*value)
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.low..self.high).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let (low, high) = self.marked;
        self.points(hint).into_iter().filter(|v| (low..=high).contains(v)).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_marked() {
        let scale = Scale::logarithmic((-2.3, 3.1));
        assert_eq!(scale.key_points(10), [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(scale.key_points(3), [-2.0, 0.0, 2.0]);
        assert_eq!(scale.label(-2.0), "0.01");
        assert_eq!(scale.label(6.0), "1e6");
        assert_eq!(scale.map(&-2.3, (10, 20)), 10);
    }

    #[test]
    fn names_stand_at_whole_numbers() {
        let scale = Scale::even((-0.6, 2.6)).named(&["none", "R1", "R2"].map(String::from));
        assert_eq!(scale.key_points(2), [0.0, 1.0, 2.0]);
        assert_eq!([0.0, 1.0, 2.0].map(|at| scale.label(at)), ["none", "R1", "R2"]);
    }

    #[test]
    fn an_even_axis_is_marked_at_round_numbers() {
        let scale = Scale::even((-1.0, 1.0));
        assert!(scale.key_points(5).contains(&0.0));
        // 0.2 - 0.2 comes out as -5.6e-17 here
        assert!(Scale::even((-0.58, 0.58)).key_points(6).contains(&0.0));
        assert_eq!(scale.label(0.5), "0.5");
        assert!(scale.marked((0.0, 1.0)).key_points(5).iter().all(|v| *v >= 0.0));
    }
}
