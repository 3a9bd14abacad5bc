use super::movable_mean::gaussian;
use super::{Bumps, MeanAndWidth, MovableMean, Options, Report, descend, landscape};
use crate::theory::{Distribution, TheoryError};

/// Two humps on the line, and where a generator of one hump starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The ends of the grid on which everything lives.
    pub range: (f64, f64),
    /// The number of its points.
    pub points: usize,
    /// Where the larger hump lies.
    pub large: f64,
    /// Where the smaller one lies.
    pub small: f64,
    /// The share of the larger one.
    pub share: f64,
    /// The width of both, and of the generator's hump.
    pub width: f64,
    /// Where the generator's mean starts.
    pub start: f64,
}

impl Default for Scene {
    fn default() -> Self {
        Self { range: (-6.0, 6.0), points: 121, large: 2.0, small: -2.5, share: 0.7, width: 0.6, start: -4.0 }
    }
}

/// The same data and the same start for families of different capacity.
#[derive(Debug, Clone, PartialEq)]
pub struct Demonstration {
    /// The points of the grid.
    pub grid: Vec<f64>,
    /// The data.
    pub p_data: Distribution,
    /// `C` of one movable mean, all over the grid: pairs of mean and `C`.
    pub landscape: Vec<(f64, f64)>,
    /// One movable mean from the start: it stops at the hump that is next to it.
    pub stuck: Report,
    /// The same from the lowest place of the landscape: the best of the family.
    pub best: Report,
    /// Mean and width free.
    pub wider: Report,
    /// Bumps everywhere whose shares are free, 99 % of them on the one at the start.
    pub bumps: Report,
}

/// Shows that restricting `p_g` to a family makes Prop. 2 fail, and that capacity brings it back.
///
/// # Errors
/// [`ConvergenceError::NotPositive`](crate::theory::ConvergenceError::NotPositive),
/// [`TransportError::PositionNotFinite`](crate::theory::TransportError::PositionNotFinite) or [`TheoryError::EmptySupport`] where the scene
/// is none.
///
/// ```
/// use gan_core::theory::LOG_4;
/// use gan_core::theory::convergence::family::{Scene, demonstrate};
///
/// let shown = demonstrate(&Scene::default())?;
/// assert!(shown.stuck.end.criterion > shown.best.end.criterion + 0.3); // a local minimum
/// assert!(shown.best.end.criterion > -LOG_4 + 0.2); // one hump is not two
/// assert!(shown.bumps.end.criterion < -LOG_4 + 1e-3); // enough capacity
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn demonstrate(scene: &Scene) -> Result<Demonstration, TheoryError> {
    let (low, high) = scene.range;
    let along = |n: usize| (0..n).map(move |i| low + (high - low) * i as f64 / n.max(2).saturating_sub(1) as f64);
    let grid: Vec<f64> = along(scene.points).collect();
    let one = MovableMean::new(&grid, scene.width)?;
    let (large, small) = (gaussian(&grid, scene.large, scene.width)?, gaussian(&grid, scene.small, scene.width)?);
    let mixture = large.probabilities() * scene.share + small.probabilities() * (1.0 - scene.share);
    let p_data = Distribution::from_weights(mixture.as_slice())?;

    // the last shares fall to 0 ever more slowly: what is left by then is below 1e-4
    let options = Options { iterations: 2_000, ..Options::default() };
    let landscape = landscape(&one, &p_data, &[scene.start], 0, scene.range, 4 * scene.points)?;
    let lowest = landscape.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(scene.start, |place| place.0);
    let stuck = descend(&one, &p_data, &[scene.start], &options)?;
    let best = descend(&one, &p_data, &[lowest], &options)?;
    let wider = descend(&MeanAndWidth::new(&grid)?, &p_data, &[scene.start, scene.width.ln()], &options)?;
    // centres a width apart, and the humps of the data themselves
    let spread = ((high - low) / scene.width).ceil().clamp(2.0, 200.0) as usize;
    let centres: Vec<f64> = along(spread).chain([scene.large, scene.small]).collect();
    let bumps = Bumps::new(&grid, &centres, scene.width)?;
    let bumps = descend(&bumps, &p_data, &bumps.concentrated(scene.start, 0.99), &options)?;
    Ok(Demonstration { grid, p_data, landscape, stuck, best, wider, bumps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::LOG_4;

    #[test]
    fn one_mean_is_stuck_and_capacity_helps() {
        let shown = demonstrate(&Scene::default()).unwrap();
        let (stuck, best) = (&shown.stuck, &shown.best);
        assert!(stuck.stationary && best.stationary);
        assert!((stuck.end.parameters[0] + 2.5).abs() < 0.05 && (best.end.parameters[0] - 2.0).abs() < 0.05);
        assert!(stuck.end.criterion > best.end.criterion + 0.3 && best.end.criterion > -LOG_4 + 0.2);
        // nothing of the landscape is below the best, and close by everything is above where it got stuck
        assert!(shown.landscape.iter().all(|&(_, c)| c >= best.end.criterion - 1e-12));
        let near = shown.landscape.iter().filter(|(mean, _)| (mean - stuck.end.parameters[0]).abs() < 1.0);
        assert!(near.clone().count() > 20 && near.into_iter().all(|&(_, c)| c >= stuck.end.criterion - 1e-12));
        // a width of its own does not help: the other hump is no closer
        assert!(shown.wider.stationary && shown.wider.end.criterion > best.end.criterion + 0.3);
        assert!(shown.bumps.end.criterion < -LOG_4 + 1e-4, "{}", shown.bumps.end.criterion);
        assert!(shown.bumps.history[0].criterion > -0.6, "it starts as badly");
    }

    #[test]
    fn a_scene_that_is_none_is_named() {
        for broken in [
            Scene { width: 0.0, ..Scene::default() },
            Scene { points: 0, ..Scene::default() },
            Scene { range: (0.0, f64::NAN), ..Scene::default() },
            Scene { share: 2.0, ..Scene::default() },
            Scene { start: f64::INFINITY, ..Scene::default() },
        ] {
            assert!(demonstrate(&broken).is_err(), "{broken:?}");
        }
    }
}
