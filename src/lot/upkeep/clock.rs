//! The lot's clock: which start of the box moments are counted from, and what is put right when it turns out to have
//! been another time. For the engine, before anything else is decided at a moment; what time it is others say.
//!
//! While nobody vouches for the clock it runs from the newest moment written before, in step with true time. So every
//! moment written since is wrong by the same, and moves by that once somebody vouches: stays keep their length, and what
//! has waited leaves with the moments it should have had.

use crate::lot::case::Case;
use crate::lot::report;
use crate::lot::stay;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::moment::{Boot, LotMoment};
use crate::model::remark::Remark;
use crate::standard::codes::{EventLevel, RecordReport};
use crate::standard::datetime::DateTime;
use crate::standard::moments;
use crate::store::{KnownBoot, StoreError};
use jiff::{SignedDuration, Timestamp};

/// Two readings of the same clocks differ by so much.
const READ_WITHIN: SignedDuration = SignedDuration::from_millis(100);
/// How far time has come is noted this often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(300);
/// Less than that is no news to anybody.
const WORTH_TELLING: SignedDuration = SignedDuration::from_secs(5);
/// Reports rewritten at once while they are gone through.
const REPORTS_AT_ONCE: u32 = 500;

/// Looks whether the clock goes on as it was noted last (`noted`, where this process has noted it), and puts right what
/// does not. Whether it was noted anew.
pub fn keep(case: &mut Case<'_>, noted: Option<&LotMoment>) -> Result<bool, StoreError> {
    let Some(boot) = case.moment().boot.clone() else { return Ok(false) };
    if noted.is_some_and(|noted| goes_on(noted, case.moment(), &boot)) {
        return Ok(false);
    }
    let known = case.tx.boots()?;
    match known.last() {
        Some(last) if last.boot.id == boot.id => go_on(case, &known, last, &boot)?,
        _ => begin(case, &known, boot)?,
    }
    Ok(true)
}

fn goes_on(noted: &LotMoment, moment: &LotMoment, boot: &Boot) -> bool {
    noted.voucher == moment.voucher
        && moment.now.duration_since(noted.now).abs() < NOTED_EVERY
        && noted
            .boot
            .as_ref()
            .is_some_and(|before| before.id == boot.id && !differ(before.starts, boot.starts))
}

fn differ(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).abs() > READ_WITHIN
}

/// The box was started since. What somebody has vouched for moves no more; else this start goes on where the last one
/// ended, and moves with it.
fn begin(case: &mut Case<'_>, known: &[KnownBoot], boot: Boot) -> Result<(), StoreError> {
    let LotMoment { now, voucher, lower_bound, .. } = case.moment().clone();
    let unproven = known.last().filter(|last| last.voucher.is_none());
    let ended = case.tx.known_time()?.last.unwrap_or(now);
    if unproven.is_some() && voucher.is_some() {
        // How long the box was off nobody knows: those before have ended when this one began at the latest.
        let by = boot.starts.duration_since(ended).max(SignedDuration::ZERO);
        vouched(case, known, None, (by, ended))?;
    }
    if unproven.is_none() || voucher.is_some() {
        case.tx.forget_boots()?;
    }
    let before = unproven.filter(|_| voucher.is_none());
    let held_from = match (before, voucher) {
        (Some(before), _) => before.held_from,
        (None, None) => Some(case.tx.last_queued()?),
        (None, Some(_)) => None,
    };
    let lower_bound = before.map_or(lower_bound, |before| before.lower_bound);
    let (since, last) = (now, now);
    case.tx.add_boot(&KnownBoot {
        number: 0,
        boot,
        since,
        last,
        voucher,
        lower_bound,
        held_from,
    })?;
    if voucher.is_none() {
        let since = DateTime::at(lower_bound, &case.rules.time_zone).to_string();
        case.tell(Happening::ClockUnproven { since });
    }
    Ok(())
}

