// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// reported returns the error that an older server reports in the place of an error of the service, or
// nil for the same.
func (o *wrapper) reported(x *exchange, err error) error {
	if strings.HasPrefix(x.pattern, rolesPath) {
		return roleError(x.Method, err)
	}
	e, ok := errors.AsType[*iam.Error](err)
	if !ok {
		return nil
	}
	if strings.HasPrefix(x.pattern, membershipsPath) {
		if other := o.membershipError(x, e); other != nil {
			return other
		}
	}
	switch {
	case strings.HasPrefix(x.pattern, "/v1/auth/token/"):
		return o.expired(x.session, err)
	case e.Kind == iam.Invalid && e.Field == "accessTokenTTL":
		return iam.Errorf(iam.BadRequest, "%s", e)
	case e.Kind == iam.NotAttached:
		return iam.Errorf(iam.BadRequest, "The identity does not have universal auth")
	case e.Kind == iam.BadRequest && strings.HasPrefix(x.pattern, privilegesPath):
		return iam.Errorf(iam.NotFound, "%s", e)
	case e.Kind == iam.Forbidden && x.authMethod() == "":
		return notMember(x.param("project") != "")
	}
	return nil
}

// membershipError distinguishes a missing identity, membership and project.
func (o *wrapper) membershipError(x *exchange, e *iam.Error) error {
	project, identity := x.param("project"), x.param("identityId")
	var missing error
	switch {
	case e.Kind == iam.NotFound:
		if _, err := o.service.Project(x.Context(), x.actor, iam.ScopeRef{ProjectID: project}); iam.Is(err, iam.NotFound) {
			return notMember(true)
		}
	case e.Kind == iam.BadRequest && x.Method == http.MethodPost:
		_, missing = o.service.Identity(x.Context(), x.actor, identity)
	case e.Kind == iam.BadRequest:
		_, missing = o.service.Member(x.Context(), x.actor, project, identity)
	}
	if iam.Is(missing, iam.NotFound) {
		return missing
	}
	return nil
}

func notMember(ofProject bool) error {
	name := "Identity is not apart of this organization" // as it is spelled there
	if ofProject {
		name = "Identity is not a member of the specified project"
	}
	return &api.Error{StatusCode: http.StatusForbidden, Name: name, Message: api.Message{Text: notAllowed}}
}

// success returns a response as an older server sends it.
func success(x *exchange, content []byte) ([]byte, error) {
	var tree any
	if err := json.Unmarshal(content, &tree); err != nil {
		return nil, err
	}
	if object, ok := tree.(map[string]any); ok && strings.HasPrefix(x.pattern, rolesPath) {
		mapRoles(object)
	}
	removeNewer(tree)
	return json.Marshal(tree)
}

// newer are fields that older servers have in no request and in no response.
var newer = []string{
	"hasDeleteProtection", "authMethods", "activeLockoutAuthMethods", "lastLoginAuthMethod", "lastLoginTime",
	"accessTokenPeriod", "claimMetadataMapping", "lockoutEnabled", "lockoutThreshold", "lockoutDurationSeconds", "lockoutCounterResetSeconds",
	"secretSharing", "showSnapshotsLegacy", "secretDetectionIgnoreValues", "enforceEncryptedSecretManagerSecretMetadata",
}

// removeNewer removes the fields that an older server does not send.
func removeNewer(v any) {
	if list, ok := v.([]any); ok {
		for _, element := range list {
			removeNewer(element)
		}
	}
	object, _ := v.(map[string]any)
	if methods, ok := object["authMethods"].([]any); ok { // an identity
		object["authMethod"] = nil
		if len(methods) > 0 {
			object["authMethod"] = methods[0]
		}
		delete(object, "orgId")
		delete(object, "projectId")
		delete(object, "metadata")
	}
	if object["subject"] != nil && object["inverted"] == false { // a rule
		delete(object, "inverted")
	}
	if object["projectMembershipId"] != nil && object["permissions"] != nil { // a privilege
		delete(object, "identityId")
		delete(object, "projectId")
	}
	if object["accessTokenNumUses"] != nil { // an access token
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
		if slices.Contains(newer, key) {
			delete(object, key)
		} else {
			removeNewer(field)
		}
	}
}
