//! Trains the runs of a sweep, several at a time, and goes on where an earlier call stopped.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gan_tensor::Pool;

use super::results::Finished;
use super::{Results, Run, Sweep};
use crate::{Ending, RunFolder, Session, Summary, TrainError, Trainer, checkpoint, files, observers};

/// How a sweep is trained.
#[derive(Clone, Debug)]
pub struct Options {
    /// Runs at a time; small games use the cores better this way.
    pub jobs: usize,
    /// Threads of all runs together.
    pub threads: usize,
    /// Set it to stop: every run that is under way saves.
    pub interrupt: Arc<AtomicBool>,
}

impl Default for Options {
    fn default() -> Self {
        Options { jobs: 1, threads: Pool::default_threads(), interrupt: Arc::default() }
    }
}

/// What a sweep tells while it goes on.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// The run that has come to its end.
    pub finished: &'a Finished,
    /// Whether an earlier call had finished it.
    pub earlier: bool,
    /// Runs that have come to their end so far.
    pub done: usize,
    /// All runs.
    pub total: usize,
}

impl Sweep {
    /// Trains what is not trained yet in the folder `out`; `tell` hears of every run that ends. Returns the results, of all runs unless
    /// it was interrupted.
    ///
    /// A run that diverges is a result, not a fault: its metrics are absent.
    ///
    /// # Errors
    /// The folder belongs to another sweep, a full disk, missing or broken data.
    pub fn train(&self, out: &Path, options: &Options, tell: &(dyn Fn(Progress<'_>) + Sync)) -> Result<Results, TrainError> {
        self.check(out)?;
        self.claim(out)?;
        let next = AtomicUsize::new(0);
        let finished = Mutex::new(Vec::<Finished>::new());
        let failed = Mutex::new(None);
        let jobs = options.jobs.clamp(1, self.runs.len().max(1));
        let threads = (options.threads / jobs).max(1);
        let work = || {
            while let Some(run) = self.runs.get(next.fetch_add(1, Ordering::SeqCst)) {
                if options.interrupt.load(Ordering::SeqCst) {
                    return;
                }
                match train(run, out, threads, &options.interrupt) {
                    Ok(None) => return,
                    Ok(Some((done, earlier))) => {
                        let mut all = finished.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        all.push(done);
                        if let Some(finished) = all.last() {
                            tell(Progress { finished, earlier, done: all.len(), total: self.runs.len() });
                        }
                    }
                    Err(e) => {
                        options.interrupt.store(true, Ordering::SeqCst);
                        failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(e);
                        return;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(work);
            }
        });
        if let Some(e) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            return Err(e);
        }
        let mut finished = finished.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        finished.sort_by_key(|f| (f.cell, f.seed));
        Ok(Results::new(self, finished))
    }

    /// Builds what is to be trained, once for each combination: a fault of the last one should not come to light after the first has trained.
    fn check(&self, out: &Path) -> Result<(), TrainError> {
        for (i, cell) in self.cells.iter().enumerate() {
            let left = |run: &&Run| run.cell == i && ended(&out.join(&run.folder)).is_none();
            if let Some(run) = self.runs.iter().find(left) {
                Session::new(&run.config).map_err(|e| super::cells::within(e, &self.name, &cell.labels))?;
            }
        }
        Ok(())
    }

    /// Makes the folder this sweep's, or finds that it is.
    fn claim(&self, out: &Path) -> Result<(), TrainError> {
        let path = out.join("sweep.toml");
        match fs::read_to_string(&path) {
            Ok(text) if text == self.text => Ok(()),
            Ok(_) => Err(TrainError::Config {
                place: path.display().to_string(),
                message: "the folder holds the runs of another sweep (or the file was changed since): name another with --out"
                    .to_owned(),
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                fs::create_dir_all(out).map_err(TrainError::file("cannot create", out))?;
                files::write(&path, |f| f.write_all(self.text.as_bytes())).map_err(TrainError::file("cannot write", &path))
            }
            Err(e) => Err(TrainError::file("cannot read", &path)(e)),
        }
    }
}

/// Trains a run to its end, from where it stands; nothing if it was interrupted. Tells whether it had ended earlier.
fn train(run: &Run, out: &Path, threads: usize, interrupt: &Arc<AtomicBool>) -> Result<Option<(Finished, bool)>, TrainError> {
    let path = out.join(&run.folder);
    if let Some(summary) = ended(&path) {
        return Ok(Some((Finished::new(run, summary), true)));
    }
    let mut config = run.config.clone();
    config.train.threads = Some(threads);
    let quiet = observers::Options { quiet: true, json: false };
    let watching = observers::build(&config, &quiet);
    let begun = RunFolder::open(&path).ok().filter(|f| checkpoint::find(&f.checkpoints(), "last").is_ok());
    let trainer = match begun {
        Some(folder) => Trainer::resume(&config, folder, watching)?,
        None => {
            // ended before anything was saved: nothing is lost
            if path.join("config.toml").is_file() {
                fs::remove_dir_all(&path).map_err(TrainError::file("cannot clear", &path))?;
            }
            Trainer::start(&config, &path, watching)?
        }
    };
    match trainer.interrupted_by(interrupt.clone()).train() {
        Ok(Ending::Interrupted) => return Ok(None),
        Ok(Ending::Done | Ending::Stopped(_)) | Err(TrainError::Diverged(_)) => {}
        Err(e) => return Err(e),
    }
    Ok(ended(&path).map(|summary| (Finished::new(run, summary), false)))
}

/// What remains of a run that has come to its end.
fn ended(path: &Path) -> Option<Summary> {
    let summary: Summary = serde_json::from_str(&fs::read_to_string(path.join("summary.json")).ok()?).ok()?;
    (summary.ended != "interrupted").then_some(summary)
}
