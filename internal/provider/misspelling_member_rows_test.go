// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import "slices"

// memberOf begins a resource of an identity in a project. Terraform cannot place an error within a set of blocks, so
// that those about a role block are at this line.
func memberOf(kind, mark, more string) string {
	return "resource \"machineid_" + kind + "\" \"NAME\" {" + mark + "\n" +
		"  project_id  = \"3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52\"\n  identity_id = \"0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52\"\n" + more + "\n}"
}

const (
	viewerRole = "  role {\n    slug = \"viewer\"\n  }\n"
	anHour     = "start = \"2126-12-01T08:00:00Z\"\nduration = \"1h\"\n"
	atBlock    = " # error"
)

var memberMisspellings = slices.Concat(membershipMisspellings, membershipRoleMisspellings, folderAccessMisspellings, identityMisspellings, projectMisspellings)

var membershipMisspellings = []misspelling{
	{hcl: memberOf("project_membership", "", "  role {\n    slgu = \"viewer\" # error\n  }"), want: []string{`"slgu" is not expected here. Did you mean "slug"?`}},
	{hcl: memberOf("project_membership", "", "  role {\n    role = \"viewer\" # error\n  }"), want: []string{`"role" is not expected here`}},
	{hcl: memberOf("project_membership", "", "  roles = [{ role = \"viewer\" }] # error"), want: []string{`"roles" is not expected here`}},
	{hcl: memberOf("project_membership", "", "  role = [{ slug = \"viewer\" }] # error"), want: []string{`Did you mean to define a block of type "role"?`}},
	{hcl: memberOf("project_membership", "", "  rol { # error\n    slug = \"viewer\"\n  }"), want: []string{`Did you mean "role"?`}},
	{hcl: memberOf("project_membership", "", viewerRole+"  role {\n    slug = \"admin\"\n    temporay { # error\n"+anHour+"    }\n  }"), want: []string{`Did you mean "temporary"?`}},
	{hcl: memberOf("project_membership", "", viewerRole+"  role {\n    slug = \"admin\"\n    temporary = { range = \"1h\" } # error\n  }"), want: []string{`Did you mean to define a block of type "temporary"?`}},
	{hcl: memberOf("project_membership", "", viewerRole+"  role {\n    slug = \"admin\"\n    temporary {\n      range = \"1h\" # error\n    }\n  }"), want: []string{`"range" is not expected here`}},
	{hcl: memberOf("project_membership", "", viewerRole+"  role {\n    slug = \"admin\"\n    temporary {\n      begin = \"x\" # error\n    }\n  }"), want: []string{`"begin" is not expected here`}},
	{hcl: memberOf("project_membership", "", viewerRole+"  role {\n    slug = \"admin\"\n    temporary {\n      duraton = \"1h\" # error\n    }\n  }"), want: []string{`Did you mean "duration"?`}},
	{hcl: memberOf("project_membership", atBlock, viewerRole+"  role {\n    slug = \"admin\"\n    temporary {}\n  }"), want: []string{`The block temporary has no duration`}},
	{hcl: memberOf("project_membership", atBlock, viewerRole+"  role {\n    slug = \"admin\"\n    temporary {\n      duration = \"1h\"\n    }\n  }"), want: []string{`The block temporary has no start`}},
	{hcl: memberOf("project_membership", atBlock, viewerRole+"  role {\n    slug = \"admin\"\n    temporary {\n      start = \"2126-12-01T08:00:00Z\"\n      duration = \"8 hours\"\n    }\n  }"), want: []string{`"8 hours" has a space; write "8h"`}},
	{hcl: memberOf("project_membership", atBlock, viewerRole+"  role {\n    slug = \"admin\"\n    temporary {\n      start = \"now\"\n      duration = \"8h\"\n    }\n  }"), want: []string{`"now" is not an RFC 3339 time`}},
	{hcl: memberOf("project_membership", atBlock, viewerRole+"  role {\n    slug = \"admin\"\n    temporary {\n      start = \"9999-12-31T00:00:00Z\"\n      duration = \"1d\"\n    }\n  }"), want: []string{`after the year 9999`}},
	{hcl: memberOf("project_membership", atBlock, "  role {\n    slug = \"Viewer\"\n  }"), want: []string{`Did you mean "viewer"?`}},
	{hcl: memberOf("project_membership", atBlock, "  role {\n    slug = \"no_access\"\n  }"), want: []string{`Did you mean "no-access"?`}},
	{hcl: memberOf("project_membership", atBlock, "  role {\n    slug = \"custom\"\n  }"), want: []string{`Set the slug of the custom role`}},
	{hcl: memberOf("project_membership", atBlock, viewerRole+"  role {\n    slug = \"viewer\"\n    temporary {\n"+anHour+"    }\n  }"), want: []string{`more than one role block with the slug "viewer"`}},
	{hcl: memberOf("project_membership", atBlock, "  role {\n    slug = \"viewer\"\n    temporary {\n"+anHour+"    }\n  }"), want: []string{`Every role is temporary`}},
	{hcl: memberOf("project_membership", atBlock, ""), want: []string{`The membership has no role`}},
	{hcl: memberOf("project_membership", "", viewerRole+"  adopt_exsting = true # error"), want: []string{`Did you mean "adopt_existing"?`}},
	{hcl: memberOf("project_membership", "", viewerRole+"  timeouts {\n    updat = \"1m\" # error\n  }"), want: []string{`Did you mean "update"?`}},
	{hcl: "resource \"machineid_project_membership\" \"NAME\" {\n  project_id  = \"webshop\" # error\n  identity_id = \"0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52\"\n" + viewerRole + "}", want: []string{`"webshop"`, `data "machineid_project"`}},
	{hcl: "resource \"machineid_project_membership\" \"NAME\" {\n  project_id  = \"3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52\"\n  identity_id = \"ci\" # error\n" + viewerRole + "}", want: []string{`"ci"`, `data "machineid_identity"`}},
	{hcl: "resource \"machineid_project_membership\" \"NAME\" {\n  project_id  = \"3C1F6E1F-5D0C-4B63-9A4E-0B6F4F0E7A52\" # error\n  identity_id = \"0b6f4f0e-5d0c-4b63-9a4e-3c1f6e1f7a52\"\n" + viewerRole + "}", want: []string{`Write "3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52"`}},
}

