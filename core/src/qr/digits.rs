//! Bytes as decimal digits: 15 bytes in 37 digits.

/// Bytes of a whole group.
const GROUP_BYTES: usize = 15;
/// Digits of a whole group: the least `d` with 10^d ≥ 2^120.
const GROUP_DIGITS: usize = 37;
/// Digits of a last group of `i` bytes; each count is taken once, so the length tells the bytes.
const DIGITS: [usize; GROUP_BYTES + 1] = [0, 3, 5, 8, 10, 13, 15, 17, 20, 22, 25, 27, 29, 32, 34, 37];

/// Why text is not digits that we wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    /// Something other than 0–9.
    #[error("not digits only")]
    NotDigits,
    /// A length that no number of bytes has.
    #[error("no bytes have this many digits")]
    Length,
    /// A group whose number is larger than its bytes can hold.
    #[error("a group of digits is out of range")]
    Range,
}

/// The digits of `bytes`. Leading zeros are kept, so that lengths correspond.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(GROUP_BYTES) * GROUP_DIGITS);
    for group in bytes.chunks(GROUP_BYTES) {
        let number = group.iter().fold(0u128, |n, &byte| n << 8 | u128::from(byte));
        let text = number.to_string();
        for _ in text.len()..DIGITS[group.len()] {
            out.push('0');
        }
        out.push_str(&text);
    }
    out
}

/// The bytes of `text`; the one inverse of [`encode`].
///
/// # Errors
/// [`DigitsError`] by what does not hold.
pub fn decode(text: &str) -> Result<Vec<u8>, DigitsError> {
    let mut out = Vec::with_capacity(text.len() / GROUP_DIGITS * GROUP_BYTES + GROUP_BYTES);
    for group in text.as_bytes().chunks(GROUP_DIGITS) {
        let length = DIGITS.iter().position(|&d| d == group.len()).ok_or(DigitsError::Length)?;
        let mut number = 0u128;
        for digit in group {
            if !digit.is_ascii_digit() {
                return Err(DigitsError::NotDigits);
            }
            // 37 digits stay below 2^123.
            number = number * 10 + u128::from(digit - b'0');
        }
        if number >> (8 * length) != 0 {
            return Err(DigitsError::Range);
        }
        out.extend_from_slice(&number.to_be_bytes()[16 - length..]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_survive_the_digits(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = encode(&bytes);
            prop_assert!(text.bytes().all(|b| b.is_ascii_digit()));
            prop_assert_eq!(decode(&text).unwrap(), bytes);
        }

        #[test]
        fn each_text_that_decodes_is_the_one_text_of_its_bytes(text in "[0-9]{0,120}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }

    #[test]
    fn refuses_other_characters_lengths_and_numbers_out_of_range() {
        assert_eq!(decode("12a"), Err(DigitsError::NotDigits));
        assert_eq!(decode("1234"), Err(DigitsError::Length));
        assert_eq!(decode("256"), Err(DigitsError::Range));
        assert_eq!(decode("255"), Ok(vec![255]));
        assert_eq!(decode(&"9".repeat(37)), Err(DigitsError::Range));
    }
}
