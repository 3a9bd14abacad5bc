use std::cell::Cell;

use nalgebra::{DMatrix, DVector};

use super::Hyper;
use super::curve::Curve;
use super::games::{Model, Weighted};
use super::objectives::{Losses, SmallObjective};
use super::quadrature::gauss_legendre;
use super::regularisers::{Effect, Regulariser};
use crate::theory::{DynamicsError, TheoryError};

/// Points between a data point and a fake at which a penalty is averaged.
const SHARES: usize = 8;

/// A small game: data, generator and discriminator, what the players want, and what keeps them together.
///
/// The parameters of both players are one vector `x`, the generator's first. The gradient vector field is
/// `v(x) = (-grad_theta L_G, -grad_psi L_D)`; training by gradient descent with a step `h` is `x + h v(x)`, and near an equilibrium its
/// fate is that of the Jacobian `v'` (Mescheder et al. 2018, section 3). All derivatives are exact ([`Hyper`]).
///
/// ```
/// use gan_core::theory::dynamics::{SmallGame, eigenvalues, games::Dirac};
///
/// let game = SmallGame::new(Box::new(Dirac::new(32)?), "minimax", "r1", 0.3)?;
/// let jacobian = game.jacobian(&game.equilibrium())?;
/// let first = eigenvalues(&jacobian)?[0];
/// assert!((first.re + 0.15).abs() < 1e-12 && (first.im - (0.25_f64 - 0.15 * 0.15).sqrt()).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug)]
pub struct SmallGame {
    model: Box<dyn Model>,
    objective: SmallObjective,
    regulariser: Regulariser,
    weight: f64,
    shares: Vec<(f64, f64)>,
}

/// The losses of both players with their derivatives, G's first.
type Pair = [Hyper; 2];

impl SmallGame {
    /// A game with the objective and the regulariser of these names; `weight` is the regulariser's (gamma, or the deviation of instance
    /// noise).
    ///
    /// # Errors
    /// [`TheoryError::Unknown`] for a name that no registry has, [`TheoryError::Setting`] for a weight that is negative or not finite.
    pub fn new(model: Box<dyn Model>, objective: &str, regulariser: &str, weight: f64) -> Result<SmallGame, TheoryError> {
        let objective = *super::objectives::find(objective)
            .ok_or_else(|| TheoryError::unknown("objective", objective, super::objectives::ALL.iter().map(|o| o.name)))?;
        let regulariser = *super::regularisers::find(regulariser)
            .ok_or_else(|| TheoryError::unknown("regulariser", regulariser, super::regularisers::ALL.iter().map(|r| r.name)))?;
        let mut game = SmallGame { model, objective, regulariser, weight: 0.0, shares: gauss_legendre(SHARES)? };
        game.set_weight(weight)?;
        Ok(game)
    }

    /// Changes the weight of the regulariser.
    ///
    /// # Errors
    /// [`TheoryError::Setting`] for one that is negative or not finite; nothing is changed then.
    pub fn set_weight(&mut self, weight: f64) -> Result<(), TheoryError> {
        if !(weight >= 0.0 && weight.is_finite()) {
            return Err(TheoryError::Setting { name: "weight", expected: "a finite number >= 0", found: weight });
        }
        self.weight = weight;
        Ok(())
    }

    /// The weight of the regulariser.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Data, generator and discriminator.
    pub fn model(&self) -> &dyn Model {
        &*self.model
    }

    /// What the players want.
    pub fn objective(&self) -> &SmallObjective {
        &self.objective
    }

    /// What is added.
    pub fn regulariser(&self) -> &Regulariser {
        &self.regulariser
    }

    /// Number of parameters of both players.
    pub fn dimension(&self) -> usize {
        self.model.parameters().len()
    }

    /// Where `p_g = p_data` and `D = 0`: the equilibrium that the game should have. Whether it has, [`field`](SmallGame::field) tells.
    pub fn equilibrium(&self) -> Vec<f64> {
        self.model.equilibrium()
    }

    /// The losses `[L_G, L_D]`, D's with its penalty (consensus, which acts on the field, is no part of them).
    ///
    /// # Errors
    /// [`DynamicsError::PointLength`], [`DynamicsError::PointNotFinite`].
    pub fn losses(&self, x: &[f64]) -> Result<[f64; 2], TheoryError> {
        self.check(x)?;
        let (pair, _) = self.evaluate(x, |_| [0.0; 3]);
        Ok(pair.map(Hyper::value))
    }