var membershipRoleMisspellings = []misspelling{
	{hcl: memberOf("project_membership_role", "", "  role = \"viewer\"\n  slug = \"viewer\" # error"), want: []string{`"slug" is not expected here`}},
	{hcl: memberOf("project_membership_role", "", "  role = \"Admin\" # error"), want: []string{`Did you mean "admin"?`}},
	{hcl: memberOf("project_membership_role", "", "  role = \"no-access\" # error"), want: []string{`The role "no-access" cannot be set here`}},
	{hcl: memberOf("project_membership_role", "", "  role = \"viewer\"\n  temporary = { range = \"1h\" } # error"), want: []string{`Did you mean to define a block of type "temporary"?`}},
	{hcl: memberOf("project_membership_role", atBlock, "  role = \"viewer\"\n  temporary {}"), want: []string{`The block temporary has no start`}},
	{hcl: memberOf("project_membership_role", "", "  role = \"viewer\"\n  temporary {\n    start = \"2126-12-01T08:00:00Z\" # error\n  }"), want: []string{`The block temporary has no duration`}},
	{hcl: memberOf("project_membership_role", "", "  role = \"viewer\"\n  temporary {\n    start = \"2126-12-01T08:00:00Z\"\n    duration = \"0s\" # error\n  }"), want: []string{`Write a duration from 1s`}},
	{hcl: memberOf("project_membership_role", "", "  role = \"viewer\"\n  temporary {\n    strat = \"x\" # error\n  }"), want: []string{`Did you mean "start"?`}},
}

var folderAccessMisspellings = []misspelling{
	{hcl: memberOf("project_folder_access", "", "  environment = \"dev\"\n  secret_path = \"/\"\n  permision = \"read\" # error"), want: []string{`Did you mean "permission"?`}},
	{hcl: memberOf("project_folder_access", "", "  environment = \"dev\"\n  secret_path = \"app\" # error\n  permission = \"read\""), want: []string{`"app" is not the path of a folder`}},
	{hcl: memberOf("project_folder_access", "", "  environment = \"dev\"\n  secret_path = \"/\"\n  permission = \"reads\" # error"), want: []string{`"reads"`, `"read"`}},
	{hcl: memberOf("project_folder_access", "", "  environment = \"dev\"\n  secret_path = \"/\"\n  permission = \"full-access\" # error\n  temporary {\n"+anHour+"  }"), want: []string{`Full access cannot be temporary`}},
	{hcl: memberOf("project_folder_access", "", "  environment = \"dev\"\n  secret_path = \"/\"\n  permission = \"read\"\n  temporary {\n    length = \"1h\" # error\n  }"), want: []string{`"length" is not expected here`}},
}

