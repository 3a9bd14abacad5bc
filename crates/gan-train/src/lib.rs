//! Configuration, training, checkpoints that resume exactly, and observers.
