//! Folders and archives of pictures: every kind of file, sizes that lie, links that leave, captions.

#[allow(dead_code, reason = "other tests make headers that lie")]
#[path = "common/tar.rs"]
mod tar_file;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use gan_datasets::formats::picture::{self, Picture};
use gan_datasets::{Dataset, DatasetError, FormatError, OpenOptions, Split, open};
use png::{BitDepth, ColorType};
use proptest::prelude::*;

/// A PNG file; `change` sets what is special.
fn png(
    [height, width]: [u32; 2],
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
    change: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    change(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    out
}

fn grey([height, width]: [u32; 2], data: &[u8]) -> Vec<u8> {
    png([height, width], ColorType::Grayscale, BitDepth::Eight, data, |_| {})
}

/// 8 x 8 pixels of grey 128: quantisation by 1, one Huffman code for the difference 0, one for the end of a block.
fn jpeg() -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    bytes.extend([1; 64]);
    bytes.extend([0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    for class in [0x00, 0x10] {
        bytes.extend([0xff, 0xc4, 0, 20, class, 1]);
        bytes.extend([0; 16]);
    }
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x3f, 0xff, 0xd9]);
    bytes
}

fn fault(bytes: &[u8]) -> String {
    picture::parse(bytes).unwrap_err().to_string()
}

#[test]
fn every_kind_of_png() {
    let parse = |bytes: &[u8]| picture::parse(bytes).unwrap();
    let picture = |channels, pixels: &[u8]| Picture { height: 1, width: 2, channels, pixels: pixels.to_vec() };
    let made = |color, depth, data: &[u8]| parse(&png([1, 2], color, depth, data, |_| {}));
    assert_eq!(made(ColorType::Grayscale, BitDepth::Eight, &[7, 9]), picture(1, &[7, 9]));
    assert_eq!(made(ColorType::Grayscale, BitDepth::One, &[0b0100_0000]), picture(1, &[0, 255]));
    assert_eq!(made(ColorType::Grayscale, BitDepth::Sixteen, &[7, 0, 255, 1]), picture(1, &[7, 255]));
    assert_eq!(made(ColorType::Rgb, BitDepth::Eight, &[1, 2, 3, 4, 5, 6]), picture(3, &[1, 2, 3, 4, 5, 6]));
    assert_eq!(made(ColorType::GrayscaleAlpha, BitDepth::Eight, &[9, 255, 9, 0]), picture(1, &[9, 255]));
    assert_eq!(made(ColorType::Rgba, BitDepth::Eight, &[1, 2, 3, 255, 0, 0, 0, 51]), picture(3, &[1, 2, 3, 204, 204, 204]));
    let palette = png([1, 2], ColorType::Indexed, BitDepth::Eight, &[1, 0], |encoder| {
        encoder.set_palette(vec![1, 2, 3, 4, 5, 6]);
    });
    assert_eq!(parse(&palette), picture(3, &[4, 5, 6, 1, 2, 3]));
    let animated = png([1, 2], ColorType::Grayscale, BitDepth::Eight, &[7, 9], |encoder| {
        encoder.set_animated(1, 0).unwrap();
    });
    assert!(fault(&animated).contains("an animated PNG"));
}

