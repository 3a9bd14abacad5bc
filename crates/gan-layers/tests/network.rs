//! Networks as wholes: what trains, what is counted, what is stored.

use gan_layers::{Kind, LayerError, Network, Spec, Weights};
use gan_tensor::{Cx as RunCx, Graph, Team};

fn linear() -> Spec {
    Spec::new("linear").with("units", 3)
}

fn net(specs: &[Spec]) -> Network {
    Network::build("d", specs, [3], 0, 0).unwrap()
}

#[test]
fn a_step_after_a_weight_cannot_be_trained_and_says_why() {
    let e = net(&[linear(), Spec::new("step"), linear()]).check_trainable().unwrap_err();
    let LayerError::NotTrainable { path, reason } = &e else { panic!("{e}") };
    assert_eq!(path, "d.layers[1] (step)");
    assert!(reason.contains("the derivative of a step is 0 everywhere") && reason.contains("sigmoid"), "{reason}");
    assert!(e.to_string().starts_with("d.layers[1] (step) cannot be trained by gradients: "));
}

#[test]
fn a_step_before_all_weights_can_be_trained_but_teaches_no_generator() {
    let perceptron = net(&[Spec::new("step"), linear()]);
    assert!(perceptron.check_trainable().is_ok());
    assert!(perceptron.check_transparent().unwrap_err().to_string().starts_with("d.layers[0] (step)"));
}

#[test]
fn a_second_step_is_not_overlooked() {
    let e = net(&[Spec::new("step"), linear(), Spec::new("step")]).check_trainable().unwrap_err();
    assert!(e.to_string().starts_with("d.layers[2] (step)"), "{e}");
}

#[test]
fn without_steps_everything_trains() {
    for specs in [vec![], vec![linear(), Spec::new("relu"), linear(), Spec::new("sigmoid")]] {
        assert!(net(&specs).check_trainable().is_ok());
        assert!(net(&specs).check_transparent().is_ok());
    }
    assert!(net(&[Spec::new("step")]).check_trainable().is_ok(), "nothing learns, nothing is lost");
}

#[test]
fn gradients_agree_with_what_is_said_about_them() {
    let net = net(&[linear(), Spec::new("step"), linear()]);
    let graph = Graph::new();
    let x = graph.constant(0.7, [2, 3]);
    let y = net.forward(&gan_layers::Cx::new(&graph, net.params(), gan_layers::Mode::Train), x).sum();
    let vars: Vec<_> = net.params().of_kind(Kind::Trainable).map(|id| net.params().var(&graph, id)).collect();
    let team = Team::serial();
    let g = graph.eval(&graph.grad(y, &vars), &[net.params().values()], &[], &RunCx::new(&team, 0, 0)).unwrap();
    let reached: Vec<bool> = g.iter().map(|g| g.values().iter().any(|&x| x != 0.0)).collect();
    assert_eq!(reached[..2], [false, false]);
    assert!(reached[3]);
}

#[test]
fn couples_batch_if_one_layer_does() {
    assert!(!net(&[linear(), Spec::new("layer_norm")]).couples_batch());
    assert!(net(&[linear(), Spec::new("batch_norm"), Spec::new("relu")]).couples_batch());
}

#[test]
fn listing_and_counts() {
    let specs = [
        Spec::new("reshape").with("shape", vec![1, 3]),
        Spec::new("maxout").with("units", 4).with("pieces", 5),
        Spec::new("batch_norm"),
        Spec::new("sigmoid"),
    ];
    let net = net(&specs);
    let listed: Vec<_> = net.layers().map(|l| (l.path.to_owned(), l.kind.to_owned(), l.output.to_vec(), l.trainable)).collect();
    let row = |i: usize, kind: &str, output: &[usize], n| (format!("layers[{i}]"), kind.to_owned(), output.to_vec(), n);
    let expected = [
        row(0, "reshape", &[1, 3], 0),
        row(1, "maxout", &[4], 3 * 20 + 20),
        row(2, "batch_norm", &[4], 8),
        row(3, "sigmoid", &[4], 0),
    ];
    assert_eq!(listed, expected);
    assert_eq!(net.params().trainable_len(), 88);
    // 2 x batch x in x out of the product, and a little for the rest
    let flops = net.flops(10).unwrap();
    assert!((1200..2500).contains(&flops), "{flops}");
    assert_eq!((net.name(), net.input(), net.output()), ("d", [3].into(), [4].into()));
}

