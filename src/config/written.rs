//! Files of the technician's as text: UTF-8, with the mark that some editors put before it or without. What an editor saved in
//! another encoding is named as that.

use crate::foreign::text::of_file;
use crate::lang::Problem;
use std::path::Path;

/// A file's text; or what is wrong with it, and so many lines before that.
pub(super) fn text_of(path: &Path) -> Result<String, (Problem, usize)> {
    let unreadable =
        |error: String| (Problem::Unreadable { path: path.display().to_string(), error }, 0);
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let encoding = match of_file(&bytes) {
        Ok(file) if file.encoding == UTF_8 => return Ok(file.text.into_owned()),
        Ok(file) => Some(file.encoding).filter(|one| *one != "GBK" || !is_mostly_utf_8(&bytes)),
        Err(_) => None,
    };
    let valid = std::str::from_utf8(&bytes).err().map_or(0, |error| error.valid_up_to());
    let before = bytes.iter().take(valid).filter(|byte| **byte == b'\n').count();
    let path = path.display().to_string();
    Err(match encoding {
        Some(encoding) => (Problem::Encoding { path, encoding }, before),
        None => (Problem::MixedEncodings { path }, before),
    })
}

/// Whether most lines with other letters than ASCII's are UTF-8: then the others came from elsewhere, though all may be
/// read as GBK, with no meaning.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii());
    let (good, bad): (Vec<_>, Vec<_>) = lines.partition(|line| std::str::from_utf8(line).is_ok());
    good.len() > bad.len()
}

/// What it has to be.
pub(super) const UTF_8: &str = "UTF-8";
