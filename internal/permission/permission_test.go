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
		"a denial earlier":                  {"!edit secrets\nedit secrets", Permission{Edit, Secrets}, nil, true},
		"a denial of something else":        {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", Permission{Edit, Secrets}, dev, true},
		"a denial of it":                    {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", Permission{Edit, Secrets}, prod, false},
		"a denial of who knows":             {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", Permission{Edit, Secrets}, nil, false},
		"allowed for who knows":             {`edit secrets {"environment":"dev"}`, Permission{Edit, Secrets}, nil, false},
		"$ne allowed for who knows":         {`edit secrets {"environment":{"$ne":"dev"}}`, Permission{Edit, Secrets}, nil, false},
		"of the wrong shape":                {`edit secrets {"environment":"dev"}`, Permission{Edit, Secrets}, Attributes{"environment": Texts{"dev"}}, false},
		"denied for the wrong shape":        {"edit secrets\n!edit secrets {\"secretTags\":{\"$in\":[\"a\"]}}", Permission{Edit, Secrets}, Attributes{"secretTags": Text("b")}, false},
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
		"a part denied by read":             {"readValue secrets\n!read secrets", Permission{ReadValue, Secrets}, nil, false},
		"read denied by a part":             {"read secrets\n!readValue secrets", Permission{Read, Secrets}, nil, false},
		"the other part":                    {"read secrets\n!readValue secrets", Permission{DescribeSecret, Secrets}, nil, true},
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

// TestProjectsAreWorkspaces: in an organisation either allows making them.
func TestProjectsAreWorkspaces(t *testing.T) {
	t.Parallel()
	for _, held := range []string{"project", "workspace"} {
		rules := Rules{{Subject: held, Actions: []string{Create}}}
		for _, wanted := range []string{"project", "workspace"} {
			if !rules.Allow(Permission{Create, wanted}, nil) {
				t.Errorf("%s does not do for %s", held, wanted)
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

func TestAllowSomewhere(t *testing.T) {
	t.Parallel()
	for rules, want := range map[string]bool{
		``:                                   false,
		`edit secrets`:                       true,
		`edit secrets {"environment":"dev"}`: true,
		"edit secrets\n!edit secrets {\"environment\":\"dev\"}":                                                   true,
		"edit secrets\n!edit secrets":                                                                             false,
		"edit secrets {\"environment\":\"dev\"}\n!edit secrets {\"environment\":{\"$glob\":\"d*\"}}":              false,
		`edit secrets {"environment":"{{identity.id}}"}`:                                                          false,
		"edit secrets {\"environment\":\"dev\"}\n!edit secrets {\"environment\":{\"$glob\":\"{{identity.id}}\"}}": false,
	} {
		if got := parse(t, rules).AllowSomewhere(Permission{Edit, Secrets}); got != want {
			t.Errorf("%q: %t", rules, got)
		}
	}
	if parse(t, `readValue secrets`).AllowSomewhere(Permission{Read, Secrets}) {
		t.Error("one part is enough for read")
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