#[test]
fn jpeg_is_read_and_cmyk_refused() {
    assert_eq!(picture::parse(&jpeg()).unwrap(), Picture { height: 8, width: 8, channels: 1, pixels: vec![128; 64] });
    let frame = jpeg().windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    // four components
    let mut cmyk = jpeg();
    let components = [0xff, 0xc0, 0, 20, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0];
    cmyk.splice(frame..frame + 13, components);
    assert!(fault(&cmyk).contains("CMYK"), "{}", fault(&cmyk));
    // 16,384 x 16,384 pixels in 150 bytes
    let mut huge = jpeg();
    huge[frame + 5..frame + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
    assert!(fault(&huge).contains("more than the limit"), "{}", fault(&huge));
    huge[frame + 5..frame + 9].copy_from_slice(&[0x10, 0, 0x10, 0]);
    assert!(fault(&huge).contains("at least"), "{}", fault(&huge));
}

/// Files of another encoder, see `fixtures/make_jpeg.py`: a slope of red and of green.
#[test]
fn every_kind_of_jpeg() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    for name in ["baseline.jpg", "subsampled.jpg", "progressive.jpg", "grey.jpg"] {
        let picture = picture::parse(&read(name)).unwrap();
        let channels = if name == "grey.jpg" { 1 } else { 3 };
        assert_eq!((picture.height, picture.width, picture.channels), (16, 24, channels), "{name}");
        for (i, pixel) in picture.pixels.chunks(channels).enumerate() {
            let (row, column) = ((i / 24) as f32, (i % 24) as f32);
            let colour = [40.0 + 8.0 * column, 200.0 - 8.0 * row, 100.0];
            let luma = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
            let wanted = if channels == 1 { &[luma][..] } else { &colour };
            for (got, want) in pixel.iter().zip(wanted) {
                assert!((f32::from(*got) - want).abs() <= 8.0, "{name}: {pixel:?} instead of {wanted:?} at {row}, {column}");
            }
        }
    }
    assert!(fault(&read("cmyk.jpg")).contains("CMYK"), "{}", fault(&read("cmyk.jpg")));
    for name in ["subsampled.jpg", "progressive.jpg"] {
        let bytes = read(name);
        for end in 0..bytes.len() {
            assert!(picture::parse(&bytes[..end]).is_err(), "{name} cut at {end}");
        }
    }
}

#[test]
fn truncations_and_flipped_bits() {
    for bytes in [grey([2, 3], &[1, 2, 3, 4, 5, 6]), jpeg()] {
        for end in 0..bytes.len() {
            assert!(picture::parse(&bytes[..end]).is_err(), "cut at {end}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(picture) = picture::parse(&bytes) {
                assert_eq!(picture.pixels.len(), picture.height * picture.width * picture.channels);
            }
        }
    }
    assert!(matches!(picture::parse(&[]), Err(FormatError::Truncated { found: 0, .. })));
    assert!(fault(b"GIF89a").contains("a PNG or JPEG picture"));
    // A header that declares 2^31 - 1 rows, with its sum right.
    let mut huge = grey([2, 3], &[1, 2, 3, 4, 5, 6]);
    for (rows, expected) in [(i32::MAX as u32, "more than the limit"), (1 << 13, "at least")] {
        huge[20..24].copy_from_slice(&rows.to_be_bytes());
        huge[16..20].copy_from_slice(&(1u32 << 13).to_be_bytes());
        let mut sum = flate2::Crc::new();
        sum.update(&huge[12..29]);
        huge[29..33].copy_from_slice(&sum.sum().to_be_bytes());
        assert!(fault(&huge).contains(expected), "{}", fault(&huge));
    }
}

#[test]
fn squares_are_the_middle_of_the_picture() {
    let picture = |height, width, pixels: &[u8]| Picture { height, width, channels: 1, pixels: pixels.to_vec() };
    assert_eq!(picture(2, 4, &[9, 1, 2, 9, 9, 3, 4, 9]).square(2), picture(2, 2, &[1, 2, 3, 4]));
    assert_eq!(picture(4, 1, &[9, 1, 2, 9]).square(1).pixels.len(), 1);
    for (height, width, side) in [(7, 5, 3), (5, 7, 9), (1, 1, 4), (30, 20, 8)] {
        assert_eq!(picture(height, width, &vec![77; height * width]).square(side), picture(side, side, &vec![77; side * side]));
    }
    // A slope stays a slope.
    let slope: Vec<u8> = (0..16).flat_map(|_| (0..16).map(|x| 16 * x as u8)).collect();
    let half = picture(16, 16, &slope).square(8);
    assert!(half.pixels.chunks(8).all(|row| row[1..7].windows(2).all(|pair| pair[1] - pair[0] == 32)), "{half:?}");
    let colour = Picture { height: 1, width: 1, channels: 3, pixels: vec![255, 0, 0] }.with_channels(1);
    assert_eq!(colour.pixels, [76]);
}

