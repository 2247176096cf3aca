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
