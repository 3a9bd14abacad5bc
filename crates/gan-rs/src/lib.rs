//! Generative adversarial networks on the CPU: the facade of the gan crates.
