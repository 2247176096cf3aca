# The consent sheet: who asks, what for, what is shown. Nothing is disclosed before it.
consent-title = Show “{ $title }”?
consent-asker = Who will read it
consent-asker-class = Any counter of this kind: { $name }
consent-asker-counter = { $name }
consent-purpose = What for
consent-fields = What will be shown
consent-fields-face = so that the clerk can compare it with your face
consent-nothing-else = Nothing else leaves this phone, and the issuer is not told.
consent-file-title = Give “{ $title }” to a counter as a file?
consent-file-fields = Everything that the file tells
consent-file-unasked = This check does not ask for it, but it goes along.
consent-file-beside = The file also says who issued the credential, from when until when it is valid, where its status is listed, and which key of this phone signs. The issuer is not told.
consent-file-agree = Agree and make the file
consent-agree = Agree and show the code
consent-decline = Do not show
consent-warning-everything-travels = Everything in this credential goes to the counter. It cannot be shown in part.
consent-warning-face-travels = Your face travels in the code.
consent-warning-counter-not-registered = Nobody vouches for this counter's name. Make sure that it stands where you are.
consent-warning-copy-reused = No unused copy is left. Two counters could tell that they saw the same credential.
consent-warning-few-copies = { $n ->
    [one] Only { $n } unused copy is left. Get new ones soon.
   *[other] Only { $n } unused copies are left. Get new ones soon.
}
consent-warning-proof-too-old = Your newest proof of status is { $age } old, more than this check allows. Refresh first, or the counter will say “status unknown”.
consent-warning-no-proof = You hold no proof of status. Refresh first, or the counter will say “status unknown”.
consent-warning-not-yet-valid = This credential is not valid yet.
consent-warning-expired = This credential has expired.
consent-warning-suspended = The issuer has suspended this credential.
consent-warning-revoked = The issuer has revoked this credential.
consent-warning-issuer-not-trusted = The registry no longer vouches for the issuer, its key or its accreditation.
consent-warning-clock-wrong = This phone's clock cannot be right. Set it, or the counter will say “code out of time”.
consent-warning-network-conflict = The registry has shown two histories. Counters will not trust it until this is cleared up.
