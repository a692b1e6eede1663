//! 6004: shared parking begins or is cancelled (tables 79 and 80). A car inside keeps what was free
//! before the cancellation.

use super::super::{LotError, Outcome, passage};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::ShareCommand;
use crate::store::Share;
use serde_json::json;

/// More than a week before and after a window is no buffer.
const LONGEST_BUFFER: i64 = 7 * 24 * 60;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    command: &ShareCommand,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let Step { tx, context, .. } = *step;
    let id = command.id.to_string();
    let reply = Some(json!({ "id": command.id }));
    if command.action_type == 1 {
        return Ok(match tx.cancel_share(&id, context.now)? {
            Some(_) => Answer::done(id, "cancel", reply),
            None => step.refuse(ErrorCode::NO_OBJECT, "id"),
        });
    }
    let Some(week_days) = week_days(&command.rule) else {
        return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "rule"));
    };
    if command.start_date > command.end_date {
        return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "endDate < startDate"));
    }
    if !(0..=LONGEST_BUFFER).contains(&command.buffer_time) {
        return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "bufferTime"));
    }
    let share = Share {
        id: id.clone(),
        plate_no: command.plate_no.to_string(),
        start_date: command.start_date,
        end_date: command.end_date,
        start_time: command.start_time,
        end_time: command.end_time,
        buffer_minutes: command.buffer_time,
        week_days,
        cancelled_at: None,
    };
    tx.set_share(&share)?;
    passage::reconsider_plate(tx, context, out, &share.plate_no)?;
    Ok(Answer::done(id, "start", reply))
}

/// 1 Monday … 7 Sunday; none for other numbers or no day at all.
fn week_days(rule: &[i64]) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for day in rule {
        *days.get_mut(usize::try_from(day - 1).ok()?)? = true;
    }
    days.contains(&true).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn week_days_are_numbered_from_monday_and_others_are_refused() {
        let days = week_days(&[2, 5, 2]);
        assert_eq!(days, Some([false, true, false, false, true, false, false]));
        for rule in [&[][..], &[0], &[8], &[1, -1], &[i64::MIN + 1]] {
            assert_eq!(week_days(rule), None, "{rule:?}");
        }
    }
}
