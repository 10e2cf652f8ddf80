// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// parse reads rules written short: "readValue,edit secrets {conditions}", a line each; inverted
// with a "!" in front.
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

// TestTooIntricate: what cannot be told in time is missing, unless it is word for word the same.
func TestTooIntricate(t *testing.T) {
	t.Parallel()
	intricate := `edit secrets {"secretName":{"$glob":"*a????????????????????????"}}`
	if missing := parse(t, intricate).Missing(parse(t, intricate)); len(missing) > 0 {
		t.Errorf("of itself %v", missing)
	}
	if missing := parse(t, `edit secrets`).Missing(parse(t, intricate)); len(missing) > 0 {
		t.Errorf("of everything %v", missing)
	}
	twice := intricate + "\n" + `edit secrets {"secretName":{"$glob":"*"}}`
	if missing := parse(t, intricate).Missing(parse(t, twice)); len(missing) != 2 {
		t.Errorf("of itself and more %v", missing)
	}
	denied := "edit secrets {\"secretName\":\"x\"}\n!" + intricate
	if missing := (Rules{}).Missing(parse(t, denied)); len(missing) != 1 || missing[0].Conditions[0].Tests[0].Operator != Eq {
		t.Errorf("of what it denies %v", missing)
	}
	if parse(t, intricate).AllowSomewhere(Permission{Edit, Secrets}) {
		t.Error("it was told to allow something")
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ held, wanted, missing string }{
		"nothing of nothing":            {``, ``, ``},
		"anything of nothing":           {``, `read,edit role`, `read role; edit role`},
		"another action":                {`read role`, `read,edit role`, `edit role`},
		"another subject":               {`read role`, `read tags`, `read tags`},
		"more than asked":               {`read,edit role`, `read role`, ``},
		"everywhere of dev":             {`readValue secrets {"environment":"dev"}`, `readValue secrets`, `readValue secrets`},
		"dev of everywhere":             {`readValue secrets`, `readValue secrets {"environment":"dev"}`, ``},
		"prod of dev":                   {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":"prod"}`, `edit secrets {"environment":"prod"}`},
		"a literal and $eq":             {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":{"$eq":"dev"}}`, ``},
		"$in of two rules":              {"edit secrets {\"environment\":\"dev\"}\nedit secrets {\"environment\":\"staging\"}", `edit secrets {"environment":{"$in":["dev","staging"]}}`, ``},
		"$in of $in":                    {`edit secrets {"environment":{"$in":["dev","staging"]}}`, `edit secrets {"environment":{"$in":["dev","prod"]}}`, `edit secrets {"environment":{"$in":["dev","prod"]}}`},
		"$ne of $ne":                    {`edit secrets {"environment":{"$ne":"prod"}}`, `edit secrets {"environment":{"$ne":"prod"}}`, ``},
		"dev of $ne":                    {`edit secrets {"environment":{"$ne":"prod"}}`, `edit secrets {"environment":"dev"}`, ``},
		"$ne of another $ne":            {`edit secrets {"environment":{"$ne":"prod"}}`, `edit secrets {"environment":{"$ne":"dev"}}`, `edit secrets {"environment":{"$ne":"dev"}}`},
		"$in that cannot be":            {``, `edit secrets {"environment":{"$in":["dev"],"$ne":"dev"}}`, ``},
		"narrowed by a second operator": {`edit secrets {"environment":"dev"}`, `edit secrets {"environment":{"$in":["dev","prod"],"$ne":"prod"}}`, ``},
		"glob of glob":                  {`edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":{"$glob":"/app/*/x"}}`, ``},
		"wider glob":                    {`edit secrets {"secretPath":{"$glob":"/app/*"}}`, `edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":{"$glob":"/app/**"}}`},
		"sibling glob":                  {`edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":{"$glob":"/apps/**"}}`, `edit secrets {"secretPath":{"$glob":"/apps/**"}}`},
		"braces of two globs":           {"edit secrets {\"secretPath\":{\"$glob\":\"/a/**\"}}\nedit secrets {\"secretPath\":{\"$glob\":\"/b/**\"}}", `edit secrets {"secretPath":{"$glob":"/{a,b}/x"}}`, ``},
		"a path of a glob":              {`edit secrets {"secretPath":{"$glob":"/app/**"}}`, `edit secrets {"secretPath":"/app"}`, ``},
		"a glob of one path":            {`edit secrets {"secretPath":"/app"}`, `edit secrets {"secretPath":{"$glob":"/ap[p]"}}`, ``},
		"both keys":                     {`edit secrets {"environment":"dev","secretPath":{"$glob":"/app/**"}}`, `edit secrets {"environment":"dev"}`, `edit secrets {"environment":"dev"}`},
		"crosswise":                     {"edit secrets {\"environment\":\"dev\",\"secretPath\":\"/a\"}\nedit secrets {\"environment\":\"prod\",\"secretPath\":\"/b\"}", `edit secrets {"environment":{"$in":["dev","prod"]},"secretPath":{"$in":["/a","/b"]}}`, `edit secrets {"environment":{"$in":["dev","prod"]},"secretPath":{"$in":["/a","/b"]}}`},
		"a deny in the way":             {"edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", `edit secrets {"secretPath":{"$glob":"/*/x"}}`, `edit secrets {"secretPath":{"$glob":"/*/x"}}`},
		"a deny beside":                 {"edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", `edit secrets {"secretPath":{"$glob":"/b/**"}}`, ``},
		"a deny in both":                {"edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", "edit secrets\n!edit secrets {\"secretPath\":{\"$glob\":\"/app/**\"}}", ``},
		"a wider deny wanted":           {"edit secrets\n!edit secrets {\"environment\":\"prod\"}", "edit secrets\n!edit secrets {\"environment\":{\"$in\":[\"prod\",\"dev\"]}}", ``},
		"an earlier deny":               {"!edit secrets {\"environment\":\"prod\"}\nedit secrets", `edit secrets`, ``},
		"the deny of another action":    {"edit,create secrets\n!create secrets {\"environment\":\"prod\"}", `edit secrets`, ``},
		"read of its parts":             {`describeSecret,readValue secrets`, `read secrets`, ``},
		"its parts of read":             {`read secrets`, `describeSecret,readValue secrets`, ``},
		"read of one part":              {`describeSecret secrets`, `read secrets`, `read secrets`},
		"one part denied":               {"read secrets\n!readValue secrets", `read,edit secrets`, `read secrets; edit secrets`},
		"read denied":                   {"describeSecret,readValue secrets\n!read secrets {\"environment\":\"prod\"}", `readValue secrets {"environment":"prod"}`, `readValue secrets {"environment":"prod"}`},
		"one of the tags":               {`edit secrets {"secretTags":{"$in":["a","b"]}}`, `edit secrets {"secretTags":{"$in":["a"]}}`, ``},
		"a denied tag beside":           {"edit secrets\n!edit secrets {\"secretTags\":{\"$in\":[\"b\"]}}", `edit secrets {"secretTags":{"$in":["a"]}}`, `edit secrets {"secretTags":{"$in":["a"]}}`},
		"metadata":                      {`lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"team"}}}}`, `lease dynamic-secrets {"metadata":{"$elemMatch":{"key":{"$eq":"team"},"value":{"$eq":"a"}}}}`, ``},
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
		"without environment":                   {"edit secrets {\"environment\":\"dev\"}\nedit secrets {\"environment\":{\"$ne\":\"dev\"}}", `edit secrets`, `edit secrets`},
		"without entries": {"lease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$eq\":\"a\"}}}}\nlease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$ne\":\"a\"}}}}",
			"lease dynamic-secrets\n!lease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$eq\":\"a\"}}}}\n!lease dynamic-secrets {\"metadata\":{\"$elemMatch\":{\"key\":{\"$ne\":\"a\"}}}}", `lease dynamic-secrets`},
		"ranges that overlap":      {`edit secrets {"secretName":{"$glob":"[a-m]"}}`, `edit secrets {"secretName":{"$glob":"[g-z]"}}`, `edit secrets {"secretName":{"$glob":"[g-z]"}}`},
		"a range but its first":    {`edit secrets {"secretName":"a"}`, `edit secrets {"secretName":{"$glob":"[a-m]"}}`, `edit secrets {"secretName":{"$glob":"[a-m]"}}`},
		"a range letter by letter": {"edit secrets {\"secretName\":{\"$in\":[\"a\",\"b\"]}}\nedit secrets {\"secretName\":\"c\"}", `edit secrets {"secretName":{"$glob":"[a-c]"}}`, ``},
		"an action twice":          {``, "read,read role", `read role`},
		"said twice":               {``, "read role\nread role\nread tags", `read role; read tags`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found []string
			for _, u := range parse(t, c.held).Missing(parse(t, c.wanted)) {
				conditions, _ := json.Marshal(u.Conditions)
				found = append(found, strings.TrimSuffix(u.Action+" "+u.Subject+" "+string(conditions), " {}"))
			}
			if got := strings.Join(found, "; "); got != c.missing {
				t.Errorf("missing: %q", got)
			}
		})
	}
}
