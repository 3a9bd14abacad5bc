//! Pictures of samples from fixed latent vectors.

use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::{Observer, ObserverEntry, View};
use crate::{Event, Flow, Portrait, TrainError, picture};

/// A picture to be painted, and where it goes.
type Frame = (PathBuf, Portrait);

/// Draws on its own thread; a frame that comes while it is busy is dropped and counted, training never waits for it.
struct Pictures {
    every: u64,
    worker: Option<(SyncSender<Frame>, JoinHandle<Result<(), TrainError>>)>,
    dropped: u64,
}

impl Pictures {
    fn frame(step: u64, view: &mut View<'_>) -> Result<Frame, TrainError> {
        let config = view.session.config();
        let (count, columns, seed) = (config.samples.count, config.samples.columns, config.seed);
        let samples = view.session.samples(count, seed)?;
        let path = view.run.samples().join(format!("step-{step:08}.png"));
        Ok((path, Portrait::new(view.session.data(), samples, columns)?))
    }

    fn send(&mut self, frame: Frame) -> Result<(), TrainError> {
        if self.worker.as_ref().is_some_and(|(_, thread)| thread.is_finished()) {
            self.finish()?;
        }
        let (sender, _) = self.worker.get_or_insert_with(|| {
            let (sender, receiver) = sync_channel::<Frame>(1);
            let thread = std::thread::spawn(move || receiver.into_iter().try_for_each(|f| draw(&f)));
            (sender, thread)
        });
        if let Err(TrySendError::Full(_)) = sender.try_send(frame) {
            self.dropped += 1;
        }
        Ok(())
    }

    /// Waits for what is being drawn.
    fn finish(&mut self) -> Result<(), TrainError> {
        match self.worker.take() {
            Some((sender, thread)) => {
                drop(sender);
                thread.join().unwrap_or(Ok(()))
            }
            None => Ok(()),
        }
    }
}

fn draw((path, portrait): &Frame) -> Result<(), TrainError> {
    Ok(picture::write_png(path, &portrait.paint()?)?)
}

impl Observer for Pictures {
    fn on(&mut self, event: &Event, view: &mut View<'_>) -> Result<Flow, TrainError> {
        match event {
            // the first picture shows that something is happening
            Event::Step(r) if r.step == 1 || (self.every > 0 && r.step.is_multiple_of(self.every)) => {
                let frame = Self::frame(r.step, view)?;
                self.send(frame)?;
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
    build: |config, _| Some(Box::new(Pictures { every: config.samples.every_steps, worker: None, dropped: 0 })),
};
