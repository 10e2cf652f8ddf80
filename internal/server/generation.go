// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// older is the personality of the old generation. It maps what is asked and answered
// on the routes that the provider calls. The rules stay the service's, so this is not imitated:
//   - a revoked client secret leaves the tokens alive that it gave out: here they die;
//   - a member may have temporary roles alone: here one must be permanent;
//   - privileges are compared without their conditions: here --boundary decides;
//   - what was given a lockout or a period elsewhere, as the first admin was a lockout, keeps it.
//
// Nor is any defect: what an old server fails on with 500 is refused with a 4xx, and a renewal that
// would pass the maximum TTL is refused without killing the token.
type older struct {
	*iam.Service
	now      func() time.Time
	sessions sync.Map // a session by the token as its holder has it; they end with the process
}

const notAllowed = "You are not allowed to access this resource"

// later begins the routes that an old server lacks, by their paths or with their methods.
var later = []string{
	"/v1/projects", "/v1/organization/roles", "/v1/organization/audit-logs", "/v1/identities/details", "/v1/identities/search", "/v2/identities",
	"/v1/auth/universal-auth/identities/{identityId}/clear-lockouts", "/v2/identity-project-additional-privilege",
	"/v2/workspace/{project}/roles", "/v2/workspace/identity-memberships", "/v1/workspace/environments", "GET /v1/auth/token-auth/tokens/{tokenId}",
}

