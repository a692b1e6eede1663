//! What displays show and say where the configuration says nothing else. A place in braces is filled in
//! by the display's driver.

use super::{Lang, say};
use crate::model::outcome::Occasion;

/// Why a car may not pass whose read could not be taken.
pub fn call_staff(lang: Lang) -> String {
    say!(lang, "请人工处理", "CALL STAFF")
}

/// An occasion's lines and what is said.
pub fn words(occasion: Occasion, lang: Lang) -> (Vec<String>, String) {
    let (lines, voice): (&[&str], &str) = match (occasion, lang) {
        (Occasion::Idle, Lang::Zh) => (&["一车一杆", "余位 {unused}"], ""),
        (Occasion::Idle, Lang::En) => (&["ONE CAR", "FREE {unused}"], ""),
        (Occasion::Welcome, Lang::Zh) => (&["{plate}", "欢迎光临"], "{plate}，欢迎光临"),
        (Occasion::Welcome, Lang::En) => (&["{plate}", "WELCOME"], "welcome"),
        (Occasion::Contract, Lang::Zh) => (&["{plate}", "签约车辆"], "{plate}，签约车辆，欢迎光临"),
        (Occasion::Contract, Lang::En) => {
            (&["{plate}", "AUTO PAY"], "welcome, you pay automatically")
        }
        (Occasion::Goodbye, Lang::Zh) => (&["{plate}", "一路平安"], "{plate}，一路平安"),
        (Occasion::Goodbye, Lang::En) => (&["{plate}", "GOODBYE"], "goodbye"),
        (Occasion::Fee, Lang::Zh) => (&["{plate}", "{fee}元"], "{plate}，请缴费{fee}元"),
        (Occasion::Fee, Lang::En) => (&["{plate}", "{fee} YUAN"], "{fee} yuan, please"),
        (Occasion::Full, Lang::Zh) => (&["{plate}", "车位已满"], "车位已满"),
        (Occasion::Full, Lang::En) => (&["{plate}", "FULL"], "the lot is full"),
        (Occasion::Held, Lang::Zh) => (&["{plate}", "{reason}"], "请联系管理员"),
        (Occasion::Held, Lang::En) => (&["{plate}", "PLEASE WAIT"], "please call the attendant"),
    };
    (lines.iter().map(|line| (*line).to_owned()).collect(), voice.to_owned())
}
