//! What the platform's answers to reports mean: a row that it has taken leaves the queue and sets free what
//! waited for it, a refused one stays as a dead letter.

use super::base_data;
use crate::lot::case::Case;
use crate::model::input::{Delivery, Fate};
use crate::model::outcome::Haste;
use crate::model::remark::Reproach;
use crate::standard::codes::RecordReport;
use crate::standard::id::Id;
use crate::store::{StoreError, TakenRow, Urgency};

/// Where more reports wait than that, whoever sends them waits for the places of those that were taken.
const FEW: i64 = 4;

/// The platform answered reports.
pub fn delivered(case: &mut Case<'_>, deliveries: &[Delivery]) -> Result<(), StoreError> {
    let (mut misses_base_data, mut base_data) = (false, false);
    for Delivery { seq, fate } in deliveries {
        if !case.comes_to(format_args!("report {seq}")) {
            // Else it would be sent again and again.
            case.tx.refuse_row(*seq, &Reproach::PutAside.text())?;
            continue;
        }
        match fate {
            Fate::Acknowledged => {
                if let Some(row) = case.tx.take_row(*seq)? {
                    base_data |= row.urgency == Urgency::BaseData;
                    taken(case, &row)?;
                }
            }
            Fate::Refused(words) => case.tx.refuse_row(*seq, words)?,
            Fate::PutAside(words) => {
                case.tx.refuse_row(*seq, words)?;
                if let Some(row) = case.tx.listed_row(*seq)? {
                    super::not_wanted(case, (row.code, &row.key), words)?;
                }
            }
            Fate::MissesBaseData(code) => {
                case.tx.forget_base_data_of(*code)?;
                case.tx.rebase_row(*seq)?;
                misses_base_data = true;
            }
            Fate::PutOff(why) => case.tx.put_off_row(*seq, &why.words, why.refused_for)?,
        }
    }
    let left = case.tx.queue_counts()?.pending;
    // All others wait for base data.
    let presses = left > if base_data { 0 } else { FEW };
    if presses {
        case.out.press();
    }
    let all_there = || deliveries.iter().all(|one| one.fate == Fate::Acknowledged);
    if left == 0 && case.out.haste == Haste::Usual && all_there() {
        case.out.haste = Haste::OnlyNoted;
    }
    if misses_base_data { base_data::announce(case) } else { Ok(()) }
}

/// The platform has it.
fn taken(case: &mut Case<'_>, row: &TakenRow) -> Result<(), StoreError> {
    if row.urgency == Urgency::BaseData {
        return base_data::acknowledged(case, row.code, &row.key, &row.body);
    }
    // A picture follows its record, never goes before it.
    match RecordReport::from_number(row.code.into()) {
        Some(RecordReport::In) => case.tx.release_images(&Id::from(row.key.as_str()), false),
        Some(RecordReport::Out) => case.tx.release_images(&Id::from(row.key.as_str()), true),
        Some(RecordReport::Corrected) | None => Ok(()),
    }
}
