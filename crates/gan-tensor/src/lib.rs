//! A tensor graph with gradients of any order, interpreted eagerly or compiled into a plan that allocates nothing.
