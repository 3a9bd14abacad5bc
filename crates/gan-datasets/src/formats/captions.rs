//! Captions of files: lines of file, tab, caption, and perhaps more columns, in UTF-8.

use std::collections::HashMap;

use super::FormatError;

/// The captions by file.
///
/// # Errors
/// What is wrong with the bytes: a line without a tab, a file that comes twice, no UTF-8.
///
/// ```
/// use gan_datasets::formats::captions;
///
/// let read = captions::parse(b"ant.png\tan ant\nbee.png\ta bee\tinsects\r\n")?;
/// assert_eq!((read.len(), &read["bee.png"][..]), (2, "a bee"));
/// # Ok::<(), gan_datasets::FormatError>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<HashMap<String, String>, FormatError> {
    let mut out = HashMap::new();
    let mut next = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let offset = next;
        next += line.len() as u64;
        let unexpected = |expected: &str, found: String| FormatError::unexpected(offset, expected, found);
        let text = str::from_utf8(line).map_err(|e| unexpected("UTF-8", e.to_string()))?.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            continue;
        }
        let mut columns = text.split('\t');
        let (Some(file), Some(caption)) = (columns.next(), columns.next()) else {
            return Err(unexpected("file, tab, caption", format!("{:?}", text.chars().take(40).collect::<String>())));
        };
        if out.insert(file.to_owned(), caption.to_owned()).is_some() {
            return Err(unexpected("each file once", format!("{file:?} again")));
        }
    }
    Ok(out)
}
