//! Resuming is exact, threads do not matter, and nobody who watches changes anything.

mod support;

use std::time::Duration;

use gan_layers::{Kind, Weights};
use gan_train::checkpoint::{self, Manifest};
use gan_train::{Config, Session, StepReport, Task};
use support::{bits, conditional, differing, small, steps};

/// Losses, squared changes and numbers as bits.
fn report_bits(reports: &[StepReport]) -> Vec<Vec<u64>> {
    let of = |r: &StepReport| {
        let phases = r.phases.iter().flat_map(|p| [p.loss, p.squared_change]);
        let all = phases.chain(r.numbers.iter().map(|n| n.1)).chain([r.epoch, r.step as f64]);
        all.map(f64::to_bits).collect()
    };
    reports.iter().map(of).collect()
}

fn samples(session: &mut Session) -> Vec<u32> {
    let both = [Weights::Averaged, Weights::Raw].map(|w| session.samples_with(150, 9, w).unwrap());
    both.concat().iter().map(|x| x.to_bits()).collect()
}

/// N steps in one go against half of them, a checkpoint, and the rest in a new session with `other` threads.
fn resume_is_exact(name: &str, config: &Config, other: usize) {
    const N: u64 = 16;
    let mut whole = Session::new(config).unwrap();
    let reports = steps(&mut whole, N);
    assert!(reports[N as usize - 1].epoch > 1.0, "{name}: the test should cross an epoch's end");
    let mut first = Session::new(config).unwrap();
    let mut halves = steps(&mut first, N / 2);
    let folder = tempfile::tempdir().unwrap();
    let at = first.position();
    let manifest = Manifest::at(first.steps(), (at.epoch, at.batch), Duration::ZERO, None);
    let path = checkpoint::save(folder.path(), first.task(), manifest).unwrap();
    drop(first);
    let mut config = config.clone();
    config.train.threads = Some(other);
    let mut second = Session::new(&config).unwrap();
    // whatever a session did before it was restored does not count
    steps(&mut second, 2);
    second.restore(&path).unwrap();
    halves.extend(steps(&mut second, N / 2));
    assert_eq!(report_bits(&halves), report_bits(&reports), "{name}");
    assert_eq!(differing(&whole, &second), Vec::<String>::new(), "{name}");
    assert_eq!(whole.task().counters(), second.task().counters(), "{name}");
    assert_eq!(whole.position(), second.position(), "{name}");
    assert_eq!(samples(&mut whole), samples(&mut second), "{name}");
}

#[test]
fn resuming_is_exact_with_classes_singular_vectors_and_decays_on_schedules() {
    for overrides in [&[][..], &["game.updates=simultaneous"], &["game.unroll=2", "game.penalties=[]"]] {
        resume_is_exact(&format!("{overrides:?}"), &conditional(overrides), 1);
    }
}

#[test]
fn resuming_is_exact_for_every_optimiser_and_order_of_updates() {
    for optimizer in ["sgd", "adam", "rmsprop"] {
        for order in ["alternating", "simultaneous"] {
            let config =
                small(&format!("game.updates={order}\ngenerator.optimizer={optimizer}\ndiscriminator.optimizer={optimizer}"));
            resume_is_exact(&format!("{optimizer}, {order}"), &config, 1);
        }
    }
}

