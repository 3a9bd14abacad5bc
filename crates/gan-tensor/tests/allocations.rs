//! A plan allocates nothing while it runs; what its matrix products allocate is the `gemm` crate's scratch space.

mod common;

use common::{store, training_inputs, training_step};
use gan_kernels::gemm::{self, Matrix};
use gan_tensor::{Cx, Graph, Param, Plan, Pool, Store, Team};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::alloc::System;
use std::sync::Barrier;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What `f` allocates once it has run a few times.
fn steady(mut f: impl FnMut()) -> Stats {
    (0..3).for_each(|_| f());
    let region = Region::new(ALLOCATOR);
    (0..5).for_each(|_| f());
    region.change()
}

/// The products of a plan, from the shapes of its steps; all sizes differ, so that they show what is transposed.
fn products(plan: &Plan<f32>) -> Vec<((usize, usize, usize), bool, bool)> {
    let product = |s: gan_tensor::plan::StepInfo<'_>| {
        let (a, b) = (s.ins[0], s.ins[1]);
        let (ta, tb) = [(false, false), (true, false), (false, true), (true, true)]
            .into_iter()
            .find(|&(ta, tb)| a[usize::from(!ta)] == b[usize::from(tb)])
            .unwrap();
        ((a[usize::from(ta)], b[usize::from(!tb)], a[usize::from(!ta)]), ta, tb)
    };
    plan.steps().filter(|s| s.op == "matmul" || s.op.starts_with("linear")).map(product).collect()
}

/// One test only, since the allocator counts everything in the process.
#[test]
fn a_run_allocates_what_its_products_allocate() {
    for threads in [1, 2] {
        let mut pool = Pool::new(threads);
        pool.region(|team| {
            // a new thread frees what it was started with: on a busy machine that may come late, so wait for all to work
            let all = Barrier::new(threads);
            team.for_each(threads, |_| {
                all.wait();
            });
            without_products(team);
            training(team, threads);
        });
    }
}

fn without_products(team: &Team<'_>) {
    let g = Graph::new();
    let (p, q) = (g.param(Param { store: 0, slot: 0 }, [64, 300]), g.param(Param { store: 0, slot: 1 }, [64, 300]));
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
    let stats = steady(|| {
        draw += 1;
        plan.run(&mut [&mut store], &[&x], &Cx::new(team, 1, draw)).unwrap();
    });
    assert_eq!((stats.allocations, stats.reallocations, stats.deallocations), (0, 0, 0));
}

fn training(team: &Team<'_>, threads: usize) {
    let g = Graph::new();
    let (outs, t) = training_step(&g, 100, [784, 240, 96, 10]);
    let mut plan = g.compile::<f32>(&outs).unwrap();
    let mut store: Store<f32> = store(&t.slots);
    let inputs = training_inputs::<f32>(&t);
    let inputs: Vec<&[f32]> = inputs.iter().map(|v| &v[..]).collect();
    let mut draw = 0;
    let run = steady(|| {
        draw += 1;
        plan.run(&mut [&mut store], &inputs, &Cx::new(team, 1, draw)).unwrap();
    });

    let products = products(&plan);
    assert_eq!(products.len(), 3 + 3 + 2, "forward, for the weights, to the layers below");
    let data = common::uniform::<f32>(784 * 240, 1);
    let mut out = vec![0f32; 784 * 240];
    let alone = steady(|| {
        for &((m, n, k), ta, tb) in &products {
            let a = Matrix::new(&data[..m * k], if ta { m } else { k }, ta);
            let b = Matrix::new(&data[..k * n], if tb { k } else { n }, tb);
            gemm::gemm(team, (m, n, k), a, b, &mut out[..m * n]);
        }
    });
    let counts = |s: Stats| (s.allocations, s.reallocations, s.deallocations, s.bytes_allocated);
    assert_eq!(counts(run), counts(alone), "on {threads} threads");
    println!("{threads} threads: {:?} allocations in 5 steps of {} products", run.allocations, products.len());
}
