//! A classifier learns, resumes to the bit, and is used as a feature net.

use std::path::Path;
use std::sync::Arc;

use gan_datasets::{Dataset, ImageSet, OpenOptions, Provenance, Split, open};
use gan_layers::Kind;
use gan_tensor::Pool;
use gan_train::checkpoint::{self, Manifest};
use gan_train::observers::{self, Options};
use gan_train::{ClassifierConfig, Config, FeatureNet, RunConfig, RunFolder, Session, StepReport, Summary, Task, Trainer};

/// Everything that has a state, on few digits.
const SMALL: &str = r#"
name = "small"
seed = 5

[data]
name = "digits"
count = 200

[train]
batch = 20
steps = 20
threads = 2

[classifier]
label_smoothing = 0.1
views = [{ type = "translation", ratio = 0.08 }, { type = "instance_noise", std = { type = "linear", from = 0.2, to = 0.0, end = 10, unit = "step" } }]
average = 0.9
clip_norm = 5.0
optimizer = { type = "adam", lr = { type = "cosine", from = 0.01, to = 0.001, end = 20, unit = "step" }, beta1 = 0.9 }
layers = [
    { type = "conv2d", channels = 4, kernel = 4, stride = 4, init = "he" },
    { type = "batch_norm" },
    { type = "relu" },
    { type = "dropout", keep = 0.9 },
    { type = "flatten" },
    { type = "linear", units = 24, init = "he" },
    { type = "relu" },
    { type = "linear", units = 10 },
]

[evaluate]
every_steps = 5
count = 100

[checkpoint]
every_steps = 10
"#;

fn config(overrides: &[&str]) -> Result<ClassifierConfig, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.toml");
    std::fs::write(&path, SMALL).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|s| (*s).to_owned()).collect();
    ClassifierConfig::from_file(&path, &overrides).map_err(|e| e.to_string())
}

fn bits(session: &Session<ClassifierConfig>) -> Vec<(String, Vec<u32>)> {
    let of = |x: &[f32]| x.iter().map(|v| v.to_bits()).collect();
    session.task().stores()[0].1.iter().map(|(p, x)| (p.name.clone(), of(&x))).collect()
}

fn steps(session: &mut Session<ClassifierConfig>, n: u64) -> Vec<StepReport> {
    (0..n).map(|_| session.step().unwrap()).collect()
}

#[test]
fn resuming_is_exact_and_threads_do_not_matter() {
    let config = config(&[]).unwrap();
    let mut whole = Session::new(&config).unwrap();
    let reports = steps(&mut whole, 16);
    assert!(reports[15].epoch > 1.0 && whole.steps_per_epoch() == 10);
    let has = |kind| whole.task().stores()[0].1.of_kind(kind).next().is_some();
    assert!([Kind::Trainable, Kind::Buffer, Kind::OptimizerState, Kind::Average].into_iter().all(has));

    let mut first = Session::new(&config).unwrap();
    let mut halves = steps(&mut first, 7);
    let folder = tempfile::tempdir().unwrap();
    let at = first.position();
    let manifest = Manifest::at(first.steps(), (at.epoch, at.batch), Default::default(), None);
    let path = checkpoint::save(folder.path(), first.task(), manifest).unwrap();
    let mut config = config;
    config.train.threads = Some(1);
    let mut second = Session::new(&config).unwrap();
    steps(&mut second, 2);
    second.restore(&path).unwrap();
    // measuring changes nothing
    let (classifier, pool) = second.task_mut();
    classifier.held_out_scores(pool).unwrap().unwrap();
    halves.extend(steps(&mut second, 9));
    assert_eq!(halves, reports);
    assert_eq!(bits(&whole), bits(&second));
    assert_eq!(whole.task().counters(), second.task().counters());
}

