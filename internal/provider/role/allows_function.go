// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/suggest"
)

// allowsFunction is provider::machineid::allows.
type allowsFunction struct{}

// NewAllowsFunction returns the function allows.
func NewAllowsFunction() function.Function { return allowsFunction{} }

func (allowsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "allows"
}

func (allowsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	parameters, attributes := decisionParameters()
	resp.Definition = function.Definition{
		Summary: "Whether permissions allow an action",
		MarkdownDescription: "Returns whether permissions allow an action on a subject, as the server decides, but at plan and without a server. Tests of modules can assert what a role allows and what it does not. " +
			"The function [`explain`](explain) returns the reason.\n\n" + decisionDescription,
		Parameters: parameters, VariadicParameter: attributes,
		Return: function.BoolReturn{},
	}
}

// Run returns the decision, or an error at the argument that is wrong.
func (allowsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	allowed, _, err := decide(ctx, req)
	if resp.Error = err; err == nil {
		resp.Error = resp.Result.Set(ctx, allowed)
	}
}

const decisionDescription = "Allowed is what some rule allows and no rule with the effect `deny` denies, in any order. " +
	"An attribute that is not given is one that the object lacks: `ne` holds for it, and `eq`, `in`, `all` and `elem_match` do not, in rules that allow and in rules that deny. The server fails on `glob` then, which denies the request if it evaluates the rule. " +
	"A rule with a template such as `{{identity.metadata.team}}`, which only the server resolves, does not allow, and does deny; the data source `machineid_effective_permissions` returns rules with resolved templates. " +
	"`read` on `secrets` stands for `describeSecret` and `readValue`. A denial of one of the two also denies `read`; a denial of `read` denies neither of the two where a rule allows them by name.\n\n" +
	"Names, subjects, actions and condition keys that this version of the provider does not know are errors, so that a misspelling does not pass for a denial. Rules with `allow_unknown = true` and rules of data sources may have unknown ones."

// decisionParameters returns the parameters that a decision takes.
func decisionParameters() ([]function.Parameter, function.Parameter) {
	return []function.Parameter{
			function.DynamicParameter{
				Name:                "permissions",
				MarkdownDescription: "List of rules: the attribute `permission` of a resource or a data source, the result of the function [`permissions`](permissions), or a list of objects with the names of the block `permission`.",
			},
			function.StringParameter{Name: "action", MarkdownDescription: "Action, such as `readValue`."},
			function.StringParameter{Name: "subject", MarkdownDescription: "Subject, such as `secrets`."},
		}, function.DynamicParameter{
			Name:           "attributes",
			AllowNullValue: true,
			MarkdownDescription: "Attributes of the object, at most one map: a text for each condition key, as in `{ environment = \"dev\", secretPath = \"/app\" }`; " +
				"a list of texts for `secretTags`, and a map of texts for `metadata`.",
		}
}

// argumentError is the error of an argument.
type argumentError struct {
	position int64
	sentence string
}

func (e *argumentError) Error() string { return e.sentence }

// decide evaluates the arguments of a function and also returns the reason as a sentence.
func decide(ctx context.Context, req function.RunRequest) (bool, string, *function.FuncError) {
	var permissions types.Dynamic
	var p permission.Permission
	var attributes []types.Dynamic
	if err := req.Arguments.Get(ctx, &permissions, &p.Action, &p.Subject, &attributes); err != nil {
		return false, "", err
	}
	if len(attributes) > 1 {
		return false, "", function.NewArgumentFuncError(4, "At most one map of attributes is accepted")
	}
	allowed, reason, err := evaluate(permissions, p, attributes)
	if wrong, ok := errors.AsType[*argumentError](err); ok {
		return false, "", function.NewArgumentFuncError(wrong.position, "Cannot evaluate the permissions: "+wrong.sentence)
	}
	return allowed, reason, nil
}

