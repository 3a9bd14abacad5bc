//! Runs a session to its end, with observers, a guard and a folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gan_datasets::Dataset;

use crate::checkpoint::{self, Manifest};
use crate::observers::{Observer, View};
use crate::profile::Clock;
use crate::{
    Config, Divergence, Event, Flow, Guard, RunConfig, RunFolder, RunProfile, Session, StepReport, Summary, Task, TrainError,
    files,
};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It reached its length.
    Done,
    /// An observer stopped it, for this reason.
    Stopped(String),
    /// It was asked to stop, and saved.
    Interrupted,
}

/// Training with a run's folder.
pub struct Trainer<C: RunConfig = Config> {
    session: Session<C>,
    run: RunFolder,
    observers: Vec<Box<dyn Observer<C>>>,
    guard: Guard,
    interrupt: Arc<AtomicBool>,
    /// Time spent in earlier sessions of this run.
    before: Duration,
    started: Instant,
    last_saved: Option<u64>,
    recent: Recent,
    best: Option<(f64, u64)>,
    dropped_frames: u64,
    scores: std::collections::BTreeMap<String, f64>,
    clock: Option<Clock>,
}

impl<C: RunConfig> Trainer<C> {
    /// A new run in an empty or absent folder.
    ///
    /// # Errors
    /// What is wrong in the configuration or data; then no folder is made.
    pub fn start(config: &C, run: &std::path::Path, observers: Vec<Box<dyn Observer<C>>>) -> Result<Trainer<C>, TrainError> {
        config.check()?;
        Trainer::start_with(config, crate::open_data(config)?, run, observers)
    }

    /// As [`start`](Trainer::start), for data of one's own.
    ///
    /// # Errors
    /// What is wrong in the configuration, or does not fit the data; then no folder is made.
    pub fn start_with(
        config: &C,
        data: Arc<dyn Dataset>,
        run: &std::path::Path,
        observers: Vec<Box<dyn Observer<C>>>,
    ) -> Result<Trainer<C>, TrainError> {
        let session = Session::with_data(config, data)?;
        let run = RunFolder::create(run, config)?;
        run.write_data_facts(session.data())?;
        Ok(Trainer::with(session, run, observers))
    }

    /// Continues a run from its last checkpoint. `config` is the run's own, as far as the model goes.
    ///
    /// # Errors
    /// There is no checkpoint, it is damaged, or the configuration is of another model.
    pub fn resume(config: &C, run: RunFolder, observers: Vec<Box<dyn Observer<C>>>) -> Result<Trainer<C>, TrainError> {
        config.check()?;
        Trainer::resume_with(config, crate::open_data(config)?, run, observers)
    }

    /// As [`resume`](Trainer::resume), for data of one's own.
    ///
    /// # Errors
    /// As [`resume`](Trainer::resume).
    pub fn resume_with(
        config: &C,
        data: Arc<dyn Dataset>,
        run: RunFolder,
        observers: Vec<Box<dyn Observer<C>>>,
    ) -> Result<Trainer<C>, TrainError> {
        let earlier: C = run.read_config()?;
        if let Some(what) = config.differs_from(&earlier) {
            let message =
                format!("`{what}` cannot be changed while a run goes on: it would be another model; start a new run instead");
            return Err(TrainError::Config { place: "resume".to_owned(), message });
        }
        let mut session = Session::with_data(config, data)?;
        let manifest = session.restore(&checkpoint::find(&run.checkpoints(), "last")?)?;
        run.write_config(config)?;
        run.write_data_facts(session.data())?;
        let mut trainer = Trainer::with(session, run, observers);
        trainer.before = Duration::try_from_secs_f64(manifest.seconds).unwrap_or_default();
        trainer.last_saved = Some(manifest.step);
        // the value of another metric says nothing about this one
        trainer.best = manifest.best.filter(|_| config.best() == earlier.best());
        Ok(trainer)
    }

    fn with(session: Session<C>, run: RunFolder, observers: Vec<Box<dyn Observer<C>>>) -> Trainer<C> {
        Trainer {
            session,
            run,
            observers,
            guard: Guard::default(),
            interrupt: Arc::default(),
            before: Duration::ZERO,
            started: Instant::now(),
            last_saved: None,
            recent: Recent::default(),
            best: None,
            dropped_frames: 0,
            scores: Default::default(),
            clock: None,
        }
    }

    /// Set it from a signal handler: training stops after the current step and saves.
    pub fn interrupt(&self) -> Arc<AtomicBool> {
        self.interrupt.clone()
    }

    /// Stops when `flag` is set, as [`interrupt`](Trainer::interrupt) does: several runs may share it.
    #[must_use]
    pub fn interrupted_by(mut self, flag: Arc<AtomicBool>) -> Trainer<C> {
        self.interrupt = flag;
        self
    }

    /// The run's folder.
    pub fn run_folder(&self) -> &RunFolder {
        &self.run
    }

