//! The loader: what an epoch visits, exact resumption, errors from its thread, and its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gan_datasets::{Batch, Dataset, DatasetError, Loader, LoaderOptions, OpenOptions, Position, Provenance, Split, open};

/// Sample i is (i, -i), of class i mod 3. Reading `bad` fails, reading `panics` panics, each read takes `delay`.
struct Numbers {
    provenance: Provenance,
    bad: Option<usize>,
    panics: Option<usize>,
    wrong_label: Option<u32>,
    delay: Duration,
    reads: AtomicUsize,
}

fn numbers(count: usize) -> Numbers {
    Numbers {
        provenance: Provenance::new("numbers", "here", "none", Split::All, count),
        bad: None,
        panics: None,
        wrong_label: None,
        delay: Duration::ZERO,
        reads: AtomicUsize::new(0),
    }
}

impl Dataset for Numbers {
    fn len(&self) -> usize {
        self.provenance.count
    }
    fn sample_shape(&self) -> &[usize] {
        &[2]
    }
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(self.delay);
        if self.bad == Some(i) {
            return Err(DatasetError::Other("the disc is gone".into()));
        }
        assert!(self.panics != Some(i), "sample {i} is cursed");
        out.copy_from_slice(&[i as f32, -(i as f32)]);
        Ok(())
    }
    fn classes(&self) -> Option<usize> {
        Some(3)
    }
    fn label(&self, i: usize) -> Option<u32> {
        Some(self.wrong_label.unwrap_or(i as u32 % 3))
    }
}

fn options(batch: usize) -> LoaderOptions {
    LoaderOptions { batch, seed: 9, ..Default::default() }
}

fn take(loader: &mut Loader, n: usize) -> Vec<Batch> {
    (0..n).map(|_| loader.next().unwrap().clone()).collect()
}

#[test]
fn an_epoch_visits_each_sample_at_most_once_in_full_batches() {
    let mut loader = Loader::new(Arc::new(numbers(23)), options(4)).unwrap();
    assert_eq!(loader.batches_per_epoch(), 5);
    let mut left_out = std::collections::HashSet::new();
    let mut orders = Vec::new();
    for epoch in 0..8 {
        let mut seen = Vec::new();
        for index in 0..5 {
            assert_eq!(loader.position(), Position { epoch, batch: index });
            let batch = loader.next().unwrap();
            assert_eq!((batch.epoch, batch.index, batch.x.len(), batch.labels.len()), (epoch, index, 8, 4));
            for (x, label) in batch.x.chunks(2).zip(&batch.labels) {
                assert_eq!((x[1], *label), (-x[0], x[0] % 3.0));
                seen.push(x[0] as usize);
            }
        }
        orders.push(seen.clone());
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 20);
        left_out.extend((0..23).filter(|i| !seen.contains(i)));
    }
    // The three samples that are left out are others each time.
    assert!(left_out.len() > 9, "{left_out:?}");
    orders.dedup();
    assert_eq!(orders.len(), 8);
}

#[test]
fn without_shuffling_the_order_is_the_sets() {
    let mut loader = Loader::new(Arc::new(numbers(6)), LoaderOptions { shuffle: false, ..options(3) }).unwrap();
    for _ in 0..2 {
        assert_eq!(loader.next().unwrap().x, [0.0, 0.0, 1.0, -1.0, 2.0, -2.0]);
        assert_eq!(loader.next().unwrap().x, [3.0, -3.0, 4.0, -4.0, 5.0, -5.0]);
    }
}

#[test]
fn resuming_at_any_position_gives_the_same_batches() {
    let set: Arc<dyn Dataset> = Arc::new(numbers(23));
    let whole = take(&mut Loader::new(Arc::clone(&set), options(4)).unwrap(), 20);
    for done in 0..15 {
        let mut first = Loader::new(Arc::clone(&set), options(4)).unwrap();
        take(&mut first, done);
        let saved = first.position();
        drop(first);
        let mut second = Loader::at(Arc::clone(&set), options(4), saved).unwrap();
        assert_eq!(second.position(), saved);
        assert_eq!(take(&mut second, 5), whole[done..done + 5], "after {done} batches");
    }
}

#[test]
fn mirrored_pictures_are_the_same_after_resuming() {
    let set: Arc<dyn Dataset> = Arc::from(open("digits", &OpenOptions { count: Some(40), ..Default::default() }).unwrap());
    let [plain, flipped] = [false, true].map(|flip| LoaderOptions { flip, ..options(8) });
    let whole = take(&mut Loader::new(Arc::clone(&set), flipped.clone()).unwrap(), 12);
    let mut second = Loader::at(Arc::clone(&set), flipped, Position { epoch: 1, batch: 2 }).unwrap();
    assert_eq!(take(&mut second, 5), whole[7..]);
    // the order is that without flips, and each picture is the same or its mirror image
    let mut mirrored = 0;
    for (a, b) in take(&mut Loader::new(set, plain).unwrap(), 12).iter().zip(&whole) {
        assert_eq!(a.labels, b.labels);
        for (a, b) in a.x.chunks_exact(28 * 28).zip(b.x.chunks_exact(28 * 28)) {
            let mirror: Vec<f32> = a.chunks_exact(28).flat_map(|row| row.iter().rev().copied()).collect();
            assert!(a == b || mirror == b);
            mirrored += usize::from(mirror == b);
        }
    }
    assert!((24..=72).contains(&mirrored), "{mirrored} of 96");
}

