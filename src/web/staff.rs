//! What staff do, as requests. Each carries the sender's `id`; the same id happens once and is answered
//! the same.

use super::Service;
use super::answers::{ApiError, Reader, answer};
use crate::lang::RequestProblem;
use crate::model::barrier::Movement;
use crate::model::input::{Answer, Input};
use crate::model::staff::{
    Correction, Refund, StaffAction, StaffAnswer, StaffCommand, StaffPayment,
};
use crate::standard::datetime::DateTime;
use crate::standard::entities::DiscountRecord;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::ToSchema;

/// Money taken at the booth.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Payment {
    /// The booth's own id of this payment, which becomes the charge's: 32 letters and digits.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: String,
    /// The plate of a car that is inside.
    #[schema(value_type = String, example = "粤B12345")]
    plate_no: PlateNo,
    /// Received, in yuan.
    #[schema(value_type = f64, minimum = 0)]
    received: Money,
    /// Let off, in yuan.
    #[serde(default)]
    #[schema(value_type = f64, minimum = 0)]
    discount: Money,
    /// Table 15's `payType`: 1 cash, 2 WeChat, 3 Alipay, 4 UnionPay, 5 ETC, 6 other.
    #[serde(default = "cash")]
    #[schema(minimum = 1, maximum = 6)]
    pay_type: i64,
    /// Table 15's `payFrom`.
    #[serde(default = "at_the_booth")]
    #[schema(min_length = 1, max_length = 10)]
    pay_from: String,
    /// Table 16's discounts.
    #[serde(default)]
    list_discounts: Vec<Discount>,
    #[serde(default)]
    #[schema(max_length = 50)]
    operator: String,
}

/// A discount (table 16).
#[derive(Debug, Deserialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the names are the table's")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Discount {
    #[schema(max_length = 20)]
    coupon_no: Option<String>,
    /// 0 none, 1 amount, 2 hours, 3 share, 4 all.
    #[schema(minimum = 0, maximum = 4)]
    coupon_type: i64,
    #[schema(value_type = f64, minimum = 0)]
    coupon_value: Money,
    #[schema(max_length = 100)]
    discount_channel: Option<String>,
    #[schema(max_length = 18)]
    channel_org_code: Option<String>,
}

fn cash() -> i64 {
    1
}

fn at_the_booth() -> String {
    "线下缴费".to_owned()
}

/// A car, by its plate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OfPlate {
    /// The sender's id; a fresh one when absent.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(value_type = String)]
    plate_no: PlateNo,
    /// Who does it.
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// Money to be given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RefundRequest {
    /// The booth's own id of this refund: 32 letters and digits.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: String,
    /// The parking record it was paid for.
    #[schema(value_type = String)]
    record_id: Id,
    /// In yuan.
    #[schema(value_type = f64, exclusive_minimum = 0)]
    refund_money: Money,
    /// Table 17's `refundType`, as `payType`.
    #[serde(default = "cash")]
    #[schema(minimum = 1, maximum = 6)]
    refund_type: i64,
    /// Table 17's `refundFrom`.
    #[serde(default = "at_the_booth")]
    #[schema(min_length = 1, max_length = 10)]
    refund_from: String,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// A record's true values; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CorrectionRequest {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    #[schema(value_type = String)]
    record_id: Id,
    #[schema(value_type = Option<String>)]
    plate_no: Option<PlateNo>,
    #[schema(max_length = 3)]
    plate_color: Option<String>,
    /// 1 large, 2 medium, 3 small.
    #[schema(minimum = 1, maximum = 3)]
    car_model: Option<i64>,
    /// `yyyy-MM-dd HH:mm:ss` in the lot's time.
    #[schema(value_type = Option<String>, example = "2026-03-02 08:00:00")]
    enter_time: Option<DateTime>,
    /// `yyyy-MM-dd HH:mm:ss` in the lot's time; ends a stay that is still open.
    #[schema(value_type = Option<String>, example = "2026-03-02 09:00:00")]
    leave_time: Option<DateTime>,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// A lane, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OfLane {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
    #[serde(default)]
    #[schema(max_length = 100)]
    reason: String,
}

