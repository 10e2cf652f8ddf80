resource "machineid_identity" "ci" {
  name = "ci"
}

# By its ID …
data "machineid_identity" "by_id" {
  id = machineid_identity.ci.id
}

# … or by its name, which must be the name of one identity only.
data "machineid_identity" "by_name" {
  name = machineid_identity.ci.name

  depends_on = [machineid_identity.ci]
}
