//! Batches in a reproducible order, read ahead on a thread of their own.
//!
//! `prefetch + 1` buffers circulate: the thread fills an empty one and sends it over, `next` lends it to the caller and
//! sends it back at the following call. Nothing is allocated once all have been round.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::flip::Flip;
use crate::order::Order;
use crate::{Dataset, DatasetError};

/// Beyond this, reading ahead costs memory and smooths nothing more.
const MAX_PREFETCH: usize = 64;

/// How a [`Loader`] works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoaderOptions {
    /// The number of samples in a batch; 100 by default, as in Goodfellow et al. 2014.
    pub batch: usize,
    /// The seed of the order.
    pub seed: u64,
    /// Whether each epoch has an order of its own (the default), or the set's.
    pub shuffle: bool,
    /// Whether half of the pictures are mirrored, left for right; drawn anew for every batch.
    pub flip: bool,
    /// How many batches are read ahead; 2 by default. Less than 1 counts as 1, more than 64 as 64.
    pub prefetch: usize,
}

impl Default for LoaderOptions {
    fn default() -> Self {
        Self { batch: 100, seed: 0, shuffle: true, flip: false, prefetch: 2 }
    }
}

/// A place in the endless sequence of batches. Saved in a checkpoint, it is all that resuming needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The epoch, from 0.
    pub epoch: u64,
    /// The batch within the epoch, from 0.
    pub batch: u64,
}

impl Position {
    fn following(self, batches: u64) -> Self {
        if self.batch + 1 < batches { Self { batch: self.batch + 1, ..self } } else { Self { epoch: self.epoch + 1, batch: 0 } }
    }
}

/// A full batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The samples, row-major, `[batch, sample_shape...]`, in the set's own range.
    pub x: Vec<f32>,
    /// The class of each sample, as a number, `[batch]`; empty if the set has no classes.
    pub labels: Vec<f32>,
    /// The epoch that it belongs to.
    pub epoch: u64,
    /// Its index in the epoch.
    pub index: u64,
}

/// Batches of a data set without end, epoch after epoch. Each epoch visits the samples in an order that depends on
/// `(seed, epoch)` only; the samples that do not fill a last batch are left out of that epoch.
///
/// ```
/// use std::sync::Arc;
/// use gan_datasets::{Loader, LoaderOptions, OpenOptions, open};
///
/// let set = Arc::from(open("ring", &OpenOptions::default())?);
/// let mut loader = Loader::new(set, LoaderOptions { batch: 64, ..Default::default() })?;
/// let batch = loader.next()?;
/// assert_eq!((batch.x.len(), batch.labels.len()), (64 * 2, 64));
/// # Ok::<(), gan_datasets::DatasetError>(())
/// ```
pub struct Loader {
    set: Arc<dyn Dataset>,
    batches: u64,
    position: Position,
    current: Option<Batch>,
    /// Gone once an error has been reported.
    reader: Option<Reader>,
}

/// The caller's end of the thread.
struct Reader {
    empty: SyncSender<Batch>,
    full: Receiver<Result<Batch, DatasetError>>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Loader {
    /// Starts at the first batch of epoch 0.
    ///
    /// # Errors
    /// [`DatasetError::BatchSize`] if the batch is empty or larger than the set, [`DatasetError::Parameter`] if samples
    /// have no values or no left and right to flip, [`DatasetError::Thread`] if the system starts no thread.
    pub fn new(set: Arc<dyn Dataset>, options: LoaderOptions) -> Result<Self, DatasetError> {
        Self::at(set, options, Position::default())
    }

    /// Starts at `position`: with the same set and options, the batches are those that a loader which had been at this
    /// position would have given.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`DatasetError::Position`] if an epoch has fewer batches.
    pub fn at(set: Arc<dyn Dataset>, options: LoaderOptions, position: Position) -> Result<Self, DatasetError> {
        let name = || set.provenance().name.clone();
        let (batch, samples) = (options.batch, set.len());
        if set.sample_len() == 0 {
            let message = format!("expected samples of at least one value, found shape {:?}", set.sample_shape());
            return Err(DatasetError::Parameter { name: name(), message });
        }
        let values = batch.checked_mul(set.sample_len()).filter(|_| batch > 0 && batch <= samples);
        let values = values.ok_or_else(|| DatasetError::BatchSize { name: name(), batch, samples })?;
        let batches = (samples / batch) as u64;
        if position.batch >= batches {
            return Err(DatasetError::Position { name: name(), batch: position.batch, batches });
        }
        let flip = options.flip.then(|| Flip::new(&*set, options.seed)).transpose()?;
        let labels = if set.classes().is_some() { batch } else { 0 };
        let buffers = options.prefetch.clamp(1, MAX_PREFETCH) + 1;
        let (empty, to_fill) = sync_channel(buffers);
        let (filled, full) = sync_channel(buffers);
        for _ in 0..buffers {
            let buffer = Batch { x: vec![0.0; values], labels: vec![0.0; labels], epoch: 0, index: 0 };
            empty.send(buffer).expect("the receiver is held by this function");
        }
        let stop = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            order: Order::new(options.seed, options.shuffle, samples),
            flip,
            set: Arc::clone(&set),
            batches,
            position,
            stop: Arc::clone(&stop),
        };
        let builder = thread::Builder::new().name("gan-loader".to_owned());
        let thread = builder.spawn(move || worker.run(&to_fill, &filled)).map_err(DatasetError::Thread)?;
        let reader = Some(Reader { empty, full, stop, thread });
        Ok(Self { set, batches, position, current: None, reader })
    }

