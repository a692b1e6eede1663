//! The local HTTP server for the operator's own software: what staff do, what they look up, and whether
//! the gateway is well. Hands inputs to the engine and reads the store; decides nothing.

mod answers;
mod at_lane;
mod camera_lists;
mod classes;
mod control_list;
mod corrections;
mod lanes;
mod lanes_now;
mod leases;
mod ledger;
mod money;
mod openapi;
mod queries;
mod queue;
mod replies;
mod requests;
mod service;

use crate::config::Web;
use crate::engine::EngineHandle;
use crate::lang::RequestProblem;
use crate::store::Reader;
use answers::{Speech, refuse};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::tz::TimeZone;
use serde_json::json;
use service::Service;
use std::io;
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
    /// The folder of images.
    pub images: Arc<Path>,
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
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(web.listen).await?;
        let reader = Arc::new(Mutex::new(reader));
        let token = web.token.clone();
        let service = Service { engine, token, reader, lot };
        Ok(Self { listener, service })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let api = Router::new()
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
            .route("/api/status", get(queries::status))
            .layer(middleware::from_fn_with_state(self.service.clone(), authorise));
        let health = get(|| async { Json(json!({ "status": "ok" })) });
        let router = Router::new()
            .route("/healthz", health)
            .route("/api/openapi.json", get(|| async { Json(openapi::document()) }))
            .merge(api)
            .with_state(self.service);
        let serving =
            axum::serve(self.listener, router).with_graceful_shutdown(stop.cancelled_owned());
        // Accept errors are retried inside; there is nothing else it could return.
        let _ = serving.await;
    }
}

async fn authorise(
    State(service): State<Service>,
    speech: Speech,
    request: Request,
    next: Next,
) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match &service.token {
        Some(token) if !same(token.reveal(), shown) => {
            refuse(StatusCode::UNAUTHORIZED, &RequestProblem::Token, speech)
        }
        _ => next.run(request).await,
    }
}

/// Compares without telling by its duration how much was right.
fn same(token: &str, shown: &str) -> bool {
    let difference = token.bytes().zip(shown.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    token.len() == shown.len() && difference == 0
}
