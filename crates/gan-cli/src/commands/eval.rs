//! `gan eval`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gan::datasets::formats::npy::{self, Values};
use gan::datasets::{Dataset, OpenOptions, Split};
use gan::layers::Weights;
use gan::metrics::{self, Input, MetricCard, MetricEntry, Score};
use gan::train::measure::{Drawn, STEP, held_out};
use gan::train::yardsticks::{self, YardstickEntry};
use gan::train::{
    ClassifierConfig, FeatureNet, Kind, Measure, RunConfig, Session, TrainError, checkpoint, feature_net, open_split,
};
use gan::{layers::spec, tensor::Pool};
use serde_json::{Value, json};

use crate::fault::Usage;
use crate::options::{Machine, data_folder, needs_files, which};
use crate::output::{counted, say};
use crate::{Outcome, open};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A run's folder, a checkpoint in it, or samples as an array of NumPy
    #[arg(value_name = "RUN|SAMPLES.npy")]
    what: PathBuf,
    /// The metrics, see `gan list metrics` [default: all that can be measured]
    #[arg(long = "metric", value_name = "NAME", value_delimiter = ',')]
    metrics: Vec<String>,
    /// The classifier whose verdicts and features they use: `digits`, or a folder [default: the run's own, or the one that suits the data]
    #[arg(long, value_name = "NET")]
    classifier: Option<PathBuf>,
    /// How many samples to draw [default: 2500]; of an array all are taken
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    samples: Option<u32>,
    /// Seed of the latent vectors
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Which checkpoint: best, last or a step
    #[arg(long, value_name = "WHICH", default_value = "best", value_parser = which)]
    checkpoint: String,
    /// The trained weights instead of their moving averages
    #[arg(long)]
    raw: bool,
    /// The split of the data that samples are compared with, or a classifier is tested on [default: what a run was trained on; of a
    /// classifier what it held out]
    #[arg(long, value_name = "SPLIT", value_parser = split)]
    split: Option<Split>,
    /// The data set that the samples of an array imitate
    #[arg(long, value_name = "DATASET")]
    against: Option<String>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    machine: Machine,
}

impl Args {
    fn weights(&self) -> Weights {
        if self.raw { Weights::Raw } else { Weights::Averaged }
    }
}

const EXAMPLES: &str = "\
Each score comes with what a perfect sampler would reach with as many samples, where that is known. Scores by a classifier are comparable where \
its hash is the same. A classifier's own run is tested for accuracy.

Examples:
  gan eval runs/digits-1                             every metric that can be measured
  gan eval runs/digits-1 --metric class_coverage,confident_share --samples 10000 --json
  gan eval runs/dcgan-mnist-1 --split test --classifier nets/mnist
  gan eval fakes.npy --against mnist --data ~/data/mnist
  gan eval nets/mnist --split test                   accuracy of a classifier";

fn split(text: &str) -> Result<Split, String> {
    text.parse().map_err(|e| format!("{e}"))
}

/// What is measured: samples, what they are compared with, and the game they come from, if it is at hand.
struct Subject {
    samples: Vec<f32>,
    training: Arc<dyn Dataset>,
    real: Arc<dyn Dataset>,
    /// What was kept from training, if that is known.
    held_out: Option<Arc<dyn Dataset>>,
    classifier: Option<PathBuf>,
    pad: usize,
    session: Option<Session>,
    pool: Pool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let named = named(&args.metrics)?;
    let subject = match args.what.is_file() {
        true => of_array(args)?,
        false => {
            let (run, _) = open::find(&args.what, &args.checkpoint)?;
            if Kind::of(&run.config_file()) == Kind::Classifier {
                return of_classifier(args);
            }
            of_run(args)?
        }
    };
    measure(args, named, subject)
}

/// The metrics and yardsticks that are asked for; all of them where none is.
struct Named {
    metrics: Vec<&'static MetricEntry>,
    yardsticks: Vec<&'static YardstickEntry>,
    chosen: bool,
}

