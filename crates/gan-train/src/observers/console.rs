//! What the user sees while it runs.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::{Observer, ObserverEntry, Options, View, Wanted};
use crate::{ClassifierConfig, Config, Event, Flow, RunConfig, StepReport, Task, TrainError};

/// Prints a line. A reader that has gone away (`gan train | head -1`) is no reason to stop training.
fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// How a task is talked about.
#[derive(Clone, Copy)]
struct Words {
    /// Whose weights are counted.
    who: &'static str,
    /// What will be in the run's folder.
    files: &'static str,
    /// What is going on, in a line.
    intro: &'static str,
    /// The state of training.
    line: fn(&Smooth) -> String,
    /// What it means.
    meaning: fn(&Smooth) -> Option<String>,
    /// Whether there is a picture to look at in the end.
    picture: bool,
}

const GAME_WORDS: Words = Words {
    who: "G and D have",
    files: "pictures and checkpoints",
    intro: "G paints from noise, D judges: D(x) is its belief that data are data, D(G(z)) that fakes are.",
    line: |smooth| {
        let (d, g) = (smooth.show("discriminator"), smooth.show("generator"));
        let value = smooth.get("value").map(|v| format!("  V {v:.3} (equilibrium {:.3})", -gan_core::theory::LOG_4));
        let (real, fake) = (smooth.show("d_real"), smooth.show("d_fake"));
        format!("loss D {d} G {g}  D(x) {real}  D(G(z)) {fake}{}", value.unwrap_or_default())
    },
    meaning: |smooth| {
        let right = smooth.get("accuracy")?;
        let meaning = match right {
            r if r > 0.97 => "hardly a fake passes, so G has a strict teacher; watch whether its pictures still improve",
            r if r > 0.8 => "D is ahead, and its gradient tells G what to change",
            r if r > 0.55 => "the players are close, and each makes the other better",
            r if r > 0.45 => "D can only guess, as at the equilibrium; or it is too weak to see what is still wrong",
            _ => "D lags behind G: what it rejects is no longer what G makes",
        };
        Some(format!("D judges {:.0} % rightly: {meaning}", 100.0 * right))
    },
    picture: true,
};

const CLASSIFIER_WORDS: Words = Words {
    who: "the classifier has",
    files: "checkpoints",
    intro: "It learns the classes of labelled samples; accuracy is measured on samples that are held out.",
    line: |smooth| {
        let right = smooth.get("training_accuracy").map(|r| format!("  {:.1} % right in training", 100.0 * r));
        format!("cross-entropy {}{}", smooth.show("classifier"), right.unwrap_or_default())
    },
    meaning: |_| None,
    picture: false,
};

/// A progress bar with rate, time left and the state of the game, and a line in plain words now and then.
struct Console {
    words: Words,
    bar: Option<ProgressBar>,
    started: Instant,
    steps: u64,
    limit: Option<Duration>,
    smooth: Smooth,
    next_line: Duration,
}

/// Exponentially smoothed numbers.
#[derive(Default)]
struct Smooth {
    seen: f64,
    values: Vec<(String, f64)>,
}

impl Smooth {
    fn add(&mut self, r: &StepReport) {
        // an average over the last 100 steps or so, and over all of them at first
        self.seen = (self.seen + 1.0).min(100.0);
        let rate = 1.0 / self.seen;
        let losses = r.phases.iter().map(|p| (p.phase.to_owned(), p.loss));
        let numbers = r.numbers.iter().map(|(n, x)| ((*n).to_owned(), *x));
        for (name, x) in losses.chain(numbers) {
            match self.values.iter_mut().find(|(n, _)| *n == name) {
                Some((_, v)) => *v += (x - *v) * rate,
                None => self.values.push((name, x)),
            }
        }
    }

    fn get(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(n, _)| n == name).map(|(_, x)| *x)
    }

    fn show(&self, name: &str) -> String {
        self.get(name).map_or("-".to_owned(), |x| format!("{x:.3}"))
    }
}

impl Console {
    fn start<C: RunConfig>(&mut self, step: u64, total: Option<u64>, limit: Option<Duration>, view: &View<'_, C>) {
        self.started = Instant::now();
        self.steps = step;
        self.limit = limit.filter(|_| total.is_none());
        let session = &view.session;
        let data = session.data().provenance();
        say(format_args!("{}: {} samples of {} ({})", session.config().shared().name, data.count, data.name, data.split));
        say(format_args!(
            "{} {} weights; {} threads, {}; {} go to {}",
            self.words.who,
            session.task().trainable_len(),
            session.pool().threads(),
            session.pool().isa(),
            self.words.files,
            view.run.path().display()
        ));
        say(self.words.intro);
        let length = total.or(self.limit.map(|l| l.as_secs()));
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(4));
        let template = if total.is_some() {
            "{bar:24} {pos}/{len}  {wide_msg}  {prefix}  {eta} left"
        } else if self.limit.is_some() {
            "{bar:24} {pos}/{len} s  {wide_msg}  {prefix}"
        } else {
            "{pos}  {wide_msg}  {prefix}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_position(if total.is_some() { step } else { 0 });
        bar.reset_eta();
        self.bar = Some(bar);
        self.next_line = Duration::from_secs(5);
    }

