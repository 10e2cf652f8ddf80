resource "machineid_project" "shop" {
  name = "Shop"
  slug = "webshop"
}

resource "machineid_project" "billing" {
  name = "Billing"
  slug = "billing"
}

resource "machineid_identity" "payments" {
  name     = "payments"
  metadata = { team = "payments" }
}

resource "machineid_identity" "design" {
  name     = "design"
  metadata = { team = "design" }
}
