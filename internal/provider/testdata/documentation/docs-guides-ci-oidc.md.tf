resource "machineid_identity" "deploy" {
  name = "deploy"
}
