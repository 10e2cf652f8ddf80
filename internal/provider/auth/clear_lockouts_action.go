// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/attribute"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/provider/crud"
)

// ClearLockoutsAction is the action machineid_clear_lockouts.
var ClearLockoutsAction = crud.Action[clearLockoutsModel]{
	Name:   "clear_lockouts",
	Schema: clearLockoutsSchema,
	Plan:   planClearLockouts, Invoke: clearLockouts,
}

type clearLockoutsModel struct {
	IdentityID types.String `tfsdk:"identity_id"`
}

func clearLockoutsSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lets an identity log in again with Universal Auth at once, where wrong client secrets have locked it. What is locked now is a warning in the plan. Not on servers older than the end of 2025.",
		Attributes: map[string]schema.Attribute{"identity_id": schema.StringAttribute{
			Required: true, MarkdownDescription: "ID of the identity, which must have Universal Auth.", Validators: []validator.String{attribute.IdentityIDs()},
		}},
	}
}

func planClearLockouts(ctx context.Context, c *client.Client, m *clearLockoutsModel) (string, error) {
	id := m.IdentityID.ValueString()
	if _, err := client.UniversalAuth.Get(ctx, c, id); err != nil {
		return "", err
	}
	locked := "which may be locked or not" // identities of a project cannot be read by this route
	if found, err := c.Identity(ctx, id); err == nil {
		locked = "which is not locked"
		if methods := found.Identity.ActiveLockoutAuthMethods; len(methods) > 0 {
			locked = "which is locked for " + strings.Join(methods, ", ")
		}
	}
	return fmt.Sprintf("As things are, those of the identity %s, %s.", id, locked), nil
}

func clearLockouts(ctx context.Context, c *client.Client, m *clearLockoutsModel, progress func(string)) error {
	cleared, err := client.UniversalAuth.ClearLockouts(ctx, c, m.IdentityID.ValueString())
	if err == nil {
		progress(fmt.Sprintf("Lockouts cleared: %d", cleared))
	}
	return err
}
