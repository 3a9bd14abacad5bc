//! A layer of one's own in a network that is put together by hand.
//!
//!     cargo run --release --example custom_layer -- [steps]
//!
//! Swish (Ramachandran et al. 2017) with a slope for each unit that is learned: `y = x sigmoid(beta x)`, between half of x
//! (beta = 0) and relu (beta large). A layer says what it computes; its gradients, of any order, follow.

use std::error::Error;

use gan::layers::layers::Built;
use gan::layers::{Build, Cx, Kind, LayerError, Mode, Module, ParamId, Progress, Updates, init, optim, testing};
use gan::prelude::*;
use gan::tensor::Cx as RunCx;

/// `y = x sigmoid(beta x)`, with `beta: [units]`.
#[derive(Debug)]
struct Swish {
    beta: ParamId,
}

impl Swish {
    /// Declares the parameters and says what shape comes out.
    fn build(b: &mut Build<'_>) -> Result<Built, LayerError> {
        let beta = b.param("beta", b.input(), Kind::Trainable, &init::Constant(1.0))?;
        Built::new(Swish { beta }, b.input())
    }
}

impl Module for Swish {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x * (x * cx.param(self.beta)).sigmoid()
    }
}

const POINTS: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let steps: u64 = std::env::args().nth(1).map_or(Ok(2000), |n| n.parse())?;
    let linear = |units: usize| Spec::new("linear").with("units", units);

    // the layers of the crate by description, one's own by its function
    let mut net =
        Network::builder("net", [1], 0, 5)?.layer(&linear(16))?.module("swish", Swish::build)?.layer(&linear(1))?.finish();
    for layer in net.layers() {
        println!("{:9}  {:6}  {} out, {} trainable", layer.path, layer.kind, layer.output, layer.trainable);
    }
    let errors = testing::check_network(&net, Mode::Train)?;
    println!("gradients against differences: first {:.0e}, second {:.0e}", errors.first, errors.second);

    // taught a wave that relu could only make of straight pieces
    let updates = Updates::new(optim::build(&Spec::new("adam").with("lr", 0.01), "optimizer")?);
    updates.register(net.params_mut())?;
    let graph = Graph::new();
    let (x, y) = (graph.input("x", [POINTS, 1]), graph.input("y", [POINTS, 1]));
    let scalars = updates.inputs(&graph, "net");
    let loss = (net.forward(&Cx::new(&graph, net.params(), Mode::Train), x) - y).square().mean();
    updates.trace(net.params(), loss, &scalars)?;
    let mut plan: Plan<f32> = graph.compile(&[loss])?;

    let xs: Vec<f32> = (0..POINTS).map(|i| 6.0 * i as f32 / (POINTS - 1) as f32 - 3.0).collect();
    let ys: Vec<f32> = xs.iter().map(|x| (2.0 * x).sin()).collect();
    let mut pool = Pool::new(1);
    for step in 0..steps {
        let scalars: Vec<f32> = updates.values(Progress { step, epoch: 0.0 }).iter().map(|&x| x as f32).collect();
        let inputs: Vec<&[f32]> = [&xs[..], &ys].into_iter().chain(scalars.chunks(1)).collect();
        pool.region(|team| plan.run(&mut [net.params_mut().values_mut()], &inputs, &RunCx::new(team, 0, step as u32)))?;
        if step == 0 || (step + 1) % (steps / 5).max(1) == 0 {
            println!("step {:5}  mean squared error {:.5}", step + 1, plan.output(0)[0]);
        }
    }
    let beta = net.params().find("layers[1].beta").ok_or("the layer declared it")?;
    println!("beta, which started at 1: {:.2?}", net.params().read(beta));
    Ok(())
}
