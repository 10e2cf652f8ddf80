// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

// ruleWith returns a project role with one rule, which has more lines.
func ruleWith(more string) string {
	return "resource \"machineid_project_role\" \"NAME\" {\n  project_id = \"3c1f6e1f-5d0c-4b63-9a4e-0b6f4f0e7a52\"\n  slug       = \"x\"\n  name       = \"x\"\n" +
		"  permission {\n    subject = \"secrets\"\n    actions = [\"edit\"]\n" + more + "\n  }\n}"
}

var permissionMisspellings = []misspelling{
	{hcl: ruleWith("    efect = \"deny\" # error"), want: []string{`Did you mean "effect"?`}},
	{hcl: ruleWith("    inverted = true # error"), want: []string{`An argument named "inverted" is not expected here`}},
	{hcl: ruleWith("    condition = { environment = { eq = \"dev\" } } # error"), want: []string{`Did you mean to define a block of type "condition"?`}},
	{hcl: ruleWith("    conditions { # error\n      key = \"environment\"\n      eq  = \"dev\"\n    }"), want: []string{`Did you mean "condition"?`}},
	{hcl: ruleWith("    condition {\n      key    = \"environment\"\n      equals = \"dev\" # error\n    }"), want: []string{`An argument named "equals" is not expected here`}},
	{hcl: ruleWith("    condition {\n      key = \"environment\"\n      golb = \"dev\" # error\n    }"), want: []string{`Did you mean "glob"?`}},
}
