//! A training step through the trainer's own plans: the MNIST nets of the 2014 paper (the nets of `gan bench step`), and the
//! small nets of the `ring` preset.

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gan::datasets::{Loader, LoaderOptions, OpenOptions, open};
use gan::tensor::Pool;
use gan::train::{Adversarial, Config, Task};

fn step(c: &mut Criterion) {
    let mlp = Config::from_toml(include_str!("../../crates/gan-cli/src/commands/bench/mlp.toml"), "mlp", &[])
        .expect("the nets are well described");
    let ring = Config::preset("ring").expect("the preset loads");
    for (name, data, config) in [("mlp", "digits", mlp), ("ring", "ring", ring)] {
        let data: Arc<dyn gan::datasets::Dataset> =
            Arc::from(open(data, &OpenOptions::default()).expect("the data need no files"));
        let mut group = c.benchmark_group(format!("step/{name}"));
        group.throughput(Throughput::Elements(config.train.batch as u64));
        for threads in [1, 2] {
            let mut task = Adversarial::new(&config, &*data).expect("the nets fit the data");
            let options = LoaderOptions { batch: config.train.batch, ..LoaderOptions::default() };
            let mut loader = Loader::new(data.clone(), options).expect("the data hold a batch");
            let mut pool = Pool::new(threads);
            group.bench_function(format!("{threads} threads"), |b| {
                b.iter(|| task.step(&mut loader, &mut pool).expect("a step succeeds"));
            });
        }
        group.finish();
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2))
}

criterion_group! { name = benches; config = short(); targets = step }
criterion_main!(benches);
