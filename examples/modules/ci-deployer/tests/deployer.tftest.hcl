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
    permissions = [
      { subject = "environments", actions = ["read"] },
      { effect = "deny", subject = "secrets", actions = ["readValue"], condition = { key = "secretName", glob = "ROOT_*" } },
    ]
  }

  assert {
    condition     = machineid_identity.this.role == "no-access"
    error_message = "It must have no role in the organization."
  }
  assert {
    condition     = machineid_universal_auth.this.access_token_max_ttl == "15m"
    error_message = "Its tokens must expire after 15 minutes."
  }
}

# Provider functions are called in outputs of a module, since `tofu test` crashes on them in conditions of assert.
run "allows" {
  module {
    source = "./tests/allows"
  }
  variables {
    permissions = run.deployer.permissions
  }
  assert {
    condition     = output.reads_each_environment
    error_message = "It must read the secrets of each of its environments: ${output.reason_dev}."
  }
  assert {
    condition     = !output.reads_prod
    error_message = "It must not read the secrets of another environment: ${output.reason_prod}."
  }
  assert {
    condition     = !output.reads_another_folder
    error_message = "It must not read the secrets of another folder."
  }
  assert {
    condition     = !output.reads_a_root_secret
    error_message = "The rules of the variable must be in the role."
  }
  assert {
    condition     = !output.changes_secrets
    error_message = "It must not change a secret."
  }
  assert {
    condition     = !output.manages_identities
    error_message = "It must not have permissions on identities."
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