fn open_in(name: &str, dir: &Path, options: OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    open(name, &OpenOptions { dir: Some(dir.to_owned()), split: Split::All, ..options })
}

#[test]
fn folders() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let all = |options: OpenOptions| open_in("images", dir, options);
    let message = || all(OpenOptions::default()).err().unwrap().to_string();
    assert!(message().contains("*.png"));
    for (place, class) in ["cat", "ant", "bee"].iter().enumerate() {
        fs::create_dir(dir.join(class)).unwrap();
        for i in 0..5 {
            fs::write(dir.join(class).join(format!("{i}.png")), grey([1, 2], &[place as u8, i])).unwrap();
        }
    }
    let set = all(OpenOptions { grey: true, ..Default::default() }).unwrap();
    assert_eq!((set.len(), set.sample_shape(), set.classes()), (15, &[1, 2, 1][..], Some(3)));
    let mut x = [0.0; 2];
    set.read(6, &mut x).unwrap();
    // ant, bee, cat: bee was written third
    assert_eq!((x, set.label(6), set.caption(6)), ([2.0 / 255.0, 1.0 / 255.0], Some(1), None));
    assert_eq!(all(OpenOptions::default()).unwrap().sample_shape(), [1, 2, 3]);
    let options = OpenOptions { size: Some(4), ..Default::default() };
    assert_eq!(all(options).unwrap().sample_shape(), [4, 4, 3]);
    for size in [0, 1 << 20] {
        let fault = all(OpenOptions { size: Some(size), ..Default::default() }).err().unwrap().to_string();
        assert!(fault.contains("expected a size from 1"), "{fault}");
    }
    // Any name, as long as it is a picture.
    fs::write(dir.join("cat/9.jpg"), grey([1, 2], &[0, 0])).unwrap();
    assert_eq!(all(OpenOptions::default()).unwrap().len(), 16);
    fs::write(dir.join("cat/9.jpg"), "").unwrap();
    assert!(message().contains("9.jpg: truncated"));
    fs::write(dir.join("cat/9.jpg"), grey([2, 2], &[0; 4])).unwrap();
    assert!(message().contains("9.jpg is of shape [2, 2, 3], those before it of [1, 2, 3]"));
    fs::rename(dir.join("cat/9.jpg"), dir.join("9.jpg")).unwrap();
    assert!(message().contains("some pictures are in subfolders"));
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("a.png"), grey([1, 1], &[1])).unwrap();
    fs::write(folder.path().join("a.png"), grey([1, 1], &[1])).unwrap();
    let link = folder.path().join("b.png");
    std::os::unix::fs::symlink("a.png", &link).unwrap();
    assert_eq!(open_in("images", folder.path(), OpenOptions::default()).unwrap().len(), 2);
    for target in [outside.path().join("a.png"), outside.path().to_owned()] {
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(target, &link).unwrap();
        let fault = open_in("images", folder.path(), OpenOptions::default()).err().unwrap().to_string();
        assert!(fault.contains("a link to"), "{fault}");
    }
}

