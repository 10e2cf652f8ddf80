// Copyright (c) The terraform-provider-machineid authors
// SPDX-License-Identifier: MPL-2.0

package older_test

import (
	"maps"
	"net/http"
	"path"
	"strings"
	"time"
)

// settings are what the cases, some named by a pattern, find on their stage. All that fit apply.
var settings = []struct {
	cases string
	set   func(*scene)
}{
	{"login.* renew.* revoke.*", func(s *scene) { s.public = true }},
	{"token.* temporary_role.use_* renew.with_own_* revoke.own_* login.with_valid_*", func(s *scene) { s.asIdentity = true }},
	{"login.setup_revoke_secret", func(s *scene) { s.public = false }},
	{"*.get_no-access", func(s *scene) { s.role = "no-access" }},
	{"identity.* membership.* list.*", func(s *scene) { s.bare = true }},
	{"ua.attach_* gate.ua_* *_not_attached *after_ua_deleted ua.reattach_*", func(s *scene) { s.bare = true }},
	{"ua.attach_duplicate identity.get_with_ua identity.delete_self temporary_role.*", func(s *scene) { s.bare = false }},

	{"login.wrong_secret login.blocked_ip_wrong_secret", func(s *scene) { s.gone = "client secret" }},
	{"login.unknown_client_id login.after_ua_config_deleted login.after_identity_deleted", func(s *scene) { s.gone = "client" }},
	{"login.*blocked_ip*", func(s *scene) { s.auth = from("clientSecretTrustedIps", "10.0.0.0/8") }},
	{"token.blocked_ip", func(s *scene) { s.auth = from("accessTokenTrustedIps", "10.0.0.0/8") }},
	{"login.limited_use_*", func(s *scene) { s.secret = map[string]any{"numUsesLimit": 2} }},
	{"login.usage_limit_exhausted* client_secret.*exhausted*", func(s *scene) { s.secret = map[string]any{"numUsesLimit": 1} }},
	{"login.*expired_secret* client_secret.list_expired*", func(s *scene) { s.secret = map[string]any{"ttl": 60} }},
	{"login.usage_limit_exhausted", func(s *scene) { s.before = (*scene).login }},
	{"login.usage_limit_exhausted_again client_secret.*_exhausted_login", func(s *scene) { s.before = func(s *scene) { s.login(); s.login() } }},
	{"login.expired_secret client_secret.list_expired_before_login", func(s *scene) { s.before = later(time.Minute) }},
	{"login.expired_secret_again client_secret.list_expired_after_login", func(s *scene) { s.before = func(s *scene) { later(time.Minute)(s); s.login() } }},
	{"login.revoked_secret login.after_cross_identity_revoke token.issued_by_since_revoked_secret", func(s *scene) { s.before = (*scene).revokeSecrets }},

	{"renew.*", func(s *scene) { s.auth = lives(600, 3600) }},
	{"renew.default_config*", func(s *scene) { s.auth, s.before = nil, later(time.Second) }},
	{"renew.within_max_ttl", func(s *scene) { s.auth, s.before = lives(300, 500), later(2*time.Minute) }},
	{"renew.would_pass_max_ttl*", func(s *scene) { s.auth, s.before = lives(300, 500), later(4*time.Minute) }},
	{"*.after_ttl_expiry*", func(s *scene) { s.auth, s.before = lives(300, 6000), later(10*time.Minute) }},
	{"*.after_max_ttl_jwt_expired", func(s *scene) { s.auth, s.before = lives(300, 300), later(10*time.Minute) }},
	{"token.num_uses_limit_2_use_1 token.num_uses_failing_requests_count_1", uses(0)},
	{"token.num_uses_limit_2_use_2 token.num_uses_failing_requests_count_2", uses(1)},
	{"token.num_uses_limit_2_use_[34] token.num_uses_failing_requests_count_3 renew.after_num_uses", uses(2)},
	{"token.num_uses_failing_*", func(s *scene) { s.gone = "identity" }},
	{"*.after_revoke revoke.again login.with_revoked_token_*", func(s *scene) { s.before = (*scene).revokeToken }},
	{"token.after_ua_config_deleted", func(s *scene) {
		s.before = func(s *scene) { s.remove("/v1/auth/universal-auth/identities/" + s.identity.ID) }
	}},
	{"token.after_identity_deleted token.after_self_delete", func(s *scene) { s.before = func(s *scene) { s.remove("/v1/identities/" + s.identity.ID) } }},

	{"token.missing identity.create_no_token identity.create_invalid_body_and_no_token", header("")},
	{"token.garbage* login.with_garbage_*", header("Bearer garbage")},
	{"token.empty_bearer", header("Bearer ")},
	{"token.basic_scheme", header("Basic Z2FyYmFnZTpnYXJiYWdl")},
	{"token.alg_none", header("Bearer eyJhbGciOiJub25lIn0.e30.")},
	{"token.wrong_key token.tampered_signature", func(s *scene) { s.before = func(s *scene) { header("Bearer " + s.theToken() + "x")(s) } }},
	{"token.no_bearer_prefix", func(s *scene) { s.before = func(s *scene) { header(s.theToken())(s) } }},
	{"token.lowercase_bearer", func(s *scene) { s.before = func(s *scene) { header("bearer " + s.theToken())(s) } }},
	{"token.any_7char_prefix", func(s *scene) { s.before = func(s *scene) { header("1234567" + s.theToken())(s) } }},
	{"login.with_revoked_token_* login.with_expired_token_*", func(s *scene) { s.public, s.asIdentity = false, true }},
	{"login.with_expired_token_*", func(s *scene) { s.auth, s.before = lives(60, 60), later(time.Minute) }},

	{"*unknown_uuid* *unknown_identity* *after_identity_delete", gone("identity")},
	{"identity.*_after_delete identity.delete_again identity.delete_json_content_type_with_empty_object", gone("identity")},
	{"identity.create_org_unknown_uuid list.v2_unknown_org list.v1_other_org", gone("organization")},
	{"identity.create_with_deleted_role", func(s *scene) { s.roleless = true }},
	{"client_secret.get_unknown client_secret.revoke_unknown", gone("secret")},
	{"env.*_unknown env.delete_again", gone("environment")},
	{"project.*_unknown membership.create_unknown_project membership.*_after_project_delete", gone("project")},
	{"project_role.update_unknown project_role.delete_again", gone("role")},
	{"ua.get_all_fields", func(s *scene) {
		s.auth = map[string]any{"clientSecretTrustedIps": ips("10.0.0.0/8", "10.0.0.1"), "accessTokenTrustedIps": ips("::1", "127.0.0.1/32")}
	}},
	{"ua.patch_*", func(s *scene) { s.auth = lives(20, 100) }},
	{"ua.patch_max_lower_*", func(s *scene) { s.auth = lives(20, 200) }},
	{"ua.delete", func(s *scene) { s.auth = from("accessTokenTrustedIps", "127.0.0.1") }},
	{"ua.get_after_delete ua.delete_again", func(s *scene) { s.bare = true }},
	{"client_secret.get_after_ua_deleted", gone("secret")},
	{"identity.get_meta identity.get_after_metadata_replace", func(s *scene) {
		s.before = func(s *scene) {
			s.maker.AsAdmin(s.T, http.MethodPatch, "/v1/identities/"+s.identity.ID, map[string]any{"metadata": []any{map[string]any{"key": "k", "value": "v"}}})
		}
	}},
	{"identity.project_memberships* membership.* temporary_role.*", func(s *scene) { s.joined = roles("member") }},
	{"identity.project_memberships_empty membership.create_* membership.*_unknown membership.*_unknown_identity membership.get_after_* membership.delete_again", func(s *scene) { s.joined = nil }},
	{"identity.project_memberships_seed membership.delete_self_creator", func(s *scene) { s.bare = false }},
	{"membership.create_duplicate", func(s *scene) { s.joined = roles("member") }},
	{"membership.get_multi membership.get_after_update", func(s *scene) { s.joined = roles("viewer", "rec-reader") }},
	{"membership.get_temporary identity.project_memberships", func(s *scene) { s.joined = temporarily(roles("member"), "admin", time.Now()) }},
	{"temporary_role.*", func(s *scene) { s.joined = temporarily(roles("no-access"), "admin", time.Now()) }},
	{"temporary_role.*_after_end", func(s *scene) { s.joined = temporarily(roles("no-access"), "admin", time.Now().Add(-2*time.Hour)) }},
	{"temporary_role.use_*", func(s *scene) { s.role = "no-access" }},
	{"membership.list_search", func(s *scene) {
		s.before = func(s *scene) {
			for range 2 {
				id := s.post("/v1/identities", map[string]any{"name": "rec-pm", "organizationId": s.maker.Admin.OrganizationID}).Text("identity", "id")
				s.maker.Join(s.T, s.theProject(), id, "member")
			}
		}
	}},
	{"env.create_duplicate", func(s *scene) { s.before = func(s *scene) { s.named("environments", "") } }},
	{"project_role.create_duplicate", func(s *scene) { s.before = func(s *scene) { s.customRole("rec-reader") } }},
	{"project_role.update_slug_dup", func(s *scene) { s.before = func(s *scene) { s.customRole("rec-inv") } }},
	{"project_role.delete_in_use_by_identity", func(s *scene) { s.joined = roles("rec-role") }},
	{"project_role.delete", func(s *scene) { s.description = "" }},
	{"project_role.get_by_slug project_role.update_name", func(s *scene) {
		s.rules = append(permitted("member"),
			conditioned(map[string]any{"environment": "dev", "secretPath": map[string]any{"$glob": "/app/**"}}),
			conditioned(map[string]any{"environment": map[string]any{"$in": []string{"dev", "prod"}}}))
	}},
	{"privilege.* gate.privilege_not_gated", func(s *scene) { s.joined = roles("member") }},
	{"privilege.create_identity_not_member", func(s *scene) { s.joined = nil }},
	{"privilege.get privilege.update_* privilege.delete privilege.create_duplicate_slug", func(s *scene) {
		s.before = func(s *scene) {
			s.privilege("permanent", "rec-priv", nil)
		}
	}},
	{"privilege.get_temporary", func(s *scene) {
		s.before = func(s *scene) {
			s.privilege("temporary", "rec-tmp", map[string]any{"temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": time.Now()})
		}
	}},
	{"privilege.list", func(s *scene) {
		s.before = func(s *scene) {
			s.privilege("permanent", "rec-priv", nil)
			s.privilege("permanent", "rec-priv-arr", map[string]any{"privilegePermission": map[string]any{
				"actions": []string{"read"}, "subject": "secrets", "conditions": map[string]any{"environment": "dev"},
			}})
		}
	}},
	{"project.*_after_delete project.delete_again project.delete_after_* project_role.*_after_project_delete*", gone("project")},
	{"list.*", func(s *scene) {
		s.before = func(s *scene) {
			for _, name := range []string{"! first", "recsort-A", "recsort-b", "recsort-C"} {
				s.post("/v1/identities", map[string]any{"name": name, "organizationId": s.maker.Admin.OrganizationID})
			}
		}
	}},
}

