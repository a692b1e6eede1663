//! Dead letters thrown away by people: only what the platform has refused, what tells of money on the box only, and
//! never without a trace of who and why. For the engine, and for the command line where no engine runs; it knows neither.

use super::case::Stop;
use crate::model::happening::Happening;
use crate::model::queue::{QueueRefusal, SaidAt, ThrowAway};
use crate::standard::interface::Interface;
use crate::store::{Deed, DroppedReport, StoreError, Transaction};
use jiff::Timestamp;

/// What came of it.
#[derive(Debug)]
pub enum ThrownAway {
    /// All of them are gone; told is what.
    Done(Vec<Happening>),
    /// None is.
    Refused(QueueRefusal),
}

/// Throws dead letters away and notes who did it: all of them, or none where one may not.
pub fn throw_away(
    tx: &Transaction<'_>,
    wanted: &ThrowAway,
    now: Timestamp,
) -> Result<ThrownAway, StoreError> {
    match all_of(tx, wanted, now) {
        Ok(told) => Ok(ThrownAway::Done(told)),
        Err(Stop::Refused(refusal)) => Ok(ThrownAway::Refused(refusal)),
        Err(Stop::Store(error)) => Err(error),
    }
}

fn all_of(
    tx: &Transaction<'_>,
    wanted: &ThrowAway,
    now: Timestamp,
) -> Result<Vec<Happening>, Stop<QueueRefusal>> {
    let letters = wanted.rows.iter().map(|row| dead_letter(tx, *row, wanted.said));
    let letters = letters.collect::<Result<Vec<_>, _>>()?;
    let deed = Deed { at: now, by: wanted.by.clone(), reason: wanted.reason.clone() };
    let mut told = Vec::with_capacity(letters.len());
    for letter in letters {
        // Named twice, it is thrown away once.
        if !tx.drop_dead_letter(letter.row)? {
            continue;
        }
        tx.note_dropped(&deed, &letter)?;
        let DroppedReport { row, code, key, .. } = letter;
        let (by, reason) = (deed.by.clone(), deed.reason.clone());
        told.push(Happening::ReportDropped { row, code, key, by, reason });
    }
    Ok(told)
}

/// A dead letter that may be thrown away by whoever spoke there.
fn dead_letter(
    tx: &Transaction<'_>,
    row: i64,
    said: SaidAt,
) -> Result<DroppedReport, Stop<QueueRefusal>> {
    let found = tx.listed_row(row)?.ok_or(QueueRefusal::NoRow { row })?;
    let code = found.code;
    if found.state != "dead" {
        return Err(QueueRefusal::Waits { row }.into());
    }
    if said == SaidAt::Network && tells_of_money(code) {
        return Err(QueueRefusal::Money { row, code }.into());
    }
    Ok(found.into())
}

/// What is of no interface that we know may.
fn tells_of_money(code: u16) -> bool {
    Interface::find(code).is_none_or(Interface::tells_of_money)
}

impl From<QueueRefusal> for Stop<QueueRefusal> {
    fn from(refusal: QueueRefusal) -> Self {
        Self::Refused(refusal)
    }
}
