//! The folder of images: what is put into it is on the disk, its name too, before anybody is told of it. Names that are made
//! at the same time are synced together. It knows no camera and no car.

use crate::private_files;
use crate::standard::id::Id;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PictureFolder(Arc<Names>);

/// Its names, and how many of them are on the disk.
#[derive(Debug)]
struct Names {
    path: PathBuf,
    /// So many have been made.
    made: AtomicU64,
    /// So many of them were synced.
    synced: Mutex<u64>,
}

impl PictureFolder {
    /// The folder of that path, which need not be there.
    pub fn at(path: &Path) -> Self {
        let path = path.to_owned();
        Self(Arc::new(Names { path, made: AtomicU64::new(0), synced: Mutex::new(0) }))
    }

    /// Keeps a picture: the name of its file, and its size.
    pub async fn keep(&self, bytes: Vec<u8>) -> io::Result<(String, i64)> {
        let name = format!("{}.jpg", Id::random());
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let (folder, file) = (self.clone(), name.clone());
        let writing = tokio::task::spawn_blocking(move || folder.write(&file, &bytes));
        writing.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok((name, size))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let names = &self.0;
        private_files::make_folder(&names.path)?;
        let path = names.path.join(name);
        private_files::write(&path, bytes)?;
        File::open(&path)?.sync_all()?;
        names.sync(names.made.fetch_add(1, Ordering::SeqCst).saturating_add(1))
    }
}

impl Names {
    /// The first so many names are on the disk. Whoever waits meanwhile finds its own there.
    fn sync(&self, mine: u64) -> io::Result<()> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= mine {
            return Ok(());
        }
        let made = self.made.load(Ordering::SeqCst);
        File::open(&self.path)?.sync_all()?;
        if *synced == 0
            && let Some(parent) = self.path.parent().filter(|parent| !parent.as_os_str().is_empty())
        {
            // It may have been made just now.
            File::open(parent)?.sync_all()?;
        }
        *synced = made;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_at_the_same_time_is_all_there_and_all_of_it_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images");
        let pictures = PictureFolder::at(&path);
        let many: Vec<_> = (0..20_u8)
            .map(|number| {
                let pictures = pictures.clone();
                tokio::spawn(async move { pictures.keep(vec![number; 100]).await })
            })
            .collect();
        for (number, one) in many.into_iter().enumerate() {
            let (name, size) = one.await.unwrap().unwrap();
            let number = u8::try_from(number).unwrap();
            assert_eq!((std::fs::read(path.join(name)).unwrap(), size), (vec![number; 100], 100));
        }
        assert_eq!(*pictures.0.synced.lock().unwrap(), 20);
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("a file");
        std::fs::write(&taken, "").unwrap();
        assert!(PictureFolder::at(&taken).keep(vec![1]).await.is_err());
    }
}
