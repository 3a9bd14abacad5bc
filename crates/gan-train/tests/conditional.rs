//! Games whose players are told the classes of the data.

mod support;

use std::sync::Arc;

use gan_core::Classes;
use gan_layers::Weights;
use gan_train::{Config, DataFacts, Session, Task};
use support::{CONDITIONAL, conditional, steps};

fn norm(x: &[f32]) -> f64 {
    x.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn samples_are_of_the_class_asked_for() {
    let mut session = Session::new(&conditional(&[])).unwrap();
    let reports = steps(&mut session, 6);
    assert!(reports.iter().flat_map(|r| &r.phases).all(|p| p.loss.is_finite() && p.squared_change.is_finite()));
    let mut of = |classes: &Classes| session.samples_of(20, classes, 3, Weights::Raw).map_err(|e| e.to_string());
    let (sevens, in_turn) = (of(&Classes::One(7)).unwrap(), of(&Classes::InTurn).unwrap());
    // number 17 is a seven when all classes come in turn, number 16 is not
    let number = |x: &[f32], i: usize| x[i * 784..][..784].to_vec();
    assert_eq!(number(&sevens, 17), number(&in_turn, 17));
    assert_ne!(number(&sevens, 16), number(&in_turn, 16));
    let e = of(&Classes::One(10)).unwrap_err();
    assert!(e.contains("class 10") && e.contains('9'), "{e}");
}

#[test]
fn weights_and_singular_vectors_keep_their_bounds() {
    let mut session = Session::new(&conditional(&[])).unwrap();
    let before = support::bits(&session);
    steps(&mut session, 5);
    let stores = session.task().stores();
    let of_d = |name: &str| {
        let store = stores[1].1;
        store.read(store.find(name).unwrap_or_else(|| panic!("no {name}"))).to_vec()
    };
    for name in ["layers[0].weight", "layers[0].bias", "layers[3].weight", "layers[3].embedding"] {
        assert!(of_d(name).iter().all(|w| w.abs() <= 0.4), "{name}");
    }
    for name in ["layers[0].weight_u", "layers[0].weight_v", "layers[3].embedding_u"] {
        assert!((norm(&of_d(name)) - 1.0).abs() < 1e-5, "{name}: {}", norm(&of_d(name)));
        let moved = before.iter().find(|(n, _)| *n == format!("discriminator.{name}")).unwrap();
        assert_ne!(moved.1, of_d(name).iter().map(|x| x.to_bits()).collect::<Vec<_>>(), "{name} is kept");
    }
}

#[test]
fn data_without_classes_are_a_named_fault() {
    let gaussian = CONDITIONAL.replace("\"digits\"", "\"gaussian\"").replace("units = 784", "units = 1");
    let e =
        Session::new(&Config::from_toml(&gaussian, "gaussian", &[]).unwrap()).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(e.contains("generator.layers[0]") && e.contains("classes"), "{e}");
}

#[test]
fn a_model_is_built_from_what_is_known_of_the_data() {
    let config = conditional(&[]);
    let session = Session::new(&config).unwrap();
    let facts = Arc::new(DataFacts::of(session.data()));
    let mut other = Session::untrained(&config, facts).unwrap();
    assert_eq!(other.samples_of(2, &Classes::One(3), 1, Weights::Raw).unwrap().len(), 2 * 784);
}
