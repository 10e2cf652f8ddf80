# The API of these tests runs within the provider, on a file that git ignores: no server, no credentials.
provider "machineid" {
  sandbox { path = "./sandbox.db" }
}

variables {
  name         = "webshop-ci"
  environments = ["dev", "staging"]
  secret_path  = "/app/**"
  metadata     = { team = "payments" }
}

run "setup" {
  module {
    source = "./tests/setup"
  }
}

run "deployer" {
  variables {
    project_id = run.setup.project_id
  }

  assert {
    condition = alltrue([for environment in ["dev", "staging"] :
      provider::machineid::allows(output.permissions, "readValue", "secrets", { environment = environment, secretPath = "/app/db" })
    ])
    error_message = "It must read the secrets of each of its environments."
  }
  assert {
    condition     = !provider::machineid::allows(output.permissions, "readValue", "secrets", { environment = "prod", secretPath = "/app/db" })
    error_message = "It must not read the secrets of another environment."
  }
  assert {
    condition     = !provider::machineid::allows(output.permissions, "readValue", "secrets", { environment = "dev", secretPath = "/payroll" })
    error_message = "It must not read the secrets of another folder."
  }
  assert {
    condition = alltrue([for action in ["create", "edit", "delete"] :
      !provider::machineid::allows(output.permissions, action, "secrets", { environment = "dev", secretPath = "/app/db" })
    ])
    error_message = "It must not change a secret."
  }
  assert {
    condition     = !provider::machineid::allows(output.permissions, "read", "identity") && !provider::machineid::allows(output.permissions, "assign-role", "identity")
    error_message = "It must have nothing to do with identities."
  }
  assert {
    condition     = machineid_identity.this.role == "no-access"
    error_message = "It must be nobody in the organization."
  }
  assert {
    condition     = provider::machineid::seconds(machineid_universal_auth.this.access_token_max_ttl) <= 900
    error_message = "Its tokens must live for minutes."
  }
}

# As the deployer itself: its project is there, and the rest is refused.
run "acts" {
  module {
    source = "./tests/act"
  }
  variables {
    client_id        = run.deployer.client_id
    client_secret    = run.deployer.client_secret
    identity_id      = run.deployer.identity_id
    project_id       = run.setup.project_id
    other_project_id = run.setup.other_project_id
  }
  assert {
    condition     = output.project_name == "Web shop"
    error_message = "The deployer must see its own project."
  }
  expect_failures = [check.other_project, check.who_else_is_there, check.itself]
}

# Who runs the tests can do all of that: the deployer was refused, and nothing else was wrong.
run "acts_as_oneself" {
  module {
    source = "./tests/act"
  }
  variables {
    identity_id      = run.deployer.identity_id
    project_id       = run.setup.project_id
    other_project_id = run.setup.other_project_id
  }
}

run "needs_an_environment" {
  command = plan
  variables {
    project_id   = run.setup.project_id
    environments = []
  }
  expect_failures = [var.environments]
}

run "needs_short_tokens" {
  command = plan
  variables {
    project_id       = run.setup.project_id
    access_token_ttl = "30d"
  }
  expect_failures = [var.access_token_ttl]
}
