package permission

import (
	"maps"
	"slices"
)

// Subjects of an organisation that the rules of this repository ask for. Contract: section 4.4.
const (
	Identity = "identity"
)

// Actions that the rules of this repository ask for. Contract: section 4.4.
const (
	Create          = "create"
	Read            = "read"
	Edit            = "edit"
	Delete          = "delete"
	GrantPrivileges = "grant-privileges"
	EditAuth        = "edit-auth"
	RevokeAuth      = "revoke-auth"
	CreateToken     = "create-token"
	GetToken        = "get-token"
	DeleteToken     = "delete-token"
)

var crud = []string{Create, Read, Edit, Delete}

// organizationActions has every subject of an organisation with its actions. Contract: section 4.4.
var organizationActions = map[string][]string{
	"workspace":                      {Create},
	"project":                        {Create},
	"role":                           crud,
	"member":                         crud,
	"settings":                       crud,
	"incident-contact":               crud,
	"sso":                            crud,
	"scim":                           crud,
	"ldap":                           crud,
	"secret-scanning":                crud,
	"kms":                            crud,
	"project-templates":              crud,
	"github-org-sync":                crud,
	"github-org-sync-manual":         crud,
	"groups":                         {Create, Read, Edit, Delete, GrantPrivileges, "add-members", "remove-members", "add-identities", "remove-identities"},
	"billing":                        {Read, "manage-billing"},
	Identity:                         {Create, Read, Edit, Delete, GrantPrivileges, RevokeAuth, CreateToken, GetToken, DeleteToken, EditAuth},
	"audit-logs":                     {Read},
	"organization-admin-console":     {"access-all-projects"},
	"app-connections":                {Create, Read, Edit, Delete, "connect"},
	"machine-identity-auth-template": {"list-templates", "create-templates", "edit-templates", "delete-templates", "unlink-templates", "attach-templates"},
	"kmip":                           {"setup", "proxy"},
	"gateway":                        {"list-gateways", "create-gateways", "edit-gateways", "delete-gateways", "attach-gateways"},
	"relay":                          {"list-relays", "create-relays", "edit-relays", "delete-relays"},
	"secret-share":                   {"manage-settings"},
	"sub-organization":               {Create, "direct-access", "link-group"},
}

// Organization lists every permission of an organisation, ordered by subject.
func Organization() []Permission {
	var all []Permission
	for _, subject := range slices.Sorted(maps.Keys(organizationActions)) {
		for _, action := range organizationActions[subject] {
			all = append(all, Permission{Action: action, Subject: subject})
		}
	}
	return all
}

// The built-in organisation roles. Contract: section 4.6.
const (
	Admin    = "admin"
	Member   = "member"
	NoAccess = "no-access"
)

var member = Rules{
	{Subject: "workspace", Actions: []string{Create}},
	{Subject: "project", Actions: []string{Create}},
	{Subject: "member", Actions: []string{Read}},
	{Subject: "groups", Actions: []string{Read}},
	{Subject: "role", Actions: []string{Read}},
	{Subject: "settings", Actions: []string{Read}},
	{Subject: "billing", Actions: []string{Read}},
	{Subject: "incident-contact", Actions: []string{Read}},
	{Subject: "secret-scanning", Actions: crud},
	{Subject: Identity, Actions: crud},
	{Subject: "audit-logs", Actions: []string{Read}},
	{Subject: "app-connections", Actions: []string{"connect"}},
	{Subject: "gateway", Actions: []string{"list-gateways", "create-gateways", "attach-gateways"}},
	{Subject: "relay", Actions: []string{"list-relays", "create-relays", "edit-relays"}},
	{Subject: "machine-identity-auth-template", Actions: []string{"list-templates", "unlink-templates", "attach-templates"}},
}

// BuiltIn answers the rules of a built-in organisation role, and whether slug names one.
func BuiltIn(slug string) (Rules, bool) {
	switch slug {
	case Admin:
		var all Rules
		for _, subject := range slices.Sorted(maps.Keys(organizationActions)) {
			all = append(all, Rule{Subject: subject, Actions: organizationActions[subject]})
		}
		return all, true
	case Member:
		return member, true
	case NoAccess:
		return Rules{}, true
	}
	return nil, false
}