fn named(names: &[String]) -> Result<Named, Usage> {
    let known = || metrics::ALL.iter().map(|m| m.name).chain(yardsticks::ALL.iter().map(|y| y.name));
    if let Some(name) = names.iter().find(|n| !known().any(|k| k == n.as_str())) {
        let hint = spec::nearest(name, known()).map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default();
        let all: Vec<&str> = known().collect();
        return Err(Usage(format!("there is no metric `{name}`{hint}; known: {}", all.join(", "))));
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    Ok(Named {
        metrics: metrics::ALL.iter().filter(|m| wanted(m.name)).collect(),
        yardsticks: yardsticks::ALL.iter().filter(|y| wanted(y.name)).collect(),
        chosen: !names.is_empty(),
    })
}

/// Samples of a run's generator.
fn of_run(args: &Args) -> anyhow::Result<Subject> {
    if let Some(set) = &args.against {
        return Err(
            Usage(format!("--against {set} is for samples in a file; a run is compared with what it was trained on")).into()
        );
    }
    let (mut session, training) = open::session_with_data(&args.what, &args.checkpoint, &args.machine)?;
    let (run, _) = open::find(&args.what, &args.checkpoint)?;
    let mut config = run.config()?;
    args.machine.apply(&mut config)?;
    let real = match args.split {
        Some(split) => open_split(&config, split, None)?,
        None => training.clone(),
    };
    let n = args.samples.unwrap_or(2500) as usize;
    let samples = session.samples_with(n, args.seed, args.weights())?;
    let pool = Pool::new(session.pool().threads());
    let held_out = match args.split {
        Some(split) if split != config.data.split()? => Some(real.clone()),
        _ => held_out(&config)?,
    };
    let (classifier, pad) = (config.evaluate.classifier, config.data.pad);
    Ok(Subject { samples, training, real, held_out, classifier, pad, session: Some(session), pool })
}

/// Samples in a file.
fn of_array(args: &Args) -> anyhow::Result<Subject> {
    let path = &args.what;
    let Some(name) = &args.against else {
        return Err(
            Usage(format!("{}: name the data set that these samples imitate with --against DATASET", path.display())).into()
        );
    };
    let dir = args.machine.data.clone().or_else(|| (needs_files(name) && data_folder().is_dir()).then(data_folder));
    let open = |split| -> anyhow::Result<Arc<dyn Dataset>> {
        let options = OpenOptions { dir: dir.clone(), split, seed: args.seed, ..OpenOptions::default() };
        Ok(Arc::from(gan::datasets::open(name, &options).map_err(TrainError::from)?))
    };
    let training = open(Split::Train)?;
    let real = match args.split {
        Some(split) => open(split)?,
        None => training.clone(),
    };
    let samples = read(path, training.sample_shape())?;
    let pool = Pool::new(args.machine.threads.map_or_else(Pool::default_threads, usize::from));
    let held_out = args.split.filter(|split| *split != Split::Train).map(|_| real.clone());
    Ok(Subject { samples, training, real, held_out, classifier: None, pad: 0, session: None, pool })
}

/// The values of an array `[n, shape...]`; an axis of size 1 at the end may be left out.
fn read(path: &Path, shape: &[usize]) -> anyhow::Result<Vec<f32>> {
    let array = npy::read(path).map_err(TrainError::from)?;
    let without = |s: &[usize]| s.iter().copied().rev().skip_while(|d| *d == 1).collect::<Vec<_>>();
    if array.shape.len() < 2 || without(&array.shape[1..]) != without(shape) {
        let (shown, found) = (path.display(), &array.shape);
        return Err(
            Usage(format!("{shown}: expected samples of shape {shape:?}, an array [n, ...] of them, found {found:?}")).into()
        );
    }
    match array.values {
        Values::Floats(values) => Ok(values),
        Values::Bytes(bytes) => Ok(bytes.into_iter().map(|b| f32::from(b) / 255.0).collect()),
        Values::Integers(_) => Err(Usage(format!("{}: expected type u1, f4 or f8, found wider integers", path.display())).into()),
    }
}

fn measure(args: &Args, named: Named, subject: Subject) -> anyhow::Result<Outcome> {
    let Subject { samples, training, real, held_out, classifier, pad, mut session, mut pool } = subject;
    let n = samples.len() / real.sample_len().max(1);
    let mut measure = Measure::new(training.clone(), real.clone())?;
    let said = args.classifier.clone().or(classifier);
    match said {
        Some(net) => measure = measure.with_classifier(FeatureNet::open(&net)?, pad).map_err(TrainError::from)?,
        None => {
            if let Some(name) = feature_net::suited(&training.provenance().name) {
                let net = FeatureNet::open(name.as_ref())?;
                // one that nobody asked for may also not fit
                if net.fit(real.sample_shape(), real.range(), pad).is_ok() {
                    measure = measure.with_classifier(net, pad).map_err(TrainError::from)?;
                }
            }
        }
    }
    let mut metrics = named.metrics;
    if metrics.iter().flat_map(|m| m.needs).any(|input| *input == Input::HeldOut) {
        measure = measure.with_held_out(held_out);
    }
    let at_hand = session.is_some();
    if named.chosen {
        for metric in &metrics {
            if let Some(input) = measure.missing(metric, at_hand) {
                let (name, set) = (metric.name, &training.provenance().name);
                let hint = match input {
                    Input::Modes => "",
                    Input::HeldOut => "; --split SPLIT names samples that were not trained on",
                    Input::Path => ": name the generator's run, not its samples",
                    _ => "; --classifier NET names a classifier",
                };
                return Err(Usage(format!("`{name}` needs {input}, which is not at hand for `{set}`{hint}")).into());
            }
        }
    }
    metrics.retain(|m| measure.missing(m, at_hand).is_none());
    let path = match &mut session {
        Some(session) if metrics.iter().flat_map(|m| m.needs).any(|input| *input == Input::Path) => {
            Some(session.latent_path(n, STEP, args.seed, args.weights())?)
        }
        _ => None,
    };
    let drawn = Drawn { samples: &samples, path: path.as_ref() };
    let (mut cards, mut scores) = (Vec::new(), Vec::new());
    let mut skipped = Vec::new();
    for (metric, found) in metrics.iter().zip(measure.cards(&metrics, drawn, args.seed, &mut pool)?) {
        match found {
            Ok(card) => cards.push(card),
            Err(fault) if named.chosen => return Err(TrainError::from(fault).into()),
            Err(fault) => skipped.push((metric.name, fault.to_string())),
        }
    }
    if let Some(session) = session.as_mut() {
        let probability = session.task().game().objective().judges_by_probability();
        let of_theory: Vec<_> = named
            .yardsticks
            .into_iter()
            .filter(|y| named.chosen || (yardsticks::suit(&*training) && (probability || !y.of_discriminator())))
            .collect();
        scores.extend(session.measure(&of_theory, n, args.seed)?);
    } else if let Some(y) = named.yardsticks.first().filter(|_| named.chosen) {
        return Err(Usage(format!("`{}` needs the game itself: name its run", y.name)).into());
    }
    let about = About { args, n, step: session.as_ref().map(Session::steps), real: &*real, net: measure.classifier() };
    about.show(&cards, &scores, &skipped)
}

/// What scores have in common.
struct About<'a> {
    args: &'a Args,
    n: usize,
    step: Option<u64>,
    real: &'a dyn Dataset,
    net: Option<&'a FeatureNet>,
}

