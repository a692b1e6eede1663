//! `lotgate run`: reads the configuration, writes the log, keeps the gateway up until a signal ends it. How
//! its parts hang together is the gateway's affair.

use super::log::{filter, start_log, write_log};
use super::{reminder, terminal};
use crate::config::{load, rendered};
use crate::gateway::{Gateway, Reloaded, tell_systemd};
use crate::lang::{Lang, Problem};
use crate::teller::Teller;
use sd_notify::NotifyState;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The log may take this long to write what was told last.
const LOG_WITHIN: Duration = Duration::from_millis(200);

/// So often the log says what `check` refuses and the gateway runs with.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// Whoever reads the database waits for a turn there anyway; the units allow 128 threads.
const BLOCKING_THREADS: usize = 32;

pub(super) fn run(path: &Path, lang: Option<Lang>) -> anyhow::Result<ExitCode> {
    let loaded = load(path);
    let lang = lang
        .or_else(|| loaded.config.as_ref().and_then(|config| config.log.lang))
        .unwrap_or_else(Lang::from_environment);
    // What is odd about the lot is said by `check`; it keeps no lane closed.
    let wrong = loaded.findings.iter().filter(|found| !matches!(found.problem, Problem::Lot(_)));
    rendered(wrong, lang).for_each(|found| terminal::complain_all(&found));
    let (refused, remind) = watch::channel(reminder::refused(&loaded.findings, lang));
    let Some(config) = loaded.config else { return Ok(ExitCode::FAILURE) };
    let log_level = start_log(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let teller = Teller::default();
        let ended = CancellationToken::new();
        let log = write_log(teller.listen(), lang, config.log.format, ended.clone());
        let mut log = tokio::spawn(log);
        let reminding = tokio::spawn(reminder::remind(remind, teller.clone(), A_DAY));
        let gateway = Gateway::start(&config, teller).await?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), park_code = %config.lot.park_code, "lotgate");
        let mut reload = signal(SignalKind::hangup())?;
        tell_systemd(&[NotifyState::Ready]);
        let stopping = stopped_by_signal();
        tokio::pin!(stopping);
        loop {
            tokio::select! {
                stopped = &mut stopping => break stopped?,
                Some(()) = reload.recv() => {
                    tell_systemd(&[NotifyState::Reloading]);
                    if let Some(Reloaded { log, findings }) = gateway.reload(path, lang).await {
                        // The filter lives as long as the process.
                        let _ = log_level.reload(filter(&log));
                        refused.send_replace(reminder::refused(&findings, lang));
                    }
                    tell_systemd(&[NotifyState::Ready]);
                }
            }
        }
        tell_systemd(&[NotifyState::Stopping]);
        reminding.abort();
        gateway.stop().await;
        // What was told last, and what was only counted, is written yet.
        ended.cancel();
        let _ = tokio::time::timeout(LOG_WITHIN, &mut log).await;
        log.abort();
        Ok(ExitCode::SUCCESS)
    })
}

/// Ends at Ctrl-C or SIGTERM.
pub(super) async fn stopped_by_signal() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
