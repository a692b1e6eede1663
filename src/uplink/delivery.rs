//! One request on its way: sent, judged, and what became of its rows handed to the engine.

use super::client::{CallError, Client};
use super::patience::{Blame, Evidence, Failure, Patience};
use super::schedule::Batch;
use super::session::Session;
use super::settling::settle;
use super::verdict::{KnownRows, Verdict, judge};
use crate::engine::EngineHandle;
use crate::model::happening::Happening;
use crate::model::input::{Delivery, Fate, Input};
use crate::teller::Teller;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// That the platform takes nothing is noted with what waits for it no more often.
const IN_VAIN_EVERY: Duration = Duration::from_secs(300);

/// What every request needs.
pub(super) struct Courier {
    pub(super) client: Client,
    pub(super) session: Arc<Session>,
    pub(super) engine: EngineHandle,
    pub(super) teller: Teller,
    /// Rows up to this one may have been sent by the process before this one.
    pub(super) sent_before: i64,
    pub(super) patience: Mutex<Patience>,
    /// When it was noted last that something was sent in vain while the platform takes nothing.
    pub(super) noted_in_vain: Mutex<Option<Instant>>,
}

/// A request that has come to an end.
pub(super) struct Returned {
    pub(super) batch: Batch,
    pub(super) outcome: CameOf,
    pub(super) deliveries: Vec<Delivery>,
    /// Whether the engine has noted them.
    pub(super) stored: bool,
    /// When it left.
    pub(super) sent: Instant,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum CameOf {
    /// The platform said something of use about some rows.
    Used {
        /// To be sent again, each alone.
        alone: Vec<i64>,
        /// Replies do not name every element.
        stop_batching: bool,
        /// Not taken, and no fault named.
        refused: Vec<i64>,
    },
    /// Nothing of use.
    Useless {
        /// Why.
        error: CallError,
        /// Who is at fault.
        fault: Blame,
    },
}

/// A row that was not taken, and the platform's words about it.
type Untaken = (i64, String);

impl Courier {
    pub(super) fn patience(&self) -> MutexGuard<'_, Patience> {
        self.patience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a batch and has the engine note what became of it. `base_data` are the interfaces whose base
    /// data wait.
    pub(super) async fn deliver(
        self: Arc<Self>,
        batch: Batch,
        base_data: HashSet<u16>,
    ) -> Returned {
        let begun = Instant::now();
        let elements: Vec<&str> = batch.rows.iter().map(|row| row.body.as_str()).collect();
        let result = self.session.call(batch.code, &elements).await.map(|reply| {
            let maybe_sent = |row: &_| self.maybe_sent(row);
            let known = KnownRows { maybe_sent: &maybe_sent, base_data_waiting: &base_data };
            judge(&batch.rows, &reply, &known)
        });
        let after = begun.elapsed();
        let (outcome, deliveries) = match result {
            Ok(Verdict { settled, refused, waits, alone, stop_batching })
                if !settled.is_empty() || !alone.is_empty() =>
            {
                let mut deliveries = settled;
                let refused_rows = refused.iter().chain(&waits).map(|(seq, _)| *seq).collect();
                self.beside_others(&batch, &mut deliveries, (refused, waits));
                (CameOf::Used { alone, stop_batching, refused: refused_rows }, deliveries)
            }
            Ok(Verdict { refused, waits, .. }) => {
                let first =
                    |rows: Vec<(i64, String)>| rows.into_iter().next().map(|(_, words)| words);
                self.useless(
                    &batch,
                    match (first(refused), first(waits)) {
                        (None, Some(words)) => CallError::BaseDataFirst(words),
                        (words, _) => CallError::Busy(words.unwrap_or_default()),
                    },
                )
            }
            Err(error) => self.useless(&batch, error),
        };
        let stored = match &outcome {
            CameOf::Useless { error, fault: Blame::Platform } if !self.is_noted(&batch, error) => {
                true
            }
            CameOf::Useless { fault, .. } if *fault != Blame::PutAside => {
                // That it was tried in vain may go unnoted.
                self.engine.submit(Input::Delivered(deliveries.clone())).await.is_ok()
            }
            CameOf::Used { .. } | CameOf::Useless { .. } => {
                settle(&self.engine, deliveries.clone()).await
            }
        };
        if stored {
            self.tell(&batch, &outcome, &deliveries, after);
        }
        Returned { batch, outcome, deliveries, stored, sent: begun }
    }

    /// Whether it is noted that rows were sent in vain while the platform takes nothing: it is asked every few seconds, for
    /// as long as it is away, and the flash need not hear of each time. Whatever may have come there is noted once.
    fn is_noted(&self, batch: &Batch, error: &CallError) -> bool {
        let mut noted = self.noted_in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let first = error.reached() && batch.rows.iter().any(|row| row.attempts == 0);
        let due = noted.is_none_or(|at| now.saturating_duration_since(at) >= IN_VAIN_EVERY);
        if due {
            *noted = Some(now);
        }
        first || due
    }

