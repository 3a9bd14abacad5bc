//! The folder of a run.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gan_datasets::{Dataset, sources};

use crate::{Config, DataFacts, RunConfig, TrainError, files, open_data};

/// Most bytes of `data.json` that are read.
const MAX_BYTES: u64 = 1 << 16;

/// A run's folder: `config.toml`, `metrics.jsonl`, `samples/`, `checkpoints/`, `data.json`, `summary.json`.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder of a new run and writes its configuration.
    ///
    /// # Errors
    /// The folder holds something already, or cannot be written.
    pub fn create(path: &Path, config: &impl RunConfig) -> Result<RunFolder, TrainError> {
        if path.exists() {
            let mut entries = std::fs::read_dir(path).map_err(TrainError::file("cannot read", path))?;
            if entries.next().is_some() {
                return Err(TrainError::RunExists { path: path.to_owned() });
            }
        }
        let run = RunFolder { path: path.to_owned() };
        for dir in [path.to_owned(), run.samples(), run.checkpoints()] {
            std::fs::create_dir_all(&dir).map_err(TrainError::file("cannot create", &dir))?;
        }
        run.write_config(config)?;
        Ok(run)
    }

    /// The next free folder `runs/<name>-<number>` under `parent`.
    pub fn next_free(parent: &Path, name: &str) -> PathBuf {
        (1..).map(|i| parent.join(format!("{name}-{i}"))).find(|p| !p.exists()).unwrap_or_else(|| parent.join(name))
    }

    /// Opens the folder of an earlier run.
    ///
    /// # Errors
    /// It is not there or not a run.
    pub fn open(path: &Path) -> Result<RunFolder, TrainError> {
        let not = |reason: &str| TrainError::NotARun { path: path.to_owned(), reason: reason.to_owned() };
        if !path.is_dir() {
            return Err(not(if path.exists() { "it is a file; expected a run's folder" } else { "there is no such folder" }));
        }
        let run = RunFolder { path: path.to_owned() };
        if run.config_file().is_file() { Ok(run) } else { Err(not("config.toml is missing")) }
    }

    /// The configuration of the run.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn config(&self) -> Result<Config, TrainError> {
        self.read_config()
    }

    /// The configuration of a run of any kind.
    ///
    /// # Errors
    /// It cannot be read, or is of another kind.
    pub fn read_config<C: RunConfig>(&self) -> Result<C, TrainError> {
        C::from_file(&self.config_file(), &[])
    }

    /// Replaces the configuration.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_config(&self, config: &impl RunConfig) -> Result<(), TrainError> {
        self.write(&self.config_file(), &config.to_toml()?)
    }

    /// What the run has written down of its data; nothing if it is older than that.
    ///
    /// # Errors
    /// It cannot be read or makes no sense.
    pub fn data_facts(&self) -> Result<Option<DataFacts>, TrainError> {
        let path = self.data_file();
        let file = match File::open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(TrainError::file("cannot open", &path))?,
        };
        let text = files::read_bounded(file, MAX_BYTES).map_err(TrainError::file("cannot read", &path))?;
        // what is longer is cut off and no longer parses
        let facts = DataFacts::from_json(&text).map_err(|e| TrainError::DataFacts { path, message: e })?;
        Ok(Some(facts))
    }

    /// Writes down what `data` are, for later.
    pub(crate) fn write_data_facts(&self, data: &dyn Dataset) -> Result<(), TrainError> {
        let path = self.data_file();
        let text = DataFacts::of(data).to_json().map_err(|message| TrainError::DataFacts { path: path.clone(), message })?;
        self.write(&path, &format!("{text}\n"))
    }

    /// The data as far as sampling and its pictures need them: what the run knows of them, if they are read from files or
    /// are not those that `config` names; else they are made.
    ///
    /// # Errors
    /// What is written down makes no sense, or there is nothing and the data cannot be opened.
    pub fn data_to_sample(&self, config: &Config) -> Result<Arc<dyn Dataset>, TrainError> {
        let source = sources::ALL.iter().find(|s| s.name == config.data.name);
        match self.data_facts()? {
            Some(facts) if source.is_none_or(|s| s.needs_dir || s.name != facts.provenance().name) => Ok(Arc::new(facts)),
            _ => open_data(config),
        }
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), TrainError> {
        files::write(path, |out| out.write_all(text.as_bytes())).map_err(TrainError::file("cannot write", path))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `config.toml`.
    pub fn config_file(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// `data.json`.
    pub fn data_file(&self) -> PathBuf {
        self.path.join("data.json")
    }

    /// `metrics.jsonl`.
    pub fn metrics_file(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// `summary.json`.
    pub fn summary_file(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    /// `profile.json`.
    pub fn profile_file(&self) -> PathBuf {
        self.path.join("profile.json")
    }

    /// `samples/`.
    pub fn samples(&self) -> PathBuf {
        self.path.join("samples")
    }

    /// `checkpoints/`.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }
}
