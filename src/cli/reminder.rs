//! Says again and again what `check` refuses of a configuration that the gateway runs with. For `lotgate run`.

use crate::config::Finding;
use crate::lang::{Lang, Words as _};
use crate::model::happening::Happening;
use crate::teller::Teller;
use std::time::Duration;
use tokio::sync::watch;

/// What `check` refuses of what was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RefusedThings {
    count: usize,
    first: String,
}

/// What `check` refuses; nothing where it refuses nothing.
pub(super) fn refused(findings: &[Finding], lang: Lang) -> Option<RefusedThings> {
    let refused = || findings.iter().filter(|found| found.is_refused());
    // What is unsafe before what is odd about the lot.
    let first = refused().min_by_key(|found| found.problem.is_of_lot())?;
    let first = format!("{}: {}", first.place(), first.problem.text(lang));
    Some(RefusedThings { count: refused().count(), first })
}

/// Tells it now, whenever it changes, and so often besides; for ever.
pub(super) async fn remind(
    mut refused: watch::Receiver<Option<RefusedThings>>,
    teller: Teller,
    every: Duration,
) {
    loop {
        if let Some(RefusedThings { count, first }) = refused.borrow_and_update().clone() {
            teller.tell(Happening::ConfigurationRefused { count, first });
        }
        tokio::select! {
            changed = refused.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(every) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_refused_is_told_at_once_when_it_changes_and_again_and_again() {
        let teller = Teller::default();
        let mut told = teller.listen();
        let things = |count| Some(RefusedThings { count, first: "first".to_owned() });
        let (refused, remind_of) = watch::channel(things(2));
        let reminding = tokio::spawn(remind(remind_of, teller, Duration::from_millis(2)));
        let mut next = async || match told.recv().await.unwrap() {
            Happening::ConfigurationRefused { count, .. } => count,
            other => panic!("{other:?}"),
        };
        assert_eq!((next().await, next().await, next().await), (2, 2, 2));
        refused.send_replace(things(1));
        while next().await == 2 {}
        refused.send_replace(None);
        reminding.abort();
    }
}
