//! Products of the shapes that a training step of the multi-layer perceptron GAN takes (batches of 100 and 200),
//! forward (NN), towards the input (NT) and towards the weights (TN), on one and two threads.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan_kernels::gemm::{Matrix, gemm};
use gan_kernels::{Buffer, Pool};

/// Rows, columns, terms of a sum, first operand transposed, second operand transposed.
const SHAPES: [(usize, usize, usize, bool, bool); 8] = [
    (100, 1200, 1200, false, false),
    (100, 1200, 1200, false, true),
    (100, 784, 1200, false, true),
    (200, 1200, 784, false, false),
    (1200, 1200, 100, true, false),
    (784, 1200, 200, true, false),
    (100, 1, 240, false, false),
    (1, 1200, 1200, false, false),
];

fn matmul(c: &mut Criterion) {
    for threads in [1, 2] {
        let mut pool = Pool::new(threads);
        let mut group = c.benchmark_group(format!("matmul/{threads}"));
        for (m, n, k, ta, tb) in SHAPES {
            let (a, b) = (Buffer::from_slice(&gan_benches::numbers(m * k)), Buffer::from_slice(&gan_benches::numbers(k * n)));
            let a = Matrix::new(&a, if ta { m } else { k }, ta);
            let b = Matrix::new(&b, if tb { k } else { n }, tb);
            let mut out = Buffer::zeros(m * n);
            let letter = |transposed| if transposed { 'T' } else { 'N' };
            // an element is a floating-point operation
            group.throughput(Throughput::Elements(2 * (m * n * k) as u64));
            group.bench_function(format!("{m}x{n}x{k}/{}{}", letter(ta), letter(tb)), |bench| {
                pool.region(|team| bench.iter(|| gemm(team, (m, n, k), a, b, &mut out)));
            });
        }
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(600))
}

criterion_group!(name = benches; config = short(); targets = matmul);
criterion_main!(benches);
