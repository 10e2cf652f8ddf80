# The error of a check names the rule that decides.
resource "machineid_project" "shop" {
  name = "shop"
}

data "machineid_project_role" "viewer" {
  project_id = machineid_project.shop.id
  slug       = "viewer"

  lifecycle {
    postcondition {
      condition     = !provider::machineid::allows(self.permission, "edit", "secrets", { environment = "prod", secretPath = "/" })
      error_message = "Viewers must not edit secrets: ${provider::machineid::explain(self.permission, "edit", "secrets", { environment = "prod", secretPath = "/" })}."
    }
  }
}
