// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"testing"
)

func TestAllow(t *testing.T) {
	t.Parallel()
	dev, prod := Attributes{"environment": Text("dev")}, Attributes{"environment": Text("prod")}
	for name, c := range map[string]struct {
		rules      string
		permission Permission
		attributes Attributes
		want       bool
	}{
		"nothing":                           {``, Permission{Read, Role}, nil, false},
		"just it":                           {`read role`, Permission{Read, Role}, nil, true},
		"another action":                    {`read role`, Permission{Edit, Role}, nil, false},
		"another subject":                   {`read role`, Permission{Read, "tags"}, nil, false},
		"a denial later":                    {"edit secrets\n!edit secrets", Permission{Edit, Secrets}, nil, false},
		"a denial earlier":                  {"!edit secrets\nedit secrets", Permission{Edit, Secrets}, nil, false},
		"a denial of something else":        {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", Permission{Edit, Secrets}, dev, true},
		"a denial of it":                    {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", Permission{Edit, Secrets}, prod, false},
		"a denial, attribute missing":       {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", Permission{Edit, Secrets}, nil, true},
		"a denial by glob, missing":         {"edit secrets\n!edit secrets {\"environment\":{\"$glob\":\"p*\"}}", Permission{Edit, Secrets}, nil, false},
		"allowed, attribute missing":        {`edit secrets {"environment":"dev"}`, Permission{Edit, Secrets}, nil, false},
		"allowed by glob, missing":          {`edit secrets {"environment":{"$glob":"d*"}}`, Permission{Edit, Secrets}, nil, false},
		"$ne, attribute missing":            {`edit secrets {"environment":{"$ne":"dev"}}`, Permission{Edit, Secrets}, nil, true},
		"denied by $ne, attribute missing":  {"edit secrets\n!edit secrets {\"environment\":{\"$ne\":\"dev\"}}", Permission{Edit, Secrets}, nil, false},
		"$eq of a list":                     {`edit secrets {"environment":"dev"}`, Permission{Edit, Secrets}, Attributes{"environment": Texts{"dev"}}, true},
		"$ne of a list":                     {`edit secrets {"environment":{"$ne":"dev"}}`, Permission{Edit, Secrets}, Attributes{"environment": Texts{"x", "dev"}}, false},
		"a glob of a list":                  {`edit secrets {"environment":{"$glob":"dev"}}`, Permission{Edit, Secrets}, Attributes{"environment": Texts{"dev"}}, false},
		"all of the tags":                   {`edit secrets {"secretTags":{"$all":["a","b"]}}`, Permission{Edit, Secrets}, Attributes{"secretTags": Texts{"b", "x", "a"}}, true},
		"not all of the tags":               {`edit secrets {"secretTags":{"$all":["a","b"]}}`, Permission{Edit, Secrets}, Attributes{"secretTags": Texts{"b"}}, false},
		"with an attribute nobody asks for": {`edit secrets {"environment":"dev"}`, Permission{Edit, Secrets}, Attributes{"environment": Text("dev"), "x": Text("y")}, true},
		"both keys":                         {`edit secrets {"environment":"dev","secretPath":{"$glob":"/a/*"}}`, Permission{Edit, Secrets}, Attributes{"environment": Text("dev"), "secretPath": Text("/a/b")}, true},
		"one key of two":                    {`edit secrets {"environment":"dev","secretPath":{"$glob":"/a/*"}}`, Permission{Edit, Secrets}, Attributes{"environment": Text("dev"), "secretPath": Text("/b")}, false},
		"both operators":                    {`edit secrets {"environment":{"$glob":"p*","$ne":"prod"}}`, Permission{Edit, Secrets}, Attributes{"environment": Text("pre")}, true},
		"one operator of two":               {`edit secrets {"environment":{"$glob":"p*","$ne":"prod"}}`, Permission{Edit, Secrets}, prod, false},
		"$in":                               {`edit secrets {"environment":{"$in":["prod","dev"]}}`, Permission{Edit, Secrets}, dev, true},
		"one of the tags":                   {`edit secrets {"secretTags":{"$in":["a","b"]}}`, Permission{Edit, Secrets}, Attributes{"secretTags": Texts{"x", "b"}}, true},
		"none of the tags":                  {`edit secrets {"secretTags":{"$in":["a","b"]}}`, Permission{Edit, Secrets}, Attributes{"secretTags": Texts{"x"}}, false},
		"no tags, denied one":               {"edit secrets\n!edit secrets {\"secretTags\":{\"$in\":[\"a\"]}}", Permission{Edit, Secrets}, Attributes{"secretTags": Texts{}}, true},
		"an entry":                          {`lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"k"},"value":{"$ne":"v"}}}}`, Permission{"lease", "dynamic-secrets"}, Attributes{"metadata": Entries{{"k", "v"}, {"k", "w"}}}, true},
		"halves of two entries":             {`lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"k"},"value":{"$eq":"v"}}}}`, Permission{"lease", "dynamic-secrets"}, Attributes{"metadata": Entries{{"k", "w"}, {"l", "v"}}}, false},
		"a part by read":                    {`read secrets`, Permission{ReadValue, Secrets}, nil, true},
		"read by its parts":                 {`describeSecret,readValue secrets`, Permission{Read, Secrets}, nil, true},
		"read by one part":                  {`readValue secrets`, Permission{Read, Secrets}, nil, false},
		"a part, read denied":               {"readValue secrets\n!read secrets", Permission{ReadValue, Secrets}, nil, true},
		"read denied by a part":             {"read secrets\n!readValue secrets", Permission{Read, Secrets}, nil, false},
		"the other part":                    {"read secrets\n!readValue secrets", Permission{DescribeSecret, Secrets}, nil, false},
		"granting by its legacy action":     {`grant-privileges identity`, Permission{AssignRole, Identity}, nil, true},
		"granting, a part denied":           {"grant-privileges identity\n!assign-role identity", Permission{AssignAdditionalPrivileges, Identity}, nil, false},
		"read of something else":            {`read role`, Permission{ReadValue, Role}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := parse(t, c.rules).Allow(c.permission, c.attributes); got != c.want {
				t.Errorf("%t", got)
			}
		})
	}
}

// TestProjectsAreWorkspaces: either subject allows to create projects in an organization.
func TestProjectsAreWorkspaces(t *testing.T) {
	t.Parallel()
	for _, held := range []string{"project", "workspace"} {
		rules := Rules{{Subject: held, Actions: []string{Create}}}
		for _, wanted := range []string{"project", "workspace"} {
			if !rules.Allow(Permission{Create, wanted}, nil) {
				t.Errorf("%s does not allow %s", held, wanted)
			}
			if missing := rules.Missing(Rules{{Subject: wanted, Actions: []string{Create}}}); len(missing) > 0 {
				t.Errorf("%s does not cover %s", held, wanted)
			}
			if len(rules.On(wanted)) != 1 {
				t.Errorf("%s is not on %s", held, wanted)
			}
		}
	}
}

// TestAllowAnywhere: before the object is known, conditions do not stop an allowing rule, and a
// denial with conditions does not count.
func TestAllowAnywhere(t *testing.T) {
	t.Parallel()
	for rules, want := range map[string]bool{
		``:                                   false,
		`edit secrets`:                       true,
		`edit secrets {"environment":"dev"}`: true,
		"edit secrets\n!edit secrets {\"environment\":\"dev\"}": true,
		"edit secrets\n!edit secrets":                           false,
		"!edit secrets\nedit secrets":                           false,
		"edit secrets {\"environment\":\"dev\"}\n!edit secrets": false,
	} {
		if got := parse(t, rules).AllowAnywhere(Permission{Edit, Secrets}); got != want {
			t.Errorf("%q: %t", rules, got)
		}
	}
	if parse(t, `readValue secrets`).AllowAnywhere(Permission{Read, Secrets}) {
		t.Error("one part suffices for read")
	}
}

// TestDenied: what a denial takes away includes the legacy action.
func TestDenied(t *testing.T) {
	t.Parallel()
	for denial, want := range map[string]string{
		`!edit secrets`: `edit on secrets`, `!readValue secrets`: `readValue or read on secrets`, `!assign-role identity`: `assign-role or grant-privileges on identity`,
	} {
		got := parse(t, denial)[0].Denied()
		if text := got.String(); text != want || got.Inverted {
			t.Errorf("%s: %s", denial, text)
		}
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	rules := parse(t, "read role\nedit secrets\n!edit secrets {\"environment\":\"prod\"}\nedit secrets")
	for environment, want := range map[string]Decision{"dev": {Allowed: true, Rule: 1}, "prod": {Rule: 2}} {
		if got := rules.Decide(Permission{Edit, Secrets}, Attributes{"environment": Text(environment)}); got != want {
			t.Errorf("%s: %v", environment, got)
		}
	}
	if got := rules.Decide(Permission{Delete, Secrets}, nil); got != (Decision{Rule: -1}) {
		t.Errorf("%v", got)
	}
}

// TestUnreadRulesDeny: a rule of a newer server may deny anything.
func TestUnreadRulesDeny(t *testing.T) {
	t.Parallel()
	rules := reread(t, `[{"subject":"role","action":["read"],"inverted":false},{"subject":"secrets","action":["edit"],"conditions":{"environment":{"$regex":"x"}}}]`)
	if rules.Allow(Permission{Read, Role}, nil) || rules.Readable() == nil {
		t.Errorf("%v, %v", rules, rules.Readable())
	}
}

func BenchmarkAllow(b *testing.B) {
	admin, _ := BuiltIn(Project, Admin)
	for _, p := range []Permission{{Create, "app-connections"}, {DeleteToken, Identity}, {Edit, "webhooks"}, {Read, Secrets}} {
		b.Run(p.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				admin.Rules.Allow(p, nil)
			}
		})
	}
	rules := parse(b, `edit secrets {"environment":{"$in":["dev","staging"]},"secretPath":{"$glob":"/app/**"}}`)
	a := Attributes{"environment": Text("staging"), "secretPath": Text("/app/web/api")}
	b.Run("conditions", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rules.Allow(Permission{Edit, Secrets}, a)
		}
	})
}

func BenchmarkMissing(b *testing.B) {
	admin, _ := BuiltIn(Project, Admin)
	member, _ := BuiltIn(Project, Member)
	b.Run("roles", func(b *testing.B) {
		for b.Loop() {
			admin.Rules.Missing(member.Rules)
		}
	})
	held := parse(b, "read,edit secrets {\"environment\":{\"$in\":[\"dev\",\"staging\"]},\"secretPath\":{\"$glob\":\"/app/**\"}}\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/*/keys\"}}")
	wanted := parse(b, `read secrets {"environment":"dev","secretPath":{"$glob":"/app/{web,api}/*"}}`)
	b.Run("conditions", func(b *testing.B) {
		for b.Loop() {
			held.Missing(wanted)
		}
	})
}
