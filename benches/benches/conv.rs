//! Convolutions of the sizes that a DCGAN on 32 x 32 pictures takes at a batch of 64, each with both of its gradients, on one and
//! two threads. A transposed convolution is the gradient towards the input.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan_kernels::conv::{self, Geometry};
use gan_kernels::{Buffer, Pool};

/// Height and width, channels in and out; kernels of 4 x 4, a stride of 2, a padding of 1.
const LAYERS: [(usize, usize, usize); 3] = [(32, 3, 64), (16, 64, 128), (8, 128, 256)];

fn layer((size, inputs, outputs): (usize, usize, usize)) -> Geometry {
    Geometry {
        batch: 64,
        input: [size; 2],
        output: [size / 2; 2],
        channels: [inputs, outputs],
        kernel: [4; 2],
        stride: [2; 2],
        padding: [1; 2],
        groups: 1,
    }
}

fn convolutions(c: &mut Criterion) {
    for threads in [1, 2] {
        let mut pool = Pool::new(threads);
        let mut group = c.benchmark_group(format!("conv/{threads}"));
        for sizes in LAYERS {
            let g = layer(sizes);
            let pixels = g.batch * sizes.0 * sizes.0;
            let weights = 16 * sizes.1 * sizes.2;
            let numbers = |n: usize| Buffer::from_slice(&gan_benches::numbers(n));
            let (x, w, y) = (numbers(pixels * sizes.1), numbers(weights), numbers(pixels / 4 * sizes.2));
            let (mut to_x, mut to_w, mut to_y) = (x.clone(), w.clone(), y.clone());
            let scratch = conv::forward_scratch(&g).max(conv::input_gradient_scratch(&g)).max(conv::weight_gradient_scratch(&g));
            let mut scratch = Buffer::zeros(scratch);
            // an element is a floating-point operation
            group.throughput(Throughput::Elements(2 * (pixels / 4 * weights) as u64));
            let name = |what: &str| format!("{0}x{0}x{1}->{2}/{what}", sizes.0, sizes.1, sizes.2);
            group.bench_function(name("forward"), |bench| {
                pool.region(|team| bench.iter(|| conv::forward(team, &g, &x, &w, &mut to_y, &mut scratch)));
            });
            group.bench_function(name("input gradient"), |bench| {
                pool.region(|team| bench.iter(|| conv::input_gradient(team, &g, &y, &w, &mut to_x, &mut scratch)));
            });
            group.bench_function(name("weight gradient"), |bench| {
                pool.region(|team| bench.iter(|| conv::weight_gradient(team, &g, &x, &y, &mut to_w, &mut scratch)));
            });
        }
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(600))
}

criterion_group!(name = benches; config = short(); targets = convolutions);
criterion_main!(benches);