func ips(cidrs ...string) []any {
	var list []any
	for _, cidr := range cidrs {
		list = append(list, map[string]any{"ipAddress": cidr})
	}
	return list
}

func roles(slugs ...string) []any {
	var list []any
	for _, slug := range slugs {
		list = append(list, map[string]any{"role": slug})
	}
	return list
}

func permitted(subject string) []any {
	return []any{map[string]any{"subject": subject, "action": "read"}}
}

func conditioned(conditions map[string]any) any {
	return map[string]any{"subject": "secrets", "action": []string{"read"}, "conditions": conditions}
}

// temporarily adds an hour of a role.
func temporarily(list []any, role string, start time.Time) []any {
	return append(list, map[string]any{
		"role": role, "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h", "temporaryAccessStartTime": start.UTC(),
	})
}

func from(list, cidr string) any {
	return map[string]any{list: ips(cidr)}
}

func lives(ttl, longest int) any {
	return map[string]any{"accessTokenTTL": ttl, "accessTokenMaxTTL": longest}
}

func later(d time.Duration) func(*scene) {
	return func(s *scene) {
		s.old.Clock.Advance(d)
		s.after = func() { s.old.Clock.Advance(-d) }
	}
}

func header(text string) func(*scene) { return func(s *scene) { s.header = &text } }

