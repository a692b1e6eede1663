//! What displays show and say where the configuration says nothing else. A place in braces is filled in
//! by the display's driver.

use super::Lang;

/// An occasion's lines and what is said.
pub fn words(occasion: &str, lang: Lang) -> (Vec<String>, String) {
    let (lines, voice): (&[&str], &str) = match (occasion, lang) {
        ("idle", Lang::Zh) => (&["一车一杆", "余位 {unused}"], ""),
        ("idle", Lang::En) => (&["ONE CAR", "FREE {unused}"], ""),
        ("welcome", Lang::Zh) => (&["{plate}", "欢迎光临"], "{plate}，欢迎光临"),
        ("welcome", Lang::En) => (&["{plate}", "WELCOME"], "welcome"),
        ("goodbye", Lang::Zh) => (&["{plate}", "一路平安"], "{plate}，一路平安"),
        ("goodbye", Lang::En) => (&["{plate}", "GOODBYE"], "goodbye"),
        ("fee", Lang::Zh) => (&["{plate}", "{fee}元"], "{plate}，请缴费{fee}元"),
        ("fee", Lang::En) => (&["{plate}", "{fee} YUAN"], "{fee} yuan, please"),
        ("full", Lang::Zh) => (&["{plate}", "车位已满"], "车位已满"),
        ("full", Lang::En) => (&["{plate}", "FULL"], "the lot is full"),
        (_, Lang::Zh) => (&["{plate}", "{reason}"], "请联系管理员"),
        (_, Lang::En) => (&["{plate}", "PLEASE WAIT"], "please call the attendant"),
    };
    (lines.iter().map(|line| (*line).to_owned()).collect(), voice.to_owned())
}