    /// It takes something again: the next time it does not is noted.
    pub(super) fn forget_vain_tries(&self) {
        *self.noted_in_vain.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn maybe_sent(&self, row: &crate::store::OutboxRow) -> bool {
        row.attempts > 0 || row.seq <= self.sent_before
    }

    /// Some rows of the request have their fate; each of the others was refused by itself, or waits for base data.
    fn beside_others(
        &self,
        batch: &Batch,
        deliveries: &mut Vec<Delivery>,
        (refused, waits): (Vec<Untaken>, Vec<Untaken>),
    ) {
        let now = Instant::now();
        let taken = deliveries.iter().any(|one| one.fate == Fate::Acknowledged);
        let mut patience = self.patience();
        patience.answered();
        if taken && patience.took(batch.code, now) {
            self.teller.tell(Happening::TakenAgain { code: batch.code });
        }
        let refused = refused.into_iter().map(|one| (one, Evidence::Refused));
        let waits = waits.into_iter().map(|one| (one, Evidence::Nothing));
        for ((seq, words), says) in refused.chain(waits) {
            let Some(row) = batch.rows.iter().find(|row| row.seq == seq) else { continue };
            let of_row = (seq, row.refused_for, says);
            let fault = patience.failed_beside_others(batch.code, of_row, fastrand::f64(), now);
            let fate = Self::fate_of(&patience, (seq, row.refused_for), &words, fault);
            deliveries.push(Delivery { seq, fate });
            self.tell_of_row(batch, seq, (&words, says), fault);
        }
    }

    /// Nothing was taken.
    fn useless(&self, batch: &Batch, error: CallError) -> (CameOf, Vec<Delivery>) {
        let words = if error.answered() { error.last_words() } else { String::new() };
        if !error.reached() {
            let fault = Blame::Platform;
            let put_off = |row: &crate::store::OutboxRow| {
                let fate = Self::fate_of(&self.patience(), (row.seq, row.refused_for), "", fault);
                Delivery { seq: row.seq, fate }
            };
            let deliveries = batch.rows.iter().map(put_off).collect();
            return (CameOf::Useless { error, fault }, deliveries);
        }
        let rows: Vec<_> = batch.rows.iter().map(|row| (row.seq, row.refused_for)).collect();
        let failure = Failure { code: batch.code, rows: &rows, says: error.says() };
        let mut patience = self.patience();
        let fault = patience.failed(failure, fastrand::f64(), Instant::now());
        let deliveries = rows.iter().map(|row| Delivery {
            seq: row.0,
            fate: Self::fate_of(&patience, *row, &words, fault),
        });
        let deliveries = deliveries.collect();
        drop(patience);
        match (fault, rows.first()) {
            (Blame::Interface { new: true }, _) => {
                let (code, words) = (batch.code, error.to_string());
                self.teller.tell(Happening::NotTaken { code, words });
            }
            (_, Some((seq, _))) => self.tell_of_row(batch, *seq, (&words, error.says()), fault),
            (_, None) => {}
        }
        (CameOf::Useless { error, fault }, deliveries)
    }

    fn fate_of(
        patience: &Patience,
        (seq, refused_for): (i64, Duration),
        words: &str,
        fault: Blame,
    ) -> Fate {
        match fault {
            Blame::PutAside => Fate::PutAside(words.to_owned()),
            Blame::Platform | Blame::Interface { .. } | Blame::Among | Blame::Row { .. } => {
                Fate::PutOff(patience.put_off(seq, refused_for, words))
            }
        }
    }

    /// Told once of each row.
    fn tell_of_row(&self, batch: &Batch, seq: i64, (words, says): (&str, Evidence), fault: Blame) {
        if fault == (Blame::Row { new: true }) {
            let (code, key, words) = (batch.code, batch.key_of(seq), words.to_owned());
            let give_up_after = self.client.platform().give_up_after;
            self.teller.tell(if says == Evidence::Unwanted {
                Happening::NotWanted { code, key, words }
            } else {
                Happening::PutOff { code, key, words, give_up_after }
            });
        }
    }

    fn tell(&self, batch: &Batch, outcome: &CameOf, deliveries: &[Delivery], after: Duration) {
        let says = match outcome {
            CameOf::Useless { error, .. } => error.says(),
            CameOf::Used { .. } => Evidence::Refused,
        };
        let (code, mut count) = (batch.code, 0);
        for Delivery { seq, fate } in deliveries {
            let key = || batch.key_of(*seq);
            match fate.clone() {
                Fate::Refused(words) => {
                    self.teller.tell(Happening::Refused { code, key: key(), words });
                }
                Fate::PutAside(words) if says == Evidence::Unread => {
                    self.teller.tell(Happening::MayBeDelivered { code, key: key(), words });
                }
                Fate::PutAside(words) if says == Evidence::Unwanted => {
                    self.teller.tell(Happening::UnwantedAside { code, key: key(), words });
                }
                Fate::PutAside(words) => {
                    let after = self.client.platform().give_up_after;
                    self.teller.tell(Happening::GivenUp { code, key: key(), words, after });
                }
                Fate::Acknowledged => count += 1,
                Fate::PutOff(_) | Fate::MissesBaseData(_) => {}
            }
        }
        if count > 0 {
            self.teller.tell(Happening::Acknowledged { code, count, after });
        }
    }
}
