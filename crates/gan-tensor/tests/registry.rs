//! Every operation of the registry: plans against the eager reading, `f32` against `f64` on every instruction set,
//! fused operations against their decompositions.

use std::collections::{HashMap, HashSet};

use gan_tensor::ops::{self, Case, Domain};
use gan_tensor::testing::{check_decompositions, check_plan, check_precision, operand};
use gan_tensor::{Cx, Element, Graph, Isa, Pool, Team, Var};

/// The sum of everything, weighted.
fn total<'g>(g: &'g Graph, outs: &[Var<'g>]) -> Var<'g> {
    outs.iter().fold(g.constant(0.0, []), |sum, &o| sum + (o * g.uniform("weights", o.shape(), 0.3, 1.7)).sum())
}

fn plan_of_case<E: Element>(case: &Case, tolerance: f64, name: &str) {
    let g = Graph::new();
    let x: Vec<Var<'_>> = case.operands.iter().enumerate().map(|(i, (s, _))| g.input(&format!("x{i}"), *s)).collect();
    let mut outs = case.build.apply(&x);
    let first = g.grad(total(&g, &outs), &x);
    let second = g.grad(total(&g, &first), &x);
    outs.extend(first);
    outs.extend(second);
    let values: Vec<Vec<E>> = case
        .operands
        .iter()
        .enumerate()
        .map(|(i, (s, d))| operand(*d, s, i as u32).into_iter().map(E::from_f64).collect())
        .collect();
    let inputs: Vec<&[E]> = values.iter().map(|v| &v[..]).collect();
    let team = Team::serial();
    let e = check_plan::<E>(&g, &outs, &[], &inputs, &Cx::new(&team, 3, 4)).unwrap();
    assert!(e.same_bits, "{name} in {}: a plan without fusion must give the eager bits", E::NAME);
    assert!(e.fused <= tolerance, "{name} in {}: fused {:e}", E::NAME, e.fused);
}

#[test]
fn plans_agree_with_the_eager_reading() {
    for entry in ops::ALL {
        for (i, case) in (entry.cases)().iter().enumerate() {
            let name = format!("{} case {i}", entry.name);
            plan_of_case::<f32>(case, 1e-5, &name);
            plan_of_case::<f64>(case, 1e-12, &name);
        }
    }
}

#[test]
fn fused_operations_agree_with_their_decompositions() {
    let mut checked = HashSet::new();
    for entry in ops::ALL {
        for (i, case) in (entry.cases)().iter().enumerate() {
            let Some(e) = check_decompositions(&case.operands, |x| case.build.apply(x)).unwrap() else { continue };
            checked.insert(entry.name);
            assert!(e.values <= 1e-12 && e.first <= 1e-12 && e.second <= 1e-11, "{} case {i}: {e:?}", entry.name);
        }
    }
    for name in ["adam", "momentum", "column_norm", "conv_linear", "linear", "linear_maxout", "logsumexp"] {
        assert!(checked.contains(name), "{name} has a decomposition");
    }
}

const SIZES: [usize; 6] = [0, 1, 7, 31, 33, 333];

/// The case with its different sizes replaced by odd ones, from the `start`-th on.
fn at_odd_sizes(case: &Case, start: usize) -> Case {
    let mut sizes: Vec<usize> = case.operands.iter().flat_map(|(s, _)| s.to_vec()).filter(|&d| d != 1).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let new: HashMap<usize, usize> =
        sizes.iter().enumerate().map(|(k, &d)| (d, SIZES[(start + k + start / 6 * k) % 6])).collect();
    case.resized(|d| new[&d])
}

/// Cases whose sizes hang together in a way that resizing does not know.
fn with_pieces(rows: usize, units: usize, pieces: usize) -> Vec<(&'static str, Case)> {
    fn maxout<'g>(x: &[Var<'g>]) -> Vec<Var<'g>> {
        vec![x[0].maxout(x[0].shape()[1] / x[1].shape()[1].max(1)) * x[1]]
    }
    fn linear_maxout<'g>(x: &[Var<'g>]) -> Vec<Var<'g>> {
        let h = x[0].matmul(x[1]) + x[2];
        vec![h.maxout(h.shape()[1] / x[3].shape()[1].max(1)) * x[3]]
    }
    let real = Domain::Real;
    let wide = pieces * units;
    let (x, y) = (&[rows, wide][..], &[rows, units][..]);
    vec![
        ("maxout", Case::many(&[(x, real), (y, real)], maxout)),
        ("linear_maxout", Case::many(&[(&[rows, 7], real), (&[7, wide], real), (&[wide], real), (y, real)], linear_maxout)),
    ]
}

#[test]
fn single_precision_on_every_instruction_set() {
    let mut pools: Vec<Pool> = Isa::ALL.into_iter().filter(|i| i.is_available()).map(|i| Pool::with_isa(2, i)).collect();
    let mut sizes_of: HashMap<&str, HashSet<usize>> = HashMap::new();
    let mut check = |name: &'static str, case: &Case| {
        let elements: usize = case.operands.iter().map(|(s, _)| s.len()).sum();
        if elements > 400_000 {
            return;
        }
        let g = Graph::new();
        let x: Vec<Var<'_>> = case.operands.iter().enumerate().map(|(i, (s, _))| g.input(&format!("x{i}"), *s)).collect();
        // two sizes that multiply, as those of a kernel and of a picture, may ask for minutes
        if g.compile::<f32>(&case.build.apply(&x)).is_ok_and(|plan| plan.flops() > 20_000_000) {
            return;
        }
        for pool in &mut pools {
            // sizes that a build has in it do not fit: such a case is checked at its own size only
            let Ok(e) = check_precision(pool, &case.operands, |x| case.build.apply(x)) else { return };
            let shapes: Vec<_> = case.operands.iter().map(|o| o.0).collect();
            assert!(e <= 1e-5, "{name} at {shapes:?} on {}: {e:e}", pool.isa());
        }
        sizes_of.entry(name).or_default().extend(case.operands.iter().flat_map(|(s, _)| s.to_vec()));
    };
    for entry in ops::ALL {
        for case in (entry.cases)() {
            check(entry.name, &case);
            (0..12).for_each(|start| check(entry.name, &at_odd_sizes(&case, start)));
        }
    }
    for (rows, units, pieces) in [(0, 7, 5), (1, 1, 1), (7, 31, 3), (31, 333, 5), (33, 33, 2), (333, 7, 7), (7, 0, 5)] {
        with_pieces(rows, units, pieces).iter().for_each(|(name, case)| check(name, case));
    }
    for entry in ops::ALL {
        let seen = &sizes_of[entry.name];
        for size in SIZES {
            assert!(seen.contains(&size), "{} was not checked at size {size}", entry.name);
        }
    }
}
