// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// identity is the one that Terraform made, calling the API by itself.
type identity struct {
	host  string
	made  outputs
	token string
}

// ask makes a call that must be answered with the status, and says so.
func (i *identity) ask(ctx context.Context, method, path string, body any, status int, read any) (string, error) {
	a, err := call(ctx, method, i.host+api.Prefix+path, i.token, body)
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("%s %s → %d", method, short(path, i.made.IdentityID.Value), a.status)
	if a.status != status {
		return "", fmt.Errorf("%s, not %d: %s", said, status, a.body)
	}
	return said, json.Unmarshal(a.body, read)
}

func (i *identity) logsIn(ctx context.Context) (string, error) {
	var token api.AccessTokenResponse
	said, err := i.ask(ctx, http.MethodPost, "/v1/auth/universal-auth/login", i.credentials(), http.StatusOK, &token)
	i.token = token.AccessToken
	return fmt.Sprintf("%s\nthe token %s is good for %d minutes", said, shown(i.token), token.ExpiresIn/60), err
}

func (i *identity) credentials() api.UniversalAuthLoginRequest {
	return api.UniversalAuthLoginRequest{ClientID: i.made.ClientID.Value, ClientSecret: i.made.ClientSecret.Value}
}

// mayRead reads the identity, which its role, member, allows.
func (i *identity) mayRead(ctx context.Context) (string, error) {
	var read api.IdentityMembershipResponse
	said, err := i.ask(ctx, http.MethodGet, i.ownPath(), nil, http.StatusOK, &read)
	return fmt.Sprintf("%s\n%s, with the role %s", said, read.Identity.Identity.Name, read.Identity.RoleSlug()), err
}

// mayNotMakeSecrets asks for what its role does not allow.
func (i *identity) mayNotMakeSecrets(ctx context.Context) (string, error) {
	var refusal api.Error
	said, err := i.ask(ctx, http.MethodPost, "/v1/auth/universal-auth/identities/"+i.made.IdentityID.Value+"/client-secrets",
		api.CreateClientSecretRequest{}, http.StatusForbidden, &refusal)
	return said + "\n" + refusal.Message.Text, err
}

func (i *identity) tokenIsDead(ctx context.Context) (string, error) {
	var refusal api.Error
	said, err := i.ask(ctx, http.MethodGet, i.ownPath(), nil, http.StatusUnauthorized, &refusal)
	return said + "\n" + refusal.Message.Text, err
}

func (i *identity) secretIsDead(ctx context.Context) (string, error) {
	i.token = ""
	var refusal api.Error
	said, err := i.ask(ctx, http.MethodPost, "/v1/auth/universal-auth/login", i.credentials(), http.StatusUnauthorized, &refusal)
	return said + "\n" + refusal.Message.Text, err
}

func (i *identity) ownPath() string { return "/v1/identities/" + i.made.IdentityID.Value }

// short keeps the beginning of an ID in a path, for lines that fit.
func short(path, id string) string {
	if len(id) < 8 {
		return path
	}
	return strings.ReplaceAll(path, id, id[:8]+"…")
}
