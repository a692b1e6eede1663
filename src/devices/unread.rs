//! Messages of a device that come and of which none can be read: told when several came and none that could be, and when one can be
//! again. For the tasks of devices; it knows none of them.

use super::context::DeviceContext;
use crate::model::happening::Happening;

/// So many in a row: one or two may be of something else.
const IN_A_ROW: u32 = 3;
/// A device that is read in between is not told of again and again: after each time it takes twice as many, up to so many.
const MOST: u32 = 1000;
/// Longer words are cut.
const SHOWN: usize = 200;

/// What of a device's messages can be read.
#[derive(Debug)]
pub struct Unread {
    device: String,
    in_a_row: u32,
    after: u32,
    told: bool,
}

impl Unread {
    /// Nothing came yet of the device of that name.
    pub fn new(device: &str) -> Self {
        Self { device: device.to_owned(), in_a_row: 0, after: IN_A_ROW, told: false }
    }

    /// One came that cannot be read, and why.
    #[must_use]
    pub fn unreadable(&mut self, error: &str) -> Option<Happening> {
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.told || self.in_a_row < self.after {
            return None;
        }
        self.told = true;
        let error = error.chars().take(SHOWN).collect();
        Some(Happening::NothingReadable { device: self.device.clone(), error })
    }

    /// One came that says what is wanted of the device.
    #[must_use]
    pub fn read(&mut self) -> Option<Happening> {
        self.in_a_row = 0;
        if !std::mem::take(&mut self.told) {
            return None;
        }
        self.after = self.after.saturating_mul(2).min(MOST);
        Some(Happening::ReadableAgain { device: self.device.clone() })
    }
}

/// Tells it, where there is something to tell.
pub(super) fn tell(context: &DeviceContext, happening: Option<Happening>) {
    if let Some(happening) = happening {
        context.teller.tell(happening);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_at_the_third_message_in_a_row_and_once_until_it_is_read() {
        let mut unread = Unread::new("入口相机");
        let named = |happening: Option<Happening>| match happening {
            Some(Happening::NothingReadable { device, error }) => {
                device == "入口相机" && error == "no JSON"
            }
            None => false,
            other => panic!("{other:?}"),
        };
        for one in [false, false, true, false, false] {
            assert_eq!(named(unread.unreadable("no JSON")), one);
        }
        assert!(matches!(unread.read(), Some(Happening::ReadableAgain { .. })));
        assert_eq!(unread.read(), None);
        // A message of something else beside each read accuses nobody.
        for _ in 0..20 {
            assert_eq!(
                (unread.unreadable("?"), unread.unreadable("?"), unread.read()),
                (None, None, None)
            );
        }
        for one in [false, false, false, false, false, true] {
            assert_eq!(named(unread.unreadable("no JSON")), one, "twice as many");
        }
    }
}
