//! Classifiers in use: what they say of samples, and the features by which they see them.

mod embedded;
mod error;
mod fit;
mod spec;
mod verdicts;

pub use embedded::{ALL as NETS, EmbeddedNet, suited};
pub use error::FeatureNetError;
pub use fit::Fit;
pub use spec::NetSpec;
pub use verdicts::Verdicts;

use std::fs::File;
use std::path::{Path, PathBuf};

use gan_datasets::Dataset;
use gan_layers::{Network, Weights};
use gan_metrics::Score;
use gan_tensor::{Pool, Shape};
use sha2::{Digest, Sha256};

use crate::reader::{Layer, Reader};
use crate::{ClassifierConfig, RunFolder, TrainError, checkpoint, config, files, networks};
use checkpoint::weights;

/// Most classes of a sample whose parts are judged each by itself.
const MAX_CLASSES: usize = 1 << 16;
/// A training store holds at most so many values for each of a network's: the weight, its average, states of the optimiser.
const STATES: u64 = 8;

/// A trained classifier in use: softmax probabilities and features of samples.
///
/// ```
/// use gan_datasets::{Dataset, OpenOptions, Split, open};
/// use gan_tensor::Pool;
/// use gan_train::FeatureNet;
///
/// let mut net = FeatureNet::open("digits".as_ref())?;
/// let digits = open("digits", &OpenOptions { split: Split::Validation, count: Some(50), ..Default::default() })?;
/// let seen = net.judge_data(&*digits, 0, &mut Pool::new(1))?;
/// let (labels, _) = seen.predictions();
/// let right = (0..50).filter(|&i| digits.label(i) == Some(labels[i] as u32)).count();
/// assert!(right >= 48);
/// assert_eq!(seen.features().len(), 50 * net.feature_len());
/// # Ok::<(), gan_train::TrainError>(())
/// ```
pub struct FeatureNet {
    spec: NetSpec,
    network: Network,
    reader: Reader,
    hash: String,
}

impl FeatureNet {
    /// Opens the net that `what` names: one [inside the crate](NETS), the run of a classifier (its best checkpoint), or a folder with
    /// `net.toml` and `net.safetensors`.
    ///
    /// # Errors
    /// [`FeatureNetError::NotANet`]; files that are missing, damaged or of another network.
    pub fn open(what: &Path) -> Result<FeatureNet, TrainError> {
        let not = |reason: &str| FeatureNetError::NotANet {
            found: what.display().to_string(),
            reason: reason.to_owned(),
            known: NETS.iter().map(|n| format!("`{}`", n.name)).collect::<Vec<_>>().join(", "),
        };
        if let Some(net) = NETS.iter().find(|n| Path::new(n.name) == what) {
            let place = PathBuf::from(format!("embedded net `{}`", net.name));
            return FeatureNet::from_parts(description(net.description, &place)?, net.weights, &place);
        }
        if !what.is_dir() {
            return Err(not(if what.exists() { "it is a file" } else { "there is no such folder" }).into());
        }
        if what.join("net.toml").is_file() {
            let (path, file) = (what.join("net.toml"), what.join("net.safetensors"));
            let spec = description(&config::read_text(&path)?, &path)?;
            let network = build(&spec, &path)?;
            let limit = weights::largest(network.params()).saturating_mul(STATES);
            let opened = File::open(&file).map_err(TrainError::file("cannot open", &file))?;
            let bytes = files::read_bounded(opened, limit).map_err(TrainError::file("cannot read", &file))?;
            if bytes.len() as u64 > limit {
                let message = format!("it holds more than {limit} bytes, more than this network's parameters need");
                return Err(FeatureNetError::Weights { path: file, message }.into());
            }
            return FeatureNet::with_network(spec, network, &bytes, &file);
        }
        if what.join("config.toml").is_file() {
            return FeatureNet::of_run(&RunFolder::open(what)?, "best");
        }
        Err(not("it holds neither net.toml nor the config.toml of a run").into())
    }

