//! A plate is forgotten because its owner wants it: stays keep their sums and times without it, everything else goes. What
//! the platform is still to be told goes when it has acknowledged it. For staff, time, and the command line where no engine
//! runs.

use super::case::Stop;
use crate::model::happening::Happening;
use crate::model::staff::Refusal;
use crate::standard::plate::PlateNo;
use crate::standard::plate_in_text::without_plate;
use crate::store::{Forgetting, StoreError, Transaction};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Stays of one commit.
const STAYS: usize = 50;
/// Answers looked through with one commit.
const ANSWERS: u32 = 2000;

/// Begins it; refused while the car is here, or has something that stands for days to come.
pub fn begin(
    tx: &Transaction<'_>,
    plate_no: &PlateNo,
    (by, reason): (&str, &str),
    (now, zone): (Timestamp, &TimeZone),
) -> Result<Result<(), Refusal>, StoreError> {
    match may_be_forgotten(tx, plate_no.as_str(), now, zone) {
        Ok(()) => Ok(Ok(tx.begin_forgetting(plate_no.as_str(), by, reason)?)),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Store(error)) => Err(error),
    }
}

fn may_be_forgotten(
    tx: &Transaction<'_>,
    plate_no: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(), Stop<Refusal>> {
    let waits = tx.has_undecided_read_of(plate_no)?
        || tx.all_waiting()?.iter().any(|one| one.car.plate_no.as_str() == plate_no);
    let passes = !tx.passing_of(plate_no)?.is_empty();
    if waits || passes || tx.open_record_by_any_plate(plate_no)?.is_some() {
        return Err(Refusal::StillHere.into());
    }
    let today = zone.to_datetime(now).date();
    let leased = tx.leases_of(plate_no)?.iter().any(|lease| lease.end_date >= today);
    let shares = tx.shares_of(plate_no)?;
    let shared = shares.iter().any(|one| one.cancelled_at.is_none() && one.end_date >= today);
    if leased || shared || !tx.bookings_of(plate_no)?.is_empty() {
        return Err(Refusal::InForce.into());
    }
    Ok(())
}

/// How far it has come.
#[derive(Debug)]
pub enum WentOn {
    /// Nobody is to be forgotten now: nobody at all, or who has come back, or been given something, since it began. They
    /// are when that has ended.
    Nobody,
    /// There is more of somebody.
    Further,
    /// Somebody has been; that is told.
    Done(Happening),
}

/// Goes on with a plate that is being forgotten, as far as one commit may.
pub fn go_on(tx: &Transaction<'_>, now: Timestamp, zone: &TimeZone) -> Result<WentOn, StoreError> {
    for far in tx.all_forgetting()? {
        match may_be_forgotten(tx, &far.plate_no, now, zone) {
            Ok(()) => return forget_some(tx, far, now),
            Err(Stop::Refused(_)) => {}
            Err(Stop::Store(error)) => return Err(error),
        }
    }
    Ok(WentOn::Nobody)
}

fn forget_some(
    tx: &Transaction<'_>,
    mut far: Forgetting,
    now: Timestamp,
) -> Result<WentOn, StoreError> {
    let plate_no = far.plate_no.clone();
    let stays = tx.forget_stays(&plate_no, STAYS)?;
    far.records = far.records.saturating_add(i64::try_from(stays).unwrap_or(i64::MAX));
    if stays < STAYS && !look_through(tx, &mut far, now)? {
        // Whoever wanted it may have named it.
        for text in [&mut far.by, &mut far.reason] {
            if let Some(without) = without_plate(text, &plate_no) {
                *text = without;
            }
        }
        tx.end_forgetting(&far, now)?;
        let Forgetting { by, reason, records, .. } = far;
        return Ok(WentOn::Done(Happening::Forgotten { records, by, reason }));
    }
    tx.set_forgetting(&far)?;
    Ok(WentOn::Further)
}

/// Looks through some of a journal; whether there is more.
fn look_through(
    tx: &Transaction<'_>,
    far: &mut Forgetting,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (plate_no, after) = (&far.plate_no, &far.after);
    let last = match far.step {
        0 => {
            tx.forget_plate(plate_no, now)?;
            None
        }
        1 => tx.forget_bookings(plate_no, after, ANSWERS)?,
        2 => tx.forget_in_commands(plate_no, after, ANSWERS)?,
        3 => tx.forget_in_staff_commands(plate_no, after, ANSWERS)?,
        4 => tx.forget_in_messages(plate_no, after, ANSWERS)?,
        5 => tx.forget_in_texts(plate_no, after, ANSWERS)?,
        _ => return Ok(false),
    };
    match last {
        Some(last) => far.after = last,
        None => (far.step, far.after) = (far.step.saturating_add(1), String::new()),
    }
    Ok(true)
}
