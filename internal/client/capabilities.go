// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// What a server supports is read once per client from its own description, /api/docs/json, when a
// configuration first uses a Feature. Servers leave routes out of the description, so only a described
// operation that lacks the property proves that the feature is missing. Otherwise a request of the
// feature's route decides, and a server that has the route is taken to have the feature.

// Feature is a part of the API that servers of October 2024 do not have.
type Feature struct {
	Name  string // in errors: "delete protection of identities"
	Since string // in errors: "the end of 2025"

	operations []string // any of them has the property: "POST /v1/identities"
	property   string   // of the request; empty: the operation itself is the feature
	probe      string   // path of a GET that servers with the feature have
}

// Features that configurations can use.
var (
	IdentityDeleteProtection = requestField("delete protection of identities", "2025", "hasDeleteProtection", "POST /v1/identities")
	ProjectDescription       = requestField("descriptions of projects", "2025", "projectDescription", createProjectOperations...)
	ProjectType              = requestField("types of projects", "2025", "type", createProjectOperations...)
	ProjectDeleteProtection  = requestField("delete protection of projects", "2025", "hasDeleteProtection", createProjectOperations...)
	ProjectEnvironmentChoice = requestField("projects without default environments", "2025", "shouldCreateDefaultEnvs", createProjectOperations...)
	ProjectAuditLogRetention = requestField("a retention of audit logs by project", "2026", "auditLogsRetentionDays", updateProjectOperations...)
	ProjectSlugChange        = requestField("changes of the slug of a project", "2025", "slug", updateProjectOperations...)
	PeriodicAccessTokens     = requestField("periodic access tokens", "2025", "accessTokenPeriod", "POST /v1/auth/universal-auth/identities/{}")
	Lockouts                 = requestField("lockouts", "the end of 2025", "lockoutEnabled", "POST /v1/auth/universal-auth/identities/{}")
	ClaimMetadata            = requestField("metadata from claims", "2025", "claimMetadataMapping", "POST /v1/auth/oidc-auth/identities/{}")

	ProjectIdentities = newRoute("identities of a project", "the end of 2025", "/v1/projects/{}/identities")
	FolderAccess      = newRoute("folder access", "August 2026", "/v1/projects/{}/memberships/identities/{}/secret-folder-access")
)

// Feature returns the auth method as a feature.
func (m AuthMethod[R, M]) Feature() Feature {
	return newRoute(m.title, "2025", strings.ReplaceAll(m.path(), "%s", "{}"))
}

var (
	createProjectOperations = []string{"POST /v1/projects", "POST /v2/workspace"}
	updateProjectOperations = []string{"PATCH /v1/projects/{}", "PATCH /v1/workspace/{}"}
)

// requestField is a feature that is a field of requests. Servers with the routes of /v1/projects are
// newer than all of these fields, unless they describe their requests.
func requestField(name, since, property string, operations ...string) Feature {
	return Feature{name, since, operations, property, "/v1/projects"}
}

// newRoute is a feature that is a route with a GET and a POST.
func newRoute(name, since, path string) Feature {
	return Feature{name, since, []string{"POST " + path}, "", path}
}

// Supports reports whether the server has a feature. If that cannot be found out, it returns true: the
// request that uses the feature then reports the failure.
func (c *Client) Supports(ctx context.Context, f Feature) bool {
	described := c.describedOperations(ctx)
	known := false
	for _, operation := range f.operations {
		properties, ok := described[operation]
		if ok && (f.property == "" || properties[f.property]) {
			return true
		}
		known = known || len(properties) > 0
	}
	return !known && c.hasRoute(ctx, f.probe)
}

// Unsupported returns the sentence about a feature that the server does not have.
func (c *Client) Unsupported(f Feature) string {
	return "The server " + c.base + " does not have " + f.Name + ", available since " + f.Since + "."
}

// hasRoute is false if the server certainly lacks a GET route.
func (c *Client) hasRoute(ctx context.Context, path string) bool {
	const nobody = "00000000-0000-0000-0000-000000000000" // no object has this ID
	key := "GET " + path
	if missing, ok := c.missingRoutes.Load(key); ok {
		return missing == false
	}
	_, _, err := c.send(ctx, route("find out what the server supports", http.MethodGet, strings.ReplaceAll(path, "{}", nobody)))
	if err == nil || Status(err) != 0 {
		c.missingRoutes.Store(key, IsNoRoute(err))
	}
	return !IsNoRoute(err)
}

// operations are the properties of the requests that a server describes, by operation:
// "POST /v1/identities". Parameters in paths have no names.
type operations map[string]map[string]bool

