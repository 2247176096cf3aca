//! Pictures of faces: checked, made small, and drawn for people who do not exist.
//!
//! The small picture is WebP: of the same face in 1,000 bytes, JPEG spends 600 on tables and keeps
//! blocks of 16 pixels, WebP keeps the features. The large one is JPEG, which ISO 18013-5 asks for.

use super::MAX_PORTRAIT_SMALL;
use image::{ImageFormat, ImageReader, RgbImage, codecs::jpeg::JpegEncoder, imageops};
use std::io::Cursor;

/// Width and height of the small picture.
pub const SMALL: (u32, u32) = (72, 90);
/// No picture is decoded that is larger in either direction.
const MAX_SIDE: u32 = 4096;

/// Why a picture was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortraitError {
    /// Too many bytes.
    #[error("the picture is larger than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// Neither JPEG nor WebP, or damaged.
    #[error("the picture is not a JPEG or WebP file that can be read")]
    Format,
    /// It could not be made small enough, which no face needs.
    #[error("the picture cannot be made as small as a code on a screen needs")]
    NotSmall,
}

/// Checks that `bytes` are a JPEG or WebP picture of at most `max` bytes, by decoding it.
///
/// # Errors
/// [`PortraitError`] by what does not hold.
pub fn check(bytes: &[u8], max: usize) -> Result<(), PortraitError> {
    if bytes.len() > max {
        return Err(PortraitError::TooLarge { max });
    }
    decode(bytes).map(|_| ())
}

/// The small picture of a large one: the upper middle, where a face is, at [`SMALL`], in WebP of at
/// most [`MAX_PORTRAIT_SMALL`] bytes.
///
/// # Errors
/// [`PortraitError`] when it cannot be read or made small.
pub fn small_from(portrait: &[u8]) -> Result<Vec<u8>, PortraitError> {
    small(&decode(portrait)?)
}

/// The extension of a picture's file.
#[must_use]
pub fn extension(bytes: &[u8]) -> &'static str {
    match image::guess_format(bytes) {
        Ok(ImageFormat::WebP) => "webp",
        _ => "jpg",
    }
}

/// The media type of a picture.
#[must_use]
pub fn media_type(bytes: &[u8]) -> &'static str {
    match image::guess_format(bytes) {
        Ok(ImageFormat::WebP) => "image/webp",
        _ => "image/jpeg",
    }
}

pub(super) fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, PortraitError> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 82).encode_image(picture).map_err(|_| PortraitError::Format)?;
    Ok(out)
}

pub(super) fn small(picture: &RgbImage) -> Result<Vec<u8>, PortraitError> {
    let (width, height) = picture.dimensions();
    // The largest part of the right shape, from the top down when there is height to spare.
    let wide = (width * SMALL.1 / SMALL.0).min(height);
    let (crop_width, crop_height) = (wide * SMALL.0 / SMALL.1, wide);
    let crop =
        imageops::crop_imm(picture, (width - crop_width) / 2, 0, crop_width.max(1), crop_height.max(1));
    let scaled = imageops::resize(&crop.to_image(), SMALL.0, SMALL.1, imageops::FilterType::Lanczos3);
    let encoder = webp::Encoder::from_rgb(scaled.as_raw(), SMALL.0, SMALL.1);
    let mut config = webp::WebPConfig::new().map_err(|()| PortraitError::NotSmall)?;
    config.method = 6;
    config.sns_strength = 70;
    config.filter_strength = 30;
    // The best quality that fits: size grows with it, so halve the interval.
    let (mut low, mut high, mut best) = (0u8, 100u8, None);
    while low <= high {
        let quality = low.midpoint(high);
        config.quality = f32::from(quality);
        let encoded = encoder.encode_advanced(&config).map_err(|_| PortraitError::NotSmall)?;
        if encoded.len() <= MAX_PORTRAIT_SMALL {
            best = Some(encoded.to_vec());
            low = quality + 1;
        } else if quality == 0 {
            break;
        } else {
            high = quality - 1;
        }
    }
    best.ok_or(PortraitError::NotSmall)
}

fn decode(bytes: &[u8]) -> Result<RgbImage, PortraitError> {
    let format = image::guess_format(bytes).map_err(|_| PortraitError::Format)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(PortraitError::Format);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(128 << 20);
    reader.limits(limits);
    Ok(reader.decode().map_err(|_| PortraitError::Format)?.into_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_picture_and_formats_that_are_not_taken() {
        assert_eq!(check(b"GIF89a", 100), Err(PortraitError::Format));
        assert_eq!(check(&[0xff, 0xd8, 0xff, 0xe0, 0, 0], 100), Err(PortraitError::Format));
        assert_eq!(check(&[0; 101], 100), Err(PortraitError::TooLarge { max: 100 }));
    }

    #[test]
    fn a_picture_of_any_shape_becomes_small_in_the_right_one() {
        for (width, height) in [(300, 300), (200, 600), (600, 200), (72, 90), (1, 1)] {
            let noise = RgbImage::from_fn(width, height, |x, y| {
                image::Rgb([(x * 37 % 251) as u8, (y * 91 % 241) as u8, ((x * y) % 239) as u8])
            });
            let small = small_from(&jpeg(&noise).unwrap()).unwrap();
            assert!(small.len() <= MAX_PORTRAIT_SMALL, "{}", small.len());
            assert_eq!(decode(&small).unwrap().dimensions(), SMALL);
            assert_eq!(media_type(&small), "image/webp");
        }
    }
}
