//! Layers, initialisers, constraints and optimisers over gan-tensor.
