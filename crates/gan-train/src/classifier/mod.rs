//! A classifier as a task: a network that learns the classes of labelled samples.

mod config;
mod loss;
mod presets;

pub use config::{ClassifierConfig, ClassifierPart, HeldOutConfig};

use std::sync::Arc;

use gan_core::views::{self, View, ViewCx};
use gan_datasets::{Batch, Dataset, Loader};
use gan_layers::optim::{self, Average, Clip};
use gan_layers::{Cx, Mode, Network, Numbers, ParamStore, Progress, Schedule, Updates, Weights};
use gan_metrics::Score;
use gan_tensor::{Cx as RunCx, Graph, Plan, Pool, Shape, Var};

use crate::reader::{Layer, Reader};
use crate::{Fault, PhaseReport, StepReport, Task, TrainError, networks, open_split};
use loss::cross_entropy;

/// A classifier with its compiled step: it descends the cross-entropy of its softmax.
pub struct Classifier {
    network: Network,
    updates: Updates,
    views: Vec<Box<dyn View>>,
    smoothing: f64,
    batch: usize,
    seed: u64,
    plan: Plan<f32>,
    /// The numbers on schedules that the plan is given after the optimiser's scalars.
    numbers: Vec<Arc<dyn Schedule>>,
    /// Steps made. Every step takes one batch and draws fresh noise.
    steps: u64,
    held_out: Option<Arc<dyn Dataset>>,
    reader: Option<Reader>,
}

/// The phase, the network and its store.
const NAME: &str = "classifier";

/// A traced step, each a scalar.
struct Step<'g> {
    loss: Var<'g>,
    squared_change: Var<'g>,
    accuracy: Var<'g>,
}

impl Classifier {
    /// The classifier that a configuration describes, for labelled data.
    ///
    /// # Errors
    /// What is wrong in the configuration, with its place, or what does not fit the data.
    pub fn new(config: &ClassifierConfig, data: &dyn Dataset) -> Result<Classifier, TrainError> {
        let part = &config.classifier;
        let sample = Shape::new(data.sample_shape())?;
        let mut network = networks::build(NAME, &part.layers, sample, 0, config.seed, None)?;
        check(&network, data)?;
        networks::check_activations(&[&network], config.train.batch)?;
        let mut views = part
            .views
            .iter()
            .enumerate()
            .map(|(i, v)| views::build(v, &format!("{NAME}.views[{i}]")))
            .collect::<Result<Vec<_>, _>>()?;
        for (i, view) in views.iter_mut().enumerate() {
            view.prepare(network.params_mut(), &sample, &format!("views[{i}]"))?;
        }
        let updates = Updates {
            optimizer: optim::build(&part.optimizer, &format!("{NAME}.optimizer"))?,
            clip: part.clip_norm.map(Clip::Norm),
            average: part.average.map(|decay| Average { decay: decay.into() }),
            weight_clip: None,
        };
        updates.register(network.params_mut())?;
        let (graph, numbers) = (Graph::new(), Numbers::new());
        let (batch, smoothing) = (config.train.batch, part.label_smoothing);
        let step = trace(&network, &updates, &views, smoothing, batch, &graph, &numbers)?;
        let plan = graph.compile(&[step.loss, step.squared_change, step.accuracy])?;
        let mut classifier = Classifier {
            network,
            updates,
            views,
            smoothing,
            batch,
            seed: config.seed,
            plan,
            numbers: numbers.into_schedules(),
            steps: 0,
            held_out: None,
            reader: None,
        };
        // for data of one's own nothing is known that could be held out
        if config.evaluate.every_steps > 0 && data.provenance().name == config.data.name {
            classifier.hold_out(open_split(config, config.evaluate.split()?, config.evaluate.count)?)?;
        }
        Ok(classifier)
    }

    /// Sets samples aside on which accuracy is measured: those of `evaluate.split`, unless the data are one's own.
    ///
    /// # Errors
    /// Samples of another shape or number of classes.
    pub fn hold_out(&mut self, data: Arc<dyn Dataset>) -> Result<(), TrainError> {
        if data.sample_shape() != &self.network.input()[..] {
            let (found, expected) = (data.sample_shape(), self.network.input());
            let message = format!("the samples held out have the shape {found:?}, those trained on {expected}");
            return Err(TrainError::Config { place: "evaluate.split".to_owned(), message });
        }
        check(&self.network, &*data)?;
        self.held_out = Some(data);
        Ok(())
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Accuracy and mean cross-entropy, in nats, on the samples held out, with the averaged weights where there are any; nothing if
    /// there are no such samples.
    ///
    /// # Errors
    /// Samples that cannot be read, or a fault of the network.
    pub fn held_out_scores(&mut self, pool: &mut Pool) -> Result<Option<[Score; 2]>, TrainError> {
        let Some(data) = self.held_out.clone() else { return Ok(None) };
        self.scores(&*data, pool).map(Some)
    }

    /// Accuracy and mean cross-entropy, in nats, on labelled samples.
    ///
    /// # Errors
    /// As [`held_out_scores`](Classifier::held_out_scores).
    pub fn scores(&mut self, data: &dyn Dataset, pool: &mut Pool) -> Result<[Score; 2], TrainError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(Reader::new(&self.network, Weights::Averaged, Layer::Output)?),
        };
        reader.scores(self.network.params_mut(), data, pool)
    }

    fn scalars(&self, data: &Loader) -> Vec<f64> {
        let progress = Progress { step: self.steps, epoch: self.epoch(data, self.steps) };
        let optimizer = self.updates.values(progress);
        optimizer.into_iter().chain(self.numbers.iter().map(|n| n.at(progress))).collect()
    }

    fn epoch(&self, data: &Loader, steps: u64) -> f64 {
        steps as f64 / data.batches_per_epoch().max(1) as f64
    }
}

