//! The booth API's description, made from the code that serves it.

use super::{answers, leases, queries, queue, staff};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "lotgate booth API",
        description = "What the operator's own software may do and look up. Where `[web] token` is set, requests carry `Authorization: Bearer {token}`."
    ),
    paths(
        staff::pay,
        staff::ask_payment,
        staff::refund,
        staff::correct,
        staff::release_lock,
        staff::open_lane,
        staff::stop_lane,
        staff::normal_lane,
        staff::move_barrier,
        leases::list,
        leases::set,
        leases::end,
        leases::import,
        queries::records,
        queries::status,
        queue::retry,
        queue::throw_away,
    ),
    components(schemas(answers::ApiError))
)]
struct Document;

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
