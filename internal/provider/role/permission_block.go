// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package role

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// permissionModel is a rule. Its actions and conditions are sets; the API keeps the order of rules.
type permissionModel struct {
	Subject      types.String     `tfsdk:"subject"`
	Actions      []types.String   `tfsdk:"actions"`
	Effect       types.String     `tfsdk:"effect"`
	AllowUnknown types.Bool       `tfsdk:"allow_unknown"`
	Conditions   []conditionModel `tfsdk:"condition"`
}

// conditionModel compares a key by exactly one operator. All conditions of a rule must hold.
type conditionModel struct {
	Key types.String `tfsdk:"key"`
	comparisonModel
	All       []types.String   `tfsdk:"all"`
	Glob      types.String     `tfsdk:"glob"`
	ElemMatch []elemMatchModel `tfsdk:"elem_match"`
}

// comparisonModel has the operators that conditions and fields of metadata entries share.
type comparisonModel struct {
	Eq types.String   `tfsdk:"eq"`
	Ne types.String   `tfsdk:"ne"`
	In []types.String `tfsdk:"in"`
}

// elemMatchModel compares the key or the value of a metadata entry by exactly one operator. One entry must meet all
// of a condition.
type elemMatchModel struct {
	Field types.String `tfsdk:"field"`
	comparisonModel
}

// The values of effect.
const (
	effectAllow = "allow"
	effectDeny  = "deny"
)

// permissionBlock returns the block of the rules of a role or a privilege in the scope. Nothing within its sets has
// a default or a plan modifier, since the framework pairs elements of sets with those of the state by index.
func permissionBlock(scope permission.Scope, description string) schema.ListNestedBlock {
	return schema.ListNestedBlock{
		MarkdownDescription: description + " A request is allowed if some rule allows it and no rule denies it; the order does not matter. Without blocks, nothing is allowed.",
		Validators:          []validator.List{permissionsValidator{scope}},
		NestedObject: schema.NestedBlockObject{
			Attributes: map[string]schema.Attribute{
				"subject": schema.StringAttribute{
					Required:            true,
					MarkdownDescription: "Kind of object, as the API names it, such as " + subjectExamples[scope] + ". See the guide [Permissions](../guides/permissions) for all of them.",
					Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				},
				"actions": schema.SetAttribute{
					Required: true, ElementType: types.StringType,
					MarkdownDescription: "Actions on the subject, such as `read` and `edit`. At least one.",
					Validators:          nonEmptyTexts(),
				},
				"effect": schema.StringAttribute{
					Optional: true, Computed: true, Default: stringdefault.StaticString(effectAllow),
					MarkdownDescription: "`allow` or `deny`. A denial overrides all rules that allow. Only rules on subjects that take conditions can deny. Default: `allow`.",
					Validators:          []validator.String{stringvalidator.OneOf(effectAllow, effectDeny)},
				},
				"allow_unknown": schema.BoolAttribute{
					Optional:            true,
					MarkdownDescription: "Whether the rule can have a subject, actions and condition keys that this version of the provider does not know, for a newer server. Default: `false`, an unknown name is an error.",
				},
			},
			Blocks: map[string]schema.Block{"condition": conditionBlock()},
		},
	}
}

var subjectExamples = map[permission.Scope]string{
	permission.Organization: "`identity`, `role`, `workspace` (a project) or `groups`",
	permission.Project:      "`secrets`, `secret-folders`, `identity`, `member` or `role`",
}

// conditionBlock returns the block of the conditions of a rule.
func conditionBlock() schema.SetNestedBlock {
	attributes := comparisonAttributes("attribute")
	attributes["key"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Attribute of the object, as the API names it, such as `environment`, `secretPath` or `identityId`.",
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	attributes["all"] = schema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "The attribute, a list such as `secretTags`, has all of these values.",
		Validators:          nonEmptyTexts(),
	}
	attributes["glob"] = schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "The attribute matches this pattern, such as `/app/**`. `*` matches any characters except `/`, and `**` matches any characters.",
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	fields := comparisonAttributes("field")
	fields["field"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Part of the metadata entry: `key` or `value`.",
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	return schema.SetNestedBlock{
		MarkdownDescription: "Limits the rule to objects that meet all of its conditions. Each block has exactly one of `eq`, `ne`, `in`, `all`, `glob` and `elem_match`; several blocks can have the same key with different operators. Default: all objects.",
		NestedObject: schema.NestedBlockObject{
			Attributes: attributes,
			Blocks: map[string]schema.Block{"elem_match": schema.SetNestedBlock{
				MarkdownDescription: "One entry of the attribute `metadata` meets all `elem_match` blocks of the condition. Each block has exactly one of `eq`, `ne` and `in`.",
				NestedObject:        schema.NestedBlockObject{Attributes: fields},
			}},
		},
	}
}

// comparisonAttributes returns the attributes of a comparisonModel.
func comparisonAttributes(what string) map[string]schema.Attribute {
	one := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: "The " + what + " " + description, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}}
	}
	return map[string]schema.Attribute{
		"eq": one("equals this value."),
		"ne": one("does not equal this value. This also holds for objects without the " + what + "."),
		"in": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "The " + what + " equals one of these values.",
			Validators:          nonEmptyTexts(),
		},
	}
}

// nonEmptyTexts requires at least one text, and none that is empty.
func nonEmptyTexts() []validator.Set {
	return []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))}
}

// permissionsType returns the type of the blocks, which data sources have as an attribute.
func permissionsType() attr.Type { return permissionBlock(permission.Project, "").Type() }

func permissionsElementType() attr.Type {
	return permissionBlock(permission.Project, "").NestedObject.Type()
}
