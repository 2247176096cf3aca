//! QR codes drawn: as SVG, and as pixels.

use fast_qr::{ECL, QRBuilder, QRCode};

/// Light modules around the code (ISO/IEC 18004 asks for four).
pub const QUIET_ZONE: usize = 4;

/// The text does not fit a QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text does not fit a QR code")]
pub struct TooLong;

/// A drawn code: one byte a pixel, 0 dark and 255 light, rows from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels in a row, and rows.
    pub side: usize,
    /// `side` × `side` bytes.
    pub luma: Vec<u8>,
}

/// The code of `text` as an SVG document that scales to whatever box it is put in; dark on light in
/// any colour scheme, since scanners want it so.
///
/// # Errors
/// [`TooLong`] when no QR code holds the text.
pub fn svg(text: &str) -> Result<String, TooLong> {
    let code = encode(text)?;
    let side = code.size + 2 * QUIET_ZONE;
    let mut path = String::with_capacity(code.size * code.size * 4);
    for y in 0..code.size {
        // One run of dark modules is one rectangle.
        let mut x = 0;
        while x < code.size {
            let run = (x..code.size).take_while(|&x| code[y][x].value()).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE));
            }
            x += run.max(1);
        }
    }
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>"##
    ))
}

/// The code of `text` with `scale` pixels a module (at least one), quiet zone included.
///
/// # Errors
/// [`TooLong`] when no QR code holds the text.
pub fn pixels(text: &str, scale: usize) -> Result<Pixels, TooLong> {
    let code = encode(text)?;
    let scale = scale.clamp(1, 64);
    let side = (code.size + 2 * QUIET_ZONE) * scale;
    let mut luma = vec![255; side * side];
    for y in 0..code.size {
        let mut row = vec![255; side];
        for x in (0..code.size).filter(|&x| code[y][x].value()) {
            let from = (x + QUIET_ZONE) * scale;
            row[from..from + scale].fill(0);
        }
        for line in 0..scale {
            let from = ((y + QUIET_ZONE) * scale + line) * side;
            luma[from..from + side].copy_from_slice(&row);
        }
    }
    Ok(Pixels { side, luma })
}

/// Modules on a side of the code of `text`, without quiet zone.
///
/// # Errors
/// [`TooLong`] when no QR code holds the text.
pub fn modules(text: &str) -> Result<usize, TooLong> {
    Ok(encode(text)?.size)
}

/// Level M: a screen has no torn corner, but glare and moiré.
fn encode(text: &str) -> Result<QRCode, TooLong> {
    QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_and_svg_draw_the_same_modules() {
        let text = "0123456789".repeat(30);
        let pixels = pixels(&text, 1).unwrap();
        let drawn = svg(&text).unwrap();
        let mut from_svg = vec![255u8; pixels.side * pixels.side];
        for run in drawn.split("d=\"").nth(2).unwrap().split('M').skip(1) {
            let (at, rest) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let run: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            let from = y.parse::<usize>().unwrap() * pixels.side + x.parse::<usize>().unwrap();
            from_svg[from..from + run].fill(0);
        }
        assert!(from_svg == pixels.luma);
    }

    #[test]
    fn refuses_a_text_that_no_code_holds() {
        assert_eq!(svg(&"0".repeat(8000)), Err(TooLong));
    }
}
