//! Random graphs out of the registry's operations and layers: plans against the eager reading.

mod common;

use common::{Choices, store, uniform};
use gan_tensor::ops::{self, Case, Domain};
use gan_tensor::testing::check_plan;
use gan_tensor::{Cx, Element, Graph, Param, PlanOptions, Shape, Team, Var};

/// Sizes of the parameters; the last two, of one shape, are swapped now and then.
const PARAMS: [&[usize]; 8] = [&[3, 5], &[5], &[5, 5], &[5, 10], &[10], &[3, 5], &[4, 3], &[4, 3]];

struct Builder<'g> {
    g: &'g Graph,
    choose: Choices,
    cases: Vec<Case>,
    /// Values, and how many operations ago they were bounded.
    pool: Vec<(Var<'g>, usize)>,
    inputs: Vec<(Shape, Domain)>,
    params: Vec<Var<'g>>,
}

impl<'g> Builder<'g> {
    fn input(&mut self, shape: Shape, domain: Domain) -> Var<'g> {
        self.inputs.push((shape, domain));
        self.g.input(&format!("x{}", self.inputs.len()), shape)
    }

    /// A value of this shape: one of the pool where there is one, most of the time.
    fn value(&mut self, shape: Shape, domain: Domain) -> Var<'g> {
        if let Domain::Index(_) = domain {
            return self.input(shape, domain);
        }
        let fitting: Vec<(Var<'g>, usize)> = self.pool.iter().copied().filter(|(v, _)| v.shape() == shape).collect();
        let v = if fitting.is_empty() || self.choose.chance(10) {
            self.input(shape, Domain::Real)
        } else {
            // the younger half is preferred, so that graphs grow deep
            let from = if self.choose.chance(60) { fitting.len() / 2 } else { 0 };
            let (v, depth) = fitting[from + self.choose.below(fitting.len() - from)];
            if depth > 1 { v.tanh() } else { v }
        };
        if domain == Domain::Positive { v.sigmoid() * 1.5 + 0.5 } else { v }
    }

    fn operation(&mut self) {
        let case = self.cases[self.choose.below(self.cases.len())].clone();
        let x: Vec<Var<'g>> = case.operands.iter().map(|&(s, d)| self.value(s, d)).collect();
        let outs = case.build.apply(&x);
        self.pool.extend(outs.into_iter().map(|o| (o, 2)));
    }

    /// `activation(h w + b)` or `maxout(h w + b)` on the [3, 5] values.
    fn layer(&mut self) {
        let h = self.value([3, 5].into(), Domain::Real);
        let wide = self.choose.chance(30);
        let (w, b) = if wide { (self.params[3], self.params[4]) } else { (self.params[2], self.params[1]) };
        let mut z = h.matmul(w);
        if self.choose.chance(80) {
            z = if self.choose.chance(50) { z + b } else { b + z };
        }
        let y = match self.choose.below(8) {
            _ if wide => z.maxout(2),
            0 => z.relu(),
            1 => z.leaky_relu(0.2),
            2 => z.tanh(),
            3 => z.sigmoid(),
            4 => z.softplus(),
            5 => z.reshape([15]).reshape([3, 5]),
            6 => z.relu().dropout(0.5, "hidden"),
            _ => z,
        };
        self.pool.push((y, 2));
        if self.choose.chance(20) {
            self.pool.push((z, 2));
        }
    }

    fn gradient(&mut self) {
        let y = self.pool[self.choose.below(self.pool.len())].0.tanh().sum();
        let x = self.pool[self.choose.below(self.pool.len())].0;
        let p = self.params[self.choose.below(PARAMS.len())];
        let grads = self.g.grad(y, &[x, p]);
        self.pool.extend(grads.into_iter().map(|g| (g, 2)));
    }

    fn write(&mut self, i: usize) {
        let p = self.params[i];
        let q = self.value(p.shape(), Domain::Real);
        let value = match self.choose.below(6) {
            0 => p * 0.9 + q * 0.1,
            1 => p - q.tanh() * 0.1,
            2 => q.tanh(),
            3 => p.reshape([p.shape().len()]).tanh().reshape(p.shape()),
            4 => p,
            _ => {
                let other = if i > 5 { self.params[13 - i] } else { p };
                other.detach()
            }
        };
        self.g.write(p, value);
        if self.choose.chance(30) {
            self.pool.push((value, 2)); // used again after the write
        }
        if self.choose.chance(20) {
            self.pool.push((p, 2)); // as is the old value
        }
    }
}

