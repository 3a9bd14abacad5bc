//! Convolutions and their gradients against loops over their definition, of many geometries.

mod support;

use gan_kernels::conv::{self, Geometry};
use gan_kernels::gemm::tile;
use gan_kernels::{Element, Pool};
use proptest::prelude::*;
use support::{close, numbers, same_bits};

both!(many_geometries, layers_of_networks, empty_operands, nan_is_seen, adjoint, epilogues);

/// Calls `f` with the indices of `x`, `w` and `y` of every term of the sums.
fn terms(g: &Geometry, mut f: impl FnMut(usize, usize, usize)) {
    let [cin, cout] = g.channels;
    let (din, dout) = (cin / g.groups, cout / g.groups);
    let [[h, w], [oh, ow], [kh, kw]] = [g.input, g.output, g.kernel];
    for (b, i, j) in (0..g.batch * oh * ow).map(|r| (r / (oh * ow), r / ow % oh, r % ow)) {
        for (p, q) in (0..kh * kw).map(|t| (t / kw, t % kw)) {
            let (y, x) = (i * g.stride[0] + p, j * g.stride[1] + q);
            let (Some(y), Some(x)) = (y.checked_sub(g.padding[0]), x.checked_sub(g.padding[1])) else { continue };
            if y >= h || x >= w {
                continue;
            }
            for c in 0..din {
                for o in 0..cout {
                    let channel = o / dout * din + c;
                    let (at_x, at_w) = (((b * h + y) * w + x) * cin + channel, ((p * kw + q) * din + c) * cout + o);
                    f(at_x, at_w, ((b * oh + i) * ow + j) * cout + o);
                }
            }
        }
    }
}

fn geometry(batch: usize, input: [usize; 2], channels: [usize; 2], kernel: [usize; 2], stride: [usize; 2]) -> Geometry {
    Geometry { batch, input, output: [0, 0], channels, kernel, stride, padding: [0, 0], groups: 1 }
}

/// The same with padding, groups and the output size that follows; nothing if the kernel does not fit.
fn padded(g: Geometry, padding: [usize; 2], groups: usize) -> Option<Geometry> {
    let size = |d: usize| conv::output_size(g.input[d], g.kernel[d], g.stride[d], padding[d]);
    Some(Geometry { padding, groups, output: [size(0)?, size(1)?], ..g })
}

/// Lengths of `x`, `w` and `y`.
fn lengths(g: &Geometry) -> [usize; 3] {
    let pixels = |[h, w]: [usize; 2]| g.batch * h * w;
    let weights = g.kernel[0] * g.kernel[1] * g.channels[0] / g.groups * g.channels[1];
    [pixels(g.input) * g.channels[0], weights, pixels(g.output) * g.channels[1]]
}

/// The three kernels on one pool, from dirty memory.
fn all<E: Element>(pool: &mut Pool, g: &Geometry, x: &[E], w: &[E], dy: &[E]) -> [Vec<E>; 3] {
    let dirty = |n: usize| vec![E::from_f64(f64::NAN); n];
    let [nx, nw, ny] = lengths(g);
    let [mut dx, mut dw, mut y] = [dirty(nx), dirty(nw), dirty(ny)];
    let scratch = [conv::forward_scratch, conv::input_gradient_scratch, conv::weight_gradient_scratch];
    let [mut for_y, mut for_dx, mut for_dw] = scratch.map(|f| dirty(f(g)));
    pool.region(|t| {
        conv::forward(t, g, x, w, &mut y, &mut for_y);
        conv::input_gradient(t, g, dy, w, &mut dx, &mut for_dx);
        conv::weight_gradient(t, g, x, dy, &mut dw, &mut for_dw);
    });
    [dx, dw, y]
}

