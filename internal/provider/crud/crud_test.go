// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/client"
)

type thing struct {
	ID     types.String `tfsdk:"id"`
	Parent types.String `tfsdk:"parent_id"`
	Name   types.String `tfsdk:"display_name"`
}

func thingSchema() schema.Schema {
	return schema.Schema{Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true}, "parent_id": schema.StringAttribute{Required: true}, "display_name": schema.StringAttribute{Optional: true},
	}}
}

var thingType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "parent_id": tftypes.String, "display_name": tftypes.String}}

func raw(id any) tftypes.Value {
	return tftypes.NewValue(thingType, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, id), "parent_id": tftypes.NewValue(tftypes.String, "p"), "display_name": tftypes.NewValue(tftypes.String, "n"),
	})
}

func plan(id any) tfsdk.Plan { return tfsdk.Plan{Raw: raw(id), Schema: thingSchema()} }
func state() tfsdk.State     { return tfsdk.State{Raw: raw("1"), Schema: thingSchema()} }
func none() tfsdk.State {
	return tfsdk.State{Raw: tftypes.NewValue(thingType, nil), Schema: thingSchema()}
}

// adapter returns a resource that is configured with credentials, which no call uses.
func adapter(t *testing.T, d Resource[thing]) *ResourceAdapter[thing] {
	t.Helper()
	c, err := client.New(client.Config{Host: client.DefaultHost, AccessToken: "x"})
	if err != nil {
		t.Fatal(err)
	}
	d.Name, d.Schema = "some_thing", thingSchema
	r := d.Adapter()
	r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: c}, nil)
	return r
}

// text returns the diagnostics, a line each.
func text(diags diag.Diagnostics) string {
	var all []string
	for _, d := range diags {
		at := ""
		if with, ok := d.(diag.DiagnosticWithPath); ok {
			at = with.Path().String() + ": "
		}
		all = append(all, d.Severity().String()+" "+at+d.Summary()+": "+d.Detail())
	}
	return strings.Join(all, "\n")
}

var (
	errBroken = errors.New("something broke")
	errGone   = &client.Error{Status: 404, Name: api.ErrorNotFound, Message: "it is missing"}
)

// returning returns a call that sets the ID, if there is one, and returns the error.
func returning(id string, err error) func(context.Context, *client.Client, *thing) error {
	return func(_ context.Context, _ *client.Client, m *thing) error {
		if id != "" {
			m.ID = types.StringValue(id)
		}
		return err
	}
}

func TestCreate(t *testing.T) {
	for name, tc := range map[string]struct {
		create func(context.Context, *client.Client, *thing) error
		kept   bool
		fails  string
	}{
		"done":                 {returning("1", nil), true, ""},
		"not created":          {returning("", errBroken), false, "Error Could not create the some thing: Something broke."},
		"created, then failed": {returning("1", errBroken), true, "Error Could not create the some thing: Something broke."},
	} {
		resp := resource.CreateResponse{State: none()}
		adapter(t, Resource[thing]{Create: tc.create}).Create(t.Context(), resource.CreateRequest{Plan: plan(tftypes.UnknownValue)}, &resp)
		if text(resp.Diagnostics) != tc.fails || resp.State.Raw.IsNull() == tc.kept {
			t.Errorf("%s: %s, state %s", name, text(resp.Diagnostics), resp.State.Raw)
		}
	}
}

func TestRead(t *testing.T) {
	for name, tc := range map[string]struct {
		read  func(context.Context, *client.Client, *thing) error
		want  tftypes.Value
		fails string
	}{
		"there":  {returning("2", nil), raw("2"), ""},
		"gone":   {returning("2", errGone), none().Raw, ""},
		"failed": {returning("2", errBroken), raw("1"), "Error Could not read the some thing: Something broke."},
	} {
		resp := resource.ReadResponse{State: state()}
		adapter(t, Resource[thing]{Read: tc.read}).Read(t.Context(), resource.ReadRequest{State: state()}, &resp)
		if text(resp.Diagnostics) != tc.fails || !resp.State.Raw.Equal(tc.want) {
			t.Errorf("%s: %s, state %s", name, text(resp.Diagnostics), resp.State.Raw)
		}
	}
}

func TestUpdate(t *testing.T) {
	for err, want := range map[error]string{nil: "2", errBroken: "1"} {
		resp := resource.UpdateResponse{State: state()}
		adapter(t, Resource[thing]{Update: func(_ context.Context, _ *client.Client, prior, planned *thing) error {
			if prior.ID.ValueString() != "1" || planned.ID.ValueString() != "2" {
				t.Errorf("from %s to %s", prior.ID, planned.ID)
			}
			return err
		}}).Update(t.Context(), resource.UpdateRequest{State: state(), Plan: plan("2")}, &resp)
		if !resp.State.Raw.Equal(raw(want)) || resp.Diagnostics.HasError() != (err != nil) {
			t.Errorf("%s, state %s", text(resp.Diagnostics), resp.State.Raw)
		}
	}
}

func TestDelete(t *testing.T) {
	for name, tc := range map[string]struct {
		failed, read error
		fails        bool
	}{
		"done":                        {nil, errBroken, false},
		"gone":                        {errGone, errBroken, false},
		"failed, but gone":            {errBroken, errGone, false},
		"failed, and still there":     {errBroken, nil, true},
		"failed, and so did the read": {errBroken, errBroken, true},
	} {
		resp := resource.DeleteResponse{State: state()}
		adapter(t, Resource[thing]{Delete: returning("", tc.failed), Read: returning("", tc.read)}).Delete(t.Context(), resource.DeleteRequest{State: state()}, &resp)
		if resp.Diagnostics.HasError() != tc.fails {
			t.Errorf("%s: %s", name, text(resp.Diagnostics))
		}
	}
}

