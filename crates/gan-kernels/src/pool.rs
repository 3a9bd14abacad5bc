//! Threads: a pool whose workers wait inside one parallel region, and the team a kernel sees.

use std::any::Any;
use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::Isa;

/// A fixed set of threads. The caller's thread is one of them.
///
/// Workers spin for some microseconds between two pieces of work, so that handing over costs
/// far less than a thread wake-up, and then park. They never spin when the pool has more threads than
/// the machine has cores. Dropping the pool ends them.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<std::thread::JoinHandle<()>>,
    threads: usize,
    isa: Isa,
}

impl Pool {
    /// A pool of `threads` threads (at least one) on the best instruction set, see [`Isa::detect`].
    pub fn new(threads: usize) -> Pool {
        Pool::with_isa(threads, Isa::detect())
    }

    /// A pool for an instruction set; falls back to [`Isa::Portable`] where the machine lacks it.
    pub fn with_isa(threads: usize, isa: Isa) -> Pool {
        let threads = threads.max(1);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let spins = if threads <= cores { 20_000 } else { 0 };
        let shared = Arc::new(Shared::new(spins));
        let workers = (1..threads)
            .map(|i| {
                let shared = shared.clone();
                std::thread::Builder::new()
                    .name(format!("gan-{i}"))
                    .spawn(move || shared.work())
                    .expect("the system refuses another thread")
            })
            .collect();
        Pool { shared, workers, threads, isa: if isa.is_available() { isa } else { Isa::Portable } }
    }

    /// One thread for every core this process may use.
    pub fn default_threads() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The instruction set of its kernels.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Runs `f` as one parallel region: kernels called with the team share its threads.
    pub fn region<R>(&mut self, f: impl FnOnce(&Team<'_>) -> R) -> R {
        let shared = (self.threads > 1).then_some(&*self.shared);
        f(&Team { how: shared.map_or(How::Serial, How::Workers), isa: self.isa, serial: PhantomData })
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({} threads, {})", self.threads, self.isa)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.wake();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

/// The threads a kernel may use, and its instruction set.
pub struct Team<'a> {
    how: How<'a>,
    isa: Isa,
    /// Work handed to `for_each` must not hand out work itself, so it cannot hold a team.
    serial: PhantomData<Cell<()>>,
}

#[derive(Clone, Copy)]
enum How<'a> {
    Serial,
    Workers(&'a Shared),
    Rayon,
}

impl Team<'_> {
    /// The calling thread alone.
    pub fn serial() -> Team<'static> {
        Team { how: How::Serial, isa: Isa::detect(), serial: PhantomData }
    }

    /// The threads of the current rayon pool, for kernels used outside a [`Pool`].
    pub fn rayon() -> Team<'static> {
        Team { how: How::Rayon, isa: Isa::detect(), serial: PhantomData }
    }

    /// The instruction set.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Calls `f(0), ..., f(n - 1)`, each exactly once, on any thread in any order, and returns when
    /// all have.
    pub fn for_each(&self, n: usize, f: impl Fn(usize) + Sync) {
        match self.how {
            How::Rayon if n > 1 => {
                use rayon::prelude::*;
                (0..n).into_par_iter().for_each(&f);
            }
            How::Workers(shared) if n > 1 => {
                if let Err(panic) = shared.run(n, &f) {
                    resume_unwind(panic);
                }
            }
            _ => (0..n).for_each(f),
        }
    }

    /// Cuts `out` into pieces of `chunk` elements and calls `f(index, piece)` for each.
    pub fn chunks<T: Send>(&self, out: &mut [T], chunk: usize, f: impl Fn(usize, &mut [T]) + Sync) {
        let len = out.len();
        let base = Parts(out.as_mut_ptr());
        self.for_each(len.div_ceil(chunk.max(1)), |i| {
            let start = i * chunk;
            // SAFETY: pieces are disjoint, within `out`, and `for_each` hands out each index once.
            f(i, unsafe { base.slice(start, chunk.min(len - start)) });
        });
    }

    /// As [`chunks`](Team::chunks), for two slices cut in step: piece `i` of `a` and piece `i` of `b`.
    pub fn chunks2<T: Send, U: Send>(
        &self,
        a: (&mut [T], usize),
        b: (&mut [U], usize),
        f: impl Fn(usize, &mut [T], &mut [U]) + Sync,
    ) {
        let ((a, ca), (b, cb)) = (a, b);
        let (la, lb) = (a.len(), b.len());
        let n = la.div_ceil(ca.max(1));
        assert_eq!(n, lb.div_ceil(cb.max(1)), "two slices that are cut in step have equally many pieces");
        let (pa, pb) = (Parts(a.as_mut_ptr()), Parts(b.as_mut_ptr()));
        self.for_each(n, |i| {
            let (sa, sb) = (i * ca, i * cb);
            // SAFETY: as in `chunks`, for each of the two slices.
            let (x, y) = unsafe { (pa.slice(sa, ca.min(la - sa)), pb.slice(sb, cb.min(lb - sb))) };
            f(i, x, y);
        });
    }
}

/// A pointer whose disjoint parts go to different threads.
pub(crate) struct Parts<T>(pub(crate) *mut T);
// SAFETY: every user hands disjoint ranges to different threads.
unsafe impl<T: Send> Sync for Parts<T> {}

impl<T> Parts<T> {
    /// The elements `start..start + len`.
    ///
    /// # Safety
    /// The range lies within the slice the pointer was made from, which is borrowed mutably for as
    /// long as the result lives, and no other live part overlaps it.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn slice(&self, start: usize, len: usize) -> &mut [T] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), len) }
    }
}

/// A call `f(i)` with its type erased.
#[derive(Clone, Copy)]
struct Job {
    data: *const (),
    call: unsafe fn(*const (), usize),
    n: usize,
}

