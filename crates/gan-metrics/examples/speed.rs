//! What the metrics of features cost: `cargo run --release -p gan-metrics --example speed [samples] [features]`.

use std::time::Instant;

use gan_kernels::{Team, random};
use gan_metrics::{ALL, Inputs, MetricError, Samples};

fn main() -> Result<(), MetricError> {
    let mut numbers = std::env::args().skip(1).filter_map(|number| number.parse::<usize>().ok());
    let (n, dim) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(512));
    let normal = |seed: u64, n: usize| {
        let mut values = vec![0.0; n * dim];
        random::normal(&Team::serial(), random::Key { seed, draw: 0, stream: 0 }, dim, &mut values);
        values
    };
    let (generated, real, training) = (normal(1, n), normal(2, n), normal(3, n));
    let (generated, real) = (Samples::new(&generated, dim)?, Samples::new(&real, dim)?);
    let inputs = Inputs {
        samples: Some(generated),
        reference: Some(Samples::new(&training, dim)?),
        held_out: Some(real),
        features: Some(generated),
        real_features: Some(real),
        ..Inputs::default()
    };
    println!("{n} generated and {n} real samples of {dim} features");
    for metric in ALL.iter().filter(|metric| inputs.suffice(metric)) {
        let start = Instant::now();
        let score = (metric.run)(&inputs)?;
        let floor = score.floor.map_or("not given".to_owned(), |floor| format!("{:.4}", floor.value));
        println!("{:<20} {:>7.2} s   value {:.4}, floor {floor}", metric.name, start.elapsed().as_secs_f64(), score.value);
    }
    Ok(())
}
