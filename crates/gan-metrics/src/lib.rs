//! Metrics of generated samples: mode coverage, high-quality share, nearest neighbours.
