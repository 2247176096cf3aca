//! Frames: one payload in several QR codes, in any order, shown round and round.
//!
//! A frame, before it becomes digits: `'Y'`, version 1, index, total, the first 8 bytes of the
//! payload's SHA-256, a part of the payload, and the first 4 bytes of the SHA-256 of all that. The
//! check catches what a wedge scanner drops; the payload's digest binds the frames to one another
//! and is checked over the whole. Neither authenticates: signatures inside the payload do that.

use super::digits;
use crate::crypto::sha256;

/// Most bytes that a payload may have.
pub const MAX_PAYLOAD: usize = 8 * 1024;
/// Most frames that a payload may take.
pub const MAX_FRAMES: usize = 32;
/// Bytes of a frame unless the caller wants otherwise: measured to be read by poor cameras too.
pub const DEFAULT_FRAME_BYTES: usize = 540;
/// A collector that has not seen its code for this long starts over.
pub const RESET_MS: u64 = 3_000;

const MAGIC: [u8; 2] = [b'Y', 1];
const HEAD: usize = 12;
const CHECK: usize = 4;
/// Most bytes of a frame that is read: what a QR code of version 40 can hold in digits.
const MAX_FRAME: usize = 2_900;

/// Why a payload cannot be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Nothing to show.
    #[error("the payload is empty")]
    Empty,
    /// The payload does not fit the frames allowed.
    #[error("the payload does not fit {MAX_FRAMES} frames or {MAX_PAYLOAD} bytes")]
    TooLarge,
}

/// Why a frame was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FrameError {
    /// Not a frame of ours: some other code in view.
    #[error("not a frame of a show code")]
    NotAFrame,
    /// A frame of ours with characters lost or changed on the way.
    #[error("the frame is damaged")]
    Damaged,
    /// A frame of another code than the one being read.
    #[error("frames of two codes are mixed")]
    Mixed,
    /// More frames or bytes than a show code may have.
    #[error("the code has too many frames or bytes")]
    TooLarge,
    /// The frames fit together but are not the payload that they name.
    #[error("the frames do not make the payload that they name")]
    Digest,
}

/// Cuts `payload` into frames of at most `max_frame_bytes` (before digits), all of about one size so
/// that all are QR codes of one version.
///
/// # Errors
/// [`SplitError`] when the payload is empty or does not fit.
pub fn split(payload: &[u8], max_frame_bytes: usize) -> Result<Vec<String>, SplitError> {
    if payload.is_empty() {
        return Err(SplitError::Empty);
    }
    let room = max_frame_bytes.min(MAX_FRAME).saturating_sub(HEAD + CHECK);
    if room == 0 || payload.len() > MAX_PAYLOAD || payload.len().div_ceil(room) > MAX_FRAMES {
        return Err(SplitError::TooLarge);
    }
    let total = payload.len().div_ceil(room);
    let part = payload.len().div_ceil(total);
    let total = payload.len().div_ceil(part);
    let total_byte = u8::try_from(total).map_err(|_| SplitError::TooLarge)?;
    let digest = sha256(&[payload]);
    let mut frames = Vec::with_capacity(total);
    for (index, part) in (0u8..).zip(payload.chunks(part)) {
        let mut frame = Vec::with_capacity(HEAD + part.len() + CHECK);
        frame.extend_from_slice(&MAGIC);
        frame.extend_from_slice(&[index, total_byte]);
        frame.extend_from_slice(&digest[..8]);
        frame.extend_from_slice(part);
        let check = sha256(&[&frame]);
        frame.extend_from_slice(&check[..CHECK]);
        frames.push(digits::encode(&frame));
    }
    Ok(frames)
}

/// How far a [`Collector`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Some frames are still missing.
    Collecting {
        /// Different frames seen.
        have: usize,
        /// Frames of the code.
        total: usize,
    },
    /// The payload is whole. It is handed out once.
    Complete(Vec<u8>),
    /// The code that was already handed out is still in view: its verdict stands.
    Held,
}