#[test]
fn a_run_keeps_its_best_and_goes_on_where_it_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let watchers = |c: &ClassifierConfig| observers::build(c, &Options { quiet: true, json: false });
    let whole = config(&[]).unwrap();
    Trainer::start(&whole, &folder.path().join("whole"), watchers(&whole)).unwrap().train().unwrap();
    let part = config(&["train.steps=13"]).unwrap();
    Trainer::start(&part, &folder.path().join("part"), watchers(&part)).unwrap().train().unwrap();
    let run = RunFolder::open(&folder.path().join("part")).unwrap();
    Trainer::resume(&whole, run.clone(), watchers(&whole)).unwrap().train().unwrap();
    let summary = |name: &str| -> Summary {
        serde_json::from_str(&std::fs::read_to_string(folder.path().join(name).join("summary.json")).unwrap()).unwrap()
    };
    let (a, b) = (summary("whole"), summary("part"));
    assert_eq!((a.ended.as_str(), a.steps, a.scores.len()), ("done", 20, 2));
    assert_eq!((&a.scores, a.best), (&b.scores, b.best));
    let log = |name: &str| std::fs::read_to_string(folder.path().join(name).join("metrics.jsonl")).unwrap();
    assert_eq!(log("whole"), log("part"));
    assert!(log("whole").lines().any(|l| l.contains("\"scores\"") && l.contains("accuracy")));
    let weights = |name: &str| std::fs::read(folder.path().join(name).join("checkpoints/step-00000020/classifier.safetensors"));
    assert!(weights("whole").unwrap() == weights("part").unwrap());
    // the best is that of the highest accuracy, the first of equals
    let mut best = (0, f64::NEG_INFINITY);
    for line in log("whole").lines().filter(|l| l.contains("\"scores\"")) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let accuracy = line["scores"][0]["value"].as_f64().unwrap();
        if accuracy > best.1 {
            best = (line["step"].as_u64().unwrap(), accuracy);
        }
    }
    assert_eq!(a.best, Some(best.0));
    // another model is refused, and so is the run of another kind
    let other = config(&["classifier.label_smoothing=0.2"]).unwrap();
    let fault = Trainer::resume(&other, run.clone(), Vec::new()).err().unwrap().to_string();
    assert!(fault.contains("`classifier` cannot be changed"), "{fault}");
    let fault = run.config().unwrap_err().to_string();
    assert!(fault.contains("expected the configuration of a game, found that of a classifier"), "{fault}");
}

#[test]
fn it_learns_digits_from_few_of_them() {
    let set = ["data.count=1500", "train.batch=50", "evaluate.count=500", "classifier.label_smoothing=0"];
    let config = config(&[&set[..], &["classifier.views=[]", "classifier.optimizer.lr=0.01"]].concat()).unwrap();
    let mut session = Session::new(&config).unwrap();
    let reports = steps(&mut session, 150);
    let (classifier, pool) = session.task_mut();
    let [accuracy, cross_entropy] = classifier.held_out_scores(pool).unwrap().unwrap();
    assert_eq!((accuracy.n, accuracy.metric, cross_entropy.metric), (500, "accuracy", "cross_entropy"));
    assert!(accuracy.value > 0.85 && cross_entropy.value < 0.6, "{accuracy:?} {cross_entropy:?}");
    assert!(reports[149].loss("classifier").unwrap() < 0.5 * reports[0].loss("classifier").unwrap());
}

