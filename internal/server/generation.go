package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// older is the personality of the old generation. It maps what is asked and answered
// on the routes that the provider calls. The rules stay the service's, so this is not imitated:
//   - a revoked client secret leaves the tokens alive that it gave out: here they die;
//   - a member may have temporary roles alone: here one must be permanent;
//   - a project role reads back as it was written: here with the rules that one on secrets stands for;
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

// session is a token that renewals prolong without changing it.
type session struct {
	current string        // the service's token behind it
	life    time.Duration // that the login gave, and every renewal gives
	until   time.Time     // the maximum TTL lets it be prolonged
}

const notAllowed = "You are not allowed to access this resource"

// later begins the routes that an old server lacks.
var later = []string{
	"/v1/projects", "/v1/organization/roles", "/v1/organization/audit-logs", "/v1/identities/details", "/v1/identities/search",
	"/v1/auth/universal-auth/identities/{identityId}/clear-lockouts", "/v2/identity-project-additional-privilege",
	"/v2/workspace/{project}/roles", "/v2/workspace/identity-memberships",
}

func (s *server) olderRoutes() []route {
	routes := slices.DeleteFunc(s.newerRoutes(), func(r route) bool {
		return slices.ContainsFunc(later, func(start string) bool { return strings.HasPrefix(r.path, start) })
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
			routes = append(routes, newRoute(method, path, false, huma.Middlewares{s.authenticate, forUsers},
				func(context.Context, *struct{}) (struct{}, error) { return struct{}{}, nil }))
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

// LoginUniversalAuth answers a token that can be prolonged: its end is moved to the maximum TTL, where
// old servers sign it. So its signature no longer fits, and it is good as the name of a session only.
func (o *older) LoginUniversalAuth(ctx context.Context, l iam.Login) (iam.IssuedToken, error) {
	l.OrganizationSlug = nil
	t, err := o.Service.LoginUniversalAuth(ctx, l)
	if iam.Is(err, iam.Unauthenticated) {
		// A client id lets nobody in from nowhere, if there is one.
		if _, known := o.Service.LoginUniversalAuth(ctx, iam.Login{ClientID: l.ClientID}); iam.Is(known, iam.Unauthenticated) {
			return iam.IssuedToken{}, iam.Refuse(iam.NotFound, "No identity with specified client ID was found")
		}
	}
	if err != nil {
		return iam.IssuedToken{}, err
	}
	held := session{current: t.Signed, life: t.ExpiresIn, until: o.now().Add(cmp.Or(t.MaxTTL, api.MaxTTL*time.Second))}
	claims := jwt.MapClaims{}
	token, parts, _ := jwt.NewParser().ParseUnverified(t.Signed, claims) // never fails on what was just signed
	claims["exp"] = held.until.Unix()
	text, err := token.SigningString()
	t.Signed = text + "." + parts[2]
	o.keep(t.Signed, held)
	return t, err
}

// Authenticate takes a token for the latest of its session.
func (o *older) Authenticate(ctx context.Context, signed string, from netip.Addr) (iam.Actor, error) {
	held := o.session(signed)
	a, err := o.Service.Authenticate(ctx, held.current, from)
	return a, o.expired(held, err)
}

// RenewAccessToken answers the very token, prolonged.
func (o *older) RenewAccessToken(ctx context.Context, signed string, from netip.Addr) (iam.IssuedToken, error) {
	held := o.session(signed)
	t, err := o.Service.RenewAccessToken(ctx, held.current, from)
	if err == nil && t.ExpiresIn < held.life {
		err = iam.Refuse(iam.Unauthenticated, "Failed to renew MI access token past its Max TTL expiration")
	}
	if err != nil {
		return iam.IssuedToken{}, o.expired(held, err)
	}
	if !held.until.IsZero() {
		held.current, t.Signed = t.Signed, signed
		o.keep(signed, held)
	}
	return t, nil
}

// RevokeAccessToken ends the whole session.
func (o *older) RevokeAccessToken(ctx context.Context, signed string) error {
	held := o.session(signed)
	return o.expired(held, o.Service.RevokeAccessToken(ctx, held.current))
}

// session finds what a token stands for. One that no login here gave out stands for itself, and its
// renewal is another token.
func (o *older) session(token string) session {
	found, _ := o.sessions.Load(token)
	if held, ok := found.(session); ok {
		return held
	}
	return session{current: token}
}

// keep holds a session, and forgets those that are over.
func (o *older) keep(token string, held session) {
	o.sessions.Range(func(token, found any) bool {
		if held, ok := found.(session); ok && !o.now().Before(held.until) {
			o.sessions.Delete(token)
		}
		return true
	})
	o.sessions.Store(token, held)
}

// expired tells the end of a TTL, which the record has, from that of the token itself.
func (o *older) expired(held session, err error) error {
	if iam.Is(err, iam.BadToken) && o.now().Before(held.until) {
		return iam.Refuse(iam.Unauthenticated, "Failed to renew MI access token due to TTL expiration")
	}
	return err
}

// take drops what an old server does not know of a request, and refuses what it refuses.
func (o *older) take(ctx context.Context, method string, in any) error {
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
		if b.AccessTokenTTL != nil && *b.AccessTokenTTL == 0 && method == post {
			refuse("too_small", "at least 1", "accessTokenTTL")
			refuse("custom", "must not be 0", "accessTokenTTL")
		}
		if b.AccessTokenMaxTTL != nil && *b.AccessTokenMaxTTL == 0 {
			refuse("custom", "must not be 0", "accessTokenMaxTTL")
		}
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
	e, ok := errors.AsType[*iam.Error](err)
	if !ok {
		return err
	}
	project, identity := chi.URLParamFromCtx(ctx, "project"), strings.ToLower(chi.URLParamFromCtx(ctx, "identityId"))
	members := strings.HasPrefix(path, "/v2/workspace/{project}/identity-memberships")
	var missing, stranger error
	switch {
	case e.Kind == iam.Invalid && e.Field == "accessTokenTTL":
		return iam.Refuse(iam.BadRequest, "%s", e)
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
	"accessTokenPeriod", "lockoutEnabled", "lockoutThreshold", "lockoutDurationSeconds", "lockoutCounterResetSeconds",
	"secretSharing", "showSnapshotsLegacy", "secretDetectionIgnoreValues", "enforceEncryptedSecretManagerSecretMetadata",
}

// answer is what an old server answers.
func (o *older) answer(_ huma.Context, _ string, v any) (any, error) {
	data, err := json.Marshal(v)
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
