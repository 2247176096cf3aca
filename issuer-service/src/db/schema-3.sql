-- The DID of the web as which a list and the credentials in it are signed; none for the did:yufu.
ALTER TABLE lists ADD COLUMN issuer TEXT;