#[test]
fn the_store_refuses_what_does_not_fit() {
    let mut net = net(&[linear()]);
    assert!(net.params_mut().write("layers[0].bias", &[1.0, 2.0, 3.0]).is_ok());
    let e = net.params_mut().write("layers[0].bias", &[1.0]).unwrap_err().to_string();
    assert_eq!(e, "parameter `layers[0].bias` holds 3 values, found 1");
    let e = net.params_mut().write("layers[7].bias", &[1.0]).unwrap_err().to_string();
    assert_eq!(e, "there is no parameter `layers[7].bias`");
    let e = net.params_mut().add("layers[0].bias", [3], Kind::Buffer, &gan_layers::init::Constant(0.0)).unwrap_err();
    assert_eq!(e, LayerError::DuplicateParameter { name: "layers[0].bias".to_owned() });
    let e = net.params_mut().add("x", [usize::MAX, usize::MAX], Kind::Buffer, &gan_layers::init::Constant(0.0)).unwrap_err();
    assert!(e.to_string().contains("does not fit"), "{e}");
}

#[test]
fn averages_are_used_only_where_they_are() {
    // without averages, asking for them gives the weights themselves
    let net = net(&[linear(), Spec::new("batch_norm")]);
    let graph = Graph::new();
    let x = graph.constant(1.0, [2, 3]);
    let cx = || gan_layers::Cx::new(&graph, net.params(), gan_layers::Mode::Eval);
    let (raw, averaged) = (net.forward(&cx(), x), net.forward(&cx().with_weights(Weights::Averaged), x));
    let team = Team::serial();
    let y = graph.eval(&[raw, averaged], &[net.params().values()], &[], &RunCx::new(&team, 0, 0)).unwrap();
    assert_eq!(y[0].values(), y[1].values());
}

#[test]
fn an_input_of_the_wrong_shape_is_a_fault_of_the_trace() {
    let net = net(&[linear(), Spec::new("relu")]);
    let graph = Graph::new();
    let x = graph.input("x", [2, 5]);
    let y = net.forward(&gan_layers::Cx::new(&graph, net.params(), gan_layers::Mode::Eval), x);
    let e = graph.compile::<f32>(&[y]).map(|_| ()).unwrap_err().to_string();
    assert!(e.contains("d.layers[0]"), "{e}");
}

/// `y = x^2 gain`, a layer that no registry knows.
#[derive(Debug)]
struct Squares(gan_layers::ParamId);

impl gan_layers::Module for Squares {
    fn forward<'g>(&self, cx: &gan_layers::Cx<'g, '_>, x: gan_tensor::Var<'g>) -> gan_tensor::Var<'g> {
        x.square() * cx.param(self.0)
    }
}

#[test]
fn a_layer_of_ones_own_stands_beside_the_others() {
    let own = |b: &mut gan_layers::Build<'_>| {
        let gain = b.param("gain", b.input(), Kind::Trainable, &gan_layers::init::Constant(0.5))?;
        gan_layers::layers::Built::new(Squares(gain), b.input())
    };
    let builder = || Network::builder("d", [3], 0, 0).unwrap().layer(&linear()).unwrap();
    let net = builder().module("squares", own).unwrap().layer(&linear()).unwrap().finish();
    let listed: Vec<_> = net.layers().map(|l| (l.path.to_owned(), l.kind.to_owned(), l.trainable)).collect();
    let linear_len = 3 * 3 + 3;
    let expected = [("layers[0]", "linear", linear_len), ("layers[1]", "squares", 3), ("layers[2]", "linear", linear_len)];
    assert_eq!(listed, expected.map(|(p, k, n)| (p.to_owned(), k.to_owned(), n)));
    assert_eq!(net.params().find("layers[1].gain").map(|id| net.params().read(id).to_vec()), Some(vec![0.5; 3]));
    let errors = gan_layers::testing::check_network(&net, gan_layers::Mode::Train).unwrap();
    assert!(errors.first < 1e-7 && errors.second < 1e-6, "{errors:?}");
    // faults of descriptions name the place among all layers
    let e = builder().module("squares", own).unwrap().layer(&Spec::new("relux")).unwrap_err();
    assert!(e.to_string().starts_with("d.layers[2].type"), "{e}");
}

#[test]
fn building_from_descriptions_and_layer_by_layer_is_the_same() {
    let specs = [linear(), Spec::new("relu"), linear()];
    let one = Network::build("d", &specs, [3], 1, 9).unwrap();
    let other = specs.iter().fold(Network::builder("d", [3], 1, 9).unwrap(), |b, s| b.layer(s).unwrap()).finish();
    assert_eq!(one.params().position(), 1);
    assert!(one.params().iter().eq(other.params().iter()));
}