fn check<E: Element>(g: &Geometry) {
    let [nx, nw, ny] = lengths(g);
    let (x, w, dy) = (numbers::<E>(nx, 1), numbers::<E>(nw, 2), numbers::<E>(ny, 3));
    let wide = |v: &[E]| v.iter().map(|v| v.to_f64()).collect::<Vec<_>>();
    let (fx, fw, fy) = (wide(&x), wide(&w), wide(&dy));
    let mut want = [vec![0.0; nx], vec![0.0; nw], vec![0.0; ny]];
    terms(g, |i, k, o| {
        want[0][i] += fy[o] * fw[k];
        want[1][k] += fx[i] * fy[o];
        want[2][o] += fx[i] * fw[k];
    });
    let kernel = |pool: &mut Pool| all(pool, g, &x, &w, &dy).concat();
    same_bits(kernel, |got, isa| {
        let (dx, rest) = got.split_at(nx);
        let (dw, y) = rest.split_at(nw);
        for (name, got, want) in [("dx", dx, &want[0]), ("dw", dw, &want[1]), ("y", y, &want[2])] {
            close(got, want, &format_args!("{name} of {g:?} on {isa}"));
        }
    });
}

fn many_geometries<E: Element>() {
    for kernel in [[1, 1], [2, 3], [3, 3], [4, 4], [5, 1]] {
        for stride in [[1, 1], [2, 2], [3, 2], [4, 7]] {
            for padding in [[0, 0], [1, 1], [2, 0], [3, 4]] {
                for (channels, groups) in [([3, 5], 1), ([16, 33], 1), ([4, 6], 2), ([5, 5], 5), ([3, 6], 3)] {
                    let g = geometry(2, [7, 9], channels, kernel, stride);
                    padded(g, padding, groups).iter().for_each(check::<E>);
                }
            }
        }
    }
    // a kernel that is larger than the picture, pictures of a row and of a column, channels beyond a block
    let odd = [
        padded(geometry(3, [2, 2], [3, 4], [5, 6], [1, 2]), [2, 3], 1),
        padded(geometry(3, [1, 33], [7, 31], [1, 5], [1, 2]), [0, 2], 1),
        padded(geometry(2, [31, 1], [1, 1], [7, 1], [3, 1]), [3, 0], 1),
        padded(geometry(1, [3, 3], [333, 7], [3, 3], [1, 1]), [1, 1], 1),
        padded(geometry(1, [3, 3], [7, 333], [3, 3], [2, 1]), [1, 1], 1),
        padded(geometry(33, [3, 3], [333, 333], [1, 1], [1, 1]), [0, 0], 3),
    ];
    odd.iter().flatten().for_each(check::<E>);
}

/// Layers of the sizes that networks have: several blocks of rows and terms, slices of pixels.
fn layers_of_networks<E: Element>() {
    let layers = [
        padded(geometry(9, [32, 32], [3, 16], [4, 4], [2, 2]), [1, 1], 1),
        padded(geometry(5, [8, 8], [48, 80], [4, 4], [2, 2]), [1, 1], 1),
        padded(geometry(2, [4, 4], [96, 160], [3, 3], [1, 1]), [1, 1], 1),
        padded(geometry(3, [14, 14], [32, 1], [5, 5], [2, 2]), [2, 2], 1),
        padded(geometry(3, [28, 28], [1, 24], [5, 5], [2, 2]), [2, 2], 1),
        padded(geometry(2, [16, 15], [131, 131], [3, 3], [1, 1]), [1, 1], 131),
        padded(geometry(2, [9, 8], [66, 132], [3, 3], [2, 2]), [1, 1], 66),
        padded(geometry(2, [12, 12], [96, 66], [3, 3], [1, 1]), [1, 1], 3),
        padded(geometry(30, [4, 4], [20, 50], [4, 4], [1, 1]), [0, 0], 1),
        // many small pictures, with pixels that no kernel sees; a few that need bands
        padded(geometry(41, [6, 5], [20, 36], [4, 4], [2, 2]), [1, 1], 1),
        padded(geometry(41, [6, 5], [20, 36], [4, 3], [2, 3]), [1, 0], 2),
        padded(geometry(41, [7, 8], [20, 36], [2, 2], [3, 3]), [0, 1], 2),
        padded(geometry(1, [66, 40], [17, 150], [4, 3], [2, 2]), [1, 2], 1),
        padded(geometry(2, [21, 40], [34, 64], [5, 4], [1, 2]), [5, 6], 2),
    ];
    layers.iter().flatten().for_each(check::<E>);
}

