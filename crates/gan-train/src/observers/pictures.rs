//! Pictures of samples from fixed latent vectors.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::{Observer, ObserverEntry, View};
use crate::{Event, Flow, Portrait, TrainError, picture};

/// A picture to be painted, and where it goes.
struct Frame {
    path: PathBuf,
    portrait: Portrait,
}

/// The thread that paints, and the way to it.
struct Worker {
    frames: SyncSender<Frame>,
    thread: JoinHandle<Result<(), TrainError>>,
}

/// Draws on its own thread; a frame that comes while it is busy is dropped and counted, training never waits for it.
struct Pictures {
    every: u64,
    worker: Option<Worker>,
}

impl Pictures {
    fn frame(step: u64, view: &mut View<'_>) -> Result<Frame, TrainError> {
        let config = view.session.config();
        let (count, columns, seed) = (config.samples.count, config.samples.columns, config.seed);
        let samples = view.session.samples(count, seed)?;
        let path = view.run.samples().join(format!("step-{step:08}.png"));
        Ok(Frame { path, portrait: view.session.portrait(samples, columns)? })
    }

    /// Hands a frame over; returns whether it was dropped.
    fn send(&mut self, frame: Frame) -> Result<bool, TrainError> {
        if self.worker.as_ref().is_some_and(|w| w.thread.is_finished()) {
            self.finish()?;
        }
        let worker = match &mut self.worker {
            Some(worker) => worker,
            none => none.insert(Worker::start(&frame.path)?),
        };
        // a thread that has ended meanwhile says why at the next frame or at the end
        Ok(matches!(worker.frames.try_send(frame), Err(TrySendError::Full(_))))
    }

    /// Waits for what is being drawn.
    fn finish(&mut self) -> Result<(), TrainError> {
        match self.worker.take() {
            Some(Worker { frames, thread }) => {
                drop(frames);
                thread.join().unwrap_or_else(|_| {
                    let fault = std::io::Error::other("drawing panicked");
                    Err(TrainError::File { what: "cannot draw", path: PathBuf::from("samples"), source: fault })
                })
            }
            None => Ok(()),
        }
    }
}

impl Drop for Pictures {
    /// A run that ends with an error still gets the pictures that were begun.
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

impl Worker {
    fn start(first: &Path) -> Result<Worker, TrainError> {
        let (frames, receiver) = sync_channel::<Frame>(1);
        let work = move || receiver.into_iter().try_for_each(|f| draw(&f));
        let thread = std::thread::Builder::new().name("gan-pictures".to_owned()).spawn(work);
        Ok(Worker { frames, thread: thread.map_err(TrainError::file("no thread can be started to draw", first))? })
    }
}

fn draw(frame: &Frame) -> Result<(), TrainError> {
    Ok(picture::write_png(&frame.path, &frame.portrait.paint()?)?)
}

impl Observer for Pictures {
    fn on(&mut self, event: &Event, view: &mut View<'_>) -> Result<Flow, TrainError> {
        match event {
            // the first picture shows that something is happening
            Event::Step(r) if r.step == 1 || (self.every > 0 && r.step.is_multiple_of(self.every)) => {
                let frame = Self::frame(r.step, view)?;
                view.dropped_frames += u64::from(self.send(frame)?);
            }
            Event::Finished { step, .. } => {
                self.finish()?;
                // the last picture is drawn here and now
                draw(&Self::frame(*step, view)?)?;
            }
            _ => {}
        }
        Ok(Flow::Continue)
    }
}

pub(super) const ENTRY: ObserverEntry = ObserverEntry {
    name: "pictures",
    doc: "draws samples from fixed latent vectors every samples.every_steps",
    build: |config, _| Some(Box::new(Pictures { every: config.samples.every_steps, worker: None })),
};