    /// The net of a classifier's run: `best`, `last` or the number of a step.
    ///
    /// # Errors
    /// A run that is no classifier's, has no such checkpoint or is damaged.
    pub fn of_run(run: &RunFolder, wanted: &str) -> Result<FeatureNet, TrainError> {
        let config: ClassifierConfig = run.read_config()?;
        let facts = match run.data_facts()? {
            Some(facts) => facts,
            None => crate::DataFacts::of(&*crate::open_data(&config)?),
        };
        let folder = checkpoint::find(&run.checkpoints(), wanted)?;
        let manifest = checkpoint::read_manifest(&folder)?;
        let spec = NetSpec {
            name: config.name,
            about: format!("{} of {}, step {}", facts.provenance().split, facts.provenance().name, manifest.step),
            input: facts.sample_shape().to_vec(),
            range: facts.range(),
            features: None,
            layers: config.classifier.layers,
        };
        let path = folder.join("classifier.safetensors");
        let network = build(&spec, &run.config_file())?;
        let limit = weights::largest(network.params()).saturating_mul(STATES);
        let bytes = checkpoint::read_store(&folder, &manifest, "classifier", limit)?;
        FeatureNet::with_network(spec, network, &bytes, &path)
    }

    /// A net of a description and its weights as safetensors, which stand at `place`.
    ///
    /// # Errors
    /// A description that makes no sense; weights that are damaged or of another network.
    pub fn from_parts(spec: NetSpec, weights: &[u8], place: &Path) -> Result<FeatureNet, TrainError> {
        let network = build(&spec, place)?;
        FeatureNet::with_network(spec, network, weights, place)
    }

    fn with_network(spec: NetSpec, mut network: Network, bytes: &[u8], path: &Path) -> Result<FeatureNet, TrainError> {
        let values = weights::pick(bytes, network.params())
            .map_err(|message| FeatureNetError::Weights { path: path.to_owned(), message })?;
        for (name, x) in &values {
            network.params_mut().write(name, x)?;
        }
        FeatureNet::finish(spec, network)
    }

    fn finish(spec: NetSpec, network: Network) -> Result<FeatureNet, TrainError> {
        let layer = spec.layer(&network).ok_or_else(|| FeatureNetError::NoLayer {
            net: spec.name.clone(),
            found: spec.features.clone().unwrap_or_default(),
            first: network.layers().next().map(|l| l.path.to_owned()).unwrap_or_default(),
            last: network.layers().last().map(|l| l.path.to_owned()).unwrap_or_default(),
        })?;
        let reader = Reader::new(&network, Weights::Raw, layer)?;
        let hash = hash(&spec, &network, layer);
        Ok(FeatureNet { spec, network, reader, hash })
    }

    /// The same net with the result of another layer as its features: `layers[12]`.
    ///
    /// # Errors
    /// [`FeatureNetError::NoLayer`].
    pub fn with_features(self, layer: &str) -> Result<FeatureNet, TrainError> {
        let FeatureNet { spec, network, .. } = self;
        FeatureNet::finish(NetSpec { features: Some(layer.to_owned()), ..spec }, network)
    }

    /// What it is.
    pub fn spec(&self) -> &NetSpec {
        &self.spec
    }

    /// SHA-256 of its description (without name and remarks) and its weights, in hexadecimal: scores are comparable where this is the
    /// same.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Number of classes that it tells apart.
    pub fn classes(&self) -> usize {
        self.network.output().len()
    }

    /// Values of the features of what it judges at a time.
    pub fn feature_len(&self) -> usize {
        self.reader.features()
    }

