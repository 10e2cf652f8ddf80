// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// folderAccessKind is the kind of the source of rules that override all others in their folder.
const folderAccessKind = "project_folder_access"

// splitFolderAccess separates the rules of folder access from the general ones, which keep their indexes.
func splitFolderAccess(models []effectivePermission, rules permission.Rules) (general permission.Rules, grants permission.FolderGrants) {
	general = slices.Clone(rules)
	for n, r := range rules {
		environment, path := equalTo(r, "environment"), equalTo(r, "secretPath")
		if models[n].Source != nil && models[n].Source.Kind.ValueString() == folderAccessKind && environment != "" && path != "" {
			grants = append(grants, permission.FolderGrant{Environment: environment, Path: path, Rules: permission.Rules{r}})
			general[n] = permission.Rule{}
		}
	}
	return general, merged(grants)
}

// merged returns one grant for each folder.
func merged(grants permission.FolderGrants) permission.FolderGrants {
	var all permission.FolderGrants
next:
	for _, g := range grants {
		for n := range all {
			if all[n].Environment == g.Environment && all[n].Path == g.Path {
				all[n].Rules = append(all[n].Rules, g.Rules...)
				continue next
			}
		}
		all = append(all, g)
	}
	return all
}

// equalTo returns the value that the rule requires of a key, or an empty text.
func equalTo(r permission.Rule, key string) string {
	for _, c := range r.Conditions {
		if c.Key == key && len(c.Tests) == 1 && c.Tests[0].Operator == permission.Eq {
			return c.Tests[0].Values[0]
		}
	}
	return ""
}
