//! What several tests use.

pub mod mat;
