//! Normalisation of a deep convolutional net's feature maps, in bytes of memory that must move: forward with its rectifier
//! (`x` read twice, `y` written), backward through both (`x` and `dy` read twice, `dx` written), the second derivatives of a
//! gradient penalty (three read twice, two written). Beside them the rectifier alone, which reads once and writes once.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan_kernels::norm::{self, Backward, Layout, Second};
use gan_kernels::{Buffer, Pool, map};

const BATCH: usize = 64;
/// Side and channels.
const MAPS: [(usize, usize); 3] = [(16, 64), (8, 128), (4, 256)];

fn layouts(side: usize, channels: usize) -> [(&'static str, Layout); 3] {
    let positions = side * side;
    let layout = |outer, rows, groups, width| Layout { outer, rows, groups, width };
    [
        ("batch", layout(1, BATCH * positions, channels, 1)),
        ("instance", layout(BATCH, positions, channels, 1)),
        ("layer", layout(BATCH, 1, 1, positions * channels)),
    ]
}

fn normalisation(c: &mut Criterion) {
    for threads in [1, 2] {
        let mut group = c.benchmark_group(format!("norm/{threads}"));
        for (side, channels) in MAPS {
            let n = BATCH * side * side * channels;
            let (x, mut y) = (Buffer::from_slice(&gan_benches::numbers(n)), Buffer::<f32>::zeros(n));
            group.throughput(Throughput::Bytes(2 * 4 * n as u64));
            Pool::new(threads).region(|team| {
                group.bench_function(format!("relu/{side}x{side}x{channels}"), |b| {
                    b.iter(|| map::unary(team, &x, &mut y, |x| if x < 0.0 { 0.0 } else { x }));
                });
            });
            for (kind, l) in layouts(side, channels) {
                let n = l.len();
                let [x, dy] = [(); 2].map(|()| Buffer::from_slice(&gan_benches::numbers(n)));
                let gain = Buffer::from_slice(&vec![1.0f32; l.channels()]);
                let shift = Buffer::from_slice(&vec![0.1f32; l.channels()]);
                let [mut mean, mut rstd] = [(); 2].map(|()| Buffer::<f32>::zeros(l.statistics()));
                let [mut dgain, mut dshift] = [(); 2].map(|()| Buffer::<f32>::zeros(l.channels()));
                let mut out = Buffer::<f32>::zeros(n);
                let mut scratch = Buffer::<f32>::zeros(norm::forward_scratch(l).max(norm::backward_scratch(l)));
                Pool::new(threads).region(|team| {
                    group.throughput(Throughput::Bytes(3 * 4 * n as u64));
                    group.bench_function(format!("{kind}/{side}x{side}x{channels}/forward+relu"), |b| {
                        b.iter(|| {
                            let out = (&mut out[..], &mut mean[..], &mut rstd[..]);
                            norm::forward(
                                team,
                                l,
                                (&x, &gain, &shift),
                                1e-5,
                                out,
                                &mut scratch,
                                |z| if z < 0.0 { 0.0 } else { z },
                            );
                        });
                    });
                    group.throughput(Throughput::Bytes(5 * 4 * n as u64));
                    let b_ = Backward { dy: &dy, x: &x, mean: &mean, rstd: &rstd, gain: &gain, shift: &shift, statistics: None };
                    group.bench_function(format!("{kind}/{side}x{side}x{channels}/backward+relu"), |b| {
                        b.iter(|| {
                            let out = (&mut out[..], &mut dgain[..], &mut dshift[..]);
                            norm::backward(team, l, b_, out, &mut scratch, |g, z| if z > 0.0 { g } else { g * 0.0 });
                        });
                    });
                    let [mut dg, mut statistics] = [n, 2 * l.statistics()].map(Buffer::<f32>::zeros);
                    let mut scratch = Buffer::<f32>::zeros(norm::second_scratch(l));
                    group.throughput(Throughput::Bytes(8 * 4 * n as u64));
                    let s =
                        Second { v: &dy, dgain: &gain, dshift: &shift, dy: &dy, x: &x, mean: &mean, rstd: &rstd, gain: &gain };
                    group.bench_function(format!("{kind}/{side}x{side}x{channels}/second"), |b| {
                        b.iter(|| {
                            let out = (&mut dg[..], &mut out[..], &mut statistics[..], &mut dgain[..]);
                            norm::second(team, l, s, out, &mut scratch);
                        });
                    });
                });
            }
        }
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(50)).measurement_time(Duration::from_millis(150))
}

criterion_group!(name = benches; config = short(); targets = normalisation);
criterion_main!(benches);
