//! Every layer of the registry, checked through the harness.

use gan_layers::layers::{ALL, Case};
use gan_layers::testing::{BATCH, batch, check_gradients, context, network, outputs};
use gan_layers::{Cx, Kind, Mode, Network, Spec};
use gan_tensor::{Cx as RunCx, Graph, Team};

const MODES: [Mode; 2] = [Mode::Train, Mode::Eval];

fn cases() -> impl Iterator<Item = (String, Case)> {
    ALL.iter().flat_map(|e| (e.cases)().into_iter().enumerate().map(|(i, c)| (format!("{} case {i}", e.name), c)))
}

#[test]
fn every_layer_has_a_case_of_its_own_type() {
    for entry in ALL {
        let cases = (entry.cases)();
        assert!(!cases.is_empty(), "{}", entry.name);
        assert!(cases.iter().all(|c| c.spec.kind == entry.name), "{}", entry.name);
        assert!(!entry.doc.is_empty());
    }
    let mut names: Vec<_> = ALL.iter().map(|e| e.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len(), "two layers of one name");
}

#[test]
fn every_layer_builds_with_the_shape_it_declares() {
    for (name, case) in cases() {
        let net = network(&case).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(net.output(), case.output, "{name}");
        for mode in MODES {
            for count in [0, 1, BATCH] {
                let graph = Graph::new();
                let shape: Vec<usize> = std::iter::once(count).chain(case.input.iter().copied()).collect();
                let x = graph.input("x", gan_tensor::Shape::new(&shape).unwrap());
                let y = net.forward(&context(&graph, &net, mode, count), x);
                let expected: Vec<usize> = std::iter::once(count).chain(case.output.iter().copied()).collect();
                assert_eq!(y.shape()[..], expected, "{name}, {count} examples, {mode:?}");
                let values = outputs(&net, mode, count, &batch(&case, count).unwrap().1).unwrap();
                assert!(values.iter().all(|v| v.is_finite()), "{name}, {count} examples, {mode:?}");
            }
        }
    }
}

#[test]
fn every_layer_refuses_an_unknown_key() {
    for (name, case) in cases() {
        let e = network(&Case { spec: case.spec.with("no_such_key", 1), ..case }).unwrap_err().to_string();
        assert!(e.starts_with("layer.layers[0]: unknown key `no_such_key`"), "{name}: {e}");
    }
}

#[test]
fn gradients_to_second_order() {
    for (name, case) in cases() {
        for mode in MODES {
            let e = check_gradients(&case, mode).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(e.first <= 1e-7, "{name} {mode:?}: first order {:e}", e.first);
            assert!(e.second <= 1e-6, "{name} {mode:?}: second order {:e}", e.second);
        }
    }
}

#[test]
fn compiled_plans_in_f32_agree_with_the_eager_reading_in_f64() {
    for (name, case) in cases() {
        let mut net = network(&case).unwrap();
        let (shape, x) = batch(&case, BATCH).unwrap();
        // the input as f32 sees it
        let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        for mode in MODES {
            let graph = Graph::new();
            let input = graph.input("x", shape);
            let y = net.forward(&context(&graph, &net, mode, BATCH), input);
            let mut plan = graph.compile::<f32>(&[y]).unwrap();
            let exact = outputs(&net, mode, BATCH, &wide).unwrap();
            let team = Team::serial();
            plan.run(&mut [net.params_mut().values_mut()], &[&x], &RunCx::new(&team, 11, 3)).unwrap();
            let scale = exact.iter().fold(0.0f64, |m, e| m.max(e.abs()));
            for (found, expected) in plan.output(0).iter().zip(&exact) {
                assert!((f64::from(*found) - expected).abs() <= 1e-5 * scale, "{name} {mode:?}: {found} against {expected}");
            }
        }
    }
}

#[test]
fn a_layer_couples_the_batch_exactly_where_it_says_so() {
    for (name, case) in cases() {
        let net = network(&case).unwrap();
        let (_, x) = batch(&case, BATCH).unwrap();
        let (from, row) = (case.input.len(), case.output.len());
        let mut other = x.clone();
        other[from..].iter_mut().for_each(|x| *x = 0.5 - *x * 1.5);
        for mode in MODES {
            let first = |x: &[f64]| outputs(&net, mode, BATCH, x).unwrap()[..row].to_vec();
            let coupled = first(&x) != first(&other);
            assert_eq!(coupled, net.couples_batch() && mode == Mode::Train, "{name} {mode:?}");
            if !coupled {
                // nor does it matter how many there are, nor for a layer with noise
                assert_eq!(outputs(&net, mode, 1, &x[..from]).unwrap(), first(&x), "{name} {mode:?}");
            }
        }
    }
}

#[test]
fn noise_and_dropout_rest_in_use() {
    let case = |spec| Case::same(spec, [50]);
    let same_in_use = |spec: Spec| {
        let net = network(&case(spec.clone())).unwrap();
        let (_, x) = batch(&case(spec), BATCH).unwrap();
        assert_ne!(outputs(&net, Mode::Train, BATCH, &x).unwrap(), x);
        outputs(&net, Mode::Eval, BATCH, &x).unwrap() == x
    };
    assert!(same_in_use(Spec::new("dropout")));
    assert!(same_in_use(Spec::new("gaussian_noise")));
    assert!(!same_in_use(Spec::new("gaussian_noise").with("always", true)));
}

