//! Codes read from pixels: rxing first, rqrr where it finds nothing.

use super::frames::{self, FrameError};
use image::{AnimationDecoder, DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, Reader,
    common::{GlobalHistogramBinarizer, HybridBinarizer},
    qrcode::QRCodeReader,
};
use std::{collections::HashSet, io::Cursor};

/// Longest side of a picture that is looked at; larger ones are refused.
pub const MAX_SIDE: u32 = 8_192;
/// Most frames of an animation that are looked at.
pub const MAX_ANIMATION_FRAMES: usize = 64;
/// Most bytes of an image file.
pub const MAX_FILE: usize = 16 * 1024 * 1024;

/// Why no payload came out of image files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ScanError {
    /// Not a PNG, JPEG, GIF or WebP that we read.
    #[error("not an image that can be read")]
    NotAnImage,
    /// The file or the picture is larger than we look at.
    #[error("the image is too large")]
    TooLarge,
    /// No QR code was found.
    #[error("no code was found in the image")]
    NoCode,
    /// The frames found do not make one code.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Some frames of the code are missing.
    #[error("frames of the code are missing")]
    Incomplete,
}

/// The texts of the QR codes in `picture`; empty when none is found.
#[must_use]
pub fn decode(picture: &GrayImage) -> Vec<String> {
    if picture.width() == 0 || picture.height() == 0 {
        return Vec::new();
    }
    let found = with_rxing(picture);
    if found.is_empty() { with_rqrr(picture) } else { found }
}

/// The texts of the QR codes in an image file (PNG, JPEG, WebP; GIF with all its frames).
///
/// # Errors
/// [`ScanError`] when the file cannot be read or shows no code.
pub fn decode_file(bytes: &[u8]) -> Result<Vec<String>, ScanError> {
    let mut texts: Vec<String> = Vec::new();
    for picture in pictures(bytes)? {
        for text in decode(&picture) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    if texts.is_empty() { Err(ScanError::NoCode) } else { Ok(texts) }
}

/// The payload that the frames in these image files make, in any order.
///
/// # Errors
/// [`ScanError`] when a file cannot be read, no code is in any, frames of two codes are mixed, or
/// some are missing.
pub fn payload_of_files<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, ScanError> {
    let mut texts = Vec::new();
    for file in files {
        texts.extend(decode_file(file)?);
    }
    frames::join(texts.iter().map(String::as_str))?.ok_or(ScanError::Incomplete)
}

fn pictures(bytes: &[u8]) -> Result<Vec<GrayImage>, ScanError> {
    if bytes.len() > MAX_FILE {
        return Err(ScanError::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(256 * 1024 * 1024);
    let refused = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => ScanError::TooLarge,
        _ => ScanError::NotAnImage,
    };
    let format = image::guess_format(bytes).map_err(refused)?;
    if format == ImageFormat::Gif {
        let mut decoder = image::codecs::gif::GifDecoder::new(Cursor::new(bytes)).map_err(refused)?;
        decoder.set_limits(limits).map_err(refused)?;
        let frames = decoder.into_frames().take(MAX_ANIMATION_FRAMES);
        return frames
            .map(|frame| Ok(DynamicImage::ImageRgba8(frame.map_err(refused)?.into_buffer()).into_luma8()))
            .collect();
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    Ok(vec![flattened(reader.decode().map_err(refused)?)])
}

/// Transparent is paper: what has alpha is laid on white before its colours are dropped.
fn flattened(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let mut rgba = picture.into_rgba8();
    for pixel in rgba.pixels_mut() {
        let alpha = u16::from(pixel.0[3]);
        for channel in &mut pixel.0[..3] {
            let laid = (u16::from(*channel) * alpha + 255 * (255 - alpha)) / 255;
            *channel = u8::try_from(laid).unwrap_or(u8::MAX);
        }
        pixel.0[3] = 255;
    }
    DynamicImage::ImageRgba8(rgba).into_luma8()
}

fn with_rxing(picture: &GrayImage) -> Vec<String> {
    let source = || Luma8Source::new_with_slice(picture.as_raw(), picture.width(), picture.height());
    let hints = DecodeHints {
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE])),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let mut reader = QRCodeReader::new();
    // Local thresholds for uneven light; one threshold for the whole where blur defeats them.
    let found = source()
        .and_then(|s| reader.decode_with_hints(&mut BinaryBitmap::new(HybridBinarizer::new(s)), &hints))
        .or_else(|_| {
            let binarizer = GlobalHistogramBinarizer::new(source()?);
            reader.decode_with_hints(&mut BinaryBitmap::new(binarizer), &hints)
        });
    found.map_or_else(|_| Vec::new(), |found| vec![found.getText().to_owned()])
}

fn with_rqrr(picture: &GrayImage) -> Vec<String> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let luma = picture.as_raw();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma[y * width + x]);
    prepared.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "points of pictures, cut to pixels")]
