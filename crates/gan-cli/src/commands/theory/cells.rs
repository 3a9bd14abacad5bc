//! What the cells of a grid or of a prior say: quantiles, densities, and D* where there is anything to judge.

use gan::core::theory::Table;

/// D* is shown where p_data + p_g is above this share of its maximum: elsewhere nothing is ever seen.
const SEEN: f64 = 1e-4;

/// The quantiles of masses in cells, each spread evenly over its cell.
pub(super) struct Quantiles<'a> {
    edges: &'a [f64],
    masses: &'a [f64],
    /// The mass below each edge.
    below: Vec<f64>,
}

impl<'a> Quantiles<'a> {
    /// `edges` has one value more than `masses`.
    pub fn new(edges: &'a [f64], masses: &'a [f64]) -> Self {
        let mut below = vec![0.0];
        below.extend(masses.iter().scan(0.0, |sum, m| {
            *sum += m;
            Some(*sum)
        }));
        Self { edges, masses, below }
    }

    /// Where a share of all mass, from 0 to 1, lies below.
    pub fn at(&self, share: f64) -> f64 {
        let wanted = share * self.below.last().copied().unwrap_or(1.0);
        let cell = self.below.partition_point(|b| *b <= wanted).clamp(1, self.masses.len()) - 1;
        let mass = self.masses[cell];
        let within = if mass > 0.0 { (wanted - self.below[cell]) / mass } else { 0.5 };
        self.edges[cell] + within.clamp(0.0, 1.0) * (self.edges[cell + 1] - self.edges[cell])
    }
}

/// Cell by cell the densities of the data and of G, and D*, which is no number where neither is seen.
pub(super) fn columns(table: &Table) -> [Vec<f64>; 3] {
    let density = |masses: &[f64]| -> Vec<f64> { masses.iter().map(|m| m / table.cells().volume()).collect() };
    let (data, g) = (density(table.data_masses()), density(table.g_masses()));
    let most = data.iter().zip(&g).map(|(a, b)| a + b).fold(0.0, f64::max);
    let seen = data.iter().zip(&g).map(|(a, b)| a + b > SEEN * most);
    let optimal = table.optimal_discriminator().into_iter().zip(seen).map(|(d, seen)| if seen { d } else { f64::NAN }).collect();
    [data, g, optimal]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_hand() {
        let q = Quantiles::new(&[0.0, 1.0, 2.0, 4.0], &[0.25, 0.0, 0.75]);
        assert_eq!([0.0, 0.125, 1.0].map(|s| q.at(s)), [0.0, 0.5, 4.0]);
        assert!((q.at(0.625) - 3.0).abs() < 1e-15);
    }
}
