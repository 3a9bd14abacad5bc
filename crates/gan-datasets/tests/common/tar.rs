//! A writer of tar archives, every field of a header free to lie but its sum.

/// A header and the contents; `size` is what the field of that name holds.
pub fn member(name: &str, kind: u8, size: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..124 + size.len()].copy_from_slice(size);
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header.extend(contents);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// An archive of entries: name, type, contents.
pub fn archive(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let size = |contents: &[u8]| format!("{:011o}", contents.len());
    let mut bytes: Vec<u8> =
        entries.iter().flat_map(|(name, kind, contents)| member(name, *kind, size(contents).as_bytes(), contents)).collect();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}
