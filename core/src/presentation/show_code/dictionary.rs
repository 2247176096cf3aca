//! The preset dictionary of a payload's text: what such texts have in common, the likeliest last.

/// Part of the format: whoever changes a byte of it raises the payload's version.
pub(super) const DICTIONARY: &[u8] = b"\
\"issuing_country\",\"un_distinguishing_sign\",\"issue_date\",\"expiry_date\",\"document_number\",\
\"driving_privileges\",[{\"vehicle_category_code\":\"C1\",\"issue_date\":\"20\",\"expiry_date\":\"20\"}]\
https://transport.yufu.example/types/driving-licence/1https://transport.yufu.example/status/\
\"nationalities\",[{\"...\":\"\x01\"}]\"issuing_authority\",\"date_of_issuance\",\"date_of_expiry\",\
[\"\x02\",\"sex\",1]\0[\"\x02\",\"street_address\",\"[\"\x02\",\"locality\",\"\
[\"\x02\",\"region\",\"[\"\x02\",\"postal_code\",\"[\"\x02\",\"country\",\"CN\"]\0\
[\"\x02\",\"address\",{\"_sd\":[\"\x01\",\"\x01\",\"\x070\",\"\x071\",\"\x072\",\"\x073\",\"\x074\",\"\x075\"]}]\0\
[\"\x02\",\"resident_number\",\"[\"\x02\",\"birth_date\",\"19\",\"20\
[\"\x02\",\"family_name\",\"[\"\x02\",\"given_name\",\"[\"\x02\",\"name_zh\",\"\
data:image/jpeg;base64,data:image/avif;base64,data:image/webp;base64,\
\xe4\xb8\xad\xe5\x9b\xbd\xe5\xb8\x82\xe5\x8c\xba\xe8\xb7\xaf\xe5\x8f\xb7\xe7\x9c\x81\xe5\x8e\xbf\xe5\xb1\x80\
\"key_level\":\"software\",\"key_level\":\"strong_box\",\"yufu-counter:\x01\",\
\xa0\x03\x02\x01\x02\x02\x08\x30\x0a\x06\x08*\x86H\xce=\x04\x03\x02\x301\x0b0\x09\x06\x03U\x04\x06\x13\x02CN\
1\x120\x10\x06\x03U\x04\x0a\x0c1\x120\x10\x06\x03U\x04\x03\x0cYufu national root0\x1e\x17\x0d26\
0101000000Z\x17\x0d280101235959Z0\0\
0Y0\x13\x06\x07*\x86H\xce=\x02\x01\x06\x08*\x86H\xce=\x03\x01\x07\x03B\0\x04\
0\x1f\x06\x03U\x1d#\x04\x180\x16\x80\x140\x1d\x06\x03U\x1d\x0e\x04\x16\x04\x140\x0c\x06\x03U\x1d\x13\x01\x01\xff\x04\x020\0\
\xa3J0H06\x06\x03U\x1d\x11\x04/0-\x86+\xa3I0G05\x06\x03U\x1d\x11\x04.0,\x86*did:yufu:town:\
0\x0e\x06\x03U\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x800\x0a\x06\x08*\x86H\xce=\x04\x03\x02\x03H\0\
0E\x02\x20\x03I\x000F\x02!\0\
[\"\x02\",\"16\",true]\0[\"\x02\",\"21\",true]\0[\"\x02\",\"65\",true]\0[\"\x02\",\"18\",true]\0\
[\"\x02\",\"portrait_small\",\"\x04\"]\0[\"\x02\",\"portrait_small\",\"\x03\"]\0\
\x08{\"alg\":\"ES256\",\"typ\":\"dc+sd-jwt\",\"x5c\":[\"\x05\x01\x7a0\x82\x01\x760\x82\x01\"]}\0\
{\"iss\":\"did:yufu:town:\x03\",\"_sd_alg\":\"sha-256\",\"cnf\":{\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\x01\",\
\"y\":\"\x01\"}},\"age_equal_or_over\":{\"_sd\":[\"\x01\",\"\x01\",\"\x01\",\"\x070\"]},\
\"exp\":17,\"iat\":17,\"key_level\":\"hardware\",\"nbf\":17,\"status\":{\"status_list\":{\"idx\":1,\
\"uri\":\"https://residents.yufu.example/status/http://127.0.0.1:/status/1\"}},\
\"vct\":\"https://residents.yufu.example/types/resident-id/1\",\
\"_sd\":[\"\x070\",\"\x071\",\"\x072\",\"\x01\",\"\x01\",\"\x01\",\"\x01\",\"\x01\",\"\x01\",\"\x01\",\"\x01\"]}\0\
\x08{\"alg\":\"ES256\",\"typ\":\"kb+jwt\"}\0\
{\"anchor\":\"\x071\",\"aud\":\"yufu-class:age65yufu-counter:\x01yufu-class:age18\",\"iat\":17,\"nonce\":\"\x02\",\
\"preset\":\"\x01\",\"sd_hash\":\"\x070\"}\0";
