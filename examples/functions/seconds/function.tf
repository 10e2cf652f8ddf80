output "seconds" {
  value = provider::machineid::seconds("1h30m") # 5400
}
