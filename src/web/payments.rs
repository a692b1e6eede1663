//! `POST /api/payments`: staff took money for a car that is inside. Repeating it with the same `id` does
//! nothing twice.

use super::{Service, refuse};
use crate::engine::{Answer, Input};
use crate::lot::payment::PaymentResult;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use crate::store::Charge;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

/// What the booth sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Payment {
    /// The booth's own id of this payment: 32 letters and digits.
    id: String,
    plate_no: PlateNo,
    received: Money,
    #[serde(default)]
    discount: Money,
    /// Table 15's `payType`; cash when absent.
    #[serde(default = "cash")]
    pay_type: i64,
    /// Table 15's `payFrom`.
    #[serde(default = "at_the_booth")]
    pay_from: String,
}

fn cash() -> i64 {
    1
}

fn at_the_booth() -> String {
    "线下缴费".to_owned()
}

impl Payment {
    fn fault(&self) -> Option<(&'static str, &'static str)> {
        let id_fits = self.id.len() == 32 && self.id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !id_fits {
            Some(("id", "must be 32 letters and digits"))
        } else if self.received < Money::ZERO || self.discount < Money::ZERO {
            Some(("received", "and `discount` must not be negative"))
        } else if !(1..=6).contains(&self.pay_type) {
            Some(("payType", "must be 1 to 6 (table 15)"))
        } else if !(1..=10).contains(&self.pay_from.chars().count()) {
            Some(("payFrom", "must have 1 to 10 characters (table 15)"))
        } else {
            None
        }
    }
}

pub(super) async fn pay(
    State(service): State<Service>,
    payment: Result<Json<Payment>, JsonRejection>,
) -> Response {
    let payment = match payment {
        Ok(Json(payment)) => payment,
        Err(rejection) => return refuse(StatusCode::BAD_REQUEST, "body", &rejection.body_text()),
    };
    if let Some((field, what)) = payment.fault() {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, field, what);
    }
    let charge = Charge {
        id: Id::from(payment.id).to_string(),
        record_id: String::new(),
        order_no: None,
        pay_time: Timestamp::now(),
        receivables: payment.received + payment.discount,
        discount: payment.discount,
        received: payment.received,
        pay_type: payment.pay_type,
        pay_from: payment.pay_from,
        list_discounts: "[]".to_owned(),
    };
    let plate_no = payment.plate_no.to_string();
    let input = Input::Payment { plate_no, charge: Box::new(charge) };
    match service.engine.submit(input).await {
        Ok(Answer::Payment(PaymentResult::Noted { due })) => {
            Json(json!({ "status": "noted", "due": due })).into_response()
        }
        Ok(Answer::Payment(PaymentResult::Known)) => {
            Json(json!({ "status": "known" })).into_response()
        }
        Ok(Answer::Payment(PaymentResult::NoRecord)) => {
            refuse(StatusCode::NOT_FOUND, "plateNo", "is of no car that is inside")
        }
        Ok(_) | Err(_) => {
            refuse(StatusCode::SERVICE_UNAVAILABLE, "id", "was not stored; send it again")
        }
    }
}
