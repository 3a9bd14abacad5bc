//! Parameters that are kept as panels of columns: the same results as from row-major ones, updated where they lie.

mod common;

use common::{store, training_inputs, training_step_with, uniform};
use gan_kernels::panels;
use gan_tensor::ops::AdamConstants;
use gan_tensor::testing::{check_plan, distance};
use gan_tensor::{Cx, Element, Graph, Param, Plan, PlanOptions, Pool, Store, Team, Var};

/// Two whole panels and a narrow one.
const SHAPE: [usize; 2] = [5, 70];
const N: usize = SHAPE[0] * SHAPE[1];

fn params<const K: usize>(g: &Graph) -> [Var<'_>; K] {
    std::array::from_fn(|slot| g.packed_param(Param { store: 0, slot }, SHAPE))
}

/// As [`params`], row-major.
fn plain<const K: usize>(g: &Graph) -> [Var<'_>; K] {
    std::array::from_fn(|slot| g.param(Param { store: 0, slot }, SHAPE))
}

/// The store with its matrices in the other order.
fn repacked<E: Element>(from: &Store<E>, shapes: &[(usize, [usize; 2])], pack: bool) -> Store<E> {
    let (mut to, team) = (from.clone(), Team::serial());
    for &(slot, [k, n]) in shapes {
        let f = if pack { panels::pack::<E> } else { panels::unpack::<E> };
        f(&team, k, n, from.get(slot).unwrap(), to.get_mut(slot).unwrap());
    }
    to
}