func evaluate(permissions types.Dynamic, p permission.Permission, attributes []types.Dynamic) (allowed bool, reason string, err error) {
	models, err := permissionsOf(permissions)
	if err != nil {
		return false, "", &argumentError{0, err.Error()}
	}
	rules := rulesOf(models)
	scopes, err := scopesOf(models, rules)
	if err != nil {
		return false, "", err
	}
	if scopes, err = scopesHaving(scopes, p, rules); err != nil {
		return false, "", err
	}
	object := permission.Attributes{}
	if len(attributes) == 1 {
		if object, err = parseAttributes(attributes[0], p.Subject, scopes, rules); err != nil {
			return false, "", &argumentError{3, err.Error()}
		}
	}
	general, folders := splitFolderAccess(models, rules)
	return folders.Allow(general.ForAny(), p, object), folders.Explain(general, p, object), nil
}

// rulesOf returns the rules of the models, in the same order. Those that a server returned may have what the
// tables do not.
func rulesOf(models []effectivePermission) permission.Rules {
	list := make([]permissionModel, len(models))
	for n := range models {
		list[n] = models[n].permissionModel
	}
	rules := rulesFrom(list)
	for n, m := range models {
		rules[n].AllowUnknown = m.AllowUnknown.ValueBool() || m.Source != nil
	}
	return rules
}

// scopesOf returns the scopes in which the rules can apply. The error is that of the scope whose first error
// comes last, as the one that is meant.
func scopesOf(models []effectivePermission, rules permission.Rules) ([]permission.Scope, error) {
	var scopes []permission.Scope
	var sentence string
	position, depth := -1, 0
	for _, scope := range []permission.Scope{permission.Project, permission.Organization} {
		n, d := firstInvalid(scope, models, rules)
		switch {
		case n < 0:
			scopes = append(scopes, scope)
		case n > position || n == position && len(d.Path) > depth:
			position, depth, sentence = n, len(d.Path), fmt.Sprintf("permission[%d]: %s", n, d.Detail)
		}
	}
	if len(scopes) == 0 {
		return nil, &argumentError{0, sentence}
	}
	return scopes, nil
}

// firstInvalid returns the index of the first rule with an error, or -1.
func firstInvalid(scope permission.Scope, models []effectivePermission, rules permission.Rules) (int, permission.Diagnostic) {
	for n, r := range rules {
		if models[n].Source != nil {
			continue
		}
		for _, d := range r.Diagnose(scope) {
			if !d.Warning {
				return n, d
			}
		}
	}
	return -1, permission.Diagnostic{}
}

// scopesHaving returns those of the scopes that have the permission. A permission that a rule with
// allow_unknown names is one of all scopes.
func scopesHaving(scopes []permission.Scope, p permission.Permission, rules permission.Rules) ([]permission.Scope, error) {
	for _, r := range rules {
		if r.AllowUnknown && r.Subject == p.Subject && slices.Contains(r.Actions, p.Action) {
			return scopes, nil
		}
	}
	known := slices.DeleteFunc(slices.Clone(scopes), func(scope permission.Scope) bool { return permission.Actions(scope, p.Subject) == nil })
	if len(known) == 0 {
		var subjects []string
		for _, scope := range scopes {
			subjects = append(subjects, permission.Subjects(scope)...)
		}
		return nil, &argumentError{2, fmt.Sprintf("%q is not a subject where these permissions apply.%s", p.Subject, suggest.DidYouMean(p.Subject, subjects))}
	}
	var actions []string
	having := slices.DeleteFunc(known, func(scope permission.Scope) bool {
		there := permission.Actions(scope, p.Subject)
		actions = append(actions, there...)
		return !slices.Contains(there, p.Action)
	})
	if len(having) == 0 {
		slices.Sort(actions)
		actions = slices.Compact(actions)
		return nil, &argumentError{1, fmt.Sprintf("%q is not an action on %s.%s The actions are %s", p.Action, p.Subject, suggest.DidYouMean(p.Action, actions), strings.Join(actions, ", "))}
	}
	return having, nil
}
