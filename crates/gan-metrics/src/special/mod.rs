//! The probabilities that statistical floors are made of.

mod binomial;
mod chi;

pub(crate) use binomial::{at_least, expectation};
pub(crate) use chi::within_radius;
