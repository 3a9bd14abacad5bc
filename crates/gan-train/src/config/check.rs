//! Whether a configuration makes sense, before anything is built.

use super::{Config, RunConfig, Shared};
use crate::yardsticks::{self, Of};
use crate::{FeatureNet, TrainError, measure};

/// A hundred years: longer times do not fit the clock.
const MAX_MINUTES: f64 = 100.0 * 366.0 * 24.0 * 60.0;

impl Shared<'_> {
    /// Checks the ranges of the parts that every task has.
    ///
    /// # Errors
    /// The first value that does not make sense, with its place.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let fault = |place: &str, message: String| Err(TrainError::Config { place: place.to_owned(), message });
        let t = self.train;
        if t.batch == 0 || t.batch > 100_000 {
            return fault("train.batch", format!("expected 1 to 100000, found {}", t.batch));
        }
        if t.steps.is_none() && t.epochs.is_none() && t.minutes.is_none() {
            return fault("train", "one of steps, epochs, minutes must say when to stop".to_owned());
        }
        for (place, x) in [("train.epochs", t.epochs), ("train.minutes", t.minutes)] {
            if let Some(x) = x.filter(|x| !(*x > 0.0 && x.is_finite())) {
                return fault(place, format!("expected a number greater than 0, found {x}"));
            }
        }
        if let Some(m) = t.minutes.filter(|m| *m > MAX_MINUTES) {
            return fault("train.minutes", format!("expected at most {MAX_MINUTES} (a hundred years), found {m}"));
        }
        if let Some(n) = t.threads.filter(|n| *n == 0 || *n > 1024) {
            return fault("train.threads", format!("expected 1 to 1024, found {n}"));
        }
        if self.metrics.every_steps == 0 {
            return fault("metrics.every_steps", "expected at least 1".to_owned());
        }
        if self.checkpoint.keep == 0 {
            return fault("checkpoint.keep", "expected at least 1: the last checkpoint is always kept".to_owned());
        }
        self.data.split()?;
        Ok(())
    }

    /// The first difference to `other` that makes a different model.
    pub(crate) fn differs_from(&self, other: &Shared<'_>) -> Option<&'static str> {
        let same = |a: bool, name| (!a).then_some(name);
        let (a, b) = (self.data, other.data);
        same(self.seed == other.seed, "seed")
            .or(same(a.name == b.name, "data.name"))
            .or(same(a.split == b.split, "data.split"))
            .or(same(a.count == b.count, "data.count"))
            .or(same(a.pad == b.pad, "data.pad"))
            .or(same(a.flip == b.flip, "data.flip"))
            .or(same(a.gcn == b.gcn, "data.gcn"))
            .or(same(self.train.batch == other.train.batch, "train.batch"))
    }
}

impl Config {
    /// Checks ranges and the parts that refer to each other.
    ///
    /// # Errors
    /// The first value that does not make sense, with its place.
    pub fn check(&self) -> Result<(), TrainError> {
        let fault = |place: &str, message: String| Err(TrainError::Config { place: place.to_owned(), message });
        let packing = self.discriminator.packing;
        let t = &self.train;
        self.shared().check()?;
        if self.game.k == 0 || self.game.k > 1000 {
            return fault("game.k", format!("expected 1 to 1000, found {}", self.game.k));
        }
        if self.game.k > 1 && self.game.updates == super::UpdateOrder::Simultaneous {
            return fault(
                "game.k",
                format!("simultaneous updates move both players at once: k must be 1, found {}", self.game.k),
            );
        }
        if self.game.unroll > 100 {
            return fault("game.unroll", format!("expected 0 to 100 steps of D, found {}", self.game.unroll));
        }
        if packing == 0 || !t.batch.is_multiple_of(packing) {
            return fault(
                "discriminator.packing",
                format!("expected at least 1 and a divisor of train.batch ({}), found {packing}", t.batch),
            );
        }
        if self.generator.latent == 0 || self.generator.latent > 1_000_000 {
            return fault("generator.latent", format!("expected 1 to 1000000, found {}", self.generator.latent));
        }
        self.average()?;
        let clips = [
            ("generator.clip_norm", self.generator.clip_norm),
            ("generator.clip_value", self.generator.clip_value),
            ("discriminator.clip_norm", self.discriminator.clip_norm),
            ("discriminator.clip_value", self.discriminator.clip_value),
        ];
        for (place, x) in clips.into_iter().chain([("discriminator.weight_clip", self.discriminator.weight_clip)]) {
            if let Some(x) = x.filter(|x| !(*x > 0.0 && x.is_finite())) {
                return fault(place, format!("expected a number greater than 0, found {x}"));
            }
        }
        for pair in clips.chunks(2) {
            if let [(norm, Some(_)), (value, Some(_))] = pair {
                return fault(norm, format!("only one of it and {value} can be given"));
            }
        }
        for (place, layers) in
            [("generator.layers", &self.generator.layers), ("discriminator.layers", &self.discriminator.layers)]
        {
            if layers.is_empty() {
                return fault(place, "a network needs at least one layer".to_owned());
            }
        }
        if self.samples.count == 0 || self.samples.count > 100_000 || self.samples.columns == 0 {
            return fault("samples", "expected count from 1 to 100000 and at least one column".to_owned());
        }
        if self.evaluate.samples == 0 || self.evaluate.samples > 1_000_000 {
            return fault("evaluate.samples", format!("expected 1 to 1000000, found {}", self.evaluate.samples));
        }
        let known: Vec<&str> = gan_metrics::ALL.iter().map(|m| m.name).chain(yardsticks::ALL.iter().map(|y| y.name)).collect();
        for name in self.evaluate.metrics.iter().chain(&self.evaluate.best) {
            if !known.contains(&name.as_str()) {
                let meant = gan_layers::spec::nearest(name, known.iter().copied());
                let hint = meant.map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default();
                return fault("evaluate.metrics", format!("there is no metric `{name}`{hint}; known: {}", known.join(", ")));
            }
        }
        if let Some(best) = self.evaluate.best.as_ref().filter(|b| !self.evaluate.metrics.contains(b)) {
            return fault("evaluate.best", format!("`{best}` is not among evaluate.metrics"));
        }
        Ok(())
    }

