use super::super::cbor::{Reader, Writer};
use super::*;

#[test]
fn numbers_are_read_in_their_shortest_form_alone() {
    for value in [0_usize, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296] {
        let mut writer = Writer::new(&[]);
        writer.uint(value);
        let bytes = writer.finish();
        assert_eq!(Reader::new(&bytes).index(), Ok(value));
        assert_eq!(Reader::new(&bytes[..bytes.len() - 1]).index(), Err(SdProofError::Cbor));
    }
    let longer: [&[u8]; 4] =
        [&[0x18, 23], &[0x19, 0, 255], &[0x1a, 0, 0, 255, 255], &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255]];
    for bytes in longer {
        assert_eq!(Reader::new(bytes).uint(), Err(SdProofError::Cbor));
    }
    for reserved in [0x1c, 0x1d, 0x1e, 0x1f] {
        assert_eq!(Reader::new(&[reserved]).uint(), Err(SdProofError::Cbor));
    }
}

#[test]
fn a_length_beyond_the_bytes_is_refused_before_anything_is_kept() {
    assert_eq!(Reader::new(&[0x5b, 255, 255, 255, 255, 255, 255, 255, 255]).bytes(), Err(SdProofError::Cbor));
    let many = Reader::new(&[0x9b, 0, 0, 0, 1, 0, 0, 0, 0]).array(8, "things", Reader::uint);
    assert_eq!(many, Err(SdProofError::TooMany("things")));
    assert_eq!(Reader::new(&[0x84, 1, 2, 3]).array(8, "things", Reader::uint), Err(SdProofError::Cbor));
}

#[test]
fn a_numbered_map_needs_each_number_once_in_any_order() {
    let read = |bytes: &[u8]| Reader::new(bytes).numbered_map(8, Reader::uint);
    assert_eq!(read(&[0xa2, 0, 7, 1, 8]), Ok(vec![7, 8]));
    assert_eq!(read(&[0xa2, 1, 8, 0, 7]), Ok(vec![7, 8]));
    assert_eq!(read(&[0xa2, 0, 7, 0, 8]), Err(SdProofError::LabelMap));
    assert_eq!(read(&[0xa1, 1, 8]), Err(SdProofError::LabelMap));
    assert_eq!(read(&[0xa9]), Err(SdProofError::TooMany("labels")));
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    assert_eq!(Reader::new(&[0x62, 0xc3, 0x28]).text(), Err(SdProofError::Cbor));
    assert_eq!(Reader::new(&[0x62, b'o', b'k']).text(), Ok("ok"));
}
