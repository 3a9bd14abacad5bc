//! Element-wise maths over contiguous slices, in pieces that threads share.

use crate::{Element, Team};

/// Elements a thread takes at a time: large enough to hide the hand-over, small enough for L1 and L2.
pub const CHUNK: usize = 8192;

simd! {
    fn map0_chunk[E: Element, F: Fn(E) -> E](out: &mut [E], f: F) {
        for o in out.iter_mut() { *o = f(*o); }
    }
}
simd! {
    fn map1_chunk[E: Element, F: Fn(E) -> E](x: &[E], out: &mut [E], f: F) {
        for (o, &x) in out.iter_mut().zip(x) { *o = f(x); }
    }
}
simd! {
    fn map2_chunk[E: Element, F: Fn(E, E) -> E](x: &[E], y: &[E], out: &mut [E], f: F) {
        for ((o, &x), &y) in out.iter_mut().zip(x).zip(y) { *o = f(x, y); }
    }
}
simd! {
    fn map3_chunk[E: Element, F: Fn(E, E, E) -> E](x: &[E], y: &[E], z: &[E], out: &mut [E], f: F) {
        for (((o, &x), &y), &z) in out.iter_mut().zip(x).zip(y).zip(z) { *o = f(x, y, z); }
    }
}

/// `out[i] = f(out[i])`.
pub fn in_place<E: Element>(team: &Team<'_>, out: &mut [E], f: impl Fn(E) -> E + Copy + Sync) {
    let isa = team.isa();
    team.chunks(out, CHUNK, |_, o| map0_chunk(isa, o, f));
}

/// `out[i] = f(x[i])`.
pub fn unary<E: Element>(team: &Team<'_>, x: &[E], out: &mut [E], f: impl Fn(E) -> E + Copy + Sync) {
    assert_eq!(x.len(), out.len(), "element-wise operands are equally long");
    let isa = team.isa();
    team.chunks(out, CHUNK, |i, o| map1_chunk(isa, &x[i * CHUNK..][..o.len()], o, f));
}

/// `out[i] = f(x[i], y[i])`.
pub fn binary<E: Element>(team: &Team<'_>, x: &[E], y: &[E], out: &mut [E], f: impl Fn(E, E) -> E + Copy + Sync) {
    assert!(x.len() == out.len() && y.len() == out.len(), "element-wise operands are equally long");
    let isa = team.isa();
    team.chunks(out, CHUNK, |i, o| map2_chunk(isa, &x[i * CHUNK..][..o.len()], &y[i * CHUNK..][..o.len()], o, f));
}

/// `out[i] = f(out[i], y[i])`: [`binary`] with the first operand overwritten.
pub fn binary_in_place<E: Element>(team: &Team<'_>, y: &[E], out: &mut [E], f: impl Fn(E, E) -> E + Copy + Sync) {
    assert_eq!(y.len(), out.len(), "element-wise operands are equally long");
    let isa = team.isa();
    team.chunks(out, CHUNK, |i, o| binary_chunk_in_place(isa, &y[i * CHUNK..][..o.len()], o, f));
}
simd! {
    fn binary_chunk_in_place[E: Element, F: Fn(E, E) -> E](y: &[E], out: &mut [E], f: F) {
        for (o, &y) in out.iter_mut().zip(y) { *o = f(*o, y); }
    }
}

/// `out[i] = f(x[i], y[i], z[i])`.
pub fn ternary<E: Element>(team: &Team<'_>, x: &[E], y: &[E], z: &[E], out: &mut [E], f: impl Fn(E, E, E) -> E + Copy + Sync) {
    assert!(x.len() == out.len() && y.len() == out.len() && z.len() == out.len(), "element-wise operands are equally long");
    let isa = team.isa();
    team.chunks(out, CHUNK, |i, o| {
        let n = o.len();
        map3_chunk(isa, &x[i * CHUNK..][..n], &y[i * CHUNK..][..n], &z[i * CHUNK..][..n], o, f);
    });
}