    fn step(&mut self, r: &StepReport) {
        self.smooth.add(r);
        let Some(bar) = &self.bar else { return };
        let elapsed = self.started.elapsed();
        match self.limit {
            Some(_) => bar.set_position(elapsed.as_secs()),
            None => bar.set_position(r.step),
        }
        // formatting costs more than a small step: only as often as it is seen
        if r.step.is_multiple_of(10) || elapsed > self.next_line {
            let rate = (r.step - self.steps) as f64 / elapsed.as_secs_f64().max(1e-9);
            bar.set_prefix(format!("{rate:.0} steps/s"));
            bar.set_message((self.words.line)(&self.smooth));
        }
        if elapsed > self.next_line {
            self.next_line = elapsed + Duration::from_secs(15);
            let line = format!("step {:>6}  {}", r.step, (self.words.line)(&self.smooth));
            match (self.words.meaning)(&self.smooth) {
                Some(meaning) => self.print(&format!("{line}\n             {meaning}")),
                None => self.print(&line),
            }
        }
    }

    /// A line above the bar; on a plain output just a line.
    fn print(&self, line: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.suspend(|| say(line)),
            _ => say(line),
        }
    }
}

impl<C: RunConfig> Observer<C> for Console {
    fn on(&mut self, event: &Event, view: &mut View<'_, C>) -> Result<Flow, TrainError> {
        match event {
            Event::Started { step, total, limit } => self.start(*step, *total, *limit, view),
            Event::Step(r) => self.step(r),
            Event::Evaluated { step, scores } => {
                let all: Vec<String> = scores
                    .iter()
                    .map(|s| {
                        let floor = s.floor.as_ref().map(|f| format!(" (a perfect sampler: {:.4})", f.value)).unwrap_or_default();
                        format!("{} {:.4}{floor}", s.metric, s.value)
                    })
                    .collect();
                self.print(&format!("step {step:>6}  {}", all.join(", ")));
            }
            Event::Saved { .. } => {}
            Event::Diverged(d) => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
                let next = if d.not_finite { "; looking for where it began" } else { "" };
                say(format_args!("step {}: {}{next}", d.step, d.what));
            }
            Event::Finished { step, elapsed, why } => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
                say(format_args!(
                    "{why} after {step} steps, {:.1} s: {}",
                    elapsed.as_secs_f64(),
                    (self.words.line)(&self.smooth)
                ));
                if let Some(meaning) = (self.words.meaning)(&self.smooth) {
                    say(meaning);
                }
                if self.words.picture {
                    say(format_args!("look at {}", view.run.samples().join(format!("step-{step:08}.png")).display()));
                }
            }
        }
        Ok(Flow::Continue)
    }
}

/// Events as JSON lines on standard output, for programs.
struct Json {
    every: u64,
}

impl<C: RunConfig> Observer<C> for Json {
    fn on(&mut self, event: &Event, _: &mut View<'_, C>) -> Result<Flow, TrainError> {
        let line = match event {
            Event::Started { step, total, .. } => json!({ "event": "started", "step": step, "total": total }),
            Event::Step(r) if r.step.is_multiple_of(self.every) => json!({ "event": "step", "report": r }),
            Event::Step(_) => return Ok(Flow::Continue),
            Event::Evaluated { step, scores } => json!({ "event": "evaluated", "step": step, "scores": scores }),
            Event::Diverged(d) => json!({ "event": "diverged", "step": d.step, "phase": d.phase, "what": d.what }),
            Event::Saved { step, path } => json!({ "event": "saved", "step": step, "path": path }),
            Event::Finished { step, elapsed, why } => {
                json!({ "event": "finished", "step": step, "seconds": elapsed.as_secs_f64(), "why": why })
            }
        };
        say(line);
        Ok(Flow::Continue)
    }
}

pub(super) const GAME: ObserverEntry = ObserverEntry {
    name: "console",
    doc: "progress, losses, D(x), D(G(z)) and V beside its equilibrium",
    build: |config: &Config, options| console(config, options, GAME_WORDS),
};

pub(super) const CLASSIFIER: ObserverEntry<ClassifierConfig> = ObserverEntry {
    name: "console",
    doc: "progress, cross-entropy, accuracy in training and on samples held out",
    build: |config: &ClassifierConfig, options| console(config, options, CLASSIFIER_WORDS),
};

fn console<C: RunConfig>(config: &C, options: &Options, words: Words) -> Wanted<C> {
    match (options.json, options.quiet) {
        (true, _) => Some(Box::new(Json { every: config.shared().metrics.every_steps })),
        (_, true) => None,
        _ => Some(Box::new(Console {
            words,
            bar: None,
            started: Instant::now(),
            steps: 0,
            limit: None,
            smooth: Smooth::default(),
            next_line: Duration::ZERO,
        })),
    }
}
