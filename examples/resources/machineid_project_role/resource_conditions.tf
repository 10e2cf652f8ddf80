resource "machineid_project" "shop" {
  name = "Web shop"
  slug = "webshop"
}

resource "machineid_project_role" "app" {
  project_id  = machineid_project.shop.id
  slug        = "app"
  name        = "App"
  description = "Reads the secrets of the app"
  permissions = [
    {
      subject = "secrets"
      actions = ["describeSecret", "readValue"]
      conditions = {
        environment = { in = ["dev", "staging"] }
        secret_path = { glob = "/app/**" }
      }
    },
    # A denial always wins: not these, even there.
    {
      subject    = "secrets"
      actions    = ["readValue"]
      inverted   = true
      conditions = { secret_name = { glob = "ROOT_*" } }
    },
  ]
}
