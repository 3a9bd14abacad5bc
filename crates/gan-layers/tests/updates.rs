//! What happens to weights in a step: bounds, averages, places in memory.

use gan_layers::optim::{Average, Clip};
use gan_layers::{Cx, Kind, LayerError, Mode, Network, Progress, Spec, Updates, optim};
use gan_tensor::{Cx as RunCx, Graph, Plan, Team};

fn updates(spec: Spec, clip: Option<Clip>, average: Option<Average>) -> Updates {
    Updates { clip, average, ..Updates::new(optim::build(&spec, "optimizer").unwrap()) }
}

fn plain_sgd(clip: Option<Clip>, average: Option<Average>) -> Updates {
    updates(Spec::new("sgd").with("lr", 1.0).with("momentum", 0.0), clip, average)
}

/// A plan that descends the mean square of the network's output on an input `x: [batch, 4]`.
fn plan(net: &Network, updates: &Updates, batch: usize) -> Plan<f32> {
    let graph = Graph::new();
    let x = graph.input("x", [batch, net.input()[0]]);
    let cx = Cx::new(&graph, net.params(), Mode::Train);
    let loss = net.forward(&cx, x).square().sum() / batch as f64;
    cx.commit();
    let scalars = updates.inputs(&graph, net.name());
    let change = updates.trace(net.params(), loss, &scalars).unwrap();
    graph.compile::<f32>(&[change]).unwrap()
}

fn step(plan: &mut Plan<f32>, net: &mut Network, updates: &Updates, x: &[f32], step: u64) {
    let team = Team::serial();
    let values: Vec<[f32; 1]> = updates.values(Progress { step, epoch: 0.0 }).iter().map(|&v| [v as f32]).collect();
    let inputs: Vec<&[f32]> = std::iter::once(x).chain(values.iter().map(|v| &v[..])).collect();
    plan.run(&mut [net.params_mut().values_mut()], &inputs, &RunCx::new(&team, 1, step as u32)).unwrap();
}

fn weight<'a>(net: &'a Network, name: &str) -> std::borrow::Cow<'a, [f32]> {
    net.params().read(net.params().find(name).unwrap_or_else(|| panic!("no {name}")))
}

