//! Table 13's `shareOrderId`: ten characters for the number of an order that table 79 gives 32.

/// How a share's id is written where only ten characters have room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShareOrderIdStyle {
    /// As it is when it fits; else it is left out.
    #[default]
    Fitting,
    /// Its last ten characters.
    LastTen,
    /// As it is, however long: the platform takes more than its table prints.
    Whole,
}

const LENGTH: usize = 10;

impl ShareOrderIdStyle {
    /// The attribute of a share's id.
    pub fn of(self, id: &str) -> Option<String> {
        let length = id.chars().count();
        match self {
            Self::Fitting => (length <= LENGTH).then(|| id.to_owned()),
            Self::LastTen => Some(id.chars().skip(length.saturating_sub(LENGTH)).collect()),
            Self::Whole => Some(id.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_is_left_out_cut_or_written_whole() {
        let long = "ff8080814d9be81f014d9beb81090003";
        let written = |style: ShareOrderIdStyle| style.of(long);
        assert_eq!(written(ShareOrderIdStyle::Fitting), None);
        assert_eq!(written(ShareOrderIdStyle::LastTen).as_deref(), Some("eb81090003"));
        assert_eq!(written(ShareOrderIdStyle::Whole).as_deref(), Some(long));
        assert_eq!(ShareOrderIdStyle::Fitting.of("12345").as_deref(), Some("12345"));
        assert_eq!(ShareOrderIdStyle::LastTen.of("12345").as_deref(), Some("12345"));
    }
}