func (s *server) olderRoutes() []route {
	routes := slices.DeleteFunc(s.newerRoutes(), func(r route) bool {
		return slices.ContainsFunc(later, func(start string) bool {
			return strings.HasPrefix(r.path, start) || strings.HasPrefix(r.method+" "+r.path, start)
		})
	})
	forUsers := func(c huma.Context, _ func(huma.Context)) {
		_, w := humachi.Unwrap(c)
		newFailure(c.Context(), http.StatusForbidden, "Forbidden access to "+c.URL().Path, notAllowed).write(w)
	}
	const organization = "/v1/organization/{orgId}"
	for path, methods := range map[string][]string{
		"/v1/workspace": {get}, organization: {get, patch}, organization + "/roles": {get, post}, organization + "/roles/{roleId}": {get, patch, remove},
	} {
		for _, method := range methods {
			routes = append(routes, route{method, path, func(h huma.API) {
				huma.Register(h, operation(method, path, s.authenticate, forUsers), func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
			}})
		}
	}
	return routes
}

// checkHeader refuses a bad token on public routes too.
func (s *server) checkHeader(c huma.Context, next func(huma.Context)) {
	if public := len(c.Operation().Middlewares) == 0; public && c.Header("Authorization") != "" {
		s.authenticate(c, next)
	} else {
		next(c)
	}
}

// take drops what an old server does not know of a request, and refuses what it refuses.
func (o *older) take(ctx context.Context, method string, in any) error {
	if err := o.attachesFirst(ctx, method, in); err != nil {
		return err
	}
	f := newFailure(ctx, http.StatusUnprocessableEntity, api.ErrorValidation, "")
	refuse := func(code, sentence string, path ...any) {
		f.answer.Message.Issues = append(f.answer.Message.Issues, api.Issue{Code: code, Path: path, Message: sentence})
	}
	switch in := in.(type) {
	case *struct{ Body api.CreateIdentityRequest }:
		in.Body.HasDeleteProtection = nil
	case *onIdentity[api.UpdateIdentityRequest]:
		in.Body.HasDeleteProtection = nil
	case *onIdentity[api.UniversalAuthRequest]:
		b := &in.Body
		b.AccessTokenPeriod, b.LockoutEnabled, b.LockoutThreshold, b.LockoutDurationSeconds, b.LockoutCounterResetSeconds = nil, nil, nil, nil, nil
		if method == post {
			b.LockoutEnabled = new(bool)
		}
		zeroTTLs(method, b.AccessTokenTTL, b.AccessTokenMaxTTL, refuse)
	case *onIdentity[api.OIDCAuthRequest]:
		in.Body.ClaimMetadataMapping = nil
		zeroTTLs(method, in.Body.AccessTokenTTL, in.Body.AccessTokenMaxTTL, refuse)
	case *onIdentity[api.TokenAuthRequest]:
		zeroTTLs(method, in.Body.AccessTokenTTL, in.Body.AccessTokenMaxTTL, refuse)
	case *struct{ Body api.CreateProjectRequest }:
		in.Body = api.CreateProjectRequest{ProjectName: in.Body.ProjectName, Slug: in.Body.Slug}
		if in.Body.Slug != nil && len(*in.Body.Slug) > 36 {
			refuse("too_big", "it is too long", "slug")
		}
	case *onProject[api.UpdateProjectRequest]:
		in.Body = api.UpdateProjectRequest{Name: in.Body.Name, AutoCapitalization: in.Body.AutoCapitalization}
	}
	if f.answer.Message.Issues != nil {
		return f
	}
	return nil
}

// refusal is what an old server answers where the service refuses.
func (o *older) refusal(ctx context.Context, method, path string, err error) error {
	if strings.HasPrefix(path, projectRoles) {
		return roleRefusal(ctx, method, err)
	}
	e, ok := errors.AsType[*iam.Error](err)
	if !ok {
		return err
	}
	project, identity := chi.URLParamFromCtx(ctx, "project"), strings.ToLower(chi.URLParamFromCtx(ctx, "identityId"))
	members := strings.HasPrefix(path, "/v2/workspace/{project}/identity-memberships")
	var missing, stranger error
	switch {
	case e.Kind == iam.Invalid && e.Field == "accessTokenTTL":
		return iam.Errorf(iam.BadRequest, "%s", e)
	case e.Kind == iam.NotAttached:
		return iam.Errorf(iam.BadRequest, "The identity does not have universal auth")
	case e.Kind == iam.BadRequest && strings.HasPrefix(path, privilegeV1Path):
		return iam.Errorf(iam.NotFound, "%s", e)
	case members && e.Kind == iam.BadRequest && method == post:
		_, missing = o.Identity(ctx, actor(ctx), identity)
	case members && e.Kind == iam.BadRequest:
		_, missing = o.Member(ctx, actor(ctx), project, identity)
	case members && e.Kind == iam.NotFound:
		_, stranger = o.Project(ctx, actor(ctx), byID(id(project)))
	}
	name := "Identity is not a member of the specified project"
	if project == "" {
		name = "Identity is not apart of this organization"
	}
	switch {
	case iam.Is(missing, iam.NotFound):
		return missing
	case iam.Is(stranger, iam.NotFound) || e.Kind == iam.Forbidden && !strings.HasPrefix(path, "/v1/auth"):
		return newFailure(ctx, http.StatusForbidden, name, notAllowed)
	}
	return err
}

// said is an error in the words of an old server: a schema failure has another status, a boundary
// is no kind of its own, and nothing beyond the sentence is told.
func (o *older) said(e api.Error) api.Error {
	e.ReqID, e.Details = "", nil
	if e.Name == api.ErrorValidation {
		e.StatusCode = http.StatusUnauthorized
	}
	if e.Name == api.ErrorBoundary {
		e.Name = api.ErrorForbidden
	}
	return e
}

// unknown are fields that old servers do not answer anywhere.
var unknown = []string{
	"hasDeleteProtection", "authMethods", "activeLockoutAuthMethods", "lastLoginAuthMethod", "lastLoginTime",
	"accessTokenPeriod", "claimMetadataMapping", "lockoutEnabled", "lockoutThreshold", "lockoutDurationSeconds", "lockoutCounterResetSeconds",
	"secretSharing", "showSnapshotsLegacy", "secretDetectionIgnoreValues", "enforceEncryptedSecretManagerSecretMetadata",
}

// answer is what an old server answers.
func (o *older) answer(_ huma.Context, _ string, v any) (any, error) {
	data, err := json.Marshal(ofOlderRoles(v))
	if err != nil {
		return nil, err
	}
	var tree any
	err = json.Unmarshal(data, &tree)
	age(tree)
	return tree, err
}

func age(v any) {
	if list, ok := v.([]any); ok {
		for _, element := range list {
			age(element)
		}
	}
	object, _ := v.(map[string]any)
	if methods, ok := object["authMethods"].([]any); ok { // an identity
		if len(methods) > 0 {
			object["authMethod"] = methods[0]
		}
		delete(object, "orgId")
		delete(object, "metadata")
	}
	if object["projectMembershipId"] != nil && object["permissions"] != nil { // a privilege
		delete(object, "identityId")
		delete(object, "projectId")
	}
	if object["accessTokenNumUses"] != nil { // a token
		delete(object, "authMethod")
	}
	if object["slug"] != nil && object["description"] == "" { // a role
		object["description"] = nil
	}
	if object["pitVersionLimit"] != nil { // a project
		delete(object, "description")
		delete(object, "type")
	}
	for key, field := range object {
		if slices.Contains(unknown, key) {
			delete(object, key)
		} else {
			age(field)
		}
	}
}