type Body<T> = Result<Json<T>, JsonRejection>;

/// A body of the documented shape.
pub(super) fn body<T>(body: Body<T>) -> Result<T, RequestProblem> {
    body.map(|Json(body)| body)
        .map_err(|rejection| RequestProblem::Unreadable { error: rejection.body_text() })
}

pub(super) fn id(text: Option<String>) -> Result<Id, RequestProblem> {
    let Some(text) = text else { return Ok(Id::random()) };
    let fits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(text.into()) } else { Err(RequestProblem::Id) }
}

pub(super) fn length(field: &'static str, text: &str, max: usize) -> Result<(), RequestProblem> {
    let fits = (1..=max).contains(&text.chars().count());
    if fits { Ok(()) } else { Err(RequestProblem::Length { field, max }) }
}

fn range(field: &'static str, number: i64, low: i64, high: i64) -> Result<(), RequestProblem> {
    let fits = (low..=high).contains(&number);
    if fits { Ok(()) } else { Err(RequestProblem::Range { field, low, high }) }
}

fn not_negative(field: &'static str, money: Money) -> Result<(), RequestProblem> {
    if money < Money::ZERO { Err(RequestProblem::Negative { field }) } else { Ok(()) }
}

/// Has the engine do it.
pub(super) async fn carry_out(
    service: &Service,
    command: StaffCommand,
) -> Result<StaffAnswer, RequestProblem> {
    match service.engine.submit(Input::Staff(command)).await {
        Ok(Answer::Staff(answer)) => Ok(answer),
        Ok(_) | Err(_) => Err(RequestProblem::NotStored),
    }
}

/// Has the engine do what a request says, and answers it.
pub(super) async fn act(
    service: &Service,
    reader: Reader,
    command: Result<StaffCommand, RequestProblem>,
) -> Response {
    let came_to = match command {
        Ok(command) => carry_out(service, command).await,
        Err(problem) => Err(problem),
    };
    answer(came_to, reader)
}

