//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod data;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod inspect;
pub(crate) mod interpolate;
pub(crate) mod list;
pub(crate) mod resume;
pub(crate) mod sample;
pub(crate) mod sweep;
pub(crate) mod theory;
pub(crate) mod train;
pub(crate) mod train_classifier;
