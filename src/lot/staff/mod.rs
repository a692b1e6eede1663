//! What staff do through the operator's own software, and shops with their coupons: payments, refunds, corrections,
//! leases, lanes, locks, visitors' passes, coupons. One file an action; each command carries an id of its sender, and the same id happens once and is
//! answered the same. What it changes is done by the rooms below.

mod at_lane;
mod class;
mod correct;
mod coupon;
mod drive;
mod forget;
mod lane;
mod lease;
mod lock;
mod pay;
mod refund;
mod stock;
mod visitor;

use super::case::{Case, Stop};
use crate::model::staff::{Refusal, StaffAction, StaffAnswer, StaffCommand};
use crate::store::StoreError;
use serde_json::Value;

/// What to answer, or why it is not done.
type Done = Result<Value, Stop<Refusal>>;

impl From<Refusal> for Stop<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Carries a command out, or answers it as before.
pub fn carry_out(case: &mut Case<'_>, command: &StaffCommand) -> Result<StaffAnswer, StoreError> {
    if let Some((reply, said)) = case.tx.staff_reply(&command.id)? {
        return Ok(if command.is_another_than(said.as_deref()) {
            StaffAnswer::Refused(Refusal::IdUsed)
        } else {
            StaffAnswer::Done(reply)
        });
    }
    let written = case.tx.writes();
    case.by_people = true;
    match act(case, command) {
        Ok(reply) => {
            // A price asked again is the price by then.
            let only_asks =
                matches!(command.action, StaffAction::Quote { .. } | StaffAction::CompareStock(_));
            if !only_asks {
                case.tx.add_staff_command(command, &reply, case.now)?;
            }
            Ok(StaffAnswer::Done(reply))
        }
        Err(Stop::Refused(refusal)) => {
            debug_assert_eq!(case.tx.writes(), written, "{refusal:?} and wrote");
            case.forget();
            Ok(StaffAnswer::Refused(refusal))
        }
        Err(Stop::Store(error)) => Err(error),
    }
}

fn act(case: &mut Case<'_>, command: &StaffCommand) -> Done {
    let StaffCommand { id, operator, action, .. } = command;
    match action {
        StaffAction::Pay(payment) => pay::pay(case, id, operator, payment),
        StaffAction::Quote { plate_no } => pay::quote(case, plate_no),
        StaffAction::AskPayment { plate_no } => pay::ask(case, plate_no),
        StaffAction::Refund(refund) => refund::refund(case, id, operator, refund),
        StaffAction::Correct(correction) => correct::correct(case, operator, correction),
        StaffAction::SetLease(lease) => lease::set(case, lease),
        StaffAction::EndLease { plates } => lease::end(case, plates),
        StaffAction::OpenLane { lane_id, reason, record_id } => {
            lane::open(case, lane_id, record_id.as_ref(), operator, reason)
        }
        StaffAction::NameCar { lane_id, car, reason } => {
            at_lane::name(case, lane_id, car, operator, reason)
        }
        StaffAction::ChooseStay { lane_id, record_id, plate_no, reason } => {
            let said = (operator.as_str(), reason.as_str());
            at_lane::choose(case, lane_id, record_id, plate_no.as_ref(), said)
        }
        StaffAction::LetThrough { lane_id, car, reason } => {
            at_lane::let_through(case, lane_id, car, operator, reason)
        }
        StaffAction::BackedOut { lane_id, reason } => {
            at_lane::backed_out(case, lane_id, operator, reason)
        }
        StaffAction::SettleTail { tail, record_id, reason } => {
            at_lane::settle_tail(case, *tail, record_id.as_ref(), operator, reason)
        }
        StaffAction::RaiseAll { reason } => at_lane::raise_all(case, operator, reason),
        StaffAction::EndRaiseAll { reason } => at_lane::end_raise_all(case, operator, reason),
        StaffAction::Drive { reason } => Ok(drive::told(case, operator, reason)),
        StaffAction::StopLane { lane_id, reason } => lane::stop(case, lane_id, operator, reason),
        StaffAction::NormalLane { lane_id } => lane::put_back(case, lane_id),
        StaffAction::MoveBarrier { lane_id, movement } => {
            lane::move_barrier(case, lane_id, *movement, operator)
        }
        StaffAction::GiveClass { class, reason } => class::give(case, class, operator, reason),
        StaffAction::TakeClass { class } => class::take(case, class, operator),
        StaffAction::Forget { plate_no, reason } => {
            forget::forget(case, plate_no, operator, reason)
        }
        StaffAction::CompareStock(count) => stock::compare(case, count),
        StaffAction::TakeStock(count) => stock::take(case, operator, count),
        StaffAction::TakeStockBack { number } => stock::take_back(case, operator, *number),
        StaffAction::ReleaseLock { plate_no } => lock::release(case, plate_no, operator),
        StaffAction::GivePass(pass) => visitor::give(case, id, operator, pass),
        StaffAction::WithdrawPass { pass_id } => visitor::withdraw(case, pass_id, operator),
        StaffAction::GiveCoupon(coupon) => coupon::give(case, id, operator, coupon),
        StaffAction::ReturnCoupon { number, merchant } => {
            coupon::give_back(case, *number, merchant.as_deref(), operator)
        }
    }
}
