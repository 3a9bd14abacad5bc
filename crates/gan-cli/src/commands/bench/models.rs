//! The networks of `gan bench step`.

use std::sync::Arc;

use clap::ValueEnum;
use gan::datasets::{Dataset, DatasetError, Loader, LoaderOptions, Provenance, Split};
use gan::tensor::{Cx, Graph, Team};
use gan::train::{Adversarial, Config, TrainError};

use crate::fault::Usage;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Model {
    /// The MNIST net of the 2014 paper: 3.567 GFLOP a step at batch 100
    Mlp,
    /// The same generator against a critic with the gradient penalty
    WgangpMlp,
    /// Convolutional nets on 32 x 32 pixels in colour: 26.9 GFLOP a step at batch 64
    Dcgan,
    /// The same generator against a critic with the gradient penalty
    WgangpDcgan,
    /// Two-dimensional data and small nets
    Toy,
}

/// A model of a size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sized {
    pub model: Model,
    pub batch: u32,
    /// Width of the generator's hidden layers, where it can be chosen.
    pub width: Option<u32>,
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Model::Mlp => "mlp",
            Model::WgangpMlp => "wgangp-mlp",
            Model::Dcgan => "dcgan",
            Model::WgangpDcgan => "wgangp-dcgan",
            Model::Toy => "toy",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Model::Mlp => include_str!("mlp.toml"),
            Model::WgangpMlp => include_str!("wgangp_mlp.toml"),
            Model::Dcgan => include_str!("dcgan.toml"),
            Model::WgangpDcgan => include_str!("wgangp_dcgan.toml"),
            Model::Toy => include_str!("toy.toml"),
        }
    }

    /// Its size, where not chosen that of the peers.
    ///
    /// # Errors
    /// A width for nets that have their own.
    pub(super) fn sized(self, batch: Option<u32>, width: Option<u32>) -> Result<Sized, Usage> {
        let (usual_batch, usual_width) = match self {
            Model::Mlp | Model::WgangpMlp => (100, Some(1200)),
            Model::Dcgan | Model::WgangpDcgan => (64, None),
            Model::Toy => (256, Some(128)),
        };
        if usual_width.is_none() && width.is_some() {
            return Err(Usage(format!("--width: the layers of {} have a width each, which cannot be chosen", self.name())));
        }
        Ok(Sized { model: self, batch: batch.unwrap_or(usual_batch), width: width.or(usual_width) })
    }

    /// Number of examples of the data.
    pub(super) fn examples(self) -> usize {
        if self.data().0.len() == 3 { 40 * 64 } else { 10_000 }
    }

    /// Shape and range of the data.
    fn data(self) -> (&'static [usize], (f64, f64)) {
        match self {
            Model::Mlp | Model::WgangpMlp => (&[784], (0.0, 1.0)),
            Model::Dcgan | Model::WgangpDcgan => (&[32, 32, 3], (-1.0, 1.0)),
            Model::Toy => (&[2], (-1.0, 1.0)),
        }
    }
}

impl Sized {
    /// FLOPs of the matrix products of an iteration, where they were counted: nothing recomputed or shared between the two
    /// steps.
    pub(super) fn flops(&self) -> Option<f64> {
        let width = f64::from(self.width.unwrap_or(0));
        // multiplications an example of each layer
        let (g, d): (&[f64], &[f64]) = match self.model {
            Model::Mlp => (&[100.0 * width, width * width, width * 784.0], &[784.0 * 1200.0, 240.0 * 1200.0, 240.0]),
            // positions x taps x channels
            Model::Dcgan => (
                &[100.0 * 4096.0, 256.0 * 128.0 * 16.0 * 16.0, 128.0 * 64.0 * 16.0 * 64.0, 64.0 * 3.0 * 16.0 * 256.0],
                &[3.0 * 64.0 * 16.0 * 256.0, 64.0 * 128.0 * 16.0 * 64.0, 128.0 * 256.0 * 16.0 * 16.0, 4096.0],
            ),
            _ => return None,
        };
        let (g_all, d_all): (f64, f64) = (g.iter().sum(), d.iter().sum());
        // G forward; D forward, dW and dX (not into the data) on real and fake
        let d_step = g_all + 2.0 * (2.0 * d_all + d_all - d[0]);
        // G and D forward, dX through D, dW and dX (not into z) of G
        let g_step = g_all + 2.0 * d_all + g_all + g_all - g[0];
        Some(2.0 * f64::from(self.batch) * (d_step + g_step))
    }

