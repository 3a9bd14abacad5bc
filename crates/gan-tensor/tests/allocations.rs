//! A plan allocates nothing while it runs.

mod common;

use common::{store, training_inputs, training_step};
use gan_tensor::{Cx, Graph, Param, Pool, Store, Team, Var};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Barrier;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What `f` allocates once it has run a few times: the least of three counts, since the test harness's own thread may allocate meanwhile.
fn steady(mut f: impl FnMut()) -> (usize, usize, usize) {
    (0..3).for_each(|_| f());
    let count = |_| {
        let region = Region::new(ALLOCATOR);
        (0..5).for_each(|_| f());
        let stats = region.change();
        (stats.allocations, stats.reallocations, stats.deallocations)
    };
    (0..3).map(count).min().unwrap()
}

/// One test only, since the allocator counts everything in the process.
#[test]
fn a_run_allocates_nothing() {
    for threads in [1, 2] {
        let mut pool = Pool::new(threads);
        pool.region(|team| {
            // a new thread frees what it was started with: on a busy machine that may come late, so wait for all to work
            let all = Barrier::new(threads);
            team.for_each(threads, |_| {
                all.wait();
            });
            without_products(team, Graph::param);
            without_products(team, Graph::packed_param);
            training(team);
        });
    }
}

fn without_products(team: &Team<'_>, param: for<'g> fn(&'g Graph, Param, [usize; 2]) -> Var<'g>) {
    let g = Graph::new();
    let [p, q] = [0, 1].map(|slot| param(&g, Param { store: 0, slot }, [64, 300]));
    let x = g.input("x", [64, 300]);
    let y = (x * p + q.sum_axes(&[0])).tanh().t().softmax(0).max_axes(&[1]);
    let z = g.concat(&[x, p.dropout(0.5, "d"), g.normal("n", [64, 300])], 1).slice(1, 200, 300).maxout(3);
    let loss = y.sum() + z.square().mean();
    let d = g.grad(loss, &[p, q]);
    g.write(p, p - d[0] * 0.1);
    g.write(q, p); // the old one: a copy is kept
    let mut plan = g.compile::<f32>(&[loss, p]).unwrap();
    let mut store: Store<f32> = store(&[64 * 300; 2]);
    let x = common::uniform::<f32>(64 * 300, 3);
    let mut draw = 0;
    let counted = steady(|| {
        draw += 1;
        plan.run(&mut [&mut store], &[&x], &Cx::new(team, 1, draw)).unwrap();
    });
    assert_eq!(counted, (0, 0, 0));
}

fn training(team: &Team<'_>) {
    let g = Graph::new();
    let (outs, t) = training_step(&g, 100, [784, 240, 96, 10]);
    let mut plan = g.compile::<f32>(&outs).unwrap();
    let mut store: Store<f32> = store(&t.slots);
    let inputs = training_inputs::<f32>(&t);
    let inputs: Vec<&[f32]> = inputs.iter().map(|v| &v[..]).collect();
    let mut draw = 0;
    let counted = steady(|| {
        draw += 1;
        plan.run(&mut [&mut store], &inputs, &Cx::new(team, 1, draw)).unwrap();
    });
    assert_eq!(counted, (0, 0, 0));
}
