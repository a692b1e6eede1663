//! What has come of each step, with ids that are drawn at random called by the order they came in: two runs
//! of one day can be compared.

use super::drive::Phase;
use crate::prelude::*;
use lotgate::standard::envelope::Reply;
use std::collections::HashMap;

#[derive(Default)]
pub struct Diary {
    pub pages: Vec<String>,
    page: String,
    names: HashMap<String, usize>,
}

/// Attributes whose values are drawn by the lot.
const DRAWN: [&str; 4] = ["id", "recordId", "orderNo", "chargeIdList"];

impl Diary {
    pub fn replied(&mut self, reply: &Reply) {
        let data = json!(reply.data);
        let line = format!("answers {} {}\n", reply.result_code, self.plain(&data, false));
        self.page.push_str(&line);
    }

    pub fn note(&mut self, seen: &Phase, fresh: &[(u16, Value)]) {
        let mut page = std::mem::take(&mut self.page);
        page += &format!("opens {:?}, holds {:?}\n", seen.opens, seen.held);
        for (code, body) in fresh {
            page += &format!("{code} {}\n", self.plain(body, false));
        }
        self.pages.push(page);
    }

    fn plain(&mut self, value: &Value, drawn: bool) -> Value {
        match value {
            Value::String(text) if drawn => {
                let next = self.names.len();
                json!(format!("#{}", self.names.entry(text.to_lowercase()).or_insert(next)))
            }
            Value::Array(all) => all.iter().map(|one| self.plain(one, drawn)).collect(),
            Value::Object(map) => {
                let plain = |(name, value): (&String, &Value)| {
                    (name.clone(), self.plain(value, DRAWN.contains(&name.as_str())))
                };
                Value::Object(map.iter().map(plain).collect())
            }
            other => other.clone(),
        }
    }
}
