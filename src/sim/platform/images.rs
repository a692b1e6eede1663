//! 2001: pictures as multipart forms, every field of table 42 checked.

use super::state::{BUSY, Shared, Uploaded};
use crate::standard::envelope::Reply;
use hyper::body::Bytes;
use std::collections::BTreeMap;

const FIELDS: [&str; 5] = ["fileName", "imageBizType", "destPath", "timestamp", "pickTime"];

/// Its reply, or the status it answers instead.
pub(super) async fn take(
    shared: &Shared,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<Reply, u16> {
    match read(content_type, body).await {
        Ok(uploaded) => {
            if let Some(answer) = refusal(shared, &uploaded) {
                return answer;
            }
            for fault in faults(&uploaded) {
                shared.violation(format!("2001: {fault}"));
            }
            let mut state = shared.lock();
            state.images.push(uploaded);
            Ok(Reply::ok(vec![]))
        }
        Err(what) => {
            shared.violation(format!("2001: {what}"));
            Ok(Reply::failed(&what))
        }
    }
}

fn refusal(shared: &Shared, uploaded: &Uploaded) -> Option<Result<Reply, u16>> {
    let state = shared.lock();
    let has = |text: &str| uploaded.fields.values().any(|field| field.contains(text));
    if let Some((_, status)) = state.image_status.iter().find(|(text, _)| has(text)) {
        return Some(Err(*status));
    }
    state.choking.iter().any(|text| has(text)).then(|| Ok(Reply::failed(BUSY)))
}

async fn read(content_type: Option<&str>, body: Bytes) -> Result<Uploaded, String> {
    let boundary =
        multer::parse_boundary(content_type.unwrap_or_default()).map_err(|e| e.to_string())?;
    let mut form = multer::Multipart::with_reader(body.as_ref(), boundary);
    let (mut fields, mut file) = (BTreeMap::new(), Bytes::new());
    while let Some(field) = form.next_field().await.map_err(|error| error.to_string())? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            file = field.bytes().await.map_err(|error| error.to_string())?;
        } else {
            fields.insert(name, field.text().await.map_err(|error| error.to_string())?);
        }
    }
    Ok(Uploaded { fields, file })
}

fn faults(uploaded: &Uploaded) -> Vec<String> {
    let mut faults = Vec::new();
    for name in FIELDS {
        if uploaded.fields.get(name).is_none_or(String::is_empty) {
            faults.push(format!("{name}: missing"));
        }
    }
    for name in uploaded.fields.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
        faults.push(format!("{name}: not an attribute of table 42"));
    }
    if uploaded.file.is_empty() {
        faults.push("file: missing".to_owned());
    }
    let field = |name: &str| uploaded.fields.get(name).map_or("", String::as_str);
    if !field("imageBizType").parse::<u8>().is_ok_and(|kind| (1..=9).contains(&kind)) {
        faults.push("imageBizType: must be 1 to 9".to_owned());
    }
    let parts: Vec<_> = field("destPath").split('/').collect();
    let day = parts.get(1).is_some_and(|day| day.len() == 8 && day.parse::<u32>().is_ok());
    if !day || parts.first() != Some(&"") || parts.last() != Some(&"") {
        faults.push(format!("destPath: {}", field("destPath")));
    }
    for name in ["timestamp", "pickTime"] {
        if field(name).parse::<i64>().is_err() {
            faults.push(format!("{name}: must be seconds"));
        }
    }
    faults
}