func gone(what string) func(*scene) { return func(s *scene) { s.gone = what } }

// uses gives the token two uses, and takes some of them.
func uses(spent int) func(*scene) {
	return func(s *scene) {
		s.auth = map[string]any{"accessTokenNumUsesLimit": 2, "accessTokenTTL": 600, "accessTokenMaxTTL": 3600}
		s.before = func(s *scene) {
			for range spent {
				s.old.Call(s.T, http.MethodGet, "/v1/identities/"+s.identity.ID, s.theToken(), nil)
			}
		}
	}
}

func (s *scene) privilege(kind, slug string, more map[string]any) {
	body := map[string]any{"identityId": s.identityID(), "projectSlug": s.theProject().Slug, "slug": slug, "privilegePermission": map[string]any{
		"actions": []string{"read"}, "subject": "secrets", "conditions": map[string]any{"environment": "dev", "secretPath": map[string]any{"$glob": "/x/**"}},
	}}
	maps.Copy(body, more)
	s.post(privileges+"/"+kind, body)
}

func (s *scene) login() { s.old.Login(s.T, s.identity.ClientID, s.identity.ClientSecret) }

func (s *scene) remove(path string) { s.maker.AsAdmin(s.T, http.MethodDelete, path, nil) }

func (s *scene) revokeToken() {
	s.old.Call(s.T, http.MethodPost, "/v1/auth/token/revoke", "", map[string]any{"accessToken": s.theToken()})
}