fn empty_operands<E: Element>() {
    let empty = [
        padded(geometry(0, [5, 5], [3, 4], [3, 3], [1, 1]), [1, 1], 1),
        padded(geometry(2, [5, 5], [0, 4], [3, 3], [1, 1]), [1, 1], 1),
        padded(geometry(2, [5, 5], [3, 0], [3, 3], [1, 1]), [1, 1], 1),
        padded(geometry(2, [0, 5], [3, 4], [2, 3], [1, 1]), [1, 1], 1),
        padded(geometry(2, [5, 5], [0, 0], [2, 3], [2, 2]), [1, 1], 1),
        padded(geometry(2, [7, 7], [33, 0], [7, 7], [2, 2]), [3, 3], 1),
        padded(geometry(2, [7, 7], [0, 33], [7, 7], [2, 2]), [3, 3], 1),
    ];
    assert!(empty.iter().all(Option::is_some));
    empty.iter().flatten().for_each(check::<E>);
}

fn nan_is_seen<E: Element>() {
    let g = padded(geometry(2, [6, 7], [3, 5], [3, 3], [2, 1]), [1, 1], 1).unwrap();
    let [nx, nw, ny] = lengths(&g);
    let (mut x, w, dy) = (numbers::<E>(nx, 1), vec![E::ZERO; nw], vec![E::ZERO; ny]);
    let at = nx / 2;
    x[at] = E::from_f64(f64::NAN);
    let (mut hit_w, mut hit_y) = (vec![false; nw], vec![false; ny]);
    terms(&g, |i, k, o| {
        hit_w[k] |= i == at;
        hit_y[o] |= i == at;
    });
    for mut pool in support::pools(2) {
        let [_, dw, y] = all(&mut pool, &g, &x, &w, &dy);
        // zeros on the other side do not hide it
        assert!(dw.iter().zip(&hit_w).all(|(v, &hit)| v.is_finite() != hit), "{}", pool.isa());
        assert!(y.iter().zip(&hit_y).all(|(v, &hit)| v.is_finite() != hit), "{}", pool.isa());
    }
}

/// `<conv(x, w), dy> = <x, dx> = <w, dw>`.
fn adjoint<E: Element>() {
    let g = padded(geometry(7, [13, 11], [6, 40], [4, 3], [2, 3]), [1, 2], 2).unwrap();
    let [nx, nw, ny] = lengths(&g);
    let (x, w, dy) = (numbers::<E>(nx, 1), numbers::<E>(nw, 2), numbers::<E>(ny, 3));
    let dot = |a: &[E], b: &[E]| a.iter().zip(b).map(|(a, b)| a.to_f64() * b.to_f64()).sum::<f64>();
    for mut pool in support::pools(2) {
        let [dx, dw, y] = all(&mut pool, &g, &x, &w, &dy);
        let (a, b, c) = (dot(&y, &dy), dot(&x, &dx), dot(&w, &dw));
        let size = dot(&y, &y).sqrt() * dot(&dy, &dy).sqrt();
        assert!((a - b).abs() + (a - c).abs() <= support::tolerance::<E>() * size, "{a} {b} {c} on {}", pool.isa());
    }
}

