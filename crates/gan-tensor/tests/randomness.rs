//! Random operations: fresh numbers in every run, the same row whatever the batch, one mask for both directions.

use gan_tensor::{Cx, Element, Graph, Team, Tensor, Var, derive};

fn draw<E: Element>(g: &Graph, outs: &[Var<'_>], seed: u64, draw: u32) -> Vec<Tensor<E>> {
    let team = Team::serial();
    g.eval(outs, &[], &[], &Cx::new(&team, seed, draw)).unwrap()
}

fn all<'g>(g: &'g Graph, rows: usize) -> Vec<Var<'g>> {
    let shape = [rows, 37];
    vec![
        g.normal("normal", shape),
        g.uniform("uniform", shape, -1.0, 3.0),
        g.bernoulli("bernoulli", shape, 0.3),
        g.constant(1.0, shape).dropout(0.5, "dropout"),
    ]
}

#[test]
fn draws_seeds_and_streams_differ_and_repeat() {
    let g = Graph::new();
    let outs = all(&g, 20);
    let first = draw::<f32>(&g, &outs, 1, 0);
    for (seed, number) in [(1, 1), (2, 0), (derive(1, "sampling"), 0)] {
        for (a, b) in first.iter().zip(draw::<f32>(&g, &outs, seed, number)) {
            let same = a.values().iter().zip(b.values()).filter(|(a, b)| a == b).count();
            assert!(same < 20 * 37 * 3 / 4, "{same} of {} numbers repeat", 20 * 37);
        }
    }
    assert!(first.iter().zip(draw::<f32>(&g, &outs, 1, 0)).all(|(a, b)| a.values() == b.values()));
    let others = all(&g, 20); // the same names again: streams of their own
    assert!(first.iter().zip(draw::<f32>(&g, &others, 1, 0)).all(|(a, b)| a.values() != b.values()));
}

#[test]
fn a_row_does_not_depend_on_the_size_of_the_batch() {
    let rows = |n: usize| {
        let g = Graph::new();
        let values = draw::<f32>(&g, &all(&g, n), 3, 4);
        values.iter().map(|t| t.values()[..5 * 37].to_vec()).collect::<Vec<_>>()
    };
    let five = rows(5);
    assert!(rows(6) == five && rows(64) == five && rows(1000) == five);
}

#[test]
fn both_element_types_draw_the_same() {
    let g = Graph::new();
    let outs = all(&g, 50);
    for (a, b) in draw::<f32>(&g, &outs, 3, 4).iter().zip(draw::<f64>(&g, &outs, 3, 4)) {
        assert!(gan_tensor::testing::distance(a.values(), b.values()) < 1e-6);
    }
}

#[test]
fn moments_are_the_distribution_s() {
    let g = Graph::new();
    let n = 200_000;
    let (z, u, b) = (g.normal("z", [n / 100, 100]), g.uniform("u", [n], -1.0, 3.0), g.bernoulli("b", [n / 10, 10], 0.3));
    let d = g.constant(1.0, [n / 50, 50]).dropout(0.8, "d");
    let outs = [z, u, b, d].map(|x| [x.mean(), x.square().mean()]).concat();
    let m: Vec<f64> = draw::<f64>(&g, &outs, 9, 9).iter().map(|t| t.values()[0]).collect();
    // five standard errors of a mean of 200,000
    for (k, expected) in [0.0, 1.0, 1.0, 7.0 / 3.0, 0.3, 0.3, 1.0, 1.25].into_iter().enumerate() {
        assert!((m[k] - expected).abs() < 5.0 * 3.0 / (n as f64).sqrt(), "moment {k}: {} against {expected}", m[k]);
    }
    let certain = [g.bernoulli("never", [100], 0.0).max(), g.bernoulli("always", [100], 1.0).sum()];
    assert_eq!(draw::<f32>(&g, &certain, 0, 0).iter().map(|t| t.values()[0]).collect::<Vec<_>>(), [0.0, 100.0]);
}

#[test]
fn dropout_goes_back_through_the_mask_it_went_forward_through() {
    let g = Graph::new();
    let x = g.uniform("x", [31, 33], 1.0, 2.0);
    let y = x.dropout(0.4, "hidden");
    let dx = g.grad(y, &[x])[0];
    let outs = [x, y, dx];
    let mut plan = g.compile::<f32>(&outs).unwrap();
    let team = Team::serial();
    let mut kept = 0;
    for number in 0..3 {
        let e = draw::<f32>(&g, &outs, 5, number);
        plan.run(&mut [], &[], &Cx::new(&team, 5, number)).unwrap();
        assert!(e.iter().enumerate().all(|(i, e)| plan.output(i) == e.values()));
        for ((x, y), d) in e[0].values().iter().zip(e[1].values()).zip(e[2].values()) {
            assert!((*y == 0.0 && *d == 0.0) || (*d == 2.5 && (y - 2.5 * x).abs() < 1e-5));
            kept += usize::from(*d > 0.0);
        }
    }
    let share = kept as f64 / (3 * 31 * 33) as f64;
    assert!((share - 0.4).abs() < 0.05, "{share} kept");
}