/// Staff took money for a car that is inside; one that waits at the exit leaves at once (5008).
#[utoipa::path(post, path = "/api/payments", request_body = Payment, tag = "money",
    responses((status = 200, description = "noted, `due` is what is still owed"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn pay(
    State(service): State<Service>,
    reader: Reader,
    payment: Body<Payment>,
) -> Response {
    act(&service, reader, body(payment).and_then(payment_command)).await
}

fn payment_command(payment: Payment) -> Result<StaffCommand, RequestProblem> {
    not_negative("received", payment.received)?;
    not_negative("discount", payment.discount)?;
    range("payType", payment.pay_type, 1, 6)?;
    length("payFrom", &payment.pay_from, 10)?;
    let discounts =
        payment.list_discounts.into_iter().map(discount).collect::<Result<Vec<_>, _>>()?;
    let action = StaffAction::Pay(Box::new(StaffPayment {
        plate_no: payment.plate_no,
        received: payment.received,
        discount: payment.discount,
        pay_type: payment.pay_type,
        pay_from: payment.pay_from,
        discounts,
    }));
    let operator: String = payment.operator.chars().take(50).collect();
    Ok(StaffCommand { id: id(Some(payment.id))?, operator, action })
}

fn discount(discount: Discount) -> Result<DiscountRecord, RequestProblem> {
    range("couponType", discount.coupon_type, 0, 4)?;
    not_negative("couponValue", discount.coupon_value)?;
    for (field, text, max) in [
        ("couponNo", &discount.coupon_no, 20),
        ("discountChannel", &discount.discount_channel, 100),
        ("channelOrgCode", &discount.channel_org_code, 18),
    ] {
        text.as_deref().map_or(Ok(()), |text| length(field, text, max))?;
    }
    Ok(DiscountRecord {
        id: Id::random(),
        coupon_no: discount.coupon_no,
        coupon_type: discount.coupon_type,
        coupon_value: discount.coupon_value,
        discount_channel: discount.discount_channel,
        channel_org_code: discount.channel_org_code,
    })
}

/// Asks the platform to collect what a car inside owes (5007).
#[utoipa::path(post, path = "/api/payments/ask", request_body = OfPlate, tag = "money",
    responses((status = 200, description = "asked, with `orderNo`"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn ask_payment(
    State(service): State<Service>,
    reader: Reader,
    car: Body<OfPlate>,
) -> Response {
    let command = of_plate(car, |plate_no| StaffAction::AskPayment { plate_no });
    act(&service, reader, command).await
}

/// Lets a locked car out; its record says so (recordType 2).
#[utoipa::path(post, path = "/api/locks/release", request_body = OfPlate, tag = "lanes",
    responses((status = 200, description = "released"), (status = "4XX", body = ApiError)))]
pub(super) async fn release_lock(
    State(service): State<Service>,
    reader: Reader,
    car: Body<OfPlate>,
) -> Response {
    let command = of_plate(car, |plate_no| StaffAction::ReleaseLock { plate_no });
    act(&service, reader, command).await
}

fn of_plate(
    car: Body<OfPlate>,
    action: impl FnOnce(PlateNo) -> StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    let car = body(car)?;
    length("operator", &car.operator, 50)?;
    Ok(StaffCommand { id: id(car.id)?, operator: car.operator, action: action(car.plate_no) })
}

/// Gives money back, never more than was received (5009).
#[utoipa::path(post, path = "/api/refunds", request_body = RefundRequest, tag = "money",
    responses((status = 200, description = "refunded, `received` is what is left"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn refund(
    State(service): State<Service>,
    reader: Reader,
    refund: Body<RefundRequest>,
) -> Response {
    act(&service, reader, body(refund).and_then(refund_command)).await
}

fn refund_command(refund: RefundRequest) -> Result<StaffCommand, RequestProblem> {
    if refund.refund_money <= Money::ZERO {
        return Err(RequestProblem::NotPositive { field: "refundMoney" });
    }
    range("refundType", refund.refund_type, 1, 6)?;
    length("refundFrom", &refund.refund_from, 10)?;
    length("operator", &refund.operator, 50)?;
    let action = StaffAction::Refund(Refund {
        record_id: refund.record_id,
        refund_money: refund.refund_money,
        refund_type: refund.refund_type,
        refund_from: refund.refund_from,
    });
    Ok(StaffCommand { id: id(Some(refund.id))?, operator: refund.operator, action })
}

/// Corrects a parking record, open or closed (5006).
#[utoipa::path(post, path = "/api/records/correct", request_body = CorrectionRequest,
    tag = "records",
    responses((status = 200, description = "corrected"), (status = "4XX", body = ApiError)))]
pub(super) async fn correct(
    State(service): State<Service>,
    reader: Reader,
    correction: Body<CorrectionRequest>,
) -> Response {
    let command =
        body(correction).and_then(|correction| correction_command(correction, &service.time_zone));
    act(&service, reader, command).await
}

fn correction_command(
    correction: CorrectionRequest,
    zone: &TimeZone,
) -> Result<StaffCommand, RequestProblem> {
    length("operator", &correction.operator, 50)?;
    if let Some(color) = &correction.plate_color {
        length("plateColor", color, 3)?;
    }
    if let Some(model) = correction.car_model {
        range("carModel", model, 1, 3)?;
    }
    let moment = |field, time: Option<DateTime>| -> Result<Option<Timestamp>, RequestProblem> {
        time.map(|time| time.moment(zone).ok_or(RequestProblem::Time { field })).transpose()
    };
    let action = StaffAction::Correct(Box::new(Correction {
        record_id: Some(correction.record_id),
        plate_no: correction.plate_no,
        plate_color: correction.plate_color,
        car_model: correction.car_model,
        enter_time: moment("enterTime", correction.enter_time)?,
        leave_time: moment("leaveTime", correction.leave_time)?,
    }));
    Ok(StaffCommand { id: id(correction.id)?, operator: correction.operator, action })
}

/// Opens a lane's barrier, for the car that waits there if there is one.
#[utoipa::path(post, path = "/api/lanes/open", request_body = OfLane, tag = "lanes",
    responses((status = 200, description = "opened, with the `plateNo` that passed"),
              (status = "4XX", body = ApiError)))]