/// The same start goes on: as it was believed, or otherwise.
fn go_on(
    case: &mut Case<'_>,
    known: &[KnownBoot],
    last: &KnownBoot,
    boot: &Boot,
) -> Result<(), StoreError> {
    let LotMoment { now, voucher, .. } = *case.moment();
    let moves = differ(boot.starts, last.boot.starts);
    let by =
        if moves { boot.starts.duration_since(last.boot.starts) } else { SignedDuration::ZERO };
    let until = now.checked_sub(by).unwrap_or(now);
    if last.voucher.is_none() && voucher.is_some() {
        return vouched(case, known, Some(boot), (by, until));
    }
    if moves {
        move_all(case, known, Some(boot), by)?;
        if by.abs() >= WORTH_TELLING {
            case.tell(Happening::ClockStepped { seconds: by.as_secs() });
        }
        return Ok(());
    }
    let lower_bound = voucher.map_or(last.lower_bound, |_| now);
    let last_moment = now.max(last.last);
    case.tx.set_boot(&KnownBoot { voucher, lower_bound, last: last_moment, ..last.clone() })
}

/// Somebody vouches for the clock: what was written by `until` while nobody did moves, and what has waited leaves.
fn vouched(
    case: &mut Case<'_>,
    known: &[KnownBoot],
    boot: Option<&Boot>,
    (by, until): (SignedDuration, Timestamp),
) -> Result<(), StoreError> {
    let held_from = known.last().and_then(|last| last.held_from);
    let since = since(known);
    move_all(case, known, boot, by)?;
    if let Some(held_from) = held_from {
        release(case, held_from, (since, until), by)?;
    }
    // Those before this one move no more.
    for before in known.iter().filter(|one| boot.is_some_and(|boot| boot.id != one.boot.id)) {
        case.tx.forget_boot(before.number)?;
    }
    stay::lease::look_at_all(case)?;
    case.anybody_may_pass();
    let Some(voucher) = case.moment().voucher else { return Ok(()) };
    case.tell(Happening::ClockProven { voucher, seconds: by.as_secs() });
    if by.abs() >= WORTH_TELLING {
        let remark = Remark::ClockPutRight { seconds: by.as_secs() };
        let kind = (EventKind::Clock, EventLevel::Alarm);
        report::device_event(case, kind, &case.rules.equipment_id, &remark, None)?;
    }
    Ok(())
}

/// The first moment that was counted from these starts.
fn since(known: &[KnownBoot]) -> Timestamp {
    known.iter().map(|one| one.since).min().unwrap_or(Timestamp::MAX)
}

/// Moves starts and whatever is counted from them; the present one is `boot`, if it is among them.
fn move_all(
    case: &mut Case<'_>,
    known: &[KnownBoot],
    boot: Option<&Boot>,
    by: SignedDuration,
) -> Result<(), StoreError> {
    let LotMoment { now, voucher, .. } = *case.moment();
    let moved = |moment: Timestamp| moment.checked_add(by).unwrap_or(moment);
    for one in known {
        let present = boot.filter(|boot| boot.id == one.boot.id);
        let starts = present.map_or_else(|| moved(one.boot.starts), |boot| boot.starts);
        case.tx.set_boot(&KnownBoot {
            boot: Boot { id: one.boot.id.clone(), starts },
            since: moved(one.since),
            last: if present.is_some() { now } else { moved(one.last) },
            voucher,
            lower_bound: voucher.map_or(one.lower_bound, |_| now),
            held_from: one.held_from.filter(|_| voucher.is_none()),
            ..one.clone()
        })?;
    }
    if by.is_zero() { Ok(()) } else { case.tx.move_moments(since(known), by) }
}

/// What has waited for somebody to vouch leaves, its moments put right that were told from `since` to `until`.
fn release(
    case: &mut Case<'_>,
    held_from: i64,
    (since, until): (Timestamp, Timestamp),
    by: SignedDuration,
) -> Result<(), StoreError> {
    case.out.reported = true;
    if by.is_zero() {
        return Ok(());
    }
    // Texts tell whole seconds.
    let since = Timestamp::from_second(since.as_second()).unwrap_or(since);
    let moved = |moment: Timestamp| {
        let ours = since <= moment && moment <= until;
        if ours { moment.checked_add(by).ok() } else { None }
    };
    let mut behind = held_from;
    loop {
        let rows = case.tx.listed(behind, false, None, REPORTS_AT_ONCE)?;
        let Some(newest) = rows.last() else { return Ok(()) };
        behind = newest.seq;
        for row in rows {
            let Ok(mut element) = serde_json::from_str(&row.body) else { continue };
            moments::rewrite(row.code, &mut element, &case.rules.time_zone, &moved);
            if RecordReport::from_number(row.code.into()).is_some() {
                report::tell_stays_times(case, &mut element)?;
            }
            case.tx.rewrite_row(row.seq, &element)?;
        }
    }
}