/// What the leader and its workers share.
///
/// The leader writes `job` only while `open` is false and nobody is `inside`; a worker reads it only
/// after it has entered (`inside += 1`) and then found `open` true. Both sides use sequentially
/// consistent operations, so at least one of them sees the other.
struct Shared {
    job: std::cell::UnsafeCell<Job>,
    open: AtomicBool,
    next: AtomicUsize,
    inside: AtomicUsize,
    stop: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    sleepers: Mutex<usize>,
    /// A copy of `sleepers` that the leader reads without locking.
    asleep: AtomicUsize,
    bell: Condvar,
    spins: u32,
}

// SAFETY: `job` is guarded by the protocol above; everything else is atomic or locked.
unsafe impl Sync for Shared {}
// SAFETY: the pointer in `job` is only followed while its owner waits in `run`.
unsafe impl Send for Shared {}

fn locked<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    fn new(spins: u32) -> Self {
        unsafe fn nothing(_: *const (), _: usize) {}
        Self {
            job: Job { data: std::ptr::null(), call: nothing, n: 0 }.into(),
            open: false.into(),
            next: 0.into(),
            inside: 0.into(),
            stop: false.into(),
            panic: None.into(),
            sleepers: 0.into(),
            asleep: 0.into(),
            bell: Condvar::new(),
            spins,
        }
    }

    /// The leader's side: publishes `f`, takes part, waits until everybody has left.
    fn run<F: Fn(usize) + Sync>(&self, n: usize, f: &F) -> Result<(), Box<dyn Any + Send>> {
        unsafe fn call<F: Fn(usize)>(data: *const (), i: usize) {
            // SAFETY: `data` is the `&F` of the `run` that is still waiting.
            unsafe { (*data.cast::<F>())(i) }
        }
        let job = Job { data: std::ptr::from_ref(f).cast(), call: call::<F>, n };
        // SAFETY: the previous `run` closed the job and saw everybody leave.
        unsafe { *self.job.get() = job };
        self.next.store(0, Ordering::SeqCst);
        self.open.store(true, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            self.wake();
        }
        self.take_part(job);
        self.open.store(false, Ordering::SeqCst);
        let mut waited = 0u32;
        while self.inside.load(Ordering::SeqCst) > 0 {
            waited += 1;
            if waited > self.spins { std::thread::yield_now() } else { std::hint::spin_loop() }
        }
        locked(&self.panic).take().map_or(Ok(()), Err)
    }

    fn take_part(&self, job: Job) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let i = self.next.fetch_add(1, Ordering::Relaxed);
                if i >= job.n {
                    break;
                }
                // SAFETY: `run` does not return before this thread has left.
                unsafe { (job.call)(job.data, i) };
            }
        }));
        if let Err(panic) = result {
            self.next.store(job.n, Ordering::Relaxed); // nobody starts more
            locked(&self.panic).get_or_insert(panic);
        }
    }

    fn wake(&self) {
        let _held = locked(&self.sleepers);
        self.bell.notify_all();
    }

    /// The workers' loop.
    fn work(&self) {
        let mut idle = 0u32;
        while !self.stop.load(Ordering::SeqCst) {
            if self.open.load(Ordering::Relaxed) {
                self.inside.fetch_add(1, Ordering::SeqCst);
                if self.open.load(Ordering::SeqCst) {
                    // SAFETY: inside and open: the leader does not touch `job` before we leave.
                    let job = unsafe { *self.job.get() };
                    self.take_part(job);
                }
                self.inside.fetch_sub(1, Ordering::SeqCst);
                // the job may stay open while others finish their part: do not hammer `inside`
                idle = 0;
                while self.open.load(Ordering::Relaxed) && idle < self.spins {
                    idle += 1;
                    std::hint::spin_loop();
                }
                if self.spins == 0 {
                    std::thread::yield_now();
                }
                idle = 0;
            } else if idle < self.spins {
                idle += 1;
                std::hint::spin_loop();
            } else {
                self.sleep();
                idle = 0;
            }
        }
    }

    fn sleep(&self) {
        let mut sleepers = locked(&self.sleepers);
        *sleepers += 1;
        self.asleep.store(*sleepers, Ordering::SeqCst);
        while !self.open.load(Ordering::SeqCst) && !self.stop.load(Ordering::SeqCst) {
            sleepers = self.bell.wait(sleepers).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        *sleepers -= 1;
        self.asleep.store(*sleepers, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn every_index_once_for_any_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            let mut pool = Pool::new(threads);
            for n in [0, 1, 2, 7, 100] {
                let hits: Vec<AtomicU64> = (0..n).map(|_| 0.into()).collect();
                for _ in 0..200 {
                    pool.region(|team| team.for_each(n, |i| drop(hits[i].fetch_add(1, Ordering::Relaxed))));
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
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let mut pool = Pool::new(2);
        let caught = catch_unwind(AssertUnwindSafe(|| pool.region(|t| t.for_each(10, |i| assert!(i != 5, "five")))));
        assert!(caught.is_err());
        let sum = AtomicU64::new(0);
        pool.region(|t| t.for_each(10, |i| drop(sum.fetch_add(i as u64, Ordering::Relaxed))));
        assert_eq!(sum.into_inner(), 45);
    }

    #[test]
    fn wakes_after_a_long_pause() {
        let mut pool = Pool::new(2);
        for _ in 0..3 {
            std::thread::sleep(std::time::Duration::from_millis(30));
            let sum = AtomicU64::new(0);
            pool.region(|t| t.for_each(1000, |i| drop(sum.fetch_add(i as u64, Ordering::Relaxed))));
            assert_eq!(sum.into_inner(), 499_500);
        }
    }
}
