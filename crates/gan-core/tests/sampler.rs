//! Samples: what they depend on and what not.

mod common;

use common::{game_of, linear, objective, players};
use gan_core::{CoreError, Decoder, Game, Sampler};
use gan_layers::optim::Average;
use gan_layers::{Spec, Updates, Weights};
use gan_tensor::testing::distance;
use gan_tensor::{Pool, Shape};

const LATENT: usize = 3;
const SAMPLE: usize = 4;

fn game() -> Game {
    // layers that must be quiet in use
    let layer = |kind: &str| Spec::new(kind);
    let g = [linear(16), layer("batch_norm"), layer("relu"), layer("dropout"), layer("gaussian_noise"), linear(SAMPLE)];
    game_of(players(&g, &[linear(1)], LATENT, SAMPLE), objective("minimax"), Vec::new())
}

fn sample(game: &mut Game, n: usize, seed: u64, threads: usize) -> Vec<f32> {
    let mut sampler = Sampler::new(game, Weights::Raw).unwrap();
    sampler.sample(game.players_mut().generator.params_mut(), n, seed, &mut Pool::new(threads)).unwrap()
}

#[test]
fn fewer_samples_are_the_first_of_more() {
    let mut game = game();
    let all = sample(&mut game, 321, 7, 1);
    assert_eq!(all.len(), 321 * SAMPLE);
    for n in [0, 1, 2, 4, 5, 16, 17, 37, 99, 100, 101, 200, 320] {
        let fewer = sample(&mut game, n, 7, 1);
        let whole = n / 100 * 100 * SAMPLE;
        assert_eq!(fewer[..whole], all[..whole], "{n}: whole hundreds are the same bits");
        assert!(distance(&fewer, &all[..n * SAMPLE]) <= 1e-6, "{n}");
        assert_eq!(sample(&mut game, n, 7, 2), fewer, "{n}: on two threads");
    }
    let rows: std::collections::HashSet<Vec<u32>> =
        all.chunks(SAMPLE).map(|row| row.iter().map(|x| x.to_bits()).collect()).collect();
    assert_eq!(rows.len(), 321, "no sample comes twice");
}

#[test]
fn samples_depend_on_the_seed_and_not_on_threads_or_the_sampler() {
    let mut game = game();
    let one = sample(&mut game, 150, 7, 1);
    assert_eq!(sample(&mut game, 150, 7, 2), one);
    assert_ne!(sample(&mut game, 150, 8, 1), one);
    let (mut sampler, mut pool) = (Sampler::new(&game, Weights::Raw).unwrap(), Pool::new(1));
    let store = game.players_mut().generator.params_mut();
    sampler.sample(store, 230, 1, &mut pool).unwrap();
    assert_eq!(sampler.sample(store, 150, 7, &mut pool).unwrap(), one, "what was drawn before does not matter");
}

#[test]
fn a_decoder_makes_the_samplers_samples_from_the_samplers_latent_vectors() {
    let mut game = game();
    let mut pool = Pool::new(2);
    let mut decoder = Decoder::new(&game, Weights::Raw).unwrap();
    assert_eq!(decoder.latent(), LATENT);
    let all = decoder.draw(250, 7, &mut pool).unwrap();
    for n in [0, 1, 3, 9, 64, 100, 101, 116, 250] {
        let z = decoder.draw(n, 7, &mut pool).unwrap();
        assert_eq!(z, all[..n * LATENT], "{n}");
        let expected = sample(&mut game, n, 7, 1);
        let decoded = decoder.decode(game.players_mut().generator.params_mut(), &z, &mut pool).unwrap();
        assert_eq!(decoded, expected, "{n}");
    }
}

#[test]
fn lines_in_latent_space_start_and_end_at_samples() {
    let mut game = game();
    let mut pool = Pool::new(1);
    let mut decoder = Decoder::new(&game, Weights::Raw).unwrap();
    let ends = decoder.draw(2, 3, &mut pool).unwrap();
    let (from, to) = ends.split_at(LATENT);
    const COLUMNS: usize = 5;
    let line: Vec<f32> =
        (0..COLUMNS).flat_map(|c| from.iter().zip(to).map(move |(a, b)| a + (b - a) * c as f32 / (COLUMNS - 1) as f32)).collect();
    let samples = sample(&mut game, 2, 3, 1);
    let decoded = decoder.decode(game.players_mut().generator.params_mut(), &line, &mut pool).unwrap();
    assert!(distance(&decoded[..SAMPLE], &samples[..SAMPLE]) <= 1e-6);
    assert!(distance(&decoded[(COLUMNS - 1) * SAMPLE..], &samples[SAMPLE..]) <= 1e-6);
}

#[test]
fn averaged_weights_are_used_where_asked_for() {
    let mut players = players(&[linear(SAMPLE)], &[linear(1)], LATENT, SAMPLE);
    let updates = Updates { average: Some(Average::new(0.9)), ..common::sgd() };
    updates.register(players.generator.params_mut()).unwrap();
    let n = LATENT * SAMPLE;
    players.generator.params_mut().write("average/layers[0].weight", &vec![0.0; n]).unwrap();
    players.generator.params_mut().write("average/layers[0].bias", &[1.0, 2.0, 3.0, 4.0]).unwrap();
    // registered above, with its averages changed: a game would add them once more
    let plain = Updates::new(gan_layers::optim::build(&Spec::new("adam"), "o").unwrap());
    let mut game = Game::new(gan_core::Parts::new(players, objective("minimax"), plain, common::sgd())).unwrap();
    let mut sampler = Sampler::new(&game, Weights::Averaged).unwrap();
    let store = game.players_mut().generator.params_mut();
    assert_eq!(sampler.sample(store, 2, 1, &mut Pool::new(1)).unwrap(), [1.0, 2.0, 3.0, 4.0].repeat(2));
    assert_ne!(sample(&mut game, 2, 1, 1), [1.0, 2.0, 3.0, 4.0].repeat(2));
}

#[test]
fn absurd_counts_and_latent_vectors_of_another_size_are_refused() {
    let mut game = game();
    let mut pool = Pool::new(1);
    let mut sampler = Sampler::new(&game, Weights::Raw).unwrap();
    let mut decoder = Decoder::new(&game, Weights::Raw).unwrap();
    let store = game.players_mut().generator.params_mut();
    for n in [usize::MAX, usize::MAX / 8, 1 << 45] {
        let e = sampler.sample(store, n, 1, &mut pool).unwrap_err();
        assert_eq!(e, CoreError::TooManySamples { n, len: SAMPLE });
    }
    let e = decoder.decode(store, &[0.0; 5], &mut pool).unwrap_err();
    assert_eq!(e, CoreError::Latent { expected: LATENT, found: 5 });
    assert_eq!(game.players().sample, Shape::from([SAMPLE]));
}
