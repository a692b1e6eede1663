//! The database is copied while the engine goes on: some pages after each tick, through its own connection. When all are
//! there a thread of its own verifies the copy. A database whose file was deleted is written out in the same way, but faster.

use super::mail::{Mail, StoreEnd};
use super::writer::Engine;
use crate::store::{Complete, Copies, CopyError, Copying, Store, StoreError};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

impl Engine {
    /// Makes a copy where one is due, and takes letters meanwhile; why the engine goes on no longer, where it does not.
    pub(super) fn copy(&mut self, store: &Store, mail: &mut Mail) -> Result<(), StoreEnd> {
        let clock = &self.clock;
        let Some(copies) = self.copy_plan.due(|| clock.read().now) else { return Ok(()) };
        let copied = self.copied(store, mail, &copies).inspect_err(|_| self.copy_plan.put_off())?;
        match copied {
            Ok(complete) => {
                self.copy_plan.verify(copies, complete);
            }
            Err(error) => {
                self.copy_plan.failed(error.to_string());
            }
        }
        Ok(())
    }

    fn copied(
        &mut self,
        store: &Store,
        mail: &mut Mail,
        copies: &Copies,
    ) -> Result<Result<Complete, CopyError>, StoreEnd> {
        let mut unfinished = match copies.begin(self.clock.read().now) {
            Ok(unfinished) => unfinished,
            Err(error) => return Ok(Err(error)),
        };
        let part = unfinished.part().to_owned();
        let copied = match unfinished.from(store) {
            Ok(copying) => loop {
                // One step for each tick: never more than 2 MB a second.
                if self.take_next(store, mail)? {
                    match copying.step() {
                        Ok(false) => {}
                        Ok(true) => break Ok(()),
                        Err(error) => break Err(error),
                    }
                }
            },
            Err(error) => Err(error),
        };
        let complete = copied.and_then(|()| unfinished.complete()).map_err(CopyError::from);
        Ok(complete.inspect_err(|_| abandon(&part)))
    }

    /// Writes the open database out, and takes letters meanwhile.
    pub(super) fn write_out(
        &mut self,
        store: &Store,
        mail: &mut Mail,
    ) -> Result<Result<Complete, CopyError>, StoreEnd> {
        let mut unfinished = match store.begin_to_write_out() {
            Ok(unfinished) => unfinished,
            Err(error) => return Ok(Err(error)),
        };
        let part = unfinished.part().to_owned();
        let copied = match unfinished.from(store) {
            Ok(copying) => self.write_pages(store, mail, &copying, &part)?,
            Err(error) => Err(error),
        };
        let complete = copied.and_then(|()| unfinished.complete()).map_err(CopyError::from);
        Ok(complete.inspect_err(|_| abandon(&part)))
    }

    /// As fast as the medium allows: whoever waits comes between two steps. All but the last pages are on the medium before
    /// the last step, behind which nothing more may be written by this connection: so that is short.
    fn write_pages(
        &mut self,
        store: &Store,
        mail: &mut Mail,
        copying: &Copying<'_>,
        part: &Path,
    ) -> Result<Result<(), StoreError>, StoreEnd> {
        let mut syncing: Option<JoinHandle<()>> = None;
        loop {
            if mail.waits() {
                self.take_next(store, mail)?;
            }
            if copying.is_nearly_done() {
                let sync = syncing.get_or_insert_with(|| synced(part.to_owned()));
                if !sync.is_finished() {
                    // Time passes by letters, too.
                    self.take_next(store, mail)?;
                    continue;
                }
            }
            match copying.step() {
                Ok(false) => {}
                Ok(true) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

/// What came to nothing takes no room.
fn abandon(part: &Path) {
    let _ = std::fs::remove_file(part);
}

/// Has what was written so far put on the medium.
fn synced(part: PathBuf) -> JoinHandle<()> {
    std::thread::spawn(move || {
        // What fails here fails once more when the file is put in its place.
        let _ = File::open(part).and_then(|file| file.sync_all());
    })
}
