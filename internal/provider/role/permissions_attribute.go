// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// permissionModel is a rule. Its actions are a set; the API keeps the order of rules.
type permissionModel struct {
	Subject    types.String              `tfsdk:"subject"`
	Actions    []types.String            `tfsdk:"actions"`
	Inverted   types.Bool                `tfsdk:"inverted"`
	Conditions map[string]conditionModel `tfsdk:"conditions"`
}

// conditionModel is the condition on one key. All operators that are set must hold.
type conditionModel struct {
	comparisonModel
	ElemMatch *elemMatchModel `tfsdk:"elem_match"`
}

type comparisonModel struct {
	Eq   types.String   `tfsdk:"eq"`
	Ne   types.String   `tfsdk:"ne"`
	In   []types.String `tfsdk:"in"`
	Glob types.String   `tfsdk:"glob"`
}

type elemMatchModel struct {
	Key   *comparisonModel `tfsdk:"key"`
	Value *comparisonModel `tfsdk:"value"`
}

// snakeForm matches names in snake_case.
var snakeForm = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

// permissionsAttribute returns the required list of rules of a role or a privilege in the scope.
func permissionsAttribute(scope permission.Scope, description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Required: true,
		MarkdownDescription: description + " A list of rules. Allowed is what some rule allows and no `inverted` rule denies, in any order. `[]` allows nothing. " +
			"Rules are checked at plan; a subject, an action or a condition key that this version of the provider does not know is a warning only, as the server may be newer.",
		Validators: []validator.List{listvalidator.NoNullValues(), permissionsValidator{scope}},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"subject": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "What the rule is about, as the API names it" + subjectExamples[scope] + ".",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"actions": schema.SetAttribute{
				Required: true, ElementType: types.StringType,
				MarkdownDescription: "What may be done with it, such as `read` and `edit`; at least one.",
				Validators:          someTexts(),
			},
			"inverted": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether the rule forbids instead of allowing. Only rules on subjects that take conditions can. Default: `false`.",
			},
			"conditions": schema.MapNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Narrow the rule to objects for which all of them hold. The keys are the API's in snake_case, such as `environment`, `secret_path` and `identity_id`. Default: none.",
				Validators:          []validator.Map{mapvalidator.KeysAre(stringvalidator.RegexMatches(snakeForm, "must be in snake_case, such as secret_path"))},
				NestedObject:        schema.NestedAttributeObject{Attributes: conditionAttributes()},
			},
		}},
	}
}

var subjectExamples = map[permission.Scope]string{
	permission.Organization: ": `identity`, `role`, `workspace` (a project), `groups`, …",
	permission.Project:      ": `secrets`, `secret-folders`, `identity`, `member`, `role`, …",
}

func conditionAttributes() map[string]schema.Attribute {
	attributes := comparisonAttributes()
	attributes["elem_match"] = schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "One and the same pair of the metadata must fulfil this, by `eq`, `ne` or `in`.",
		Attributes: map[string]schema.Attribute{
			"key":   schema.SingleNestedAttribute{Optional: true, MarkdownDescription: "What its key must fulfil.", Attributes: comparisonAttributes()},
			"value": schema.SingleNestedAttribute{Optional: true, MarkdownDescription: "What its value must fulfil.", Attributes: comparisonAttributes()},
		},
	}
	return attributes
}

func comparisonAttributes() map[string]schema.Attribute {
	one := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}}
	}
	return map[string]schema.Attribute{
		"eq":   one("The attribute is this text."),
		"ne":   one("The attribute is not this text."),
		"glob": one("The attribute matches this pattern, in which `*` stands for any characters but `/` and `**` for any at all, such as `/app/**`."),
		"in": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "The attribute is one of these texts.",
			Validators:          someTexts(),
		},
	}
}

func someTexts() []validator.Set {
	return []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))}
}

// permissionsType returns the type of the attribute, for data sources.
func permissionsType() attr.Type { return permissionsAttribute(permission.Project, "").GetType() }

func permissionsElementType() attr.Type {
	return permissionsAttribute(permission.Project, "").NestedObject.Type()
}
