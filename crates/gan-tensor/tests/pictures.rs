//! Faults of operations on pictures: each names itself, says what was expected and points at its caller.

use gan_tensor::{Graph, TensorError, Var, Windows};

/// The fault that `apply` records for pictures `[2, 4, 3, 2]`, as operation and message.
fn fault(apply: impl for<'g> Fn(Var<'g>) -> Var<'g>) -> (String, String) {
    let g = Graph::new();
    apply(g.input("x", [2, 4, 3, 2]));
    match g.check() {
        Err(TensorError::Op { op, message, file, .. }) if file.ends_with("pictures.rs") => (op, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_does_not_fit_is_named() {
    const PAIRS: Windows = Windows { kernel: [2; 2], stride: [2; 2], padding: [0; 2] };
    let row = fault(|x| x.reshape([8, 6]).max_pool(PAIRS));
    assert_eq!(row, ("max_pool".to_owned(), "expected pictures [n, height, width, channels], found [8, 6]".to_owned()));
    for ((op, message), expected, says) in [
        (fault(|x| x.max_pool(Windows { kernel: [2, 4], ..PAIRS })), "max_pool", "fit into 4 x 3 with a padding of [0, 0]"),
        (fault(|x| x.max_pool(Windows { kernel: [1 << 13; 2], ..PAIRS })), "max_pool", "at most 16777216 pixels"),
        (fault(|x| x.average_pool(Windows { stride: [0; 2], ..PAIRS })), "average_pool", "strides are at least 1"),
        (fault(|x| x.average_pool(Windows { padding: [0, 2], ..PAIRS })), "average_pool", "a padding is less than its size"),
        (fault(|x| x.slice(1, 0, 0).average_pool(PAIRS)), "average_pool", "fit into 0 x 3"),
        (fault(|x| x.upsample_nearest(0)), "upsample_nearest", "a factor of at least 1"),
        (fault(|x| x.upsample_bilinear(usize::MAX)), "upsample_bilinear", "fits the address space"),
        (fault(|x| x.sum().upsample_bilinear(2)), "upsample_bilinear", "expected pictures"),
        (fault(|x| x.pixel_shuffle(2)), "pixel_shuffle", "a multiple of 2 x 2, found [2, 4, 3, 2]"),
        (fault(|x| x.pixel_shuffle(0)), "pixel_shuffle", "a multiple of 0 x 0"),
        (fault(|x| x.pixel_unshuffle(2)), "pixel_unshuffle", "multiples of 2, found [2, 4, 3, 2]"),
        (fault(|x| x.pixel_unshuffle(0)), "pixel_unshuffle", "multiples of 0"),
    ] {
        assert!(op == expected && message.contains(says), "`{says}` in `{op}: {message}`");
    }
}
