// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// v1Table has what the first version of project rules knows: secrets have four actions and bring
// along what lies with them. Contract: sections 4.3 and 4.5.
var v1Table = func() table {
	t := maps.Clone(projectTable)
	delete(t, "secret-imports")
	delete(t, "dynamic-secrets")
	t[Secrets] = conditional(crud, exactEnvironmentKey, secretPathKey)
	t["secret-folders"] = subject{actions: []string{Read}, inverts: true}
	t["secret-rotation"] = plain(crud...)
	t[Identity] = plain(crud...)
	return t
}()

// BroughtAlong are the subjects that a rule on secrets of the first version stands for, too.
var BroughtAlong = []string{"secret-imports", "dynamic-secrets", "secret-folders"}

// FromV1 reads project rules of the first version, with the errors of Parse, and makes them
// rules of today: a rule on secrets holds for secret-imports and dynamic-secrets as well, and,
// unless some rule is on them, for changes of secret-folders. Contract: section 4.3.
func FromV1(given []byte) (Rules, error) {
	rules, err := parseRules(given, v1Table)
	if err != nil {
		return nil, err
	}
	return rules.WidenV1(), nil
}

// WidenV1 makes rules of today of rules of the first version, as FromV1 does, and asks no table.
func (rs Rules) WidenV1() Rules {
	wide, folders := slices.Clone(rs), len(rs.On("secret-folders")) > 0
	for _, subject := range []string{"secret-imports", "dynamic-secrets", "secret-folders"} {
		for _, r := range rs.On(Secrets) {
			wide = append(wide, r.along(folders).On(subject)...)
		}
	}
	return wide
}

// along is what a rule on secrets brings along.
func (r Rule) along(folders bool) Rules {
	rules := Rules{r.about("secret-imports", r.Actions), r.about("dynamic-secrets", dynamicActions(r.Actions))}
	changes := slices.DeleteFunc(slices.Clone(r.Actions), func(action string) bool { return action == Read })
	if !folders && len(changes) > 0 {
		rules = append(rules, r.about("secret-folders", changes))
	}
	return rules
}

func (r Rule) about(subject string, actions []string) Rule {
	r.Subject, r.Actions = subject, actions
	return r
}

// dynamicActions: who may edit secrets may lease dynamic ones.
func dynamicActions(actions []string) []string {
	var dynamic []string
	for _, action := range actions {
		dynamic = append(dynamic, action+"-root-credential")
	}
	if slices.Contains(actions, Edit) {
		dynamic = append(dynamic, "lease")
	}
	return dynamic
}

// ToV1 makes rules of the first version that allow just what these do: widened by WidenV1 they are
// the same. Where there are none, the error is an *InvalidError whose path begins with the rule that
// cannot be said. Servers that have the first version alone drop what they do not know of a rule:
// so nothing inverted can be said to them, and no condition but on secrets.
func (rs Rules) ToV1() (Rules, error) {
	whole, said := make(Rules, len(rs)), Rules{}
	for n, r := range rs {
		whole[n] = r.readingWhole()
		narrow := whole[n].withoutBrought()
		if len(narrow.Actions) == 0 && len(r.Actions) > 0 {
			continue
		}
		if err := narrow.checkV1(); err != nil {
			return nil, at(err, n)
		}
		said = append(said, narrow)
	}
	wide, folders := said.WidenV1(), len(said.On("secret-folders")) > 0
	for n, r := range whole {
		if missing := wide.lacks(r); len(missing) > 0 {
			return nil, at(invalid("%s goes with rules on %s there, so the role must have one with the same action and conditions", missing[0].Permission, Secrets), n)
		}
		if r.Subject != Secrets {
			continue
		}
		for _, brought := range r.along(folders) {
			if missing := whole.lacks(brought); len(missing) > 0 {
				return nil, at(invalid("a rule on %s allows %s there too, so the role must have a rule for that under the same conditions", Secrets, missing[0].Permission), n)
			}
		}
	}
	for n := range said {
		said[n].Conditions = said[n].Conditions.literally()
	}
	return said, nil
}

// literally writes what must be equal to one text as that text, as all servers read it.
func (cs Conditions) literally() Conditions {
	cs = slices.Clone(cs)
	for n, c := range cs {
		cs[n].literal = len(c.Tests) == 1 && c.Tests[0].Operator == Eq
	}
	return cs
}

// readingWhole has the read of secrets in the place of the two that it stands for.
func (r Rule) readingWhole() Rule {
	if r.Subject == Secrets && slices.Contains(r.Actions, DescribeSecret) && slices.Contains(r.Actions, ReadValue) {
		rest := slices.DeleteFunc(slices.Clone(r.Actions), func(a string) bool { return a == DescribeSecret || a == ReadValue })
		r.Actions = append([]string{Read}, rest...)
	}
	return r
}

// withoutBrought leaves out what only rules on secrets bring along.
func (r Rule) withoutBrought() Rule {
	switch r.Subject {
	case "secret-imports", "dynamic-secrets":
		r.Actions = nil
	case "secret-folders":
		r.Actions = slices.DeleteFunc(slices.Clone(r.Actions), func(a string) bool { return a != Read })
	}
	return r
}

func (r Rule) checkV1() error {
	if r.Inverted {
		return at(invalid("nothing can be forbidden there"), "inverted")
	}
	if r.Subject != Secrets && len(r.Conditions) > 0 {
		return at(invalid("rules on %s take no conditions there", r.Subject), "conditions")
	}
	written, err := json.Marshal(r)
	if err == nil {
		_, err = parseRule(written, v1Table)
	}
	return err
}

// lacks is what these rules do not cover of another, without a look at what one of them says as well.
func (rs Rules) lacks(wanted Rule) []Uncovered {
	wanted.Actions = slices.DeleteFunc(slices.Clone(wanted.Actions), func(action string) bool {
		return slices.ContainsFunc(rs, func(r Rule) bool {
			return r.Subject == wanted.Subject && !r.Inverted && slices.Contains(r.Actions, action) && reflect.DeepEqual(r.Conditions, wanted.Conditions)
		})
	})
	return rs.Missing(Rules{wanted})
}
