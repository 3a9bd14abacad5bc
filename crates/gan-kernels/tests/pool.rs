//! The pool under stress: many pools, more threads than cores, panics, pauses, drops at any moment.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use gan_kernels::{Pool, Team};

/// Jobs of random length; every index of every job exactly once, and every job's writes seen after it.
fn exercise(pool: &mut Pool, jobs: usize, salt: u64) {
    let mut state = salt | 1;
    let mut seen = vec![0u64; 300];
    pool.region(|team| {
        for job in 0..jobs {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(salt);
            let n = (state >> 33) as usize % seen.len();
            // plain writes from other threads, which the leader must see when the job is over
            team.chunks(&mut seen[..n], 1, |i, s| s[0] = (job * 1000 + i) as u64);
            assert!(seen[..n].iter().enumerate().all(|(i, &s)| s == (job * 1000 + i) as u64), "job {job}");
        }
    });
}

#[test]
fn every_index_once_for_any_number_of_threads() {
    for threads in [1, 2, 3, 8] {
        let mut pool = Pool::new(threads);
        for n in [0, 1, 2, 7, 100] {
            let hits: Vec<AtomicU64> = (0..n).map(|_| 0.into()).collect();
            for _ in 0..200 {
                pool.region(|team| {
                    team.for_each(n, |i| {
                        hits[i].fetch_add(1, Ordering::Relaxed);
                    })
                });
            }
            assert!(hits.iter().all(|h| h.load(Ordering::Relaxed) == 200), "{threads} threads, {n} items");
        }
    }
}

#[test]
fn pieces_are_disjoint_and_cover() {
    let mut pool = Pool::new(3);
    let (mut a, mut b) = (vec![0usize; 1003], vec![0usize; 101]);
    pool.region(|team| {
        team.chunks2((&mut a, 10), (&mut b, 1), |i, x, y| {
            x.fill(i);
            y.fill(i)
        })
    });
    assert!(a.iter().enumerate().all(|(k, &v)| v == k / 10));
    assert!(b.iter().enumerate().all(|(k, &v)| v == k));
}

#[test]
fn several_pools_at_once() {
    std::thread::scope(|scope| {
        for salt in 1..=6 {
            scope.spawn(move || {
                for threads in [2, 3, 5] {
                    exercise(&mut Pool::new(threads), 400, salt * 77);
                }
            });
        }
    });
}

#[test]
fn many_more_threads_than_cores() {
    exercise(&mut Pool::new(8 * Pool::default_threads()), 2000, 3);
}

#[test]
fn short_jobs_in_a_row() {
    for threads in [2, 3] {
        let mut pool = Pool::new(threads);
        let count = AtomicUsize::new(0);
        pool.region(|team| {
            for _ in 0..50_000 {
                team.for_each(2, |_| {
                    count.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(count.into_inner(), 100_000);
    }
}

#[test]
fn pauses_around_the_moment_of_parking() {
    // two workers on two cores spin, then park; more never spin: both paths meet jobs that come at any moment
    for threads in [2, 4] {
        let mut pool = Pool::new(threads);
        for round in 0..120u64 {
            std::thread::sleep(Duration::from_micros(round * 37 % 3000));
            let sum = AtomicU64::new(0);
            pool.region(|t| {
                t.for_each(50, |i| {
                    sum.fetch_add(i as u64, Ordering::Relaxed);
                })
            });
            assert_eq!(sum.into_inner(), 1225);
        }
    }
}

#[test]
fn dropped_while_spinning_parked_or_never_used() {
    for round in 0..60u64 {
        for threads in [1, 2, 4] {
            let mut pool = Pool::new(threads);
            if round % 3 > 0 {
                exercise(&mut pool, 5, round);
            }
            if round % 3 == 2 {
                std::thread::sleep(Duration::from_micros(round * 60));
            }
        }
    }
}

#[test]
fn panics_on_every_thread_leave_the_pool_whole() {
    for threads in [1, 2, 6] {
        let mut pool = Pool::new(threads);
        for round in 0..50 {
            let finished = AtomicUsize::new(0);
            let caught = catch_unwind(AssertUnwindSafe(|| {
                pool.region(|t| {
                    t.for_each(100, |i| {
                        if (i + round) % 7 == 0 {
                            // quiet: no message from the panic hook
                            std::panic::resume_unwind(Box::new("on purpose"));
                        }
                        finished.fetch_add(1, Ordering::Relaxed);
                    });
                });
            }));
            assert_eq!(caught.expect_err("a panic").downcast_ref::<&str>(), Some(&"on purpose"));
            assert!(finished.into_inner() < 100);
            exercise(&mut pool, 3, round as u64);
        }
    }
}

/// A payload that panics when it is dropped.
struct Trap;

impl Drop for Trap {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::resume_unwind(Box::new("from the payload"));
        }
    }
}

#[test]
fn payloads_that_panic_when_dropped_do_not_let_a_thread_escape() {
    for _ in 0..50 {
        let mut pool = Pool::new(4);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            pool.region(|t| t.for_each(4, |_| std::panic::resume_unwind(Box::new(Trap))));
        }));
        std::mem::forget(caught.expect_err("a panic"));
        exercise(&mut pool, 3, 1);
    }
}

#[test]
fn kernels_without_a_pool() {
    for team in [Team::serial(), Team::rayon()] {
        let sum = AtomicU64::new(0);
        team.for_each(1000, |i| {
            sum.fetch_add(i as u64, Ordering::Relaxed);
        });
        assert_eq!(sum.into_inner(), 499_500);
    }
}

#[test]
fn a_pool_is_at_least_one_thread() {
    let mut pool = Pool::new(0);
    assert_eq!(pool.threads(), 1);
    exercise(&mut pool, 3, 1);
}
