//! What requests are served with, and the desk where those of staff are carried out. It knows no endpoint.

use super::LotView;
use super::answers::{Speech, answer};
use super::said::Wording;
use crate::engine::EngineHandle;
use crate::https::HttpBounds;
use crate::lang::RequestProblem;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::staff::{StaffAnswer, StaffCommand};
use crate::store::{Reader, StoreError, Transaction};
use crate::teller::Teller;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Of so many names it is told at most.
const NAMES_TOLD: usize = 16;

/// What requests are served with.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) engine: EngineHandle,
    pub(super) reader: Arc<Mutex<Reader>>,
    pub(super) lot: watch::Receiver<LotView>,
    pub(super) teller: Teller,
    pub(super) http: HttpBounds,
    /// Names that are not written down, of which it was told that the box is called by them.
    told_names: Arc<Mutex<BTreeSet<String>>>,
}

impl Service {
    pub(super) fn new(
        engine: EngineHandle,
        reader: Reader,
        lot: watch::Receiver<LotView>,
        teller: Teller,
        http: HttpBounds,
    ) -> Self {
        let reader = Arc::new(Mutex::new(reader));
        Self { engine, reader, lot, teller, http, told_names: Arc::default() }
    }

    /// The lot as it is configured now.
    pub(super) fn lot(&self) -> LotView {
        self.lot.borrow().clone()
    }

    /// Its time zone.
    pub(super) fn time_zone(&self) -> TimeZone {
        self.lot.borrow().time_zone.clone()
    }

    /// The box is called by a name that is not written down: that is told once of each name.
    pub(super) fn called_by(&self, name: &str) {
        let mut told = self.told_names.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < NAMES_TOLD && told.insert(name.to_owned()) {
            self.teller.tell(Happening::CalledByName { name: name.to_owned() });
        }
    }

    /// Reads from the store, off the tasks that serve others.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, RequestProblem> {
        let reader = Arc::clone(&self.reader);
        let reading = tokio::task::spawn_blocking(move || {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let read = reader.snapshot().and_then(|tx| work(&tx));
            if read.as_ref().is_err_and(|error| error.fault().is_some()) {
                reader.open_anew();
            }
            read
        });
        match reading.await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                self.engine.cannot_read(&error);
                Err(RequestProblem::NotStored)
            }
            Err(_) => Err(RequestProblem::NotStored),
        }
    }

    /// Has the engine do what staff want.
    pub(super) async fn carry_out(
        &self,
        command: StaffCommand,
    ) -> Result<StaffAnswer, RequestProblem> {
        match self.engine.submit(Input::Staff(command)).await {
            Ok(Answer::Staff(answer)) => Ok(answer),
            Ok(_) | Err(_) => Err(RequestProblem::NotStored),
        }
    }
}

/// Where one request of staff is carried out and answered in its reader's language.
pub(super) struct Desk {
    service: Service,
    speech: Speech,
    said: Option<String>,
}

impl FromRequestParts<Service> for Desk {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Infallible> {
        let speech = Speech::from_request_parts(parts, service).await?;
        let said = parts.extensions.get::<Wording>().map(|said| said.0.clone());
        Ok(Self { service: service.clone(), speech, said })
    }
}

impl Desk {
    /// The lot's time zone.
    pub(super) fn time_zone(&self) -> TimeZone {
        self.service.time_zone()
    }

    /// Has the engine do what a request says, and answers it.
    pub(super) async fn act(self, command: Result<StaffCommand, RequestProblem>) -> Response {
        let came_to = match command {
            Ok(command) => {
                self.service.carry_out(StaffCommand { said: self.said, ..command }).await
            }
            Err(problem) => Err(problem),
        };
        answer(came_to, self.speech)
    }
}
