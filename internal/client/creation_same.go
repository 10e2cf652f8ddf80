// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/seed-54b7b333/terraform-provider-machineid/internal/api"
)

// What is found is compared with what was asked. A field that an older server does not answer counts
// as equal, and one that was not asked has its default.

// one is a find for what there can be one of.
func one[F any](read func(context.Context) (F, error)) func(context.Context) ([]F, error) {
	return func(ctx context.Context) ([]F, error) {
		found, err := read(ctx)
		if err != nil {
			return nil, err
		}
		return []F{found}, nil
	}
}

// asFound is a take for what is answered to a creation as it is to a read.
func asFound[T any](_ context.Context, found T) (T, bool, error) { return found, true, nil }

func isTrue(b *bool) bool { return b != nil && *b }

func orElse[T any](asked *T, standard T) T {
	if asked == nil {
		return standard
	}
	return *asked
}

// isOr compares an answered field, which may be absent, with an asked one.
func isOr[T comparable](answered, asked *T, standard T) bool {
	return answered == nil || *answered == orElse(asked, standard)
}

func isAsked(asked api.CreateIdentityRequest, found api.IdentityMembership) bool {
	return found.RoleSlug() == orElse(asked.Role, api.NoAccess) &&
		isOr(found.Identity.HasDeleteProtection, asked.HasDeleteProtection, false) &&
		haveMetadata(asked.Metadata, found.Metadata)
}

func haveMetadata(asked *[]api.Metadata, found []api.Metadata) bool {
	pairs := func(list []api.Metadata) map[api.Metadata]int {
		counted := map[api.Metadata]int{}
		for _, pair := range list {
			counted[api.Metadata{Key: pair.Key, Value: pair.Value}]++
		}
		return counted
	}
	return found == nil || reflect.DeepEqual(pairs(orElse(asked, nil)), pairs(found))
}

func isAttached(asked api.UniversalAuthRequest, found api.UniversalAuth) bool {
	return haveSettings(asked.TokenSettingsRequest, found.TokenSettings) &&
		isOr(found.AccessTokenPeriod, asked.AccessTokenPeriod, 0) &&
		isOr(found.LockoutEnabled, asked.LockoutEnabled, true) &&
		isOr(found.LockoutThreshold, asked.LockoutThreshold, api.DefaultLockoutThreshold) &&
		isOr(found.LockoutDurationSeconds, asked.LockoutDurationSeconds, api.DefaultLockoutDuration) &&
		isOr(found.LockoutCounterResetSeconds, asked.LockoutCounterResetSeconds, api.DefaultLockoutCounterReset) &&
		haveAddresses(asked.ClientSecretTrustedIPs, found.ClientSecretTrustedIPs)
}

func haveSettings(asked api.TokenSettingsRequest, found api.TokenSettings) bool {
	return found.AccessTokenTTL == orElse(asked.AccessTokenTTL, api.DefaultAccessTokenTTL) &&
		found.AccessTokenMaxTTL == orElse(asked.AccessTokenMaxTTL, api.DefaultAccessTokenTTL) &&
		found.AccessTokenNumUsesLimit == orElse(asked.AccessTokenNumUsesLimit, 0) &&
		haveAddresses(asked.AccessTokenTrustedIPs, found.AccessTokenTrustedIPs)
}

func isOIDCAttached(asked api.OIDCAuthRequest, found api.OIDCAuth) bool {
	return found.OIDCDiscoveryURL == orElse(asked.OIDCDiscoveryURL, "") &&
		found.BoundIssuer == orElse(asked.BoundIssuer, "") &&
		isOr(found.CACert, asked.CACert, "") &&
		sameList(orElse(asked.BoundAudiences, ""), found.BoundAudiences) &&
		maps.EqualFunc(orElse(asked.BoundClaims, nil), found.BoundClaims, sameList) &&
		(found.ClaimMetadataMapping == nil || maps.Equal(orElse(asked.ClaimMetadataMapping, nil), found.ClaimMetadataMapping)) &&
		found.BoundSubject == orElse(asked.BoundSubject, "") &&
		haveSettings(asked.TokenSettingsRequest, found.TokenSettings)
}

