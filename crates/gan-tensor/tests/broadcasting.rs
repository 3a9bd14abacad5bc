//! Two operands of any shapes that stretch to each other, against the definition.

use gan_tensor::{Cx, Graph, Shape, Store, Team};
use proptest::prelude::*;

/// The element of `x` that stands at `index` of the common shape.
fn element(x: &[f64], shape: &[usize], index: &[usize]) -> f64 {
    let own = &index[index.len() - shape.len()..];
    x[shape.iter().zip(own).fold(0, |at, (&d, &i)| at * d + if d == 1 { 0 } else { i })]
}

/// A common shape, and two shapes that have each size of it or 1 and may lack leading ones.
fn shapes() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    let dim = (prop_oneof![8 => 1..5usize, 1 => Just(0usize)], 0..4u8);
    (prop::collection::vec(dim, 0..5), 0..3usize, 0..3usize).prop_map(|(dims, cut_a, cut_b)| {
        let one = |keep: bool, d: usize| if keep { d } else { 1 };
        let a: Vec<usize> = dims.iter().map(|&(d, how)| one(how != 1, d)).collect();
        let b: Vec<usize> = dims.iter().map(|&(d, how)| one(how != 2, d)).collect();
        (a[cut_a.min(a.len())..].to_vec(), b[if cut_a > 0 { 0 } else { cut_b.min(b.len()) }..].to_vec())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn follows_the_definition_eagerly_and_in_place((a, b) in shapes()) {
        let shape = |s: &[usize]| Shape::new(s).unwrap();
        let g = Graph::new();
        let (x, y) = (g.input("x", shape(&a)), g.input("y", shape(&b)));
        let eager = x - y;
        // operands that die in the operation, so that the plan may work in place
        let planned = x.affine(1.0, 0.0) - y.affine(1.0, 0.0);
        let numbers = |n: usize, from: f64| (0..n).map(|i| from + (i * i) as f64).collect::<Vec<f64>>();
        let (vx, vy) = (numbers(shape(&a).len(), 1.0), numbers(shape(&b).len(), -0.5));
        let team = Team::serial();
        let cx = Cx::new(&team, 0, 0);
        let none: [&Store<f64>; 0] = [];
        let out = g.eval(&[eager], &none, &[&vx, &vy], &cx).unwrap();
        let mut plan = g.compile::<f64>(&[planned]).unwrap();
        plan.run(&mut [], &[&vx, &vy], &cx).unwrap();
        prop_assert_eq!(plan.output(0), out[0].values());
        let dims = out[0].shape();
        for (k, &found) in out[0].values().iter().enumerate() {
            let mut index = vec![0; dims.rank()];
            let mut rest = k;
            for d in (0..dims.rank()).rev() {
                index[d] = rest % dims[d];
                rest /= dims[d];
            }
            prop_assert_eq!(found, element(&vx, &a, &index) - element(&vy, &b, &index));
        }
    }
}