/// Whether a network yields a logit for each class of the data.
fn check(network: &Network, data: &dyn Dataset) -> Result<(), TrainError> {
    let last = network.layers().last().map(|l| (l.path.to_owned(), l.kind.to_owned()));
    let (path, kind) = last.unwrap_or_default();
    let fault = |message: String| Err(TrainError::Config { place: format!("{NAME}.{path}"), message });
    let classes = data.classes().unwrap_or(0);
    if network.output()[..] != [classes] {
        let (set, found) = (&data.provenance().name, network.output());
        return fault(format!("expected [{classes}], a logit for each class of `{set}`, found {found}"));
    }
    if kind == "sigmoid" {
        return fault("the softmax wants logits: leave the sigmoid at the end out".to_owned());
    }
    if network.conditional() {
        return Err(TrainError::Config {
            place: format!("{NAME}.layers"),
            message: "a layer reads the classes that the network is to find: leave it out".to_owned(),
        });
    }
    Ok(network.check_trainable()?)
}

/// Traces a step. Inputs: the samples, their classes, the optimiser's scalars, the scheduled numbers.
fn trace<'g>(
    network: &Network,
    updates: &Updates,
    views: &[Box<dyn View>],
    smoothing: f64,
    batch: usize,
    graph: &'g Graph,
    numbers: &Numbers,
) -> Result<Step<'g>, TrainError> {
    let sizes: Vec<usize> = std::iter::once(batch).chain(network.input().iter().copied()).collect();
    let (x, labels) = (graph.input("x", Shape::new(&sizes)?), graph.input("labels", [batch]));
    let scalars = updates.inputs(graph, NAME);
    let cx = Cx::new(graph, network.params(), Mode::Train);
    let seen = views.iter().fold(x, |x, view| view.show(&ViewCx::new(&cx, numbers), x));
    let (loss, accuracy) = cross_entropy(network.forward(&cx, seen), labels, smoothing);
    let squared_change = updates.trace(network.params(), loss, &scalars)?;
    cx.commit();
    Ok(Step { loss, squared_change, accuracy })
}

/// What a plan is given.
fn inputs<'a>(batch: &'a Batch, scalars: &'a [f32]) -> Vec<&'a [f32]> {
    [&batch.x[..], &batch.labels[..]].into_iter().chain(scalars.chunks(1)).collect()
}

impl Task for Classifier {
    fn step(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<StepReport, TrainError> {
        let values = self.scalars(data);
        let scalars: Vec<f32> = values.iter().map(|&x| x as f32).collect();
        let batch = data.next()?;
        let given = inputs(batch, &scalars);
        let (draw, plan) = (self.steps as u32, &mut self.plan);
        let stores = &mut [self.network.params_mut().values_mut()];
        pool.region(|team| plan.run(stores, &given, &RunCx::new(team, self.seed, draw)))?;
        self.steps += 1;
        let at = |i: usize| f64::from(self.plan.output(i)[0]);
        let step = self.steps;
        Ok(StepReport {
            step,
            epoch: self.epoch(data, step),
            phases: vec![PhaseReport { phase: NAME, loss: at(0), squared_change: at(1) }],
            numbers: vec![("training_accuracy", at(2)), ("lr", values.first().copied().unwrap_or(0.0))],
        })
    }

    fn find_fault(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<Option<Fault>, TrainError> {
        let scalars: Vec<f32> = self.scalars(data).into_iter().map(|x| x as f32).collect();
        let batch = data.next()?;
        // the same trace as the plan's, so that its scalars are those of the plan
        let (graph, numbers) = (Graph::new(), Numbers::new());
        let step = trace(&self.network, &self.updates, &self.views, self.smoothing, self.batch, &graph, &numbers)?;
        let given = inputs(batch, &scalars);
        let found = pool.region(|team| {
            let cx = RunCx::new(team, self.seed, self.steps as u32);
            graph.find_non_finite::<f32>(&[step.loss, step.squared_change], &[self.network.params().values()], &given, &cx)
        })?;
        Ok(found.map(|at| Fault::new(NAME, at, self)))
    }

    fn stores(&self) -> Vec<(&'static str, &ParamStore)> {
        vec![(NAME, self.network.params())]
    }

    fn stores_mut(&mut self) -> Vec<(&'static str, &mut ParamStore)> {
        vec![(NAME, self.network.params_mut())]
    }

    fn counters(&self) -> Vec<u64> {
        vec![self.steps]
    }

    fn restore_counters(&mut self, counters: &[u64]) -> bool {
        let &[steps] = counters else { return false };
        self.steps = steps;
        true
    }

    fn plans(&self) -> Vec<(&'static str, &Plan<f32>)> {
        vec![(NAME, &self.plan)]
    }

    fn plans_mut(&mut self) -> Vec<&mut Plan<f32>> {
        vec![&mut self.plan]
    }
}