struct Partial {
    digest: [u8; 8],
    parts: Vec<Option<Vec<u8>>>,
    seen_ms: u64,
}

/// Puts frames together as a camera or scanner delivers them.
///
/// It locks to one payload until that is complete or out of view for [`RESET_MS`]. A complete code
/// that stays in view gives [`Progress::Held`], so that one showing gets one verdict; taken away
/// and shown again it is handed out again, and the verifier's nonce log says `replayed`.
#[derive(Default)]
pub struct Collector {
    partial: Option<Partial>,
    held: Option<([u8; 8], u64)>,
}

impl Collector {
    /// A collector that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the text of one QR code, read at `now_ms` (any clock that does not run backwards).
    ///
    /// # Errors
    /// [`FrameError`] by what does not hold. What was collected stays, except after
    /// [`FrameError::Digest`], which starts over.
    pub fn push(&mut self, text: &str, now_ms: u64) -> Result<Progress, FrameError> {
        let frame = Frame::parse(text.trim())?;
        let fresh = |seen_ms: u64| now_ms.saturating_sub(seen_ms) <= RESET_MS;
        match &mut self.held {
            Some((digest, seen_ms)) if fresh(*seen_ms) && *digest == frame.digest => {
                *seen_ms = now_ms;
                return Ok(Progress::Held);
            }
            Some((_, seen_ms)) if !fresh(*seen_ms) => self.held = None,
            _ => {}
        }
        if self.partial.as_ref().is_some_and(|partial| !fresh(partial.seen_ms)) {
            self.partial = None;
        }
        let partial = self.partial.get_or_insert_with(|| Partial {
            digest: frame.digest,
            parts: vec![None; frame.total],
            seen_ms: now_ms,
        });
        if partial.digest != frame.digest || partial.parts.len() != frame.total {
            return Err(FrameError::Mixed);
        }
        partial.seen_ms = now_ms;
        partial.parts[frame.index] = Some(frame.part);
        let have = partial.parts.iter().flatten().count();
        if have < frame.total {
            return Ok(Progress::Collecting { have, total: frame.total });
        }
        let payload: Vec<u8> = partial.parts.iter().flatten().flatten().copied().collect();
        self.partial = None;
        if payload.len() > MAX_PAYLOAD {
            return Err(FrameError::TooLarge);
        }
        if sha256(&[&payload])[..8] != frame.digest {
            return Err(FrameError::Digest);
        }
        self.held = Some((frame.digest, now_ms));
        Ok(Progress::Complete(payload))
    }

