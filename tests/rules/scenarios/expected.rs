//! What a line wants, and what is otherwise.

use super::grammar::{Said, clock, pairs};
use super::play::{Happened, Play, lane_name};
use crate::prelude::*;

/// States may be said at any moment; what is listed here is said only when it has a cause.
pub const ALWAYS_EXAMINED: [u16; 8] = [2002, 5004, 5005, 5006, 5007, 5008, 5009, 5012];

pub enum Wanted {
    Opens(Option<usize>),
    Closes,
    Shut(Option<String>),
    Report(u16, Vec<(String, String)>),
    Due(String),
    Answer(Vec<(String, String)>),
    Refused(Option<String>),
    Count(&'static str, i64),
    Space(String, i64),
    Lane(usize, i64),
    Question,
    Shows(String),
}

impl Wanted {
    pub fn shut(why: &str) -> Self {
        Self::Shut(Some(why.to_owned()))
    }

    pub fn report(said: &Said) -> Self {
        let fields = said.get("fields").map(|words| pairs(words)).unwrap_or_default();
        Self::Report(said["report"].parse().unwrap(), fields)
    }
}

impl Happened {
    /// In the words of the language, as far as it has them.
    pub fn told(&self) -> String {
        let mut told: Vec<String> = Vec::new();
        told.extend(self.opened.iter().map(|lane| format!("opens {}", lane_name(*lane))));
        told.extend((0..self.closed).map(|_| "closes".to_owned()));
        told.extend(self.held.iter().map(|why| format!("stays shut: {why}")));
        told.extend(self.refused.iter().map(|code| format!("refused {code}")));
        let shown = self.reports.iter().filter(|(code, _)| ALWAYS_EXAMINED.contains(code));
        told.extend(shown.map(|(code, body)| format!("{code} {body}")));
        let answer = self.answer.as_ref().filter(|answer| !answer.is_null());
        told.extend(answer.map(|answer| format!("answer {answer}")));
        if told.is_empty() { "nothing".to_owned() } else { told.join(",\n        ") }
    }
}

impl Play {
    /// What is otherwise than wanted; barriers, records, money and events that nobody wanted are, too.
    pub fn complaints(&self, wanted: &[Wanted]) -> Vec<String> {
        let happened = &self.happened;
        let mut complaints: Vec<String> = wanted.iter().filter_map(|one| self.lacks(one)).collect();
        let opens: Vec<_> = wanted
            .iter()
            .filter_map(|one| if let Wanted::Opens(lane) = one { Some(*lane) } else { None })
            .collect();
        let as_wanted =
            |(wanted, lane): (&Option<usize>, &usize)| wanted.is_none_or(|w| w == *lane);
        if opens.len() != happened.opened.len()
            || !opens.iter().zip(&happened.opened).all(as_wanted)
        {
            complaints.push(format!("expected: {} barriers to open", opens.len()));
        }
        if !wanted.iter().any(|one| matches!(one, Wanted::Refused(_))) && happened.refused.is_some()
        {
            complaints.push("expected: no refusal".to_owned());
        }
        let named: Vec<_> = wanted
            .iter()
            .filter_map(|one| if let Wanted::Report(code, _) = one { Some(*code) } else { None })
            .collect();
        let examined = |code: &u16| ALWAYS_EXAMINED.contains(code) || named.contains(code);
        let came: Vec<_> =
            happened.reports.iter().map(|(code, _)| *code).filter(examined).collect();
        if came == named {
            let fields = wanted.iter().filter_map(|one| match one {
                Wanted::Report(_, fields) => Some(fields),
                _ => None,
            });
            let bodies = happened.reports.iter().filter(|(code, _)| examined(code));
            for (fields, (code, body)) in fields.zip(bodies) {
                complaints.extend(differences(&code.to_string(), fields, body));
            }
        } else {
            complaints.push(format!("expected reports: {named:?}, came: {came:?}"));
        }
        complaints
    }

    pub fn lacks(&self, wanted: &Wanted) -> Option<String> {
        let happened = &self.happened;
        let newest = |code, about: &dyn Fn(&Value) -> bool| {
            self.lot.reports(code).into_iter().rfind(|report| about(report)).unwrap_or_default()
        };
        let other = |what: &str, wanted: &i64, is: &Value| {
            (*is != json!(wanted)).then(|| format!("expected: {what} {wanted}, is: {is}"))
        };
        match wanted {
            Wanted::Closes if happened.closed == 0 => Some("expected: closes".to_owned()),
            Wanted::Shut(Some(why)) if !happened.held.contains(why) => {
                Some(format!("expected: stays shut: {why}"))
            }
            Wanted::Refused(code) if happened.refused.is_none() => {
                Some(format!("expected: refused {}", code.as_deref().unwrap_or_default()))
            }
            Wanted::Refused(Some(code)) if happened.refused.as_ref() != Some(code) => {
                Some(format!("expected: refused {code}"))
            }
            Wanted::Due(money) => {
                let answer = happened.answer.clone().unwrap_or_default();
                let sum = |name: &str| answer[name].to_string().parse().unwrap_or(Money::ZERO);
                let due = sum("receivables").less(sum("discount")).less(sum("paidAmount"));
                let is = if answer.is_null() { "nothing".to_owned() } else { due.to_string() };
                (is != *money).then(|| format!("expected: due {money}, is: due {is}"))
            }
            Wanted::Answer(fields) => {
                let answer = happened.answer.clone().unwrap_or_default();
                let differing = differences("answer", fields, &answer);
                (!differing.is_empty()).then(|| differing.join("\n    "))
            }
            Wanted::Count(name, number) => other(name, number, &newest(5003, &|_| true)[*name]),
            Wanted::Space(space, state) => {
                let report = newest(5001, &|one| one["spaceNo"] == space.as_str());
                other(&format!("space {space} in state"), state, &report["state"])
            }
            Wanted::Lane(lane, state) => {
                let id = self.lot.rules.lanes[*lane].id.to_string();
                let report = newest(5011, &|one| one["entranceID"] == id);
                other(&format!("{} in state", lane_name(*lane)), state, &report["state"])
            }
            Wanted::Question if happened.questions.is_empty() => {
                Some("expected: asks for contract".to_owned())
            }
            Wanted::Shows(scene) if !happened.shown.contains(scene) => {
                Some(format!("expected: shows {scene}, shown: {:?}", happened.shown))
            }
            _ => None,
        }
    }
}

/// Fields that are otherwise than wanted; a time of day stands for a moment of that day, `none` for nothing.
pub fn differences(what: &str, fields: &[(String, String)], body: &Value) -> Vec<String> {
    let mut differing = Vec::new();
    for (name, wanted) in fields {
        let found = find(name, body).filter(|value| **value != json!(""));
        let is = match found {
            None | Some(Value::Null) => "none".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let time_of_day = clock(wanted).is_some() && is.get(11..16) == Some(wanted);
        if is != *wanted && !time_of_day {
            differing.push(format!("expected: {what} {name} {wanted}, is: {is}"));
        }
    }
    differing
}

/// A field by its name, however deep.
pub fn find<'a>(name: &str, body: &'a Value) -> Option<&'a Value> {
    let map = body.as_object()?;
    map.get(name).or_else(|| map.values().find_map(|value| find(name, value)))
}
