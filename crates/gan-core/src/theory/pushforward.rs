use super::{Cells, DensityError, LatentCells, TableError, TheoryError};

/// The generator's distribution as masses of the cells of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushforward {
    /// Mass of each cell.
    pub masses: Vec<f64>,
    /// Mass below the grid.
    pub below: f64,
    /// Mass above the grid.
    pub above: f64,
}

/// `p_g` of a generator from the line to the line: the prior's mass in the cells of `z`, carried over to cells of `x`.
///
/// `outputs` holds `G(z)` at the edges of the latent cells. In between `G` is taken as linear and the prior as even, so that the mass
/// of a cell spreads evenly over the interval between its two outputs; where they are equal it is an atom, and lands in the cell of
/// `x` that holds it. All mass is accounted for, and the error falls with the square of the width of the latent cells. Takes
/// `O(latent cells + cells)`.
///
/// This is not a kernel estimate of samples, and on purpose: a bandwidth `h` would blur `p_g` (its folds, edges and narrow modes, by
/// `h^2` in variance), and with it `D* = p_data / (p_data + p_g)`, so that a generator that is right would seem to be wrong. Here
/// nothing is blurred but within a cell.
///
/// # Errors
/// [`DensityError::OneDimensional`] for cells of the plane, [`TableError::Length`] where `outputs` is not one longer than the
/// masses, or [`TableError::Value`] where an output is not finite.
///
/// ```
/// use gan_core::theory::{Cells, LatentCells, pushforward};
///
/// // Folded: |z| for z uniform on [-1, 1] is uniform on [0, 1].
/// let latent = LatentCells::uniform(-1.0, 1.0, 1000)?;
/// let outputs: Vec<f64> = latent.edges().iter().map(|z| z.abs()).collect();
/// let p_g = pushforward(&latent, &outputs, &Cells::line(0.0, 2.0, 8)?)?;
/// for (i, mass) in p_g.masses.iter().enumerate() {
///     assert!((mass - if i < 4 { 0.25 } else { 0.0 }).abs() < 1e-12);
/// }
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn pushforward(latent: &LatentCells, outputs: &[f64], cells: &Cells) -> Result<Pushforward, TheoryError> {
    if cells.dim() != 1 {
        let instead = "take a histogram of samples (Cells::histogram)";
        return Err(DensityError::OneDimensional { what: "a pushforward", found: cells.dim(), instead }.into());
    }
    const WHAT: &str = "outputs of the generator";
    let (expected, found) = (latent.edges().len(), outputs.len());
    if expected != found {
        return Err(TableError::Length { what: WHAT, expected, found }.into());
    }
    if let Some((cell, &value)) = outputs.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        return Err(TableError::Value { what: WHAT, cell, expected: "a finite number", value }.into());
    }
    let mut spread = Spread::over(cells);
    for (mass, ends) in latent.masses().iter().zip(outputs.windows(2)) {
        spread.add(*mass, ends[0].min(ends[1]), ends[0].max(ends[1]));
    }
    Ok(spread.finish())
}

/// Masses of cells to which even pieces are added in constant time each.
struct Spread<'a> {
    cells: &'a Cells,
    edges: Vec<f64>,
    result: Pushforward,
    /// What a piece adds to each cell that it covers whole: change of the mass, and of the number of pieces, from the cell before.
    steps: Vec<(f64, i64)>,
}

impl<'a> Spread<'a> {
    fn over(cells: &'a Cells) -> Self {
        let edges = cells.edges(0);
        let result = Pushforward { masses: vec![0.0; cells.len()], below: 0.0, above: 0.0 };
        Self { cells, steps: vec![(0.0, 0); edges.len()], edges, result }
    }

    /// `mass` evenly over `[low, high]`, or in the point `low = high`.
    fn add(&mut self, mass: f64, low: f64, high: f64) {
        let (Some(&start), Some(&end)) = (self.edges.first(), self.edges.last()) else { return };
        if high < start || (high == start && low < high) {
            self.result.below += mass;
            return;
        }
        if low > end || (low == end && low < high) {
            self.result.above += mass;
            return;
        }
        // As shares of the piece: its width may be subnormal, or too large for a number.
        let share = |from: f64, to: f64| ((to / 2.0 - from / 2.0) / (high / 2.0 - low / 2.0)).clamp(0.0, 1.0);
        if low < start {
            self.result.below += mass * share(low, start);
        }
        if high > end {
            self.result.above += mass * share(end, high);
        }
        let (low_inside, high_inside) = (low.max(start), high.min(end));
        let (Some(first), Some(last)) = (self.cells.find(&[low_inside]), self.cells.find(&[high_inside])) else { return };
        if first == last {
            // An atom is here as well: it has no width to share.
            let inside = if low < high { share(low_inside, high_inside) } else { 1.0 };
            self.put(first, mass * inside);
            return;
        }
        self.put(first, mass * share(low_inside, self.edges[first + 1]));
        self.put(last, mass * share(self.edges[last], high_inside));
        if first + 1 < last {
            let whole = mass * share(self.edges[first + 1], self.edges[last]) / (last - first - 1) as f64;
            self.step(first + 1, whole, 1);
            self.step(last, -whole, -1);
        }
    }

