//! The folder of a run.

use std::path::{Path, PathBuf};

use crate::checkpoint;
use crate::{Config, TrainError};

/// A run's folder: `config.toml`, `metrics.jsonl`, `samples/`, `checkpoints/`, `summary.json`.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder of a new run and writes its configuration.
    ///
    /// # Errors
    /// The folder holds something already, or cannot be written.
    pub fn create(path: &Path, config: &Config) -> Result<RunFolder, TrainError> {
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
            return Err(not("there is no such folder"));
        }
        let run = RunFolder { path: path.to_owned() };
        if run.config_file().is_file() { Ok(run) } else { Err(not("config.toml is missing")) }
    }

    /// The configuration of the run.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn config(&self) -> Result<Config, TrainError> {
        Config::from_file(&self.config_file(), &[])
    }

    /// Replaces the configuration.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_config(&self, config: &Config) -> Result<(), TrainError> {
        let path = self.config_file();
        checkpoint::write_atomically(&path, config.to_toml()?.as_bytes()).map_err(TrainError::file("cannot write", &path))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `config.toml`.
    pub fn config_file(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// `metrics.jsonl`.
    pub fn metrics_file(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// `summary.json`.
    pub fn summary_file(&self) -> PathBuf {
        self.path.join("summary.json")
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
