//! What D is shown: views and packs.

#![allow(clippy::result_large_err, reason = "a fault of a test is handed on once")]

mod common;

use common::{linear, objective, players, sgd};
use gan_core::{CoreError, Game, Packing, Parts, Penalty, Players, penalties, priors, testing, views};
use gan_layers::{Cx as LayerCx, Kind, Mode, Network, Numbers, Progress, Spec};
use gan_tensor::{Cx, Graph, Pool, Shape, Team};

const PICTURE: [usize; 3] = [6, 5, 2];

/// A smooth game on pictures whose D sees them through `views`.
fn game(views: &[Spec], packing: usize, penalties: &[&str]) -> Result<Game, CoreError> {
    game_of(("softplus", 3), views, packing, penalties)
}

fn game_of((activation, units): (&str, usize), views: &[Spec], packing: usize, penalties: &[&str]) -> Result<Game, CoreError> {
    let packing = Packing::new(packing)?;
    let sample: Shape = PICTURE.into();
    let small = |spec: Spec| spec.with("init", Spec::new("normal").with("std", 0.3));
    let layers = |last: usize| [small(linear(units)), Spec::new(activation), small(linear(last))];
    let players = Players {
        generator: Network::build("generator", &layers(sample.len()), [2], 0, 1)?,
        discriminator: Network::build("discriminator", &layers(1), packing.shape(&sample)?, 1, 1)?,
        prior: Box::new(priors::Normal),
        sample,
    };
    let penalties: Vec<Box<dyn Penalty>> =
        penalties.iter().map(|p| penalties::build(&Spec::new(p), "penalty")).collect::<Result<_, _>>()?;
    let views = views.iter().map(|v| views::build(v, "view")).collect::<Result<_, _>>()?;
    Game::new(Parts { penalties, views, packing, ..Parts::new(players, objective("relativistic"), sgd(), sgd()) })
}

/// What a view makes of `n` pictures.
fn shown(spec: &Spec, n: usize, x: &[f32], draw: u32) -> Vec<f32> {
    let mut net = Network::build("discriminator", &[linear(1)], PICTURE, 1, 1).unwrap();
    let mut view = views::build(spec, "view").unwrap();
    view.prepare(net.params_mut(), &PICTURE.into(), "view").unwrap();
    let (graph, numbers) = (Graph::new(), Numbers::new());
    let d = LayerCx::new(&graph, net.params(), Mode::Train);
    let input = graph.input("x", [n, 6, 5, 2]);
    let out = view.show(&views::ViewCx::new(&d, &numbers), input);
    assert_eq!(out.shape(), input.shape());
    let mut plan = graph.compile::<f32>(&[out]).unwrap();
    let stores = &mut [&mut gan_tensor::Store::new(), &mut net.params().values().clone()];
    Pool::new(2).region(|team| plan.run(stores, &[x], &Cx::new(team, 3, draw))).unwrap();
    plan.output(0).to_vec()
}

fn pictures(n: usize) -> Vec<f32> {
    (0..n * 60).map(|i| 0.5 + 0.4 * (i as f32 * 0.7).sin()).collect()
}

#[test]
fn gradients_pass_through_every_view_and_through_packs_to_second_order() {
    for entry in views::ALL {
        let spec = match entry.name {
            "adaptive" => Spec::new("adaptive").with("start", 0.5).with("views", gan_layers::Value::List(vec!["colour".into()])),
            name => Spec::new(name),
        };
        for packing in [1, 2] {
            let e = testing::check_gradients(
                &game(std::slice::from_ref(&spec), packing, &["r1", "r2", "wgan_gp", "dragan"]).unwrap(),
            )
            .unwrap();
            assert!(e.discriminator < 1e-7 && e.generator < 1e-7, "{} in packs of {packing}: {e:?}", entry.name);
        }
    }
}

#[test]
fn translation_moves_by_whole_pixels_and_fills_with_zeros() {
    let (n, x) = (400, pictures(400));
    let y = shown(&Spec::new("translation").with("ratio", 0.34), n, &x, 0);
    let at = |picture: &[f32], r: i64, c: i64, k: usize| match (0..6).contains(&r) && (0..5).contains(&c) {
        true => picture[(r as usize * 5 + c as usize) * 2 + k],
        false => 0.0,
    };
    let mut seen = std::collections::BTreeMap::new();
    for (x, y) in x.chunks(60).zip(y.chunks(60)) {
        let fits =
            |&(dr, dc): &(i64, i64)| (0..6).all(|r| (0..5).all(|c| (0..2).all(|k| at(y, r, c, k) == at(x, r + dr, c + dc, k))));
        let moves: Vec<(i64, i64)> = (-6..=6).flat_map(|r| (-5..=5).map(move |c| (r, c))).filter(fits).collect();
        assert_eq!(moves.len(), 1, "one shift explains it");
        *seen.entry(moves[0]).or_insert(0) += 1;
    }
    // 6 x .34 and 5 x .34 are two pixels each way: 25 shifts, 16 times each
    assert_eq!(seen.len(), 25, "{seen:?}");
    assert!(seen.values().all(|&count| (3..40).contains(&count)), "{seen:?}");
    assert_eq!(shown(&Spec::new("translation").with("ratio", 0.0), n, &x, 0), x);
    assert_ne!(shown(&Spec::new("translation").with("ratio", 0.34), n, &x, 1), y);
}

