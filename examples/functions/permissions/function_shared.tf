# One list of rules for the roles of several projects, checked before anything is created.
locals {
  reader = provider::machineid::permissions([
    { subject = "secrets", actions = ["describeSecret", "readValue"], condition = { key = "environment", in = ["dev", "staging"] } },
    { subject = "secret-folders", actions = ["read"] },
  ])
}

output "reads_production" { # false
  value = provider::machineid::allows(local.reader, "readValue", "secrets", { environment = "prod" })
}
