//! 6008: a plate's contract for automatic deduction was opened or closed (table 85). The reply has no
//! elements unless something is wrong.

use super::super::{LotError, Outcome, passage};
use super::{Answer, Step};
use crate::standard::entities::ContractNotice;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    notice: &ContractNotice,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let plate_no = notice.plate_no.as_str();
    let open = notice.state == 1;
    step.tx.set_contract(plate_no, open, step.context.now)?;
    if open {
        passage::reconsider_plate(step.tx, step.context, out, plate_no)?;
    }
    Ok(Answer::done(plate_no, if open { "open" } else { "close" }, None))
}
