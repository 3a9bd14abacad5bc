//! Where a step first leaves the finite numbers.

use gan_core::Phase;
use gan_datasets::Batch;
use gan_layers::Numbers;
use gan_tensor::{Cx, Graph, Pool};

use super::steps::inputs;
use super::{Adversarial, D, G};
use crate::{Fault, TrainError};

impl Adversarial {
    /// Evaluates a phase node by node and reports the first result that is not finite.
    pub(super) fn look_into(
        &self,
        phase: &'static str,
        batch: &Batch,
        scalars: &[f64],
        pool: &mut Pool,
    ) -> Result<Option<Fault>, TrainError> {
        // the same trace as the plan's, so that its scalars are those of the plan
        let (graph, numbers) = (Graph::new(), Numbers::new());
        let traced: Vec<(&'static str, Phase<'_>)> = match phase {
            D => vec![(D, self.game.trace_discriminator(&graph, self.batch, &numbers)?)],
            G => vec![(G, self.game.trace_generator(&graph, self.batch, &numbers)?)],
            _ => {
                let [d, g] = self.game.trace_simultaneous(&graph, self.batch, &numbers)?;
                vec![(D, d), (G, g)]
            }
        };
        let scalars: Vec<f32> = scalars.iter().map(|&x| x as f32).collect();
        let inputs = inputs(&self.game, batch, &scalars);
        let players = self.game.players();
        let stores = [players.generator.params().values(), players.discriminator.params().values()];
        for (name, p) in traced {
            let found = pool.region(|team| {
                let cx = Cx::new(team, self.seed, self.counters.draws as u32);
                graph.find_non_finite::<f32>(&[p.loss, p.squared_change], &stores, &inputs, &cx)
            })?;
            if let Some(at) = found {
                return Ok(Some(Fault::new(name, at, self)));
            }
        }
        Ok(None)
    }
}
