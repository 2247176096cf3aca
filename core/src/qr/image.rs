//! Codes as image files: a PNG each, or an animated GIF of all frames.

use super::render::{self, TooLong};
use image::{
    Delay, ExtendedColorType, Frame, GrayImage, ImageEncoder, RgbaImage,
    codecs::{
        gif::{GifEncoder, Repeat},
        png::PngEncoder,
    },
};

/// How long each frame of an animation stands, in milliseconds: three to four looks of a camera.
pub const FRAME_MS: u32 = 300;

/// Why an image could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A text does not fit a QR code.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// Nothing to draw.
    #[error("there is no frame to draw")]
    Empty,
    /// The encoder failed.
    #[error("the image could not be encoded")]
    Encode(#[source] image::ImageError),
}

/// The code of `text` as a picture in memory.
///
/// # Errors
/// [`ImageError::TooLong`] when no QR code holds the text.
pub fn gray(text: &str, scale: usize) -> Result<GrayImage, ImageError> {
    let pixels = render::pixels(text, scale)?;
    let side = u32::try_from(pixels.side).map_err(|_| TooLong)?;
    GrayImage::from_raw(side, side, pixels.luma).ok_or(ImageError::TooLong(TooLong))
}

/// The code of `text` as PNG.
///
/// # Errors
/// [`ImageError`] when the text does not fit or the encoder fails.
pub fn png(text: &str, scale: usize) -> Result<Vec<u8>, ImageError> {
    let picture = gray(text, scale)?;
    let mut out = Vec::new();
    PngEncoder::new(&mut out)
        .write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::L8)
        .map_err(ImageError::Encode)?;
    Ok(out)
}

/// All `frames` as one animated GIF that repeats for ever, [`FRAME_MS`] each.
///
/// # Errors
/// [`ImageError`] when there is no frame, a text does not fit, or the encoder fails.
pub fn gif(frames: &[String], scale: usize) -> Result<Vec<u8>, ImageError> {
    if frames.is_empty() {
        return Err(ImageError::Empty);
    }
    let pictures: Vec<_> = frames.iter().map(|text| gray(text, scale)).collect::<Result<_, _>>()?;
    let side = pictures.iter().map(GrayImage::width).max().ok_or(ImageError::Empty)?;
    let mut out = Vec::new();
    {
        let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
        encoder.set_repeat(Repeat::Infinite).map_err(ImageError::Encode)?;
        for picture in &pictures {
            // A last frame may be a version smaller: it stands in the middle of the same canvas.
            let offset = (side - picture.width()) / 2;
            let canvas = RgbaImage::from_fn(side, side, |x, y| {
                let luma = match (x.checked_sub(offset), y.checked_sub(offset)) {
                    (Some(x), Some(y)) if x < picture.width() && y < picture.height() => {
                        picture.get_pixel(x, y).0[0]
                    }
                    _ => 255,
                };
                image::Rgba([luma, luma, luma, 255])
            });
            let delay = Delay::from_numer_denom_ms(FRAME_MS, 1);
            encoder.encode_frame(Frame::from_parts(canvas, 0, 0, delay)).map_err(ImageError::Encode)?;
        }
    }
    Ok(out)
}
