#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod class_coverage;
mod class_reverse_kl;
mod class_shares;
mod classifier_score;
mod confident_share;
mod duplicate_share;
mod error;
mod high_quality_share;
mod inputs;
mod latent_path;
mod mode_coverage;
mod mode_reverse_kl;
mod modes;
mod nearest_neighbours;
pub mod parzen;
mod path_length;
mod predictions;
mod probabilities;
mod registry;
mod samples;
mod score;
mod search;
mod special;

pub use class_coverage::{ClassCoverage, ClassCoverageOptions, class_coverage};
pub use class_reverse_kl::{ClassReverseKl, class_reverse_kl, class_reverse_kl_uniform};
pub use class_shares::ClassShares;
pub use classifier_score::{ClassifierScore, classifier_score};
pub use confident_share::{ConfidentShare, confident_share};
pub use duplicate_share::{DuplicateShare, DuplicateShareOptions, duplicate_share};
pub use error::MetricError;
pub use high_quality_share::{HighQualityShare, high_quality_share};
pub use inputs::{Input, Inputs};
pub use latent_path::LatentPath;
pub use mode_coverage::{ModeCoverage, mode_coverage};
pub use mode_reverse_kl::{ModeReverseKl, mode_reverse_kl};
pub use modes::{Modes, NearestMode};
pub use nearest_neighbours::{NearestNeighbours, Neighbour, nearest_neighbours, nearest_other_rows};
pub use path_length::{PathLength, path_length};
pub use predictions::Predictions;
pub use probabilities::Probabilities;
pub use registry::{ALL, Direction, MetricEntry};
pub use samples::Samples;
pub use score::{Floor, Score};