fn norm(x: impl IntoIterator<Item = f32>) -> f64 {
    x.into_iter().map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn no_column_exceeds_its_bound() {
    for optimizer in ["sgd", "adam", "rmsprop"] {
        let linear = Spec::new("linear").with("units", 5).with("init", Spec::new("normal").with("std", 2.0));
        let maxout = Spec::new("maxout").with("units", 3).with("pieces", 2).with("max_column_norm", 0.5);
        let mut net = Network::build("d", &[linear.with("max_column_norm", 1.9365), maxout], [4], 0, 5).unwrap();
        let updates = updates(Spec::new(optimizer).with("lr", 0.01), None, None);
        updates.register(net.params_mut()).unwrap();
        let mut plan = plan(&net, &updates, 2);
        let column = |net: &Network, name: &str, n: usize, j: usize| norm(weight(net, name).iter().skip(j).step_by(n).copied());
        let long = (0..5).filter(|&j| column(&net, "layers[0].weight", 5, j) > 1.9365).count();
        assert!(long > 0, "the test would show nothing");
        for s in 0..3 {
            step(&mut plan, &mut net, &updates, &[1.0, -0.5, 2.0, 0.25, 0.5, 1.0, -1.0, 2.0], s);
            for (name, n, max) in [("layers[0].weight", 5, 1.9365), ("layers[1].weight", 6, 0.5)] {
                let norms: Vec<f64> = (0..n).map(|j| column(&net, name, n, j)).collect();
                assert!(norms.iter().all(|&x| x <= max * (1.0 + 1e-6)), "{optimizer} {name}: {norms:?}");
            }
        }
    }
}

/// The change of the weights of a linear layer `[4] -> [3]` in one plain step with learning rate 1, which is minus the
/// gradient that the optimiser saw.
fn seen(clip: Option<Clip>) -> Vec<f32> {
    let mut net = Network::build("net", &[Spec::new("linear").with("units", 3)], [4], 0, 9).unwrap();
    let before = [weight(&net, "layers[0].weight"), weight(&net, "layers[0].bias")].concat();
    let updates = plain_sgd(clip, None);
    updates.register(net.params_mut()).unwrap();
    let mut plan = plan(&net, &updates, 1);
    step(&mut plan, &mut net, &updates, &[1.0, -0.5, 2.0, 0.25], 0);
    let after = [weight(&net, "layers[0].weight"), weight(&net, "layers[0].bias")].concat();
    before.iter().zip(after).map(|(b, a)| b - a).collect()
}

#[test]
fn clipping_by_norm_shrinks_all_gradients_together() {
    let free = seen(None);
    let length = norm(free.iter().copied());
    assert!(length > 1.0);
    let clipped = seen(Some(Clip::Norm(0.5)));
    assert!((norm(clipped.iter().copied()) - 0.5).abs() < 1e-5);
    for (c, f) in clipped.iter().zip(&free) {
        assert!((f64::from(*c) - f64::from(*f) * 0.5 / length).abs() < 1e-5);
    }
    // a bound that is not reached changes nothing, to the last bit
    assert_eq!(seen(Some(Clip::Norm(length * 1.7))), free);
}

#[test]
fn clipping_by_value_bounds_each_component() {
    let free = seen(None);
    assert!(free.iter().any(|x| x.abs() > 0.3) && free.iter().any(|x| x.abs() < 0.3));
    for (c, f) in seen(Some(Clip::Value(0.3))).iter().zip(free) {
        assert!((c - f.clamp(-0.3, 0.3)).abs() < 1e-6);
    }
}

#[test]
fn averages_follow_their_closed_form() {
    // a_n = d^n a_0 + (1 - d) sum_i d^(n - i) w_i
    let d = 0.75f64;
    let mut net = Network::build("g", &[Spec::new("linear").with("units", 2)], [4], 0, 9).unwrap();
    let updates = updates(Spec::new("sgd").with("lr", 0.05), None, Some(Average::new(d)));
    updates.register(net.params_mut()).unwrap();
    let mut plan = plan(&net, &updates, 1);
    let wide = |x: &[f32]| x.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
    let start = wide(&weight(&net, "layers[0].weight"));
    assert_eq!(wide(&weight(&net, "average/layers[0].weight")), start, "an average starts at its weight");
    let mut path = Vec::new();
    for s in 0..6 {
        step(&mut plan, &mut net, &updates, &[1.0, -0.5, 2.0, 0.25], s);
        path.push(wide(&weight(&net, "layers[0].weight")));
    }
    let n = path.len() as i32;
    for (k, &found) in weight(&net, "average/layers[0].weight").iter().enumerate() {
        let sum: f64 = (1..=n).map(|i| d.powi(n - i) * path[i as usize - 1][k]).sum();
        let expected = d.powi(n) * start[k] + (1.0 - d) * sum;
        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} against {expected}");
    }

    // a network traced with averages uses them
    let graph = Graph::new();
    let x = graph.constant(1.0, [1, 4]);
    let raw = net.forward(&Cx::new(&graph, net.params(), Mode::Eval), x);
    let cx = Cx::new(&graph, net.params(), Mode::Eval).with_weights(gan_layers::Weights::Averaged);
    let averaged = net.forward(&cx, x);
    let team = Team::serial();
    let y = graph.eval::<f32>(&[raw, averaged], &[net.params().values()], &[], &RunCx::new(&team, 0, 0)).unwrap();
    let expected: f32 =
        weight(&net, "average/layers[0].weight").iter().step_by(2).sum::<f32>() + weight(&net, "average/layers[0].bias")[0];
    assert!((y[1].values()[0] - expected).abs() < 1e-6);
    assert_ne!(y[0].values(), y[1].values());
}

