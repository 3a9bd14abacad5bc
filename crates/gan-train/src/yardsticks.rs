//! How far a game on the line or in the plane is from what theory says of it: the trained D from D*, p_g from p_data.

use std::sync::Arc;

use gan_core::theory::densities::{Bandwidth, Custom, Density, Gaussian, KernelDensity, Mixture};
use gan_core::theory::{Cells, DensityError, Table, TheoryError, Yardsticks, kernel_masses, pushforward};
use gan_datasets::Dataset;
use gan_layers::Weights;
use gan_metrics::{Direction, Score};

use crate::{Session, TrainError};

/// Cells of a line.
const LINE: usize = 2000;
/// Cells of the latent line that are pushed through G.
const LATENT: usize = 8000;
/// Cells along each axis of the plane, at least and at most.
const PLANE: (usize, usize) = (100, 400);
/// Room beyond the range of the data, as a share of its extent: mass of G out there counts.
const ROOM: f64 = 0.25;

/// A number that theory gives for a game whose data have a known density.
pub struct YardstickEntry {
    /// Its name in configurations and reports.
    pub name: &'static str,
    /// What it is, in a line.
    pub doc: &'static str,
    /// Which way is better.
    pub better: Direction,
    /// How it is found.
    pub of: Of,
}

/// What a yardstick looks at.
#[derive(Clone, Copy)]
pub enum Of {
    /// The masses of p_data and p_g alone.
    Densities(fn(&Table) -> f64),
    /// The trained D as well, which must be a probability.
    Discriminator(fn(&Yardsticks) -> f64),
}

impl YardstickEntry {
    /// Whether it looks at the trained D.
    pub fn of_discriminator(&self) -> bool {
        matches!(self.of, Of::Discriminator(_))
    }
}

/// Every yardstick. They can be named in `evaluate.metrics` beside the metrics of samples.
pub const ALL: &[YardstickEntry] = &[
    YardstickEntry {
        name: "jensen_shannon",
        doc: "Jensen-Shannon divergence of p_data and p_g, in nats, on the line or in the plane",
        better: Direction::Lower,
        of: Of::Densities(Table::jensen_shannon),
    },
    YardstickEntry {
        name: "virtual_criterion",
        doc: "C(G) = max_D V(D, G), -log 4 at p_g = p_data, on the line or in the plane",
        better: Direction::Lower,
        of: Of::Densities(Table::criterion),
    },
    YardstickEntry {
        name: "best_response_gap",
        doc: "V(D*, G) - V(D, G), what D could still gain, in nats, on the line or in the plane",
        better: Direction::Lower,
        of: Of::Discriminator(|y| y.best_response_gap),
    },
    YardstickEntry {
        name: "optimal_d_distance",
        doc: "largest |D - D*| where p_data + p_g exceeds a thousandth of its maximum",
        better: Direction::Lower,
        of: Of::Discriminator(|y| y.sup_norm),
    },
    YardstickEntry {
        name: "optimal_d_squared_error",
        doc: "mean of (D - D*)^2 under (p_data + p_g) / 2",
        better: Direction::Lower,
        of: Of::Discriminator(|y| y.mean_squared),
    },
];

/// Whether a data set has what the yardsticks need: one or two coordinates and a density.
pub fn suit(data: &dyn Dataset) -> bool {
    let n = data.sample_len();
    (1..=2).contains(&n) && data.density(&vec![0.0; n]).is_some()
}

/// The density of a data set, where it is known.
///
/// # Errors
/// Modes that make no density.
pub fn density(data: &Arc<dyn Dataset>) -> Result<Option<Box<dyn Density>>, TheoryError> {
    if !suit(&**data) {
        return Ok(None);
    }
    if let Some(modes) = data.modes() {
        let mode = |k: usize| -> Result<(f64, Box<dyn Density>), TheoryError> {
            let density = match *modes.centre(k) {
                [x] => Gaussian::new(x, modes.sigma)?,
                [x, y] => Gaussian::in_plane([x, y], [modes.sigma; 2], 0.0)?,
                _ => return Err(DensityError::Dimensions { left: modes.dim, right: 2 }.into()),
            };
            Ok((modes.weights[k], Box::new(density)))
        };
        return Ok(Some(Box::new(Mixture::new((0..modes.count()).map(mode).collect::<Result<_, _>>()?)?)));
    }
    let (low, high) = data.range();
    let support = vec![(f64::from(low), f64::from(high)); data.sample_len()];
    let set = data.clone();
    Ok(Some(Box::new(Custom::new(support, move |x| set.density(x).unwrap_or(f64::NAN)))))
}

