//! Whether a configuration makes sense, before anything is built.

use super::Config;
use crate::TrainError;

impl Config {
    /// Checks ranges and the parts that refer to each other.
    ///
    /// # Errors
    /// The first value that does not make sense, with its place.
    pub fn check(&self) -> Result<(), TrainError> {
        let fault = |place: &str, message: String| Err(TrainError::Config { place: place.to_owned(), message });
        let t = &self.train;
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
        if let Some(n) = t.threads.filter(|n| *n == 0 || *n > 1024) {
            return fault("train.threads", format!("expected 1 to 1024, found {n}"));
        }
        if self.game.k == 0 || self.game.k > 1000 {
            return fault("game.k", format!("expected 1 to 1000, found {}", self.game.k));
        }
        if self.game.k > 1 && self.game.updates == super::UpdateOrder::Simultaneous {
            return fault(
                "game.k",
                format!("simultaneous updates move both players at once: k must be 1, found {}", self.game.k),
            );
        }
        if self.generator.latent == 0 || self.generator.latent > 1_000_000 {
            return fault("generator.latent", format!("expected 1 to 1000000, found {}", self.generator.latent));
        }
        if let Some(d) = self.generator.average.filter(|d| !(0.0..1.0).contains(d)) {
            return fault("generator.average", format!("expected a decay from 0 up to, but not including, 1, found {d}"));
        }
        let clips = [
            ("generator.clip_norm", self.generator.clip_norm),
            ("generator.clip_value", self.generator.clip_value),
            ("discriminator.clip_norm", self.discriminator.clip_norm),
            ("discriminator.clip_value", self.discriminator.clip_value),
        ];
        for (place, x) in clips {
            if let Some(x) = x.filter(|x| !(*x > 0.0 && x.is_finite())) {
                return fault(place, format!("expected a number greater than 0, found {x}"));
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
        if self.metrics.every_steps == 0 {
            return fault("metrics.every_steps", "expected at least 1".to_owned());
        }
        if self.checkpoint.keep == 0 {
            return fault("checkpoint.keep", "expected at least 1: the last checkpoint is always kept".to_owned());
        }
        let known: Vec<&str> = gan_metrics::ALL.iter().map(|m| m.name).collect();
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
        self.data.split()?;
        Ok(())
    }

    /// The first difference to `other` that makes a different model, if there is one: a resumed run may change how it is
    /// observed, for how long and on how many threads, nothing else.
    pub fn differs_from(&self, other: &Config) -> Option<&'static str> {
        let same = |a: bool, name| (!a).then_some(name);
        same(self.seed == other.seed, "seed")
            .or(same(self.data.name == other.data.name, "data.name"))
            .or(same(self.data.split == other.data.split, "data.split"))
            .or(same(self.data.count == other.data.count, "data.count"))
            .or(same(self.train.batch == other.train.batch, "train.batch"))
            .or(same(self.game == other.game, "game"))
            .or(same(self.generator == other.generator, "generator"))
            .or(same(self.discriminator == other.discriminator, "discriminator"))
    }
}
