//! A training step through the trainer's own plans, by batch size: the nets of `gan bench step` that need no long runs. An
//! element is an example.

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use gan::datasets::{Dataset, Loader, LoaderOptions, OpenOptions, open};
use gan::tensor::Pool;
use gan::train::{Adversarial, Config, Task};

macro_rules! nets {
    ($name:literal) => {
        include_str!(concat!("../../crates/gan-cli/src/commands/bench/", $name, ".toml"))
    };
}

/// The nets and data of their shape.
const MODELS: [(&str, &str, &str); 3] =
    [("mlp", nets!("mlp"), "digits"), ("wgangp-mlp", nets!("wgangp_mlp"), "digits"), ("toy", nets!("toy"), "ring")];
const BATCHES: [usize; 5] = [1, 16, 64, 256, 1024];

fn step(c: &mut Criterion) {
    for (name, nets, data) in MODELS {
        let data: Arc<dyn Dataset> = Arc::from(open(data, &OpenOptions::default()).expect("the data need no files"));
        for threads in [1, 2] {
            let mut group = c.benchmark_group(format!("step/{name}/{threads}"));
            group.sampling_mode(SamplingMode::Flat);
            for batch in BATCHES {
                let overrides = [format!("train.batch={batch}")];
                let config = Config::from_toml(nets, name, &overrides).expect("the nets are well described");
                let mut task = Adversarial::new(&config, &*data).expect("the nets fit the data");
                let options = LoaderOptions { batch, ..LoaderOptions::default() };
                let mut loader = Loader::new(data.clone(), options).expect("the data hold a batch");
                let mut pool = Pool::new(threads);
                group.throughput(Throughput::Elements(batch as u64));
                group.bench_function(BenchmarkId::from_parameter(batch), |b| {
                    b.iter(|| task.step(&mut loader, &mut pool).expect("a step succeeds"));
                });
            }
            group.finish();
        }
    }
}

fn short() -> Criterion {
    Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(500))
}

criterion_group! { name = benches; config = short(); targets = step }
criterion_main!(benches);