mod tests {
    use super::*;
    use crate::{
        crypto::sha256,
        qr::{frames::split, image as files, render},
    };
    use image::{codecs::jpeg::JpegEncoder, imageops};

    /// Bytes as random as a code's.
    fn payload(length: usize) -> Vec<u8> {
        (0..length).map(|i| sha256(&[&i.to_be_bytes()])[0]).collect()
    }

    /// One frame as a phone shows it: a full-size code.
    fn frame() -> String {
        split(&payload(510), 540).unwrap().remove(0)
    }

    /// What a camera sees when the picture lies askew in its view: each of the view's points maps to a
    /// point of the picture, and between pixels it is blended.
    fn seen(picture: &GrayImage, width: u32, height: u32, map: impl Fn(f32, f32) -> (f32, f32)) -> GrayImage {
        let at = |x: i64, y: i64| -> f32 {
            let inside = x >= 0 && y >= 0 && x < picture.width().into() && y < picture.height().into();
            if inside { f32::from(picture.get_pixel(x as u32, y as u32).0[0]) } else { 90.0 }
        };
        GrayImage::from_fn(width, height, |x, y| {
            let (u, v) = map(x as f32, y as f32);
            let (left, top) = (u.floor(), v.floor());
            let (du, dv) = (u - left, v - top);
            let (left, top) = (left as i64, top as i64);
            let above = at(left, top) * (1.0 - du) + at(left + 1, top) * du;
            let below = at(left, top + 1) * (1.0 - du) + at(left + 1, top + 1) * du;
            image::Luma([(above * (1.0 - dv) + below * dv) as u8])
        })
    }

    fn rotated(picture: &GrayImage, degrees: f32, scale: f32) -> GrayImage {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (cx, cy) = (640.0, 480.0);
        let middle = picture.width() as f32 / 2.0;
        seen(picture, 1280, 960, |x, y| {
            let (x, y) = ((x - cx) / scale, (y - cy) / scale);
            (x * cos + y * sin + middle, y * cos - x * sin + middle)
        })
    }

    fn noisy(picture: &GrayImage, amount: i16) -> GrayImage {
        let mut out = picture.clone();
        for (i, block) in out.chunks_mut(32).enumerate() {
            let noise = sha256(&[&i.to_be_bytes()]);
            for (pixel, noise) in block.iter_mut().zip(noise) {
                let shift = (i16::from(noise) - 128) * amount / 128;
                *pixel = (i16::from(*pixel) + shift).clamp(0, 255) as u8;
            }
        }
        out
    }

