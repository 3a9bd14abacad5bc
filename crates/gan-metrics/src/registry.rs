use serde::Serialize;

use crate::{
    Input, Inputs, MetricError, Score, class_coverage, class_reverse_kl, classifier_score, confident_share, coverage, density,
    duplicate_share, frechet_distance, high_quality_share, kernel_distance, memorisation, mode_coverage, mode_reverse_kl,
    nearest_neighbours, path_length, precision, recall, sliced_wasserstein,
};

/// Every metric of this crate. A new one is one file and one line here.
pub const ALL: &[MetricEntry] = &[
    mode_coverage::ENTRY,
    mode_reverse_kl::ENTRY,
    high_quality_share::ENTRY,
    class_coverage::ENTRY,
    class_coverage::FOUND,
    confident_share::ENTRY,
    nearest_neighbours::ENTRY,
    duplicate_share::ENTRY,
    class_reverse_kl::ENTRY,
    class_reverse_kl::UNIFORM_ENTRY,
    classifier_score::ENTRY,
    path_length::ENTRY,
    frechet_distance::ENTRY,
    kernel_distance::ENTRY,
    precision::ENTRY,
    recall::ENTRY,
    density::ENTRY,
    coverage::ENTRY,
    sliced_wasserstein::ENTRY,
    memorisation::ENTRY,
];

/// A metric as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct MetricEntry {
    /// Name in configurations, reports and [`Score::metric`].
    pub name: &'static str,
    /// What it measures, in one line.
    pub doc: &'static str,
    /// Which way is better.
    pub better: Direction,
    /// The inputs without which it cannot be computed.
    pub needs: &'static [Input],
    /// How its floor is found, or why there is none.
    pub floor: &'static str,
    /// Computes it with its default options.
    pub run: fn(&Inputs<'_>) -> Result<Score, MetricError>,
}

/// Which way a metric gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}