#[test]
fn registering_twice_is_a_named_fault_that_leaves_nothing_behind() {
    let mut net = Network::build("g", &[Spec::new("linear").with("units", 2)], [4], 0, 9).unwrap();
    let first = plain_sgd(None, Some(Average::new(0.9)));
    first.register(net.params_mut()).unwrap();
    let count = net.params().iter().count();
    assert_eq!(count, 6);
    let e = first.register(net.params_mut()).unwrap_err();
    assert_eq!(e, LayerError::DuplicateParameter { name: "velocity/layers[0].weight".to_owned() });
    let adam = updates(Spec::new("adam"), None, Some(Average::new(0.9)));
    let e = adam.register(net.params_mut()).unwrap_err().to_string();
    assert_eq!(e, "the parameter `average/layers[0].weight` exists already");
    assert_eq!(net.params().iter().count(), count, "nothing was added");
}

#[test]
fn updates_without_states_are_a_named_fault() {
    let net = Network::build("g", &[Spec::new("linear").with("units", 2)], [4], 0, 9).unwrap();
    let graph = Graph::new();
    let loss = net.forward(&Cx::new(&graph, net.params(), Mode::Train), graph.input("x", [1, 4])).sum();
    let updates = plain_sgd(None, None);
    let e = updates.trace(net.params(), loss, &updates.inputs(&graph, "g")).unwrap_err();
    assert_eq!(e, LayerError::NoParameter { name: "velocity/layers[0].weight".to_owned() });
}

#[test]
fn absurd_bounds_and_decays_are_refused() {
    let fault = |clip, average| plain_sgd(clip, average).check().map_err(|e| e.to_string());
    for x in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(fault(Some(Clip::Norm(x)), None).unwrap_err().starts_with("updates.clip: expected a number greater than 0"));
        assert!(fault(Some(Clip::Value(x)), None).is_err());
    }
    for x in [1.0, -0.1, f64::NAN] {
        assert!(fault(None, Some(Average::new(x))).unwrap_err().starts_with("updates.average.decay: "));
    }
    assert!(fault(Some(Clip::Norm(1.0)), Some(Average::new(0.0))).is_ok());
}

#[test]
fn weights_and_states_are_updated_where_they_stand() {
    // one square weight and a batch of one: whatever is as large as the weight shows in the plan's memory
    const N: usize = 256;
    let constrained = Spec::new("linear").with("units", N).with("bias", false).with("max_column_norm", 1.0);
    // no gradient is stored on the way; RMSProp is written in variables and needs two at a time
    let ramp = Spec::new("adam").with("beta2", Spec::new("cosine").with("from", 0.9).with("to", 0.99));
    let rules = [
        (Spec::new("sgd"), "matmul+momentum", 0),
        (Spec::new("adam"), "matmul+adam", 0),
        (ramp, "matmul+adam", 0),
        (Spec::new("rmsprop"), "packed_max_column_norm", 2),
    ];
    for (spec, updating, blocks) in rules {
        for average in [None, Some(Average::new(0.99))] {
            let mut net = Network::build("g", std::slice::from_ref(&constrained), [N], 0, 9).unwrap();
            let updates = updates(spec.clone(), None, average.clone());
            updates.register(net.params_mut()).unwrap();
            let plan = plan(&net, &updates, 1);
            let steps: Vec<_> = plan.steps().collect();
            assert!(steps.iter().all(|s| !["copy", "unpack"].contains(&s.op)), "{spec:?}");
            let updating: Vec<_> = steps.iter().filter(|s| s.op == updating).collect();
            assert!(updating.len() == 1 && updating[0].in_place, "{spec:?}: {updating:?}");
            // the average takes its share of the new weight
            let blocks = blocks.max(usize::from(average.is_some()));
            let limit = blocks * N * N * 4 + N * N;
            assert!(plan.memory() <= limit, "{spec:?} {average:?}: {} bytes, at most {limit}", plan.memory());
        }
    }
}

