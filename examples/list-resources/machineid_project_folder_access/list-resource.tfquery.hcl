list "machineid_project_folder_access" "shop" {
  provider = machineid

  config {
    project_id = "3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52"
  }
}
