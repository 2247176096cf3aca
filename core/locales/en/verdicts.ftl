# For each verdict: a title set large, a sentence that can be read out, and what the clerk does next.
# A failed check is never a judgement of the person.

verdict-exception-route = A failed check is not a refusal of service. If the person needs it, follow your office's procedure for cases without a code: check a paper or card document, or ask your supervisor.

verdict-valid-title = Valid
verdict-valid-sentence = The credential is genuine, belongs to this phone, and holds today.
verdict-valid-next = Compare the face where one is shown, then serve the person.

verdict-expired-title = Expired
verdict-expired-sentence = This credential is genuine, but its period of validity has ended.
verdict-expired-next = Ask the person to get a new copy from the issuer in their wallet, then show a code again.

verdict-not-yet-valid-title = Not yet valid
verdict-not-yet-valid-sentence = This credential is genuine, but its period of validity has not begun.
verdict-not-yet-valid-next = Tell the person from when it holds. Check this device's date if that seems wrong.

verdict-revoked-title = Revoked
verdict-revoked-sentence = The issuer has withdrawn this credential for good.
verdict-revoked-next = Do not rely on it. Refer the person to the issuer, who can say why and issue a new one.

verdict-suspended-title = Suspended
verdict-suspended-sentence = The issuer has suspended this credential for the time being.
verdict-suspended-next = Do not rely on it today. Refer the person to the issuer, who can reinstate it.

verdict-unknown-issuer-title = Unknown issuer
verdict-unknown-issuer-sentence = The registry proves that no agency is registered under this issuer's name.
verdict-unknown-issuer-next = Do not rely on it. Note the issuer shown and tell your supervisor.

verdict-issuer-not-accredited-title = Issuer not accredited
verdict-issuer-not-accredited-sentence = This agency is registered, but is not accredited to issue this kind of credential.
verdict-issuer-not-accredited-next = Do not rely on it. Ask for the credential from the agency in charge.

verdict-key-not-valid-at-signing-title = Signing key not valid
verdict-key-not-valid-at-signing-sentence = The key behind this signature was not allowed to sign this credential, or has been reported stolen.
verdict-key-not-valid-at-signing-next = Do not rely on it. Ask the person to have the credential issued again; it takes a minute in the wallet.

verdict-tampered-title = Altered
verdict-tampered-sentence = The data does not match the issuer's signature: something was changed after it was signed.
verdict-tampered-next = Do not rely on it. Ask for a fresh code; if it happens again, tell your supervisor.

verdict-holder-not-proven-title = Holder not proven
verdict-holder-not-proven-sentence = The phone did not prove that it holds the key this credential was issued to.
verdict-holder-not-proven-next = Ask the person to show a new code from their own wallet, not a picture of one.

verdict-replayed-title = Already used
verdict-replayed-sentence = This very code was accepted here before; each code works once.
verdict-replayed-next = Ask for a new code. The phone makes one every 30 seconds.

verdict-code-stale-title = Code out of time
verdict-code-stale-sentence = The code was made too long ago, or is dated ahead of this counter's clock.
verdict-code-stale-next = Ask for a new code. If that fails too, check the clock of the phone and of this device.

verdict-clock-wrong-title = Check the clock
verdict-clock-wrong-sentence = This device's clock cannot be right: the registry has already signed a later time.
verdict-clock-wrong-next = Set this device's date and time, then scan again. Nothing is wrong with the person's credential.

verdict-wrong-audience-title = For another counter
verdict-wrong-audience-sentence = The code was made for another counter or another kind of counter.
verdict-wrong-audience-next = Have the phone scan this counter's printed code first, or choose the matching check, then show a new code.

verdict-request-not-answered-title = Something is missing
verdict-request-not-answered-sentence = The code does not contain everything that this check asks for.
verdict-request-not-answered-next = Ask the person to choose the same check in their wallet and show a new code.

verdict-status-unknown-title = Status unknown
verdict-status-unknown-sentence = Nothing recent enough says whether this credential still holds. It is neither confirmed nor withdrawn.
verdict-status-unknown-next = Ask the person to go online, refresh their wallet and show a new code.

verdict-unreadable-title = Unreadable
verdict-unreadable-sentence = This is not a code that can be read here.
verdict-unreadable-next = Hold the phone steady at full brightness and scan again. Clean the screen; scan one phone at a time.
