//! Figures by name, written as JSON with the machine they are of, and held against those that are committed
//! (`benches/baseline.json`). A name ends in its unit. For the benches.

#![allow(dead_code, reason = "each bench uses its own part")]

use super::machine;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The machine's own speed, measured with the figures.
pub const FDATASYNCS: &str = "machine_fdatasyncs_per_s";
pub const CPU_LOOPS: &str = "machine_cpu_loops_per_s";

/// Memory does not depend on who else works.
const MEMORY: f64 = 2.0;

/// What one bench has measured.
pub struct Figures {
    bench: &'static str,
    now: BTreeMap<String, f64>,
    baseline: BTreeMap<String, f64>,
}

/// A figure that is not what it was.
pub struct Worse {
    pub name: String,
    pub now: f64,
    pub then: f64,
    /// What would have been let pass.
    pub bound: f64,
}

impl Figures {
    /// None yet, of the bench of that name.
    pub fn of(bench: &'static str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let baseline = std::fs::read(root.join("benches/baseline.json")).unwrap_or_default();
        let baseline: Value = serde_json::from_slice(&baseline).unwrap_or_default();
        let baseline = serde_json::from_value(baseline["figures"].clone()).unwrap_or_default();
        Self { bench, now: BTreeMap::new(), baseline }
    }

    pub fn note(&mut self, name: impl Into<String>, figure: f64) {
        self.now.insert(name.into(), (figure * 1000.0).round() / 1000.0);
    }

    /// Measures the machine; where that was done before, the slower of both counts: a neighbour may have come or gone.
    pub fn note_machine(&mut self) {
        for (name, now) in [(FDATASYNCS, machine::fdatasyncs()), (CPU_LOOPS, machine::cpu_loops())]
        {
            let before = self.now.get(name).copied().unwrap_or(f64::MAX);
            self.note(name, now.min(before));
        }
    }

    /// Writes the figures, and shows each beside the committed one.
    pub fn compare(&self) {
        let file = folder().join(format!("{}.json", self.bench));
        let all = json!({ "about": machine::about(), "figures": self.now });
        std::fs::write(&file, serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
        println!("\n{:<46} {:>12} {:>12} {:>7}", "figure", "now", "baseline", "ratio");
        for (name, now) in &self.now {
            match self.baseline.get(name) {
                Some(then) => println!("{name:<46} {now:>12} {then:>12} {:>7.2}", now / then),
                None => println!("{name:<46} {now:>12} {:>12} {:>7}", "-", "-"),
            }
        }
        println!("written to {}", file.display());
    }

    /// Those that are worse than what is committed by more than that factor. Rates and times are held against what this
    /// machine would reach by its own disk or its own processor, whichever is the slower beside the baseline's machine.
    pub fn worse_than(&self, factor: f64) -> Vec<Worse> {
        let slower = [FDATASYNCS, CPU_LOOPS].map(|name| {
            let both = self.now.get(name).zip(self.baseline.get(name));
            both.map_or(1.0, |(now, then)| (now / then).min(1.0))
        });
        let slower = slower[0].min(slower[1]);
        let both = self.now.iter().filter_map(|(name, now)| {
            Some((name, *now, *self.baseline.get(name)?))
                .filter(|(name, ..)| !name.starts_with("machine_"))
        });
        let judged = both.filter_map(|(name, now, then)| {
            let (bound, is_worse) = if name.ends_with("_per_s") {
                let bound = then * slower / factor;
                (bound, now < bound)
            } else if name.ends_with("_ms") || name.ends_with("_us") {
                // What takes no time takes a little more.
                let bound = then / slower * factor + 1.0;
                (bound, now > bound)
            } else if name.ends_with("_kb") {
                (then * MEMORY, now > then * MEMORY)
            } else if name.ends_with("_reconnects") {
                (then, now > then)
            } else {
                (then * factor, now > then * factor)
            };
            is_worse.then(|| Worse { name: name.clone(), now, then, bound })
        });
        judged.collect()
    }

    /// Says which figures are worse by more than that, and what to do; false where any is.
    pub fn holds(&self, factor: f64, look_at: &str) -> bool {
        let worse = self.worse_than(factor);
        for Worse { name, now, then, bound } in &worse {
            println!(
                "{name} is {now}; it was {then}, and up to {bound:.1} is let pass on this machine. {look_at} If it is worth it, copy the \
                 line of {} over that in benches/baseline.json and say in the commit what it buys.",
                folder().join(format!("{}.json", self.bench)).display()
            );
        }
        worse.is_empty()
    }
}

/// Where what was measured is written.
pub fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
