//! Asks whether a car's payments are deducted automatically (5010). In the background, no longer than
//! the answer is of use; what comes back is an input like any other.

use super::client::{CallError, Client};
use super::session::Session;
use crate::engine::{EngineHandle, Input};
use crate::lot::event::ContractQuestion;
use crate::standard::canonical::canonical;
use crate::standard::lenient;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Questions asked at once.
const AT_ONCE: usize = 8;

/// Everything the asking task works with.
pub struct ContractAsker {
    /// Calls the platform.
    pub client: Client,
    /// The token.
    pub session: Arc<Session>,
    /// Takes the answers.
    pub engine: EngineHandle,
}

impl ContractAsker {
    /// Asks until told to stop.
    pub async fn run(
        self,
        mut questions: mpsc::Receiver<ContractQuestion>,
        stop: CancellationToken,
    ) {
        let (asker, places) = (Arc::new(self), Arc::new(Semaphore::new(AT_ONCE)));
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

    async fn ask(&self, question: ContractQuestion) {
        let asking = self.call(&question.plate_no);
        // No answer is no contract as far as we know; the exit asks once more.
        if let Ok(Ok(Some(open))) = tokio::time::timeout(question.within, asking).await {
            let input = Input::ContractAnswered { record_id: question.record_id, open };
            let _ = self.engine.submit(input).await;
        }
    }

    async fn call(&self, plate_no: &str) -> Result<Option<bool>, CallError> {
        let element = canonical(&json!({ "plateNo": plate_no }));
        let token = self.session.token().await?;
        let reply = match self.client.call(5010, &[&element], Some(&token.text)).await {
            Err(CallError::TokenRefused) => {
                let token = self.session.replace(&token).await?;
                self.client.call(5010, &[&element], Some(&token.text)).await?
            }
            other => other?,
        };
        let state = reply.data.first().and_then(|element| {
            lenient::find(element.as_object()?, "state").and_then(lenient::text)
        });
        let yes = &self.client.platform().dialect.contract_yes;
        Ok(state.filter(|_| reply.succeeded()).map(|state| state == yes))
    }
}
