//! What the tests share.
#![allow(dead_code)] // each test binary uses its own part

use gan_tensor::{Buffer, Element, Graph, Key, Param, Shape, Store, Team, Var};

/// A store of parameters with pseudo-random values in (-1, 1).
pub fn store<E: Element>(sizes: &[usize]) -> Store<E> {
    let mut store = Store::new();
    for (slot, &n) in sizes.iter().enumerate() {
        store.push(Buffer::from_slice(&uniform::<E>(n, 100 + slot as u32)));
    }
    store
}

/// Pseudo-random values in (-1, 1).
pub fn uniform<E: Element>(n: usize, stream: u32) -> Vec<E> {
    let mut x = vec![E::ZERO; n];
    gan_kernels::random::uniform(&Team::serial(), Key { seed: 5, draw: 0, stream }, n.max(1), (-1.0, 1.0), &mut x);
    x
}

/// A small generator of choices (xorshift), for random graphs.
pub struct Choices(u64);

impl Choices {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) % n as u64) as usize
    }

    /// Yes with probability `percent` / 100.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A step of training a classifier with momentum: rectifier, maxout and dropout, a clip of the gradients, an
/// average of one weight, and the loss. Reads and writes one store; inputs `x`, `target`, `lr`, `mu`.
pub struct Training {
    /// Sizes of the store's slots.
    pub slots: Vec<usize>,
    /// Sizes of the inputs.
    pub inputs: [usize; 4],
}

impl Training {
    /// The slots that hold matrices, and their shapes: weights, velocities and the average.
    pub fn matrices(&self, [n, h, u, k]: [usize; 4]) -> Vec<(usize, [usize; 2])> {
        let weights = [(0, [n, h]), (2, [h, 2 * u]), (4, [u, k])];
        weights.into_iter().chain(weights.map(|(slot, shape)| (6 + slot, shape))).chain([(12, [n, h])]).collect()
    }
}

/// Traces it; returns the outputs.
pub fn training_step<'g>(g: &'g Graph, batch: usize, sizes: [usize; 4]) -> (Vec<Var<'g>>, Training) {
    training_step_with(g, batch, sizes, false)
}

/// As [`training_step`], the matrices kept as panels of columns if `packed`.
pub fn training_step_with<'g>(g: &'g Graph, batch: usize, [n, h, u, k]: [usize; 4], packed: bool) -> (Vec<Var<'g>>, Training) {
    let shapes: [Shape; 6] = [[n, h].into(), [h].into(), [h, 2 * u].into(), [2 * u].into(), [u, k].into(), [k].into()];
    let param = |slot, shape: Shape| match packed && shape.rank() == 2 {
        true => g.packed_param(Param { store: 0, slot }, shape),
        false => g.param(Param { store: 0, slot }, shape),
    };
    let w: Vec<Var<'g>> = shapes.iter().enumerate().map(|(i, s)| param(i, *s)).collect();
    let v: Vec<Var<'g>> = shapes.iter().enumerate().map(|(i, s)| param(6 + i, *s)).collect();
    let average = param(12, shapes[0]);
    let (x, target) = (g.input("x", [batch, n]), g.input("target", [batch, k]));
    let (lr, mu) = (g.input("lr", []), g.input("mu", []));
    let x = x + g.normal("noise", [batch, n]) * 0.01;
    let hidden = (x.matmul(w[0]) + w[1]).relu().dropout(0.8, "hidden");
    let hidden = (hidden.matmul(w[2]) + w[3]).maxout(2);
    let logits = hidden.matmul(w[4]) + w[5];
    let loss = -(logits.log_softmax(1) * target).sum_axes(&[1]).mean();
    let grads = g.grad(loss, &w);
    let norm = grads.iter().fold(g.constant(0.0, []), |n, g| n + g.square().sum()).sqrt();
    let clip = 1.0 / norm.maximum(g.constant(1.0, []));
    let mut change = g.constant(0.0, []);
    for i in 0..6 {
        let step = g.momentum(w[i], v[i], grads[i] * clip, lr, mu, i % 2 == 0);
        g.write(w[i], step.weight);
        g.write(v[i], step.velocity);
        change = change + step.squared_change;
        if i == 0 {
            g.write(average, average * 0.9 + step.weight * 0.1);
        }
    }
    let mut slots: Vec<usize> = shapes.iter().chain(&shapes).map(Shape::len).collect();
    slots.push(n * h);
    (vec![loss, norm, change], Training { slots, inputs: [batch * n, batch * k, 1, 1] })
}

/// Inputs of a training step: pictures, one-hot targets, learning rate, momentum.
pub fn training_inputs<E: Element>(t: &Training) -> Vec<Vec<E>> {
    let mut target = vec![E::ZERO; t.inputs[1]];
    target.iter_mut().step_by(3).for_each(|x| *x = E::from_f64(0.7));
    vec![uniform(t.inputs[0], 1), target, vec![E::from_f64(0.1)], vec![E::from_f64(0.5)]]
}