    /// The gradient vector field `v(x)`; at a kink of a loss with the derivative from the kink's right.
    ///
    /// # Errors
    /// [`DynamicsError::PointLength`], [`DynamicsError::PointNotFinite`].
    pub fn field(&self, x: &[f64]) -> Result<DVector<f64>, TheoryError> {
        self.check(x)?;
        let field = self.plain_field(x);
        if !matches!(self.regulariser.effect, Effect::Consensus) {
            return Ok(field);
        }
        let (jacobian, _) = self.plain_jacobian(x);
        Ok(&field - jacobian.transpose() * &field * self.weight)
    }

    /// The Jacobian `v'(x)`, `[dimension, dimension]`.
    ///
    /// With consensus it is `J - weight (J^T J + sum_k v_k v_k'')`, whose last sum holds third derivatives of the losses.
    ///
    /// # Errors
    /// [`DynamicsError::NotDifferentiable`] where a loss has a kink at `x`, with the norm of the field there;
    /// [`DynamicsError::PointLength`], [`DynamicsError::PointNotFinite`].
    pub fn jacobian(&self, x: &[f64]) -> Result<DMatrix<f64>, TheoryError> {
        self.check(x)?;
        let (jacobian, kink) = self.plain_jacobian(x);
        if kink {
            return Err(DynamicsError::NotDifferentiable {
                objective: self.objective.name,
                regulariser: self.regulariser.name,
                point: x.to_vec(),
                residual: self.field(x)?.norm(),
            }
            .into());
        }
        if !matches!(self.regulariser.effect, Effect::Consensus) {
            return Ok(jacobian);
        }
        let curvature = self.plain_curvature(x, &self.plain_field(x));
        Ok(&jacobian - (jacobian.transpose() * &jacobian + curvature) * self.weight)
    }

    fn check(&self, x: &[f64]) -> Result<(), TheoryError> {
        if x.len() != self.dimension() {
            return Err(DynamicsError::PointLength { expected: self.dimension(), found: x.len() }.into());
        }
        match x.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            Some((index, &value)) => Err(DynamicsError::PointNotFinite { index, value }.into()),
            None => Ok(()),
        }
    }

    /// The loss that a parameter descends: 0, G's, or 1, D's.
    fn owner(&self, parameter: usize) -> usize {
        usize::from(parameter >= self.model.generator_parameters())
    }

    /// The field without consensus.
    fn plain_field(&self, x: &[f64]) -> DVector<f64> {
        let mut field = DVector::zeros(x.len());
        for start in (0..x.len()).step_by(3) {
            let (pair, _) = self.evaluate(x, |i| std::array::from_fn(|d| f64::from(u8::from(i == start + d))));
            for i in start..x.len().min(start + 3) {
                field[i] = -pair[self.owner(i)].first()[i - start];
            }
        }
        field
    }

    /// The Jacobian without consensus, and whether a loss has a kink there.
    fn plain_jacobian(&self, x: &[f64]) -> (DMatrix<f64>, bool) {
        let mut jacobian = DMatrix::zeros(x.len(), x.len());
        let mut kink = false;
        for i in 0..x.len() {
            for j in i..x.len() {
                let (pair, bent) = self.evaluate(x, |k| [f64::from(u8::from(k == i)), f64::from(u8::from(k == j)), 0.0]);
                kink |= bent;
                jacobian[(i, j)] = -pair[self.owner(i)].second(0, 1);
                jacobian[(j, i)] = -pair[self.owner(j)].second(0, 1);
            }
        }
        (jacobian, kink)
    }

    /// `sum_k v_k d^2 v_k / dx_i dx_j`, without consensus.
    fn plain_curvature(&self, x: &[f64], v: &DVector<f64>) -> DMatrix<f64> {
        let mut sum = DMatrix::zeros(x.len(), x.len());
        for i in 0..x.len() {
            for j in i..x.len() {
                // along v itself: L'''[v restricted to a player, e_i, e_j], a player at a time
                let mut total = 0.0;
                for player in 0..2 {
                    let (pair, _) = self.evaluate(x, |k| {
                        let along = if self.owner(k) == player { v[k] } else { 0.0 };
                        [f64::from(u8::from(k == i)), f64::from(u8::from(k == j)), along]
                    });
                    total -= pair[player].third();
                }
                sum[(i, j)] = total;
                sum[(j, i)] = total;
            }
        }
        sum
    }

    /// Both losses at `x` with their derivatives along three directions, given by their components for each parameter; and whether one
    /// of the losses has a kink there.
    fn evaluate(&self, x: &[f64], directions: impl Fn(usize) -> [f64; 3]) -> (Pair, bool) {
        let all: Vec<Hyper> = x.iter().enumerate().map(|(i, &v)| Hyper::variable(v, directions(i))).collect();
        let (generator, discriminator) = all.split_at(self.model.generator_parameters());
        let noise = if matches!(self.regulariser.effect, Effect::Noise) { self.weight } else { 0.0 };
        let scene = SmallScene {
            model: &*self.model,
            discriminator,
            data: self.model.data(noise),
            fakes: self.model.fakes(generator, noise),
            shares: &self.shares,
            kink: Cell::new(false),
        };
        let [for_generator, mut for_discriminator] = scene.losses(&self.objective.losses);
        // a weight of 0 takes the term out, and its kinks with it
        if let (Effect::Penalty(term), true) = (self.regulariser.effect, self.weight > 0.0) {
            for_discriminator = for_discriminator + term(&scene) * self.weight;
        }
        ([for_generator, for_discriminator], scene.kink.get())
    }
}

