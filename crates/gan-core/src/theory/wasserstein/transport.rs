use nalgebra::{DMatrix, DVector};

use super::metric::check_costs;
use super::simplex;
use crate::theory::sum::stable_sum;
use crate::theory::{Distribution, TheoryError};

/// An optimal plan of transport with the dual solution that proves it optimal.
#[derive(Debug, Clone, PartialEq)]
pub struct Transport {
    /// What the plan costs: `sum_ij plan_ij cost_ij`.
    pub cost: f64,
    /// How much of outcome `i` of `p` goes to outcome `j` of `q`: `[outcomes of p, outcomes of q]`, at most
    /// `outcomes of p + outcomes of q - 1` of them not 0.
    pub plan: DMatrix<f64>,
    /// The potential `phi` of the outcomes of `p`; `phi_i + psi_j <= cost_ij` for all `i` and `j`.
    pub left: DVector<f64>,
    /// The potential `psi` of the outcomes of `q`.
    pub right: DVector<f64>,
    /// What the potentials earn: `E_p phi + E_q psi`, at most the cost of any plan.
    pub dual: f64,
}

impl Transport {
    /// `cost - dual`: 0 certifies, to rounding, that both are optimal.
    pub fn gap(&self) -> f64 {
        self.cost - self.dual
    }
}

/// Optimal transport of `p` to `q` (the linear programme of Kantorovich): the plan with these marginals of least
/// `sum_ij plan_ij cost_ij`, exact to rounding, by the network simplex method.
///
/// `costs` is `[outcomes of p, outcomes of q]`, any finite numbers `>= 0`. About `n^2` to `n^3` steps for `n` outcomes.
///
/// # Errors
/// [`TransportError::CostShape`](crate::theory::TransportError::CostShape),
/// [`TransportError::CostNotFinite`](crate::theory::TransportError::CostNotFinite),
/// [`TransportError::CostNegative`](crate::theory::TransportError::CostNegative), or
/// [`TransportError::Stalled`](crate::theory::TransportError::Stalled).
///
/// ```
/// use gan_core::theory::{Distribution, optimal_transport};
/// use nalgebra::DMatrix;
///
/// let p = Distribution::from_weights(&[1.0, 1.0])?;
/// let q = Distribution::from_weights(&[1.0, 2.0, 1.0])?;
/// let costs = DMatrix::from_row_slice(2, 3, &[0.0, 1.0, 9.0, 5.0, 2.0, 0.0]);
/// let best = optimal_transport(&costs, &p, &q)?;
/// assert_eq!(best.plan, DMatrix::from_row_slice(2, 3, &[0.25, 0.25, 0.0, 0.0, 0.25, 0.25]));
/// assert!((best.cost - 0.75).abs() < 1e-15 && best.gap().abs() < 1e-15);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn optimal_transport(costs: &DMatrix<f64>, p: &Distribution, q: &Distribution) -> Result<Transport, TheoryError> {
    check_costs(costs, (p.outcomes(), q.outcomes()))?;
    // The simplex method wants positive masses, and numbers of one order.
    let (sources, supply) = support(p);
    let (sinks, demand) = support(q);
    let largest = costs.max();
    let scale = if largest == 0.0 { 1.0 } else { largest };
    let scaled = DMatrix::from_fn(sources.len(), sinks.len(), |i, j| costs[(sources[i], sinks[j])] / scale);
    let solution = simplex::solve(&scaled, &supply, &demand)?;

    let mut plan = DMatrix::zeros(p.outcomes(), q.outcomes());
    for &(i, j, mass) in &solution.flows {
        plan[(sources[i], sinks[j])] = mass;
    }
    let cost = stable_sum(solution.flows.iter().map(|&(i, j, mass)| mass * costs[(sources[i], sinks[j])]));
    // Each potential anew from the other, as large as the costs allow: that makes them feasible to the last digit, and gives
    // outcomes without mass theirs. Scaled still: sums of huge costs would overflow.
    let right = DVector::from_fn(q.outcomes(), |j, _| {
        let slack = sources.iter().zip(&solution.potential).map(|(&i, phi)| costs[(i, j)] / scale - phi);
        slack.fold(f64::INFINITY, f64::min)
    });
    let left = DVector::from_fn(p.outcomes(), |i, _| {
        right.iter().enumerate().map(|(j, psi)| costs[(i, j)] / scale - psi).fold(f64::INFINITY, f64::min)
    });
    let dual = scale * (p.expectation(|i| left[i]) + q.expectation(|j| right[j]));
    let (left, right) = (left * scale, right * scale);
    Ok(Transport { cost, plan, left, right, dual })
}

/// The outcomes that have mass, and their masses.
fn support(p: &Distribution) -> (Vec<usize>, Vec<f64>) {
    p.probabilities().iter().copied().enumerate().filter(|(_, mass)| *mass > 0.0).unzip()
}