impl About<'_> {
    /// Prints what was measured: cards of the metrics, and scores that need none.
    fn show(&self, cards: &[MetricCard], scores: &[Score], skipped: &[(&str, String)]) -> anyhow::Result<Outcome> {
        let data = self.real.provenance();
        if self.args.json {
            let net = self.net.map(|n| json!({ "name": n.spec().name, "about": n.spec().about, "sha256": n.hash() }));
            let skipped: Vec<Value> = skipped.iter().map(|(m, why)| json!({ "metric": m, "why": why })).collect();
            say(serde_json::to_string_pretty(&json!({
                "samples": self.n, "step": self.step, "seed": self.args.seed,
                "data": { "name": data.name, "split": data.split.to_string(), "count": self.real.len() },
                "classifier": net, "cards": cards, "scores": scores, "skipped": skipped,
            }))?)?;
            return Ok(Outcome::Done);
        }
        let of = self.step.map(|s| format!(" of step {s}, seed {}", self.args.seed)).unwrap_or_default();
        let against = format!("{} ({}, {})", data.name, data.split, counted(self.real.len() as u64, "sample"));
        say(format!("{}: {}{of}, against {against}", self.args.what.display(), counted(self.n as u64, "sample")))?;
        if let Some(net) = self.net {
            say(format!("classifier {} ({}), sha256 {}", net.spec().name, net.spec().about, net.hash()))?;
        }
        for card in cards {
            say(format!("\n{card}").trim_end())?;
        }
        if !scores.is_empty() || !skipped.is_empty() {
            say("")?;
        }
        for score in scores {
            let floor = score.floor.as_ref().map(|f| {
                let deviation = f.deviation.map(|d| format!(" +- {d:.4}")).unwrap_or_default();
                format!("  a perfect sampler: {:.4}{deviation}", f.value)
            });
            say(format!("  {:24} {:12.4}{}", score.metric, score.value, floor.unwrap_or_default()))?;
        }
        for (metric, why) in skipped {
            say(format!("  {metric:24} not measured: {why}"))?;
        }
        Ok(Outcome::Done)
    }
}

/// Accuracy of a classifier on samples that it was not trained on.
fn of_classifier(args: &Args) -> anyhow::Result<Outcome> {
    if !args.metrics.is_empty() || args.classifier.is_some() || args.against.is_some() {
        let message =
            "the run is a classifier's, whose accuracy is measured: --metric, --classifier and --against are for generators";
        return Err(Usage(message.to_owned()).into());
    }
    let (run, folder) = open::find(&args.what, &args.checkpoint)?;
    let mut config: ClassifierConfig = run.read_config()?;
    args.machine.apply(&mut config)?;
    let split = match args.split {
        Some(split) => split,
        None => config.evaluate.split()?,
    };
    let data = open_split(&config, split, None)?;
    let step = checkpoint::read_manifest(&folder).map_err(TrainError::from)?.step;
    let mut net = FeatureNet::of_run(&run, &step.to_string())?;
    let mut pool = Pool::new(config.shared().train.threads.unwrap_or_else(Pool::default_threads));
    let scores = net.accuracy(&*data, &mut pool)?;
    let about = About { args, n: data.len(), step: Some(step), real: &*data, net: Some(&net) };
    about.show(&[], &scores, &[])
}
