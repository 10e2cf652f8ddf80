// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

const privilegeV1Path = "/v1/additional-privilege/identity"

// privilegeV1Routes are the first version of additional privileges, by slugs. Contract: section 8.
func (s *server) privilegeV1Routes() []route {
	const path = privilegeV1Path
	return []route{
		authenticated(s, post, path+"/permanent", func(ctx context.Context, a iam.Actor, in *permanentV1) (api.PrivilegeResponse, error) {
			return s.createPrivilegeV1(ctx, a, in.Body, iam.WindowInput{})
		}),
		authenticated(s, post, path+"/temporary", func(ctx context.Context, a iam.Actor, in *temporaryV1) (api.PrivilegeResponse, error) {
			return s.createPrivilegeV1(ctx, a, in.Body.CreatePrivilegeV1Request, windowInput(true, &in.Body.TemporaryMode, &in.Body.TemporaryRange, &in.Body.TemporaryAccessStartTime))
		}),
		authenticated(s, patch, path, s.updatePrivilegeV1),
		authenticated(s, remove, path, func(ctx context.Context, a iam.Actor, in *struct{ Body api.PrivilegeV1Ref }) (api.PrivilegeResponse, error) {
			return privilegeV1Response(s.iam.DeletePrivilege(ctx, a, privilegeV1(in.Body)))
		}),
		authenticated(s, get, path, s.listPrivilegesV1),
		authenticated(s, get, path+"/{slug}", func(ctx context.Context, a iam.Actor, in *privilegeSlugPath) (api.PrivilegeResponse, error) {
			return privilegeV1Response(s.iam.Privilege(ctx, a, privilegeSlug(in.ProjectSlug, in.IdentityID, in.Slug)))
		}),
	}
}

func privilegeV1(r api.PrivilegeV1Ref) iam.PrivilegeRef {
	return iam.PrivilegeRef{Project: bySlug(id(r.ProjectSlug)), IdentityID: r.IdentityID, Slug: r.PrivilegeSlug}
}

type permanentV1 struct{ Body api.CreatePrivilegeV1Request }

// Resolve rejects a privilege without rules, which the schema cannot express.
func (r *permanentV1) Resolve(huma.Context) []error { return someRules(r.Body.PrivilegeV1Rules) }

type temporaryV1 struct {
	Body api.CreateTemporaryPrivilegeV1Request
}

// Resolve rejects a privilege without rules.
func (r *temporaryV1) Resolve(huma.Context) []error { return someRules(r.Body.PrivilegeV1Rules) }

func someRules(r api.PrivilegeV1Rules) []error {
	if r.PrivilegePermission == nil && r.Permissions == nil {
		return []error{&huma.ErrorDetail{Location: "body.privilegePermission", Message: "privilegePermission or permissions must be given"}}
	}
	return nil
}

func (s *server) createPrivilegeV1(ctx context.Context, a iam.Actor, b api.CreatePrivilegeV1Request, w iam.WindowInput) (api.PrivilegeResponse, error) {
	rules, err := rulesV1(b.PrivilegeV1Rules)
	if err != nil {
		return api.PrivilegeResponse{}, err
	}
	return privilegeV1Response(s.iam.CreatePrivilege(ctx, a, bySlug(id(b.ProjectSlug)), b.IdentityID,
		iam.PrivilegeInput{Slug: b.Slug, Permissions: rules, Window: &w}))
}

type changeV1 struct{ Body api.UpdatePrivilegeV1Request }

// Resolve rejects a window without isTemporary, which decides whether the window applies.
func (r *changeV1) Resolve(huma.Context) []error {
	d := r.Body.PrivilegeDetails
	if d.IsTemporary == nil && (d.TemporaryRange != nil || d.TemporaryAccessStartTime != nil) {
		return []error{&huma.ErrorDetail{Location: "body.privilegeDetails.isTemporary", Message: "isTemporary must be given with a range or a start"}}
	}
	return nil
}

func (s *server) updatePrivilegeV1(ctx context.Context, a iam.Actor, in *changeV1) (api.PrivilegeResponse, error) {
	d := in.Body.PrivilegeDetails
	rules, err := rulesV1(d.PrivilegeV1Rules)
	if err != nil {
		return api.PrivilegeResponse{}, err
	}
	change := iam.PrivilegeInput{Slug: d.Slug, Permissions: rules}
	if d.IsTemporary != nil {
		w := windowInput(*d.IsTemporary, d.TemporaryMode, d.TemporaryRange, d.TemporaryAccessStartTime)
		change.Window = &w
	}
	return privilegeV1Response(s.iam.UpdatePrivilege(ctx, a, privilegeV1(in.Body.PrivilegeV1Ref), change))
}

func (s *server) listPrivilegesV1(ctx context.Context, a iam.Actor, in *struct {
	IdentityID  id `query:"identityId" required:"true" minLength:"1"`
	ProjectSlug id `query:"projectSlug" required:"true" minLength:"1"`
}) (api.ListPrivilegesResponse, error) {
	found, err := s.iam.Privileges(ctx, a, bySlug(in.ProjectSlug), string(in.IdentityID))
	out := make([]api.Privilege, len(found))
	for n, p := range found {
		out[n] = privilegeOfV1(p)
	}
	return api.ListPrivilegesResponse{Privileges: out}, err
}

// rulesV1 returns nil if neither form of the rules was sent.
func rulesV1(r api.PrivilegeV1Rules) (*permission.Rules, error) {
	sent := r.Permissions
	if p := r.PrivilegePermission; p != nil {
		each := make([]any, len(p.Actions))
		for n, action := range p.Actions {
			each[n] = map[string]any{"action": action, "subject": p.Subject, "conditions": p.Conditions}
		}
		encoded, err := json.Marshal(each)
		if err != nil {
			return nil, err
		}
		sent = &permission.Rules{}
		if err := json.Unmarshal(encoded, sent); err != nil {
			return nil, err
		}
	}
	if sent == nil {
		return nil, nil
	}
	rules, err := sent.FromV1()
	return &rules, err
}

func privilegeV1Response(p iam.Privilege, err error) (api.PrivilegeResponse, error) {
	return api.PrivilegeResponse{Privilege: privilegeOfV1(p)}, err
}

// privilegeOfV1 returns a privilege without the rules that a rule on secrets implies.
func privilegeOfV1(p iam.Privilege) api.Privilege {
	p.Permissions = slices.DeleteFunc(slices.Clone(p.Permissions), func(r permission.Rule) bool {
		return slices.Contains(permission.ImpliedByV1, r.Subject)
	})
	return privilege(p)
}