/// A bias for each channel and a gate for each number meet their own in the tiles of every kernel.
fn epilogues<E: Element>() {
    let layers = [
        // depthwise, groups, taps and pixels that meet nothing, nothing at all
        padded(geometry(2, [9, 8], [66, 66], [3, 3], [2, 2]), [1, 1], 66),
        padded(geometry(2, [12, 12], [96, 66], [3, 3], [1, 1]), [1, 1], 3),
        padded(geometry(2, [7, 9], [4, 6], [2, 3], [3, 2]), [2, 0], 2),
        padded(geometry(2, [5, 7], [3, 5], [1, 2], [4, 7]), [1, 1], 1),
        padded(geometry(2, [5, 7], [3, 0], [1, 2], [4, 7]), [1, 1], 1),
        padded(geometry(2, [5, 7], [0, 3], [1, 2], [4, 7]), [1, 1], 1),
        // few channels, written to; lines of pixels; pixels of several pictures; pixels one by one
        padded(geometry(9, [32, 32], [3, 16], [4, 4], [2, 2]), [1, 1], 1),
        padded(geometry(1, [66, 40], [1, 150], [4, 4], [2, 2]), [1, 1], 1),
        padded(geometry(5, [16, 15], [70, 80], [4, 4], [2, 2]), [1, 1], 1),
        padded(geometry(41, [6, 5], [20, 36], [4, 3], [2, 3]), [1, 0], 2),
        padded(geometry(1, [2, 2], [300, 33], [2, 2], [1, 1]), [1, 1], 1),
    ];
    for g in layers.iter().flatten() {
        let [nx, nw, ny] = lengths(g);
        let (x, w, dy) = (numbers::<E>(nx, 1), numbers::<E>(nw, 2), numbers::<E>(ny, 3));
        let kernel = |pool: &mut Pool| {
            let isa = pool.isa();
            let [dx, _, y] = all(pool, g, &x, &w, &dy);
            let dirty = |n: usize| vec![E::from_f64(f64::NAN); n];
            let (mut fused_y, mut fused_dx) = (dirty(ny), dirty(nx));
            let (mut for_y, mut for_dx) = (dirty(conv::forward_scratch(g)), dirty(conv::input_gradient_scratch(g)));
            let bias = g.channels.map(|c| numbers::<E>(c, 4));
            let (gate_y, gate_dx) = (&dy, &x);
            pool.region(|t| {
                conv::forward_then(t, g, &x, &w, &mut fused_y, &mut for_y, &|mut part| {
                    tile::activate(isa, &mut part, &bias[1], |x| x * x);
                    tile::combine(isa, &mut part, gate_y, g.channels[1], |x, gate| x * gate);
                });
                conv::input_gradient_then(t, g, &dy, &w, &mut fused_dx, &mut for_dx, &|mut part| {
                    tile::activate(isa, &mut part, &bias[0], |x| x * x);
                    tile::combine(isa, &mut part, gate_dx, g.channels[0], |x, gate| x * gate);
                });
            });
            for (fused, plain, bias, gate) in [(&fused_y, &y, &bias[1], gate_y), (&fused_dx, &dx, &bias[0], gate_dx)] {
                for (i, (fused, &plain)) in fused.iter().zip(plain).enumerate() {
                    let x = plain + bias[i % bias.len()];
                    assert!(*fused == x * x * gate[i], "{i} of {g:?} on {isa}");
                }
            }
            [fused_y, fused_dx].concat()
        };
        same_bits(kernel, |_, _| {});
    }
}

#[test]
#[should_panic(expected = "a convolution's operands have its sizes")]
fn operands_of_another_size_are_refused() {
    let g = padded(geometry(1, [3, 3], [1, 1], [3, 3], [1, 1]), [0, 0], 1).unwrap();
    conv::forward(&gan_kernels::Team::serial(), &g, &[0f32; 8], &[0.0; 9], &mut [0.0], &mut []);
}

#[test]
#[should_panic(expected = "sizes of a convolution")]
fn sizes_that_do_not_belong_together_are_refused() {
    let g = Geometry { output: [2, 1], ..padded(geometry(1, [3, 3], [1, 1], [3, 3], [1, 1]), [0, 0], 1).unwrap() };
    conv::forward(&gan_kernels::Team::serial(), &g, &[0f32; 9], &[0.0; 9], &mut [0.0; 2], &mut []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_geometry(
        batch in 1usize..4,
        input in prop::array::uniform2(1usize..13),
        kernel in prop::array::uniform2(1usize..7),
        stride in prop::array::uniform2(1usize..5),
        padding in prop::array::uniform2(0usize..4),
        depths in prop::array::uniform2(1usize..20),
        groups in 1usize..4,
    ) {
        let g = padded(geometry(batch, input, depths.map(|d| d * groups), kernel, stride), padding, groups);
        prop_assume!(g.is_some());
        g.iter().for_each(check::<f32>);
        g.iter().for_each(check::<f64>);
    }
}
