//! The texts of a picture's form (2001): by table 42, or as D.8 prints them where a platform was built from
//! the example. Pure; how they are sent is the client's.

use crate::config::{Dialect, ImageNames, PickTime};
use crate::standard::datetime::DateTime;
use crate::store::Image;
use jiff::{Timestamp, tz::TimeZone};

/// The form's attributes beside the file, by their names.
pub fn attributes(
    image: &Image,
    dialect: &Dialect,
    time_zone: &TimeZone,
    now: Timestamp,
) -> [(&'static str, String); 5] {
    let file_name = match dialect.image_names {
        ImageNames::Table => "fileName",
        ImageNames::Example => "filename",
    };
    let pick_time = match dialect.pick_time {
        PickTime::Seconds => image.pick_time.as_second().to_string(),
        PickTime::Text => DateTime::at(image.pick_time, time_zone).to_string(),
    };
    [
        (file_name, image.file_name.clone()),
        ("imageBizType", image.biz_type.number().to_string()),
        ("destPath", image.dest_path.clone()),
        ("timestamp", now.as_second().to_string()),
        ("pickTime", pick_time),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standard::codes::ImageKind;

    #[test]
    fn a_picture_is_named_by_table_42_or_as_d_8_prints_it() {
        let moment = Timestamp::from_second(1_784_098_020).unwrap();
        let image = Image {
            id: 1,
            record_id: "r".into(),
            biz_type: ImageKind::EntryPlate,
            place: "a.jpg".to_owned(),
            file_name: "1_1_1.jpg".to_owned(),
            dest_path: "/20260715/p/r/".to_owned(),
            pick_time: moment,
            bytes: 1,
            refusals: 0,
            refused_for: std::time::Duration::ZERO,
        };
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let texts = |dialect: &Dialect| attributes(&image, dialect, &zone, moment);
        let mut dialect = Dialect::default();
        assert_eq!(texts(&dialect)[0], ("fileName", "1_1_1.jpg".to_owned()));
        assert_eq!(texts(&dialect)[4], ("pickTime", "1784098020".to_owned()));
        dialect.image_names = ImageNames::Example;
        dialect.pick_time = PickTime::Text;
        assert_eq!(texts(&dialect)[0], ("filename", "1_1_1.jpg".to_owned()));
        assert_eq!(texts(&dialect)[4], ("pickTime", "2026-07-15 14:47:00".to_owned()));
    }
}
