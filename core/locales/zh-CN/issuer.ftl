# issuer