#[test]
fn cutout_cuts_one_rectangle_of_its_size() {
    let y = shown(&Spec::new("cutout").with("ratio", 0.5), 200, &pictures(200), 0);
    let mut whole = 0;
    for (x, y) in pictures(200).chunks(60).zip(y.chunks(60)) {
        assert!(x.iter().zip(y).all(|(x, y)| *y == 0.0 || x == y));
        let cut = |r: usize, c: usize| y[(r * 5 + c) * 2] == 0.0;
        let rows = (0..6).filter(|&r| (0..5).any(|c| cut(r, c))).count();
        let columns = (0..5).filter(|&c| (0..6).any(|r| cut(r, c))).count();
        assert_eq!((0..30).filter(|i| cut(i / 5, i % 5)).count(), rows * columns, "a rectangle");
        assert!((1..=3).contains(&rows) && (1..=3).contains(&columns), "{rows} x {columns}");
        whole += usize::from(rows == 3 && columns >= 2);
    }
    assert!(whole > 50, "most holes lie within the picture: {whole}");
}

#[test]
fn colour_changes_what_it_says() {
    let x = pictures(50);
    let only = |key: &str| {
        let zero = ["brightness", "saturation", "contrast"].iter().fold(Spec::new("colour"), |s, k| s.with(k, 0.0));
        shown(&zero.with(key, 0.3), 50, &x, 0)
    };
    let mean = |x: &[f32]| x.iter().sum::<f32>() / x.len() as f32;
    let (mut brighter, mut wider) = (0, 0);
    for (((x, b), s), c) in
        x.chunks(60).zip(only("brightness").chunks(60)).zip(only("saturation").chunks(60)).zip(only("contrast").chunks(60))
    {
        let shift = b[0] - x[0];
        assert!(shift.abs() <= 0.3 && x.iter().zip(b).all(|(x, b)| (b - x - shift).abs() < 1e-6));
        brighter += usize::from(shift > 0.0);
        // each pixel keeps its grey
        assert!(x.chunks(2).zip(s.chunks(2)).all(|(x, s)| (mean(x) - mean(s)).abs() < 1e-6));
        let stretch = (c[0] - mean(x)) / (x[0] - mean(x));
        assert!((0.7..=1.3).contains(&stretch) && (mean(c) - mean(x)).abs() < 1e-5, "{stretch}");
        wider += usize::from(stretch > 1.0);
    }
    assert!((10..40).contains(&brighter) && (10..40).contains(&wider), "{brighter} {wider}");
}

#[test]
fn a_scheduled_noise_is_an_input_and_fades() {
    let fading = Spec::new("linear").with("from", 0.5).with("to", 0.0).with("end", 10).with("unit", "step");
    let game = game(&[Spec::new("instance_noise").with("std", fading)], 1, &[]).unwrap();
    let (graph, numbers) = (Graph::new(), Numbers::new());
    let phase = game.trace_discriminator(&graph, 4, &numbers).unwrap();
    let plan = graph.compile::<f32>(&[phase.loss]).unwrap();
    assert_eq!(plan.inputs().iter().filter(|(name, _)| name == "instance_noise.std").count(), 1);
    let schedules = numbers.into_schedules();
    let at = |step| schedules[0].at(Progress { step, epoch: 0.0 });
    assert_eq!((schedules.len(), at(0), at(5), at(20)), (1, 0.5, 0.25, 0.0));
}

/// Adaptive augmentation sees D sure of the data, then fooled.
#[test]
fn adaptive_views_follow_the_signs_of_d() {
    let adaptive = Spec::new("adaptive").with("examples", 40.0).with("views", gan_layers::Value::List(vec!["cutout".into()]));
    let mut game = game(&[adaptive], 1, &[]).unwrap();
    let (graph, numbers) = (Graph::new(), Numbers::new());
    let phase = game.trace_discriminator(&graph, 4, &numbers).unwrap();
    let mut plan = graph.compile::<f32>(&[phase.loss, phase.squared_change]).unwrap();
    let x = pictures(4);
    let mut probability = Vec::new();
    for step in 0..16u32 {
        let players = game.players_mut();
        let d = players.discriminator.params_mut();
        let sure = if step < 12 { 9.0 } else { -9.0 };
        d.write("layers[2].bias", &[sure]).unwrap();
        let stores = &mut [players.generator.params_mut().values_mut(), players.discriminator.params_mut().values_mut()];
        Pool::new(1).region(|team| plan.run(stores, &[&x, &[0.0], &[0.0]], &Cx::new(team, 1, step))).unwrap();
        let d = game.players().discriminator.params();
        let id = d.find("views[0].probability").unwrap();
        assert_eq!(d.spec(id).kind, Kind::Buffer, "checkpoints keep it");
        probability.push(d.read(id)[0]);
    }
    // 4 of 40 examples a step: a tenth, up to 1 and down again
    let expected: Vec<f32> = (1..=10).map(|i| i as f32 / 10.0).chain([1.0, 1.0, 0.9, 0.8, 0.7, 0.6]).collect();
    assert!(probability.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5), "{probability:?}");
    // at 0 nothing is changed
    let never = Spec::new("adaptive").with("views", gan_layers::Value::List(vec!["cutout".into()]));
    assert_eq!(shown(&never, 20, &pictures(20), 0), pictures(20));
}