    /// Checks that the metrics of `evaluate` can be measured on a data set.
    ///
    /// # Errors
    /// The first metric that needs what the data do not have.
    pub fn check_metrics(&self, data: &dyn gan_datasets::Dataset) -> Result<(), TrainError> {
        let wanted = gan_metrics::ALL.iter().filter(|m| self.evaluate.metrics.iter().any(|n| n == m.name));
        for metric in wanted {
            let (modes, classifier) = (data.modes().is_some(), self.evaluate.classifier.is_some());
            // whether there are held-out data shows when they are opened
            let available = measure::Available { modes, classifier, held_out: self.data.keeps_some(), path: true };
            if let Some(input) = metric.needs.iter().find(|input| !available.has(**input)) {
                let (name, set) = (metric.name, &data.provenance().name);
                let with_classifier = measure::Available { classifier: true, ..available };
                let advice = match with_classifier.has(*input) {
                    true => "name a classifier with evaluate.classifier, or take another metric",
                    false => "take another metric",
                };
                let message = format!("`{name}` needs {input}, which training on `{set}` does not have; {advice}");
                return Err(TrainError::Config { place: "evaluate.metrics".to_owned(), message });
            }
        }
        if let Some(net) = self.evaluate.classifier.as_ref().filter(|_| self.evaluate.every_steps > 0) {
            let fault = |e: TrainError| TrainError::Config { place: "evaluate.classifier".to_owned(), message: e.to_string() };
            let net = FeatureNet::open(net).map_err(fault)?;
            net.fit(data.sample_shape(), data.range(), self.data.pad).map_err(|e| fault(e.into()))?;
        }
        for yardstick in yardsticks::ALL.iter().filter(|y| self.evaluate.metrics.iter().any(|n| n == y.name)) {
            let fault = |message: String| TrainError::Config {
                place: "evaluate.metrics".to_owned(),
                message: format!("`{}` {message}; take another metric", yardstick.name),
            };
            if !yardsticks::suit(data) {
                let (set, shape) = (&data.provenance().name, data.sample_shape());
                return Err(fault(format!(
                    "needs data of 1 or 2 coordinates with a known density, such as gaussian, ring or grid; samples of `{set}` have the shape {shape:?}"
                )));
            }
            let objective = gan_core::objectives::build(&self.game.objective, "game.objective")?;
            if matches!(yardstick.of, Of::Discriminator(_)) && !objective.judges_by_probability() {
                return Err(fault(format!("compares D with D*, and D of `{}` is no probability", self.game.objective.kind)));
            }
        }
        Ok(())
    }

    /// The first difference to `other` that makes a different model, if there is one: a resumed run may change how it is
    /// observed, for how long and on how many threads, nothing else.
    pub fn differs_from(&self, other: &Config) -> Option<&'static str> {
        let same = |a: bool, name| (!a).then_some(name);
        self.shared()
            .differs_from(&other.shared())
            .or(same(self.game == other.game, "game"))
            .or(same(self.generator == other.generator, "generator"))
            .or(same(self.discriminator == other.discriminator, "discriminator"))
    }
}
