//! Adversarial nets: objectives, penalties, priors, updates and the theory of Goodfellow et al. 2014.

pub mod theory;
