//! Runs: what their folders hold, who watches them, and how they end.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use gan_datasets::Dataset;
use gan_train::checkpoint;
use gan_train::observers::{self, Observer, Options, View};
use gan_train::{Config, Ending, Event, Flow, RunFolder, Session, Summary, Task, TrainError, Trainer};
use serde_json::Value;
use support::{bits, differing, small, steps};

fn watchers(config: &Config) -> Vec<Box<dyn Observer>> {
    observers::build(config, &Options { quiet: true, json: false })
}

/// A folder for a run that does not exist yet.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    (folder, run)
}

fn start(config: &Config, run: &Path) -> Trainer {
    Trainer::start(config, run, watchers(config)).unwrap()
}

fn resume(config: &Config, run: &Path) -> Trainer {
    Trainer::resume(config, RunFolder::open(run).unwrap(), watchers(config)).unwrap()
}

fn log(run: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn logged_steps(run: &Path) -> Vec<u64> {
    log(run).iter().filter(|l| l.get("scores").is_none()).map(|l| l["step"].as_u64().unwrap()).collect()
}

fn summary(run: &Path) -> Summary {
    serde_json::from_str(&fs::read_to_string(run.join("summary.json")).unwrap()).unwrap()
}

fn saved(run: &Path) -> Vec<u64> {
    checkpoint::list(&run.join("checkpoints")).into_iter().map(|(step, _)| step).collect()
}

/// Decodes a picture; its sides.
fn png(path: &Path) -> (u32, u32) {
    let file = std::io::BufReader::new(fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height)
}

#[test]
fn a_run_leaves_its_configuration_log_pictures_checkpoints_and_summary() {
    let (_folder, run) = place();
    let config = small("samples.every_steps=10\nmetrics.every_steps=5\ncheckpoint.keep=2");
    let mut trainer = start(&config, &run);
    assert_eq!(trainer.train().unwrap(), Ending::Done);
    assert!(trainer.is_over());
    assert_eq!(Config::from_file(&run.join("config.toml"), &[]).unwrap(), config);
    assert_eq!(logged_steps(&run), [1, 5, 10, 15, 20, 25, 30]);
    let lines = log(&run);
    for key in
        ["epoch", "discriminator_loss", "generator_loss", "discriminator_change", "d_real", "d_fake", "value", "d_lr", "g_lr"]
    {
        assert!(lines.iter().all(|l| l[key].is_f64()), "{key}: {lines:?}");
    }
    // numbers are written so that they come back to the bit
    let mut again = Session::new(&config).unwrap();
    let report = steps(&mut again, 5).pop().unwrap();
    assert_eq!(lines[1]["generator_loss"].as_f64(), report.loss("generator"));
    assert_eq!(saved(&run), [20, 30]);
    let (w, h) = png(&run.join("samples/step-00000030.png"));
    assert!(w > 100 && h > 100);
    for picture in fs::read_dir(run.join("samples")).unwrap() {
        png(&picture.unwrap().path());
    }
    let s = summary(&run);
    assert_eq!((s.ended.as_str(), s.steps, s.epochs, s.seed, s.threads, s.best), ("done", 30, 2.5, 5, 2, None));
    assert_eq!(s.parameters, trainer.session().task().trainable_len());
    assert!(s.last.contains_key("generator_loss") && s.seconds > 0.0);
}

#[test]
fn a_folder_with_something_in_it_is_refused_and_untouched() {
    let (_folder, run) = place();
    fs::create_dir(&run).unwrap();
    fs::write(run.join("thesis.txt"), b"mine").unwrap();
    let fault = Trainer::start(&small(""), &run, Vec::new()).err().unwrap();
    assert!(matches!(&fault, TrainError::RunExists { path } if *path == run), "{fault}");
    assert!(fault.to_string().contains("--out") && fault.to_string().contains("gan resume"));
    let names: Vec<_> = fs::read_dir(&run).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["thesis.txt"]);
    assert_eq!(fs::read(run.join("thesis.txt")).unwrap(), b"mine");
    // an empty one is taken; a model that cannot be leaves no folder
    let (folder, run) = place();
    assert!(Trainer::start(&small("generator.layers[3].units=5"), &run, Vec::new()).is_err());
    assert!(!run.exists());
    Trainer::start(&small(""), folder.path(), Vec::new()).unwrap();
    assert!(folder.path().join("config.toml").is_file());
    assert_eq!(RunFolder::next_free(folder.path(), "x"), folder.path().join("x-1"));
}

