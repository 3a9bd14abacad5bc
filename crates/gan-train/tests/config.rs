//! Configurations: presets, overrides, and faults that say where.

mod support;

use gan_train::config::PRESETS;
use gan_train::{Config, Session, TrainError};
use support::{SMALL, small};

fn refused(text: &str, overrides: &[&str]) -> String {
    let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
    match Config::from_toml(text, "file.toml", &overrides) {
        Err(e) => e.to_string(),
        Ok(_) => panic!("{overrides:?} was taken"),
    }
}

/// What building a session says of the small game with an override.
fn unbuildable(overrides: &str) -> String {
    match Session::new(&small(overrides)) {
        Err(e) => e.to_string(),
        Ok(_) => panic!("{overrides} was built"),
    }
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "expected `{part}` in: {message}");
    }
}

#[test]
fn every_preset_loads_and_survives_a_round_trip() {
    for preset in PRESETS {
        let config = Config::preset(preset.name).unwrap();
        assert_eq!(config.name, preset.name);
        let text = config.to_toml().unwrap();
        assert_eq!(Config::from_toml(&text, "again", &[]).unwrap(), config, "{text}");
        assert_eq!(config.differs_from(&config), None);
    }
}

#[test]
fn every_preset_on_data_that_need_no_files_makes_a_step() {
    for preset in PRESETS {
        let config = Config::preset_with(preset.name, &["train.batch=8".to_owned(), "train.threads=1".to_owned()]).unwrap();
        if gan_datasets::sources::ALL.iter().any(|source| source.name == config.data.name && source.needs_dir) {
            continue;
        }
        let report = Session::new(&config).unwrap().step().unwrap();
        assert!(report.phases.iter().all(|p| p.loss.is_finite() && p.squared_change > 0.0), "{}: {report:?}", preset.name);
    }
}

/// The published ramp counts epochs from 1 (`start: 1, saturate: 250`), ours counts those that are over.
#[test]
fn the_published_schedules_are_as_published() {
    let config = Config::preset("mnist-2014").unwrap();
    for optimizer in [&config.generator.optimizer, &config.discriminator.optimizer] {
        let sgd = gan_layers::optim::build(optimizer, "optimizer").unwrap();
        let at = |epoch: f64| sgd.values(gan_layers::Progress { step: (epoch * 500.0) as u64, epoch });
        for (epoch, momentum) in [(0.0, 0.5), (124.9, 0.5 + 0.2 * 124.0 / 249.0), (249.0, 0.7), (400.0, 0.7)] {
            assert!((at(epoch)[1] - momentum).abs() < 1e-12, "{epoch}: {:?}", at(epoch));
        }
        assert_eq!(at(0.0)[0], 0.1);
        // .0819 at epoch 100, .0368 at 500
        assert!((at(100.0)[0] - 0.0819).abs() < 5e-5 && (at(500.0)[0] - 0.0368).abs() < 5e-5);
        assert_eq!(at(1e5)[0], 1e-6, "the floor");
    }
}

