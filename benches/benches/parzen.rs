//! Parzen-window log-likelihoods of images: one bandwidth, and ten from the same distances. `gan bench parzen` measures
//! the full size.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan::metrics::{Samples, parzen};
use gan_kernels::Pool;

const DIM: usize = 784;
const SAMPLES: usize = 2000;
const POINTS: usize = 500;

fn log_likelihood(c: &mut Criterion) {
    let (samples, points) = (gan_benches::numbers(SAMPLES * DIM), gan_benches::numbers(POINTS * DIM));
    let samples = Samples::new(&samples, DIM).expect("the numbers are finite");
    let points = Samples::new(&points, DIM).expect("the numbers are finite");
    for threads in [1, 2] {
        let mut group = c.benchmark_group(format!("parzen/{threads}"));
        // an element is a floating-point operation of the product
        group.throughput(Throughput::Elements(2 * (SAMPLES * POINTS * DIM) as u64));
        for (name, sigmas) in [("one sigma", &parzen::GRID[2..3]), ("ten sigmas", &parzen::GRID[..])] {
            Pool::new(threads).region(|team| {
                group.bench_function(name, |b| {
                    b.iter(|| parzen::log_likelihood(team, &samples, &points, sigmas).expect("the dimensions agree"));
                });
            });
        }
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1))
}

criterion_group! { name = benches; config = short(); targets = log_likelihood }
criterion_main!(benches);