#[test]
fn resuming_is_exact_with_several_steps_of_d_and_everything_that_has_a_state() {
    let config = small(
        "game.k=2\ngenerator.optimizer.beta1=0.5\ngenerator.clip_norm=0.5\ndiscriminator.layers[0].max_column_norm=0.9
         discriminator.optimizer.momentum={ type = \"linear\", from = 0.5, to = 0.7, start = 0, end = 3, unit = \"epoch\" }
         game.penalties=[{ type = \"r1\", gamma = 0.1 }]",
    );
    resume_is_exact("k = 2", &config, 3);
    let session = Session::new(&config).unwrap();
    let has = |kind| session.task().stores().iter().any(|(_, s)| s.of_kind(kind).next().is_some());
    assert!([Kind::Trainable, Kind::Buffer, Kind::OptimizerState, Kind::Average].into_iter().all(has));
}

#[test]
fn resuming_is_exact_with_views_packs_and_an_unrolled_discriminator() {
    for order in ["alternating", "simultaneous"] {
        let config = small(&format!(
            "game.updates={order}\ngame.unroll=2\ndiscriminator.packing=2
             discriminator.views=[{{ type = \"instance_noise\", std = {{ type = \"linear\", from = 0.2, to = 0.0, start = 0, end = 3, unit = \"epoch\" }} }}]
             discriminator.optimizer={{ type = \"adam\", lr = {{ type = \"linear\", from = 0.01, to = 0.001, start = 0, end = 2, unit = \"epoch\" }} }}
             game.penalties=[{{ type = \"r1\", gamma = 0.1 }}, {{ type = \"r2\", gamma = 0.1 }}]"
        ));
        resume_is_exact(&format!("unrolled, {order}"), &config, 3);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    // large enough for the work to be cut
    let config = |threads: usize| {
        small(&format!(
            "train.threads={threads}\ntrain.batch=96\ngenerator.layers[0].units=200\ndiscriminator.layers[0].units=300
             game.penalties=[{{ type = \"r1\", gamma = 0.1 }}]"
        ))
    };
    let mut one = Session::new(&config(1)).unwrap();
    let expected = report_bits(&steps(&mut one, 20));
    let drawn = samples(&mut one);
    for threads in [2, 3, 8] {
        let mut session = Session::new(&config(threads)).unwrap();
        assert_eq!(report_bits(&steps(&mut session, 20)), expected, "{threads} threads");
        assert_eq!(differing(&one, &session), Vec::<String>::new(), "{threads} threads");
        assert_eq!(samples(&mut session), drawn, "{threads} threads");
    }
}

#[test]
fn seeds_change_everything_and_nothing_else_does() {
    let run = |set: &str| {
        let mut session = Session::new(&small(set)).unwrap();
        let reports = report_bits(&steps(&mut session, 3));
        (reports, bits(&session))
    };
    assert_eq!(run(""), run("train.steps=7\nsamples.count=3\nname=other\ncheckpoint.every_steps=1"));
    let (a, b) = (run(""), run("seed=6"));
    assert!(a.0.iter().zip(&b.0).all(|(x, y)| x[0] != y[0]), "other losses");
}

#[test]
fn each_run_of_a_plan_draws_afresh() {
    // nobody learns: only noise and masks make the losses of successive steps differ. One batch is the whole set, and
    // its order does not matter to a mean beyond the last bits
    let frozen =
        "train.batch=200\ngenerator.optimizer={ type = \"sgd\", lr = 0 }\ndiscriminator.optimizer={ type = \"sgd\", lr = 0 }
                  generator.layers[1]=relu";
    let mut k1 = Session::new(&small(frozen)).unwrap();
    let mut k2 = Session::new(&small(&format!("{frozen}\ngame.k=2"))).unwrap();
    let (a, b) = (steps(&mut k1, 6), steps(&mut k2, 3));
    // counters: steps, draws, updates of D, of G, batches
    assert_eq!(k1.task().counters(), [6, 12, 6, 6, 6]);
    assert_eq!(k2.task().counters(), [3, 9, 6, 3, 6]);
    for reports in [&a, &b] {
        let mut seen: Vec<f64> = reports.iter().flat_map(|r| r.phases.iter().map(|p| p.loss)).collect();
        seen.sort_by(f64::total_cmp);
        assert!(seen.windows(2).all(|w| w[1] - w[0] > 1e-7), "every run has its own noise and masks: {seen:?}");
    }
    // a run's noise depends on its number alone: run 5 is a step of G in both (D G D G D G, D D G D D G)
    assert_eq!(a[2].loss("generator"), b[1].loss("generator"));
    assert!(a.iter().chain(&b).all(|r| r.phases.iter().all(|p| p.squared_change == 0.0)));
}

#[test]
fn within_a_step_the_phases_see_different_noise() {
    // without dropout and with both players frozen, D(G(z)) in D's phase and in G's differ by their noise alone
    let mut session = Session::new(&small(
        "train.batch=200\ngenerator.optimizer={ type = \"sgd\", lr = 0 }\ndiscriminator.optimizer={ type = \"sgd\", lr = 0 }
         generator.layers[1]=relu\ndiscriminator.layers[2]={ type = \"leaky_relu\", slope = 1 }",
    ))
    .unwrap();
    for r in steps(&mut session, 5) {
        let (d, g) = (r.number("d_fake").unwrap(), r.number("d_fake_after").unwrap());
        assert!((d - g).abs() > 1e-7, "{d} {g}");
    }
    // one forward pass for both: the same noise
    let mut session = Session::new(&small("game.updates=simultaneous")).unwrap();
    let r = session.step().unwrap();
    assert_eq!(r.number("d_fake"), r.number("d_fake_after"));
}

#[test]
fn sampling_and_restoring_half_way_change_nothing() {
    let mut quiet = Session::new(&small("")).unwrap();
    let mut watched = Session::new(&small("")).unwrap();
    for i in 0..12 {
        quiet.step().unwrap();
        watched.samples(7 + i, 3).unwrap();
        watched.samples_with(130, i as u64, Weights::Raw).unwrap();
        watched.lines(2, 3, 1, Weights::Averaged).unwrap();
        watched.step().unwrap();
    }
    assert_eq!(differing(&quiet, &watched), Vec::<String>::new());
    // sample i depends on the seed and i alone
    let many = watched.samples(250, 4).unwrap();
    assert_eq!(watched.samples(10, 4).unwrap(), many[..20]);
    assert_ne!(watched.samples(10, 5).unwrap(), many[..20]);
    // lines start and end at samples, however many there are
    let (lines, few) = (watched.lines(40, 5, 4, Weights::Averaged).unwrap(), watched.lines(3, 5, 4, Weights::Averaged).unwrap());
    assert_eq!((lines.len(), &few[..]), (40 * 5 * 2, &lines[..few.len()]));
    for row in 0..40 {
        assert_eq!(lines[row * 10..][..2], many[row * 2..][..2]);
    }
    assert!(watched.lines(usize::MAX, 2, 1, Weights::Raw).is_err() && watched.lines(2, usize::MAX, 1, Weights::Raw).is_err());
}

#[test]
fn averages_start_at_the_weights_with_the_bias_at_the_datas_logit() {
    let config = Config::preset_with(
        "digits",
        &["generator.output_bias=data_logit".to_owned(), "data.count=500".to_owned(), "train.threads=1".to_owned()],
    )
    .unwrap();
    let mut session = Session::new(&config).unwrap();
    let mut mean = vec![0.0f64; 784];
    let mut x = vec![0.0; 784];
    for i in 0..session.data().len() {
        session.data().read(i, &mut x).unwrap();
        mean.iter_mut().zip(&x).for_each(|(m, &x)| *m += f64::from(x) / 500.0);
    }
    let stores = session.task().stores();
    let of = |name: &str| stores[0].1.read(stores[0].1.find(name).unwrap()).to_vec();
    let bias = of("layers[4].bias");
    for (b, m) in bias.iter().zip(&mean) {
        let m = m.clamp(1e-7, 1.0 - 1e-7);
        assert!((f64::from(*b) - (m / (1.0 - m)).ln()).abs() < 1e-4, "{b} {m}");
    }
    let average = stores[0].1.iter().find(|(s, _)| s.kind == Kind::Average && s.name.ends_with("layers[4].bias")).unwrap();
    assert_eq!(average.1, bias);
    drop(stores);
    assert_eq!(session.samples(3, 1).unwrap(), session.samples_with(3, 1, Weights::Raw).unwrap());
}
