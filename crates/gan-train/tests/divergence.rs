//! Divergence: seen, explained by a replay, and never saved.

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gan_datasets::{Dataset, DatasetError, Provenance, Split};
use gan_train::checkpoint::{self, Manifest};
use gan_train::{
    Config, Divergence, Guard, PhaseReport, RunFolder, Session, StepReport, Summary, Task, TrainError, Trainer, observers,
};
use support::{SMALL, bits, small};

fn watchers(config: &Config) -> Vec<Box<dyn observers::Observer>> {
    observers::build(config, &observers::Options { quiet: true, json: false })
}

fn start(config: &Config, run: &Path) -> Trainer {
    Trainer::start(config, run, watchers(config)).unwrap()
}

fn resume(config: &Config, run: &Path) -> Trainer {
    Trainer::resume(config, RunFolder::open(run).unwrap(), watchers(config)).unwrap()
}

/// Trains until it diverges.
fn divergence(trainer: &mut Trainer) -> Divergence {
    match trainer.train() {
        Err(TrainError::Diverged(d)) => *d,
        other => panic!("expected divergence, found {other:?}"),
    }
}

fn checkpoints(run: &Path) -> Vec<u64> {
    checkpoint::list(&run.join("checkpoints")).into_iter().map(|(step, _)| step).collect()
}

fn set(session: &mut Session, store: usize, name: &str, value: f32) {
    let (task, _) = session.task_mut();
    let store = task.stores_mut().swap_remove(store).1;
    let mut values = store.read(store.find(name).unwrap()).to_vec();
    values[3] = value;
    store.write(name, &values).unwrap();
}

/// What a run says of itself after it diverged.
fn told(run: &Path) -> (Summary, String) {
    let summary = serde_json::from_str(&std::fs::read_to_string(run.join("summary.json")).unwrap()).unwrap();
    (summary, std::fs::read_to_string(run.join("metrics.jsonl")).unwrap())
}

#[test]
fn a_nan_in_a_checkpoint_is_traced_to_its_parameter() {
    for (store, phase, name) in
        [(0, "discriminator", "generator.layers[3].weight"), (1, "discriminator", "discriminator.layers[0].weight")]
    {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let config = small("train.steps=10");
        let mut trainer = start(&config, &run);
        trainer.train().unwrap();
        let (player, parameter) = name.split_once('.').unwrap();
        set(trainer.session(), store, parameter, f32::NAN);
        let at = trainer.session().position();
        let manifest = Manifest::at(10, (at.epoch, at.batch), Duration::ZERO, None);
        checkpoint::save(&run.join("checkpoints"), trainer.session().task(), manifest).unwrap();
        let found = divergence(&mut resume(&small("train.steps=20"), &run));
        assert_eq!((found.step, found.phase.as_str(), found.last_checkpoint), (11, phase, Some(10)), "{found}");
        let cause = found.cause.clone().unwrap();
        assert!(cause.contains(&format!("parameter {player}.{parameter}")), "{cause}");
        assert!(found.to_string().contains("the checkpoint of step 10 is intact"), "{found}");
        assert_eq!(checkpoints(&run), [10]);
    }
}

#[test]
fn what_a_replay_does_not_reproduce_is_said_not_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut trainer = start(&small(""), &run);
    // from outside, in memory: no replay can know of it
    set(trainer.session(), 1, "layers[0].bias", f32::NAN);
    let found = divergence(&mut trainer);
    assert_eq!((found.step, found.last_checkpoint, found.not_finite), (1, None, true));
    assert!(found.cause.as_ref().unwrap().contains("did not reproduce"), "{found}");
    assert!(found.to_string().contains("nothing was saved"), "{found}");
    assert_eq!(checkpoints(&run), [0u64; 0]);
    let (summary, log) = told(&run);
    assert!(summary.ended.starts_with("diverged: the loss is NaN"), "{}", summary.ended);
    assert_eq!(log.lines().count(), 1, "the diverged step has no line of its own: {log}");
    assert!(log.contains("\"diverged\""), "{log}");
}