/// A tar archive, compressed.
fn archive(members: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
    let members: Vec<_> = members.iter().map(|(name, kind, bytes)| (*name, kind.as_byte(), *bytes)).collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&tar_file::archive(&members)).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn captions_in_folders_and_archives() {
    use tar::EntryType::{Directory, Fifo, Link, Regular, Symlink};
    let picture = |i| grey([1, 1], &[i]);
    let tsv = b"b.png\ta bee\tinsects\r\na.png\tan ant\n";
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let message = |name: &str| open_in(name, dir, OpenOptions::default()).err().unwrap().to_string();
    for (i, file) in ["a.png", "b.png", "c.png"].iter().enumerate() {
        fs::write(dir.join(file), picture(i as u8)).unwrap();
    }
    assert!(message("captioned").contains("captions.tsv"));
    fs::write(dir.join("captions.tsv"), tsv).unwrap();
    let captions = |set: &dyn Dataset| (0..set.len()).map(|i| set.caption(i).unwrap().to_owned()).collect::<Vec<_>>();
    let set = open_in("captioned", dir, OpenOptions { pad: 1, ..Default::default() }).unwrap();
    assert_eq!((captions(&*set), set.caption(2), set.classes()), (vec!["an ant".to_owned(), "a bee".into()], None, None));
    let set = open_in("images", dir, OpenOptions::default()).unwrap();
    assert_eq!(captions(&*set), ["an ant", "a bee", ""]);
    for (tsv, expected) in [
        (&b"a.png\tan ant\nb.png"[..], "offset 13: expected file, tab, caption, found \"b.png\""),
        (b"a.png\tx\na.png\ty", "offset 8: expected each file once"),
        (b"a.png\t\xff", "offset 0: expected UTF-8"),
        (b"z.png\tx", "names \"z.png\", which is not there"),
    ] {
        fs::write(dir.join("captions.tsv"), tsv).unwrap();
        assert!(message("images").contains(expected), "{}", message("images"));
    }

    let path = dir.join("emoji64.tar.gz");
    let (a, b) = (picture(1), picture(2));
    let good =
        [("e/", Directory, &b""[..]), ("e/b.png", Regular, &b), ("e/captions.tsv", Regular, tsv), ("e/a.png", Regular, &a)];
    fs::write(&path, archive(&good)).unwrap();
    let set = open_in("captioned", dir, OpenOptions::default()).unwrap();
    let mut x = [0.0; 3];
    set.read(1, &mut x).unwrap();
    assert_eq!((captions(&*set), x), (vec!["an ant".to_owned(), "a bee".into()], [2.0 / 255.0; 3]));
    for (name, kind) in [
        ("../c.png", Regular),
        ("/c.png", Regular),
        ("e/../c.png", Regular),
        ("e//c.png", Regular),
        ("e/c.png", Symlink),
        ("e/c.png", Link),
        ("e/c.png", Fifo),
    ] {
        fs::write(&path, archive(&[&good[..], &[(name, kind, b"")]].concat())).unwrap();
        assert!(message("captioned").contains("a file within the archive's folder"), "{}", message("captioned"));
    }
    // What other writers put before the members: attributes, and names of more than 100 bytes.
    let long = format!("e/{}.png", "c".repeat(120));
    let record = format!(" path={long}\n");
    let pax = format!("{}{record}", record.len() + 3);
    let c = picture(3);
    for (kind, text) in [(tar::EntryType::XHeader, pax.as_bytes()), (tar::EntryType::GNULongName, format!("{long}\0").as_bytes())]
    {
        let global = ("pax_global_header", tar::EntryType::XGlobalHeader, &b"22 comment=0123456789\n"[..]);
        let more = [("e/long", kind, text), (&long[..100], Regular, &c)];
        fs::write(&path, archive(&[&[global][..], &good, &more].concat())).unwrap();
        let set = open_in("images", &path, OpenOptions::default()).unwrap();
        assert_eq!((set.len(), set.caption(1), set.caption(2)), (3, Some("a bee"), Some("")));
    }
    fs::write(&path, archive(&[&good[..], &[("e/a.png", Regular, &a)]].concat())).unwrap();
    assert!(message("captioned").contains("each member once"));
    let whole = archive(&good);
    for end in 0..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        assert!(open_in("captioned", dir, OpenOptions::default()).is_err(), "cut at {end}");
    }
}

#[test]
fn the_real_emoji() {
    let Some(dir) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from) else {
        println!("skipped: GAN_DATA is not set");
        return;
    };
    let set = open_in("captioned", &dir, OpenOptions::default()).unwrap();
    assert_eq!((set.len(), set.sample_shape()), (1898, &[64, 64, 3][..]));
    assert!((0..set.len()).any(|i| set.caption(i) == Some("palm tree")));
}

proptest! {
    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..64), at in 0usize..170, kind: bool) {
        let mut bytes = if kind { jpeg() } else { grey([2, 3], &[1, 2, 3, 4, 5, 6]) };
        bytes.truncate(at);
        bytes.extend(&noise);
        let _ = picture::parse(&bytes);
    }
}
