//! Drains the outbox: several requests in flight, back off from a platform that does not answer or takes
//! nothing, go on when it does. Who is at fault when something is not taken is [`Patience`]'s to say.

use super::abreast::{Abreast, RoundTrip};
use super::client::{CallError, Client};
use super::delivery::{CameOf, Courier, Returned};
use super::patience::{Blame, Evidence, Patience};
use super::schedule::{Batch, Schedule, WINDOW};
use super::session::Session;
use super::verdict::is_base_data;
use crate::backoff::Backoff;
use crate::engine::EngineHandle;
use crate::model::happening::Happening;
use crate::model::input::{Delivery, Fate};
use crate::store::{OutboxRow, Reader, StoreError};
use crate::teller::Teller;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// However long the platform was away, what waits goes within 15 s of its return, the try that was on its way then included.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What is in flight at a stop may finish within this time.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Meanwhile what they are answered is committed so often.
const HURRY_EVERY: Duration = Duration::from_millis(50);
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

impl Sender {
    /// Sends until told to stop, then logs out.
    pub async fn run(self, stop: CancellationToken) {
        let Self { client, session, reader, engine, queued, teller } = self;
        // What was queued before this start may have been sent before it, too.
        let sent_before = reader.last_seq().unwrap_or(i64::MAX);
        let patience = Mutex::new(Patience::new(client.platform().give_up_after));
        let call = Arc::new(Courier {
            client,
            session: Arc::clone(&session),
            engine,
            teller,
            sent_before,
            patience,
            noted_in_vain: Mutex::default(),
        });
        let mut mended = call.engine.mended();
        let mut state = State {
            schedule: Schedule::default(),
            read_to: i64::MAX,
            reader: Some(reader),
            flying: JoinSet::new(),
            abreast: Abreast::new(call.client.platform().concurrency),
            backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
            // A start is told (1001), whether or not there is something to send.
            resume_at: Some(tokio::time::Instant::now()),
        };
        let mut moves = call.client.whereabouts().watch();
        loop {
            state.send_what_may_go(&call).await;
            let renew_at = session.renew_at().await;
            let by_itself = call.patience().next(Instant::now());
            let by_itself = by_itself.map(tokio::time::Instant::from_std);
            let next = [renew_at, by_itself].into_iter().flatten().min();
            let wake_at = state.resume_at.or(next);
            tokio::select! {
                () = stop.cancelled() => break,
                () = moves.moved() => state.moved(),
                () = queued.notified() => state.schedule.more_queued(),
                // What had left the queue may be in it again, before where we have come.
                Ok(()) = mended.changed() => state.schedule.start_over(),
                Some(ended) = state.flying.join_next() => {
                    if let Ok(ended) = ended {
                        state.ended(ended, &call);
                    }
                }
                () = sleep_until(wake_at) => state.woken(&call).await,
            }
        }
        let last = async { while state.flying.join_next().await.is_some() {} };
        // Nobody waits for the commits of what they are answered.
        let hurry = async {
            loop {
                call.engine.hurry().await;
                tokio::time::sleep(HURRY_EVERY).await;
            }
        };
        tokio::select! {
            () = last => {}
            () = hurry => {}
            () = tokio::time::sleep(LAST_ANSWERS) => {}
        }
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
    /// The last row that need not wait until somebody vouches for the clock, when it was asked last.
    read_to: i64,
    /// Lent to a blocking thread while it reads.
    reader: Option<Reader>,
    flying: JoinSet<Returned>,
    /// How many may.
    abreast: Abreast,
    backoff: Backoff,
    resume_at: Option<tokio::time::Instant>,
}

impl State {
    async fn send_what_may_go(&mut self, call: &Arc<Courier>) {
        // What does not wait any more leaves room for what waits behind it.
        while self.resume_at.is_none() {
            self.refill(call).await;
            if !self.fly(call).await {
                return;
            }
        }
    }

