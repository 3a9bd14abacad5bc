//! What a plan writes to its stores: in place where it may, with a copy where it must.

mod common;

use common::{store, uniform};
use gan_tensor::testing::check_plan;
use gan_tensor::{Cx, Graph, Param, Plan, Store, Team, Var};

const N: usize = 12;

fn params<const K: usize>(g: &Graph) -> [Var<'_>; K] {
    std::array::from_fn(|slot| g.param(Param { store: 0, slot }, [3, 4]))
}

/// Compares with the eager reading and returns the plan, and the store before and after one run on `x = inputs`.
fn run<'g>(g: &'g Graph, outputs: &[Var<'g>], inputs: usize) -> (Plan<f64>, Store<f64>, Store<f64>) {
    let before: Store<f64> = store(&[N; 4]);
    let x: Vec<Vec<f64>> = (0..inputs).map(|i| uniform(N, i as u32)).collect();
    let x: Vec<&[f64]> = x.iter().map(|x| &x[..]).collect();
    let team = Team::serial();
    let cx = Cx::new(&team, 1, 2);
    let e = check_plan(g, outputs, std::slice::from_ref(&before), &x, &cx).unwrap();
    assert!(e.same_bits && e.fused <= 1e-12, "{e:?}\n{g:?}");
    let mut after = before.clone();
    let mut plan = g.compile(outputs).unwrap();
    plan.run(&mut [&mut after], &x, &cx).unwrap();
    (plan, before, after)
}

fn ops(plan: &Plan<f64>) -> Vec<(&'static str, bool)> {
    plan.steps().map(|s| (s.op, s.in_place)).collect()
}

#[test]
fn a_weight_and_its_velocity_are_updated_in_place() {
    let g = Graph::new();
    let [w, v] = params(&g);
    let step = g.momentum(w, v, g.input("g", [3, 4]), g.constant(0.1, []), g.constant(0.5, []), false);
    g.write(w, step.weight);
    g.write(v, step.velocity);
    let (plan, before, after) = run(&g, &[], 1);
    assert_eq!(ops(&plan).last(), Some(&("momentum", true)));
    // two constants and the squared change: no copy of either parameter
    assert_eq!(plan.memory(), 3 * size_of::<f64>());
    let (w, w2, v2) = (before.get(0).unwrap(), after.get(0).unwrap(), after.get(1).unwrap());
    assert!((0..N).all(|i| w2[i] == w[i] + v2[i]));
}

#[test]
fn a_chain_of_operations_works_in_the_parameter() {
    let g = Graph::new();
    let [p] = params(&g);
    g.write(p, (p * 0.5).tanh().exp() + g.constant(1.0, []));
    let (plan, ..) = run(&g, &[], 0);
    assert!(ops(&plan).iter().filter(|s| s.0 != "constant").all(|s| s.1), "{:?}", ops(&plan));
    assert_eq!(plan.memory(), size_of::<f64>());
}

#[test]
fn a_view_of_the_parameter_is_no_obstacle() {
    let g = Graph::new();
    let [p] = params(&g);
    g.write(p, (p.reshape([N]).detach() * 2.0).reshape([2, 6]).tanh().reshape([3, 4]));
    let (plan, ..) = run(&g, &[], 0);
    assert_eq!((ops(&plan), plan.memory()), (vec![("affine", true), ("tanh", true)], 0));
}

#[test]
fn an_old_value_that_is_read_later_is_kept() {
    let g = Graph::new();
    let [p] = params(&g);
    let new = p * 2.0;
    g.write(p, new);
    let later = (new + p).sum(); // reads the old value after the new one exists
    let (plan, before, after) = run(&g, &[later], 0);
    assert!(!plan.steps().any(|s| s.op == "affine" && s.in_place));
    assert!(plan.memory() >= N * size_of::<f64>());
    let (old, new) = (before.get(0).unwrap(), after.get(0).unwrap());
    assert!((0..N).all(|i| new[i] == 2.0 * old[i]));
    let sum: f64 = old.iter().sum();
    assert!((plan.output(0)[0] - 3.0 * sum).abs() < 1e-12);
}

#[test]
fn an_average_reads_the_new_value() {
    let g = Graph::new();
    let [w, average] = params(&g);
    let new = w - g.input("g", [3, 4]);
    g.write(w, new);
    g.write(average, average * 0.75 + new * 0.25);
    let (_, before, after) = run(&g, &[], 1);
    let (old, w, average) = (before.get(1).unwrap(), after.get(0).unwrap(), after.get(1).unwrap());
    assert!((0..N).all(|i| average[i] == old[i] * 0.75 + w[i] * 0.25));
}

#[test]
fn parameters_are_swapped_and_rotated() {
    let g = Graph::new();
    let [a, b, c] = params(&g);
    g.write(a, b);
    g.write(b, c.reshape([N]).reshape([3, 4]));
    g.write(c, a);
    let (_, before, after) = run(&g, &[], 0);
    for (to, from) in [(0, 1), (1, 2), (2, 0)] {
        assert_eq!(after.get(to), before.get(from));
    }
}

