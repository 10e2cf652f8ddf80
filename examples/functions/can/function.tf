output "may_read" {
  value = provider::machineid::can([{ subject = "secrets", actions = ["readValue"] }], "readValue", "secrets") # true
}

output "may_edit" {
  value = provider::machineid::can([{ subject = "secrets", actions = ["readValue"] }], "edit", "secrets") # false
}
