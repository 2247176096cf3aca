# Words that every part uses.
product-name = Yufu
language-switch = Language
skip-to-content = Skip to content
action-back = Back
action-cancel = Cancel
action-continue = Continue
action-close = Close
action-delete = Delete
action-print = Print
age-seconds = { $n ->
    [one] { $n } second
   *[other] { $n } seconds
}
age-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
age-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
age-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
operators-count = { $n ->
    [one] Vouched for by { $n } operator
   *[other] Vouched for by { $n } operators
}