var identityMisspellings = []misspelling{
	{hcl: "resource \"machineid_identity\" \"NAME\" {\n  name = \"x\"\n  roles = [\"admin\"] # error\n}", want: []string{`Did you mean "role"?`}},
	{hcl: "resource \"machineid_identity\" \"NAME\" {\n  name = \"x\"\n  role = \"Member\" # error\n}", want: []string{`Did you mean "member"?`}},
	{hcl: "resource \"machineid_identity\" \"NAME\" {\n  name = \"x\"\n  role {} # error\n}", want: []string{`"role"`}},
	{hcl: "resource \"machineid_identity\" \"NAME\" {\n  name = \"x\"\n  metdata = { team = \"x\" } # error\n}", want: []string{`Did you mean "metadata"?`}},
	{hcl: "resource \"machineid_identity\" \"NAME\" {\n  name = \"x\"\n  delete_protecton = true # error\n}", want: []string{`Did you mean "delete_protection"?`}},
	{hcl: "resource \"machineid_identity\" \"NAME\" {\n  name = \"x\"\n  timeouts {\n    create = \"0s\" # error\n  }\n}", want: []string{`"0s"`}},
	{hcl: "resource \"machineid_identity\" \"NAME\" {\n  name = \"x\"\n  timeouts = { create = \"1m\" } # error\n}", want: []string{`Did you mean to define a block of type "timeouts"?`}},
	{hcl: "resource \"machineid_project_identity\" \"NAME\" {\n  project_id = \"webshop\" # error\n  name = \"x\"\n}", want: []string{`data "machineid_project"`}},
	{hcl: "resource \"machineid_project_identity\" \"NAME\" {\n  project_id = \"3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52\"\n  name = \"x\"\n  role = \"viewer\" # error\n}", want: []string{`"role" is not expected here`}},
	{hcl: "data \"machineid_identity\" \"NAME\" {\n  id = \"ci\" # error\n}", want: []string{`set name in place of id`}},
	{hcl: "data \"machineid_identities\" \"NAME\" {\n  role = \"Admin\" # error\n}", want: []string{`Did you mean "admin"?`}},
	{hcl: "data \"machineid_identities\" \"NAME\" {\n  filter = { name = \"ci\" } # error\n}", want: []string{`"filter" is not expected here`}},
	{hcl: "data \"machineid_identities\" \"NAME\" {\n  auth_methods = \"oidc-auth\" # error\n}", want: []string{`Did you mean "auth_method"?`}},
}

var projectMisspellings = []misspelling{
	{hcl: "resource \"machineid_project\" \"NAME\" {\n  name = \"x\"\n  slug = \"Web Shop\" # error\n}", want: []string{`must be a slug`}},
	{hcl: "resource \"machineid_project\" \"NAME\" {\n  name = \"x\"\n  default_enviroments = false # error\n}", want: []string{`Did you mean "default_environments"?`}},
	{hcl: "data \"machineid_project\" \"NAME\" {\n  id = \"webshop\" # error\n}", want: []string{`set name or slug in place of id`}},
	{hcl: "data \"machineid_project_memberships\" \"NAME\" {\n  project_id = \"webshop\" # error\n}", want: []string{`data "machineid_project"`}},
	{hcl: "data \"machineid_identity_project_memberships\" \"NAME\" {\n  identity_id = \"ci\" # error\n}", want: []string{`data "machineid_identity"`}},
	{hcl: "list \"machineid_project_membership\" \"NAME\" {\n  provider = machineid\n  config {\n    project_id = \"webshop\" # error\n  }\n}", want: []string{`Not an ID`}},
	{hcl: "list \"machineid_project_membership\" \"NAME\" {\n  provider = machineid\n  config {\n    project = \"webshop\" # error\n  }\n}", want: []string{`"project" is not expected here`}},
	{hcl: "list \"machineid_project_folder_access\" \"NAME\" {\n  provider = machineid\n  config {\n    project_id = \"3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52\"\n    identity_id = \"ci\" # error\n  }\n}", want: []string{`Not an ID`}},
}