    /// Sends as many batches as may fly; whether rows of them had gone meanwhile.
    async fn fly(&mut self, call: &Arc<Courier>) -> bool {
        // After a failure one request asks whether the platform is back, not all at once.
        let most = if self.backoff.failures() > 0 { 1 } else { self.abreast.places() };
        let mut any_gone = false;
        while self.resume_at.is_none() && self.flying.len() < most {
            let Some(batch) = self.choose(call) else { break };
            let (seqs, before): (Vec<i64>, _) =
                (batch.rows.iter().map(|row| row.seq).collect(), batch.rows.len());
            match self.read(HashSet::new(), move |reader| reader.still_pending(&seqs)).await {
                Ok(waiting) => {
                    let gone = batch.rows.iter().map(|row| row.seq);
                    call.patience().settled(gone.filter(|seq| !waiting.contains(seq)));
                    let batch = self.schedule.drop_gone(batch, &waiting);
                    any_gone |= batch.rows.len() < before;
                    if !batch.rows.is_empty() {
                        call.patience().sent(batch.code);
                        let base_data = self.schedule.base_data_waiting();
                        self.flying.spawn(Arc::clone(call).deliver(batch, base_data));
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

    /// What goes next: not what waits by itself, and after a failure not what failed first.
    fn choose(&mut self, call: &Courier) -> Option<Batch> {
        let dialect = &call.client.platform().dialect;
        let (now, mut patience) = (Instant::now(), call.patience());
        loop {
            let may_go = |row: &OutboxRow| {
                let is_base_data = is_base_data(row.code);
                patience.may_go(row.code, row.seq, now)
                    && !patience.lets_others_first(row.code, is_base_data)
            };
            let batch = self.schedule.next(|code| dialect.batch_of(code), may_go);
            if batch.is_some() || !patience.try_all_again() {
                return batch;
            }
        }
    }

    async fn refill(&mut self, call: &Courier) {
        // Asked once for all classes: what is let go while they are read would let the others go before the base data.
        let last = match self.read(self.read_to, Reader::held_from).await {
            Ok(last) => last,
            Err(error) => return self.unreadable(&error, call),
        };
        if last != std::mem::replace(&mut self.read_to, last) {
            self.schedule.more_queued();
        }
        for (urgency, after) in self.schedule.wanted() {
            let pending =
                move |reader: &Reader| reader.pending_between(urgency, (after, last), WINDOW);
            match self.read(Vec::new(), pending).await {
                Ok(rows) => self.schedule.load(urgency, rows, WINDOW),
                Err(error) => self.unreadable(&error, call),
            }
        }
    }

    /// The outbox cannot be read: again in a moment.
    fn unreadable(&mut self, error: &StoreError, call: &Courier) {
        call.engine.cannot_read(error);
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

    /// The platform is elsewhere: nothing more is waited for.
    fn moved(&mut self) {
        if self.resume_at.is_some() {
            self.resume_at = Some(tokio::time::Instant::now());
        }
        self.backoff.begin_again();
    }

    /// We have started, a pause has ended, or the token wants renewing: without a good token nothing can be
    /// sent, and getting one asks whether the platform is there.
    async fn woken(&mut self, call: &Courier) {
        self.resume_at = None;
        let (had_token, asked) = (call.session.is_logged_in().await, Instant::now());
        match call.session.token().await {
            Err(error) => self.pause(&error, asked, call),
            Ok(_) if !had_token && self.backoff.failures() > 0 => {
                self.is_back(call);
            }
            Ok(_) => {}
        }
    }

    fn ended(&mut self, ended: Returned, call: &Courier) {
        // This one had a place, too.
        let all_taken = self.flying.len() + 1 >= self.abreast.places();
        let Returned { mut batch, outcome, deliveries, stored, sent } = ended;
        call.patience().returned(batch.code);
        let mut settled = HashSet::new();
        let mut missing = HashSet::new();
        for Delivery { seq, fate } in deliveries.into_iter().filter(|_| stored) {
            match fate {
                Fate::Acknowledged | Fate::Refused(_) | Fate::PutAside(_) => settled.insert(seq),
                Fate::MissesBaseData(_) => missing.insert(seq),
                Fate::PutOff(_) => {
                    batch.was_tried(seq);
                    false
                }
            };
        }
        if !missing.is_empty() {
            self.schedule.rebase(&mut batch, &missing);
        }
        call.patience().settled(settled.iter().copied());
        match outcome {
            CameOf::Used { alone, stop_batching, refused } => {
                self.up(call);
                let now = Instant::now();
                let (rows, after) = (batch.rows.len(), now.saturating_duration_since(sent));
                self.abreast.answered(RoundTrip { rows, after, all_taken }, now);
                self.schedule.send_alone(batch.code, &alone, stop_batching);
                self.schedule.failed(refused.into_iter().filter(|seq| !settled.contains(seq)));
                self.schedule.taken_together(batch.code);
            }
            CameOf::Useless { error, fault } => {
                if error.says() == Evidence::Unwanted && batch.rows.len() > 1 {
                    self.schedule.not_wanted_together(batch.code, batch.rows.len());
                }
                // What fails while it is asked whether the platform is back says nothing of how much that bears.
                let of_all = fault == Blame::Platform || error.is_of_load();
                if error.reached() && of_all && self.backoff.failures() == 0 {
                    self.abreast.failed(sent, Instant::now());
                }
                if error.reached() {
                    self.schedule.failed(batch.rows.iter().map(|row| row.seq));
                }
                // Requests that flew together fail together: one pause for all of them.
                if fault == Blame::Platform && self.resume_at.is_none() {
                    self.pause(&error, sent, call);
                }
            }
        }
        self.schedule.returned(batch, &settled);
    }

    fn up(&mut self, call: &Courier) {
        if self.backoff.failures() > 0 {
            self.is_back(call);
        }
    }

    fn is_back(&mut self, call: &Courier) {
        self.backoff.succeeded();
        call.forget_vain_tries();
        call.session.is_back();
        call.teller.tell(Happening::PlatformUp);
    }

    /// The platform was asked in vain.
    fn pause(&mut self, error: &CallError, asked: Instant, call: &Courier) {
        let pause = rest_of(self.backoff.pause(fastrand::f64()), asked.elapsed());
        call.teller.tell(Happening::PlatformDown { error: error.to_string(), again_in: pause });
        self.resume_at = Some(tokio::time::Instant::now() + pause);
    }
}

/// What is left of a pause after an answer that was waited for so long: who lets us wait is asked seldom enough.
fn rest_of(pause: Duration, waited: Duration) -> Duration {
    pause.saturating_sub(waited).max(pause.min(FIRST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uplink::client::CONNECT_WITHIN;

    #[test]
    fn a_platform_that_returns_after_an_hour_is_asked_within_15_seconds() {
        // Of a connection to an address that does not answer the next sign is sent 1, 3 and 7 s after the first: whoever
        // returns hears it, or has been given up 1 s later.
        let until_given_up = CONNECT_WITHIN.saturating_sub(Duration::from_secs(7));
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut away = Duration::ZERO;
        while away < Duration::from_secs(3600) {
            let pause = backoff.pause(1.0);
            assert!(until_given_up + pause < Duration::from_secs(15), "{pause:?}");
            away += pause;
        }
    }

    #[test]
    fn who_lets_us_wait_for_an_answer_is_asked_again_a_second_later_and_who_refuses_at_once_is_not()
    {
        let [long, short, at_once] = [20_000, 400, 0].map(Duration::from_millis);
        assert_eq!(rest_of(LONGEST_PAUSE, long), FIRST_PAUSE);
        assert_eq!(rest_of(short, long), short);
        assert_eq!(rest_of(LONGEST_PAUSE, at_once), LONGEST_PAUSE);
    }
}