#[test]
fn an_update_can_be_differentiated_where_a_gradient_is_zero() {
    // an unrolled game differentiates through the other player's update; there 0 must not become NaN
    for (spec, clip) in [("sgd", Some(Clip::Norm(1.0))), ("rmsprop", None), ("sgd", None), ("adam", None)] {
        let optimizer = optim::build(&Spec::new(spec), "optimizer").unwrap();
        let graph = Graph::new();
        let w = graph.input("w", [3]);
        let mut params = gan_layers::ParamStore::new(0, 0);
        let id = params.add("v", [3], Kind::Trainable, &gan_layers::init::Constant(0.5)).unwrap();
        let updates = Updates { clip, ..Updates::new(optimizer) };
        updates.register(&mut params).unwrap();
        // the gradient with respect to v is w * (1, 1, 0): 0 at w = 0 and in the last component
        let v = params.var(&graph, id);
        let loss = (v * w * graph.input("mask", [3])).sum();
        let scalars = updates.inputs(&graph, "net");
        updates.trace(&params, loss, &scalars).unwrap();
        let g = graph.grad(loss, &[v]);
        let states: Vec<_> = params.of_kind(Kind::OptimizerState).map(|id| params.var(&graph, id)).collect();
        let g = match clip {
            None => g[0],
            Some(_) => updates.clip_gradients(&graph, &g)[0],
        };
        let step = updates.optimizer.update(&graph, v, g, &states, &scalars);
        let through = graph.grad(step.weight.sum(), &[w])[0];
        let team = Team::serial();
        let inputs: Vec<&[f64]> =
            [&[0.0, 0.25, 0.25][..], &[1.0, 1.0, 0.0][..]].into_iter().chain(scalars.iter().map(|_| &[0.1][..])).collect();
        let values = graph.eval::<f64>(&[through], &[&params.values().cast()], &inputs, &RunCx::new(&team, 0, 0)).unwrap();
        assert!(values[0].values().iter().all(|x| x.is_finite()), "{spec} {clip:?}: {:?}", values[0].values());
        let all_zero: Vec<&[f64]> =
            [&[0.0; 3][..], &[1.0, 1.0, 0.0][..]].into_iter().chain(scalars.iter().map(|_| &[0.1][..])).collect();
        let values = graph.eval::<f64>(&[through], &[&params.values().cast()], &all_zero, &RunCx::new(&team, 0, 0)).unwrap();
        assert!(values[0].values().iter().all(|x| x.is_finite()), "{spec} {clip:?}: {:?}", values[0].values());
    }
}

#[test]
fn clipped_weights_stay_within_their_bound() {
    let mut net = Network::build("d", &[Spec::new("linear").with("units", 3), Spec::new("batch_norm")], [4], 0, 9).unwrap();
    net.params_mut().write("layers[1].var", &[7.0; 3]).unwrap();
    let updates = Updates { weight_clip: Some(0.05), ..plain_sgd(None, Some(Average::new(0.5))) };
    updates.register(net.params_mut()).unwrap();
    let free: Vec<f32> = weight(&net, "layers[0].weight").iter().copied().collect();
    assert!(free.iter().any(|w| w.abs() > 0.05), "the test would show nothing");
    let mut plan = plan(&net, &updates, 2);
    step(&mut plan, &mut net, &updates, &[1.0, -0.5, 2.0, 0.25, 0.5, 1.0, -1.0, 2.0], 0);
    for name in ["layers[0].weight", "layers[0].bias", "layers[1].gain"] {
        assert!(weight(&net, name).iter().all(|w| w.abs() <= 0.05), "{name}");
    }
    // buffers are not weights, and the average takes in the clipped ones
    assert!(weight(&net, "layers[1].var").iter().all(|v| *v > 1.0));
    let clipped = weight(&net, "layers[0].weight");
    for ((a, f), w) in weight(&net, "average/layers[0].weight").iter().zip(&free).zip(clipped.iter()) {
        assert!((a - 0.5 * (f + w)).abs() < 1e-6);
    }
    for c in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let e = Updates { weight_clip: Some(c), ..plain_sgd(None, None) }.check().unwrap_err().to_string();
        assert!(e.starts_with("updates.weight_clip: expected a number greater than 0"), "{e}");
    }
}

