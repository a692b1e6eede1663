//! The local HTTP server for the operator's own software: what staff do, what they look up, and whether
//! the gateway is well. Hands inputs to the engine and reads the store; decides nothing.

mod answers;
mod at_lane;
mod camera_lists;
mod classes;
mod control_list;
mod corrections;
mod coupons;
mod cross_site;
mod fields;
mod forgetting;
mod lanes;
mod lanes_now;
mod lease_import;
mod leases;
mod ledger;
mod meaning;
mod money;
mod on_box;
mod openapi;
mod papers;
mod passes;
mod put_aside;
mod queries;
mod queue;
mod replies;
mod requests;
mod roles;
mod said;
mod service;
mod socket;
mod stock;

use crate::config::{Secret, Web};
use crate::engine::EngineHandle;
use crate::foreign::text::of_address;
use crate::https::{Doorkeeper, HttpBounds, HttpListener, HttpServer};
use crate::model::happening::Happening;
use crate::model::merchant::Merchant;
use crate::store::Reader;
use crate::teller::Teller;
use axum::middleware;
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper::{Request, Uri};
use hyper_util::service::TowerToHyperService;
use jiff::tz::TimeZone;
use serde_json::json;
use service::Service;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use openapi::document;
pub use socket::SocketServer;
pub use stock::last_taking;

/// What of the lot's configuration is shown; a reload may change it.
#[derive(Debug, Clone)]
pub struct LotView {
    /// Its time zone.
    pub time_zone: TimeZone,
    /// Its lanes' ids and names.
    pub lanes: Arc<[(String, String)]>,
    /// Its classes of vehicles.
    pub classes: Arc<[String]>,
    /// What staff show; where there is none, staff are let in on the box only.
    pub token: Option<Secret>,
    /// Names of the box, beside its addresses.
    pub names: Arc<[String]>,
    /// The folder of images.
    pub images: Arc<Path>,
    /// Its shops and their tokens.
    pub shops: Arc<[(Secret, Merchant)]>,
}

/// An address that is not to be had is tried again so often: another program may have it, or the box may not have got it yet.
const AGAIN_IN: Duration = Duration::from_secs(10);

/// The server at the booth's address.
pub struct Server {
    listen: SocketAddr,
    service: Service,
}

impl Server {
    /// One that serves there as soon as it can.
    pub fn new(
        web: &Web,
        engine: EngineHandle,
        reader: Reader,
        lot: watch::Receiver<LotView>,
        teller: Teller,
        http: HttpBounds,
    ) -> Self {
        Self { listen: web.listen, service: Service::new(engine, reader, lot, teller, http) }
    }

    /// Serves until told to stop. No lane waits for its port.
    pub async fn run(self, stop: CancellationToken) {
        let Self { listen, service } = self;
        let teller = service.teller.clone();
        let (listener, address) = loop {
            let error = match HttpListener::bind(listen).await {
                Ok(bound) => break bound,
                Err(error) => error.to_string(),
            };
            let address = listen.to_string();
            teller.tell(Happening::WebRefused { address, error, again_in: AGAIN_IN });
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(AGAIN_IN) => {}
            }
        };
        teller.tell(Happening::WebListens { address: address.to_string() });
        serve(service, listener, WebKeeper { door: address.to_string(), teller }, stop).await;
    }
}

/// Serves the API at one of its doors until told to stop.
async fn serve(
    service: Service,
    listener: HttpListener,
    keeper: impl Doorkeeper,
    stop: CancellationToken,
) {
    let bounds = service.http.clone();
    let router = TowerToHyperService::new(routes(service));
    let handle = move |mut request: Request<Incoming>| {
        in_plain_address(&mut request);
        let answering = router.call(request);
        async move { answering.await.map_err(|never| match never {}) }
    };
    HttpServer { listener, tls: None, bounds }.serve(keeper, handle, stop).await;
}

