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
)

// canFunction is provider::machineid::can.
type canFunction struct{}

// NewCanFunction returns the function can.
func NewCanFunction() function.Function { return canFunction{} }

// Metadata names the function.
func (canFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "can"
}

// Definition is its signature. The dynamic parameters let callers leave out what they do not need.
func (canFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Whether permissions allow an action",
		MarkdownDescription: "Whether a list of permissions allows an action on a subject: as the server would decide, but at plan and without a server. Tests of modules can assert with it what a role allows, and what it does not.\n\n" +
			"Allowed is what some rule allows and no `inverted` rule denies, in any order: a denial always wins. " +
			"An attribute that is not given is one that the object lacks: `ne` holds for it, and `eq`, `in` and `elem_match` do not, neither in a rule that allows nor in one that denies. With `glob` the server fails then, so such a rule does not allow, and does deny. " +
			"A rule with a template such as `{{identity.metadata.team}}`, which only the server resolves, does not allow, and does deny; the data source `machineid_effective_permissions` answers rules in which templates are resolved. " +
			"`read` on `secrets` stands for `describeSecret` and `readValue`. A denial of one of the two also denies a `read`; a denial of `read` denies neither of the two where a rule allows them by name.\n\n" +
			"Subjects, actions, conditions and attributes that this version of the provider does not know are an error and not `false`, so that a misspelling does not pass for a invalid.",
		Parameters: []function.Parameter{
			function.DynamicParameter{
				Name:                "permissions",
				MarkdownDescription: "List of rules as in the attribute `permissions` of a role or a privilege: objects with `subject`, `actions` and, if wanted, `inverted` and `conditions`. Those of `machineid_effective_permissions` fit as well.",
			},
			function.StringParameter{Name: "action", MarkdownDescription: "What is to be done, such as `readValue`."},
			function.StringParameter{Name: "subject", MarkdownDescription: "What it is done to, such as `secrets`."},
		},
		VariadicParameter: function.DynamicParameter{
			Name:           "attributes",
			AllowNullValue: true,
			MarkdownDescription: "What is known of the object, at most one map: a text for each condition key, as `{ environment = \"dev\", secret_path = \"/app\" }`; " +
				"a list of texts for `secret_tags`, and a map of texts for `metadata`.",
		},
		Return: function.BoolReturn{},
	}
}

// Run returns the decision, or an error at the argument that is wrong.
func (canFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var permissions types.Dynamic
	var action, subject string
	var attributes []types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &permissions, &action, &subject, &attributes); resp.Error != nil {
		return
	}
	if len(attributes) > 1 {
		resp.Error = function.NewArgumentFuncError(4, "There is one map of attributes at most")
		return
	}
	allowed, err := evaluate(permissions, permission.Permission{Action: action, Subject: subject}, attributes)
	if wrong, ok := errors.AsType[*argumentError](err); ok {
		resp.Error = function.NewArgumentFuncError(wrong.position, "Cannot evaluate the permissions: "+wrong.sentence)
		return
	}
	resp.Error = resp.Result.Set(ctx, allowed)
}

// argumentError is the error of an argument.
type argumentError struct {
	position int64
	sentence string
}

func (e *argumentError) Error() string { return e.sentence }

func evaluate(permissions types.Dynamic, p permission.Permission, attributes []types.Dynamic) (bool, error) {
	rules, scopes, err := parsePermissions(permissions)
	if err != nil {
		return false, &argumentError{0, err.Error()}
	}
	scopes, err = scopesHaving(scopes, p)
	if err != nil {
		return false, err
	}
	about := permission.Attributes{}
	if len(attributes) == 1 {
		if about, err = parseAttributes(attributes[0], p.Subject, scopes); err != nil {
			return false, &argumentError{3, err.Error()}
		}
	}
	list, _ := loose(permissions).([]any) // parsePermissions has checked it
	others, folders := splitFolderAccess(list, rules.ForAny())
	return folders.Allow(others, p, about), nil
}

// scopesWith are those of the scopes in which there is such a permission.
func scopesHaving(scopes []permission.Scope, p permission.Permission) ([]permission.Scope, error) {
	known := slices.DeleteFunc(slices.Clone(scopes), func(scope permission.Scope) bool { return permission.Actions(scope, p.Subject) == nil })
	if len(known) == 0 {
		return nil, &argumentError{2, fmt.Sprintf("there is no subject %q where these permissions apply", p.Subject)}
	}
	var actions []string
	having := slices.DeleteFunc(known, func(scope permission.Scope) bool {
		there := permission.Actions(scope, p.Subject)
		actions = append(actions, there...)
		return !slices.Contains(there, p.Action)
	})
	if len(having) == 0 {
		slices.Sort(actions)
		return nil, &argumentError{1, fmt.Sprintf("there is no action %q on %s; there is %s", p.Action, p.Subject, strings.Join(slices.Compact(actions), ", "))}
	}
	return having, nil
}