/// What an objective or a penalty sees of a small game at a point.
#[derive(Debug)]
pub struct SmallScene<'a> {
    model: &'a dyn Model,
    discriminator: &'a [Hyper],
    data: Weighted<f64>,
    fakes: Weighted<Hyper>,
    shares: &'a [(f64, f64)],
    kink: Cell<bool>,
}

impl SmallScene<'_> {
    /// `D(x)`.
    pub fn d(&self, x: Hyper) -> Hyper {
        self.model.discriminator(self.discriminator, x)
    }

    /// `D'(x)`.
    pub fn slope(&self, x: Hyper) -> Hyper {
        self.model.slope(self.discriminator, x)
    }

    /// `curve(t)`; notes where it is asked for at its kink.
    pub fn apply(&self, curve: &Curve, t: Hyper) -> Hyper {
        if curve.kink == Some(t.value()) {
            self.kink.set(true);
        }
        t.chain((curve.at)(t.value()))
    }

    /// `E f(x)` over the data.
    pub fn mean_over_data(&self, f: impl Fn(Hyper) -> Hyper) -> Hyper {
        sum(self.data.iter().map(|&(x, p)| f(Hyper::constant(x)) * p))
    }

    /// `E f(G(z))` over the fakes.
    pub fn mean_over_fakes(&self, f: impl Fn(Hyper) -> Hyper) -> Hyper {
        sum(self.fakes.iter().map(|&(x, p)| f(x) * p))
    }

    /// `E f(u x + (1 - u) G(z))` over data, fakes and `u` uniform in `[0, 1]`.
    pub fn mean_between(&self, f: impl Fn(Hyper) -> Hyper) -> Hyper {
        let points = self.data.iter().flat_map(|x| self.fakes.iter().map(move |y| (x, y)));
        let means = points.map(|(&(x, p), &(y, q))| {
            sum(self.shares.iter().map(|&(u, w)| f(Hyper::constant(u * x) + y * (1.0 - u)) * (w * p * q)))
        });
        sum(means)
    }

    fn losses(&self, losses: &Losses) -> Pair {
        match losses {
            Losses::Separate { real, fake, generator } => {
                let d_fakes: Weighted<Hyper> = self.fakes.iter().map(|&(x, p)| (self.d(x), p)).collect();
                let mean = |curve: &Curve| sum(d_fakes.iter().map(|&(d, p)| self.apply(curve, d) * p));
                [mean(generator), self.mean_over_data(|x| self.apply(real, self.d(x))) + mean(fake)]
            }
            Losses::Paired { discriminator, generator } => {
                let d_fakes: Weighted<Hyper> = self.fakes.iter().map(|&(x, p)| (self.d(x), p)).collect();
                let d_data: Weighted<Hyper> = self.data.iter().map(|&(x, p)| (self.d(Hyper::constant(x)), p)).collect();
                let mean = |curve: &Curve| {
                    let pairs = d_data.iter().flat_map(|r| d_fakes.iter().map(move |f| (r, f)));
                    sum(pairs.map(|(&(r, p), &(f, q))| self.apply(curve, r - f) * (p * q)))
                };
                [mean(generator), mean(discriminator)]
            }
        }
    }
}

fn sum(terms: impl Iterator<Item = Hyper>) -> Hyper {
    terms.fold(Hyper::constant(0.0), |a, b| a + b)
}