/// Some programs write a slash behind a path, or two for one, and letters in GBK.
fn in_plain_address(request: &mut Request<Incoming>) {
    let Some(plain) = plain_address(request.uri()) else { return };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = plain.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// A path and query as everybody else writes them; none where they are.
fn plain_address(uri: &Uri) -> Option<String> {
    let said = uri.path_and_query()?.as_str();
    if !said.starts_with('/') {
        return None;
    }
    let address = of_address(said);
    let (path, query) = address.split_once('?').map_or((&*address, None), |(p, q)| (p, Some(q)));
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let plain = format!("/{}{query}", steps.join("/"));
    (plain != said).then_some(plain)
}

fn routes(service: Service) -> Router {
    let for_staff = Router::new()
        .route("/api/payments", post(money::pay))
        .route("/api/payments/ask", post(money::ask_payment))
        .route("/api/refunds", post(money::refund))
        .route("/api/bill", get(ledger::bill))
        .route("/api/arrears", get(ledger::arrears))
        .route("/api/overpaid", get(ledger::overpaid))
        .route("/api/records", get(queries::records))
        .route("/api/records/correct", post(corrections::correct))
        .route("/api/locks/release", post(lanes::release_lock))
        .route("/api/lanes", get(lanes_now::lanes))
        .route("/api/pictures/{name}", get(lanes_now::picture))
        .route("/api/lanes/car", post(at_lane::name))
        .route("/api/lanes/choose", post(at_lane::choose))
        .route("/api/lanes/let-through", post(at_lane::let_through))
        .route("/api/lanes/backed-out", post(at_lane::backed_out))
        .route("/api/lanes/tail", post(at_lane::settle_tail))
        .route("/api/lanes/drive", post(at_lane::drive))
        .route("/api/lanes/all-up", post(at_lane::raise_all))
        .route("/api/lanes/all-up/end", post(at_lane::end_raise_all))
        .route("/api/lanes/open", post(lanes::open_lane))
        .route("/api/lanes/stop", post(lanes::stop_lane))
        .route("/api/lanes/normal", post(lanes::normal_lane))
        .route("/api/lanes/barrier", post(lanes::move_barrier))
        .route("/api/classes", get(classes::list).post(classes::give))
        .route("/api/classes/end", post(classes::end))
        .route("/api/camera-lists", get(camera_lists::list))
        .route("/api/control-list", get(control_list::list))
        .route("/api/leases", get(leases::list).post(leases::set))
        .route("/api/leases/end", post(leases::end))
        .route("/api/leases/import", post(lease_import::import))
        .route("/api/plates/forget", post(forgetting::forget))
        .route("/api/queue/retry", post(queue::retry))
        .route("/api/queue/drop", post(queue::throw_away))
        .route("/api/put-aside", get(put_aside::list))
        .route("/api/put-aside/retry", post(put_aside::retry))
        .route("/api/put-aside/drop", post(put_aside::throw_away))
        .route("/api/status", get(queries::status))
        .route("/api/stock", post(stock::take))
        .route("/api/stock/back", post(stock::take_back))
        .route("/api/passes", get(passes::list).post(passes::give))
        .route("/api/passes/withdraw", post(passes::withdraw))
        .route_layer(middleware::from_fn_with_state(service.clone(), roles::staff_only));
    let for_shops_too = Router::new()
        .route("/api/coupons", get(coupons::list).post(coupons::give))
        .route("/api/coupons/return", post(coupons::give_back))
        .route("/api/coupons/offers", get(coupons::offers));
    let known = middleware::from_fn_with_state(service.clone(), roles::authorise);
    let lot = (service.http.clone(), service.lot.clone());
    let noting = middleware::from_fn_with_state(lot, said::note);
    let api = for_staff.merge(for_shops_too).layer(noting).layer(known);
    let health = get(|| async { Json(json!({ "status": "ok" })) });
    let guarded = middleware::from_fn_with_state(service.clone(), cross_site::guard);
    Router::new()
        .route("/healthz", health)
        .route("/api/openapi.json", get(|| async { Json(openapi::document()) }))
        .merge(api)
        .layer(guarded)
        .with_state(service)
}

/// Lets everybody in: what a caller may do is its token's to say.
struct WebKeeper {
    door: String,
    teller: Teller,
}

impl Doorkeeper for WebKeeper {
    fn admits(&self, _address: IpAddr) -> bool {
        true
    }

    fn crowded(&self, address: IpAddr, times: u64) {
        let (door, address) = (self.door.clone(), address.to_string());
        self.teller.tell(Happening::Crowded { door, address, times });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_with_more_slashes_and_in_another_encoding() {
        for (said, plain) in [
            ("/api/payments/", "/api/payments"),
            ("//api/payments", "/api/payments"),
            ("/api//payments///", "/api/payments"),
            ("//api/bill/?plateNo=%D4%C1B12345", "/api/bill?plateNo=%E7%B2%A4B12345"),
            ("/api/bill?next=//a/", "/api/bill?next=//a/"),
            ("/", "/"),
            ("//", "/"),
        ] {
            let uri: Uri = said.parse().unwrap();
            assert_eq!(plain_address(&uri).as_deref().unwrap_or(said), plain, "{said}");
        }
    }
}