    /// The next batch. The loader takes its buffer back at the following call.
    ///
    /// # Errors
    /// What reading the data set says, with the sample ([`DatasetError::Sample`]), and [`DatasetError::Panicked`] if it
    /// panicked. After an error, [`DatasetError::Stopped`].
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its buffer")]
    pub fn next(&mut self) -> Result<&Batch, DatasetError> {
        let reader = self.reader.as_ref().ok_or(DatasetError::Stopped)?;
        if let Some(used) = self.current.take() {
            // If the thread has ended, the receive below says why.
            let _ = reader.empty.send(used);
        }
        match reader.full.recv() {
            Ok(Ok(batch)) => {
                self.position = self.position.following(self.batches);
                Ok(self.current.insert(batch))
            }
            Ok(Err(fault)) => {
                self.finish();
                Err(fault)
            }
            // The thread sends an error before it ends, unless it panicked.
            Err(_) => {
                let name = self.set.provenance().name.clone();
                let message = self.finish().unwrap_or_else(|| "no message".to_owned());
                Err(DatasetError::Panicked { name, message })
            }
        }
    }

    /// The position of the batch that [`next`](Self::next) will give.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The number of batches in an epoch.
    pub fn batches_per_epoch(&self) -> u64 {
        self.batches
    }

    /// The data set.
    pub fn dataset(&self) -> &Arc<dyn Dataset> {
        &self.set
    }

    /// Ends the thread, at the latest after the sample that it is reading; returns its panic message, if any.
    fn finish(&mut self) -> Option<String> {
        let Reader { empty, full, stop, thread } = self.reader.take()?;
        stop.store(true, Ordering::Relaxed);
        // The thread may be waiting for a buffer.
        drop((empty, full));
        let panic = thread.join().err()?;
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned())
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.finish();
    }
}

/// What runs on the thread.
struct Worker {
    set: Arc<dyn Dataset>,
    order: Order,
    flip: Option<Flip>,
    batches: u64,
    position: Position,
    stop: Arc<AtomicBool>,
}

impl Worker {
    fn run(mut self, to_fill: &Receiver<Batch>, filled: &SyncSender<Result<Batch, DatasetError>>) {
        while let Ok(mut batch) = to_fill.recv() {
            let result = self.fill(&mut batch).map(|()| batch);
            self.position = self.position.following(self.batches);
            let failed = result.is_err();
            if self.stop.load(Ordering::Relaxed) || filled.send(result).is_err() || failed {
                return;
            }
        }
    }

    fn fill(&mut self, batch: &mut Batch) -> Result<(), DatasetError> {
        let Position { epoch, batch: index } = self.position;
        (batch.epoch, batch.index) = (epoch, index);
        let size = self.set.sample_len();
        let rows = batch.x.len() / size;
        for (row, out) in batch.x.chunks_exact_mut(size).enumerate() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let sample = self.order.sample(epoch, index as usize * rows + row);
            let at = |fault| DatasetError::Sample { epoch, batch: index, index: sample, fault: Box::new(fault) };
            self.set.read(sample, out).map_err(at)?;
            if let Some(label) = batch.labels.get_mut(row) {
                *label = class(&*self.set, sample).map_err(at)?;
            }
        }
        if let Some(flip) = &self.flip {
            flip.apply(epoch * self.batches + index, &mut batch.x);
        }
        Ok(())
    }
}

/// The label of a sample of a set with classes, checked.
fn class(set: &dyn Dataset, index: usize) -> Result<f32, DatasetError> {
    let name = || set.provenance().name.clone();
    let label = set.label(index).ok_or_else(|| DatasetError::NoLabel { name: name(), index })?;
    let classes = set.classes().unwrap_or(0);
    if label as usize >= classes {
        return Err(DatasetError::Label { name: name(), index, label, classes });
    }
    Ok(label as f32)
}