    fn put(&mut self, cell: usize, mass: f64) {
        if let Some(slot) = self.result.masses.get_mut(cell) {
            *slot += mass;
        }
    }

    fn step(&mut self, cell: usize, mass: f64, pieces: i64) {
        if let Some((sum, count)) = self.steps.get_mut(cell) {
            *sum += mass;
            *count += pieces;
        }
    }

    fn finish(mut self) -> Pushforward {
        let (mut sum, mut compensation, mut count) = (0.0_f64, 0.0_f64, 0_i64);
        for (slot, (step, pieces)) in self.result.masses.iter_mut().zip(&self.steps) {
            // Neumaier's sum, as in `stable_sum`; and where no piece is left, its rounding is forgotten.
            let next = sum + step;
            compensation += if sum.abs() >= step.abs() { (sum - next) + step } else { (step - next) + sum };
            sum = next;
            count += pieces;
            if count == 0 {
                (sum, compensation) = (0.0, 0.0);
            }
            *slot += (sum + compensation).max(0.0);
        }
        self.result
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::theory::Table;
    use crate::theory::densities::{Bandwidth, Gaussian, KernelDensity, standard_normal_mass};

    fn push(latent: &LatentCells, g: impl Fn(f64) -> f64, cells: &Cells) -> Pushforward {
        let outputs: Vec<f64> = latent.edges().iter().map(|z| g(*z)).collect();
        pushforward(latent, &outputs, cells).unwrap()
    }

    fn total(p: &Pushforward) -> f64 {
        p.masses.iter().sum::<f64>() + p.below + p.above
    }

    #[test]
    fn affine_generators_and_the_order_of_the_error() {
        let cells = Cells::line(-3.0, 5.0, 400).unwrap();
        for (a, b) in [(1.0, 0.0), (-0.5, 1.0), (2.0, -1.0)] {
            let exact = cells.masses(&Gaussian::new(b, f64::abs(a)).unwrap()).unwrap();
            let error = |n: usize| {
                let found = push(&LatentCells::normal(n).unwrap(), |z| a * z + b, &cells);
                assert!((total(&found) - 1.0).abs() < 1e-13);
                found.masses.iter().zip(&exact).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
            };
            // Latent cells that are no multiples of those of x.
            let (coarse, fine) = (error(1999), error(15_992));
            assert!(fine < 5e-8 && coarse / fine > 16.0, "{a} {b}: {coarse:e} {fine:e}");
        }
        let half = push(&LatentCells::normal(1000).unwrap(), |z| z, &Cells::line(0.0, 1.0, 10).unwrap());
        assert!((half.below - 0.5).abs() < 1e-14 && (half.above - standard_normal_mass(1.0, f64::INFINITY)).abs() < 1e-5);
    }

    #[test]
    fn a_square_is_chi_squared() {
        let cells = Cells::line(0.0, 10.0, 200).unwrap();
        let found = push(&LatentCells::normal(100_000).unwrap(), |z| z * z, &cells);
        // P(Z^2 < x) = P(|Z| < sqrt x); at 0 the density is infinite.
        for (mass, edges) in found.masses.iter().zip(cells.edges(0).windows(2)) {
            let exact = 2.0 * standard_normal_mass(edges[0].sqrt(), edges[1].sqrt());
            assert!((mass - exact).abs() < 1e-7, "{edges:?}: {mass} {exact}");
        }
    }

    #[test]
    fn atoms() {
        let latent = LatentCells::normal(500).unwrap();
        for (at, cell) in [(0.0, 0), (0.05, 0), (0.1, 1), (0.95, 9), (1.0, 9)] {
            let found = push(&latent, |_| at, &Cells::line(0.0, 1.0, 10).unwrap());
            assert!((found.masses[cell] - 1.0).abs() < 1e-13, "{at}: {found:?}");
            assert!((total(&found) - 1.0).abs() < 1e-13);
        }
        let below = push(&latent, |_| -1e-9, &Cells::line(0.0, 1.0, 10).unwrap());
        assert!((below.below - 1.0).abs() < 1e-13 && below.masses.iter().all(|m| *m == 0.0));
        // Half of it an atom, half even: a generator that saturates.
        let clipped = push(&LatentCells::uniform(-1.0, 1.0, 400).unwrap(), |z| z.max(0.0), &Cells::line(0.0, 1.0, 10).unwrap());
        assert!((clipped.masses[0] - 0.55).abs() < 1e-12 && (clipped.masses[5] - 0.05).abs() < 1e-12);
    }

    #[test]
    fn steps_over_many_cells() {
        // Two latent cells over a thousand cells of x, with a gap that nothing reaches.
        let latent = LatentCells::uniform(0.0, 1.0, 2).unwrap();
        let found = pushforward(&latent, &[0.0, 10.0, -10.0], &Cells::line(-20.0, 20.0, 1000).unwrap()).unwrap();
        assert_eq!(found.masses[10], 0.0);
        assert_eq!(found.masses[900], 0.0);
        assert!((found.masses[600] - 0.04 * (0.05 + 0.025)).abs() < 1e-15, "{}", found.masses[600]);
        assert!((found.masses[300] - 0.04 * 0.025).abs() < 1e-15);
        let huge = pushforward(&latent, &[-1e308, 1e308, -1e308], &Cells::line(0.0, 1.0, 10).unwrap()).unwrap();
        assert!((huge.below - 0.5).abs() < 1e-12 && (huge.above - 0.5).abs() < 1e-12);
    }

    /// Why it is no kernel estimate: for a generator that is exactly right, `D*` must be 1/2. The same number of latents,
    /// taken as samples with a rule's bandwidth, misses that where the density is steep.
    #[test]
    fn a_bandwidth_would_blur_the_optimal_discriminator() {
        let cells = Cells::line(-4.0, 4.0, 400).unwrap();
        let g = |z: f64| if z < 0.0 { -3.0 + 0.1 * z } else { 3.0 + 0.1 * z };
        // Two halves of narrow Gaussians; at z = 0 the generator jumps across in one latent cell.
        let latent = LatentCells::normal(20_000).unwrap();
        let p_g = push(&latent, g, &cells);
        let edges = cells.edges(0);
        let exact = edges.windows(2).map(|e| {
            let side = |from: f64, to: f64, centre: f64, low: f64, high: f64| {
                standard_normal_mass(((from - centre) / 0.1).max(low), ((to - centre) / 0.1).min(high))
            };
            side(e[0], e[1], -3.0, f64::NEG_INFINITY, 0.0) + side(e[0], e[1], 3.0, 0.0, f64::INFINITY)
        });
        let exact: Vec<f64> = exact.collect();
        let off = |masses: Vec<f64>| {
            let table = Table::from_masses(cells.clone(), exact.clone(), masses).unwrap();
            let found = table.yardsticks(&vec![0.0; cells.len()]).unwrap();
            found.sup_norm
        };
        let samples: Vec<f64> = latent
            .edges()
            .iter()
            .filter(|z| z.abs() < 5.0)
            .enumerate()
            .map(|(i, _)| {
                // Quantiles of the prior.
                let target = (i as f64 + 0.5) / 11_111.0;
                let (mut low, mut high) = (-9.0, 9.0);
                for _ in 0..50 {
                    let middle = f64::midpoint(low, high);
                    if standard_normal_mass(f64::NEG_INFINITY, middle) < target { low = middle } else { high = middle }
                }
                g(low)
            })
            .collect();
        let kernel = KernelDensity::new(&samples, 1, Bandwidth::Silverman).unwrap();
        let (ours, blurred) = (off(p_g.masses), off(cells.masses(&kernel).unwrap()));
        assert!(ours < 0.02 && blurred > 0.3, "{ours} {blurred}");
    }

    #[test]
    fn faults_are_named() {
        let latent = LatentCells::normal(2).unwrap();
        let cells = Cells::line(0.0, 1.0, 2).unwrap();
        assert!(matches!(
            pushforward(&latent, &[0.0; 2], &cells),
            Err(TheoryError::Table(TableError::Length { expected: 3, found: 2, .. }))
        ));
        for wrong in [f64::NAN, f64::INFINITY] {
            let fault = pushforward(&latent, &[0.0, wrong, 0.0], &cells);
            assert!(matches!(fault, Err(TheoryError::Table(TableError::Value { cell: 1, .. }))));
        }
        let plane = Cells::plane([(0.0, 1.0); 2], [2, 2]).unwrap();
        assert!(matches!(
            pushforward(&latent, &[0.0; 3], &plane),
            Err(TheoryError::Density(DensityError::OneDimensional { found: 2, .. }))
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(2014),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Whatever the generator is, no mass is lost, and all of it is where the slow way puts it.
        #[test]
        fn the_same_as_cell_by_cell(outputs in prop::collection::vec(prop_oneof![-3.0..3.0_f64, Just(0.5), Just(1.0)], 2..60)) {
            let latent = LatentCells::uniform(0.0, 1.0, outputs.len() - 1).unwrap();
            let cells = Cells::line(-1.0, 1.0, 16).unwrap();
            let found = pushforward(&latent, &outputs, &cells).unwrap();
            prop_assert!((total(&found) - 1.0).abs() < 1e-13);
            for (i, (mass, edges)) in found.masses.iter().zip(cells.edges(0).windows(2)).enumerate() {
                let slow: f64 = outputs.windows(2).map(|w| {
                    let (low, high) = (w[0].min(w[1]), w[0].max(w[1]));
                    let share = if low == high {
                        if cells.find(&[low]) == Some(i) { 1.0 } else { 0.0 }
                    } else {
                        ((high.min(edges[1]) - low.max(edges[0])) / (high - low)).max(0.0)
                    };
                    share / (outputs.len() - 1) as f64
                }).sum();
                prop_assert!((mass - slow).abs() < 1e-14, "{} {}", mass, slow);
            }
        }
    }
}
