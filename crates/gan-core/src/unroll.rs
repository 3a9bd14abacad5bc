//! A discriminator that looks ahead (Metz et al. 2017).

use gan_layers::{Cx, Mode};

use crate::game::Parts;
use crate::{CoreError, Scene};

/// How many steps of D the generator looks ahead: its loss is that before the D of so many further updates, on the data and the fakes of
/// its own step, and its gradient goes through those updates (Metz et al. 2017, eq. 7): it sees how D would answer. 0 is the game as it is.
///
/// D itself is updated as ever: what G has looked at is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unrolling(usize);

impl Unrolling {
    /// So many steps of D.
    pub fn new(steps: usize) -> Unrolling {
        Unrolling(steps)
    }

    /// The steps of D.
    pub fn steps(self) -> usize {
        self.0
    }

    /// D as it is after the steps, in a trace that reads it as it is; nothing for no steps.
    pub(crate) fn play<'g, 'p>(self, parts: &'p Parts, scene: &Scene<'g, 'p>) -> Result<Option<Cx<'g, 'p>>, CoreError> {
        let (graph, updates, d) = (scene.graph(), &parts.discriminator, &parts.players.discriminator);
        let mut place = updates.place(graph, d.params())?;
        let mut cx = Cx::new(graph, d.params(), Mode::Train);
        for step in 0..self.0 {
            let scalars = updates.inputs(graph, &format!("{}+{step}", d.name()));
            let loss = parts.discriminator_loss(&scene.before(&cx));
            place = updates.advance(d.params(), &place, loss, &scalars);
            // what a step learns of buffers, the next one knows
            cx = cx.with_values(&place.ids, &place.weights);
        }
        Ok((self.0 > 0).then_some(cx))
    }
}
