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

// JWTSource is where a login with OIDC takes its JWT from.
type JWTSource struct {
	from string // "the file /run/token", for errors
	ask  func(ctx context.Context, c *Client) (Secret, error)
}

const (
	maxJWT       = 16 << 10 // bytes, that servers take
	opAskForJWT  = "get the JWT for the login"
	opAskGitHub  = "ask GitHub Actions for an ID token"
	gitHubAnswer = 4 * maxJWT // bytes
)

// GivenJWT is the same at each login. from says where it was given: "oidc.token".
func GivenJWT(jwt Secret, from string) (JWTSource, error) {
	jwt, err := asJWT(jwt.Reveal(), from)
	return JWTSource{from: from, ask: func(context.Context, *Client) (Secret, error) { return jwt, nil }}, err
}

// JWTFile is read at each login, as what keeps it fresh replaces it.
func JWTFile(path string) JWTSource {
	from := "the file " + path
	return JWTSource{from: from, ask: func(context.Context, *Client) (Secret, error) {
		text, err := readStart(path, maxJWT+1)
		if err == nil {
			var jwt Secret
			if jwt, err = asJWT(text, from); err == nil {
				return jwt, nil
			}
		}
		return "", &Error{Op: opAskForJWT, Message: err.Error(), Err: err, Remedy: "Check oidc.token_file, and what writes the file."}
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

// asJWT takes white space off and looks at the form; who signed it is for the server to judge.
func asJWT(text, from string) (Secret, error) {
	jwt := Secret(strings.TrimSpace(text))
	switch _, ok := jwt.claims(); {
	case jwt == "":
		return "", errors.New(from + " is empty, where a JWT should be")
	case len(jwt) > maxJWT:
		return "", fmt.Errorf("%s holds more than the %d KiB that a JWT may have", from, maxJWT>>10)
	case !ok:
		return "", errors.New(from + " does not hold a JWT: three parts in base64url, with dots between them")
	}
	return jwt, nil
}

// ForAudience tells whether the JWT is for the audience, and for which it is.
func (s Secret) ForAudience(audience string) (is bool, audiences []string) {
	said, _ := s.claims()
	for _, one := range said.Audience {
		is = is || one == audience
	}
	return is, said.Audience
}

// GitHubJWT asks GitHub Actions at each login, with the URL and the token that a job has in
// ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN where it may do so. The audience
// is GitHub's default, the URL of the repository's owner, where it is empty.
func GitHubJWT(requestURL string, token Secret, audience string) (JWTSource, error) {
	target, err := url.Parse(requestURL)
	if err != nil || target.Scheme != "https" || target.Host == "" || target.User != nil {
		return JWTSource{}, errors.New("ACTIONS_ID_TOKEN_REQUEST_URL is not an address that begins with https://, and the request token is sent to no other")
	}
	query := target.Query()
	if audience != "" {
		query.Set("audience", audience)
	}
	target.RawQuery = query.Encode()
	const from = "GitHub Actions"
	return JWTSource{from: from, ask: func(ctx context.Context, c *Client) (Secret, error) {
		text, err := c.askGitHub(ctx, target.String(), token)
		if err != nil {
			return "", err
		}
		jwt, err := asJWT(text, "the answer of "+from)
		if err != nil {
			err = &Error{Op: opAskGitHub, Message: err.Error(), Err: err, Remedy: "Check what ACTIONS_ID_TOKEN_REQUEST_URL names."}
		}
		return jwt, err
	}}, nil
}

// askGitHub goes through what calls of the API go through: time, size and repetitions are theirs.
// Only the certificates of that server are none of GitHub's business.
func (c *Client) askGitHub(ctx context.Context, address string, token Secret) (string, error) {
	ctx = withCall(ctx, &call{template: opAskGitHub, repeatable: true})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/json; api-version=2.0")
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("User-Agent", c.config.userAgent())
	config := c.config
	config.RootCAs, config.Certificate = nil, nil
	got, err := roundTrip(&http.Client{Transport: chain(config), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, req)
	if err != nil {
		r := request{op: opAskGitHub, method: http.MethodGet, path: req.URL.EscapedPath()}
		err = r.unanswered(ctx, err, callOf(ctx))
		if e, ok := errors.AsType[*Error](err); ok {
			e.Remedy = "Check that the runner reaches " + req.URL.Host + ", through a proxy where it needs one, and run the job again."
		}
		return "", err
	}
	var said struct {
		Value string `json:"value"`
	}
	if got.status == http.StatusOK && len(got.body) <= gitHubAnswer && json.Unmarshal(got.body, &said) == nil && said.Value != "" {
		return said.Value, nil
	}
	return "", &Error{
		Op: opAskGitHub, Method: http.MethodGet, Path: req.URL.EscapedPath(), Status: got.status,
		Message: fmt.Sprintf("%s answered %d %s, without a token%s", req.URL.Host, got.status, http.StatusText(got.status), beginning(got.body, []Secret{token})),
		Remedy:  "The job needs the permission `id-token: write`, and can ask only while it runs. Check the permissions of the workflow and of the job, and run it again.",
	}
}
