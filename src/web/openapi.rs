//! The booth API's description, made from the code that serves it.

use super::{
    answers, at_lane, camera_lists, classes, control_list, corrections, coupons, forgetting, lanes,
    lanes_now, lease_import, leases, ledger, money, passes, put_aside, queries, queue, stock,
};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "lotgate booth API",
        description = "What the operator's own software may do and look up. Requests carry `Authorization: Bearer {token}`, the token of `[web]`; where none is set, only `/healthz` and this document are answered, anything else 401. On the box the same API is at the socket `<database>.sock`, without a token, for root and the group `lotgate`. `Host` must be an address of the box, `localhost`, its host name or one of `[web] names` (else 421; software that is no browser may use any with its token); `Origin` and `Sec-Fetch-Site`, where they are sent, must say that the page is of the same host and port (else 403). Bodies say what they are: `application/json`, the import `text/csv` (else 415). The token of a `[[merchant]]` has the role `merchant`: its own coupons and nothing else, anything else is answered 403."
    ),
    paths(
        money::pay,
        money::ask_payment,
        money::refund,
        ledger::bill,
        ledger::arrears,
        ledger::overpaid,
        corrections::correct,
        lanes::release_lock,
        lanes::open_lane,
        lanes::stop_lane,
        lanes::normal_lane,
        lanes::move_barrier,
        lanes_now::lanes,
        lanes_now::picture,
        at_lane::name,
        at_lane::choose,
        at_lane::let_through,
        at_lane::backed_out,
        at_lane::settle_tail,
        at_lane::drive,
        at_lane::raise_all,
        at_lane::end_raise_all,
        classes::list,
        classes::give,
        classes::end,
        camera_lists::list,
        control_list::list,
        leases::list,
        leases::set,
        leases::end,
        lease_import::import,
        passes::list,
        passes::give,
        passes::withdraw,
        coupons::list,
        coupons::give,
        coupons::give_back,
        coupons::offers,
        queries::records,
        queries::status,
        stock::take,
        stock::take_back,
        forgetting::forget,
        queue::retry,
        queue::throw_away,
        put_aside::list,
        put_aside::retry,
        put_aside::throw_away,
    ),
    components(schemas(answers::ApiError))
)]
struct Document;

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
