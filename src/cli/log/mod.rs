//! The log: happenings as lines, in words for people or with fields for programs; of what comes again and again few.

mod thinned;

use crate::config::{LogConfig, LogFormat};
use crate::lang::{Fields, Lang, Weight, Words as _, of_several, shown, shown_json};
use crate::model::happening::Happening;
use std::borrow::Cow;
use std::io::{self, Write};
use thinned::Thinned;
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Subscriber;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// Starts the log; its level can be changed by what is returned.
pub(super) fn start_log(log: &LogConfig) -> reload::Handle<EnvFilter, Registry> {
    let (filter, handle) = reload::Layer::new(filter(log));
    let lines = lines(log.format, std::io::stdout);
    tracing_subscriber::registry().with(filter).with(lines).init();
    handle
}

pub(super) fn filter(log: &LogConfig) -> EnvFilter {
    EnvFilter::new(format!("warn,lotgate={}", log.level))
}

fn lines<S>(
    format: LogFormat,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let lines = fmt::layer().with_target(false);
    match format {
        LogFormat::Text => {
            Box::new(lines.with_ansi(false).with_writer(OneLineEach { to: writer, shown }))
        }
        LogFormat::Json => {
            Box::new(lines.json().with_writer(OneLineEach { to: writer, shown: shown_json }))
        }
    }
}

/// Where each event is written as one line.
struct OneLineEach<M> {
    to: M,
    shown: fn(&str) -> Cow<'_, str>,
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for OneLineEach<M> {
    type Writer = OneLine<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        OneLine { to: self.to.make_writer(), shown: self.shown }
    }
}

/// Whatever is logged, by us or by what we are made of, is one line and shows what nobody sees written out.
struct OneLine<W> {
    to: W,
    shown: fn(&str) -> Cow<'_, str>,
}

impl<W: Write> Write for OneLine<W> {
    /// An event is written whole, its end of line with it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        writeln!(self.to, "{}", (self.shown)(line))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Happenings as log lines, until `ended` and all that was told by then is written.
pub(super) async fn write_log(
    mut happenings: broadcast::Receiver<Happening>,
    lang: Lang,
    format: LogFormat,
    ended: CancellationToken,
) {
    let (mut thinned, how) = (Thinned::default(), How { lang, format });
    let mut missed = Missed::default();
    loop {
        let due = [thinned.next(), missed.next()].into_iter().flatten().min();
        let received = tokio::select! {
            biased;
            // First, or a flood would keep its own count from being told.
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                let now = Instant::now();
                thinned.due(now).iter().for_each(|(last, times)| how.write(last, Some(*times)));
                missed.write(now);
                continue;
            }
            received = happenings.recv() => received,
            () = ended.cancelled() => break,
        };
        let now = Instant::now();
        match received {
            Ok(happening) => {
                if let Some(happening) = thinned.take(happening, now) {
                    how.write(&happening, None);
                }
            }
            Err(broadcast::error::RecvError::Lagged(more)) => {
                missed.count += more;
                missed.write(now);
            }
            Err(broadcast::error::RecvError::Closed) => break,
        }
    }
    thinned.rest().iter().for_each(|(last, times)| how.write(last, Some(*times)));
}

/// Happenings that came faster than they could be written, and when that was told last.
#[derive(Debug, Default)]
struct Missed {
    count: u64,
    told: Option<Instant>,
}

impl Missed {
    fn next(&self) -> Option<Instant> {
        self.told.filter(|_| self.count > 0).map(|told| told + thinned::WINDOW)
    }

    fn write(&mut self, now: Instant) {
        if self.count > 0 && self.next().is_none_or(|next| next <= now) {
            tracing::warn!(missed = std::mem::take(&mut self.count), "log lines left out");
            self.told = Some(now);
        }
    }
}

/// How lines are written.
#[derive(Clone, Copy)]
struct How {
    lang: Lang,
    format: LogFormat,
}

impl How {
    /// Writes a happening; where it is the last of several, with how many there were.
    fn write(self, happening: &Happening, times: Option<u64>) {
        let line = happening.text(self.lang);
        let line = times.map_or(line.clone(), |times| of_several(&line, times, self.lang));
        match self.format {
            LogFormat::Text => write_sentence(happening, &line),
            LogFormat::Json => write_fields(happening, &line, times),
        }
    }
}

/// The sentence says everything there is.
fn write_sentence(happening: &Happening, line: &str) {
    match Weight::of(happening) {
        Weight::Detail => tracing::debug!("{line}"),
        Weight::Normal => tracing::info!("{line}"),
        Weight::Warning => tracing::warn!("{line}"),
    }
}

