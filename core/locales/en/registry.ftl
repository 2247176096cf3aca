# The registry's command line.
registry-failed = This did not work: { $reason }
registry-keys-in-clear = The keys are stored in clear, readable by you alone. Give a passphrase to seal them.
registry-few-validators = { $n ->
    [one] This network has one validator: it tolerates no fault, and its operator alone decides what is shown. Losing its data means founding a new network.
   *[other] This network has { $n } validators: it tolerates no fault. Four tolerate one.
}
registry-runs = The registry is served at { $url }. Ctrl-C stops it.
registry-stops = The registry stops.
registry-done = Final at height { $height }.
registry-absent = There is no { $key }: that is proven.
registry-verified = { $n ->
    [one] Verified at height { $height }, { $age } s old, signed by the network's one operator.
   *[other] Verified at height { $height }, { $age } s old, signed by a quorum of { $n } operators.
}
registry-help-yufu-registry = The registry of issuers, keys, accreditations and status lists
registry-help-init-network = Found a network: make all keys, the genesis, and a configuration for each validator
registry-help-node = Run a validator and serve the registry over HTTP
registry-help-accredit = Let an agency issue a credential type
registry-help-suspend-accreditation = Suspend an accreditation, at once
registry-help-reinstate-accreditation = End a suspension, after the network's timelock
registry-help-withdraw-accreditation = Withdraw an accreditation, for good
registry-help-show = Show a record, or that there is none, after verifying the proof
registry-help-checkpoint = Show the newest certified header, after verifying its certificate
registry-help-help = Print this message or the help of a command
registry-argument-lang = Language of messages: en or zh-CN
registry-argument-help = Print help
registry-argument-version = Print version
registry-argument-validators = How many validators
registry-argument-name = Short name of the network, as in its DIDs: a–z, 0–9 and -, at most 16
registry-argument-out = Folder to make and fill; it must not exist or be empty
registry-argument-demo = Rules for a demonstration: slots of 5 s, publications every 10 s, no timelocks
registry-argument-slot-ms = Length of an anchor slot (milliseconds)
registry-argument-publication-ms = How often issuers publish each status list (milliseconds)
registry-argument-timelock-ms = How long added keys and reinstatements wait (milliseconds)
registry-argument-status-age-limit-ms = The oldest status that checks accept unless they say less (milliseconds)
registry-argument-http-port = HTTP port of the first validator; the next ones follow
registry-argument-p2p-port = Port on which the first validator listens for the others; the next ones follow
registry-argument-passphrase-file = File with the passphrase of the key files; without it YUFU_PASSPHRASE is taken, if set
registry-argument-log-format = How the log on standard error is written: text for people, json for machines
registry-argument-config = The validator's configuration (TOML)
registry-argument-registry = URL of a registry
registry-argument-network-key = The network's key, or a file with it
registry-argument-key = The authority's control key
registry-argument-did = The authority's DID; without it, the file “did” beside the key
registry-argument-issuer = The agency's DID
registry-argument-vct = The credential type
registry-argument-name-zh = The agency's legal name in Chinese
registry-argument-name-en = The agency's legal name in English
registry-argument-valid-days = For how many days from today
registry-argument-max-open-lists = How many status lists the agency may have open at once
registry-argument-latest = At the newest certified header instead of the newest anchor
registry-argument-record = The record's key, such as gov/policy, did/<issuer> or grant/<issuer>/<type>/<list>, the type percent-encoded
registry-proposals = { $n ->
    [0] There has been no proposal.
    [one] There has been one proposal.
   *[other] There have been { $n } proposals; the newest 50 are shown.
}
registry-help-propose = Propose an act of governance and vote for it
registry-help-suspend = Suspend an accreditation
registry-help-reinstate = End a suspension, after the network's timelock
registry-help-withdraw = Withdraw an accreditation, for good
registry-help-recover = Give a DID whose keys are lost new ones, after the timelock, in which its next key can veto
registry-help-policy = Change the network's rules, after the timelock
registry-help-vote = Vote on a proposal; the vote that completes the quorum carries it out, or starts its wait
registry-help-execute = Carry out a proposal that has passed and waited
registry-help-veto = Stop the recovery of a DID, with its committed next key
registry-help-proposals = List proposals, after verifying the proof of each
registry-argument-authorities = How many authorities govern the network
registry-argument-quorum = How many authorities an act of governance takes; more than half unless said
registry-argument-days = For how many days the proposal is open
registry-argument-proposal = The proposal's number
registry-argument-against = Vote against it
registry-argument-control-key = File with the new control key's public half (JWK)
registry-argument-next-key = File with the public half (JWK) of the key that alone can replace it
registry-argument-add-authority = DID of a further authority
registry-argument-remove-authority = DID of an authority that no longer is one
registry-help-evidence = Verify a file that is said to prove that the network has shown two histories
registry-argument-file = File that a counter or a phone saved
registry-evidence-holds = The evidence holds: validators signed two histories. Trust neither, and find out who signed both.
registry-argument-rules = Version of the rules that the network begins with; without it the newest
registry-argument-next-rules = Version of the rules that follows, from --from-height on
registry-argument-from-height = First height that follows the next version of the rules: leave time to upgrade every validator
registry-help-trial = Put a network to the test on this machine: real processes, load, and processes killed without warning
registry-argument-seconds = Seconds of load
registry-argument-kill-every = Kill a node every so many seconds
registry-argument-dir = Folder to make for the network; without it one that is removed when all went well
registry-argument-seed = Chooses the nodes that are killed
registry-trial-broken = A promise broke. The nodes' data and logs are in { $dir }.
registry-trial-kept = Every promise was kept.
registry-help-audit = Follow the chain from its genesis: execute every block again and compare it with what validators certified
registry-argument-json = Print the result as one JSON line
registry-audit-progress = { $height } of { $last } blocks followed
registry-audit-kept = Every block from the genesis to height { $height } follows the rules and leads to the certified header.
