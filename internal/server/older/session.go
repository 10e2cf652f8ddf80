// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/iam"
)

// session is an access token that renewals prolong without changing it.
type session struct {
	current string        // access token of the service
	ttl     time.Duration // from the login and every renewal
	until   time.Time     // end of the maximum TTL
}

const renewPath = "/v1/auth/token/renew"

// keepSession replaces the access token of a response with one that can be prolonged, or of a renewal
// with the one that was sent.
func (o *wrapper) keepSession(x *exchange, out *response) error {
	if out.status != http.StatusOK || !x.login() && x.pattern != renewPath && !strings.HasSuffix(x.pattern, "/tokens") || x.Method != http.MethodPost {
		return nil
	}
	var object map[string]any
	if err := json.Unmarshal(out.content.Bytes(), &object); err != nil {
		return err
	}
	issued, _ := object["accessToken"].(string)
	seconds := func(key string) time.Duration {
		number, _ := object[key].(float64)
		return time.Duration(number) * time.Second
	}
	ttl := seconds("expiresIn")
	switch {
	case x.pattern != renewPath:
		long, err := o.prolonged(session{current: issued, ttl: ttl, until: o.now().Add(cmp.Or(seconds("accessTokenMaxTTL"), api.MaxTTL*time.Second))})
		if err != nil {
			return err
		}
		object["accessToken"] = long
	case ttl < x.session.ttl:
		return iam.Errorf(iam.Unauthenticated, "Failed to renew MI access token past its Max TTL expiration")
	case !x.session.until.IsZero():
		kept := x.session
		kept.current = issued
		o.keep(x.renewed, kept)
		object["accessToken"] = x.renewed
	}
	content, err := json.Marshal(object)
	out.content.Reset()
	out.content.Write(content)
	return err
}

// prolonged keeps a session, and returns an access token for it that expires at the maximum TTL, as
// older servers sign it. Its signature is invalid: it only identifies the session.
func (o *wrapper) prolonged(s session) (string, error) {
	claims := jwt.MapClaims{}
	token, parts, err := jwt.NewParser().ParseUnverified(s.current, claims)
	if err != nil {
		return "", err
	}
	claims["exp"] = s.until.Unix()
	text, err := token.SigningString()
	if err != nil {
		return "", err
	}
	long := text + "." + parts[2]
	o.keep(long, s)
	return long, nil
}

// session returns the session of an access token. One that no login here returned is its own, and its
// renewal returns another access token.
func (o *wrapper) session(token string) session {
	found, _ := o.sessions.Load(token)
	if s, ok := found.(session); ok {
		return s
	}
	return session{current: token}
}

// keep stores a session, and deletes those that have ended.
func (o *wrapper) keep(token string, s session) {
	o.sessions.Range(func(token, found any) bool {
		if s, ok := found.(session); ok && !o.now().Before(s.until) {
			o.sessions.Delete(token)
		}
		return true
	})
	o.sessions.Store(token, s)
}

// expired returns the error of an older server for the end of a TTL, which is stored there, not part
// of the access token.
func (o *wrapper) expired(s session, err error) error {
	if iam.Is(err, iam.BadToken) && o.now().Before(s.until) {
		return iam.Errorf(iam.Unauthenticated, "Failed to renew MI access token due to TTL expiration")
	}
	return err
}