    /// The session.
    pub fn session(&mut self) -> &mut Session<C> {
        &mut self.session
    }

    /// Times every operation from now on; [`train`](Trainer::train) leaves `profile.json` in the run's folder then.
    pub fn start_profile(&mut self) {
        self.session.task_mut().0.start_profile();
        self.clock = Some(Clock::default());
    }

    /// Where the time of training went, if it was [timed](Trainer::start_profile).
    pub fn profile(&self) -> Option<RunProfile> {
        let clock = self.clock?;
        let pool = self.session.pool();
        Some(RunProfile {
            steps: clock.steps,
            seconds: clock.wall.as_secs_f64(),
            stepping: clock.stepping.as_secs_f64(),
            threads: pool.threads(),
            isa: pool.isa().name(),
            phases: self.session.task().profile(),
        })
    }

    fn elapsed(&self) -> Duration {
        self.before + self.started.elapsed()
    }

    /// The step at which the run ends, where that is known beforehand.
    fn last_step(&self) -> Option<u64> {
        let t = self.session.config().shared().train;
        let by_epochs = t.epochs.map(|e| (e * self.session.exact_steps_per_epoch()).round().max(1.0) as u64);
        match (t.steps, by_epochs) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Ends the run at `step` instead of where its configuration says, and writes that down.
    ///
    /// # Errors
    /// The configuration cannot be written.
    pub fn train_until(&mut self, step: u64) -> Result<(), TrainError> {
        let train = self.session.train_config_mut();
        (train.steps, train.epochs, train.minutes) = (Some(step), None, None);
        self.run.write_config(self.session.config())
    }

    /// Whether the run has reached its length.
    pub fn is_over(&self) -> bool {
        let by_time = self.session.config().shared().train.minutes.is_some_and(|m| self.elapsed().as_secs_f64() >= m * 60.0);
        by_time || self.last_step().is_some_and(|n| self.session.steps() >= n)
    }

    /// Trains to the end.
    ///
    /// # Errors
    /// Divergence (nothing is saved then, earlier checkpoints are intact), a full disk, broken data.
    pub fn train(&mut self) -> Result<Ending, TrainError> {
        self.started = Instant::now();
        let limit = self.session.config().shared().train.minutes.and_then(|m| Duration::try_from_secs_f64(m * 60.0).ok());
        let mut stop = self.tell(&Event::Started { step: self.session.steps(), total: self.last_step(), limit })?;
        let ending = loop {
            if let Some(reason) = stop {
                break Ending::Stopped(reason);
            }
            if self.interrupt.load(Ordering::SeqCst) {
                break Ending::Interrupted;
            }
            if self.is_over() {
                break Ending::Done;
            }
            let report = self.step()?;
            if let Some(divergence) = self.guard.check(&report, self.session.task()) {
                return Err(self.diverged(divergence));
            }
            self.recent.add(&report);
            stop = self.tell(&Event::Step(report))?;
        };
        if self.last_saved != Some(self.session.steps()) {
            self.save()?;
        }
        let why = match &ending {
            Ending::Done => "done".to_owned(),
            Ending::Stopped(reason) => format!("stopped: {reason}"),
            Ending::Interrupted => "interrupted".to_owned(),
        };
        if let Some(clock) = &mut self.clock {
            clock.wall += self.started.elapsed();
        }
        self.tell(&Event::Finished { step: self.session.steps(), elapsed: self.elapsed(), why: why.clone() })?;
        self.write_summary(&why)?;
        if let Some(profile) = self.profile() {
            self.write_json(&self.run.profile_file(), &profile)?;
        }
        Ok(ending)
    }

    /// One step of the session, timed if that is wanted.
    fn step(&mut self) -> Result<StepReport, TrainError> {
        let Some(clock) = &mut self.clock else { return self.session.step() };
        let start = Instant::now();
        let report = self.session.step()?;
        clock.stepping += start.elapsed();
        clock.steps += 1;
        Ok(report)
    }

    /// Tells every observer something that changes nothing any more.
    fn tell_all(&mut self, event: &Event) -> Result<(), TrainError> {
        let mut first = Ok(());
        for observer in &mut self.observers {
            let (best, dropped_frames) = (self.best, self.dropped_frames);
            let mut view = View { session: &mut self.session, run: &self.run, best, dropped_frames, raised: Vec::new() };
            first = first.and(observer.on(event, &mut view).map(drop));
        }
        first
    }

    /// Tells every observer; returns a reason to stop, if one gave it.
    fn tell(&mut self, event: &Event) -> Result<Option<String>, TrainError> {
        let mut stop = None;
        let mut save = false;
        let mut told = Vec::new();
        for observer in &mut self.observers {
            let (best, dropped_frames) = (self.best, self.dropped_frames);
            let mut view = View { session: &mut self.session, run: &self.run, best, dropped_frames, raised: Vec::new() };
            match observer.on(event, &mut view)? {
                Flow::Continue => {}
                Flow::Stop(reason) => stop = Some(reason),
                Flow::CheckpointNow => save = true,
            }
            (self.best, self.dropped_frames) = (view.best, view.dropped_frames);
            told.append(&mut view.raised);
        }
        for raised in told {
            if let Event::Evaluated { scores, .. } = &raised {
                self.scores = scores.iter().map(|s| (s.metric.to_string(), s.value)).collect();
            }
            stop = self.tell(&raised)?.or(stop);
        }
        // once a step is enough, even for an observer that asks again when it is told of the checkpoint
        if save && self.last_saved != Some(self.session.steps()) {
            stop = self.save()?.or(stop);
        }
        Ok(stop)
    }

    /// Saves and tells the observers; returns a reason to stop, if one gave it.
    fn save(&mut self) -> Result<Option<String>, TrainError> {
        let position = self.session.position();
        let manifest = Manifest::at(self.session.steps(), (position.epoch, position.batch), self.elapsed(), self.best);
        let folder = self.run.checkpoints();
        let path = checkpoint::save(&folder, self.session.task(), manifest)?;
        let best = self.best.map(|(_, step)| step);
        checkpoint::prune(&folder, self.session.config().shared().checkpoint.keep, best.as_slice());
        self.last_saved = Some(self.session.steps());
        self.tell(&Event::Saved { step: self.session.steps(), path })
    }

    /// Replays from the last checkpoint (or the start) to the step before and looks into the failing one.
    fn diverged(&mut self, mut divergence: Divergence) -> TrainError {
        divergence.last_checkpoint = self.last_saved;
        // the divergence is what must be told, whatever becomes of its announcement and the summary
        let _ = self.tell_all(&Event::Diverged(divergence.clone()));
        if divergence.not_finite {
            match self.replay(divergence.step) {
                Ok(Replay::Done(fault)) => divergence.explain(fault),
                Ok(Replay::Interrupted) => divergence.cause = Some("an operation that was not found: interrupted".to_owned()),
                Err(e) => divergence.cause = Some(format!("an operation that could not be found: {e}")),
            }
        }
        let why = format!("diverged: {}", divergence.what);
        let _ = self.write_summary(&why);
        TrainError::Diverged(Box::new(divergence))
    }

    fn replay(&self, failed: u64) -> Result<Replay, TrainError> {
        let mut session = Session::with_data(self.session.config(), self.session.shared_data())?;
        if self.last_saved.is_some() {
            session.restore(&checkpoint::find(&self.run.checkpoints(), "last")?)?;
        }
        while session.steps() + 1 < failed {
            if self.interrupt.load(Ordering::SeqCst) {
                return Ok(Replay::Interrupted);
            }
            session.step()?;
        }
        Ok(Replay::Done(session.find_fault()?))
    }

    fn write_summary(&self, ended: &str) -> Result<(), TrainError> {
        let config = self.session.config().shared();
        let data = self.session.data().provenance();
        let summary = Summary {
            name: config.name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: config.seed,
            ended: ended.to_owned(),
            steps: self.session.steps(),
            epochs: self.session.epochs(),
            seconds: self.elapsed().as_secs_f64(),
            threads: self.session.pool().threads(),
            isa: self.session.pool().isa().to_string(),
            data: format!("{} ({}, {} samples)", data.name, data.split, data.count),
            parameters: self.session.task().trainable_len(),
            last: self.recent.means(),
            scores: self.scores.clone(),
            dropped_frames: self.dropped_frames,
            best: self.best.map(|(_, step)| step),
        };
        self.write_json(&self.run.summary_file(), &summary)
    }

    fn write_json(&self, path: &std::path::Path, value: &impl serde::Serialize) -> Result<(), TrainError> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|e| TrainError::Config { place: path.display().to_string(), message: e.to_string() })?;
        files::write(path, |out| writeln!(out, "{text}")).map_err(TrainError::file("cannot write", path))
    }
}

/// What a replay came to.
enum Replay {
    Done(Option<crate::Fault>),
    Interrupted,
}

/// Means over the last steps.
#[derive(Debug, Default)]
struct Recent {
    reports: std::collections::VecDeque<Vec<(String, f64)>>,
}

impl Recent {
    fn add(&mut self, report: &StepReport) {
        let losses = report.phases.iter().map(|p| (format!("{}_loss", p.phase), p.loss));
        let numbers = report.numbers.iter().map(|(n, x)| ((*n).to_owned(), *x));
        self.reports.push_back(losses.chain(numbers).collect());
        if self.reports.len() > 100 {
            self.reports.pop_front();
        }
    }

    fn means(&self) -> std::collections::BTreeMap<String, f64> {
        let mut sums = std::collections::BTreeMap::new();
        for (name, x) in self.reports.iter().flatten() {
            *sums.entry(name.clone()).or_insert(0.0) += x / self.reports.len() as f64;
        }
        sums
    }
}
