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
      payments = { identity_id = run.setup.identities["payments"], roles = { shop = [{ slug = "viewer" }], billing = [{ slug = "own-folder" }] } }
      design   = { identity_id = run.setup.identities["design"], roles = { shop = [{ slug = "own-folder" }, { slug = "no-access" }] } }
    }
  }

  assert {
    condition     = toset(keys(output.permissions)) == toset(["payments/shop", "payments/billing", "design/shop"])
    error_message = "No team must be a member of more than it is given."
  }
}

# Provider functions are called in outputs of a module, since `tofu test` crashes on them in conditions of assert.
run "allows" {
  module {
    source = "./tests/allows"
  }
  variables {
    permissions = run.teams.permissions
  }
  assert {
    condition     = output.payments_reads_shop
    error_message = "Payments must read every secret of the shop."
  }
  assert {
    condition     = !output.payments_edits_shop
    error_message = "Payments must change nothing in the shop, not even in a folder of its name: ${output.payments_edits_shop_reason}."
  }
  assert {
    condition     = output.payments_edits_own_folder
    error_message = "Payments must manage its own folder of the billing."
  }
  assert {
    condition     = output.design_edits_own_folder
    error_message = "Design must manage its own folder of the shop."
  }
  assert {
    condition     = !output.design_reads_payments
    error_message = "Design must not read the folder of another team."
  }
  assert {
    condition     = !output.assigns_roles
    error_message = "No team must be able to assign roles."
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
    teams    = { design = { identity_id = "x", roles = { shops = [{ slug = "viewer" }] } } }
  }
  expect_failures = [var.teams]
}

run "rejects_unknown_names" {
  command = plan
  variables {
    projects = run.setup.projects
    teams    = { design = { identity_id = "x", roles = {}, role = "admin" } }
  }
  expect_failures = [var.teams]
}

run "makes_no_admins" {
  command = plan
  variables {
    projects = run.setup.projects
    teams    = { design = { identity_id = "x", roles = { shop = [{ slug = "admin" }] } } }
  }
  expect_failures = [var.teams]
}
