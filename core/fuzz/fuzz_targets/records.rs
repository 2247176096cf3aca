#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::{
    Accreditation, DidRecord, EntryRecord, Grant, IssuedRecord, KeyRecord, LegalName, Policy, Record,
    Registrations, RelyingParty, StatusListRecord, TypeRecord, Validators,
};

fuzz_target!(|data: &[u8]| {
    macro_rules! survives { ($($record:ty),+) => { $(
        if let Ok(record) = <$record>::from_bytes(data) {
            assert_eq!(record.to_bytes(), data);
        }
    )+ } }
    survives!(
        Accreditation,
        DidRecord,
        EntryRecord,
        Grant,
        IssuedRecord,
        KeyRecord,
        LegalName,
        Policy,
        Registrations,
        RelyingParty,
        StatusListRecord,
        TypeRecord,
        Validators
    );
});