/// The grid over the data and some room about them; its cells are at most half as wide as the narrowest mode.
fn cells(data: &dyn Dataset) -> Result<Cells, TheoryError> {
    let (low, high) = data.range();
    let room = ROOM * f64::from(high - low);
    let (low, high) = (f64::from(low) - room, f64::from(high) + room);
    if data.sample_len() == 1 {
        return Cells::line(low, high, LINE);
    }
    let wanted = data.modes().map_or(PLANE.1, |m| (2.0 * (high - low) / m.sigma).ceil() as usize);
    Cells::plane([(low, high); 2], [wanted.clamp(PLANE.0, PLANE.1); 2])
}

impl Session {
    /// The trained D against D*, and p_g against p_data, for data on the line or in the plane whose density is known.
    ///
    /// G has its trained weights, not their averages: it is the G that D plays against. On the line, with a latent line, p_g is
    /// the prior pushed through G on a fine grid; else it is a kernel estimate of `samples` samples.
    ///
    /// # Errors
    /// [`TrainError::NoDensity`] for other data; a D that judges by no probability; a fault of the networks.
    pub fn yardsticks(&mut self, samples: usize, seed: u64) -> Result<Yardsticks, TrainError> {
        let (table, logits) = self.judged_table(samples, seed)?;
        Ok(table.yardsticks(&logits)?)
    }

    /// The masses of p_data and of p_g over a grid, with D's logit for each cell, `[cells]`.
    ///
    /// # Errors
    /// As [`yardsticks`](Session::yardsticks).
    pub fn judged_table(&mut self, samples: usize, seed: u64) -> Result<(Table, Vec<f64>), TrainError> {
        let table = self.table(samples, seed)?;
        let logits = self.logits_of(&table)?;
        Ok((table, logits))
    }

    fn logits_of(&mut self, table: &Table) -> Result<Vec<f64>, TrainError> {
        if !self.task().game().objective().judges_by_probability() {
            return Err(TrainError::NoProbability { objective: self.config().game.objective.kind.clone() });
        }
        let x: Vec<f32> = table.cells().centres().into_iter().map(|x| x as f32).collect();
        Ok(self.logits(&x)?.into_iter().map(f64::from).collect())
    }

    /// Chosen yardsticks, as scores.
    ///
    /// # Errors
    /// As [`yardsticks`](Session::yardsticks).
    pub fn measure(&mut self, wanted: &[&YardstickEntry], samples: usize, seed: u64) -> Result<Vec<Score>, TrainError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let table = self.table(samples, seed)?;
        let needed = wanted.iter().any(|e| matches!(e.of, Of::Discriminator(_)));
        let of_d = match needed {
            true => Some(table.yardsticks(&self.logits_of(&table)?)?),
            false => None,
        };
        let n = if self.pushes_latent() { LATENT } else { samples };
        let value = |entry: &YardstickEntry| match entry.of {
            Of::Densities(f) => f(&table),
            Of::Discriminator(f) => of_d.as_ref().map_or(f64::NAN, f),
        };
        Ok(wanted.iter().map(|e| Score { metric: e.name, n, value: value(e), floor: None }).collect())
    }

    /// Whether p_g is found by pushing the prior through G: on the line, from a latent line.
    fn pushes_latent(&self) -> bool {
        let players = self.task().game().players();
        (self.data().sample_len(), players.generator.input().len()) == (1, 1) && players.prior.latent_cells(1).is_some()
    }

    /// The masses of p_data and of p_g, see [`yardsticks`](Session::yardsticks), over the cells of a grid.
    ///
    /// # Errors
    /// [`TrainError::NoDensity`]; a fault of the network.
    pub fn table(&mut self, samples: usize, seed: u64) -> Result<Table, TrainError> {
        let data = self.shared_data();
        let Some(p_data) = density(&data)? else {
            return Err(TrainError::NoDensity { set: data.provenance().name.clone(), shape: data.sample_shape().to_vec() });
        };
        let cells = cells(&*data)?;
        let latent = match self.pushes_latent() {
            true => self.task().game().players().prior.latent_cells(LATENT).transpose()?,
            false => None,
        };
        if let Some(latent) = latent {
            let z: Vec<f32> = latent.edges().iter().map(|&z| z as f32).collect();
            let outputs: Vec<f64> = self.decode(&z, Weights::Raw)?.into_iter().map(f64::from).collect();
            let masses = cells.masses(&*p_data)?;
            return Ok(Table::from_masses(cells.clone(), masses, pushforward(&latent, &outputs, &cells)?.masses)?);
        }
        let samples: Vec<f64> = self.samples_with(samples, seed, Weights::Raw)?.into_iter().map(f64::from).collect();
        let estimate = KernelDensity::new(&samples, data.sample_len(), Bandwidth::LeastSquaresCrossValidation)?;
        let masses = kernel_masses(&cells, &samples, estimate.bandwidth())?;
        Ok(Table::from_masses(cells.clone(), cells.masses(&*p_data)?, masses)?)
    }
}
