//! What one layer cannot do (Minsky & Papert 1969) and two can.
//!
//!     cargo run --release --example xor -- [steps]
//!
//! No line separates the two classes of XOR: a single unit gets at most three of the four cases right, however it is trained,
//! and the cross-entropy is least where it says 1/2 to all of them.
//! And a unit with a step, as in the first perceptrons, cannot be trained by gradients at all.

use std::error::Error;

use gan::layers::{Cx, Mode, Progress, Updates, optim};
use gan::prelude::*;
use gan::tensor::Cx as RunCx;

/// The inputs, a row each.
const INPUTS: [f32; 8] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// Their exclusive or.
const XOR: [f32; 4] = [0.0, 1.0, 1.0, 0.0];
/// Their conjunction, which a line does separate.
const AND: [f32; 4] = [0.0, 0.0, 0.0, 1.0];

/// Trains a network whose output is the logit of "true" and returns what it says of the four inputs.
fn learn(layers: &[Spec], target: &[f32; 4], steps: u64) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut net = Network::build("net", layers, [2], 0, 3)?;
    net.check_trainable()?;
    let updates = Updates::new(optim::build(&Spec::new("adam").with("lr", 0.05), "optimizer")?);
    updates.register(net.params_mut())?;

    // the whole step is one graph: forward, cross-entropy, backward, update
    let graph = Graph::new();
    let (x, y) = (graph.input("x", [4, 2]), graph.input("y", [4, 1]));
    let scalars = updates.inputs(&graph, "net");
    let logit = net.forward(&Cx::new(&graph, net.params(), Mode::Train), x);
    let loss = logit.bce_with_logits(y).mean();
    updates.trace(net.params(), loss, &scalars)?;
    let mut plan: Plan<f32> = graph.compile(&[logit.sigmoid()])?;

    let mut pool = Pool::new(1);
    for step in 0..steps {
        let scalars: Vec<f32> = updates.values(Progress { step, epoch: 0.0 }).iter().map(|&x| x as f32).collect();
        let inputs: Vec<&[f32]> = [&INPUTS[..], target].into_iter().chain(scalars.chunks(1)).collect();
        pool.region(|team| plan.run(&mut [net.params_mut().values_mut()], &inputs, &RunCx::new(team, 0, step as u32)))?;
    }
    Ok(plan.output(0).to_vec())
}

fn show(name: &str, target: &[f32; 4], found: &[f32]) {
    println!("{name}");
    for ((x, t), p) in INPUTS.chunks(2).zip(target).zip(found) {
        let verdict = if (*p > 0.5) == (*t > 0.5) { "right" } else { "wrong" };
        println!("  {} {}  ->  {p:.3}, should be {t}: {verdict}", x[0], x[1]);
    }
    let right = found.iter().zip(target).filter(|(p, t)| (**p > 0.5) == (**t > 0.5)).count();
    println!("  {right} of 4 right\n");
}

fn main() -> Result<(), Box<dyn Error>> {
    let steps: u64 = std::env::args().nth(1).map_or(Ok(500), |n| n.parse())?;
    let linear = |units: usize| Spec::new("linear").with("units", units);

    println!("a perceptron with a step is refused:");
    match learn(&[linear(1), Spec::new("step")], &AND, steps) {
        Err(reason) => println!("  {reason}\n"),
        Ok(_) => return Err("a step was trained by gradients".into()),
    }

    show("one logistic unit on AND", &AND, &learn(&[linear(1)], &AND, steps)?);
    show("one logistic unit on XOR: no line separates it", &XOR, &learn(&[linear(1)], &XOR, steps)?);
    let two = [linear(8), Spec::new("tanh"), linear(1)];
    show("two layers on XOR", &XOR, &learn(&two, &XOR, steps)?);
    Ok(())
}
