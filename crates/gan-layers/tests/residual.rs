//! Layers within layers: their results, names, places in faults, and what passes through them.

use gan_layers::{Cx, Kind, LayerError, Mode, Network, Spec, Updates, Value, optim};
use gan_tensor::{Cx as RunCx, Graph, Team};

fn list(layers: &[Spec]) -> Value {
    Value::List(layers.iter().cloned().map(Value::from).collect())
}

fn residual(layers: &[Spec]) -> Spec {
    Spec::new("residual").with("layers", list(layers))
}

fn linear(units: usize) -> Spec {
    Spec::new("linear").with("units", units)
}

fn run(net: &Network, x: &[f64]) -> Vec<f64> {
    let graph = Graph::new();
    let y = net.forward(&Cx::new(&graph, net.params(), Mode::Eval), graph.input("x", [1, x.len()]));
    let team = Team::serial();
    graph.eval::<f64>(&[y], &[&net.params().values().cast()], &[x], &RunCx::new(&team, 0, 0)).unwrap()[0].values().to_vec()
}

#[test]
fn a_block_adds_its_branch_to_its_shortcut() {
    let block = residual(&[linear(3)]).with("shortcut", list(&[linear(3).with("bias", false)])).with("scale", 0.5);
    let mut net = Network::build("net", &[block], [2], 0, 0).unwrap();
    let names: Vec<_> = net.params().specs().map(|s| s.name.clone()).collect();
    assert_eq!(names, ["layers[0].layers[0].weight", "layers[0].layers[0].bias", "layers[0].shortcut[0].weight"]);
    net.params_mut().write("layers[0].layers[0].weight", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    net.params_mut().write("layers[0].layers[0].bias", &[0.0, 0.0, 8.0]).unwrap();
    net.params_mut().write("layers[0].shortcut[0].weight", &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
    // x = (1, 2): branch (9, 12, 23), shortcut (1, 2, 0)
    assert_eq!(run(&net, &[1.0, 2.0]), [5.5, 8.0, 11.5]);
    let layer = net.layers().next().unwrap();
    assert_eq!((layer.trainable, layer.held), (6 + 3 + 6, 3 + 3 + 3));
}

#[test]
fn fix_up_starts_a_block_at_its_shortcut() {
    let zero = linear(4).with("init", Spec::new("constant"));
    let scaled = linear(9).with("init", Spec::new("he").with("gain", 0.5));
    let net = Network::build("net", &[residual(&[scaled, Spec::new("relu"), zero])], [4], 0, 0).unwrap();
    let x = [1.0, -2.0, 0.5, 3.0];
    assert_eq!(run(&net, &x), x);
    let rezero = residual(&[linear(4)]).with("scale", 0).with("learn_scale", true);
    let net = Network::build("net", &[rezero], [4], 0, 0).unwrap();
    assert_eq!(run(&net, &x), x);
    assert_eq!(net.params().spec(net.params().find("layers[0].scale").unwrap()).kind, Kind::Trainable);
}

#[test]
fn faults_name_the_place_within_the_block() {
    let fault = |spec: Spec| Network::build("generator", &[linear(4), spec], [2], 0, 0).unwrap_err().to_string();
    let e = fault(residual(&[linear(4), Spec::new("linear").with("unit", 4)]));
    assert!(e.starts_with("generator.layers[1].layers[1]: unknown key `unit` (did you mean `units`?)"), "{e}");
    let e = fault(residual(&[residual(&[Spec::new("lineer")])]));
    assert!(e.starts_with("generator.layers[1].layers[0].layers[0].type: there is no layer `lineer`"), "{e}");
    let e = fault(residual(&[linear(4)]).with("shortcut", list(&[linear(4).with("bias", 3)])));
    assert!(e.starts_with("generator.layers[1].shortcut[0].bias: expected true or false"), "{e}");
    let e = fault(residual(&[linear(3)]));
    assert!(e.starts_with("generator.layers[1]: the branch yields [3], the shortcut [4]"), "{e}");
    let e = fault(Spec::new("residual"));
    assert!(e.starts_with("generator.layers[1]: `layers` is missing"), "{e}");
    let e = fault(Spec::new("residual").with("layers", list(&[])));
    assert!(e.starts_with("generator.layers[1].layers: expected a list"), "{e}");
    let e = fault(residual(&[Spec::new("projection")]));
    assert!(e.starts_with("generator.layers[1].layers[0]: the layer reads the classes"), "{e}");
}

#[test]
fn what_inner_layers_are_the_block_is() {
    let build = |inner: Spec| {
        Network::builder("net", [4], 0, 0).unwrap().with_classes(Some(2)).layer(&linear(4)).unwrap().layer(&residual(&[inner]))
    };
    let net = |inner: &str| build(Spec::new(inner)).unwrap().finish();
    assert!(net("batch_norm").couples_batch() && !net("relu").couples_batch());
    assert!(net("conditional_batch_norm").conditional() && !net("batch_norm").conditional());
    assert!(
        matches!(net("step").check_trainable(), Err(LayerError::NotTrainable { path, .. }) if path == "net.layers[1] (residual)")
    );
    assert!(net("relu").check_trainable().is_ok());
}

#[test]
fn columns_within_a_block_keep_their_bound() {
    let bound = linear(4).with("max_column_norm", 0.5).with("init", Spec::new("normal").with("std", 2.0));
    let mut net = Network::build("net", &[residual(&[bound])], [4], 0, 0).unwrap();
    let updates = Updates::new(optim::build(&Spec::new("sgd"), "optimizer").unwrap());
    updates.register(net.params_mut()).unwrap();
    let graph = Graph::new();
    let x = graph.constant(1.0, [2, 4]);
    let loss = net.forward(&Cx::new(&graph, net.params(), Mode::Train), x).square().mean();
    let change = updates.trace(net.params(), loss, &updates.inputs(&graph, "net")).unwrap();
    let mut plan = graph.compile::<f32>(&[change]).unwrap();
    let team = Team::serial();
    plan.run(&mut [net.params_mut().values_mut()], &[&[0.1], &[0.5]], &RunCx::new(&team, 0, 0)).unwrap();
    let w = net.params().read(net.params().find("layers[0].layers[0].weight").unwrap()).to_vec();
    for j in 0..4 {
        let norm = (0..4).map(|i| w[i * 4 + j].powi(2)).sum::<f32>().sqrt();
        assert!(norm <= 0.5 * (1.0 + 1e-6), "column {j}: {norm}");
    }
}