#[test]
fn what_makes_no_classifier_is_named() {
    let session = |overrides: &[&str]| match config(overrides) {
        Ok(config) => Session::new(&config).err().expect("it is refused").to_string(),
        Err(fault) => fault,
    };
    for (set, says) in [
        ("classifier.layers[7].units=9", "classifier.layers[7]: expected [10], a logit for each class of `digits`, found [9]"),
        ("classifier.label_smoothing=1", "classifier.label_smoothing: expected a share from 0"),
        ("classifier.average=1", "classifier.average: expected a decay"),
        ("classifier.clip_norm=0", "classifier.clip_norm: expected a number greater than 0"),
        ("classifier.layers=[]", "classifier.layers: a network needs at least one layer"),
        ("classifier.layers[7]=sigmoid", "classifier.layers[7]: expected [10]"),
        ("classifier.views=[\"adaptive\"]", "classifier.views[0]: `adaptive` learns from what D says"),
        ("classifier.views[0].type=translaton", "did you mean `translation`?"),
        ("classifier.optimizer=adma", "did you mean `adam`?"),
        ("data.name=gaussian", "a classifier needs labelled samples of at least 2 classes; `gaussian` has"),
        ("evaluate.split=test", "`digits` has no test split"),
        ("evaluate.split=tset", "evaluate.split"),
        ("train.batch=0", "train.batch: expected 1 to 100000"),
        ("train.bathc=3", "did you mean `batch`?"),
        ("generator.latent=3", "unknown field `generator`"),
    ] {
        let fault = session(&[set]);
        assert!(fault.contains(says), "{set}: `{says}` in `{fault}`");
    }
    let fault = session(&["classifier.layers=[\"flatten\", { type = \"linear\", units = 10 }, \"sigmoid\"]"]);
    assert!(fault.contains("classifier.layers[2]: the softmax wants logits"), "{fault}");
    let fault = ClassifierConfig::preset_with("ring", &[]).unwrap_err().to_string();
    assert!(fault.contains("there is no preset `ring`") && fault.contains("mnist-classifier"), "{fault}");
    for preset in ClassifierConfig::PRESETS {
        let config = ClassifierConfig::preset(preset.name).unwrap();
        assert_eq!(config.name, preset.name);
    }
}

fn digits(n: usize) -> Box<dyn Dataset> {
    open("digits", &OpenOptions { split: Split::Validation, count: Some(n), ..Default::default() }).unwrap()
}

