//! Random numbers for a batch (100 x 1200), on every instruction set, one thread.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan_kernels::random::{Key, dropout, normal, uniform};
use gan_kernels::{Buffer, Isa, Pool};

const ROWS: usize = 100;
const UNITS: usize = 1200;
const KEY: Key = Key { seed: 1, draw: 2, stream: 3 };

fn random(c: &mut Criterion) {
    let mut out = Buffer::<f32>::zeros(ROWS * UNITS);
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        let mut group = c.benchmark_group(format!("random/{isa}"));
        group.throughput(Throughput::Elements((ROWS * UNITS) as u64));
        Pool::with_isa(1, isa).region(|team| {
            let o = &mut out;
            group.bench_function("uniform", |b| b.iter(|| uniform(team, KEY, UNITS, (-1.0, 1.0), o)));
            group.bench_function("normal", |b| b.iter(|| normal(team, KEY, UNITS, o)));
            // all kept, so that the numbers stay what they are over many runs
            group.bench_function("dropout", |b| b.iter(|| dropout(team, KEY, UNITS, 1.0, o)));
        });
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(250))
}

criterion_group!(name = benches; config = short(); targets = random);
criterion_main!(benches);