#[test]
fn everything_optional_survives_a_round_trip() {
    let config = small(
        "train.epochs=2.5\ntrain.minutes=0.1\ngenerator.clip_norm=1.5\ndiscriminator.clip_value=0.25
         data.dir=some/place\nevaluate.metrics=[\"mode_coverage\"]\nevaluate.best=mode_coverage\nevaluate.patience=3
         game.penalties=[{ type = \"r1\", gamma = 0.1 }]\nseed=1234567890123456789",
    );
    assert_eq!(Config::from_toml(&config.to_toml().unwrap(), "again", &[]).unwrap(), config);
}

#[test]
fn unknown_keys_are_refused_at_every_level_with_the_nearest_one() {
    let cases: &[(&str, &[&str])] = &[
        ("trian.steps=5", &["file.toml", "`trian`", "did you mean `train`"]),
        ("train.stepz=5", &["train", "`stepz`", "did you mean `steps`"]),
        ("data.nam=ring", &["data", "`nam`", "did you mean `name`"]),
        ("game.updatse=alternating", &["game", "`updatse`", "did you mean `updates`"]),
        ("game.updates=alternatin", &["game.updates", "`alternatin`", "did you mean `alternating`"]),
        ("generator.latnt=5", &["generator", "`latnt`", "did you mean `latent`"]),
        ("generator.output_bias=data_logt", &["generator.output_bias", "did you mean `data_logit`"]),
        ("discriminator.clip_nrm=5", &["discriminator", "did you mean `clip_norm`"]),
        ("samples.colums=5", &["samples", "did you mean `columns`"]),
        ("metrics.every_step=5", &["metrics", "did you mean `every_steps`"]),
        ("evaluate.patince=5", &["evaluate", "did you mean `patience`"]),
        ("checkpoint.kep=5", &["checkpoint", "did you mean `keep`"]),
        ("evaluate.metrics=[\"mode_coverge\"]", &["evaluate.metrics", "did you mean `mode_coverage`"]),
        ("data.split=tst", &["data.split", "tst"]),
    ];
    for (set, parts) in cases {
        says(&refused(SMALL, &[set]), parts);
    }
}

#[test]
fn unknown_parts_and_fields_are_refused_with_their_place() {
    let cases: &[(&str, &[&str])] = &[
        ("game.objective=non_saturatin", &["game.objective.type", "did you mean `non_saturating`"]),
        ("game.penalties=[{ type = \"r3\" }]", &["game.penalties[0].type", "did you mean `r1`"]),
        ("generator.prior=normall", &["generator.prior.type", "did you mean `normal`"]),
        ("generator.optimizer.type=adm", &["generator.optimizer.type", "did you mean `adam`"]),
        ("generator.optimizer.beta3=0.5", &["generator.optimizer", "`beta3`", "did you mean `beta1`"]),
        ("generator.layers[0].unitz=5", &["generator.layers[0]", "`unitz`", "did you mean `units`"]),
        ("generator.layers[2]=rleu", &["generator.layers[2].type", "did you mean `relu`"]),
        ("discriminator.layers[0].init=hee", &["discriminator.layers[0].init.type", "did you mean `he`"]),
        ("discriminator.optimizer.lr.type=exponentail", &["discriminator.optimizer.lr.type", "did you mean `exponential`"]),
        ("discriminator.optimizer.lr.strt=1", &["discriminator.optimizer.lr", "did you mean `start`"]),
        ("data.name=rnig", &["rnig", "ring"]),
    ];
    for (set, parts) in cases {
        says(&unbuildable(set), parts);
    }
    assert!(matches!(Config::preset("digts"), Err(TrainError::UnknownPreset { meant: Some(m), .. }) if m == "digits"));
}

#[test]
fn overrides_reach_lists_and_turn_names_into_tables() {
    let config = small("generator.layers[3].units=7\ngenerator.layers[1].epsilon=0.1\nname=two words\ntrain.steps = 12");
    assert_eq!(config.generator.layers[3].fields["units"], 7.into());
    assert_eq!((config.generator.layers[1].kind.as_str(), config.name.as_str()), ("batch_norm", "two words"));
    assert!(config.generator.layers[1].fields.contains_key("epsilon"));
    assert_eq!(config.train.steps, Some(12));
    // a value with a line break is one value, not two keys
    assert_eq!(small("").name, "small");
    let config = Config::from_toml(SMALL, "small", &["name=1\ny = 2".to_owned()]).unwrap();
    assert_eq!(config.name, "1\ny = 2");
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let cases: &[(&str, &[&str])] = &[
        ("train.steps", &["--set train.steps", "key=value"]),
        ("=5", &["not a key"]),
        ("train..steps=5", &["not a key"]),
        ("generator.layers[9].units=5", &["[9]", "4 entries"]),
        ("generator.layers[0.units=5", &["not an index"]),
        ("generator.layers[=5", &["not an index"]),
        ("generator.layers[[0]=5", &["not an index"]),
        ("generator.layers[0]x=5", &["not an index"]),
        ("generator.layers[-1]=5", &["not an index"]),
        ("generator.layers.units=5", &["`units`", "array"]),
        ("generator.latent.units=5", &["`units`", "integer"]),
        ("generator[0]=5", &["[0]", "not a list"]),
        ("train.steps=many", &["train.steps", "many"]),
        ("train.steps=-1", &["train.steps"]),
    ];
    for (set, parts) in cases {
        says(&refused(SMALL, &[set]), parts);
    }
}

#[test]
fn values_out_of_range_are_refused_with_their_place() {
    let cases: &[(&str, &str)] = &[
        ("train.batch=0", "train.batch"),
        ("train.batch=1000000000000", "train.batch"),
        ("train.minutes=0", "train.minutes"),
        ("train.minutes=1e300", "train.minutes"),
        ("train.minutes=nan", "train.minutes"),
        ("train.epochs=inf", "train.epochs"),
        ("train.threads=0", "train.threads"),
        ("game.k=0", "game.k"),
        ("generator.latent=0", "generator.latent"),
        ("generator.latent=1000000000000000", "generator.latent"),
        ("generator.average=1", "generator.average"),
        ("generator.average={half_life=0}", "generator.average.half_life"),
        ("generator.average={half_live=100}", "half_life"),
        ("discriminator.weight_clip=0", "discriminator.weight_clip"),
        ("generator.clip_norm=-1", "generator.clip_norm"),
        ("generator.layers=[]", "generator.layers"),
        ("samples.count=0", "samples"),
        ("samples.columns=0", "samples"),
        ("metrics.every_steps=0", "metrics.every_steps"),
        ("evaluate.samples=0", "evaluate.samples"),
        ("evaluate.samples=1000000000000", "evaluate.samples"),
        ("evaluate.best=mode_coverage", "evaluate.best"),
        ("checkpoint.keep=0", "checkpoint.keep"),
    ];
    for (set, place) in cases {
        says(&refused(SMALL, &[set]), &[place]);
    }
    says(&refused(SMALL, &["game.k=2", "game.updates=simultaneous"]), &["game.k", "must be 1"]);
    says(&refused(SMALL, &["generator.clip_norm=1", "generator.clip_value=1"]), &["clip_norm", "clip_value", "only one"]);
    says(&refused(&SMALL.replace("steps = 30", ""), &[]), &["steps, epochs, minutes"]);
}

#[test]
fn networks_that_cannot_be_are_named_layer_by_layer() {
    let cases: &[(&str, &[&str])] = &[
        ("generator.layers[3].units=3", &["generator.layers[3]", "the data are [2]", "units"]),
        ("discriminator.layers[3].units=2", &["discriminator.layers[3]", "one number", "[2]"]),
        ("discriminator.layers[2].keep=0", &["discriminator.layers[2].keep"]),
        ("discriminator.layers[2].keep=1.5", &["discriminator.layers[2].keep", "1.5"]),
        ("discriminator.layers[2].keep=nan", &["discriminator.layers[2].keep"]),
        ("discriminator.layers[0].units=0", &["discriminator.layers[0].units"]),
        ("discriminator.layers[0].units=-5", &["discriminator.layers[0].units", "-5"]),
        ("discriminator.layers[0].units=1.5", &["discriminator.layers[0].units", "1.5"]),
        ("generator.layers[0]={ type = \"linear\" }", &["generator.layers[0]", "`units` is missing"]),
        ("discriminator.layers[1]=step", &["discriminator.layers[1] (step)", "cannot be trained"]),
        ("generator.layers[2]=step", &["generator.layers[2] (step)", "cannot be trained"]),
        ("generator.layers[2]={ type = \"reshape\", shape = [5, 2] }", &["generator.layers[2]", "12"]),
        ("generator.optimizer.lr=-1", &["generator.optimizer.lr"]),
        ("discriminator.optimizer.momentum=1.5", &["discriminator.optimizer.momentum"]),
        ("generator.output_bias=data_logit", &["generator.output_bias", "sigmoid"]),
    ];
    for (set, parts) in cases {
        says(&unbuildable(set), parts);
    }
    let sigmoid = SMALL.replace("{ type = \"linear\", units = 1 },", "{ type = \"linear\", units = 1 },\n\"sigmoid\",");
    let fault = Session::new(&Config::from_toml(&sigmoid, "file", &[]).unwrap()).err().unwrap().to_string();
    says(&fault, &["discriminator.layers[4]", "sigmoid", "leave it out"]);
}

#[test]
fn absurd_sizes_are_told_not_allocated() {
    let maxout =
        |units: u64, pieces: u64| format!("discriminator.layers[0]={{ type = \"maxout\", units = {units}, pieces = {pieces} }}");
    let cases: &[(&str, &str)] = &[
        ("generator.layers[0].units=1000000000000000000", "generator.layers[0]"),
        ("generator.layers[0].units=1000000\ngenerator.latent=1000000", "generator: parameter `layers[0].weight`"),
        (&maxout(1 << 40, 1 << 40), "discriminator.layers[0]"),
        (&maxout(1 << 20, 1 << 20), "discriminator.layers[0]"),
        // every layer fits, what they hold for a batch does not
        ("generator.latent=1\ngenerator.layers[0].units=1000000\ntrain.batch=100000\ndata.count=100000", "generator.layers[0]"),
        ("data.count=100000000000000000", "100000000000000000 samples were asked for"),
        ("data.pad=2", "only pictures [height, width, channels] can be padded"),
        ("data.flip=true", "only pictures [height, width, channels] can be flipped"),
        ("train.batch=300", "300"),
    ];
    for (set, place) in cases {
        says(&unbuildable(set), &[place]);
    }
}

#[test]
fn metrics_that_the_data_cannot_serve_are_refused_before_anything_is_built() {
    says(&unbuildable("evaluate.metrics=[\"class_coverage\"]"), &["evaluate.metrics", "class_coverage", "classifier", "ring"]);
}

#[test]
fn a_resumed_run_may_change_how_it_is_watched_but_not_the_model() {
    let base = small("");
    for (set, what) in [
        ("seed=6", "seed"),
        ("data.count=100", "data.count"),
        ("data.pad=1", "data.pad"),
        ("data.flip=true", "data.flip"),
        ("data.gcn=true", "data.gcn"),
        ("train.batch=8", "train.batch"),
        ("game.k=2", "game"),
        ("generator.latent=4", "generator"),
        ("discriminator.optimizer.momentum=0.9", "discriminator"),
    ] {
        assert_eq!(small(set).differs_from(&base), Some(what));
    }
    assert_eq!(small("train.threads=1\ntrain.steps=99\nsamples.count=4\ncheckpoint.keep=9").differs_from(&base), None);
}

#[test]
fn text_that_is_no_toml_and_files_that_are_none_are_named() {
    says(&refused("[train\nbatch = 3", &[]), &["file.toml", "line 1"]);
    says(&refused("", &[]), &["file.toml", "missing field `data`: a configuration needs [data] name", "gan train PRESET"]);
    let missing = Config::from_file("no/such/file.toml".as_ref(), &[]).unwrap_err();
    says(&missing.to_string(), &["cannot open", "no/such/file.toml"]);
    let folder = tempfile::tempdir().unwrap();
    let big = folder.path().join("big.toml");
    std::fs::write(&big, vec![b'#'; (1 << 20) + 1]).unwrap();
    says(&Config::from_file(&big, &[]).unwrap_err().to_string(), &["big.toml", "at most"]);
    if cfg!(unix) {
        // endless, and of length 0 by its own account
        says(&Config::from_file("/dev/zero".as_ref(), &[]).unwrap_err().to_string(), &["/dev/zero", "at most"]);
    }
}
