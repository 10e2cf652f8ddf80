// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// The organization and the identity of a new database.
const (
	organizationName = "Organization"
	organizationSlug = "organization"
	adminName        = "organization-admin"
)

// Credentials are those of the organization admin, for the operator of the server.
type Credentials struct {
	OrganizationID, IdentityID string
	ClientID, ClientSecret     string
	AccessToken                string
}

// Prepare creates the organization, its admin identity and the first signing key in an empty database.
// Several processes may call it concurrently.
func (s *Service) Prepare(ctx context.Context) error {
	return s.store.Write(ctx, func(tx Tx) error {
		_, err := tx.Organization(ctx)
		if !Is(err, NotFound) {
			return err
		}
		o := Organization{ID: newID(), Name: organizationName, Slug: organizationSlug, CreatedAt: s.time()}
		if err := tx.InsertOrganization(ctx, o); err != nil {
			return err
		}
		if err := tx.InsertSigningKey(ctx, newSigningKey(s)); err != nil {
			return err
		}
		admin, err := s.newAdmin(ctx, tx, o)
		if err != nil {
			return err
		}
		e := s.newEvent(ctx, "create-organization", Actor{})
		e.addTarget("organizationId", o.ID)
		e.addTarget("identityId", admin.ID)
		return tx.InsertAuditEvent(ctx, e)
	})
}

// Bootstrap returns valid credentials of an organization admin, with a new access token. It keeps the
// previous client secret if it is still valid; otherwise it creates a new one and revokes the previous.
func (s *Service) Bootstrap(ctx context.Context, previous Credentials) (Credentials, error) {
	type result struct {
		bearer Bearer
		Credentials
	}
	made, err := auditedWrite(ctx, s, s.newEvent(ctx, "bootstrap", Actor{}), func(tx Tx, e *AuditEvent) (result, error) {
		u, c, works, err := s.known(ctx, tx, previous)
		if err != nil {
			return result{}, err
		}
		secret := previous.ClientSecret
		if !works {
			if u, c, secret, err = s.renewed(ctx, tx, c); err != nil {
				return result{}, err
			}
		}
		now := s.time()
		if err := useClientSecret(ctx, tx, c, now); err != nil {
			return result{}, err
		}
		t := AccessToken{IdentityID: u.IdentityID, Method: u.Method, ClientSecretID: c.ID}
		bearer, err := s.issueToken(ctx, tx, t, u.TokenSettings, now)
		e.Actor = bearer.actor().audited()
		e.addTarget("identityId", u.IdentityID)
		e.addTarget("clientSecretId", c.ID)
		return result{bearer, Credentials{
			OrganizationID: bearer.OrganizationID, IdentityID: u.IdentityID,
			ClientID: u.ClientID, ClientSecret: secret,
		}}, err
	})
	if err != nil {
		return Credentials{}, err
	}
	token, err := s.signToken(ctx, made.bearer, made.bearer.Token.CreatedAt)
	made.AccessToken = token.Signed
	return made.Credentials, err
}

// adminTokenTTL is the lifetime of a token from IssueAdminToken.
const adminTokenTTL = 24 * time.Hour

// IssueAdminToken returns an access token of the organization admin, valid for a day, without a client
// secret. It is for operators with access to the database.
func (s *Service) IssueAdminToken(ctx context.Context) (IssuedToken, error) {
	b, err := auditedWrite(ctx, s, s.newEvent(ctx, "issue-admin-token", Actor{}), func(tx Tx, e *AuditEvent) (Bearer, error) {
		u, err := s.adminAuth(ctx, tx)
		if err != nil {
			return Bearer{}, err
		}
		now := s.time()
		t := AccessToken{
			ID: newID(), IdentityID: u.IdentityID, Method: api.MethodUniversalAuth, TTL: adminTokenTTL, MaxTTL: adminTokenTTL,
			CreatedAt: now, UpdatedAt: now, ExpiresAt: wholeSeconds(now).Add(adminTokenTTL),
		}
		e.addTarget("identityId", t.IdentityID)
		e.addTarget("tokenId", t.ID)
		if err := tx.InsertAccessToken(ctx, t); err != nil {
			return Bearer{}, err
		}
		return tx.Bearer(ctx, t.ID)
	})
	if err != nil {
		return IssuedToken{}, err
	}
	return s.signToken(ctx, b, b.Token.CreatedAt)
}

