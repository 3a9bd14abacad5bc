//! The arithmetic of the gan crates: matrix products, element-wise maths, reductions, random numbers and updates on slices, the same bits for any number of threads.
