//! Files that are replaced while we run, as certificates are: read anew each time they are wanted, and where they cannot
//! be read, or make no sense, the last that did. For `tls`; it knows no certificate.

use crate::model::happening::Happening;
use crate::teller::Teller;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file that cannot be read.
#[derive(Debug)]
pub struct UnreadableFile {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

/// What was read last and made sense, by its files: the process's, since every client of one file takes up the same.
static KEPT: Mutex<BTreeMap<Vec<PathBuf>, Kept>> = Mutex::new(BTreeMap::new());
/// Who is told.
static TELLER: Mutex<Option<Teller>> = Mutex::new(None);

#[derive(Default)]
struct Kept {
    bytes: Option<Vec<Vec<u8>>>,
    /// Whether it has been told that the files are no good.
    told: bool,
}

/// From now on this one is told of files that were renewed, or cannot be.
pub fn tell(teller: Teller) {
    *lock(&TELLER) = Some(teller);
}

/// What `make` makes of the files' bytes as they are now, or as they were when it last made something of them. Files
/// that belong together are given together: none is taken without the others.
pub fn latest<const N: usize, T, E: From<UnreadableFile> + Display>(
    files: [&Path; N],
    make: impl Fn(&[Vec<u8>; N]) -> Result<T, E>,
) -> Result<T, E> {
    let made = read::<N, E>(files).and_then(|bytes| Ok((make(&bytes)?, bytes)));
    match made {
        Ok((made, bytes)) => {
            took(files, bytes);
            Ok(made)
        }
        Err(error) => match missed(files, &error) {
            Some(bytes) => make(&bytes),
            None => Err(error),
        },
    }
}

fn read<const N: usize, E: From<UnreadableFile>>(files: [&Path; N]) -> Result<[Vec<u8>; N], E> {
    let mut all = [const { Vec::new() }; N];
    for (bytes, path) in all.iter_mut().zip(files) {
        *bytes =
            std::fs::read(path).map_err(|error| UnreadableFile { path: path.to_owned(), error })?;
    }
    Ok(all)
}

/// Notes what made sense.
fn took<const N: usize>(files: [&Path; N], bytes: [Vec<u8>; N]) {
    let bytes = Vec::from(bytes);
    let mut all = lock(&KEPT);
    let kept = all.entry(key(files)).or_default();
    let is_new = kept.bytes.as_ref().is_some_and(|before| *before != bytes);
    *kept = Kept { bytes: Some(bytes), told: false };
    drop(all);
    if is_new {
        let path = files.first().map(|path| path.display().to_string()).unwrap_or_default();
        say(Happening::CertificateRenewed { path });
    }
}

/// Tells once that files are no good; what they were before, where they were good.
fn missed<const N: usize>(files: [&Path; N], error: &impl Display) -> Option<[Vec<u8>; N]> {
    let mut all = lock(&KEPT);
    let kept = all.entry(key(files)).or_default();
    let before = kept.bytes.clone().and_then(|bytes| <[Vec<u8>; N]>::try_from(bytes).ok());
    let is_told = std::mem::replace(&mut kept.told, true);
    drop(all);
    if !is_told {
        let (error, kept) = (error.to_string(), before.is_some());
        say(Happening::CertificateUnreadable { error, kept });
    }
    before
}

fn key<const N: usize>(files: [&Path; N]) -> Vec<PathBuf> {
    files.map(Path::to_owned).into()
}

fn say(happening: Happening) {
    if let Some(teller) = &*lock(&TELLER) {
        teller.tell(happening);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Bad(String);

    impl From<UnreadableFile> for Bad {
        fn from(file: UnreadableFile) -> Self {
            Self(file.error.to_string())
        }
    }

    fn make(bytes: &[Vec<u8>; 2]) -> Result<String, Bad> {
        let both = bytes.concat();
        if both.contains(&b'?') {
            Err(Bad("?".to_owned()))
        } else {
            Ok(String::from_utf8(both).unwrap())
        }
    }

    #[test]
    fn files_are_taken_as_they_are_and_together_and_the_last_good_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("chain"), folder.path().join("key"));
        let now = || latest([&one, &other], make);
        std::fs::write(&one, "a").unwrap();
        assert!(now().is_err(), "nothing is kept yet");
        std::fs::write(&other, "b").unwrap();
        assert_eq!(now().unwrap(), "ab");
        std::fs::write(&one, "?").unwrap();
        std::fs::write(&other, "c").unwrap();
        assert_eq!(now().unwrap(), "ab", "neither without the other");
        std::fs::remove_file(&one).unwrap();
        assert_eq!(now().unwrap(), "ab");
        std::fs::write(&one, "d").unwrap();
        assert_eq!(now().unwrap(), "dc");
    }
}
