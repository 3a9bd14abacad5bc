//! What a classifying network in use says of samples.

use gan_core::CoreError;
use gan_datasets::Dataset;
use gan_layers::{Cx, Mode, Network, ParamStore, Weights};
use gan_metrics::Score;
use gan_tensor::{Cx as RunCx, Graph, Plan, Pool, Shape};

use crate::TrainError;

/// Samples of a run of the plan.
const ROWS: usize = 100;

/// Which layer's result is read beside the logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// The logits themselves.
    Output,
    /// What comes out of that layer.
    Behind(usize),
    /// The samples as they come in.
    Input,
}

/// A network compiled for use: no dropout, running statistics. A sample's result does not depend on the others.
pub(crate) struct Reader {
    plan: Plan<f32>,
    /// Samples that fill the plan.
    padded: Vec<f32>,
    sample: usize,
    classes: usize,
    features: usize,
}

impl Reader {
    /// Compiles a network.
    pub fn new(network: &Network, weights: Weights, layer: Layer) -> Result<Reader, TrainError> {
        let graph = Graph::new();
        let sizes: Vec<usize> = std::iter::once(ROWS).chain(network.input().iter().copied()).collect();
        let x = graph.input("x", Shape::new(&sizes)?);
        let cx = Cx::new(&graph, network.params(), Mode::Eval).with_weights(weights);
        let behind = network.forward_through(&cx, x);
        let logits = behind.last().copied().unwrap_or(x);
        let features = match layer {
            Layer::Output => logits,
            Layer::Behind(i) => behind.get(i).copied().unwrap_or(logits),
            Layer::Input => x,
        };
        let (sample, classes) = (network.input().len(), network.output().len());
        let plan = graph.compile(&[logits.reshape([ROWS, classes]).log_softmax(1), features])?;
        Ok(Reader { plan, padded: Vec::new(), sample, classes, features: features.shape().len() / ROWS })
    }

    /// Values of a sample's features.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Reads samples, one after the other, and tells for each its number, the logarithms of its probabilities, and its features.
    pub fn read(
        &mut self,
        params: &mut ParamStore,
        x: &[f32],
        pool: &mut Pool,
        mut each: impl FnMut(usize, &[f32], &[f32]),
    ) -> Result<(), TrainError> {
        let len = self.sample.max(1);
        if !x.len().is_multiple_of(len) {
            return Err(CoreError::Samples { expected: len, found: x.len() }.into());
        }
        for (chunk, part) in x.chunks(ROWS * len).enumerate() {
            self.padded.clear();
            self.padded.extend_from_slice(part);
            self.padded.resize(ROWS * len, 0.0);
            let (plan, padded) = (&mut self.plan, &self.padded);
            pool.region(|team| plan.run(&mut [params.values_mut()], &[padded], &RunCx::new(team, 0, 0)))?;
            let logs = self.plan.output(0).chunks_exact(self.classes.max(1));
            let features = self.plan.output(1).chunks_exact(self.features.max(1));
            for (i, (logs, features)) in logs.zip(features).take(part.len() / len).enumerate() {
                each(chunk * ROWS + i, logs, features);
            }
        }
        Ok(())
    }

    /// As [`read`](Reader::read), for all samples of a data set.
    pub fn read_all(
        &mut self,
        params: &mut ParamStore,
        data: &dyn Dataset,
        pool: &mut Pool,
        mut each: impl FnMut(usize, &[f32], &[f32]),
    ) -> Result<(), TrainError> {
        let len = self.sample.max(1);
        let mut x = vec![0.0; ROWS * len];
        for start in (0..data.len()).step_by(ROWS) {
            let rows = ROWS.min(data.len() - start);
            for (i, x) in x.chunks_exact_mut(len).take(rows).enumerate() {
                data.read(start + i, x)?;
            }
            self.read(params, &x[..rows * len], pool, |i, logs, features| each(start + i, logs, features))?;
        }
        Ok(())
    }

    /// Accuracy and mean cross-entropy, in nats, on labelled samples.
    pub fn scores(&mut self, params: &mut ParamStore, data: &dyn Dataset, pool: &mut Pool) -> Result<[Score; 2], TrainError> {
        let (mut right, mut loss) = (0usize, 0.0f64);
        self.read_all(params, data, pool, |i, logs, _| {
            let label = data.label(i).unwrap_or_default() as usize;
            right += usize::from(largest(logs).0 == label);
            loss -= logs.get(label).copied().map_or(0.0, f64::from);
        })?;
        let n = data.len();
        let score = |metric, sum: f64| Score { metric, n, value: sum / n.max(1) as f64, floor: None };
        Ok([score("accuracy", right as f64), score("cross_entropy", loss)])
    }
}

/// The first of the largest values, and where it is; what is not a number is never the largest.
pub(crate) fn largest(values: &[f32]) -> (usize, f32) {
    values.iter().copied().enumerate().fold((0, f32::NEG_INFINITY), |best, (i, x)| if x > best.1 { (i, x) } else { best })
}
