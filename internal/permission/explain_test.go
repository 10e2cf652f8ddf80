// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import "testing"

func TestExplain(t *testing.T) {
	t.Parallel()
	const access = "readValue secrets {\"environment\":\"dev\",\"secretPath\":{\"$glob\":\"/app/**\"}}\nedit secrets\n!edit secrets {\"environment\":{\"$in\":[\"prod\",\"pre prod\"]}}"
	dev := Attributes{"environment": Text("dev"), "secretPath": Text("/app/db")}
	for _, c := range []struct {
		rules      string
		permission Permission
		attributes Attributes
		want       string
	}{
		{access, Permission{ReadValue, Secrets}, dev, "allowed by rule 1: allow secrets.readValue where environment is dev and secretPath matches /app/**"},
		{access, Permission{Edit, Secrets}, dev, "allowed by rule 2: allow secrets.edit"},
		{access, Permission{Edit, Secrets}, Attributes{"environment": Text("prod")}, `denied by rule 3: deny secrets.edit where environment is one of prod, "pre prod"`},
		{access, Permission{Delete, Secrets}, dev, "denied: no rule allows secrets.delete"},
		{access, Permission{ReadValue, Secrets}, Attributes{"environment": Text("prod"), "secretPath": Text("/app/db")}, "denied: no rule allows secrets.readValue here; the conditions of rule 1 do not hold"},
		{access, Permission{ReadValue, Secrets}, Attributes{"environment": Text("dev")}, "denied by rule 1, on which the server fails, as its pattern needs secretPath: allow secrets.readValue where environment is dev and secretPath matches /app/**"},
		{"read secrets", Permission{ReadValue, Secrets}, dev, "allowed by rule 1: allow secrets.read"},
		{"read secrets {\"environment\":\"prod\"}", Permission{ReadValue, Secrets}, dev, "denied: no rule allows secrets.readValue here; the conditions of rule 1 do not hold"},
		{"read secrets\n!describeSecret secrets", Permission{Read, Secrets}, dev, "denied by rule 2: deny secrets.describeSecret"},
		{`edit secrets {"environment":"{{identity.metadata.stage}}"}`, Permission{Edit, Secrets}, dev, "denied: only rule 1 allows it, and not for every identity: allow secrets.edit where environment is {{identity.metadata.stage}}"},
		{"", Permission{Read, "ssh-hosts"}, nil, "denied: servers ignore rules on ssh-hosts, as the product no longer exists"},
		{"", Permission{Edit, Secrets}, nil, "denied: no rule allows secrets.edit"},
	} {
		rules := parse(t, c.rules)
		got := FolderGrants(nil).Explain(rules, c.permission, c.attributes)
		if got != c.want {
			t.Errorf("%s of %q:\n%s\nwant\n%s", c.permission, c.rules, got, c.want)
		}
		if allowed := rules.ForAny().Allow(c.permission, c.attributes); allowed != (got[0] == 'a') {
			t.Errorf("%s of %q: %s, but %t", c.permission, c.rules, got, allowed)
		}
	}
}

func TestExplainFolderAccess(t *testing.T) {
	t.Parallel()
	grants := FolderGrants{FolderRead.In("dev", "/app")}
	rules := parse(t, "edit secrets")
	for path, want := range map[string]string{
		"/app":   "denied by access to the folder /app in dev, which replaces all rules there and does not allow secrets.edit",
		"/other": "allowed by rule 1: allow secrets.edit",
	} {
		if got := grants.Explain(rules, Permission{Edit, Secrets}, Attributes{"environment": Text("dev"), "secretPath": Text(path)}); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := grants.Explain(rules, Permission{ReadValue, Secrets}, Attributes{"environment": Text("dev"), "secretPath": Text("/app")}); got != "allowed by access to the folder /app in dev" {
		t.Error(got)
	}
}