// describedOperations returns what the server describes; nil if it describes nothing.
func (c *Client) describedOperations(ctx context.Context) operations {
	c.describing.Lock()
	defer c.describing.Unlock()
	if !c.described {
		found, err := c.readDescription(ctx)
		if err != nil {
			tflog.Debug(ctx, "The server's description of its API cannot be used", map[string]any{"error": err.Error()})
		}
		c.operations, c.described = found, ctx.Err() == nil
	}
	return c.operations
}

// maxDescription bounds the description in bytes. It is decoded while it arrives, and only the operations
// of features are kept.
const maxDescription = 64 << 20

func (c *Client) readDescription(ctx context.Context) (operations, error) {
	r := route("read the description of the API", http.MethodGet, "/docs/json")
	r.idempotent = false // not worth waiting for
	req, err := r.build(ctx, c)
	if err != nil {
		return nil, err
	}
	var found operations
	accept := func(header http.Header, body io.Reader) (err error) {
		if kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); kind != "application/json" {
			return errors.New("it is not JSON")
		}
		found, err = readOperations(io.LimitReader(body, maxDescription))
		return err
	}
	a := &attempt{template: r.template, accept: accept}
	got, err := roundTrip(&http.Client{Transport: newTransport(c.config, c.network, nil, a), CheckRedirect: sameServer}, req)
	if err == nil && got.status != http.StatusOK {
		err = r.rejected(got.status, got.header, got.body, c.secrets(r))
	}
	return found, err
}

var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// describedSchema is a part of an OpenAPI schema.
type describedSchema struct {
	Ref        string              `json:"$ref"`
	Properties map[string]anything `json:"properties"`
	AllOf      []describedSchema   `json:"allOf"`
	AnyOf      []describedSchema   `json:"anyOf"`
	OneOf      []describedSchema   `json:"oneOf"`
}

// anything is a value that is not kept.
type anything struct{}

// UnmarshalJSONFrom skips the value.
func (*anything) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return dec.SkipValue() }

type describedOperation struct {
	RequestBody struct {
		Content map[string]struct {
			Schema describedSchema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// readOperations decodes an OpenAPI document, one operation and one schema at a time.
func readOperations(document io.Reader) (operations, error) {
	described, schemas := map[string]describedSchema{}, map[string]describedSchema{} // by operation, by reference
	dec := jsontext.NewDecoder(document, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := eachMember(dec, func(path ...string) error {
		switch {
		case len(path) == 3 && path[0] == "paths":
			at := strings.TrimSuffix(pathParameter.ReplaceAllString(strings.TrimPrefix(path[1], api.Prefix), "{}"), "/")
			if name := strings.ToUpper(path[2]) + " " + at; decidesFeature(name) {
				var operation describedOperation
				err := json.UnmarshalDecode(dec, &operation)
				described[name] = operation.RequestBody.Content["application/json"].Schema
				return err
			}
		case len(path) == 3 && path[0] == "components" && path[1] == "schemas":
			var schema describedSchema
			err := json.UnmarshalDecode(dec, &schema)
			schemas["#/components/schemas/"+path[2]] = schema
			return err
		case path[0] == "paths", len(path) < 3 && path[0] == "components":
			return errDescend
		}
		return dec.SkipValue()
	})
	found := operations{}
	for name, schema := range described {
		found[name] = map[string]bool{}
		schema.properties(schemas, found[name])
	}
	return found, err
}

// properties adds the names of the properties, with those of schemas that are a part of this one.
func (s describedSchema) properties(schemas map[string]describedSchema, into map[string]bool) {
	for name := range s.Properties {
		into[name] = true
	}
	if part, ok := schemas[s.Ref]; ok && part.Ref == "" {
		part.properties(nil, into)
	}
	for _, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf) {
		part.properties(schemas, into)
	}
}

// errDescend makes eachMember visit the members of a value.
var errDescend = errors.New("descend")

// eachMember calls visit, which reads the value, for each member of the next value if it is an object,
// with the names that lead to it.
func eachMember(dec *jsontext.Decoder, visit func(path ...string) error, path ...string) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		at := append(slices.Clip(path), name.String())
		if err = visit(at...); errors.Is(err, errDescend) {
			err = eachMember(dec, visit, at...)
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

var attachOperation = regexp.MustCompile(`^POST /v1/auth/[a-z-]+/identities/\{\}$`)

// decidesFeature reports whether an operation is one of a feature.
func decidesFeature(operation string) bool {
	return attachOperation.MatchString(operation) || slices.Contains(createProjectOperations, operation) || slices.Contains(updateProjectOperations, operation) ||
		slices.ContainsFunc([]Feature{IdentityDeleteProtection, ProjectIdentities, FolderAccess}, func(f Feature) bool { return slices.Contains(f.operations, operation) })
}
