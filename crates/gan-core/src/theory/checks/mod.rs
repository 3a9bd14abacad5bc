//! Every statement of the theory as a row: the claim, what was computed, what was expected. One file a topic; a new one is a
//! file here and a line in [`ALL`].

mod convergence;
mod densities;
mod discrete;
mod dynamics;
mod f_divergences;
mod saturation;
mod spectrum;
mod wasserstein;

use super::TheoryError;

/// One claim and how it came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What is claimed, in a line.
    pub claim: String,
    /// What was computed.
    pub computed: f64,
    /// What the claim expects.
    pub expected: f64,
    /// How far the two are apart in the direction that the claim forbids.
    pub error: f64,
    /// The error up to which the claim holds.
    pub tolerance: f64,
}

impl Row {
    /// The claim that `computed = expected`: the error is `|computed - expected| / max(1, |expected|)`.
    pub fn equal(claim: impl Into<String>, computed: f64, expected: f64, tolerance: f64) -> Row {
        // Two infinities of one sign are equal, though their difference is no number.
        let error = if computed == expected { 0.0 } else { (computed - expected).abs() / expected.abs().max(1.0) };
        Row { claim: claim.into(), computed, expected, error, tolerance }
    }

    /// The claim that `computed <= bound`: the error is what `computed` has above it.
    pub fn at_most(claim: impl Into<String>, computed: f64, bound: f64, tolerance: f64) -> Row {
        let above = computed - bound;
        // NaN stays: it is no bound kept.
        let error = if above <= 0.0 { 0.0 } else { above };
        Row { claim: claim.into(), computed, expected: bound, error, tolerance }
    }

    /// The claim that `computed >= bound`: the error is what `computed` lacks.
    pub fn at_least(claim: impl Into<String>, computed: f64, bound: f64, tolerance: f64) -> Row {
        Row { computed, expected: bound, ..Row::at_most(claim, -computed, -bound, tolerance) }
    }

    /// Whether the claim holds; an error that is no number does not.
    pub fn holds(&self) -> bool {
        self.error <= self.tolerance
    }
}

/// Claims about one part of the theory.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// What it is about, in a line.
    pub doc: &'static str,
    /// Computes its rows.
    pub rows: fn() -> Result<Vec<Row>, TheoryError>,
}

/// Every topic.
pub const ALL: &[Topic] = &[
    discrete::TOPIC,
    densities::TOPIC,
    wasserstein::TOPIC,
    convergence::TOPIC,
    f_divergences::TOPIC,
    saturation::TOPIC,
    dynamics::TOPIC,
    spectrum::TOPIC,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_holds() {
        for topic in ALL {
            let rows = (topic.rows)().unwrap();
            assert!(!rows.is_empty(), "{}", topic.name);
            for row in rows {
                assert!(row.holds(), "{}: {row:?}", topic.name);
            }
        }
    }

    #[test]
    fn what_does_not_hold_is_seen() {
        assert!(!Row::equal("", 1.0, 1.1, 1e-3).holds());
        assert!(!Row::equal("", f64::NAN, 1.0, 1e-3).holds());
        assert!(!Row::equal("", f64::INFINITY, 1.0, 1e-3).holds());
        assert!(Row::equal("", f64::INFINITY, f64::INFINITY, 0.0).holds());
        assert!(Row::at_most("", -5.0, 0.0, 0.0).holds());
        assert!(!Row::at_most("", 0.1, 0.0, 1e-3).holds());
        assert!(!Row::at_most("", f64::NAN, 0.0, 1e-3).holds());
        assert!(Row::at_least("", 5.0, 0.0, 0.0).holds());
        assert!(!Row::at_least("", -0.1, 0.0, 1e-3).holds());
        assert_eq!(Row::at_least("", -0.1, 0.0, 1e-3).computed, -0.1);
    }
}
