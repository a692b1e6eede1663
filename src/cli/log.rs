//! The log: happenings as lines, in words for people or with fields for programs.

use crate::config::{LogConfig, LogFormat};
use crate::lang::{Fields, Lang, Weight, Words as _};
use crate::model::happening::Happening;
use tokio::sync::broadcast;
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
    let lines = fmt::layer().with_target(false).with_writer(writer);
    match format {
        LogFormat::Text => Box::new(lines.with_ansi(false)),
        LogFormat::Json => Box::new(lines.json()),
    }
}

/// Happenings as log lines.
pub(super) async fn write_log(
    mut happenings: broadcast::Receiver<Happening>,
    lang: Lang,
    format: LogFormat,
) {
    loop {
        match happenings.recv().await {
            Ok(happening) => match format {
                LogFormat::Text => write_sentence(&happening, lang),
                LogFormat::Json => write_fields(&happening, lang),
            },
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "log lines left out");
            }
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// The sentence says everything there is.
fn write_sentence(happening: &Happening, lang: Lang) {
    // What people and devices write stands in the line, and makes no line of its own.
    let line = happening.text(lang).replace(char::is_control, " ");
    match Weight::of(happening) {
        Weight::Detail => tracing::debug!("{line}"),
        Weight::Normal => tracing::info!("{line}"),
        Weight::Warning => tracing::warn!("{line}"),
    }
}

/// The sentence, and what it is about to filter by; what a happening has not is left out.
fn write_fields(happening: &Happening, lang: Lang) {
    let line = happening.text(lang);
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
    macro_rules! write_at {
        ($level:ident) => {
            tracing::$level!(
                kind, lane, class, plate, record, device, sensor, bus, broker, space, booking,
                mission, code, row, key, result, by, act, state, reason, fault, error, due,
                received, refunded, count, after_ms, address, path, "{line}"
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
    use crate::standard::money::Money;
    use serde_json::{Value, json};
    use std::io::Write;
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

    fn logged(format: LogFormat, happenings: &[Happening]) -> Vec<String> {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::registry().with(lines(format, move || writer.clone()));
        let (teller, told) = broadcast::channel(16);
        for one in happenings {
            teller.send(one.clone()).unwrap();
        }
        drop(teller);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        tracing::subscriber::with_default(subscriber, || {
            runtime.block_on(write_log(told, Lang::En, format));
        });
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
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
    fn text_lines_are_the_sentence_alone() {
        let lines = logged(LogFormat::Text, &happenings());
        let ends = "INFO exit: 粤B12345 leaves, 12 yuan received";
        assert!(lines.first().is_some_and(|line| line.ends_with(ends)), "{lines:?}");
        assert_eq!(lines.len(), 3);
    }
}