#[test]
fn a_decay_on_a_schedule_is_an_input() {
    // StyleGAN2's ramp: half of the steps made so far, at most 3
    let average = Average::half_life(3.0, Some(0.5));
    let updates = updates(Spec::new("sgd").with("lr", 0.05), None, Some(average));
    let mut net = Network::build("g", &[Spec::new("linear").with("units", 2)], [4], 0, 9).unwrap();
    updates.register(net.params_mut()).unwrap();
    let mut plan = plan(&net, &updates, 1);
    assert_eq!(plan.inputs().last().map(|(name, _)| name.as_str()), Some("g.average_decay"));
    let mut expected: Vec<f32> = weight(&net, "layers[0].weight").to_vec();
    for s in 0..9 {
        let half_life = (0.5 * (s + 1) as f64).min(3.0);
        let decay = 0.5f64.powf(1.0 / half_life);
        assert!((updates.values(Progress { step: s, epoch: 0.0 })[2] - decay).abs() < 1e-15);
        step(&mut plan, &mut net, &updates, &[1.0, -0.5, 2.0, 0.25], s);
        for ((e, &w), &a) in
            expected.iter_mut().zip(&*weight(&net, "layers[0].weight")).zip(&*weight(&net, "average/layers[0].weight"))
        {
            *e = *e * decay as f32 + w * (1.0 - decay) as f32;
            assert!((a - *e).abs() < 1e-6, "step {s}: {a} against {e}");
        }
    }
    assert_eq!(Average::half_life(500.0, None).decay.at(Progress::default()), 0.5f64.powf(1.0 / 500.0));
}

#[test]
fn averages_are_described_by_a_decay_a_schedule_or_a_half_life() {
    use gan_layers::{Fields, Value};
    let read = |value: Value| {
        let spec = Spec::new("generator").with("average", value);
        Average::from_fields(&Fields::new(&spec, "generator"), "average", 50).map_err(|e| e.to_string())
    };
    let table = |fields: &[(&str, Value)]| Value::Table(fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect());
    let at = |value: Value, step: u64| read(value).unwrap().unwrap().decay.at(Progress { step, epoch: 0.0 });
    assert_eq!(at(0.99.into(), 0), 0.99);
    let linear = Spec::new("linear").with("from", 0.5).with("to", 0.9).with("unit", "step");
    assert!((at(linear.into(), 50) - 0.7).abs() < 1e-12);
    assert_eq!(at(table(&[("half_life", 10.into())]), 3), 0.5f64.powf(0.1));
    let examples = table(&[("half_life", 500.0.into()), ("unit", "example".into()), ("ramp", 0.05.into())]);
    assert_eq!(at(examples.clone(), 1_000_000), 0.5f64.powf(0.1));
    assert!((at(examples, 99) - 0.5f64.powf(0.2)).abs() < 1e-12, "5 of 100 steps");
    for (value, says) in [
        (1.0.into(), "generator.average: expected a number from 0 to 0.999999999, found 1"),
        (Spec::new("linear").into(), "generator.average: expected a number from 0 to 0.999999999, found 1"),
        (table(&[("half_life", 0.into())]), "generator.average.half_life: expected a number greater than 0"),
        (table(&[("half_live", 9.into())]), "generator.average: unknown key `half_live` (did you mean `half_life`?)"),
        (table(&[("half_life", 9.into()), ("unit", "epoch".into())]), "generator.average.unit: expected \"step\" or \"example\""),
        (true.into(), "generator.average: expected a number"),
    ] {
        let e = read(value).unwrap_err();
        assert!(e.starts_with(says), "`{says}` in `{e}`");
    }
}

#[test]
fn clipped_weights_are_updated_where_they_stand() {
    let mut net = Network::build("d", &[Spec::new("linear").with("units", 256).with("bias", false)], [256], 0, 9).unwrap();
    let updates = Updates { weight_clip: Some(0.01), ..updates(Spec::new("rmsprop"), None, None) };
    updates.register(net.params_mut()).unwrap();
    let plan = plan(&net, &updates, 1);
    let ops: Vec<_> = plan.steps().map(|s| s.op).collect();
    assert!(!ops.contains(&"copy") && !ops.contains(&"unpack"), "{ops:?}");
}