// known loads the Universal Auth and the client secret of the credentials, and reports whether an
// organization admin can log in with them. Trusted IPs and lockouts are not checked, since the caller has
// the database.
func (s *Service) known(ctx context.Context, tx Tx, of Credentials) (u UniversalAuthConfig, c ClientSecret, works bool, err error) {
	if of.ClientID == "" || of.ClientSecret == "" {
		return u, c, false, nil
	}
	u, err = decodeConfig[UniversalAuthSettings](tx.AuthMethodByClientID(ctx, api.MethodUniversalAuth, of.ClientID))
	if err == nil {
		c, err = tx.ClientSecretByDigest(ctx, u.ID, digestOf(of.ClientSecret))
	}
	if Is(err, NotFound) {
		return UniversalAuthConfig{}, ClientSecret{}, false, nil
	}
	if err != nil {
		return u, c, false, err
	}
	i, err := tx.Identity(ctx, u.IdentityID, s.time())
	lasting := c.NumUsesLimit == 0 || c.NumUses+1 < c.NumUsesLimit // Bootstrap takes one use
	works = i.Membership.Role.Slug == permission.Admin && !c.Revoked && lasting && c.checkUse(Use{At: s.time()}) == nil
	return u, c, works, err
}

// renewed creates a client secret of the admin identity and revokes the old one.
func (s *Service) renewed(ctx context.Context, tx Tx, old ClientSecret) (UniversalAuthConfig, ClientSecret, string, error) {
	fail := func(err error) (UniversalAuthConfig, ClientSecret, string, error) {
		return UniversalAuthConfig{}, ClientSecret{}, "", err
	}
	if old.ID != "" {
		now := s.time()
		if err := tx.RevokeClientSecret(ctx, old.ID, now); err != nil {
			return fail(err)
		}
		why := Revocation{At: now, Reason: "client secret has been revoked"}
		if _, err := tx.RevokeAccessTokens(ctx, TokenMatch{ClientSecretID: old.ID}, why); err != nil {
			return fail(err)
		}
	}
	u, err := s.adminAuth(ctx, tx)
	if err != nil {
		return fail(err)
	}
	secret, err := s.newClientSecret(ctx, tx, u, ClientSecretInput{Description: "bootstrap file"})
	return u, secret.ClientSecret, secret.Secret, err
}

// adminAuth returns the Universal Auth of the admin identity, and creates either if it was deleted.
func (s *Service) adminAuth(ctx context.Context, tx Tx) (UniversalAuthConfig, error) {
	o, err := tx.Organization(ctx)
	if err != nil {
		return UniversalAuthConfig{}, err
	}
	admin, err := tx.Identity(ctx, o.AdminID, s.time())
	if Is(err, NotFound) || err == nil && admin.Membership.Role.Slug != permission.Admin {
		admin, err = s.newAdmin(ctx, tx, o)
	}
	if err != nil {
		return UniversalAuthConfig{}, err
	}
	u, err := UniversalAuth.find(ctx, tx, admin.ID)
	if Is(err, NotFound) {
		u = newUniversalAuth(s, admin.ID)
		err = UniversalAuth.insert(ctx, tx, u)
	}
	return u, err
}

func (s *Service) newAdmin(ctx context.Context, tx Tx, o Organization) (Identity, error) {
	now := s.time()
	role, _ := BuiltInRole(permission.Admin)
	i := newIdentity(o.ID, now)
	i.Name, i.Membership.Role = adminName, role
	if err := tx.InsertIdentity(ctx, i); err != nil {
		return Identity{}, err
	}
	return i, tx.SetOrganizationAdmin(ctx, i.ID)
}
