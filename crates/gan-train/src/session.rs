//! A model, its data and its place in training: what a checkpoint restores.

use std::path::Path;
use std::sync::Arc;

use gan_core::{Classes, CoreError};
use gan_datasets::{Dataset, Loader, LoaderOptions, OpenOptions, Position, Split};
use gan_layers::Weights;
use gan_tensor::Pool;

use crate::checkpoint::{self, Manifest};
use crate::config::{Config, EvaluateConfig, OutputBias, RunConfig};
use crate::measure::Path as LatentPath;
use crate::{Portrait, RunFolder, StepReport, Task, TrainError};

/// Training in memory: no files are written. [`Trainer`](crate::Trainer) adds a run's folder and observers.
///
/// ```
/// use gan_train::{Config, Session};
/// let mut config = Config::preset("ring")?;
/// config.train.batch = 32;
/// let mut session = Session::new(&config)?;
/// let report = session.step()?;
/// assert_eq!(report.step, 1);
/// assert_eq!(session.samples(10, 1)?.len(), 10 * 2);
/// # Ok::<(), gan_train::TrainError>(())
/// ```
pub struct Session<C: RunConfig = Config> {
    config: C,
    data: Arc<dyn Dataset>,
    loader: Loader,
    task: C::Task,
    pool: Pool,
    step: u64,
}

/// Points of the line at which D is shown.
const JUDGED: usize = 300;

/// Opens the data that a configuration names.
///
/// # Errors
/// What is missing or broken.
pub fn open_data(config: &impl RunConfig) -> Result<Arc<dyn Dataset>, TrainError> {
    open_split(config, config.shared().data.split()?, config.shared().data.count)
}

/// Opens another split of the data that a configuration names, or so many of its samples.
///
/// # Errors
/// What is missing or broken, or a split that the data do not have.
pub fn open_split(config: &impl RunConfig, split: Split, count: Option<usize>) -> Result<Arc<dyn Dataset>, TrainError> {
    let d = config.shared().data;
    let dir = d.dir.clone();
    let options = OpenOptions {
        dir,
        split,
        seed: config.shared().seed,
        count,
        pad: d.pad,
        gcn: d.gcn,
        fold: d.fold,
        size: d.size,
        grey: d.grey,
        rate: d.rate,
        length: d.length,
    };
    Ok(Arc::from(gan_datasets::open(&d.name, &options)?))
}

fn loader(config: &impl RunConfig, data: &Arc<dyn Dataset>, position: Position) -> Result<Loader, TrainError> {
    let config = config.shared();
    let flip = config.data.flip;
    let options = LoaderOptions { batch: config.train.batch, seed: config.seed, shuffle: true, flip, prefetch: 2 };
    Ok(Loader::at(data.clone(), options, position)?)
}

impl<C: RunConfig> Session<C> {
    /// Builds the model and opens the data.
    ///
    /// # Errors
    /// What is wrong in the configuration, with its place; missing or broken data.
    pub fn new(config: &C) -> Result<Session<C>, TrainError> {
        config.check()?;
        Session::with_data(config, open_data(config)?)
    }

    /// Builds the model for data of one's own; what the configuration says of data is only written down.
    ///
    /// # Errors
    /// What is wrong in the configuration, with its place, or does not fit the data.
    pub fn with_data(config: &C, data: Arc<dyn Dataset>) -> Result<Session<C>, TrainError> {
        config.check()?;
        config.check_data(&*data)?;
        let task = config.task(&*data)?;
        let loader = loader(config, &data, Position::default())?;
        let pool = Pool::new(config.shared().train.threads.unwrap_or_else(Pool::default_threads));
        Ok(Session { config: config.clone(), data, loader, task, pool, step: 0 })
    }

    /// Goes to the place in training that a checkpoint holds.
    ///
    /// # Errors
    /// A checkpoint that is damaged or belongs to another model.
    pub fn restore(&mut self, folder: &Path) -> Result<Manifest, TrainError> {
        // the place first: data that do not have it must not leave half a restored session
        let Manifest { epoch, batch, .. } = checkpoint::read_manifest(folder)?;
        let loader = loader(&self.config, &self.data, Position { epoch, batch })?;
        let manifest = checkpoint::load(folder, &mut self.task)?;
        self.step = manifest.step;
        self.loader = loader;
        Ok(manifest)
    }

    /// One step.
    ///
    /// # Errors
    /// A fault of the data or the plan.
    pub fn step(&mut self) -> Result<StepReport, TrainError> {
        let report = self.task.step(&mut self.loader, &mut self.pool)?;
        self.step = report.step;
        Ok(report)
    }

