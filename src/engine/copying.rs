//! The database is copied while the engine goes on: some pages after each tick, through its own connection. When all are
//! there a thread of its own verifies the copy.

use super::mail::{Mail, StoreEnd};
use super::writer::Engine;
use crate::model::happening::Happening;
use crate::store::{Complete, Copies, CopyError, Store};

impl Engine {
    /// Makes a copy where one is due, and takes letters meanwhile; why the engine goes on no longer, where it does not.
    pub(super) fn copy(&mut self, store: &Store, mail: &mut Mail) -> Result<(), StoreEnd> {
        let Some(copies) = self.copy_plan.due() else { return Ok(()) };
        match self.copied(store, mail, &copies)? {
            Ok(complete) => {
                let teller = self.effects.teller.clone();
                self.copy_plan.verify(copies, complete, teller);
            }
            Err(error) => {
                self.copy_plan.failed();
                self.effects.teller.tell(Happening::CopyFailed { error: error.to_string() });
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
        Ok(copied.and_then(|()| unfinished.complete()).map_err(CopyError::from))
    }
}
