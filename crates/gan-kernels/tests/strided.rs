//! Strided copies and maths against index arithmetic written out.

mod support;

use gan_kernels::strided::{Layout, MAX_RANK, binary, copy, scatter};
use gan_kernels::{Element, Pool};
use support::{numbers, same_bits};

both!(permutations, slices_and_scatter, broadcasts);

fn layout(offset: usize, strides: &[usize]) -> Layout {
    let mut all = [0; MAX_RANK];
    all[..strides.len()].copy_from_slice(strides);
    Layout { offset, strides: all }
}

/// Position in the operand of every index of `dims`, in row-major order.
fn positions(dims: &[usize], l: &Layout) -> Vec<usize> {
    let mut at = vec![l.offset];
    for (d, &n) in dims.iter().enumerate() {
        at = at.iter().flat_map(|a| (0..n).map(move |i| a + i * l.strides[d])).collect();
    }
    at
}

fn check_copy<E: Element>(dims: &[usize], l: &Layout, len: usize) {
    let x = numbers::<E>(len, 1);
    let at = positions(dims, l);
    let kernel = |pool: &mut Pool| {
        let mut out = vec![E::ZERO; at.len()];
        pool.region(|t| copy(t, dims, &x, l, &mut out));
        out
    };
    same_bits(kernel, |got, isa| assert!(got.iter().zip(&at).all(|(g, &a)| *g == x[a]), "{isa} {dims:?} {l:?}"));
}

fn permutations<E: Element>() {
    for (m, n) in [(1, 1), (7, 31), (33, 333), (333, 1), (1, 333), (0, 7), (7, 0), (200, 201)] {
        check_copy::<E>(&[n, m], &layout(0, &[1, n]), m * n);
        check_copy::<E>(&[m, n], &layout(0, &[n, 1]), m * n);
    }
    // [a, b, c, d] seen as [c, a, d, b]
    let (a, b, c, d) = (3, 7, 11, 5);
    check_copy::<E>(&[c, a, d, b], &layout(0, &[d, b * c * d, 1, c * d]), a * b * c * d);
    check_copy::<E>(&[], &layout(2, &[]), 3);
    check_copy::<E>(&[2, 1, 3, 1, 2, 2], &layout(0, &[12, 12, 4, 4, 2, 1]), 24);
}

fn slices_and_scatter<E: Element>() {
    // rows 2.., every third column from 1 on
    let (rows, cols) = (120, 301);
    let dims = [rows - 2, 100];
    let l = layout(2 * cols + 1, &[cols, 3]);
    check_copy::<E>(&dims, &l, rows * cols);
    let x = numbers::<E>(dims[0] * dims[1], 3);
    let mut out = vec![E::from_f64(9.0); rows * cols];
    scatter(&dims, &x, &l, &mut out);
    let mut want = vec![E::from_f64(9.0); rows * cols];
    for (a, &x) in positions(&dims, &l).into_iter().zip(&x) {
        want[a] = x;
    }
    assert!(out == want);
    // no element, and one without any dimension
    scatter(&[0, 4], &[], &layout(0, &[4, 1]), &mut out[..0]);
    scatter(&[], &x[..1], &layout(5, &[]), &mut out);
    assert!(out[5] == x[0]);
}

fn broadcasts<E: Element>() {
    let (m, n) = (121, 333);
    let cases: [(&[usize], Layout, Layout); 8] = [
        (&[m, n], layout(0, &[n, 1]), layout(0, &[n, 1])),
        (&[m, n], layout(0, &[n, 1]), layout(0, &[0, 1])),
        (&[m, n], layout(0, &[1, 0]), layout(0, &[n, 1])),
        (&[m, n], layout(0, &[n, 1]), layout(7, &[0, 0])),
        (&[m, n], layout(0, &[1, m]), layout(0, &[n, 1])),
        (&[m, 1], layout(0, &[1, 0]), layout(0, &[0, 0])),
        (&[0, n], layout(0, &[n, 1]), layout(0, &[n, 1])),
        (&[], layout(1, &[]), layout(2, &[])),
    ];
    for (dims, lx, ly) in cases {
        let (x, y) = (numbers::<E>(m * n, 1), numbers::<E>(m * n, 2));
        let want: Vec<E> = positions(dims, &lx).into_iter().zip(positions(dims, &ly)).map(|(a, b)| x[a] - y[b]).collect();
        let kernel = |pool: &mut Pool| {
            let mut out = vec![E::ZERO; want.len()];
            pool.region(|t| binary(t, dims, (&x, &lx), (&y, &ly), &mut out, |x, y| x - y));
            out
        };
        same_bits(kernel, |got, isa| assert!(got == want, "{isa} {dims:?}"));
    }
}

#[test]
#[should_panic]
fn a_layout_beyond_the_operand_is_refused() {
    let mut out = [0.0f32; 12];
    copy(&gan_kernels::Team::serial(), &[3, 4], &[1.0; 10], &layout(0, &[1, 3]), &mut out);
}