fn random_graph<E: Element>(seed: u64, tolerance: f64, fused: &mut Vec<String>) {
    let g = Graph::new();
    let place = |slot| Param { store: 0, slot };
    // in every other graph the matrices are kept as panels
    let param = |(i, s): (usize, &&[usize])| match seed % 2 == 1 && s.len() == 2 {
        true => g.packed_param(place(i), Shape::new(s).unwrap()),
        false => g.param(place(i), Shape::new(s).unwrap()),
    };
    let params: Vec<_> = PARAMS.iter().enumerate().map(param).collect();
    let cases = ops::ALL.iter().flat_map(|e| (e.cases)()).collect();
    let pool = params.iter().map(|&p| (p, 0)).collect();
    let mut b = Builder { g: &g, choose: Choices::new(seed), cases, pool, inputs: Vec::new(), params };
    let x = b.input([3, 5].into(), Domain::Real);
    b.pool.push((x, 0));
    for _ in 0..3 + b.choose.below(12) {
        match b.choose.below(10) {
            0..4 => b.layer(),
            4..9 => b.operation(),
            _ => b.gradient(),
        }
    }
    for i in 0..PARAMS.len() {
        if b.choose.chance(60) {
            b.write(i);
        }
    }
    (0..3).for_each(|_| b.operation());
    let mut outputs: Vec<Var<'_>> = (0..1 + b.choose.below(4)).map(|_| b.pool[b.choose.below(b.pool.len())].0).collect();
    outputs.push(b.pool[b.pool.len() - 1].0);
    if b.choose.chance(30) {
        outputs.push(outputs[0]);
    }
    let values: Vec<Vec<E>> = b
        .inputs
        .iter()
        .enumerate()
        .map(|(i, (s, d))| match d {
            Domain::Index(n) => {
                uniform::<f64>(s.len(), i as u32).iter().map(|x| E::from_f64(((x + 1.0) / 2.0 * *n as f64).floor())).collect()
            }
            _ => uniform(s.len(), i as u32),
        })
        .collect();
    let inputs: Vec<&[E]> = values.iter().map(|v| &v[..]).collect();
    let sizes: Vec<usize> = PARAMS.iter().map(|s| s.iter().product()).collect();
    let team = Team::serial();
    let e = check_plan::<E>(&g, &outputs, &[store(&sizes)], &inputs, &Cx::new(&team, 1, 7))
        .unwrap_or_else(|e| panic!("graph {seed}: {e}\n{g:?}"));
    assert!(e.same_bits, "graph {seed} in {}: a plan without fusion must give the eager bits\n{g:?}", E::NAME);
    assert!(e.fused <= tolerance, "graph {seed} in {}: fused {:e}\n{g:?}", E::NAME, e.fused);
    let plan = g.compile::<E>(&outputs).unwrap();
    fused.extend(plan.steps().map(|s| s.op.to_owned()).filter(|op| op.starts_with("linear")));
}

#[test]
fn plans_agree_with_the_eager_reading_on_random_graphs() {
    let mut fused = Vec::new();
    for seed in 0..600 {
        random_graph::<f32>(seed, 1e-5, &mut fused);
        random_graph::<f64>(seed, 1e-12, &mut fused);
    }
    for op in ["linear", "linear+relu", "linear+leaky_relu", "linear+tanh", "linear+sigmoid", "linear+softplus", "linear+maxout"]
    {
        assert!(fused.iter().any(|f| f == op), "no graph had {op} in it");
    }
}

/// The steps of a plan for a loss and its gradient, with two layers of the given kind.
fn steps(fuse: bool, layer: impl for<'g> Fn(Var<'g>) -> Var<'g>) -> Vec<&'static str> {
    let g = Graph::new();
    let p = |slot, shape: [usize; 2]| g.param(Param { store: 0, slot }, shape);
    let x = g.input("x", [7, 4]);
    let h = layer(x.matmul(p(0, [4, 12])) + g.param(Param { store: 0, slot: 1 }, [12]));
    let n = h.shape()[1];
    let y = layer(h.matmul(p(2, [n, 6])) + p(3, [1, 6]));
    let loss = y.square().mean();
    let grads = g.grad(loss, &[p(0, [4, 12]), p(2, [n, 6])]);
    let plan = g.compile_with::<f32>(&[loss, grads[0], grads[1]], PlanOptions { fuse }).unwrap();
    plan.steps().map(|s| s.op).collect()
}

#[test]
fn typical_layers_fuse_in_training_too() {
    let check = |name: &str, plain: &str, layer: fn(Var<'_>) -> Var<'_>| {
        let (fused, loose) = (steps(true, layer), steps(false, layer));
        assert_eq!(fused.iter().filter(|op| **op == name).count(), 2, "{name} in {fused:?}");
        assert!(!fused.contains(&plain) && loose.iter().filter(|op| **op == plain).count() == 2, "{fused:?} {loose:?}");
        assert!(loose.iter().all(|op| !op.starts_with("linear")));
        let products = |steps: &[&str]| steps.iter().filter(|op| op.starts_with("matmul") || op.starts_with("linear")).count();
        // two forward, two for the weights, one to the layer below
        assert_eq!((products(&fused), products(&loose)), (5, 5));
    };
    check("linear+relu", "relu", |x| x.relu());
    check("linear+leaky_relu", "leaky_relu", |x| x.leaky_relu(0.2));
    check("linear+tanh", "tanh", |x| x.tanh());
    check("linear+sigmoid", "sigmoid", |x| x.sigmoid());
    check("linear+maxout", "maxout", |x| x.maxout(2));
}

#[test]
fn a_value_that_is_used_again_is_not_fused_away() {
    let g = Graph::new();
    let z = g.input("x", [3, 4]).matmul(g.input("w", [4, 2])) + g.input("b", [2]);
    let plan = g.compile::<f64>(&[z.relu(), z]).unwrap();
    assert_eq!(plan.steps().map(|s| s.op).collect::<Vec<_>>(), ["linear", "relu"]);
    let plan = g.compile::<f64>(&[z.relu(), z.softplus()]).unwrap();
    assert_eq!(plan.steps().map(|s| s.op).collect::<Vec<_>>(), ["linear", "relu", "softplus"]);
    // not a bias: one number a row
    let z = g.input("x", [2, 2]).matmul(g.input("w", [2, 2])) + g.input("c", [2, 1]);
    let plan = g.compile::<f64>(&[z.relu()]).unwrap();
    assert_eq!(plan.steps().map(|s| s.op).collect::<Vec<_>>(), ["matmul", "add", "relu"]);
}