/// Compares with the eager reading, and both orders with each other; returns the plan on packed parameters.
fn run<const K: usize>(trace: impl for<'g> Fn(&'g Graph, [Var<'g>; K]) -> Vec<Var<'g>>) -> Plan<f64> {
    let team = Team::serial();
    let cx = Cx::new(&team, 1, 2);
    let x = uniform::<f64>(N, 0);
    let shapes: Vec<_> = (0..K).map(|i| (i, SHAPE)).collect();
    let start = store::<f64>(&[N; K]);
    let (g, h) = (Graph::new(), Graph::new());
    let (outs, expected) = (trace(&g, params(&g)), trace(&h, plain(&h)));
    let mut packed = repacked(&start, &shapes, true);
    let e = check_plan(&g, &outs, std::slice::from_ref(&packed), &[&x], &cx).unwrap();
    assert!(e.same_bits && e.fused <= 1e-12, "{e:?}\n{g:?}");
    for fuse in [false, true] {
        let mut plan = g.compile_with::<f64>(&outs, PlanOptions { fuse }).unwrap();
        let mut row_major = h.compile_with::<f64>(&expected, PlanOptions { fuse }).unwrap();
        let (mut a, mut b) = (packed.clone(), start.clone());
        plan.run(&mut [&mut a], &[&x], &cx).unwrap();
        row_major.run(&mut [&mut b], &[&x], &cx).unwrap();
        let a = repacked(&a, &shapes, false);
        assert!((0..K).all(|i| a.get(i) == b.get(i)), "only the order differs (fuse {fuse})");
        (0..outs.len()).for_each(|i| assert!(distance(plan.output(i), row_major.output(i)) <= 1e-14, "output {i}"));
    }
    let mut plan = g.compile::<f64>(&outs).unwrap();
    plan.run(&mut [&mut packed], &[&x], &cx).unwrap();
    plan
}

fn ops(plan: &Plan<f64>) -> Vec<(&'static str, bool)> {
    plan.steps().filter(|s| s.op != "constant").map(|s| (s.op, s.in_place)).collect()
}

#[test]
fn momentum_works_where_the_parameters_lie_and_packs_the_gradient_only() {
    let plan = run(|g, [w, v]| {
        let step = g.momentum(w, v, g.input("x", SHAPE), g.constant(0.1, []), g.constant(0.5, []), true);
        g.write(w, step.weight);
        g.write(v, step.velocity);
        vec![step.squared_change]
    });
    assert_eq!(ops(&plan), [("pack", false), ("momentum", true)]);
    assert_eq!(plan.memory(), (N + 3) * size_of::<f64>(), "the packed gradient and three numbers");
}

#[test]
fn the_sum_of_two_gradients_is_packed_and_not_both() {
    let plan = run(|g, [w, v]| {
        let x = g.input("x", SHAPE);
        let gradient = x.matmul(x.t().matmul(x)) + x.dropout(0.5, "gradient");
        let step = g.momentum(w, v, gradient, g.constant(0.1, []), g.constant(0.5, []), false);
        g.write(w, step.weight);
        g.write(v, step.velocity);
        vec![step.squared_change]
    });
    assert_eq!(ops(&plan).iter().filter(|(op, _)| *op == "pack").count(), 1, "{:?}", ops(&plan));
}

#[test]
fn adam_with_a_bound_an_average_and_weight_decay() {
    let plan = run(|g, [w, m, v, average]| {
        let gradient = g.input("x", SHAPE) * 0.3 + w * 0.01;
        let constants = AdamConstants { beta1: 0.5, beta2: 0.9, epsilon: 1e-3 };
        let one = g.constant(0.5, []);
        let step = g.adam([w, m, v.square(), gradient], one, [one, one], constants);
        let bounded = step.weight.max_column_norm(1.2);
        g.write(w, bounded);
        g.write(m, step.first);
        g.write(v, step.second);
        g.write(average, average * 0.9 + bounded * 0.1);
        vec![w.square().sum(), step.squared_change]
    });
    let ops = ops(&plan);
    assert!(!ops.iter().any(|s| s.0 == "unpack"), "{ops:?}");
    assert_eq!(ops.iter().filter(|s| s.0 == "pack").count(), 1, "{ops:?}");
    assert!(ops.contains(&("adam", true)) && ops.contains(&("packed_max_column_norm", true)), "{ops:?}");
}

#[test]
fn a_clip_by_the_norm_packs_the_gradient_where_it_is_made() {
    let plan = run(|g, [w, v]| {
        let x = g.input("x", SHAPE);
        let gradient = g.grad(w.matmul(x.t()).tanh().sum(), &[w])[0];
        let factor = 1.0 / gradient.square().sum().maximum(g.constant(0.1, [])).sqrt();
        let step = g.momentum(w, v, gradient * factor, g.constant(0.1, []), g.constant(0.5, []), false);
        g.write(w, step.weight);
        g.write(v, step.velocity);
        vec![factor]
    });
    let ops = ops(&plan);
    let at = ops.iter().position(|s| s.0 == "pack").unwrap();
    assert_eq!(ops[at - 1].0, "matmul", "{ops:?}");
    assert_eq!(ops.iter().filter(|s| s.0 == "pack").count(), 1, "{ops:?}");
    assert_eq!(ops.last(), Some(&("momentum", true)));
}

#[test]
fn values_that_are_needed_row_major_too() {
    // the new weight is an output, the old one is read by a product and by a sum of rows
    run(|g, [w, v]| {
        let x = g.input("x", SHAPE);
        let step = g.momentum(w, v, x, g.constant(0.1, []), g.constant(0.5, []), false);
        g.write(w, step.weight);
        g.write(v, step.velocity);
        vec![step.weight, w.matmul(x.t()), w.sum_axes(&[0]), w, step.weight.matmul(step.velocity.t())]
    });
}

#[test]
fn swapped_rotated_copied_and_kept() {
    let plan = run(|g, [a, b, c, d]| {
        g.write(a, b);
        g.write(b, c.detach());
        g.write(c, a);
        g.write(d, d);
        Vec::new()
    });
    assert!(!ops(&plan).iter().any(|s| s.0.ends_with("pack")), "{:?}", ops(&plan));
    run(|g, [a, b, c]| {
        let x = g.input("x", SHAPE);
        g.write(a, x);
        g.write(b, x);
        g.write(c, c.reshape([N]).reshape([SHAPE[1], SHAPE[0]]).t() + x);
        vec![x, c]
    });
    run(|g, [a, b, c]| {
        let sum = a + b;
        g.write(a, sum);
        g.write(b, sum);
        g.write(c, a * g.input("x", SHAPE) + g.uniform("noise", SHAPE, 0.0, 1.0));
        vec![sum]
    });
}

#[test]
fn both_orders_beside_each_other() {
    let g = Graph::new();
    let w = g.packed_param(Param { store: 0, slot: 0 }, SHAPE);
    let v = g.param(Param { store: 0, slot: 1 }, SHAPE);
    let new = w * 0.5 + v;
    g.write(w, new);
    g.write(v, new);
    let team = Team::serial();
    let cx = Cx::new(&team, 1, 2);
    let start = repacked(&store::<f64>(&[N; 2]), &[(0, SHAPE)], true);
    let e = check_plan(&g, &[], std::slice::from_ref(&start), &[], &cx).unwrap();
    assert!(e.same_bits && e.fused <= 1e-15);
    let (mut plan, mut after) = (g.compile::<f64>(&[]).unwrap(), start);
    plan.run(&mut [&mut after], &[], &cx).unwrap();
    let after = repacked(&after, &[(0, SHAPE)], false);
    assert_eq!(after.get(0), after.get(1));
}

#[test]
fn faults_surface() {
    let place = Param { store: 0, slot: 0 };
    let g = Graph::new();
    g.packed_param(place, [3, 4, 5]);
    assert!(g.check().unwrap_err().to_string().contains("only a matrix is kept as panels"));
    let g = Graph::new();
    g.packed_param(place, SHAPE);
    assert!(g.check().is_ok());
    g.param(place, SHAPE);
    assert!(g.check().unwrap_err().to_string().contains("slot 0 of store 0 was traced both packed and row-major"));
}

/// Three training steps on weights in either order: losses, and the store in row-major order.
fn train(packed: bool, threads: usize, fuse: bool) -> (Vec<f32>, Store<f32>) {
    let g = Graph::new();
    let sizes = [333, 200, 60, 10];
    let (outs, t) = training_step_with(&g, 97, sizes, packed);
    let matrices: Vec<(usize, [usize; 2])> = t.matrices(sizes);
    let mut plan = g.compile_with::<f32>(&outs, PlanOptions { fuse }).unwrap();
    let mut store: Store<f32> = store(&t.slots);
    if packed {
        store = repacked(&store, &matrices, true);
    }
    let inputs = training_inputs::<f32>(&t);
    let inputs: Vec<&[f32]> = inputs.iter().map(|v| &v[..]).collect();
    let mut losses = Vec::new();
    for draw in 0..3 {
        Pool::new(threads).region(|team| plan.run(&mut [&mut store], &inputs, &Cx::new(team, 42, draw))).unwrap();
        losses.extend((0..outs.len()).map(|i| plan.output(i)[0]));
    }
    (losses, if packed { repacked(&store, &matrices, false) } else { store })
}

#[test]
fn training_gives_the_same_weights_in_either_order() {
    for fuse in [false, true] {
        let (plain, packed) = (train(false, 2, fuse), train(true, 2, fuse));
        assert!(distance(&packed.0, &plain.0) <= 1e-5, "{:?} instead of {:?}", packed.0, plain.0);
        for slot in 0..plain.1.len() {
            let (found, expected) = (packed.1.get(slot).unwrap(), plain.1.get(slot).unwrap());
            assert!(distance(found, expected) <= 1e-5, "slot {slot}, fuse {fuse}");
        }
        if !fuse {
            assert!(plain.0 == packed.0 && (0..plain.1.len()).all(|i| plain.1.get(i) == packed.1.get(i)));
        }
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let bits = |threads| {
        let (losses, store) = train(true, threads, true);
        let all = losses.into_iter().chain((0..store.len()).flat_map(|i| store.get(i).unwrap().to_vec()));
        all.map(f32::to_bits).collect::<Vec<_>>()
    };
    let one = bits(1);
    assert!(bits(2) == one && bits(3) == one);
}