/// What the configuration says of data of one's own need not be true; what the run wrote down of them is.
#[test]
fn a_run_on_data_of_ones_own_is_sampled_without_them() {
    let (_folder, path) = place();
    let config = small("");
    let options = gan_datasets::OpenOptions { count: Some(100), ..Default::default() };
    let data = Arc::from(gan_datasets::open("grid", &options).unwrap());
    let mut trainer = Trainer::start_with(&config, data, &path, Vec::new()).unwrap();
    trainer.train().unwrap();
    let expected = trainer.session().samples(5, 1).unwrap();
    let run = RunFolder::open(&path).unwrap();
    assert_eq!(run.data_facts().unwrap().unwrap().len(), 100);
    let last = checkpoint::find(&run.checkpoints(), "last").unwrap();
    let mut session = Session::for_sampling(&run, &last).unwrap();
    assert_eq!(session.data().provenance().name, "grid");
    assert_eq!(session.samples(5, 1).unwrap(), expected);
    assert!(session.step().is_err(), "there is nothing to train on");

    fs::write(run.data_file(), "{}").unwrap();
    let fault = Session::for_sampling(&run, &last).err().unwrap().to_string();
    assert!(fault.contains("data.json: missing field"), "{fault}");
    // a run from before the file
    fs::remove_file(run.data_file()).unwrap();
    assert_eq!(Session::for_sampling(&run, &last).unwrap().data().provenance().name, "ring");
}

#[test]
fn what_is_no_run_cannot_be_resumed() {
    let (folder, run) = place();
    assert!(matches!(RunFolder::open(&run), Err(TrainError::NotARun { .. })));
    let fault = RunFolder::open(folder.path()).unwrap_err().to_string();
    assert!(fault.contains("config.toml is missing"), "{fault}");
    fs::write(folder.path().join("file"), b"").unwrap();
    let fault = RunFolder::open(&folder.path().join("file")).unwrap_err().to_string();
    assert!(fault.contains("is a file"), "{fault}");
    drop(start(&small(""), &run));
    let fault = Trainer::resume(&small(""), RunFolder::open(&run).unwrap(), Vec::new()).err().unwrap().to_string();
    assert!(fault.contains("no checkpoint last"), "{fault}");
    let fault = Trainer::resume(&small("seed=9"), RunFolder::open(&run).unwrap(), Vec::new()).err().unwrap().to_string();
    assert!(fault.contains("`seed` cannot be changed"), "{fault}");
}

#[test]
fn a_resumed_run_is_the_run_and_drops_the_lines_after_its_checkpoint() {
    let (_a, whole) = place();
    start(&small("train.steps=30"), &whole).train().unwrap();
    let (_b, halves) = place();
    start(&small("train.steps=20\ncheckpoint.every_steps=7\ncheckpoint.keep=9"), &halves).train().unwrap();
    // a crash after step 20, whose checkpoint was not finished; the last line was cut within a character
    let checkpoints = halves.join("checkpoints");
    fs::rename(checkpoints.join("step-00000020"), checkpoints.join("step-00000020.tmp")).unwrap();
    let mut lines = fs::read(halves.join("metrics.jsonl")).unwrap();
    lines.extend(b"{\"step\": 21, \"name\": \"\xc3");
    fs::write(halves.join("metrics.jsonl"), lines).unwrap();
    let mut resumed = resume(&small("train.steps=30"), &halves);
    assert_eq!(resumed.session().steps(), 14);
    resumed.train().unwrap();
    assert_eq!(log(&halves), log(&whole));
    let mut uninterrupted = Session::new(&small("")).unwrap();
    uninterrupted.restore(&checkpoint::find(&whole.join("checkpoints"), "last").unwrap()).unwrap();
    assert_eq!(differing(&uninterrupted, resumed.session()), Vec::<String>::new());
    let (a, b) = (summary(&whole), summary(&halves));
    assert_eq!((a.steps, a.epochs), (b.steps, b.epochs));
    assert_eq!(
        fs::read(whole.join("samples/step-00000030.png")).unwrap(),
        fs::read(halves.join("samples/step-00000030.png")).unwrap()
    );
    assert!(!checkpoints.join("step-00000020.tmp").exists());
}

