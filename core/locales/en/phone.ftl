# The phone simulator page.
phone-title = Phone
phone-cards-title = Your credentials
phone-cards-empty = Nothing here yet. An agency gives you a QR code or a link; add it here.
phone-add = Add a credential
phone-add-title = Add a credential
phone-add-lede = Scan the agency's QR code, or paste its link.
phone-add-link-label = Link of the offer
phone-add-link-hint = It begins with openid-credential-offer://
phone-add-image-label = Picture of the QR code
phone-add-read = Read the offer
phone-camera-scan = Scan with the camera
phone-camera-looking = Looking for a code…
phone-camera-denied = The browser was not allowed to use the camera.
phone-camera-none = No camera was found.
phone-camera-insecure = A camera works on this device's own address or over HTTPS only.
phone-connection-lost = The phone's program does not answer.
phone-offer-title = Accept this?
phone-offer-from = Who issues it
phone-offer-registered = Legal name in the registry, proven
phone-offer-claims = It calls itself “{ $name }”.
phone-offer-unregistered = The registry knows no agency for this. The wallet will refuse what it issues.
phone-offer-what = What you get
phone-offer-copies = { $n ->
    [one] { $n } single-use copy, so that counters cannot link your visits
   *[other] { $n } single-use copies, so that counters cannot link your visits
}
phone-offer-whole = It cannot be shown in part: a counter that gets it gets all of it.
phone-offer-not-accredited = The registry does not accredit this agency for this type.
phone-offer-tx-code = Transaction code
phone-offer-tx-code-hint = The agency gave it to you separately from the QR code.
phone-offer-accept = Accept
phone-offer-gone = This offer is no longer open here. Scan it again.
phone-added = Added. It was verified before it was kept.
phone-card-issuer = Issuer
phone-card-state = Status
phone-card-proof = Proof of status
phone-card-proof-age = { $age } old
phone-card-proof-none = None yet
phone-card-copies = Copies left
phone-card-copies-of = { $left } of { $total }
phone-card-validity = Valid
phone-card-validity-range = { $from } to { $to } (UTC)
phone-card-received = Received
phone-card-details = What it says
phone-card-key-level = Key kept in
phone-card-show = What does the counter ask for?
phone-card-as-file = As a file, with everything in it
phone-card-no-preset = No check of a counter asks for this kind of credential.
phone-card-portrait-alt = Portrait in this credential
phone-key-software = software
phone-key-hardware = the phone's protected hardware
phone-key-strong-box = a separate secure element
phone-state-valid = Valid
phone-state-not-yet-valid = Not yet valid
phone-state-expired = Expired
phone-state-suspended = Suspended
phone-state-revoked = Revoked
phone-state-unknown-issuer = Issuer unknown
phone-state-issuer-not-accredited = Issuer not accredited
phone-state-key-not-valid-at-signing = Signing key not valid
phone-state-status-unknown = Status unknown
phone-notice-few-copies = { $n ->
    [one] Only { $n } unused copy is left. Ask the agency for a fresh offer.
   *[other] Only { $n } unused copies are left. Ask the agency for a fresh offer.
}
phone-notice-copies-spent = No unused copy is left. The last one is shown again, and two counters could tell. Ask the agency for a fresh offer.
phone-notice-not-yet-valid = It becomes valid on { $day } (UTC).
phone-notice-clock-wrong = This phone's clock cannot be right. Set it.
phone-notice-network-conflict = The registry has shown two histories. Nothing of it is trusted until this is cleared up.
phone-notice-proof-old = Its proof of status is { $age } old. Refresh.
phone-notice-no-proof = No proof of status is held. Refresh.
phone-refresh = Refresh proofs
phone-refreshed = Proofs are fresh.
phone-refresh-partly = { $n ->
    [one] The proof of { $n } credential could not be renewed; the earlier one is kept.
   *[other] The proofs of { $n } credentials could not be renewed; the earlier ones are kept.
}
phone-refresh-offline = The registry could not be reached. The earlier proofs are kept.
phone-scan-counter-title = Scan the counter's code
phone-scan-counter-lede = This check is for one counter only. Scan the code printed on that counter, so that your code works nowhere else.
phone-scan-counter-text-label = Text of the counter's code
phone-scan-counter-text-hint = It begins with yufu-counter-1:
phone-show-title = Show this code
phone-show-lede = Hold it to the counter's camera. It renews itself.
phone-show-next = New code in { "{n}" } s
phone-show-parts = { $n ->
    [one] One picture
   *[other] { $n } pictures in turn
}
phone-show-alt = QR code for the counter
phone-show-done = Done
phone-show-over = This display has ended. Agree again to show a new code.
phone-file-counter-lede = A file is for one counter only. Scan the code on that counter's page first, so that your file works nowhere else.
phone-file-title = Your file is ready
phone-file-lede = Save it and give it to the counter, on its page or by whatever way it takes files. It works there once.
phone-file-good = Good until
phone-file-good-until = { $time } (UTC)
phone-file-save = Save the file
phone-file-forgotten = The phone forgets the file after that, when you lock it, or when you are done. A file that you have saved stays where you put it: delete it afterwards.
phone-file-over = This file is kept no longer. Agree again to make a new one.
phone-history = History
phone-history-title = History
phone-history-lede = Kept on this phone alone.
phone-history-empty = Nothing has happened yet.
phone-history-erase = Erase history
phone-history-received = { $n ->
    [one] Received, { $n } copy
   *[other] Received, { $n } copies
}
phone-history-shown = Shown to { $asker }
phone-history-shown-fields = Disclosed: { $fields }
phone-history-reused = An already used copy was shown again.
phone-history-deleted = Deleted
phone-delete = Delete this credential
phone-delete-title = Delete this credential?
phone-delete-lede = Its copies, proofs and keys go with it. The agency can issue it again.
phone-unlock-title = Unlock
phone-unlock-passphrase = Passphrase
phone-unlock-button = Unlock
phone-lock = Lock
phone-problem-title = That did not work
phone-problem-not-found = There is no such page on this phone.
phone-problem-nothing-given = Paste a link or choose a picture first.
phone-problem-no-code = No QR code was found in the picture.
phone-problem-foreign = The request came from another page and was not carried out.
phone-problem-locked = The phone is locked. Unlock it first.
phone-problem-vault = The passphrase is not right, or what is stored cannot be opened.
phone-problem-issuance = The issuer did not deliver.
phone-problem-registry = The registry did not answer, or its answer could not be proven.
phone-problem-refused = The wallet does not keep this credential, because it does not hold.
phone-problem-counter = This is not a counter's printed code.
phone-problem-preset = This credential cannot answer that check.
phone-problem-other = The wallet could not do that.
phone-problem-details = Details: { $details }
