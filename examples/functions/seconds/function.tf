locals {
  # 90 days is longer than 2000 hours.
  longer = provider::machineid::seconds("90d") > provider::machineid::seconds("2000h")
}

output "seconds" {
  value = provider::machineid::seconds("1h30m") # 5400
}

output "longer" {
  value = local.longer # true
}