func (s *scene) revokeSecrets() {
	path := "/v1/auth/universal-auth/identities/" + s.identity.ID + "/client-secrets"
	all, _ := s.maker.AsAdmin(s.T, http.MethodGet, path, nil).Body["clientSecretData"].([]any)
	for _, one := range all {
		secret, _ := one.(map[string]any)
		id, _ := secret["id"].(string)
		s.post(path+"/"+id+"/revoke", map[string]any{})
	}
}

// set prepares the stage of one case.
func (s *scene) set(name string) {
	for _, setting := range settings {
		for pattern := range strings.FieldsSeq(setting.cases) {
			if fits, _ := path.Match(pattern, name); fits {
				setting.set(s)
				break
			}
		}
	}
}

// exclusions are the exchanges whose responses differ, by the reason. group.* takes what differs of a group.
var exclusions = map[string]string{
	"a defect that is not copied: a token or a secret": `token.any_7char_prefix token.use_after_failed_renew token.negative_max_ttl`,
	"a defect that is not copied: what is stored and cannot be used": `identity.create_role_literal_custom
		identity.update_owner_role_target identity.create_name_empty ua.attach_max_ttl_negative ua.patch_max_negative
		ua.attach_ip_cidr_trailing_junk project.create_name_empty project.patch_v1_name_empty membership.create_literal_custom
		membership.create_empty_roles_array`,
	"a defect that is not copied: what is sent is dropped without a word": `identity.update_name_empty_ignored
		project_role.create_inverted project_role.create_bad_condition project_role.create_unknown_condition_key
		project_role.create_conditions_on_identity_subject`,
	"a defect that is not copied: a race, or the same custom role twice": `identity.delete_concurrent_1
		identity.delete_concurrent_3 membership.create_same_custom_role_twice`,
	"a defect that is not copied: wildcards, and half a page": `list.search_wildcard_percent
		list.search_underscore_wildcard list.limit_float`,
	"here it succeeds, where an old server fails with 500": `login.garbage_x_forwarded_for
		client_secret.revoke_json_content_type_no_body identity.create_with_unpacked_role`,
	"the rules are the service's: tokens of a revoked secret die":                    `token.issued_by_since_revoked_secret`,
	"the rules are the service's: a revoked token is revoked again":                  `revoke.again`,
	"the rules are the service's: what is absent is kept, and a slug is lower-cased": `privilege.update_slug_only privilege.create_slug_uppercase`,
	"the rules are the service's: no rules are a failure of the schema":              `privilege.create_no_permission`,
	"the order of issues": `privilege.create_temporary_missing_range`,
	"the rules are the service's: one role must be permanent":        `membership.update_temporary membership.get_future_start temporary_role.use_before_end temporary_role.admin_get_after_end`,
	"the rules are the service's: a range is a number and a unit":    `membership.create_temporary_start_no_ms membership.create_range_number_string`,
	"the rules are the service's: no plan limits anything":           `gate.ua_attach_client_secret_ip gate.ua_attach_access_token_ip gate.ua_attach_bare_zero`,
	"the rules are the service's: no description is an empty one":    `project_role.update_description_empty`,
	"an organization role's rules, packed, and not read there by us": `identity.get_custom identity.get_after_role_custom identity.get_with_custom_role identity.get_after_its_role_delete_attempt`,
	"the code of an issue inside a union, or its status": `membership.create_temporary_bad_mode membership.create_temporary_missing_start
		membership.create_empty_role`,
	"a name of an error on a route that the provider does not call": `env.create_duplicate env.delete_again`,
	"a request that the provider does not send": `login.text_plain identity.get_if_none_match
		membership.create_temporary_start_with_offset`,
	"a token of another kind, or of a person": `token.unknown_type token.service_token_garbage renew.user_jwt revoke.user_jwt
		project.get_user_jwt_not_member gate.org_default_membership_role_custom_user gate.organization_role_create_not_gated organization_role.*`,
	"a route that the provider does not call": `gate.trusted_ip_project gate.plan`,
}
