//! Opens a trained model from what the user names: a run's folder or one of its checkpoints.

use std::path::{Path, PathBuf};

use gan::train::{RunFolder, Session, TrainError, checkpoint};

use crate::options::Overrides;

/// A run and the checkpoint meant.
pub(crate) struct Opened {
    pub run: RunFolder,
    pub checkpoint: PathBuf,
}

/// Finds the run that `path` belongs to and the checkpoint that is meant.
pub(crate) fn find(path: &Path, wanted: &str) -> Result<Opened, TrainError> {
    if path.join("manifest.bin").is_file() {
        // runs/x/checkpoints/step-00001000
        let run = path.canonicalize().ok().and_then(|p| Some(p.parent()?.parent()?.to_owned()));
        if let Some(run) = run {
            return Ok(Opened { run: RunFolder::open(&run)?, checkpoint: path.to_owned() });
        }
    }
    let run = RunFolder::open(path)?;
    let checkpoint = checkpoint::find(&run.checkpoints(), wanted)?;
    Ok(Opened { run, checkpoint })
}

/// A session restored from the checkpoint that is meant.
pub(crate) fn session(path: &Path, wanted: &str, overrides: &Overrides) -> Result<Session, TrainError> {
    let opened = find(path, wanted)?;
    let mut config = gan::train::Config::from_file(&opened.run.config_file(), &overrides.set)?;
    if let Some(what) = config.differs_from(&opened.run.config()?) {
        let message = format!("`{what}` belongs to the trained model and cannot be changed");
        return Err(TrainError::Config { place: "--set".to_owned(), message });
    }
    if let Some(n) = overrides.threads {
        config.train.threads = Some(n.into());
    }
    if overrides.data.is_some() {
        config.data.dir.clone_from(&overrides.data);
    }
    let mut session = Session::new(&config)?;
    session.restore(&opened.checkpoint)?;
    Ok(session)
}