    /// Forgets everything: the clerk starts with the next person.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Joins frames that were all read at once, for example from image files, in any order.
///
/// # Errors
/// [`FrameError`]; when frames are missing, `Ok(None)`.
pub fn join<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Option<Vec<u8>>, FrameError> {
    let mut collector = Collector::new();
    let mut whole = None;
    for text in texts {
        match collector.push(text, 0) {
            Ok(Progress::Complete(_)) if whole.is_some() => return Err(FrameError::Mixed),
            Ok(Progress::Complete(payload)) => whole = Some(payload),
            Ok(_) => {}
            Err(FrameError::NotAFrame) => {}
            Err(error) => return Err(error),
        }
    }
    // A second code begun beside a whole one is mixed too.
    if whole.is_some() && collector.partial.is_some() {
        return Err(FrameError::Mixed);
    }
    Ok(whole)
}

/// Whether `text` looks like a frame, before any check: for scanners that see other codes as well.
#[must_use]
pub fn looks_like_frame(text: &str) -> bool {
    !matches!(Frame::parse(text.trim()), Err(FrameError::NotAFrame))
}

struct Frame {
    index: usize,
    total: usize,
    digest: [u8; 8],
    part: Vec<u8>,
}

impl Frame {
    fn parse(text: &str) -> Result<Self, FrameError> {
        if text.len() > MAX_FRAME * 37 / 15 + 37 {
            return Err(FrameError::NotAFrame);
        }
        let bytes = match digits::decode(text) {
            Ok(bytes) => bytes,
            // A wedge scanner that lost a character leaves digits of a length that no bytes have.
            Err(_) if begins_like_a_frame(text) => return Err(FrameError::Damaged),
            Err(_) => return Err(FrameError::NotAFrame),
        };
        if bytes.len() <= HEAD + CHECK || bytes[..2] != MAGIC {
            return Err(if begins_like_a_frame(text) { FrameError::Damaged } else { FrameError::NotAFrame });
        }
        let (body, check) = bytes.split_at(bytes.len() - CHECK);
        if sha256(&[body])[..CHECK] != *check {
            return Err(FrameError::Damaged);
        }
        let (index, total) = (usize::from(body[2]), usize::from(body[3]));
        if total > MAX_FRAMES || body.len() - HEAD > MAX_PAYLOAD {
            return Err(FrameError::TooLarge);
        }
        if index >= total {
            return Err(FrameError::Damaged);
        }
        let mut digest = [0; 8];
        digest.copy_from_slice(&body[4..HEAD]);
        Ok(Self { index, total, digest, part: body[HEAD..].to_vec() })
    }
}

/// Every frame's text begins with these digits: 'Y', 1 and an index of at most 32 as the highest bytes of a
/// group.
const FIRST_DIGITS: &str = "046213";

fn begins_like_a_frame(text: &str) -> bool {
    text.starts_with(FIRST_DIGITS) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn payload(seed: u8, length: usize) -> Vec<u8> {
        (0..length).map(|i| sha256(&[&[seed], &i.to_be_bytes()])[0]).collect()
    }

    fn complete(collector: &mut Collector, frames: &[String], now_ms: u64) -> Option<Vec<u8>> {
        let mut whole = None;
        for frame in frames {
            if let Progress::Complete(bytes) = collector.push(frame, now_ms).unwrap() {
                whole = Some(bytes);
            }
        }
        whole
    }

    proptest! {
        #[test]
        fn a_payload_survives_its_frames_in_any_order(
            length in 1usize..4000, size in 200usize..700, rotate in 0usize..32, seed in any::<u8>(),
        ) {
            let bytes = payload(seed, length);
            let mut frames = split(&bytes, size).unwrap();
            prop_assert!(frames.iter().all(|f| f.starts_with(FIRST_DIGITS)));
            prop_assert!(frames.iter().all(|f| f.len() <= digits::encode(&vec![0; size]).len()));
            let by = rotate % frames.len();
            frames.rotate_left(by);
            frames.reverse();
            prop_assert_eq!(complete(&mut Collector::new(), &frames, 0), Some(bytes));
        }

        #[test]
        fn a_changed_digit_is_never_taken_for_the_payload(
            at in any::<proptest::sample::Index>(), by in 1u8..10,
        ) {
            let bytes = payload(1, 900);
            let mut frames = split(&bytes, 500).unwrap();
            let mut text = frames[0].clone().into_bytes();
            let at = at.index(text.len());
            text[at] = b'0' + (text[at] - b'0' + by) % 10;
            frames[0] = String::from_utf8(text).unwrap();
            let refused = Collector::new().push(&frames[0], 0).unwrap_err();
            prop_assert!(matches!(refused, FrameError::Damaged | FrameError::NotAFrame));
        }

        #[test]
        fn a_lost_digit_is_never_taken_for_the_payload(at in any::<proptest::sample::Index>()) {
            let mut text = split(&payload(2, 400), 500).unwrap().remove(0);
            let at = at.index(text.len());
            text.remove(at);
            let refused = Collector::new().push(&text, 0).unwrap_err();
            prop_assert!(matches!(refused, FrameError::Damaged | FrameError::NotAFrame));
        }

        #[test]
        fn no_text_stops_the_collector(text in "\\PC{0,80}|046213[0-9]{0,200}") {
            let _ = Collector::new().push(&text, 0);
        }
    }

    #[test]
    fn frames_of_two_codes_are_refused_as_mixed() {
        let (a, b) = (split(&payload(1, 900), 500).unwrap(), split(&payload(2, 900), 500).unwrap());
        let mut collector = Collector::new();
        collector.push(&a[0], 0).unwrap();
        assert_eq!(collector.push(&b[1], 10), Err(FrameError::Mixed));
        assert_eq!(join([a[0].as_str(), &b[1]]), Err(FrameError::Mixed));
        assert_eq!(join([a[0].as_str(), &a[1], &b[0]]), Err(FrameError::Mixed));
        assert_eq!(collector.push(&a[1], 20), Ok(Progress::Complete(payload(1, 900))));
    }

    #[test]
    fn a_collector_starts_over_when_its_code_was_out_of_view_for_three_seconds() {
        let (a, b) = (split(&payload(1, 900), 500).unwrap(), split(&payload(2, 900), 500).unwrap());
        let mut collector = Collector::new();
        collector.push(&a[0], 0).unwrap();
        assert_eq!(collector.push(&b[1], RESET_MS), Err(FrameError::Mixed));
        assert_eq!(collector.push(&b[1], RESET_MS + 1), Ok(Progress::Collecting { have: 1, total: 2 }));
        assert_eq!(complete(&mut collector, &b, RESET_MS + 2), Some(payload(2, 900)));
    }

    #[test]
    fn a_code_that_stays_in_view_is_handed_out_once_and_again_when_shown_again() {
        let a = split(&payload(1, 900), 500).unwrap();
        let mut collector = Collector::new();
        assert!(complete(&mut collector, &a, 0).is_some());
        for second in 1..60 {
            assert_eq!(collector.push(&a[0], second * 1000), Ok(Progress::Held));
        }
        assert_eq!(complete(&mut collector, &a, 59_000 + RESET_MS + 1), Some(payload(1, 900)));
    }

    #[test]
    fn a_refreshed_code_is_taken_right_after_the_one_before() {
        let (a, b) = (split(&payload(1, 900), 500).unwrap(), split(&payload(2, 900), 500).unwrap());
        let mut collector = Collector::new();
        assert!(complete(&mut collector, &a, 0).is_some());
        assert_eq!(complete(&mut collector, &b, 300), Some(payload(2, 900)));
    }

    #[test]
    fn other_codes_in_view_are_not_frames() {
        for text in ["", "https://example.org", "4006381333931", "046213"] {
            let expected = if text == "046213" { FrameError::Damaged } else { FrameError::NotAFrame };
            assert_eq!(Collector::new().push(text, 0), Err(expected), "{text}");
        }
    }

    #[test]
    fn refuses_a_payload_that_is_empty_or_does_not_fit() {
        assert_eq!(split(&[], 500), Err(SplitError::Empty));
        assert_eq!(split(&vec![0; MAX_PAYLOAD + 1], 500), Err(SplitError::TooLarge));
        assert_eq!(split(&vec![0; 1000], 40), Err(SplitError::TooLarge));
        assert_eq!(split(&[1], 16), Err(SplitError::TooLarge));
        assert!(split(&vec![0; MAX_PAYLOAD], 500).is_ok());
    }

    #[test]
    fn frames_that_name_a_digest_they_do_not_make_are_refused() {
        let bytes = payload(1, 900);
        let mut forged = bytes.clone();
        forged[899] ^= 1;
        let mut frames = split(&bytes, 500).unwrap();
        // The last frame again with another part, its own check right: only the whole tells.
        let mut frame = digits::decode(&frames[1]).unwrap();
        let end = frame.len() - CHECK;
        frame[end - 1] ^= 1;
        let check = sha256(&[&frame[..end]]);
        frame[end..].copy_from_slice(&check[..CHECK]);
        frames[1] = digits::encode(&frame);
        let mut collector = Collector::new();
        collector.push(&frames[0], 0).unwrap();
        assert_eq!(collector.push(&frames[1], 0), Err(FrameError::Digest));
    }
}
