//! The examples stand in the folder of this package, one file each; from the root of the workspace:
//!
//! | command | what it shows |
//! |---|---|
//! | `cargo run --release --example quickstart` | trains on handwritten digits and paints some |
//! | `cargo run --release --example ring` | eight Gaussians on a ring: how many are found, how well |
//! | `cargo run --release --example xor` | what a perceptron cannot learn, and why two layers can |
//! | `cargo run --release --example custom_objective` | an objective of one's own, and the game loop written out |
//! | `cargo run --release --example custom_layer` | a layer of one's own, with its gradients checked |
//!
//! Each takes the number of steps as its argument (`-- 5000`).

// the code in the workspace's documents is compiled and run as tests of this package
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/theory.md")]
struct Theory;
