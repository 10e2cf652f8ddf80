# What is there before: the deployer's project, and one that is none of its business.
terraform {
  required_providers {
    machineid = {
      source = "seed-54b7b333/machineid"
    }
  }
}

resource "machineid_project" "own" {
  name = "Web shop"
}

resource "machineid_project" "other" {
  name = "Payroll"
}

output "project_id" {
  value = machineid_project.own.id
}

output "other_project_id" {
  value = machineid_project.other.id
}
