//! The local HTTP server for the operator's own software: what staff do, what they look up, and whether
//! the gateway is well. Hands inputs to the engine and reads the store; decides nothing.

mod answers;
mod at_lane;
mod camera_lists;
mod classes;
mod control_list;
mod corrections;
mod coupons;
mod lanes;
mod lanes_now;
mod leases;
mod ledger;
mod money;
mod openapi;
mod passes;
mod put_aside;
mod queries;
mod queue;
mod replies;
mod requests;
mod roles;
mod said;
mod service;

use crate::config::{Secret, Web};
use crate::engine::EngineHandle;
use crate::model::merchant::Merchant;
use crate::store::Reader;
use crate::teller::Teller;
use axum::middleware;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::tz::TimeZone;
use serde_json::json;
use service::Service;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use openapi::document;

/// What of the lot's configuration is shown; a reload may change it.
#[derive(Debug, Clone)]
pub struct LotView {
    /// Its time zone.
    pub time_zone: TimeZone,
    /// Its lanes' ids and names.
    pub lanes: Arc<[(String, String)]>,
    /// Its classes of vehicles.
    pub classes: Arc<[String]>,
    /// What staff show; whoever shows nothing is staff where there is none and no shop.
    pub token: Option<Secret>,
    /// The folder of images.
    pub images: Arc<Path>,
    /// Its shops and their tokens.
    pub shops: Arc<[(Secret, Merchant)]>,
}

/// The server, its port already taken.
pub struct Server {
    listener: TcpListener,
    service: Service,
}

impl Server {
    /// Takes the port.
    pub async fn bind(
        web: &Web,
        engine: EngineHandle,
        reader: Reader,
        lot: watch::Receiver<LotView>,
        teller: Teller,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(web.listen).await?;
        let reader = Arc::new(Mutex::new(reader));
        let service = Service { engine, reader, lot, teller };
        Ok(Self { listener, service })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop.
    pub async fn run(self, stop: CancellationToken) {
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
            .route("/api/leases/import", post(leases::import))
            .route("/api/queue/retry", post(queue::retry))
            .route("/api/queue/drop", post(queue::throw_away))
            .route("/api/put-aside", get(put_aside::list))
            .route("/api/put-aside/retry", post(put_aside::retry))
            .route("/api/put-aside/drop", post(put_aside::throw_away))
            .route("/api/status", get(queries::status))
            .route("/api/passes", get(passes::list).post(passes::give))
            .route("/api/passes/withdraw", post(passes::withdraw))
            .route_layer(middleware::from_fn_with_state(self.service.clone(), roles::staff_only));
        let for_shops_too = Router::new()
            .route("/api/coupons", get(coupons::list).post(coupons::give))
            .route("/api/coupons/return", post(coupons::give_back))
            .route("/api/coupons/offers", get(coupons::offers));
        let known = middleware::from_fn_with_state(self.service.clone(), roles::authorise);
        let api =
            for_staff.merge(for_shops_too).layer(middleware::from_fn(said::note)).layer(known);
        let health = get(|| async { Json(json!({ "status": "ok" })) });
        let router = Router::new()
            .route("/healthz", health)
            .route("/api/openapi.json", get(|| async { Json(openapi::document()) }))
            .merge(api)
            .with_state(self.service);
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        let serving =
            axum::serve(self.listener, router).with_graceful_shutdown(stop.cancelled_owned());
        // Accept errors are retried inside; there is nothing else it could return.
        let _ = serving.await;
    }
}
