//! The two languages, and what has words in them. For every file of sentences beside it.

/// A language of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// From a locale such as `zh_CN.UTF-8`; anything but Chinese is English.
    pub fn from_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// From `LC_ALL`, `LC_MESSAGES` and `LANG`, in that order.
    pub fn from_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        Self::from_locale(&locale.unwrap_or_default())
    }
}

/// What has words.
pub trait Words {
    /// The words.
    fn text(&self, lang: Lang) -> String;
}

/// One sentence in both languages, of which the reader's is made; one line, whatever foreign text stands in it.
macro_rules! say {
    ($lang:expr, $zh:literal, $en:literal) => {
        $crate::lang::sentence(match $lang {
            $crate::lang::Lang::Zh => format!($zh),
            $crate::lang::Lang::En => format!($en),
        })
    };
}
pub(crate) use say;

/// How a moment stands to this box's clock: so many seconds behind it, before it when negative.
pub(super) fn beside_our_clock(seconds: i64, lang: Lang) -> String {
    let by = seconds.unsigned_abs();
    if seconds < 0 {
        say!(lang, "比本机时钟快 {by} 秒", "{by} s ahead of this box's clock")
    } else {
        say!(lang, "比本机时钟慢 {by} 秒", "{by} s behind this box's clock")
    }
}
