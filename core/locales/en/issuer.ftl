# The clerks' pages of an agency.
issuer-search-title = Find a resident
issuer-search-label = Name or number
issuer-search-hint = Chinese or Latin letters, or the start of the resident number.
issuer-search-count = { $n ->
    [one] The register has { $n } resident.
   *[other] The register has { $n } residents.
}
issuer-search-action = Find
issuer-search-nobody = Nobody in the register is called that.
issuer-search-more = There are more. Type more of the name.
issuer-not-ready = The registry has not been reached yet, so nothing can be issued. This goes away by itself once it answers.
issuer-to-search = Find another resident
issuer-portrait-alt = Photo in the register
issuer-number = Resident number
issuer-birth-date = Date of birth
issuer-sex = Sex
issuer-sex-0 = Not known
issuer-sex-1 = Male
issuer-sex-2 = Female
issuer-sex-9 = Not applicable
issuer-nationality = Nationality
issuer-address = Address
issuer-licence = Driving licence
issuer-land = Home or land
issuer-state-valid = Valid
issuer-state-suspended = Suspended
issuer-state-revoked = Revoked
issuer-state-none = Not issued
issuer-copies = { $n ->
    [one] { $n } copy
   *[other] { $n } copies
}
issuer-offer-action = Offer
issuer-offer-title = Offer
issuer-offer-lede = Ask the resident to scan this code with the wallet on the phone.
issuer-offer-code-alt = QR code of the offer
issuer-offer-tx-code = Transaction code
issuer-offer-tx-code-hint = Tell it to this resident only, once the phone asks for it.
issuer-offer-lifetime = { $n ->
    [one] The offer is good once, for { $n } minute. Leaving this page does not end it.
   *[other] The offer is good once, for { $n } minutes. Leaving this page does not end it.
}
issuer-offer-link = The wallet is on this device
issuer-done-action = Done
issuer-suspend-action = Suspend
issuer-suspend-title = Suspend all copies?
issuer-suspend-effect = Counters will refuse them until you reinstate them. Offers that are still open are withdrawn.
issuer-reinstate-action = Reinstate
issuer-reinstate-title = Reinstate all suspended copies?
issuer-reinstate-effect = Counters will accept them again, from the next publication on.
issuer-revoke-action = Revoke
issuer-revoke-title = Revoke all copies for good?
issuer-revoke-effect = This cannot be undone. The resident needs a new offer to get new copies.
issuer-no-resident-title = Nobody has that number
issuer-no-resident-sentence = The register has no resident with that number.
issuer-nothing-to-issue-title = There is nothing to issue
issuer-nothing-to-issue-sentence = The register has no such document for this resident.
issuer-suspended-first-title = The copies are suspended
issuer-suspended-first-sentence = Reinstate or revoke them before you make a new offer.
issuer-nothing-to-change-title = Nothing was changed
issuer-nothing-to-change-sentence = The resident has no copy that this applies to, or somebody changed it a moment ago.
issuer-not-found-title = There is no such page
issuer-not-found-sentence = The address is not one of this agency's.
issuer-broken-title = Something failed here
issuer-broken-sentence = Nothing was changed. Try again, or ask whoever runs this service.
issuer-registry-link = What the registry knows of this agency
issuer-registry-title = What the registry knows of this agency
issuer-registry-address = Address for wallets
issuer-lists-title = Status lists
issuer-lists-none = None yet. A list is opened as soon as the agency is accredited.
issuer-lists-number = List
issuer-lists-credential = Credential
issuer-lists-state = State
issuer-lists-version = Version
issuer-lists-age = Published
issuer-list-opening = Being opened
issuer-list-open = In use
issuer-list-closed = Full or replaced
issuer-list-detached = Given up
issuer-refusals = The registry has not taken these yet:
issuer-no-suspension-title = This credential cannot be suspended
issuer-no-suspension-sentence = This kind of credential can be revoked, not suspended. Nothing was changed.