    /// How it judges samples of a shape, with values in `range`, which have a margin of `pad` pixels of background.
    ///
    /// A margin is cut off, and a net of one channel judges each channel of a picture by itself.
    ///
    /// # Errors
    /// [`FeatureNetError::Shape`], [`FeatureNetError::Range`] or [`FeatureNetError::Classes`] if it cannot.
    pub fn fit(&self, shape: &[usize], range: (f32, f32), pad: usize) -> Result<Fit, FeatureNetError> {
        let net = || format!("`{}`", self.spec.name);
        let expected = self.spec.input.clone();
        let Some(fit) = Fit::new(&expected, shape, pad) else {
            let channels = if matches!(expected[..], [_, _, 1]) { " or several channels of it" } else { "" };
            let margin = if pad > 0 { format!(" with a margin of {pad}") } else { String::new() };
            return Err(FeatureNetError::Shape { net: net(), expected, channels, found: shape.to_vec(), margin });
        };
        if range != self.spec.range {
            return Err(FeatureNetError::Range { net: net(), expected: self.spec.range, found: range });
        }
        let parts = u32::try_from(fit.parts()).unwrap_or(u32::MAX);
        if self.classes().checked_pow(parts).is_none_or(|all| all > MAX_CLASSES) {
            let (classes, channels) = (self.classes(), fit.parts());
            return Err(FeatureNetError::Classes { net: net(), classes, channels, most: MAX_CLASSES });
        }
        Ok(fit)
    }

    /// Judges samples, one after the other.
    ///
    /// # Errors
    /// No whole number of samples, or a fault of the network.
    pub fn judge(&mut self, samples: &[f32], fit: &Fit, pool: &mut Pool) -> Result<Verdicts, TrainError> {
        let len = fit.sample_len().max(1);
        if !samples.len().is_multiple_of(len) {
            return Err(gan_core::CoreError::Samples { expected: len, found: samples.len() }.into());
        }
        let mut seen = self.nothing_seen(fit);
        let mut parts = Vec::new();
        for chunk in samples.chunks(CHUNK * len) {
            parts.clear();
            fit.apply(chunk, &mut parts);
            self.look(&parts, &mut seen, pool)?;
        }
        Ok(seen)
    }

    /// Judges the samples of a data set, which have a margin of `pad` pixels.
    ///
    /// # Errors
    /// As [`fit`](FeatureNet::fit) and [`judge`](FeatureNet::judge), and samples that cannot be read.
    pub fn judge_data(&mut self, data: &dyn Dataset, pad: usize, pool: &mut Pool) -> Result<Verdicts, TrainError> {
        let rows: Vec<usize> = (0..data.len()).collect();
        self.judge_rows(data, &rows, pad, pool)
    }

    /// As [`judge_data`](FeatureNet::judge_data), of the samples with these numbers.
    ///
    /// # Errors
    /// As [`judge_data`](FeatureNet::judge_data).
    pub fn judge_rows(
        &mut self,
        data: &dyn Dataset,
        rows: &[usize],
        pad: usize,
        pool: &mut Pool,
    ) -> Result<Verdicts, TrainError> {
        let fit = self.fit(data.sample_shape(), data.range(), pad)?;
        let len = fit.sample_len().max(1);
        let mut seen = self.nothing_seen(&fit);
        let (mut x, mut parts) = (vec![0.0; CHUNK * len], Vec::new());
        for chunk in rows.chunks(CHUNK) {
            for (&i, x) in chunk.iter().zip(x.chunks_exact_mut(len)) {
                data.read(i, x)?;
            }
            parts.clear();
            fit.apply(&x[..chunk.len() * len], &mut parts);
            self.look(&parts, &mut seen, pool)?;
        }
        Ok(seen)
    }

    /// Accuracy and mean cross-entropy, in nats, on labelled samples of the net's own shape.
    ///
    /// # Errors
    /// Samples of another shape or that cannot be read, or a fault of the network.
    pub fn accuracy(&mut self, data: &dyn Dataset, pool: &mut Pool) -> Result<[Score; 2], TrainError> {
        let fit = self.fit(data.sample_shape(), data.range(), 0)?;
        if fit.parts() > 1 || data.classes() != Some(self.classes()) {
            let (set, found, classes) = (&data.provenance().name, data.classes().unwrap_or(0), self.classes());
            let message =
                format!("expected labelled samples of {classes} classes, as the net `{}` knows, found {found}", self.spec.name);
            return Err(TrainError::Config { place: format!("data `{set}`"), message });
        }
        self.reader.scores(self.network.params_mut(), data, pool)
    }