    /// Where the next step first leaves the finite numbers, if it does. The session has gone into that step then and is of
    /// no further use.
    ///
    /// # Errors
    /// A fault of the data or the trace.
    pub fn find_fault(&mut self) -> Result<Option<crate::Fault>, TrainError> {
        self.task.find_fault(&mut self.loader, &mut self.pool)
    }

    /// The configuration.
    pub fn config(&self) -> &C {
        &self.config
    }

    /// The length of the run, to be changed.
    pub(crate) fn train_config_mut(&mut self) -> &mut crate::config::TrainConfig {
        self.config.shared_mut().train
    }

    /// The data, to be shared.
    pub(crate) fn shared_data(&self) -> Arc<dyn Dataset> {
        self.data.clone()
    }

    /// The data.
    pub fn data(&self) -> &dyn Dataset {
        &*self.data
    }

    /// Steps of one pass over the data.
    pub fn steps_per_epoch(&self) -> u64 {
        (self.loader.batches_per_epoch() / self.config.batches_per_step()).max(1)
    }

    /// Steps of one pass over the data, which need not be a whole number if a step takes several batches.
    pub(crate) fn exact_steps_per_epoch(&self) -> f64 {
        self.loader.batches_per_epoch() as f64 / self.config.batches_per_step() as f64
    }

    /// Passes over the data made so far.
    pub fn epochs(&self) -> f64 {
        let Position { epoch, batch } = self.loader.position();
        epoch as f64 + batch as f64 / self.loader.batches_per_epoch().max(1) as f64
    }

    /// The next batch's place in the data.
    pub fn position(&self) -> Position {
        self.loader.position()
    }

    /// What is trained.
    pub fn task(&self) -> &C::Task {
        &self.task
    }

    /// What is trained, and the threads, to decode latent vectors or change weights.
    pub fn task_mut(&mut self) -> (&mut C::Task, &mut Pool) {
        (&mut self.task, &mut self.pool)
    }

    /// The threads.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Steps made so far.
    pub fn steps(&self) -> u64 {
        self.step
    }
}

impl Session {
    /// A trained model to draw samples from: without the data, if they are read from files or were one's own, see
    /// [`RunFolder::data_to_sample`].
    ///
    /// ```
    /// use gan_train::{Config, RunFolder, Session, Trainer, checkpoint};
    /// let folder = tempfile::tempdir()?;
    /// let config = Config::preset_with("ring", &["train.steps=2".to_owned(), "train.batch=8".to_owned()])?;
    /// Trainer::start(&config, folder.path(), Vec::new())?.train()?;
    ///
    /// let run = RunFolder::open(folder.path())?;
    /// let mut session = Session::for_sampling(&run, &checkpoint::find(&run.checkpoints(), "last")?)?;
    /// assert_eq!(session.samples(10, 1)?.len(), 10 * 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A run or checkpoint that is damaged; data that must be opened and cannot be.
    pub fn for_sampling(run: &RunFolder, checkpoint: &Path) -> Result<Session, TrainError> {
        let config = run.config()?;
        let mut session = Session::untrained(&config, run.data_to_sample(&config)?)?;
        session.restore(checkpoint)?;
        Ok(session)
    }

    /// The model of a configuration for data, or the [`DataFacts`](crate::DataFacts) of data, that are not read: nothing is
    /// evaluated, and G's output bias starts where its layer says.
    ///
    /// # Errors
    /// What is wrong in the configuration, with its place, or does not fit the data.
    pub fn untrained(config: &Config, data: Arc<dyn Dataset>) -> Result<Session, TrainError> {
        let mut config = config.clone();
        config.evaluate = EvaluateConfig::default();
        config.generator.output_bias = OutputBias::Layer;
        Session::with_data(&config, data)
    }