#[test]
fn dropout_keeps_the_mean_and_masks_each_example_by_itself() {
    let case = Case::same(Spec::new("dropout").with("keep", 0.8), [500]);
    let net = network(&case).unwrap();
    let y = outputs(&net, Mode::Train, 20, &[1.0; 10_000]).unwrap();
    assert!(y.iter().all(|&y| y == 0.0 || (y - 1.25).abs() < 1e-12));
    let kept = y.iter().filter(|&&y| y > 0.0).count() as f64 / 10_000.0;
    assert!((kept - 0.8).abs() < 0.016, "four standard errors, found {kept}");
    assert_ne!(y[..500], y[500..1000]);
}

#[test]
fn gaussian_noise_has_its_standard_deviation() {
    let case = Case::same(Spec::new("gaussian_noise").with("std", 0.3), [500]);
    let y = outputs(&network(&case).unwrap(), Mode::Train, 20, &[0.0; 10_000]).unwrap();
    let variance = y.iter().map(|y| y * y).sum::<f64>() / 10_000.0;
    assert!((variance.sqrt() - 0.3).abs() < 0.01, "{}", variance.sqrt());
}

#[test]
fn dropout_twice_in_a_trace_draws_two_masks() {
    let net = Network::build("net", &[Spec::new("dropout")], [100], 0, 0).unwrap();
    let graph = Graph::new();
    let x = graph.constant(1.0, [1, 100]);
    let cx = Cx::new(&graph, net.params(), Mode::Train);
    let (a, b) = (net.forward(&cx, x), net.forward(&cx, x));
    let team = Team::serial();
    let values = graph.eval::<f64>(&[a, b], &[], &[], &RunCx::new(&team, 0, 0)).unwrap();
    assert_ne!(values[0].values(), values[1].values());
}

#[test]
fn running_statistics_are_blended_as_elsewhere() {
    // mean' = .9 mean + .1 batch mean; var' = .9 var + .1 unbiased batch variance
    let mut net = Network::build("net", &[Spec::new("batch_norm")], [2], 0, 0).unwrap();
    let graph = Graph::new();
    let x = graph.input("x", [4, 2]);
    let cx = Cx::new(&graph, net.params(), Mode::Train);
    let y = net.forward(&cx, x);
    cx.commit();
    let mut plan = graph.compile::<f32>(&[y]).unwrap();
    let team = Team::serial();
    // columns 1 2 3 6 (mean 3, unbiased variance 14/3) and 0 0 4 4 (2, 16/3)
    let batch = [1.0, 0.0, 2.0, 0.0, 3.0, 4.0, 6.0, 4.0];
    plan.run(&mut [net.params_mut().values_mut()], &[&batch], &RunCx::new(&team, 0, 0)).unwrap();
    let read = |net: &Network, name: &str| net.params().read(net.params().find(name).unwrap()).to_vec();
    let close = |a: &[f32], b: [f32; 2]| assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} against {b:?}");
    close(&read(&net, "layers[0].mean"), [0.3, 0.2]);
    close(&read(&net, "layers[0].var"), [0.9 + 1.4 / 3.0, 0.9 + 1.6 / 3.0]);
    plan.run(&mut [net.params_mut().values_mut()], &[&batch], &RunCx::new(&team, 0, 1)).unwrap();
    close(&read(&net, "layers[0].mean"), [0.57, 0.38]);

    // in use the running statistics take the batch's place
    let (mean, var) = (read(&net, "layers[0].mean"), read(&net, "layers[0].var"));
    let y = outputs(&net, Mode::Eval, 1, &[5.0, -1.0]).unwrap();
    for (k, x) in [5.0, -1.0].into_iter().enumerate() {
        let expected = (x - f64::from(mean[k])) / (f64::from(var[k]) + 1e-5).sqrt();
        assert!((y[k] - expected).abs() < 1e-12);
    }
}

#[test]
fn statistics_of_two_batches_in_one_trace_are_blended_one_after_the_other() {
    let mut net = Network::build("net", &[Spec::new("batch_norm").with("momentum", 0.5)], [1], 0, 0).unwrap();
    let graph = Graph::new();
    let [a, b] = ["a", "b"].map(|n| graph.input(n, [2, 1]));
    let cx = Cx::new(&graph, net.params(), Mode::Train);
    let y = net.forward(&cx, a) + net.forward(&cx, b);
    cx.commit();
    let mut plan = graph.compile::<f32>(&[y]).unwrap();
    let team = Team::serial();
    plan.run(&mut [net.params_mut().values_mut()], &[&[3.0, 5.0], &[0.0, 2.0]], &RunCx::new(&team, 0, 0)).unwrap();
    // 0 -> 2 -> 1.5
    assert_eq!(net.params().read(net.params().find("layers[0].mean").unwrap())[..], [1.5]);
    assert_eq!(net.params().of_kind(Kind::Buffer).count(), 2);
}
