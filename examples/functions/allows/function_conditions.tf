# The rules of a role are checked with every plan.
resource "machineid_project" "shop" {
  name = "shop"
}

resource "machineid_project_role" "deployer" {
  project_id = machineid_project.shop.id
  slug       = "deployer"
  name       = "Deployer"
  permission {
    subject = "secrets"
    actions = ["describeSecret", "readValue", "edit"]
  }
  permission {
    effect  = "deny"
    subject = "secrets"
    actions = ["edit"]
    condition {
      key = "environment"
      eq  = "prod"
    }
  }

  lifecycle {
    postcondition {
      condition     = !provider::machineid::allows(self.permission, "edit", "secrets", { environment = "prod" })
      error_message = "Deployers must not change production: ${provider::machineid::explain(self.permission, "edit", "secrets", { environment = "prod" })}."
    }
  }
}