    /// `n` samples with the averaged weights, where there are any; sample `i` depends on `seed` and `i` alone.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn samples(&mut self, n: usize, seed: u64) -> Result<Vec<f32>, TrainError> {
        self.task.samples(n, seed, Weights::Averaged, &mut self.pool)
    }

    /// As [`samples`](Session::samples), with a choice of weights.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn samples_with(&mut self, n: usize, seed: u64, weights: Weights) -> Result<Vec<f32>, TrainError> {
        self.task.samples(n, seed, weights, &mut self.pool)
    }

    /// As [`samples_with`](Session::samples_with), of the classes asked for.
    ///
    /// # Errors
    /// Classes that a conditional generator does not know, or that are asked of another; a fault of the network.
    pub fn samples_of(&mut self, n: usize, classes: &Classes, seed: u64, weights: Weights) -> Result<Vec<f32>, TrainError> {
        self.task.samples_of(n, classes, seed, weights, &mut self.pool)
    }

    /// What becomes of `n` steps of length `step` in latent space, each from a vector of the prior in a random direction.
    ///
    /// # Errors
    /// More samples than the memory holds, or a fault of the network.
    pub fn latent_path(&mut self, n: usize, step: f64, seed: u64, weights: Weights) -> Result<LatentPath, TrainError> {
        let (mut decoder, store) = self.task.decoder(weights)?;
        let latent = decoder.latent();
        let mut z = decoder.draw(n, seed, &mut self.pool)?;
        let start = decoder.decode(store, &z, &mut self.pool)?;
        // differences of independent latent vectors, which have no preferred direction under either prior's symmetries
        let other = decoder.draw(n, gan_tensor::derive(seed, "direction"), &mut self.pool)?;
        let another = decoder.draw(n, gan_tensor::derive(seed, "other direction"), &mut self.pool)?;
        for ((z, a), b) in z.chunks_mut(latent).zip(other.chunks(latent)).zip(another.chunks(latent)) {
            let length = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
            let scale = (step / length.max(f64::MIN_POSITIVE)) as f32;
            z.iter_mut().zip(a.iter().zip(b)).for_each(|(z, (a, b))| *z += (a - b) * scale);
        }
        let end = decoder.decode(store, &z, &mut self.pool)?;
        Ok(LatentPath { start, end, step })
    }

    /// `rows` straight lines in latent space, `columns` samples along each, row by row: from one latent vector of the
    /// prior to the next. Of a conditional generator each line stays in one class, all its classes in turn.
    ///
    /// # Errors
    /// More samples than the memory holds, or a fault of the network.
    pub fn lines(&mut self, rows: usize, columns: usize, seed: u64, weights: Weights) -> Result<Vec<f32>, TrainError> {
        let classes = self.task.game().players().generator.asked_classes();
        let (mut decoder, store) = self.task.decoder(weights)?;
        let ends = decoder.draw(rows.saturating_add(1), seed, &mut self.pool)?;
        let latent = decoder.latent();
        let n = rows.saturating_mul(columns);
        let mut z = Vec::new();
        z.try_reserve_exact(n.saturating_mul(latent)).map_err(|_| CoreError::TooManySamples { n, len: latent })?;
        for pair in ends.windows(2 * latent).step_by(latent) {
            let (from, to) = pair.split_at(latent);
            for c in 0..columns {
                let t = c as f32 / (columns.max(2) - 1) as f32;
                z.extend(from.iter().zip(to).map(|(a, b)| a + (b - a) * t));
            }
        }
        let classes = match classes {
            Some(known) => Classes::Each((0..n).map(|i| i / columns.max(1) % known.max(1)).collect()),
            None => Classes::InTurn,
        };
        Ok(decoder.decode_of(store, &z, &classes, &mut self.pool)?)
    }

    /// What G makes of latent vectors, one after the other.
    ///
    /// # Errors
    /// No whole number of latent vectors, or a fault of the network.
    pub fn decode(&mut self, z: &[f32], weights: Weights) -> Result<Vec<f32>, TrainError> {
        let (mut decoder, store) = self.task.decoder(weights)?;
        Ok(decoder.decode(store, z, &mut self.pool)?)
    }

    /// D's logits of samples, one after the other, `[n]`.
    ///
    /// # Errors
    /// No whole number of samples, or a fault of the network.
    pub fn logits(&mut self, x: &[f32]) -> Result<Vec<f32>, TrainError> {
        self.task.logits(x, &mut self.pool)
    }

    /// What shows samples best: see [`Portrait`]. On a line, D is shown, too.
    ///
    /// # Errors
    /// Data that cannot be read, or a fault of the network.
    pub fn portrait(&mut self, samples: Vec<f32>, columns: usize) -> Result<Portrait, TrainError> {
        let portrait = Portrait::new(&*self.data, samples, columns)?;
        if self.data.sample_len() != 1 {
            return Ok(portrait);
        }
        let (low, high) = self.data.range();
        let x: Vec<f32> = (0..=JUDGED).map(|i| low + (high - low) * i as f32 / JUDGED as f32).collect();
        let logits = self.logits(&x)?;
        let probability = self.task.game().objective().judges_by_probability();
        let d = |l: f32| if probability { 1.0 / (1.0 + (-l).exp()) } else { l };
        Ok(portrait.judged(x.into_iter().zip(logits.into_iter().map(d)).collect()))
    }
}