// sameList compares texts of entries with commas between them, around which servers put spaces.
func sameList(asked, found string) bool {
	entries := func(text string) []string {
		var all []string
		for entry := range strings.SplitSeq(text, ",") {
			all = append(all, strings.TrimSpace(entry))
		}
		return all
	}
	return slices.Equal(entries(asked), entries(found))
}

func haveAddresses(asked *[]api.TrustedIPRequest, found []api.TrustedIP) bool {
	var want, have []netip.Prefix
	for _, address := range orElse(asked, *api.TrustedIPRequests(api.AllTrustedIPs())) {
		ip, _ := api.ParseTrustedIP(address.IPAddress)
		want = append(want, ip.Prefix())
	}
	for _, ip := range found {
		have = append(have, ip.Prefix())
	}
	slices.SortFunc(want, netip.Prefix.Compare)
	slices.SortFunc(have, netip.Prefix.Compare)
	return slices.Equal(want, have)
}

func isProject(asked api.CreateProjectRequest, found api.Project) bool {
	return found.Name == asked.ProjectName && found.Slug == orElse(asked.Slug, found.Slug) &&
		isOr(found.Description, asked.ProjectDescription, "") &&
		cmp.Or(found.Type, orElse(asked.Type, api.SecretManager)) == orElse(asked.Type, api.SecretManager) &&
		isOr(found.HasDeleteProtection, asked.HasDeleteProtection, false) &&
		(found.Environments == nil || len(found.Environments) > 0 == orElse(asked.ShouldCreateDefaultEnvs, true))
}

func isRole(asked api.CreateRoleRequest, found api.Role) bool {
	return found.Slug == asked.Slug && found.Name == asked.Name && orElse(found.Description, "") == orElse(asked.Description, "") &&
		(sameRules(asked.Permissions, found.Permissions) || sameRules(backFromV1(asked.Permissions), found.Permissions))
}

// backFromV1 are rules as they are read again from a server that keeps the first version of them.
func backFromV1(asked json.RawMessage) json.RawMessage {
	said, _, err := rulesInV1("", asked)
	if err != nil {
		return asked
	}
	return widened(said)
}

func isPrivilege(asked api.CreatePrivilegeRequest, found api.Privilege) bool {
	return found.Slug == orElse(asked.Slug, found.Slug) && found.IsTemporary == asked.Type.IsTemporary &&
		sameRange(asked.Type.TemporaryRange, found.TemporaryRange) && sameTime(asked.Type.TemporaryAccessStartTime, found.TemporaryAccessStartTime) &&
		sameRules(asked.Permissions, found.Permissions)
}

// sameRules compares lists of rules as JSON, in which a single action and a list of it are one.
func sameRules(asked, found json.RawMessage) bool {
	want, ok := readRules(asked)
	have, also := readRules(found)
	return ok && also && reflect.DeepEqual(want, have)
}

func readRules(encoded json.RawMessage) ([]map[string]any, bool) {
	rules := []map[string]any{}
	if len(bytes.TrimSpace(encoded)) > 0 && json.Unmarshal(encoded, &rules) != nil {
		return nil, false
	}
	for _, rule := range rules {
		if action, ok := rule["action"].(string); ok {
			rule["action"] = []any{action}
		}
		if rule["inverted"] == false {
			delete(rule, "inverted")
		}
		if conditions, ok := rule["conditions"].(map[string]any); !ok || len(conditions) == 0 {
			delete(rule, "conditions")
		}
	}
	return rules, true
}

func haveRoles(asked []api.RoleAssignment, found []api.MemberRole) bool {
	have := Assignments(found)
	return len(asked) == len(have) && !slices.ContainsFunc(asked, func(a api.RoleAssignment) bool {
		return !slices.ContainsFunc(have, func(h api.RoleAssignment) bool {
			return a.Role == h.Role && a.IsTemporary == h.IsTemporary && sameRange(a.TemporaryRange, h.TemporaryRange) &&
				sameTime(a.TemporaryAccessStartTime, h.TemporaryAccessStartTime)
		})
	})
}

func sameRange(a, b *string) bool { return orElse(a, "") == orElse(b, "") }

// sameTime compares to the millisecond, as servers keep it.
func sameTime(a, b *time.Time) bool {
	return orElse(a, time.Time{}).Truncate(time.Millisecond).Equal(orElse(b, time.Time{}).Truncate(time.Millisecond))
}
