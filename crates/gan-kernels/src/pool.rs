//! Threads: a pool whose workers wait inside one parallel region, and the team a kernel sees.

use std::any::Any;
use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::Isa;

/// A fixed set of threads. The caller's thread is one of them.
///
/// Workers spin for a fraction of a millisecond between two pieces of work, so that handing over
/// costs far less than a thread wake-up, and then park. They never spin when the pool has more threads than
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
    ///
    /// It has fewer threads where the system refuses to start so many; results do not depend on that.
    pub fn with_isa(threads: usize, isa: Isa) -> Pool {
        let threads = threads.max(1);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let spins = if threads <= cores { 20_000 } else { 0 };
        let shared = Arc::new(Shared::new(threads, spins));
        let workers: Vec<_> = (1..threads)
            .map_while(|i| {
                let shared = shared.clone();
                std::thread::Builder::new().name(format!("gan-{i}")).spawn(move || shared.work(i)).ok()
            })
            .collect();
        Pool { shared, threads: workers.len() + 1, workers, isa: if isa.is_available() { isa } else { Isa::Portable } }
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
                // one instance of rayon's machinery for all kernels
                let f: &(dyn Fn(usize) + Sync) = &f;
                (0..n).into_par_iter().for_each(f);
            }
            How::Workers(shared) if n > 1 && n <= u32::MAX as usize => {
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

/// A function of an item with its type erased.
#[derive(Clone, Copy)]
struct Job {
    data: *const (),
    call: unsafe fn(*const (), usize),
}

/// The items of a job that a thread does first: a range `start..end`, the halves of one number. Neighbouring items work on neighbouring data, and
/// the next job goes over the data that this one made: each thread finds most of its own in its cache.
#[derive(Default)]
#[repr(align(128))]
struct Share(AtomicU64);

impl Share {
    /// There are fewer than 2^32 items: see [`Team::for_each`].
    fn set(&self, start: usize, end: usize) {
        self.0.store((start as u64) << 32 | end as u64, Ordering::SeqCst);
    }

    /// The first item that is left, or the last one for those who help.
    fn take(&self, own: bool) -> Option<usize> {
        let (start, end) = (|x: u64| x >> 32, |x: u64| x & 0xffff_ffff);
        let rest = |x| (start(x) < end(x)).then(|| if own { x + (1 << 32) } else { x - 1 });
        let was = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest).ok()?;
        Some(if own { start(was) } else { end(was) - 1 } as usize)
    }
}

/// What the leader and its workers share.
///
/// `turn` counts up by one whenever a job opens (it becomes odd) or closes (even). The leader writes `job`
/// only while `turn` is even and nobody is `inside`; a worker reads it only after it has entered
/// (`inside += 1`) and then found `turn` odd. Leader ("close, then look who is inside") and worker
/// ("enter, then look whether open") both write before they read, in sequentially consistent order: at
/// least one of them sees the other, so no worker is inside unnoticed. A worker takes part in a turn at
/// most once, so a long last item is not disturbed by those who found nothing left to do.
struct Shared {
    job: std::cell::UnsafeCell<Job>,
    turn: AtomicUsize,
    /// The items that are left, those of each thread apart.
    shares: Vec<Share>,
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
    fn new(threads: usize, spins: u32) -> Self {
        unsafe fn nothing(_: *const (), _: usize) {}
        Self {
            job: Job { data: std::ptr::null(), call: nothing }.into(),
            turn: 0.into(),
            shares: (0..threads).map(|_| Share::default()).collect(),
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
        let job = Job { data: std::ptr::from_ref(f).cast(), call: call::<F> };
        // SAFETY: the previous `run` closed its turn and saw everybody leave; a `Pool` is borrowed mutably by its region and
        // a `Team` cannot be shared between threads, so there is one leader.
        unsafe { *self.job.get() = job };
        let threads = self.shares.len();
        for (t, share) in self.shares.iter().enumerate() {
            share.set(t * n / threads, (t + 1) * n / threads);
        }
        self.turn.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            self.wake();
        }
        self.take_part(job, 0);
        self.turn.fetch_add(1, Ordering::SeqCst);
        let mut waited = 0u32;
        while self.inside.load(Ordering::SeqCst) > 0 {
            if waited < self.spins {
                waited += 1;
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        locked(&self.panic).take().map_or(Ok(()), Err)
    }

    /// Works until nothing is left: thread `me` on its own share, then on what the others have not begun. Never unwinds: a thread
    /// that left this way would still count as inside.
    fn take_part(&self, job: Job, me: usize) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let (before, from_me) = self.shares.split_at(me);
            for share in from_me.iter().chain(before) {
                while let Some(i) = share.take(std::ptr::eq(share, &self.shares[me])) {
                    // SAFETY: `run` does not return before this thread has left.
                    unsafe { (job.call)(job.data, i) };
                }
            }
        }));
        if let Err(panic) = result {
            self.shares.iter().for_each(|share| share.set(0, 0)); // nobody starts more
            let mut first = locked(&self.panic);
            if first.is_none() {
                *first = Some(panic);
            } else {
                // dropping a payload runs foreign code, which may panic in turn
                std::mem::forget(panic);
            }
        }
    }

    fn wake(&self) {
        let _held = locked(&self.sleepers);
        self.bell.notify_all();
    }

    /// Whether a job is open that the worker, whose last turn was `seen`, has not taken part in.
    fn has_work(&self, seen: usize, order: Ordering) -> bool {
        let turn = self.turn.load(order);
        turn % 2 == 1 && turn != seen
    }

    /// The loop of worker `me`.
    fn work(&self, me: usize) {
        let (mut idle, mut seen) = (0u32, 0);
        while !self.stop.load(Ordering::Relaxed) {
            if self.has_work(seen, Ordering::Relaxed) {
                self.inside.fetch_add(1, Ordering::SeqCst);
                let turn = self.turn.load(Ordering::SeqCst);
                if turn % 2 == 1 {
                    // SAFETY: inside and open: the leader does not touch `job` before we leave.
                    let job = unsafe { *self.job.get() };
                    self.take_part(job, me);
                    seen = turn;
                }
                self.inside.fetch_sub(1, Ordering::SeqCst);
                idle = 0;
            } else if idle < self.spins {
                idle += 1;
                std::hint::spin_loop();
            } else {
                self.sleep(seen);
                idle = 0;
            }
        }
    }

    /// Parks until the bell rings. Whoever is woken spins again, even if it comes too late for the job that
    /// rang: otherwise a series of jobs shorter than a wake-up would ring for each and never be helped.
    fn sleep(&self, seen: usize) {
        let mut sleepers = locked(&self.sleepers);
        *sleepers += 1;
        self.asleep.store(*sleepers, Ordering::SeqCst);
        // the leader opens, then reads `asleep`: either it rings, or we see the open job here
        if !self.has_work(seen, Ordering::SeqCst) && !self.stop.load(Ordering::SeqCst) {
            sleepers = self.bell.wait(sleepers).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        *sleepers -= 1;
        self.asleep.store(*sleepers, Ordering::SeqCst);
    }
}
