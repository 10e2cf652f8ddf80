// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role_test

import "strings"

// permissionBlock returns a permission block with the actions in HCL, and further lines such as condition blocks.
func permissionBlock(subject, actions string, more ...string) string {
	return "permission {\nsubject = \"" + subject + "\"\nactions = " + actions + "\n" + strings.Join(more, "\n") + "\n}\n"
}

// conditionBlock returns a condition block with a comparison such as `eq = "dev"`.
func conditionBlock(key, comparison string) string {
	return "condition {\nkey = \"" + key + "\"\n" + comparison + "\n}"
}
