// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// attachesFirst refuses a second auth method: an identity of an old server has one at most. Who may
// not read the identity is not told here.
func (o *older) attachesFirst(ctx context.Context, method string, in any) error {
	var identity id
	switch in := in.(type) {
	case *onIdentity[api.UniversalAuthRequest]:
		identity = in.IdentityID
	case *onIdentity[api.OIDCAuthRequest]:
		identity = in.IdentityID
	case *onIdentity[api.TokenAuthRequest]:
		identity = in.IdentityID
	}
	if method != post || identity == "" {
		return nil
	}
	if i, err := o.Identity(ctx, actor(ctx), string(identity)); err == nil && len(i.AuthMethods) > 0 {
		return iam.Errorf(iam.Conflict, "Failed to add an auth method to already configured identity")
	}
	return nil
}

// zeroTTLs refuses TTLs of 0, as old servers do where they are attached or, of the maximum, ever.
func zeroTTLs(method string, ttl, longest *int64, refuse func(code, sentence string, path ...any)) {
	if ttl != nil && *ttl == 0 && method == post {
		refuse("too_small", "at least 1", "accessTokenTTL")
		refuse("custom", "must not be 0", "accessTokenTTL")
	}
	if longest != nil && *longest == 0 {
		refuse("custom", "must not be 0", "accessTokenMaxTTL")
	}
}
