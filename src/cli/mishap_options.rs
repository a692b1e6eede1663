//! What shall go wrong at simulated lanes, as options.

use crate::sim::mishaps::Mishaps;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct MishapOptions {
    /// So many plates are misread, as cameras misread them.
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = share)]
    misreads: f64,
    /// At so many cars no plate is found.
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = share)]
    plateless: f64,
    /// So many reads are told twice.
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = share)]
    twice: f64,
    /// So many commands are not heard, and not answered.
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = share)]
    unheard: f64,
    /// What goes wrong is drawn by this number, the same each time.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

impl From<MishapOptions> for Mishaps {
    fn from(options: MishapOptions) -> Self {
        let MishapOptions { misreads, plateless, twice, unheard, seed } = options;
        Self { misreads, plateless, twice, unheard, seed }
    }
}

/// A share of 1, written `2%`.
fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let share = percent.map(|percent| percent / 100.0).filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "write a share from 0% to 100%, e.g. 2% or 0.5%".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5%"), Ok(0.005));
        for wrong in ["2", "0.02", "101%", "-1%", "%", "NaN%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