#[test]
fn observers_do_not_change_training() {
    let (_a, watched) = place();
    let config = small(
        "samples.every_steps=1\nmetrics.every_steps=1\ncheckpoint.every_steps=1
         evaluate.every_steps=3\nevaluate.samples=200\nevaluate.metrics=[\"mode_coverage\", \"nearest_neighbours\"]",
    );
    let mut trainer = start(&config, &watched);
    trainer.train().unwrap();
    let mut alone = Session::new(&small("")).unwrap();
    steps(&mut alone, 30);
    assert_eq!(differing(&alone, trainer.session()), Vec::<String>::new());
    // a picture that is not there was counted; the last one is drawn whatever happens
    let (drawn, dropped) = (fs::read_dir(watched.join("samples")).unwrap().count() as u64, summary(&watched).dropped_frames);
    assert!(drawn + dropped == 30 || drawn + dropped == 31, "{drawn} pictures, {dropped} dropped");
    let evaluated: Vec<_> = log(&watched).into_iter().filter(|l| l.get("scores").is_some()).collect();
    assert_eq!(evaluated.len(), 10);
    assert!(evaluated.iter().all(|l| l["scores"][0]["value"].is_number() && l["scores"][1]["metric"] == "nearest_neighbours"));
    assert_eq!(summary(&watched).scores.len(), 2);
}

#[test]
fn evaluation_chooses_the_best_and_stops_early() {
    let (_folder, run) = place();
    // nothing learns, so the first evaluation stays the best
    let frozen =
        "generator.optimizer={ type = \"sgd\", lr = 0 }\ngenerator.layers[1]=relu\ncheckpoint.every_steps=4\ncheckpoint.keep=1
                  evaluate.every_steps=2\nevaluate.samples=100\nevaluate.metrics=[\"mode_reverse_kl\", \"high_quality_share\"]
                  evaluate.best=high_quality_share\n";
    let config = small(&format!("{frozen}evaluate.patience=4\ntrain.steps=100"));
    let ending = start(&config, &run).train().unwrap();
    assert_eq!(ending, Ending::Stopped("high_quality_share has not improved for 4 evaluations".to_owned()));
    let s = summary(&run);
    assert_eq!((s.steps, s.best, s.ended.starts_with("stopped: ")), (10, Some(2), true));
    assert_eq!(saved(&run), [2, 10], "the best and the last");
    let folder = run.join("checkpoints");
    assert_eq!(checkpoint::find(&folder, "best").unwrap(), folder.join("step-00000002"));
    // patience goes on where it was: five evaluations without a new best are four too many at the next one
    let mut resumed = resume(&small(&format!("{frozen}evaluate.patience=6\ntrain.steps=100")), &run);
    assert!(matches!(resumed.train().unwrap(), Ending::Stopped(why) if why.contains("6 evaluations")));
    assert_eq!(summary(&run).steps, 14);
    assert_eq!(saved(&run), [2, 14]);
}

#[test]
fn runs_end_by_steps_epochs_time_or_interrupt() {
    let epochs = small("train.steps=100\ntrain.epochs=2");
    let (_a, run) = place();
    start(&epochs, &run).train().unwrap();
    assert_eq!((summary(&run).steps, summary(&run).epochs), (24, 2.0));
    // an odd number of batches and two steps of D: an epoch is six steps and a half
    let (_b, run) = place();
    start(&small("game.k=2\ntrain.batch=15\ntrain.epochs=2"), &run).train().unwrap();
    assert_eq!((summary(&run).steps, summary(&run).epochs), (13, 2.0));
    let (_c, run) = place();
    let mut trainer = start(&small("train.minutes=0.002\ntrain.steps=100000000"), &run);
    assert_eq!(trainer.train().unwrap(), Ending::Done);
    let s = summary(&run);
    assert!(s.seconds >= 0.12 && s.steps > 0 && s.steps < 100_000_000, "{s:?}");
    assert_eq!(saved(&run).last(), Some(&s.steps));
    // its time is over for good
    assert!(resume(&small("train.minutes=0.002"), &run).is_over());
    let (_d, run) = place();
    let mut trainer = start(&small(""), &run);
    trainer.interrupt().store(true, Ordering::SeqCst);
    assert_eq!(trainer.train().unwrap(), Ending::Interrupted);
    assert_eq!((summary(&run).ended.as_str(), saved(&run)), ("interrupted", vec![0]));
    let mut resumed = resume(&small(""), &run);
    resumed.train_until(4).unwrap();
    assert_eq!(resumed.train().unwrap(), Ending::Done);
    assert_eq!((saved(&run), RunFolder::open(&run).unwrap().config().unwrap().train.steps), (vec![0, 4], Some(4)));
}

/// Writes down what it is told and answers from a script.
struct Scripted {
    name: &'static str,
    told: Arc<Mutex<Vec<String>>>,
    answer: fn(&Event) -> Flow,
}

impl Observer for Scripted {
    fn on(&mut self, event: &Event, _: &mut View<'_>) -> Result<Flow, TrainError> {
        let what = match event {
            Event::Started { step, total, .. } => format!("started {step} of {total:?}"),
            Event::Step(r) => format!("step {}", r.step),
            Event::Saved { step, .. } => format!("saved {step}"),
            Event::Finished { step, why, .. } => format!("finished {step} {why}"),
            other => format!("{other:?}"),
        };
        self.told.lock().unwrap().push(format!("{}: {what}", self.name));
        Ok((self.answer)(event))
    }
}

#[test]
fn observers_are_told_in_order_and_heard() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = |name, answer| -> Box<dyn Observer> { Box::new(Scripted { name, told: told.clone(), answer }) };
    // one that always wants a checkpoint, even when it is told of one
    let greedy = |_: &Event| Flow::CheckpointNow;
    let stops = |e: &Event| match e {
        Event::Saved { step: 2, .. } => Flow::Stop("enough".to_owned()),
        _ => Flow::Continue,
    };
    let (_folder, run) = place();
    let mut trainer = Trainer::start(&small(""), &run, vec![observer("a", greedy), observer("b", stops)]).unwrap();
    assert_eq!(trainer.train().unwrap(), Ending::Stopped("enough".to_owned()));
    let expected = [
        "a: started 0 of Some(30)",
        "b: started 0 of Some(30)",
        "a: saved 0",
        "b: saved 0",
        "a: step 1",
        "b: step 1",
        "a: saved 1",
        "b: saved 1",
        "a: step 2",
        "b: step 2",
        "a: saved 2",
        "b: saved 2",
        "a: finished 2 stopped: enough",
        "b: finished 2 stopped: enough",
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[test]
fn an_observer_that_fails_ends_the_run_by_name() {
    let (_folder, run) = place();
    let config = small("samples.every_steps=1");
    let mut trainer = start(&config, &run);
    fs::remove_dir_all(run.join("samples")).unwrap();
    let fault = trainer.train().unwrap_err().to_string();
    assert!(fault.contains("samples") && fault.contains("step-000000"), "{fault}");
    // and what cannot be drawn is told, too
    let (_folder, run) = place();
    let config = small("samples.count=100000\ndata.name=digits\ngenerator.layers[3].units=784\nsamples.columns=1\ntrain.steps=1");
    let fault = start(&config, &run).train().unwrap_err().to_string();
    assert!(fault.contains("the picture would have"), "{fault}");
}

#[test]
fn every_preset_builds_its_observers() {
    for preset in gan_train::config::PRESETS {
        let config = Config::preset(preset.name).unwrap();
        let loud = observers::build(&config, &Options::default()).len();
        assert_eq!(watchers(&config).len() + 1, loud, "quiet leaves the console out");
        assert_eq!(observers::build(&config, &Options { json: true, quiet: true }).len(), loud);
    }
    assert_eq!(watchers(&small("checkpoint.every_steps=0")).len() + 1, watchers(&small("")).len());
}

#[test]
fn the_last_picture_shows_the_weights_that_are_saved() {
    let (_folder, run) = place();
    let config = small("samples.every_steps=0");
    let mut trainer = start(&config, &run);
    trainer.train().unwrap();
    let mut names: Vec<_> = fs::read_dir(run.join("samples")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["step-00000001.png", "step-00000030.png"]);
    let mut session = Session::new(&config).unwrap();
    session.restore(&checkpoint::find(&run.join("checkpoints"), "last").unwrap()).unwrap();
    assert_eq!(bits(&session), bits(trainer.session()));
    let samples = session.samples(16, 5).unwrap();
    let portrait = gan_train::Portrait::new(session.data(), samples, 8).unwrap();
    let expected = portrait.paint().unwrap().to_png().unwrap();
    assert_eq!(fs::read(run.join("samples/step-00000030.png")).unwrap(), expected);
}
