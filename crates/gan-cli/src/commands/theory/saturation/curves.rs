//! Everything that is shown, computed.

use gan::core::theory::continuous::Pair;
use gan::core::theory::densities::Gaussian;
use gan::core::theory::{Plateau, Shifted, TheoryError, plateau_of_gaussians, plateau_of_uniforms};

use super::Args;
use super::trained::{Lesson, Moment};

/// Confidence of D from nearly nothing to far too sure, by powers of ten.
const CONFIDENCE: (f64, f64) = (-2.0, 1.5);
/// Points of a curve.
const POINTS: usize = 140;
/// Least distance that is shown, and how many times the chosen one the largest is.
const NEAREST: f64 = 0.1;
const FURTHEST: f64 = 2.0;
/// Moments of the training in each power of ten.
const MOMENTS: f64 = 12.0;

/// The gradients of both losses of G at one place of a curve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gradients {
    /// The confidence of D, or the distance of the means.
    pub at: f64,
    /// By the mean: under `log(1 - D)` and under `-log D`.
    pub by_mean: (f64, f64),
    /// Norms by mean and standard deviation.
    pub norm: (f64, f64),
}

impl Gradients {
    pub fn of(mean: f64, std: f64, confidence: f64, at: f64) -> Result<Gradients, TheoryError> {
        let pair = Shifted::new(mean, std)?;
        let (m, s) = (pair.gradients(confidence)?, pair.std_gradients(confidence)?);
        let norm = (m.minimax.hypot(s.minimax), m.non_saturating.hypot(s.non_saturating));
        Ok(Gradients { at, by_mean: (m.minimax, m.non_saturating), norm })
    }

    pub fn ratio(&self) -> f64 {
        self.norm.1 / self.norm.0
    }
}

pub(super) struct Curves {
    /// Over the confidence of D, for the chosen G.
    pub confidence: Vec<Gradients>,
    /// Over the distance of G, for D = D*.
    pub distance: Vec<Gradients>,
    /// At the chosen distance, for D = D*, and C(G) there.
    pub optimum: Gradients,
    pub criterion: f64,
    /// Over the steps of a D that is trained, from the first one on.
    pub trained: Vec<Moment>,
    /// Over the distance, for uniform densities and narrow Gaussians.
    pub uniforms: Vec<Plateau>,
    pub gaussians: Vec<Plateau>,
}

impl Curves {
    pub fn compute(args: &Args) -> anyhow::Result<Curves> {
        let share = |i: usize| i as f64 / POINTS as f64;
        let power = |i: usize| 10f64.powf(CONFIDENCE.0 + (CONFIDENCE.1 - CONFIDENCE.0) * share(i));
        let confidence = (0..=POINTS).map(|i| Gradients::of(args.distance, args.std, power(i), power(i)));
        let furthest = FURTHEST * args.distance;
        let far = |i: usize| NEAREST + (furthest - NEAREST) * share(i);
        let distance = (0..=POINTS).map(|i| Gradients::of(far(i), args.std, 1.0, far(i)));
        let (p_data, p_g) = (Gaussian::new(0.0, 1.0)?, Gaussian::new(args.distance, args.std)?);
        // three widths, as the picture shows, and as many deviations as it takes until nothing is left of the slope
        let uniforms = distances(3.0 * args.width, 30).map(|d| plateau_of_uniforms(args.width, d));
        let gaussians = distances(16.0 * args.narrow, 96).map(|d| plateau_of_gaussians(args.narrow, d));
        Ok(Curves {
            confidence: confidence.collect::<Result<_, _>>()?,
            distance: distance.collect::<Result<_, _>>()?,
            optimum: Gradients::of(args.distance, args.std, 1.0, args.distance)?,
            criterion: Pair::new(&p_data, &p_g)?.criterion()?.value,
            trained: lesson(args)?,
            uniforms: uniforms.collect::<Result<_, _>>()?,
            gaussians: gaussians.collect::<Result<_, _>>()?,
        })
    }
}

/// Distances from 0 to `most`.
fn distances(most: f64, steps: usize) -> impl Iterator<Item = f64> {
    (0..=steps).map(move |i| most * i as f64 / steps as f64)
}

/// Trains a discriminator, and measures at distances that grow with the steps.
fn lesson(args: &Args) -> anyhow::Result<Vec<Moment>> {
    let mut lesson = Lesson::new(args.distance, args.std, args.seed)?;
    let last = args.steps as usize;
    let mut steps: Vec<usize> =
        (0..).map(|i| 10f64.powf(f64::from(i) / MOMENTS).round() as usize).take_while(|s| *s < last).chain([last]).collect();
    steps.dedup();
    let measure = |step: usize| {
        lesson.teach_until(step)?;
        lesson.measure()
    };
    steps.into_iter().map(measure).collect()
}
