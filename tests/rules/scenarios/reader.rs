//! A scenario as it is written: its options, its lines, what each line wants.

use super::expected::Wanted;
use super::grammar::{Said, clock, understand};
use super::phrases::{Change, EVENTS, EXPECTED, Event, OPTIONS};
use crate::prelude::*;
use jiff::civil::Date;

/// A Monday; `day …` names another.
pub const FIRST_DAY: &str = "2026-03-02";

pub struct Scenario {
    pub options: Vec<(Change, Said)>,
    pub steps: Vec<Step>,
}

pub struct Step {
    pub line: usize,
    pub text: String,
    pub moment: Timestamp,
    pub event: Option<(Event, Said)>,
    /// None when the line does not say what shall come of it.
    pub wanted: Option<Vec<Wanted>>,
}

/// A scenario, or what is wrong with it and in which line.
pub fn read(text: &str) -> Result<Scenario, (usize, String)> {
    let mut scenario = Scenario { options: Vec::new(), steps: Vec::new() };
    let mut day: Date = FIRST_DAY.parse().unwrap();
    if !text.starts_with("# ") {
        return Err((1, "a scenario begins with `# ` and what it shows".to_owned()));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let said = if let Some(options) = line.strip_prefix("lot:") {
            options.split(',').try_for_each(|option| {
                scenario.options.push(understand(OPTIONS, option.trim())?);
                Ok(())
            })
        } else if let Some(named) = line.strip_prefix("day ") {
            named
                .trim()
                .parse()
                .map(|named| day = named)
                .map_err(|_| format!("`{named}` is no day; write one as {FIRST_DAY}"))
        } else {
            step(number, line, day).map(|step| scenario.steps.push(step))
        };
        said.map_err(|problem| (number, problem))?;
        if let [.., before, last] = &scenario.steps[..]
            && last.moment < before.moment
        {
            return Err((number, "time goes back; a `day …` before it?".to_owned()));
        }
    }
    Ok(scenario)
}

pub fn step(line: usize, text: &str, day: Date) -> Result<Step, String> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let time = clock(word).ok_or_else(|| format!("`{word}` is no time; write one as 08:00"))?;
    let moment = zone().to_timestamp(day.to_datetime(time)).unwrap();
    let (event, wanted) = match rest.split_once("->") {
        Some((event, wanted)) => (Some(understand(EVENTS, event)?), Some(expectations(wanted)?)),
        // A line of expectations only looks.
        None => match expectations(rest) {
            Ok(wanted) => (None, Some(wanted)),
            Err(_) => (Some(understand(EVENTS, rest)?), None),
        },
    };
    Ok(Step { line, text: text.to_owned(), moment, event, wanted })
}

pub fn expectations(text: &str) -> Result<Vec<Wanted>, String> {
    let one = |text: &str| understand(EXPECTED, text).map(|(wanted, said)| wanted(&said));
    text.split(',').map(one).collect()
}