func TestImport(t *testing.T) {
	for id, tc := range map[string]struct {
		names []string
		fails string
	}{
		"1":     {[]string{"id"}, ""},
		"a/1":   {[]string{"parent_id", "id"}, ""},
		"a/b/c": {[]string{"parent_id", "id"}, ""},
		"a/b":   {[]string{"id"}, ""},
		"a":     {[]string{"parent_id", "id"}, "<parent_id>/<id>"},
		"a/":    {[]string{"parent_id", "id"}, "<parent_id>/<id>"},
		"":      {[]string{"id"}, "<id>"},
	} {
		resp := resource.ImportStateResponse{State: none()}
		adapter(t, Resource[thing]{Import: tc.names}).ImportState(t.Context(), resource.ImportStateRequest{ID: id}, &resp)
		if tc.fails != "" {
			if !strings.Contains(text(resp.Diagnostics), tc.fails) {
				t.Errorf("%q: %s", id, text(resp.Diagnostics))
			}
			continue
		}
		for i, name := range tc.names {
			var value types.String
			if resp.State.GetAttribute(t.Context(), path.Root(name), &value); value.ValueString() != strings.SplitN(id, "/", len(tc.names))[i] {
				t.Errorf("%q: %s is %s; %s", id, name, value, text(resp.Diagnostics))
			}
		}
	}
}

// TestUnknownConfiguration checks that no call is made while the client is nil.
func TestUnknownConfiguration(t *testing.T) {
	called := func(context.Context, *client.Client, *thing) error {
		t.Error("the API was called")
		return nil
	}
	r := Resource[thing]{Name: "x", Schema: thingSchema, Create: called, Read: called, Delete: called}.Adapter()
	r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: (*client.Client)(nil)}, nil)
	read := resource.ReadResponse{State: state()}
	r.Read(t.Context(), resource.ReadRequest{State: state()}, &read)
	planned := resource.ModifyPlanResponse{Plan: plan("2")}
	r.ModifyPlan(t.Context(), resource.ModifyPlanRequest{State: state(), Plan: plan("2")}, &planned)
	if len(read.Diagnostics)+len(planned.Diagnostics) > 0 || !read.State.Raw.Equal(raw("1")) {
		t.Errorf("%s; %s; state %s", text(read.Diagnostics), text(planned.Diagnostics), read.State.Raw)
	}
	created := resource.CreateResponse{State: none()}
	r.Create(t.Context(), resource.CreateRequest{Plan: plan("1")}, &created)
	deleted := resource.DeleteResponse{State: state()}
	r.Delete(t.Context(), resource.DeleteRequest{State: state()}, &deleted)
	imported := resource.ImportStateResponse{State: none()}
	r.ImportState(t.Context(), resource.ImportStateRequest{ID: "1"}, &imported)
	for _, diags := range []diag.Diagnostics{created.Diagnostics, deleted.Diagnostics, imported.Diagnostics} {
		if !strings.Contains(text(diags), "Provider configuration is unknown") {
			t.Error(text(diags))
		}
	}
}

// TestNoCredentials checks that a plan without credentials rejects changes, and nothing else.
func TestNoCredentials(t *testing.T) {
	c, err := client.New(client.Config{Host: client.DefaultHost})
	if err != nil {
		t.Fatal(err)
	}
	r := Resource[thing]{Name: "x", Schema: thingSchema}.Adapter()
	r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: c}, nil)
	for name, tc := range map[string]struct {
		from, to tftypes.Value
		fails    bool
	}{
		"create": {none().Raw, raw("1"), true}, "change": {raw("1"), raw("2"), true}, "delete": {raw("1"), none().Raw, true}, "nothing": {raw("1"), raw("1"), false},
	} {
		resp := resource.ModifyPlanResponse{}
		r.ModifyPlan(t.Context(), resource.ModifyPlanRequest{State: tfsdk.State{Raw: tc.from}, Plan: tfsdk.Plan{Raw: tc.to}}, &resp)
		if resp.Diagnostics.HasError() != tc.fails || tc.fails && !strings.HasPrefix(text(resp.Diagnostics), "Error Could not "+name+" the ") {
			t.Errorf("%s: %s", name, text(resp.Diagnostics))
		}
	}
}

func TestReportPlacesFields(t *testing.T) {
	r := adapter(t, Resource[thing]{Fields: map[string]path.Path{"label": path.Root("display_name")}})
	for want, issues := range map[string][]api.Issue{
		"Error display_name: Could":  {{Path: []any{"displayName"}}},
		"Error parent_id: Could":     {{Path: []any{"parentID"}}},
		"Error display_name: Coul":   {{Path: []any{"label", 0, "x"}}},
		"Error Could":                {{Path: []any{"other"}}},
		"Error Could not":            {{Path: []any{}}},
		"Error Could not change the": nil,
	} {
		var diags diag.Diagnostics
		r.report(t.Context(), &diags, r.the("change"), &client.Error{Op: "change", Issues: issues})
		if len(diags) != 1 || !strings.HasPrefix(text(diags), want) {
			t.Errorf("%v: %s", issues, text(diags))
		}
	}
	var diags diag.Diagnostics
	r.report(t.Context(), &diags, r.the("change"), &client.Error{Op: "change", Issues: []api.Issue{{Path: []any{"parentId"}}, {Path: []any{"displayName"}}}})
	if len(diags) != 2 {
		t.Error(text(diags))
	}
	r.report(t.Context(), &diags, r.the("change"), &client.Error{Op: "change", Issues: []api.Issue{{Path: []any{"parentId"}}, {Path: []any{"other"}, Message: "It is wrong"}}})
	if len(diags) != 3 || !strings.Contains(diags[2].Detail(), "other: It is wrong") {
		t.Error(text(diags))
	}
}
