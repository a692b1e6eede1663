//! What was found and the table of it: faults, tries, what was lost, doubled, held, how long it took until all went on.

use crate::model::{Coming, Model};
use crate::plan::Fault;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Something that was acknowledged has become nothing.
    Lost,
    /// It has become something twice.
    Doubled,
    /// A car that may pass is held, or nobody says why.
    Held,
    /// A car that may not pass was let through.
    LetThrough,
    /// Sums or moments are not what they must be.
    Wrong,
}

/// Something that is not as it must be.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What kind of it.
    pub harm: Harm,
    /// When it happened.
    pub at: Instant,
    /// In words.
    pub what: String,
}

/// A fault that struck.
#[derive(Debug, Clone)]
pub struct Strike {
    /// Which.
    pub fault: Fault,
    /// When it began.
    pub began: Instant,
    /// When it was over.
    pub over: Instant,
    /// How long after its end all went on; none when it did not.
    pub recovered: Option<Duration>,
}

/// What is known of a fault.
#[derive(Debug, Default)]
struct Row {
    recoveries: Vec<Option<Duration>>,
    /// By [`Harm`].
    harms: [usize; 5],
}

/// The table, and the findings below it.
pub fn table(strikes: &[Strike], findings: &[Finding]) -> String {
    let mut rows: BTreeMap<Option<Fault>, Row> = BTreeMap::new();
    for strike in strikes {
        rows.entry(Some(strike.fault)).or_default().recoveries.push(strike.recovered);
    }
    for finding in findings {
        let before = strikes.iter().filter(|strike| strike.began <= finding.at);
        let blamed = before.max_by_key(|strike| strike.began).map(|strike| strike.fault);
        rows.entry(blamed).or_default().harms[finding.harm as usize] += 1;
    }
    let mut text = format!(
        "{:<28}{:>6}{:>6}{:>9}{:>6}{:>13}{:>7}  {}\n",
        "fault",
        "tries",
        "lost",
        "doubled",
        "held",
        "let through",
        "wrong",
        "recovery min / median / max"
    );
    for (fault, Row { recoveries, harms }) in &rows {
        let name = fault.map_or_else(|| "none".to_owned(), |fault| fault.to_string());
        let [lost, doubled, held, through, wrong] = harms;
        let times = times(recoveries);
        let tries = recoveries.len();
        // A string takes whatever is written into it.
        let _ = writeln!(
            text,
            "{name:<28}{tries:>6}{lost:>6}{doubled:>9}{held:>6}{through:>13}{wrong:>7}  {times}"
        );
    }
    for finding in findings {
        let _ = writeln!(text, "{:?}: {}", finding.harm, finding.what);
    }
    text
}

/// It is told of what took longer what was read meanwhile: a lane where nobody stands does nothing.
const SLOW: Duration = Duration::from_secs(5);

/// What went on after a fault only long after it was over: when that was, for the log, how long a car stood there
/// meanwhile, and when after it which cars were read, their reads acknowledged and their barriers opened.
pub fn slow(strikes: &[Strike], model: &Model, taken: &HashMap<String, SystemTime>) -> String {
    let mut text = String::new();
    for strike in strikes {
        let Some(recovered) = strike.recovered.filter(|recovered| *recovered > SLOW) else {
            continue;
        };
        let over = SystemTime::now() - strike.over.elapsed();
        let clock = Timestamp::try_from(over).unwrap();
        let mut stood: Option<f64> = None;
        let mut lines = String::new();
        for coming in &model.comings {
            let opened = coming.opened.map(|opened| seconds(opened, over));
            for read in &coming.reads {
                let at = seconds(SystemTime::now() - read.at.elapsed(), over);
                let is_over = opened.map_or(coming.told.is_some(), |opened| opened < 0.0);
                if at < -SLOW.as_secs_f64() || at > recovered.as_secs_f64() || is_over {
                    continue;
                }
                stood = Some(stood.map_or(at, |before| before.min(at)));
                let taken = taken.get(&read.id).map(|taken| seconds(*taken, over));
                let Coming { plate, way, .. } = coming;
                let _ = writeln!(
                    lines,
                    "    {plate} {way:?}: read {at:.1}, taken {taken:.1?}, opened {opened:.1?} ({})",
                    read.id
                );
            }
        }
        let recovered = recovered.as_secs_f64();
        let waited = recovered - stood.unwrap_or(recovered).max(0.0);
        let _ = writeln!(
            text,
            "slow: {}, over at {clock:.1}, went on after {recovered:.1} s, {waited:.1} s of it with a car at a lane",
            strike.fault,
        );
        text.push_str(&lines);
    }
    text
}

/// How long a moment is after another; negative where it is before.
fn seconds(moment: SystemTime, after: SystemTime) -> f64 {
    match moment.duration_since(after) {
        Ok(later) => later.as_secs_f64(),
        Err(earlier) => -earlier.duration().as_secs_f64(),
    }
}

fn times(recoveries: &[Option<Duration>]) -> String {
    let mut known: Vec<_> = recoveries.iter().flatten().map(Duration::as_secs_f64).collect();
    known.sort_by(f64::total_cmp);
    let never = match recoveries.len() - known.len() {
        0 => String::new(),
        count => format!(", {count} never"),
    };
    match known.as_slice() {
        [] => format!("-{never}"),
        [first, .., last] => {
            let median = known[known.len() / 2];
            format!("{first:.2} / {median:.2} / {last:.2} s{never}")
        }
        [only] => format!("{only:.2} s{never}"),
    }
}
