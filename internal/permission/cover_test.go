// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// parse reads rules in a short form: "readValue,edit secrets {conditions}", one per line, inverted
// with a "!" before.
func parse(t testing.TB, lines string) Rules {
	t.Helper()
	var list []string
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		line, inverted := strings.CutPrefix(line, "!")
		parts := strings.SplitN(line, " ", 3)
		actions, _ := json.Marshal(strings.Split(parts[0], ","))
		conditions := "{}"
		if len(parts) == 3 {
			conditions = parts[2]
		}
		list = append(list, fmt.Sprintf(`{"subject":%q,"action":%s,"inverted":%t,"conditions":%s}`, parts[1], actions, inverted, conditions))
	}
	rules, err := Parse(Project, []byte("["+strings.Join(list, ",")+"]"))
	if err != nil {
		t.Fatalf("%s: %v", lines, err)
	}
	return rules
}

// TestBudgetEnds: what cannot be decided within the budget is reported as unknown, unless it is the
// same on both sides.
func TestBudgetEnds(t *testing.T) {
	t.Parallel()
	large := `edit secrets {"secretName":{"$glob":"*a????????????????????????"}}`
	if missing := parse(t, large).Missing(parse(t, large)); len(missing) > 0 {
		t.Errorf("of itself: %v", missing)
	}
	if missing := parse(t, `edit secrets`).Missing(parse(t, large)); len(missing) > 0 {
		t.Errorf("of everything: %v", missing)
	}
	twice := large + "\n" + `edit secrets {"secretName":{"$glob":"*"}}`
	missing := parse(t, large).Missing(parse(t, twice))
	if len(missing) != 2 || !missing[0].Unknown || !missing[1].Unknown {
		t.Errorf("of itself and more: %v", missing)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ held, wanted, missing string }{
		"nothing of nothing":              {``, ``, ``},
		"anything of nothing":             {``, `read,edit role`, `read role; edit role`},
		"another action":                  {`read role`, `read,edit role`, `edit role`},
		"another subject":                 {`read role`, `read tags`, `read tags`},
		"more than asked":                 {`read,edit role`, `read role`, ``},
		"everywhere of dev":               {`readValue secrets {"environment":"dev"}`, `readValue secrets`, `readValue secrets`},
		"dev of everywhere":               {`readValue secrets`, `readValue secrets {"environment":"dev"}`, ``},
		"prod of dev":                     {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":"prod"}`, `edit secrets {"environment":"prod"}`},
		"a literal and $eq":               {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":{"$eq":"dev"}}`, ``},
		"$in of two rules":                {"edit secrets {\"environment\":\"dev\"}\nedit secrets {\"environment\":\"staging\"}", `edit secrets {"environment":{"$in":["dev","staging"]}}`, ``},
		"$in of $in":                      {`edit secrets {"environment":{"$in":["dev","staging"]}}`, `edit secrets {"environment":{"$in":["dev","prod"]}}`, `edit secrets {"environment":{"$in":["dev","prod"]}}`},
		"$ne of $ne":                      {`edit secrets {"environment":{"$ne":"prod"}}`, `edit secrets {"environment":{"$ne":"prod"}}`, ``},
		"dev of $ne":                      {`edit secrets {"environment":{"$ne":"prod"}}`, `edit secrets {"environment":"dev"}`, ``},
		"$ne of another $ne":              {`edit secrets {"environment":{"$ne":"prod"}}`, `edit secrets {"environment":{"$ne":"dev"}}`, `edit secrets {"environment":{"$ne":"dev"}}`},
		"$in that cannot be":              {``, `edit secrets {"environment":{"$in":["dev"],"$ne":"dev"}}`, ``},
		"narrowed by a second operator":   {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":{"$in":["dev","prod"],"$ne":"prod"}}`, ``},
		"glob of glob":                    {`edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":{"$glob":"/app/*/x"}}`, ``},
		"wider glob":                      {`edit secrets {"secretPath":{"$glob":"/app/*"}}`, `edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":{"$glob":"/app/**"}}`},
		"sibling glob":                    {`edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":{"$glob":"/apps/**"}}`, `edit secrets {"secretPath":{"$glob":"/apps/**"}}`},
		"braces of two globs":             {"edit secrets {\"secretPath\":{\"$glob\":\"/a/**\"}}\nedit secrets {\"secretPath\":{\"$glob\":\"/b/**\"}}", `edit secrets {"secretPath":{"$glob":"/{a,b}/x"}}`, ``},
		"a path of a glob":                {`edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":"/app"}`, ``},
		"a glob of one path":              {`edit secrets {"secretPath":"/app"}`, `edit secrets {"secretPath":{"$glob":"/app{,}"}}`, ``},
		"both keys":                       {`edit secrets {"environment":"dev","secretPath":{"$glob":"/app/**"}}`, `edit secrets {"environment":"dev"}`, `edit secrets {"environment":"dev"}`},
		"crosswise":                       {"edit secrets {\"environment\":\"dev\",\"secretPath\":\"/a\"}\nedit secrets {\"environment\":\"prod\",\"secretPath\":\"/b\"}", `edit secrets {"environment":{"$in":["dev","prod"]},"secretPath":{"$in":["/a","/b"]}}`, `edit secrets {"environment":{"$in":["dev","prod"]},"secretPath":{"$in":["/a","/b"]}}`},
		"a deny in the way":               {"edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", `edit secrets {"secretPath":{"$glob":"/*/x"}}`, `edit secrets {"secretPath":{"$glob":"/*/x"}}`},
		"a deny beside":                   {"edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", `edit secrets {"secretPath":{"$glob":"/b/**"}}`, ``},
		"a deny in both":                  {"edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", "edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", ``},
		"a wider deny wanted":             {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", "edit secrets\n!edit secrets {\"environment\":{\"$in\":[\"prod\",\"dev\"]}}", ``},
		"an earlier deny":                 {"!edit secrets {\"environment\":\"prod\"}\nedit secrets", `edit secrets`, `edit secrets`},
		"an earlier deny in both":         {"!edit secrets {\"environment\":\"prod\"}\nedit secrets", "edit secrets\n!edit secrets {\"environment\":\"prod\"}", ``},
		"the deny of another action":      {"edit,create secrets\n!create secrets {\"environment\":\"prod\"}", `edit secrets`, ``},
		"read of its parts":               {`describeSecret,readValue secrets`, `read secrets`, ``},
		"its parts of read":               {`read secrets`, `describeSecret,readValue secrets`, ``},
		"read of one part":                {`describeSecret secrets`, `read secrets`, `read secrets`},
		"one part denied":                 {"read secrets\n!readValue secrets", `read,edit secrets`, `read secrets; edit secrets`},
		"read denied":                     {"describeSecret,readValue secrets\n!read secrets {\"environment\":\"prod\"}", `readValue secrets {"environment":"prod"}`, ``},
		"read and a denied part":          {"read secrets\n!readValue secrets {\"environment\":\"prod\"}", `describeSecret secrets {"environment":"prod"}`, `describeSecret secrets {"environment":"prod"}`},
		"a part and read of another":      {"readValue secrets {\"environment\":\"dev\"}\nread secrets {\"environment\":\"prod\"}", `readValue secrets {"environment":{"$in":["dev","prod"]}}`, ``},
		"grant-privileges of its parts":   {`assign-role,assign-additional-privileges identity`, `grant-privileges identity`, `grant-privileges identity`},
		"its parts of grant-privileges":   {`grant-privileges identity`, `assign-role,assign-additional-privileges identity`, ``},
		"grant-privileges, a part denied": {"grant-privileges identity\n!assign-role identity", `assign-additional-privileges identity`, `assign-additional-privileges identity`},
		"one of the tags":                 {`edit secrets {"secretTags":{"$in":["a","b"]}}`, `edit secrets {"secretTags":{"$in":["a"]}}`, ``},
		"a denied tag beside":             {"edit secrets\n!edit secrets {\"secretTags\":{\"$in\":[\"b\"]}}", `edit secrets {"secretTags":{"$in":["a"]}}`, `edit secrets {"secretTags":{"$in":["a"]}}`},
		"metadata":                        {`lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"team"}}}}`, `lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"team"},"value":{"$eq":"a"}}}}`, ``},
		"metadata of two entries": {`lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"team"},"value":{"$eq":"a"}}}}`,
			`lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"team"}}}}`, `lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"team"}}}}`},
		"a template wanted":        {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":"{{identity.metadata.env}}"}`, `edit secrets {"environment":"{{identity.metadata.env}}"}`},
		"a template wanted of all": {`edit secrets`, `edit secrets {"environment":"{{identity.metadata.env}}"}`, ``},
		"a template held":          {`edit secrets {"environment":"{{identity.metadata.env}}"}`, `edit secrets {"environment":"dev"}`, `edit secrets {"environment":"dev"}`},
		"a template denied":        {"edit secrets\n!edit secrets {\"environment\":\"{{identity.metadata.env}}\"}", `edit secrets {"environment":"dev"}`, `edit secrets {"environment":"dev"}`},
		"a wanted denial with a template": {"edit secrets\n!edit secrets {\"environment\":\"dev\"}", "edit secrets {\"environment\":\"dev\"}\n!edit secrets {\"environment\":{\"$in\":[\"{{identity.id}}\",\"prod\"]}}",
			`edit secrets {"environment":"dev"}`},
		"a template in one of $in":              {`edit secrets {"environment":{"$in":["{{identity.id}}","dev"]}}`, `edit secrets {"environment":"dev"}`, ``},
		"a template among $in wanted":           {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":{"$in":["{{identity.id}}","dev"]}}`, `edit secrets {"environment":{"$in":["{{identity.id}}","dev"]}}`},
		"a wanted denial of all but a template": {``, "edit secrets\n!edit secrets {\"environment\":{\"$ne\":\"{{identity.id}}\"}}", `edit secrets`},
		"without environment":                   {"edit secrets {\"environment\":\"dev\"}\nedit secrets {\"environment\":{\"$ne\":\"dev\"}}", `edit secrets`, ``},
		"without environment, a glob":           {`edit secrets {"environment":{"$glob":"@(*|.*|*/**|.*/**)"}}`, `edit secrets`, `edit secrets`},
		"without environment, a denial by glob": {"edit secrets\n!edit secrets {\"environment\":{\"$glob\":\"dev\"}}", "edit secrets\n!edit secrets {\"environment\":\"dev\"}", `edit secrets`},
		"all of the tags":                       {`edit secrets {"secretTags":{"$all":["a"]}}`, `edit secrets {"secretTags":{"$all":["a","b"]}}`, ``},
		"all of more tags":                      {`edit secrets {"secretTags":{"$all":["a","b"]}}`, `edit secrets {"secretTags":{"$all":["a"]}}`, `edit secrets {"secretTags":{"$all":["a"]}}`},
		"an exclusion":                          {`edit secrets {"secretPath":{"$glob":"!/prod/**"}}`, `edit secrets {"secretPath":{"$glob":"/dev/**"}}`, ``},
		"a pattern of an exclusion":             {`edit secrets {"secretPath":{"$glob":"/dev/**"}}`, `edit secrets {"secretPath":{"$glob":"/!(prod)"}}`, `edit secrets {"secretPath":{"$glob":"/!(prod)"}}`},
		"without entries": {"lease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$eq\":\"a\"}}}}\nlease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$ne\":\"a\"}}}}",
			"lease dynamic-secrets\n!lease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$eq\":\"a\"}}}}\n!lease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$ne\":\"a\"}}}}", `lease dynamic-secrets`},
		"ranges that overlap":      {`edit secrets {"secretName":{"$glob":"[a-m]"}}`, `edit secrets {"secretName":{"$glob":"[g-z]"}}`, `edit secrets {"secretName":{"$glob":"[g-z]"}}`},
		"a range but its first":    {`edit secrets {"secretName":"a"}`, `edit secrets {"secretName":{"$glob":"[a-m]"}}`, `edit secrets {"secretName":{"$glob":"[a-m]"}}`},
		"a range letter by letter": {"edit secrets {\"secretName\":{\"$in\":[\"a\",\"b\"]}}\nedit secrets {\"secretName\":\"c\"}", `edit secrets {"secretName":{"$glob":"{a..c}"}}`, ``},
		"an action twice":          {``, "read,read role", `read role`},
		"written twice":            {``, "read role\nread role\nread tags", `read role; read tags`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found []string
			held, wanted := parse(t, c.held), parse(t, c.wanted)
			for _, u := range held.Missing(wanted) {
				checkWitness(t, held, wanted, u)
				conditions, _ := json.Marshal(u.Conditions)
				found = append(found, strings.TrimSuffix(u.Action+" "+u.Subject+" "+string(conditions), " {}"))
			}
			if got := strings.Join(found, "; "); got != c.missing {
				t.Errorf("missing: %q", got)
			}
		})
	}
}

// checkWitness checks that an uncovered permission comes with a request that shows it.
func checkWitness(t interface {
	Helper()
	Errorf(format string, args ...any)
}, held, wanted Rules, u Uncovered) {
	t.Helper()
	for _, p := range append(u.parts(), u.Permission, Permission{DescribeSecret, u.Subject}, Permission{ReadValue, u.Subject}) {
		if wanted.bound(true).decideBySet(p, u.Witness).Allowed && !held.bound(false).decideBySet(p, u.Witness).Allowed {
			return
		}
	}
	t.Errorf("%s: %v is allowed or not wanted", u.Permission, u.Witness)
}
