//! The same bits for any number of threads.

mod common;

use common::{store, training_inputs, training_step};
use gan_tensor::{Cx, Graph, Pool, Store};

/// Losses and parameters after four steps.
fn train(threads: usize) -> Vec<u32> {
    let g = Graph::new();
    // products beyond the size at which they are cut into tiles, reductions of several chunks
    let (outs, t) = training_step(&g, 97, [333, 200, 60, 10]);
    let mut plan = g.compile::<f32>(&outs).unwrap();
    let mut store: Store<f32> = store(&t.slots);
    let inputs = training_inputs::<f32>(&t);
    let inputs: Vec<&[f32]> = inputs.iter().map(|v| &v[..]).collect();
    let mut pool = Pool::new(threads);
    let mut bits = Vec::new();
    for draw in 0..4 {
        pool.region(|team| plan.run(&mut [&mut store], &inputs, &Cx::new(team, 42, draw))).unwrap();
        bits.extend((0..outs.len()).map(|i| plan.output(i)[0].to_bits()));
    }
    assert!(bits.iter().all(|&b| f32::from_bits(b).is_finite()));
    bits.extend((0..store.len()).flat_map(|i| store.get(i).unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>()));
    bits
}

#[test]
fn a_training_step_gives_the_same_bits_on_any_number_of_threads() {
    let one = train(1);
    for threads in [2, 3, 8] {
        assert!(train(threads) == one, "{threads} threads");
    }
}
