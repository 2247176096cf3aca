# The terminal wallet, and words about credentials that every wallet uses.
state-valid = valid
state-not_yet_valid = not valid yet
state-expired = expired
state-suspended = suspended
state-revoked = revoked
state-unknown_issuer = issuer unknown to the registry
state-issuer_not_accredited = issuer not accredited
state-key_not_valid_at_signing = the key that signed it is not trusted
state-status_unknown = status unknown
notice-few-copies = { $n ->
    [one] { $n } unused copy left: scan a fresh offer soon
   *[other] { $n } unused copies left: scan a fresh offer soon
}
notice-copies-spent = no unused copy left: the last one is used again until you scan a fresh offer
notice-not-yet-valid = valid from { $day }
notice-clock-wrong = this device's clock cannot be right: set it
notice-network-conflict = the registry has shown two histories: nothing of it is trusted
notice-proof-old = the proof of status is { $age } old: refresh it
notice-no-proof = no proof of status yet: refresh
wallet-empty = No credential yet. Scan an offer: yufu-wallet accept OFFER
wallet-issuer = Issuer
wallet-issuer-confirmed = { $name } (confirmed by the registry)
wallet-issuer-unconfirmed = calls itself “{ $name }”; the registry does not confirm it for this address
wallet-issuer-unreachable = calls itself “{ $name }”; the registry cannot be reached to confirm it
wallet-address = Address
wallet-offers = Offers
wallet-offer-type = { $n ->
    [one] { $title }, { $n } copy
   *[other] { $title }, { $n } copies
}
wallet-offer-not-accredited = the registry does not accredit this issuer for it
wallet-ask-tx-code = Transaction code
wallet-ask-passphrase = Passphrase of this wallet
wallet-ask-new-passphrase = New passphrase for this wallet
wallet-ask-again = Once more
wallet-ask-export-passphrase = Passphrase for the export
wallet-passphrases-differ = The two passphrases differ.
wallet-passphrase-changed = The passphrase is changed.
wallet-accepted = { $n ->
    [one] Stored: { $title } from { $issuer }, { $n } copy
   *[other] Stored: { $title } from { $issuer }, { $n } copies
}
wallet-line-status = Status
wallet-line-proof = Proof of status
wallet-line-copies = Copies
wallet-line-valid = Valid
wallet-line-key = Key kept
wallet-copies = { $left } of { $all } unused
wallet-proof = status { $status } old, registry header { $header } old
wallet-proof-none = none
wallet-image = (picture, { $bytes } bytes)
wallet-deleted = Deleted: { $title }
wallet-ask-delete = Delete “{ $title }” and its keys? It cannot be undone. [y/N]
wallet-ask-agree = Agree and show the code? [y/N]
wallet-declined = Nothing was disclosed.
wallet-kept = Nothing was deleted.
wallet-code-written = Code written: { $files }. It is good for { $seconds } seconds from now.
wallet-refreshed = refreshed
wallet-kept-proof = kept the earlier proof: { $problem }
wallet-offline = The registry or an issuer cannot be reached; earlier proofs are kept.
wallet-no-credential = no credential here answers the preset “{ $preset }”
wallet-which-credential = several credentials fit; name one with --credential
wallet-history-empty = Nothing has happened yet.
wallet-history-received = received { $title } from { $issuer }
wallet-history-shown = showed { $title } to { $asker }: { $fields }
wallet-history-deleted = deleted { $title }
wallet-history-erased = The history is erased.
wallet-exported = Exported to { $file }. It opens with its passphrase alone.
wallet-purpose = for: { $purpose }
