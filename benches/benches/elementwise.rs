//! Element-wise maths and reductions over a layer's activations (100 x 1200), on every instruction set, one thread.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan_kernels::{Buffer, Element, Isa, Pool, map, maxout, reduce};

const ROWS: usize = 100;
const UNITS: usize = 1200;

fn elementwise(c: &mut Criterion) {
    let x = Buffer::from_slice(&gan_benches::numbers(ROWS * UNITS));
    let y = Buffer::from_slice(&gan_benches::numbers(ROWS * UNITS));
    let (mut out, mut index) = (Buffer::<f32>::zeros(ROWS * UNITS), Buffer::zeros(ROWS * UNITS / 5));
    for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
        let mut group = c.benchmark_group(format!("elementwise/{isa}"));
        group.throughput(Throughput::Elements((ROWS * UNITS) as u64));
        Pool::with_isa(1, isa).region(|team| {
            let o = &mut out;
            group.bench_function("relu", |b| b.iter(|| map::unary(team, &x, o, |x| if x < 0.0 { 0.0 } else { x })));
            group.bench_function("add", |b| b.iter(|| map::binary(team, &x, &y, o, |x, y| x + y)));
            group.bench_function("sigmoid", |b| b.iter(|| map::unary(team, &x, o, Element::sigmoid)));
            group.bench_function("softplus", |b| b.iter(|| map::unary(team, &x, o, Element::softplus)));
            group.bench_function("exp", |b| b.iter(|| map::unary(team, &x, o, Element::exp)));
            group.bench_function("ln", |b| b.iter(|| map::unary(team, &x, o, Element::ln)));
            group.bench_function("tanh", |b| b.iter(|| map::unary(team, &x, o, Element::tanh)));
            group.bench_function("sum", |b| b.iter(|| black_box(reduce::sum_all(team, &x))));
            group.bench_function("sum_rows", |b| {
                b.iter(|| reduce::fold_axis(team, (1, ROWS, UNITS), &x, &mut o[..UNITS], 0.0, |a, b| a + b));
            });
            group.bench_function("maxout", |b| {
                b.iter(|| maxout::forward(team, &x, &[], 5, UNITS / 5, &mut o[..ROWS * UNITS / 5], &mut index));
            });
        });
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(250))
}

criterion_group!(name = benches; config = short(); targets = elementwise);
criterion_main!(benches);
