//! Data sets for generative models: embedded digits, MNIST, densities; a reproducible, prefetching loader.
