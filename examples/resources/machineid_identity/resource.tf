resource "machineid_identity" "ci" {
  name = "ci"
  role = "no-access"
  metadata = {
    team = "payments"
  }
}
