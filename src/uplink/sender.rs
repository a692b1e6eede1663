//! Drains the outbox: several requests in flight, back off from a platform that does not answer, go on
//! when it does.

use super::client::{CallError, Client};
use super::schedule::{Batch, Schedule, WINDOW};
use super::session::Session;
use super::settling::settle;
use super::verdict::{Verdict, judge};
use crate::backoff::Backoff;
use crate::engine::EngineHandle;
use crate::model::happening::Happening;
use crate::model::input::{Delivery, Fate, Input};
use crate::standard::envelope::Reply;
use crate::store::{Reader, StoreError};
use crate::teller::Teller;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const LONGEST_PAUSE_ANSWERED: Duration = Duration::from_secs(30);
/// What is in flight at a stop may finish within this time.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Logging out may take this long.
const LOG_OUT: Duration = Duration::from_millis(1500);

/// Everything the sender works with.
pub struct Sender {
    /// Calls the platform.
    pub client: Client,
    /// The token.
    pub session: Arc<Session>,
    /// Reads the outbox.
    pub reader: Reader,
    /// Takes what became of reports.
    pub engine: EngineHandle,
    /// Wakes us when reports were queued.
    pub queued: Arc<Notify>,
    /// Told what happened.
    pub teller: Teller,
}

/// A request that has come to an end.
struct Ended {
    batch: Batch,
    result: Result<Verdict, CallError>,
    stored: bool,
}

impl Sender {
    /// Sends until told to stop, then logs out.
    pub async fn run(self, stop: CancellationToken) {
        let Self { client, session, reader, engine, queued, teller } = self;
        // What was queued before this start may have been sent before it, too.
        let sent_before = reader.last_seq().unwrap_or(i64::MAX);
        let call =
            Arc::new(Call { client, session: Arc::clone(&session), engine, teller, sent_before });
        let mut state = State {
            schedule: Schedule::default(),
            reader: Some(reader),
            flying: JoinSet::new(),
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
            // A start is told (1001), whether or not there is something to send.
            resume_at: Some(tokio::time::Instant::now()),
        };
        loop {
            state.send_what_may_go(&call).await;
            let renew_at = session.renew_at().await;
            let wake_at = state.resume_at.or(renew_at);
            tokio::select! {
                () = stop.cancelled() => break,
                () = queued.notified() => state.schedule.more_queued(),
                Some(ended) = state.flying.join_next() => {
                    if let Ok(ended) = ended {
                        state.ended(ended, &call);
                    }
                }
                () = sleep_until(wake_at) => state.woken(&call).await,
            }
        }
        let last = async { while state.flying.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_ANSWERS, last).await;
        state.flying.abort_all();
        let _ = tokio::time::timeout(LOG_OUT, session.log_out()).await;
    }
}

