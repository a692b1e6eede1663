//! The words of a phrase: what each open place takes, which phrase a text is, which is the nearest.

use super::play::LANES;
use crate::prelude::*;
use jiff::civil::{Date, DateTime, Time};
use lotgate::standard::plate::PlateNo;
use lotgate::standard::ticket_number::is_ticket_number;
use std::collections::HashMap;

/// The words a phrase leaves open, by name; [`fits`] says what each takes.
pub type Said = HashMap<&'static str, String>;
pub type Phrase<T> = (&'static str, T);

/// Whether a word may stand where a phrase has this name; `words`, `plates` and `fields` take several.
pub fn fits(name: &str, word: &str) -> bool {
    match name {
        "plate" | "new" | "plates" | "other" => {
            (word.chars().count() >= 7 || is_ticket_number(word)) && word.parse::<PlateNo>().is_ok()
        }
        "lane" => LANES.iter().any(|(known, _)| *known == word),
        "time" | "from" | "until" => clock(word).is_some() || word.parse::<DateTime>().is_ok(),
        "first" | "last" => word.parse::<Date>().is_ok(),
        "money" | "discount" => word.parse::<Money>().is_ok(),
        "number" => word.parse::<i64>().is_ok(),
        "hours" => word.parse::<f64>().is_ok(),
        "report" => word.len() == 4 && word.parse::<u16>().is_ok(),
        "text" => word.parse::<PlateNo>().is_ok(),
        _ => true,
    }
}

pub fn slot(word: &'static str) -> Option<&'static str> {
    word.strip_prefix('{')?.strip_suffix('}')
}

pub fn matched(pattern: &[&'static str], words: &[&str]) -> Option<Said> {
    let Some((first, rest)) = pattern.split_first() else {
        return words.is_empty().then(Said::new);
    };
    let Some(name) = slot(first) else {
        return matched(rest, words.strip_prefix(&[*first])?);
    };
    let several = matches!(name, "words" | "plates" | "fields");
    let most = if several { words.len() } else { words.len().min(1) };
    (1..=most).take_while(|taken| fits(name, words[taken - 1])).find_map(|taken| {
        let mut said = matched(rest, &words[taken..])?;
        said.insert(name, words[..taken].join(" "));
        Some(said)
    })
}

/// The phrase that a text is, or the nearest one.
pub fn understand<T: Copy>(phrases: &[Phrase<T>], text: &str) -> Result<(T, Said), String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let found = phrases.iter().find_map(|(pattern, meaning)| {
        Some((*meaning, matched(&pattern.split(' ').collect::<Vec<_>>(), &words)?))
    });
    found.ok_or_else(|| {
        let near = |pattern: &str| distance(&pattern.split(' ').collect::<Vec<_>>(), &words);
        let by_nearness = |a: &&str, b: &&str| near(a).total_cmp(&near(b));
        let nearest = phrases.iter().map(|(pattern, _)| *pattern).min_by(by_nearness);
        format!("no such phrase: `{text}`\n    nearest: {}", nearest.unwrap_or_default())
    })
}

/// How many words must become others before the words are the pattern.
pub fn distance(pattern: &[&str], words: &[&str]) -> f64 {
    let mut row: Vec<f64> = (0_u32..).take(words.len() + 1).map(f64::from).collect();
    for wanted in pattern {
        let mut diagonal = row[0];
        row[0] += 1.0;
        for (place, word) in words.iter().enumerate() {
            let open = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            let other = match open {
                Some(name) if fits(name, word) => 0.1,
                Some(_) => 0.6,
                None => 1.0 - strsim::normalized_levenshtein(wanted, word),
            };
            let best = (diagonal + other).min(row[place] + 1.0).min(row[place + 1] + 1.0);
            diagonal = std::mem::replace(&mut row[place + 1], best);
        }
    }
    row[words.len()]
}

pub fn clock(word: &str) -> Option<Time> {
    word.contains(':').then(|| word.parse().ok())?
}

pub fn number(said: &Said, name: &str) -> i64 {
    said[name].parse().unwrap()
}

pub fn pairs(words: &str) -> Vec<(String, String)> {
    let words: Vec<_> = words.split(' ').map(str::to_owned).collect();
    words
        .chunks(2)
        .map(|pair| (pair[0].clone(), pair.get(1).cloned().unwrap_or_default()))
        .collect()
}
