//! What the tests share: a small game that uses everything, and comparisons to the bit.
#![allow(dead_code, reason = "each test file takes what it needs")]

use gan_train::{Config, Session, StepReport, Task};

/// Batch norm in G, dropout in D, momentum and averages: whatever has a state.
pub const SMALL: &str = r#"
name = "small"
seed = 5

[data]
name = "ring"
count = 200

[train]
batch = 16
steps = 30
threads = 2

[generator]
latent = 3
prior = "normal"
average = 0.9
optimizer = { type = "adam", lr = 0.001 }
layers = [
    { type = "linear", units = 12, init = "he" },
    "batch_norm",
    "relu",
    { type = "linear", units = 2 },
]

[discriminator]
optimizer = { type = "sgd", lr = { type = "exponential", start = 0.05, divisor = 1.01, floor = 0.001 }, momentum = 0.5 }
layers = [
    { type = "linear", units = 12, init = "he" },
    { type = "leaky_relu", slope = 0.2 },
    { type = "dropout", keep = 0.7 },
    { type = "linear", units = 1 },
]

[samples]
every_steps = 0
count = 16

[checkpoint]
every_steps = 10
"#;

/// A small game with classes: every layer that reads them, spectral norms, deviations of groups, decays on schedules.
pub const CONDITIONAL: &str = r#"
name = "conditional"
seed = 6

[data]
name = "digits"
count = 100

[train]
batch = 12
steps = 16
threads = 2

[game]
objective = "hinge"
penalties = [{ type = "r1", gamma = 0.1 }]

[generator]
latent = 4
prior = "normal"
average = { half_life = 60, unit = "example", ramp = 0.5 }
optimizer = { type = "adam", lr = { type = "warmup", over = 0.5, then = 0.002 }, beta2 = { type = "linear", from = 0.9, to = 0.99, end = 8, unit = "step" } }
layers = [
    { type = "label_concat", size = 3 },
    { type = "linear", units = 16 },
    "conditional_batch_norm",
    { type = "residual", layers = ["relu", { type = "linear", units = 16, init = "constant" }] },
    { type = "linear", units = 784, init = "xavier" },
    "sigmoid",
]

[discriminator]
weight_clip = 0.4
optimizer = { type = "adam", lr = 0.002, beta1 = 0.0 }
layers = [
    { type = "linear", units = 16, spectral_norm = true },
    { type = "leaky_relu", slope = 0.2 },
    { type = "minibatch_std", group = 4 },
    { type = "projection", spectral_norm = true },
]

[samples]
every_steps = 0
count = 16
"#;

/// The small game with classes, with overrides.
pub fn conditional(overrides: &[&str]) -> Config {
    let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    Config::from_toml(CONDITIONAL, "conditional", &overrides).expect("the conditional configuration is one")
}

/// The small game with overrides, one a line.
pub fn small(overrides: &str) -> Config {
    let overrides: Vec<String> = overrides.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    Config::from_toml(SMALL, "small", &overrides).expect("the small configuration is one")
}

/// Every parameter, state, average and statistic by name, as bits.
pub fn bits(session: &Session) -> Vec<(String, Vec<u32>)> {
    let stores = session.task().stores();
    let of = |x: &[f32]| x.iter().map(|v| v.to_bits()).collect();
    stores.iter().flat_map(|(n, s)| s.iter().map(move |(p, x)| (format!("{n}.{}", p.name), of(&x)))).collect()
}

/// Makes steps and keeps their reports.
pub fn steps(session: &mut Session, n: u64) -> Vec<StepReport> {
    (0..n).map(|_| session.step().expect("a step")).collect()
}

/// The names of what differs.
pub fn differing(a: &Session, b: &Session) -> Vec<String> {
    bits(a).into_iter().zip(bits(b)).filter(|(x, y)| x != y).map(|(x, _)| x.0).collect()
}