#[test]
fn an_absurd_learning_rate_is_traced_from_the_start_and_from_a_checkpoint() {
    for every in [0, 1] {
        for (order, phases) in
            [("alternating", &["discriminator", "generator"][..]), ("simultaneous", &["discriminator", "generator"])]
        {
            let folder = tempfile::tempdir().unwrap();
            let run = folder.path().join("run");
            // momentum without end and a rate that no game survives: weights grow until they overflow
            let config = small(&format!(
                "train.steps=500\ncheckpoint.every_steps={every}\ngame.updates={order}\ngame.objective=minimax
                 generator.optimizer={{ type = \"sgd\", lr = 1e6, momentum = 0.9 }}
                 discriminator.optimizer={{ type = \"sgd\", lr = 1e6, momentum = 0.9 }}\ndiscriminator.layers[1].slope=1"
            ));
            let found = divergence(&mut start(&config, &run));
            assert!(phases.contains(&found.phase.as_str()), "{found}");
            let saved = checkpoints(&run);
            assert_eq!(found.last_checkpoint, saved.last().copied(), "{found}");
            assert!(saved.iter().all(|s| *s < found.step), "{found}");
            assert_eq!(saved.is_empty(), every == 0 || found.step == 1, "{saved:?} {found}");
            if found.not_finite {
                let cause = found.cause.clone().unwrap();
                assert!(cause.contains(".layers[") || cause.contains("("), "{cause}");
                assert!(!cause.contains("did not reproduce"), "{cause}");
            }
            if let Some((_, last)) = checkpoint::list(&run.join("checkpoints")).last() {
                let mut session = Session::new(&config).unwrap();
                session.restore(last).unwrap();
                assert!(bits(&session).iter().all(|(_, x)| x.iter().all(|b| f32::from_bits(*b).is_finite())));
            }
        }
    }
}

/// Points on a circle, one of which is not a number.
struct Broken(Provenance);

impl Dataset for Broken {
    fn len(&self) -> usize {
        self.0.count
    }
    fn sample_shape(&self) -> &[usize] {
        &[2]
    }
    fn provenance(&self) -> &Provenance {
        &self.0
    }
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        let angle = i as f32;
        out.copy_from_slice(&[angle.cos(), if i == 150 { f32::NAN } else { angle.sin() }]);
        Ok(())
    }
}

#[test]
fn a_nan_in_the_data_is_traced_to_the_data() {
    for (order, every) in [("alternating", 0), ("simultaneous", 1), ("alternating", 2)] {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let config = small(&format!("game.updates={order}\ncheckpoint.every_steps={every}\ntrain.steps=100"));
        let data = Arc::new(Broken(Provenance::new("broken", "made here", "CC0-1.0", Split::Train, 200)));
        let mut trainer = Trainer::start_with(&config, data, &run, watchers(&config)).unwrap();
        let found = divergence(&mut trainer);
        assert!(found.step <= 12 && found.step > 1, "within the first epoch: {found}");
        assert_eq!(found.phase, "discriminator");
        assert!(found.cause.as_ref().unwrap().starts_with("input `real`"), "{found}");
        assert!(found.to_string().contains("the data hold a number that is not finite"), "{found}");
        let (saved, every) = (checkpoints(&run), every.max(1));
        assert!(saved.iter().all(|s| s % every == 0 && *s < found.step), "{saved:?} {found}");
        assert_eq!(found.last_checkpoint, saved.last().copied());
    }
}

fn report(step: u64, loss: f64, squared_change: f64) -> StepReport {
    let phase = |phase, loss| PhaseReport { phase, loss, squared_change };
    StepReport { step, epoch: 0.0, phases: vec![phase("discriminator", 0.5), phase("generator", loss)], numbers: Vec::new() }
}

#[test]
fn a_loss_must_stay_large_for_twenty_steps() {
    let session = Session::new(&small("")).unwrap();
    let mut guard = Guard::default();
    let mut check = |step: u64, loss: f64| guard.check(&report(step, loss, 1.0), session.task());
    for step in 1..20 {
        assert_eq!(check(step, -2e4), None);
    }
    // one step below the limit starts the count again
    assert_eq!(check(20, 1e4), None);
    for step in 21..40 {
        assert_eq!(check(step, 1.1e4), None);
    }
    let found = check(40, 3e5).unwrap();
    assert_eq!((found.step, found.phase.as_str(), found.not_finite), (40, "generator", false));
    assert!(found.what.contains("20 steps") && found.what.contains("3.000e5"), "{}", found.what);
    for (loss, change) in [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (0.5, f64::NAN), (0.5, f64::INFINITY)] {
        let found = Guard::default().check(&report(7, loss, change), session.task()).unwrap();
        assert!(found.not_finite && found.step == 7, "{found}");
    }
}

#[test]
fn parameters_are_looked_at_every_hundred_steps() {
    let mut session = Session::new(&small("")).unwrap();
    let check = |session: &Session, step| Guard::default().check(&report(step, 0.5, 1.0), session.task());
    assert_eq!(check(&session, 100), None);
    // 12 x 2 weights: one of 6,000 has a root mean square of 1,225
    set(&mut session, 0, "layers[3].weight", 4_000.0);
    assert_eq!(check(&session, 100), None);
    set(&mut session, 0, "layers[3].weight", 6_000.0);
    assert_eq!(check(&session, 99), None);
    let found = check(&session, 100).unwrap();
    assert_eq!((found.phase.as_str(), found.not_finite), ("generator", false));
    assert!(found.what.contains("layers[3].weight") && found.what.contains("1.225e3"), "{}", found.what);
    // squares may be large in good health, but must be finite
    set(&mut session, 0, "layers[3].weight", 0.0);
    set(&mut session, 0, "moment2/layers[3].weight", 1e9);
    assert_eq!(check(&session, 200), None);
    set(&mut session, 0, "moment2/layers[3].weight", f32::INFINITY);
    let found = check(&session, 200).unwrap();
    assert!(found.not_finite && found.what.contains("moment2/layers[3].weight"), "{}", found.what);
}

#[test]
fn a_loss_that_grows_step_by_step_is_no_operations_fault() {
    // D's penalty is weighed so heavily that its loss stays beyond the limit, finite all the while
    let text = SMALL.replace("[generator]", "[game]\npenalties = [{ type = \"r1\", gamma = 1e9 }]\n\n[generator]");
    let config =
        Config::from_toml(&text, "test", &["train.steps=100".to_owned(), "discriminator.optimizer.lr=0".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let found = divergence(&mut start(&config, &folder.path().join("run")));
    assert_eq!((found.step, found.phase.as_str(), found.not_finite, &found.cause), (20, "discriminator", false, &None));
    assert!(!found.to_string().contains("began in"), "{found}");
}
