//! Updates that take the products of their gradient: what a plan puts together, and that it computes the same.

mod common;

use common::{store, uniform};
use gan_tensor::ops::AdamConstants;
use gan_tensor::testing::check_plan;
use gan_tensor::{Cx, Element, Graph, Param, PlanOptions, Shape, Team, Var};

/// Rows, columns, and terms of each product.
const M: usize = 40;
const N: usize = 70;
const DEPTHS: [usize; 4] = [9, 5, 1, 12];
const CONSTANTS: AdamConstants = AdamConstants { beta1: 0.5, beta2: 0.9, epsilon: 0.1 };

struct Case {
    products: usize,
    packed: bool,
    /// Whether the gradient is also read by something else.
    used_again: bool,
    /// Whether the bias is updated before the weight.
    bias_first: bool,
}

/// A step of Adam for a weight `[M, N]` whose gradient is the sum of the products, and of a bias.
fn step<'g>(g: &'g Graph, case: &Case) -> Vec<Var<'g>> {
    let p = |slot, shape: &[usize]| g.param(Param { store: 0, slot }, Shape::new(shape).unwrap());
    let matrix = |slot| if case.packed { g.packed_param(Param { store: 0, slot }, [M, N]) } else { p(slot, &[M, N]) };
    let weights = [matrix(0), matrix(1), matrix(2)];
    let bias = [p(3, &[N]), p(4, &[N]), p(5, &[N])];
    let first = weights[0];
    let loss = (0..case.products).map(|i| {
        let (x, y) = (g.input(&format!("x{i}"), [DEPTHS[i], M]), g.input(&format!("y{i}"), [DEPTHS[i], N]));
        let h = x.matmul(first);
        (if i == 0 { h + bias[0] } else { h }.square() * y).sum()
    });
    let loss = loss.reduce(|a, b| a + b).unwrap();
    let [gradient, sums] = g.grad(loss, &[first, bias[0]])[..] else { panic!("two gradients") };
    let rates = [g.constant(0.5, []), g.constant(0.1, [])];
    let adam = |[w, m, v]: [Var<'g>; 3], gradient| {
        let step = g.adam([w, m, v.square(), gradient], g.constant(0.01, []), rates, CONSTANTS);
        [step.weight, step.first, step.second, step.squared_change]
    };
    let (new, new_bias) = if case.bias_first {
        let new_bias = adam(bias, sums);
        (adam(weights, gradient), new_bias)
    } else {
        (adam(weights, gradient), adam(bias, sums))
    };
    (0..3).for_each(|i| g.write(weights[i], new[i]));
    (0..3).for_each(|i| g.write(bias[i], new_bias[i]));
    let again = case.used_again.then(|| gradient.square().sum());
    [loss, new[3], new_bias[3]].into_iter().chain(again).collect()
}

fn agrees<E: Element>(case: &Case, tolerance: f64) {
    let g = Graph::new();
    let outs = step(&g, case);
    let stores = [store::<E>(&[M * N, M * N, M * N, N, N, N])];
    let inputs: Vec<_> = (0..case.products)
        .flat_map(|i| [uniform::<E>(DEPTHS[i] * M, 2 * i as u32), uniform::<E>(DEPTHS[i] * N, 2 * i as u32 + 1)])
        .collect();
    let inputs: Vec<_> = inputs.iter().map(|x| &x[..]).collect();
    let team = Team::serial();
    let e = check_plan(&g, &outs, &stores, &inputs, &Cx::new(&team, 1, 2)).unwrap();
    assert!(e.same_bits && e.fused <= tolerance, "{e:?}");
}

/// How often each of some operations is left in the plan.
fn count(case: &Case, ops: [&str; 4]) -> [usize; 4] {
    let g = Graph::new();
    let outs = step(&g, case);
    let plan = g.compile_with::<f32>(&outs, PlanOptions { fuse: true }).unwrap();
    ops.map(|op| plan.steps().filter(|s| s.op == op).count())
}

const OPS: [&str; 4] = ["matmul+adam", "matmul", "add", "sum"];

#[test]
fn the_products_of_a_gradient_are_summed_on_the_way_and_give_the_gradient_of_the_bias() {
    for products in 1..=4 {
        for packed in [false, true] {
            let case = Case { products, packed, used_again: false, bias_first: false };
            // each term of the loss is a sum, all of them are added up; the weight's first product adds a bias
            let [updates, products_apart, adds, sums] = count(&case, OPS);
            assert_eq!((updates, products_apart), (1, products - 1), "{products} products, packed: {packed}");
            assert_eq!((adds, sums), (products - 1, products), "{products} products, packed: {packed}");
            agrees::<f32>(&case, 1e-5);
            agrees::<f64>(&case, 1e-12);
        }
    }
}

#[test]
fn what_is_needed_elsewhere_stays_apart() {
    let case = Case { products: 2, packed: false, used_again: true, bias_first: false };
    assert_eq!(count(&case, OPS)[..2], [0, 3]);
    agrees::<f64>(&case, 1e-12);
    // the gradient of the bias is needed before
    let after = Case { products: 2, packed: true, used_again: false, bias_first: false };
    let case = Case { bias_first: true, ..after };
    let [sums, one_more] = [&after, &case].map(|case| count(case, OPS)[3]);
    assert_eq!((count(&case, OPS)[0], one_more), (1, sums + 1));
    agrees::<f64>(&case, 1e-12);
}
