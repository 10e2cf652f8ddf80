// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// JWTSource provides the JWT of a login with OIDC.
type JWTSource struct {
	from  string // for errors: "the file /run/token"
	fetch func(ctx context.Context, c *Client) (Secret, error)
}

const (
	maxJWT       = 16 << 10 // bytes that servers accept
	opGetJWT     = "get the JWT for the login"
	opGitHubJWT  = "request an ID token from GitHub Actions"
	maxGitHubJWT = 4 * maxJWT // bytes of the response
)

// GivenJWT uses the same JWT at each login. from is its attribute: "oidc.token".
func GivenJWT(jwt Secret, from string) (JWTSource, error) {
	jwt, err := asJWT(jwt.Reveal(), from)
	return JWTSource{from: from, fetch: func(context.Context, *Client) (Secret, error) { return jwt, nil }}, err
}

// JWTFile reads a file at each login, because another program keeps the file up to date.
func JWTFile(path string) JWTSource {
	from := "the file " + path
	return JWTSource{from: from, fetch: func(context.Context, *Client) (Secret, error) {
		text, err := readStart(path, maxJWT+1)
		if err == nil {
			var jwt Secret
			if jwt, err = asJWT(text, from); err == nil {
				return jwt, nil
			}
		}
		return "", &Error{Op: opGetJWT, Message: err.Error(), Err: err, Remedy: "Check oidc.token_file and the program that writes the file."}
	}}
}

func readStart(path string, longest int64) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, longest))
	return string(content), err
}

// asJWT trims white space and checks the form. The server verifies the signature.
func asJWT(text, from string) (Secret, error) {
	jwt := Secret(strings.TrimSpace(text))
	switch _, ok := jwt.claims(); {
	case jwt == "":
		return "", errors.New(from + " is empty and must hold a JWT")
	case len(jwt) > maxJWT:
		return "", fmt.Errorf("%s is larger than the %d KiB allowed for a JWT", from, maxJWT>>10)
	case !ok:
		return "", errors.New(from + " does not hold a JWT: three parts in base64url, with dots between them")
	}
	return jwt, nil
}

// ForAudience reports whether the JWT is for the audience, and returns its audiences.
func (s Secret) ForAudience(audience string) (is bool, audiences []string) {
	claims, _ := s.claims()
	for _, one := range claims.Audience {
		is = is || one == audience
	}
	return is, claims.Audience
}

// GitHubJWT requests a JWT from GitHub Actions at each login, with the URL and the token that a job with
// the permission id-token has in ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN. An
// empty audience is GitHub's default, the URL of the repository's owner.
func GitHubJWT(requestURL string, token Secret, audience string) (JWTSource, error) {
	target, err := url.Parse(requestURL)
	if err != nil || target.Scheme != "https" || target.Host == "" || target.User != nil {
		return JWTSource{}, errors.New("ACTIONS_ID_TOKEN_REQUEST_URL must begin with https://, as the request token is sent there")
	}
	query := target.Query()
	if audience != "" {
		query.Set("audience", audience)
	}
	target.RawQuery = query.Encode()
	const from = "GitHub Actions"
	return JWTSource{from: from, fetch: func(ctx context.Context, c *Client) (Secret, error) {
		text, err := c.requestGitHubJWT(ctx, target.String(), token)
		if err != nil {
			return "", err
		}
		jwt, err := asJWT(text, "the response of "+from)
		if err != nil {
			err = &Error{Op: opGitHubJWT, Message: err.Error(), Err: err, Remedy: "Check ACTIONS_ID_TOKEN_REQUEST_URL."}
		}
		return jwt, err
	}}, nil
}

// requestGitHubJWT uses the same timeouts, limits and retries as calls of the API, but not the
// certificates for that server.
func (c *Client) requestGitHubJWT(ctx context.Context, address string, token Secret) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/json; api-version=2.0")
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("User-Agent", c.config.userAgent())
	config := c.config
	config.RootCAs, config.Certificate = nil, nil
	a := &attempt{template: opGitHubJWT, idempotent: true}
	got, err := roundTrip(&http.Client{Transport: newTransport(config, baseTransport(config), nil, a), CheckRedirect: noRedirect}, req)
	if err != nil {
		r := request{op: opGitHubJWT, method: http.MethodGet, path: req.URL.EscapedPath()}
		err = r.failed(ctx, err, a)
		if e, ok := errors.AsType[*Error](err); ok {
			e.Remedy = "Check that the runner can reach " + req.URL.Host + ", through a proxy if necessary, and run the job again."
		}
		return "", err
	}
	var parsed struct {
		Value string `json:"value"`
	}
	if got.status == http.StatusOK && len(got.body) <= maxGitHubJWT && json.Unmarshal(got.body, &parsed) == nil && parsed.Value != "" {
		return parsed.Value, nil
	}
	return "", &Error{
		Op: opGitHubJWT, Method: http.MethodGet, Path: req.URL.EscapedPath(), Status: got.status,
		Message: fmt.Sprintf("%s returned %d %s without a token%s", req.URL.Host, got.status, http.StatusText(got.status), excerpt(got.body, []Secret{token})),
		Remedy:  "The job needs the permission `id-token: write`, and the request works only while the job runs. Check the permissions of the workflow and of the job, and run it again.",
	}
}
