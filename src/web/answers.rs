//! How requests are answered: what was done, or a sentence about a field in the reader's language.

use super::requests::misshapen;
use crate::lang::{Lang, RequestProblem, Words as _};
use crate::model::put_aside::AsideRefusal;
use crate::model::queue::QueueRefusal;
use crate::model::staff::StaffAnswer;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::convert::Infallible;
use utoipa::ToSchema;

/// Who reads the answer: Chinese where `Accept-Language` begins so, English otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speech(pub(super) Lang);

impl<S: Sync> FromRequestParts<S> for Speech {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let language = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(Lang::from_locale(language.unwrap_or_default())))
    }
}

/// Why a request was not carried out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiError {
    /// A sentence for people.
    error: String,
    /// The field it is about.
    field: String,
}

/// A problem as a response.
pub(super) fn refuse(
    status: StatusCode,
    problem: &RequestProblem,
    Speech(lang): Speech,
) -> Response {
    let error = ApiError { error: problem.text(lang), field: problem.field().to_owned() };
    (status, Json(error)).into_response()
}

/// A problem with the status that fits it.
pub(super) fn refuse_problem(problem: &RequestProblem, reader: Speech) -> Response {
    let status = match problem {
        RequestProblem::Unreadable { .. }
        | RequestProblem::NotJson { .. }
        | RequestProblem::Missing { .. }
        | RequestProblem::Unknown { .. }
        | RequestProblem::Kind { .. } => StatusCode::BAD_REQUEST,
        RequestProblem::BrokenOff => StatusCode::BAD_REQUEST,
        RequestProblem::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        RequestProblem::NotCalledJson | RequestProblem::NotCalledCsv => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        RequestProblem::NotOurName { .. } => StatusCode::MISDIRECTED_REQUEST,
        RequestProblem::ForeignOrigin { .. } | RequestProblem::ForeignSite => StatusCode::FORBIDDEN,
        RequestProblem::Token | RequestProblem::NoTokenSet => StatusCode::UNAUTHORIZED,
        RequestProblem::NotOfMerchants => StatusCode::FORBIDDEN,
        RequestProblem::Queue(QueueRefusal::Money { .. }) => StatusCode::FORBIDDEN,
        RequestProblem::Queue(QueueRefusal::NoRow { .. }) => StatusCode::NOT_FOUND,
        RequestProblem::Queue(QueueRefusal::Waits { .. }) => StatusCode::CONFLICT,
        RequestProblem::Aside(AsideRefusal::Money { .. }) => StatusCode::FORBIDDEN,
        RequestProblem::Aside(AsideRefusal::NoSuch { .. }) => StatusCode::NOT_FOUND,
        RequestProblem::Aside(AsideRefusal::Row { .. } | AsideRefusal::PutAside) => {
            StatusCode::CONFLICT
        }
        RequestProblem::Refused(refusal) if refusal.is_absence() => StatusCode::NOT_FOUND,
        RequestProblem::Refused(_) => StatusCode::CONFLICT,
        RequestProblem::NotStored | RequestProblem::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    refuse(status, problem, reader)
}

/// A query of the documented shape.
pub(super) fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, RequestProblem> {
    query.map(|Query(query)| query).map_err(|rejection| misshapen(&rejection.body_text()))
}

/// What a staff command came to.
pub(super) fn answer(came_to: Result<StaffAnswer, RequestProblem>, reader: Speech) -> Response {
    match came_to {
        Ok(StaffAnswer::Done(reply)) => Json(reply).into_response(),
        Ok(StaffAnswer::Refused(refusal)) => {
            refuse_problem(&RequestProblem::Refused(refusal), reader)
        }
        Err(problem) => refuse_problem(&problem, reader),
    }
}
