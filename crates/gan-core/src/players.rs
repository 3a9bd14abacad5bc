//! The two players.

use gan_layers::{Cx, Network};
use gan_tensor::{Graph, Shape, Var};

use crate::{CoreError, Packing, Prior};

/// The two networks and the prior.
#[derive(Debug)]
pub struct Players {
    /// G: latent vectors to samples. Its parameters are store 0 of every plan.
    pub generator: Network,
    /// D: samples to one logit. Its parameters are store 1.
    pub discriminator: Network,
    /// The distribution of latent vectors.
    pub prior: Box<dyn Prior>,
    /// Shape of a data sample.
    pub sample: Shape,
}

impl Players {
    /// Checks that the networks fit the data and each other, with D judging packs of samples.
    ///
    /// # Errors
    /// What does not fit, and what to change.
    pub fn check(&self, packing: Packing) -> Result<(), CoreError> {
        let (g, d) = (&self.generator, &self.discriminator);
        for (player, net, expected) in [("generator", g, 0), ("discriminator", d, 1)] {
            let found = net.params().position();
            if found != expected {
                return Err(CoreError::Position { player, expected, found });
            }
        }
        self.batch_shape(1)?;
        if g.output().len() != self.sample.len() {
            return Err(CoreError::GeneratorOutput { expected: self.sample, found: g.output() });
        }
        let expected = packing.shape(&self.sample)?;
        if d.input() != expected {
            return Err(CoreError::DiscriminatorInput { expected, found: d.input() });
        }
        if d.output().len() != 1 {
            return Err(CoreError::DiscriminatorOutput { found: d.output() });
        }
        // a reshape behind a sigmoid does not make a logit of it
        let last = d.layers().filter(|l| !["identity", "reshape", "flatten"].contains(&l.kind)).last();
        if last.is_some_and(|l| l.kind == "sigmoid") {
            return Err(CoreError::DiscriminatorSigmoid);
        }
        g.check_trainable()?;
        d.check_trainable()?;
        d.check_transparent()?;
        Ok(())
    }

    /// Whether a network reads the classes of the examples.
    pub fn conditional(&self) -> bool {
        self.generator.conditional() || self.discriminator.conditional()
    }

    /// `[n, sample...]`.
    pub(crate) fn batch_shape(&self, n: usize) -> Result<Shape, CoreError> {
        let sizes: Vec<usize> = std::iter::once(n).chain(self.sample.iter().copied()).collect();
        Ok(Shape::new(&sizes)?)
    }

    /// `[n, latent]` from the prior.
    pub(crate) fn draw_latent<'g>(&self, graph: &'g Graph, n: usize) -> Var<'g> {
        let latent = self.generator.input().len();
        self.prior.draw(graph, "latent", [n, latent].into())
    }

    /// `G(z)` in the shape of the data.
    pub(crate) fn generate<'g>(&self, cx: &Cx<'g, '_>, z: Var<'g>) -> Var<'g> {
        let n = z.shape().first().copied().unwrap_or(0);
        let input: Vec<usize> = std::iter::once(n).chain(self.generator.input().iter().copied()).collect();
        // `check` compared the sizes, so only an absurd batch can fail; the graph has recorded it then
        let z = Shape::new(&input).map_or(z, |shape| z.reshape(shape));
        let made = self.generator.forward(cx, z);
        self.batch_shape(n).map_or(made, |shape| made.reshape(shape))
    }
}
