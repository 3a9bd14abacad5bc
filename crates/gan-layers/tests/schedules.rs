//! Schedules against their closed forms and the figures of the published experiments.

use gan_layers::{Progress, Schedule, Spec, schedule};

fn build(spec: Spec) -> Box<dyn Schedule> {
    schedule::build(&spec, "lr").unwrap()
}

fn at_step(s: &dyn Schedule, step: u64) -> f64 {
    s.at(Progress { step, epoch: 0.0 })
}

fn at_epoch(s: &dyn Schedule, epoch: f64) -> f64 {
    s.at(Progress { step: 0, epoch })
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
}

#[test]
fn constant() {
    let s = build(Spec::new("constant").with("value", 0.3));
    assert_eq!((at_step(&*s, 0), at_step(&*s, u64::MAX)), (0.3, 0.3));
}

#[test]
fn exponential_decay_of_the_published_code() {
    let s = build(Spec::new("exponential"));
    assert_eq!(at_step(&*s, 0), 0.1);
    // division after every minibatch, as the published code does it
    let mut lr: f64 = 0.1;
    for step in 0..2000 {
        close(at_step(&*s, step), lr, 1e-14);
        lr /= 1.000004;
    }
    // with 500 minibatches an epoch
    close(at_step(&*s, 100 * 500), 0.0819, 5e-5);
    close(at_step(&*s, 500 * 500), 0.0368, 5e-5);
    close(at_step(&*s, 1000 * 500), 0.0135, 5e-5);
    assert_eq!(at_step(&*s, 100_000_000), 1e-6, "the floor");
    assert_eq!(at_step(&*s, u64::MAX), 1e-6);
    let s = build(Spec::new("exponential").with("start", 8).with("divisor", 2).with("floor", 0));
    close(at_step(&*s, 3), 1.0, 1e-14);
    assert_eq!(at_step(&*s, u64::MAX), 0.0);
}

#[test]
fn the_papers_momentum_ramp() {
    let s = build(Spec::new("linear").with("from", 0.5).with("to", 0.7).with("start", 1).with("end", 250));
    for (epoch, expected) in [(0.0, 0.5), (1.0, 0.5), (125.5, 0.5 + 0.2 * 124.0 / 249.0), (250.0, 0.7), (251.0, 0.7), (1e6, 0.7)]
    {
        close(at_epoch(&*s, epoch), expected, 1e-12);
    }
    // it changes when an epoch is over, not within it
    assert_eq!(at_epoch(&*s, 17.0), at_epoch(&*s, 17.998));
    assert!(at_epoch(&*s, 17.998) < at_epoch(&*s, 18.0));
}

#[test]
fn linear_in_steps() {
    let s = build(Spec::new("linear").with("from", 3).with("to", 1).with("start", 10).with("end", 20).with("unit", "step"));
    for (step, expected) in [(0, 3.0), (10, 3.0), (15, 2.0), (19, 1.2), (20, 1.0), (u64::MAX, 1.0)] {
        close(at_step(&*s, step), expected, 1e-12);
    }
    assert_eq!(s.at(Progress { step: 15, epoch: 99.0 }), s.at(Progress { step: 15, epoch: 0.0 }));
}

#[test]
fn cosine() {
    let s = build(Spec::new("cosine").with("from", 2).with("to", 1).with("start", 0).with("end", 12).with("unit", "step"));
    for (step, expected) in [(0, 2.0), (3, 1.5 + 0.5f64.sqrt() / 2.0), (4, 1.75), (6, 1.5), (8, 1.25), (12, 1.0), (500, 1.0)] {
        close(at_step(&*s, step), expected, 1e-12);
    }
    let s = build(Spec::new("cosine"));
    close(at_epoch(&*s, 50.9), 0.5, 1e-12);
}

#[test]
fn a_span_must_have_a_length_and_a_known_unit() {
    let fault = |s: Spec| schedule::build(&s, "lr").unwrap_err().to_string();
    for kind in ["linear", "cosine"] {
        assert_eq!(fault(Spec::new(kind).with("start", 5).with("end", 5)), "lr.end: expected more than start (5), found 5");
        let e = fault(Spec::new(kind).with("unit", "hours"));
        assert_eq!(e, "lr.unit: expected \"epoch\" or \"step\", found \"hours\"");
    }
    assert!(fault(Spec::new("linaer")).contains("there is no schedule `linaer` (did you mean `linear`?)"));
    let e = fault(Spec::new("exponential").with("floor", -1));
    assert_eq!(e, "lr.floor: expected a number of at least 0, found -1.0");
}

#[test]
fn warmup_rises_to_what_follows() {
    let cosine = Spec::new("cosine").with("from", 0.4).with("to", 0.0).with("end", 100).with("unit", "step");
    let alone = build(cosine.clone());
    let s = build(Spec::new("warmup").with("over", 20).with("unit", "step").with("then", cosine));
    for step in [0, 1, 10, 20, 21, 60, 100, 1000] {
        close(at_step(&*s, step), (step as f64 / 20.0).min(1.0) * at_step(&*alone, step), 1e-15);
    }
    assert_eq!(at_step(&*s, 0), 0.0);
    // over the first epoch, within it
    let s = build(Spec::new("warmup").with("then", 3.0));
    assert_eq!([0.0, 0.5, 1.0, 7.0].map(|e| at_epoch(&*s, e)), [0.0, 1.5, 3.0, 3.0]);
}

#[test]
fn a_schedule_that_turns_is_bounded_by_its_top() {
    // both ends lie within 0 ..= 1, the top does not
    let warmup = Spec::new("warmup").with("then", Spec::new("linear").with("from", 1.5).with("to", 0.5));
    let e = gan_layers::optim::build(&Spec::new("sgd").with("momentum", warmup), "optimizer").unwrap_err().to_string();
    assert!(e.starts_with("optimizer.momentum: expected a number from 0 to 1, found 1.5"), "{e}");
    let e = build_fault(Spec::new("warmup").with("over", 0));
    assert!(e.starts_with("lr.over: expected a number greater than 0"), "{e}");
    let e = build_fault(Spec::new("warmup").with("then", "sudden"));
    assert!(e.starts_with("lr.then.type: there is no schedule `sudden`"), "{e}");
}

fn build_fault(spec: Spec) -> String {
    schedule::build(&spec, "lr").unwrap_err().to_string()
}