pub(super) async fn open_lane(
    State(service): State<Service>,
    reader: Reader,
    lane: Body<OfLane>,
) -> Response {
    let action = |lane_id, reason| StaffAction::OpenLane { lane_id, reason };
    act(&service, reader, of_lane(lane, true, action)).await
}

/// Takes a lane out of service (5011 state 4).
#[utoipa::path(post, path = "/api/lanes/stop", request_body = OfLane, tag = "lanes",
    responses((status = 200, description = "stopped"), (status = "4XX", body = ApiError)))]
pub(super) async fn stop_lane(
    State(service): State<Service>,
    reader: Reader,
    lane: Body<OfLane>,
) -> Response {
    let action = |lane_id, reason| StaffAction::StopLane { lane_id, reason };
    act(&service, reader, of_lane(lane, true, action)).await
}

/// Puts a lane back into service.
#[utoipa::path(post, path = "/api/lanes/normal", request_body = OfLane, tag = "lanes",
    responses((status = 200, description = "normal"), (status = "4XX", body = ApiError)))]
pub(super) async fn normal_lane(
    State(service): State<Service>,
    reader: Reader,
    lane: Body<OfLane>,
) -> Response {
    let action = |lane_id, _| StaffAction::NormalLane { lane_id };
    act(&service, reader, of_lane(lane, false, action)).await
}

/// A lane's barrier and what to do with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BarrierMove {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// The lane's id (table 8).
    #[schema(value_type = String)]
    lane_id: Id,
    /// What to do.
    movement: MovementWord,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// How a barrier is moved.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum MovementWord {
    Close,
    Stop,
    HoldOpen,
    Release,
}

/// Closes or stops a lane's barrier, holds it open, or releases it.
#[utoipa::path(post, path = "/api/lanes/barrier", request_body = BarrierMove, tag = "lanes",
    responses((status = 200, description = "commanded"), (status = "4XX", body = ApiError)))]
pub(super) async fn move_barrier(
    State(service): State<Service>,
    reader: Reader,
    request: Body<BarrierMove>,
) -> Response {
    act(&service, reader, of_barrier(request)).await
}

fn of_barrier(request: Body<BarrierMove>) -> Result<StaffCommand, RequestProblem> {
    let request = body(request)?;
    length("operator", &request.operator, 50)?;
    let movement = match request.movement {
        MovementWord::Close => Movement::Close,
        MovementWord::Stop => Movement::Stop,
        MovementWord::HoldOpen => Movement::HoldOpen,
        MovementWord::Release => Movement::Release,
    };
    let action = StaffAction::MoveBarrier { lane_id: request.lane_id, movement };
    Ok(StaffCommand { id: id(request.id)?, operator: request.operator, action })
}

fn of_lane(
    lane: Body<OfLane>,
    with_reason: bool,
    action: impl FnOnce(Id, String) -> StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    let lane = body(lane)?;
    length("operator", &lane.operator, 50)?;
    if with_reason {
        length("reason", &lane.reason, 100)?;
    }
    let action = action(lane.lane_id, lane.reason);
    Ok(StaffCommand { id: id(lane.id)?, operator: lane.operator, action })
}
