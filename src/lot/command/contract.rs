//! 6008: a plate's contract for automatic deduction was opened or closed (table 85). The reply has no
//! elements unless something is wrong.

use super::{Answered, Done};
use crate::lot::case::Case;
use crate::standard::entities::ContractNotice;

pub(super) fn carry_out(case: &mut Case<'_>, notice: &ContractNotice) -> Done {
    let plate_no = notice.plate_no.as_str();
    let open = notice.state == 1;
    case.tx.set_contract(plate_no, open, case.now)?;
    if open {
        case.may_pass(plate_no);
    }
    Ok(Answered::done(plate_no, if open { "open" } else { "close" }, None))
}
