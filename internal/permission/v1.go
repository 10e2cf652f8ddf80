package permission

import (
	"maps"
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
func FromV1(json []byte) (Rules, error) {
	rules, err := parseRules(json, v1Table)
	if err != nil {
		return nil, err
	}
	secrets := rules.On(Secrets)
	folders := len(rules.On("secret-folders")) > 0
	for _, r := range secrets {
		rules = append(rules, r.about("secret-imports", r.Actions))
	}
	for _, r := range secrets {
		rules = append(rules, r.about("dynamic-secrets", dynamicActions(r.Actions)))
	}
	for _, r := range secrets {
		changes := slices.DeleteFunc(slices.Clone(r.Actions), func(action string) bool { return action == Read })
		if !folders && len(changes) > 0 {
			rules = append(rules, r.about("secret-folders", changes))
		}
	}
	return rules, nil
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
