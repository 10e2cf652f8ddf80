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

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
	"github.com/seed-54b7b333/terraform-provider-machineid/internal/permission"
)

// Claims are the claims of a verified JWT, as decoded from JSON with numbers as json.Number.
type Claims map[string]any

// at returns a claim by its name, or by a path of names separated by dots; nil if there is none. Names
// may have dots themselves, as kubernetes.io does, so the longest name that exists is used.
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

// texts returns the strings in a claim that is a string or a list of strings.
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

// matchesClaim reports whether a claim, or one element of a list, matches the pattern. A number or a
// boolean matches a literal only. Objects never match, but their fields can be bound.
func matchesClaim(pattern string, claim any) bool {
	if list, ok := claim.([]any); ok {
		return slices.ContainsFunc(list, func(element any) bool {
			_, nested := element.([]any)
			return !nested && matchesClaim(pattern, element)
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

// joinList is the inverse of splitList, as servers return lists.
func joinList(entries []string) string { return strings.Join(entries, ", ") }

// matches reports whether s is the literal text, or matches it as a glob.
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

// isGlob reports whether a pattern has characters that make it more than a literal text.
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

// splitList splits a list at its commas, except those within balanced braces: "{a,b}-*, c" has two entries, as
// on servers since September 2026. It rejects an empty entry, which would bind nothing.
func splitList(field, list string) ([]string, error) {
	if list = strings.TrimSpace(list); list == "" {
		return nil, nil
	}
	entries := api.SplitList(list)
	for n, entry := range entries {
		var err error
		if entries[n], err = parseText(field, entry, 1, maxURL); err != nil {
			return nil, invalid(field, "entry %d of %s, which is split at its commas: %s", n+1, field, err)
		}
	}
	return entries, nil
}

func parseBoundClaims(sent map[string]string) (map[string][]string, error) {
	const field = "boundClaims"
	bound := map[string][]string{}
	for name, list := range sent {
		if _, err := parseText(field, name, 1, maxClaim); err != nil || strings.TrimSpace(name) != name {
			return nil, invalid(field, "the name of a claim in %s must have 1 to %d characters and no white space around it", field, maxClaim)
		}
		entries, err := splitList(field, list)
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

func parseClaimMetadata(sent map[string]string) (map[string]string, error) {
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