/// The embedded net reads digits, alone, as channels, and inside a margin.
#[test]
fn the_net_inside_the_crate_reads_digits() {
    let mut pool = Pool::new(2);
    let mut net = FeatureNet::open("digits".as_ref()).unwrap();
    let data = digits(500);
    // scores name the net by its hash: the same one for every later program
    assert_eq!(net.hash(), "de800d7b0976417d81070ffaff01c24832bb55ee21fd017450a0303e82d19142");
    // not held out: they are among the pictures of MNIST that it was trained on
    let [accuracy, _] = net.accuracy(&*data, &mut pool).unwrap();
    assert!(accuracy.value >= 0.99, "{accuracy:?}");
    let plain = net.judge_data(&*data, 0, &mut pool).unwrap();
    assert_eq!((plain.n(), plain.classes(), plain.feature_len()), (500, 10, 64));
    let sums: Vec<f32> = plain.probabilities().chunks(10).map(|p| p.iter().sum()).collect();
    assert!(sums.iter().all(|s| (s - 1.0).abs() < 1e-5));

    // a margin is cut off
    let options = OpenOptions { split: Split::Validation, pad: 2, ..Default::default() };
    let padded = open("digits", &options).unwrap();
    assert_eq!(net.judge_data(&*padded, 2, &mut pool).unwrap(), plain);
    let fault = net.judge_data(&*padded, 0, &mut pool).unwrap_err().to_string();
    assert!(fault.contains("does not fit") && fault.contains("[28, 28, 1]") && fault.contains("[32, 32, 1]"), "{fault}");

    // three digits on top of each other are a number: triples of the set's first ones
    let mut x = vec![0.0; 784];
    let pixels: Vec<u8> = (0..20usize)
        .flat_map(|i| {
            let mut channels = vec![0u8; 3 * 784];
            for c in 0..3 {
                data.read((i + 7 * c) % 500, &mut x).unwrap();
                channels.iter_mut().skip(c).step_by(3).zip(&x).for_each(|(to, v)| *to = (v * 255.0).round() as u8);
            }
            channels
        })
        .collect();
    let triples = ImageSet::unlabelled([28, 28, 3], pixels, Provenance::new("triples", "here", "none", Split::All, 0)).unwrap();
    let seen = net.judge_data(&triples, 0, &mut pool).unwrap();
    let (labels, confidences) = seen.predictions();
    let (single, certain) = plain.predictions();
    assert_eq!((seen.classes(), seen.feature_len(), seen.probabilities().len()), (1000, 192, 20 * 1000));
    for i in 0..20 {
        let digits = [i, i + 7, i + 14];
        assert_eq!(labels[i], digits.iter().fold(0, |n, &d| 10 * n + single[d]));
        let product: f32 = digits.iter().map(|&d| certain[d]).product();
        assert!((confidences[i] - product).abs() < 1e-6);
        let features: Vec<f32> = digits.iter().flat_map(|&d| plain.features()[64 * d..64 * (d + 1)].to_vec()).collect();
        assert!(seen.features()[192 * i..192 * (i + 1)].iter().zip(features).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn nets_that_do_not_fit_are_named() {
    let net = FeatureNet::open("digits".as_ref()).unwrap();
    let fault = |shape: &[usize], range| net.fit(shape, range, 0).unwrap_err().to_string();
    assert!(fault(&[784], (0.0, 1.0)).contains("judges samples of shape [28, 28, 1] or several channels of it, found [784]"));
    assert!(fault(&[28, 28, 1], (-1.0, 1.0)).contains("trained on values in [0, 1], these samples have them in [-1, 1]"));
    assert!(fault(&[28, 28, 5], (0.0, 1.0)).contains("5 channels judged each by itself make more than 65536"));
    let fault = FeatureNet::open("digtis".as_ref()).err().unwrap().to_string();
    assert!(fault.contains("there is no feature net digtis") && fault.contains("`digits`"), "{fault}");
    let fault = net.with_features("layers[99]").err().unwrap().to_string();
    assert!(fault.contains("no layer `layers[99]`: expected layers[0] to layers["), "{fault}");
}

fn trained(folder: &Path) -> FeatureNet {
    let config = config(&["evaluate.every_steps=0"]).unwrap();
    Trainer::start(&config, folder, Vec::new()).unwrap().train().unwrap();
    FeatureNet::open(folder).unwrap()
}

#[test]
fn an_exported_net_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = Pool::new(1);
    let mut net = trained(&folder.path().join("run"));
    let out = folder.path().join("net");
    net.export(&out).unwrap();
    let mut again = FeatureNet::open(&out).unwrap();
    assert_eq!((again.hash(), again.hash().len(), again.spec()), (net.hash(), 64, net.spec()));
    let data = digits(50);
    let seen = net.judge_data(&*data, 0, &mut pool).unwrap();
    assert_eq!(again.judge_data(&*data, 0, &mut pool).unwrap(), seen);
    assert_eq!(seen.feature_len(), 24);
    // the run itself, with its averages, measures the same
    let run = RunFolder::open(&folder.path().join("run")).unwrap();
    let config: ClassifierConfig = run.read_config().unwrap();
    let mut session = Session::new(&config).unwrap();
    session.restore(&checkpoint::find(&run.checkpoints(), "last").unwrap()).unwrap();
    let (classifier, pool) = session.task_mut();
    classifier.hold_out(Arc::from(digits(50))).unwrap();
    let expected = classifier.held_out_scores(pool).unwrap().unwrap();
    assert_eq!(net.accuracy(&*data, pool).unwrap(), expected);
    // other features are another net to those who compare hashes, the same to those who ask for classes
    let hash = net.hash().to_owned();
    let mut early = net.with_features("layers[1]").unwrap();
    assert_ne!(early.hash(), hash);
    let other = early.judge_data(&*data, 0, pool).unwrap();
    assert_eq!((other.predictions(), other.feature_len()), (seen.predictions(), 7 * 7 * 4));
    assert!(again.export(&out).is_err(), "a folder with something in it stays");
}

#[test]
fn hostile_nets_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let net = trained(&folder.path().join("run"));
    let out = folder.path().join("net");
    net.export(&out).unwrap();
    let (description, weights) = (out.join("net.toml"), out.join("net.safetensors"));
    let (text, bytes) = (std::fs::read_to_string(&description).unwrap(), std::fs::read(&weights).unwrap());
    let refused = |says: &str| {
        let fault = FeatureNet::open(&out).err().expect("it is refused").to_string();
        assert!(fault.contains(says), "`{says}` in `{fault}`");
    };
    for n in [0, 1, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&weights, &bytes[..n]).unwrap();
        refused("net.safetensors: not a safetensors file");
    }
    std::fs::write(&weights, vec![0u8; 20 << 20]).unwrap();
    refused("more than this network's parameters need");
    std::fs::remove_file(&weights).unwrap();
    refused("cannot open");
    std::fs::write(&weights, &bytes).unwrap();
    for (from, to, says) in [
        ("units = 24", "units = 25", "parameter `layers[5].weight` is F32 [196, 24], the model's is F32 [196, 25]"),
        ("units = 10", "units = 1", "expected a logit for each of at least 2 classes, found [1]"),
        ("units = 24", "units = 2400000", "units"),
        ("[28, 28, 1]", "[28, 0, 1]", "input: expected a shape of 1 to"),
        ("[28, 28, 1]", "[4294967296, 4294967296, 4]", "input: expected a shape of 1 to"),
        ("[0.0, 1.0]", "[1.0, 0.0]", "range: expected two numbers, the lower one first"),
        ("name =", "nmae =", "did you mean `name`?"),
        ("\"batch_norm\"", "\"relu\"", "which this network does not have"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        std::fs::write(&description, changed).unwrap();
        refused(says);
    }
    std::fs::write(&description, [0xff]).unwrap();
    refused("UTF-8");
    // a run that is no classifier's
    let ring = Config::preset_with("ring", &["train.steps=1".to_owned(), "train.batch=8".to_owned()]).unwrap();
    Trainer::start(&ring, &folder.path().join("ring"), Vec::new()).unwrap().train().unwrap();
    let fault = FeatureNet::open(&folder.path().join("ring")).err().unwrap().to_string();
    assert!(fault.contains("expected the configuration of a classifier, found that of a game"), "{fault}");
}

#[test]
fn a_game_is_measured_by_a_classifier_while_it_trains() {
    let set = [
        "train.steps=4",
        "train.batch=16",
        "data.count=200",
        "generator.layers[0].units=8",
        "generator.layers[2].units=8",
        "discriminator.layers[0].units=8",
        "discriminator.layers[2].units=8",
        "samples.every_steps=0",
        "evaluate.every_steps=2",
        "evaluate.samples=120",
        "evaluate.metrics=[\"class_coverage\", \"confident_share\", \"duplicate_share\"]",
        "evaluate.best=confident_share",
    ];
    let config = |more: &[&str]| {
        let all: Vec<String> = set.iter().chain(more).map(|s| (*s).to_owned()).collect();
        Config::preset_with("digits", &all).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let with = config(&["evaluate.classifier=digits"]);
    let watchers = observers::build(&with, &Options { quiet: true, json: false });
    Trainer::start(&with, &folder.path().join("run"), watchers).unwrap().train().unwrap();
    let text = std::fs::read_to_string(folder.path().join("run/summary.json")).unwrap();
    let summary: Summary = serde_json::from_str(&text).unwrap();
    assert_eq!(summary.scores.len(), 3);
    assert!(summary.scores["class_coverage"] >= 1.0 && summary.best.is_some());

    let fault = |more: &[&str]| Session::new(&config(more)).err().unwrap().to_string();
    let missing = fault(&["evaluate.classifier=nowhere"]);
    assert!(missing.contains("there is no feature net nowhere: there is no such folder"), "{missing}");
    let grey = fault(&["evaluate.classifier=digits", "data.gcn=true"]);
    assert!(grey.contains("does not fit") && grey.contains("values in [0, 1]"), "{grey}");
    let mut without = with;
    without.evaluate.classifier = None;
    let fault = Session::new(&without).err().unwrap().to_string();
    assert!(fault.contains("needs a classifier's predictions") && fault.contains("evaluate.classifier"), "{fault}");
}
