# The API of these tests runs within the provider, on a file that git ignores: no server, no credentials.
provider "machineid" {
  sandbox { path = "./sandbox.db" }
}

run "setup" {
  module {
    source = "./tests/setup"
  }
}

run "teams" {
  variables {
    projects = run.setup.projects
    teams = {
      payments = { identity_id = run.setup.identities["payments"], roles = { shop = ["viewer"], billing = ["own-folder"] } }
      design   = { identity_id = run.setup.identities["design"], roles = { shop = ["own-folder", "no-access"] } }
    }
  }

  assert {
    condition     = provider::machineid::allows(output.permissions["payments/shop"], "readValue", "secrets")
    error_message = "Payments must read every secret of the shop."
  }
  assert {
    condition     = !provider::machineid::allows(output.permissions["payments/shop"], "edit", "secrets", { environment = "dev", secretPath = "/payments/db" })
    error_message = "Payments must change nothing in the shop, not even in a folder of its name."
  }
  assert {
    condition     = provider::machineid::allows(output.permissions["payments/billing"], "edit", "secrets", { environment = "prod", secretPath = "/payments/db" })
    error_message = "Payments must manage its own folder of the billing."
  }
  assert {
    condition     = provider::machineid::allows(output.permissions["design/shop"], "edit", "secrets", { environment = "prod", secretPath = "/design/fonts" })
    error_message = "Design must manage its own folder of the shop."
  }
  assert {
    condition     = !provider::machineid::allows(output.permissions["design/shop"], "readValue", "secrets", { environment = "dev", secretPath = "/payments/db" })
    error_message = "Design must not read the folder of another team."
  }
  assert {
    condition     = toset(keys(output.permissions)) == toset(["payments/shop", "payments/billing", "design/shop"])
    error_message = "No team must be a member of more than it is given."
  }
  assert {
    condition     = alltrue([for permissions in output.permissions : !provider::machineid::allows(permissions, "assign-role", "identity")])
    error_message = "No team must be able to give itself more."
  }
}

# Payments is a viewer of the shop, who sees its members, and has only its folder in the billing.
run "acts_as_payments" {
  module {
    source = "./tests/act"
  }
  variables {
    credentials = run.setup.credentials["payments"]
    projects    = run.setup.projects
  }
  expect_failures = [check.members_of_the_billing]
}

# Design has only its folder in the shop, and is no member of the billing.
run "acts_as_design" {
  module {
    source = "./tests/act"
  }
  variables {
    credentials = run.setup.credentials["design"]
    projects    = run.setup.projects
  }
  expect_failures = [check.members_of_the_shop, check.billing, check.members_of_the_billing]
}

# Who runs the tests can do all of that: the teams were refused, and nothing else was wrong.
run "acts_as_oneself" {
  module {
    source = "./tests/act"
  }
  variables {
    projects = run.setup.projects
  }
}

run "knows_its_projects" {
  command = plan
  variables {
    projects = run.setup.projects
    teams    = { design = { identity_id = "x", roles = { shops = ["viewer"] } } }
  }
  expect_failures = [var.teams]
}

run "makes_no_admins" {
  command = plan
  variables {
    projects = run.setup.projects
    teams    = { design = { identity_id = "x", roles = { shop = ["admin"] } } }
  }
  expect_failures = [var.teams]
}
