//! Batches at the sizes of the paper, as fast as the loader's own thread makes them: what training pays for them, on a core that it would
//! otherwise have. A step takes 15 to 35 ms with batches of 100 of MNIST (the MLP of 2014) and over 100 ms with 64 of CIFAR-10 (DCGAN).

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan::datasets::{Dataset, ImageSet, Loader, LoaderOptions, Normalised, Provenance, Split};

/// `count` pictures of one shape in 10 classes.
fn pictures(shape: [usize; 3], count: usize) -> ImageSet {
    let pixels: Vec<u8> = (0..count * shape.iter().product::<usize>()).map(|i| ((i * 37) >> 3) as u8).collect();
    let labels: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
    let provenance = Provenance::new("pictures", "made here", "CC0-1.0", Split::Train, count);
    ImageSet::new(shape, pixels, labels, 10, provenance).expect("whole pictures")
}

fn loader(c: &mut Criterion) {
    let mnist: Arc<dyn Dataset> = Arc::new(pictures([28, 28, 1], 50_000));
    let cifar = pictures([32, 32, 3], 40_000);
    let normalised: Arc<dyn Dataset> = Arc::new(Normalised::new(Box::new(cifar.clone()), Normalised::NORM).expect("a norm"));
    let cifar: Arc<dyn Dataset> = Arc::new(cifar);
    let mut group = c.benchmark_group("loader");
    for (name, set, batch, flip) in [
        ("mnist, batch 100", mnist, 100, false),
        ("cifar10, batch 64, flips", Arc::clone(&cifar), 64, true),
        ("cifar10, batch 100, contrast normalised", normalised, 100, false),
    ] {
        let bytes = batch * set.sample_len() * size_of::<f32>();
        let mut loader = Loader::new(set, LoaderOptions { batch, flip, ..Default::default() }).expect("a loader");
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(name, |b| b.iter(|| black_box(loader.next().expect("a batch").x[0])));
    }
    group.finish();
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1))
}

criterion_group!(name = benches; config = short(); targets = loader);
criterion_main!(benches);
