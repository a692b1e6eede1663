//! Asks whether a car's payments are deducted automatically (5010). In the background, no longer than
//! the answer is of use; what comes back is an input like any other.

use super::client::{CallError, Client};
use super::session::{Session, words_of};
use crate::backoff::Backoff;
use crate::engine::EngineHandle;
use crate::foreign::json::canonical;
use crate::model::input::Input;
use crate::model::outcome::ContractQuestion;
use crate::standard::lenient;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Questions asked at once.
const AT_ONCE: usize = 8;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Everything the asking task works with.
pub struct ContractAsker {
    /// Calls the platform.
    pub client: Client,
    /// The token.
    pub session: Arc<Session>,
    /// Takes the answers.
    pub engine: EngineHandle,
}

/// The asker at work.
struct Asking {
    client: Client,
    session: Arc<Session>,
    engine: EngineHandle,
    /// A platform that does not answer is not asked about every car: until when, and how it came to it.
    silent: Mutex<(Instant, Backoff)>,
}

impl ContractAsker {
    /// Asks until told to stop.
    pub async fn run(
        self,
        mut questions: mpsc::Receiver<ContractQuestion>,
        stop: CancellationToken,
    ) {
        let Self { client, session, engine } = self;
        let backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let silent = Mutex::new((Instant::now(), backoff));
        let asker = Arc::new(Asking { client, session, engine, silent });
        let places = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await.ok();
                (place, questions.recv().await)
            };
            let (place, question) = tokio::select! {
                () = stop.cancelled() => return,
                next = next => next,
            };
            let Some(question) = question else { return };
            let (asker, stop) = (Arc::clone(&asker), stop.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = asker.ask(question) => {}
                }
                drop(place);
            });
        }
    }
}

impl Asking {
    /// No answer is no contract as far as we know; the exit asks once more.
    async fn ask(&self, question: ContractQuestion) {
        if Instant::now() < self.silent().0 {
            return;
        }
        match tokio::time::timeout(question.within, self.call(&question.plate_no)).await {
            Ok(Ok(state)) => {
                self.silent().1.succeeded();
                if let Some(open) = state {
                    let input = Input::ContractAnswered { record_id: question.record_id, open };
                    let _ = self.engine.submit(input).await;
                }
            }
            Ok(Err(_)) | Err(_) => {
                let mut silent = self.silent();
                silent.0 = Instant::now() + silent.1.pause(fastrand::f64());
            }
        }
    }

    fn silent(&self) -> MutexGuard<'_, (Instant, Backoff)> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, plate_no: &str) -> Result<Option<bool>, CallError> {
        let element = canonical(&json!({ "plateNo": plate_no }));
        let reply = self.session.call(5010, &[&element]).await?;
        if !reply.succeeded() && reply.first_error().is_none() {
            return Err(CallError::Busy(words_of(&reply)));
        }
        let state = reply.data.first().and_then(|element| {
            lenient::find(element.as_object()?, "state").and_then(lenient::text)
        });
        let yes = &self.client.platform().dialect.contract_yes;
        Ok(state.filter(|_| reply.succeeded()).map(|state| state == yes))
    }
}