/// The sentence, and what it is about to filter by; what a happening has not is left out.
fn write_fields(happening: &Happening, line: &str, times: Option<u64>) {
    // Taken apart whole, so that none is forgotten below.
    let Fields {
        kind,
        lane,
        class,
        plate,
        record,
        device,
        sensor,
        bus,
        broker,
        space,
        booking,
        mission,
        code,
        row,
        key,
        result,
        by,
        act,
        state,
        reason,
        fault,
        refusal,
        error,
        due,
        received,
        refunded,
        count,
        after_ms,
        address,
        path,
    } = Fields::of(happening);
    let [due, received, refunded] =
        [&due, &received, &refunded].map(|yuan: &Option<String>| yuan.as_deref());
    // What others write is shown as it is in the sentence.
    let texts = [
        lane, class, plate, record, device, sensor, bus, broker, space, booking, key, by, reason,
        error, address, path,
    ];
    let texts = texts.map(|text| text.map(shown));
    let [
        lane,
        class,
        plate,
        record,
        device,
        sensor,
        bus,
        broker,
        space,
        booking,
        key,
        by,
        reason,
        error,
        address,
        path,
    ] = texts.each_ref().map(|text| text.as_deref());
    macro_rules! write_at {
        ($level:ident) => {
            tracing::$level!(
                kind, lane, class, plate, record, device, sensor, bus, broker, space, booking,
                mission, code, row, key, result, by, act, state, reason, fault, refusal, error,
                due, received, refunded, count, times, after_ms, address, path, "{line}"
            )
        };
    }
    match Weight::of(happening) {
        Weight::Detail => write_at!(debug),
        Weight::Normal => write_at!(info),
        Weight::Warning => write_at!(warn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::hidden::is_hidden;
    use crate::standard::money::Money;
    use serde_json::{Value, json};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    /// What a process would have written to its standard output.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Everything that is logged meanwhile.
    fn written(format: LogFormat, meanwhile: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::registry().with(lines(format, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, meanwhile);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn logged(format: LogFormat, happenings: &[Happening]) -> Vec<String> {
        let (teller, told) = broadcast::channel(16);
        for one in happenings {
            teller.send(one.clone()).unwrap();
        }
        drop(teller);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let written = written(format, || {
            runtime.block_on(write_log(told, Lang::En, format, CancellationToken::new()));
        });
        written.lines().map(str::to_owned).collect()
    }

    fn happenings() -> [Happening; 3] {
        let left = Happening::Left {
            lane: "exit".to_owned(),
            plate: "粤B12345".to_owned(),
            record: "0a1b".into(),
            received: Money::yuan(12),
        };
        let refused =
            Happening::Refused { code: 5004, key: "0a1b".to_owned(), words: "parkCode".to_owned() };
        let after = Duration::from_micros(12_345);
        [left, refused, Happening::BarrierConfirmed { lane: "exit".to_owned(), after }]
    }

    #[test]
    fn json_lines_have_fields_to_filter_by() {
        let lines = logged(LogFormat::Json, &happenings());
        let lines: Vec<Value> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let fields: Vec<&Value> = lines.iter().map(|line| &line["fields"]).collect();
        assert_eq!(
            fields,
            [
                &json!({ "message": "exit: 粤B12345 leaves, 12 yuan received", "kind": "left",
                         "lane": "exit", "plate": "粤B12345", "record": "0a1b", "received": "12" }),
                &json!({ "message": fields[1]["message"], "kind": "refused", "code": 5004,
                         "key": "0a1b", "error": "parkCode" }),
                &json!({ "message": "exit: device confirmed in 12.3 ms", "kind": "barrier_confirmed",
                         "lane": "exit", "after_ms": 12.3 }),
            ]
        );
        let levels: Vec<_> = lines.iter().map(|line| line["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["INFO", "WARN", "DEBUG"]);
    }

    #[test]
    fn of_many_alike_the_first_and_the_last_are_lines_and_the_last_says_how_many() {
        let bad = |number: u32| Happening::BadMessage {
            device: "entry camera".to_owned(),
            error: format!("line {number}"),
        };
        let many: Vec<Happening> = (1..=10).map(bad).collect();
        let lines = logged(LogFormat::Text, &many);
        let [first, last] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(first.ends_with("device entry camera sent what cannot be read: line 1"), "{first}");
        assert!(last.ends_with("line 10 (9 times since it was told last)"), "{last}");
        let lines = logged(LogFormat::Json, &many);
        let fields = |line: &str| serde_json::from_str::<Value>(line).unwrap()["fields"].clone();
        let last = lines.last().map(|line| fields(line)).unwrap();
        assert_eq!(
            (lines.len(), &last["times"], &last["error"]),
            (2, &json!(9), &json!("line 10"))
        );
    }

    #[test]
    fn what_others_write_makes_no_line_of_its_own_and_hides_nothing() {
        let hostile = "x\n2026-07-01 INFO \u{202e}y\u{1b}[2J\u{2028}\u{200b}\u{e0041}".to_owned();
        let held = Happening::Refused { code: 5004, key: hostile.clone(), words: hostile.clone() };
        for format in [LogFormat::Text, LogFormat::Json] {
            let written = written(format, || {
                How { lang: Lang::En, format }.write(&held, None);
                // What we are made of speaks here, too.
                tracing::warn!(peer = %hostile, "{hostile}");
            });
            assert_eq!(written.matches('\n').count(), 2, "{written:?}");
            assert!(!written.chars().any(|c| c != '\n' && is_hidden(c)), "{written:?}");
            let shown = written.replace(r"\\", r"\");
            assert!(shown.contains(r"x\n2026-07-01 INFO \u{202e}y"), "{written}");
        }
    }

    #[test]
    fn text_lines_are_the_sentence_alone() {
        let lines = logged(LogFormat::Text, &happenings());
        let ends = "INFO exit: 粤B12345 leaves, 12 yuan received";
        assert!(lines.first().is_some_and(|line| line.ends_with(ends)), "{lines:?}");
        assert_eq!(lines.len(), 3);
    }
}
