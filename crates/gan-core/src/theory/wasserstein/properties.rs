//! Both ways to the distance, its certificate, and what makes it a distance, on random distributions.

use nalgebra::DMatrix;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::theory::TransportError;
use crate::theory::sum::stable_sum;
use crate::theory::total_variation;

const ROUNDING: f64 = 1e-12;

fn weight() -> impl Strategy<Value = f64> {
    // equal weights make the problem degenerate, tiny ones stretch it
    prop_oneof![1 => Just(0.0), 2 => Just(1.0), 4 => 0.0..1.0_f64, 1 => (-40.0..0.0_f64).prop_map(f64::exp2)]
}

/// Three distributions and two coordinates for each of their outcomes, some of them the same.
fn scene() -> impl Strategy<Value = ([Distribution; 3], Vec<[f64; 2]>)> {
    let coordinate = || prop_oneof![2 => -5.0..5.0_f64, 1 => (-3..3_i32).prop_map(f64::from)];
    let row = (weight(), weight(), weight(), coordinate(), coordinate());
    prop::collection::vec(row, 1..40).prop_filter_map("no mass", |rows| {
        let of =
            |f: fn(&(f64, f64, f64, f64, f64)) -> f64| Distribution::from_weights(&rows.iter().map(f).collect::<Vec<_>>()).ok();
        Some(([of(|r| r.0)?, of(|r| r.1)?, of(|r| r.2)?], rows.iter().map(|r| [r.3, r.4]).collect()))
    })
}

/// What makes a plan and potentials a proof: marginals, signs, feasibility, and the gap.
fn check(costs: &DMatrix<f64>, p: &Distribution, q: &Distribution, t: &Transport) {
    let scale = costs.max().max(1.0);
    assert!(t.plan.iter().all(|&mass| mass >= 0.0));
    for (sum, mass) in t.plan.row_iter().map(|r| stable_sum(r.iter().copied())).zip(p.probabilities().iter()) {
        assert!((sum - mass).abs() < 1e-14, "{sum} {mass}");
    }
    for (sum, mass) in t.plan.column_iter().map(|c| stable_sum(c.iter().copied())).zip(q.probabilities().iter()) {
        assert!((sum - mass).abs() < 1e-14, "{sum} {mass}");
    }
    let cost = stable_sum(t.plan.iter().zip(costs.iter()).map(|(mass, cost)| mass * cost));
    assert!((cost - t.cost).abs() <= 1e-13 * scale);
    for i in 0..costs.nrows() {
        for j in 0..costs.ncols() {
            assert!(t.left[i] + t.right[j] <= costs[(i, j)] + 1e-14 * scale, "{i} {j}");
        }
    }
    assert!(t.gap().abs() <= ROUNDING * scale, "gap {:e}", t.gap());
    let carrying = t.plan.iter().filter(|&&mass| mass > 0.0).count();
    assert!(carrying < p.outcomes() + q.outcomes());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(2017),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_ways_agree_on_the_line(([p, q, _], points) in scene()) {
        let positions: Vec<f64> = points.iter().map(|x| x[0]).collect();
        let metric = Metric::on_line(&positions).unwrap();
        let solved = wasserstein(&metric, &p, &q).unwrap();
        check(metric.distances(), &p, &q, &solved.transport);
        let by_cdf = wasserstein_on_line(&positions, &p, &q).unwrap();
        prop_assert!((solved.distance() - by_cdf).abs() <= ROUNDING, "{} {by_cdf}", solved.distance());
    }

    #[test]
    fn the_critic_has_slope_one_and_earns_the_distance(([p, q, _], points) in scene()) {
        let metric = Metric::euclidean(&DMatrix::from_fn(points.len(), 2, |i, k| points[i][k])).unwrap();
        let solved = wasserstein(&metric, &p, &q).unwrap();
        check(metric.distances(), &p, &q, &solved.transport);
        prop_assert!(solved.gap().abs() <= ROUNDING, "{:e}", solved.gap());
        for i in 0..points.len() {
            for j in 0..points.len() {
                prop_assert!(solved.critic[i] - solved.critic[j] <= metric.distances()[(i, j)] + 1e-13);
            }
        }
    }

    #[test]
    fn it_is_a_distance(([p, q, r], points) in scene()) {
        let metric = Metric::euclidean(&DMatrix::from_fn(points.len(), 2, |i, k| points[i][k])).unwrap();
        let w = |a: &Distribution, b: &Distribution| wasserstein(&metric, a, b).unwrap().distance();
        prop_assert!(w(&p, &r) <= w(&p, &q) + w(&q, &r) + ROUNDING);
        prop_assert!((w(&p, &q) - w(&q, &p)).abs() <= ROUNDING);
        prop_assert!(w(&p, &p).abs() <= ROUNDING);
        // bounded by the total variation and the diameter
        prop_assert!(w(&p, &q) <= metric.distances().max() * total_variation(&p, &q).unwrap() + ROUNDING);
    }

    #[test]
    fn where_all_distances_are_one_it_is_the_total_variation(([p, q, _], _) in scene()) {
        let metric = Metric::discrete(p.outcomes()).unwrap();
        let solved = wasserstein(&metric, &p, &q).unwrap();
        check(metric.distances(), &p, &q, &solved.transport);
        prop_assert!((solved.distance() - total_variation(&p, &q).unwrap()).abs() <= ROUNDING);
    }

    /// Costs that are no metric, more sources than sinks or fewer, many of them the same.
    #[test]
    fn any_costs_are_certified(
        (rows, columns) in (1..20_usize, 1..20_usize),
        weights in prop::collection::vec(weight(), 40),
        costs in prop::collection::vec(prop_oneof![(0..4_i32).prop_map(f64::from), 0.0..1.0_f64], 400),
        magnitude in -200.0..200.0_f64,
    ) {
        let magnitude = 10.0_f64.powf(magnitude);
        let p = Distribution::from_weights(&weights[..rows]);
        let q = Distribution::from_weights(&weights[20..20 + columns]);
        let (Ok(p), Ok(q)) = (p, q) else { return Ok(()) };
        let costs = DMatrix::from_fn(rows, columns, |i, j| costs[20 * i + j]);
        let solved = optimal_transport(&costs, &p, &q).unwrap();
        check(&costs, &p, &q, &solved);
        let scaled = optimal_transport(&(costs * magnitude), &p, &q).unwrap();
        prop_assert!((scaled.cost / magnitude - solved.cost).abs() <= ROUNDING && (scaled.gap() / magnitude).abs() <= ROUNDING);
    }
}