#[test]
fn packs_are_samples_side_by_side() {
    // D = w . pack with a weight of its own for each place: the logit tells which samples a pack holds
    let mut players = players(&[linear(3)], &[linear(1)], 2, 3);
    players.discriminator = Network::build("discriminator", &[linear(1)], [6], 1, 1).unwrap();
    players.discriminator.params_mut().write("layers[0].weight", &[1.0, 10.0, 100.0, 1e3, 1e4, 1e5]).unwrap();
    let packing = Packing::new(2).unwrap();
    let r1: Vec<Box<dyn Penalty>> = vec![penalties::build(&Spec::new("r1"), "penalty").unwrap()];
    let game =
        Game::new(Parts { packing, penalties: r1, ..Parts::new(players, objective("wasserstein"), sgd(), sgd()) }).unwrap();
    let graph = Graph::new();
    let d = game.trace_discriminator(&graph, 4, &Numbers::new()).unwrap().loss;
    let g = game.trace_generator(&graph, 4, &Numbers::new()).unwrap().loss;
    let x: Vec<f64> = (1..=12).map(f64::from).collect();
    let params = game.players();
    let stores = [params.generator.params().values().cast(), params.discriminator.params().values().cast()];
    let inputs = [&x[..], &[0.0], &[0.0], &x, &[0.0], &[0.0]];
    let found = graph.eval::<f64>(&[d, g], &[&stores[0], &stores[1]], &inputs, &Cx::new(&Team::serial(), 1, 0)).unwrap();
    let [d, g] = [0, 1].map(|i| found[i].values()[0]);
    let logit = |first: f64| (0..6).map(|i| 10f64.powi(i) * (first + f64::from(i))).sum::<f64>();
    let real = (logit(1.0) + logit(7.0)) / 2.0;
    // D's loss is (mean over fakes) - (mean over data) + R1, G's is -(mean over its own fakes); fakes differ by their noise alone
    let slope: f64 = (0..6).map(|i| 10f64.powi(2 * i)).sum::<f64>() / 2.0;
    assert!((d + real - slope).abs() / slope < 1e-3 && g.is_finite(), "{d} {real} {slope}");

    assert!(matches!(
        game.trace_discriminator(&Graph::new(), 5, &Numbers::new()),
        Err(CoreError::Packing { packing: 2, batch: 5 })
    ));
    assert!(matches!(gan_core::Judge::new(&game), Err(CoreError::JudgesPacks { packing: 2 })));
    assert!(matches!(Packing::new(0), Err(CoreError::Packing { packing: 0, .. })));
}

#[test]
fn views_of_pictures_refuse_points() {
    let players = players(&[linear(3)], &[linear(1)], 2, 3);
    let views = vec![views::build(&Spec::new("translation"), "view").unwrap()];
    let fault = Game::new(Parts { views, ..Parts::new(players, objective("minimax"), sgd(), sgd()) }).unwrap_err().to_string();
    assert!(fault.contains("views[0]") && fault.contains("[height, width, channels]"), "{fault}");
}

#[test]
fn both_slopes_cost_one_pass_of_d() {
    let flops = |penalties: &[&str]| {
        let game = game_of(("leaky_relu", 64), &[], 1, penalties).unwrap();
        let graph = Graph::new();
        let d = game.trace_discriminator(&graph, 64, &Numbers::new()).unwrap();
        // unfused, so that every product is a step of its own
        let plan = graph.compile_with::<f32>(&[d.loss, d.squared_change], gan_tensor::PlanOptions { fuse: false }).unwrap();
        let forward = |rows: usize| {
            let products = plan.steps().filter(|s| s.op == "matmul" && s.scope.starts_with("discriminator.layers[0]"));
            products.filter(|s| s.outs.contains(&[rows, 64].into())).count()
        };
        let graph = Graph::new();
        let g = game.trace_generator(&graph, 64, &Numbers::new()).unwrap();
        let g = graph.compile::<f32>(&[g.loss, g.squared_change]).unwrap();
        ((plan.flops() + g.flops()) as f64, forward(128), forward(64))
    };
    let (plain, ..) = flops(&[]);
    let (both, joint, apart) = flops(&["r1", "r2"]);
    // forward, and the slope's way back through the first layer
    assert_eq!((joint, apart), (2, 0));
    assert!(both / plain < 2.2, "{}", both / plain);
    // with one slope data and fakes go apart, so that no slope is made for nothing
    let (one, joint, apart) = flops(&["r1"]);
    assert_eq!((joint, apart), (0, 3));
    assert!(one < 0.8 * both, "{}", one / both);
}
