//! The published MNIST experiment on the real data, where they are: `GAN_DATA` names the folder that holds `mnist/`.

use std::path::PathBuf;

use gan_layers::Kind;
use gan_train::{Config, Session, Task};

#[test]
fn the_published_experiment_starts_as_it_should() {
    let Some(dir) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(|d| PathBuf::from(d).join("mnist")) else {
        println!("skipped: GAN_DATA is not set");
        return;
    };
    let mut config = Config::preset("mnist-2014").unwrap();
    config.data.dir = Some(dir);
    let mut session = Session::new(&config).unwrap();
    assert_eq!((session.data().len(), session.data().sample_len(), session.steps_per_epoch()), (50_000, 784, 500));
    // G: 100-1200-1200-784; D: maxout 240 x 5 twice, one logit
    let g = 101 * 1200 + 1201 * 1200 + 1201 * 784;
    let d = 785 * 1200 + 241 * 1200 + 241;
    assert_eq!(session.task().trainable_len(), g + d);
    // G starts at the mean picture
    let first = session.samples(50, 1).unwrap();
    let mean = first.iter().map(|&x| f64::from(x)).sum::<f64>() / first.len() as f64;
    assert!((mean - 0.1307).abs() < 0.02, "the mean pixel of MNIST is 0.1307, found {mean}");
    let reports: Vec<_> = (0..5).map(|_| session.step().unwrap()).collect();
    for r in &reports {
        assert!(r.phases.iter().all(|p| p.loss.is_finite() && p.squared_change > 0.0 && p.squared_change.is_finite()), "{r:?}");
    }
    // D's weights are small, so D(x) = 1/2: half of 2 log 2, and G's loss is log 2
    let log_2 = std::f64::consts::LN_2;
    assert!((reports[0].loss("discriminator").unwrap() - log_2).abs() < 1e-2, "{:?}", reports[0]);
    assert!((reports[0].loss("generator").unwrap() - log_2).abs() < 1e-2, "{:?}", reports[0]);
    assert!((reports[0].number("value").unwrap() + 2.0 * log_2).abs() < 2e-2);
    // the rate falls after every step: f64 until it enters the plan
    for (i, r) in reports.iter().enumerate() {
        let expected = 0.1 / 1.000_004f64.powi(i as i32);
        assert!((r.number("d_lr").unwrap() - expected).abs() < 1e-12, "{i}: {:?}", r.number("d_lr"));
    }
    let velocities = |name: usize| session.task().stores()[name].1.of_kind(Kind::OptimizerState).count();
    assert_eq!((velocities(0), velocities(1)), (6, 6));
}
