//! 6004: shared parking begins or is cancelled (tables 79 and 80). A car inside keeps what was free
//! before the cancellation.

use super::{Answered, Done, refuse, within_years};
use crate::lot::case::Case;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::ShareCommand;
use crate::standard::years;
use crate::store::Share;
use serde_json::json;

/// More than a week before and after a window is no buffer.
const LONGEST_BUFFER: i64 = 7 * 24 * 60;

/// Table 79's `actionType` that cancels.
const CANCEL: i64 = 1;

pub(super) fn carry_out(case: &mut Case<'_>, command: &ShareCommand) -> Done {
    let id = command.id.to_string();
    let reply = Some(json!({ "id": command.id }));
    if command.action_type == CANCEL {
        return match case.tx.cancel_share(&id, case.now)? {
            Some(_) => Ok(Answered::done(id, "cancel", reply)),
            None => Err(refuse(ErrorCode::NO_OBJECT, "id").into()),
        };
    }
    let week_days =
        week_days(&command.rule).ok_or_else(|| refuse(ErrorCode::OUT_OF_RANGE, "rule"))?;
    let start_date = within_years("startDate", years::day(command.start_date))?;
    let end_date = within_years("endDate", years::last_day(command.end_date))?;
    if start_date > end_date {
        return Err(refuse(ErrorCode::OUT_OF_RANGE, "endDate < startDate").into());
    }
    if !(0..=LONGEST_BUFFER).contains(&command.buffer_time) {
        return Err(refuse(ErrorCode::OUT_OF_RANGE, "bufferTime").into());
    }
    let share = Share {
        id: id.clone(),
        plate_no: command.plate_no.to_string(),
        start_date,
        end_date,
        start_time: command.start_time,
        end_time: command.end_time,
        buffer_minutes: command.buffer_time,
        week_days,
        cancelled_at: None,
    };
    case.tx.set_share(&share)?;
    case.may_pass(&share.plate_no);
    Ok(Answered::done(id, "start", reply))
}

/// 1 Monday … 7 Sunday; none for other numbers or no day at all.
fn week_days(rule: &[i64]) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for day in rule {
        *days.get_mut(usize::try_from(day.checked_sub(1)?).ok()?)? = true;
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
