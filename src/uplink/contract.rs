//! Asks whether a car's payments are deducted automatically (5010). In the background, no longer than
//! the answer is of use; what comes back is an input like any other.

use super::client::{CallError, Client};
use super::session::{Session, words_of};
use crate::backoff::Backoff;
use crate::engine::EngineHandle;
use crate::foreign::json::canonical;
use crate::foreign::number;
use crate::model::input::Input;
use crate::model::outcome::ContractQuestion;
use crate::standard::lenient;
use serde_json::{Value, json};
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
                    let _ = self.engine.submit_unhurried(input).await;
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
        let state =
            reply.data.first().and_then(|element| lenient::find(element.as_object()?, "state"));
        let yes = &self.client.platform().dialect.contract_yes;
        Ok(state.filter(|_| reply.succeeded()).map(|state| is(state, yes)))
    }
}

/// Whether a state is the one that a word says, in whatever print it comes.
fn is(state: &Value, word: &str) -> bool {
    let said = match state {
        Value::Bool(flag) => Some(i64::from(*flag)),
        other => lenient::int(other),
    };
    let same =
        lenient::text(state).is_some_and(|text| text.trim().eq_ignore_ascii_case(word.trim()));
    same || said.is_some() && said == number::whole_of(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_is_yes_in_whatever_print_it_comes() {
        let of = |text: &str, word| is(&serde_json::from_str(text).unwrap(), word);
        for yes in ["1", "\"1\"", "1.0", "\" 1 \"", "true"] {
            assert!(of(yes, "1"), "{yes}");
        }
        for no in ["0", "\"2\"", "1.5", "false", "\"\"", "[]", "null", "\"yes\""] {
            assert!(!of(no, "1"), "{no}");
        }
        assert!(of("\"y\"", "Y") && !of("\"N\"", "Y") && !of("true", "Y"));
    }
}
