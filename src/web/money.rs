//! Money at the booth: taken, asked for, given back.

use super::answers::ApiError;
use super::fields;
use super::replies::StaffDone;
use super::requests::{Body, OfPlate, body, length, not_negative, of_plate, range, staff_command};
use super::service::Desk;
use crate::lang::RequestProblem;
use crate::model::staff::{Refund, StaffAction, StaffCommand, StaffPayment};
use crate::standard::entities::DiscountRecord;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

/// Money taken at the booth.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Payment {
    /// The booth's own id of this payment, which becomes the charge's: 32 letters and digits.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: String,
    /// The plate of a car that is inside, or that has left owing.
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
    #[serde(default = "cash", deserialize_with = "fields::whole")]
    #[schema(minimum = 1, maximum = 6)]
    pay_type: i64,
    /// Table 15's `payFrom`.
    #[serde(default = "at_the_booth")]
    #[schema(min_length = 1, max_length = 10)]
    pay_from: String,
    /// Table 16's discounts.
    #[serde(default, deserialize_with = "fields::list")]
    list_discounts: Vec<Discount>,
    /// Who took it.
    #[schema(min_length = 1, max_length = 50)]
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
    #[serde(deserialize_with = "fields::whole")]
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
    #[serde(default = "cash", deserialize_with = "fields::whole")]
    #[schema(minimum = 1, maximum = 6)]
    refund_type: i64,
    /// Table 17's `refundFrom`.
    #[serde(default = "at_the_booth")]
    #[schema(min_length = 1, max_length = 10)]
    refund_from: String,
    #[schema(min_length = 1, max_length = 50)]
    operator: String,
}

/// Staff took money for a car that is inside, or that has left owing; one that waits at the exit leaves at once
/// (5008). More than is due is refused; the sum of a quote that still binds settles that quote.
#[utoipa::path(post, path = "/api/payments", request_body = Payment, tag = "money",
    responses((status = 200, description = "noted, `due` is what is still owed", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn pay(desk: Desk, payment: Body<Payment>) -> Response {
    desk.act(body(payment).and_then(payment_command)).await
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
    staff_command(Some(payment.id), payment.operator, action)
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
    responses((status = 200, description = "asked, with `orderNo`", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn ask_payment(desk: Desk, car: Body<OfPlate>) -> Response {
    let command = of_plate(car, |plate_no| StaffAction::AskPayment { plate_no });
    desk.act(command).await
}

/// Gives money back, never more than was received (5009).
#[utoipa::path(post, path = "/api/refunds", request_body = RefundRequest, tag = "money",
    responses((status = 200, description = "refunded, `received` is what is left", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn refund(desk: Desk, refund: Body<RefundRequest>) -> Response {
    desk.act(body(refund).and_then(refund_command)).await
}

fn refund_command(refund: RefundRequest) -> Result<StaffCommand, RequestProblem> {
    if refund.refund_money <= Money::ZERO {
        return Err(RequestProblem::NotPositive { field: "refundMoney" });
    }
    range("refundType", refund.refund_type, 1, 6)?;
    length("refundFrom", &refund.refund_from, 10)?;
    let action = StaffAction::Refund(Refund {
        record_id: refund.record_id,
        refund_money: refund.refund_money,
        refund_type: refund.refund_type,
        refund_from: refund.refund_from,
    });
    staff_command(Some(refund.id), refund.operator, action)
}
