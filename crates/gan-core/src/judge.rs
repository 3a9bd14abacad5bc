//! What a trained discriminator says of given samples.

use gan_layers::ParamStore;
use gan_tensor::{Cx, Pool, Store};

use crate::classes::Asked;
use crate::sampler::{CHUNK, Plans, room};
use crate::{Classes, CoreError, Game};

/// Computes D's logits in use: no dropout, running statistics. `D(x) = sigmoid(logit)` where D judges by a probability.
///
/// ```
/// use gan_core::{Judge, testing};
/// use gan_tensor::Pool;
///
/// # let objective = gan_core::objectives::build(&gan_layers::Spec::new("minimax"), "objective")?;
/// let mut game = testing::game(objective, Vec::new())?;
/// let mut judge = Judge::new(&game)?;
/// let x = vec![0.5; 7 * game.players().sample.len()];
/// let logits = judge.logits(game.players_mut().discriminator.params_mut(), &x, &mut Pool::new(1))?;
/// assert_eq!(logits.len(), 7);
/// # Ok::<(), gan_core::CoreError>(())
/// ```
pub struct Judge {
    plans: Plans,
    /// Samples that fill the plan they go through.
    padded: Vec<f32>,
    sample: usize,
    classes: Option<usize>,
}

impl Judge {
    /// A judge of a game.
    ///
    /// # Errors
    /// A discriminator of packs, or a fault of the network.
    pub fn new(game: &Game) -> Result<Judge, CoreError> {
        let plans = Plans::new(|graph, n| {
            let x = graph.input("x", game.players().batch_shape(n)?);
            game.trace_judge(graph, x)
        })?;
        let players = game.players();
        let (sample, classes) = (players.sample.len().max(1), players.discriminator.asked_classes());
        Ok(Judge { plans, padded: Vec::new(), sample, classes })
    }

    /// The logits of samples, one after the other, `[n]`. The store is that of the discriminator.
    ///
    /// # Errors
    /// No whole number of samples, more than the memory holds, or a store that does not belong to the discriminator.
    pub fn logits(&mut self, discriminator: &mut ParamStore, x: &[f32], pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        self.logits_of(discriminator, x, &Classes::InTurn, pool)
    }

    /// As [`logits`](Judge::logits), of samples of given classes.
    ///
    /// # Errors
    /// As [`logits`](Judge::logits), and classes that a conditional discriminator does not know, or that are given to another.
    pub fn logits_of(
        &mut self,
        discriminator: &mut ParamStore,
        x: &[f32],
        classes: &Classes,
        pool: &mut Pool,
    ) -> Result<Vec<f32>, CoreError> {
        let len = self.sample;
        if !x.len().is_multiple_of(len) {
            return Err(CoreError::Samples { expected: len, found: x.len() });
        }
        let mut all = room(x.len() / len, 1)?;
        let asked = Asked::new(classes, self.classes, x.len() / len)?;
        for (start, part) in (0..).step_by(CHUNK).zip(x.chunks(CHUNK * len)) {
            let rows = part.len() / len;
            let (plan, size) = self.plans.fitting(rows);
            self.padded.clear();
            self.padded.extend_from_slice(part);
            self.padded.resize(size * len, 0.0);
            // the generator's store comes first, and no plan of D alone reads it
            let stores = &mut [&mut Store::new(), discriminator.values_mut()];
            let labels = asked.labels(start, rows, size);
            let inputs: Vec<&[f32]> = std::iter::once(&self.padded[..]).chain(labels.iter().map(|l| &l[..])).collect();
            pool.region(|team| plan.run(stores, &inputs, &Cx::new(team, 0, 0)))?;
            all.extend_from_slice(&plan.output(0)[..rows]);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use gan_layers::Spec;

    use super::*;
    use crate::{objectives, testing};

    #[test]
    fn a_sample_is_judged_the_same_alone_and_among_others() {
        let objective = objectives::build(&Spec::new("minimax"), "objective").unwrap();
        let mut game = testing::game(objective, Vec::new()).unwrap();
        let mut judge = Judge::new(&game).unwrap();
        let len = game.players().sample.len();
        let x: Vec<f32> = (0..250 * len).map(|i| (i as f32 * 0.37).sin()).collect();
        let store = game.players_mut().discriminator.params_mut();
        let pool = &mut Pool::new(2);
        let all = judge.logits(store, &x, pool).unwrap();
        assert_eq!(all.len(), 250);
        for i in [0, 99, 100, 249] {
            let alone = judge.logits(store, &x[i * len..(i + 1) * len], pool).unwrap()[0];
            assert!((alone - all[i]).abs() < 1e-6, "{i}: {alone} {}", all[i]);
        }
        assert!(all.iter().any(|l| (l - all[0]).abs() > 1e-3));
        assert!(judge.logits(store, &[], pool).unwrap().is_empty());
        assert_eq!(judge.logits(store, &x[..len + 1], pool), Err(CoreError::Samples { expected: len, found: len + 1 }));
    }
}