/// The cheapest of all assignments, by trying every permutation: with equal masses a best plan is one of them (Birkhoff).
#[test]
fn assignments_are_the_best_of_all_permutations() {
    fn best(costs: &DMatrix<f64>, row: usize, free: &mut Vec<usize>) -> f64 {
        let mut least = if free.is_empty() { 0.0 } else { f64::INFINITY };
        for k in 0..free.len() {
            let column = free.swap_remove(k);
            least = f64::min(least, costs[(row, column)] + best(costs, row + 1, free));
            free.push(column);
            let last = free.len() - 1;
            free.swap(k, last);
        }
        least
    }
    let uniform = Distribution::uniform(7).unwrap();
    for case in 0..50 {
        let costs = DMatrix::from_fn(7, 7, |i, j| (((case * 49 + i * 7 + j) as f64) * 0.618_033_988_75).fract());
        let expected = best(&costs, 0, &mut (0..7).collect()) / 7.0;
        let found = optimal_transport(&costs, &uniform, &uniform).unwrap();
        check(&costs, &uniform, &uniform, &found);
        assert!((found.cost - expected).abs() < 1e-14, "{case}: {} {expected}", found.cost);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (p, q) = (Distribution::uniform(2).unwrap(), Distribution::uniform(3).unwrap());
    let costs = |rows, columns, value| DMatrix::from_element(rows, columns, value);
    let shape = TheoryError::Transport(TransportError::CostShape { expected: (2, 3), found: (3, 2) });
    assert_eq!(optimal_transport(&costs(3, 2, 1.0), &p, &q), Err(shape));
    assert!(matches!(
        optimal_transport(&costs(2, 3, f64::NAN), &p, &q),
        Err(TheoryError::Transport(TransportError::CostNotFinite { .. }))
    ));
    assert!(matches!(
        optimal_transport(&costs(2, 3, f64::INFINITY), &p, &q),
        Err(TheoryError::Transport(TransportError::CostNotFinite { .. }))
    ));
    assert!(matches!(
        optimal_transport(&costs(2, 3, -1.0), &p, &q),
        Err(TheoryError::Transport(TransportError::CostNegative { .. }))
    ));
    let three = Metric::discrete(3).unwrap();
    assert!(matches!(wasserstein(&three, &p, &q), Err(TheoryError::SupportMismatch { .. })));
    assert!(matches!(wasserstein(&three, &p, &p), Err(TheoryError::Transport(TransportError::CostShape { .. }))));
    let free = optimal_transport(&costs(2, 3, 0.0), &p, &q).unwrap();
    assert_eq!((free.cost, free.dual), (0.0, 0.0));
    let huge = optimal_transport(&costs(2, 3, f64::MAX), &p, &q).unwrap();
    assert!((huge.cost / f64::MAX - 1.0).abs() < 1e-15);
}

/// Hundreds of points: ties everywhere (a lattice, equal masses), none at all, and one sink for all.
#[test]
fn hundreds_of_outcomes() {
    let n = 400;
    let spread = |i: usize, k: f64| (i as f64 * k).fract();
    let lattice = DMatrix::from_fn(n, 2, |i, k| [i % 20, i / 20][k] as f64);
    let scattered = DMatrix::from_fn(n, 2, |i, k| spread(i + 1, [0.618_033_988_75, 0.414_213_562_37][k]));
    let of = |f: &dyn Fn(usize) -> f64| Distribution::from_weights(&(0..n).map(f).collect::<Vec<_>>()).unwrap();
    let pairs = [
        (of(&|i| f64::from(u8::from(i % 3 == 0))), of(&|i| f64::from(u8::from((7 * i + 3) % 11 < 4)))),
        (of(&|i| spread(i + 3, 0.732_050_807_57)), of(&|i| spread(i + 5, 0.236_067_977_5))),
        (of(&|_| 1.0), Distribution::point_mass(n, 0).unwrap()),
    ];
    for points in [lattice, scattered] {
        let metric = Metric::euclidean(&points).unwrap();
        for (p, q) in &pairs {
            let solved = wasserstein(&metric, p, q).unwrap();
            check(metric.distances(), p, q, &solved.transport);
            assert!(solved.gap().abs() < 1e-12, "{:e}", solved.gap());
        }
    }
}