#[test]
fn batches_do_not_depend_on_how_many_are_read_ahead_but_on_the_seed() {
    let batches = |prefetch, seed| {
        let set = Arc::new(numbers(50));
        take(&mut Loader::new(set, LoaderOptions { prefetch, seed, ..options(7) }).unwrap(), 30)
    };
    let expected = batches(2, 9);
    for prefetch in [0, 1, 5, usize::MAX] {
        assert_eq!(batches(prefetch, 9), expected);
    }
    assert_ne!(batches(2, 10), expected);
}

#[test]
fn a_batch_may_be_the_whole_set_but_no_more() {
    let mut loader = Loader::new(Arc::new(numbers(5)), options(5)).unwrap();
    assert_eq!(loader.batches_per_epoch(), 1);
    take(&mut loader, 3);
    assert_eq!(loader.position(), Position { epoch: 3, batch: 0 });
    for batch in [0, 6, usize::MAX] {
        let fault = Loader::new(Arc::new(numbers(5)), options(batch)).err().unwrap();
        assert!(matches!(fault, DatasetError::BatchSize { samples: 5, .. }), "{fault}");
    }
    let fault = Loader::at(Arc::new(numbers(5)), options(2), Position { epoch: 1, batch: 2 }).err().unwrap();
    assert!(matches!(fault, DatasetError::Position { batch: 2, batches: 2, .. }), "{fault}");
}

/// Samples without a value.
struct Nothing(Provenance);

impl Dataset for Nothing {
    fn len(&self) -> usize {
        4
    }
    fn sample_shape(&self) -> &[usize] {
        &[0, 28]
    }
    fn provenance(&self) -> &Provenance {
        &self.0
    }
    fn read(&self, _: usize, _: &mut [f32]) -> Result<(), DatasetError> {
        Ok(())
    }
}

#[test]
fn samples_without_values_are_refused() {
    let set = Nothing(Provenance::new("nothing", "here", "none", Split::All, 4));
    assert!(matches!(Loader::new(Arc::new(set), options(2)), Err(DatasetError::Parameter { .. })));
}

#[test]
fn an_error_of_the_thread_surfaces_at_its_batch() {
    let set = Numbers { bad: Some(5), ..numbers(9) };
    let mut loader = Loader::new(Arc::new(set), LoaderOptions { shuffle: false, ..options(2) }).unwrap();
    take(&mut loader, 2);
    let message = loader.next().unwrap_err().to_string();
    assert_eq!(message, "epoch 0, batch 2, sample 5: the disc is gone");
    assert_eq!(loader.position(), Position { epoch: 0, batch: 2 });
    assert!(matches!(loader.next(), Err(DatasetError::Stopped)));
}

#[test]
fn a_panic_of_the_set_is_an_error() {
    let set = Numbers { panics: Some(3), ..numbers(9) };
    let mut loader = Loader::new(Arc::new(set), LoaderOptions { shuffle: false, ..options(3) }).unwrap();
    take(&mut loader, 1);
    let message = loader.next().unwrap_err().to_string();
    assert_eq!(message, "data set `numbers` panicked while a batch was read: sample 3 is cursed");
    assert!(matches!(loader.next(), Err(DatasetError::Stopped)));
}

#[test]
fn a_label_that_names_no_class_is_an_error() {
    let set = Numbers { wrong_label: Some(3), ..numbers(9) };
    let fault = Loader::new(Arc::new(set), options(3)).unwrap().next().unwrap_err();
    assert!(fault.to_string().contains("label 3, expected less than 3"), "{fault}");
}

#[test]
fn dropping_the_loader_ends_its_thread() {
    // In the middle of a batch that would take 100 s.
    let set = Arc::new(Numbers { delay: Duration::from_millis(10), ..numbers(10_000) });
    drop(Loader::new(Arc::clone(&set) as Arc<dyn Dataset>, options(10_000)).unwrap());
    assert!(set.reads.load(Ordering::SeqCst) < 10_000, "the batch was read to its end");
    assert_eq!(Arc::strong_count(&set), 1, "the thread has let go of the set");
    // While it waits for an empty buffer.
    let set = Arc::new(numbers(10));
    let loader = Loader::new(Arc::clone(&set) as Arc<dyn Dataset>, options(1)).unwrap();
    while set.reads.load(Ordering::SeqCst) < 3 {
        std::thread::yield_now();
    }
    drop(loader);
    assert_eq!(Arc::strong_count(&set), 1);
}

#[test]
fn no_more_is_read_ahead_than_asked_for() {
    let set = Arc::new(numbers(100));
    let mut loader = Loader::new(Arc::clone(&set) as Arc<dyn Dataset>, LoaderOptions { prefetch: 3, ..options(1) }).unwrap();
    take(&mut loader, 5);
    while set.reads.load(Ordering::SeqCst) < 8 {
        std::thread::yield_now();
    }
    std::thread::sleep(Duration::from_millis(20));
    // 5 given out, of which one is still lent, and 3 ahead.
    assert_eq!(set.reads.load(Ordering::SeqCst), 8);
}

#[test]
fn a_set_without_classes_has_no_labels() {
    let set = Arc::from(open("uniform", &OpenOptions::default()).unwrap());
    let mut loader = Loader::new(set, options(10)).unwrap();
    assert!(loader.next().unwrap().labels.is_empty());
}