#[test]
fn a_target_follows_the_old_value_while_the_weight_moves_in_place() {
    let g = Graph::new();
    let [target, w] = params(&g);
    g.write(target, w);
    g.write(w, w * 2.0);
    let (plan, before, after) = run(&g, &[], 0);
    assert_eq!(ops(&plan), [("copy", false), ("affine", true)]);
    assert_eq!(after.get(0), before.get(1));
    assert_eq!(after.get(1).unwrap()[0], 2.0 * before.get(1).unwrap()[0]);
}

#[test]
fn one_value_is_written_to_two_parameters() {
    let g = Graph::new();
    let [a, b, c] = params(&g);
    let sum = a + b; // may lie in either, not in both
    g.write(a, sum);
    g.write(b, sum);
    g.write(c, c);
    let (plan, before, after) = run(&g, &[sum], 0);
    let sum: Vec<f64> = before.get(0).unwrap().iter().zip(before.get(1).unwrap()).map(|(a, b)| a + b).collect();
    assert!([after.get(0), after.get(1)].iter().all(|x| *x == Some(&sum[..])) && after.get(2) == before.get(2));
    assert_eq!(plan.output(0), sum);
}

#[test]
fn both_operands_in_parameters_that_change() {
    let g = Graph::new();
    let [a, b] = params(&g);
    g.write(a, a + b);
    g.write(b, a - b);
    let (_, before, after) = run(&g, &[], 0);
    let (a, b) = (before.get(0).unwrap(), before.get(1).unwrap());
    assert!((0..N).all(|i| after.get(0).unwrap()[i] == a[i] + b[i] && after.get(1).unwrap()[i] == a[i] - b[i]));
}

#[test]
fn unrolled_steps_write_the_last_value_and_differentiate_through_all() {
    let g = Graph::new();
    let [w] = params(&g);
    let x = g.input("x", [3, 4]);
    let mut now = w;
    for _ in 0..3 {
        let loss = (now * x).tanh().square().sum();
        now = now - g.grad(loss, &[now])[0] * 0.1;
    }
    g.write(w, now);
    let through = g.grad((now * x).sum(), &[w, x]);
    let (plan, before, after) = run(&g, &[through[0], through[1], now], 1);
    assert_eq!(plan.output(2), after.get(0).unwrap());
    // by differences, in one component
    let team = Team::serial();
    let x: Vec<f64> = uniform(N, 0);
    let value = |d: f64| {
        let mut s = before.clone();
        s.get_mut(0).unwrap()[5] += d;
        g.eval(&[(now * g.constant(1.0, [])).reshape([N])], &[&s], &[&x], &Cx::new(&team, 1, 2)).unwrap()[0].values().to_vec()
    };
    let (up, down) = (value(1e-5), value(-1e-5));
    let difference: f64 = (0..N).map(|i| (up[i] - down[i]) * x[i]).sum::<f64>() / 2e-5;
    assert!((plan.output(0)[5] - difference).abs() < 1e-8);
}

#[test]
fn outputs_may_be_inputs_parameters_views_and_each_other() {
    let g = Graph::new();
    let [p, q] = params(&g);
    let x = g.input("x", [3, 4]);
    let y = x + p;
    g.write(p, y.tanh());
    let outputs = [x, p, q, y, y, y.reshape([N]), x.reshape([4, 3]), p.detach(), y.tanh()];
    let (plan, before, after) = run(&g, &outputs, 1);
    let x: Vec<f64> = uniform(N, 0);
    for i in [0, 6] {
        assert_eq!(plan.output(i), x);
    }
    for i in [1, 7] {
        assert_eq!(plan.output(i), before.get(0).unwrap(), "the value from before the run");
    }
    assert_eq!(plan.output(2), after.get(1).unwrap());
    assert_eq!(plan.output(3), plan.output(5));
    assert_eq!(plan.output_shape(5)[..], [N]);
}

#[test]
fn buffers_are_reused() {
    let g = Graph::new();
    let mut y = g.input("x", [1000]);
    for _ in 0..20 {
        y = y.tanh() * g.uniform("factor", [1000], 0.5, 1.5);
    }
    let plan = g.compile::<f32>(&[y]).unwrap();
    assert_eq!(plan.memory(), 2 * 4000, "one value and one factor at a time");
}

#[test]
fn stores_and_inputs_that_do_not_fit_change_nothing() {
    let g = Graph::new();
    let [p, q] = params(&g);
    g.write(p, p * 2.0);
    g.write(q, q + g.input("x", [3, 4]));
    let mut plan = g.compile::<f64>(&[]).unwrap();
    let (good, short): (Store<f64>, Store<f64>) = (store(&[N; 2]), store(&[N, 3]));
    let x = [0.0; N];
    let team = Team::serial();
    let cx = Cx::new(&team, 0, 0);
    let mut check = |s: &Store<f64>, x: &[&[f64]], says: &str| {
        let mut after = s.clone();
        let e = plan.run(&mut [&mut after], x, &cx).unwrap_err().to_string();
        assert!(e.contains(says), "{e}");
        assert!((0..s.len()).all(|i| s.get(i) == after.get(i)));
    };
    check(&good, &[], "input 0 (`x`) holds 12 values, found 0");
    check(&good, &[&x[..5]], "input 0 (`x`) holds 12 values, found 5");
    check(&short, &[&x], "parameter 1 of store 0 holds 12 values, found 3");
    assert!(plan.run(&mut [], &[&x], &cx).is_err());
}