    fn nothing_seen(&self, fit: &Fit) -> Verdicts {
        let (parts, classes) = (fit.parts(), self.classes());
        Verdicts { parts, classes, feature_len: parts * self.feature_len(), ..Verdicts::default() }
    }

    fn look(&mut self, parts: &[f32], seen: &mut Verdicts, pool: &mut Pool) -> Result<(), TrainError> {
        self.reader.read(self.network.params_mut(), parts, pool, |_, logs, features| {
            seen.probabilities.extend(logs.iter().map(|l| l.exp().min(1.0)));
            seen.features.extend_from_slice(features);
        })
    }

    /// Writes it to a folder as `net.toml` and `net.safetensors`, from which it opens anywhere.
    ///
    /// # Errors
    /// The folder cannot be written, or holds something already.
    pub fn export(&self, folder: &Path) -> Result<(), TrainError> {
        let text = toml::to_string(&self.spec)
            .map_err(|e| FeatureNetError::Description { path: folder.join("net.toml"), message: e.to_string() })?;
        let bytes = encoded(&self.network, &folder.join("net.safetensors"))?;
        if let Some(above) = folder.parent() {
            std::fs::create_dir_all(above).map_err(TrainError::file("cannot create", above))?;
        }
        let written: std::io::Result<()> = files::write_folder(folder, |to| {
            files::write(&to.join("net.toml"), |out| out.write_all(text.as_bytes()))?;
            files::write(&to.join("net.safetensors"), |out| out.write_all(&bytes))
        });
        written.map_err(TrainError::file("cannot write", folder))
    }
}

/// Samples whose parts are laid out at a time.
const CHUNK: usize = 500;

fn description(text: &str, path: &Path) -> Result<NetSpec, FeatureNetError> {
    let fault = |message: String| FeatureNetError::Description { path: path.to_owned(), message };
    let table: toml::Table = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
    serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|e| {
        let at = e.path().to_string();
        let message = config::explain(&e.into_inner().to_string());
        fault(if at == "." { message } else { format!("{at}: {message}") })
    })
}

/// The network of a description, with weights that are still to come.
fn build(spec: &NetSpec, path: &Path) -> Result<Network, TrainError> {
    let fault = |message: String| FeatureNetError::Description { path: path.to_owned(), message };
    spec.check().map_err(fault)?;
    let network = networks::build("net", &spec.layers, Shape::new(&spec.input)?, 0, 0, None)?;
    if network.output().rank() != 1 || network.output().len() < 2 {
        return Err(fault(format!("expected a logit for each of at least 2 classes, found {}", network.output())).into());
    }
    if network.conditional() {
        return Err(fault("a layer reads the classes that the net is to find".to_owned()).into());
    }
    Ok(network)
}

fn encoded(network: &Network, path: &Path) -> Result<Vec<u8>, FeatureNetError> {
    weights::encode(network.params()).map_err(|message| FeatureNetError::Weights { path: path.to_owned(), message })
}

/// SHA-256 of everything that decides what a net says: description as JSON, parameters row-major and little-endian.
fn hash(spec: &NetSpec, network: &Network, layer: Layer) -> String {
    let features = match layer {
        Layer::Input => "input".to_owned(),
        Layer::Output => "output".to_owned(),
        Layer::Behind(i) => format!("layers[{i}]"),
    };
    let description = serde_json::json!([spec.input, spec.range, spec.layers, features]);
    let mut sha = Sha256::new();
    sha.update(format!("{description}\n"));
    for (spec, values) in network.params().iter() {
        sha.update(format!("{} {}\n", spec.name, spec.shape));
        values.iter().for_each(|x| sha.update(x.to_le_bytes()));
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
