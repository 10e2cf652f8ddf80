# Access of one identity to folders, each with its permission and window.
list "machineid_project_folder_access" "ci" {
  provider         = machineid
  limit            = 1000
  include_resource = true

  config {
    project_id  = "3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52"
    identity_id = "6a1c5a9d-8f0e-4a42-93f5-2f118f2d6f2f"
  }
}
