//! `lotgate doctor`: everything the box needs, a line each, with what to do.

use super::terminal;
use crate::config::{load, rendered};
use crate::doctor::Examination;
use crate::lang::{BoxFinding, Diagnosis, Lang, Problem, Words as _, say};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(super) struct DoctorArguments {
    /// As JSON, a finding a line, for scripts.
    #[arg(long)]
    json: bool,
    /// How long devices behind MQTT brokers are listened for.
    #[arg(long, value_name = "DURATION", default_value = "35s", value_parser = super::duration)]
    listen: Duration,
    /// The time server to compare the clock with; the box's own when absent.
    #[arg(long, value_name = "SERVER")]
    ntp: Option<String>,
    /// Instead, put this configuration to work against a built-in platform, without any hardware.
    #[cfg(feature = "self-test")]
    #[arg(long)]
    self_test: bool,
}

/// Prints findings and counts them.
struct Report {
    lang: Lang,
    json: bool,
    counts: [usize; 3],
}

impl Report {
    fn tell(&mut self, diagnosis: &Diagnosis) {
        let (verdict, text) = (diagnosis.verdict(), diagnosis.text(self.lang));
        if let Some(count) = self.counts.get_mut(verdict as usize) {
            *count += 1;
        }
        if self.json {
            terminal::print_json(&json!({ "verdict": verdict.word(), "text": text }));
        } else {
            terminal::print(&format!("{}  {text}", verdict.text(self.lang)));
        }
    }

    fn end(self) -> ExitCode {
        let [ok, warnings, failures] = self.counts;
        if !self.json {
            terminal::print(&say!(
                self.lang,
                "正常 {ok}，警告 {warnings}，故障 {failures}",
                "{ok} ok, {warnings} warnings, {failures} failures"
            ));
        }
        if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

pub(super) fn doctor(
    path: &Path,
    lang: Lang,
    arguments: DoctorArguments,
) -> anyhow::Result<ExitCode> {
    let loaded = load(path);
    let Some(config) = loaded.config else {
        rendered(&loaded.findings, lang).for_each(|found| terminal::print_all(&found));
        return Ok(ExitCode::FAILURE);
    };
    let mut report = Report { lang, json: arguments.json, counts: [0; 3] };
    let (lanes, devices) = (config.lanes.len(), config.devices.len());
    let read = BoxFinding::Configuration { path: path.display().to_string(), lanes, devices };
    report.tell(&Diagnosis::Box(read));
    let refused = loaded.findings.iter().filter(|found| found.is_refused());
    let (of_lot, others): (Vec<_>, Vec<_>) =
        refused.partition(|found| matches!(found.problem, Problem::Lot(_)));
    for found in others {
        let (place, problem) = (found.place(), found.problem.clone());
        report.tell(&Diagnosis::Box(BoxFinding::RefusedButRuns { place, problem }));
    }
    if !of_lot.is_empty() {
        let count = of_lot.len();
        report.tell(&Diagnosis::Box(BoxFinding::ConfigurationRefused { count }));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    #[cfg(feature = "self-test")]
    if arguments.self_test {
        let tell = |found| report.tell(&Diagnosis::SelfTest(found));
        runtime.block_on(super::self_test::run(config, tell))?;
        return Ok(report.end());
    }
    let DoctorArguments { listen, ntp: time_server, .. } = arguments;
    let secret_files = loaded.secret_files.as_slice();
    let examination = Examination { path, config: &config, secret_files, listen, time_server };
    runtime.block_on(examination.run(|found| report.tell(&found)));
    Ok(report.end())
}
