//! A picture that is too large for the platform made smaller, in memory: coarser first, then of fewer pixels. For the
//! images; pure, and slow (seconds on a small box).

use jpeg_encoder::{ColorType, Encoder};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// How large a smaller one is at most, in bytes: what any platform takes, and people can still read a plate in it.
const LARGE_ENOUGH: usize = 200_000;
/// And not more than this part of what was too large.
const PART: usize = 4;
/// Larger ones are not decoded, in pixels: a camera has 8.3 million at most. While one is decoded it takes up to 9 bytes a
/// pixel, whatever the size of its file.
const MOST_PIXELS: usize = 9_000_000;
/// Of 100.
const QUALITY: u8 = 70;
/// So many pixels of a side become one, the least first.
const SCALES: [usize; 5] = [1, 2, 3, 4, 6];
const RGB: usize = 3;

/// The picture as a smaller JPEG; none where it cannot be decoded, has too many pixels or does not become small enough.
pub fn smaller_picture(picture: &[u8]) -> Option<Vec<u8>> {
    let enough = LARGE_ENOUGH.min(picture.len() / PART);
    let whole = Pixels::decoded(picture)?;
    SCALES.iter().find_map(|scale| {
        let encoded = match *scale {
            1 => whole.encoded()?,
            scale => whole.scaled_down(scale)?.encoded()?,
        };
        (encoded.len() <= enough).then_some(encoded)
    })
}

/// Three bytes each.
struct Pixels {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Pixels {
    fn decoded(picture: &[u8]) -> Option<Self> {
        let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(picture), options);
        decoder.decode_headers().ok()?;
        let info = decoder.info()?;
        let (width, height) = (usize::from(info.width), usize::from(info.height));
        let pixels =
            width.checked_mul(height).filter(|pixels| (1..=MOST_PIXELS).contains(pixels))?;
        let bytes = decoder.decode().ok()?;
        (bytes.len() == pixels * RGB).then_some(Self { width, height, bytes })
    }

    /// The mean of each square of pixels; what is left over at the right and below goes.
    fn scaled_down(&self, scale: usize) -> Option<Self> {
        let (width, height) = (self.width / scale, self.height / scale);
        if width == 0 || height == 0 {
            return None;
        }
        let row = self.width * RGB;
        let mut bytes = Vec::with_capacity(width * height * RGB);
        let of_each = u32::try_from(scale * scale).ok()?;
        for rows in self.bytes.chunks_exact(row * scale) {
            let mut sums = vec![0_u32; width * RGB];
            for row in rows.chunks_exact(row) {
                for (sum, pixels) in sums.chunks_exact_mut(RGB).zip(row.chunks_exact(RGB * scale)) {
                    for (at, value) in pixels.iter().enumerate() {
                        if let Some(sum) = sum.get_mut(at % RGB) {
                            *sum += u32::from(*value);
                        }
                    }
                }
            }
            bytes.extend(sums.iter().map(|sum| u8::try_from(sum / of_each).unwrap_or(u8::MAX)));
        }
        Some(Self { width, height, bytes })
    }

    fn encoded(&self) -> Option<Vec<u8>> {
        let (width, height) = (u16::try_from(self.width).ok()?, u16::try_from(self.height).ok()?);
        let mut jpeg = Vec::new();
        let encoder = Encoder::new(&mut jpeg, QUALITY);
        encoder.encode(&self.bytes, width, height, ColorType::Rgb).ok()?;
        Some(jpeg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that is hard to make small: every pixel another, by a sum of its place.
    fn noise(width: u16, height: u16, quality: u8) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let pixels = usize::from(width) * usize::from(height) * RGB;
        encoded_by(width, height, &(0..pixels).map(|_| next()).collect::<Vec<_>>(), |encoder| {
            encoder.set_quality(quality);
        })
    }

    fn encoded_by(
        width: u16,
        height: u16,
        bytes: &[u8],
        with: impl FnOnce(&mut Encoder<&mut Vec<u8>>),
    ) -> Vec<u8> {
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 90);
        with(&mut encoder);
        encoder.encode(bytes, width, height, ColorType::Rgb).unwrap();
        jpeg
    }

    fn size_of(jpeg: &[u8]) -> (usize, usize) {
        let decoded = Pixels::decoded(jpeg).unwrap();
        (decoded.width, decoded.height)
    }

    #[test]
    fn a_large_picture_becomes_small_enough_and_keeps_its_form() {
        for (width, height) in [(1280, 720), (1921, 1083), (701, 1302)] {
            let large = noise(width, height, 95);
            let small = smaller_picture(&large).unwrap();
            assert!(small.len() <= LARGE_ENOUGH && small.len() <= large.len() / PART);
            let (wide, high) = size_of(&small);
            let scale = usize::from(width) / wide;
            assert_eq!((wide, high), (usize::from(width) / scale, usize::from(height) / scale));
        }
    }

    #[test]
    fn what_is_only_written_with_too_much_care_keeps_its_pixels() {
        let grey: Vec<u8> = (0..640 * 480_u32)
            .flat_map(|at| [100 + u8::try_from(at * 7 % 5).unwrap(); RGB])
            .collect();
        let large = encoded_by(640, 480, &grey, |encoder| encoder.set_quality(100));
        assert_eq!(size_of(&smaller_picture(&large).unwrap()), (640, 480));
    }

    #[test]
    fn colours_stay_what_they_are() {
        let blue: Vec<u8> = (0..64 * 64).flat_map(|_| [20, 60, 200]).collect();
        let whole = Pixels { width: 64, height: 64, bytes: blue };
        let small = whole.scaled_down(3).unwrap();
        assert_eq!((small.width, small.height), (21, 21));
        let again = Pixels::decoded(&small.encoded().unwrap()).unwrap();
        for pixel in again.bytes.chunks_exact(RGB) {
            let near = pixel.iter().zip([20, 60, 200]).all(|(is, was)| is.abs_diff(was) < 8);
            assert!(near, "{pixel:?}");
        }
    }

    #[test]
    fn a_few_bytes_that_claim_to_be_a_vast_picture_are_not_decoded() {
        let mut bomb = noise(16, 16, 90);
        let frame = bomb.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        for (height, width) in [(u16::MAX, u16::MAX), (3001, 3000), (1, u16::MAX), (0, 16)] {
            bomb[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
            bomb[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
            assert_eq!(smaller_picture(&bomb), None, "{height} {width}");
        }
    }

    #[test]
    fn what_is_no_picture_or_half_of_one_ends_nothing() {
        let whole = noise(200, 100, 80);
        let progressive = encoded_by(64, 64, &[7; 64 * 64 * RGB], |encoder| {
            encoder.set_progressive(true);
        });
        assert_eq!(size_of(&progressive), (64, 64));
        for cut in (0..whole.len()).step_by(97) {
            let _ = smaller_picture(&whole[..cut]);
        }
        for (picture, step) in [(&whole, 5), (&progressive, 1)] {
            for at in (0..picture.len().min(4000)).step_by(step) {
                let mut torn = picture.clone();
                torn[at] ^= 0xff;
                let _ = smaller_picture(&torn);
            }
        }
        assert_eq!(smaller_picture(b""), None);
        assert_eq!(smaller_picture(b"\xff\xd8\xff<html>"), None);
    }
}
