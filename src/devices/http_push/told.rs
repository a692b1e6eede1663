//! What was told already: a camera that is wrong is wrong again and again, and once is enough.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// It is told again after so long: somebody may have missed it.
const AGAIN: Duration = Duration::from_secs(86_400);
/// So many things are remembered; beyond that nothing new is told.
const MOST: usize = 256;

/// Who was told of, and what.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashMap<(String, String), Instant>>);

impl Told {
    /// Whether this is to be told: not where it was since yesterday.
    pub fn first(&self, who: &str, what: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST {
            told.retain(|_, at| at.elapsed() < AGAIN);
        }
        let what = what.chars().take(80).collect();
        let key = (who.to_owned(), what);
        let known = told.get(&key).is_some_and(|at| at.elapsed() < AGAIN);
        if known || told.len() >= MOST {
            return false;
        }
        told.insert(key, Instant::now());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_of_each_and_there_is_an_end_to_it() {
        let told = Told::default();
        assert!(told.first("a", "x") && told.first("b", "x") && told.first("a", "y"));
        assert!(!told.first("a", "x") && !told.first("b", "x"));
        let more = (0..1000).filter(|number| told.first("c", &number.to_string())).count();
        assert_eq!(more, MOST - 3);
    }
}