    /// The model, data of at least two batches and `least` examples, and the first place in training.
    pub(super) fn build(&self, least: usize) -> anyhow::Result<(Adversarial, Loader)> {
        let mut overrides = vec![format!("train.batch={}", self.batch)];
        if let Some(width) = self.width {
            overrides.extend([0, 2].map(|layer| format!("generator.layers[{layer}].units={width}")));
        }
        let config = Config::from_toml(self.model.config(), &format!("bench {}", self.model.name()), &overrides)?;
        let batch = self.batch as usize;
        let (shape, range) = self.model.data();
        let data = Arc::new(Noise::new((batch * 2).max(least), shape, range)?);
        let task = Adversarial::new(&config, &*data)?;
        let options = LoaderOptions { batch, seed: 1, shuffle: false, flip: false, prefetch: 2 };
        Ok((task, Loader::new(data, options).map_err(TrainError::from)?))
    }
}

/// Uniform noise, stored: reading it costs a copy.
struct Noise {
    values: Vec<f32>,
    shape: &'static [usize],
    provenance: Provenance,
}

impl Noise {
    fn new(n: usize, shape: &'static [usize], (low, high): (f64, f64)) -> anyhow::Result<Self> {
        let graph = Graph::new();
        let noise = graph.uniform("data", [n, shape.iter().product()], low, high);
        let made = graph.eval::<f32>(&[noise], &[], &[], &Cx::new(&Team::serial(), 0, 0))?;
        let values = made.iter().flat_map(|t| t.values().iter().copied()).collect();
        Ok(Self { values, shape, provenance: Provenance::new("noise", "made on the spot", "none", Split::All, n) })
    }
}

impl Dataset for Noise {
    fn len(&self) -> usize {
        self.provenance.count
    }
    fn sample_shape(&self) -> &[usize] {
        self.shape
    }
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        out.copy_from_slice(&self.values[i * out.len()..][..out.len()]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use gan::train::Task;

    use super::*;

    /// The count by hand and the compiled plans agree, but for what is no product.
    #[test]
    fn the_plans_do_the_work_that_is_counted() {
        let usual = |model: Model| model.sized(None, None).unwrap().flops().unwrap() / 1e9;
        assert!((usual(Model::Mlp) - 3.567).abs() < 5e-4 && (usual(Model::Dcgan) - 26.9).abs() < 0.05);
        for sized in [Model::Mlp.sized(Some(50), Some(64)), Model::Dcgan.sized(Some(4), None)] {
            let sized = sized.unwrap();
            let (task, _) = sized.build(1).unwrap();
            let (mut products, mut all) = (0.0, 0.0);
            for s in task.plans().iter().flat_map(|(_, plan)| plan.steps()) {
                all += s.flops as f64;
                // twice the larger operand times what each of its numbers meets: fused operations count more
                if s.op.starts_with("matmul+") {
                    products += 2.0 * s.ins[0].len() as f64 * s.outs[0][1] as f64;
                } else if s.op.contains("linear") {
                    products += 2.0 * s.ins[0][0] as f64 * s.ins[1].len() as f64;
                } else if ["matmul", "conv"].iter().any(|name| s.op.contains(name)) {
                    products += s.flops as f64;
                }
            }
            let counted = sized.flops().unwrap();
            assert!((products / counted - 1.0).abs() < 2e-3, "{sized:?}: {products} {counted}");
            assert!(all < 1.2 * counted, "{sized:?}: {all} {counted}");
        }
    }

    #[test]
    fn a_width_of_its_own() {
        assert!(Model::Dcgan.sized(None, Some(3)).is_err());
    }
}