    fn as_jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
        let mut out = Vec::new();
        JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture).unwrap();
        out
    }

    #[track_caller]
    fn assert_read(picture: &GrayImage) {
        assert!(decode(picture).contains(&frame()), "a code was not read");
    }

    #[test]
    fn reads_a_code_at_any_angle() {
        let picture = files::gray(&frame(), 6).unwrap();
        for degrees in [0.0, 7.0, 45.0, 90.0, 133.0, 180.0, 290.0] {
            assert_read(&rotated(&picture, degrees, 1.0));
        }
    }

    #[test]
    fn reads_a_code_at_a_distance() {
        // Modules of 3 to 7 pixels in the view.
        let picture = files::gray(&frame(), 8).unwrap();
        for scale in [0.4, 0.55, 0.8] {
            assert_read(&rotated(&picture, 4.0, scale));
        }
    }

    #[test]
    fn reads_a_code_held_askew() {
        let picture = files::gray(&frame(), 7).unwrap();
        let side = picture.width() as f32;
        // The far edge is seen 12 % shorter than the near one.
        assert_read(&seen(&picture, 1280, 960, |x, y| {
            let depth = 1.0 + 0.12 * (y / 960.0);
            ((x - 640.0) * depth * side / 900.0 + side / 2.0, y * depth * side / 960.0)
        }));
    }

    #[test]
    fn reads_a_code_through_noise_blur_and_jpeg() {
        let picture = rotated(&files::gray(&frame(), 7).unwrap(), 5.0, 1.0);
        assert_read(&noisy(&picture, 60));
        assert_read(&imageops::blur(&picture, 1.5));
        let harsh = as_jpeg(&noisy(&imageops::blur(&picture, 1.2), 40), 40);
        assert!(decode_file(&harsh).unwrap().contains(&frame()));
    }

    #[test]
    fn reads_a_code_in_poor_and_uneven_light() {
        let picture = rotated(&files::gray(&frame(), 7).unwrap(), 3.0, 1.0);
        let mut dim = picture.clone();
        for (x, y, pixel) in dim.enumerate_pixels_mut() {
            let light = 0.25 + 0.6 * (x as f32 / 1280.0) * (0.5 + y as f32 / 1920.0);
            pixel.0[0] = (f32::from(pixel.0[0]) * light) as u8 + 8;
        }
        assert_read(&dim);
    }

    #[test]
    fn joins_all_frames_of_an_animated_gif_and_of_single_pictures() {
        let bytes = payload(3_300);
        let frames = split(&bytes, 540).unwrap();
        let animation = files::gif(&frames, 4).unwrap();
        assert_eq!(payload_of_files([&animation[..]]).unwrap(), bytes);
        let pictures: Vec<_> = frames.iter().map(|text| files::png(text, 4).unwrap()).collect();
        assert_eq!(payload_of_files(pictures.iter().rev().map(Vec::as_slice)).unwrap(), bytes);
        let missing = payload_of_files(pictures[1..].iter().map(Vec::as_slice));
        assert_eq!(missing, Err(ScanError::Incomplete));
    }

    #[test]
    fn pictures_of_two_codes_are_mixed() {
        let (a, b) = (split(&payload(900), 540).unwrap(), split(&payload(901), 540).unwrap());
        let pictures = [files::png(&a[0], 4).unwrap(), files::png(&b[1], 4).unwrap()];
        let mixed = payload_of_files(pictures.iter().map(Vec::as_slice));
        assert_eq!(mixed, Err(ScanError::Frame(FrameError::Mixed)));
    }

    #[test]
    fn reads_a_code_on_a_transparent_ground() {
        let gray = files::gray(&frame(), 5).unwrap();
        let clear = image::RgbaImage::from_fn(gray.width(), gray.height(), |x, y| {
            image::Rgba([0, 0, 0, 255 - gray.get_pixel(x, y).0[0]])
        });
        let mut file = Cursor::new(Vec::new());
        clear.write_to(&mut file, ImageFormat::Png).unwrap();
        assert_eq!(decode_file(file.get_ref()).unwrap(), [frame()]);
    }

    #[test]
    fn names_what_is_wrong_with_a_file() {
        assert_eq!(decode_file(b"%PDF-1.7"), Err(ScanError::NotAnImage));
        assert_eq!(decode_file(&vec![0; MAX_FILE + 1]), Err(ScanError::TooLarge));
        let mut empty = Cursor::new(Vec::new());
        GrayImage::from_pixel(600, 400, image::Luma([200])).write_to(&mut empty, ImageFormat::Png).unwrap();
        assert_eq!(decode_file(empty.get_ref()), Err(ScanError::NoCode));
        // A header that promises 60,000 pixels a side and holds none.
        let mut bomb = files::png("1", 1).unwrap();
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let refused = decode_file(&bomb);
        assert!(matches!(refused, Err(ScanError::TooLarge | ScanError::NotAnImage)), "{refused:?}");
    }

    #[test]
    fn an_image_without_pixels_has_no_code() {
        assert!(decode(&GrayImage::new(0, 0)).is_empty());
        assert!(decode(&GrayImage::new(1, 1)).is_empty());
        assert!(render::modules("1").unwrap() == 21);
    }
}
