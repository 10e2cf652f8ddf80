// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Claims are what a JWT says that was verified: JSON, its numbers as json.Number.
type Claims map[string]any

// Prohibits refuses claims that are not those that the method is bound to.
func (o OIDCAuth) Prohibits(c Claims) error {
	if subject, _ := c["sub"].(string); o.Subject != "" && !matches(o.Subject, subject) {
		return &Error{Kind: Forbidden, Sentence: "Access denied: OIDC subject not allowed."}
	}
	if len(o.Audiences) > 0 && !slices.ContainsFunc(c.texts("aud"), func(a string) bool { return slices.Contains(o.Audiences, a) }) {
		return Errorf(Unauthenticated, "Access denied: OIDC audience not allowed.")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Claims)) {
		claim := c.at(name)
		if claim == nil || claim == "" {
			return Errorf(Unauthenticated, "Access denied: token has no %s field", name)
		}
		if !slices.ContainsFunc(o.Claims[name], func(pattern string) bool { return allows(pattern, claim) }) {
			return Errorf(Unauthenticated, "Access denied: OIDC claim not allowed. The claim is %s", name)
		}
	}
	return nil
}

// kept answers the claims that a token keeps.
func (o OIDCAuth) kept(c Claims) (map[string]string, error) {
	kept := map[string]string{}
	for name, claim := range o.ClaimMetadata {
		value, scalar := scalarText(c.at(claim))
		if !scalar || value == "" {
			return nil, Errorf(Unauthenticated, "Access denied: token has no %s field", claim)
		}
		kept[name] = value
	}
	return kept, nil
}

// at finds a claim by its name, or by a path of names with dots between them. Names may hold dots
// themselves, as kubernetes.io does: the longest that is there is taken.
func (c Claims) at(path string) any {
	if v, found := c[path]; found {
		return v
	}
	for dot := strings.LastIndexByte(path, '.'); dot >= 0; dot = strings.LastIndexByte(path[:dot], '.') {
		if inside, ok := c[path[:dot]].(map[string]any); ok {
			return Claims(inside).at(path[dot+1:])
		}
	}
	return nil
}

// texts answers a claim that is a text or a list of texts.
func (c Claims) texts(name string) []string {
	switch v := c[name].(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, element := range v {
			if s, ok := element.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// allows reports whether a claim, or one element of a list, is what the pattern stands for. A number
// or a boolean is so to the letter only; objects never are, but their fields can be bound.
func allows(pattern string, claim any) bool {
	if list, ok := claim.([]any); ok {
		return slices.ContainsFunc(list, func(element any) bool {
			_, nested := element.([]any)
			return !nested && allows(pattern, element)
		})
	}
	if s, ok := claim.(string); ok {
		return matches(pattern, s)
	}
	s, scalar := scalarText(claim)
	return scalar && s == pattern
}

func scalarText(claim any) (string, bool) {
	switch v := claim.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// matches reports whether all of s is the text or, if it is a glob, what it stands for.
func matches(pattern, s string) bool {
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	if pattern == s {
		return true
	}
	if !isGlob(pattern) {
		return false
	}
	g, err := permission.ParsePattern(pattern)
	return err == nil && g.Match(s)
}

// isGlob tells a glob from a text that only stands for itself.
func isGlob(pattern string) bool { return strings.ContainsAny(pattern, `*?[]{}\`) }

func checkPattern(field, pattern string) error {
	if !isGlob(pattern) {
		return nil
	}
	if _, err := permission.ParsePattern(pattern); err != nil {
		return invalid(field, "%s holds a pattern that cannot be matched: %s", field, err)
	}
	return nil
}

// listed splits a list at its commas. An entry that is empty is a slip that would bind nothing.
func listed(field, list string) ([]string, error) {
	if list = strings.TrimSpace(list); list == "" {
		return nil, nil
	}
	entries := strings.Split(list, ",")
	for n, entry := range entries {
		var err error
		if entries[n], err = parseText(field, entry, 1, maxURL); err != nil {
			return nil, invalid(field, "entry %d of %s, which is split at its commas: %s", n+1, field, err)
		}
	}
	return entries, nil
}

func boundClaims(sent map[string]string) (map[string][]string, error) {
	const field = "boundClaims"
	bound := map[string][]string{}
	for name, list := range sent {
		if _, err := parseText(field, name, 1, maxClaim); err != nil || strings.TrimSpace(name) != name {
			return nil, invalid(field, "the name of a claim in %s must have 1 to %d characters and no white space around it", field, maxClaim)
		}
		entries, err := listed(field, list)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			return nil, invalid(field, "%s must say what values the claim %s may have", field, abbreviate(name))
		}
		for _, entry := range entries {
			if err := checkPattern(field, entry); err != nil {
				return nil, err
			}
		}
		bound[name] = entries
	}
	return bound, nil
}

func claimMetadata(sent map[string]string) (map[string]string, error) {
	const field = "claimMetadataMapping"
	for name, claim := range sent {
		for _, part := range []string{name, claim} {
			if _, err := parseText(field, part, 1, maxClaim); err != nil || strings.TrimSpace(part) != part {
				return nil, invalid(field, "names and claims in %s must have 1 to %d characters and no white space around them", field, maxClaim)
			}
		}
	}
	return maps.Clone(sent), nil
}