async fn sleep_until(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

struct State {
    schedule: Schedule,
    /// Lent to a blocking thread while it reads.
    reader: Option<Reader>,
    flying: JoinSet<Ended>,
    backoff: Backoff,
    resume_at: Option<tokio::time::Instant>,
}

impl State {
    async fn send_what_may_go(&mut self, call: &Arc<Call>) {
        // What does not wait any more leaves room for what waits behind it.
        while self.resume_at.is_none() {
            self.refill(call).await;
            if !self.fly(call).await {
                return;
            }
        }
    }

    /// Sends as many batches as may fly; whether rows of them had gone meanwhile.
    async fn fly(&mut self, call: &Arc<Call>) -> bool {
        let platform = call.client.platform();
        // After a failure one request asks whether the platform is back, not all at once.
        let most = if self.backoff.failures() > 0 { 1 } else { platform.concurrency };
        let mut any_gone = false;
        while self.resume_at.is_none() && self.flying.len() < most {
            let Some(batch) = self.schedule.next(|code| platform.dialect.batch_of(code)) else {
                break;
            };
            let (seqs, before): (Vec<i64>, _) =
                (batch.rows.iter().map(|row| row.seq).collect(), batch.rows.len());
            match self.read(HashSet::new(), move |reader| reader.still_pending(&seqs)).await {
                Ok(waiting) => {
                    let batch = self.schedule.drop_gone(batch, &waiting);
                    any_gone |= batch.rows.len() < before;
                    if !batch.rows.is_empty() {
                        self.flying.spawn(Arc::clone(call).deliver(batch));
                    }
                }
                Err(error) => {
                    self.schedule.returned(batch, &HashSet::new());
                    self.unreadable(&error, call);
                }
            }
        }
        any_gone
    }

    async fn refill(&mut self, call: &Call) {
        for (urgency, after) in self.schedule.wanted() {
            let pending = move |reader: &Reader| reader.pending(urgency, after, WINDOW);
            match self.read(Vec::new(), pending).await {
                Ok(rows) => self.schedule.load(urgency, rows, WINDOW),
                Err(error) => self.unreadable(&error, call),
            }
        }
    }

    /// The outbox cannot be read: again in a moment.
    fn unreadable(&mut self, error: &StoreError, call: &Call) {
        // Where the whole database is at fault the engine tells, which needs it more.
        if error.fault().is_none() {
            call.teller.tell(Happening::CommitFailed { error: error.to_string() });
        }
        self.resume_at = Some(tokio::time::Instant::now() + FIRST_PAUSE);
    }

    /// Reads the outbox off the tasks that wait for others; `nothing` where there is no reader.
    async fn read<T: Send + 'static>(
        &mut self,
        nothing: T,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(mut reader) = self.reader.take() else { return Ok(nothing) };
        let reading = tokio::task::spawn_blocking(move || {
            let found = work(&reader);
            if found.is_err() {
                reader.open_anew();
            }
            (reader, found)
        });
        // The task neither panics nor is cancelled; without a reader nothing more would be sent.
        let Ok((reader, found)) = reading.await else { return Ok(nothing) };
        self.reader = Some(reader);
        found
    }

    /// We have started, a pause has ended, or the token wants renewing: without a good token nothing can be
    /// sent, and getting one asks whether the platform is there.
    async fn woken(&mut self, call: &Call) {
        self.resume_at = None;
        let had_token = call.session.is_logged_in().await;
        match call.session.token().await {
            Err(error) => self.pause(&error, call),
            Ok(_) if !had_token && self.backoff.failures() > 0 => {
                call.teller.tell(Happening::PlatformUp);
                self.backoff.succeeded();
            }
            Ok(_) => {}
        }
    }

    fn ended(&mut self, ended: Ended, call: &Call) {
        let Ended { mut batch, result, stored } = ended;
        match result {
            Ok(verdict) => {
                if self.backoff.failures() > 0 {
                    call.teller.tell(Happening::PlatformUp);
                }
                self.backoff.succeeded();
                self.schedule.send_alone(batch.code, &verdict.alone, verdict.stop_batching);
                let (missing, settled): (HashSet<_>, HashSet<_>) = if stored {
                    let misses = |one: &&Delivery| matches!(one.fate, Fate::MissesBaseData(_));
                    let (missing, settled): (Vec<_>, Vec<_>) =
                        verdict.settled.iter().partition(misses);
                    let seqs = |some: Vec<&Delivery>| some.into_iter().map(|one| one.seq).collect();
                    (seqs(missing), seqs(settled))
                } else {
                    (HashSet::new(), HashSet::new())
                };
                if !missing.is_empty() {
                    self.schedule.rebase(&mut batch, &missing);
                }
                self.schedule.returned(batch, &settled);
            }
            Err(error) => {
                if matches!(error, CallError::Status(_) | CallError::Unreadable(_)) {
                    self.schedule.failed(&batch);
                }
                self.schedule.returned(batch, &HashSet::new());
                // Requests that flew together fail together: one pause for all of them.
                if self.resume_at.is_none() {
                    self.pause(&error, call);
                }
            }
        }
    }

    fn pause(&mut self, error: &CallError, call: &Call) {
        let pause = self.backoff.pause(fastrand::f64());
        // A platform that answers at all may only choke on one report.
        let answered = matches!(error, CallError::Status(_) | CallError::Unreadable(_));
        let pause = if answered { pause.min(LONGEST_PAUSE_ANSWERED) } else { pause };
        call.teller.tell(Happening::PlatformDown { error: error.to_string(), again_in: pause });
        self.resume_at = Some(tokio::time::Instant::now() + pause);
    }
}

/// What one request needs.
struct Call {
    client: Client,
    session: Arc<Session>,
    engine: EngineHandle,
    teller: Teller,
    sent_before: i64,
}

impl Call {
    /// Sends a batch and has the engine note what became of it.
    async fn deliver(self: Arc<Self>, batch: Batch) -> Ended {
        let begun = Instant::now();
        let result = self.send(&batch).await.map(|reply| {
            judge(&batch.rows, &reply, |row| row.attempts > 0 || row.seq <= self.sent_before)
        });
        let deliveries = match &result {
            Ok(verdict) => verdict.settled.clone(),
            Err(_) => batch
                .rows
                .iter()
                .map(|row| Delivery { seq: row.seq, fate: Fate::Attempted })
                .collect(),
        };
        let after = begun.elapsed();
        let stored = match &result {
            Ok(_) => settle(&self.engine, deliveries).await,
            // That it was tried in vain may go unnoted.
            Err(_) => self.engine.submit(Input::Delivered(deliveries)).await.is_ok(),
        };
        if let (true, Ok(verdict)) = (stored, &result) {
            self.tell(&batch, verdict, after);
        }
        Ended { batch, result, stored }
    }

    /// One request; with a fresh token once more when the token was refused.
    async fn send(&self, batch: &Batch) -> Result<Reply, CallError> {
        let elements: Vec<&str> = batch.rows.iter().map(|row| row.body.as_str()).collect();
        self.session.call(batch.code, &elements).await
    }

    fn tell(&self, batch: &Batch, verdict: &Verdict, after: Duration) {
        let mut count = 0;
        for delivery in &verdict.settled {
            match &delivery.fate {
                Fate::Refused(words) => {
                    let row = batch.rows.iter().find(|row| row.seq == delivery.seq);
                    let key = row.map_or_else(String::new, |row| row.key.clone());
                    self.teller.tell(Happening::Refused {
                        code: batch.code,
                        key,
                        words: words.clone(),
                    });
                }
                Fate::Acknowledged => count += 1,
                Fate::Attempted | Fate::MissesBaseData(_) => {}
            }
        }
        if count > 0 {
            self.teller.tell(Happening::Acknowledged { code: batch.code, count, after });
        }
    }
}
