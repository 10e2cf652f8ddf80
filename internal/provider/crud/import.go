// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

// identity returns the attributes that identify the object and never change.
func (d Resource[M]) identity() []string {
	if d.Identity != nil {
		return d.Identity
	}
	return d.Import
}

// IdentitySchema describes the resource identity. Terraform before 1.12 ignores it.
func (r *ResourceAdapter[M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema.Attributes = map[string]identityschema.Attribute{}
	for _, name := range r.def.identity() {
		what, _, _ := strings.Cut(r.def.Schema().Attributes[name].GetMarkdownDescription(), ". ") // without the sentence on changes
		resp.IdentitySchema.Attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: strings.TrimSuffix(what, ".") + "."}
	}
}

// identify copies the identity from the state, and reports whether it has one.
func (r *ResourceAdapter[M]) identify(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) bool {
	return identity != nil && !state.Raw.IsNull() && copyTexts(ctx, r.def.identity(), state, identity, diags)
}

// copyTexts copies attributes, and reports whether one of them is not empty.
func copyTexts(ctx context.Context, names []string, from interface {
	GetAttribute(ctx context.Context, at path.Path, target any) diag.Diagnostics
}, to interface {
	SetAttribute(ctx context.Context, at path.Path, value any) diag.Diagnostics
}, diags *diag.Diagnostics) (some bool) {
	for _, name := range names {
		var value types.String
		diags.Append(from.GetAttribute(ctx, path.Root(name), &value)...)
		diags.Append(to.SetAttribute(ctx, path.Root(name), value)...)
		some = some || value.ValueString() != ""
	}
	return some
}

// imported is the private key that holds the import ID until a read has found the object.
const imported = "imported"

// ImportState sets the attributes of the import ID or of the identity. The read that follows sets the rest.
func (r *ResourceAdapter[M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.requireClient(&resp.Diagnostics) {
		return
	}
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		r.importIdentity(ctx, req.Identity, &resp.State, &resp.Diagnostics)
		return
	}
	parts := strings.SplitN(req.ID, "/", len(r.def.Import)) // the last may be a name with slashes
	if len(parts) != len(r.def.Import) || slices.Contains(parts, "") {
		resp.Diagnostics.AddError("Invalid import ID", strconv.Quote(req.ID)+" is not an import ID of this resource. Use <"+strings.Join(r.def.Import, ">/<")+">.")
		return
	}
	for i, name := range r.def.Import {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), lowerID(parts[i]))...)
	}
	if resp.Private != nil { // the framework always sets it
		id, _ := json.Marshal(req.ID) // cannot fail for a string
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, imported, id)...)
	}
}

// importIdentity sets the attributes of an identity. An empty one would find any object, and a name is not an
// identity: another object may have it in the next run.
func (r *ResourceAdapter[M]) importIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, state *tfsdk.State, diags *diag.Diagnostics) {
	for _, name := range r.def.identity() {
		var value types.String
		diags.Append(identity.GetAttribute(ctx, path.Root(name), &value)...)
		text := value.ValueString()
		switch isID := name == "id" || strings.HasSuffix(name, "_id"); {
		case text == "":
			diags.AddAttributeError(path.Root(name), "Empty attribute of the identity", "The identity of the "+r.displayName()+" to import has an empty "+name+". Set it, or remove the import block.")
		case isID && !client.IsID(text):
			diags.AddAttributeError(path.Root(name), "Not an ID", strconv.Quote(text)+" is not an ID, which is a UUID. Set the ID in "+name+", or import by the ID <"+strings.Join(r.def.Import, ">/<")+">, which accepts names.")
		case isID && text != lowerID(text):
			diags.AddAttributeError(path.Root(name), "ID in upper case", "Servers write IDs in lower case. Write "+strconv.Quote(lowerID(text))+" for "+name+".")
		default:
			diags.Append(state.SetAttribute(ctx, path.Root(name), text)...)
		}
	}
}

// lowerID returns an ID as servers write it, and any other text unchanged.
func lowerID(text string) string {
	if client.IsID(text) {
		return strings.ToLower(text)
	}
	return text
}

// importableError is an error of a create that names objects which may be imported instead.
type importableError struct {
	error
	commands []string
}

func (e *importableError) Unwrap() error { return e.error }

func (e *importableError) remedy() string {
	return "To import, with the resource's address in place of NAME:\n\n  " + strings.Join(e.commands, "\n  ")
}

// importable adds the import commands of the candidates that an error names.
func (r *ResourceAdapter[M]) importable(ctx context.Context, planned *values, err error) error {
	const most = 5
	candidates := client.Candidates(err)
	if len(candidates) == 0 {
		return err
	}
	found := &importableError{error: err}
	for _, candidate := range candidates[:min(most, len(candidates))] {
		parts := make([]string, len(r.def.Import))
		for n, name := range r.def.Import {
			var value types.String
			planned.GetAttribute(ctx, path.Root(name), &value) // a string, or not there
			if parts[n] = value.ValueString(); parts[n] == "" {
				parts[n] = "<" + name + ">"
			}
			if name == "id" {
				parts[n] = candidate.ID
			}
		}
		found.commands = append(found.commands, "terraform import machineid_"+r.def.Name+".NAME "+strings.Join(parts, "/"))
	}
	return found
}
