// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// roleError returns the error of a route of project roles, named by the operation. The error of a rule
// is that of its subject or of its action. A nil error is the server's own.
func roleError(method string, err error) error {
	if rule, ok := errors.AsType[*permission.InvalidError](err); ok {
		at := slices.IndexFunc(rule.Path, func(step any) bool { return step == "subject" || step == "action" })
		if at < 0 {
			return nil
		}
		code := "invalid_union"
		if rule.Path[at] == "subject" {
			code += "_discriminator"
		}
		return invalid(api.Issue{Code: code, Path: append([]any{"permissions"}, rule.Path[:at+1]...), Message: rule.Sentence})
	}
	e, ok := errors.AsType[*iam.Error](err)
	if !ok {
		return nil
	}
	status, names := http.StatusBadRequest, map[string]string{}
	switch e.Kind {
	case iam.Conflict:
		names = map[string]string{http.MethodPost: "Create Role", http.MethodPatch: "Update Role", http.MethodDelete: "Delete role"}
	case iam.NotFound:
		status, names = http.StatusNotFound, map[string]string{http.MethodPatch: "Update role", http.MethodDelete: "Delete role"}
	}
	if names[method] == "" {
		return nil
	}
	return &api.Error{StatusCode: status, Name: names[method], Message: api.Message{Text: e.Sentence}}
}

// builtInDescriptions are the descriptions of the roles that every project has.
var builtInDescriptions = map[string]string{
	permission.Admin: "May do everything in the project", permission.Member: "Reads and writes in the project",
	permission.Viewer: "Reads in the project", permission.NoAccess: "May do nothing in the project",
}

// mapRoles maps the roles of a response to their form of an older server. Rules that have none, as
// another server wrote them to the same database, stay as they are.
func mapRoles(response map[string]any) {
	all, _ := response["roles"].([]any)
	for _, one := range append(all, response["role"]) {
		role, _ := one.(map[string]any)
		slug, _ := role["slug"].(string)
		if text := builtInDescriptions[slug]; text != "" {
			role["description"] = text
		}
		encoded, err := json.Marshal(role["permissions"])
		var rules permission.Rules
		if role["permissions"] == nil || err != nil || json.Unmarshal(encoded, &rules) != nil {
			continue
		}
		if v1, err := rules.ToV1(); err == nil {
			role["permissions"] = treeOf(v1)
		}
	}
}

// treeOf returns rules as the JSON tree of a response.
func treeOf(rules permission.Rules) any {
	encoded, err := json.Marshal(rules)
	var tree any
	if err != nil || json.Unmarshal(encoded, &tree) != nil {
		return nil
	}
	return tree
}
