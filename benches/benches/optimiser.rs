//! Optimiser updates of a 1200 x 1200 weight matrix, 1.44 million weights, alone and with a bound on the norm of its
//! columns, on one and two threads.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan_kernels::update::{Adam, Momentum, adam, max_column_norm, momentum};
use gan_kernels::{Buffer, Pool};

const UNITS: usize = 1200;

fn optimiser(c: &mut Criterion) {
    let n = UNITS * UNITS;
    let bytes = |arrays: u64| Throughput::Bytes(arrays * 4 * n as u64);
    let g = Buffer::from_slice(&gan_benches::numbers(n));
    for threads in [1, 2] {
        let (mut w, mut m, mut v) = (g.clone(), Buffer::zeros(n), Buffer::zeros(n));
        let mut scratch = Buffer::zeros(UNITS);
        let mut group = c.benchmark_group(format!("optimiser/{threads}"));
        Pool::new(threads).region(|team| {
            // three arrays read, two written
            group.throughput(bytes(5));
            group.bench_function("momentum", |b| {
                b.iter(|| black_box(momentum(team, &mut w, &mut v, &g, Momentum { lr: 1e-6, mu: 0.5, nesterov: false })));
            });
            // and each column read once more
            group.throughput(bytes(6));
            group.bench_function("momentum, max_column_norm", |b| {
                b.iter(|| {
                    black_box(momentum(team, &mut w, &mut v, &g, Momentum { lr: 1e-6, mu: 0.5, nesterov: false }));
                    max_column_norm(team, &mut w, UNITS, 1e9, &mut scratch);
                });
            });
            m.fill(0.0);
            v.fill(0.0);
            let numbers = Adam { lr: 1e-6, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, correction1: 0.5, correction2: 1e-3 };
            group.throughput(bytes(7));
            group.bench_function("adam", |b| b.iter(|| black_box(adam(team, &mut w, &mut m, &mut v, &g, numbers))));
            group.throughput(bytes(8));
            group.bench_function("adam, max_column_norm", |b| {
                b.iter(|| {
                    black_box(adam(team, &mut w, &mut m, &mut v, &g, numbers));
                    max_column_norm(team, &mut w, UNITS, 1e9, &mut scratch);
                });
            });
            // no column is too long: one array read
            group.throughput(bytes(1));
            group.bench_function("max_column_norm", |b| b.iter(|| max_column_norm(team, &mut w, UNITS, 1e9, &mut scratch)));
        });
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(400))
}

criterion_group!(name = benches; config = short(); targets = optimiser);
criterion_main!(benches);
