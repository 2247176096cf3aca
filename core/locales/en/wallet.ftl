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
wallet-line-shown = Shown
wallet-shown-whole = whole, as a file; it cannot be shown in part
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
wallet-ask-agree-file = Agree and make the file? [y/N]
wallet-declined = Nothing was disclosed.
wallet-kept = Nothing was deleted.
wallet-code-written = Code written: { $files }. It is good for { $seconds } seconds from now.
wallet-file-written = File written: { $file }. It is good at that counter once, until { $time } (UTC). It holds what is listed above in the clear: delete it afterwards.
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
# Help of the terminal wallet: wallet-help-COMMAND, wallet-argument-NAME or wallet-argument-COMMAND-NAME.
wallet-help-yufu-wallet = A wallet for credentials that are verified with no network
wallet-help-accept = Receive the credentials of an offer
wallet-help-list = List credentials: status, age of the proof, copies left
wallet-help-show = Show one credential with its claims, on this screen alone
wallet-help-delete = Delete a credential, its copies and keys
wallet-help-history = What happened in this wallet
wallet-help-export = Write credentials and history into one file under a passphrase of its own
wallet-help-code = Make a code for a counter, after the consent sheet
wallet-help-present-file = Make a file for one counter, after the consent sheet: for credentials that are shown whole
wallet-help-refresh = Fetch new proofs of status for every copy
wallet-help-passphrase = Change the wallet's passphrase
wallet-help-help = Print this message or the help of a command
wallet-argument-help = Print help
wallet-argument-version = Print the version
wallet-argument-data = Store file [default: $XDG_DATA_HOME/yufu/wallet.db]
wallet-argument-settings = Settings file [default: $XDG_CONFIG_HOME/yufu/wallet.toml]
wallet-argument-town = What “yufu-town --ready FILE” wrote: network key, registry and root certificate in one
wallet-argument-network-key = The network's public key, yufu-network-1:…; remembered
wallet-argument-registry = A gateway of the registry; remembered
wallet-argument-root = A root certificate (PEM) to trust for HTTPS beside the public ones; remembered
wallet-argument-passphrase-file = A file whose first line is the wallet's passphrase. Else YUFU_WALLET_PASSPHRASE, else you are asked
wallet-argument-lang = Language, zh or en [default: from LC_ALL, LC_MESSAGES, LANG]
wallet-argument-offer = The offer's link, openid-credential-offer://…
wallet-argument-image = A picture of the offer's QR code
wallet-argument-tx-code = The transaction code; else you are asked, once you have seen who issues what
wallet-argument-copies = Copies to ask for
wallet-argument-json = As JSON, for programs
wallet-argument-credential = Its identifier, or the beginning of it, or its number in the list
wallet-argument-delete-yes = Do not ask
wallet-argument-erase = Erase it
wallet-argument-out = The file; it must not exist
wallet-argument-code-preset = What is asked, for example age18
wallet-argument-code-out = Where to write it: .gif animates several frames, .png numbers them
wallet-argument-code-counter = A picture of the counter's printed code, or its text: the code is for that counter alone
wallet-argument-code-credential = Which credential, where several fit
wallet-argument-text = Also print the frames as digits, for a scanner that types
wallet-argument-yes = Agree to the consent sheet, which is printed all the same
wallet-argument-scale = Pixels a module
wallet-argument-present-file-preset = What is asked, for example land-title
wallet-argument-present-file-counter = A picture of the counter's code, or its text: the file is for that counter alone
wallet-argument-present-file-credential = Which credential, where several fit
